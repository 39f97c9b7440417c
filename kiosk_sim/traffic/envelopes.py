"""Around an interchange: the telegram of a Type-B network, other separators, several in one transmission."""

from datetime import datetime

_STX, _ETX = "\x02", "\x03"


def telegram(text: str, columns: int, origin: str, at: datetime) -> str:
    """As SITA and ARINC carry it: addresses, origin, lines of at most ``columns``, broken anywhere."""
    lines = (text[start : start + columns] for start in range(0, len(text), columns))
    head = f"QU GOVEGXS\r\n.{origin:X<7.7} {at:%d%H%M}\r\n{_STX}"
    return head + "\r\n".join(lines) + f"\r\n{_ETX}"


def together(texts: list[str]) -> str:
    """Several interchanges in one transmission, each on lines of its own."""
    return "\r\n".join(texts)
