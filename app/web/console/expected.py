"""Who is expected: those on flights to come whom screening holds to be high, as a page sees them that was opened at
some moment.

What is read belongs to a site and no page; a page's mark only says which of them came since. So one reading serves
all pages, and one rendering all those between whose marks nobody came.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.gate.models import Presentation
from app.referrals.teams import Assigned, assigned
from app.screening import views as screening
from app.screening.models import Assessment, Level, ReviewState
from app.screening.views import Expected
from app.travel.models import Passenger
from app.web.console.hits import title_of
from app.web.console.queue import Mark

_GRAVE = (Level.HIGH,)


@dataclass(frozen=True, slots=True)
class Awaited:
    """Somebody expected, with the titles of the hits that stand; ``is_new``: since the page was opened."""

    one: Expected
    reasons: tuple[str, ...]
    is_new: bool = False
    team: str = ""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """``rows`` by arrival; ``tray``: found since the mark; ``others``: people of the level below."""

    rows: tuple[Awaited, ...]
    tray: tuple[Awaited, ...]
    mark: Mark
    others: int
    all_levels: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """``people`` by arrival; ``since``: when each of them came onto the list, by passenger; ``mark``: the moment
    before they were read.
    """

    mark: Mark
    people: tuple[Awaited, ...]
    since: Mapping[UUID, datetime]
    others: int
    all_levels: bool

    @classmethod
    def of(
        cls, session: Session, site: str, now: datetime, *, all_levels: bool = False,
        reasons: bool = False, limit: int = 500,
    ) -> Self:  # fmt: skip
        """The high level, with ``all_levels`` also those who deserve attention; ``reasons``: for few eyes, too."""
        mark = Mark.of(session, now)
        every = screening.expected(
            session, site, now, limit, reasons=reasons, besides=(_NOT_SEEN_YET,),
            hits=None if all_levels else screening.grave(),
        )  # fmt: skip
        wanted = [one for one in every if all_levels or is_grave(one)]
        ids = [one.screened.passenger_id for one in wanted]
        given = assigned(session, ids)
        return cls(
            mark=mark,
            people=tuple(_awaited(one, given) for one in wanted),
            since=_since(session, ids, all_levels=all_levels),
            others=len(every) - sum(is_grave(one) for one in every),
            all_levels=all_levels,
        )

    def seen_from(self, mark: Mark, *, fresh: bool) -> Arrivals:
        """As a page shows it; ``fresh``: it is being opened."""
        rows = [
            replace(one, is_new=not fresh and self.since[one.one.screened.passenger_id] > mark.stored)
            for one in self.people
        ]  # fmt: skip
        return Arrivals(
            rows=tuple(row for row in rows if not row.is_new),
            tray=tuple(row for row in rows if row.is_new),
            mark=mark,
            others=self.others,
            all_levels=self.all_levels,
        )

    def place(self, mark: Mark) -> int:
        """Equal for marks between which nobody came: how many were there before."""
        return bisect_right(sorted(self.since.values()), mark.stored)


def is_grave(one: Expected) -> bool:
    """High by level, or because an officer has confirmed a hit."""
    return one.screened.level in _GRAVE or one.screened.confirmed


_NOT_SEEN_YET = ~sa.exists().where(Presentation.passenger_id == Passenger.id)
"""Whoever has come to a kiosk is not expected any more."""


def _awaited(one: Expected, given: Mapping[UUID, Assigned]) -> Awaited:
    told = [hit for hit in one.screened.hits if hit.state is not ReviewState.DISMISSED]
    titles = tuple(title_of(hit) for hit in told if not hit.suppressed)
    team = given.get(one.screened.passenger_id)
    return Awaited(one, titles, team=team.team if team else "")


def _since(
    session: Session, passengers: Sequence[UUID], *, all_levels: bool
) -> Mapping[UUID, datetime]:
    """The first assessment of each that put it on the list, by the database's clock."""
    grave = (Level.HIGH, Level.ATTENTION) if all_levels else _GRAVE
    stood = sa.or_(Assessment.level.in_(grave), Assessment.confirmed)
    rows = session.execute(
        sa.select(Assessment.passenger_id, sa.func.min(Assessment.created_at))
        .where(Assessment.passenger_id.in_(passengers), stood)
        .group_by(Assessment.passenger_id)
    ).all()
    found: dict[UUID, datetime] = dict(rows)
    return found
