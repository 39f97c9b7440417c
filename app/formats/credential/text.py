"""Credentials for machines: the claims as JSON, as the command line and other languages' tests read them."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from app.formats.credential.copy import is_copy, open_copy
from app.formats.credential.envelope import check_arrival, open_credential
from app.formats.credential.errors import CredentialError
from app.formats.credential.keys import KeyRing, read_key_ring


def pasted(text: str) -> str:
    """A code as people paste it, without the white space around it.

    No code begins or ends with any: a blank is digit 36 of Base45, and the last digit is at most 32 in a
    group and 5 in a pair (RFC 9285 section 4: 65535 and 255 in base 45).
    """
    return text.strip()


def open_to_json(
    text: str,
    keys: Mapping[str, Any],
    now: int,
    *,
    questionnaires: Collection[int] | None = None,
    today: date | None = None,
) -> dict[str, Any]:
    """Open a credential, or a copy of articles that follow, and return its claims: integer keys as strings, bytes as lower-case hex.

    `keys` is JSON as `read_key_ring` takes it. The arrival date is judged only where `today` is given.
    Raises CredentialError, or KeyRingError for `keys`.
    """
    ring = read_key_ring(keys)
    if is_copy(text):
        return _copy_claims(text, ring, now)
    opened = open_credential(
        text,
        now=now,
        trust=ring.trust,
        decryption_keys=ring.decryption,
        questionnaires=questionnaires,
    )
    if today is not None:
        check_arrival(opened, today)
    return {str(key): _jsonable(value) for key, value in opened.claims.items()}


def _copy_claims(text: str, ring: KeyRing, now: int) -> dict[str, Any]:
    """Of a copy of articles that follow. Raises CredentialError, expired where the time to import is over."""
    opened = open_copy(text, ring.trust)
    if now >= opened.copy.expires_at:
        raise CredentialError("expired")
    return {str(key): _jsonable(value) for key, value in opened.claims.items()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value
