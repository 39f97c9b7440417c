"""The arguments of ``egate passport``; what it does is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any


def add_passport(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``passport`` with its actions to the commands; ``add`` is how the program adds one."""
    passport = commands.add_parser(
        "passport", help="chips of passports: check files, make virtual ones"
    )
    acts = passport.add_subparsers(required=True, metavar="ACTION")
    check = add(
        acts, "verify", verify, "every check of a chip's files as JSON; exit 1 unless trusted"
    )
    check.add_argument("--dir", type=Path, required=True, help="EF.SOD, EF.COM, EF.DG1...")
    check.add_argument(
        "--trust",
        type=Path,
        required=True,
        metavar="FILE",
        help="certificates of states, or a master list",
    )
    check.add_argument(
        "--mrz",
        type=Path,
        metavar="FILE",
        help="the zone as the page shows it; else mrz.txt of the folder",
    )
    check.add_argument(
        "--crl", type=Path, action="append", default=[], help="revoked signers; repeatable"
    )
    check.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD; today by default")
    made = add(acts, "make", make, "a virtual passport's files, for simulation")
    made.add_argument("--dir", type=Path, required=True, help="where to write them")
    made.add_argument(
        "--authority",
        type=Path,
        required=True,
        metavar="DIR",
        help="keys of the state; made where there are none",
    )
    made.add_argument("--picture", type=Path, metavar="JPEG", help="portrait of the chip")
    for name, value in (
        ("surname", "TESTER"), ("given", "ANNA"), ("number", "TR1234567"), ("issuer", "JPN"), ("nationality", ""),
    ):  # fmt: skip
        made.add_argument(f"--{name}", default=value)
    made.add_argument("--birth", type=date.fromisoformat, default=date(1980, 5, 31))
    made.add_argument("--expiry", type=date.fromisoformat, default=date(2035, 1, 1))
    made.add_argument("--sex", choices=("F", "M", "X"), default="F")


def verify(arguments: argparse.Namespace) -> int:
    from app.commands.passport import verify_files  # noqa: PLC0415

    return verify_files(arguments.dir, arguments.trust, arguments.mrz, arguments.crl, arguments.day)


def make(arguments: argparse.Namespace) -> int:
    from app.commands.passport import make as run  # noqa: PLC0415

    names = ("surname", "given", "number", "issuer", "birth", "sex", "expiry")
    holder = {name: getattr(arguments, name) for name in names}
    holder["nationality"] = arguments.nationality or arguments.issuer
    return run(arguments.dir, arguments.authority, holder, arguments.picture)
