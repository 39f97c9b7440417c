"""The people of one flight in memory, while a message is applied to them.

Read once per message; each transaction locks the flight and reads again only if somebody else changed it
meanwhile. Merging is pure: kiosk before passenger list before booking, field by field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel.ids import uuid7
from app.travel.identity import Claims, Index, name_key
from app.travel.models import (
    AwaitedStatus,
    Boarding,
    Document,
    Flight,
    Passenger,
    PassengerKind,
    TravelStatus,
)
from app.travel.records import Record, Sighting, claims_of

DocumentKey = tuple[str, str, str]  # type, issuer, folded number
Told = tuple[TravelStatus, datetime]
"""What a list said of somebody, and when it was prepared."""

_FIELDS = ("birth_date", "sex", "nationality", "residence", "seat")
_NAME = ("surname", "given_names")
_OWN_SOURCES = frozenset({"api", "pnr"})
COLUMNS = (
    "kind", "travel_status", "party_id", "traveller_id", "surname", "given_names", "name_key",
    "birth_date", "sex", "nationality", "residence", "seat", "reference", "locator", "api_data",
    "api_prepared_at", "api_message_id", "api_since", "status_prepared_at", "named_status", "pnr_data",
    "provenance",
)  # fmt: skip


@dataclass(slots=True)
class Entry:
    """A passenger row in memory. ``facts`` says that screening must see the change.

    ``versions`` are rows to be stored of what lists said otherwise than ``api_data``.
    """

    id: UUID
    kind: PassengerKind
    travel_status: TravelStatus = TravelStatus.BOOKED
    party_id: UUID | None = None
    traveller_id: UUID | None = None
    surname: str = ""
    given_names: str = ""
    name_key: str = ""
    birth_date: date | None = None
    sex: str | None = None
    nationality: str | None = None
    residence: str | None = None
    seat: str | None = None
    reference: str | None = None
    locator: str | None = None
    api_data: Record | None = None
    api_prepared_at: datetime | None = None
    api_message_id: UUID | None = None
    api_since: datetime | None = None
    status_prepared_at: datetime | None = None
    named_status: TravelStatus | None = None
    pnr_data: dict[str, Record] | None = None
    provenance: dict[str, str] = field(default_factory=dict)
    version: int = 0
    documents: dict[DocumentKey, Record] = field(default_factory=dict)
    stored_documents: dict[DocumentKey, Record] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    facts: bool = False
    dirty: bool = False

    @property
    def is_new(self) -> bool:
        return self.version == 0

    @property
    def records(self) -> list[Record]:
        """What the sources say, the passenger list first, then bookings by age."""
        bookings = self.pnr_data or {}
        api_data = [self.api_data] if self.api_data else []
        return [*api_data, *(bookings[key] for key in sorted(bookings))]

    def row(self) -> dict[str, Any]:
        """The columns that messages may change."""
        return {column: getattr(self, column) for column in COLUMNS}

    def change(self) -> None:
        """Note a change that screening must see."""
        self.facts = self.dirty = True

    def keep_version(self, record: Record, message_id: UUID, prepared_at: datetime) -> None:
        """Note what a list said that is not (any more) what counts."""
        found = {"message_id": message_id, "prepared_at": prepared_at, "record": record}
        self.versions.append(found)

    def settle(self) -> None:
        """What is in memory is stored now."""
        self.version += 1
        self.facts = self.dirty = False
        self.versions = []


# --- merging --------------------------------------------------------------------------------------


def merge(entry: Entry) -> None:
    """Set the merged fields, their provenance and the documents from what the sources say."""
    sources = {"api": entry.api_data or {}, "pnr": _joined(entry.pnr_data or {})}
    for source in ("pnr", "api"):  # the later one wins
        entry.reference = sources[source].get("reference") or entry.reference
        entry.locator = sources[source].get("locator") or entry.locator
    _set(entry, _NAME, sources)
    for one in _FIELDS:
        _set(entry, (one,), sources)
    entry.name_key = name_key(entry.surname, entry.given_names)
    _merge_documents(entry)


def _set(entry: Entry, names: tuple[str, ...], sources: Mapping[str, Record]) -> None:
    """Take fields that belong together from the first source that has the first of them."""
    kept = entry.provenance.get(names[0])
    chosen = next((s for s in ("api", "pnr") if sources[s].get(names[0])), None)
    if kept == "kiosk" or (kept not in _OWN_SOURCES and kept is not None and chosen is None):
        return
    provenance = dict(entry.provenance)
    for one in names:
        value = sources[chosen].get(one) if chosen else None
        setattr(entry, one, _value(one, value))
        provenance.pop(one, None)
        if chosen and value is not None:
            provenance[one] = chosen
    entry.provenance = provenance


def _value(name: str, value: Any) -> Any:
    if name in _NAME:
        return value or ""
    return date.fromisoformat(value) if name == "birth_date" and value else value


def _joined(bookings: Mapping[str, Record]) -> Record:
    """One record of several bookings: the youngest that says something counts."""
    found: Record = {}
    for key in sorted(bookings):
        found |= bookings[key]
    return found


def _merge_documents(entry: Entry) -> None:
    found = {k: v for k, v in entry.documents.items() if v["source"] not in _OWN_SOURCES}
    for source, record in _sources(entry):
        for one in record.get("documents", ()):
            key = (one.get("type", ""), one.get("issuer", ""), one.get("number_key", ""))
            if key[2]:
                found.setdefault(key, {**one, "source": source})
    entry.documents = found


def _sources(entry: Entry) -> Iterable[tuple[str, Record]]:
    if entry.api_data:
        yield "api", entry.api_data
    for record in (entry.pnr_data or {}).values():
        yield "pnr", record


# --- the flight's people --------------------------------------------------------------------------


@dataclass(slots=True)
class Roster:
    """Entries of a flight by id, found through :class:`Index`. ``version`` -1 = to be read.

    ``boarding`` is what the carrier's list at departure named, and when that was prepared. ``awaited`` is what lists said
    of references that are nobody's yet; ``told`` those of them that are not stored.
    """

    flight_id: UUID
    site: str
    version: int = -1
    boarding: tuple[Boarding, datetime] | None = None
    entries: dict[UUID, Entry] = field(default_factory=dict)
    index: Index = field(default_factory=Index)
    awaited: dict[str, Told] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)

    def lock(self, session: Session) -> None:
        """Take the flight for this transaction and make sure that memory shows its people."""
        table = Flight.__table__
        statement = (
            sa.update(Flight)
            .where(table.c.id == self.flight_id)
            .values(version=Flight.version + 1)
            .returning(Flight.version, Flight.boarding, Flight.boarding_prepared_at)
            .execution_options(synchronize_session=False)
        )
        version, boarding, prepared = session.execute(statement).one()
        self.boarding = (boarding, prepared) if boarding and prepared else None
        if version != self.version + 1:
            self.read(session)
        self.version = version

    def forget(self) -> None:
        """After a transaction failed: what is in memory is not what is stored."""
        self.version = -1

    def read(self, session: Session) -> None:
        """Read passengers, documents and what is awaited, three statements."""
        columns = [getattr(Passenger, name) for name in ("id", *COLUMNS, "version")]
        people = session.execute(
            sa.select(*columns).where(Passenger.flight_id == self.flight_id).order_by(Passenger.id)
        )
        self.entries = {row.id: Entry(**row._mapping) for row in people}  # noqa: SLF001  # its public name
        self._read_documents(session)
        self._read_awaited(session)
        self.index = Index()
        for entry in self.entries.values():
            self.show(entry)

    def _read_documents(self, session: Session) -> None:
        if not self.entries:
            return
        rows = session.execute(
            sa.select(Document.passenger_id, Document.type, Document.issuer, Document.number_key,
                      Document.number, Document.source, Document.nationality,
                      Document.issued_on, Document.expires_on)
            .join(Passenger, Passenger.id == Document.passenger_id)
            .where(Passenger.flight_id == self.flight_id)
        )  # fmt: skip
        for owner, kind, issuer, number_key, number, source, nationality, issued, expires in rows:
            known = {
                "type": kind, "issuer": issuer, "number_key": number_key, "number": number,
                "nationality": nationality, "issued_on": issued and issued.isoformat(),
                "expires_on": expires and expires.isoformat(), "source": source,
            }  # fmt: skip
            record = {key: value for key, value in known.items() if value}
            self.entries[owner].documents[kind, issuer, number_key] = record
            self.entries[owner].stored_documents[kind, issuer, number_key] = record

    def _read_awaited(self, session: Session) -> None:
        rows = session.execute(
            sa.select(
                AwaitedStatus.reference, AwaitedStatus.status, AwaitedStatus.prepared_at
            ).where(AwaitedStatus.flight_id == self.flight_id)
        )
        self.awaited = {reference: (status, prepared) for reference, status, prepared in rows}
        self.told = {}

    def keep_awaited(self, session: Session) -> None:
        """Store what was told of references that are nobody's yet. The flight is locked."""
        if not self.told:
            return
        rows = [
            {"id": uuid7(), "flight_id": self.flight_id, "reference": reference, "status": status,
             "prepared_at": prepared}
            for reference, (status, prepared) in self.told.items()
        ]  # fmt: skip
        statement = insert(AwaitedStatus).values(rows)
        sent = statement.excluded
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["flight_id", "reference"],
                set_={"status": sent.status, "prepared_at": sent.prepared_at},
            )
        )
        self.told = {}

    def find(self, sighting: Sighting, taken: set[UUID]) -> Entry | None:
        """The passenger that the sighting surely is; it is added to ``taken``."""
        best = self.index.best(sighting.claims, taken)
        if best is None:
            return None
        taken.add(best[0])
        return self.entries[best[0]]

    def with_locator(self, key: str) -> list[Entry]:
        """Whose claims name the locator, in the order of their ids."""
        return [self.entries[one] for one in sorted(self.index.having("locator", key))]

    def add(self, kind: PassengerKind, taken: set[UUID]) -> Entry:
        """A new passenger, not stored yet."""
        entry = Entry(uuid7(), kind, facts=True, dirty=True)
        self.entries[entry.id] = entry
        taken.add(entry.id)
        return entry

    def show(self, entry: Entry, claims: Claims | None = None) -> None:
        """Put the entry's present state into the index; ``claims`` where they say it all."""
        if claims is not None:
            self.index.put(entry.id, claims)
            return
        merged = {
            "surname": entry.surname, "given_names": entry.given_names, "sex": entry.sex,
            "birth_date": entry.birth_date and entry.birth_date.isoformat(),
            "documents": list(entry.documents.values()), "locator": entry.locator or "",
            "reference": entry.reference,
        }  # fmt: skip
        self.index.put(entry.id, claims_of(entry.records, merged))
