"""Everybody else at the border, over the same public interfaces as anybody: airline, phone, officer."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx2

from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.passport import Passport

TIMEOUT_SECONDS = 10.0
PATIENCE_SECONDS = 20.0
NOTHING = dict.fromkeys(
    ("prohibited", "restricted", "gold", "over_allowance", "commercial", "entrusted",
     "means_of_payment", "unaccompanied"), False,
)  # fmt: skip
"""The answers of somebody with nothing to declare, by question of the questionnaire."""

NOTHING_FOUND: Mapping[str, Any] = {
    "steps": ["documents", "questions", "baggage-opened"],
    "findings": [{"kind": "nothing"}],
    "dispositions": [{"kind": "release"}],
}
"""The outcome of an inspection that found nothing, complete for every kind of referral."""

T = TypeVar("T")


class Caller:
    """An HTTP client that turns problem documents into :class:`Refused`."""

    def __init__(self, server: str, headers: Mapping[str, str] | None = None) -> None:
        self._http = httpx2.Client(
            base_url=server, headers=dict(headers or {}), timeout=TIMEOUT_SECONDS
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of the answer. Raises :class:`Refused` and :class:`ServiceUnavailable`."""
        headers = more.pop("headers", {})
        if method != "GET":
            headers = {"Idempotency-Key": secrets.token_hex(16), **headers}
        try:
            answer = self._http.request(method, path, headers=headers, **more)
        except httpx2.TransportError as error:
            raise ServiceUnavailable from error
        if answer.status_code >= 500:
            raise ServiceUnavailable
        if answer.status_code >= 400:
            raise Refused(answer.status_code, _problem(answer))
        return answer.json() if answer.content else None


def _problem(answer: httpx2.Response) -> str:
    try:
        return str(answer.json().get("type", "")).rpartition(":")[2]
    except ValueError:
        return "unknown"


def patiently(look: Callable[[], T | None], what: str) -> T:
    """Look again until there is something. Raises TimeoutError naming ``what``."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    raise TimeoutError(what)


class Airline(Caller):
    """A sender of messages."""

    def __init__(self, server: str, token: str) -> None:
        super().__init__(server, {"Authorization": f"Bearer {token}"})

    def send(self, message: str | bytes, key: str | None = None) -> str:
        """POST a message; its id. Who tries again gives the same ``key`` again."""
        raw = message.encode() if isinstance(message, str) else message
        kind = {"Content-Type": "application/edifact"}
        if key:
            kind["Idempotency-Key"] = key
        return str(self.call("POST", "/api/v1/messages", content=raw, headers=kind)["id"])

    def await_applied(self, message: str) -> dict[str, Any]:
        """Wait for the verdict."""

        def look() -> dict[str, Any] | None:
            verdict: dict[str, Any] = self.call("GET", f"/api/v1/messages/{message}")
            return verdict if verdict["status"] not in ("received", "applying") else None

        return patiently(look, "message applied")


class Airport(Caller):
    """An airport's own system: it knows where flights are."""

    def __init__(self, server: str, token: str) -> None:
        super().__init__(server, {"Authorization": f"Bearer {token}"})

    def set_status(self, flight: str, status: str, **more: str) -> None:
        """Say that a flight has landed, returned, is cancelled or (``diverted_to``) diverted. The same again
        changes nothing.
        """
        self.call("PATCH", f"/api/v1/flights/{flight}", json={"status": status, **more})


class Phone(Caller):
    """A traveller with the online form."""

    def declare(
        self, passport: Passport, journey: Mapping[str, Any], **changes: Any
    ) -> dict[str, Any]:
        """POST a declaration; the answer holds the code as text, PNG and SVG."""
        body = declaration(passport, journey, **changes)
        answer: dict[str, Any] = self.call("POST", "/api/v1/declarations", json=body)
        return answer


