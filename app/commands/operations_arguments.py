"""The arguments of ``egate backup``, ``restore``, ``recovered`` and ``doctor``; what they do is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

JOBS = 2


def add_operations(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands; ``add`` is how the program adds one."""
    made = add(commands, "backup", backup, "back up the database; list backups, remove old ones")
    made.add_argument("action", nargs="?", choices=["make", "list", "expire"], default="make")
    made.add_argument("--to", type=Path, metavar="FOLDER", help="of backups; else EGATE_BACKUPS")
    made.add_argument("--jobs", type=int, default=JOBS, help="processes that dump")
    restored = add(
        commands, "restore", restore, "restore a backup into an empty database, and prove it"
    )
    restored.add_argument("backup", type=Path, help="the folder of one backup")
    restored.add_argument(
        "--to", metavar="URL", help="the empty database, as its owner; else the configured one"
    )
    restored.add_argument("--snapshots", type=Path, metavar="FOLDER", help="for facts snapshots")
    restored.add_argument("--jobs", type=int, default=JOBS, help="processes that load")
    _keys(restored)
    after = add(
        commands, "recovered", recovered, "after a point-in-time recovery or a promotion: begin anew, verify",
    )  # fmt: skip
    after.add_argument(
        "--checkpoints", type=Path, action="append", default=[], metavar="FILE",
        help="exported checkpoints of before the moment that was recovered to; repeatable",
    )  # fmt: skip
    _keys(after)
    doctor = add(
        commands, "doctor", see_doctor, "check the installation and say what to do; exit 1 where something failed",
    )  # fmt: skip
    doctor.add_argument("--json", action="store_true", help="as JSON")


def _keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", type=Path, action="append", default=[], metavar="FILE",
        help="lines of `egate audit key`; the key of EGATE_SECRET is trusted unless others are named",
    )  # fmt: skip


def backup(arguments: argparse.Namespace) -> int:
    from app.commands import backup as commands  # noqa: PLC0415

    if arguments.action == "list":
        return commands.list_all(arguments.to)
    if arguments.action == "expire":
        return commands.expire(arguments.to)
    return commands.make(arguments.to, arguments.jobs)


def restore(arguments: argparse.Namespace) -> int:
    from app.commands.backup import restore_one  # noqa: PLC0415

    given = arguments
    return restore_one(given.backup, given.to, given.snapshots, given.key, given.jobs)


def recovered(arguments: argparse.Namespace) -> int:
    from app.commands.backup import settle  # noqa: PLC0415

    return settle(arguments.checkpoints, arguments.key)


def see_doctor(arguments: argparse.Namespace) -> int:
    from app.commands.doctor import run  # noqa: PLC0415

    return run(as_json=arguments.json)
