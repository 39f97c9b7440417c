"""What must not be stored of a transmission: remarks on faith and health, card numbers.

Bookings carry meal and medical requests and payment cards; the remarks of passenger lists may. The reader
leaves them out of everything it gives; here they are taken out of the transmission itself before it is
stored, out of answers and of what cannot be read as well: what a message is called proves nothing.

A denied segment leaves its place behind (``SSR+~``) and a card number its last four digits and fingerprint
(:func:`~app.formats.pnrgov.privacy.card_token`), so that reading what is kept gives what reading the
original would have given: the same positions, counts and payments.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.formats.edifact import EdifactError, Syntax
from app.formats.edifact_find import as_eight_bit, find, is_released
from app.formats.pnrgov.later import CARD_LINE
from app.formats.pnrgov.privacy import (
    ANYWHERE,
    DROPPED,
    NUMBERS,
    PAYMENTS,
    SENSITIVE_SSR,
    card_token,
    mask_long,
    mask_numbers,
    may_hold_long,
    sensitive,
    tells_sensitive,
    without_words,
)
from app.formats.pnrgov.ssr import GRAMMARS, shortest_card, tells
from app.formats.stretches import Kind, Stretch, stretches
from app.kernel.crypto import Vault
from app.messages.mapping import prepared
from app.messages.rules import CHARSETS, NO_RULES, Rules
from app.messages.scrub_xml import scrub_xml

_WATCHED = frozenset({"ADD", "FOP", "FTX", "IFT", "LTS", "SSR"})
_NAMES = frozenset({"NAD", "TIF"})
# Segments whose fields are names, places, codes and numbers; all others may hold remarks.
_FIELDS = _NAMES | frozenset(
    [
        "UNB",
        "UNG",
        "UNH",
        "UNS",
        "UNT",
        "UNE",
        "UNZ",
        "UCI",
        "UCM",
        "UCS",
        "UCD",
        "BGM",
        "RFF",
        "CTA",
        "COM",
        "TDT",
        "DTM",
        "LOC",
        "GEI",
        "ATT",
        "MEA",
        "NAT",
        "DOC",
        "CPI",
        "QTY",
        "EMP",
        "CNT",
        "ERP",
        "ERC",
        "MSG",
        "ORG",
        "TVL",
        "EQN",
        "SRC",
        "RCI",
        "FTI",
        "REF",
        "FAR",
        "TKT",
        "MON",
        "TXD",
        "PTK",
        "RPI",
        "APD",
        "TRA",
        "TRI",
        "SSD",
        "TBD",
        "EBD",
        "ABI",
        "SAC",
    ]
)
_REMARK_TAG = re.compile(r"[A-Z0-9]{3}\Z")
_LONGEST_REMARK = 700
_ROLES = frozenset({"FL", "FM", "DDU", "DDT"})  # of a NAD whose tag is damaged
# Fields that are numbers by themselves, or names and times of the interchange.
_NUMBERS = frozenset(
    ["BGM", "DAT", "DOC", "DTM", "RCI", "RFF", "TVL"] + ["UN" + letter for letter in "BEGHTZ"]
)
_PADDING = " \t\x01\x02\x03\x0b\x0c"  # what the reader takes off the ends of segments
_NEVER_DATA = str.maketrans("", "", "\x00\r\n")
_STAND_INS = re.compile(
    "\xee\x80[\x80-\x84]"
)  # U+E000 to U+E004 in UTF-8, which the reader takes away

Fingerprint = Callable[[str], str]


def card_fingerprint(vault: Vault, card: str) -> str:
    """32 hexadecimal digits by which the same card is found again."""
    return vault.pseudonym("card", card).hex()


def scrub(
    data: bytes,
    deny: frozenset[str] = SENSITIVE_SSR,
    fingerprint: Fingerprint | None = None,
    rules: Rules = NO_RULES,
) -> bytes:
    """The transmission without denied requests and with card numbers masked, those of payments as
    tokens where there is a ``fingerprint`` (32 hexadecimal digits). Linear. Again it changes nothing, but that in
    XML which is damaged among its payments a masked number may lose the digits that were left.

    ``rules`` are its sender's mapping: what they make of it is cleaned, and then what it is without them,
    so that neither a new mapping nor one that is taken back shows anything.
    """
    meant = _Means(deny, fingerprint, rules)
    if rules.separators or rules.qualifiers:
        data = _scrub(data, meant)
    data = _scrub(data, _Means(deny, fingerprint))
    return _as_decoded(data, meant) if rules.charset else data


@dataclass(frozen=True, slots=True)
class _Means:
    """By what a transmission is cleaned."""

    deny: frozenset[str]
    fingerprint: Fingerprint | None
    rules: Rules = NO_RULES

    def denies(self, request: str) -> bool:
        """Whether a service code, or what the mapping makes of it, is on the list."""
        meant = (q.meant for q in self.rules.qualifiers if (q.tag, q.sent) == ("SSR", request))
        return any(sensitive(code, self.deny) for code in (request, *meant))


def _as_decoded(data: bytes, means: _Means) -> bytes:
    """Where only the forced character set shows what is denied, its text is cleaned and written back."""
    meant = prepared(data, Rules(charset=means.rules.charset))
    clean = meant if meant == data else _scrub(meant, means)
    return (
        data if clean == meant else clean.decode().encode(CHARSETS[means.rules.charset], "ignore")
    )


def _scrub(data: bytes, means: _Means) -> bytes:
    return b"".join([_cleaned(part, means) for part in stretches(data)])


def _cleaned(part: Stretch, means: _Means) -> bytes:
    if part.kind is Kind.EDIFACT:
        return _interchanges(as_eight_bit(part.data), means)
    if part.kind is Kind.ENVELOPE:  # of what holds messages nothing else stays
        return b"<Envelope>%b</Envelope>" % b"".join(
            b"<Body>%b</Body>" % _escaped(_scrub(text, means)) for text in part.texts
        )
    clean = scrub_xml(part.data, means.deny, means.fingerprint)
    return clean if part.kind is Kind.DOCUMENT else _unread(clean, means)


def _escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _interchanges(data: bytes, means: _Means) -> bytes:
    kept, at = [], 0
    try:
        for found in find(data, means.rules.separators):
            kept.append(_unread(data[at : found.start], means))
            at = found.end
            kept.append(_Scrubber(found.syntax, means).scrub(data[found.start : at]))
    except EdifactError:  # what cannot be read any further may carry bookings all the same
        pass
    return b"".join([*kept, _unread(data[at:], means)])


def _unread(raw: bytes, means: _Means) -> bytes:
    """What cannot be read may have any separators: no word and no number of those stays."""
    if not raw:
        return raw
    text = _Scrubber(Syntax(), means).scrub(raw).decode("latin-1")
    return without_words(mask_numbers(text), means.deny).encode("latin-1")


@dataclass(slots=True)
class _Scrubber:
    """Of one interchange. ``has_long``: some field may be the number of a card; ``names``: the segment before
    tells the name of somebody, of which an apostrophe may have cut a piece.
    """

    syntax: Syntax
    means: _Means
    has_long: bool = False
    names: bool = False

    def scrub(self, raw: bytes) -> bytes:
        self.has_long = may_hold_long(raw)
        text = raw.decode("latin-1")  # one character per byte, whatever the encoding
        *pieces, rest = map(
            self._piece, _split(text, self.syntax)
        )  # the rest has no end, so no tag is sure
        rest = mask_numbers(rest)
        if rest[:3] not in _FIELDS:
            rest = without_words(rest, self.means.deny)
        return "".join([*pieces, rest]).encode("latin-1")

    def _piece(self, whole: str) -> str:
        """A segment with its terminator as it may be stored. Most are known by their first letters."""
        tag = whole[:3]
        if tag in _FIELDS and whole[3:4] == self.syntax.element:
            self.names = tag in _NAMES
            return mask_long(whole) if self.has_long and tag not in _NUMBERS else whole
        body = whole.removesuffix(self.syntax.terminator)  # which may be a character of the padding
        end = whole[len(body) :]
        body = _STAND_INS.sub("", body.translate(_NEVER_DATA)).strip(_PADDING)
        segment = _plain(body, self.syntax.release) + end
        tag = segment[:9].replace(self.syntax.release, "")[:3].upper()
        if tag not in _WATCHED:
            return self._other(whole, segment)
        self.names = False
        plain = segment.replace(self.syntax.release, "")
        if self._denied(tag, plain) or (tag != "ADD" and self._is_told_in_lines(tag, whole)):
            return self._place(tag)
        cleaned = self._cards(tag, self._words(tag, segment))
        return whole if cleaned == segment else cleaned

    def _is_told_in_lines(self, tag: str, whole: str) -> bool:
        """Whether a remark tells where the ends of the lines in which it was wrapped stand for blanks."""
        lines = whole.strip(f"{_PADDING}\r\n\x00").splitlines()
        return len(lines) > 1 and self._denied(tag, " ".join(lines))

    def _other(self, whole: str, segment: str) -> str:
        """A segment of another tag: known ones that are written oddly stay, remarks of whatever name go."""
        element, deny = self.syntax.element, self.means.deny
        tag, _, rest = segment.replace(self.syntax.release, "").partition(element)
        tag, is_piece = tag.strip().upper(), self.names
        self.names = (
            tag in _NAMES or (is_piece and not rest) or rest.partition(element)[0] in _ROLES
        )
        whole = mask_long(whole) if self.has_long and tag not in _NUMBERS else whole
        if self.names or tag in _FIELDS or not tells_sensitive(segment, deny):
            return whole
        if not _REMARK_TAG.match(tag) or tag == "DAT" or len(segment) > _LONGEST_REMARK:
            # dates are read, and what is no segment may be all that wrong separators hide
            return without_words(mask_long(segment), deny)
        return self._place(tag)

    def _place(self, tag: str) -> str:
        """Where a denied segment stood; nothing marks it where the mark separates."""
        element, terminator = self.syntax.element, self.syntax.terminator
        mark = "" if DROPPED in (element, terminator, self.syntax.component) else DROPPED
        if tag == "FTX":  # where its text stands
            return f"{tag}{element}{mark}{element * 3}{mark}{terminator}"
        return f"{tag}{element}{mark}{terminator}"

    def _denied(self, tag: str, segment: str) -> bool:
        if tag in ("ADD", "FOP"):
            return False
        rest = segment[3:].removesuffix(self.syntax.terminator).lstrip(" ")
        rest = rest.removeprefix(self.syntax.element)
        if tag != "SSR":
            return tells_sensitive(rest, self.means.deny)
        sent = rest.partition(self.syntax.element)[0]
        code = sent.partition(self.syntax.component)[0].strip(" ").upper()
        if self.means.denies(code):
            return True
        if code not in GRAMMARS:
            return tells_sensitive(rest, self.means.deny)
        parts = sent.split(self.syntax.component, 8)
        return len(parts) > 8 and tells(code, parts[8], self.means.deny)

    def _words(self, tag: str, segment: str) -> str:
        """Where only words of a segment may tell: in the remarks of ADD behind the address (its eighth
        component on; a mail address is none), and in what stands behind the first element of an SSR.
        """
        if tag not in ("ADD", "SSR") or not tells_sensitive(segment[3:], self.means.deny):
            return segment
        first = 7 if tag == "ADD" else 0
        elements = segment.split(self.syntax.element)
        for at, element in enumerate(elements[2:], 2):
            parts = element.split(self.syntax.component)
            parts[first:] = [
                part if "@" in part or "//" in part else without_words(part, self.means.deny)
                for part in parts[first:]
            ]
            elements[at] = self.syntax.component.join(parts)
        return self.syntax.element.join(elements)

    def _cards(self, tag: str, segment: str) -> str:
        mark = self.means.fingerprint
        if mark and tag == "FOP":
            segment = self._payment(segment, mark)
        elif mark and tag == "LTS" and "FP" in segment:
            segment = CARD_LINE.sub(lambda found: _with_token(found, mark), segment)
        return mask_numbers(segment, self._shortest_card(tag, segment))

    def _shortest_card(self, tag: str, segment: str) -> int:
        """Digits from which a number is one of a card, by what the segment is for."""
        if tag == "FOP":
            return PAYMENTS
        if tag == "SSR":
            return shortest_card(
                segment[3:].lstrip(" ").removeprefix(self.syntax.element).lstrip()[:3].upper()
            )
        return NUMBERS if tag == "ADD" or "CTC" in segment else ANYWHERE

    def _payment(self, segment: str, fingerprint: Fingerprint) -> str:
        """FOP: the account is the fifth component of each element."""
        elements = segment.split(self.syntax.element)
        for at, element in enumerate(elements[1:], 1):
            parts = element.split(self.syntax.component)
            if len(parts) > 4:
                account = parts[4].removesuffix(self.syntax.terminator)
                end = parts[4][len(account) :]
                parts[4] = (card_token(account.strip(" "), fingerprint) or account) + end
                elements[at] = self.syntax.component.join(parts)
        return self.syntax.element.join(elements)


def _with_token(found: re.Match[str], fingerprint: Fingerprint) -> str:
    token = card_token(found[2], fingerprint)
    start, end = found.start(2) - found.start(), found.end(2) - found.start()
    return found[0][:start] + token + found[0][end:] if token else found[0]


def _plain(segment: str, release: str) -> str:
    """Without release characters that release a letter or digit: they would hide a number."""
    if not release or release not in segment:
        return segment
    return re.sub(
        rf"{re.escape(release)}(.)", lambda pair: pair[1] if pair[1].isalnum() else pair[0], segment
    )


def _split(text: str, syntax: Syntax) -> Iterator[str]:
    """Segments with their terminators; a released terminator ends nothing."""
    if not syntax.release or syntax.release not in text:
        *pieces, rest = text.split(syntax.terminator)
        yield from (piece + syntax.terminator for piece in pieces)
        yield rest
        return
    start = at = 0
    while (at := text.find(syntax.terminator, at)) >= 0:
        at += 1
        if not is_released(text, at - 1, syntax.release):
            yield text[start:at]
            start = at
    yield text[start:]
