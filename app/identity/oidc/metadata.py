"""What a provider publishes: its addresses (OIDC Discovery) and keys (RFC 7517), fetched when needed and kept for an hour.

Keys that are not known are fetched again, so a provider may change them at any time. Calls are few at a time and short:
a provider that hangs takes no threads from the gate.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from app.identity.oidc.provider import Provider, is_safe
from app.kernel.errors import UnavailableError
from app.kernel.texts import N_

KEPT_SECONDS = 3600.0
AGAIN_SECONDS = 30.0
"""How soon keys are fetched again for a key id that is not among them."""
TIMEOUT = httpx2.Timeout(5.0)
_CALLS = threading.BoundedSemaphore(2)
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderUnavailableError(UnavailableError):
    """The provider cannot be reached or does not say what it must."""

    code, status = "provider-unavailable", 503
    title = N_("The sign-in of your agency cannot be reached")


@contextmanager
def calling() -> Iterator[httpx2.Client]:
    """A client for a call or two. Raises :class:`ProviderUnavailableError` for what fails inside."""
    if not _CALLS.acquire(timeout=2):
        raise ProviderUnavailableError
    try:
        with httpx2.Client(timeout=TIMEOUT, follow_redirects=False) as client:
            yield client
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ProviderUnavailableError from error
    finally:
        _CALLS.release()


@dataclass
class Published:
    """Documents of one provider. Threads may ask at the same time; the worst is that two of them fetch."""

    provider: Provider
    _addresses: Mapping[str, Any] = field(default_factory=dict)
    _addresses_at: float = float("-inf")
    _keys: KeySet | None = None
    _keys_at: float = float("-inf")

    def addresses(self) -> Mapping[str, Any]:
        """The discovery document; its issuer is the one that was asked (section 4.3)."""
        if time.monotonic() - self._addresses_at > KEPT_SECONDS:
            issuer = self.provider.issuer
            found = _get(issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != issuer or not all(
                is_safe(str(found.get(name, ""))) for name in _NEEDED
            ):
                raise ProviderUnavailableError
            self._addresses, self._addresses_at = found, time.monotonic()
        return self._addresses

    def keys(self, *, again: bool = False) -> KeySet:
        """The provider's keys; ``again``: one was not among them."""
        age = time.monotonic() - self._keys_at
        if self._keys is None or age > (AGAIN_SECONDS if again else KEPT_SECONDS):
            self._keys = _key_set(_get(str(self.addresses()["jwks_uri"])))
            self._keys_at = time.monotonic()
        return self._keys


def _get(address: str) -> Mapping[str, Any]:
    with calling() as client:
        found = client.get(address, headers={"accept": "application/json"}).raise_for_status()
        document = found.json()
    if not isinstance(document, dict):
        raise ProviderUnavailableError
    return document


def _key_set(document: Mapping[str, Any]) -> KeySet:
    """The keys that sign; those of kinds that are not known are left out, as RFC 7517 section 5 asks."""
    keys = []
    for one in document.get("keys", ()):
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") == "oct":
            continue
        try:
            keys.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, KeyError):
            continue
    if not keys:
        raise ProviderUnavailableError
    return KeySet(keys)
