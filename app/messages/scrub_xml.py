"""What must not be stored of a PNRGOV in XML. Works on the text: what is not well-formed is cleaned too.

One walk forward over the markup: each character is looked at a fixed number of times, whatever stands there.
Comments, CDATA sections and character references hide a number or a word from a search without changing what is
read; they are written out first, a comment as the ends of lines in it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape

from app.formats.pnrgov.privacy import (
    ANYWHERE,
    DROPPED,
    NUMBERS,
    PAYMENTS,
    card_token,
    mask_numbers,
    seal_card,
    sensitive,
    tells_sensitive,
)
from app.formats.pnrgov.ssr import tells

Fingerprint = Callable[[str], str]

# All of these are possessive where they repeat: nothing is tried again with less.
# A tag; a value in quotes may hold > but never <.
_TAG = re.compile(r"""<(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>""")
# What begins as one and ends nowhere: many < in a row are one piece.
_LONE = re.compile(r"(?:<(?=<))++|<[^<]*+")
_ATTRIBUTE = re.compile(
    r"""(?<![\w.:-])((?:[\w.-]++:)?([\w.-]++)\s*+=\s*+)("[^"<]*+(?:"|\Z)|'[^'<]*+(?:'|\Z))"""
)
_REFERENCE = re.compile(r"&#(?:x0*+([0-9A-Fa-f]{2})|0*+([0-9]{2,3}));")
_NAME = re.compile(r"</?(?:[\w.-]++:)?([\w.-]++)")
_MARKED = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))
_REQUESTS = frozenset({"SSR", "OSI", "Remark"})
# Elements and attributes that name people, places, codes of airports, records and fares: never searched for words.
_NAMED = frozenset(
    [
        "Surname",
        "GivenName",
        "FirstGivenName",
        "SecondGivenName",
        "MiddleName",
        "NamePrefix",
        "NameTitle",
        "NameSuffix",
        "CityName",
        "CountryName",
        "StateProv",
        "StateProvCounty",
        "AddressLine",
        "StreetNmbr",
        "StreetAddress",
        "Address",
        "PostalCode",
        "BirthLocation",
        "PlaceOfIssue",
        "LocationCode",
        "AirportCode",
        "BoardPoint",
        "OffPoint",
        "CompanyName",
        "EmailAddress",
        "ID",
        "RPH",
        "SurnameRefNumber",
        "MembershipID",
        "FareBasisCode",
        "TravelDocNbr",
        "TicketDocumentNbr",
        "AccountNbr",
        "CardNumber",
        "CardNbr",
        "schemaLocation",
        "noNamespaceSchemaLocation",
    ]
)
_ACCOUNTS = frozenset({"AccountNbr", "CardNumber", "CardNbr"})
_HOLDER = "CardHolderName"
_OF_NUMBERS = ("PhoneNumber", "TicketDocumentNbr")
_OF_PAYMENTS = "PaymentInfo"


