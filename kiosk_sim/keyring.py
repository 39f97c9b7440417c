"""A device's own keys: made here, never sent; enrolled by a one-time code, changed under the old one.

A new key is written down before the service hears of it. Whatever is killed in between, one of the two is good.
"""

import base64
import hashlib
import json
import os
import sys
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk_sim import files
from kiosk_sim.client import TIMEOUT_SECONDS, Refused, Service

ENROLS, ROTATES = b"egate-enrol", b"egate-rotate"


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def enrol(server: str, name: str, code: str, out: Path, root: str = "") -> int:
    """``egate enrol``: make a key, send its public half with the code, write the credentials. 1 when refused."""
    key, code = Ed25519PrivateKey.generate(), code.strip().upper()
    said = b"|".join((ENROLS, name.encode(), hashlib.sha256(code.encode()).digest()))
    body = {
        "name": name, "code": code, "public_key": encoded(key.public_key().public_bytes_raw()),
        "proof": encoded(key.sign(said)),
    }  # fmt: skip
    try:
        handle = os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
    except OSError as error:
        sys.stderr.write(f"{out} cannot be written: {type(error).__name__}\n")
        return 2
    with handle:
        try:
            answer = httpx2.post(
                f"{server}/api/v1/devices/enrol", json=body, timeout=TIMEOUT_SECONDS
            )
        except httpx2.TransportError:
            answer = None
        if answer is not None and answer.status_code == 201:
            raw = base64.urlsafe_b64encode(key.private_bytes_raw()).decode()
            json.dump({**answer.json(), "key": raw, "root": root}, handle)
            return 0
    out.unlink()
    said_why = "the service did not answer" if answer is None else "the code was refused"
    sys.stderr.write(f"egate: {said_why}\n")
    return 1


class Keyring:
    """The key of a file of credentials, and its successor while it is being changed."""

    def __init__(self, service: Service, path: Path) -> None:
        self._service = service
        self._path = path
        self._next = path.with_suffix(".next")

    def rotate(self) -> None:
        """Change the key. Raises ServiceUnavailable and Refused; then the next call goes on where this one ended."""
        fresh = self._pending() or self._make()
        device = self._service.credentials.device
        public = fresh.public_key().public_bytes_raw()
        said = b"|".join((ROTATES, device.encode(), public))
        old = Ed25519PrivateKey.from_private_bytes(self._service.credentials.key)
        body = {
            "public_key": encoded(public), "proof": encoded(fresh.sign(said)),
            "by_old": encoded(old.sign(said)),
        }  # fmt: skip
        self._service.send_key(body)
        self._promote(fresh)

    def finish(self) -> None:
        """End a change that was cut off: with the old key while it lasts, else by the new one alone."""
        fresh = self._pending()
        if fresh is None:
            return
        try:
            self.rotate()
        except Refused as error:
            if error.status != 401:
                raise
            self._promote(fresh)

    def _make(self) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        files.replace(self._next, encoded(key.private_bytes_raw()).encode())
        return key

    def _pending(self) -> Ed25519PrivateKey | None:
        try:
            text = self._next.read_text("ascii")
            return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(text + "="))
        except (OSError, ValueError):
            return None

    def _promote(self, key: Ed25519PrivateKey) -> None:
        content = json.loads(self._path.read_text())
        content["key"] = base64.urlsafe_b64encode(key.private_bytes_raw()).decode()
        files.replace(self._path, json.dumps(content).encode())
        self._service.use_key(key.private_bytes_raw())
        self._next.unlink(missing_ok=True)
