"""No fact of the catalogue is one that nothing fills: each is told of somebody by the way from the tables."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.formats.codes import FlightNumber
from app.formats.pnrgov import record as pnr
from app.formats.pnrgov.record import Leg, Pnr
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening import rules, watchlists
from app.screening.assess import assess_due
from app.screening.facts import facts_of
from app.screening.gather import gather
from app.screening.models import Assessment, EntryKind, Handling
from app.screening.watchlists import EntryDraft
from app.travel.models import (
    Booking,
    Document,
    FlightAlias,
    Passenger,
    PassengerVersion,
    ShownPassport,
)
from app.travel.records import from_pnr
from risk_rules.facts import CATALOGUE
from risk_rules.jurisdiction import check_purpose, shipped
from risk_rules.language import RuleError, compile_rule
from risk_rules.names import Document as ListedDocument
from risk_rules.score import Purpose
from tests.support.lists import put_entries

from .world import (
    DAY,
    NOW,
    add_declaration,
    add_flight,
    add_party,
    add_passenger,
    add_traveller,
)


def leg(board: str, off: str, leaves: str, lands: str, **more: Any) -> pnr.ItinerarySegment:
    number = FlightNumber("ZZ", 1)
    times = datetime.fromisoformat(leaves), datetime.fromisoformat(lands)
    return pnr.ItinerarySegment(Leg("ZZ", "ZZ", number, None, board, off, *times), **more)


BOOKED = Pnr(
    0, 1,
    locators=(pnr.Locator("ZZ", "RICH01", created_at=datetime(2026, 3, 7, 12, tzinfo=UTC)),),
    originator=pnr.Originator(agency_number="00112233", agent_city="SIN"),
    travellers=(pnr.Traveller("1", "TESTER", "ANNA"), pnr.Traveller("2", "OTHER", "BO")),
    itinerary=(
        leg("CGK", "SIN", "2026-03-09T20:00", "2026-03-09T22:00"),
        leg("SIN", "NRT", "2026-03-10T01:00", "2026-03-10T09:00", pushed=True, booking_class="Y"),
        leg("NRT", "SIN", "2026-03-13T01:00", "2026-03-13T09:00"),
    ),
    contacts=(pnr.Contact("phone", "+65 61234567"), pnr.Contact("mail", "Anna@Mail.example")),
    addresses=(pnr.Address("H", "SG", "1 Shore Road", "SINGAPORE", postcode="018956"),),
    payments=(
        pnr.Payment("CC", last_four="1111", fingerprint="f00d", amount=Decimal(10)),
        pnr.Payment("CA", payer="SMITH/JOHN"),
    ),
    group_size=12,
    history_items=2,
)  # fmt: skip
MINE = {
    "index": 0, "surname": "TESTER", "given_names": "ANNA", "birth_date": "1980-05-31",
    "checked_in": True, "frequent_flyers": [{"number": "1"}], "tickets": [{"number": "1"}],
    "bags": {"count": 1, "weight_g": 31000, "tags": ["ZZ123456"]},
}  # fmt: skip


def rich(database: Database) -> None:
    """Somebody of whom lists, booking, declaration, kiosk, earlier journeys and watch lists all speak."""
    with database.transaction() as session:
        flight = add_flight(session)
        flight.departs_at = NOW - timedelta(hours=1)
        session.add(FlightAlias(
            flight_id=flight.id, carrier="YY", number=9, suffix="", flight_date=DAY, origin="SIN",
        ))  # fmt: skip
        party, traveller = add_party(session, flight), add_traveller(session)
        booking = Booking(
            flight_id=flight.id, carrier="ZZ", locator="RICH01", record=from_pnr(BOOKED), version=1
        )
        session.add(booking)
        session.flush()
        mine = add_passenger(
            session, flight, party=party, traveller=traveller, locator="RICH01", seat="21C",
            api_data={"surname": "TESTER", "given_names": "ANNA", "birth_date": "1980-05-31", "seat": "21C"},
            pnr_data={str(booking.id): MINE}, api_since=NOW, api_prepared_at=NOW,
        )  # fmt: skip
        session.add_all([
            Document(
                passenger_id=mine.id, type="P", number="TR1234567", number_key="TR1234567", issuer="UTO",
                source="api", issued_on=date(2022, 1, 1), expires_on=date(2030, 1, 1),
            ),
            PassengerVersion(
                passenger_id=mine.id, record={"seat": "1A"}, prepared_at=NOW - timedelta(hours=5),
                message_id=uuid4(),
            ),
            ShownPassport(
                passenger_id=mine.id, digest=b"1", surname="TESTER", given_names="ANNA",
                birth_date=date(1981, 5, 31), sex="F", nationality="UTO", number="TR7654321",
                issuer="UTO", expires_on=None,
            ),
        ])  # fmt: skip
        add_passenger(session, flight, "OTHER", "BO", party=party, seat="3A")
        before = add_flight(session, 2, arrives_in=-24 * 30, day=DAY - timedelta(days=30))
        earlier = add_passenger(session, before, traveller=traveller)
        goods = [{"category": "gold", "quantity": 10, "value": 50000, "currency": "JPY"}]
        add_declaration(session, earlier, {"goods": goods})
        add_declaration(session, mine, declared(goods), lane=1)


ASKED = (
    "gold", "entrusted", "prohibited", "restricted", "over_allowance", "commercial",
    "means_of_payment", "unaccompanied",
)  # fmt: skip


def declared(goods: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "goods": goods, "answers": dict.fromkeys(ASKED, False),
        "traveller": {
            "surname": "TESTER", "given_names": "ANNA", "nationality": "UTO",
            "birth_date": "1980-05-31", "document": {"number": "TR1234567", "issuer": "UTO"},
        },
        "bags": 1, "stay_nights": 3,
    }  # fmt: skip


def looked_for(database: Database) -> None:
    entry = EntryDraft(
        key="D-1", kind=EntryKind.DOCUMENT, reason="stolen", documents=(ListedDocument("TR1234567", "UTO"),)
    )  # fmt: skip
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "lost", "Lost", "serious_crime", Handling.STOP, NOW)
        put_entries(session, SYSTEM, "lost", [entry], NOW)
        rules.write_ruleset(session)


def test_every_fact_is_told_of_somebody(database: Database, vault: Vault) -> None:
    looked_for(database)
    rich(database)
    while assess_due(database, vault, NOW):
        pass
    with database.read() as session:
        mine = sa.select(Assessment.facts).join(Passenger, Passenger.id == Assessment.passenger_id)
        told = session.scalars(
            mine.where(Passenger.locator == "RICH01", Assessment.is_current)
        ).one()
    assert told.keys() == {*CATALOGUE.facts, *CATALOGUE.lists}
    assert [name for name, value in told.items() if value is None] == []
    empty = [name for name in CATALOGUE.lists if not told[name]]
    assert empty == []
    fields = {
        f"{name}.{field}": [one[field] for one in told[name]]
        for name, item in CATALOGUE.lists.items()
        for field in item.fields
    }
    assert [name for name, values in fields.items() if set(values) == {None}] == []
    assert told["link.phone_hits_90d"] == 0
    assert told["document.lost_or_stolen"] is True
    assert (told["list.alerts"], told["list.document_alerts"]) == (1, 1)


def test_every_fact_names_all_sources_that_it_changes_with(
    database: Database, vault: Vault
) -> None:
    """The record is made again with a source silent: what is then another value rests on that source."""
    looked_for(database)
    rich(database)
    with database.transaction() as session:
        mine = session.scalars(sa.select(Passenger).where(Passenger.locator == "RICH01")).first()
        assert mine is not None
        [known] = gather(session, vault, [mine.id], NOW)
        whole = facts_of(known, vault)
        without = {
            "declaration": replace(known, declared=None),
            "kiosk": replace(known, shown=()),
            "history": replace(
                known, earlier_values=None, trips_5y=99, trips_12m=99, absences_12m=99
            ),
            "pnr": replace(known, bookings=()),
        }
        changed = {
            source: {name for name, value in facts_of(less, vault).items() if value != whole[name]}
            for source, less in without.items()
        }
        kept = mine.pnr_data, mine.api_data
        mine.pnr_data = None
        changed["pnr"] |= {n for n, v in facts_of(without["pnr"], vault).items() if v != whole[n]}
        mine.pnr_data, mine.api_data, mine.surname, mine.birth_date = (
            kept[0],
            None,
            "ELSE",
            date(1950, 1, 1),
        )
        silent = replace(known, documents=())
        changed["api"] = {n for n, v in facts_of(silent, vault).items() if v != whole[n]}
        session.rollback()
    assert all(len(names) > 1 for names in changed.values()), changed
    undeclared = {
        (name, source)
        for source, names in changed.items()
        for name in names
        if source not in sources_of(name) and source_of(name) not in ("flight", "random")
    }
    assert undeclared - BY_FELLOWS == set()


BY_FELLOWS = {
    (name, "api") for name in ("co_travellers", "co.other_surnames")
}  # fmt: skip
"""Who travels together, a booking says; how each of them is called, whatever source tells it."""


def source_of(name: str) -> str:
    found = CATALOGUE.facts.get(name) or CATALOGUE.lists[name]
    return found.source


def sources_of(name: str) -> set[str]:
    if fact := CATALOGUE.facts.get(name):
        return {fact.source, *fact.through}
    item = CATALOGUE.lists[name]
    return {item.source}.union(*(field.through for field in item.fields.values()))


@pytest.mark.parametrize(
    "text",
    [
        "declaration.bags_match = false", "declaration.stay_matches = false",
        "declaration.entrusted_denied_but_paid_by_other", "declaration.party_matches = false",
        "declaration.name_matches = false", "declaration.birth_date_matches = false",
        "declaration.document_matches = false", "document.shown_differs",
    ],
)  # fmt: skip
def test_a_comparison_serves_no_purpose_that_its_other_side_may_not_serve(text: str) -> None:
    rule = compile_rule(text)
    for purpose in (Purpose.REVENUE, Purpose.HEALTH):
        with pytest.raises(RuleError):
            check_purpose(rule.tree, purpose, shipped("eu"))
    check_purpose(rule.tree, Purpose.SERIOUS_CRIME, shipped("eu"))
    assert "pnr" in rule.rests_on  # so no unreviewed hit of it acts


def test_the_catalogue_is_large_enough_and_says_where_each_fact_is_from() -> None:
    assert len(CATALOGUE.facts) >= 80
    sources = {fact.source for fact in CATALOGUE.facts.values()}
    assert sources == {"api", "pnr", "declaration", "history", "list", "kiosk", "flight", "random"}
    assert {fact.sensitivity for fact in CATALOGUE.facts.values()} == {"normal", "protected"}
