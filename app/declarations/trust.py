"""The list that kiosks go by without the network: which keys stand, and which declarations do not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.declarations import keys
from app.declarations.models import Declaration, DeclarationStatus
from app.formats.credential import trust_list
from app.formats.credential.trust_list import NEVER_AGAIN
from app.kernel.crypto import Vault
from app.kernel.errors import EgateError
from app.kernel.texts import N_

NEXT_UPDATE = timedelta(hours=24)
"""An older list is no list: the kiosk sends everybody to an officer."""
REMAKE = timedelta(seconds=30)
"""A list is made at most this often, whoever asks."""


class TrustNotPublishedError(EgateError):
    """The offline root has certified no key for lists yet."""

    code, status, title = "trust-not-published", 404, N_("This site has no trust list")


@dataclass(frozen=True, slots=True)
class Made:
    """A signed list and the moment it was made at."""

    at: datetime
    data: bytes

    def may_serve(self, now: datetime) -> bool:
        """Whether it is young enough to be given out again."""
        return self.at <= now < self.at + REMAKE


def make_list(session: Session, vault: Vault, now: datetime) -> Made:
    """The signed list of this moment. Raises TrustNotPublishedError."""
    signer = keys.list_key(session, vault, now)
    if signer is None:
        raise TrustNotPublishedError
    key, certificate = signer
    data = trust_list.seal_trust_list(
        key,
        certificate,
        keys.certificates(session, now),
        denied(session, now),
        iat=int(now.timestamp()),
        next_update=int((now + NEXT_UPDATE).timestamp()),
    )
    return Made(now, data)


def denied(session: Session, now: datetime) -> list[tuple[bytes, int]]:
    """The number of each declaration whose earlier codes are still in time but no longer stand, with the
    lowest sequence number that does.

    A number stands in clear in its receipt, and whoever reads it can make a declaration of that number under
    another phone's key: the list speaks of the first that had it, which nobody could know before.
    """
    withdrawn = Declaration.status == DeclarationStatus.WITHDRAWN
    first = aliased(Declaration)
    rows = session.execute(
        sa.select(Declaration.cti, sa.case((withdrawn, NEVER_AGAIN), else_=Declaration.seq)).where(
            Declaration.expires_at > now, withdrawn | (Declaration.seq > 0),
            ~sa.exists().where(first.cti == Declaration.cti, first.id < Declaration.id),
        )
    )  # fmt: skip
    return [(cti, seq) for cti, seq in rows]
