"""Which texts can be kept: PostgreSQL stores no NUL, and UTF-8 writes no half of a surrogate pair; which are translated."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

_UNKEPT = re.compile("[\0\ud800-\udfff]")
CONTEXT: Final = "\x04"
"""What catalogues keep between a context and its message (GNU gettext)."""

LEAST_SAID: Final = 10
"""Letters and digits of a few words; a wide character (kanji, kana, hangul) says as much as two."""


def N_(message: str) -> str:  # noqa: N802  # the name by which catalogues are extracted everywhere
    """Mark a text for translation where it stands; it is translated where it is shown."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802  # likewise
    """The same for a text that is another word elsewhere in other languages: ``context`` says which one is meant."""
    return f"{context}{CONTEXT}{message}"


def said_of(text: str) -> int:
    """How much a text says: its letters and digits, wide ones twice."""
    return sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in text if one.isalnum())


def is_storable(text: str) -> bool:
    """Whether the database can hold a text."""
    return _UNKEPT.search(text) is None


def all_storable(value: Any) -> bool:
    """The same of every text in a value: lists, sets and mappings (their names too) are looked into."""
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, Mapping):
        return all(all_storable(part) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(all_storable(part) for part in value)
    return True
