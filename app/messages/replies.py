"""What a carrier is answered to a message: values only, made of what was sent and what became of it. Pure.

Nothing here knows of screening: the answer of a passenger depends on whether the data were complete and
accepted, and on an officer's order where the State lets this service decide who boards. An advisory (2Z)
is never given: it would be a word on risk.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from app.formats import ackres, contrl, cusres, paxlst, required
from app.formats.ackres import Acknowledgement
from app.formats.contrl import SyntaxReport
from app.formats.cusres import Code, CustomsResponse, Kind, Level, Statement
from app.formats.edifact import Fault, Header, RawMessage
from app.formats.paxlst_model import Leg, PassengerList, Person
from app.formats.required import Element
from app.identity.models import AnswerMode
from app.identity.senders import Answering
from app.messages.answer_models import AnswerKind, Boarding
from app.messages.contents import Contained, Hollow, Verdict
from app.messages.functions import Action, meaning_of

Value = CustomsResponse | Acknowledgement | SyntaxReport

MAX_TEXTS = 9
_DIRECTORY = re.compile(r"D\.\d\d[AB]")
_SYNTAX = re.compile(r"[A-Z]{4}")
_SAID = {
    Code.BOARD: "OK TO BOARD",
    Code.DO_NOT_BOARD: "DO NOT BOARD",
    Code.INSUFFICIENT_DATA: "INSUFFICIENT DATA",
}
_ORDERED = {Boarding.BOARD: Code.BOARD, Boarding.DO_NOT_BOARD: Code.DO_NOT_BOARD}
_REASONS = {
    "no_flight": ackres.Reason.FLIGHT,
    "carrier_not_allowed": ackres.Reason.CARRIER,
}
_OWN_WORDS = frozenset({"CONTRL", "CUSRES", "ACKRES"})  # an answer is not answered


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it has a number: UNB of ``value`` lacks reference and time.

    ``passengers`` says of which passenger each statement of a CUSRES is; None where of nobody known.
    ``whole`` is the word on the message as a whole, where words on all passengers stand in its place.
    """

    kind: AnswerKind
    position: int
    value: Value
    passengers: tuple[UUID | None, ...] = ()
    whole: Statement | None = None

    @property
    def test(self) -> bool:
        return self.value.header.test

    def under(self, orders: Mapping[UUID, Boarding]) -> "Reply":
        """The same where officers' orders stand in place of what the data alone would get."""
        if not orders or not isinstance(self.value, CustomsResponse):
            return self
        statements = tuple(
            _overruled(one, orders.get(who) if who else None)
            for one, who in zip(self.value.statements, self.passengers, strict=True)
        )
        return replace(self, value=replace(self.value, statements=statements))

    def without_authority(self) -> "Reply":
        """The same where the authority was taken back since it was made: no word on who boards."""
        if self.whole is None or not isinstance(self.value, CustomsResponse):
            return self
        pairs = zip(self.value.statements, self.passengers, strict=True)
        kept = [pair for pair in pairs if pair[0].code == Code.INSUFFICIENT_DATA]
        statements = (self.whole, *(one for one, _ in kept))
        value = replace(self.value, statements=statements)
        return Reply(self.kind, self.position, value, (None, *(who for _, who in kept)))

    def write(self, reference: str, now: datetime) -> str:
        """The interchange, prepared ``now`` (UTC) under that control reference."""
        return written(self.value, reference, now)


def written(value: Value, reference: str, now: datetime) -> str:
    """The value as an interchange. What is outside of ASCII is said to be UTF-8."""
    header = replace(value.header, control_reference=reference, prepared=now.replace(tzinfo=None))
    text = _text(value, header)
    return text if text.isascii() else _text(value, replace(header, syntax_identifier="UNOW"))


def _text(value: Value, header: Header) -> str:
    if isinstance(value, CustomsResponse):
        return cusres.write(replace(value, header=header))
    if isinstance(value, SyntaxReport):
        return contrl.write(replace(value, header=header))
    return ackres.write(replace(value, header=header))


def _overruled(statement: Statement, boarding: Boarding | None) -> Statement:
    if boarding is None:
        return statement
    code = _ORDERED[boarding]
    return replace(statement, codes=(code,), texts=(("AAP", _SAID[code]),))


