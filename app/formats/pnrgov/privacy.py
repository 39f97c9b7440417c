"""What must not leave the reader: card numbers, and remarks that tell of faith or health.

Sensitive service requests are dropped and only counted (ICAO Doc 9944 2.9, Directive (EU) 2016/681
article 13); the list is a parameter so that a state can shorten or lengthen it.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

_HEALTH = (
    "BLND", "BLSC", "CPAP", "DEAF", "DPNA", "DUMB", "EPAX", "ESAN", "LEGB", "LEGL", "LEGR", "MAAS",
    "MEDA", "MEDL", "OXYG", "POC", "PPOC", "STCR", "SVAN", "WCBD", "WCBW", "WCHC", "WCHR", "WCHS",
    "WCLB", "WCMP", "WCOB", "WEAP",
)  # fmt: skip
SENSITIVE_SSR = frozenset((*_HEALTH, "*ML"))
"""Four-letter codes; `*ML` stands for every code that ends so, which are the meals (AVML, KSML ...)."""

DROPPED = "~"
"""What stands in a transmission where a denied segment stood: `SSR+~`. It is outside of the character
sets of airline messages, and keeps the positions, the counts and what is counted as dropped.
"""

_PLAIN_WORDS = frozenset(
    [
        "MEAL",
        "MEALS",
        "KOSHER",
        "HALAL",
        "MUSLIM",
        "HINDU",
        "WHEELCHAIR",
        "WCHAIR",
        "DIABETIC",
        "PREGNANT",
    ]
)
_CUT_WORDS = frozenset(
    [b"WHEELCHAIR", b"DIABETIC", b"PREGNANT"]
)  # no two other words or names make one of these
_PIECES = frozenset(
    piece for word in _CUT_WORDS for at in range(4, len(word)) for piece in (word[:at], word[-at:])
)
_WORD = re.compile(r"[A-Z]+")
# The same for ASCII in a fifth of the time, as bytes: what is no letter becomes a blank.
_LETTERS = bytes(ord(chr(n).upper()) if n < 128 and chr(n).isalpha() else 32 for n in range(256))


def deny_list(changes: str) -> frozenset[str]:
    """The default list with changes: `+PETC -WCHR -*ML`, separated by blanks or commas. A code that
    is taken out stays out where `*ML` would take it. Raises ValueError.
    """
    found = set(SENSITIVE_SSR)
    for change in changes.replace(",", " ").split():
        sign, code = change[0], change[1:].upper()
        if sign not in "+-" or not _DENIABLE.fullmatch(code):
            raise ValueError("changes of the list are written +CODE and -CODE")
        found = found - {f"-{code}"} | {code} if sign == "+" else found - {code} | {f"-{code}"}
    return frozenset(found)


_DENIABLE = re.compile(r"[A-Z0-9]{2,4}|\*[A-Z]{2}")


def sensitive(code: str, deny: frozenset[str]) -> bool:
    return code in deny or (len(code) == 4 and f"*{code[-2:]}" in deny and f"-{code}" not in deny)


def tells_sensitive(text: str, deny: frozenset[str]) -> bool:
    """Whether a remark names a denied code as a word of its own or behind SSR, or spells one out."""
    if text == DROPPED:
        return True
    if text.isascii():
        letters = text.encode().translate(_LETTERS)
    else:
        letters = " ".join(_WORD.findall(text.upper())).encode()
    words = letters.split()
    told = _words(deny)
    if not told.isdisjoint(words) and (told.intersection(words) != _WHEEL or b"CHAIR" in words):
        return True
    if b"SSR" in letters and _tells_request(words, deny):
        return True
    if not _PIECES.isdisjoint(words) and _tells_cut(words):
        return True
    # looked at closely only where a long word begins as a code does, or holds what few codes share
    if b"WC" in letters or b"ML" in letters:
        return _tells_glued(text, deny)
    heads = {word[:4] for word in words if len(word) > 4}
    return not _heads(deny).isdisjoint(heads) and _tells_glued(text, deny)


def _tells_cut(words: list[bytes]) -> bool:
    """A long word that two elements share: `WHE+ELCHAIR`."""
    return any(one + two in _CUT_WORDS for one, two in pairwise(words))


def _tells_glued(text: str, deny: frozenset[str]) -> bool:
    """`WCHRHK1`, `AVMLZZNN1`, `OSIWCHR`: a code written together with carrier, status, quantity or what
    stands before it.
    """
    return any(
        found["rare"] or sensitive(found["code"], deny)
        for found in _glued(deny).finditer(text.upper())
    )


@lru_cache(maxsize=16)
def _glued(deny: frozenset[str]) -> re.Pattern[str]:
    """Codes that no word or name has inside of it, anywhere in a word or, of meals, at its beginning; the
    others only where a status follows, behind a carrier or at once: HAMLET and LEGRAND are none. Words of
    more than 16 letters are no requests but the marks of cards.
    """
    told = [code for code in _RARE if sensitive(code, deny)]
    inside = "|".join(code for code in told if code[2:] != "ML") or "(?!)"
    first = "|".join(code for code in told if code[2:] == "ML") or "(?!)"
    plain = "|".join(sorted(code for code in deny if code.isalpha()))
    common = f"{plain}|[A-Z]{{2}}ML" if plain else "[A-Z]{2}ML"
    return re.compile(
        rf"(?<![A-Z])(?:(?=[A-Z]{{4,16}}(?![A-Z]))"
        rf"(?P<rare>[A-Z]{{0,12}}?(?:{inside})|(?:{_STANDS_BEFORE})?(?:{first}))"
        rf"|(?:{_STANDS_BEFORE})?(?P<code>{common})(?:[A-Z0-9]{{2,3}})??"
        rf"(?:(?:{_STATUS})(?![A-Z])|[A-Z]{{2}}(?=[0-9])))"
    )


@lru_cache(maxsize=16)
def _heads(deny: frozenset[str]) -> frozenset[bytes]:
    """How long words begin that may be a code and more."""
    starts = (f"{start}{code}"[:4] for code in deny if code.isalpha() for start in _BEFORE)
    longer = (f"{code}{letter}" for code in deny if len(code) == 3 for letter in _A_TO_Z)
    return frozenset(head.encode() for head in (*starts, *longer))


_BEFORE = ("", "O", "SSR", "OSSR", "SR", "OS", "OSI", "PAX", "HK", "NN")
_STANDS_BEFORE = "O?SSR|SR|O(?:SI?)?|PAX|HK|NN"
_STATUS = "HK|HL|HN|HS|HX|KK|KL|KN|NN|RR|TK|TL|UC|UU|XX|PN|LK|GK|DK|PK"
_RARE = (
    *("BLND", "BLSC", "CPAP", "DPNA", "OXYG", "PPOC"),
    *("WCBD", "WCBW", "WCHC", "WCHR", "WCHS", "WCLB", "WCMP", "WCOB"),
    *("AVML", "BBML", "BLML", "CHML", "CNML", "DBML", "FPML", "GFML", "HFML", "HNML", "IVML", "JPML"),
    *("KSML", "LCML", "LFML", "LSML", "MOML", "NLML", "NSML", "ORML", "PFML", "PRML", "RVML", "SFML"),
    *("SPML", "VGML", "VJML", "VLML", "VOML"),
)  # fmt: skip


def _tells_request(words: list[bytes], deny: frozenset[str]) -> bool:
    """`SSR AVMLZZNN1`, `SSRAVMLZZNN1`, both together, and, cut in two, `SSR AV ML`."""
    for before, word, behind in zip([b"", *words], words, [*words[1:], b""], strict=False):
        at = word.find(b"SSR") + 3
        if at > 2 and len(word) > at + 2:  # also behind the SSR of `FTX+SSR+++SSRWCHR`
            code = word[at:]
        elif before.endswith(b"SSR"):
            code = word if len(word) > 3 else word + behind
        else:
            continue
        if sensitive(code[:4].decode(), deny):
            return True
    return False


# A word with what is written on to it, over the ends of lines in which it was wrapped.
_WORD_RUN = re.compile(r"[A-Za-z](?:[\r\n\x00]*[A-Za-z0-9])*")
_WRAPS = re.compile(r"[\r\n\x00]+")


def without_words(text: str, deny: frozenset[str]) -> str:
    """Text of which nothing is known, each word that tells by itself as `DROPPED`."""
    before = ""

    def judged(found: re.Match[str]) -> str:
        nonlocal before
        lines = _WRAPS.split(found[0].upper())
        whole = "".join(lines)
        before, last = whole, f"{before} " if before.endswith("SSR") else ""
        if any(tells_sensitive(last + one, deny) for one in {whole, *lines}):
            return DROPPED
        return found[0]

    return _WORD_RUN.sub(judged, text)


@lru_cache(maxsize=16)
def _words(deny: frozenset[str]) -> frozenset[bytes]:
    """The words that tell by themselves; `*ML` as all that it stands for."""
    endings = [code[1:] for code in deny if code.startswith("*")]
    codes = (f"{one}{two}{last}" for last in endings for one in _A_TO_Z for two in _A_TO_Z)
    told = deny.union(_PLAIN_WORDS, (code for code in codes if sensitive(code, deny)))
    return frozenset(word.encode() for word in told) | _WHEEL


_WHEEL = frozenset([b"WHEEL"])  # beside CHAIR alone
_A_TO_Z = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


# A run of 12 to 19 digits, perhaps written in groups. Possessive by hand: each digit is looked at once.
_DIGIT_RUN = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){11,}")
# Whether there is such a run at all, for ASCII in a fraction of the time: digits become 0, all else a
# blank, but for what may stand between them, which goes.
_DIGITS = bytes(ord("0") if chr(n) in "0123456789" else 32 for n in range(256))
_TWELVE = b"0" * 12
# The groups in which cards show their numbers, whatever stands between; each digit starts one try.
_GROUPS = re.compile(
    r"(?<![0-9])(?:[0-9]{4}(?:[ .:/-]{1,2}[0-9]{4}){3}|[0-9]{8}[ .:/-]{1,2}[0-9]{8}"
    r"|[0-9]{4}[ .:/-]{1,2}[0-9]{6}[ .:/-]{1,2}[0-9]{4,5})(?![0-9])"
)
_LONG_RUN = re.compile(r"(?<![0-9])[0-9]{15,19}(?![0-9])")
# What payment remarks write in front: CC or FP and the two letters of the card's brand.
_CARD_BEFORE = re.compile(r"(?:CC|FP|CARD|/)[ /]?(?:AX|CA|DC|DS|JC|MC|TP|UP|VI|CB|DI)[ /]?\Z")
_PAID_BEFORE = re.compile(r"(?<![A-Z])(?:CC|FP|CARD)(?:[ .:/-]{0,2}N[RO])?[ .:/-]{0,2}\Z")

# Digits of the shortest run that is taken for a card by its issuer and Luhn's digit alone.
ANYWHERE = 14
PAYMENTS = 13  # a ticket or a telephone number elsewhere
NUMBERS = 15  # fields of tickets, which have 13 or 14 with their check digit, and of telephones


def mask_cards(text: str, fewest: int = ANYWHERE) -> str:
    """Free text with the middle of every card number replaced by X; tickets and telephones stay."""
    text = mask_numbers(text, fewest)
    return _TOKEN.sub(r"\1", text) if "XXXXXX" in text else text


def mask_numbers(text: str, fewest: int = ANYWHERE) -> str:
    """The same but for the fingerprints that stand behind numbers in a transmission that is kept. `fewest`
    digits make a card (`ANYWHERE`, `PAYMENTS`, `NUMBERS`); 13 do wherever CC, FP or CARD is in front of them.
    """
    if len(text) < 12 or (
        text.isascii() and _TWELVE not in text.encode().translate(_DIGITS, b" -./:")
    ):
        return text
    return _GROUPS.sub(_mask_groups, _DIGIT_RUN.sub(lambda run: _mask_run(run, fewest), text))


def mask_long(text: str) -> str:
    """Fields of numbers: complete cards alone, of 15 digits and more. Tickets have 13 or 14."""
    if text.isascii() and not may_hold_long(text.encode()):
        return text
    return _GROUPS.sub(_mask_groups, _LONG_RUN.sub(_mask_groups, text))


def may_hold_long(raw: bytes) -> bool:
    """Whether `mask_long` could find anything, in a fraction of its time."""
    return b"0" * 14 in raw.translate(_DIGITS, b" -./:")


def _mask_groups(found: re.Match[str]) -> str:
    """The middle of a card number; what stands between its digits stays, which may be separators."""
    digits = "".join(c for c in found[0] if c.isdigit())
    if not is_card(digits):
        return found[0]
    seen, masked = 0, []
    for char in found[0]:
        seen += char.isdigit()
        masked.append("X" if char.isdigit() and 2 < seen <= len(digits) - 4 else char)
    return "".join(masked)


def _mask_run(found: re.Match[str], fewest: int) -> str:
    run = found[0]
    digits = "".join(c for c in run if c.isdigit())
    before = found.string[max(0, found.start() - 9) : found.start()].upper()
    if _PAID_BEFORE.search(before):
        fewest = PAYMENTS
    if not _CARD_BEFORE.search(before) and not _holds_card(digits, fewest):
        return run
    return f"{digits[:2]}{'X' * (len(digits) - 6)}{digits[-4:]}"


def _holds_card(digits: str, fewest: int) -> bool:
    """Whether some stretch of it could be a card number: expiry dates are often glued behind."""
    if len(digits) > 40:
        return True
    return any(
        is_card(digits[start : start + size])
        for size in (13, 14, 15, 16, 19)
        if size >= fewest
        for start in range(len(digits) - size + 1)
    )


def is_card(digits: str) -> bool:
    """Issuer ranges and Luhn's digit. Thirteen digits are cards only from 4, and may be a ticket or a
    telephone number even so.
    """
    if not (13 <= len(digits) <= 19 and digits.isascii() and digits.isdigit()):
        return False
    if digits[0] not in "23456" or (len(digits) == 13 and digits[0] != "4"):
        return False
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) << (index & 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_MARK_LETTERS = str.maketrans("0123456789abcdef", "ABCDEFGHIJKLMNOP")
_MARK_DIGITS = str.maketrans("ABCDEFGHIJKLMNOP", "0123456789abcdef")
# `41XXXXXXXXXX1111.ABCDEFGHIJKLMNOPABCDEFGHIJKLMNOP`: what a card number is kept as.
_TOKEN = re.compile(r"([0-9]{2}X{6,13}([0-9]{4}))\.([A-P]{32})(?![A-P])")


def seal_card(account: str, fingerprint: Callable[[str], str] | None) -> tuple[str, str]:
    """Last four digits and, for a complete number, its fingerprint by the function given.
    A token of `card_token` says both itself.
    """
    compact = account.replace(" ", "").replace("-", "")
    if len(compact) > 40 and (token := _TOKEN.fullmatch(compact)):
        return token[2], token[3].translate(_MARK_DIGITS)
    if not (compact.isascii() and 8 <= len(compact) <= 25 and compact[-4:].isdigit()):
        return "", ""
    last_four = compact[-4:]
    complete = 12 <= len(compact) <= 19 and compact.isdigit()
    return last_four, fingerprint(compact) if fingerprint and complete else ""


def card_token(account: str, fingerprint: Callable[[str], str]) -> str:
    """What stands in for a card number in a transmission that is kept: a reader finds in it what it
    would have made of the number. `fingerprint` gives 32 hexadecimal digits; letters carry them, so
    that no stretch of them looks like a card number again. '' when this is no complete number.
    """
    if _TOKEN.fullmatch(account):
        return account
    last_four, mark = seal_card(account, fingerprint)
    if len(mark) != 32:
        return ""
    digits = "".join(c for c in account if c.isdigit())
    masked = f"{digits[:2]}{'X' * (len(digits) - 6)}{last_four}"
    return f"{masked}.{mark.translate(_MARK_LETTERS)}"
