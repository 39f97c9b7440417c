"""Around an interchange: the telegram of a Type-B network, other separators, several in one transmission."""

from datetime import datetime

from app.formats.edifact import Syntax

_STX, _ETX = "\x02", "\x03"


def telegram(text: str, columns: int, origin: str, at: datetime) -> str:
    """As SITA and ARINC carry it: addresses, origin, lines of at most ``columns``, broken anywhere."""
    lines = (text[start : start + columns] for start in range(0, len(text), columns))
    head = f"QU GOVEGXS\r\n.{origin:X<7.7} {at:%d%H%M}\r\n{_STX}"
    return head + "\r\n".join(lines) + f"\r\n{_ETX}"


def together(texts: list[str]) -> str:
    """Several interchanges in one transmission, each on lines of its own."""
    return "\r\n".join(texts)


def grouped(text: str, kind: str, sender: str, recipient: str, at: datetime, syntax: Syntax) -> str:
    """The interchange of one message with that message in a group: UNG behind UNB, UNE before UNZ."""
    c, e, t = syntax.component, syntax.element, syntax.terminator
    head = text.index(t, text.index(f"UNB{e}")) + len(t)
    tail = text.rindex(f"UNZ{e}")
    moment = f"{at:%y%m%d}{c}{at:%H%M}"
    opening = e.join(("UNG", kind, sender, recipient, moment, "1", "UN", f"D{c}02B")) + t
    return f"{text[:head]}{opening}{text[head:tail]}UNE{e}1{e}1{t}{text[tail:]}"
