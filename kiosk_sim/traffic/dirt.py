"""What goes wrong with transmissions on their way: named kinds, each worked into the text of a message."""

import random
import re
from collections.abc import Callable
from enum import StrEnum

from app.formats.edifact import Syntax


class Dirt(StrEnum):
    """One thing wrong with a transmission."""

    WRONG_COUNT = "wrong-count"  # UNT counts other segments than there are
    NO_UNT = "missing-unt"
    NO_UNZ = "missing-unz"
    TRUNCATED = "truncated"
    CHARSET = "wrong-charset"  # a letter in Latin-1 where UNB promises A to Z
    WRONG_CARRIER = "wrong-carrier"  # a carrier that the sender does not speak for
    UNKNOWN_QUALIFIER = "unknown-qualifier"
    LOST_SEGMENT = "lost-segment"
    DUPLICATED = "duplicated"  # sent again, the same bytes
    LATE = "out-of-order"  # hours late, when later ones have long come
    LOST = "lost"  # never comes


KINDS = tuple(Dirt)
UNREADABLE = frozenset({Dirt.TRUNCATED, Dirt.WRONG_CARRIER, Dirt.LOST})
"""What may cost people: a reader cannot know what is not there, and refuses who may not speak."""

FOREIGN = "9Z"
"""A carrier for which no sender of the traffic speaks."""


def struck(chance: random.Random, share: float) -> Dirt | None:
    """What is wrong with the next transmission, if something is."""
    return chance.choice(KINDS) if share and chance.random() < share else None


def soil(text: str, dirt: Dirt, syntax: Syntax, chance: random.Random) -> str:
    """The interchange with that dirt in its text; as it was where the dirt is not of the text."""
    work = _WORKS.get(dirt)
    return work(text, syntax, chance) if work else text


def _wrong_count(text: str, syntax: Syntax, chance: random.Random) -> str:
    e = re.escape(syntax.element)
    more = chance.randrange(1, 9)
    return re.sub(
        rf"(UNT{e})(\d+)", lambda found: f"{found[1]}{int(found[2]) + more}", text, count=1
    )


def _no_unt(text: str, syntax: Syntax, chance: random.Random) -> str:
    del chance
    start = text.find(f"{syntax.terminator}UNT{syntax.element}") + 1
    end = text.find(syntax.terminator, start) + 1
    return text[:start] + text[end:]


def _no_unz(text: str, syntax: Syntax, chance: random.Random) -> str:
    del chance
    return text[: text.rfind(f"UNZ{syntax.element}")]


def _truncated(text: str, syntax: Syntax, chance: random.Random) -> str:
    """Cut somewhere in the second half, rarely between two segments."""
    del syntax
    return text[: round(len(text) * chance.uniform(0.5, 0.97))]


def _charset(text: str, syntax: Syntax, chance: random.Random) -> str:
    """One E of a name with its accent, in one byte."""
    e = re.escape(syntax.element)
    names = list(re.finditer(rf"(?:NAD{e}FL{e}{{3}}|TIF{e})[A-Z ]*?E", text))
    if not names:
        return text
    at = chance.choice(names).end() - 1
    return f"{text[:at]}É{text[at + 1 :]}"


def _wrong_carrier(text: str, syntax: Syntax, chance: random.Random) -> str:
    """The flight's number and carrier, where the message says which flight it is about."""
    del chance
    tag = "TDT" if f"{syntax.terminator}TDT{syntax.element}" in text else "TVL"
    return re.sub(
        rf"{re.escape(syntax.terminator)}{tag}[^{re.escape(syntax.terminator)}]*",
        lambda found: _other_carrier(found[0], syntax),
        text,
        count=0 if tag == "TDT" else 1,
    )


def _other_carrier(segment: str, syntax: Syntax) -> str:
    e = re.escape(syntax.element)
    return re.sub(rf"({e})(?=[A-Z0-9]{{2}}(?:\d*[A-Z]?)?(?:{e}|$))(?!20{e})([A-Z][A-Z0-9]|\d[A-Z])",
                  rf"\g<1>{FOREIGN}", segment)  # fmt: skip


def _unknown_qualifier(text: str, syntax: Syntax, chance: random.Random) -> str:
    """Segments and qualifiers that no guide knows, behind somebody's sex or before the end."""
    e, c, t = syntax.element, syntax.component, syntax.terminator
    found = list(re.finditer(rf"ATT{re.escape(e)}2[^{re.escape(t)}]*{re.escape(t)}", text))
    at = chance.choice(found).end() if found else text.rfind(f"UNT{e}")
    odd = f"RFF{e}ZQX{c}1{t}LOC{e}999{e}XXX{t}XYZ{e}1{c}2{t}" if found else f"XYZ{e}1{c}2{t}"
    return text[:at] + odd + text[at:]


_MAY_GO = "ATT|NAT|MEA|GEI|COM|DOC|LOC.178|LOC.179|RFF.SEA|SSR|TKT|MON|FOP|RPI|ADD|IFT|APD|SSD|TBD"


def _lost_segment(text: str, syntax: Syntax, chance: random.Random) -> str:
    """A segment of somebody is not there; never one that begins a person, a booking or a flight."""
    t = re.escape(syntax.terminator)
    found = list(re.finditer(rf"(?<={t})(?:{_MAY_GO})[^{t}]*{t}", text))
    if not found:
        return text
    gone = chance.choice(found)
    return text[: gone.start()] + text[gone.end() :]


_WORKS: dict[Dirt, Callable[[str, Syntax, random.Random], str]] = {
    Dirt.WRONG_COUNT: _wrong_count,
    Dirt.NO_UNT: _no_unt,
    Dirt.NO_UNZ: _no_unz,
    Dirt.TRUNCATED: _truncated,
    Dirt.CHARSET: _charset,
    Dirt.WRONG_CARRIER: _wrong_carrier,
    Dirt.UNKNOWN_QUALIFIER: _unknown_qualifier,
    Dirt.LOST_SEGMENT: _lost_segment,
}
OF_SEGMENTS = frozenset(_WORKS) - {Dirt.TRUNCATED}
"""What can be wrong with segments alone, not with XML."""
