"""What must not be kept of a transmission: remarks on faith and health, card numbers.

Bookings carry meal and medical requests and payment cards. The reader leaves them out of everything it
gives; here they are taken out of the transmission itself before it is kept for later. Other messages have
no such fields and stay as they came.
"""

from collections.abc import Iterator

from app.formats.edifact import EdifactError, Syntax, interchanges
from app.formats.pnrgov.privacy import SENSITIVE_SSR, mask_cards, sensitive, tells_sensitive

_WITH_CARDS = frozenset({"FOP", "IFT", "LTS", "SSR"})
_WITH_REMARKS = frozenset({"IFT", "LTS"})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def scrub(data: bytes, deny: frozenset[str] = SENSITIVE_SSR) -> bytes:
    """The transmission without denied requests and with card numbers masked."""
    if data[:2] in _UTF16:
        data = data.decode("utf-16", "replace").encode()
    kept, at = [], 0
    try:
        for found in interchanges(data):
            kept.append(data[at : found.start])
            at = found.end
            raw = data[found.start : at]
            is_push = any(message.type == "PNRGOV" for message in found.messages)
            kept.append(_interchange(raw, found.syntax, deny) if is_push else raw)
    except EdifactError:  # what cannot be read any further may carry bookings all the same
        return b"".join(kept) + _unread(data[at:], deny)
    return b"".join([*kept, data[at:]])


def _unread(raw: bytes, deny: frozenset[str]) -> bytes:
    text = "".join(_segments(raw.decode("latin-1"), Syntax(), deny))
    return mask_cards(text).encode("latin-1")


def _interchange(raw: bytes, syntax: Syntax, deny: frozenset[str]) -> bytes:
    text = raw.decode("latin-1")  # one character per byte, whatever the encoding
    return "".join(_segments(text, syntax, deny)).encode("latin-1")


def _segments(text: str, syntax: Syntax, deny: frozenset[str]) -> Iterator[str]:
    for whole in _split(text, syntax):
        segment = "".join(c for c in whole if c not in "\r\n").strip(" \t")
        tag = segment[:3].upper()
        if tag not in _WITH_CARDS:
            yield whole
        elif not _denied(tag, segment, syntax, deny):
            yield mask_cards(segment)


def _split(text: str, syntax: Syntax) -> Iterator[str]:
    """Segments with their terminators; a released terminator ends nothing."""
    start = at = 0
    while (at := text.find(syntax.terminator, at)) >= 0:
        at += 1
        if not _released(text, at - 1, syntax.release):
            yield text[start:at]
            start = at
    yield text[start:]


def _released(text: str, at: int, release: str) -> bool:
    """Whether an odd number of release characters stands before ``at``."""
    first = at
    while release.strip() and first and text[first - 1] == release:
        first -= 1
    return (at - first) % 2 == 1


def _denied(tag: str, segment: str, syntax: Syntax, deny: frozenset[str]) -> bool:
    if tag == "SSR":
        rest = segment[3:].lstrip(" ").removeprefix(syntax.element)
        code = rest.partition(syntax.element)[0].partition(syntax.component)[0]
        return sensitive(code.strip(" ").upper(), deny) or tells_sensitive(rest, deny)
    return tag in _WITH_REMARKS and tells_sensitive(segment, deny)
