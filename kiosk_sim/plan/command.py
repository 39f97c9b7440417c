"""``egate hall --flights FILE``: what a hall does with these flights, or how large it must be for them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kiosk_sim.plan import charts
from kiosk_sim.plan.assumptions import Assumptions, PlanError, read_object
from kiosk_sim.plan.figures import figures, over_seeds, rounded, summary
from kiosk_sim.plan.flights import Landing, read_flights
from kiosk_sim.plan.model import Day, Place, Staffing, Steps, simulate
from kiosk_sim.plan.people import parties
from kiosk_sim.plan.search import Need, Search, TooManyError

MOST_SEEDS = 200
MOST_LIVE = 3000
MOST_SPEED = 1000
_WORDS = {Place.KIOSK: "kiosks", Place.LANE: "lanes", Place.OFFICER: "officers"}


@dataclass(frozen=True, slots=True)
class Options:
    """As given: a number of None is not fixed; ``target`` seconds that p95 of waiting may have; ``measure``: a file for
    the agents' own times, and nothing else is done.
    """

    flights: Path
    kiosks: int | None = None
    lanes: int | None = None
    officers: int | None = None
    steps: str = "two-step"
    seed: int = 0
    seeds: int = 10
    target: float | None = None
    assumptions: Path | None = None
    measured: Path | None = None
    out: Path | None = None
    live: str | None = None
    config: Path | None = None
    speed: float = 60.0
    measure: Path | None = None


def main(options: Options) -> int:
    """Print the answer to the question, or the report; 2 and a line where the plan cannot be made."""
    if options.measure:
        from kiosk_sim.plan.measure import write as measure  # noqa: PLC0415  # chips, faces, doors

        return measure(options.measure)
    try:
        report, text = against(options) if options.live else plan(options)
    except (PlanError, TooManyError, OSError) as error:
        sys.stderr.write(f"egate hall: {error}\n")
        return 2
    if text:
        sys.stdout.write(text + "\n")
    if not (text or options.out):
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    return 0


def plan(options: Options) -> tuple[dict[str, Any], str]:
    """The report, and the line that answers ``target``; with ``out`` files, too. Raises PlanError, TooManyError."""
    start, free = _staffing(options)
    assumed = Assumptions.load(options.assumptions, options.measured)
    landings = read_flights(options.flights, assumed.stream)
    people = [parties(landings, assumed, options.seed + n) for n in range(options.seeds)]
    need = Search(people, options.target).least(start, free) if options.target is not None else None
    staffing = need.staffing if need else start
    days = [simulate(one, staffing) for one in people]
    report = _report(options, landings, assumed, days, need)
    text = (
        answer(need, options.target, options.seeds) if need and options.target is not None else ""
    )
    if options.out:
        write(options.out, report, days, options.target)
    return report, text


def _staffing(options: Options) -> tuple[Staffing, list[Place]]:
    """What is fixed (the rest starts at one), and what is searched for."""
    steps = Steps(options.steps)
    given = {
        Place.KIOSK: options.kiosks,
        Place.LANE: options.lanes,
        Place.OFFICER: options.officers,
    }
    if steps is Steps.ONE:
        if options.lanes:
            raise PlanError("a one-step hall has gates and no lanes: --kiosks says how many")
        del given[Place.LANE]
    free = [place for place, count in given.items() if count is None]
    if free and options.target is None:
        wanted = " ".join(f"--{_WORDS[place]}" for place in free)
        raise PlanError(f"{wanted}, or --target-wait to find how many")
    if not free and options.target is not None:
        raise PlanError(
            "--target-wait finds what is not given: leave out kiosks, lanes or officers"
        )
    if any(count is not None and count < 1 for count in given.values()):
        raise PlanError("one of each, at least")
    if not 1 <= options.seeds <= MOST_SEEDS:
        raise PlanError(f"1 to {MOST_SEEDS} seeds")
    if options.target is not None and not options.target >= 0:
        raise PlanError("--target-wait is a number of seconds")
    counts = {place: count or 1 for place, count in given.items()}
    lanes = counts.get(Place.LANE, 0)
    return Staffing(counts[Place.KIOSK], lanes, counts[Place.OFFICER], steps), free


def answer(need: Need, target: float, seeds: int) -> str:
    """In one line: how many of each, how long 95 % wait at most, and what one fewer would mean."""
    words = ", ".join(_told(need, place, (mean, half)) for place, (mean, half) in need.p95.items())
    return f"p95 of waiting within {target:g} s, mean of {seeds} seeds: {words}"


def _told(need: Need, place: Place, waits: tuple[float, float]) -> str:
    name = _WORDS[place]
    if place is Place.KIOSK and need.staffing.steps is Steps.ONE:
        name = "gates"
    count = getattr(need.staffing, _WORDS[place])
    said = f"{waits[0]:.0f} ± {waits[1]:.0f} s"
    if place in need.with_one_less:
        said += f"; {need.with_one_less[place]:.0f} s with {count - 1}"
    return f"{count} {name if count > 1 else name[:-1]} ({said})"


def _report(
    options: Options,
    landings: Sequence[Landing],
    assumed: Assumptions,
    days: Sequence[Day],
    need: Need | None,
) -> dict[str, Any]:
    staffing = days[0].staffing
    report: dict[str, Any] = {
        "hall": {**asdict(staffing), "steps": str(staffing.steps)},
        "flights": len(landings),
        "seeds": [options.seed + n for n in range(options.seeds)],
        **over_seeds([figures(day) for day in days]),
        "assumptions": assumed.plain(),
    }
    if need is not None and options.target is not None:
        report["need"] = {
            "target_p95_wait_seconds": options.target,
            "p95_wait_seconds": {str(place): round(mean, 1) for place, (mean, _) in need.p95.items()},
            "with_one_less": {str(place): round(wait, 1) for place, wait in need.with_one_less.items()},
        }  # fmt: skip
    return report


def write(out: Path, report: dict[str, Any], days: Sequence[Day], target: float | None) -> None:
    """``report.json``, ``queues.svg`` and ``waits.svg`` in a folder, which is made."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    staffing, people = days[0].staffing, report["people"]["mean"]
    title = f"{report['flights']} flights, {people:.0f} people, {_named(staffing)}"
    (out / "queues.svg").write_text(charts.queues(days, title), encoding="utf-8")
    (out / "waits.svg").write_text(charts.waits(report, staffing, title, target), encoding="utf-8")


