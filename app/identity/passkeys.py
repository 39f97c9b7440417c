"""Passkeys of officers (WebAuthn level 2): discoverable credentials, user verification required, no attestation asked for.

A challenge is for one browser, once, for :data:`CHALLENGE_LIFE`. Taking it and judging the answer are two transactions,
so that a wrong answer uses it up as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.audit.log import record
from app.identity.officers import SignedIn, SignInError, expect_enrolling
from app.identity.sign_in_models import OfficerPassword, Passkey, PasskeyChallenge, Purpose
from app.kernel.crypto import new_token, token_hash
from app.kernel.db import sweep
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.texts import N_

CHALLENGE_LIFE = timedelta(minutes=5)
MOST = 10
"""Passkeys of one officer."""
LONGEST_NAME = 60
_WRONG = (WebAuthnException, ValueError, TypeError, KeyError)
"""What the library raises for what an authenticator does not say: its own errors, and those of the bytes it reads."""


class PasskeyRefusedError(InvalidError):
    """The authenticator's answer is not to our question, or another site's."""

    code, status, title = "passkey-refused", 422, N_("This passkey was not taken. Try again")


class TooManyPasskeysError(ConflictError):
    """The officer has as many as one may have, or has this one already."""

    code, status, title = "too-many-passkeys", 409, N_("You have as many passkeys as one may have")


@dataclass(frozen=True, slots=True)
class Site:
    """Whose passkeys these are: the relying party's id (a domain) and the only origin that may use it."""

    domain: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> "Site":
        """From the address that browsers see. An address in numbers is nobody's domain: loopback is ``localhost``."""
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        domain = "localhost" if host in ("127.0.0.1", "::1") else host
        port = f":{parts.port}" if parts.port else ""
        return cls(domain, f"{parts.scheme}://{domain}{port}")


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser is told: ``browser`` is the token of the cookie, ``options`` the JSON for its authenticators."""

    browser: str
    options: str


def ask_to_enrol(session: Session, who: SignedIn, site: Site, now: datetime) -> Question:
    """Begin a new passkey of the signed-in officer. Raises :class:`TooManyPasskeysError` and what
    :func:`app.identity.officers.expect_enrolling` does.
    """
    expect_enrolling(session, who, now)
    there = list_passkeys(session, who.officer_id)
    if len(there) >= MOST:
        raise TooManyPasskeysError
    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name="e-Gate",
        user_id=who.officer_id.bytes,
        user_name=who.login,
        user_display_name=who.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(one.credential_id) for one in there],
    )
    browser = _keep(session, options.challenge, Purpose.ENROL, who.officer_id, now)
    return Question(browser, webauthn.options_to_json(options))


def ask_to_sign_in(session: Session, site: Site, now: datetime) -> Question:
    """Begin a sign-in by whichever passkey of this site the browser finds."""
    options = webauthn.generate_authentication_options(
        rp_id=site.domain, user_verification=UserVerificationRequirement.REQUIRED
    )
    browser = _keep(session, options.challenge, Purpose.SIGN_IN, None, now)
    return Question(browser, webauthn.options_to_json(options))


def take_challenge(
    session: Session, browser: str, purpose: Purpose, officer_id: UUID | None, now: datetime
) -> bytes | None:
    """What this browser was asked, once; None where it was asked nothing, something else, or too long ago."""
    return session.scalar(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.browser_hash == token_hash(browser),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.officer_id.is_not_distinct_from(officer_id),
            PasskeyChallenge.expires_at > now,
        )
        .returning(PasskeyChallenge.challenge)
    )


def enrol(
    session: Session,
    who: SignedIn,
    site: Site,
    challenge: bytes | None,
    answer: str,
    name: str,
    now: datetime,
) -> Passkey:
    """Keep a new passkey (section 7.1). A password ends with it. Raises :class:`PasskeyRefusedError` and what
    :func:`app.identity.officers.expect_enrolling` does.
    """
    if challenge is None:
        raise PasskeyRefusedError
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _WRONG as error:
        raise PasskeyRefusedError from error
    expect_enrolling(session, who, now)
    taken = select(Passkey.id).where(Passkey.credential_id == verified.credential_id)
    if session.scalar(taken) is not None:
        raise TooManyPasskeysError
    made = Passkey(
        officer_id=who.officer_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=_named(name),
        backed_up=verified.credential_backed_up,
    )
    session.add(made)
    session.execute(delete(OfficerPassword).where(OfficerPassword.officer_id == who.officer_id))
    session.flush()
    record(session, who.actor, "passkey.add", "passkey", made.id, now)
    return made


def prove(
    session: Session, site: Site, challenge: bytes | None, answer: str, now: datetime
) -> UUID:
    """Whose passkey has answered (section 7.2). Raises :class:`SignInError`, with the officer where the key is known.

    A counter that did not grow is refused: somebody may have copied the authenticator.
    """
    try:
        credential = parse_authentication_credential_json(answer)
    except _WRONG as error:
        raise SignInError from error
    passkey = session.scalar(
        select(Passkey).where(Passkey.credential_id == credential.raw_id).with_for_update()
    )
    if passkey is None or challenge is None:
        raise SignInError(passkey.officer_id if passkey else None)
    if credential.response.user_handle != passkey.officer_id.bytes:
        raise SignInError(passkey.officer_id)
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _WRONG as error:
        raise SignInError(passkey.officer_id) from error
    passkey.sign_count, passkey.used_at = verified.new_sign_count, now
    passkey.backed_up = verified.credential_backed_up
    session.flush()
    return passkey.officer_id


def list_passkeys(session: Session, officer_id: UUID) -> Sequence[Passkey]:
    """An officer's passkeys, oldest first."""
    mine = select(Passkey).where(Passkey.officer_id == officer_id)
    return session.scalars(mine.order_by(Passkey.created_at, Passkey.id)).all()


