"""What single segments of a booking say, without regard to where they stand."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from app.formats import values
from app.formats.edifact import Segment
from app.formats.pnrgov import elements, ssr
from app.formats.pnrgov.drafts import LONGEST_TEXT, Context, Named, Paid, Stay
from app.formats.pnrgov.elements import at, code, head
from app.formats.pnrgov.privacy import (
    ANYWHERE,
    DROPPED,
    NUMBERS,
    mask_cards,
    mask_long,
    tells_sensitive,
)
from app.formats.pnrgov.record import (
    Address,
    Contact,
    Fare,
    FrequentFlyer,
    Locator,
    Originator,
    Price,
    Tax,
    TravellerKind,
)

Reader = Callable[[Segment, Context], Any]
"""Makes a value of a segment that depends on nothing but its text and the message."""


def locators(rci: Segment, _: Context) -> tuple[Locator, ...]:
    return tuple([found for c in rci.composites() if (found := elements.locator(c))])


class Origin(NamedTuple):
    """An ORG: `agent` as `ZZSYD`, the system and its city."""

    originator: Originator | None
    agent: str


def origin(segment: Segment, _: Context) -> Origin:
    system, system_city = segment.head(1, 2)
    if len(segment.texts) == 2:
        found = Originator(code(system), code(system_city))
    else:
        agency_number, office = segment.head(2, 2)
        company, company_city = segment.head(4, 2)
        country, currency, language = segment.head(6, 3)
        found = Originator(
            code(system), code(system_city), agency_number, office, code(segment.value(3)),
            code(company), code(segment.value(5), 1), code(country, 2), code(currency),
            code(language), segment.value(7), code(company_city), segment.value(8),
            segment.value(9),
        )  # fmt: skip
    return Origin(found if found != _NO_ORIGINATOR else None, system + system_city)


_NO_ORIGINATOR = Originator()

_KINDS: dict[str, TravellerKind] = {
    "A": "ADT", "ADT": "ADT", "C": "CHD", "CHD": "CHD", "CNN": "CHD", "CH": "CHD",
    "IN": "INF", "INF": "INF", "INS": "INF", "IS": "INF",
}  # fmt: skip


def names(segment: Segment, _: Context) -> tuple[Named, ...]:
    """TIF: one surname, and a composite for each of its given names; some write a whole name as surname."""
    surname, qualifier, size = segment.head(1, 3)
    surname, group = surname.upper(), qualifier == "G"
    given = [segment.head(place, 4) for place in range(2, max(3, len(segment.texts)))]
    if "/" in surname and not group and len(given) == 1 and not given[0][0]:
        surname, given[0][0] = values.whole_name(surname)
    key = letters(surname)
    return tuple([_name(surname, key, one, size, group) for one in given])


def _name(surname: str, key: str, given_name: list[str], size: str, group: bool) -> Named:  # noqa: FBT001
    name, kind, reference, infant = given_name
    kind = kind.upper()
    given, title = values.strip_title(name.upper())
    group = group or kind == "G"
    return Named(
        reference, surname, given, title, _KINDS.get(kind) or _kind_by_title(title),
        infant == "1", group, elements.number(size) if group else None, key, letters(given),
    )  # fmt: skip


def traveller_kind(sent: str, title: str) -> TravellerKind:
    """By the type's code, else by the title of a boy."""
    return _KINDS.get(sent.upper()) or _kind_by_title(title)


def _kind_by_title(title: str) -> TravellerKind:
    return "CHD" if title == "MSTR" else ""


def letters(name: str) -> str:
    """A name for comparing: senders lose blanks and hyphens, and wrap lines inside of names."""
    name = name.upper().replace(" ", "")
    if name.isalpha():
        return name
    return "".join(c for c in name if c.isalpha())


class Dated(NamedTuple):
    """One date of a DAT: 700 last transaction, 710 ticketing, 2 and 3 check-in, T and ZT history."""

    kind: str
    when: datetime | None


def dates(segment: Segment, _: Context) -> tuple[Dated, ...]:
    return tuple([_dated(composite) for composite in segment.composites()])


