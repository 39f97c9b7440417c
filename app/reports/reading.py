"""Read the figures of effectiveness of a period, in two statements however long it is."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.texts import N_
from app.reports.closing import following
from app.reports.figures import Figures, figures
from app.reports.models import EffectCell, EffectFlight
from app.reports.tally import Key, Sums

LONGEST = 36
"""Months."""


class MonthsError(InvalidError):
    """The period ends before it begins, or is longer than three years."""

    code, status, title = "period", 422, N_("No such period")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from the one of ``start`` to the one of ``end``; '' means all airports, all rules."""

    start: date
    end: date
    airport: str = ""
    rule: str = ""

    @classmethod
    def of(cls, start: date, end: date, airport: str = "", rule: str = "") -> "Period":
        """Raises :class:`MonthsError`."""
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        if not 0 < months <= LONGEST:
            raise MonthsError(fields=[FieldProblem("/query/from", "period")])
        return cls(start.replace(day=1), end.replace(day=1), airport, rule)


_SUMS = sa.text(
    "select month, dimension, value, jsonb_object_agg(name, total) from ("
    " select date_trunc('month', c.day)::date as month, c.dimension, c.value, s.key as name,"
    "  sum(s.value::float8) as total"
    " from effect_cell c cross join jsonb_each_text(c.sums) s"
    " where c.day >= :start and c.day < :end and (:airport = '' or c.site = :airport)"
    " group by 1, 2, 3, 4) summed group by 1, 2, 3"
)


def read_effectiveness(session: Session, period: Period) -> Figures:
    """The figures of a period; the days of this month count up to yesterday."""
    values = {
        "start": period.start, "end": following(period.end), "airport": period.airport,
    }  # fmt: skip
    months: dict[date, dict[Key, Sums]] = defaultdict(dict)
    for month, dimension, value, sums in session.execute(_SUMS, values):
        months[month][dimension, value] = Counter(sums)
    return figures(months, _loads(session, period), period.rule)


def _loads(session: Session, period: Period) -> dict[int, int]:
    """Flights by how many of their travellers were stopped."""
    flight = EffectFlight
    query = sa.select(flight.stopped, sa.func.count()).where(
        flight.day >= period.start, flight.day < following(period.end)
    )
    if period.airport:
        query = query.where(flight.site == period.airport)
    return dict(session.execute(query.group_by(flight.stopped)).all())


def airports_of(session: Session) -> list[str]:
    """The airports that have figures."""
    query = sa.select(EffectCell.site).where(EffectCell.dimension == "all")
    return list(session.scalars(query.distinct().order_by(EffectCell.site)))