# --- one message ----------------------------------------------------------------------------------


def reply_to(
    contained: Contained, verdict: Verdict, position: int, answering: Answering, ours: str
) -> Reply | None:
    """The answer to one message, None where the sender wants none."""
    message = contained.message
    if message is None:
        return None
    if contained.type == "PAXLST" and answering.mode is not AnswerMode.NONE:
        return _response(message, verdict, position, answering, ours)
    if contained.type == "PNRGOV" and answering.ackres:
        header = _header(message.interchange, answering, ours)
        return Reply(AnswerKind.PNR, position, _acknowledgement(message, verdict, header))
    return None


def _header(subject: Header, answering: Answering, ours: str) -> Header:
    """UNB of an answer: sender and recipient change places, all else is repeated."""
    known = bool(_SYNTAX.fullmatch(subject.syntax_identifier))
    return Header(
        subject.syntax_identifier if known else "UNOA", ours, "",
        answering.interchange_id or subject.sender,
        "" if answering.interchange_id else subject.sender_qualifier,
        None, "", subject.application_reference, subject.test,
    )  # fmt: skip


def _response(
    message: RawMessage, verdict: Verdict, position: int, answering: Answering, ours: str
) -> Reply:
    """CUSRES 962: TN, flight, times and ports are those of the list."""
    listing = verdict.listing or paxlst.read(message)
    told = [(_of_message(verdict), None), *_of_people(listing, verdict, answering)]
    whole = None
    if answering.boarding_authority and len(told) > 1:
        (whole, _), *told = told  # each passenger has a word of his own
    value = response(
        _header(message.interchange, answering, ours), Kind.RESPONSE, listing.legs,
        tuple(statement for statement, _ in told), listing.transaction_reference,
    )  # fmt: skip
    value = replace(
        value, transaction_revision=listing.transaction_revision,
        version=listing.version if _DIRECTORY.fullmatch(listing.version) else value.version,
        common_access_reference=listing.common_access_reference,
    )  # fmt: skip
    return Reply(AnswerKind.RESPONSE, position, value, tuple(who for _, who in told), whole)


def response(
    header: Header, kind: Kind, legs: tuple[Leg, ...], statements: tuple[Statement, ...], tn: str
) -> CustomsResponse:
    """A CUSRES of ours."""
    return CustomsResponse(header, kind, tn, legs=legs, statements=statements)


def _of_message(verdict: Verdict) -> Statement:
    """ERC 0: everything was taken in; 1: something was not, FTX says what and where."""
    errors = [note.fault for note in verdict.notes if note.fault.severity == "error"]
    # An interchange without end has taken nothing of a message that has its own.
    lost = [fault for fault in errors if fault.code != "interchange_truncated"]
    if verdict.applied and not lost:
        return Statement(Level.MESSAGE, (Code.ACCEPTED,))
    texts = tuple(("AAO", text) for text in _told(errors)) or (("AAO", "NOT APPLIED"),)
    return Statement(Level.MESSAGE, (Code.EXCEPTION,), (), texts)


def _told(errors: Iterable[Fault]) -> list[str]:
    """Our own words on errors, which never hold values of the message."""
    told = dict.fromkeys(_worded(fault) for fault in errors)
    return list(told)[:MAX_TEXTS]


def _worded(fault: Fault) -> str:
    where = fault.position
    return (
        f"{fault.text}, SEGMENT {where.segment} {where.tag}".upper()
        if where
        else fault.text.upper()
    )


def _of_people(
    listing: PassengerList, verdict: Verdict, answering: Answering
) -> Iterator[tuple[Statement, UUID | None]]:
    """Statements on single passengers: all under a boarding authority, else those that lack something."""
    if (
        answering.mode is not AnswerMode.INTERACTIVE
        or meaning_of(listing).action is not Action.PRESENT
    ):
        return
    if not verdict.applied and answering.boarding_authority:
        return
    for person in listing.persons:
        lacking = required.missing(person, answering.required)
        accepted = person.segment in verdict.placed
        if answering.boarding_authority:
            yield _word(person, lacking, accepted=accepted), verdict.placed.get(person.segment)
        elif lacking:
            yield _insufficient(person, lacking), verdict.placed.get(person.segment)


