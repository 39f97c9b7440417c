"""What of a passenger goes over HTTP: sources side by side, masked as the role sees them (:mod:`app.identity.sight`)."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from app.identity.permissions import FieldGroup
from app.identity.sight import Seen, Sight
from app.kernel.schemas import Out
from app.travel.models import (
    Document,
    LinkState,
    Passenger,
    PassengerKind,
    ShownPassport,
    TravelStatus,
)
from app.travel.veiled import RECORD_KEYS
from app.travel.views import MASKED, PassengerView, flight_number


class FieldOut(Out):
    """A merged field and the source it came from."""

    value: str | None
    source: str | None


class DocumentOut(Out):
    """A travel document as one source gave it; ``number`` is null once retention has masked it."""

    type: str
    number: str | None
    issuer: str
    nationality: str | None
    issued_on: date | None
    expires_on: date | None
    source: str

    @classmethod
    def of(cls, document: Document, seen: Seen) -> Self:
        made = cls.model_validate(document)
        return made.model_copy(update={"number": seen.document(document.number) or None})


class PassportOut(Out):
    """A passport that says otherwise than the carriers: as a kiosk read it, or as it was rectified at its holder's request.
    Of several the last one rectified holds. What is masked for the role or by its age is null.
    """

    source: Literal["kiosk", "rectified"]
    surname: str | None
    given_names: str | None
    birth_date: date | None
    sex: str | None
    nationality: str | None
    number: str | None
    issuer: str | None
    expires_on: date | None

    @classmethod
    def of(cls, shown: ShownPassport, seen: Seen) -> Self:
        return cls(
            source="rectified" if shown.request_id else "kiosk",
            surname=seen.names(shown.surname) or None,
            given_names=seen.names(shown.given_names) or None,
            birth_date=shown.known_birth_date if FieldGroup.BIRTH in seen.clear else None,
            sex=shown.sex or None, nationality=shown.nationality or None,
            number=seen.document(shown.number) or None, issuer=shown.issuer or None,
            expires_on=shown.expires_on,
        )  # fmt: skip


class BookingOut(Out):
    """A booking that holds the passenger; ``traveller`` is a traveller record. Once retention has masked it ``locator`` is null
    and ``traveller`` says ``masked`` alone.
    """

    id: UUID
    carrier: str
    locator: str | None
    version: int
    removed_at: datetime | None
    traveller: dict[str, Any]


class CompanionOut(Out):
    """Somebody of the same party."""

    id: UUID
    surname: str
    given_names: str
    birth_date: date | None

    @classmethod
    def of(cls, passenger: Passenger, seen: Seen) -> Self:
        birth = passenger.known_birth_date if FieldGroup.BIRTH in seen.clear else None
        return cls(
            id=passenger.id, surname=seen.names(passenger.surname),
            given_names=seen.names(passenger.given_names), birth_date=birth,
        )  # fmt: skip


class LinkOut(Out):
    """Why the passenger is held to be a traveller of other trips, or may be."""

    id: UUID
    traveller_id: UUID
    state: LinkState
    evidence: tuple[str, ...]
    score: float
    trips: int
    made_by: UUID | None
    made_because: str | None
    undone_at: datetime | None
    undone_by: UUID | None
    undone_because: str | None
    proposed_by: UUID | None
    proposed_because: str | None


class RetentionOut(Out):
    """What retention has masked of a passenger, for everybody: the value of each of ``fields`` is null, or empty, whatever was
    sent. ``since``: when. ``age``: in whole years on the day of the flight, which stays. The originals are sealed; two
    officers open them (docs/retention.md).
    """

    fields: list[str]
    since: datetime | None
    age: int | None

    @classmethod
    def of(cls, view: PassengerView) -> Self | None:
        """None where nothing is masked yet."""
        if not view.passenger.is_masked:
            return None
        return cls(fields=list(MASKED), since=view.masked_at, age=view.age_at_flight)


class PassengerOut(Out):
    """A passenger, sources side by side. ``fields`` and ``documents`` are what carriers sent and stay as sent; a granted
    rectification stands in ``passports``. ``masked``: the groups of fields that are not in clear, because the officer's role
    does not see them or because retention has masked them; what stands there instead is no value. ``retention``: what
    the latter has masked; null where it has not.
    """

    id: UUID
    flight_id: UUID
    flight: str
    kind: PassengerKind
    travel_status: TravelStatus
    reference: str | None
    locator: str | None
    version: int
    facts_version: int
    fields: dict[str, FieldOut]
    api_data: dict[str, Any] | None
    bookings: list[BookingOut]
    documents: list[DocumentOut]
    passports: list[PassportOut]
    party: list[CompanionOut]
    links: list[LinkOut]
    masked: list[FieldGroup]
    retention: RetentionOut | None

    @classmethod
    def of(cls, view: PassengerView, sees: Sight) -> Self:
        one, seen = view.passenger, sees.at(view.passenger.id)
        return cls(
            id=one.id, flight_id=one.flight_id, flight=flight_number(view.flight), kind=one.kind,
            travel_status=one.travel_status, reference=one.reference, locator=one.locator,
            version=one.version, facts_version=one.facts_version,
            api_data=seen.record(one.api_data, RECORD_KEYS),
            fields={name: _field(name, *found, seen) for name, found in view.fields.items()},
            bookings=[
                BookingOut.model_validate(each).model_copy(
                    update={"traveller": seen.record(each.traveller, RECORD_KEYS)}
                )
                for each in view.bookings
            ],
            documents=[DocumentOut.of(each, seen) for each in view.documents],
            passports=[PassportOut.of(each, seen) for each in view.passports],
            party=[CompanionOut.of(each, sees.at(each.id)) for each in view.party],
            links=[LinkOut.model_validate(each) for each in view.links],
            masked=list(FieldGroup if one.is_masked else seen.masked),
            retention=RetentionOut.of(view),
        )  # fmt: skip


def _field(name: str, value: Any, source: str | None, seen: Seen) -> FieldOut:
    group = RECORD_KEYS.get(name)
    text = seen.said(group, value) if group else value
    return FieldOut(value=text or None, source=source)
