"""An authenticator in software (WebAuthn sections 6.1 and 6.5): one P-256 key, and whatever it is told to get wrong."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, CREDENTIAL = 0x01, 0x04, 0x40


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """``count`` is its counter; ``verifies``: it asks for the finger, face or PIN of its owner."""

    domain: str = "localhost"
    origin: str = "http://localhost:8000"
    verifies: bool = True
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    identifier: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    owner: bytes = b""

    def create(self, options: str) -> str:
        """The answer to options for a new credential."""
        asked = json.loads(options)
        self.owner = decoded(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        made = bytes(16) + len(self.identifier).to_bytes(2) + self.identifier + cbor2.dumps(key)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(CREDENTIAL) + made}
        return self._answer(
            clientDataJSON=encoded(self._client("webauthn.create", asked["challenge"])),
            attestationObject=encoded(cbor2.dumps(statement)),
        )

    def get(self, options: str) -> str:
        """The answer to options for a sign-in; the counter grows."""
        self.count += 1
        client = self._client("webauthn.get", json.loads(options)["challenge"])
        data = self._data()
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=encoded(client), authenticatorData=encoded(data),
            signature=encoded(self.key.sign(signed, ec.ECDSA(SHA256()))),
            userHandle=encoded(self.owner),
        )  # fmt: skip

    def _data(self, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return (
            hashlib.sha256(self.domain.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, **response: Any) -> str:
        identifier = encoded(self.identifier)
        return json.dumps(
            {
                "id": identifier, "rawId": identifier, "type": "public-key",
                "response": response, "clientExtensionResults": {},
            }
        )  # fmt: skip
