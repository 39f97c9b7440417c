"""Urgent lookouts: one officer's signature is enough, a day is the most, somebody else looks at it afterwards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.formats.codes import FlightNumber
from app.identity import scope
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.texts import N_
from app.screening import rules
from app.screening.entries import (
    UNREAD,
    EntryDraft,
    EntryInvalidError,
    check_draft,
    is_future,
    is_unread,
)
from app.screening.lifecycle import SameOfficerError
from app.screening.list_models import LookoutKind, UrgentLookout, Verdict
from app.screening.models import EntryKind, Handling, Ruleset
from app.screening.urgent_match import Urgent, entry_of, fold_seat, fold_tag
from risk_rules.names import BirthDate, Document, Matcher, Name, Person
from risk_rules.names.normalise import name_words
from risk_rules.score import Purpose

LONGEST = timedelta(hours=24)
FARTHEST = timedelta(days=3)
"""Of a flight whose seat is looked out for: an urgent lookout lasts a day."""
MOST_UNREVIEWED = 10
"""Lookouts of one officer at one site that nobody else has looked at."""
SHOWN_FOR = timedelta(days=30)
_KEPT = 4
_TAG = re.compile(r"[0-9]{9}|[A-Z0-9]{2}[0-9]{6}", re.ASCII)


class LookoutInvalidError(InvalidError):
    """A lookout that could meet nobody, or lacks what it must say; ``fields`` says where."""

    code, status, title = "lookout-invalid", 422, N_("This lookout cannot be used")


class LookoutEndedError(ConflictError):
    """The lookout has ended already."""

    code, status, title = "lookout-ended", 409, N_("This lookout has ended already")


class LookoutReviewedError(ConflictError):
    """Somebody has looked at it already."""

    code, status, title = "lookout-reviewed", 409, N_("This lookout has been reviewed already")


@dataclass(frozen=True, slots=True)
class LookoutDraft:
    """A lookout as an officer types it: what its kind needs, the rest empty.

    ``names`` are surname and given names, ``documents`` number and issuer, ``flight`` like ``JL1`` on the local
    date of departure ``day``; ``hours`` from now until it ends.
    """

    kind: LookoutKind
    title: str
    purpose: str
    handling: Handling
    reason: str
    hours: float = 24
    restricted: bool = False
    surname: str = ""
    given: str = ""
    birth_date: str = ""
    number: str = ""
    issuer: str = ""
    flight: str = ""
    day: date | None = None
    seat: str = ""
    tag: str = ""


class LookedBeforeError(ConflictError):
    """The officer has looked out for this already, and nobody else has found it justified."""

    code, status = "looked-before", 409
    title = N_("You have looked out for this: somebody else must review it")


class TooManyUnreviewedError(ConflictError):
    """So many of the officer's lookouts have been seen by nobody else that no more may be raised."""

    code, status = "lookouts-unreviewed", 409
    title = N_("Too many of your lookouts wait for review: somebody else must look at them first")


def raise_lookout(
    session: Session, actor: Actor, site: str, draft: LookoutDraft, now: datetime
) -> UrgentLookout:
    """Look out at once; passengers still to arrive are screened again. Raises :class:`LookoutInvalidError`, and
    :class:`LookedBeforeError` where the same officer would go on without the review of the last time, however it
    is written now, and :class:`TooManyUnreviewedError`.
    """
    if actor.id is None:
        raise SameOfficerError
    content = checked(draft)
    scope.expect_purpose(draft.purpose)
    if draft.day and abs(draft.day - now.date()) > FARTHEST:
        raise LookoutInvalidError(fields=[FieldProblem("/day", "out_of_range")])
    if any(is_future(BirthDate.parse(day), now) for day in content.get("birth_dates", ())):
        raise LookoutInvalidError(fields=[FieldProblem("/birth_date", "out_of_range")])
    rules.lock(session)
    before = session.scalars(
        sa.select(UrgentLookout).where(
            UrgentLookout.site == site, UrgentLookout.raised_by == actor.id,
            UrgentLookout.verdict.is_distinct_from(Verdict.JUSTIFIED),
        )
    ).all()  # fmt: skip
    if any(one.kind is draft.kind and is_same(content, one.content) for one in before):
        raise LookedBeforeError
    if sum(one.verdict is None for one in before) >= MOST_UNREVIEWED:
        raise TooManyUnreviewedError
    made = UrgentLookout(
        site=site, kind=draft.kind, content=content, title=draft.title.strip(),
        purpose=draft.purpose, handling=draft.handling, reason=draft.reason.strip(),
        restricted=draft.restricted, raised_by=actor.id, raised_at=now,
        expires_at=now + timedelta(hours=draft.hours),
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, actor, "lookout.raised", "urgent_lookout", made.id, now,
        kind=draft.kind, purpose=draft.purpose, handling=draft.handling,
        until=made.expires_at.isoformat(),
    )  # fmt: skip
    rules.write_ruleset(session)
    return made


