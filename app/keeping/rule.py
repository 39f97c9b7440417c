"""What one table's rows come to when their clock runs out, as values; the SQL in them is ours, never a caller's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kernel.crypto import Vault
from app.retention.clocks import Clock

Row = Mapping[str, Any]
Masked = Callable[[Row, Vault], Any]


@dataclass(frozen=True, slots=True)
class Mask:
    """How one column is masked: ``value`` makes what stays, ``bare`` (SQL) is true while it is not masked yet.

    It is asked of every row past its clock, however often: what is written again later is masked again.
    """

    value: Masked
    bare: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The rows of one table (``t`` in all SQL).

    ``start``: when the clock of a row began, a timestamp, null while it has not; ``joins``: what the SQL needs
    beside ``t``; ``subjects``: ids by which a legal hold covers a row
    (``subject_sets``: arrays of such); ``passenger``: whom a sealed original is found
    by; ``empties``: instead of being deleted, columns get these values (SQL); ``only``: a further condition of
    deleting; ``key``: the column rows are told by; ``within``: goes with the rows of that table, of which it is a part.
    """

    table: str
    clock: Clock
    start: str = ""
    joins: str = ""
    subjects: tuple[str, ...] = ()
    passenger: str = "null"
    masks: Mapping[str, Mask] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    empties: Mapping[str, str] = field(default_factory=dict)
    only: str = ""
    unlinked: str = ""
    key: str = "id"
    within: str = ""
    elsewhere: str = ""
    """Who masks and deletes it, where that is not the job's own statement."""
    subject_sets: tuple[str, ...] = ()
    at_once: bool = False
    """Goes as soon as ``only`` holds: nothing is left that it belongs to."""


def held(rule: Rule) -> str:
    """SQL: whether a legal hold covers the row; the day is ``:today``."""
    if not rule.subjects:
        return "false"
    ids = " || ".join((f"array[{', '.join(rule.subjects)}]::uuid[]", *rule.subject_sets))
    return (
        "exists (select from legal_hold h where h.ended_at is null and h.until >= :today"
        f" and h.covers && ({ids}))"
    )


def bare(rule: Rule) -> str:
    """SQL: whether something of the row is not masked yet."""
    return "(" + " or ".join(mask.bare for mask in rule.masks.values()) + ")"


def not_emptied(rule: Rule) -> str:
    """SQL: whether something of the row is not empty yet."""
    unequal = (f"t.{name} is distinct from {value}" for name, value in rule.empties.items())
    return "(" + " or ".join(unequal) + ")"
