"""What single segments of a booking say: originator, travellers, contacts, free-text moments."""

import re
from datetime import UTC, datetime

from app.formats import values
from app.formats.edifact import Segment
from app.formats.pnrgov import elements, ssr
from app.formats.pnrgov.drafts import TravellerDraft
from app.formats.pnrgov.record import Contact, Originator, TravellerKind


def originator(segment: Segment) -> Originator:
    system, system_city = elements.head(segment.components(1), 2)
    agency_number, office = elements.head(segment.components(2), 2)
    country, currency, language = elements.head(segment.components(6), 3)
    return Originator(
        system=elements.code(system),
        system_city=elements.code(system_city),
        agency_number=agency_number,
        office=office,
        agent_city=elements.code(segment.value(3)),
        company=elements.code(segment.value(4)),
        kind=elements.code(segment.value(5), 1),
        country=elements.code(country, 2),
        currency=elements.code(currency),
        language=elements.code(language),
        duty_code=segment.value(7),
    )


_KINDS: dict[str, TravellerKind] = {
    "A": "ADT", "ADT": "ADT", "C": "CHD", "CHD": "CHD", "CNN": "CHD", "CH": "CHD",
    "IN": "INF", "INF": "INF", "INS": "INF", "IS": "INF",
}  # fmt: skip


def travellers(segment: Segment) -> list[TravellerDraft]:
    """TIF: one surname, and a composite for each of its given names."""
    surname, group = segment.value(1).upper(), segment.value(1, 2) == "G"
    return [
        _traveller(surname, composite, group=group) for composite in (segment.composites(2) or [[]])
    ]


def _traveller(surname: str, composite: list[str], *, group: bool) -> TravellerDraft:
    name, code, reference, infant = elements.head(composite, 4)
    code = code.upper()
    given, title = values.strip_title(name.upper())
    return TravellerDraft(
        reference=reference,
        surname=surname,
        given=given,
        title=title,
        kind=_KINDS.get(code, "CHD" if title == "MSTR" else ""),
        with_infant=infant == "1",
        group=group or code == "G",
    )


def contacts(text: str, purpose: str, who: int | None) -> list[Contact]:
    """ADD's free text: a mail address, telephone numbers, or a CTC remark."""
    remark = ssr.ctc_in_remark(text, "ADD", who)
    if remark:
        return [remark]
    if purpose == "E" or "@" in text or "//" in text:
        address = ssr.mail(text)
        return [Contact("mail", address, purpose, "ADD", who)] if address else []
    return [Contact("phone", found, purpose, "ADD", who) for found in ssr.phones(text)]


def line_contacts(kind: str, rest: str) -> list[Contact]:
    rest = rest[:200]
    if kind == "E":
        address = ssr.mail(rest)
        return [Contact("mail", address, kind, "LTS")] if address else []
    return [Contact("phone", found, kind, "LTS") for found in ssr.phones(rest.split("/")[0])[:1]]


_FREE_MOMENT = re.compile(r"(\d{2}[A-Z]{3}\d{2})(\d{4})Z")


def free_moment(text: str) -> datetime | None:
    """DAT 3: `L FT WW D014357 12AUG121423Z 1D5723`."""
    found = _FREE_MOMENT.search(text.upper())
    day = values.message_date(found[1]) if found else None
    clock = values.clock_time(found[2]) if found else None
    return datetime.combine(day, clock, UTC) if day and clock else None
