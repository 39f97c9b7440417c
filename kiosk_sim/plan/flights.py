"""The flights of a plan: from CSV, JSON, or a day of ``egate traffic`` with the parties that really are on board."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk_sim.plan.assumptions import PlanError, Stream, changed, read_object
from kiosk_sim.traffic.schedule import Fate, Plan
from kiosk_sim.traffic.schedule import flights as timetable

MOST_PEOPLE = 1000
_SPREADS = ("taxi", "walk", "border", "first_bag")
_NO_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Group:
    """People who declare and pass together; ``children`` of them are below fifteen years."""

    people: int
    children: int = 0


@dataclass(frozen=True, slots=True)
class Landing:
    """A flight that lands: ``lands`` seconds after the plan's first midnight, with so many people who enter here.
    ``groups``: who travels together, where it is known; else parties are drawn by their usual sizes.
    """

    key: str
    lands: float
    people: int
    stream: Stream
    groups: tuple[Group, ...] = ()


def read_flights(path: Path, stream: Stream) -> list[Landing]:
    """The flights of a CSV or JSON file, or of a folder (or its manifest.json) of ``egate traffic``, by landing.

    A row has ``lands`` (HH:MM, or an ISO 8601 moment) and ``people``; it may have ``flight``, and its own values of
    :class:`Stream` (in CSV a spread by its columns ``walk_median``, ``walk_p95``). Raises PlanError.
    """
    if path.is_dir():
        path /= "manifest.json"
    if path.name == "manifest.json":
        return _of_traffic(path, stream)
    rows = _rows(path)
    if not rows:
        raise PlanError(f"{path} names no flight")
    moments = [_moment(row, place) for place, row in enumerate(rows, 1)]
    if len({moment.tzinfo is None for moment in moments}) > 1:
        raise PlanError("all landings with an offset of time, or none")
    midnight = min(moments).replace(hour=0, minute=0, second=0, microsecond=0)
    made = [
        _landing(row, place, (moment - midnight).total_seconds(), stream)
        for place, (row, moment) in enumerate(zip(rows, moments, strict=True), 1)
    ]
    if len({one.key for one in made}) < len(made):
        raise PlanError("two flights of one name")
    return sorted(made, key=lambda one: one.lands)


def _rows(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip()[:1] in ("[", "{"):
            found = json.loads(text)
            rows = found.get("flights") if isinstance(found, dict) else found
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise PlanError(f'{path}: JSON is a list of flights, or {{"flights": [...]}}')
            return rows
        return [_of_columns(row) for row in csv.DictReader(text.splitlines(), strict=True)]
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, PlanError):
            raise
        raise PlanError(
            f"{path} can be read neither as CSV nor as JSON: {type(error).__name__}"
        ) from None


def _of_columns(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """A row of CSV as JSON would have it; empty cells are not there."""
    found: dict[str, Any] = {}
    for name, text in row.items():
        if name is None or text is None:
            raise PlanError("a row of the CSV file has more or fewer cells than its heading")
        spread, _, part = name.strip().rpartition("_")
        if not text.strip():
            continue
        if name.strip() in ("flight", "lands"):
            found[name.strip()] = text.strip()
        elif spread in _SPREADS and part in ("median", "p95", "mean"):
            found.setdefault(spread, {})[part] = _number(text)
        else:
            found[name.strip()] = _number(text)
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PlanError("a cell of the CSV file that should be a number is none") from None


def _moment(row: Mapping[str, Any], place: int) -> datetime:
    text = str(row.get("lands", ""))
    try:
        if len(text) <= 8:
            return datetime.combine(_NO_DAY, datetime.strptime(text[:5], "%H:%M").time())  # noqa: DTZ007  # a wall clock
        return datetime.fromisoformat(text)
    except ValueError:
        raise PlanError(f"flight {place}: lands is HH:MM or an ISO 8601 moment") from None


def _landing(row: Mapping[str, Any], place: int, lands: float, stream: Stream) -> Landing:
    people = row.get("people")
    if (
        not isinstance(people, int | float)
        or people != int(people)
        or not 1 <= people <= MOST_PEOPLE
    ):
        raise PlanError(f"flight {place}: people is a number, 1 to {MOST_PEOPLE}")  # fmt: skip
    own = {name: value for name, value in row.items() if name not in ("flight", "lands", "people")}
    key = str(row.get("flight") or f"flight-{place}")
    return Landing(key, lands, int(people), changed(stream, own))


# --- a day of egate traffic -----------------------------------------------------------------------


def _of_traffic(path: Path, stream: Stream) -> list[Landing]:
    """Landed flights with their people by ``truth.jsonl``: neither crew nor transit, not those left behind."""
    plan = _plan(read_object(path))
    groups = _groups(path.with_name("truth.jsonl"))
    there = [
        (one.arrives_at + one.late, one.key)
        for one in timetable(plan)
        if one.fate not in (Fate.CANCELLED, Fate.DIVERTED) and one.key in groups
    ]
    if not there:
        raise PlanError(f"{path.parent} holds no flight with people who land")
    offset = _offset(plan)
    midnight = datetime.combine(plan.day, datetime.min.time(), UTC) - offset
    return [
        Landing(
            key, (at - midnight).total_seconds(), sum(g.people for g in groups[key]), stream,
            tuple(groups[key]),
        )
        for at, key in sorted(there)
    ]  # fmt: skip


def _offset(plan: Plan) -> timedelta:
    """What the site's clock is before UTC at noon of the day."""
    from kiosk_sim.airline import local  # noqa: PLC0415  # brings the writers of messages along

    noon = datetime.combine(plan.day, datetime.min.time(), UTC) + timedelta(hours=12)
    return local(noon, plan.site) - noon.replace(tzinfo=None)


def _plan(manifest: Mapping[str, Any]) -> Plan:
    given = manifest.get("plan")
    known = {one.name for one in fields(Plan)}
    if not isinstance(given, Mapping) or not set(given) <= known:
        raise PlanError("manifest.json is not of egate traffic")
    try:
        listed = {name: tuple(given[name]) for name in ("carriers", "seats") if name in given}
        return Plan(**{**given, "day": date.fromisoformat(given["day"]), **listed})
    except (KeyError, TypeError, ValueError):
        raise PlanError("manifest.json is not of egate traffic") from None


def _groups(path: Path) -> dict[str, list[Group]]:
    """Who travels together, by flight. The people of a tour group declare each for themselves."""
    try:
        with path.open(encoding="utf-8") as lines:
            return _gathered(json.loads(line) for line in lines)
    except (OSError, ValueError, KeyError) as error:
        raise PlanError(f"{path} cannot be read: {type(error).__name__}") from None


def _gathered(lines: Iterable[Mapping[str, Any]]) -> dict[str, list[Group]]:
    parties: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for line in lines:
        if line["kind"] == "person" and line["role"] == "passenger" and line["on_board"]:
            alone = line["group"] or not line["party"]
            party = line["key"] if alone else line["party"]
            parties[line["flight"], party].append(line["type"] != "ADT")
    found: dict[str, list[Group]] = defaultdict(list)
    for (flight, _), children in parties.items():
        found[flight].append(Group(len(children), sum(children)))
    return dict(found)
