"""The queue of open referrals, as a page sees it that was opened at some moment.

Nothing moves under the officer's hand: a page remembers in its *mark* when it was opened. What came later
stands in a tray of its own below the list, what has been decided since stays in its place, greyed, until
the officer asks for the lists in order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.gate.halls import list_halls
from app.identity import scope
from app.referrals import queues
from app.referrals import views as referrals
from app.referrals.kinds import RINGS
from app.referrals.models import ReferralKind, ReferralState
from app.referrals.teams import OnDuty
from app.referrals.views import Queued
from app.screening import views as screening
from app.screening.models import Assessment, Hit, HitReview, Level, ReviewState
from app.web.console import words
from app.web.translation import gettext, language

RISK_REASONS = frozenset({"risk-unreviewed", "risk-confirmed"})
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Mark:
    """When a page was opened: by the database's clock (rows) and by the program's (decisions)."""

    stored: datetime
    decided: datetime

    def __str__(self) -> str:
        return f"{_micros(self.stored)}.{_micros(self.decided)}"

    @classmethod
    def of(cls, session: Session, now: datetime) -> Self:
        """A mark of this moment."""
        return cls(session.execute(sa.select(sa.func.clock_timestamp())).scalar_one(), now)


def read_mark(text: str) -> Mark | None:
    """A mark from the address of a fragment; None for anything else."""
    stored, _, decided = text.partition(".")
    if not (len(text) < 50 and stored.isdecimal() and decided.isdecimal()):
        return None
    try:
        return Mark(_moment(int(stored)), _moment(int(decided)))
    except (ValueError, OverflowError, OSError):
        return None


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * _MICROSECONDS)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / _MICROSECONDS, UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the queue: a kind, a hall, a lane team; ``mine``: the officer's own team, whichever it is;
    ``officer_id``: with what concerns this officer wherever it is (:func:`app.referrals.views.queue`).
    """

    kind: ReferralKind | None = None
    hall_id: UUID | None = None
    team_id: UUID | None = None
    mine: bool = False
    officer_id: UUID | None = None

    @property
    def query(self) -> str:
        """As it stands in an address, to be put behind another value; '' for the whole queue."""
        team = "mine" if self.mine else str(self.team_id or "")
        parts = (("kind", str(self.kind or "")), ("hall", str(self.hall_id or "")), ("team", team))
        return "".join(f"&{name}={value}" for name, value in parts if value)


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Row:
    """A referral with its reasons in words. ``is_over``: it waits beyond the target of its queue."""

    referral: Queued
    level: Level | None
    reasons: tuple[str, ...]
    hall: str
    is_new: bool = False
    is_over: bool = False

    @property
    def rings(self) -> bool:
        return self.referral.kind in RINGS and self.referral.state is ReferralState.RAISED

    @property
    def is_closed(self) -> bool:
        return self.referral.state is ReferralState.CLOSED


@dataclass(frozen=True, slots=True)
class Queue:
    """``groups`` in the order of :data:`words.KINDS`, oldest first; ``tray``: raised since the mark."""

    groups: tuple[tuple[ReferralKind, tuple[Row, ...]], ...]
    tray: tuple[Row, ...]
    mark: Mark
    waiting: int
    open: int
    over: int = 0
    wanted: Wanted = EVERYTHING
    served: Mapping[ReferralKind, queues.Served] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """Level and reasons of an assessment."""

    level: Level
    titles: tuple[str, ...]


def read_queue(
    session: Session,
    site: str,
    mark: Mark,
    now: datetime,
    *,
    fresh: bool,
    reasons: bool = False,
    wanted: Wanted = EVERYTHING,
    staff: Sequence[OnDuty] | None = None,
) -> Queue:
    """The queue of a site as seen from a page with this mark; ``fresh``: the page is being opened; ``reasons``:
    also those that are for few eyes.
    """
    part: dict[str, Any] = {
        "kinds": [wanted.kind] if wanted.kind else (), "hall_id": wanted.hall_id,
        "team_id": wanted.team_id, "officer_id": wanted.officer_id,
    }  # fmt: skip
    waiting = referrals.queue(session, site, **part)
    closed = [] if fresh else _closed_since(session, site, mark, part)
    every = [*waiting, *closed]
    people = {one.passenger_id for one in every if one.passenger_id}
    known = reasons_of(session, people, reasons=reasons)
    halls = {hall.id: hall.name for hall in list_halls(session, site)}
    rows = [_row(one, known, halls, mark, now, fresh=fresh) for one in every]
    return Queue(
        groups=_grouped([row for row in rows if not row.is_new]),
        tray=tuple(row for row in rows if row.is_new),
        mark=mark,
        waiting=sum(one.state is ReferralState.RAISED for one in waiting),
        open=len(waiting),
        over=sum(row.is_over for row in rows),
        wanted=wanted,
        served={one.kind: one for one in queues.served(session, site, staff=staff)},
    )


