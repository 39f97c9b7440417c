"""A rule over stored snapshots: figures that were counted by hand, files of another time, stopping."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from risk_rules.backtest import CONTEXT, Engine, Part, Question, Tally
from risk_rules.facts import CATALOGUE
from risk_rules.language import compile_rule
from risk_rules.language.sql import columns
from risk_rules.score import Scope

CASH = "booking.payment = 'cash' and bag.count >= 1"


def row(case: int, flight: int = 1, **values: Any) -> dict[str, Any]:
    context = {"case_id": f"c{case}", "flight_id": f"f{flight}", "hits": [], "level": "none",
               "control": False, "inspected": False, "found": False, "probability": 0.01}  # fmt: skip
    facts = {"booking.payment": "cash", "bag.count": 2}
    return {
        **facts,
        **context,
        **{name.replace("__", "."): value for name, value in values.items()},
    }


def written(folder: Path, rows: list[dict[str, Any]], name: str = "a", lacks: str = "") -> str:
    source, path = folder / f"{name}.json", folder / f"{name}.parquet"
    source.write_text("\n".join(map(json.dumps, rows)))
    types = {n: k for n, k in {**columns("duckdb"), **CONTEXT}.items() if n != lacks}
    named = ", ".join(f"'{n}': '{kind}'" for n, kind in types.items())
    duckdb.execute(
        f"copy (select * from read_json('{source}', format = 'newline_delimited', columns = {{{named}}}))"
        f" to '{path}' (format parquet)"
    )
    return str(path)


def part(folder: Path, rows: list[dict[str, Any]], flights: int = 1) -> Part:
    return Part("2026-03", "NRT", (written(folder, rows),), len(rows), flights)


def asked(text: str = CASH, before: str | None = None) -> Question:
    return Question(compile_rule(text), {}, compile_rule(before) if before else None)


@pytest.fixture
def engine():
    made = Engine()
    yield made
    made.close()


def test_hits_and_what_could_not_be_decided(engine, tmp_path):
    rows = [row(1), row(2, booking__payment="card"), row(3, bag__count=None), row(4, bag__count=0)]
    tally = engine.tally(part(tmp_path, rows), asked())
    assert (tally.people, tally.hits, tally.undecided) == (4, 1, 1)
    assert [case for _, case in engine.samples()] == ["c1"]


def test_what_nobody_raised_and_whom_others_raised_too(engine, tmp_path):
    rows = [
        row(1, hits=["a", "list:x"]),
        row(2, hits=["a"]),
        row(3),
        row(4, hits=["b"], bag__count=0),
    ]
    tally = engine.tally(part(tmp_path, rows), asked())
    assert tally.overlap == {"a": 2, "list:x": 1}
    assert tally.raised_by_nobody == 1


def test_against_the_version_before(engine, tmp_path):
    rows = [
        row(1, bag__count=1),
        row(2, bag__count=3),
        row(3, bag__count=9, booking__payment="card"),
    ]
    question = asked("bag.count >= 2 and booking.payment = 'cash'", before="bag.count != 3")
    tally = engine.tally(part(tmp_path, rows), question)
    assert (tally.hits, tally.only_new, tally.only_before) == (1, 1, 2)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(carriers=frozenset({"ZZ"})), Scope(routes=frozenset({"SIN-NRT", "HKG-NRT"})),
        Scope(airports=frozenset({"NRT"})), Scope(frozenset({"NRT"}), frozenset({"ZZ"}), frozenset({"HKG-NRT"})),
        Scope(carriers=frozenset({"Q'"})),
    ],
    ids=["carrier", "routes", "airport", "all three", "nobody"],
)  # fmt: skip
def test_of_the_flights_that_a_rule_would_be_asked_of(engine, tmp_path, scope):
    """Travellers, flights and hits are those of the flights that screening would cover."""
    flights = [
        ("ZZ", "SIN", "NRT"),
        ("YY", "SIN", "NRT"),
        ("ZZ", "HKG", "NRT"),
        (None, None, "NRT"),
        ("ZZ", "SIN", "KIX"),
    ]
    names = ("flight.carrier", "flight.origin", "flight.destination")
    where = [dict(zip(names, one, strict=True)) for one in flights]
    rows = [{**row(n, n), **told} for n, told in enumerate(where)]
    tally = engine.tally(part(tmp_path, rows, flights=5), replace(asked(), scope=scope))
    covered = sum(scope.covers({**told, "flight.date": None}) for told in where)
    assert (tally.people, tally.flights, tally.hits) == (covered, covered, covered)


def test_outcomes_are_weighted_by_how_likely_the_inspection_was(engine, tmp_path):
    rows = [row(1, inspected=True, found=True, probability=1.0, hits=["a"]),
            row(2, inspected=True, probability=0.01), row(3, probability=1.0),
            row(4, inspected=True, found=True, probability=None)]  # fmt: skip
    tally = engine.tally(part(tmp_path, rows), asked())
    assert (tally.outcomes.count, tally.outcomes.finds) == (2, 1)
    assert tally.outcomes.share == pytest.approx(1 / 101)
    assert (tally.fresh_outcomes.count, tally.fresh_outcomes.finds) == (1, 0)


def test_the_busiest_flight_of_twenty(engine, tmp_path):
    rows = [row(100 * flight + n, flight) for flight in range(1, 4) for n in range(flight * 2)]
    tally = engine.tally(part(tmp_path, rows, flights=40), asked())
    assert tally.per_flight == {2: 1, 4: 1, 6: 1, 0: 37}
    assert (tally.busiest(), tally.busiest(0.93), tally.busiest(0.5)) == (2, 2, 0)


def test_parts_add_up(engine, tmp_path):
    one = engine.tally(part(tmp_path, [row(1), row(2, 2)], flights=2), asked())
    assert one + Tally() == one
    both = one + one
    assert (both.people, both.flights, both.hits, both.per_flight[1]) == (4, 4, 4, 4)


def test_files_that_are_older_than_the_catalogue_lack_facts_and_no_more(engine, tmp_path):
    old = written(tmp_path, [row(1)], "old", lacks="bag.count")
    new = written(tmp_path, [row(2)], "new")
    both = engine.tally(Part("2026-03", "NRT", (old, new), 2, 1), asked())
    assert (both.hits, both.undecided) == (1, 1)
    alone = engine.tally(Part("2026-03", "NRT", (old,), 1, 1), asked())
    assert (alone.hits, alone.undecided) == (0, 1)


def test_lists_of_another_shape_keep_the_fields_that_are_known(engine, tmp_path):
    path = tmp_path / "old.parquet"
    duckdb.execute(
        f"""copy (select [{{'tag': 'x', 'weight_g': 31000, 'colour': 'red'}}] as bags,
            'cash' as "booking.payment", 'f' as flight_id) to '{path}' (format parquet)"""
    )
    tally = engine.tally(
        Part("2020-01", "NRT", (str(path),), 1, 1), asked("any(bags: weight_g > 30000)")
    )
    assert tally.hits == 1


def test_the_sample_is_the_same_each_time_and_small(engine, tmp_path):
    here = part(tmp_path, [row(n) for n in range(100)])
    engine.tally(here, asked())
    first = engine.samples()
    engine.tally(here, asked())
    assert engine.samples() == first
    assert len(first) == 12


def test_a_run_can_be_stopped_from_outside(engine, tmp_path):
    path = tmp_path / "many.parquet"
    duckdb.execute(
        f"copy (select range as \"bag.count\" from range(3000000)) to '{path}' (format parquet)"
    )
    threading.Timer(0.05, engine.stop).start()
    question = asked(
        "bag.count * bag.count / 7 > 3 and contains(flight.origin, 'A') or bag.count = 1"
    )
    with pytest.raises(duckdb.InterruptException):
        for _ in range(200):
            engine.tally(Part("2026-03", "NRT", (str(path),), 3_000_000, 1), question)


def test_every_fact_can_be_asked_of_a_snapshot(engine, tmp_path):
    here = part(tmp_path, [row(1)])
    for fact in CATALOGUE.facts.values():
        question = Question(compile_rule(f"bag.count = 2 and {fact.name} is missing"), {})
        wanted = 0 if fact.name in ("bag.count", "booking.payment") else 1
        assert engine.tally(here, question).hits == wanted
