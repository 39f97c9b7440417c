"""Which keys and secrets there are: what each is for, its algorithm, id, age, use, and by when it is changed.

Nothing of it is secret (ASVS 5.0, 11.1: an inventory of keys, algorithms and their lives).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations import keys as authority
from app.declarations.models import AuthorityKey, KeyUse
from app.identity.models import DeviceKey, DeviceToken, OfficerSession, SenderToken, SignInCode
from app.identity.sign_in_models import Passkey
from app.kernel.crypto import Vault
from app.kernel.keyring import KeyKind, KeyState, RingKey
from app.kernel.texts import N_
from app.keys.resealing import sealed_columns
from app.screening.models import LinkKey
from app.travel.models import Traveller

RING_LIFE = timedelta(days=365)
"""By when a key of the ring should have a successor; the ring's age is a matter of care, nothing stops at its end."""

_PURPOSES = {
    KeyKind.SEAL: N_("Sealing of transmissions, answers, pictures, private keys and words at rest"),
    KeyKind.PEOPLE: N_("Pseudonyms of documents and persons across trips"),
    KeyKind.CARD: N_("Fingerprints of payment cards"),
    KeyKind.LINK: N_("Pseudonyms of what bookings share"),
}
_ALGORITHMS = {KeyKind.SEAL: "AES-256-GCM"}
_HASH = "HMAC-SHA-256/128"
_AUTHORITY = {
    KeyUse.SIGN: (N_("Signing of receipts"), "ECDSA P-256"),
    KeyUse.DECRYPT: (N_("Opening of sealed declarations"), "HPKE P-256"),
    KeyUse.LIST: (N_("Signing of the lists that kiosks go by"), "ECDSA P-256"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A key, or a kind of secret of which only hashes are kept. ``rows``: how many values stand under it."""

    kind: str
    purpose: str
    algorithm: str
    id: str | None
    state: str
    made: datetime | None = None
    used: datetime | None = None
    rotate_by: datetime | None = None
    rows: int | None = None

    def wire(self) -> dict[str, Any]:
        """As JSON."""
        return {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    def is_due(self, now: datetime) -> bool:
        return self.rotate_by is not None and self.rotate_by <= now


def read_inventory(session: Session, vault: Vault, now: datetime) -> list[Line]:
    """All of it: the ring's keys, those of the master secret, the authority's, then what is kept as hashes."""
    began = session.scalar(sa.select(sa.func.min(AuthorityKey.created_at)))
    return [
        *_ring(session, vault, began),
        *_of_master(vault, began),
        *_authority(session, now),
        *_kept_as_hash(session, now),
    ]


def _ring(session: Session, vault: Vault, began: datetime | None) -> Iterator[Line]:
    sealed = _sealed(session, vault)
    hashed = {
        KeyKind.PEOPLE: _pseudonyms(session, vault, KeyKind.PEOPLE, _people()),
        KeyKind.LINK: _pseudonyms(session, vault, KeyKind.LINK, sa.select(LinkKey.key)),
    }
    for kind in KeyKind:
        for key in vault.ring.of(kind):
            made = key.made or began
            rows: int | None = None  # cards: their fingerprints stand in bookings, uncounted
            used = None
            if kind is KeyKind.SEAL:
                rows, used = sealed.get(key.id, (0, None))
            elif kind in hashed:
                rows = hashed[kind].get(key.id, 0)
            yield Line(
                kind, _PURPOSES[kind], _ALGORITHMS.get(kind, _HASH), key.id.hex(), key.state, made,
                used, _rotate_by(key, made), rows,
            )  # fmt: skip


def _rotate_by(key: RingKey, made: datetime | None) -> datetime | None:
    """A former key is due to go, which is told by its rows; a waiting one is new."""
    return made + RING_LIFE if made and key.state is KeyState.CURRENT else None


def _sealed(session: Session, vault: Vault) -> dict[bytes, tuple[int, datetime | None]]:
    """Rows and the newest one's time by key id; what was sealed without an id counts for the original key."""
    known = {key.id: key for key in vault.ring.of(KeyKind.SEAL)}
    original = next((one.id for one in known.values() if one.original), b"")
    found: dict[bytes, tuple[int, datetime | None]] = {}
    for kept in sealed_columns():
        created = kept.table.c.created_at
        rows = session.execute(
            sa.select(kept.head.label("head"), sa.func.count(), sa.func.max(created))
            .where(kept.stored.is_not(None), kept.stored != b"")
            .group_by(sa.text("head"))
        )
        for head, count, newest in rows:
            key = vault.sealed_under(bytes(head) + bytes(12)) or original
            before, last = found.get(key, (0, None))
            found[key] = (before + count, max(filter(None, (last, newest)), default=None))
    return found


def _people() -> sa.Select[tuple[bytes]]:
    return sa.select(sa.func.unnest(Traveller.document_keys + Traveller.person_keys).label("key"))


def _pseudonyms(
    session: Session, vault: Vault, kind: KeyKind, query: sa.Select[Any]
) -> dict[bytes, int]:
    """Counts by key id, told by the first four bytes of each pseudonym."""
    keys = vault.ring.of(kind)
    named = [key.id for key in keys if not key.original]
    original = next((key.id for key in keys if key.original), None)
    all_of_them = query.subquery()
    head = sa.func.substring(all_of_them.c[0], 1, 4)
    told = sa.case(*((head == one, one) for one in named), else_=b"") if named else sa.literal(b"")
    counted = sa.select(told.label("told")).select_from(all_of_them).subquery()
    rows: Sequence[Any] = session.execute(
        sa.select(counted.c.told, sa.func.count()).group_by(counted.c.told)
    ).all()
    return {bytes(key) or original or b"": count for key, count in rows}


def _of_master(vault: Vault, began: datetime | None) -> Iterator[Line]:
    """They change with EGATE_SECRET; docs/keys.md says what ends with each."""
    purposes = (
        ("checkpoint", N_("Signing of the sealed trail"), "Ed25519"),
        ("token", N_("Secrets of those who declared"), _HASH),
        ("draw", N_("Drawing of control samples and lots"), "HMAC-SHA-256"),
        ("masked", N_("Originals of what was masked"), "AES-256-GCM"),
    )
    identifier = vault.derive("key-id/master", 4).hex()
    for kind, purpose, algorithm in purposes:
        yield Line(
            kind, purpose, algorithm, identifier, KeyState.CURRENT, began, None,
            began + RING_LIFE if began else None,
        )  # fmt: skip


def _authority(session: Session, now: datetime) -> Iterator[Line]:
    for key, state in authority.all_keys(session, now):
        purpose, algorithm = _AUTHORITY[key.use]
        in_use = state is authority.KeyState.IN_USE
        yield Line(
            key.use, purpose, algorithm, key.kid.hex(), state, key.created_at,
            now if in_use else None, key.not_before + authority.LIFE if in_use else None,
        )  # fmt: skip


def _kept_as_hash(session: Session, now: datetime) -> Iterator[Line]:
    """Of what others hold: how many are live, when the newest was made. No id: there is one a person or machine."""
    hashed = "SHA-256"
    for kind, purpose, algorithm, model, used, ends, live in (
        ("device", N_("Public keys of kiosks and lanes"), "Ed25519", DeviceKey, None, None,
         DeviceKey.revoked_at.is_(None) | (DeviceKey.revoked_at > now)),
        ("device-token", N_("Access tokens of kiosks and lanes"), hashed, DeviceToken, None, None,
         DeviceToken.expires_at > now),
        ("sender", N_("Tokens of airlines' senders"), hashed, SenderToken, SenderToken.used_at,
         SenderToken.expires_at, SenderToken.revoked_at.is_(None)),
        ("session", N_("Sessions of officers"), hashed, OfficerSession, OfficerSession.seen_at, None,
         OfficerSession.revoked_at.is_(None) & (OfficerSession.expires_at > now)),
        ("passkey", N_("Passkeys of officers"), "ES256, EdDSA, RS256", Passkey, Passkey.used_at, None,
         sa.true()),
        ("code", N_("One-time codes of officers"), hashed, SignInCode, None, None,
         SignInCode.used_at.is_(None) & (SignInCode.expires_at > now)),
    ):  # fmt: skip
        count, newest, last, first_end = session.execute(
            sa.select(
                sa.func.count(), sa.func.max(model.created_at),
                sa.null() if used is None else sa.func.max(used),
                sa.null() if ends is None else sa.func.min(ends).filter(ends > now),
            ).where(live)
        ).one()  # fmt: skip
        yield Line(kind, purpose, algorithm, None, "live", newest, last, first_end, count)
