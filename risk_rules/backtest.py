"""A rule over stored facts snapshots: what it would have raised, and what is known to have come of it.

Snapshots are Parquet files, one row per traveller and flight: the facts of the catalogue under their names
(lists of structs), and `CONTEXT`. Files may be older than the catalogue: facts that they lack are missing
(unknown). The rule is asked as SQL of the same meaning (`language.sql`); a part (one month and airport) at
a time, so that a run can tell how far it is and be stopped, and results add up.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from risk_rules.facts import CATALOGUE, Catalogue, ManagedList
from risk_rules.language import Rule
from risk_rules.language.sql import columns, to_sql
from risk_rules.score import EVERYWHERE, Scope
from risk_rules.statistics import Sample

CONTEXT: Mapping[str, str] = {
    "case_id": "VARCHAR",
    "flight_id": "VARCHAR",
    "hits": "VARCHAR[]",
    "level": "VARCHAR",
    "control": "BOOLEAN",
    "inspected": "BOOLEAN",
    "found": "BOOLEAN",
    "probability": "DOUBLE",
}
"""Columns beside the facts: who (None once masked), the flight (a pseudonym once masked), keys of the rules
and lists that stood at the time, and the outcome: whether inspected, with what, and how likely that was."""

SAMPLES = 12
Lists = Mapping[str, ManagedList]


@dataclass(frozen=True, slots=True)
class Part:
    """The snapshots of one month (`2026-03`) that arrived at one airport."""

    month: str
    airport: str
    files: tuple[str, ...]
    rows: int
    flights: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a rule, the version before it where there is one, and of which flights: `scope` by carriers,
    routes and airports. Its days are not looked at: a rule is tried on months before it is valid.
    """

    rule: Rule
    lists: Lists
    before: Rule | None = None
    catalogue: Catalogue = CATALOGUE
    scope: Scope = EVERYWHERE


@dataclass(slots=True)
class Tally:
    """Figures of one or more parts. `only_before` and `only_new` compare with the version before."""

    people: int = 0
    flights: int = 0
    hits: int = 0
    undecided: int = 0
    raised_by_nobody: int = 0
    only_new: int = 0
    only_before: int = 0
    overlap: Counter[str] = field(default_factory=Counter)
    per_flight: Counter[int] = field(default_factory=Counter)
    outcomes: Sample = field(default_factory=Sample)
    fresh_outcomes: Sample = field(default_factory=Sample)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.people + other.people, self.flights + other.flights, self.hits + other.hits,
            self.undecided + other.undecided, self.raised_by_nobody + other.raised_by_nobody,
            self.only_new + other.only_new, self.only_before + other.only_before,
            self.overlap + other.overlap, self.per_flight + other.per_flight,
            self.outcomes + other.outcomes, self.fresh_outcomes + other.fresh_outcomes,
        )  # fmt: skip

    def busiest(self, share: float = 0.95) -> int:
        """Hits of the flight that no more than 1 - `share` of the flights exceed; 0 without flights."""
        rest = self.flights - math.ceil(self.flights * share)
        for hits, flights in sorted(self.per_flight.items(), reverse=True):
            rest -= flights
            if rest < 0:
                return hits
        return 0


