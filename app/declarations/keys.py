"""The authority's P-256 keys: receipts are signed with one, sealed declarations opened with another, the lists
that kiosks go by signed with a third.

A key is published before it is used and stays published until the last receipt under it has expired, so
two of a kind live at once around a change. Private parts are sealed, each under its key id. Where an offline
root has certified keys, only certified ones are used: a kiosk without network believes no others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.declarations.models import AuthorityKey, KeyUse
from app.formats.credential import CredentialError, key_id, point, public_key, trust_list
from app.kernel.crypto import Vault
from app.kernel.errors import ConflictError, NotFoundError
from app.kernel.texts import N_

LIFE = timedelta(days=90)
"""How long a key signs."""
PUBLISHED_AHEAD = timedelta(days=7)
"""Kiosks and phones fetch the list at least daily; a key is out a week before its first use."""
TRUSTED_AFTER = timedelta(days=30)
"""No credential lives longer, so a succeeded key may go then."""

PUBLISHED = (KeyUse.SIGN, KeyUse.DECRYPT)
"""What phones and other readers of codes need; list keys stand in the lists they sign."""

_CERTIFIED_AS = {KeyUse.SIGN: trust_list.Use.RECEIPTS, KeyUse.LIST: trust_list.Use.LISTS}
_LOCK = 0x4547415445_4B  # one maker of keys at a time
_SCALAR = 32


class KeyState(StrEnum):
    """Where a key is in its life. Waiting: its time, or its certificate, has not come."""

    WAITING = "waiting"
    IN_USE = "in-use"
    SUCCEEDED = "succeeded"
    RETIRED = "retired"


class CertificateRefusedError(ConflictError):
    """A certificate that cannot be published; the detail says why."""

    code, status, title = "certificate-refused", 409, N_("This certificate cannot be taken")


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
        for place, old in enumerate(live):
            if any(_succeeds(newer, old, now) for newer in live[place + 1 :]):
                retire_key(session, audit.SYSTEM, old, now)


def make_successor(session: Session, vault: Vault, use: KeyUse, now: datetime) -> AuthorityKey:
    """Make the key that follows the newest one of its use; where none is in use, one for now."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    live = _live(session, use, now)
    has_begun = any(key.not_before <= now for key in live)
    start = _successor_start(live[-1], now) if has_begun else now
    return make_key(session, vault, use, now, not_before=start)


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
        private_sealed=vault.seal(scalar, sealing_context(kid)),
        not_before=not_before,
    )
    session.add(key)
    session.flush()
    audit.record(session, audit.SYSTEM, "key.made", "authority_key", key.id, now, use=use)
    return key


def publish_key(
    session: Session,
    actor: Actor,
    certificate: bytes,
    root: ec.EllipticCurvePublicKey,
    now: datetime,
    *,
    at_once: bool = False,
) -> AuthorityKey:
    """Take the offline root's certificate for a key. Kiosks have a week to fetch it before its first use, unless
    it is the first certified one of its kind, or ``at_once`` says that it cannot wait.

    Raises CertificateRefusedError and NotFoundError.
    """
    try:
        found = trust_list.read_certificate(certificate, root)
    except CredentialError as error:
        raise CertificateRefusedError(f"The root did not sign this ({error.code}).") from None
    key = key_by_id(session, found.kid)
    if key.retired_at is not None:
        raise CertificateRefusedError("This key is retired.")
    if _CERTIFIED_AS.get(key.use) is not found.use:
        raise CertificateRefusedError(f"This key is for another use ({key.use}).")
    waits = not at_once and _in_use(session, key.use, now, certified=True) not in (None, key)
    first_use = max(key.not_before, now + PUBLISHED_AHEAD) if waits else key.not_before
    if found.exp < (first_use + LIFE + TRUSTED_AFTER).timestamp():
        raise CertificateRefusedError("This certificate ends before the key's last receipt.")
    key.certificate, key.published_at, key.not_before = certificate, now, first_use
    session.flush()
    audit.record(
        session, actor, "key.published", "authority_key", key.id, now,
        use=key.use, until=found.exp, at_once=at_once,
    )  # fmt: skip
    return key


def retire_key(session: Session, actor: Actor, key: AuthorityKey, now: datetime) -> None:
    """End all trust in a key at once: also what to do with one that leaked."""
    key.retired_at = now
    session.flush()
    audit.record(session, actor, "key.retired", "authority_key", key.id, now, use=key.use)


