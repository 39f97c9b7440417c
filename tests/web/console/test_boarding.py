"""The dossier where this service is the boarding authority: an order, and what the carrier made of it."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.formats import cusres, edifact
from app.identity.models import Sender
from app.identity.permissions import Role
from app.identity.senders import name_boarding_authority
from app.messages.answer_models import Answer, AnswerKind, BoardingOrder
from app.messages.boarding import ACKNOWLEDGED_WITHIN
from app.travel.models import Flight, FlightStatus, Passenger
from tests.support.airport import Airport, guest
from tests.web.conftest import Hall, field

REASON = "visa was revoked this morning"


def only(airport: Airport, statement):
    with airport.kernel.database.read() as session:
        return session.scalars(statement).one()


def authority(airport: Airport, *, named: bool = True) -> None:
    sender = only(airport, sa.select(Sender.id))
    with airport.kernel.database.transaction() as session:
        name_boarding_authority(session, SYSTEM, sender, airport.kernel.clock(), named=named)


@pytest.fixture
def person(airport: Airport) -> UUID:
    """Somebody on a flight that lands in fourteen hours, of a carrier whose boarding we decide."""
    airport.announce(airport.sector(205, timedelta(hours=14)), [guest("THORNBURY", "HARRIET")])
    airport.settle()
    authority(airport)
    return only(airport, sa.select(Passenger.id))


def order(who, person: UUID, boarding: str = "do-not-board", reason: str = REASON, **more):
    form = {"boarding": boarding, "reason": reason, "seen": "", **more}
    return who.post(f"/console/passengers/{person}/boarding", form)


def dossier(who, person: UUID) -> str:
    return who.page(f"/console/passengers/{person}")


def orders(airport: Airport) -> int:
    return only(airport, sa.select(sa.func.count()).select_from(BoardingOrder))


def fetch_all(airport: Airport) -> str:
    """What the carrier's system finds in its outbox: the text of the newest answer."""
    headers = {"Authorization": f"Bearer {airport.sender}"}
    found = airport.http.get("/api/v1/answers", headers=headers).json()
    body = {"through": found["last"]}
    airport.http.post("/api/v1/answers/delivered", json=body, headers=headers)
    return str(found["answers"][-1]["text"])


def acknowledge(airport: Airport) -> None:
    """The carrier's 312 to the newest order."""
    (sent,) = edifact.interchanges(fetch_all(airport).encode())
    tn = cusres.read(sent.messages[0]).transaction_reference
    airport.send(
        "UNB+UNOA:4+XX+EGATE+261121:1000+A1++APIS'UNH+1+CUSRES:D:05B:UN:IATA'"
        f"BGM+312'RFF+TN:{tn}'TDT+20+XX205'UNT+5+1'UNZ+1+A1'"
    )
    airport.settle()


def test_an_order_goes_to_the_carrier_and_stands_on_the_dossier(look, airport, person):
    somebody = look(name="M. Lindqvist")
    page = dossier(somebody, person)
    assert "No order. The carrier goes by the answer to its list." in page
    answer = order(somebody, person)
    assert (answer.status_code, answer.headers["location"]) == (
        303, f"/console/passengers/{person}#boarding",
    )  # fmt: skip
    page = dossier(somebody, person)
    assert "Ordered by M. Lindqvist, " in page
    assert f"<q>{REASON}</q>" in page
    assert "Not yet fetched by the carrier's system." in page
    kind = only(airport, sa.select(Answer.kind).where(Answer.kind == AnswerKind.STATUS_CHANGE))
    assert kind is AnswerKind.STATUS_CHANGE
    text = fetch_all(airport)
    assert "BGM+132" in text
    assert "VISA" not in text.upper()  # the reason stays here


def test_the_carriers_acknowledgement_is_shown_with_its_time(look, airport, person):
    somebody = look()
    order(somebody, person)
    fetch_all(airport)
    assert "not acknowledged." in dossier(somebody, person)
    acknowledge(airport)
    page = dossier(somebody, person)
    assert "Acknowledged</span> by the carrier, <time" in page
    assert "not acknowledged." not in page
    assert "every 60s" not in page  # nothing is waited for any more


def test_what_is_not_acknowledged_in_time_says_so_and_can_be_sent_again(
    look, airport, clock, person
):
    somebody = look()
    order(somebody, person)
    page = dossier(somebody, person)
    assert "Overdue" not in page
    assert 'value="do-not-board"' not in page  # it stands already
    clock.advance(seconds=ACKNOWLEDGED_WITHIN.total_seconds() + 1)
    page = dossier(somebody, person)
    assert "Overdue</span>" in page
    assert "Call the carrier." in page
    assert 'value="do-not-board"' in page


