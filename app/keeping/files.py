"""Every place where the program writes files, what may stand in them about people, and who clears it.

A test looks for everything in the code that writes a file: a module that is neither here nor among those that write nothing
personal fails it. Whoever adds backups or exports to files registers them here, with a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.retention.clocks import Clock


@dataclass(frozen=True, slots=True)
class FilePlace:
    """One kind of file: where (a setting or folder), what of people it holds, its clock, who clears it, which modules write it."""

    where: str
    holds: str
    clock: Clock
    cleared_by: str
    modules: tuple[str, ...]


PLACES: tuple[FilePlace, ...] = (
    FilePlace(
        "EGATE_SNAPSHOTS", "facts of travellers, for backtests", Clock.SCREENING,
        "egate work: app.analysis.snapshots.age and sweep", ("app/analysis/snapshots.py",),
    ),
    FilePlace(
        "EGATE_STATE/lists", "names and documents of watch lists, as indexes", Clock.WATCHLIST,
        "a newer version of the list; an index whose entries are not those of the table is refused",
        ("app/screening/matchers.py", "risk_rules/names/snapshot.py"),
    ),
    FilePlace(
        "EGATE_WATCH_FOLDER", "dropped messages, taken or rejected, and reports on them",
        Clock.RAW_MESSAGE, "egate watch: app.messages.sources.folder",
        ("app/messages/sources/boxes.py",),
    ),
    FilePlace(
        "EGATE_BACKUPS", "the whole database but faces, and snapshots; the shortest clock of all decides",
        Clock.RAW_MESSAGE, "egate work: app.operations.backup.expire_backups; egate backup expire",
        ("app/operations/backup.py", "app/operations/manifest.py", "app/operations/tools.py"),
    ),
    FilePlace(
        "EGATE_STATE (the embedded server's data)", "the database itself, and its log of its own errors",
        Clock.FLIGHT, "the rules of its tables (app.keeping.rules); the log is terse: no values",
        ("app/kernel/postgres.py",),
    ),
)  # fmt: skip
"""Logs are lines on standard error, of ids and codes: the program writes no log file."""

NOTHING_PERSONAL: Mapping[str, str] = {
    "app/runtime.py": "the master secret, made at the first start",
    "app/demo.py": "private files of the demo, whose people are invented",
    "app/commands/passport.py": "invented passports and keys of invented authorities",
    "app/commands/people.py": "credentials of a device",
    "app/commands/keys.py": "the offline root",
    "app/kernel/keyring.py": "the ring of keys",
}
"""Modules of the program that write files in which nobody stands."""
