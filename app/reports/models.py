"""Figures of effectiveness: counts without persons, which stay when the people behind them are forgotten."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Row, UtcTime
from app.retention.clocks import PLAIN


class EffectCell(Row):
    """Sums over the travellers of a day (local to the site) who share one ``value`` of one ``dimension``.

    Names of the sums: :mod:`app.reports.tally`. Dimensions are never crossed. ``closed``: the row stands for
    the whole month that begins on ``day``, groups of few people are one, and it is never computed again
    (:mod:`app.reports.closing`).
    """

    __tablename__ = "effect_cell"
    __table_args__ = (sa.UniqueConstraint("site", "day", "dimension", "value"),)

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    day: Mapped[date] = mapped_column(info=PLAIN)
    dimension: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    value: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    sums: Mapped[dict[str, float]] = mapped_column(JSONB, info=PLAIN)
    closed: Mapped[bool] = mapped_column(server_default=sa.false())
    computed_at: Mapped[datetime] = mapped_column(UtcTime)


class EffectFlight(Row):
    """How many of a flight's travellers were selected, drawn and stopped on a day: the load of the counters."""

    __tablename__ = "effect_flight"
    __table_args__ = (sa.UniqueConstraint("site", "day", "flight_id"),)

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    day: Mapped[date] = mapped_column(info=PLAIN)
    flight_id: Mapped[UUID]
    travellers: Mapped[int]
    selected: Mapped[int]
    drawn: Mapped[int]
    stopped: Mapped[int]
