"""How a masked value is told from one that somebody sent: what masking leaves (:mod:`app.keeping.masks`) is for counting and
joining, and is shown to nobody as if it were a value.
"""

from collections.abc import Mapping
from typing import Any, Final

MARK: Final = "masked"
"""The key by which masked JSON is known."""
STAND_IN: Final = "~"
"""Begins a keyed pseudonym of a text; no number of a document and no locator begins with it."""
STAND_IN_BYTES: Final = 17
"""How long a pseudonym of bytes is, of which the first is the tilde."""


def is_stand_in(value: str | bytes | None) -> bool:
    """Whether a pseudonym stands for the value."""
    if isinstance(value, bytes):
        return len(value) == STAND_IN_BYTES and value[:1] == STAND_IN.encode()
    return value is not None and value.startswith(STAND_IN)


def is_marked(record: Any) -> bool:
    """Whether JSON is what masking left of it."""
    return isinstance(record, Mapping) and record.get(MARK) is True
