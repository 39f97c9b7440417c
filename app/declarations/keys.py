"""The authority's P-256 keys: receipts are signed with one, sealed declarations opened with another.

A key is published before it is used and stays published until the last receipt under it has expired, so
two of a kind live at once around a change. Private parts are sealed, each under its key id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.declarations.models import AuthorityKey, KeyUse
from app.formats.credential import key_id, point, public_key
from app.kernel.crypto import Vault

LIFE = timedelta(days=90)
"""How long a key signs."""
PUBLISHED_AHEAD = timedelta(days=7)
"""Kiosks and phones fetch the list at least daily; a key is out a week before its first use."""
TRUSTED_AFTER = timedelta(days=30)
"""No credential lives longer, so a succeeded key may go then."""

_LOCK = 0x4547415445_4B  # one maker of keys at a time
_SCALAR = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A published key: ``point`` is compressed, 33 bytes; ``kid`` the first 8 of its SHA-256."""

    kid: bytes
    use: KeyUse
    point: bytes
    not_before: datetime


def ensure_keys(session: Session, vault: Vault, now: datetime) -> None:
    """Make the keys that are missing or due for a successor; retire those nobody can need.

    Call it at start and daily. Several processes may call it at once.
    """
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    for use in KeyUse:
        live = _live(session, use, now)
        if not any(key.not_before <= now for key in live):
            make_key(session, vault, use, now, not_before=now)
        elif live[-1].not_before + LIFE - PUBLISHED_AHEAD <= now:
            make_key(session, vault, use, now, not_before=_successor_start(live[-1], now))
        for old, newer in pairwise(live):
            if newer.not_before + TRUSTED_AFTER <= now:
                retire_key(session, old, now)


def make_key(
    session: Session, vault: Vault, use: KeyUse, now: datetime, *, not_before: datetime
) -> AuthorityKey:
    """Make and store a key that is used from ``not_before`` on."""
    private = ec.generate_private_key(ec.SECP256R1())
    kid = key_id(private.public_key())
    scalar = private.private_numbers().private_value.to_bytes(_SCALAR)
    key = AuthorityKey(
        kid=kid,
        use=use,
        public_point=point(private.public_key()),
        private_sealed=vault.seal(scalar, _context(kid)),
        not_before=not_before,
    )
    session.add(key)
    session.flush()
    audit.record(session, audit.SYSTEM, "key.made", "authority_key", key.id, now, use=use)
    return key


def retire_key(session: Session, key: AuthorityKey, now: datetime) -> None:
    """End all trust in a key at once: also what to do with one that leaked."""
    key.retired_at = now
    session.flush()
    audit.record(session, audit.SYSTEM, "key.retired", "authority_key", key.id, now, use=key.use)


def trust(session: Session, now: datetime) -> Mapping[bytes, ec.EllipticCurvePublicKey]:
    """The signing keys by key id that receipts are accepted from, future ones included."""
    return {key.kid: public_key(key.public_point) for key in _live(session, KeyUse.SIGN, now)}


def signing_key(session: Session, vault: Vault, now: datetime) -> ec.EllipticCurvePrivateKey:
    """The newest signing key that is in use; the first call of a new installation makes it."""
    usable = [key for key in _live(session, KeyUse.SIGN, now) if key.not_before <= now]
    if not usable:
        ensure_keys(session, vault, now)
        usable = [key for key in _live(session, KeyUse.SIGN, now) if key.not_before <= now]
    return _private(usable[-1], vault)


def decryption_keys(
    session: Session, vault: Vault, now: datetime
) -> Mapping[bytes, ec.EllipticCurvePrivateKey]:
    """The keys by key id that sealed declarations open with, future ones included."""
    return {key.kid: _private(key, vault) for key in _live(session, KeyUse.DECRYPT, now)}


def published_keys(session: Session, now: datetime) -> list[PublicKey]:
    """Everything that phones and kiosks need to know, oldest first."""
    return [
        PublicKey(key.kid, key.use, key.public_point, key.not_before)
        for use in KeyUse
        for key in _live(session, use, now)
    ]


def _live(session: Session, use: KeyUse, now: datetime) -> list[AuthorityKey]:
    """Keys that are not retired, in the order of their use."""
    query = (
        sa.select(AuthorityKey)
        .where(
            AuthorityKey.use == use,
            sa.or_(AuthorityKey.retired_at.is_(None), AuthorityKey.retired_at > now),
        )
        .order_by(AuthorityKey.not_before, AuthorityKey.id)
    )
    return list(session.scalars(query))


def _successor_start(key: AuthorityKey, now: datetime) -> datetime:
    return max(key.not_before + LIFE, now + PUBLISHED_AHEAD)


def _private(key: AuthorityKey, vault: Vault) -> ec.EllipticCurvePrivateKey:
    scalar = vault.open(key.private_sealed, _context(key.kid))
    return ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1())


def _context(kid: bytes) -> bytes:
    return b"authority-key/" + kid
