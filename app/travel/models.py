"""Flights, the people on them, their documents and bookings, and who is who across trips."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal
from app.retention.marks import is_marked, is_stand_in


class FlightStatus(StrEnum):
    """Where a flight is in its life."""

    SCHEDULED = "scheduled"
    DEPARTED = "departed"
    LANDED = "landed"
    DIVERTED = "diverted"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Manifest(StrEnum):
    """How complete the passenger list is: nothing yet, still growing, closed by the carrier."""

    NONE = "none"
    OPEN = "open"
    CLOSED = "closed"


class Boarding(StrEnum):
    """Whom the carrier's list at departure named; the others are the opposite."""

    ON_BOARD = "on-board"
    LEFT_BEHIND = "left-behind"


class PassengerKind(StrEnum):
    """In what capacity somebody is on a flight."""

    PASSENGER = "passenger"
    CREW = "crew"
    TRANSIT = "transit"
    TRANSIT_CREW = "transit-crew"


class TravelStatus(StrEnum):
    """What the carrier says of a person's travel."""

    BOOKED = "booked"
    BOARDED = "boarded"
    NOT_BOARDED = "not-boarded"
    WITHDRAWN = "withdrawn"
    ARRIVED = "arrived"


class LinkState(StrEnum):
    """Whether machine or officer holds two records for one person."""

    PROPOSED = "proposed"
    JOINED = "joined"
    UNDONE = "undone"


class Flight(Row):
    """One departure of a flight into the country: the leg that crosses the border.

    ``number`` has no leading zeros; ``suffix`` is the operational suffix letter or empty. ``flight_date`` is
    the local date of departure. Times are UTC, with the airports' local zones in ``codes``; they are of the
    passenger list prepared at ``prepared_at``. ``manifest_parts`` are the parts of the list that came,
    ``manifest_last`` is the number of the one marked as last. ``announced`` is how many passengers the list
    prepared at ``announced_prepared_at`` counts. ``boarding`` is what the newest
    whole list at departure named, prepared at ``boarding_prepared_at``; ``has_left``: the carrier said so;
    ``diverted_to`` where the flight landed instead; ``cargo``: a flight without passengers.
    ``operator``: whose flight it is, as long as only the number is known under which another carrier sells it.
    ``cancelled_prepared_at``: when the newest message was prepared that cancelled it.
    """

    __tablename__ = "flight"
    __table_args__ = (
        sa.UniqueConstraint("carrier", "number", "suffix", "flight_date", "origin"),
        sa.Index("ix_flight_arrives_at", "arrives_at"),
    )

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    carrier: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    number: Mapped[int]
    suffix: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    flight_date: Mapped[date] = mapped_column(info=PLAIN)
    origin: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    destination: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    departs_at: Mapped[datetime | None] = mapped_column(UtcTime)
    arrives_at: Mapped[datetime | None] = mapped_column(UtcTime)
    status: Mapped[FlightStatus] = mapped_column(CodeType(FlightStatus))
    manifest: Mapped[Manifest] = mapped_column(CodeType(Manifest))
    manifest_parts: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer))
    manifest_last: Mapped[int | None]
    announced: Mapped[int | None]
    announced_prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    boarding: Mapped[Boarding | None] = mapped_column(CodeType(Boarding))
    boarding_prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    has_left: Mapped[bool] = mapped_column(server_default=sa.false())
    diverted_to: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    cargo: Mapped[bool] = mapped_column(server_default=sa.false())
    operator: Mapped[str] = mapped_column(sa.Text, server_default=sa.text("''"), info=PLAIN)
    cancelled_prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(sa.BigInteger)


class FlightAlias(Row):
    """A further number of a flight: a code share, or one that it had before (``former``)."""

    __tablename__ = "flight_alias"
    __table_args__ = (sa.UniqueConstraint("carrier", "number", "suffix", "flight_date", "origin"),)

    flight_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flight.id"), index=True)
    carrier: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    number: Mapped[int]
    suffix: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    flight_date: Mapped[date] = mapped_column(info=PLAIN)
    origin: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    former: Mapped[bool] = mapped_column(server_default=sa.false())


class BoardingPart(Row):
    """A part of a list at departure that came in several; ``list_key`` is a digest of what tells lists apart.

    ``names``: the part named anybody. A list counts once parts 1 to the last one are there.
    """

    __tablename__ = "boarding_part"
    __table_args__ = (sa.UniqueConstraint("flight_id", "list_key", "number", "prepared_at"),)

    flight_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flight.id"))
    list_key: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    number: Mapped[int]
    last: Mapped[bool]
    names: Mapped[bool]
    prepared_at: Mapped[datetime] = mapped_column(UtcTime)


class AwaitedStatus(Row):
    """What a list said of somebody by the carrier's reference alone, before any list said whose reference that is.

    It is kept: a list that names the person, whenever it comes, finds it (:mod:`app.travel.passengers`). The list prepared
    last counts, and of one moment the stronger word.
    """

    __tablename__ = "awaited_status"
    __table_args__ = (sa.UniqueConstraint("flight_id", "reference"),)

    flight_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flight.id"))
    reference: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    status: Mapped[TravelStatus] = mapped_column(CodeType(TravelStatus))
    prepared_at: Mapped[datetime] = mapped_column(UtcTime)


