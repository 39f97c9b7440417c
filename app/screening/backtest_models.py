"""Backtests: what was asked, how far it is, what came out."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.retention.clocks import PLAIN, Clock, personal


def digest_of(text: str) -> bytes:
    """What binds a backtest to a text: the SHA-256 of the text without white space around it."""
    return hashlib.sha256(text.strip().encode()).digest()


class BacktestState(StrEnum):
    """queued -> running -> done | failed | stopped."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class Backtest(Row):
    """A rule text tried on the snapshots of a period; ``digest`` is the SHA-256 of the text. ``purpose``: what the rule
    is for, which decides what it may read; None where it was asked before purposes were.

    ``done_rows`` of ``all_rows`` says how far it is, ``beat_at`` that somebody is at it. ``result`` holds figures
    only; ``carriers`` and ``routes``: flights that are asked about, all where empty; ``samples`` are passengers, whose facts are looked up while there are any.
    """

    __tablename__ = "backtest"
    __table_args__ = (
        sa.Index(
            "ix_backtest_waiting", "state",
            postgresql_where=sa.text("state in ('queued', 'running')"),
        ),
    )  # fmt: skip

    title: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    text: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    before_text: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    first_month: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    last_month: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    airports: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    carriers: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    routes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    purpose: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    asked_by: Mapped[UUID | None]
    state: Mapped[BacktestState] = mapped_column(CodeType(BacktestState))
    tries: Mapped[int] = mapped_column(server_default="0")
    stop_asked: Mapped[bool] = mapped_column(server_default=sa.false())
    done_rows: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    all_rows: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    beat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=PLAIN)
    samples: Mapped[list[UUID]] = mapped_column(
        ARRAY(sa.Uuid), info=personal(Clock.SCREENING), server_default="{}"
    )

    def proves(self, text: str, purpose: str) -> bool:
        """Whether this has ended, and was of this very text for that purpose."""
        is_of = self.digest == digest_of(text) and self.purpose == purpose
        return is_of and self.state is BacktestState.DONE