def _named(staffing: Staffing) -> str:
    if staffing.steps is Steps.ONE:
        return f"{staffing.kiosks} gates, {staffing.officers} officers"
    return f"{staffing.kiosks} kiosks, {staffing.lanes} lanes, {staffing.officers} officers"


# --- the live mode --------------------------------------------------------------------------------


def against(options: Options) -> tuple[dict[str, Any], str]:
    """The first seed's day at a real service beside the simulated one. Raises PlanError, TimeoutError (an OSError)."""
    from kiosk_sim.client import Refused, ServiceUnavailable  # noqa: PLC0415
    from kiosk_sim.plan.live import drive  # noqa: PLC0415  # readers, chips, messages
    from kiosk_sim.plan.measure import told  # noqa: PLC0415

    staffing, given = _staffing(options)[0], _private(options)
    assumed = Assumptions.load(options.assumptions, options.measured)
    people = parties(read_flights(options.flights, assumed.stream), assumed, options.seed)
    if sum(party.people for party in people) > MOST_LIVE:
        raise PlanError(f"a live day has {MOST_LIVE} people at most")
    simulated = simulate(people, staffing)
    try:
        outcome = drive(given, str(options.live), people, staffing, options.seed, options.speed)
    except ServiceUnavailable:
        raise PlanError("the service cannot be reached") from None
    except Refused as error:
        raise PlanError(f"the service refused: {error.code}") from None
    report = {
        "hall": {**asdict(staffing), "steps": str(staffing.steps)},
        "seed": options.seed,
        "speed": options.speed,
        "simulated": rounded(figures(simulated)),
        "live": rounded(figures(outcome.day)),
        "same_way": sum(outcome.day.ways[key] == way for key, way in simulated.ways.items()),
        "device_seconds": {
            what: rounded(summary(times)) | {"count": len(times)}
            for what, times in sorted(outcome.seconds.items())
        },
        "faults": dict(outcome.faults),
        "clock_stood_still_seconds": round(outcome.paused, 1),
    }
    if options.out:
        _write_live(options.out, report, simulated, outcome.day)
        known = told(assumed.machines, outcome.seconds.get("decision", ()))
        (options.out / "measured.json").write_text(json.dumps(known, indent=1) + "\n")
    return report, "" if not options.out else _beside(report)


def _private(options: Options) -> dict[str, Any]:
    """The private file of ``egate seed``. Raises PlanError."""
    if options.config is None:
        raise PlanError("--live needs --config, the private file of egate seed")
    if options.target is not None:
        raise PlanError("--live walks one hall: --kiosks, --lanes and --officers, no --target-wait")
    if not 1 <= options.speed <= MOST_SPEED:
        raise PlanError(f"--speed is 1 to {MOST_SPEED} times real time")
    given = read_object(options.config)
    wanted = {"site", "sender_token", "devices", "states", "codes"}
    if not wanted <= given.keys():
        raise PlanError("the private file is not of egate seed")
    return given


def _beside(report: dict[str, Any]) -> str:
    """A line for each place: p95 of waiting, simulated and live."""
    lines = [
        f"{name}: p95 of waiting {report['simulated']['places'][name]['wait_seconds']['p95']:.0f} s simulated, "
        f"{place['wait_seconds']['p95']:.0f} s live"
        for name, place in report["live"]["places"].items()
    ]
    same, count = report["same_way"], report["live"]["parties"]
    return "\n".join(
        [
            *lines,
            f"{same} of {count} parties went the way that was drawn; faults: {report['faults']}",
        ]
    )


def _write_live(out: Path, report: dict[str, Any], simulated: Day, live: Day) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    for name, day in (("simulated", simulated), ("live", live)):
        title = f"{name}: {report[name]['people']} people, {_named(day.staffing)}"
        (out / f"queues-{name}.svg").write_text(charts.queues([day], title), encoding="utf-8")