class CrewMember(Row):
    """Somebody on a carrier's master crew list (PAXLST 336); ``removed``: taken off it.

    ``key`` is the folded document number with its issuer, else name and birth date. Other lists name the
    flights that a member flies on; who is not on this one is a matter of the carrier's data quality.
    """

    __tablename__ = "crew_member"
    __table_args__ = (sa.UniqueConstraint("carrier", "key"),)

    carrier: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    key: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.MASTER_CREW))
    name_key: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.MASTER_CREW))
    birth_date: Mapped[date | None] = mapped_column(info=personal(Clock.MASTER_CREW))
    record: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.MASTER_CREW))
    removed: Mapped[bool]
    prepared_at: Mapped[datetime] = mapped_column(UtcTime)
    message_id: Mapped[UUID]


class Traveller(Row):
    """A person across trips, known by keyed pseudonyms only: they survive masking."""

    __tablename__ = "traveller"

    document_keys: Mapped[list[bytes]] = mapped_column(
        ARRAY(sa.LargeBinary), info=personal(Clock.TRAVELLER)
    )
    person_keys: Mapped[list[bytes]] = mapped_column(
        ARRAY(sa.LargeBinary), info=personal(Clock.TRAVELLER)
    )

    # fastupdate off: every batch of a list looks up its keys, and a pending list is searched to its end.
    __table_args__ = tuple(
        sa.Index(
            f"ix_traveller_{keys}", keys, postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )
        for keys in ("document_keys", "person_keys")
    )  # fmt: skip


class Party(Row):
    """People who travel, declare and pass together on a flight; one booking usually."""

    __tablename__ = "party"

    flight_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flight.id"), index=True)


class Passenger(Row):
    """A person on a flight: API and booking data merged, each field with its source.

    ``provenance`` maps a field to ``api``, ``pnr``, ``declaration`` or ``kiosk``; ``api_data`` and
    ``pnr_data`` keep what each source said (shapes: :mod:`app.travel.records`; ``pnr_data`` by booking id).
    ``api_prepared_at`` and ``api_message_id`` order the lists that spoke of the person, ``status_prepared_at``
    those that named the person to be withdrawn, on board or left behind, which ``named_status`` says: what was prepared earlier never
    overwrites. ``travel_status`` follows from these and from the flight's boarding. ``api_since`` is when
    the list was prepared that first said what ``api_data`` says. ``facts_version`` grows
    with every change that screening must see; ``assessed_version`` is the one that the current assessment saw.
    """

    __tablename__ = "passenger"
    __table_args__ = (
        sa.Index("ix_passenger_flight_id_name_key", "flight_id", "name_key"),
        sa.Index(
            "ix_passenger_due", "flight_id",
            postgresql_where=sa.text("facts_version > assessed_version"),
        ),
    )  # fmt: skip

    flight_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flight.id"))
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"), index=True)
    traveller_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("traveller.id"), index=True)
    kind: Mapped[PassengerKind] = mapped_column(CodeType(PassengerKind))
    travel_status: Mapped[TravelStatus] = mapped_column(CodeType(TravelStatus))
    surname: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    given_names: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    name_key: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    birth_date: Mapped[date | None] = mapped_column(info=personal(Clock.FLIGHT))
    sex: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    nationality: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    residence: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    seat: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    reference: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    locator: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    api_data: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), info=personal(Clock.FLIGHT)
    )
    api_prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    api_message_id: Mapped[UUID | None]
    api_since: Mapped[datetime | None] = mapped_column(UtcTime)
    status_prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    named_status: Mapped[TravelStatus | None] = mapped_column(CodeType(TravelStatus))
    pnr_data: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), info=personal(Clock.FLIGHT)
    )
    provenance: Mapped[dict[str, str]] = mapped_column(JSONB, info=PLAIN)
    facts_version: Mapped[int] = mapped_column(sa.BigInteger)
    assessed_version: Mapped[int] = mapped_column(sa.BigInteger)
    version: Mapped[int] = mapped_column(sa.BigInteger)

    @property
    def is_masked(self) -> bool:
        """Whether retention has masked what was sent: no name is left, and of lists and bookings nothing."""
        booked = (self.pnr_data or {}).values()
        return not self.name_key and self.api_data is None and all(map(is_marked, booked))

    @property
    def known_birth_date(self) -> date | None:
        """The birth date as it was sent; None where masking left one that gives the age on the day of the flight alone."""
        return None if self.is_masked else self.birth_date


class Document(Row):
    """A travel document of a passenger, as one source gave it. ``number_key`` is folded: A-Z, 0-9."""

    __tablename__ = "document"
    __table_args__ = (
        sa.UniqueConstraint("passenger_id", "type", "issuer", "number_key"),
        sa.Index("ix_document_number_key", "number_key"),
    )

    passenger_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passenger.id"))
    type: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    number: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    number_key: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    issuer: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    nationality: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    issued_on: Mapped[date | None] = mapped_column(info=personal(Clock.FLIGHT))
    expires_on: Mapped[date | None] = mapped_column(info=personal(Clock.FLIGHT))
    source: Mapped[str] = mapped_column(sa.Text, info=PLAIN)

    @property
    def is_masked(self) -> bool:
        """Whether retention has masked it: its number is gone."""
        return is_stand_in(self.number_key)


