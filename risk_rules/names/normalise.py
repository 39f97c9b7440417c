"""Names to comparable words: the same pure function for list and traveller.

NFKC -> upper case -> apostrophes and ayn signs dropped -> words -> per word its spellings: the
expansion of ICAO Doc 9303-3 section 6 (MUELLER, OEZIL, IURII), the plain transliteration
(MULLER, OZIL, YURIY) and, where a machine-readable zone used the reversible escapes (MXHMWD, NXX),
their decoding. Two words are the same when they share a spelling. Digits that optical reading puts
for letters inside a word are put right.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from anyascii import anyascii

from risk_rules.names.scripts import apart, own_spellings

NORMALISER_VERSION = 3
"""Stored with every index and match: another version may find other names."""

Part = Literal["surname", "given"]

MAX_WORDS = 24
"""Words of one name that are looked at: more is no name."""

_APOSTROPHES = re.compile(r"['`\u00b4\u02b9-\u02bf\u02c8\u055a\u2018-\u201b\u2032\u2035\uff07]")
_NOT_LETTERS = re.compile(r"[^A-Z]+")
_WORDS = re.compile(r"[0-9A-Z]+")
_OCR_DIGITS = str.maketrans("01582", "OISBZ")

# Doc 9303-3 section 6 A (Latin) and B (Cyrillic), where the expansion is not the plain letter.
_LATIN = "ÄAE ÖOE ÜUE ÅAA ØOE ÆAE ŒOE ÞTH ÐD ẞSS"
_CYRILLIC = "ЁE ЙI ЪIE Ь ЭE ЮIU ЯIA ЇI ЄIE ХKH ЦTS ЩSHCH ЫY"  # noqa: RUF001  # Cyrillic on purpose
_ICAO = str.maketrans({pair[0]: pair[1:] for pair in f"{_LATIN} {_CYRILLIC}".split()})

_ESCAPE = re.compile(r"XKH|XDH|XTH|XSH|XSS|XTA|XAH|XH|(?<=[UN])XX")
_ESCAPES = (
    (re.compile(r"(?<=[UN])XX"), ""),
    (re.compile(r"XSS"), "S"),
    (re.compile(r"XTA|XAH"), "H"),
    (re.compile(r"XE"), ""),
    (re.compile(r"X(?=KH|DH|TH|SH|H)"), ""),
)

_LONG_VOWEL = re.compile(r"(?<=[^AEIOU])[WY](?![AEIOUWY])")  # of Arabic: MHMWD is MHMUD

_TITLES = """MR MRS MS MISS MSTR MASTER DR PROF SIR DAME JR SR II III IV CHD INF
    SHAIKH SHEIKH SHAYKH HAJI HAJJI HADJI MULLAH MAULAVI MAWLAWI QARI SAYYID SAYED
    GENERAL COLONEL MAJOR CAPTAIN"""
_PARTICLES = """AL EL UL UR AS AR AN AD ED BIN BEN BINT IBN DE DA DO DOS DAS DEL DELA DI DU LA LE
    LOS LAS VAN VON DER DEN TER TEN ZU ZUM Y E I OULD ULD AIT SAN ST"""
TITLES = frozenset(_TITLES.split())
PARTICLES = frozenset(_PARTICLES.split())
_WEAK = PARTICLES | TITLES
_GLUED_TITLE = re.compile(r"(?<=\w\w) ?(?:MRS|MR|MSTR|MISS|MS|DR|CHD|INF)$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name. `weak` words (particles, titles, initials) need no counterpart."""

    spellings: tuple[str, ...]
    part: Part
    weak: bool = False

    def shares_spelling(self, other: "Word") -> bool:
        return any(spelling in other.spellings for spelling in self.spellings)


def name_words(surname: str, given: str) -> tuple[Word, ...]:
    """The words of a name. A field of nothing but weak words keeps them as full words."""
    whole = not given.strip()
    return (*_field(surname, "surname", whole=whole), *_field(given, "given"))


def without_glued_title(given: str) -> str:
    """A given name, or a whole one, without the title that reservations glue to it: JOHNPAULMR, ANNA MRS.

    The same words when there is none. It may be wrong (ALEXANDR), so both are to be tried.
    """
    return _GLUED_TITLE.sub("", " ".join(_split(given)))


@lru_cache(maxsize=100_000)
def spellings(word: str) -> tuple[str, ...]:
    """Spellings of one word in A-Z, the ICAO expansion first, none twice; empty for no letters."""
    if word.isascii() and word.isalpha():
        found = [word.upper()]
        if "X" not in found[0]:
            return (found[0],)
    else:
        found = _transliterated(word)
    for spelling in [one for one in found if _ESCAPE.search(one)]:
        decoded = _decode(spelling)
        found += [decoded, _LONG_VOWEL.sub(_as_vowel, decoded)]
    return tuple(dict.fromkeys(spelling for spelling in found if spelling))


def _transliterated(word: str) -> list[str]:
    upper = _upper(word)
    bare = "".join(c for c in upper if not unicodedata.combining(c))
    return list(own_spellings(bare)) or [_letters(upper.translate(_ICAO)), _letters(upper)]


def fold_number(number: str) -> str:
    """A document number as compared: letters and digits only, O read as 0 and I as 1."""
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", number).upper()))
    return plain.replace("O", "0").replace("I", "1")


def _field(text: str, part: Part, *, whole: bool = False) -> list[Word]:
    said = _split(text, whole=whole)
    found = [word for one in said if (word := _word(one, part))][:MAX_WORDS]
    if any(not word.weak for word in found):
        return found
    return [Word(word.spellings, part) for word in found]


@lru_cache(maxsize=200_000)
def _word(text: str, part: Part) -> Word | None:
    found = spellings(text)
    return Word(found, part, _is_weak(found)) if found else None


def _is_weak(found: Iterable[str]) -> bool:
    return any(s in _WEAK or len(s) == 1 for s in found)


def _upper(text: str) -> str:
    # The acute accent alone decomposes to a blank, so apostrophes go before and after.
    text = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", text)).upper()
    return _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text))


def _split(text: str, *, whole: bool = False) -> list[str]:
    """Runs of letters, marks and digits; everything else parts words."""
    if text.isascii() and "'" not in text and "`" not in text:
        return _WORDS.findall(text.upper())
    kept = (
        c if unicodedata.category(c)[0] in "LMN" else " " for c in apart(_upper(text), whole=whole)
    )
    return "".join(kept).split()


def _letters(word: str) -> str:
    latin = anyascii(word).upper()
    if any(map(str.isalpha, latin)):
        latin = latin.translate(_OCR_DIGITS)
    return _NOT_LETTERS.sub("", latin)


def _as_vowel(found: re.Match[str]) -> str:
    return "U" if found.group() == "W" else "I"


def _decode(spelling: str) -> str:
    for pattern, plain in _ESCAPES:
        spelling = pattern.sub(plain, spelling)
    return spelling
