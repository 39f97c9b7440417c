"""Flights from files: CSV, JSON, and a day of invented traffic."""

import json
from datetime import date
from pathlib import Path

import pytest

from kiosk_sim.plan.assumptions import PlanError, Stream
from kiosk_sim.plan.flights import Group, read_flights
from kiosk_sim.plan.spread import Handling
from kiosk_sim.traffic.command import run
from kiosk_sim.traffic.schedule import Plan

USUAL = Stream()
DAY = date(2026, 3, 10)


def _file(folder: Path, text: str, name: str = "flights.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_csv_by_clock_in_order_of_landing(tmp_path: Path) -> None:
    text = "flight,lands,people,walk_median,walk_p95,per_door\nXX2,07:05,320,60,90,10\nXX1,06:30,280,,,\n"
    first, second = read_flights(_file(tmp_path, text), USUAL)
    assert (first.key, first.lands, first.people, first.stream) == ("XX1", 23_400, 280, USUAL)
    assert (second.key, second.lands) == ("XX2", 25_500)
    assert second.stream.walk == Handling(60, 90)
    assert second.stream.per_door == 10
    assert second.stream.border == USUAL.border


def test_json_by_moment_with_an_offset(tmp_path: Path) -> None:
    rows = [
        {"flight": "A", "lands": "2026-03-10T23:50:00+09:00", "people": 10},
        {"lands": "2026-03-11T00:20:00+09:00", "people": 20, "walk": 30},
    ]
    for content in (rows, {"flights": rows}):
        first, second = read_flights(_file(tmp_path, json.dumps(content)), USUAL)
        assert second.lands - first.lands == 1800
        assert first.lands == 23 * 3600 + 50 * 60
        assert second.key == "flight-2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no flight"),
        ("lands,people\n", "names no flight"),
        ("lands,people\n25:00,10\n", "lands is HH:MM"),
        ("lands,people\n06:00,\n", "people is a number"),
        ("lands,people\n06:00,0\n", "people is a number"),
        ("lands,people\n06:00,1.5\n", "people is a number"),
        ("lands,people\n06:00,many\n", "should be a number"),
        ("lands,people,luck\n06:00,9,3\n", "no such assumption: luck"),
        ("lands,people,walk_median\n06:00,9,3\n", "walk: seconds are"),
        ("lands,people\n06:00,9,9\n", "cells"),
        ("flight,lands,people\nA,06:00,9\nA,07:00,9\n", "two flights of one name"),
        ("lands,people\n06:00,9\n2026-03-10T06:00:00Z,9\n", "offset"),
        ("{", "neither as CSV nor as JSON"),
        ('{"flights": 3}', "JSON is a list"),
    ],
)
def test_what_is_no_flight_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        read_flights(_file(tmp_path, text), USUAL)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="FileNotFoundError"):
        read_flights(tmp_path / "none.csv", USUAL)


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("traffic") / "day"
    run(Plan(6, DAY, seed=4, trouble=0.5, seats=(40, 60)), out, None)
    return out


def test_a_day_of_traffic_brings_its_own_parties(traffic: Path) -> None:
    landings = read_flights(traffic, USUAL)
    assert landings == read_flights(traffic / "manifest.json", USUAL)
    lines = [json.loads(line) for line in (traffic / "truth.jsonl").read_text().splitlines()]
    landed = {line["flight"] for line in lines if line["kind"] == "flight"
              and line["fate"] not in ("cancelled", "diverted") and line["carries"] == "passengers"}  # fmt: skip
    assert {one.key for one in landings} == landed
    for landing in landings:
        people = [line for line in lines if line["kind"] == "person" and line["flight"] == landing.key
                  and line["on_board"] and line["role"] == "passenger"]  # fmt: skip
        assert landing.people == len(people) == sum(group.people for group in landing.groups)
        children = sum(line["type"] != "ADT" for line in people)
        assert sum(group.children for group in landing.groups) == children
    assert any(group.people > 1 for one in landings for group in one.groups)


def test_traffic_lands_by_the_clock_of_its_site(traffic: Path) -> None:
    """The timetable has no landings at night; delays may reach into it."""
    landings = read_flights(traffic, USUAL)
    assert [one.lands for one in landings] == sorted(one.lands for one in landings)
    assert all(6 * 3600 <= one.lands <= 30 * 3600 for one in landings)


def test_another_manifest_is_refused(tmp_path: Path) -> None:
    _file(tmp_path, '{"plan": {"flights": 3, "day": "soon"}}', "manifest.json")
    with pytest.raises(PlanError, match="not of egate traffic"):
        read_flights(tmp_path, USUAL)


def test_groups_without_children_are_grown_up() -> None:
    assert Group(3).children == 0