def key_by_id(session: Session, kid: bytes) -> AuthorityKey:
    """The key of this id, retired or not. Raises NotFoundError."""
    key = session.scalar(sa.select(AuthorityKey).where(AuthorityKey.kid == kid))
    if key is None:
        raise NotFoundError("There is no key of this id.")
    return key


def all_keys(session: Session, now: datetime) -> list[tuple[AuthorityKey, KeyState]]:
    """Every key that ever was with its state, by use and first use."""
    query = sa.select(AuthorityKey).order_by(
        AuthorityKey.use, AuthorityKey.not_before, AuthorityKey.id
    )
    using = {use: _in_use(session, use, now) for use in KeyUse}
    return [(key, _state(key, using[key.use], now)) for key in session.scalars(query)]


def waiting_for_root(session: Session, now: datetime) -> list[AuthorityKey]:
    """Keys that an operator should have certified: where there is a root, kiosks believe no others."""
    found: list[AuthorityKey] = []
    for use in _CERTIFIED_AS:
        live = _live(session, use, now)
        if any(key.certificate is not None for key in live):
            found += [key for key in live if key.certificate is None]
    return found


def state_of(key: AuthorityKey, now: datetime) -> KeyState:
    """The state of a key that was made or published just now."""
    return KeyState.WAITING if key.not_before > now else KeyState.IN_USE


def trust(session: Session, now: datetime) -> Mapping[bytes, ec.EllipticCurvePublicKey]:
    """The signing keys by key id that receipts are accepted from, future ones included."""
    return {key.kid: public_key(key.public_point) for key in _live(session, KeyUse.SIGN, now)}


def signing_key(session: Session, vault: Vault, now: datetime) -> ec.EllipticCurvePrivateKey:
    """The newest signing key that is in use; the first call of a new installation makes it."""
    usable = _in_use(session, KeyUse.SIGN, now)
    if usable is None:
        ensure_keys(session, vault, now)
        usable = _in_use(session, KeyUse.SIGN, now)
    assert usable is not None
    return _private(usable, vault)


def list_key(
    session: Session, vault: Vault, now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, bytes] | None:
    """The key that signs lists, with its certificate; None while the root has certified none."""
    usable = _in_use(session, KeyUse.LIST, now, certified=True)
    if usable is None or usable.certificate is None:
        return None
    return _private(usable, vault), usable.certificate


def certificates(session: Session, now: datetime) -> list[bytes]:
    """The root's certificates for the keys that receipts are believed from, future ones included."""
    live = _live(session, KeyUse.SIGN, now)
    return [key.certificate for key in live if key.certificate is not None]


def decryption_keys(
    session: Session, vault: Vault, now: datetime
) -> Mapping[bytes, ec.EllipticCurvePrivateKey]:
    """The keys by key id that sealed declarations open with, future ones included."""
    return {key.kid: _private(key, vault) for key in _live(session, KeyUse.DECRYPT, now)}


def published_keys(session: Session, now: datetime) -> list[PublicKey]:
    """Everything that phones and readers of codes need to know, oldest first."""
    return [
        PublicKey(key.kid, key.use, key.public_point, key.not_before)
        for use in PUBLISHED
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


def _in_use(
    session: Session, use: KeyUse, now: datetime, *, certified: bool = False
) -> AuthorityKey | None:
    """The newest key whose time has come; where the root has certified any of those, the newest of them."""
    begun = [key for key in _live(session, use, now) if key.not_before <= now]
    known = [key for key in begun if key.certificate is not None]
    usable = known if certified else known or begun
    return usable[-1] if usable else None


def _succeeds(newer: AuthorityKey, old: AuthorityKey, now: datetime) -> bool:
    """Whether nobody can need the old key any more; an uncertified key takes no certified one's place."""
    replaces = newer.certificate is not None or old.certificate is None
    return replaces and newer.not_before + TRUSTED_AFTER <= now


def _state(key: AuthorityKey, in_use: AuthorityKey | None, now: datetime) -> KeyState:
    if key.retired_at is not None and key.retired_at <= now:
        return KeyState.RETIRED
    if key is in_use:
        return KeyState.IN_USE
    waits = in_use is None or key.not_before > in_use.not_before
    return KeyState.WAITING if waits else KeyState.SUCCEEDED


def _successor_start(key: AuthorityKey, now: datetime) -> datetime:
    return max(key.not_before + LIFE, now + PUBLISHED_AHEAD)


def _private(key: AuthorityKey, vault: Vault) -> ec.EllipticCurvePrivateKey:
    scalar = vault.open(key.private_sealed, sealing_context(key.kid))
    return ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1())


def sealing_context(kid: bytes) -> bytes:
    return b"authority-key/" + kid
