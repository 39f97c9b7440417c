"""A password (argon2id) with one-time numbers (RFC 6238), for officers who have neither passkey nor account of an agency.

It is for the days before they have: it ends with the first passkey or account (:mod:`app.identity.passkeys`,
:mod:`app.identity.oidc.links`), and an installation takes passwords only where it says so (EGATE_PASSWORD_SIGN_IN).
What is slow (a hash takes some 64 MiB and a tenth of a second) happens outside of transactions, one at a time.
"""

import base64
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from zxcvbn import zxcvbn

from app.audit.log import record
from app.identity.models import Officer
from app.identity.officers import SignedIn, SignInError, expect_enrolling
from app.identity.oidc.links import linked_providers
from app.identity.passkeys import count_passkeys
from app.identity.sign_in_models import OfficerPassword
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, UnavailableError
from app.kernel.texts import N_

SHORTEST, LONGEST = 15, 128
"""Characters; any are taken, and none are asked for (ASVS 6.2.1, 6.2.5, 6.2.9)."""
STRONG = 3
"""Of zxcvbn's marks 0 to 4: 10**8 guesses are not enough."""
_JUDGED = 72
"""Characters that zxcvbn looks at: what they are worth, the whole is."""
STEP = 30
"""Seconds of a number."""
_KEY_BYTES = 20
_hasher = PasswordHasher()
_NOBODYS = _hasher.hash(secrets.token_urlsafe(32))
"""What is compared where there is no such login, so that it takes as long."""
_one = threading.BoundedSemaphore(1)


class BetterWayError(ConflictError):
    """The officer has a passkey or an account of his agency: a password would be the weaker door."""

    code, status, title = "better-way", 409, N_("You have a better way to sign in")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a login is compared with; all of nobody's where there is no such login or it has no password."""

    officer_id: UUID | None
    password_hash: str
    key: str


def new_key() -> str:
    """A key for one-time numbers, base32 as authenticator apps take it: 160 bits (RFC 4226 section 4)."""
    return base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode()


def address_of(key: str, login: str) -> str:
    """The address by which authenticator apps take a key (otpauth)."""
    return _numbers(key).get_provisioning_uri(login, "e-Gate")


def find_candidate(session: Session, login: str) -> Candidate:
    """What a login is compared with."""
    row = session.execute(
        select(Officer.id, OfficerPassword.password_hash, OfficerPassword.totp_key)
        .join(OfficerPassword, OfficerPassword.officer_id == Officer.id)
        .where(Officer.login == login, Officer.disabled_at.is_(None))
    ).one_or_none()
    return (
        Candidate(*row) if row else Candidate(None, _NOBODYS, base64.b32encode(bytes(20)).decode())
    )


def fits(candidate: Candidate, password: str) -> bool:
    """Whether the password is the candidate's. Raises :class:`UnavailableError` when too many wait."""
    with _hashing():
        try:
            _hasher.verify(candidate.password_hash, password[: LONGEST + 1])
        except VerificationError:
            return False
    return candidate.officer_id is not None


def step_of(key: str, number: str, now: datetime) -> int | None:
    """The time step whose number this is: the present one or a neighbour (RFC 6238 section 5.2); None: none."""
    present, typed = int(now.timestamp()) // STEP, number.replace(" ", "").encode()
    numbers = _numbers(key)
    found = [
        step
        for step in (present - 1, present, present + 1)
        if secrets.compare_digest(numbers.generate(step * STEP), typed)
    ]
    return found[-1] if found else None


def use_number(session: Session, candidate: Candidate, number: str, now: datetime) -> bool:
    """Whether the number is good; it is then used up, with all before it."""
    step = step_of(candidate.key, number, now)
    if step is None or candidate.officer_id is None:
        return False
    used = session.scalar(
        update(OfficerPassword)
        .where(
            OfficerPassword.officer_id == candidate.officer_id,
            OfficerPassword.password_hash == candidate.password_hash,
            OfficerPassword.last_step < step,
        )
        .values(last_step=step)
        .returning(OfficerPassword.id)
    )
    return used is not None


def judge(who: SignedIn, password: str) -> None:
    """Raise :class:`InvalidError` for a password that is too short, too long, or found among the first guesses."""
    if len(password) < SHORTEST:
        raise _wrong("password", "too_short")
    if len(password) > LONGEST:
        raise _wrong("password", "too_long")
    marks = zxcvbn(
        password[:_JUDGED], user_inputs=[who.login, *who.name.split(), "egate", "e-gate"]
    )
    if marks["score"] < STRONG:
        raise _wrong("password", "common")


def hashed(password: str) -> str:
    """What is stored. Raises :class:`UnavailableError` when too many wait."""
    with _hashing():
        return _hasher.hash(password)


def has_better_way(session: Session, officer_id: UUID) -> bool:
    """Whether the officer has a passkey or an account of his agency."""
    return bool(count_passkeys(session, officer_id) or linked_providers(session, officer_id))


def has_password(session: Session, officer_id: UUID) -> bool:
    mine = select(OfficerPassword.id).where(OfficerPassword.officer_id == officer_id)
    return session.scalar(mine) is not None


def put(
    session: Session, who: SignedIn, password_hash: str, key: str | None, number: str, now: datetime
) -> None:
    """Keep password and key (None: it was lost), once a number has shown that the officer's device has the key.

    Raises :class:`InvalidError` for another number, :class:`BetterWayError` and what
    :func:`app.identity.officers.expect_enrolling` does.
    """
    expect_enrolling(session, who, now)
    session.get_one(Officer, who.officer_id, with_for_update=True)  # a passkey may come meanwhile
    if has_better_way(session, who.officer_id):
        raise BetterWayError
    step = step_of(key, number, now) if key else None
    if step is None:
        raise _wrong("number", "wrong")
    kept = {"password_hash": password_hash, "totp_key": key, "last_step": step}
    made = insert(OfficerPassword).values(officer_id=who.officer_id, **kept)
    session.execute(made.on_conflict_do_update(index_elements=["officer_id"], set_=kept))
    record(session, who.actor, "password.set", "officer", who.officer_id, now)


def prove(session: Session, candidate: Candidate, number: str, now: datetime) -> UUID:
    """Who has shown the password (:func:`fits`) and now shows a good number. Raises :class:`SignInError`."""
    if not use_number(session, candidate, number, now) or candidate.officer_id is None:
        raise SignInError(candidate.officer_id)
    return candidate.officer_id


def remove(session: Session, who: SignedIn, now: datetime) -> None:
    """Take the password away, if there is one."""
    mine = OfficerPassword.officer_id == who.officer_id
    if session.scalar(delete(OfficerPassword).where(mine).returning(OfficerPassword.id)):
        record(session, who.actor, "password.remove", "officer", who.officer_id, now)


@contextmanager
def _hashing() -> Iterator[None]:
    """One hash at a time: sign-ins must not take the processors from a gate."""
    if not _one.acquire(timeout=5):
        raise UnavailableError
    try:
        yield
    finally:
        _one.release()


def _numbers(key: str) -> TOTP:
    return TOTP(base64.b32decode(key), 6, SHA1(), STEP)  # noqa: S303  # what authenticator apps know; of HMAC


def _wrong(field: str, code: str) -> InvalidError:
    return InvalidError(fields=[FieldProblem(f"/{field}", code)])
