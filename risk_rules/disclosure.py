"""Figures of groups without figures of people: small cells are hidden, and what would give them away. Pure.

A count below `HIDDEN` is not shown. Where totals are shown, one hidden count is the total less the others: so a
column with hidden counts hides at least two of them, and together at least `HIDDEN` (complementary suppression).
"""

from collections.abc import Mapping

HIDDEN = 10
"""Counts of people below this are not shown."""

LEAST = 30
"""A rate needs a denominator of so many."""


def shown(counts: Mapping[str, int], always: frozenset[str] = frozenset()) -> dict[str, int | None]:
    """The counts that may stand beside their total: None where hidden. A group without anybody shows 0.

    `always`: groups that are hidden whatever their count, for another column of theirs is.
    """
    hidden = {name for name, count in counts.items() if 0 < count < HIDDEN or name in always}
    while hidden and not _safe(hidden, counts):
        rest = [name for name, count in counts.items() if name not in hidden and count]
        if not rest:
            break
        hidden.add(min(rest, key=lambda name: (counts[name], name)))
    return {name: None if name in hidden else count for name, count in counts.items()}


def _safe(hidden: set[str], counts: Mapping[str, int]) -> bool:
    """Whether nobody can compute a hidden count from the total, nor learn that all are of few people."""
    several = sum(counts[name] > 0 for name in hidden) >= 2
    return several and sum(counts[name] for name in hidden) >= HIDDEN