class Engine:
    """Asks questions of parts; one connection in memory, which another thread may `stop`."""

    def __init__(self, threads: int = 1, memory: str = "1GB") -> None:
        self._connection = duckdb.connect(
            config={"threads": threads, "memory_limit": memory, "enable_external_access": True}
        )
        self._connection.execute("set enable_progress_bar = false")

    def close(self) -> None:
        self._connection.close()

    def stop(self) -> None:
        """End the question at hand: it raises duckdb.InterruptException. May be called by any thread."""
        self._connection.interrupt()

    def tally(self, part: Part, question: Question) -> Tally:
        """The figures of one part. Raises duckdb.Error where a file cannot be read."""
        self._raise(part, question)
        made = self._totals(part, question)
        made.overlap.update(dict(self._rows(
            "select key, count(*) from (select unnest(list_distinct(hits)) as key from raised where hit)"
            " group by key")))  # fmt: skip
        per_flight = self._rows(
            "select n, count(*) from (select count(*) as n from raised where hit group by flight_id)"
            " group by n"
        )
        made.per_flight.update(dict(per_flight))
        made.per_flight[0] += made.flights - sum(made.per_flight.values())
        return made

    def samples(self, limit: int = SAMPLES) -> list[tuple[int, str]]:
        """(order, case) of up to `limit` of those raised in the part that was tallied last and are known still,
        chosen by a hash of the case: over all parts, the least orders are a sample of them all.
        """
        return [
            (order, case)
            for order, case in self._rows(
                "select hash(case_id), case_id from raised where hit and case_id is not null"
                f" order by 1 limit {int(limit)}"
            )
        ]

    def _raise(self, part: Part, question: Question) -> None:
        """The table `raised`: whoever either rule raises, and whoever the new one cannot decide."""
        now = to_sql(question.rule.tree, "duckdb", question.lists, question.catalogue)
        before = "FALSE"
        if question.before is not None:
            before = to_sql(question.before.tree, "duckdb", question.lists, question.catalogue)
        self._connection.execute(
            "create or replace temp table raised as"
            " select case_id, flight_id, hits, inspected, found, probability, hit, before"
            f" from (select *, {now} as hit, {before} as before"
            f" from {self._snapshots(part.files, question.catalogue)} where {_within(question.scope)})"
            " where hit is not false or before"
        )

    def _size(self, part: Part, question: Question) -> tuple[int, int]:
        """Travellers and flights of the part that the scope covers."""
        if not question.scope:
            return part.rows, part.flights
        read = self._snapshots(part.files, question.catalogue)
        [(people, flights)] = self._rows(
            f"select count(*), count(distinct flight_id) from {read} where {_within(question.scope)}"
        )
        return people, flights

    def _totals(self, part: Part, question: Question) -> Tally:
        row = self._rows(
            "select count(*) filter (hit), count(*) filter (hit is null),"
            " count(*) filter (hit and len(hits) = 0), count(*) filter (hit and before is not true),"
            " count(*) filter (before and hit is not true),"
            f" {_sample('hit')}, {_sample('hit and len(hits) = 0')} from raised"
        )[0]
        hits, undecided, nobody, only_new, only_before, *sums = (value or 0 for value in row)
        return Tally(
            *self._size(part, question), hits, undecided, nobody, only_new, only_before,
            outcomes=Sample(*sums[:6]), fresh_outcomes=Sample(*sums[6:]),
        )  # fmt: skip

    def _rows(self, text: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(text).fetchall()

    def _snapshots(self, files: Sequence[str], catalogue: Catalogue) -> str:
        """A from-item with every column of the catalogue and of the context, whatever the files hold."""
        read = f"read_parquet({literals(files)}, union_by_name = true, hive_partitioning = false)"
        held = {name: kind for name, kind, *_ in self._rows(f"describe select * from {read}")}
        wanted = {**columns("duckdb", catalogue), **CONTEXT}
        made = [_column(name, kind, held.get(name)) for name, kind in wanted.items()]
        return f"(select {', '.join(made)} from {read})"


def _within(scope: Scope) -> str:
    """What `Scope.covers` says of a flight, but for days; a flight without what is asked for is not covered."""
    route = '"flight.origin" || \'-\' || "flight.destination"'
    asked = (
        ('"flight.destination"', scope.airports), ('"flight.carrier"', scope.carriers), (route, scope.routes),
    )  # fmt: skip
    found = [
        f"coalesce(list_contains({literals(sorted(wanted))}, {told}), false)"
        for told, wanted in asked
        if wanted
    ]
    return " and ".join(found) or "true"


def _sample(whom: str) -> str:
    """The sums of a `Sample` over the inspected among `whom`."""
    seen = f"{whom} and inspected and probability > 0"
    return ", ".join(
        f"{sums} filter ({seen}{' and found' if of_finds else ''})"
        for sums, of_finds in (
            ("count(*)", False), ("count(*)", True),
            ("sum(1 / probability)", False), ("sum(1 / probability ** 2)", False),
            ("sum(1 / probability)", True), ("sum(1 / probability ** 2)", True),
        )
    )  # fmt: skip


def _column(name: str, wanted: str, held: str | None) -> str:
    """A column as the catalogue has it: missing where the file lacks it or holds something else."""
    quoted = f'"{name}"'
    if held is None:
        return f"CAST(NULL AS {wanted}) AS {quoted}"
    return quoted if held == wanted else f"TRY_CAST({quoted} AS {wanted}) AS {quoted}"


def literals(texts: Sequence[str]) -> str:
    """Texts as a list of SQL literals."""
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"
