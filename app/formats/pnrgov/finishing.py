"""Travellers with what was found for them, made final."""

from collections.abc import Sequence
from typing import TypeVar

from app.formats.pnrgov.drafts import TicketDraft, TravellerDraft
from app.formats.pnrgov.record import Document, FrequentFlyer, Ticket, Traveller

T = TypeVar("T")


def unique(found: Sequence[T]) -> tuple[T, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(found) if len(found) > 1 else found)


def give(person: TravellerDraft, document: Document) -> None:
    """The same document comes once per flight, sometimes with alpha-2 and sometimes alpha-3 states;
    one without number only tells birth and sex, and is kept while there is nothing better.
    """
    person.birth = person.birth or document.birth
    person.sex = person.sex or document.sex
    if document.infant and not person.kind:
        person.kind = "INF"
    if document.number:
        person.documents.pop("", None)
        person.documents.setdefault(document.number, document)
    elif not person.documents:
        person.documents[""] = document


def electronic(person: TravellerDraft, number: str, coupon: str) -> None:
    """A ticket that an SSR TKNE names, with its coupon."""
    if person.electronic is None:
        person.electronic = {}
    coupons = person.electronic.setdefault(number, {})
    if coupon:
        coupons[coupon] = None


def traveller(draft: TravellerDraft) -> Traveller:
    """The traveller as a value."""
    named = draft.named
    ages = [fare.age for fare in draft.fares if fare.age is not None] if draft.fares else []
    return Traveller(
        named.reference, named.surname, named.given, named.title, draft.kind, named.with_infant,
        named.group, draft.unique_id, draft.birth, draft.sex, tuple(draft.documents.values()),
        draft.visas, draft.addresses,
        _flyers(draft.flyers) if draft.flyers else (),
        _tickets(draft) if draft.tickets or draft.electronic else (),
        draft.services, draft.identifications, draft.fares,
        unique(draft.fare_calculations), draft.unaccompanied, ages[0] if ages else draft.age,
        draft.boarding_status,
    )  # fmt: skip


def _tickets(draft: TravellerDraft) -> tuple[Ticket, ...]:
    """Those of TKT, with the coupons that SSR TKNE names, and those that only TKNE knows."""
    electronic = draft.electronic or {}
    for ticket in draft.tickets:
        ticket.coupons = tuple(electronic.get(ticket.number, ()))
    known = {ticket.number for ticket in draft.tickets}
    for number, coupons in electronic.items():
        if number not in known:
            found = TicketDraft(number, "T")
            found.coupons = tuple(coupons)
            draft.tickets += (found,)
    return tuple([ticket.final() for ticket in draft.tickets])


def _flyers(found: Sequence[FrequentFlyer]) -> tuple[FrequentFlyer, ...]:
    return tuple({(f.carrier, f.number): f for f in reversed(found)}.values())[::-1]
