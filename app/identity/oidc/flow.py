"""From our page to the provider and back: what is asked, what comes back, what that is worth."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode
from uuid import UUID

from app.identity.officers import SignInError
from app.identity.oidc.metadata import ProviderUnavailableError, Published, calling
from app.identity.oidc.tokens import Account, Asked, read_id_token
from app.kernel.crypto import SealError, Vault

LIFE = timedelta(minutes=10)
_CONTEXT = b"sign-in/oidc"


@dataclass(frozen=True, slots=True)
class Journey:
    """What this browser asked a provider; it carries it along itself, sealed.

    ``session`` is the session (an id) that is to be proved once more, None for a new one; ``at`` when it began,
    ``back`` the page that is wanted.
    """

    provider: str
    state: str
    nonce: str
    verifier: str
    back: str
    at: float
    session: str | None = None

    @property
    def session_id(self) -> UUID | None:
        return UUID(self.session) if self.session else None

    @property
    def challenge(self) -> str:
        """Of PKCE (RFC 7636), S256."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def began(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def begin(provider: str, back: str, now: datetime, session_id: UUID | None) -> Journey:
    """A new journey with secrets of its own."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    session = str(session_id) if session_id else None
    return Journey(provider, state, nonce, verifier, back, now.timestamp(), session)


def seal(vault: Vault, journey: Journey) -> str:
    """The cookie of a journey."""
    return vault.seal(json.dumps(asdict(journey)).encode(), _CONTEXT).hex()


def unseal(vault: Vault, cookie: str | None, now: datetime) -> Journey:
    """The journey of a cookie. Raises :class:`SignInError` for one that is not ours or too old."""
    try:
        journey = Journey(**json.loads(vault.open(bytes.fromhex(cookie or ""), _CONTEXT)))
    except (SealError, ValueError) as error:
        raise SignInError from error
    if now - journey.began > LIFE:
        raise SignInError
    return journey


def address_to_ask(published: Published, journey: Journey, redirect: str) -> str:
    """Where the browser is sent (OIDC Core 3.1.2.1); whoever proves himself once more signs in there anew."""
    provider = published.provider
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect,
        "scope": " ".join(provider.scopes),
        "state": journey.state,
        "nonce": journey.nonce,
        "code_challenge": journey.challenge,
        "code_challenge_method": "S256",
    }
    if provider.acr:
        asked["acr_values"] = " ".join(provider.acr)
    if journey.session:
        asked |= {"prompt": "login", "max_age": "0"}
    elif provider.max_age_minutes is not None:
        asked["max_age"] = str(provider.max_age_minutes * 60)
    return _with(str(published.addresses()["authorization_endpoint"]), asked)


def address_to_sign_out(published: Published, back: str) -> str | None:
    """Where the browser is sent to end its session there, too (OIDC RP-Initiated Logout 1.0); None: nowhere."""
    end = published.addresses().get("end_session_endpoint")
    if not isinstance(end, str):
        return None
    asked = {"client_id": published.provider.client_id, "post_logout_redirect_uri": back}
    return _with(end, asked)


def finish(
    published: Published,
    journey: Journey,
    came: Mapping[str, str],
    redirect: str,
    now: datetime,
) -> Account:
    """Whose account has come back with ``came`` (the query of the redirect).

    Raises :class:`SignInError` for what is not an answer to this journey, TokenRefusedError for an id token that does
    not say what it must, ProviderUnavailableError.
    """
    addresses = published.addresses()
    if not hmac.compare_digest(came.get("state", "").encode(), journey.state.encode()):
        raise SignInError
    told = came.get("iss")  # RFC 9207: which provider speaks
    required = addresses.get("authorization_response_iss_parameter_supported") is True
    if (told is not None or required) and told != published.provider.issuer:
        raise SignInError
    if not came.get("code"):
        raise SignInError
    tokens = _exchange(published, came["code"], journey, redirect)
    access = tokens.get("access_token")
    since = journey.began if journey.session else None
    asked = Asked(journey.nonce, access if isinstance(access, str) else None, since)
    return read_id_token(published, str(tokens.get("id_token", "")), asked, now)


def _exchange(
    published: Published, code: str, journey: Journey, redirect: str
) -> Mapping[str, object]:
    """The tokens for a code (RFC 6749 section 4.1.3); they are read and forgotten."""
    provider = published.provider
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
        "code_verifier": journey.verifier,
    }  # fmt: skip
    secret = provider.client_secret.get_secret_value()
    basic = tuple(quote(part, safe="") for part in (provider.client_id, secret))  # section 2.3.1
    address = str(published.addresses()["token_endpoint"])
    with calling() as client:
        answer = client.post(
            address, data=form, auth=(basic[0], basic[1]), headers={"accept": "application/json"}
        )
        tokens = answer.json() if answer.status_code < 500 else None
    if not isinstance(tokens, dict):
        raise ProviderUnavailableError
    if answer.status_code != 200:
        raise SignInError
    return tokens


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
