"""What must not be kept of a transmission: remarks on faith and health, card numbers.

Bookings carry meal and medical requests and payment cards; the remarks of passenger lists may. The reader
leaves them out of everything it gives; here they are taken out of the transmission itself before it is kept
for later, out of what cannot be read as well. Answers have no such fields and stay as they came.
"""

from collections.abc import Iterator

from app.formats.edifact import EdifactError, Syntax, interchanges
from app.formats.edifact_find import as_eight_bit, is_released
from app.formats.pnrgov.privacy import SENSITIVE_SSR, mask_cards, sensitive, tells_sensitive
from app.kernel.crypto import Vault

_WITH_CARDS = frozenset({"FOP", "FTX", "IFT", "LTS", "SSR"})
_WITH_REMARKS = frozenset({"FTX", "IFT", "LTS"})  # FTX: of the persons of a PAXLST
_ANSWERS = frozenset({"ACKRES", "CONTRL", "CUSRES"})  # of all others, named or not, nothing is sure
_PADDING = " \t\x01\x02\x03\x0b\x0c"  # what the reader takes off the ends of segments
_NEVER_DATA = str.maketrans("", "", "\x00\r\n")


def card_fingerprint(vault: Vault, card: str) -> str:
    """32 hexadecimal digits by which the same card is found again."""
    return vault.pseudonym("card", card).hex()


def scrub(data: bytes, deny: frozenset[str] = SENSITIVE_SSR) -> bytes:
    """The transmission without denied requests and with card numbers masked."""
    data = as_eight_bit(data)
    kept, at = [], 0
    try:
        for found in interchanges(data):
            kept.append(_unread(data[at : found.start], deny))
            at = found.end
            raw = data[found.start : at]
            answer = found.messages and all(one.type in _ANSWERS for one in found.messages)
            kept.append(raw if answer else _interchange(raw, found.syntax, deny))
    except EdifactError:  # what cannot be read any further may carry bookings all the same
        pass
    return b"".join([*kept, _unread(data[at:], deny)])


def _unread(raw: bytes, deny: frozenset[str]) -> bytes:
    text = "".join(_segments(raw.decode("latin-1"), Syntax(), deny))
    return mask_cards(text).encode("latin-1")


def _interchange(raw: bytes, syntax: Syntax, deny: frozenset[str]) -> bytes:
    text = raw.decode("latin-1")  # one character per byte, whatever the encoding
    return "".join(_segments(text, syntax, deny)).encode("latin-1")


def _segments(text: str, syntax: Syntax, deny: frozenset[str]) -> Iterator[str]:
    for whole in _split(text, syntax):
        segment = whole.translate(_NEVER_DATA).strip(_PADDING)
        tag = segment[:9].replace(syntax.release, "")[:3].upper()
        if tag not in _WITH_CARDS:
            yield whole
        elif not _denied(tag, segment.replace(syntax.release, ""), syntax, deny):
            yield mask_cards(segment)


def _split(text: str, syntax: Syntax) -> Iterator[str]:
    """Segments with their terminators; a released terminator ends nothing."""
    start = at = 0
    while (at := text.find(syntax.terminator, at)) >= 0:
        at += 1
        if not is_released(text, at - 1, syntax.release):
            yield text[start:at]
            start = at
    yield text[start:]


def _denied(tag: str, segment: str, syntax: Syntax, deny: frozenset[str]) -> bool:
    if tag == "SSR":
        rest = segment[3:].lstrip(" ").removeprefix(syntax.element)
        code = rest.partition(syntax.element)[0].partition(syntax.component)[0]
        return sensitive(code.strip(" ").upper(), deny) or tells_sensitive(rest, deny)
    return tag in _WITH_REMARKS and tells_sensitive(segment, deny)
