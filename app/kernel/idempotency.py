"""Idempotency-Key: the same call twice has one effect and shows one result.

The key is claimed inside the transaction of the call, so a rolled back call leaves nothing. A concurrent
twin waits at the unique index and then finds the result. What is kept is the id of the result: a replay
shows its *current* state, not a stored body.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.errors import EgateError
from app.kernel.texts import N_

MAX_KEY = 200


class KeyReusedError(EgateError):
    """The same key came with another request."""

    code, status, title = "idempotency-key-reused", 422, N_("This key belongs to another request")


class KeyInvalidError(EgateError):
    """The key is empty, too long or not printable ASCII."""

    code, status, title = "idempotency-key-invalid", 422, N_("The Idempotency-Key cannot be used")


@dataclass(frozen=True, slots=True)
class Claim:
    """``result`` is None for a new call, else the id that the first call led to."""

    actor: str
    key: str | None
    result: UUID | None = None


_CLAIM = sa.text(
    "insert into idempotency (actor, key, request_hash) values (:actor, :key, :hash)"
    " on conflict do nothing returning true"
)
_FOUND = sa.text("select request_hash, result from idempotency where actor = :actor and key = :key")
_SETTLE = sa.text("update idempotency set result = :result where actor = :actor and key = :key")


def claim(session: Session, actor: str, key: str | None, request: bytes) -> Claim:
    """Claim ``key`` for ``actor``; without a key every call is new.

    Raises :class:`KeyReusedError` when the key belongs to another ``request``.
    """
    if key is None:
        return Claim(actor, None)
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise KeyInvalidError
    digest = hashlib.sha256(request).digest()
    values = {"actor": actor, "key": key, "hash": digest}
    if session.execute(_CLAIM, values).first():
        return Claim(actor, key)
    found = session.execute(_FOUND, values).one()
    if bytes(found.request_hash) != digest:
        raise KeyReusedError
    return Claim(actor, key, found.result)


def settle(session: Session, claimed: Claim, result: UUID) -> None:
    """Note which result the claimed call led to."""
    if claimed.key is not None:
        session.execute(_SETTLE, {"actor": claimed.actor, "key": claimed.key, "result": result})
