"""Which face is served under which host name (``EGATE_FACES``): what runs in one face's pages reaches no other's (ASVS 5.0, 3.5.4).

Without names all is served under every name, as on one machine. With them each face answers to its own name alone, and
health and figures to names that are no face's: to whoever asks the program itself, not by the proxy (ASVS 5.0, 13.4.5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kernel.errors import EgateError, NotFoundError

INSIDE: Final = ("/health/",)
EVERYWHERE: Final = ("/static/",)


class Face(StrEnum):
    """Who comes to it: travellers, officers, kiosks and lanes, carriers' people and systems."""

    TRAVELLER = "traveller"
    CONSOLE = "console"
    DEVICES = "devices"
    CARRIERS = "carriers"


_PUBLIC = "keys|trust|questionnaires|notices/standing"
_OF_DEVICES = "token|devices/enrol|devices/heartbeat|devices/keys|device-events|kiosk|lane|presentations|passages"
_OF_SENDERS = "answers|messages|quality|quality.csv|sandbox|flights|events"
_NOT_OFFICERS = f"declarations|answers|{_OF_DEVICES}"
_TOLD = "/api/v1/openapi.json|/problems"

PATHS: Final[Mapping[Face, re.Pattern[str]]] = {
    Face.TRAVELLER: re.compile(rf"/|(?:/declare|/api/v1/(?:declarations|{_PUBLIC}))(?:/.*)?"),
    Face.CONSOLE: re.compile(rf"/|(?:/console|{_TOLD}|/api/v1/(?!(?:{_NOT_OFFICERS})(?:/|$)).+?)(?:/.*)?"),
    Face.DEVICES: re.compile(rf"/declare/\w+/kiosk\.json|/api/v1/(?:{_OF_DEVICES}|{_PUBLIC})(?:/.*)?"),
    Face.CARRIERS: re.compile(rf"/|(?:/carrier|{_TOLD}|/api/v1/(?:{_OF_SENDERS}))(?:/.*)?"),
}  # fmt: skip
"""What belongs to whom. A test compares it with the table of routes."""

HOMES: Final = {Face.TRAVELLER: "/declare/", Face.CONSOLE: "/console", Face.CARRIERS: "/carrier/"}
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Host names with their faces; one name may have several. Empty: no name is asked for."""

    faces: Mapping[str, frozenset[Face]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Hosts":
        """``traveller=a.example, console=b.example, …``: every face once. Raises ValueError."""
        if not text.strip():
            return cls()
        pairs = [
            (Face(face.strip()), name.strip().lower())
            for face, _, name in (one.partition("=") for one in text.split(","))
        ]
        if sorted(face for face, _ in pairs) != sorted(Face):
            raise ValueError
        if not all(_NAME.fullmatch(name) for _, name in pairs):
            raise ValueError
        return cls({name: frozenset(f for f, n in pairs if n == name) for _, name in pairs})

    def name_of(self, face: Face) -> str | None:
        """The name of a face; None where no names are asked for."""
        return next((name for name, faces in self.faces.items() if face in faces), None)

    def serves(self, host: str | None, path: str) -> bool:
        """Whether a path is there under a name; ``host`` None: none was said, or several."""
        if not self.faces:
            return True
        faces = self.faces.get(host or "")
        if faces is None:
            return path.startswith(INSIDE)
        return path.startswith(EVERYWHERE) or any(PATHS[face].fullmatch(path) for face in faces)

    def home(self, host: str | None) -> str:
        """Where the address ``/`` leads."""
        faces = self.faces.get(host or "", frozenset(Face))
        return next((page for face, page in HOMES.items() if face in faces), "/")


def host_of(scope: Scope) -> str | None:
    """The name that was asked for, without port and final dot; None for no such header, and for several."""
    said: list[bytes] = [value for name, value in scope["headers"] if name == b"host"]
    if len(said) != 1:
        return None
    name, _, _ = said[0].decode("latin-1").partition(":")
    return name.rstrip(".").lower()


class OwnHost:
    """Pure ASGI middleware: what is not of the face whose name was asked for is not there, before a byte is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not hosts_of(scope).serves(host_of(scope), scope["path"]):
            handle = scope["app"].exception_handlers[EgateError]
            await handle(Request(scope, receive), NotFoundError())(scope, receive, send)
            return
        await self.app(scope, receive, send)


def hosts_of(scope: Scope) -> Hosts:
    """The names of the running program."""
    found = scope["app"].state.kernel.remembered.get(Hosts)
    return found if isinstance(found, Hosts) else _NONE


_NONE = Hosts()
