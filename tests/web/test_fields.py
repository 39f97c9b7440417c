"""Fields of people that a role does not need in clear are in no answer that it gets; what is shown with a reason ends by itself."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.audit.models import AuditEntry
from app.identity.models import Disclosure
from app.identity.permissions import GRANTS, IN_CLEAR, FieldGroup, Permission, Role
from app.identity.sight import HIDDEN, Seen, Sight
from app.kernel.clock import SettableClock
from app.reports.looking import SHOWN, read_disclosures, read_looking
from app.screening.entries import EntryDraft
from app.screening.models import EntryKind, Hit, HitSource, Watchlist
from app.screening.veiled import veil_conditions, veil_explanation
from risk_rules.names import BirthDate, Name
from tests.access.test_routes import ENDLESS, table
from tests.support import problem_code
from tests.support.airport import LIST, Airport, Guest, guest, landed_ago
from tests.support.lists import put_entries
from tests.web.conftest import Hall, Looker

Look = Callable[..., Looker]

WHERE, CALLED, ANNOUNCED = "4-2-8 Shibakoen", "+81312345678", "17 Strandvagen"
VALUES: dict[FieldGroup, tuple[str, ...]] = {
    FieldGroup.NAME: ("THORVALDSEN", "SIGNE"),
    FieldGroup.BIRTH: ("1988-04-12",),
    FieldGroup.DOCUMENT: ("K",),  # put in below: the number
    FieldGroup.CONTACT: (WHERE, CALLED, ANNOUNCED, "4687654321"),
}
REASON = {"unmask-reason": "The hotel says that nobody of this name stays there."}


@dataclass
class Case:
    """Somebody on a list who has declared a place to stay, referred, inspected, and looked at from afar."""

    airport: Airport
    ids: dict[str, str]
    values: dict[FieldGroup, tuple[str, ...]]
    afar: Looker

    def page(self, name: str = "passenger_id", of: str = "passengers") -> str:
        return f"/console/{of}/{self.ids[name]}"


def _look_out_for(airport: Airport, one: Guest) -> None:
    """Put somebody on the list under a key that tells nothing."""
    entry = EntryDraft(
        key="case-17", kind=EntryKind.PERSON, reason="undeclared currency",
        names=(Name(one.passport.surname, one.passport.given_names),),
        birth_dates=(BirthDate.of(one.passport.birth_date),),
    )  # fmt: skip
    with airport.kernel.database.transaction() as session:
        put_entries(session, SYSTEM, LIST, [entry], airport.kernel.clock())


@pytest.fixture
def case(airport: Airport, look: Look) -> Case:
    one = guest("THORVALDSEN", "SIGNE", "17F")
    _look_out_for(airport, one)
    sector = airport.sector(102, landed_ago(20))
    contact = {"address": WHERE, "phone": CALLED}
    airport.declare(one, sector, contact=contact)
    airport.announce(sector, [one])
    airport.settle()
    with airport.kernel.database.transaction() as session:
        said = '{"address": {"street": "17 Strandvagen"}, "contacts": [{"value": "4687654321"}]}'
        session.execute(
            sa.text("update passenger set api_data = api_data || cast(:said as jsonb)"),
            {"said": said},
        )
    airport.settle()
    hall = Hall(airport, {"signe": one})
    referral = hall.refer("signe")
    gate, afar = look(Role.GATE_OFFICER, "asks"), look(Role.REMOTE_SENIOR, "afar")
    at = f"/api/v1/referrals/{referral}"
    version = gate.get(at).json()["referral"]["version"]
    begun = gate.client.post(f"{at}/inspect", json={"version": version}, headers=gate.headers)
    assert begun.is_success, begun.text
    asked = gate.client.post(f"{at}/second-looks", json={"question": "Look"}, headers=gate.headers)
    assert asked.is_success, asked.text
    with airport.kernel.database.read() as session:
        ids = {
            name: str(session.scalar(sa.text(query)))
            for name, query in {
                "look_id": "select id from second_look",
                "identifier": "select id from declaration",
                "flight_id": "select flight_id from passenger",
            }.items()
        }
    assert afar.post(f"/console/second-looks/{ids['look_id']}/join").status_code == 303
    ids |= {"passenger_id": str(hall.passenger("signe")), "referral_id": referral}
    values = {**VALUES, FieldGroup.DOCUMENT: (one.passport.number,)}
    return Case(airport, ids, values, afar)


def addresses(role: Role, ids: dict[str, str]) -> Iterator[str]:
    """Every address that a role may read and that needs no other id."""
    held = {str(one) for one in GRANTS[role]} | {"officer"}
    for route in table():
        if route.method != "GET" or (route.method, route.path) in ENDLESS:
            continue
        if not held & set(route.rule.split("|")):
            continue
        path = route.path
        for name, value in ids.items():
            path = path.replace("{" + name + "}", value)
        if "{" not in path:
            yield path


def test_no_value_of_a_masked_group_is_in_any_answer_that_a_role_gets(
    case: Case, look: Look
) -> None:
    seen: dict[Role, set[str]] = {}
    asked: dict[Role, set[str]] = {}
    for role in Role:
        one = case.afar if role is Role.REMOTE_SENIOR else look(role)
        for path in addresses(role, case.ids):
            for accept in ("text/html", "application/json")[: 1 if "/api/" not in path else 2]:
                answer = one.get(path, Accept=accept)
                assert answer.status_code < 500, path
                told = {
                    value for of in case.values.values() for value in of if value in answer.text
                }
                masked = set(FieldGroup) - IN_CLEAR[role]
                leaked = told & {value for group in masked for value in case.values[group]}
                assert leaked == set(), (role, path)
                seen.setdefault(role, set()).update(told)
                asked.setdefault(role, set()).add(path)
    every = {value for of in case.values.values() for value in of}
    assert seen[Role.SENIOR] == every  # what is looked for is there
    assert {"THORVALDSEN", *case.values[FieldGroup.DOCUMENT]} <= seen[Role.GATE_OFFICER]
    assert case.page("look_id", "second-looks") in asked[Role.REMOTE_SENIOR]


def test_a_reason_for_few_eyes_is_in_no_answer_to_others(case: Case, look: Look) -> None:
    reason, few = "undeclared currency", {Permission.VIEW_HIT_REASON, Permission.VIEW_WATCHLIST}
    told: set[Role] = set()
    quoted: set[Role] = set()
    with case.airport.kernel.database.transaction() as session:
        rows = session.scalars(sa.select(Hit).where(Hit.source == HitSource.WATCHLIST)).all()
        assert rows
        assert reason not in str([one.explanation for one in rows])
    for restricted, roles in ((False, EYES[:1]), (True, EYES)):
        with case.airport.kernel.database.transaction() as session:
            session.execute(sa.update(Watchlist).values(reason_restricted=restricted))
        seen = told if restricted else quoted
        for role in roles:
            one = case.afar if role is Role.REMOTE_SENIOR else look(role)
            if any(reason in one.get(path).text for path in addresses(role, case.ids)):
                seen.add(role)
    assert quoted == {Role.GATE_OFFICER}  # what is looked for is there
    assert told == {role for role in EYES if GRANTS[role] & few}


EYES = (Role.GATE_OFFICER, Role.GOODS_OFFICER, Role.HELP_DESK, Role.REMOTE_SENIOR, Role.SENIOR)
"""Of these one may see reasons that are for few eyes."""


def test_a_second_look_shows_initials_the_year_and_last_characters(case: Case) -> None:
    page = case.afar.page(case.page("look_id", "second-looks"))
    number = case.values[FieldGroup.DOCUMENT][0]
    for said in ("T.", "1988", HIDDEN + number[-3:], "names, date of birth"):
        assert said in page, said


def test_lists_and_searches_are_for_roles_that_see_who_people_are() -> None:
    by_name = {Permission.VIEW_QUEUE, Permission.VIEW_PERSON, Permission.ENTER_DECLARATION,
               Permission.VIEW_WATCHLIST, Permission.DECIDE_REQUEST, Permission.REGISTER_REQUEST}  # fmt: skip
    who = {FieldGroup.NAME, FieldGroup.BIRTH, FieldGroup.DOCUMENT}
    assert [role for role in Role if GRANTS[role] & by_name and not who <= IN_CLEAR[role]] == []
    assert set(IN_CLEAR) == set(Role)


def test_a_reason_shows_one_person_for_a_quarter_of_an_hour_in_one_session(
    case: Case, look: Look, clock: SettableClock
) -> None:
    gate, again = look(Role.GATE_OFFICER), look(Role.GATE_OFFICER)
    page, api = case.page(), f"/api/v1/passengers/{case.ids['passenger_id']}"
    hidden = gate.page(page)
    assert "Masked for your role: contacts and addresses" in hidden
    for reason in ("", "because", "x " * 300):
        refused = gate.post(f"{page}/unmask", {"unmask-reason": reason})
        assert refused.status_code == 422
        assert "Say in a sentence why you need to see this" in refused.text
    japanese = {"unmask-reason": "宿泊先に該当者がいないため確認する"}
    for one, said in ((gate, REASON), (look(Role.GATE_OFFICER), japanese)):
        assert one.post(f"{page}/unmask", said).headers["location"] == page
    assert WHERE in gate.page(page)
    assert CALLED in gate.page(case.page("referral_id", "referrals"))
    assert CALLED in gate.page(case.page("identifier", "declarations"))
    assert ANNOUNCED in gate.get(api).text
    assert WHERE not in again.page(page)
    clock.advance(minutes=15)
    assert WHERE not in gate.page(page)
    assert ANNOUNCED not in gate.get(api).text


def test_the_trail_has_ids_and_codes_and_the_reason_is_sealed(case: Case, look: Look) -> None:
    gate = look(Role.GATE_OFFICER)
    gate.post(f"{case.page()}/unmask", REASON)
    with case.airport.kernel.database.read() as session:
        [entry] = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "fields.unmasked")
        )
        [row] = session.scalars(sa.select(Disclosure))
        sealed = session.scalar(sa.text("select reason from disclosure"))
        now = case.airport.kernel.clock()
        found = read_looking(session, "Asia/Tokyo", now)
        told = read_disclosures(session, "NRT", now)
    detail = {"fields": ["contact"], "disclosure": str(row.id), "seconds": 900}
    assert (str(entry.subject_id), entry.detail) == (case.ids["passenger_id"], detail)
    assert row.reason == REASON["unmask-reason"]
    assert b"hotel" not in bytes(sealed)
    assert SHOWN > 1
    assert found == []
    assert [one.id for one in told] == [row.id]
    page = look(Role.AUDITOR).page("/console/audit/looking")
    assert REASON["unmask-reason"] in page
    assert "contacts and addresses" in page


def test_whose_role_may_not_is_refused(case: Case, look: Look) -> None:
    desk, path = look(Role.HELP_DESK), case.page("identifier", "declarations")
    assert WHERE not in desk.page(path)
    assert "/unmask" not in desk.page(path)
    assert desk.post(f"{path}/unmask", REASON).status_code == 403
    api = f"/api/v1/passengers/{case.ids['passenger_id']}/unmask"
    body = {"reason": REASON["unmask-reason"]}
    targeter = look(Role.TARGETER)
    assert targeter.client.post(api, json=body, headers=targeter.headers).status_code == 403


def test_the_api_shows_it_as_well_and_from_afar_all_of_the_one_case(case: Case, look: Look) -> None:
    gate = look(Role.GATE_OFFICER)
    api = f"/api/v1/passengers/{case.ids['passenger_id']}"
    assert gate.get(api).json()["masked"] == ["contact"]
    body = {"reason": REASON["unmask-reason"]}
    made = gate.client.post(f"{api}/unmask", json=body, headers=gate.headers)
    assert (made.status_code, made.json()["fields"]) == (201, ["contact"])
    assert gate.get(api).json()["masked"] == []
    path = case.page("look_id", "second-looks")
    assert case.afar.post(f"{path}/unmask", {"unmask-reason": "x"}).status_code == 422
    assert case.afar.post(f"{path}/unmask", REASON).status_code == 303
    page = case.afar.page(path)
    for value in ("THORVALDSEN", "1988-04-12", WHERE, *case.values[FieldGroup.DOCUMENT]):
        assert value in page
    stranger = look(Role.REMOTE_SENIOR, "stranger")
    assert stranger.post(f"{path}/unmask", REASON).status_code == 409  # somebody else has joined


def test_where_nothing_is_masked_nothing_is_shown_and_nothing_counted(
    case: Case, look: Look
) -> None:
    senior, gate = look(Role.SENIOR), look(Role.GATE_OFFICER)
    api = f"/api/v1/passengers/{case.ids['passenger_id']}/unmask"
    body = {"reason": REASON["unmask-reason"]}
    refused = senior.client.post(api, json=body, headers=senior.headers)
    assert (refused.status_code, problem_code(refused.text)) == (409, "nothing-masked")
    pressed = senior.post(f"{case.page()}/unmask", REASON)
    assert (pressed.status_code, "Nothing is masked here" in pressed.text) == (409, True)
    for _ in range(2):  # the form sent twice
        assert gate.post(f"{case.page()}/unmask", REASON).headers["location"] == case.page()
    with case.airport.kernel.database.read() as session:
        query = sa.select(sa.func.count()).where(AuditEntry.action == "fields.unmasked")
        assert session.scalar(query) == 1
        [row] = session.scalars(sa.select(Disclosure))
        assert row.fields == ["contact"]


def test_a_correction_keeps_contacts_that_the_officer_saw_masked(case: Case, look: Look) -> None:
    desk, path = look(Role.HELP_DESK), case.page("identifier", "declarations")
    form = desk.post(f"{path}/correct").text
    assert WHERE not in form
    assert CALLED not in form
    assert "they stay as they were declared" in form
    typed: dict[str, Any] = _filled(form) | {"channel": "spoken", "certified": "yes", "bags": "7"}
    done = desk.post("/console/declarations/new", typed)
    assert (done.status_code, done.headers.get("location")) == (303, path), done.text
    with case.airport.kernel.database.read() as session:
        found = session.execute(
            sa.text("select seq, content -> 'contact', content ->> 'bags' from declaration_version order by seq")
        ).all()  # fmt: skip
    contact = {"address": WHERE, "phone": CALLED}
    assert [tuple(one) for one in found] == [(0, contact, None), (1, contact, "7")]


def _filled(page: str) -> dict[str, str]:
    """What the form has typed in: inputs, chosen options, checked buttons."""
    text = page.partition('action="/console/declarations/new"')[2]
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
    for tag in re.findall(r"<input\b[^>]*>", text):
        name, value = (re.search(rf'\b{one}="([^"]*)"', tag) for one in ("name", "value"))
        plain = 'type="radio"' not in tag and 'type="checkbox"' not in tag
        if name and value and (plain or " checked" in tag):
            found[name[1]] = value[1]
    for name, options in re.findall(
        r'<select\b[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        if chosen:
            found[name] = chosen[1]
    return found


NOTHING = Seen(frozenset())


def test_evidence_is_masked_and_how_it_relates_is_told() -> None:
    words = [{"traveller": "SIGNE", "entry": "SIGNY", "how": "typo", "like": 0.9, "weight": 1.0}]
    birth = {"relation": "exact", "traveller": "1988-04-12", "entry": ["1988-04-12"]}
    found = veil_explanation(
        {"entry": "case-1", "matches": [{"kind": "name", "words": words, "birth_date": birth}]}, NOTHING
    )  # fmt: skip
    assert found["entry"] == "case-1"
    assert found["matches"][0]["words"][0] == {
        "traveller": "S.", "entry": "S.", "how": "typo", "like": 0.9, "weight": 1.0,
    }  # fmt: skip
    assert found["matches"][0]["birth_date"] == {
        "relation": "exact", "traveller": "1988", "entry": ["1988"],
    }  # fmt: skip
    facts = {"booking.email_domain": "example.org", "booking.payment": "cash"}
    [condition] = veil_conditions([{"text": "t", "values": facts}], NOTHING)
    assert condition == {
        "text": "t", "values": {"booking.email_domain": HIDDEN, "booking.payment": "cash"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("group", "value", "said"),
    [
        (FieldGroup.NAME, "MARIA ELENA", "M. E."),
        (FieldGroup.NAME, "王", HIDDEN),
        (FieldGroup.BIRTH, "1988-04-12", "1988"),
        (FieldGroup.BIRTH, "unknown", HIDDEN),
        (FieldGroup.DOCUMENT, "K1234567", HIDDEN + "567"),
        (FieldGroup.DOCUMENT, "K1234", HIDDEN),
        (FieldGroup.CONTACT, "4687654321", HIDDEN),
        (FieldGroup.CONTACT, None, ""),
    ],
)
def test_how_each_group_is_masked(group: FieldGroup, value: str | None, said: str) -> None:
    assert NOTHING.said(group, value) == said
    assert Sight().at().said(group, value) == (value or "")
