"""The queues by kind: target times, who serves each, alerts per officer-hour."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity.officers import LONGEST
from app.identity.permissions import Permission, holders
from app.kernel import events
from app.kernel.errors import ConflictError, FieldProblem, InvalidError
from app.kernel.ids import uuid7
from app.kernel.texts import N_
from app.referrals.kinds import RINGS, TARGETS, ReferralKind
from app.referrals.models import Referral, ReferralEvent
from app.referrals.shift_models import Duty, QueueTarget
from app.referrals.teams import OnDuty, on_duty

LEAST, MOST = 5, 3600
"""Seconds: below, nobody can walk over; above, it is no target."""
_HOUR = timedelta(hours=1)
LEAST_HOURS = 0.25
"""Of a rate: a referral in somebody's first minute would be sixty an hour."""


class TargetInvalidError(InvalidError):
    """Outside of :data:`LEAST` to :data:`MOST` seconds."""

    code, status, title = "target-invalid", 422, f"A target is {LEAST} to {MOST} seconds"


class TargetChangedError(ConflictError):
    """Somebody else has set it meanwhile."""

    code, status, title = (
        "target-changed",
        409,
        N_("Somebody else has set this target, please look again"),
    )


@dataclass(frozen=True, slots=True)
class Target:
    """What was set for a kind, in a hall or (None) at the whole site; ``version`` 0: the default."""

    kind: ReferralKind
    hall_id: UUID | None
    seconds: int
    version: int = 0


class Targets:
    """The target times of a site: what its hall says, else its site, else :data:`TARGETS`."""

    def __init__(self, rows: Sequence[Target]) -> None:
        self._set = {(one.hall_id, one.kind): one for one in rows}

    def of(self, kind: ReferralKind, hall_id: UUID | None = None) -> timedelta:
        """Within what time somebody should have taken one."""
        return timedelta(seconds=self.row(kind, hall_id).seconds)

    def row(self, kind: ReferralKind, hall_id: UUID | None = None) -> Target:
        """The rule that applies."""
        found = self._set.get((hall_id, kind)) or self._set.get((None, kind))
        return found or Target(kind, None, round(TARGETS[kind].total_seconds()))

    def own(self, kind: ReferralKind, hall_id: UUID | None) -> Target | None:
        """What was set for just this hall (None: for the site)."""
        return self._set.get((hall_id, kind))


