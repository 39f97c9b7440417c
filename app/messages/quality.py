"""How good the data of a message are, as counts without anything about a person. Pure.

Counts are named ``persons``, ``bookings``, ``documents``, ``missing.<element>``, ``wrong.<element>`` (sent,
but no such value) and ``number.<fault>`` (:mod:`app.formats.document_numbers`). Elements are those of
:mod:`app.formats.required`, for bookings also ``contact``, ``payment``, ``ticket`` and ``document``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.formats import codes, values
from app.formats.document_numbers import number_fault
from app.formats.paxlst_model import PassengerList, Person, Role
from app.formats.pnrgov.record import Pnr, PnrPush, Traveller
from app.formats.required import Element, missing

Counts = dict[str, int]

_OF_EVERYBODY = frozenset({
    Element.SURNAME, Element.GIVEN_NAMES, Element.BIRTH_DATE, Element.SEX, Element.NATIONALITY,
    Element.DOCUMENT_TYPE, Element.DOCUMENT_NUMBER, Element.DOCUMENT_ISSUER,
    Element.DOCUMENT_EXPIRY,
})  # fmt: skip
_OF_PASSENGERS = _OF_EVERYBODY | {Element.LOCATOR, Element.REFERENCE, Element.SEAT, Element.BAGS}
LIST_ELEMENTS = tuple(one for one in Element if one in _OF_PASSENGERS)
LIST_WRONG = (
    Element.SURNAME, Element.GIVEN_NAMES, Element.BIRTH_DATE, Element.SEX, Element.NATIONALITY,
    Element.DOCUMENT_ISSUER, Element.DOCUMENT_EXPIRY,
)  # fmt: skip
BOOKING_WRONG = ("surname", "document")
BOOKING_ELEMENTS = ("surname", "document", "birth-date", "contact", "payment", "ticket")
_VISA = "V"


def of_list(listing: PassengerList) -> Counts:
    """Counts of a passenger or crew list; who is meant by reference alone lacks nothing."""
    described = [one for one in listing.persons if not listing.refers_to(one)]
    counts: Counter[str] = Counter(persons=len(described))
    for person in described:
        counts.update(_of_person(person))
    return dict(counts)


def _of_person(person: Person) -> Iterator[str]:
    passenger = person.role is Role.PASSENGER
    wrong = set(_wrong(person))
    yield from (f"wrong.{one}" for one in wrong)
    required = _OF_PASSENGERS if passenger else _OF_EVERYBODY
    yield from (f"missing.{one}" for one in missing(person, required) if one not in wrong)
    for paper in person.documents:
        if paper.type == _VISA or not paper.number:
            continue
        yield "documents"
        if fault := number_fault(paper.type, paper.number, paper.issuer.country):
            yield f"number.{fault}"


def _wrong(person: Person) -> Iterator[Element]:
    """What was sent and is no such value."""
    if person.surname and values.is_placeholder(person.surname):
        yield Element.SURNAME
    if person.given and values.is_placeholder(person.given):
        yield Element.GIVEN_NAMES
    if person.birth_date is None and person.birth_date_text:
        yield Element.BIRTH_DATE
    if not person.sex and any(fault.code == "sex" for fault in person.faults):
        yield Element.SEX
    if person.nationality and codes.country(person.nationality) is None:
        yield Element.NATIONALITY
    papers = [paper for paper in person.documents if paper.type != _VISA]
    if any(paper.expiry is None and paper.expiry_text for paper in papers):
        yield Element.DOCUMENT_EXPIRY
    if any(
        paper.issuer.country and codes.country(paper.issuer.country) is None for paper in papers
    ):
        yield Element.DOCUMENT_ISSUER


def of_push(push: PnrPush) -> Counts:
    """Counts of a push of bookings; bookings that an update removes say nothing."""
    counts: Counter[str] = Counter()
    for pnr in push.records:
        if not pnr.removed:
            counts.update(_of_booking(pnr))
    return dict(counts)


def _of_booking(pnr: Pnr) -> Iterator[str]:
    yield "bookings"
    if not pnr.contacts:
        yield "missing.contact"
    if not pnr.payments:
        yield "missing.payment"
    yield from ("wrong.document" for _ in pnr.unmatched_documents)
    for one in pnr.people:
        yield "persons"
        yield from _of_traveller(one)


def _of_traveller(one: Traveller) -> Iterator[str]:
    if not one.surname or values.is_placeholder(one.surname):
        yield "missing.surname" if not one.surname else "wrong.surname"
    if not one.documents:
        yield "missing.document"
    if one.birth is None:
        yield "missing.birth-date"
    if not one.tickets:
        yield "missing.ticket"
    for paper in one.documents:
        if paper.number:
            yield "documents"
            if fault := number_fault(paper.kind or "P", paper.number, paper.issuer):
                yield f"number.{fault}"


# --- from verdicts to a day's figures -------------------------------------------------------------


def tally(transmissions: Iterable[tuple[str, list[dict[str, Any]]]]) -> dict[str, Counts]:
    """The figures of a day by carrier, from the (status, summary) of each transmission; '' = no carrier.

    A duplicate comes with the summary of what it repeats. Of test messages nothing but their number counts.
    """
    found: dict[str, Counter[str]] = {}
    for status, summary in transmissions:
        for carrier in {_carrier(one) for one in summary} or {""}:
            found.setdefault(carrier, Counter()).update(_of_transmission(status))
        if status == "duplicate":
            continue
        for one in summary:
            found[_carrier(one)].update(_of_message(one))
    return {carrier: dict(counts) for carrier, counts in found.items()}


def _carrier(summary: Mapping[str, Any]) -> str:
    return str(summary.get("carrier") or "")


def _of_transmission(status: str) -> Iterator[str]:
    yield "transmissions"
    if status == "duplicate":
        yield "duplicates"
    elif status == "rejected":
        yield "rejected"


def _of_message(summary: Mapping[str, Any]) -> Counts:
    """One message's own counts; those of its people stand under the kind: ``PAXLST.persons`` ..."""
    if summary.get("test"):
        return {"test": 1}
    kind = str(summary.get("type") or "other")
    counts: Counter[str] = Counter(
        {"messages": 1, f"messages.{kind}": 1, "not_applied": int(not summary.get("applied")),
         "errors": int(summary.get("errors") or 0), "warnings": int(summary.get("warnings") or 0),
         "out_of_order": int(bool(summary.get("stale")))}
    )  # fmt: skip
    family = "PNRGOV" if kind.startswith("PNRGOV") else kind
    for name, count in (summary.get("quality") or {}).items():
        counts[f"{family}.{name}"] += int(count)
    for code, count in (summary.get("faults") or {}).items():
        counts[f"fault.{code}"] += int(count)
    return {name: count for name, count in counts.items() if count}
