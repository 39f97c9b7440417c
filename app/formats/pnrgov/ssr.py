"""The free texts of service requests: AIRIMP's DOCS, DOCO, DOCA, INFT, CTCx, FQTx, TKNx and seats.

Every function takes the text as sent and answers what it could read of it, never an exception. Those of one
code take the day of travel too, by which two-digit years are read, whether they need it or not.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.formats import codes, values
from app.formats.pnrgov.privacy import (
    ANYWHERE,
    NUMBERS,
    is_card,
    mask_cards,
    seal_card,
    tells_sensitive,
)
from app.formats.pnrgov.record import (
    Address,
    Contact,
    Document,
    FrequentFlyer,
    Identification,
    Sex,
    Visa,
)

Source = Literal["ADD", "SSR", "OSI", "LTS"]

_SEXES: dict[str, tuple[Sex, bool]] = {
    "M": ("M", False), "F": ("F", False), "X": ("X", False), "U": ("U", False),
    "MI": ("M", True), "FI": ("F", True), "XI": ("X", True), "UI": ("U", True),
}  # fmt: skip
# Codes whose texts have a grammar. All others are free text, in which anything may be told.
GRAMMARS = frozenset(
    ["DOCS", "DOCO", "DOCA", "INFT", "CHLD", "FOID", "UMNR", "GRPS", "SEAT", "NSST", "RQST"]
    + [f"CTC{letter}" for letter in "EMHBTPFR"]
    + [f"FQT{letter}" for letter in "VRUS"]
    + [f"TKN{letter}" for letter in "EAM"]
)
_OF_NUMBERS = ("CTC", "TKN")
_SEX_PLACE = 6  # /type/issuer/number/nationality/birth/SEX/expiry/surname/given/middle
_DOCS_FIELDS = 9  # up to the surname
_DAY = re.compile(r"\d{2}[A-Z]{3}\d{2}(?:\d{2})?\Z")
# Reservation systems append whom a request is for: `-1SURNAME/GIVEN` or ` 1.1`.
# `12-3B HIGH STREET/...` and `AB-1C/GBR/...` are none: of a name two letters and what is given follow.
_NAME_TAIL = re.compile(r"-\d{1,3}[A-Z][A-Z'][^/]{0,60}(?:/[^/]*){1,2}\Z|[ -]\d{1,3}\.\d{1,3}\Z")
_STATE = re.compile(r"[A-Z]{1,3}\Z")


def tells(code: str, text: str, deny: frozenset[str]) -> bool:
    """Whether the text of a request tells of faith or health. Names and places may be words of that
    kind (JAIN): of a code with a grammar only what its grammar does not read as such is searched.
    """
    if not tells_sensitive(text, deny):
        return False
    return code not in GRAMMARS or tells_sensitive(_unnamed(code, text), deny)


def shortest_card(code: str) -> int:
    """Digits from which a run in the text of a request is taken for a card: more where telephones or tickets
    stand.
    """
    return NUMBERS if code.startswith(_OF_NUMBERS) else ANYWHERE


def _unnamed(code: str, text: str) -> str:
    """The text without what a grammar reads as names, places, addresses and numbers of documents."""
    text = _without_tail(text).upper()
    parts = text.split("/")
    if code == "DOCS":
        at = _sex_place(parts)
        is_read = len(parts) > at + 2 and parts[at] in _SEXES
        return " ".join(parts[: at - 3] if is_read else parts)
    if code in ("DOCO", "DOCA"):
        is_read = len(parts) > 2 and not _PLACED[code].isdisjoint(part.strip(" ") for part in parts)
        return "" if is_read else text
    if code in ("INFT", "CHLD"):
        return "" if len(parts) > 1 else text
    if code == "FOID":
        found = _SHOWN.match(text)
        return text[found.end() :] if found else text
    return "" if code == "CTCE" and mail(text) else text


def docs(text: str, travel: date | None) -> Document | None:
    """DOCS: `/P/GBR/123456789/GBR/20SEP12/FI/25OCT17/SURNAME/FIRST/MIDDLE/H`. None when empty."""
    _, kind, issuer, number, nationality, birth, sign, expiry, surname, *names = _docs_fields(text)
    while names and not names[-1]:
        names.pop()
    primary = len(names) > 1 and names[-1] == "H"
    if primary:
        names.pop()
    sex, infant = _SEXES.get(sign, ("", False))
    given = [values.strip_title(name)[0] for name in names if name]
    if not (number or surname or birth):
        return None
    centuries = values.Centuries.by(travel) if travel else None
    found = Document(
        kind if len(kind) <= 2 else "", _state(issuer), values.document_number(number),
        _state(nationality), (centuries and centuries.birth(birth)) or values.birth_date(birth, travel),
        sex, infant,
        (centuries and centuries.document(expiry)) or values.document_date(expiry, travel),
        surname, " ".join(given), primary,
    )  # fmt: skip
    return found if found.number or found.surname or found.birth else None


def _docs_fields(text: str) -> list[str]:
    """The fields of DOCS in their places. Sex and birth date anchor them: senders drop or double the first
    slash.
    """
    parts = _fields(_lettered_days(text))
    at = _sex_place(parts)
    if "-" in text:
        parts[at + 2 :] = _names(parts[at + 2 :])
    if at < _SEX_PLACE:
        parts[:0] = [""] * (_SEX_PLACE - at)
    elif at > _SEX_PLACE:
        del parts[: at - _SEX_PLACE]
    if len(parts) < _DOCS_FIELDS:
        parts += [""] * (_DOCS_FIELDS - len(parts))
    return parts


def has_unread_date(document: Document, text: str) -> bool:
    """Whether the DOCS of which `document` was read has a date of birth or expiry that is none."""
    if document.birth and document.expiry:
        return False
    fields = _docs_fields(text)
    sent = (fields[_SEX_PLACE - 1], document.birth), (fields[_SEX_PLACE + 1], document.expiry)
    return any(read is None and any(map(str.isalnum, field)) for field, read in sent)


def _lettered_days(text: str) -> str:
    """Text with the days of which no other order can be meant as the grammars write them: `1980-05-14` and
    `14-MAY-1980` as 14MAY1980.
    """
    return _CERTAIN_DAY.sub(_lettered, text) if "-" in text else text


_CERTAIN_DAY = re.compile(
    r"(?<![^/ ])(?:([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})"
    r"|([0-9]{2})-([A-Za-z]{3})-([0-9]{2}(?:[0-9]{2})?))(?![^/ ])"
)


def _lettered(found: re.Match[str]) -> str:
    if found[1]:
        return f"{found[3]}{values.MONTHS[int(found[2]) - 1]}{found[1]}"
    return f"{found[4]}{found[5]}{found[6]}"


def _fields(text: str) -> list[str]:
    """What stands between slashes, in capitals, blanks stripped."""
    text = _without_tail(text).strip(" ").upper()
    parts = text.split("/")
    return [part.strip(" ") for part in parts] if " /" in text or "/ " in text else parts


def _sex_place(parts: list[str]) -> int:
    """Where the sex stands: the first sex behind a birth date or a gap, else one behind a date."""
    if (  # as it should be, which is told at once
        len(parts) > _SEX_PLACE
        and parts[_SEX_PLACE] in _SEXES
        and _DAY.match(parts[_SEX_PLACE - 1])
        and _SEXES.keys().isdisjoint(parts[3:5])
    ):
        return _SEX_PLACE
    for index in range(3, len(parts)):
        if parts[index] in _SEXES and (not parts[index - 1] or _DAY.match(parts[index - 1])):
            return index
    usual = _SEX_PLACE if not parts[0] else _SEX_PLACE - 1
    if not parts[0] and len(parts) > 1 and not parts[1] and any(parts[2:4]):
        usual += 1  # the first slash is doubled
    for index, part in enumerate(parts[:-1]):
        if _DAY.match(part) and index >= 3:  # of birth, unless it stands in the place of the expiry
            swapped = index == usual and parts[index - 1] in _SEXES
            return usual if swapped or index == usual + 1 else index + 1
    return usual


def doco(text: str, travel: date | None) -> Visa | None:
    """DOCO: `/PLACE OF BIRTH/V/number/place of issue/20SEP12/USA/I`, `/R/` redress, `/K/` known
    traveller. The kind anchors the fields where a slash is missing or doubled.
    """
    parts = _anchored(_slashed(text, 8), _VISAS, 1)
    found = Visa(
        birth_place=parts[0],
        kind=parts[1][:1],
        number=values.document_number(parts[2]),
        issue_place=parts[3],
        issued_on=values.document_date(parts[4], travel),
        country=_state(parts[5]) or codes.alpha3(parts[4]),  # the date is left out with its slash
        infant=parts[6] == "I",
    )
    return found if found.number or found.birth_place else None


def doca(text: str, _: date | None = None) -> Address | None:
    """DOCA: `/R/USA/1 MAIN STREET/TOWN/STATE/12345`."""
    kind, country, street, city, state, postcode = _anchored(_slashed(text, 7), _ADDRESSES, 0)[:6]
    if not (country or street or city):
        return None
    return Address(kind[:1], _state(country), street, city, state, postcode)


_VISAS = frozenset("VRK")
_ADDRESSES = frozenset("RDB")
_PLACED = {"DOCO": _VISAS, "DOCA": _ADDRESSES}


def _anchored(parts: list[str], kinds: frozenset[str], place: int) -> list[str]:
    """The fields moved by one where that puts the kind into its place."""
    if parts[place] in kinds:
        return parts
    if parts[place + 1] in kinds and not parts[0]:
        return [*parts[1:], ""]
    if place and parts[place - 1] in kinds:
        return ["", *parts[:-1]]
    return parts


def _slashed(text: str, count: int) -> list[str]:
    """The fields behind the leading slash, which some senders leave out."""
    parts = _fields(text)
    if not parts[0]:
        del parts[0]
    return (parts + [""] * count)[:count]


def _without_tail(text: str) -> str:
    text = text.strip(" ")
    return _NAME_TAIL.sub("", text) if "-" in text or "." in text else text


_MARKER = re.compile(r"-\d{1,3}[A-Z]")


def _names(parts: list[str]) -> list[str]:
    """Surname and given names up to whom the request is for. Names have no digits, so `-1D ANGELO/JO` is a
    marker among them, which in a number or a street it need not be.
    """
    for index, part in enumerate(parts):
        marker = _MARKER.search(part)
        if marker:
            return [*parts[:index], part[: marker.start()].strip(" ")]
    return parts


def _state(text: str) -> str:
    """Senders write alpha-2 and alpha-3 for the same passport; an unknown code stays as it is."""
    return codes.alpha3(text) or (text if _STATE.match(text) else "")


@dataclass(frozen=True, slots=True)
class NamedInfant:
    """INFT: an infant announced under the adult who holds it."""

    surname: str
    given: str
    birth: date | None


CANCELLED = frozenset({"HX", "NO", "UC", "UN", "US", "XL", "XR", "XX"})
"""AIRIMP status of a request that holds no more: an infant so named does not travel by it."""

_INFANT_BIRTH = re.compile(r"(?:[ /]|(?<=[A-Z]))(\d{2}[A-Z]{3}\d{2,4}|\d{6})\b")


def inft(text: str, travel: date | None) -> NamedInfant | None:
    """INFT: `SURNAME/GIVEN 20SEP12`, the date also behind a slash or written on to the name."""
    text = _lettered_days(text.strip(" /").upper())
    found = _INFANT_BIRTH.search(text)
    birth = values.birth_date(found[1], travel) if found else None
    surname, _, given = text[: found.start() if found else len(text)].partition("/")
    name = values.strip_title(given.strip(" /"))[0]
    return NamedInfant(surname.strip(" "), name, birth) if surname else None


def chld(text: str, travel: date | None) -> date | None:
    """CHLD: a date of birth, often nothing."""
    found = re.search(r"\d{2}[A-Z]{3}\d{2,4}", text.upper())
    return values.birth_date(found[0], travel) if found else None


_CONTACT = re.compile(r"(CTC[A-Z]{1,3})\b[ /]*(.*)", re.DOTALL)
_PHONE = re.compile(r"[+0-9(][0-9()\-./ ]{4,30}[0-9]")


def ctc(code: str, text: str, source: Source = "SSR", who: int | None = None) -> Contact | None:
    """CTCE mail, CTCF fax, CTCR refused, all others telephones; `purpose` is the code's last letter.

    Mail is written `NAME..ONE//EXAMPLE.COM` for name_one@example.com.
    """
    text = _without_tail(text).strip(" /")
    purpose = code[3:4]
    if code == "CTCR" and not re.search(r"\d{5}", text):
        return Contact("refused", "", "R", source, who)
    if code == "CTCE":
        address = mail(text)
        return Contact("mail", address, purpose, source, who) if address else None
    numbers = phones(text)
    if not numbers:
        return None
    kind: Literal["fax", "phone"] = "fax" if code == "CTCF" else "phone"
    return Contact(kind, numbers[0], purpose, source, who)


def ctc_in_remark(text: str, source: Source, who: int | None) -> Contact | None:
    """OSI `CTCE NAME//EXAMPLE.COM`, `ZZ CTCH 0123456`."""
    found = _CONTACT.search(text) if "CTC" in text else None
    return ctc(found[1], found[2], source, who) if found else None


def mail(text: str) -> str:
    """Lower-case address, AIRIMP's escapes undone: `//` = @, `..` = _, `./` = -; '' if none.
    Character set A has no @ at all: some write `NAME.AT.EXAMPLE.COM`.
    """
    text = text.strip(" ").replace("//", "@").replace("..", "_").replace("./", "-")
    if "@" not in text:
        text = text.upper().replace(".AT.", "@", 1)
    found = re.search(r"[^\s@/]{1,64}@[^\s@/]{1,190}", text)
    return found[0].lower() if found else ""


def phones(text: str) -> list[str]:
    """Every number of 6 to 17 digits, blanks and signs removed but a leading +; no card numbers."""
    found = (("+" if run[0] == "+" else "", _NO_DIGIT.sub("", run)) for run in _PHONE.findall(text))
    return [
        plus + digits
        for plus, digits in found
        if 6 <= len(digits) <= 17 and not (len(digits) >= NUMBERS and is_card(digits))
    ]


_NO_DIGIT = re.compile(r"[^0-9]")


_FLYER = re.compile(r"/?([A-Z0-9]{2})? ?([A-Z]{0,2}[0-9]{5,16})")


def fqt(carrier: str, text: str) -> FrequentFlyer | None:
    """FQTV, FQTR, FQTU, FQTS: `/ZZ1234567890-1NAME`, the carrier also in the segment's own place."""
    found = _FLYER.match(text.strip(" ").upper())
    if not found:
        return None
    return FrequentFlyer(found[1] or carrier, found[2])