def end_lookout(
    session: Session, actor: Actor, lookout_id: UUID, site: str, now: datetime
) -> UrgentLookout:
    """End a lookout before its time. Raises NotFoundError and :class:`LookoutEndedError`."""
    rules.lock(session)
    found = _find(session, lookout_id, site)
    if found.ended_at is not None:
        raise LookoutEndedError
    found.ended_at, found.ended_by = now, actor.id
    session.flush()
    audit.record(session, actor, "lookout.ended", "urgent_lookout", found.id, now)
    rules.write_ruleset(session)
    return found


def expire_lookouts(session: Session, now: datetime) -> int:
    """End the lookouts whose time is over; how many."""
    over = sa.and_(UrgentLookout.ended_at.is_(None), UrgentLookout.expires_at <= now)
    if not session.scalar(sa.select(sa.exists().where(over))):
        return 0
    rules.lock(session)
    ended = session.scalars(
        sa.update(UrgentLookout)
        .where(over)
        .values(ended_at=UrgentLookout.expires_at)
        .returning(UrgentLookout.id)
        .execution_options(synchronize_session=False)
    ).all()
    for identifier in ended:
        audit.record(session, SYSTEM, "lookout.expired", "urgent_lookout", identifier, now)
    rules.write_ruleset(session)
    return len(ended)


def review_lookout(
    session: Session,
    actor: Actor,
    lookout_id: UUID,
    site: str,
    verdict: Verdict,
    note: str,
    now: datetime,
) -> UrgentLookout:
    """Another officer's word on a lookout; one that was not justified ends with it.

    Raises NotFoundError, :class:`LookoutReviewedError`, SameOfficerError, and LookoutInvalidError without a
    reason for "not justified".
    """
    rules.lock(session)
    found = _find(session, lookout_id, site)
    if found.verdict is not None:
        raise LookoutReviewedError
    if actor.id is None or actor.id == found.raised_by:
        raise SameOfficerError
    if verdict is Verdict.NOT_JUSTIFIED and not note.strip():
        raise LookoutInvalidError(fields=[FieldProblem("/note", "missing")])
    found.verdict, found.verdict_note = verdict, note.strip()
    found.reviewed_by, found.reviewed_at = actor.id, now
    if verdict is Verdict.NOT_JUSTIFIED and found.ended_at is None:
        found.ended_at, found.ended_by = now, actor.id
    session.flush()
    audit.record(
        session, actor, "lookout.reviewed", "urgent_lookout", found.id, now, verdict=verdict
    )
    rules.write_ruleset(session)
    return found


def read_lookouts(session: Session, site: str, now: datetime) -> Sequence[UrgentLookout]:
    """Lookouts in force, those that await review, then those of the last weeks; the newest first."""
    return session.scalars(
        sa.select(UrgentLookout)
        .where(UrgentLookout.site == site, scope.of_purposes(UrgentLookout.purpose))
        .where(sa.or_(UrgentLookout.verdict.is_(None), UrgentLookout.raised_at > now - SHOWN_FOR))
        .order_by(
            UrgentLookout.ended_at.is_not(None), UrgentLookout.verdict.is_not(None),
            UrgentLookout.id.desc(),
        )
        .limit(200)
    ).all()  # fmt: skip


def _find(session: Session, lookout_id: UUID, site: str) -> UrgentLookout:
    found = session.get(UrgentLookout, lookout_id, with_for_update=True)
    if found is None or found.site != site:
        raise NotFoundError
    return found


# ---------------------------------------------------------------- what it looks for


def checked(draft: LookoutDraft) -> dict[str, Any]:
    """What the lookout compares, folded. Raises :class:`LookoutInvalidError`."""
    problems: list[tuple[str, str]] = []
    for name in ("title", "reason"):
        if not getattr(draft, name).strip():
            problems.append((name, "missing"))
    if draft.purpose not in set(Purpose):
        problems.append(("purpose", "unknown"))
    if not 0 < draft.hours <= LONGEST.total_seconds() / 3600:
        problems.append(("hours", "out_of_range"))
    content, more = _CONTENTS[draft.kind](draft)
    if problems + more:
        fields = [FieldProblem("/" + name, code) for name, code in problems + more]
        raise LookoutInvalidError(fields=fields)
    return content


