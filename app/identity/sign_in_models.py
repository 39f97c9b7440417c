"""By what officers sign in: passkeys, accounts at OIDC providers, a password for bootstrapping; what slows guessing."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal


class Passkey(Row):
    """A public key of an officer's authenticator (WebAuthn section 4, credential record). ``name`` is his own word.

    ``sign_count`` is the authenticator's counter as it was last, 0 where it keeps none; ``backed_up``: it is synced
    between devices.
    """

    __tablename__ = "passkey"

    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True, info=personal(Clock.STAFF))
    public_key: Mapped[bytes] = mapped_column(info=personal(Clock.STAFF))
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.STAFF))
    backed_up: Mapped[bool]
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Purpose(StrEnum):
    """What a challenge is for."""

    ENROL = "enrol"
    SIGN_IN = "sign-in"


class PasskeyChallenge(Row):
    """What an authenticator is to sign: for one browser (the hash of a cookie of its own), once, for minutes.

    ``officer_id``: whose passkey it becomes; None at sign-in, where nobody is known yet.
    """

    __tablename__ = "passkey_challenge"

    browser_hash: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    challenge: Mapped[bytes] = mapped_column(info=PLAIN)
    purpose: Mapped[Purpose] = mapped_column(CodeType(Purpose))
    officer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class OfficerLink(Row):
    """An account at an OIDC provider (its key in the settings, the ``sub`` of its id tokens) that is an officer's."""

    __tablename__ = "officer_link"
    __table_args__ = (
        sa.UniqueConstraint("provider", "subject"),
        sa.UniqueConstraint("officer_id", "provider"),
    )

    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    provider: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    subject: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.STAFF))


class OfficerPassword(Row):
    """A password (argon2id) and the key of its one-time numbers (RFC 6238, base32, sealed), for bootstrapping.

    ``last_step``: the newest time step whose number was taken; each is taken once.
    """

    __tablename__ = "officer_password"

    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"), unique=True)
    password_hash: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.STAFF))
    totp_key: Mapped[str] = mapped_column(
        SealedText("officer_password.totp_key"), info=personal(Clock.STAFF)
    )
    last_step: Mapped[int] = mapped_column(sa.BigInteger)


class SignInSlowing(Row):
    """How far a rate is used up (GCRA), under a keyed pseudonym of what is counted; past ``free_at`` it is as new."""

    __tablename__ = "sign_in_slowing"

    key: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    free_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