def _dated(composite: list[str]) -> Dated:
    kind, day, clock = head(composite, 3)
    if kind == "3":
        return Dated(kind, free_moment(":".join(composite[1:])))
    return Dated(kind, elements.moment(day, clock))


_FREE_MOMENT = re.compile(r"(\d{2}[A-Z]{3}\d{2})(\d{4})Z")


def free_moment(text: str) -> datetime | None:
    """DAT 3: `L FT WW D014357 12AUG121423Z 1D5723`."""
    found = _FREE_MOMENT.search(text.upper())
    day = values.message_date(found[1]) if found else None
    moment = values.at_clock(day, found[2]) if found and day else None
    return moment.replace(tzinfo=UTC) if moment else None


class Text(NamedTuple):
    """An IFT. `text` are all of its lines, cards masked; `dropped` when it tells of faith or health;
    `contact` what a CTC in it says; `payer` who pays and the lines behind the name, where it is of that kind.
    """

    kind: str
    text: str
    dropped: bool
    contact: Contact | None
    payer: tuple[str, tuple[str, ...]] | None


def free_text(segment: Segment, context: Context) -> Text:
    texts = segment.text(2)
    text = " ".join(texts)[:LONGEST_TEXT].strip(" ")
    dropped = segment.texts[1:] == [DROPPED] or tells_sensitive(text, context.deny)
    contact = ssr.ctc_in_remark(text, "OSI", None) if "CTC" in text else None
    kind = segment.value(1, 2)
    pays = payer(texts) if kind == "43" and texts else None
    fewest = NUMBERS if "CTC" in text else ANYWHERE
    return Text(kind, mask_cards(text, fewest), dropped, contact, pays)


def ticket(segment: Segment, _: Context) -> tuple[str, str, str]:
    """TKT: number, kind, number of the ticket in connection with it; a card's number is none."""
    segment.texts = [mask_long(text) for text in segment.texts[:2]]
    composite = segment.head(1, 6)
    first, connected = composite[0].replace("-", ""), composite[5].replace("-", "")
    return (
        first if first.isalnum() else "", composite[1], connected if connected.isalnum() else ""
    )  # fmt: skip


def prices(segment: Segment, _: Context) -> tuple[Price, ...]:
    return tuple([found for c in segment.composites() if (found := elements.price(c))])


def taxes(segment: Segment, _: Context) -> tuple[Tax, ...]:
    return tuple([found for c in segment.composites(2) if (found := elements.tax(c))])


def payments(segment: Segment, context: Context) -> tuple[Paid, ...]:
    """FOP: the means by which was paid."""
    mark = context.fingerprint
    return tuple([found for c in segment.composites() if (found := elements.payment(c, mark))])


def fare(segment: Segment, _: Context) -> Fare:
    """`FAR+A+32++++SFLY+SFLY`: kind, age, ..., fare bases from the sixth element on."""
    bases = tuple(text.strip(" ")[:20] for text in segment.text(6) if text.strip(" "))
    return Fare(code(segment.value(1)), elements.number(segment.value(2)), bases[:20])


class Pricing(NamedTuple):
    non_refundable: bool
    deadline: datetime | None
    carrier: str
    carrier_code: str
    city: str


def pricing(segment: Segment, context: Context) -> Pricing:
    """`PTK+NR++061210:1010+DL+006+LON`."""
    return Pricing(
        "NR" in segment.composite(1),
        elements.deadline(segment.components(3), context.travel),
        code(segment.value(4)), code(segment.value(5)), code(segment.value(6)),
    )  # fmt: skip


def reference(segment: Segment, _: Context) -> str:
    """REF: the carrier's key of a traveller; a card's number is masked."""
    return mask_long(segment.value(1, 2) or segment.value(1))


def flight(segment: Segment, context: Context) -> Any:
    return elements.flight(segment, year_first=context.year_first)


def operating(segment: Segment, _: Context) -> tuple[str, str, str]:
    """TRA: operating carrier, number and class."""
    number, booking_class = segment.head(2, 2)
    return code(segment.value(1)), number, code(booking_class, 2)


def status(segment: Segment, _: Context) -> tuple[int | None, str]:
    """RPI: how many, and the status of the segment."""
    return elements.number(segment.value(1)), code(segment.value(2))


