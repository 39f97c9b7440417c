"""The life of a request: registered, put off once, decided, a refusal signed by a second officer, forgotten.

One month to answer, two more with a reason (Regulation (EU) 2016/679, article 12(3); Directive (EU) 2016/680,
articles 12 to 16, leave the same to the member state). A refusal is reasoned, in writing, and says where to complain.
"""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.commitments import record_search
from app.audit.log import Actor
from app.formats.languages import LANGUAGES
from app.formats.values import document_number
from app.kernel.crypto import Vault
from app.kernel.errors import (
    ConflictError,
    FieldProblem,
    InvalidError,
    NotFoundError,
    SecondOfficerError,
)
from app.kernel.texts import N_
from app.retention.profile import Profile
from app.rights import checks, erasing
from app.rights.finding import find
from app.rights.models import (
    Channel,
    Ground,
    IdentityCheck,
    Outcome,
    RequestKind,
    RequestState,
    RightsRequest,
)
from app.screening.pairs import clear_pair
from app.travel.models import Passenger, ShownPassport
from app.travel.shown import Zone, note_passport, shown_to

MONTHS, MORE_MONTHS = 1, 2


class RequestInvalidError(InvalidError):
    """A request or a decision with something missing or wrong; ``fields`` says what."""

    code, status, title = "rights-request-invalid", 422, N_("Some of this cannot be accepted")


