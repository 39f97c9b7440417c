"""What is not measured by the program itself, named, with a value that can be replaced by a file.

Sources where there are any (docs/hall-planning.md): the flow out of an aircraft is nearly linear (Horonjeff,
Analyses of Passenger and Baggage Flows, J. Aircraft 6, 1969); an oral declaration takes 30 to 40 s (passport and
gate standards, section 4). All other numbers are assumptions of a medium airport: count your own.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Self, TypeVar

from kiosk_sim.plan.spread import Handling, Measured, Spread, spread_of


class PlanError(ValueError):
    """The plan cannot be made as asked; the text says why, in a line."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares, 0 to 1. Of parties: ``staffed`` want a person whatever there is (prams, wheelchairs, no wish for a
    machine), ``without_code`` declare on the kiosk's screen, ``goods`` have something to declare, ``with_bags`` wait
    for the belt. Of persons: ``identity`` need a look (no chip, unsure face), ``risk`` have a hit, ``control`` are
    drawn by lot; one of a party holds for all of it. ``released``: of those held at a one-step gate, let go by the
    officer who looks.
    """

    staffed: float = 0.03
    without_code: float = 0.15
    goods: float = 0.04
    with_bags: float = 0.7
    identity: float = 0.03
    risk: float = 0.01
    control: float = 0.01
    released: float = 0.5


@dataclass(frozen=True, slots=True)
class People:
    """Seconds of human handling. Per party: ``step_up`` to the kiosk and its language, ``show_code``, ``declare`` on
    the screen, ``read_answer``. Per person: ``lay_passport`` and take it back, ``pose`` before the camera (not below
    fifteen years), ``lane_step_up``, ``lane_show`` face or code, ``walk_through``. Of officers, per party: ``look`` at
    an identity, ``goods`` counter, ``inspection``, ``counter`` for those who want a person. ``hold``: how long a
    one-step gate waits for an officer.
    """

    step_up: Spread = Handling(8, 20)
    lay_passport: Spread = Handling(6, 15)
    pose: Spread = Handling(5, 12)
    show_code: Spread = Handling(5, 15)
    declare: Spread = Handling(75, 180)
    read_answer: Spread = Handling(4, 8)
    lane_step_up: Spread = Handling(2.5, 6)
    lane_show: Spread = Handling(3, 8)
    walk_through: Spread = Handling(2, 4)
    look: Spread = Handling(25, 60)
    goods: Spread = Handling(180, 600)
    inspection: Spread = Handling(480, 1500)
    counter: Spread = Handling(35, 90)
    hold: Spread = Measured((30.0,))


@dataclass(frozen=True, slots=True)
class Stream:
    """From touch-down to the hall; a flight may have its own. Seconds: ``taxi`` until the first door opens,
    ``walk``, ``border`` (passport control, queue and all), ``first_bag`` after the door opened. Per minute:
    ``per_door`` persons out of a door, ``bags`` on the belt, ``border_limit`` persons through passport control (0: no
    limit, the queue is in ``border`` alone). From ``two_doors`` persons on there are two doors.
    """

    taxi: Spread = Handling(480, 900)
    walk: Spread = Handling(420, 780)
    border: Spread = Handling(240, 720)
    first_bag: Spread = Handling(900, 1500)
    per_door: float = 20.0
    bags: float = 15.0
    border_limit: float = 0.0
    two_doors: float = 200.0


@dataclass(frozen=True, slots=True)
class Machines:
    """Seconds that our own agents were measured to take (:mod:`kiosk_sim.plan.measure`): ``chip`` verification and
    ``face`` computing per person, ``code`` reading per party, ``decision`` per presentation over HTTP, ``door`` from
    cleared to shut less the walking, per person.
    """

    chip: Spread
    face: Spread
    code: Spread
    decision: Spread
    door: Spread


PARTY_SIZES = {1: 0.55, 2: 0.27, 3: 0.09, 4: 0.09}
"""Shares of parties by size, where a flight's people are only a number; from the third on they are children."""

