"""A rule over stored snapshots: a scalar rule and one over lists, with two threads of DuckDB.

A file of a million travellers with every fact of the catalogue (8 % missing) is made by DuckDB and read under
as many names as are needed for the whole: twenty for ``--full``. Targets for 20 million: 3 s and 20 s.
"""

import os
import tempfile
import time
from pathlib import Path

import duckdb

from risk_rules.backtest import CONTEXT, Engine, Part, Question, Tally
from risk_rules.facts import CATALOGUE
from risk_rules.language import compile_rule
from risk_rules.language.sql import DIALECTS, columns
from tests.perf.measure import Figures, Size

RULES = {
    "scalar": "booking.payment = 'cash' and booking.days_before <= 2 and itinerary.one_way",
    "list": "any(bags: weight_g > 30) and itinerary.stay_nights < 3",
}
FLIGHT = 300
_VALUES = {
    "bool": "{h} % 10 = 0",
    "int": "CAST({h} % 40 AS BIGINT)",
    "num": "({h} % 1000000) / 1000000.0",
    "str": "(['AAA', 'BBB', 'CCC', 'JPN', 'cash', 'card', 'THA', 'NRT', 'ICN', 'XQA'])"
    "[CAST(1 + {h} % 10 AS BIGINT)]",
    "date": "DATE '2026-01-01' + CAST({h} % 365 AS INTEGER)",
}


def figures(size: Size) -> Figures:
    people = size.pick(200_000, 1_000_000)
    files = size.pick(1, 4, 20)
    with tempfile.TemporaryDirectory(prefix="egate-perf-") as folder:
        made = Path(folder, "0.parquet")
        _make(made, people)
        for number in range(1, files):
            os.link(made, made.with_name(f"{number}.parquet"))
        parts = [
            Part(
                f"2026-{n:02}",
                "NRT",
                (str(made.with_name(f"{n}.parquet")),),
                people,
                people // FLIGHT,
            )
            for n in range(files)
        ]
        return {
            "travellers": people * files,
            "columns": len(columns("duckdb")) + len(CONTEXT),
            "megabytes_a_million": round(made.stat().st_size / people, 1),
            **{name: _timed(text, parts) for name, text in RULES.items()},
        }


def _timed(text: str, parts: list[Part]) -> Figures:
    engine, question = Engine(threads=2), Question(compile_rule(text), {})
    total = Tally()
    wall, cpu = time.monotonic(), time.process_time()
    for part in parts:
        total += engine.tally(part, question)
        engine.samples()
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    engine.close()
    return {
        "seconds": round(wall, 2), "cpu_seconds": round(cpu, 2), "hits": total.hits,
        "undecided": total.undecided, "travellers_a_second": round(total.people / wall),
    }  # fmt: skip


def _make(path: Path, people: int) -> None:
    made = [
        f'{_fact(n, fact.type)} AS "{fact.name}"' for n, fact in enumerate(CATALOGUE.facts.values())
    ]
    for place, item in enumerate(CATALOGUE.lists.values()):
        salt = 10_000 + 100 * place
        one, two = (_element(item.fields.values(), salt + offset) for offset in (10, 40))
        made.append(
            f"CAST(CASE {_hash(salt)} % 4 WHEN 0 THEN NULL WHEN 1 THEN [] WHEN 2 THEN [{one}]"
            f' ELSE [{one}, {two}] END AS {columns("duckdb")[item.name]}) AS "{item.name}"'
        )
    made += [
        "CAST(i AS VARCHAR) AS case_id", f"CAST(i // {FLIGHT} AS VARCHAR) AS flight_id",
        f"CASE WHEN {_hash(7)} % 20 = 0 THEN ['r' || ({_hash(8)} % 50)] ELSE []::VARCHAR[] END AS hits",
        "'none' AS level", f"{_hash(9)} % 100 = 0 AS control", f"{_hash(10)} % 50 = 0 AS inspected",
        f"{_hash(11)} % 40 = 0 AS found",
        f"CASE WHEN {_hash(9)} % 100 = 0 THEN 0.01 ELSE 1.0 END AS probability",
    ]  # fmt: skip
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"copy (select {', '.join(made)} from range({people}) r(i)) to '{path}'"
            " (format parquet, compression zstd)"
        )


def _element(fields, salt: int) -> str:
    named = [f"'{field.name}': {_fact(salt + n, field.type)}" for n, field in enumerate(fields)]
    return "{" + ", ".join(named) + "}"


def _fact(salt: int, kind) -> str:
    value = _VALUES[kind].format(h=_hash(2 * salt + 100))
    wanted = DIALECTS["duckdb"].types[kind]
    return f"CAST(CASE WHEN {_hash(2 * salt + 101)} % 100 >= 8 THEN {value} END AS {wanted})"


def _hash(salt: int) -> str:
    return f"hash(xor(hash(i), hash({salt})))"