def test_the_part_alone_is_what_the_page_shows(look, person):
    somebody = look()
    order(somebody, person)
    path = f"/console/fragments/passengers/{person}/boarding"
    fragment = somebody.page(path).strip()
    assert fragment.startswith('<section id="boarding"')
    assert fragment in dossier(somebody, person)


def test_without_a_reason_nothing_is_ordered_and_what_was_typed_stays(look, airport, person):
    somebody = look()
    for typed in ("", "  ", "no", "x" * 501):
        answer = order(somebody, person, reason=typed)
        assert answer.status_code == 422
        assert '<a href="#boarding-reason">Say why, in 3 to 500 characters</a>' in answer.text
        assert f">{typed.strip()}</textarea>" in answer.text
        assert "<title>Error: " in answer.text
    assert order(somebody, person, boarding="perhaps").status_code == 422
    assert orders(airport) == 0


def test_who_has_not_seen_the_order_that_stands_is_told(look, airport, person):
    first, second = look(login="a", name="A. First"), look(login="b", name="B. Second")
    assert 'name="seen" value=""' in dossier(second, person)
    order(first, person)
    late = order(second, person, "board")
    assert late.status_code == 409
    assert "Somebody else has ordered meanwhile. Nothing was ordered" in late.text
    assert "Ordered by A. First" in late.text
    assert orders(airport) == 1
    again = order(second, person, "board", seen=field(late.text, "seen"))
    assert again.status_code == 303
    page = dossier(second, person)
    assert "Ordered by B. Second" in page
    assert "Earlier orders" in page
    assert orders(airport) == 2


def test_from_a_referral_it_leads_back_there(look, airport, hall: Hall):
    referral = hall.refer("astrid")
    with airport.kernel.database.transaction() as session:
        session.execute(sa.update(Flight).values(arrives_at=airport.kernel.clock() + timedelta(1)))
    authority(airport)
    somebody, person = look(), hall.passenger("astrid")
    page = somebody.page(f"/console/referrals/{referral}")
    assert f'name="referral" value="{referral}"' in page.partition('id="boarding"')[2]
    answer = order(somebody, person, referral=referral)
    assert answer.headers["location"] == f"/console/referrals/{referral}#boarding"
    wrong = order(somebody, person, "board", reason="", referral=referral)
    assert 'id="decision"' in wrong.text


def test_only_for_whoever_may_and_where_it_applies(look, airport, person):
    assert 'id="boarding"' not in dossier(look(Role.TARGETER), person)
    assert 'id="boarding"' not in dossier(look(Role.GATE_OFFICER), person)
    for role in (Role.TARGETER, Role.GATE_OFFICER):
        assert order(look(role), person).status_code == 403
        path = f"/console/fragments/passengers/{person}/boarding"
        assert look(role).get(path).status_code == 403
    somebody = look()
    assert 'id="boarding"' in dossier(somebody, person)
    authority(airport, named=False)
    assert 'id="boarding"' not in dossier(somebody, person)
    refused = order(somebody, person)
    assert refused.status_code == 409
    assert "This service does not decide on boarding for this carrier" in refused.text
    assert orders(airport) == 0


@pytest.mark.parametrize("gone", ["departed", "landed"])
def test_a_flight_that_has_left_shows_its_orders_and_takes_no_more(
    look, airport, clock, person, gone
):
    somebody = look()
    order(somebody, person)
    if gone == "landed":
        clock.advance(hours=15)  # the planned arrival has passed, whatever its status says
        somebody = look()
    else:
        with airport.kernel.database.transaction() as session:
            session.execute(sa.update(Flight).values(status=FlightStatus.DEPARTED))
    page = dossier(somebody, person)
    assert f"<q>{REASON}</q>" in page
    assert "Nothing more can be ordered" in page
    assert 'name="reason" rows' not in page
    seen = str(only(airport, sa.select(BoardingOrder.id)))
    assert order(somebody, person, "board", seen=seen).status_code == 409
    assert orders(airport) == 1


def test_somebody_on_a_flight_of_another_site_does_not_exist(look, airport, person):
    somebody = look()
    with airport.kernel.database.transaction() as session:
        session.execute(sa.update(Flight).values(site="HND"))
    assert order(somebody, person).status_code == 404
    path = f"/console/fragments/passengers/{person}/boarding"
    assert somebody.get(path).status_code == 404
    api = f"/api/v1/passengers/{person}/boarding"
    body = {"boarding": "board", "reason": REASON}
    assert somebody.client.post(api, json=body, headers=somebody.headers).status_code == 404
    assert somebody.get(api).json()["orders"] == []
    assert orders(airport) == 0