class RequestConflictError(ConflictError):
    """The request is not, or no longer, where this could be done."""

    code, status, title = (
        "rights-request-conflict",
        409,
        N_("This request has changed since: look again"),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What is registered. Dates are those of the site; ``language``: in which the traveller is answered."""

    kind: RequestKind
    channel: Channel
    identity_check: IdentityCheck
    surname: str
    given_names: str
    birth_date: date
    issuer: str
    number: str
    wish: str
    received_on: date
    language: str = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decides. ``hit_id`` and ``until``: a redress that ends in known not to match. ``corrected``: how
    the passport reads, for a rectification; ``replaces``: also in place of what was put right for another request.
    """

    outcome: Outcome
    ground: Ground | None = None
    reason: str = ""
    corrected: Zone | None = None
    hit_id: UUID | None = None
    until: date | None = None
    replaces: bool = False


def subject_key(vault: Vault, issuer: str, number: str) -> bytes:
    """By what the earlier requests of a passport are found: a pseudonym of its own kind."""
    return vault.pseudonym("rights-subject", f"{issuer}|{document_number(number)}")


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last (Regulation (EEC, Euratom) No 1182/71, article 3(2)(c))."""
    number = day.month - 1 + months
    year, month = day.year + number // 12, number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def register(
    session: Session, vault: Vault, actor: Actor, site: str, asked: Asked, now: datetime
) -> RightsRequest:
    """Take a request in. Raises RequestInvalidError."""
    texts = checks.text_problems(lambda name: str(getattr(asked, name)))
    _refuse([*texts, *checks.day_problems(asked.birth_date, asked.received_on, now)])
    assert actor.id is not None  # officers alone come here
    made = RightsRequest(
        site=site, kind=asked.kind, channel=asked.channel, identity_check=asked.identity_check,
        subject_key=subject_key(vault, asked.issuer, asked.number), surname=asked.surname,
        given_names=asked.given_names, birth_date=asked.birth_date.isoformat(), issuer=asked.issuer,
        number=asked.number, wish=asked.wish, received_on=asked.received_on, language=asked.language,
        due_on=months_after(asked.received_on, MONTHS), registered_by=actor.id,
        state=RequestState.OPEN,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record_search(
        session, actor, "rights.registered", "rights_request", made.id, now, names_of(made),
        kind=asked.kind, channel=asked.channel, check=asked.identity_check,
    )  # fmt: skip
    return made


def names_of(asked: RightsRequest) -> list[str]:
    """Whom a request names: the trail commits to it where records are sought or given out."""
    return [f"{asked.surname} {asked.given_names}", asked.number]


def extend(
    session: Session, actor: Actor, asked: RightsRequest, reason: str, now: datetime
) -> None:
    """Put the day of the answer off, once, with a reason. Raises RequestConflictError, RequestInvalidError."""
    if asked.state is RequestState.CLOSED or asked.extended_because is not None:
        raise RequestConflictError
    asked.extended_because = _text(reason, "/why")
    asked.due_on = months_after(asked.received_on, MONTHS + MORE_MONTHS)
    _changed(session, asked)
    _record(session, actor, "extended", asked, now, due=asked.due_on.isoformat())


def decide(
    session: Session, vault: Vault, actor: Actor, asked: RightsRequest, decision: Decision,
    profile: Profile, now: datetime,
) -> None:  # fmt: skip
    """Grant at once, or propose a refusal for a second officer.

    What is erased follows from the profile: everything (granted), some (partly) or nothing (refused). Where nothing is
    held of which erasure is asked, it closes as granted on the ground that nothing is held. Raises
    RequestConflictError, RequestInvalidError, and what clearing a pair raises.
    """
    if asked.state is not RequestState.OPEN:
        raise RequestConflictError
    outcome, ground = _outcome(session, vault, asked, decision, profile, now)
    asked.outcome, asked.ground = outcome, ground
    asked.reason = decision.reason.strip() or None
    asked.decided_by, asked.decided_at = actor.id, now
    if outcome in (Outcome.REFUSED, Outcome.PARTLY):
        _refuse(checks.reason_problems(asked.kind, ground, decision.reason))
        asked.state = RequestState.PROPOSED
    else:
        _ACTS.get(asked.kind, _nothing)(session, vault, actor, asked, decision, now)
        if asked.kind is RequestKind.ERASURE:
            _erase(session, vault, actor, asked, profile, now)
        asked.state, asked.closed_at = RequestState.CLOSED, now
    _changed(session, asked)
    _record(session, actor, "decided", asked, now, outcome=outcome, ground=ground)


def sign(
    session: Session, vault: Vault, actor: Actor, asked: RightsRequest, profile: Profile, now: datetime
) -> None:  # fmt: skip
    """The second officer agrees to a refusal; what may be erased goes now. Raises RequestConflictError, SecondOfficerError."""
    _expect_second(actor, asked)
    if asked.kind is RequestKind.ERASURE and asked.outcome is Outcome.PARTLY:
        _erase(session, vault, actor, asked, profile, now)
    asked.second_by, asked.state, asked.closed_at = actor.id, RequestState.CLOSED, now
    _changed(session, asked)
    _record(session, actor, "signed", asked, now, outcome=asked.outcome)


def send_back(session: Session, actor: Actor, asked: RightsRequest, now: datetime) -> None:
    """The second officer does not agree: it is open again. Raises RequestConflictError, SecondOfficerError."""
    _expect_second(actor, asked)
    asked.state, asked.outcome, asked.ground, asked.reason = RequestState.OPEN, None, None, None
    asked.decided_by = asked.decided_at = None
    _changed(session, asked)
    _record(session, actor, "sent-back", asked, now)


def request_of(
    session: Session, request_id: UUID, site: str, *, version: int | None = None
) -> RightsRequest:
    """A request of the site, locked where it is to be changed at ``version``. Raises NotFoundError, RequestConflictError."""
    found = session.get(RightsRequest, request_id, with_for_update=version is not None)
    if found is None or found.site != site:
        raise NotFoundError
    if version is not None and found.version != version:
        raise RequestConflictError
    return found


def requests_of(session: Session, site: str, limit: int = 200) -> list[RightsRequest]:
    """Those that wait, by the day of their answer, then the closed ones, the newest first."""
    query = (
        sa.select(RightsRequest)
        .where(RightsRequest.site == site)
        .order_by(
            RightsRequest.closed_at.desc().nulls_first(), RightsRequest.due_on, RightsRequest.id
        )
        .limit(limit)
    )
    return list(session.scalars(query))


def earlier_of(session: Session, asked: RightsRequest) -> int:
    """How many requests of the same kind and passport were closed in the year before."""
    year_before = date.fromordinal(max(asked.received_on.toordinal() - 365, 1))
    query = sa.select(sa.func.count()).where(
        RightsRequest.subject_key == asked.subject_key, RightsRequest.kind == asked.kind,
        RightsRequest.id != asked.id, RightsRequest.closed_at.is_not(None),
        RightsRequest.received_on > year_before,
    )  # fmt: skip
    return session.scalar(query) or 0


def put_right_before(
    session: Session, asked: RightsRequest, passenger_ids: Sequence[UUID]
) -> list[Zone]:
    """How the passport was put right on these trips for other requests, each reading once, the newest first. Of what is
    masked by now states and sex are left.
    """
    kept = [
        one for one in shown_to(session, passenger_ids) if one.request_id not in (None, asked.id)
    ]
    zones = [Zone(**_read(one)) for one in reversed(kept)]
    return list(dict.fromkeys(zones))


def _read(shown: ShownPassport) -> dict[str, Any]:
    said = {field.name: getattr(shown, field.name) for field in fields(Zone)}
    return said | {"birth_date": shown.known_birth_date}


# ---------------------------------------------------------------- what each kind does


def _outcome(
    session: Session, vault: Vault, asked: RightsRequest, decision: Decision, profile: Profile,
    now: datetime,
) -> tuple[Outcome, Ground | None]:  # fmt: skip
    """The outcome that stands and its ground; of an erasure the profile decides how much of it is granted."""
    kind = asked.kind
    if decision.outcome is Outcome.REFUSED:
        return Outcome.REFUSED, decision.ground
    if kind is RequestKind.REDRESS:
        return Outcome.EXAMINED, None
    if kind is not RequestKind.ERASURE:
        return Outcome.GRANTED, None
    answers = [
        one.answer for one in erasing.ask(session, profile, find(session, vault, asked), now)
    ]
    allowed = sum(answer.is_allowed for answer in answers)
    if allowed == len(answers):
        return Outcome.GRANTED, None if answers else Ground.NOT_FOUND
    return Outcome.PARTLY if allowed else Outcome.REFUSED, decision.ground


def _erase(
    session: Session,
    vault: Vault,
    actor: Actor,
    asked: RightsRequest,
    profile: Profile,
    now: datetime,
) -> None:
    """What may go by now: a case may have begun since it was asked."""
    found = erasing.ask(session, profile, find(session, vault, asked), now)
    gone = erasing.erase(session, actor, found, now)
    _record(session, actor, "erased", asked, now, records=gone)


def _rectify(
    session: Session, vault: Vault, actor: Actor, asked: RightsRequest, decision: Decision,
    now: datetime,
) -> None:  # fmt: skip
    """Keep how the passport reads beside what carriers sent, on every trip found: each is screened again."""
    if decision.corrected is None:
        raise RequestInvalidError(fields=[FieldProblem("/corrected", "missing")])
    _refuse(checks.passport_problems(decision.corrected, now))
    ids = find(session, vault, asked).ids
    _wait_for_others(session, ids)
    if not decision.replaces and put_right_before(session, asked, ids):
        raise RequestInvalidError(fields=[FieldProblem("/replaces", "put_right_before")])
    changed = [one for one in ids if note_passport(session, one, decision.corrected, asked.id)]
    if not changed:
        raise RequestInvalidError(fields=[FieldProblem("/corrected", "nothing_to_correct")])
    for one in changed:
        _record(session, actor, "rectified", asked, now, passenger=str(one))


def _wait_for_others(session: Session, passenger_ids: Sequence[UUID]) -> None:
    """Two officers who put the same trips right at once: the second sees what the first did."""
    wanted = Passenger.id.in_(passenger_ids)
    session.execute(sa.select(Passenger.id).where(wanted).order_by(Passenger.id).with_for_update())


def _redress(
    session: Session, vault: Vault, actor: Actor, asked: RightsRequest, decision: Decision,
    now: datetime,
) -> None:  # fmt: skip
    """Examined; where the officer named a hit, its traveller is known not to match that entry."""
    if decision.hit_id is None:
        return
    if decision.until is None:
        raise RequestInvalidError(fields=[FieldProblem("/until", "missing")])
    made = clear_pair(session, vault, actor, decision.hit_id, decision.reason, decision.until, now)
    if made.passenger_id not in find(session, vault, asked).ids:
        raise RequestInvalidError(fields=[FieldProblem("/hit", "of_somebody_else")])
    _record(session, actor, "cleared", asked, now, pair=str(made.id))


def _nothing(
    session: Session, vault: Vault, actor: Actor, asked: RightsRequest, decision: Decision,
    now: datetime,
) -> None:  # fmt: skip
    """Access: what is held is made when it is printed. Erasure has a way of its own."""
    del session, vault, actor, asked, decision, now


Act = Callable[[Session, Vault, Actor, RightsRequest, Decision, datetime], None]
_ACTS: dict[RequestKind, Act] = {
    RequestKind.RECTIFICATION: _rectify,
    RequestKind.REDRESS: _redress,
}


# ---------------------------------------------------------------- checks


def _refuse(problems: list[FieldProblem]) -> None:
    """Raises RequestInvalidError where there are any."""
    if problems:
        raise RequestInvalidError(fields=problems)


def _expect_second(actor: Actor, asked: RightsRequest) -> None:
    if asked.state is not RequestState.PROPOSED:
        raise RequestConflictError
    if actor.id is None or actor.id == asked.decided_by:
        raise SecondOfficerError


def _text(text: str, pointer: str) -> str:
    if not text.strip() or len(text) > checks.MAX_TEXT:
        code = "too_long" if text.strip() else "missing"
        raise RequestInvalidError(fields=[FieldProblem(pointer, code)])
    return text.strip()


def _changed(session: Session, asked: RightsRequest) -> None:
    asked.version += 1
    session.flush()


def _record(
    session: Session, actor: Actor, action: str, asked: RightsRequest, now: datetime, **detail: object
) -> None:  # fmt: skip
    told = {name: value for name, value in detail.items() if value is not None}
    audit.record(session, actor, f"rights.{action}", "rights_request", asked.id, now, **told)
