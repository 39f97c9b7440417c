"""The report on a sender's test messages: for each requirement passed or failed, since when, and where. Pure.

A requirement is passed when the newest thing it applies to passed: a message, or for parts, closing and
links a flight. ``run`` says how many passed in a row, so that whoever certifies sees how sure that is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.identity.models import AnswerMode, Sender
from app.messages.answer_models import SandboxMessage
from app.messages.checks import EXAMPLES, TEXTS, Requirement
from app.retention.clocks import RAW_LIFE

PERIOD = RAW_LIFE
"""What links messages of a flight is kept no longer than the messages themselves."""


class State(StrEnum):
    """Where a requirement stands."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_SEEN = "not-seen"


class Outcome(StrEnum):
    """Where a sender stands: failed when anything fails, incomplete while something was not seen."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Example:
    """Where something failed, in units of CONTRL (UNH = 1); ``segment`` None: nowhere in particular."""

    message_id: UUID
    received_at: datetime
    control_reference: str
    reference: str
    segment: int | None = None
    tag: str | None = None
    element: int | None = None
    component: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement. ``checked`` and ``failed`` count things (persons, messages, flights) in all."""

    requirement: Requirement
    text: str
    state: State
    checked: int
    failed: int
    run: int
    since: datetime | None
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The certification of a sender. ``since``: when the last requirement was passed, if all are."""

    sender_id: UUID
    sender: str
    sandbox_only: bool
    outcome: Outcome
    since: datetime | None
    messages: int
    first_at: datetime | None
    last_at: datetime | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Event:
    """One thing a requirement was looked at on."""

    at: datetime
    checked: int
    failed: int
    examples: tuple[Example, ...] = ()


Events = dict[Requirement, list[_Event]]


def assemble(
    sender: Sender,
    rows: Sequence[SandboxMessage],
    again: Sequence[tuple[UUID, datetime]],
    now: datetime,
) -> Report:
    """The report; ``rows`` oldest first, ``again`` are transmissions that were sent twice."""
    events: Events = defaultdict(list)
    for row in rows:
        _of_message(events, row)
    _duplicates(events, rows, again)
    for flight in _flights(rows):
        _parts(events, flight)
        _closing(events, flight, now, interactive=sender.answers is AnswerMode.INTERACTIVE)
        _links(events, flight)
    findings = tuple(_finding(one, events[one]) for one in Requirement)
    outcome = _outcome(findings)
    passed = [one.since for one in findings if one.since]
    return Report(
        sender.id, sender.name, sender.sandbox_only, outcome,
        max(passed) if outcome is Outcome.PASSED else None, len(rows),
        rows[0].created_at if rows else None, rows[-1].created_at if rows else None, findings,
    )  # fmt: skip


def _outcome(findings: Iterable[Finding]) -> Outcome:
    states = {one.state for one in findings}
    if State.FAILED in states:
        return Outcome.FAILED
    return Outcome.INCOMPLETE if State.NOT_SEEN in states else Outcome.PASSED


def _finding(requirement: Requirement, events: list[_Event]) -> Finding:
    events = sorted(events, key=lambda event: event.at)
    run: list[_Event] = []
    for event in events:
        run = [] if event.failed else [*run, event]
    state = State.NOT_SEEN if not events else State.PASSED if run else State.FAILED
    examples = [one for event in reversed(events) for one in event.examples][:EXAMPLES]
    return Finding(
        requirement, TEXTS[requirement], state, sum(event.checked for event in events),
        sum(event.failed for event in events), len(run), run[0].at if run else None, tuple(examples),
    )  # fmt: skip


# --- of single messages ---------------------------------------------------------------------------


def _of_message(events: Events, row: SandboxMessage) -> None:
    for code, found in row.checks.items():
        if code in set(Requirement):
            where = tuple(_example(row, *place) for place in found["examples"])
            if found["failed"] and not where:
                where = (_example(row),)
            event = _Event(row.created_at, found["of"], found["failed"], where)
            events[Requirement(code)].append(event)


def _example(
    row: SandboxMessage,
    segment: int | None = None,
    tag: str | None = None,
    element: int | None = None,
    component: int | None = None,
) -> Example:
    return Example(
        row.message_id, row.created_at, row.control_reference, row.reference, segment, tag, element,
        component,
    )  # fmt: skip


def _duplicates(
    events: Events, rows: Sequence[SandboxMessage], again: Sequence[tuple[UUID, datetime]]
) -> None:
    seen: dict[tuple[str, str, str], UUID] = {}
    for row in rows:
        key = (row.type, row.control_reference, row.reference)
        first = seen.setdefault(key, row.message_id)
        twice = first != row.message_id
        examples = (_example(row),) if twice else ()
        events[Requirement.DUPLICATES].append(_Event(row.created_at, 1, int(twice), examples))
    for message_id, at in again:
        example = Example(message_id, at, "", "")
        events[Requirement.DUPLICATES].append(_Event(at, 1, 1, (example,)))


# --- of flights -----------------------------------------------------------------------------------


def _flights(rows: Iterable[SandboxMessage]) -> list[list[SandboxMessage]]:
    """The messages of each flight that has a passenger list."""
    found: dict[str, list[SandboxMessage]] = defaultdict(list)
    for row in rows:
        if row.flight:
            found[row.flight].append(row)
    return [flight for flight in found.values() if any(row.part for row in flight)]


def _parts(events: Events, flight: Sequence[SandboxMessage]) -> None:
    parts = [row for row in flight if row.part]
    examples = () if _whole(parts) else (_example(parts[-1], 1, "UNH", 4),)
    event = _Event(parts[-1].created_at, 1, int(bool(examples)), examples)
    events[Requirement.PARTS].append(event)


def _whole(parts: Sequence[SandboxMessage]) -> bool:
    """All numbers up to that of the part marked as last came; a part sent again replaces itself."""
    last = max((row.part or 0 for row in parts if row.last), default=0)
    return last > 0 and {row.part for row in parts} >= set(range(1, last + 1))


def _closing(
    events: Events, flight: Sequence[SandboxMessage], now: datetime, *, interactive: bool
) -> None:
    """A 266 closes a flight; for who sends whole lists, the last part of the list does as well."""
    closed = [row for row in flight if row.closing]
    parts = [row for row in flight if row.part]
    if not closed and not interactive and _whole(parts):
        closed = parts
    newest = flight[-1]
    if closed:
        events[Requirement.CLOSING].append(_Event(closed[-1].created_at, 1, 0))
    elif newest.departs_at and newest.departs_at < now:
        events[Requirement.CLOSING].append(_Event(newest.created_at, 1, 1, (_example(newest),)))


def _links(events: Events, flight: Sequence[SandboxMessage]) -> None:
    """People of the list who are in no booking; only where the flight's bookings came as well."""
    pushed = {bytes(key) for row in flight if row.type == "PNRGOV" for key in row.links}
    lists = [row for row in flight if row.part]
    if not any(row.type == "PNRGOV" for row in flight):
        return
    people: dict[tuple[UUID, int], list[bytes]] = defaultdict(list)
    named: dict[tuple[UUID, int], SandboxMessage] = {}
    for row in lists:
        for key, segment in zip(row.links, row.link_segments, strict=True):
            people[row.id, segment].append(bytes(key))
            named[row.id, segment] = row
    lost = [who for who, keys in people.items() if pushed.isdisjoint(keys)]
    examples = tuple(_example(named[who], who[1], "NAD") for who in lost[:EXAMPLES])
    unnamed = 0 if people else 1
    if unnamed:
        examples = (_example(lists[-1]),)
    event = _Event(flight[-1].created_at, len(people) or 1, len(lost) + unnamed, examples)
    events[Requirement.LINKS].append(event)
