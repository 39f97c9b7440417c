"""The JSON of declarations at the edge: what a traveller sends and what is answered.

Strict: unknown members, wrong types and control characters are refused, with JSON pointers to the places.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from app.declarations.models import Channel, DeclarationStatus
from app.formats.credential.claims import MAX_COMPANIONS, MAX_GOODS
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.schemas import Out

_LARGEST = 10**12


def _without_controls(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise PydanticCustomError("text", "control characters")
    return text


def _passport_date(text: str) -> str:
    """A date as printed; passports of some states leave the day, or month and day, open: 00."""
    year, month, day = (int(part) for part in text.split("-"))
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise PydanticCustomError("date", "no such date") from None
    if day and not month:
        raise PydanticCustomError("date", "no such date")
    return text


_Plain = AfterValidator(_without_controls)
Surname = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=39), _Plain
]
GivenNames = Annotated[str, StringConstraints(strip_whitespace=True, max_length=39), _Plain]
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), _Plain
]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20), _Plain]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), _Plain]
DocumentNumber = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9 \/\-]{0,18}[A-Za-z0-9])?$")
]
PassportDate = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_passport_date)
]
State = Annotated[str, StringConstraints(pattern=r"^(?:[A-Z]{3}|D)$")]
Port = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
FlightText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ]{1,9}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""The key of a questionnaire, question, purpose or category."""


Bags = Annotated[int | None, Field(ge=0, le=99)]
Nights = Annotated[int | None, Field(ge=0, le=3660)]


class Strict(BaseModel):
    """What comes in."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class DocumentIn(Strict):
    """The passport; ``issuer`` as printed: three letters, or D for Germany."""

    number: DocumentNumber
    issuer: State


class TravellerIn(Strict):
    """Who declares, as in the machine-readable lines of the passport."""

    surname: Surname
    given_names: GivenNames
    document: DocumentIn
    nationality: State
    birth_date: PassportDate


class JourneyIn(Strict):
    """The arriving flight; ``arrival_date`` is the local day of arrival."""

    flight: FlightText
    origin: Port = Field(alias="from")
    destination: Port = Field(alias="to")
    arrival_date: date
    purpose: Name


class ContactIn(Strict):
    """Where the traveller stays."""

    address: Address
    phone: Phone


class CompanionIn(Strict):
    """A family member on the same declaration."""

    surname: Surname
    given_names: GivenNames
    document_number: DocumentNumber | None = None
    birth_date: PassportDate


class GoodsIn(Strict):
    """A line of the goods list; ``value`` counts minor units of ``currency`` (yen, cents)."""

    category: Name
    description: Description | None = None
    quantity: int = Field(ge=1, le=_LARGEST)
    value: int = Field(ge=0, le=_LARGEST)
    currency: Currency


class Submission(Strict):
    """A whole declaration. ``certified`` is the traveller's statement that it is true and complete.

    ``bags`` that were checked in and ``stay_nights`` are asked where a form has room for them; codes have
    not. What is not said is unknown.
    """

    questionnaire: Name
    language: Language
    traveller: TravellerIn
    journey: JourneyIn
    contact: ContactIn | None = None
    companions: list[CompanionIn] = Field(default=[], max_length=MAX_COMPANIONS)
    answers: dict[Name, bool] = Field(max_length=64)
    goods: list[GoodsIn] = Field(default=[], max_length=MAX_GOODS)
    bags: Bags = None
    stay_nights: Nights = None
    certified: Literal[True]


class CredentialOut(Out):
    """The receipt EGR1: its text, and drawn as a QR code (PNG in base64, SVG as an element).

    ``companions``: in the order of the form each one's own, bound to the passport that the form names; null
    for whom it names none.
    """

    text: str
    companions: list[str | None] = Field(default=[])
    png: str | None = None
    svg: str | None = None


class DeclarationOut(Out):
    """The state of a declaration, without what was declared.

    ``secret`` is there for whoever made it, once: it is the bearer token to read, amend and withdraw.
    ``lane``: 0 nothing to declare, 1 goods, 2 officer; ``credential`` is absent once withdrawn.
    """

    id: UUID
    reference: str
    status: DeclarationStatus
    seq: int
    lane: int
    expires: datetime
    secret: str | None = None
    credential: CredentialOut | None = None


class BroughtOut(DeclarationOut):
    """The same for the phone that brought it. Where ``counts`` is false, a kiosk or counter recorded something
    newer, which is read with the secret; what was brought changed nothing.
    """

    counts: bool


class OwnDeclarationOut(DeclarationOut):
    """The same for its owner, with what the newest version declares, in the shape it was sent.

    ``channel``: how that version came. A phone tells a correction made at a counter from its own change.
    """

    channel: Channel
    certified_at: datetime
    declared: dict[str, Any]


class KeyOut(Out):
    """A public key of the authority: key id and compressed P-256 point in hex."""

    kid: str
    use: str
    point: str
    not_before: datetime


class KeysOut(Out):
    """``keys``: all of them; ``authority``: those that sign receipts, by key id, as readers take them;
    ``encryption``: the one that phones seal to now.
    """

    keys: list[KeyOut]
    authority: dict[str, str]
    encryption: KeyOut


class TrustOut(Out):
    """``list`` is the signed list in base64url: what a kiosk believes. The times repeat it for people."""

    issued: datetime
    next_update: datetime
    list: str


class QuestionnaireOut(Out):
    """A version of a questionnaire; ``id`` is its number in credentials."""

    id: int
    key: str
    version: str
    country: str
    valid_from: date
    languages: list[str]


class QuestionnairesOut(Out):
    """``current`` is the key of what travellers to this site answer."""

    site: str
    current: str
    known: list[QuestionnaireOut]


In = TypeVar("In", bound=Strict)


def parse(model: type[In], body: bytes) -> In:
    """Read a JSON body strictly. Raises InvalidError with pointers, never with values."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [FieldProblem(_pointer(e["loc"], e["type"]), e["type"]) for e in found]
        raise InvalidError(fields=problems[:50]) from None


def _pointer(location: Sequence[int | str], kind: str) -> str:
    """A JSON pointer in which keys that the caller invented are replaced: they may be anything."""
    parts = [str(part) for part in location]
    if kind == "extra_forbidden":
        parts[-1] = "*"
    if parts[:1] == ["answers"] and len(parts) > 1:
        parts[1:] = ["*"]
    return "".join(f"/{part}" for part in parts)
