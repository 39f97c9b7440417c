"""The list of snapshot files."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, Row
from app.retention.clocks import PLAIN


class SnapshotFile(Row):
    """A Parquet file under the folder of snapshots; never changed, only replaced by another.

    ``oldest`` is the first arrival in it: its clock. ``masked`` files hold nobody's identifiers.
    """

    __tablename__ = "snapshot_file"
    __table_args__ = (sa.Index("ix_snapshot_file_month_airport", "month", "airport"),)

    month: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    airport: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    flights: Mapped[int]
    oldest: Mapped[date] = mapped_column(info=PLAIN)
    masked: Mapped[bool] = mapped_column(server_default=sa.false())


class SnapshotFlight(Base):
    """A flight whose travellers are in a file; it is written once."""

    __tablename__ = "snapshot_flight"

    flight_id: Mapped[UUID] = mapped_column(primary_key=True)