def equipment(segment: Segment, _: Context) -> str:
    return code(segment.value(1), 4)


def check_in(segment: Segment, _: Context) -> tuple[str, str]:
    """TRI: the number of the check-in and the traveller's reference."""
    place = segment.head(2, 4)
    return place[0], place[3]


def flyers(segment: Segment, _: Context) -> tuple[FrequentFlyer, ...]:
    """FTI: the programmes of a frequent flyer."""
    return tuple([found for c in segment.composites() if (found := elements.flyer(c))])


def seat(segment: Segment, _: Context) -> tuple[str, str]:
    """SSD: the seat given and its cabin."""
    return values.seat(segment.value(1)), code(segment.value(5), 1)


def count(segment: Segment, _: Context) -> tuple[int | None, str]:
    """EQN of GR.8: how many, and its qualifier."""
    return elements.number(segment.value(1)), code(segment.value(1, 2))


def excess_baggage(segment: Segment, _: Context) -> Any:
    return elements.excess_baggage(segment)


def baggage(segment: Segment, _: Context) -> Any:
    return elements.baggage(segment)


def function(segment: Segment, _: Context) -> str:
    """MSG of GR.9: the kind of service."""
    return segment.value(1)[:5]


def action(segment: Segment, _: Context) -> str:
    """SAC: A added, X cancelled, C changed."""
    return code(segment.value(3)) or code(segment.value(1))


def stay(segment: Segment, context: Context) -> Stay:
    """TVL of GR.9: when and where another service begins and ends, whose it is and what. As one begins on
    a day without an hour at midnight, so it ends.
    """
    year_first = context.year_first
    begins, ends = elements.local_times(segment.components(1), year_first=year_first)
    if ends is None:
        ends = elements.midnight(segment.value(1, 3), year_first=year_first)
    city, house = place(segment.components(2))
    name, category = segment.head(5, 2)
    return Stay(
        begins, ends, city, house, place(segment.components(3))[0], code(segment.value(4)),
        name[:20], code(category, 8),
    )  # fmt: skip


class Agent(NamedTuple):
    office: str
    city: str = ""
    company: str = ""


def agent(segment: Segment, _: Context) -> Agent:
    """ABI `ABI+1+:LHRRR+LON++DL`: who did it."""
    number, office = segment.head(2, 2)
    return Agent((office or number)[:20], code(segment.value(3), 5), code(segment.value(5)))


class Reached(NamedTuple):
    """An ADD: where somebody lives or stays, and how to be reached; of nobody yet."""

    addresses: tuple[Address, ...]
    contacts: tuple[Contact, ...]


def reached(segment: Segment, _: Context) -> Reached:
    segment.texts = [mask_long(text) for text in segment.texts]
    addresses: list[Address] = []
    told: list[Contact] = []
    for composite in segment.composites(2):
        found = elements.address(composite, None)
        addresses += [found] if found else []
        remark = ":".join(composite[7:])[:LONGEST_TEXT]
        told += contacts(remark, at(composite, 0), None) if remark.strip(" :") else []
    return Reached(tuple(addresses), tuple(told))


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


def payer(texts: list[str]) -> tuple[str, tuple[str, ...]]:
    """IFT 43: who pays, and the lines behind the name."""
    name, *rest = [mask_cards(text.strip(" ")[:200]) for text in texts[:6]]
    return name, tuple(filter(None, rest))


_FROM_PAST = 2  # days that a clock may run ahead


def past_moment(day: str, clock: str, today: date | None) -> datetime | None:
    """`19MAR` and `1354` of a history line: the latest such day not after the message."""
    found = values.message_date(f"{day}{today.year % 100:02d}") if today else None
    if today is None or found is None:
        return None
    if (found - today).days > _FROM_PAST:
        found = values.message_date(f"{day}{(today.year - 1) % 100:02d}")
    moment = values.at_clock(found, clock) if found else None
    return moment.replace(tzinfo=UTC) if moment else None


def place(composite: list[str]) -> tuple[str, str]:
    """C328 of GR.9: a city's code and the name of a house in it."""
    city, name = at(composite, 0), at(composite, 1)
    short = code(city, 4)
    return short, (name or ("" if short else city))[:80]
