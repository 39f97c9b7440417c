"""The page of what is kept how long: who sees it, holds, requests to see what was masked."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.declarations.service import erase_over
from app.formats.ages import age_on
from app.identity.permissions import FieldGroup, Role
from app.keeping.engine import Work
from app.keeping.job import run_all
from app.reports.counting import count_day
from app.reports.documents import read_documents
from app.reports.models import EffectCell
from app.retention.models import Indication
from app.retention.profile import Profile, load, profile_of
from app.rights.masked import TRIP
from app.travel.views import MASKED
from tests.keeping.test_job import rows
from tests.support.airport import Airport
from tests.web.conftest import Hall, Looker
from tests.web.console.test_rights import decide, form_for, registered

Look = Callable[..., Looker]
HOME = "/console/retention"
PRESSED = {"pressed": "yes"}


@pytest.fixture
def passenger(hall: Hall) -> UUID:
    return hall.passenger("quiet")


@pytest.mark.parametrize(
    "role", [Role.GATE_OFFICER, Role.ADMINISTRATOR, Role.RULE_APPROVER], ids=str
)
def test_others_see_nothing_of_it(look: Look, role: Role) -> None:
    browser = look(role)
    assert browser.get(HOME).status_code == 403
    assert browser.post(f"{HOME}/holds", {"kind": "flight"}).status_code == 403
    assert browser.post(f"{HOME}/unmaskings/{uuid4()}/look", PRESSED).status_code == 403


def test_the_profile_stands_there_in_words(airport: Airport, look: Look) -> None:
    page = look(Role.AUDITOR).page(HOME)
    assert "EU PNR directive: masked after six months, deleted after five years" in page
    assert "183 days" in page
    assert "1825 days" in page
    assert "whom nothing links" not in page
    airport.kernel.remembered[Profile] = load("eu-pnr-cjeu")
    assert "whom nothing links" in look(Role.AUDITOR).page(HOME)


def typed(subject: UUID, airport: Airport, **other: str) -> dict[str, str]:
    until = (airport.kernel.clock() + timedelta(days=100)).date().isoformat()
    return {"kind": "passenger", "subject_id": str(subject), "authority": "Court of Utopia",
            "reference": "7 K 12", "hold_reason": "Evidence", "until": until, **other}  # fmt: skip


def test_a_hold_is_placed_and_ended_by_two(airport: Airport, look: Look, passenger: UUID) -> None:
    senior = look(Role.SENIOR, "mori")
    assert senior.post(f"{HOME}/holds", typed(passenger, airport)).status_code == 303
    page = senior.page(HOME)
    assert "7 K 12" in page
    act = page.split('action="/console/retention/holds/')[1].split('"')[0]
    assert senior.post(f"{HOME}/holds/{act}", {"act": "ask"}).status_code == 303
    assert "another officer has to agree" in senior.page(HOME)
    again = senior.post(f"{HOME}/holds/{act}", {"act": "ask"})
    assert (again.status_code, "Another officer has to agree to this" in again.text) == (403, True)
    legal = look(Role.LEGAL_APPROVER, "kato")
    assert '<button class="button small" name="act" value="agree">Agree to end it' in legal.page(HOME)  # fmt: skip
    stale = legal.post(f"{HOME}/holds/{act}", {"act": "ask"})
    assert (stale.status_code, "look at it again, then press" in stale.text) == (409, True)
    assert "Nothing is held." not in stale.text
    assert legal.post(f"{HOME}/holds/{act}", {"act": "agree"}).status_code == 303
    assert "Nothing is held." in legal.page(HOME)


def test_the_same_hold_sent_twice_is_one(airport: Airport, look: Look, passenger: UUID) -> None:
    senior = look(Role.SENIOR)
    for _ in range(2):
        assert senior.post(f"{HOME}/holds", typed(passenger, airport)).status_code == 303
    assert senior.page(HOME).count("/lift") == 1


def test_each_field_says_what_it_wants_and_forms_keep_apart(
    airport: Airport, look: Look, passenger: UUID
) -> None:
    chief = look(Role.SENIOR)
    nothing = chief.post(f"{HOME}/holds", {"until": "soon"}).text
    listed = re.findall(r'<a href="#(\w+)">([^<]+)</a>', nothing)
    assert [at for at, _ in listed] == [
        "kind", "subject_id", "authority", "reference", "hold_reason", "until",
    ]  # fmt: skip
    assert len({said for _, said in listed}) == 6
    ids = re.findall(r' id="([^"]+)"', nothing)
    assert len(set(ids)) == len(ids)
    bare = chief.post(f"{HOME}/unmaskings", {"passenger": str(passenger), "ask_reason": " "})
    assert re.findall(r'<a href="#(\w+)">', bare.text) == ["ask_reason"]
    assert 'id="hold_reason-error"' not in bare.text


@pytest.mark.parametrize(
    ("other", "field", "status"),
    [({"authority": ""}, "authority", 422), ({"until": "soon"}, "until", 422),
     ({"subject_id": "x"}, "subject_id", 422), ({"kind": ""}, "kind", 422),
     ({"kind": "flight"}, "subject_id", 404)],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    airport: Airport, look: Look, passenger: UUID, other, field, status
) -> None:
    answer = look(Role.SENIOR).post(f"{HOME}/holds", typed(passenger, airport, **other))
    assert answer.status_code == status
    assert f'href="#{field}"' in answer.text
    assert 'value="7 K 12"' in answer.text


def test_what_was_masked_is_seen_after_two_and_reviewed(
    airport, look: Look, passenger: UUID
) -> None:
    kernel = airport.kernel
    later = kernel.clock() + timedelta(days=190)
    run_all(kernel.database, Work(profile_of(kernel), later, kernel.vault))
    asks, agrees, reviews = look(Role.TARGETER, "mori"), look(Role.LEGAL_APPROVER, "kato"), look(Role.AUDITOR)  # fmt: skip
    assert "QUILLFEATHER" not in asks.page(f"{HOME}?passenger={passenger}").upper()
    form = {"passenger": str(passenger), "ask_reason": "Request 7 K 12"}
    for said in ("", "x", "a" * 1001):
        assert asks.post(f"{HOME}/unmaskings", form | {"ask_reason": said}).status_code == 422
    assert asks.post(f"{HOME}/unmaskings", form).status_code == 303
    act = agrees.page(HOME).split("/console/retention/unmaskings/")[1].split("/")[0]
    assert asks.post(f"{HOME}/unmaskings/{act}/look", PRESSED).status_code == 403
    for said in ({}, {"answer": "perhaps"}):  # nothing is decided by leaving out a word
        assert agrees.post(f"{HOME}/unmaskings/{act}/decide", PRESSED | said).status_code == 422
    assert agrees.post(f"{HOME}/unmaskings/{act}/decide", {"answer": "agree"}).status_code == 303
    seen = asks.post(f"{HOME}/unmaskings/{act}/look", PRESSED)
    assert seen.status_code == 200
    assert "QUILLFEATHER" in seen.text.upper()
    assert "Request 7 K 12" in reviews.page(HOME)
    assert reviews.post(f"{HOME}/unmaskings/{act}/review", PRESSED).status_code == 422
    assert reviews.post(f"{HOME}/unmaskings/{act}/review", {"proper": "yes"}).status_code == 303
    assert "No request waits." in reviews.page(HOME)
    assert asks.post(f"{HOME}/unmaskings/{act}/look", PRESSED).status_code == 200
    assert "Request 7 K 12" in reviews.page(HOME)  # what was seen since is reviewed, too
    assert reviews.post(f"{HOME}/unmaskings/{act}/review", {"proper": "no"}).status_code == 303
    assert asks.post(f"{HOME}/unmaskings/{act}/look", PRESSED).status_code == 403


def test_a_ground_is_recorded_where_the_court_is_followed(
    airport, look: Look, passenger: UUID
) -> None:
    senior = look(Role.SENIOR)
    assert "Objective ground" not in senior.page(HOME)
    airport.kernel.remembered[Profile] = load("eu-pnr-cjeu")
    assert "Objective ground" in senior.page(HOME)
    form = {"kept": str(passenger), "ground": "Named in case 7 K 12"}
    refused = senior.post(f"{HOME}/indications", form | {"ground": " "})
    assert refused.status_code == 422
    assert 'href="#ground"' in refused.text
    assert senior.post(f"{HOME}/indications", form | {"kept": "x"}).status_code == 422
    assert senior.post(f"{HOME}/indications", form).status_code == 303
    with airport.kernel.database.read() as session:
        assert session.scalars(sa.select(Indication.passenger_id)).all() == [passenger]


STAND_IN = re.compile("~[0-9a-f]{8}")


def test_pages_of_whoever_is_masked_stand_and_say_nothing_that_nobody_sent(
    airport: Airport, look: Look, hall: Hall
) -> None:
    referral = hall.refer("astrid")
    passenger, quiet = hall.passenger("astrid"), hall.passenger("quiet")
    kernel = airport.kernel
    born = dict(rows(kernel, "select id, birth_date from passenger"))[passenger]
    wanted = form_for(hall, "astrid", "access")
    run_all(kernel.database, Work(profile_of(kernel), kernel.clock() + timedelta(days=31), kernel.vault))  # fmt: skip
    browser = look(Role.SENIOR)
    page = browser.page(f"/console/passengers/{passenger}")
    assert born.isoformat() in page  # of list and booking; what the gate read is masked
    assert not STAND_IN.search(page)
    assert rows(kernel, "select birth_date from presentation where passenger_id is not null")[0][0].isoformat() not in page  # fmt: skip

    later = kernel.clock() + timedelta(days=190)
    done = run_all(kernel.database, Work(profile_of(kernel), later, kernel.vault))
    assert done.failed == []
    assert done.counts["booking.masked"] > 0
    with kernel.database.transaction() as session:
        erase_over(session, later, timedelta(days=183), sa.false())
    browser = look(Role.SENIOR)  # the session, too, is over
    page = browser.page(f"/console/passengers/{quiet}")
    assert "QUILLFEATHER" not in page.upper()
    flight = page.split("/console/flights/")[1].split('"')[0]
    flown = "select p.id, p.birth_date, f.flight_date from passenger p join flight f on f.id = p.flight_id"
    left, day = next(row[1:] for row in rows(kernel, flown) if row[0] == passenger)
    age = age_on(born, day)
    assert left != born
    for path in (f"passengers/{passenger}", f"referrals/{referral}"):
        page = browser.page(f"/console/{path}")
        assert "Name masked" in page
        assert re.search(rf"Age at the flight</dt><dd[^>]*>{age} ", page)
        assert re.search(rf"Masked by retention since [^:<]*{later:%-d}\b", page)
        assert f"{HOME}?passenger={passenger}" in page
        assert left.isoformat() not in page
        assert not STAND_IN.search(page)
    assert HOME + "?" not in look(Role.GATE_OFFICER).page(f"/console/passengers/{passenger}")
    answer = browser.get(f"/api/v1/passengers/{passenger}")
    told = answer.json()
    assert told["fields"]["birth_date"] == {"value": None, "source": "api"}
    assert told["masked"] == [str(one) for one in FieldGroup]
    since = told["retention"].pop("since")
    assert datetime.fromisoformat(since) == later
    assert told["retention"] == {"fields": list(MASKED), "age": age}
    assert {one["locator"] for one in told["bookings"]} == {None}
    assert {one["number"] for one in told["documents"]} == {None}
    assert left.isoformat() not in answer.text
    assert not STAND_IN.search(answer.text)
    _may_be_asked_for(look(Role.LEGAL_APPROVER), wanted, left.isoformat())
    for path in (f"flights/{flight}", f"flights/{flight}/list"):
        assert "QUILLFEATHER" not in browser.page(f"/console/{path}").upper()


def _may_be_asked_for(legal: Looker, wanted: dict[str, str], left: str) -> None:
    """The traveller is told what is masked, in the record and in the letter."""
    path = registered(legal, wanted)
    assert decide(legal, path, outcome="granted") == 303
    printed, letter, file = (
        legal.page(f"{path}/{one}") for one in ("record", "letter", "record.json")
    )
    assert "Originals kept sealed until" in printed
    assert "Two officers: one gives a reason" in printed
    assert "a legal approver agrees; each look is recorded" in printed
    assert "The originals are sealed and are kept until" in letter
    assert json.loads(file)["trips"][0]["masked"]["facts"] == list(TRIP)
    assert left not in printed + letter + file
    assert not STAND_IN.search(printed + letter + file)


def test_figures_are_the_same_before_and_after_masking(airport: Airport, hall: Hall) -> None:
    """Effectiveness of the day counted anew, passports by state, facts that rules are tried on."""
    hall.refer("astrid")
    kernel = airport.kernel
    now, day = kernel.clock(), kernel.clock().astimezone(ZoneInfo("Asia/Tokyo")).date()

    def figures() -> tuple[object, ...]:
        with kernel.database.transaction() as session:
            count_day(session, "NRT", day, now)
            cells = session.execute(
                sa.select(EffectCell.dimension, EffectCell.value, EffectCell.sums)
                .order_by(EffectCell.dimension, EffectCell.value)
            ).all()  # fmt: skip
            documents = read_documents(session, "NRT", now - timedelta(days=30))
            facts = session.execute(
                sa.text("select passenger_id, facts - 'random.u' - 'bags' - 'masked' from assessment"
                        " where is_current order by 1")
            ).all()  # fmt: skip
        months = [(row[0], {k: v for k, v in row[1].items() if not _is_day(v)}) for row in facts]
        return [tuple(one) for one in cells], documents, months

    before = figures()
    assert before[0]
    run_all(kernel.database, Work(profile_of(kernel), now + timedelta(days=190), kernel.vault))
    assert figures() == before


def _is_day(value: object) -> bool:
    """Days become the first of their month, as in masked snapshots."""
    text = str(value)
    return (
        re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None or "changes" in text or "'day'" in text
    )
