"""The arguments of ``egate retention``; what it does is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from typing import Any


def add_retention(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``retention`` with its actions to the commands; ``add`` is how the program adds one."""
    kept = commands.add_parser("retention", help="what is kept how long: plan, run, status")
    acts = kept.add_subparsers(required=True, metavar="ACTION")
    add(acts, "plan", plan, "what a run would mask and delete now, by table, and what is held")
    run_ = add(acts, "run", run, "mask and delete now, whatever the worker does")
    run_.add_argument("--dry-run", action="store_true", help="as `egate retention plan`")
    add(acts, "status", status, "the profile in force and the last runs with their counts")


def plan(arguments: argparse.Namespace) -> int:
    from app.commands.retention import print_plan  # noqa: PLC0415

    del arguments
    return print_plan()


def run(arguments: argparse.Namespace) -> int:
    from app.commands.retention import print_plan, run_now  # noqa: PLC0415

    return print_plan() if arguments.dry_run else run_now()


def status(arguments: argparse.Namespace) -> int:
    from app.commands.retention import print_status  # noqa: PLC0415

    del arguments
    return print_status()
