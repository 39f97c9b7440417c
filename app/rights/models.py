"""Requests of data subjects, each a case of its own."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal


class RequestKind(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    REDRESS = "redress"


class Channel(StrEnum):
    """How the request came."""

    COUNTER = "counter"
    LETTER = "letter"
    REPRESENTATIVE = "representative"


class IdentityCheck(StrEnum):
    """How it was made sure that the request is the person's own."""

    PASSPORT_SEEN = "passport-seen"
    PASSPORT_COPY = "passport-copy"
    MANDATE = "mandate"


class RequestState(StrEnum):
    """Where a request is. Proposed: a refusal that waits for the second officer."""

    OPEN = "open"
    PROPOSED = "proposed"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What became of a request. Examined: of redress, whatever was found; the traveller reads the same."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    EXAMINED = "examined"


class Ground(StrEnum):
    """Why something was refused, in words that the law allows; none of them says what is held."""

    IDENTITY_NOT_SHOWN = "identity-not-shown"
    NOT_FOUND = "not-found"
    NOT_WRONG = "not-wrong"
    KEPT_BY_LAW = "kept-by-law"
    PROCEEDINGS = "proceedings"
    REPEATED = "repeated"


class RightsRequest(Row):
    """A request: who asks (sealed), what, until when it has to be answered, and the answer with who gave it.

    ``subject_key`` is the keyed pseudonym of the passport, by which earlier requests are found. ``due_on`` is a
    calendar month after receipt, or what it was put off to, once, with a reason. A refusal has two officers.
    ``language`` is that of the answer, one of :data:`app.formats.languages.LANGUAGES`.
    """

    __tablename__ = "rights_request"
    __table_args__ = (
        sa.CheckConstraint("second_by is null or second_by <> decided_by", name="eyes"),
        sa.CheckConstraint(
            "state <> 'closed' or outcome not in ('refused', 'partly') or second_by is not null",
            name="signed",
        ),
        sa.Index("ix_rights_request_open", "site", "due_on", postgresql_where=sa.text("state <> 'closed'")),
        sa.Index("ix_rights_request_subject_key", "subject_key"),
    )  # fmt: skip

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    kind: Mapped[RequestKind] = mapped_column(CodeType(RequestKind))
    channel: Mapped[Channel] = mapped_column(CodeType(Channel))
    identity_check: Mapped[IdentityCheck] = mapped_column(CodeType(IdentityCheck))
    subject_key: Mapped[bytes] = mapped_column(info=personal(Clock.RIGHTS))
    surname: Mapped[str] = mapped_column(
        SealedText("rights_request.surname"), info=personal(Clock.RIGHTS)
    )
    given_names: Mapped[str] = mapped_column(
        SealedText("rights_request.given_names"), info=personal(Clock.RIGHTS)
    )
    birth_date: Mapped[str] = mapped_column(
        SealedText("rights_request.birth_date"), info=personal(Clock.RIGHTS)
    )
    issuer: Mapped[str] = mapped_column(
        SealedText("rights_request.issuer"), info=personal(Clock.RIGHTS)
    )
    number: Mapped[str] = mapped_column(
        SealedText("rights_request.number"), info=personal(Clock.RIGHTS)
    )
    wish: Mapped[str] = mapped_column(
        SealedText("rights_request.wish"), info=personal(Clock.RIGHTS)
    )
    language: Mapped[str] = mapped_column(sa.Text, info=PLAIN, server_default="en")
    received_on: Mapped[date] = mapped_column(info=PLAIN)
    due_on: Mapped[date] = mapped_column(info=PLAIN)
    extended_because: Mapped[str | None] = mapped_column(
        SealedText("rights_request.extended_because"), info=personal(Clock.RIGHTS)
    )
    registered_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    state: Mapped[RequestState] = mapped_column(CodeType(RequestState))
    outcome: Mapped[Outcome | None] = mapped_column(CodeType(Outcome))
    ground: Mapped[Ground | None] = mapped_column(CodeType(Ground))
    reason: Mapped[str | None] = mapped_column(
        SealedText("rights_request.reason"), info=personal(Clock.RIGHTS)
    )
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    second_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")

    @property
    def is_nothing_held(self) -> bool:
        """An erasure closed because nothing was held; its letter reads as that of any other."""
        closed = (self.kind, self.outcome, self.ground)
        return closed == (RequestKind.ERASURE, Outcome.GRANTED, Ground.NOT_FOUND)
