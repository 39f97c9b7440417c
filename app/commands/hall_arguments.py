"""The arguments of ``egate hall``: halls of the service, and plans of halls; what it does is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.kernel.errors import SetupError

_PLANNING = (
    "kiosks",
    "lanes",
    "officers",
    "target_wait",
    "assumptions",
    "measured",
    "out",
    "live",
    "config",
)
_FIXED = {"seed": 0, "seeds": 10, "speed": 60.0}


def add_hall(
    commands: Any,
    add: Callable[..., argparse.ArgumentParser],
    plan: Callable[[argparse.Namespace], int],
) -> None:
    """Add ``hall`` to the commands. ``plan`` is done by the simulated hall, which only the program's own file may start."""

    def run(arguments: argparse.Namespace) -> int:
        return _chosen(arguments, plan)

    hall = add(
        commands, "hall", run,
        "add a customs hall, or change its policy; with --flights: simulate a hall, or find how large it must be",
    )  # fmt: skip
    hall.add_argument("name", nargs="?", help="of the hall to add or change; none with --flights")
    hall.add_argument("--steps", choices=["two-step", "one-step"], default="two-step")
    hall.add_argument("--policy", type=Path, help="JSON file; without it a new hall is strict")
    hall.add_argument("--terminal", help="where the hall is, at an airport with several terminals")
    _add_plan(hall.add_argument_group("plan a hall (docs/hall-planning.md)"))


def _add_plan(group: Any) -> None:
    group.add_argument(
        "--flights", type=Path, metavar="FILE", help="CSV, JSON, or a folder of `egate traffic`"
    )
    for name, text in (
        ("kiosks", "kiosks of a two-step hall, gates of a one-step one"),
        ("lanes", "lanes at the exit of a two-step hall"),
        ("officers", "who look, open bags and serve at the counter"),
    ):
        group.add_argument(f"--{name}", type=int, metavar="N", help=text)
    group.add_argument(
        "--target-wait", type=float, metavar="SECONDS",
        help="find how many of what is not given keep the 95th percentile of waiting within this",
    )  # fmt: skip
    group.add_argument("--seed", type=int, default=_FIXED["seed"], help="first seed; 0")
    group.add_argument("--seeds", type=int, default=_FIXED["seeds"], help="how many days; 10")
    group.add_argument(
        "--assumptions", type=Path, metavar="FILE", help="JSON: shares, people, stream, sizes"
    )
    group.add_argument(
        "--measured", type=Path, metavar="FILE", help="what --measure wrote, for your own devices"
    )
    group.add_argument("--out", type=Path, metavar="FOLDER", help="for report.json and charts")
    group.add_argument(
        "--live",
        metavar="URL",
        help="drive this service with the first seed's day, beside the simulation",
    )
    group.add_argument("--config", type=Path, metavar="FILE", help="private file of `egate seed`")
    group.add_argument("--speed", type=float, default=_FIXED["speed"], help="times real time; 60")
    group.add_argument(
        "--measure", type=Path, metavar="FILE", help="measure the agents' own times, write them"
    )


def _chosen(given: argparse.Namespace, plan: Callable[[argparse.Namespace], int]) -> int:
    """Which of the three is meant. Raises SetupError where more than one is, or none."""
    meant = [name for name in ("name", "flights", "measure") if getattr(given, name)]
    if len(meant) != 1:
        raise SetupError(
            "hall: a NAME adds or changes a hall, --flights FILE plans one, --measure FILE measures: one of them"
        )
    if given.name:
        return _put(given)
    if given.policy:
        raise SetupError("hall: --policy is of a hall with a NAME")
    return plan(given)


def _put(given: argparse.Namespace) -> int:
    from app.commands.people import put_hall  # noqa: PLC0415

    wrong = [name for name in _PLANNING if getattr(given, name) is not None]
    wrong += [name for name, usual in _FIXED.items() if getattr(given, name) != usual]
    if wrong:
        raise SetupError(f"hall: --{wrong[0].replace('_', '-')} is of plans: --flights FILE")
    return put_hall(given.name, given.steps, given.policy, given.terminal)
