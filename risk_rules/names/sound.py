"""Words that are heard alike: keys under which transliterations of one name meet.

Three keys. `folded` keeps the vowels and undoes what is only a manner of writing (doubled letters, PH, OU, Q, W):
words are compared by their edits in this form too. `skeleton` keeps classes of consonants, so that what languages write differently (MOHAMMED,
MUHAMMAD; QADHAFI, GADAFI) falls together. `romaji` undoes the ways in which Japanese is written in Latin
letters (OHNO, OUNO, ONO; SHI, SI; TSU, TU; FU, HU; JI, ZI), which no consonant class does.

The words of a whole list are rewritten as one text, a word a line: no pattern reaches over the end of a line.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_Rules = Iterable[tuple[re.Pattern[str], str]]

_CONSONANTS = tuple(
    (re.compile(pattern, re.MULTILINE), letter)
    for pattern, letter in (
        (r"^AE", "A"), (r"PH", "F"), (r"GH|QH|KH|CK|Q", "K"), (r"TCH|TSCH|CH|TSH|CZ|CS", "C"),
        (r"SCH|SH|SZ", "S"), (r"DJ|DZH|ZH|GI(?=[AOU])", "J"), (r"DH|TH", "T"), (r"X", "KS"),
        (r"TZ|TS|Z", "S"), (r"W|V|OU(?=[AEIO])", "V"), (r"C(?=[EI])", "S"),
        (r"C(?=[AOUKLRT]|$)", "K"), (r"G(?=[EI])", "J"), (r"G", "K"), (r"D", "T"), (r"B", "P"),
        (r"[YJ]", "I"), (r"(?<=.)H", ""), (r"^I(?=[AEOU])", "J"),
    )
)  # fmt: skip
_VOWELS = re.compile(r"[AEIOU]+")
_INNER_VOWEL = re.compile(r"(?<=.)A(?=.)|(?<=..)A")  # of a word of two letters, the vowel stays
_TWICE = re.compile(r"(.)\1+")

_MANNERS = tuple(
    (re.compile(pattern), letter)
    for pattern, letter in (
        (r"PH|FF|V|W", "F"), (r"TCH|TSCH|SCH|SH|CH|ZH|SZ|CZ", "S"), (r"DJ|DZH|DG(?=[EIYAOU])|J", "I"),
        (r"KH|GH", "H"), (r"C(?=[EIY])|TS|TZ|Z|X(?=[I])", "S"), (r"CK|QU|Q|C|X", "K"), (r"DH", "D"), (r"TH", "T"),
        (r"OU|OO|U", "O"), (r"EE|Y", "I"), (r"AE|E", "A"),
    )
)  # fmt: skip

_JAPANESE = re.compile(
    r"(?:(?:[KSTNHMYRWGZJDBPF]|[KNHMRGBP]Y|SH|CH|TS|SY|TY|ZY|JY|DY)?[AEIOU]H?|N)+"
)
_SYLLABLES = tuple(
    (re.compile(pattern), letter)
    for pattern, letter in (
        (r"OH(?![AEIOU])|OU|OO", "O"), (r"UU", "U"), (r"TCH", "CH"),
        (r"SHI", "SI"), (r"SH|SY", "SY"), (r"CHI", "TI"), (r"CH", "TY"), (r"TSU", "TU"),
        (r"FU", "HU"), (r"JI|DI", "ZI"), (r"JY?|ZY|DY", "ZY"), (r"DU|DZU", "ZU"),
        (r"M(?=[BPM])", "N"), (r"KK", "K"), (r"SS", "S"), (r"TT", "T"), (r"PP", "P"),
    )
)  # fmt: skip


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """Consonant classes of a word of A-Z, a leading vowel kept as A. Under two classes say little."""
    return _classes(word)


def skeletons(words: Sequence[str]) -> list[str]:
    """:func:`skeleton` of each."""
    return _classes("\n".join(words)).split("\n") if words else []


@lru_cache(maxsize=200_000)
def folded(word: str) -> str:
    """A word of A-Z as it would be written by somebody with fewer letters."""
    return _simplified(word)


def all_folded(words: Sequence[str]) -> list[str]:
    """:func:`folded` of each."""
    return _simplified("\n".join(words)).split("\n") if words else []


def _classes(lines: str) -> str:
    once = _TWICE.sub(r"\1", _VOWELS.sub("A", _rewritten(lines, _CONSONANTS)))
    return _TWICE.sub(r"\1", _INNER_VOWEL.sub("", once))


def _simplified(lines: str) -> str:
    return _TWICE.sub(r"\1", _rewritten(lines, _MANNERS))


def _rewritten(lines: str, rules: _Rules) -> str:
    for pattern, letter in rules:
        lines = pattern.sub(letter, lines)
    return lines


@lru_cache(maxsize=50_000)
def romaji(word: str) -> str:
    """One spelling of a word that can be Japanese (Kunrei, long vowels shortened); '' for others."""
    if len(word) < 3 or not _JAPANESE.fullmatch(word):
        return ""
    return _rewritten(word, _SYLLABLES)
