"""What a credential says: the claims of a declaration and of a receipt, to and from values.

`declaration_from` and `receipt_from` check every type and limit of the format and raise
CredentialError claims_invalid; `declaration_claims` and `receipt_claims` write the same maps.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.formats.credential.errors import CredentialError

MAX_COMPANIONS = 9
MAX_SEQ = 1_000_000
"""Amendments of one declaration: nobody makes more, and a number that cannot grow could not be corrected."""
MAX_GOODS = 20
_IDENTITY, _JOURNEY, _CONTACT, _COMPANIONS, _ANSWERS, _GOODS, _SEQ = range(1, 8)
_REQUIRED_KEYS = {_IDENTITY, _JOURNEY, _CONTACT, _COMPANIONS, _ANSWERS, _GOODS}

# Three letters, but for Germany, whose passports say D. The bar would make the binding ambiguous.
_STATE = re.compile(r"[A-Z]{3}|D")
_PORT = re.compile(r"[A-Z]{3}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""The categories Cc and Cs of Unicode, which are closed."""
_DOCUMENT_NUMBER = re.compile(r"[!-{}~](?:[ -{}~]{0,18}[!-{}~])?")


@dataclass(frozen=True, slots=True)
class Identity:
    """The traveller as in the passport. `birth_date` is yyyymmdd; 00 stands for an unknown part."""

    surname: str
    given: str
    document_number: str
    issuer: str
    nationality: str
    birth_date: int


@dataclass(frozen=True, slots=True)
class Journey:
    """The arriving flight; ports are IATA codes, `purpose` a number of the questionnaire."""

    flight: str
    origin: str
    destination: str
    arrival: date
    purpose: int


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the traveller stays."""

    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Companion:
    """A family member on the same declaration; `birth_date` as in Identity."""

    surname: str
    given: str
    document_number: str | None
    birth_date: int


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of the goods list; `value` counts minor units of `currency`."""

    category: int
    description: str | None
    quantity: int
    value: int
    currency: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """The content of EGD1 and EGE1. `answers` is a bit mask: bit i = question i of the questionnaire."""

    identity: Identity
    journey: Journey
    contact: Contact | None
    companions: tuple[Companion, ...]
    questionnaire: int
    answers: int
    goods: tuple[Goods, ...]
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """The content of EGR1: nothing about the person but a salted hash. `lane` 0 green, 1 goods, 2 officer."""

    seq: int
    binding: bytes
    flight: str
    arrival: date
    lane: int
    party_size: int
    goods_count: int


def declaration_from(claim: Any) -> Declaration:
    """Read the declaration map (claim -65537)."""
    _require(type(claim) is dict and claim.keys() - {_SEQ} == _REQUIRED_KEYS)
    seq = _uint(claim.get(_SEQ, 0))
    _require(seq <= MAX_SEQ)
    identity = _identity(claim[_IDENTITY])
    questionnaire, answers = _items(claim[_ANSWERS], 2)
    return Declaration(
        identity=identity,
        journey=_journey(claim[_JOURNEY]),
        contact=_contact(claim[_CONTACT]),
        companions=_companions(claim[_COMPANIONS], identity.surname),
        questionnaire=_uint(questionnaire),
        answers=_uint(answers),
        goods=_goods(claim[_GOODS]),
        seq=seq,
    )


def receipt_from(claim: Any) -> Receipt:
    """Read the receipt array (claim -65538)."""
    seq, binding, flight, arrival, lane, party_size, goods_count = _items(claim, 7)
    _require(type(binding) is bytes and len(binding) == 16)
    _require(_uint(lane) <= 2)
    return Receipt(
        seq=_uint(seq),
        binding=binding,
        flight=_text(flight, 8, shortest=1),
        arrival=_day(arrival),
        lane=lane,
        party_size=_uint(party_size),
        goods_count=_uint(goods_count),
    )


def declaration_claims(declaration: Declaration) -> dict[int, Any]:
    """Write the declaration map, null where a surname or currency repeats. Raises claims_invalid."""
    who, journey, contact = declaration.identity, declaration.journey, declaration.contact
    claim: dict[int, Any] = {
        _IDENTITY: [
            who.surname,
            who.given,
            who.document_number,
            who.issuer,
            who.nationality,
            who.birth_date,
        ],
        _JOURNEY: [
            journey.flight,
            journey.origin,
            journey.destination,
            wire_date(journey.arrival),
            journey.purpose,
        ],
        _CONTACT: None if contact is None else [contact.address, contact.phone],
        _COMPANIONS: [
            [
                None if member.surname == who.surname else member.surname,
                member.given,
                member.document_number,
                member.birth_date,
            ]
            for member in declaration.companions
        ],
        _ANSWERS: [declaration.questionnaire, declaration.answers],
        _GOODS: _goods_claims(declaration.goods),
    }
    if declaration.seq:
        claim[_SEQ] = declaration.seq
    declaration_from(claim)
    return claim


