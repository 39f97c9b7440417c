"""A declaration as a value: read from what a traveller sent, to and from the JSON that is stored. Pure.

Inside, a declaration is the value of the credential format, whichever way it came. Stored it is JSON with
the questionnaire's own names: ``questionnaire, traveller, journey, contact, companions, answers {question:
bool}, goods`` in the shape of :class:`app.declarations.schemas.Submission`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.declarations.people import Person
from app.declarations.schemas import Submission
from app.formats import codes, values
from app.formats.credential import (
    Companion,
    Contact,
    Declaration,
    Goods,
    Identity,
    Journey,
    Receipt,
    binding,
)
from app.formats.questionnaire import (
    FilledForm,
    Lane,
    Questionnaire,
    answer_mask,
    answers_from_mask,
    lane,
    validate,
    validate_declaration,
)
from app.kernel.errors import FieldProblem, InvalidError

Content = dict[str, Any]

EARLIEST, LATEST = timedelta(days=-1), timedelta(days=14)
"""Declarations online: for yesterday's arrival up to two weeks ahead (receipts live 30 days at most)."""

VALID_AFTER_ARRIVAL = timedelta(hours=72)
_TOLERATED = frozenset({"goods_required", "packages_required", "description_required"})
_UNKNOWN = -1


def read_submission(
    sent: Submission,
    questionnaire: Questionnaire,
    today: date,
    *,
    seq: int = 0,
    without_goods: bool = False,
) -> Declaration:
    """The declared values. ``today`` is the date at the port of arrival; ``without_goods``: what a "yes"
    demands is listed later, at the counter to which it leads.

    Raises InvalidError with pointers into ``sent``.
    """
    form = FilledForm(sent.answers, _purpose(sent, questionnaire), _goods(sent, questionnaire))
    found = [
        FieldProblem(problem.pointer.replace("/purpose", "/journey/purpose"), problem.code)
        for problem in validate(questionnaire, form)
        if not (without_goods and problem.code in _TOLERATED)
    ]
    flight = codes.FlightNumber.parse(sent.journey.flight)
    if problems := [*found, *_problems(sent, questionnaire, today, flight)]:
        raise InvalidError(fields=problems)
    return Declaration(
        identity=_identity(sent),
        journey=Journey(
            str(flight), sent.journey.origin, sent.journey.destination, sent.journey.arrival_date,
            form.purpose,
        ),
        contact=Contact(sent.contact.address, sent.contact.phone) if sent.contact else None,
        companions=tuple(_companions(sent)),
        questionnaire=questionnaire.id,
        answers=answer_mask(questionnaire, sent.answers),
        goods=tuple(form.goods),
        seq=seq,
    )  # fmt: skip


def is_acceptable(declaration: Declaration, questionnaire: Questionnaire) -> bool:
    """Whether a declaration that came as a code can be read with its questionnaire.

    Goods that a "yes" demands may be missing: the answer leads to a counter all the same.
    """
    problems = validate_declaration(questionnaire, declaration)
    return all(problem.code in _TOLERATED for problem in problems)


def lane_of(declaration: Declaration, questionnaire: Questionnaire) -> Lane:
    """Where the traveller's own statements lead. Listed goods lead to the counter whatever was ticked."""
    answered = lane(questionnaire, answers_from_mask(questionnaire, declaration.answers))
    return max(answered, Lane.GOODS) if declaration.goods else answered


def receipt_of(declaration: Declaration, cti: bytes, party_lane: int) -> Receipt:
    """What the receipt says. The binding takes the number as a passport's machine-readable lines print it."""
    who, journey = declaration.identity, declaration.journey
    return Receipt(
        seq=declaration.seq,
        binding=binding(cti, document_key(declaration), who.issuer, who.birth_date),
        flight=journey.flight,
        arrival=journey.arrival,
        lane=party_lane,
        party_size=1 + len(declaration.companions),
        goods_count=len(declaration.goods),
    )


