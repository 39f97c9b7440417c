"""The composites that PNRGOV's segments share: times, numbers, amounts, flights, locators, bags."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from app.formats import values
from app.formats.codes import FlightNumber
from app.formats.edifact import BLANKS, Segment
from app.formats.pnrgov.drafts import Flight, Paid
from app.formats.pnrgov.privacy import seal_card
from app.formats.pnrgov.record import (
    Address,
    Baggage,
    BagTag,
    ExcessBaggage,
    FrequentFlyer,
    Leg,
    Locator,
    Price,
    Tax,
)

_FAR = 370  # days: no push is sent earlier or later than that
_LONGEST_TIME = 12  # characters of a day or a clock; what is longer is none


def at(composite: list[str], place: int) -> str:
    """A component counted from 0, blanks stripped; '' when absent."""
    return composite[place].strip(BLANKS) if place < len(composite) else ""


def head(composite: list[str], count: int) -> list[str]:
    """The first `count` components, blanks stripped; '' for each that is absent."""
    found = [component.strip(BLANKS) for component in composite[:count]]
    return found + [""] * (count - len(found))


def number(text: str) -> int | None:
    return int(text) if text.isdigit() and text.isascii() and len(text) < 7 else None


def amount(text: str) -> Decimal | None:
    """A sum of money; the decimal mark may be a comma. None also for what has the size of no sum."""
    if not 0 < len(text) <= 12:
        return None
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def code(text: str, longest: int = 3) -> str:
    """A short code, '' for anything else that stands in its place."""
    if text and len(text) <= longest and text.isalnum() and text.isascii():
        return text.upper()
    return ""


# The same few days and moments stand in every segment of a push. What is cached is short.


@lru_cache(maxsize=1024)
def _day(text: str, *, year_first: bool = False) -> date | None:
    return values.message_date(text, day_first=not year_first)


@lru_cache(maxsize=1024)
def _at(day: date, clock: str) -> datetime | None:
    return values.at_clock(day, clock)


@lru_cache(maxsize=1024)
def _moment(day: str, clock: str) -> datetime | None:
    found = _day(day)
    return (_at(found, clock) or _start(found)).replace(tzinfo=UTC) if found else None


def _start(day: date) -> datetime:
    return datetime.combine(day, time())


def moment(day: str, clock: str) -> datetime | None:
    """DDMMYY and HHMM or HHMMSS in UTC; without a clock it is midnight."""
    return _moment(day, clock) if 0 < len(day) + len(clock) <= _LONGEST_TIME else None


def local_times(
    tvl: list[str], day: date | None = None, *, year_first: bool = False
) -> tuple[datetime | None, datetime | None]:
    """Departure and arrival of TVL's C310, naive. Short forms: `date:time:time` and `date:time::time`
    arrive on the day of departure; the fifth component counts days onward. A clock of arrival
    before that of departure is legal across the date line, so no day is added on our own.
    Days are DDMMYY, from a sender of YYMMDD (`is_year_first`) that.
    """
    first, leaves, last, clock, variation = (text[:_LONGEST_TIME] for text in head(tvl, 5))
    day = day or _day(first, year_first=year_first)
    if day is None:
        return None, None
    departure = _at(day, leaves) or _start(day)
    if len(last) == 4 and not clock:
        last, clock = "", last
    arrival_day = _day(last, year_first=year_first) if last else None
    if arrival_day is None:
        arrival_day = departure.date() + timedelta(days=_variation(variation))
    return departure, _at(arrival_day, clock)


def midnight(day: str, *, year_first: bool = False) -> datetime | None:
    """A day without a clock, naive; None for what is none (the third component of a short TVL is a clock)."""
    found = _day(day, year_first=year_first) if len(day) == 6 else None
    return datetime.combine(found, time()) if found else None


def _variation(text: str) -> int:
    days = number(text.lstrip("+-")) or 0
    return 0 if days > 3 else -days if text.startswith("-") else days


def header_day(text: str, prepared: date | None) -> tuple[date | None, bool]:
    """The day of the flight pushed and whether it is credible. It is DDMMYY; one sender writes
    YYMMDD, so the reading nearest to the interchange's own date wins when that is near at all.
    """
    standard = values.message_date(text, day_first=True)
    if prepared is None:
        return standard, standard is not None
    nearest = values.nearest_date(text, prepared)
    if nearest and abs((nearest - prepared).days) <= _FAR:
        return nearest, True
    return standard or nearest, False


def is_year_first(tvl: list[str], day: date | None) -> bool:
    """Whether the header's TVL, whose flight leaves on `day`, writes its days YYMMDD. The first of its dates
    that is another day in the other order tells: 261126 of 26 November 2026 does not, 261127 behind it does.
    """
    if day is None:
        return False
    first, _, last = head(tvl, 3)
    for text in (first, last):
        standard, turned = _day(text), _day(text, year_first=True)
        if standard != turned:
            return turned is not None and turned == values.nearest_date(text, day)
    return False


def flight(segment: Segment, day: date | None = None, *, year_first: bool = False) -> Flight:
    """TVL: dates, ports, marketing and operating carrier, number and class."""
    carrier, operator = map(code, segment.head(4, 2))
    departure, arrival = local_times(segment.components(1), day, year_first=year_first)
    sent, booking_class, suffix = segment.head(5, 3)
    if sent and len(suffix) == 1 and suffix.isalpha() and sent[-1].isdigit():  # 9914
        sent += suffix
    booked = FlightNumber.of(carrier, sent)
    carrier = carrier or (booked.carrier if booked else "")
    board, off = code(segment.value(2), 4), code(segment.value(3), 4)
    leg = Leg(
        carrier,
        operator or carrier,
        booked,
        None if operator and operator != carrier else booked,
        board,
        off,
        departure,
        arrival,
    )
    return Flight(
        leg,
        code(booking_class, 2),
        sent,
        short=not (carrier or board or off or departure),
        odd_date=departure is None and segment.value(1) != "",
    )


def locator(composite: list[str]) -> Locator | None:
    """C330: carrier, locator, type, date, time (UTC). One sender leaves the type's place out."""
    carrier, name, kind, day, clock = head(composite, 5)
    if not name:
        return None
    if len(kind) == 6 and kind.isdigit():
        kind, day, clock = "", kind, day
    return Locator(code(carrier), name.upper()[:20], kind, moment(day, clock) if day else None)


