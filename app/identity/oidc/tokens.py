"""What an id token (OIDC Core 3.1.3.7) and a logout token (OIDC Back-Channel Logout 2.6) must say."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from app.identity.oidc.metadata import Published
from app.identity.oidc.provider import Provider

LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_SUBJECT = 255


class TokenRefusedError(Exception):
    """The token is not from this provider, not for us, or does not say what it must. ``why`` is a code for the trail."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Asked:
    """What the id token has to answer. ``since``: the latest moment before which signing in there does not count."""

    nonce: str
    access_token: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Who signed in at the provider: its ``sub``, the login that its claim holds ('' without one), its session."""

    subject: str
    login: str
    session: str | None


def read_id_token(published: Published, text: str, asked: Asked, now: datetime) -> Account:
    """The account behind an id token. Raises :class:`TokenRefusedError`, ProviderUnavailableError."""
    provider = published.provider
    header, claims = _signed(published, text, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), asked.nonce.encode()):
        raise TokenRefusedError("nonce")
    if not _holds(claims.get("exp"), lambda moment: moment > now.timestamp() - LEEWAY):
        raise TokenRefusedError("expired")
    at_hash = claims.get("at_hash")
    if at_hash is not None and at_hash != _half_hash(header["alg"], asked.access_token or ""):
        raise TokenRefusedError("at-hash")
    _check_strength(provider, claims, asked, now)
    return Account(_subject(claims), _login(provider, claims), _text(claims.get("sid")))


def read_logout_token(
    published: Published, text: str, now: datetime
) -> tuple[str | None, str | None]:
    """Subject and session that a provider ends; one of them is there. Raises :class:`TokenRefusedError`."""
    _, claims = _signed(published, text, now)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
        raise TokenRefusedError("events")
    if "nonce" in claims:
        raise TokenRefusedError("nonce")
    subject, session = _text(claims.get("sub")), _text(claims.get("sid"))
    if subject is None and session is None:
        raise TokenRefusedError("subject")
    return subject, session


def _signed(
    published: Published, text: str, now: datetime
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims of a token that this provider has just made for us."""
    provider = published.provider
    try:
        try:
            token = jwt.decode(text, published.keys(), algorithms=list(provider.algorithms))
        except InvalidKeyIdError:
            token = jwt.decode(
                text, published.keys(again=True), algorithms=list(provider.algorithms)
            )
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError("signature") from error
    claims = token.claims
    if claims.get("iss") != provider.issuer:
        raise TokenRefusedError("issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", provider.client_id if len(audiences) == 1 else None)
    if provider.client_id not in audiences or party != provider.client_id:
        raise TokenRefusedError("audience")
    longest = timedelta(minutes=10).total_seconds()
    if not _holds(claims.get("iat"), lambda at: -longest < at - now.timestamp() < LEEWAY):
        raise TokenRefusedError("moment")
    return token.header, claims


def _check_strength(
    provider: Provider, claims: Mapping[str, Any], asked: Asked, now: datetime
) -> None:
    """How and when somebody signed in at the provider (ASVS 6.8.4)."""
    if provider.acr and claims.get("acr") not in provider.acr:
        raise TokenRefusedError("acr")
    methods = claims.get("amr")
    if provider.amr and not (
        isinstance(methods, list) and set(provider.amr) <= set(map(str, methods))
    ):
        raise TokenRefusedError("amr")
    oldest = [asked.since] if asked.since else []
    if provider.max_age_minutes is not None:
        oldest.append(now - timedelta(minutes=provider.max_age_minutes))
    if oldest and not _holds(
        claims.get("auth_time"), lambda at: at >= max(oldest).timestamp() - LEEWAY
    ):
        raise TokenRefusedError("auth-time")


def _subject(claims: Mapping[str, Any]) -> str:
    subject = _text(claims.get("sub"))
    if subject is None or len(subject) > LONGEST_SUBJECT:
        raise TokenRefusedError("subject")
    return subject


def _login(provider: Provider, claims: Mapping[str, Any]) -> str:
    """The login by the claim that the settings name; an address of mail counts only where the provider has verified it."""
    if provider.login_claim == "email" and claims.get("email_verified") is not True:
        return ""
    return _text(claims.get(provider.login_claim)) or "" if provider.login_claim else ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value and "\0" not in value else None


def _holds(value: Any, what: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(what(value))


def _half_hash(algorithm: str, text: str) -> str:
    """The left half of a hash (section 3.1.3.6); of EdDSA with Ed25519 it is SHA-512."""
    size = algorithm[-3:] if algorithm[-3:].isdigit() else "512"
    digest = hashlib.new(f"sha{size}", text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