Content = tuple[dict[str, Any], list[tuple[str, str]]]


def is_same(content: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether two lookouts of a kind look for the same: as screening would tell it of a person or document, so that
    another case, hyphen or given name makes it no other one.
    """
    if content == before or "names" not in content:
        return content == before
    births = [BirthDate.parse(day) for day in content["birth_dates"]]
    person = Person(
        tuple(Name(**name) for name in content["names"]), births[0] if births else None, "",
        tuple(Document(**paper) for paper in content["documents"]),
    )  # fmt: skip
    return any(one.alert for one in Matcher([entry_of("before", before)]).match(person))


def _person(draft: LookoutDraft) -> Content:
    """A name of one word is met by too many to alert without the day of birth, one in Chinese characters by nobody
    whose passport has another reading than the Mandarin: such a lookout would never act.
    """
    content, problems = _entry(draft, EntryKind.PERSON)
    if not problems and not content["documents"]:
        names = content["names"]
        is_short = all(len(name_words(one["surname"], one["given"])) == 1 for one in names)
        if is_short and not any(BirthDate.parse(day).day for day in content["birth_dates"]):
            return {}, [("birth_date", "one_word")]
        if is_unread(Name(**one) for one in names):
            return {}, [("surname", UNREAD)]
    return content, problems


def _document(draft: LookoutDraft) -> Content:
    return _entry(draft, EntryKind.DOCUMENT)


def _entry(draft: LookoutDraft, kind: EntryKind) -> Content:
    try:
        births = (BirthDate.parse(draft.birth_date),) if draft.birth_date else ()
    except ValueError:
        return {}, [("birth_date", "not_a_date")]
    name = Name(draft.surname.strip(), draft.given.strip())
    paper = Document(draft.number.strip(), draft.issuer.strip())
    entry = EntryDraft(
        "urgent", kind, draft.reason, (name,) if name.surname or name.given else (), births,
        documents=(paper,) if paper.number else (),
    )  # fmt: skip
    try:
        check_draft(entry)
    except EntryInvalidError as error:
        told = {"names": "surname", "documents": "number", "birth_dates": "birth_date"}
        parts = [
            "issuer" if f.pointer.endswith("/issuer") else (f.pointer.split("/")[1:2] or [""])[0]
            for f in error.fields
        ]
        return {}, [
            (told.get(part, part), f.code) for part, f in zip(parts, error.fields, strict=True)
        ]
    return entry.content(), []


def _seat(draft: LookoutDraft) -> Content:
    number, seat = FlightNumber.parse(draft.flight), fold_seat(draft.seat)
    problems = [("flight", "not_a_flight")] if number is None else []
    problems += [] if seat else [("seat", "not_a_seat")]
    problems += [] if draft.day else [("day", "missing")]
    day = draft.day.isoformat() if draft.day else ""
    return {"flight": str(number), "date": day, "seat": seat}, problems


def _bag_tag(draft: LookoutDraft) -> Content:
    tag = fold_tag(draft.tag)
    return {"tag": tag}, [] if _TAG.fullmatch(tag) else [("tag", "not_a_tag")]


_CONTENTS = {
    LookoutKind.PERSON: _person, LookoutKind.DOCUMENT: _document, LookoutKind.SEAT: _seat,
    LookoutKind.BAG_TAG: _bag_tag,
}  # fmt: skip


# ---------------------------------------------------------------- in force

_by_ruleset: dict[UUID, tuple[Urgent, ...]] = {}


def urgent_of(session: Session, ruleset: Ruleset, now: datetime) -> tuple[Urgent, ...]:
    """The urgent lookouts of a rule set whose time is not over; read once per process."""
    if not ruleset.lookouts:
        return ()
    if ruleset.id not in _by_ruleset:
        while len(_by_ruleset) >= _KEPT:
            _by_ruleset.pop(next(iter(_by_ruleset)), None)
        _by_ruleset[ruleset.id] = read_urgent(session, ruleset.lookouts)
    return tuple(one for one in _by_ruleset[ruleset.id] if now < one.expires_at)


def read_urgent(session: Session, ids: Sequence[UUID]) -> tuple[Urgent, ...]:
    """Lookouts as they are asked, ended or not."""
    rows = session.scalars(
        sa.select(UrgentLookout).where(UrgentLookout.id.in_(ids)).order_by(UrgentLookout.id)
    )
    return tuple(
        Urgent(
            row.id, row.site, row.kind, row.content, row.title, row.purpose, row.handling,
            row.expires_at,
        )
        for row in rows
    )  # fmt: skip
