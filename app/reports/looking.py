"""Who looks people up without having to do with them.

Officers open people all day; what stands out is somebody who opens many with whom nobody has anything to do, or one of them again and
again. A look has a case where the person was referred within a week of it, was hit at any time, or where the officer did something
for them that was recorded (assigned, reviewed, ordered). Figures to ask about, no judgement.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity.models import Disclosure

DAYS: Final = 30
MANY: Final = 10
"""So many people without a case in a day are told, where colleagues have far fewer."""
TIMES: Final = 3
"""Far fewer: the median of those who looked at anybody that day, so many times over, is less."""
AGAIN: Final = 4
"""So many looks in a day at one person without a case are told."""
SEARCHES: Final = 60
SHOWN: Final = 10
"""So many people whose masked fields were had shown in clear in a day are told."""
NEWEST: Final = 100
"""So many of these are listed with their reasons."""

_LOOKS = sa.text(
    """
    with looks as (
        select e.actor_id, (e.at at time zone :zone)::date as day, coalesce(d.passenger_id, e.subject_id) as subject_id, e.subject_id as seen, e.at
        from audit_entry e left join declaration d on d.id = e.subject_id and e.action = 'declaration.viewed'
        where e.action in ('passenger.viewed', 'declaration.viewed') and e.actor_kind = 'officer' and e.at >= :since
    ), told as (
        select l.*, not (
            exists (select from referral r where r.passenger_id = l.subject_id
                    and r.created_at between l.at - interval '7 days' and l.at + interval '7 days')
            or exists (select from hit h where h.passenger_id = l.subject_id)
            or exists (select from audit_entry o where o.subject_id in (l.subject_id, l.seen) and o.actor_id = l.actor_id
                       and o.action not in ('passenger.viewed', 'declaration.viewed', 'fields.unmasked'))
        ) as alone from looks l
    ), people as (
        select actor_id, day, subject_id, count(*) as looks, bool_and(alone) as alone
        from told group by 1, 2, 3
    )
    select actor_id, day, count(*) as people, count(*) filter (where alone) as alone,
           coalesce(max(looks) filter (where alone), 0) as again
    from people group by 1, 2
    """
)
_SEARCHES = sa.text(
    """
    select actor_id, (at at time zone :zone)::date as day, count(*) as searches
    from audit_entry
    where action in ('passenger.searched', 'declaration.sought') and actor_kind = 'officer' and at >= :since
    group by 1, 2
    """
)
_UNMASKED = sa.text(
    """
    select actor_id, (at at time zone :zone)::date as day, count(distinct subject_id) as shown
    from audit_entry
    where action = 'fields.unmasked' and actor_kind = 'officer' and at >= :since
    group by 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class Looked:
    """One officer's day: people opened, those of them without a case, the most looks at one of these, searches, people whose
    masked fields were shown.
    """

    officer_id: UUID
    day: date
    people: int = 0
    alone: int = 0
    again: int = 0
    searches: int = 0
    shown: int = 0
    usual: float = 0.0
    """The median of ``alone`` among all who opened anybody that day."""

    @property
    def is_unusual(self) -> bool:
        """Whether somebody should ask."""
        many = self.alone >= MANY and self.alone > TIMES * self.usual
        often = self.searches >= SEARCHES or self.shown >= SHOWN
        return many or self.again >= AGAIN or often


def read_looking(session: Session, zone: str, now: datetime) -> Sequence[Looked]:
    """The unusual days of the last :data:`DAYS`, newest first. ``zone``: an IANA name, where days begin."""
    asked = {"zone": zone, "since": now - timedelta(days=DAYS)}
    found = {
        (row.actor_id, row.day): Looked(row.actor_id, row.day, row.people, row.alone, row.again)
        for row in session.execute(_LOOKS, asked)
    }
    by_day: dict[date, list[int]] = {}
    for one in found.values():
        by_day.setdefault(one.day, []).append(one.alone)
    for row in session.execute(_SEARCHES, asked):
        key = (row.actor_id, row.day)
        found[key] = replace(found.get(key, Looked(*key)), searches=row.searches)
    for row in session.execute(_UNMASKED, asked):
        key = (row.actor_id, row.day)
        found[key] = replace(found.get(key, Looked(*key)), shown=row.shown)
    told = [
        replace(one, usual=statistics.median(by_day.get(one.day, [0]))) for one in found.values()
    ]
    unusual = [one for one in told if one.is_unusual]
    return sorted(unusual, key=lambda one: (one.day, one.alone, str(one.officer_id)), reverse=True)


def read_disclosures(session: Session, site: str, now: datetime) -> Sequence[Disclosure]:
    """What was had shown in clear at a site in the last :data:`DAYS`, with the reasons, newest first."""
    query = sa.select(Disclosure).where(
        Disclosure.site == site, Disclosure.shown_at >= now - timedelta(days=DAYS)
    )
    return session.scalars(query.order_by(Disclosure.shown_at.desc()).limit(NEWEST)).all()
