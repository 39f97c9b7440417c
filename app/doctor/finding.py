"""What a check finds, and what checks look at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.config import Settings
from app.kernel.crypto import Vault


class Level(StrEnum):
    """How bad it is: ``warn`` should be looked after, ``fail`` must be."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: which check, how bad, what is so, what to do. Names of things and numbers, nobody's data."""

    check: str
    level: Level
    says: str
    do: str = ""

    def wire(self) -> dict[str, Any]:
        """As JSON."""
        return {"check": self.check, "level": str(self.level), "says": self.says, "do": self.do}


@dataclass(frozen=True, slots=True)
class Probe:
    """What checks of a reachable database look at. ``now`` is the host's clock."""

    settings: Settings
    session: Session
    vault: Vault
    now: datetime


Check = Callable[[Probe], Iterator[Finding]]
"""A check of a running database; one of the installation alone takes :class:`Settings`."""


def ok(check: str, says: str) -> Finding:
    return Finding(check, Level.OK, says)


def warn(check: str, says: str, do: str) -> Finding:
    return Finding(check, Level.WARN, says, do)


def fail(check: str, says: str, do: str) -> Finding:
    return Finding(check, Level.FAIL, says, do)


def by_age(
    check: str, what: str, age: timedelta, limits: tuple[timedelta, timedelta], do: str
) -> Finding:
    """A finding by how old something is: up to the first limit it is good, behind the second it is bad."""
    says = f"{what} {spoken(age)}"
    if age <= limits[0]:
        return ok(check, says)
    return (warn if age <= limits[1] else fail)(check, says, do)


def spoken(age: timedelta) -> str:
    """Like ``3 h ago``."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