def companion_receipts(declaration: Declaration, cti: bytes, lane: int) -> list[Receipt | None]:
    """For each companion the same receipt, bound to the companion's passport; None where the form names none.

    A form names no issuer for companions: the traveller's is taken. Where it is another, no passport fits the
    receipt, and the service finds the person on the declaration as without it.
    """
    party = receipt_of(declaration, cti, lane)
    issuer = declaration.identity.issuer

    def of(one: Companion) -> Receipt | None:
        number = values.document_number(one.document_number or "")
        return (
            replace(party, binding=binding(cti, number, issuer, one.birth_date)) if number else None
        )

    return [of(one) for one in declaration.companions]


def document_key(declaration: Declaration) -> str:
    """The traveller's document number as it is compared: A-Z, 0-9."""
    return values.document_number(declaration.identity.document_number)


def today_at(now: datetime, port: str, site: str) -> date:
    """The date at the port of arrival; at the site where the port is not known."""
    place = codes.airport(port) or codes.airport(site)
    return now.astimezone(ZoneInfo(place.timezone) if place else UTC).date()


def valid_until(arrival: date, port: str, site: str) -> datetime:
    """When a declaration and its receipts end: 72 hours after the day of arrival began there."""
    midnight = datetime.combine(arrival, time())
    start = codes.to_utc(midnight, port) or codes.to_utc(midnight, site)
    return (start or midnight.replace(tzinfo=UTC)) + VALID_AFTER_ARRIVAL


def known_date(wire: int) -> date | None:
    """A date of birth yyyymmdd as a date; None where parts of it are open."""
    year, month, day = wire // 10000, wire // 100 % 100, wire % 100
    return date(year, month, day) if month and day else None


# --- JSON -----------------------------------------------------------------------------------------


def to_content(declaration: Declaration, questionnaire: Questionnaire) -> Content:
    """The JSON that is stored and shown to its owner."""
    who, journey, contact = declaration.identity, declaration.journey, declaration.contact
    return {
        "questionnaire": questionnaire.key,
        "traveller": {
            "surname": who.surname,
            "given_names": who.given,
            "document": {"number": who.document_number, "issuer": who.issuer},
            "nationality": who.nationality,
            "birth_date": printed(who.birth_date),
        },
        "journey": {
            "flight": journey.flight,
            "from": journey.origin,
            "to": journey.destination,
            "arrival_date": journey.arrival.isoformat(),
            "purpose": {one.number: one.id for one in questionnaire.purposes}[journey.purpose],
        },
        "contact": {"address": contact.address, "phone": contact.phone} if contact else None,
        "companions": [
            {
                "surname": one.surname,
                "given_names": one.given,
                "document_number": one.document_number,
                "birth_date": printed(one.birth_date),
            }
            for one in declaration.companions
        ],
        "answers": answers_from_mask(questionnaire, declaration.answers),
        "goods": [_goods_content(line, questionnaire) for line in declaration.goods],
    }


class Besides(Protocol):
    """What says more than a code has room for."""

    @property
    def bags(self) -> int | None: ...
    @property
    def stay_nights(self) -> int | None: ...


def said_besides(sent: Besides) -> Content:
    """What a form says that no code has room for, where it says it."""
    besides = {"bags": sent.bags, "stay_nights": sent.stay_nights}
    return {name: value for name, value in besides.items() if value is not None}


def from_content(content: Content, questionnaire: Questionnaire, seq: int) -> Declaration:
    """The value of what :func:`to_content` wrote."""
    who, journey, contact = content["traveller"], content["journey"], content["contact"]
    return Declaration(
        identity=Identity(
            who["surname"], who["given_names"], who["document"]["number"],
            who["document"]["issuer"], who["nationality"], _wire(who["birth_date"]),
        ),
        journey=Journey(
            journey["flight"], journey["from"], journey["to"],
            date.fromisoformat(journey["arrival_date"]),
            {one.id: one.number for one in questionnaire.purposes}[journey["purpose"]],
        ),
        contact=Contact(contact["address"], contact["phone"]) if contact else None,
        companions=tuple(
            Companion(
                one["surname"], one["given_names"], one["document_number"], _wire(one["birth_date"])
            )
            for one in content["companions"]
        ),
        questionnaire=questionnaire.id,
        answers=answer_mask(questionnaire, content["answers"]),
        goods=tuple(_goods_from(line, questionnaire) for line in content["goods"]),
        seq=seq,
    )  # fmt: skip


