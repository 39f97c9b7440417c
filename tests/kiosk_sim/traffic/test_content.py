"""What the messages hold beside people: details of bookings, XML, groups, agencies, parties that shrink."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.formats import edifact, pnrgov
from app.formats.paxlst_model import Purpose
from app.formats.pnrgov.record import Pnr, PnrPush
from app.formats.pnrgov.xml_reader import read_xml
from kiosk_sim.traffic import places
from kiosk_sim.traffic.day import of_flight
from kiosk_sim.traffic.lists import render as render_list
from kiosk_sim.traffic.places import carrier
from kiosk_sim.traffic.populate import populate
from kiosk_sim.traffic.pushes import render
from kiosk_sim.traffic.schedule import Flight, Plan, flights
from kiosk_sim.traffic.steps import What, steps
from tests.kiosk_sim.traffic.test_day import DAY, lists_of


def a_flight(code: str) -> Flight:
    return flights(Plan(1, DAY, seed=3, carriers=(code,), seats=(90, 90), trouble=0.0))[0]


def last_push(code: str) -> tuple[str, PnrPush]:
    """The push at departure, as text and as it is read."""
    world = populate(a_flight(code))
    step = [one for one in steps(world.flight) if one.what is What.PUSH][-1]
    [named] = render(world, step)
    if named.text.startswith("<?xml"):
        [push] = read_xml(named.text.encode())
        return named.text, push
    [found] = edifact.interchanges(named.text.encode())
    [message] = found.messages
    return named.text, pnrgov.read(message)


def test_bookings_tell_fares_taxes_and_extra_bags() -> None:
    text, push = last_push("XX")
    travellers = [one for record in push.records for one in record.people]
    assert all(one.fares and one.fares[0].bases for one in travellers)
    assert {one.fares[0].kind for one in travellers} >= {"A", "C"}
    for ticket in (ticket for one in travellers for ticket in one.tickets):
        prices = {one.code: one.amount for one in ticket.prices}
        assert prices["B"] + sum(tax.amount for tax in ticket.taxes) == prices["T"]
    assert any(one.fare_calculations for one in travellers)
    assert any(record.excess_baggage for record in push.records)
    others = [push, *(last_push(code)[1] for code in ("YY", "0Q", "QQ"))]
    kinds = {one.kind for each in others for record in each.records for one in record.non_air}
    assert kinds == {"8", "2"}
    assert "EBD+EUR:" in text


@pytest.mark.parametrize(("code", "tag"), [("XX", "ABI+"), ("ZZ", "LTS+")])
def test_bookings_tell_their_history_in_the_carriers_way(code: str, tag: str) -> None:
    text, push = last_push(code)
    assert tag in text
    assert all(record.history for record in push.records)
    for record in push.records:
        first = record.history[0]
        assert first.actions[0].action == "A"
    assert {item.actions[0].action for record in push.records for item in record.history} > {"A"}


def shape(record: Pnr) -> dict[str, object]:
    """What XML and segments can both say of a booking."""
    return {
        "locators": [(one.carrier, one.code) for one in record.locators], "created": record.created_at,
        "people": [(one.surname, one.given, one.title, one.kind, one.documents, one.fares,
                    one.tickets, [(f.carrier, f.number) for f in one.frequent_flyers])
                   for one in record.people],
        "visas": [[(v.number, v.country) for v in one.visas] for one in record.people],
        "legs": [(str(one.leg.marketing), one.leg.board, one.leg.off, one.leg.departure_local,
                  one.leg.arrival_local, one.booking_class, one.status, one.quantity, one.pushed)
                 for one in record.itinerary],
        "check_ins": [(c.traveller, c.number, c.seat, c.cabin, c.at)
                      for one in record.itinerary for c in one.check_ins],
        "seats": [(s.traveller, s.number) for one in record.itinerary for s in one.seats],
        "paid": [(p.kind, p.vendor, p.last_four, p.expiry, p.amount) for p in record.payments],
        "excess": record.excess_baggage, "contacts": {(c.kind, c.value) for c in record.contacts},
        "agent": record.originator and (record.originator.office, record.originator.agency_number),
    }  # fmt: skip


def test_a_push_in_xml_says_what_the_same_push_in_segments_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, in_xml = last_push("Q0")
    assert text.startswith("<?xml")
    plain = replace(carrier("Q0"), xml=False, history="")
    monkeypatch.setitem(places._BY_CODE, "Q0", plain)
    text, in_segments = last_push("Q0")
    assert text.startswith("UNA")
    assert len(in_xml.records) == len(in_segments.records) > 10
    for one, other in zip(in_xml.records, in_segments.records, strict=True):
        assert shape(one) == shape(other)


def test_lists_come_in_groups_where_the_carrier_groups_them() -> None:
    sent = [one for one in of_flight(a_flight("Z0")) if one.what is What.LIST]
    for one in sent:
        [found] = edifact.interchanges(one.data)
        assert found.faults == []
        joined = one.data.replace(b"\r\n", b"")
        assert (joined.count(b"UNG+PAXLST+"), joined.count(b"UNE+1+1'")) == (1, 1)
        assert len(found.messages) == 1


@pytest.mark.parametrize(("code", "agency"), [("XX", "111"), ("Q0", "109"), ("ZZ", "ZZZ")])
def test_documents_name_whose_codes_they_use(code: str, agency: str) -> None:
    [first, *_] = [one for one in of_flight(a_flight(code)) if one.what is What.LIST]
    assert f"DOC+P:110:{agency}+".encode() in first.data


def test_a_party_that_goes_without_one_is_reduced_and_whole_bookings_are_cancelled() -> None:
    plan = Plan(25, DAY, seed=3, carriers=("QQ",), seats=(150, 180), trouble=0.0)
    purposes: dict[str, list[int]] = {Purpose.REDUCE_PARTY: [], Purpose.CANCEL_RESERVATION: []}
    for world in map(populate, flights(plan)):
        for step in steps(world.flight):
            if step.what is not What.WITHDRAW:
                continue
            for named in render_list(world, step):
                [purpose] = [one for one in purposes if f"BGM+745+{one}'" in named.text]
                purposes[purpose].append(len(named.people))
    assert all(purposes.values())


def test_relief_crew_comes_as_a_change_of_the_crew_list() -> None:
    plan = Plan(8, DAY, seed=3, carriers=("XX",), seats=(20, 30), trouble=0.0)
    relieved = [one for one in flights(plan) if populate(one).relief]
    assert relieved
    for flight in relieved:
        sent = list(of_flight(flight))
        [change] = [one for one in sent if one.what is What.CREW_CHANGE]
        assert [one.function for one in lists_of([change])] == ["CC"]
        assert change.people == (populate(flight).relief.key,)
        assert change.at < flight.leaves_at - timedelta(minutes=30)