@dataclass(frozen=True, slots=True)
class Served:
    """One queue: whether it rings, its target and who is signed on for it."""

    kind: ReferralKind
    rings: bool
    target: timedelta
    staff: tuple[OnDuty, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What a queue asked of its officers in a span of time. ``late``: taken or still waiting beyond the target.

    ``officer_hours``: on duty for it. In the sum (``kind`` None), where nobody said to be on duty (``on_duty`` false),
    they are the hours for which officers who may decide were signed in; ``signed_in``: how many of these there are now.
    """

    kind: ReferralKind | None
    raised: int
    late: int
    officer_hours: float
    on_duty: bool = True
    signed_in: int = 0

    @property
    def per_hour(self) -> float | None:
        """Alerts per officer-hour, to one decimal; None for less than :data:`LEAST_HOURS` of work: the one definition."""
        if self.officer_hours < LEAST_HOURS:
            return None
        return round(self.raised / self.officer_hours, 1)


def read_targets(session: Session, site: str) -> Targets:
    """What was set at a site."""
    rows = session.scalars(sa.select(QueueTarget).where(QueueTarget.site == site))
    return Targets([Target(one.kind, one.hall_id, one.seconds, one.version) for one in rows])


def set_target(session: Session, actor: Actor, site: str, target: Target, now: datetime) -> None:
    """Set the target of a queue; ``target.version`` is the one that was seen, 0 where there was none.

    The caller knows that the hall is of the site. Raises :class:`TargetInvalidError` and
    :class:`TargetChangedError`.
    """
    if not LEAST <= target.seconds <= MOST:
        raise TargetInvalidError(fields=[FieldProblem("/seconds", "out-of-range")])
    values = {
        "site": site, "hall_id": target.hall_id, "kind": target.kind, "seconds": target.seconds,
        "version": target.version + 1,
    }  # fmt: skip
    if target.version == 0:
        statement = insert(QueueTarget).values(id=uuid7(), **values)
        done = session.execute(statement.on_conflict_do_nothing().returning(QueueTarget.id))
    else:
        done = session.execute(
            sa.update(QueueTarget)
            .where(
                QueueTarget.site == site, QueueTarget.kind == target.kind,
                QueueTarget.hall_id.is_not_distinct_from(target.hall_id),
                QueueTarget.version == target.version,
            )
            .values(values)
            .returning(QueueTarget.id)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
    changed = done.scalar()
    if changed is None:
        raise TargetChangedError
    events.emit(session, "shift.changed", changed, site=site)
    audit.record(
        session, actor, "queue.target", "hall", target.hall_id, now,
        kind=str(target.kind), seconds=target.seconds,
    )  # fmt: skip


def served(
    session: Session,
    site: str,
    targets: Targets | None = None,
    staff: Sequence[OnDuty] | None = None,
) -> list[Served]:
    """All queues of a site, each with its staff; what is known already is not read again."""
    staff = on_duty(session, site) if staff is None else staff
    targets = targets or read_targets(session, site)
    return [
        Served(kind, kind in RINGS, targets.of(kind), tuple(o for o in staff if kind in o.kinds))
        for kind in ReferralKind
    ]


def is_over(
    targets: Targets, kind: ReferralKind, hall_id: UUID, waiting_since: datetime, now: datetime
) -> bool:
    """Whether somebody should have taken it by now."""
    return now - waiting_since > targets.of(kind, hall_id)


# --- how much is asked of officers ----------------------------------------------------------------


def officer_load(
    session: Session, site: str, since: datetime, until: datetime, now: datetime | None = None
) -> list[Load]:
    """Alerts per officer-hour of each queue, then of all together (``kind`` None), from ``since`` to ``until``.

    ``now``: at which moment officers are signed in (None: ``until``). An officer who serves several queues counts in each with the whole time, and once in the sum. EEMUA 191 calls
    more than one alarm in ten minutes of an operator a burden: 6 an officer-hour.
    """
    hours = _hours(session, site, since, until)
    targets = read_targets(session, site)
    raised: dict[ReferralKind, int] = defaultdict(int)
    late: dict[ReferralKind, int] = defaultdict(int)
    for kind, hall_id, began, taken in session.execute(
        _RAISED, {"site": site, "since": since, "until": until}
    ):
        raised[kind] += 1
        late[kind] += taken - began > targets.of(kind, hall_id)
    loads = [Load(k, raised[k], late[k], hours.get(str(k), 0.0)) for k in ReferralKind]
    on_duty = hours.get("", 0.0)
    opened, signed_in = _signed_in(session, site, since, until, now or until)
    every = Load(
        None, sum(raised.values()), sum(late.values()), on_duty or opened,
        on_duty=on_duty > 0, signed_in=signed_in,
    )  # fmt: skip
    return [*loads, every]


_TAKEN = (
    sa.select(sa.func.min(ReferralEvent.created_at))
    .where(
        ReferralEvent.referral_id == Referral.id,
        ReferralEvent.kind.in_(
            ("claimed", "inspection-begun", "released", "overtaken", "lane-reset")
        ),
    )
    .correlate(Referral)
    .scalar_subquery()
)
"""When somebody took it first; None while it waits."""
_RAISED = sa.select(
    Referral.kind, Referral.hall_id, Referral.created_at,
    sa.func.coalesce(_TAKEN, sa.bindparam("until", type_=sa.DateTime(timezone=True))),
).where(
    Referral.site == sa.bindparam("site"), Referral.created_at >= sa.bindparam("since"),
    Referral.created_at < sa.bindparam("until"),
)  # fmt: skip


def _hours(session: Session, site: str, since: datetime, until: datetime) -> Mapping[str, float]:
    """Officer-hours by kind; '' of all officers."""
    ends = sa.func.coalesce(Duty.ended_at, until)
    rows = session.execute(
        sa.select(Duty.kinds, Duty.began_at, ends).where(
            Duty.site == site, Duty.began_at < until, ends > since
        )
    )
    found: dict[str, float] = defaultdict(float)
    for kinds, began, ended in rows:
        span = (min(ended, until) - max(began, since)) / _HOUR
        for kind in ("", *kinds):
            found[kind] += span
    return found


_SESSIONS = sa.text(
    "select coalesce(sum(extract(epoch from least(s.until, :until) - greatest(s.created_at, :since))) / 3600, 0) as hours,"
    " count(distinct s.officer_id) filter (where s.until > :now and s.revoked_at is null) as now from ("
    " select s.officer_id, s.created_at, s.revoked_at,"
    "  least(coalesce(s.revoked_at, s.expires_at), s.seen_at + s.idle, s.expires_at) as until"
    "  from officer_session s join officer o on o.id = s.officer_id"
    "  where o.site = :site and exists (select from officer_grant g where g.officer_id = o.id and g.role = any(cast(:roles as text[]))"
    "   and g.signed_at is not null and g.ended_at is null) and s.created_at > :since - :absolute and s.created_at < :until) s"
    " where least(s.until, :until) > greatest(s.created_at, :since)"
).bindparams(sa.bindparam("absolute", type_=sa.Interval))  # fmt: skip


def _signed_in(
    session: Session, site: str, since: datetime, until: datetime, now: datetime
) -> tuple[float, int]:
    """Hours of the sessions of those who may decide, silent ones until their idle limit; how many are signed in."""
    deciding = [str(role) for role in holders(Permission.DECIDE_REFERRAL)]
    given = {
        "site": site, "since": since, "until": until, "now": now,
        "absolute": LONGEST, "roles": deciding,
    }  # fmt: skip
    hours, signed_in = session.execute(_SESSIONS, given).one()
    return float(hours), signed_in
