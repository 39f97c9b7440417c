"""The day's messages: all of them are read, they say what is true, dirt is what it is called."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from app.formats import edifact, paxlst, pnrgov
from app.formats.messages import inspect
from app.formats.paxlst_model import Function, PassengerList
from app.formats.pnrgov.privacy import is_card
from app.formats.pnrgov.record import PnrPush
from app.formats.pnrgov.xml_reader import read_xml
from kiosk_sim.traffic.day import Transmission, Worlds, of_flight, transmissions, truth
from kiosk_sim.traffic.dirt import FOREIGN, KINDS, UNREADABLE, Dirt
from kiosk_sim.traffic.flaws import FLAWS
from kiosk_sim.traffic.places import CARRIERS, TEST_CARDS
from kiosk_sim.traffic.schedule import Fate, Kind, Plan, flights
from kiosk_sim.traffic.steps import What, steps

DAY = date(2027, 3, 1)
PLAN = Plan(16, DAY, seed=8, trouble=0.35, seats=(20, 56))
DIRTY = replace(PLAN, dirt=0.6)


@pytest.fixture(scope="module")
def clean() -> list[Transmission]:
    return list(transmissions(PLAN))


@pytest.fixture(scope="module")
def dirty() -> list[Transmission]:
    return list(transmissions(DIRTY))


@cache
def messages(data: bytes) -> list:
    return [one for found in edifact.interchanges(data) for one in found.messages]


@cache
def read(data: bytes) -> list:
    """Lists and pushes of a transmission."""
    if data.startswith(b"<?xml"):
        return read_xml(data)
    return [
        paxlst.read(one) if one.type == "PAXLST" else pnrgov.read(one) for one in messages(data)
    ]


def named(sent: Transmission) -> int:
    """How many people a reader finds."""
    return sum(
        len(one.persons) if isinstance(one, PassengerList)
        else sum(len(record.people) for record in one.records)
        for one in read(sent.data)
    )  # fmt: skip


def lists_of(sent: list[Transmission]) -> list[PassengerList]:
    return [m for one in sent for m in read(one.data) if isinstance(m, PassengerList)]


def pushes_of(sent: list[Transmission]) -> list[PnrPush]:
    return [m for one in sent for m in read(one.data) if isinstance(m, PnrPush)]


def test_clean_messages_are_read_without_a_fault(clean: list[Transmission]) -> None:
    for sent in clean:
        for found in inspect(sent.data, sent.name):
            assert [*found.errors, *found.warnings] == [], sent.name


def test_clean_messages_name_exactly_whom_they_say(clean: list[Transmission]) -> None:
    for sent in clean:
        assert named(sent) == len(sent.people), sent.name


def test_transmissions_come_in_order_of_time(dirty: list[Transmission]) -> None:
    moments = [one.at for one in dirty]
    assert moments == sorted(moments)


def test_everybody_on_board_is_named_in_a_list_and_in_a_booking(clean: list[Transmission]) -> None:
    listed, booked = defaultdict(set), defaultdict(set)
    for sent in clean:
        (listed if sent.what.value.startswith("PAXLST") else booked)[sent.flight] |= set(
            sent.people
        )
    people = [line for line in truth(PLAN) if line["kind"] == "person"]
    for line in people:
        if line["on_board"]:
            assert line["key"] in listed[line["flight"]]
        if line["on_board"] and "crew" not in line["role"]:
            assert line["key"] in booked[line["flight"]]
        if line["reported"] == "unknown":
            assert line["key"] not in listed[line["flight"]] | booked[line["flight"]]
    assert Counter(line["on_board"] for line in people)[True] > 300


def test_every_kind_of_message_is_sent(clean: list[Transmission]) -> None:
    assert {one.what for one in clean} == set(What)
    lists = lists_of(clean)
    assert {one.document for one in lists} == {
        Function.PASSENGER_LIST, Function.CREW_LIST, Function.FLIGHT_STATUS,
        Function.MASTER_CREW_LIST,
    }  # fmt: skip
    assert {one.function for one in lists} >= {
        "", "C", "CP", "XR", "CL", "CLOB", "CLNB", "XF", "CF", "DC",
        "CI", "CC", "G", "H", "I",
    }  # fmt: skip
    assert {one.version for one in lists} == {"D.02B", "D.05B", "D.10A", "D.12B", "D.15B"}
    assert {person.role for one in lists for person in one.persons} >= {"FL", "FM", "DDU"}


def test_carriers_write_in_their_own_ways(clean: list[Transmission]) -> None:
    by_way = defaultdict(list)
    for one in clean:
        by_way[one.flight[:2], one.what.value[:6]].append(one)
    assert {code for code, _ in by_way} == {one.code for one in CARRIERS}
    for one in by_way["QQ", "PAXLST"]:
        assert one.data.startswith(b"QU ")
        body = one.data.partition(b"\x02")[2].rstrip(b"\r\n\x03")
        assert max(map(len, body.split(b"\r\n"))) == 69
    assert all(b"\x1d" in one.data for one in by_way["0Q", "PAXLST"])
    assert all(one.data.startswith(b"UNA:*.? $UNB*") for one in by_way["YY", "PAXLST"])
    assert all(b":ZZ+" in one.data for one in by_way["ZZ", "PAXLST"])
    assert all(b"\\*'" in one.data[:12] for one in by_way["ZZ", "PNRGOV"])
    assert any(one.data.count(b"UNB") > 1 for one in by_way["X0", "PAXLST"])


def test_some_send_passengers_and_crew_as_two_interchanges_at_once() -> None:
    plan = Plan(1, DAY, seed=1, carriers=("YY",), seats=(10, 12))
    sent = list(transmissions(plan))
    assert What.CREW not in {one.what for one in sent}
    [both] = [one for one in sent if one.what is What.LIST]
    assert [one.document for one in read(both.data)] == ["250", "745"]
    assert len({one.header.control_reference for one in read(both.data)}) == 2


def test_long_lists_come_in_parts_of_fifty() -> None:
    plan = Plan(3, DAY, seed=1, carriers=("Z0",), seats=(150, 180))
    parts = [read(one.data)[0] for one in transmissions(plan) if one.what is What.LIST]
    first = [one for one in parts if one.flight == parts[0].flight]
    assert [one.sequence for one in first] == list(range(1, len(first) + 1))
    assert [one.part for one in first] == ["C", *[""] * (len(first) - 2), "F"]
    assert max(len(one.persons) for one in parts) == 50
    assert {one.total_passengers for one in first} == {sum(len(one.persons) for one in first)}


def test_updates_hold_only_what_changed(clean: list[Transmission]) -> None:
    sizes = defaultdict(list)
    for one in clean:
        if one.what in (What.PUSH, What.UPDATE):
            [push] = read(one.data)
            assert push.full is (one.what is What.PUSH or one.data.startswith(b"<?xml"))
            assert not (push.full and any(record.removed for record in push.records))
            sizes[one.what].append(len(push.records))
    assert sum(sizes[What.UPDATE]) < sum(sizes[What.PUSH])
    assert any(record.removed for push in pushes_of(clean) for record in push.records)


def test_bookings_hold_what_a_reader_must_not_keep(clean: list[Transmission]) -> None:
    pushes = [one for one in clean if one.what in (What.PUSH, What.UPDATE)]
    text = b"".join(one.data for one in pushes).decode("latin-1")
    assert re.search(r"SSR.(VGML|KSML|MOML|AVML|CHML|WCHR|WCHS|MEDA)", text)
    assert set(re.findall(r"FOP.CC..[0-9.]+.[A-Z]{2}.([0-9]+)", text)) <= {
        account for _, account in TEST_CARDS
    }
    assert any(account in text for _, account in TEST_CARDS)
    assert all(is_card(account) for _, account in TEST_CARDS)
    records = [record for push in pushes_of(clean) for record in push.records]
    assert sum(record.dropped for record in records) > 0
    assert {one.last_four for record in records for one in record.payments} > {""}


def test_code_shares_and_splits_are_in_the_bookings(clean: list[Transmission]) -> None:
    records = [record for push in pushes_of(clean) for record in push.records]
    shared = [one.pushed.leg for one in records if one.pushed and one.pushed.leg.operating]
    assert any(leg.operating != leg.marketing for leg in shared)
    assert any(one.splits for one in records)
    assert any(traveller.group for one in records for traveller in one.travellers)
    assert any(one.pushed and one.pushed.check_ins for one in records)


def test_the_padding_of_flight_numbers_differs_between_lists_and_bookings(
    clean: list[Transmission],
) -> None:
    zz = [one for one in clean if one.flight.startswith("ZZ")]
    assert {leg.flight_text for one in lists_of(zz) for leg in one.legs} <= {
        f"ZZ{number}" for number in range(100, 1000)
    }
    assert all("/" in one.common_access_reference and one.common_access_reference.startswith("ZZ0")
               for found in zz for one in messages(found.data) if one.type == "PNRGOV")  # fmt: skip


# --- what becomes of flights ----------------------------------------------------------------------


def test_a_cancelled_flight_is_called_off_and_nobody_checks_in(clean: list[Transmission]) -> None:
    gone = [one for one in flights(PLAN) if one.fate is Fate.CANCELLED]
    assert gone
    for flight in gone:
        kinds = [one.what for one in clean if one.flight == flight.key]
        assert What.CANCEL in kinds
        assert not {What.LIST, What.CHECKED_IN, What.CLOSE} & set(kinds)


@pytest.mark.parametrize("fate", [Fate.DELAYED, Fate.DIVERTED, Fate.RENUMBERED])
def test_a_change_of_a_flight_says_what_changed(fate: Fate) -> None:
    plan = Plan(120, DAY, seed=2, trouble=1.0, seats=(8, 8))
    flight = next(one for one in flights(plan) if one.fate is fate)
    [moved] = [one for one in of_flight(flight) if one.what is What.MOVE]
    leg = read(moved.data)[0].border_leg("JP")
    if fate is Fate.DELAYED:
        assert leg.departure == flight.sector.departure + flight.late
    elif fate is Fate.DIVERTED:
        assert leg.arrival_airport == flight.alternate != "NRT"
    else:
        assert leg.flight == flight.renamed != flight.number


def test_cargo_flights_have_crews_alone() -> None:
    plan = Plan(80, DAY, seed=2, seats=(8, 8))
    flight = next(one for one in flights(plan) if one.kind is Kind.CARGO)
    sent = list(of_flight(flight))
    assert [one.what for one in sent] == [What.CREW, What.CLOSE]
    assert read(sent[0].data)[0].function == "B"


def test_no_two_steps_of_a_flight_are_of_one_minute() -> None:
    for flight in flights(Plan(200, DAY, trouble=0.5)):
        moments = [one.at for one in steps(flight)]
        assert len(moments) == len(set(moments))
        assert all(one.second == 0 for one in moments)


# --- dirt -----------------------------------------------------------------------------------------


def test_every_kind_of_dirt_and_flaw_occurs_and_is_named(dirty: list[Transmission]) -> None:
    assert {one.dirt for one in dirty} == {None, *KINDS}
    assert {line["flaw"] for line in truth(DIRTY) if line["kind"] == "person"} == {None, *FLAWS}


EXPECTED = {
    Dirt.WRONG_COUNT: "segment_count",
    Dirt.NO_UNT: "message_truncated",
    Dirt.NO_UNZ: "interchange_truncated",
    Dirt.CHARSET: "character_set",
}


@pytest.mark.parametrize("dirt", EXPECTED)
def test_dirt_is_found_by_the_reader(dirt: Dirt, dirty: list[Transmission]) -> None:
    struck = [one for one in dirty if one.dirt is dirt]
    found = [
        EXPECTED[dirt] in {fault["code"] for part in inspect(one.data, "") for fault in
                           (*part.errors, *part.warnings)}
        for one in struck
    ]  # fmt: skip
    # A message of nobody has no name to spoil.
    assert sum(found) >= (1 if dirt is Dirt.CHARSET else len(struck))


def test_only_unreadable_dirt_costs_people(dirty: list[Transmission]) -> None:
    for sent in dirty:
        if sent.dirt not in UNREADABLE:
            assert named(sent) == len(sent.people), (sent.name, sent.dirt)
    cut = [one for one in dirty if one.dirt is Dirt.TRUNCATED]
    assert any(named(one) < len(one.people) for one in cut)


def test_wrong_carriers_are_those_for_whom_nobody_speaks(dirty: list[Transmission]) -> None:
    struck = [one for one in dirty if one.dirt is Dirt.WRONG_CARRIER]
    assert struck
    for sent in struck:
        assert any(str(one.flight).startswith(FOREIGN) for one in read(sent.data)), sent.name


def test_what_is_sent_twice_is_the_same_and_late_comes_later(dirty: list[Transmission]) -> None:
    again = [one for one in dirty if one.dirt is Dirt.DUPLICATED]
    assert again
    for one in again:
        [first] = [o for o in dirty if o.name == one.name and o.dirt is None]
        assert first.data == one.data
        assert first.at < one.at
    for one in dirty:
        if one.dirt is Dirt.LATE:
            prepared = messages(one.data)[0].interchange.prepared
            assert one.at.replace(tzinfo=None) - prepared > timedelta(hours=2)


# --- the same everywhere, and in little memory ----------------------------------------------------

DIGEST = """
import hashlib
from datetime import date
from kiosk_sim.traffic.day import transmissions, truth
from kiosk_sim.traffic.schedule import Plan
plan = Plan(6, date(2027, 3, 1), seed=5, dirt=0.2, trouble=0.3, seats=(20, 40))
found = hashlib.sha256()
for one in transmissions(plan):
    found.update(repr((one.at, one.sender, one.name, one.dirt)).encode() + one.data)
for line in truth(plan):
    found.update(repr(line).encode())
print(found.hexdigest())
"""


def test_the_same_plan_gives_the_same_bytes_in_every_process() -> None:
    digests = [
        subprocess.run(
            [sys.executable, "-c", DIGEST], cwd=Path(__file__).parents[3], check=True, timeout=120,
            capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "Asia/Tokyo"), ("77", "America/New_York"))
    ]  # fmt: skip
    assert digests[0] == digests[1]
    assert len(digests[0].strip()) == 64


def test_another_seed_gives_another_day() -> None:
    one, other = (
        hashlib.sha256(b"".join(s.data for s in transmissions(replace(PLAN, flights=2, seed=seed)))).hexdigest()
        for seed in (1, 2)
    )  # fmt: skip
    assert one != other


def test_people_are_forgotten_and_made_again_the_same() -> None:
    plan = replace(PLAN, flights=5, dirt=0.2)
    whole = [(one.name, one.data) for one in transmissions(plan)]
    forgetful = [(one.name, one.data) for one in transmissions(plan, Worlds(kept=1))]
    assert whole == forgetful
