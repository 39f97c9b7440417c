"""Names in their own script: what of them is compared as it is written, and how it is written in A-Z.

Two names that are one in Latin letters may be two in Chinese; where both sides have the name in one script,
that is compared too.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.fuzz import ratio

_SCRIPTS = (
    "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "ARABIC", "HEBREW", "CYRILLIC", "GREEK", "THAI",
    "ARMENIAN", "GEORGIAN", "DEVANAGARI", "BENGALI", "TAMIL", "KHMER", "MYANMAR", "LAO", "AMHARIC",
)  # fmt: skip
_JAPANESE = {"HIRAGANA": "KANA", "KATAKANA": "KANA"}


@lru_cache(maxsize=10_000)
def script_of(letter: str) -> str:
    """The script of a letter; empty for Latin and for what is no letter."""
    name = unicodedata.name(letter, "")
    found = next((script for script in _SCRIPTS if name.startswith(script)), "")
    return _JAPANESE.get(found, found)


@lru_cache(maxsize=10_000)
def native(text: str) -> tuple[str, str] | None:
    """The script of a name and its letters as they are compared: words in order, marks left out.

    None for a name in Latin letters, or in several scripts.
    """
    if text.isascii():
        return None
    plain = unicodedata.normalize("NFKC", text).casefold()
    scripts = {script_of(letter) for letter in plain if letter.isalpha()}
    if len(scripts) != 1 or "" in scripts:
        return None
    letters = unicodedata.normalize("NFD", plain)
    words = "".join(
        c if c.isalpha() else " " for c in letters if not unicodedata.combining(c)
    ).split()
    script = scripts.pop()
    return script, " ".join(sorted(words)) if script != "CJK" else "".join(sorted(words))


def native_likeness(ours: Iterable[str], theirs: Iterable[str]) -> float | None:
    """How alike the names are in a script that both sides have, 0 to 1; None where there is none."""
    left = [found for one in ours if (found := native(one))]
    right = [found for one in theirs if (found := native(one))]
    alike = [
        ratio(mine, other) / 100 for script, mine in left for same, other in right if script == same
    ]
    return max(alike, default=None)