def declaration(passport: Passport, journey: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The body of a declaration; ``changes``: ``answers`` that are yes, ``goods``, ``companions``."""
    return {
        "questionnaire": "jp-c5360-2024",
        "language": "en",
        "traveller": {
            "surname": passport.surname,
            "given_names": passport.given_names,
            "document": {"number": passport.number, "issuer": passport.issued_by},
            "nationality": passport.nationality,
            "birth_date": passport.birth_date.isoformat(),
        },
        "journey": dict(journey),
        "contact": None,
        "companions": changes.get("companions", []),
        "answers": NOTHING | changes.get("answers", {}),
        "goods": changes.get("goods", []),
        "certified": True,
    }


class Officer(Caller):
    """An officer signed in with a one-time code, as at the console."""

    def __init__(self, server: str, code: str) -> None:
        super().__init__(server, {"Sec-Fetch-Site": "same-origin"})
        answer = self._http.post("/console/sign-in", data={"code": code}, follow_redirects=False)
        if answer.status_code != 303:
            raise Refused(answer.status_code, "sign-in-failed")

    def add_to_watchlist(self, key: str, entry: Mapping[str, Any]) -> None:
        """Put a person or document on a list."""
        body = {"put": [dict(entry)]}
        self.call("POST", f"/api/v1/watchlists/{key}/entries", json=body)

    def flights(self) -> list[dict[str, Any]]:
        """The flights board."""
        return list(self.call("GET", "/api/v1/flights")["flights"])

    def risk(self, flight: str) -> dict[str, Any]:
        """A flight's high-risk list."""
        answer: dict[str, Any] = self.call("GET", f"/api/v1/flights/{flight}/risk")
        return answer

    def review(self, hit: str, state: str, reason: str) -> None:
        """Confirm or dismiss a hit."""
        body = {"state": state, "reason": reason}
        self.call("POST", f"/api/v1/hits/{hit}/review", json=body)

    def referrals(self, *, closed: bool = False) -> list[dict[str, Any]]:
        """The open queue, or what has been closed."""
        found = self.call("GET", "/api/v1/referrals", params={"closed": closed})
        return list(found["referrals"])

    def reasons(self, presentation: str) -> list[str]:
        """Why a presentation led to officers."""
        known = [*self.referrals(), *self.referrals(closed=True)]
        return [
            reason
            for referral in known
            if referral["presentation_id"] == presentation
            for reason in referral["reasons"]
        ]

    def reset_lanes(self) -> None:
        """Put lanes that stopped back to work: whoever looks after a hall sees that nobody is in them."""
        for lane in self.call("GET", "/api/v1/lanes")["lanes"]:
            if lane["state"] == "stopped":
                self.call("POST", f"/api/v1/lanes/{lane['id']}/orders", json={"word": "reset"})

    def claim(self, referral: Mapping[str, Any]) -> dict[str, Any]:
        """Take a referral."""
        path = f"/api/v1/referrals/{referral['id']}/claim"
        return dict(self.call("POST", path, json={"version": referral["version"]})["referral"])

    def release(self, referral: Mapping[str, Any]) -> None:
        """Claim a referral and release the traveller."""
        claimed = self.claim(referral)
        path = f"/api/v1/referrals/{referral['id']}/release"
        why = {"why_not": "explained", "note": "Papers at hand explain the journey"}
        self.call("POST", path, json={"version": claimed["version"], **why})

    def settle(self, referral: Mapping[str, Any], settlement: Mapping[str, Any]) -> dict[str, Any]:
        """Settle the goods of a referral at the counter; the work with its receipt number."""
        claimed = self.claim(referral)
        body = {"version": claimed["version"], **settlement}
        path = f"/api/v1/counter/referrals/{referral['id']}/work"
        return dict(self.call("POST", path, json=body))

    def take_back(self, referral: Mapping[str, Any], reason: str) -> dict[str, Any]:
        """Reopen a closed case: whoever has passed meanwhile is recalled."""
        path = f"/api/v1/referrals/{referral['id']}/take-back"
        body = {"version": self.version_of(referral), "reason": reason}
        return dict(self.call("POST", path, json=body))

    def version_of(self, referral: Mapping[str, Any]) -> int:
        """The version of a referral as it stands."""
        found = self.call("GET", f"/api/v1/referrals/{referral['id']}")
        return int(found["referral"]["version"])

    def inspect(self, referral: Mapping[str, Any]) -> None:
        """Claim a referral and begin an inspection."""
        claimed = self.claim(referral)
        path = f"/api/v1/referrals/{referral['id']}/inspect"
        self.call("POST", path, json={"version": claimed["version"]})

    def close_with_nothing(self, referral: Mapping[str, Any]) -> None:
        """Record that an inspection found nothing."""
        path = f"/api/v1/referrals/{referral['id']}/outcome"
        self.call("POST", path, json=dict(NOTHING_FOUND))
