"""The agent's side of the machine API: its key, its token, its calls.

Whatever goes wrong on the way is one :class:`ServiceUnavailable`: the agent then shows "out of service" and
opens nothing.
"""

import base64
import json
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import httpx2
from joserfc import jwt
from joserfc.jwk import OKPKey

from app.formats.credential import CredentialError, public_key
from kiosk_sim.trust import TrustStore

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TIMEOUT_SECONDS = 5.0
READY_SECONDS = 2.5
RENEW_BEFORE = 60.0
WAIT_SECONDS = 20.0
KEY_BYTES = 32
PAUSE_SECONDS = 0.2


class ServiceUnavailable(Exception):  # noqa: N818  # a state of the world, not a fault of the program
    """The service did not answer, or answered that it cannot."""


class TrustStale(Exception):  # noqa: N818  # likewise
    """There is no trust list younger than a day."""


class Refused(Exception):  # noqa: N818  # likewise
    """The service refused the call itself; ``code`` is the problem's code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a device was enrolled with: the file that ``egate device`` writes. ``root`` is the public key (33
    bytes) under which the authority's keys are believed; empty where the site has none. ``assisted``: a wide lane
    where an officer may say that several people go in at once.
    """

    device: str
    kind: str
    name: str
    hall: str
    steps: str
    key: bytes
    root: bytes = b""
    assisted: bool = False

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file. Raises OSError; ValueError, KeyError or TypeError for what is no such file."""
        content = json.loads(path.read_text())
        content["key"] = base64.urlsafe_b64decode(content["key"])
        if len(content["key"]) != KEY_BYTES:
            raise ValueError("the key of a device has 32 bytes")
        content["root"] = bytes.fromhex(content.get("root", ""))
        if content["root"]:
            public_key(content["root"])  # raises ValueError
        return cls(**content)


class Service:
    """The service as a device sees it. Safe to use from several threads."""

    def __init__(
        self, address: str, credentials: Credentials, trust: TrustStore | None = None
    ) -> None:
        self.credentials = credentials
        self.trust = trust
        self._http = httpx2.Client(base_url=address, timeout=TIMEOUT_SECONDS)
        self._token = ""
        self._renew_at = 0.0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def probe(self) -> None:
        """Return when the service can work and takes this device's key.

        Raises ServiceUnavailable, Refused for a key that it does not take, and TrustStale where this device
        knows a root and has no list under it that is younger than a day.
        """
        try:
            answer = self._http.get("/health/ready", timeout=READY_SECONDS)
        except httpx2.TransportError as error:
            raise ServiceUnavailable from error
        if answer.status_code != 200:
            raise ServiceUnavailable
        self._access_token()
        if self.trust is not None:
            self._renew(self.trust, int(time.time()))

    def _renew(self, trust: TrustStore, now: int) -> None:
        """Fetch the list where it is due. What cannot be had or believed leaves the one that is held."""
        if not trust.is_due(now):
            return
        with suppress(httpx2.TransportError, CredentialError):
            answer = self._http.get("/api/v1/trust", headers={"Accept": "application/cose"})
            if answer.status_code == 200:
                trust.take(answer.content, now)
        if trust.current(now) is None:
            raise TrustStale

    def present(
        self, *, credential: str | None, mrz: str | None, readings: dict[str, Any]
    ) -> dict[str, Any]:
        """POST /presentations: what was read; answers what to show."""
        body = {"credential": credential, "mrz": mrz, "readings": readings}
        return self._call("POST", "/api/v1/presentations", body)

    def form(self, language: str) -> dict[str, Any]:
        """GET /kiosk/form: the questions in one language, and the flights of these hours; and the words of the
        phone's form (``words``, ``digits`` of money, ``currencies``), so that both say the same.
        """
        asked = self._call("GET", f"/api/v1/kiosk/form?language={language}", None)
        return asked | self._call("GET", f"/declare/{language}/kiosk.json", None)

    def estimate(self, basket: dict[str, Any]) -> dict[str, Any]:
        """POST /kiosk/estimate: what goods are over, and about what they cost."""
        return self._call("POST", "/api/v1/kiosk/estimate", basket)

    def declare(self, declaration: dict[str, Any]) -> dict[str, Any]:
        """POST /kiosk/declarations: what was answered on the screen; the passport finds it then."""
        return self._call("POST", "/api/v1/kiosk/declarations", declaration)

    def await_decision(self, presentation: str, seconds: float = WAIT_SECONDS) -> dict[str, Any]:
        """GET the presentation, waiting while an officer decides on a hold."""
        path = f"/api/v1/presentations/{presentation}?wait={seconds:g}"
        return self._call("GET", path, None, timeout=seconds + TIMEOUT_SECONDS)

    def pass_through(self, presentation: str, others: Sequence[str] = ()) -> dict[str, Any]:
        """POST /passages: consume the clearance, and those of ``others`` who go through together, all or none. The
        door may begin to open only after this.
        """
        body = {"presentation": presentation, "others": list(others)}
        return self._call("POST", "/api/v1/passages", body)

    def face_keys(self) -> dict[str, Any]:
        """GET /kiosk/face-keys: the lanes to seal a face to (``keys``, hex); none where it is not offered."""
        return self._call("GET", "/api/v1/kiosk/face-keys", None)

    def keep_face(self, registration: str, sealed: dict[str, str]) -> None:
        """PUT the face of a traveller who chose to be known by it at the lane."""
        self._call("PUT", f"/api/v1/presentations/{registration}/face", {"sealed": sealed})

    def forget_face(self, registration: str) -> None:
        """DELETE it: the traveller has thought better of it."""
        self._call("DELETE", f"/api/v1/presentations/{registration}/face", None)

    def live_wanted(self, presentation: str) -> dict[str, Any]:
        """GET whether an officer wants to see whoever stands here since a presentation: his page's ``key``."""
        return self._call("GET", f"/api/v1/presentations/{presentation}/live", None)

    def show_live(self, presentation: str, sealed: bytes) -> dict[str, Any]:
        """PUT a picture of this moment, sealed to that page."""
        body = {"sealed": base64.b64encode(sealed).decode()}
        return self._call("PUT", f"/api/v1/presentations/{presentation}/live", body)

    def hand_pictures(self, presentation: str, person: bytes, passport: bytes) -> None:
        """PUT the two pictures (JPEG) of a doubtful face, for the officer who compares them."""
        body = {
            "person": base64.b64encode(person).decode(),
            "passport": base64.b64encode(passport).decode(),
        }
        self._call("PUT", f"/api/v1/presentations/{presentation}/pictures", body)

    def publish_face_key(self, key: bytes) -> None:
        """PUT /lane/face-key: the public half of a key that this lane made."""
        self._call("PUT", "/api/v1/lane/face-key", {"key": key.hex()})

    def sought_faces(self, since: str | None) -> dict[str, Any]:
        """GET /lane/faces: whom this lane may look for, and the faces that came since."""
        query = f"?{urlencode({'since': since})}" if since else ""
        return self._call("GET", f"/api/v1/lane/faces{query}", None)

    def present_face(self, registration: str, readings: dict[str, Any]) -> dict[str, Any]:
        """POST /presentations of somebody whom this lane knew by the face."""
        body = {"registration": registration, "readings": readings}
        return self._call("POST", "/api/v1/presentations", body)

    def report_lane(
        self, status: dict[str, Any], notes: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """POST /lane/reports: the lane as it is, and what happened at it."""
        return self._call("POST", "/api/v1/lane/reports", {"status": status, "notes": list(notes)})

    def heartbeat(self, beat: dict[str, Any]) -> dict[str, Any]:
        """POST /devices/heartbeat: how this device is; answers the hall's mode and whether to change the key."""
        return self._call("POST", "/api/v1/devices/heartbeat", beat)

    def send_key(self, change: dict[str, str]) -> None:
        """POST /devices/keys: a new public key, signed by both."""
        self._call("POST", "/api/v1/devices/keys", change)

    def use_key(self, key: bytes) -> None:
        """Sign with this key from now on."""
        self.credentials = replace(self.credentials, key=key)
        self._renew_at = 0.0

    def lane_orders(self, mode: str, wait: float) -> dict[str, Any]:
        """GET /lane/orders: officers' orders, each given once, and the mode of the hall; waits for news."""
        path = f"/api/v1/lane/orders?mode={mode}&wait={wait:g}"
        return self._call("GET", path, None, timeout=wait + TIMEOUT_SECONDS)

    def _call(
        self, method: str, path: str, body: Any, timeout: float = TIMEOUT_SECONDS
    ) -> dict[str, Any]:
        """Call, and once more after a fault of the line, the service or the token.

        Both calls bear the same Idempotency-Key, so they have one effect.
        """
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        try:
            return self._call_once(method, path, body, headers, timeout)
        except ServiceUnavailable:
            time.sleep(PAUSE_SECONDS)
        except Refused as error:
            if error.status != 401:
                raise
            self._renew_at = 0.0  # the token was ended before its time
        return self._call_once(method, path, body, headers, timeout)

    def _call_once(
        self, method: str, path: str, body: Any, headers: dict[str, str], timeout: float
    ) -> dict[str, Any]:
        headers = {**headers, "Authorization": f"Bearer {self._access_token()}"}
        try:
            answer = self._http.request(method, path, json=body, headers=headers, timeout=timeout)
        except httpx2.TransportError as error:
            raise ServiceUnavailable from error
        return _content(answer)

    def _access_token(self) -> str:
        if time.monotonic() >= self._renew_at:
            body = {"grant_type": GRANT, "assertion": self._assertion()}
            try:
                granted = _content(self._http.post("/api/v1/token", json=body))
            except httpx2.TransportError as error:
                raise ServiceUnavailable from error
            self._token = granted["access_token"]
            self._renew_at = time.monotonic() + granted["expires_in"] - RENEW_BEFORE
        return self._token

    def _assertion(self) -> str:
        """A JWT signed by the device's key (RFC 7523), good for a minute and one use."""
        now = int(time.time())
        device = self.credentials.device
        claims = {
            "iss": device, "sub": device, "aud": "egate", "iat": now, "exp": now + 60,
            "jti": secrets.token_hex(16),
        }  # fmt: skip
        return jwt.encode(
            {"alg": "Ed25519"}, claims, _signing_key(self.credentials.key), algorithms=["Ed25519"]
        )


def _signing_key(raw: bytes) -> OKPKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    public = Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": _b64(raw), "x": _b64(public)})


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _content(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code >= 500:
        raise ServiceUnavailable
    if answer.status_code == HTTPStatus.NO_CONTENT:
        return {}
    try:
        content = answer.json()
    except ValueError as error:
        raise ServiceUnavailable from error
    if answer.status_code >= 400:
        raise Refused(answer.status_code, str(content.get("type", "")).rpartition(":")[2])
    return dict(content)