def price(composite: list[str]) -> Price | None:
    kind, text, currency = head(composite, 3)
    found = amount(text)
    return Price(kind[:3], found, code(currency)) if found is not None else None


def tax(composite: list[str]) -> Tax | None:
    """C668: amount, country, currency, type of tax."""
    text, country, currency, kind = head(composite, 4)
    found = amount(text)
    return Tax(code(kind), found, code(currency), code(country)) if found is not None else None


def deadline(composite: list[str], travel: date | None) -> datetime | None:
    """C310 of PTK, local. Senders write YYMMDD and DDMMYY: what is nearest to the flight is meant."""
    day, clock = head(composite, 2)
    found = values.nearest_date(day, travel) if travel else values.message_date(day)
    return _at(found, clock) or _start(found) if found else None


def flyer(composite: list[str]) -> FrequentFlyer | None:
    """C326: airline, number, traveller reference, status, tier."""
    airline, name, _, status, tier = head(composite, 5)
    return FrequentFlyer(code(airline), name.upper()[:25], tier, code(status)) if name else None


def address(composite: list[str], traveller: int | None) -> Address | None:
    """C032: purpose, street, city, state code, state name, country, postcode."""
    kind, street, city, state, state_name, country, postcode = head(composite, 7)
    if not (street or city or country or postcode):
        return None
    state = state or state_name
    return Address(kind, code(country), street, city, state, postcode, traveller)


def expiry(text: str) -> tuple[int, int] | None:
    """MMYY as (year, month)."""
    if len(text) != 4 or number(text) is None or not "01" <= text[:2] <= "12":
        return None
    return 2000 + int(text[2:]), int(text[:2])


_UNITS: dict[str, Literal["kg", "lb"]] = {
    "700": "kg", "701": "lb", "KGM": "kg", "LBR": "lb", "K": "kg", "L": "lb", "KG": "kg",
    "LB": "lb", "KGS": "kg", "LBS": "lb",
}  # fmt: skip


def unit(text: str) -> Literal["kg", "lb", ""]:
    return _UNITS.get(text.upper(), "")


def excess_baggage(segment: Segment) -> ExcessBaggage:
    """EBD: `EBD+USD:50.00+1::N`. C675 is pieces, weight, -, unit; some leave one component out."""
    pieces, weight, third, fourth = segment.head(2, 4)
    measure = unit(fourth or third)
    count, heavy = number(pieces), number(weight)
    if measure and heavy is None:
        count, heavy = None, count
    return ExcessBaggage(amount(segment.value(1, 2)), code(segment.value(1)), count, heavy, measure)


def baggage(segment: Segment) -> Baggage:
    """TBD: `TBD++2:34:700+1:7:700+HP:pool+airline:tag:run:port...`."""
    pieces, weight, measure = segment.head(2, 3)
    others, other_weight, other_unit = segment.head(3, 3)
    role, pool = segment.head(4, 2)
    tags = [segment.head(place, 4) for place in range(5, len(segment.texts))]
    count = number(pieces)
    return Baggage(
        count, number(weight), unit(measure), code(role), pool, _tags(tags, count),
        number(others), number(other_weight), unit(other_unit),
    )  # fmt: skip


def _tags(tags: list[list[str]], count: int | None) -> tuple[BagTag, ...]:
    """One per bag. The count of consecutive tags is believed only if it is a count (one system puts
    other numbers there): at most 99, and all of them together are the pieces checked.
    """
    tags = [tag for tag in tags if tag[1]]
    if not tags:
        return ()
    runs = [number(run) or 1 for _, _, run, _ in tags]
    if len(tags) < sum(runs) == count and max(runs) <= 99:
        return tuple(
            BagTag(code(airline), tag, code(port, 4))
            for (airline, first, _, port), run in zip(tags, runs, strict=True)
            for tag in values.bag_tags(first, run)
        )
    return tuple([BagTag(code(airline), tag, code(port, 4)) for airline, tag, _, port in tags])


def payment(composite: list[str], fingerprint: Callable[[str], str] | None) -> Paid | None:
    """C641: type, indicator, amount, card's brand, account, expiry, approval.
    The account number is not kept.
    """
    kind, _, paid, vendor, account, expires, approval = head(composite, 7)
    kind = code(kind)
    last_four, mark = seal_card(account, fingerprint)
    if not kind and not last_four:
        return None
    return Paid(
        kind, code(vendor, 2), last_four, mark, expiry(expires), amount(paid), code(approval, 8)
    )
