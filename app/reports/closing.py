"""Before the people behind the figures are forgotten: months are closed, and groups of few people become one.

While people are stored, a cell of one traveller says nothing that they do not say themselves. Afterwards it
would be the last trace of somebody. So a month whose days are all older than
:data:`app.reports.counting.OPEN` is summed into one row for each value, and of nationality, sex and age the values
with fewer than :data:`risk_rules.disclosure.HIDDEN` travellers, rates of which are never shown anyway, are put
together as ``other``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.ids import uuid7
from app.reports.counting import OPEN
from app.reports.models import EffectCell
from app.reports.tally import GROUPS, Key, Sums
from risk_rules.disclosure import HIDDEN

OTHER = "other"


def close_months(session: Session, site: str, now: datetime) -> int:
    """Close the oldest month that is due; how many rows it left (0: none is due)."""
    cells = EffectCell
    oldest = session.scalar(
        sa.select(sa.func.min(cells.day)).where(cells.site == site, ~cells.closed)
    )
    if oldest is None or following(oldest) > now.date() - OPEN:
        return 0
    month = oldest.replace(day=1)
    within = (cells.site == site, cells.day >= month, cells.day < following(oldest))
    rows = session.execute(sa.select(cells.dimension, cells.value, cells.sums).where(*within)).all()
    session.execute(sa.delete(cells).where(*within))
    made = merged(((dimension, value), sums) for dimension, value, sums in rows)
    session.execute(
        sa.insert(cells),
        [{"id": uuid7(), "site": site, "day": month, "dimension": dimension, "value": value,
          "sums": dict(sums), "closed": True, "computed_at": now}
         for (dimension, value), sums in made.items()],
    )  # fmt: skip
    return len(made)


def following(day: date) -> date:
    """The first day of the next month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def merged(cells: Iterable[tuple[Key, Mapping[str, float]]]) -> dict[Key, Sums]:
    """Cells summed by key, small groups put together; pure."""
    months: dict[Key, Sums] = {}
    for key, sums in cells:
        months.setdefault(key, Counter()).update(sums)
    kept: dict[Key, Sums] = {}
    for (dimension, value), sums in months.items():
        is_small = dimension in GROUPS and sums["n"] < HIDDEN
        kept.setdefault((dimension, OTHER if is_small else value), Counter()).update(sums)
    return kept
