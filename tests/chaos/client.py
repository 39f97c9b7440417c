"""A client that keeps its promises: each write under a key of its own, asked again until it has an answer."""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
TIMEOUT_SECONDS = 5.0


class UnansweredError(AssertionError):
    """The service gave no answer for longer than anybody waits."""


@dataclass(frozen=True, slots=True)
class Written:
    """A write that was acknowledged: what was asked, and the answer."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    answer: dict[str, Any]


@dataclass
class Client:
    """Any number of threads may use it. ``tries``: how many calls got no answer or a 503 and were made again."""

    address: str
    written: list[Written] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)
    tries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, path: str, body: bytes, token: str | None = None) -> dict[str, Any] | None:
        """POST until it is answered; None where it was refused. Raises UnansweredError."""
        headers = {"Idempotency-Key": secrets.token_hex(16), "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.ask(path, body, headers)
        if answer.status_code >= 300:
            with self._lock:
                self.refused.append((path, answer.status_code))
            return None
        said = dict(answer.json())
        with self._lock:
            self.written.append(Written(path, body, headers, said))
        return said

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        """The answer to a POST, however often it takes. Raises UnansweredError."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                answer = httpx2.post(
                    self.address + path, content=body, headers=headers, timeout=TIMEOUT_SECONDS
                )
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code < 500:
                return answer
            if answer is not None and answer.status_code != 503:
                raise UnansweredError(f"{path}: {answer.status_code}")
            with self._lock:
                self.tries += 1
            time.sleep(PAUSE_SECONDS)
        raise UnansweredError(path)

    def ready(self) -> bool:
        """What the service says of itself."""
        try:
            answer = httpx2.get(self.address + "/health/ready", timeout=TIMEOUT_SECONDS)
        except httpx2.TransportError:
            return False
        return answer.status_code == 200
