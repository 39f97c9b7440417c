"""What a day's travellers add to the figures: sums by dimension and value. Pure.

Names of the sums, all of them additive over days and sites:

- ``n`` travellers, ``frame`` those who are drawn from (a known inspection probability), ``pending`` those
  whose inspection is due and still open
- strata ``sel`` (selected) and ``oth`` (not selected): ``sel.n`` people of the frame, then those inspected as
  the sums of :class:`risk_rules.statistics.Sample`: ``sel.count``, ``sel.finds``, ``sel.w``, ...
- ``lot``: all who were drawn, flagged or not: ``lot.n`` drawn, and the same sums of those examined
- ``lot.covered`` finds among the drawn whom rules or lists had selected as well
- ``clean.n`` drawn travellers examined without a find, ``clean.selected`` of them selected
- ``why.<code>`` selected and not inspected, ``skip.<code>`` drawn and not examined: why
- ``stops.<cause>`` travellers sent to an officer, ``harm.<cause>`` of them nothing was found
- ``t.<seconds>`` referrals by time to the decision
- of a rule (in force, or ``shadow``): ``unknown`` it could not be decided, ``alone`` finds that no other rule in
  force and no list pointed to
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from risk_rules.statistics import Sample

Sums = Counter[str]
Key = tuple[str, str]
"""Dimension and value."""

Amounts = tuple[tuple[str, Any], ...]
"""What one traveller adds, by name of the sum: whole numbers and weights."""

WHOLE: Key = ("all", "")
GROUPS = ("nationality", "sex", "age")
UNKNOWN = "unknown"
_SAMPLE = tuple(f.name for f in fields(Sample))


@dataclass(frozen=True, slots=True)
class Stop:
    """One referral to an officer. ``due``: an inspection by design, not by the traveller's own answers.

    ``seconds`` until it was decided, None while nobody has. ``why_not`` where it was left out.
    """

    kind: str
    due: bool
    in_full: bool
    closed: bool
    inspected: bool
    found: bool
    seconds: int | None = None
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Travelled:
    """One traveller on one flight, as far as figures need it; nobody is named. ``shadow``: rules that were true
    and act on nothing yet.
    """

    flight: UUID
    selected: bool
    drawn: bool
    probability: float | None
    rate: float | None
    score: int
    rules: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    shadow: frozenset[str] = frozenset()
    shadow_unknown: frozenset[str] = frozenset()
    nationality: str = ""
    sex: str = ""
    age: int | None = None
    stops: Sequence[Stop] = field(default=())

    @property
    def inspected(self) -> bool:
        return any(stop.inspected for stop in self.stops if stop.due)

    @property
    def examined(self) -> bool:
        return any(stop.inspected for stop in self.stops if stop.in_full)

    @property
    def found(self) -> bool:
        return any(stop.found for stop in self.stops if stop.due)

    @property
    def cause(self) -> str | None:
        """Why this traveller met an officer; the gravest where there are several."""
        if not any(stop.kind != "technical" for stop in self.stops):
            return None
        if self.selected:
            return "list" if self.lists else "rule"
        if self.drawn and any(stop.in_full for stop in self.stops):
            return "lot"
        kinds = {stop.kind for stop in self.stops}
        return next((kind for kind in ("goods", "identity") if kind in kinds), "other")


def tally(people: Iterable[Travelled]) -> dict[Key, Sums]:
    """Sums of these travellers by dimension and value."""
    alike: Counter[tuple[Key, Amounts]] = Counter()
    for one in people:
        sums = tuple(_sums(one))
        for key in _keys(one):
            alike[key, sums] += 1
        for key, sums in _of_rules(one):
            alike[key, sums] += 1
    return _added(alike)


def _added(alike: Mapping[tuple[Key, Amounts], int]) -> dict[Key, Sums]:
    """Nearly everybody passes unlooked at and adds the same: those are counted and added once."""
    cells: dict[Key, Sums] = {WHOLE: Counter()}
    for (key, sums), times in alike.items():
        cell = cells.setdefault(key, Counter())
        for name, amount in sums:
            cell[name] += amount * times
    return cells


_UNDECIDED, _ALONE = (("unknown", 1.0),), (("alone", 1.0),)


def _of_rules(one: Travelled) -> Iterator[tuple[Key, Amounts]]:
    """What rules could not decide, and finds that one alone pointed to."""
    yield from ((("rule", rule), _UNDECIDED) for rule in one.unknown)
    yield from ((("shadow", rule), _UNDECIDED) for rule in one.shadow_unknown)
    flagged = [*(("rule", r) for r in one.rules), *(("list", name) for name in one.lists)]
    if one.found and len(flagged) == 1:
        yield flagged[0], _ALONE
    elif one.found and not flagged:
        yield from ((("shadow", rule), _ALONE) for rule in one.shadow)


def _keys(one: Travelled) -> Iterator[Key]:
    yield WHOLE
    yield from (("rule", rule) for rule in one.rules)
    yield from (("list", name) for name in one.lists)
    yield from (("shadow", rule) for rule in one.shadow)
    yield "band", band(one.score)
    yield "nationality", one.nationality or UNKNOWN
    yield "sex", one.sex or UNKNOWN
    yield "age", age_band(one.age)


def band(score: int) -> str:
    """``0`` to ``90`` and ``100``, by tens: what the score is at least."""
    return str(min(max(score, 0), 100) // 10 * 10)


def age_band(age: int | None) -> str:
    """Ten years each; children and the old are one band each."""
    if age is None or age < 0:
        return UNKNOWN
    if age < 15:
        return "0-14"
    if age >= 65:
        return "65+"
    low = 15 + (age - 15) // 10 * 10
    return f"{low}-{low + 9}"


def _sums(one: Travelled) -> Iterator[tuple[str, float]]:
    yield "n", 1
    if one.probability is not None:
        yield "frame", 1
        yield from _stratum(one, one.probability)
        yield from _lot(one)
    yield from _harm(one)
    for stop in one.stops:
        if stop.due and stop.seconds is not None:
            yield f"t.{seconds_bucket(stop.seconds)}", 1


def _stratum(one: Travelled, probability: float) -> Iterator[tuple[str, float]]:
    """Selected travellers stand for themselves, drawn ones for all who were not selected."""
    name = "sel" if one.selected else "oth"
    answered = one.inspected if one.selected else one.drawn and one.examined
    yield f"{name}.n", 1
    if answered:
        yield from _sample(name, Sample.of(probability, found=one.found))
    elif one.selected or one.drawn:
        why = _why_not(one, in_full=not one.selected)
        if one.selected:
            yield f"why.{why}", 1
        if why == "open":
            yield "pending", 1


def _lot(one: Travelled) -> Iterator[tuple[str, float]]:
    if not one.drawn or not one.rate:
        return
    yield "lot.n", 1
    if not one.examined:
        yield f"skip.{_why_not(one, in_full=True)}", 1
        return
    yield from _sample("lot", Sample.of(one.rate, found=one.found))
    if one.found:
        yield "lot.covered", int(one.selected)
    else:
        yield "clean.n", 1
        yield "clean.selected", int(one.selected)


def _sample(name: str, sample: Sample) -> Iterator[tuple[str, float]]:
    yield from ((f"{name}.{part}", getattr(sample, part)) for part in _SAMPLE)


def sample_of(sums: Mapping[str, float], name: str) -> Sample:
    """The sample that a stratum's sums stand for."""
    count, finds, *weights = (sums.get(f"{name}.{part}", 0) for part in _SAMPLE)
    return Sample(int(count), int(finds), *weights)


