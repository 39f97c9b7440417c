"""What is in a transmission: its messages one by one, with the faults of what holds them. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.formats import edifact
from app.formats.edifact import EdifactError, Fault, Header, RawMessage
from app.formats.paxlst_model import PassengerList
from app.formats.pnrgov.record import PnrPush
from app.formats.pnrgov.xml_reader import read_xml
from app.formats.stretches import Kind, Stretch, around, enveloped, refused, stretches
from app.messages import mapping
from app.messages.rules import NO_RULES, Rules

MAX_PEOPLE = 20_000
"""More than any ship carries: a list of more is no list."""
_AHEAD = timedelta(hours=26)  # UNB has no zone: local times may be that far ahead


@dataclass(frozen=True, slots=True)
class Note:
    """A fault at its place, with the person or booking it belongs to, and the message's place (from 0)."""

    fault: Fault
    passenger_id: UUID | None = None
    booking_id: UUID | None = None
    ordinal: int | None = None


@dataclass(slots=True)
class Verdict:
    """What became of one contained message. ``summary`` holds no personal values.

    ``listing`` is what a passenger list said, until it is answered; ``placed`` has the people of it that
    were taken in, by the position of their NAD, with our id of them (None for those of a test message).
    """

    summary: dict[str, Any]
    notes: list[Note] = field(default_factory=list)
    applied: bool = False
    listing: PassengerList | None = None
    placed: dict[int, UUID | None] = field(default_factory=dict)

    def note(self, *faults: Fault, passenger_id: UUID | None = None) -> None:
        self.notes += [Note(fault, passenger_id) for fault in faults]

    def refuse(self, code: str, text: str) -> None:
        """The message as a whole is not applied."""
        reference = self.summary.get("reference") or ""
        where = edifact.Position(reference, 1, "UNH") if reference else None
        self.notes.append(Note(Fault(code, text, where)))

    def refuse_too_many(self, listing: PassengerList) -> bool:
        """Refuse a list of more people than :data:`MAX_PEOPLE`; whether it was."""
        is_beyond = len(listing.persons) > MAX_PEOPLE
        if is_beyond:
            self.refuse("too_many_people", f"more than {MAX_PEOPLE} people in one list")
        return is_beyond

    @property
    def errors(self) -> int:
        return sum(note.fault.severity == "error" for note in self.notes)


@dataclass(frozen=True, slots=True)
class Contained:
    """One message of a transmission; a PNRGOV in XML has no ``message`` but its ``push``."""

    type: str
    message: RawMessage | None
    faults: tuple[Fault, ...] = ()
    push: PnrPush | None = None

    def summary(self) -> dict[str, Any]:
        """Type, version and references, cleaned: a sender may write anything into them."""
        message = self.message
        if message is None:
            return {"type": self.type}
        return {
            "type": code_of(message.type, 6),
            "version": code_of(f"{message.version}.{message.release}", 11),
            "control_reference": code_of(message.interchange.control_reference, 14),
            "reference": code_of(message.reference, 14),
        }


@dataclass(frozen=True, slots=True)
class Hollow:
    """An interchange of which no message came out: it holds none, or is beyond the limits."""

    header: Header
    faults: tuple[Fault, ...]


Documents = Callable[[bytes, int], Sequence[PnrPush]]
"""Reads PNRGOV in XML, in front of which so many lines stand."""


def contents(
    data: bytes,
    rules: Rules = NO_RULES,
    read_document: Documents = read_xml,
    note_hollow: Callable[[Hollow], None] = lambda _: None,
) -> tuple[list[Contained], list[Fault]]:
    """The messages of a transmission in order, and the faults that concern none of them.

    ``rules`` are the sender's mapping: readers see its messages as it means them. ``read_document`` reads
    PNRGOV in XML, of which each flight is a message; ``note_hollow`` hears of interchanges without any.
    """
    found: list[Contained] = []
    faults: list[Fault] = []
    parts = stretches(data)
    for part in parts:
        if part.kind is Kind.EDIFACT:
            faults += _edifact(part, rules, note_hollow, found, is_alone=len(parts) == 1)
        elif fault := refused(part):
            faults.append(fault)
        elif part.kind is Kind.ENVELOPE:
            faults.append(enveloped(part))
            for text in part.texts:
                inside, told = contents(text, rules, read_document, note_hollow)
                found += inside
                faults += told
        else:
            pushes = read_document(part.data, part.lines)
            found += (Contained("PNRGOV-XML", None, push=one) for one in pushes)
    if not found and not faults:
        faults.append(Fault("no_message", "no EDIFACT interchange and no PNRGOV XML"))
    return found, faults


def _edifact(
    part: Stretch,
    rules: Rules,
    note_hollow: Callable[[Hollow], None],
    found: list[Contained],
    *,
    is_alone: bool,
) -> list[Fault]:
    """The messages of its interchanges go to ``found``; the faults that concern none of them."""
    faults: list[Fault] = []
    try:
        prepared = mapping.prepared(part.data, rules)
        spans = []
        for interchange in edifact.interchanges(prepared):
            spans.append((interchange.start, interchange.end))
            own = tuple(interchange.faults)
            if not interchange.messages:
                hollow = Hollow(
                    interchange.header, (Fault("no_message", "interchange without a message"), *own)
                )
                note_hollow(hollow)
                faults += [*own, hollow.faults[0]]
            for sent in interchange.messages:
                message = mapping.mapped(sent, rules)
                found.append(Contained(message.type, message, own))
                own = ()
        unread = edifact.unread_text(prepared, spans) if spans or not is_alone else []
        faults += unread
        if not (spans or unread or is_alone or part.is_padding):
            faults.append(around(part))
    except EdifactError as error:
        faults.append(Fault(error.code, str(error)))
        if error.header:
            note_hollow(Hollow(error.header, (faults[-1],)))
    return faults


def is_rejected(verdicts: Sequence[Verdict], notes: Sequence[Note]) -> bool:
    """Whether nothing of a transmission could be applied and something was wrong."""
    errors = any(note.fault.severity == "error" for note in notes)
    return errors and not any(verdict.applied or not verdict.errors for verdict in verdicts)


def prepared_at(message: RawMessage, received: datetime) -> datetime:
    """The sender's time of preparation, by which messages follow each other.

    A time that cannot be (none, or in the future by more than a day) is that of receipt: one wrong clock
    must not shut out all later messages.
    """
    return moment_of(message.interchange.prepared, received)


def moment_of(sent: datetime | None, received: datetime) -> datetime:
    """:func:`prepared_at` of a naive time."""
    if sent is None:
        return received
    moment = sent.replace(tzinfo=UTC)
    return moment if moment <= received + _AHEAD else received


def code_of(text: str, longest: int) -> str:
    """Letters, digits and ``./_-`` of a code that a sender chose."""
    kept = (c for c in text[: longest * 2] if c.isascii() and (c.isalnum() or c in "./_-"))
    return "".join(kept)[:longest]
