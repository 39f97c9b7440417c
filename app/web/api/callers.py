"""Who may call a route of the API, read off the dependencies that check it."""

from collections.abc import Iterator
from typing import Any

from fastapi.dependencies.models import Dependant

from app.declarations.routes import own_secret
from app.gate.routes import get_gate
from app.identity.http import enrolled_device, known_sender, signed_in

OFFICER, DEVICE, SENDER, TRAVELLER = "officer", "device", "sender", "traveller"

SCHEMES: dict[str, dict[str, Any]] = {
    OFFICER: {
        "type": "apiKey", "in": "cookie", "name": "__Host-egate",
        "description": "An officer's session, begun on the sign-in page (`egate` without https). The scopes are permissions, of which the"
        " officer's roles must grant the named one. Unsafe methods must come from our own pages (`Sec-Fetch-Site`, `Origin`).",
    },
    DEVICE: {
        "type": "http", "scheme": "bearer",
        "description": "A kiosk's or lane's access token of ten minutes, from `POST /api/v1/token`.",
    },
    SENDER: {
        "type": "http", "scheme": "bearer",
        "description": "The token of a carrier's, airport's or agency's system, from `egate sender`. The scopes are what it was made for.",
    },
    TRAVELLER: {
        "type": "http", "scheme": "bearer",
        "description": "The secret that the answer to a new declaration holds, for this declaration alone.",
    },
}  # fmt: skip

BY_CALL = {
    signed_in: OFFICER, enrolled_device: DEVICE, known_sender: SENDER, own_secret: TRAVELLER,
    get_gate: DEVICE,
}  # fmt: skip
"""``get_gate``: the gate looks the device's token up in the statement that reads everything."""


def callers_of(route: Any) -> list[dict[str, list[str]]]:
    """The security requirements of a route; [] where anybody may call."""
    if route.path_format == "/api/v1/lane/orders":  # it asks again and again for itself
        return [{DEVICE: []}]
    calls = list(_calls(route.dependant))
    kinds = [BY_CALL[call] for call in calls if call in BY_CALL]
    permissions = list(
        dict.fromkeys(str(one) for call in calls if (one := getattr(call, "permission", None)))
    )
    scopes = list(
        dict.fromkeys(str(one) for call in calls if (one := getattr(call, "scope", None)))
    )
    if scopes and permissions:
        kinds = [OFFICER, SENDER]
    asked = {OFFICER: permissions, SENDER: scopes}
    return [{kind: asked.get(kind, [])} for kind in dict.fromkeys(kinds)]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)
