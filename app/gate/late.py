"""Late hits: what came, or was confirmed, after somebody had been cleared or had passed.

Screening goes on after the gate's decision: a list grows, an officer confirms, a message comes late. What would have
stopped the traveller then is a task of its own, with the last place and time; nothing is reopened silently. It is
found in the tables, so that a worker that was killed forgets none.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM
from app.gate.recall import last_place
from app.kernel.alone import tell_failure
from app.kernel.db import savepoint
from app.kernel.errors import UnavailableError
from app.referrals import cases, custody
from app.referrals.kinds import ReferralKind

AFTER = timedelta(hours=24)
"""So long after the passage a hit still asks for somebody: afterwards the traveller is in the country."""

_FIND = sa.text(
    "select a.id, a.passenger_id, c.is_passed, fresh.is_confirmed, a.confirmed"
    " from assessment a"
    " join lateral ("
    "  select c.assessment_id, c.created_at, c.consumed_at is not null as is_passed, h.policy"
    "  from clearance c join presentation p on p.id = c.presentation_id join hall h on h.id = p.hall_id"
    # new facts take a clearance back by themselves: whoever has not come to a gate since believes to be cleared
    "  where c.passenger_id = a.passenger_id"
    "   and (c.revoked_at is null or c.revoked_because = 'facts-changed')"
    "   and (c.consumed_at > :least or c.consumed_at is null and c.expires_at > :now"
    "    and not exists (select from presentation q where q.passenger_id = a.passenger_id"
    "     and q.decided_at > p.decided_at))"
    "  order by c.created_at desc limit 1) c on true"
    " left join lateral ("
    "  select r.assessment_id from referral r"
    "  where r.passenger_id = a.passenger_id and r.kind = 'late-hit'"
    "  order by r.created_at desc limit 1) told on true"
    " left join assessment b on b.id = coalesce(told.assessment_id, c.assessment_id)"
    # what stands now and did not stand then, or had not been confirmed
    " cross join lateral ("
    "  select count(*) as n, coalesce(bool_or(h.state = 'confirmed'), false) as is_confirmed"
    "  from hit h where h.assessment_id = a.id and h.state <> 'dismissed' and not h.snoozed"
    "   and h.explanation -> 'alert' is distinct from 'false'::jsonb"
    "   and (not h.reviewed_first or h.state = 'confirmed')"
    "   and not exists (select from hit o where o.assessment_id = b.id and o.source = h.source"
    "    and o.subject = h.subject and o.subject_version = h.subject_version"
    "    and o.values_digest = h.values_digest and o.state <> 'dismissed' and not o.snoozed"
    "    and (o.state = h.state or h.state <> 'confirmed'))) fresh"
    # each way by its own index: those who were told of, and whoever was met by something lately
    " where a.id in (select id from assessment where passenger_id = any(cast(:passengers as uuid[])) and is_current"
    "  union all select id from assessment where is_current and action in ('stop', 'discreet', 'observe')"
    "   and created_at > statement_timestamp() - make_interval(secs => :back))"
    " and a.is_current and a.action in ('stop', 'discreet', 'observe')"
    " and (a.confirmed or coalesce((c.policy ->> 'unreviewed_acts')::bool, true))"
    " and b.id is distinct from a.id and a.created_at > c.created_at"
    " and (fresh.n > 0 or b.action is null or b.action = 'inform')"
    " order by a.id"
).columns(id=sa.Uuid(), passenger_id=sa.Uuid())


def raise_late_hits(
    session: Session,
    now: datetime,
    passengers: Collection[UUID] = (),
    *,
    back: timedelta | None = None,
) -> int:
    """Raise what came late for ``passengers``, or for everybody assessed within the time ``back``; how many.

    What comes while one is open is added to it, and told again.
    """
    values = {
        "passengers": list(passengers), "now": now, "least": now - AFTER,
        "back": back.total_seconds() if back else None,
    }  # fmt: skip
    found = session.execute(_FIND, values).all()
    return sum(_raise_alone(session, row, now) for row in found)


def _raise_alone(session: Session, row: sa.Row[Any], now: datetime) -> bool:
    """One that fails is sought again like all that a hint did not tell, and costs the others nothing."""
    try:
        with savepoint(session):
            _raise(session, row, now)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was, the others are raised
        tell_failure("raise_late", row.passenger_id, error)
        return False
    return True


def _raise(session: Session, row: sa.Row[Any], now: datetime) -> None:
    reasons = (
        "late-confirmed" if row.is_confirmed else "late-hit",
        "passed-before" if row.is_passed else "cleared-before",
        "risk-confirmed" if row.confirmed else "risk-unreviewed",
    )
    standing = cases.open_afterwards(session, row.passenger_id, ReferralKind.LATE_HIT)
    if standing is not None:
        standing.reasons, standing.assessment_id = list(reasons), row.id
        custody.step(session, SYSTEM, standing, "happened-again", now)
        return
    place = last_place(session, row.passenger_id)
    assert place is not None  # a clearance comes of a presentation
    cases.raise_afterwards(
        session, SYSTEM, ReferralKind.LATE_HIT, row.passenger_id, site=place.site,
        hall_id=place.hall_id, reasons=reasons, seen_device_id=place.device_id, seen_at=place.at,
        now=now, assessment_id=row.id,
    )  # fmt: skip