def scrub_xml(data: bytes, deny: frozenset[str], fingerprint: Fingerprint | None) -> bytes:
    """The document without denied requests, card numbers and names of card holders."""
    text = data.decode("latin-1")  # one character per byte, whatever the encoding
    walk = _Walk(deny, fingerprint)
    for tag, behind in _pieces(text):
        walk.take(tag, behind)
    return "".join(walk.finish()).encode("latin-1")


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Tags, each with the text up to the next one, what hides it written out."""
    last = {end: text.rfind(end) for _, end in _MARKED}  # so that none is searched for in vain
    tag, run, lines, at = "", [], 0, 0
    while at < len(text):
        if text[at] != "<":
            end = text.find("<", at) % (len(text) + 1)
            run.append(_written_out(text[at:end]))
            at = end
            continue
        start, close = next((m for m in _MARKED if text.startswith(m[0], at)), ("", ""))
        is_hiding = close and not text.startswith("<?xml ", at)  # the declaration is a tag
        if is_hiding and last[close] >= at + len(start):
            end = text.find(close, at + len(start))
            inner = text[at + len(start) : end]
            if close == "]]>":
                run.append(escape(inner, quote=False))
            else:
                lines += inner.count("\n")
            at = end + len(close)
            continue
        yield tag, "".join(run) + _only(lines)
        run, lines = [], 0
        found = _TAG.match(text, at) or _LONE.match(text, at)
        end = found.end() if found else len(text)
        tag = _written_out(text[at:end])
        at = end
    yield tag, "".join(run) + _only(lines)


def _only(lines: int) -> str:
    return "<!--" + "\n" * lines + "-->" if lines else ""


def _written_out(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&#" in text else text


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    char = chr(number) if 32 <= number < 127 else ""
    return char if char and char not in "<>&\"'" else found[0]


@dataclass(slots=True)
class _Walk:
    """Through a document. ``held``: the pieces of a request from its start tag on, until it has ended."""

    deny: frozenset[str]
    fingerprint: Fingerprint | None
    kept: list[str] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)
    closing: str = ""

    def take(self, tag: str, behind: str) -> None:
        if self.held:
            if not tag.startswith(self.closing) or tag[len(self.closing) :].strip(" \t\r\n>"):
                self.held.append((tag, behind))
                return
            self._decide(tag)
            self.kept.append(self._remark("", behind))
            return
        name = _name(tag)
        if name not in _REQUESTS or tag.startswith("</"):
            if tag.endswith(">") and not tag.startswith("<?"):
                tag = self._untold(tag, name)
            self._keep(tag, self._remark("" if tag.startswith("</") else name, behind))
            return
        self.held = [(tag, behind)]
        self.closing = "</" + tag[1:].partition(name)[0] + name
        if tag.endswith("/>"):
            self.held = [(tag, "")]
            self._decide("")
            self.kept.append(self._remark("", behind))

    def _remark(self, name: str, text: str) -> str:
        """Text of an element that is no request, cards masked; nothing of it where it tells of faith or health."""
        if name in _NAMED or len(text) < 3 or not tells_sensitive(text, self.deny):
            return mask_numbers(text, _shortest_card(name))
        return DROPPED

    def _untold(self, tag: str, name: str) -> str:
        """A tag with another name where its own is a code that is denied, and without the values that tell."""
        if sensitive(name.upper(), self.deny):
            tag = tag.replace(name, "Dropped", 1)
        return _ATTRIBUTE.sub(self._value, tag) if "=" in tag else tag

    def _value(self, found: re.Match[str]) -> str:
        start, name, quoted = found[1], found[2], found[3]
        if name in _NAMED or "xmlns" in start or not tells_sensitive(quoted, self.deny):
            return found[0]
        return f"{start}{quoted[0]}{DROPPED}{quoted[0]}"

    def finish(self) -> list[str]:
        if self.held:
            self._decide("")
        return self.kept

    def _decide(self, end: str) -> None:
        """A denied request leaves its place as an empty element."""
        held, self.held = self.held, []
        if self._denied(held):
            self.kept.append(f'<{self.closing[2:]} SSRCode="{DROPPED}"/>')
            return
        for tag, behind in held:
            self._keep(tag, behind)
        self.kept.append(end)

    def _denied(self, held: list[tuple[str, str]]) -> bool:
        tag = held[0][0]
        values = dict(_values(tag))
        sent = values.get("SSRCode", "").strip().upper()
        if sent == DROPPED:
            return False
        codes = [value.strip().upper() for name, value in _values(tag) if name == "SSRCode"]
        if _name(tag) == "SSR" and any(sensitive(one, self.deny) for one in codes):
            return True
        text = " ".join(behind for _, behind in held)
        inside = " ".join(_name(one) for one, _ in held[1:])
        return tells(sent, " ".join(text.split()), self.deny) or any(
            tells_sensitive(told, self.deny) for told in (" ".join(values.values()), inside)
        )

    def _keep(self, tag: str, behind: str) -> None:
        name = "" if tag.startswith("</") or tag.endswith("/>") else _name(tag)
        if name == _HOLDER:
            behind = ""
        elif name in _ACCOUNTS:
            account, comment, lines = behind.partition("<!--")
            behind = _hidden(account, self.fingerprint) + comment + lines
        self.kept += [self._tag(tag), mask_numbers(behind, _shortest_card(name))]

    def _tag(self, tag: str) -> str:
        cleaned = _ATTRIBUTE.sub(self._attribute, tag) if "=" in tag else tag
        return mask_numbers(cleaned, _shortest_card(tag))

    def _attribute(self, found: re.Match[str]) -> str:
        start, name, quoted = found[1], found[2], found[3]
        quote = quoted[0]
        value = quoted[1:].removesuffix(quote)
        end = quoted[1 + len(value) :]
        if name == _HOLDER:
            value = ""
        elif name in _ACCOUNTS:
            value = _hidden(value, self.fingerprint)
        return f"{start}{quote}{value}{end}"


def _shortest_card(tag: str) -> int:
    """Digits from which a number in a tag, or behind one of that name, is one of a card."""
    if any(name in tag for name in _OF_NUMBERS):
        return NUMBERS
    return PAYMENTS if _OF_PAYMENTS in tag else ANYWHERE


def _name(tag: str) -> str:
    found = _NAME.match(tag)
    return found[1] if found else ""


def _values(tag: str) -> Iterator[tuple[str, str]]:
    for found in _ATTRIBUTE.finditer(tag):
        yield found[2], found[3][1:].removesuffix(found[3][0])


def _hidden(account: str, fingerprint: Fingerprint | None) -> str:
    """A token, else as many X as there were digits before the last four."""
    token = card_token(account.strip(), fingerprint) if fingerprint else ""
    if token:
        return token
    last_four, _ = seal_card(account.strip(), None)
    if last_four:
        return account if account.strip()[:-4].strip("X*") == "" else f"XXXXXXXXXXXX{last_four}"
    return "" if any(c.isdigit() for c in account) and len(account) > 4 else account
