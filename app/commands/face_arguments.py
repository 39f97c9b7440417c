"""The arguments of ``egate face``; what it does is the kiosk's, which the command line alone may load."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_face(
    commands: Any, add: Callable[..., argparse.ArgumentParser], evaluate: Callable[..., int]
) -> None:
    """Add ``face`` with its action ``evaluate`` to the commands; ``add`` is how the program adds one."""
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