def content_digest(content: Content) -> bytes:
    """SHA-256 of the canonical JSON: tells a repetition from an amendment."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def people_of(content: Content) -> dict[int, Person]:
    """Everybody whom a stored declaration names: 0 the traveller, 1..9 the companions."""
    who = content["traveller"]
    document = who["document"]
    people = {0: _person(who, document["number"], document["issuer"])}
    for number, one in enumerate(content["companions"], start=1):
        people[number] = _person(one, one["document_number"], None)
    return people


def _person(said: Mapping[str, Any], number: str | None, issuer: str | None) -> Person:
    birth = known_date(_wire(said["birth_date"]))
    return Person(said["surname"], said["given_names"], birth, number, issuer)


def _goods_content(line: Goods, questionnaire: Questionnaire) -> Content:
    return {
        "category": {one.number: one.id for one in questionnaire.categories}[line.category],
        "description": line.description,
        "quantity": line.quantity,
        "value": line.value,
        "currency": line.currency,
    }


def _goods_from(line: Mapping[str, Any], questionnaire: Questionnaire) -> Goods:
    numbers = {one.id: one.number for one in questionnaire.categories}
    return Goods(
        numbers[line["category"]],
        line["description"],
        line["quantity"],
        line["value"],
        line["currency"],
    )


# --- what was sent --------------------------------------------------------------------------------


def _problems(
    sent: Submission,
    questionnaire: Questionnaire,
    today: date,
    flight: codes.FlightNumber | None,
) -> Iterator[FieldProblem]:
    if sent.language not in questionnaire.languages:
        yield FieldProblem("/language", "unknown")
    if flight is None:
        yield FieldProblem("/journey/flight", "flight_number")
    if not EARLIEST <= sent.journey.arrival_date - today <= LATEST:
        yield FieldProblem("/journey/arrival_date", "wrong_arrival")
    births = [("/traveller", sent.traveller.birth_date)]
    births += [(f"/companions/{i}", one.birth_date) for i, one in enumerate(sent.companions)]
    for pointer, text in births:
        if _wire(text) > _wire((today + timedelta(days=1)).isoformat()):
            yield FieldProblem(f"{pointer}/birth_date", "in_future")


def _purpose(sent: Submission, questionnaire: Questionnaire) -> int:
    numbers = {one.id: one.number for one in questionnaire.purposes}
    return numbers.get(sent.journey.purpose, _UNKNOWN)


def _goods(sent: Submission, questionnaire: Questionnaire) -> list[Goods]:
    numbers = {one.id: one.number for one in questionnaire.categories}
    return [
        Goods(
            numbers.get(line.category, _UNKNOWN),
            line.description or None,
            line.quantity,
            line.value,
            line.currency,
        )
        for line in sent.goods
    ]


def _identity(sent: Submission) -> Identity:
    who = sent.traveller
    return Identity(
        who.surname,
        who.given_names,
        values.document_number(who.document.number),
        who.document.issuer,
        who.nationality,
        _wire(who.birth_date),
    )


def _companions(sent: Submission) -> Iterator[Companion]:
    for one in sent.companions:
        number = values.document_number(one.document_number or "") or None
        yield Companion(one.surname, one.given_names, number, _wire(one.birth_date))


def _wire(text: str) -> int:
    return int(text.replace("-", ""))


def printed(wire: int) -> str:
    """Yyyymmdd as a passport prints it: 00 for what it leaves open."""
    return f"{wire // 10000:04d}-{wire // 100 % 100:02d}-{wire % 100:02d}"