def receipt_claims(receipt: Receipt) -> list[Any]:
    """Write the receipt array. Raises claims_invalid."""
    claim = [
        receipt.seq,
        receipt.binding,
        receipt.flight,
        wire_date(receipt.arrival),
        receipt.lane,
        receipt.party_size,
        receipt.goods_count,
    ]
    receipt_from(claim)
    return claim


def wire_date(day: date) -> int:
    """A date as the number yyyymmdd."""
    return day.year * 10000 + day.month * 100 + day.day


def _identity(claim: Any) -> Identity:
    if type(claim) is list and len(claim) == 7:  # early writers added the sex: accepted, not kept
        _uint(claim[6])
        claim = claim[:6]
    surname, given, number, issuer, nationality, birth_date = _items(claim, 6)
    return Identity(
        surname=_text(surname, 39, shortest=1),
        given=_text(given, 39),
        document_number=_document_number(number),
        issuer=_code(issuer, _STATE),
        nationality=_code(nationality, _STATE),
        birth_date=_birth_date(birth_date),
    )


def _journey(claim: Any) -> Journey:
    flight, origin, destination, arrival, purpose = _items(claim, 5)
    return Journey(
        flight=_text(flight, 8, shortest=1),
        origin=_code(origin, _PORT),
        destination=_code(destination, _PORT),
        arrival=_day(arrival),
        purpose=_uint(purpose),
    )


def _contact(claim: Any) -> Contact | None:
    if claim is None:
        return None
    address, phone = _items(claim, 2)
    return Contact(_text(address, 100), _text(phone, 20))


def _companions(claim: Any, family_name: str) -> tuple[Companion, ...]:
    members = []
    for item in _list(claim, MAX_COMPANIONS):
        surname, given, number, birth_date = _items(item, 4)
        members.append(
            Companion(
                surname=family_name if surname is None else _text(surname, 39, shortest=1),
                given=_text(given, 39),
                document_number=None if number is None else _document_number(number),
                birth_date=_birth_date(birth_date),
            )
        )
    return tuple(members)


def _goods(claim: Any) -> tuple[Goods, ...]:
    lines: list[Goods] = []
    for item in _list(claim, MAX_GOODS):
        category, description, quantity, value, currency = _items(item, 5)
        if currency is None:
            _require(bool(lines))  # "as above" needs a line above
            currency = lines[-1].currency
        lines.append(
            Goods(
                category=_uint(category),
                description=None if description is None else _text(description, 40),
                quantity=_uint(quantity),
                value=_uint(value),
                currency=_code(currency, _CURRENCY),
            )
        )
    return tuple(lines)


def _goods_claims(goods: Sequence[Goods]) -> list[Any]:
    above: str | None = None
    claims = []
    for line in goods:
        currency = None if line.currency == above else line.currency
        claims.append([line.category, line.description, line.quantity, line.value, currency])
        above = line.currency
    return claims


def _require(condition: bool) -> None:  # noqa: FBT001  # reads as an assertion
    if not condition:
        raise CredentialError("claims_invalid")


def _list(value: Any, longest: int) -> list[Any]:
    _require(type(value) is list and len(value) <= longest)
    return value  # type: ignore[no-any-return]


def _items(value: Any, count: int) -> list[Any]:
    _require(type(value) is list and len(value) == count)
    return value  # type: ignore[no-any-return]


def _uint(value: Any) -> int:
    _require(type(value) is int and 0 <= value < 2**63)
    return value  # type: ignore[no-any-return]


def _text(value: Any, longest: int, *, shortest: int = 0) -> str:
    """A text without control characters: databases and logs downstream choke on them."""
    _require(type(value) is str and shortest <= len(value) <= longest)
    _require(_CONTROL.search(value) is None)
    return value  # type: ignore[no-any-return]


def _document_number(value: Any) -> str:
    return _code(value, _DOCUMENT_NUMBER)


def _code(value: Any, pattern: re.Pattern[str]) -> str:
    _require(type(value) is str and pattern.fullmatch(value) is not None)
    return value  # type: ignore[no-any-return]


def _day(value: Any) -> date:
    year, month_day = divmod(_uint(value), 10000)
    _require(year >= 1000)  # eight digits
    try:
        return date(year, *divmod(month_day, 100))
    except (ValueError, OverflowError):  # no such day; a year beyond C's integers
        raise CredentialError("claims_invalid") from None


def _birth_date(value: Any) -> int:
    """yyyymmdd; passports of some states know only the year, or year and month: 00 stands there."""
    month, day = divmod(_uint(value) % 10000, 100)
    _require(day == 0 or month != 0)
    _day(value + (0 if month else 100) + (0 if day else 1))
    return value  # type: ignore[no-any-return]