def count_passkeys(session: Session, officer_id: UUID) -> int:
    """How many passkeys an officer has."""
    mine = select(func.count()).where(Passkey.officer_id == officer_id)
    return session.scalars(mine).one()


def rename(session: Session, who: SignedIn, passkey_id: UUID, name: str, now: datetime) -> None:
    """Give one of the officer's own passkeys another name. Raises :class:`NotFoundError`, :class:`InvalidError`."""
    passkey = _own(session, who, passkey_id)
    passkey.name = _named(name)
    session.flush()
    record(session, who.actor, "passkey.rename", "passkey", passkey_id, now)


def remove(session: Session, who: SignedIn, passkey_id: UUID, now: datetime) -> None:
    """Take one of the officer's own passkeys away; he may have none then: a code brings him in again."""
    session.delete(_own(session, who, passkey_id))
    session.flush()
    record(session, who.actor, "passkey.remove", "passkey", passkey_id, now)


def _own(session: Session, who: SignedIn, passkey_id: UUID) -> Passkey:
    passkey = session.get(Passkey, passkey_id, with_for_update=True)
    if passkey is None or passkey.officer_id != who.officer_id:
        raise NotFoundError
    return passkey


def _named(name: str) -> str:
    if not name.strip():
        raise InvalidError(fields=[FieldProblem("/name", "missing")])
    if len(name) > LONGEST_NAME:
        raise InvalidError(fields=[FieldProblem("/name", "too_long")])
    return name.strip()


def _keep(
    session: Session, challenge: bytes, purpose: Purpose, officer_id: UUID | None, now: datetime
) -> str:
    sweep(session, PasskeyChallenge.expires_at, now)
    browser = new_token()
    session.add(
        PasskeyChallenge(
            browser_hash=token_hash(browser), challenge=challenge, purpose=purpose,
            officer_id=officer_id, expires_at=now + CHALLENGE_LIFE,
        )
    )  # fmt: skip
    session.flush()
    return browser