_TICKET = re.compile(r"\.?(INF)?(\d{13})(?:C(\d+))?")


def tkne(text: str, _: date | None = None) -> tuple[str, str, bool] | None:
    """TKNE, TKNA, TKNM: the thirteen digits of a ticket, its coupon or '', whether it is the
    infant's.
    """
    found = _TICKET.match(text.strip(" ").upper())
    return (found[2], found[3] or "", bool(found[1])) if found else None


_SHOWN = re.compile(r"[ /]*(PP|NI|DL|FF|TN|CN|CC|CR|ID)[ /]*([A-Z0-9][A-Z0-9 .\-]{2,60})")


def foid(text: str, _: date | None = None) -> Identification | None:
    """FOID: `PPUTO1234567`, `NI123456`, `CCVI4111...`; of a card the last four digits."""
    found = _SHOWN.match(_without_tail(text).upper())
    if not found:
        return None
    if found[1] == "CC":
        last_four = seal_card(found[2][2:], None)[0]
        return Identification("CC", last_four) if last_four else None
    return Identification(found[1], mask_cards(values.document_number(found[2])[:30]))


def umnr(text: str, _: date | None = None) -> int | None:
    """UMNR: an unaccompanied child, `UM8` its age."""
    found = re.search(r"\bUM ?([0-9]{1,2})\b", text.upper())
    return int(found[1]) if found else None


def grps(text: str, _: date | None = None) -> int | None:
    """GRPS: `TCP 15 ...`, to complete a party of that many."""
    found = re.search(r"\bTCP ?([0-9]{1,3})\b", text.upper())
    return int(found[1]) if found else None


_SEATS = re.compile(r"0{0,2}([1-9]\d{0,2})([A-Z])[NSWA]?(?![A-Z])")


def seats(text: str) -> list[str]:
    """`.03BN03AN` = 3B and 3A (N: no smoking)."""
    return [number + letter for number, letter in _SEATS.findall(text.strip(" ."))[:99]]
