# ruff: noqa: RUF001, SIM905  # letters of other scripts on purpose; tables are read best as lines
"""Names in their own script: what of them is compared as it is written, and how it is written in A-Z.

Two names that are one in Latin letters may be two in Chinese; where both sides have the name in one script,
that is compared too. Scripts that leave vowels out (Arabic, Hebrew) are written with those that they have:
the sound of a word (its consonants) then meets the Latin one. Korean is written as the state does it and as people
do it. What a kanji is read as is not known: Latin letters or kana of the same passport say it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
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


def is_unread(text: str) -> bool:
    """Whether it holds Chinese characters, of which each language has its own reading: A-Z has the Mandarin one alone."""
    return not text.isascii() and any(script_of(letter) == "CJK" for letter in text)


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


# ---------------------------------------------------------------- words in A-Z

_COMPOUND = (
    "欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 司徒 东方 東方 皇甫 尉迟 公孙 公孫 慕容 令狐 夏侯".split()
)
_ABD, _ARTICLE = re.compile(r"\bعبد ?ال(?!له\b)"), re.compile(r"\b(?:ال)(?=\w{3})")
_ABDULLAH = re.compile(r"\bعبد ?الله\b")
_GREEK = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"\bΝΤ", "D"), (r"\bΜΠ", "B"), (r"\bΓΚ", "G"), (r"\bΤΖ", "TZ"), (r"ΓΓ|ΓΚ", "NG"),
        (r"ΓΞ", "NX"), (r"ΓΧ", "NCH"), (r"ΟΥ", "OU"), (r"([ΑΕΗ])Υ(?=[ΘΚΞΠΣΤΦΧΨ]|\b)", r"\1F"),
        (r"([ΑΕΗ])Υ(?=[ΑΒΓΔΕΖΗΙΛΜΝΟΡΥΩ])", r"\1V"),
    )
)  # fmt: skip


def apart(text: str, *, whole: bool) -> str:
    """Upper-case text with words parted as they are in Latin letters: the article in Arabic; the surname in a
    Chinese or Korean name, if the text is the `whole` name. Greek digraphs are written out.
    """
    if text.isascii():
        return text
    if whole and " " not in (plain := text.strip()) and 2 <= len(plain) <= 4:
        scripts = {script_of(letter) for letter in plain}
        if scripts in ({"CJK"}, {"HANGUL"}):
            size = 2 if plain[:2] in _COMPOUND and len(plain) > 2 else 1
            return f"{plain[:size]} {plain[size:]}"
    text = _ABDULLAH.sub("عبدالله", text)
    text = _ARTICLE.sub("ال ", _ABD.sub("عبدل ", text))
    if any("Α" <= letter <= "Ω" for letter in text):  # Greek on purpose
        for pattern, letters in _GREEK:
            text = pattern.sub(letters, text)
    return text


def own_spellings(word: str) -> tuple[str, ...]:
    """A word in A-Z by the tables of its script; empty where that has none here."""
    write = _WRITERS.get(script_of(word[0])) if word and not word.isascii() else None
    return tuple(dict.fromkeys(found for found in write(word) if found)) if write else ()


_ARABIC = dict(
    pair.split("=")
    for pair in (
        "ا=A أ=A إ=I آ=A ٱ=A ى=A ة=A ء= ئ=I ؤ=U ع=A ب=B ت=T ث=TH ج=J ح=H خ=KH د=D ذ=DH ر=R ز=Z س=S ش=SH"
        " ص=S ض=D ط=T ظ=Z غ=GH ف=F ق=Q ك=K ک=K ل=L م=M ن=N ه=H ھ=H ہ=H پ=P چ=CH ژ=ZH گ=G ڤ=V"
        " ٹ=T ڈ=D ڑ=R ں=N ے=E"
    ).split()
)
_HALF_VOWELS = {"و": ("U", "W"), "ي": ("I", "Y"), "ی": ("I", "Y")}
_LONG = frozenset("اآىوي")


def _arabic(word: str) -> tuple[str, ...]:
    """W and Y stand for long vowels but before one and where a word begins."""
    if word == "عبدالله":
        return ("ABDULLAH",)
    if word in ("عبدل", "ابن", "بن", "ال"):
        return ({"عبدل": "ABDUL", "ابن": "IBN", "بن": "BIN", "ال": "AL"}[word],)
    found = []
    for at, letter in enumerate(word):
        if letter in _HALF_VOWELS:
            is_vowel = at > 0 and word[at + 1 : at + 2] not in _LONG
            found.append(_HALF_VOWELS[letter][0 if is_vowel else 1])
        else:
            found.append(_ARABIC.get(letter, ""))
    return (re.sub(r"AA+", "A", "".join(found)),)


_HEBREW = dict(
    pair.split("=")
    for pair in (
        "א=A ב=B ג=G ד=D ה=H ו=O ז=Z ח=CH ט=T י=I כ=K ך=KH ל=L מ=M ם=M נ=N ן=N ס=S ע=A פ=P ף=F צ=TZ ץ=TZ"
        " ק=K ר=R ש=SH ת=T"
    ).split()
)
_HEBREW_FIRST = {"ו": "V", "י": "Y", "ח": "H"}
_HEBREW_SOFT = _HEBREW | {"ו": "V", "ב": "V", "פ": "F", "ה": "H"}


def _hebrew(word: str) -> tuple[str, ...]:
    """With hard letters and vowels, then with soft ones: BEN, DAVID, AVRAHAM."""
    if word == "בן":
        return ("BEN",)
    first, rest = word[0], word[1:]
    hard = _HEBREW_FIRST.get(first, _HEBREW.get(first, "")) + "".join(
        _HEBREW.get(letter, "") for letter in rest
    )
    soft = _HEBREW_FIRST.get(first, _HEBREW_SOFT.get(first, "")) + "".join(
        _HEBREW_SOFT.get(letter, "") for letter in rest
    )
    return (hard, soft)


_INITIALS = "G KK N D TT R M B PP S SS  J JJ CH K T P H".split(" ")
_VOWELS = "A AE YA YAE EO E YEO YE O WA WAE OE YO U WO WE WI YU EU UI I".split()
_FINALS = " K K K N N N T L K M L L L P L M P P T T NG T T K T P T".split(" ")
_SURNAMES = {
    "김": "KIM", "이": "LEE", "박": "PARK", "최": "CHOI", "정": "JUNG", "강": "KANG", "조": "CHO",
    "윤": "YOON", "임": "LIM", "오": "OH", "신": "SHIN", "서": "SEO", "권": "KWON", "안": "AHN",
    "유": "YOO", "고": "KO", "문": "MOON", "우": "WOO", "노": "ROH", "허": "HUR", "심": "SHIM",
    "구": "KOO", "곽": "KWAK", "백": "PAIK", "주": "JOO", "전": "JEON", "성": "SUNG", "류": "RYU",
}  # fmt: skip
_AS_PEOPLE_DO = (("YEO", "YOU"), ("EO", "U"), ("UI", "EE"), ("EU", "U"))


def _hangul(word: str) -> tuple[str, ...]:
    """Revised Romanization, and what passports have: KIM, LEE, YOUNGHEE."""
    found = "".join(_syllable(letter) for letter in word)
    common = found
    for state, people in _AS_PEOPLE_DO:
        common = common.replace(state, people)
    return (found, _SURNAMES.get(word, common))


def _syllable(letter: str) -> str:
    at = ord(letter) - 0xAC00
    if not 0 <= at < 11172:
        return ""
    return _INITIALS[at // 588] + _VOWELS[at % 588 // 28] + _FINALS[at % 28]


_WRITERS: Mapping[str, Callable[[str], tuple[str, ...]]] = {
    "ARABIC": _arabic, "HEBREW": _hebrew, "HANGUL": _hangul,
}  # fmt: skip
