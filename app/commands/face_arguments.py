"""The arguments of ``egate face``; what it does is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_face(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``face`` with its action to the commands; ``add`` is how the program adds one."""
    face = commands.add_parser("face", help="faces: how often they are confused")
    acts = face.add_subparsers(required=True, metavar="ACTION")
    text = "error rates on pictures that you supply: a folder a person"
    measured = add(acts, "evaluate", evaluate, text)
    measured.add_argument("dir", type=Path, help="folder of people")
    measured.add_argument(
        "--labels", type=Path, metavar="CSV", help="person, sex, age or birth_year; else people.csv"
    )
    measured.add_argument(
        "--each", type=int, default=2, help="no more pictures of one person; 0 for all"
    )
    measured.add_argument("--svg", type=Path, metavar="FILE", help="draw the DET plot")
    measured.add_argument("--json", action="store_true", help="everything as JSON")


def evaluate(arguments: argparse.Namespace) -> int:
    from kiosk_sim.face.evaluate import main as run  # noqa: PLC0415

    given = arguments
    return run(given.dir, given.labels, given.each, given.svg, as_json=given.json)