class PassengerVersion(Row):
    """What a passenger list said of somebody before ``passenger.api_data``, or behind its back.

    ``prepared_at`` is that of the list that said so first; a list that arrives after a later one is kept
    here too, so that the order of arrival leaves no trace.
    """

    __tablename__ = "passenger_version"
    __table_args__ = (sa.UniqueConstraint("passenger_id", "message_id"),)

    passenger_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passenger.id"))
    message_id: Mapped[UUID]
    prepared_at: Mapped[datetime] = mapped_column(UtcTime)
    record: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.FLIGHT))


class ShownPassport(Row):
    """A passport that a device read and that says something else than lists and bookings did.

    ``request_id``: no device read it, it is what a traveller had rectified (:mod:`app.rights`). What was put right and then
    otherwise may be put right again: each request has its own.
    """

    __tablename__ = "shown_passport"
    __table_args__ = (
        sa.UniqueConstraint(
            "passenger_id", "digest", "request_id", postgresql_nulls_not_distinct=True
        ),
    )

    passenger_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passenger.id"))
    digest: Mapped[bytes] = mapped_column(info=personal(Clock.FLIGHT))
    surname: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    given_names: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    birth_date: Mapped[date | None] = mapped_column(info=personal(Clock.FLIGHT))
    sex: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    nationality: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    number: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    issuer: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    expires_on: Mapped[date | None] = mapped_column(info=personal(Clock.FLIGHT))
    names_cut: Mapped[bool] = mapped_column(server_default=sa.false())
    request_id: Mapped[UUID | None]

    @property
    def is_masked(self) -> bool:
        """Whether retention has masked it."""
        return is_stand_in(self.digest)

    @property
    def known_birth_date(self) -> date | None:
        """As of :class:`Passenger`."""
        return None if self.is_masked else self.birth_date


class Booking(Row):
    """A PNR on a flight: (flight, carrier, locator). ``record`` is the newest push, as JSON.

    ``since`` is when the push was prepared that first said what ``record`` says.
    """

    __tablename__ = "booking"
    __table_args__ = (sa.UniqueConstraint("flight_id", "carrier", "locator"),)

    flight_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flight.id"))
    carrier: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    locator: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.FLIGHT))
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    record: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.FLIGHT))
    prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    since: Mapped[datetime | None] = mapped_column(UtcTime)
    message_id: Mapped[UUID | None]
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int]

    @property
    def known_locator(self) -> str | None:
        """The locator as it was sent; None where masking left a pseudonym of it."""
        return None if is_stand_in(self.locator) else self.locator


class BookingVersion(Row):
    """An earlier content of a booking, for "changed after ..." questions; as :class:`PassengerVersion`.

    ``version`` numbers the contents as they were stored, ``prepared_at`` orders them.
    """

    __tablename__ = "booking_version"
    __table_args__ = (sa.UniqueConstraint("booking_id", "version"),)

    booking_id: Mapped[UUID] = mapped_column(sa.ForeignKey("booking.id"))
    version: Mapped[int]
    message_id: Mapped[UUID | None]
    prepared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed: Mapped[bool] = mapped_column(server_default=sa.false())
    record: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.FLIGHT))


class IdentityLink(Row):
    """Why a passenger is held to be a traveller; undoing keeps the row.

    The keys are those that the passenger brought, so that a traveller can be split again after masking.
    """

    __tablename__ = "identity_link"
    __table_args__ = (sa.UniqueConstraint("passenger_id", "traveller_id"),)

    passenger_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passenger.id"))
    traveller_id: Mapped[UUID] = mapped_column(sa.ForeignKey("traveller.id"), index=True)
    state: Mapped[LinkState] = mapped_column(CodeType(LinkState))
    evidence: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    score: Mapped[float]
    document_keys: Mapped[list[bytes]] = mapped_column(
        ARRAY(sa.LargeBinary), info=personal(Clock.TRAVELLER)
    )
    person_keys: Mapped[list[bytes]] = mapped_column(
        ARRAY(sa.LargeBinary), info=personal(Clock.TRAVELLER)
    )
    proposed_by: Mapped[UUID | None]
    proposed_because: Mapped[str | None] = mapped_column(
        SealedText("identity_link.proposed_because"), info=personal(Clock.TRAVELLER)
    )
    made_by: Mapped[UUID | None]
    made_because: Mapped[str | None] = mapped_column(
        SealedText("identity_link.made_because"), info=personal(Clock.TRAVELLER)
    )
    undone_at: Mapped[datetime | None] = mapped_column(UtcTime)
    undone_by: Mapped[UUID | None]
    undone_because: Mapped[str | None] = mapped_column(
        SealedText("identity_link.undone_because"), info=personal(Clock.TRAVELLER)
    )
