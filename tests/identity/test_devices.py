"""A device proves its key; anything else is not known."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey
from starlette.testclient import TestClient

from app.identity import devices
from app.identity.models import DeviceKind
from app.kernel.clock import SettableClock
from app.kernel.db import Database
from app.kernel.errors import UnauthenticatedError
from tests.support import NOW, problem_code

Signed = Callable[..., str]


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def device_id(database: Database, key: Ed25519PrivateKey) -> UUID:
    with database.transaction() as session:
        public = key.public_key().public_bytes_raw()
        return devices.enrol(session, DeviceKind.KIOSK, "K1", uuid4(), public, NOW).id


def sign(key: Ed25519PrivateKey, device_id: UUID, **changes: Any) -> str:
    issued = int(NOW.timestamp())
    claims = {
        "iss": str(device_id), "sub": str(device_id), "aud": "egate", "iat": issued,
        "exp": issued + 60, "jti": uuid4().hex,
    } | changes  # fmt: skip
    jwk = OKPKey.import_key(
        devices.public_jwk(key.public_key().public_bytes_raw()).as_dict()
        | {"d": _b64(key.private_bytes_raw())}
    )
    return jwt.encode({"alg": "Ed25519"}, claims, jwk, algorithms=["Ed25519"])


def _b64(raw: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def post(client: TestClient, assertion: str) -> Any:
    body = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return client.post("/api/v1/token", json=body)


def test_a_signed_assertion_gives_a_token(
    client: TestClient, database: Database, key: Ed25519PrivateKey, device_id: UUID
) -> None:
    answer = post(client, sign(key, device_id))
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 600
    with database.read() as session:
        found = devices.find_device(session, answer.json()["access_token"], NOW)
        assert found.id == device_id
        with pytest.raises(UnauthenticatedError):
            devices.find_device(session, answer.json()["access_token"], NOW + devices.TOKEN_LIFE)


def test_an_assertion_works_once(
    client: TestClient, key: Ed25519PrivateKey, device_id: UUID
) -> None:
    assertion = sign(key, device_id)
    assert post(client, assertion).status_code == 200
    again = post(client, assertion)
    assert again.status_code == 401
    assert problem_code(again.text) == "assertion-invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "elsewhere"},
        {"iss": str(UUID(int=1))},
        {"iat": int(NOW.timestamp()) - 500, "exp": int(NOW.timestamp()) - 440},
        {"exp": int(NOW.timestamp()) + 3600},
        {"exp": "soon"},
        {"jti": ""},
        {"sub": "x"},
    ],
)
def test_wrong_claims_are_refused(
    client: TestClient, key: Ed25519PrivateKey, device_id: UUID, changes: dict[str, Any]
) -> None:
    assert post(client, sign(key, device_id, **changes)).status_code == 401


@pytest.mark.parametrize("text", ["", "a.b.c", "....", "x" * 1500, "e30.e30.e30"])
def test_junk_is_refused(client: TestClient, text: str) -> None:
    answer = post(client, text)
    assert answer.status_code == 401
    assert not text or text not in answer.text


def test_another_key_is_refused(client: TestClient, device_id: UUID) -> None:
    assert post(client, sign(Ed25519PrivateKey.generate(), device_id)).status_code == 401


def test_a_disabled_device_is_shut_out_at_once(
    client: TestClient, database: Database, key: Ed25519PrivateKey, device_id: UUID,
    clock: SettableClock,
) -> None:  # fmt: skip
    token = post(client, sign(key, device_id)).json()["access_token"]
    with database.transaction() as session:
        devices.disable(session, device_id, clock())
    with database.read() as session, pytest.raises(UnauthenticatedError):
        devices.find_device(session, token, NOW + timedelta(seconds=1))
    assert post(client, sign(key, device_id, jti=str(time.time()))).status_code == 401
