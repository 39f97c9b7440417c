"""The arguments of ``egate audit``; what it does is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID


def add_audit(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``audit`` with its actions to the commands; ``add`` is how the program adds one."""
    audit = commands.add_parser("audit", help="the sealed trail: verify, export, prove")
    acts = audit.add_subparsers(required=True, metavar="ACTION")
    whole = add(
        acts, "verify", verify, "go over the whole trail; exit 1 and the ranges unless intact"
    )
    whole.add_argument(
        "--checkpoints", type=Path, action="append", default=[], metavar="FILE",
        help="exported checkpoints, the witness against a trail cut off or written anew; repeatable",
    )  # fmt: skip
    _keys(whole)
    exported = add(acts, "checkpoints", checkpoints, "seal what waits; print signed checkpoints")
    exported.add_argument(
        "--after", type=int, metavar="SIZE", help="all of more entries, not the newest alone"
    )
    add(acts, "key", key, "the public key that checks checkpoints, to be kept elsewhere")
    shown = add(acts, "prove", prove, "a proof that an entry stands in the trail, as JSON")
    shown.add_argument("entry", type=UUID, help="id of the entry")
    sought = add(
        acts, "searched", searched,
        "was this searched? a name or document number, one line on standard input",
    )  # fmt: skip
    for name in ("from", "to"):
        sought.add_argument(
            f"--{name}", dest=f"{name}_day", type=date.fromisoformat, metavar="DAY",
            help="YYYY-MM-DD, in UTC; a day is whole",
        )  # fmt: skip
    checked = add(
        acts, "check", check, "check a proof, without the database; exit 1 unless it holds"
    )
    checked.add_argument("proof", type=Path, help="file of `egate audit prove`")
    checked.add_argument("--key", type=Path, required=True, help="file of `egate audit key`")


def _keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", type=Path, action="append", default=[], metavar="FILE",
        help="lines of `egate audit key`; the key of EGATE_SECRET is trusted unless others are named",
    )  # fmt: skip


def verify(arguments: argparse.Namespace) -> int:
    from app.commands.audit import verify_trail  # noqa: PLC0415

    return verify_trail(arguments.checkpoints, arguments.key)


def checkpoints(arguments: argparse.Namespace) -> int:
    from app.commands.audit import print_checkpoints  # noqa: PLC0415

    return print_checkpoints(arguments.after)


def key(arguments: argparse.Namespace) -> int:
    from app.commands.audit import print_key  # noqa: PLC0415

    del arguments
    return print_key()


def prove(arguments: argparse.Namespace) -> int:
    from app.commands.audit import print_proof  # noqa: PLC0415

    return print_proof(arguments.entry)


def searched(arguments: argparse.Namespace) -> int:
    from app.commands.audit import print_searched  # noqa: PLC0415

    return print_searched(arguments.from_day, arguments.to_day)


def check(arguments: argparse.Namespace) -> int:
    from app.commands.audit import check_proof  # noqa: PLC0415

    return check_proof(arguments.proof, arguments.key)