def _closed_since(session: Session, site: str, mark: Mark, part: Mapping[str, Any]) -> list[Queued]:
    latest = referrals.queue(session, site, closed=True, limit=50, **part)
    return [one for one in latest if one.closed_at and one.closed_at >= mark.decided]


def _row(
    one: Queued, known: Mapping[UUID, Known], halls: Mapping[UUID, str], mark: Mark, now: datetime,
    *, fresh: bool,
) -> Row:  # fmt: skip
    assessed = known.get(one.passenger_id) if one.passenger_id else None
    return Row(
        referral=one,
        level=assessed.level if assessed else None,
        reasons=in_words(one.reasons, assessed.titles if assessed else ()),
        hall=halls.get(one.hall_id, ""),
        is_new=not fresh and one.raised_at > mark.stored,
        is_over=one.is_over(now),
    )


def in_words(codes: Sequence[str], titles: Sequence[str]) -> tuple[str, ...]:
    """The reasons of a referral; where a hit is the reason, the hits themselves say it."""
    told: list[str] = []
    for code in codes:
        if code in RISK_REASONS and titles:
            told.extend(gettext(title) for title in titles)
        else:
            told.append(words.reason(code))
    return tuple(dict.fromkeys(told))


def _grouped(rows: Sequence[Row]) -> tuple[tuple[ReferralKind, tuple[Row, ...]], ...]:
    order = list(words.KINDS)
    ordered = sorted(
        rows, key=lambda r: (order.index(r.referral.kind), r.referral.raised_at, r.referral.id)
    )
    grouped = groupby(ordered, key=lambda row: row.referral.kind)
    return tuple((kind, tuple(members)) for kind, members in grouped)


def reasons_of(
    session: Session, passengers: Collection[UUID], *, reasons: bool = False
) -> dict[UUID, Known]:
    """Level and titles of the hits that stand, the weightiest first, in one statement; of those who are examined in
    full without reasons nothing.
    """
    if not passengers:
        return {}
    reach = scope.current()
    purposes = reach.purposes
    asked = {
        "passengers": list(passengers), "reasons": reasons, "language": language(),
        "limited": purposes is not None, "purposes": sorted(purposes or ()),
    }  # fmt: skip
    told = _HITS
    if reach.is_mixed:
        told = _hits(screening.for_others(), screening.is_kept_back(reasons=reasons))
    rows = session.execute(told, asked).all()
    found: dict[UUID, Known] = {}
    for passenger, level, title in rows:
        before = found.get(passenger, Known(level, ()))
        found[passenger] = Known(level, (*before.titles, title) if title else before.titles)
    return found


_REVIEWED = sa.and_(
    HitReview.passenger_id == Hit.passenger_id,
    HitReview.source == Hit.source,
    HitReview.subject == Hit.subject,
    HitReview.subject_version == Hit.subject_version,
    HitReview.values_digest == Hit.values_digest,
)
_SUPPRESSED = Hit.explanation.has_key("suppressed_by")
_OF_OTHERS = sa.and_(
    sa.bindparam("limited", type_=sa.Boolean),
    Hit.purpose != sa.all_(sa.bindparam("purposes", type_=sa.ARRAY(sa.Text))),
)
"""Of a purpose for which the officer who asks does not work."""


def _hits(
    of_others: sa.ColumnElement[bool], kept_back: sa.ColumnElement[bool]
) -> sa.Select[*tuple[Any, ...]]:
    """Levels and titles; ``of_others``: whether a hit is of a purpose for which the officer does not work;
    ``kept_back``: whether its reason is not for him, for that or because it is for few eyes.
    """
    return (
        sa.select(
            Assessment.passenger_id,
            Assessment.level,
            sa.case(
                (sa.or_(HitReview.state == ReviewState.DISMISSED, _SUPPRESSED), None),
                (of_others, screening.OTHERS_TITLE),
                (kept_back, screening.HIDDEN_TITLE),
                else_=sa.func.coalesce(
                    Hit.titles[sa.bindparam("language", type_=sa.Text)].astext, Hit.title
                ),
            ),
        )
        .select_from(Assessment)
        .outerjoin(Hit, Hit.assessment_id == Assessment.id)
        .outerjoin(HitReview, _REVIEWED)
        .where(
            Assessment.is_current,
            ~referrals.under_examination(Assessment.passenger_id.expression),
            Assessment.passenger_id == sa.any_(sa.bindparam("passengers", type_=sa.ARRAY(sa.Uuid))),
        )
        .order_by(Hit.source.desc(), Hit.points.desc(), Hit.subject)
    )


_OF_FEW = sa.and_(~sa.bindparam("reasons", type_=sa.Boolean), screening.for_few_eyes())
_HITS = _hits(_OF_OTHERS, _OF_FEW)
"""Made once: of grants that cover the same wherever they hold."""
