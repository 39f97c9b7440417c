"""The goods counter: what was settled there, and the numbers of its receipts."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal


class CounterWork(Row):
    """Declared goods settled with their traveller; never changed.

    It names the version of the declaration that lay on the counter, ``seq``. ``receipt`` is what the traveller
    takes along: site, day, number of the day. ``lets_go``: the traveller left with it.
    """

    __tablename__ = "counter_work"

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    receipt: Mapped[str] = mapped_column(sa.Text, unique=True, info=PLAIN)
    declaration_id: Mapped[UUID] = mapped_column(sa.ForeignKey("declaration.id"), index=True)
    seq: Mapped[int]
    referral_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("referral.id"), unique=True)
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    done_at: Mapped[datetime] = mapped_column(UtcTime)
    lets_go: Mapped[bool]
    remark: Mapped[str] = mapped_column(
        SealedText("counter_work.remark"), info=personal(Clock.CASE), server_default=""
    )


class ReceiptCounter(Base):
    """The last number given out at a site on a day: raised by whoever needs one, so none is given twice."""

    __tablename__ = "receipt_counter"

    site: Mapped[str] = mapped_column(sa.Text, primary_key=True, info=PLAIN)
    day: Mapped[date] = mapped_column(primary_key=True, info=PLAIN)
    last: Mapped[int]