def _why_not(one: Travelled, *, in_full: bool) -> str:
    """Why nothing is known: the officer's reason; ``overtaken`` by the gate; ``open`` still, or never came."""
    due = [stop for stop in one.stops if (stop.in_full if in_full else stop.due)]
    said = next((stop.why_not for stop in due if stop.why_not), None)
    if said:
        return said
    return "overtaken" if due and all(stop.closed for stop in due) else "open"


def _harm(one: Travelled) -> Iterator[tuple[str, float]]:
    cause = one.cause
    if cause is None:
        return
    yield f"stops.{cause}", 1
    over = all(stop.closed for stop in one.stops)
    if over and not any(stop.found for stop in one.stops):
        yield f"harm.{cause}", 1


def seconds_bucket(seconds: int) -> int:
    """Rounded up to quarters of a minute, above an hour to minutes."""
    step = 15 if seconds <= 3600 else 60
    return max(step, -(-seconds // step) * step)


@dataclass(frozen=True, slots=True)
class Load:
    """A flight's travellers of a day."""

    travellers: int
    selected: int
    drawn: int
    stopped: int


def loads(people: Iterable[Travelled]) -> dict[UUID, Load]:
    """By flight."""
    found: dict[UUID, list[Travelled]] = {}
    for one in people:
        found.setdefault(one.flight, []).append(one)
    return {
        flight: Load(
            len(those), sum(one.selected for one in those), sum(one.drawn for one in those),
            sum(one.cause is not None for one in those),
        )
        for flight, those in found.items()
    }  # fmt: skip
