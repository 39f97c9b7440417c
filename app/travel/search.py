"""Find people and flights of a site by what an officer has in hand: a name, a document, a flight, a seat, a booking.

Names are found by their letters first; when nobody is, or similar ones are asked for, by likeness, word for word and in
whatever order (Jaro-Winkler). All of it looks at the flights around now alone, but for documents, which have an index.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist
from sqlalchemy.orm import Session

from app.formats import mrz
from app.formats.values import document_number
from app.travel.models import Booking, Document, Flight, FlightAlias, Passenger, TravelStatus
from app.travel.views import flight_number

BEFORE, AFTER = timedelta(days=2), timedelta(days=3)
MOST = 50
ALIKE = 0.85
"""A word is another one misspelt from here on: LINDQVIST and LINDKVIST 0.96, SMITH and SMYTHE 0.86; MOHAMMED and MUHAMAD
(0.80) are not, and neither are JAN and JON (0.80).
"""
_FLIGHT = re.compile(r"([A-Z0-9]{2}[A-Z]?) ?0*([1-9]\d{0,3})([A-Z]?)")
_SEAT = re.compile(r"0*([1-9]\d?)([A-Z])")
_LOCATOR = re.compile(r"[A-Z0-9]{5,8}")


class By(StrEnum):
    """What somebody was found by."""

    DOCUMENT = "document"
    BOOKING = "booking"
    SEAT = "seat"
    NAME = "name"
    LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a typed text can be; a field is empty where it cannot."""

    flight: tuple[str, int, str] | None = None
    seat: str = ""
    document: str = ""
    locator: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody on a flight."""

    passenger_id: UUID
    surname: str
    given_names: str
    nationality: str | None
    birth_date: date | None
    seat: str | None
    flight_id: UUID
    flight: str
    origin: str
    arrives_at: datetime | None
    by: By


@dataclass(frozen=True, slots=True)
class FlightFound:
    """A flight of that number."""

    id: UUID
    number: str
    origin: str
    arrives_at: datetime | None


@dataclass(frozen=True, slots=True)
class Results:
    """``more``: there are others beyond :data:`MOST`."""

    flights: tuple[FlightFound, ...] = ()
    people: tuple[Found, ...] = ()
    more: bool = False


def read_wanted(text: str) -> Wanted:
    """What a text can be: ``XX101`` a flight, ``XX101 14C`` a seat on it, ``K1234567`` a document or a booking, words a
    name. One text can be several.
    """
    plain = " ".join(mrz.transliterate(text).split())
    raw = " ".join(text.upper().split())
    head, _, tail = raw.rpartition(" ")
    seat = _SEAT.fullmatch(tail) if head else None
    flight = _FLIGHT.fullmatch(head if seat else raw)
    if flight is None:
        seat = None
    number = document_number(raw)
    has_digit = any(c.isdigit() for c in raw)
    return Wanted(
        flight=(flight[1], int(flight[2]), flight[3]) if flight else None,
        seat=f"{int(seat[1])}{seat[2]}" if seat else "",
        document=number if has_digit and len(number) >= 5 and not seat else "",
        locator=raw if _LOCATOR.fullmatch(raw) and not seat else "",
        words=() if has_digit else tuple(plain.split())[:6],
    )


def search(
    session: Session, site: str, text: str, now: datetime, *, similar: bool = False
) -> Results:
    """Who and what of a site the text can mean; at most :data:`MOST` people, in at most six statements."""
    wanted = read_wanted(text)
    flights = _flights(session, site, wanted, now)
    people = [
        *_by(session, site, By.DOCUMENT, _of_document(wanted), now, bounded=False),
        *_by(session, site, By.BOOKING, _of_booking(wanted), now),
        *_by(session, site, By.SEAT, _of_seat(wanted, flights), now),
        *_by(session, site, By.NAME, _of_name(wanted), now),
    ]
    if wanted.words and (similar or not people):
        people += _alike(session, site, wanted.words, now)
    once = list({one.passenger_id: one for one in reversed(people)}.values())[::-1]
    return Results(tuple(flights), tuple(once[:MOST]), len(once) > MOST)


def _window(site: str, now: datetime) -> sa.ColumnElement[bool]:
    moment = sa.func.coalesce(Flight.arrives_at, Flight.departs_at)
    return sa.and_(Flight.site == site, moment >= now - BEFORE, moment < now + AFTER)


def _flights(session: Session, site: str, wanted: Wanted, now: datetime) -> list[FlightFound]:
    if wanted.flight is None:
        return []
    key = dict(zip(("carrier", "number", "suffix"), wanted.flight, strict=True))
    alias = sa.select(FlightAlias.flight_id).filter_by(**key)
    own = sa.and_(*(getattr(Flight, name) == value for name, value in key.items()))
    query = (
        sa.select(Flight)
        .where(_window(site, now), sa.or_(own, Flight.id.in_(alias)))
        .order_by(Flight.arrives_at)
        .limit(MOST)
    )
    return [
        FlightFound(one.id, flight_number(one), one.origin, one.arrives_at)
        for one in session.scalars(query)
    ]


_Condition = sa.ColumnElement[bool] | None


def _of_document(wanted: Wanted) -> _Condition:
    if not wanted.document:
        return None
    of = sa.select(Document.passenger_id).where(Document.number_key == wanted.document)
    return Passenger.id.in_(of)


def _of_booking(wanted: Wanted) -> _Condition:
    if not wanted.locator:
        return None
    held = sa.select(Booking.party_id).where(
        Booking.flight_id == Passenger.flight_id, Booking.locator == wanted.locator
    )
    return sa.or_(Passenger.locator == wanted.locator, Passenger.party_id.in_(held))


def _of_seat(wanted: Wanted, flights: Sequence[FlightFound]) -> _Condition:
    if not wanted.seat or not flights:
        return None
    bare = sa.func.ltrim(Passenger.seat, "0")
    return sa.and_(Passenger.flight_id.in_([one.id for one in flights]), bare == wanted.seat)


def _of_name(wanted: Wanted) -> _Condition:
    if not wanted.words:
        return None
    key = Passenger.name_key
    glued = "".join(wanted.words)
    begins = [key.startswith(word, autoescape=True) for word in {*wanted.words, glued}]
    holds = [key.contains(word, autoescape=True) for word in wanted.words]
    return sa.and_(sa.or_(*begins), *holds)


def _people() -> sa.Select[Passenger, Flight]:
    return (
        sa.select(Passenger, Flight)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Passenger.travel_status != TravelStatus.WITHDRAWN)
    )


def _by(
    session: Session, site: str, by: By, condition: _Condition, now: datetime, *, bounded: bool = True
) -> list[Found]:  # fmt: skip
    if condition is None:
        return []
    where = _window(site, now) if bounded else Flight.site == site
    query = _people().where(where, condition)
    newest = query.order_by(Flight.arrives_at.desc().nulls_last(), Passenger.id).limit(MOST + 1)
    return [_found(one, flight, by) for one, flight in session.execute(newest)]


def _found(one: Passenger, flight: Flight, by: By) -> Found:
    return Found(
        one.id, one.surname, one.given_names, one.nationality, one.known_birth_date, one.seat, flight.id,
        flight_number(flight), flight.origin, flight.arrives_at, by,
    )  # fmt: skip


# --- likeness -------------------------------------------------------------------------------------


def _alike(session: Session, site: str, words: Sequence[str], now: datetime) -> list[Found]:
    """Those whose names are like the words, the likest first."""
    rows = session.execute(
        sa.select(Passenger.id, Passenger.surname, Passenger.given_names)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(_window(site, now), Passenger.travel_status != TravelStatus.WITHDRAWN)
    ).all()
    best = likest(words, ((row.id, f"{row.surname} {row.given_names}") for row in rows))
    people = _people().where(Passenger.id.in_(best))
    found = {one.id: _found(one, flight, By.LIKENESS) for one, flight in session.execute(people)}
    return [found[one] for one in best if one in found]


def likest(words: Sequence[str], names: Iterable[tuple[UUID, str]]) -> list[UUID]:
    """Whose names hold something like each of the words, the likest first, at most one more than :data:`MOST`; pure."""
    owned = [(owner, _words(name)) for owner, name in names]
    vocabulary = sorted({word for _, own in owned for word in own})
    if not vocabulary:
        return []
    place = {word: n for n, word in enumerate(vocabulary)}
    scores = cdist(words, vocabulary, scorer=JaroWinkler.normalized_similarity)
    ranked: list[tuple[float, UUID]] = []
    for owner, own in owned:
        columns = [place[word] for word in own]
        best = scores[:, columns].max(axis=1) if columns else None
        if best is not None and best.min() >= ALIKE:
            ranked.append((-float(best.mean()), owner))
    return [owner for _, owner in sorted(ranked)[: MOST + 1]]


def _words(name: str) -> tuple[str, ...]:
    """Most names come as capitals already."""
    plain = (
        name
        if name.isascii() and name.isupper() and name.replace(" ", "").isalpha()
        else mrz.transliterate(name)
    )
    return tuple(plain.split())