P = TypeVar("P", Shares, People, Stream, Machines)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything that a day is drawn from, besides flights and seed."""

    shares: Shares = Shares()
    people: People = People()
    stream: Stream = Stream()
    machines: Machines = field(default_factory=lambda: measured_machines())  # noqa: PLW0108  # it stands below
    sizes: Mapping[int, float] = field(default_factory=lambda: dict(PARTY_SIZES))

    @classmethod
    def load(cls, path: Path | None, measured: Path | None = None) -> Self:
        """The defaults, changed by a JSON object of ``shares, people, stream, sizes``. Raises PlanError."""
        given = dict(read_object(path)) if path else {}
        made = cls(machines=measured_machines(measured))
        sizes = given.pop("sizes", None)
        for name in ("shares", "people", "stream"):
            part = changed(getattr(made, name), given.pop(name, {}))
            made = replace(made, **{name: part})
        if given:
            raise PlanError(f"no such part of the assumptions: {', '.join(sorted(given))}")
        return replace(made, sizes=_sizes(sizes)) if sizes else made

    def plain(self) -> dict[str, Any]:
        """For JSON; of what was measured only how many and the middle, the rest as :meth:`load` reads it."""
        told: dict[str, Any] = {
            name: {one.name: plain(getattr(part, one.name)) for one in fields(part)}
            for name, part in (("shares", self.shares), ("people", self.people), ("stream", self.stream))
        }  # fmt: skip
        return told | {"sizes": {str(size): share for size, share in self.sizes.items()}}


def plain(value: Any) -> Any:
    """A spread as JSON holds it; a number stays."""
    return value if isinstance(value, int | float) else value.plain()


def changed(part: P, given: Any) -> P:
    """A part with other values. Raises PlanError for names that it has not and values that cannot be."""
    if not isinstance(given, Mapping):
        raise PlanError("each part of the assumptions is a JSON object")
    known = {one.name for one in fields(part)}
    if unknown := sorted(set(map(str, given)) - known):
        raise PlanError(f"no such assumption: {', '.join(unknown)}; there are {', '.join(known)}")
    found = {name: _value(name, getattr(part, name), value) for name, value in given.items()}
    return replace(part, **found)


def _value(name: str, old: Any, value: Any) -> Any:
    if not isinstance(old, int | float):
        try:
            return spread_of(value)
        except ValueError as error:
            raise PlanError(f"{name}: {error}") from None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value < 0:
        raise PlanError(f"{name} is a number that is not negative")
    if name in {one.name for one in fields(Shares)} and value > 1:
        raise PlanError(f"{name} is a share, 0 to 1")
    if name in ("per_door", "bags") and not value:
        raise PlanError(f"{name} is more than 0 a minute")
    return float(value)


def _sizes(given: Any) -> dict[int, float]:
    try:
        found = {int(size): float(share) for size, share in given.items()}
    except (AttributeError, TypeError, ValueError):
        raise PlanError("sizes: shares by the size of a party") from None
    if (
        min(found, default=0) < 1
        or max(found) > 10
        or min(found.values()) < 0
        or not sum(found.values())
    ):
        raise PlanError("sizes: a party has 1 to 10 people, a share is not negative")  # fmt: skip
    return found


def measured_machines(path: Path | None = None) -> Machines:
    """What ``egate hall --measure`` wrote, or what was measured for the release. Raises PlanError."""
    if path is None:
        content = json.loads(files(__package__).joinpath("measured.json").read_text())
    else:
        content = read_object(path)
    names = {one.name for one in fields(Machines)}
    given = content.get("seconds")
    if not isinstance(given, Mapping) or set(given) != names:
        raise PlanError(f"measured times are {', '.join(sorted(names))}")
    try:
        return Machines(**{name: spread_of(given[name]) for name in names})
    except ValueError as error:
        raise PlanError(f"measured times: {error}") from None


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object from a file. Raises PlanError."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise PlanError(f"{path} is no JSON file: {type(error).__name__}") from None
    if not isinstance(content, dict):
        raise PlanError(f"{path} holds no JSON object")
    return content