def _word(person: Person, lacking: Sequence[Element], *, accepted: bool) -> Statement:
    if lacking or not accepted:
        return _insufficient(person, lacking)
    return Statement(
        Level.PERSON, (Code.BOARD,), references_of(person.locator, person.unique_reference),
        (("AAP", _SAID[Code.BOARD]),),
    )  # fmt: skip


def _insufficient(person: Person, lacking: Sequence[Element]) -> Statement:
    names = ", ".join(one.replace("-", " ") for one in lacking) or "not taken in"
    return Statement(
        Level.PERSON, (Code.INSUFFICIENT_DATA,),
        references_of(person.locator, person.unique_reference),
        (("AAP", f"{_SAID[Code.INSUFFICIENT_DATA]}: {names.upper()}"),),
    )  # fmt: skip


def references_of(locator: str | None, reference: str | None) -> tuple[tuple[str, str], ...]:
    """RFF AVF and ABO, those that there are."""
    pairs = (("AVF", locator), ("ABO", reference))
    return tuple((kind, value) for kind, value in pairs if value)


def ordered(boarding: Boarding, locator: str | None, reference: str | None) -> Statement:
    """An officer's order on one passenger."""
    code = _ORDERED[boarding]
    return Statement(Level.PERSON, (code,), references_of(locator, reference))


def _acknowledgement(message: RawMessage, verdict: Verdict, header: Header) -> Acknowledgement:
    errors = [note.fault.code for note in verdict.notes if note.fault.severity == "error"]
    reasons = dict.fromkeys(_REASONS.get(code, ackres.Reason.NOT_PROCESSED) for code in errors)
    processed = verdict.applied
    return Acknowledgement(
        header, ackres.Response.PROCESSED if processed else ackres.Response.REJECTED,
        () if processed else tuple(reasons), version=f"{message.version}.{message.release}",
        agency=message.agency or "IA", common_access_reference=message.common_access_reference,
    )  # fmt: skip


# --- the interchanges -----------------------------------------------------------------------------


def syntax_replies(
    found: Sequence[Contained], verdicts: Sequence[Verdict], answering: Answering, ours: str
) -> list[Reply]:
    """A CONTRL for each interchange with something wrong in its syntax, where the sender wants it."""
    if not answering.contrl:
        return []
    numbered = [
        _Numbered(position, contained.message, contained.faults, verdict)
        for position, (contained, verdict) in enumerate(zip(found, verdicts, strict=True), 1)
        if contained.message
    ]
    groups = groupby(numbered, key=lambda one: id(one.message.interchange))
    replies = (_syntax_reply(list(group), answering, ours) for _, group in groups)
    return [reply for reply in replies if reply]


def hollow_replies(
    hollow: Sequence[Hollow], messages: int, answering: Answering, ours: str
) -> list[Reply]:
    """A CONTRL (rejected) for each interchange of which no message came out, behind the ``messages``."""
    if not answering.contrl:
        return []
    return [
        Reply(AnswerKind.SYNTAX, position, contrl.report(
            replace(_header(one.header, answering, ours), application_reference=""),
            one.header, (), one.faults,
        ))
        for position, one in enumerate(hollow, messages + 1)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A message of a transmission; ``around`` are the faults of its interchange if it is the first of it."""

    position: int
    message: RawMessage
    around: tuple[Fault, ...]
    verdict: Verdict

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with the message itself."""
        return [note.fault for note in self.verdict.notes if note.fault not in self.around]


def _syntax_reply(group: Sequence[_Numbered], answering: Answering, ours: str) -> Reply | None:
    first = group[0]
    faults = [*first.around, *(fault for one in group for fault in one.faults)]
    answer_to_us = any(one.message.type in _OWN_WORDS for one in group)
    if answer_to_us or not any(contrl.is_syntax(fault) for fault in faults):
        return None
    reports = [
        contrl.report_message(one.message, one.faults, rejected=_rejected(one.verdict))
        for one in group
    ]
    subject = first.message.interchange
    header = replace(_header(subject, answering, ours), application_reference="")
    report = contrl.report(header, subject, reports, first.around)
    return Reply(AnswerKind.SYNTAX, first.position, report)


def _rejected(verdict: Verdict) -> bool:
    unread = any(note.fault.code == "message_type" for note in verdict.notes)
    return not verdict.applied and (unread or verdict.errors > 0)
