"""A declaration that is being filled in: what was typed, kept by the browser until it is certified.

The server stores nothing before the traveller certifies. What was typed travels in cookies of ``/declare``,
sealed by the service, so that nobody who finds the cookie can read or alter it. Pages work without
JavaScript, survive errors, reloads, the Back button and a change of language, and no answer is in a URL.
"""

import base64
import json
import secrets
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.kernel.crypto import SealError
from app.kernel.errors import TooLargeError
from app.kernel.http import Kernel, path_cookie

PATH = "/declare"
LIFE = timedelta(hours=12)
LONGEST = 200
"""Characters of one field that are kept; every field's limit is below."""

_PIECE, _PIECES = 3_600, 4
_CONTEXT = b"declaration-draft"

Typed = Mapping[str, str]


@dataclass(slots=True)
class Draft:
    """``typed`` holds fields by name, per page; ``amends`` the declaration that this one replaces, ``seq`` the
    version of it that the change goes on from.

    ``key`` makes sending it twice one declaration. ``checked``: the traveller has seen the summary, so
    pages lead back to it.
    """

    key: str
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    amends: UUID | None = None
    checked: bool = False
    seq: int | None = None

    def of(self, step: str) -> dict[str, str]:
        """What was typed on a page."""
        return self.typed.get(step, {})

    def to_bytes(self, now: datetime) -> bytes:
        content = {
            "key": self.key, "typed": self.typed, "amends": str(self.amends or ""),
            "checked": self.checked, "seq": self.seq,
            "saved": int(now.timestamp()),
        }  # fmt: skip
        return zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 9)

    @classmethod
    def from_bytes(cls, data: bytes, now: datetime) -> Self | None:
        """What :meth:`to_bytes` wrote; None when it is older than :data:`LIFE`."""
        content: dict[str, Any] = json.loads(zlib.decompress(data))
        if now.timestamp() - content["saved"] > LIFE.total_seconds():
            return None
        amends = UUID(content["amends"]) if content["amends"] else None
        return cls(content["key"], content["typed"], amends, content["checked"], content.get("seq"))


def new_key() -> str:
    """The key of a new draft."""
    return secrets.token_hex(16)


def load(request: Request, kernel: Kernel) -> Draft | None:
    """The draft that the browser keeps; None when there is none, or none that can be opened."""
    pieces = [request.cookies.get(name, "") for name in _names(kernel)]
    text = "".join(pieces)
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = kernel.vault.open(sealed, _CONTEXT)
    except (ValueError, SealError):
        return None
    return Draft.from_bytes(plain, kernel.clock())


def save(response: Response, kernel: Kernel, draft: Draft) -> None:
    """Let the browser keep the draft. Raises TooLargeError for more than its cookies hold."""
    sealed = kernel.vault.seal(draft.to_bytes(kernel.clock()), _CONTEXT)
    text = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    if len(text) > _PIECE * _PIECES:
        raise TooLargeError
    for index, name in enumerate(_names(kernel)):
        piece = text[index * _PIECE : (index + 1) * _PIECE]
        set_cookie(response, kernel, name, piece, LIFE if piece else timedelta(0))


def forget(response: Response, kernel: Kernel) -> None:
    """Let the browser forget the draft."""
    for name in _names(kernel):
        set_cookie(response, kernel, name, "", timedelta(0))


def set_cookie(response: Response, kernel: Kernel, name: str, value: str, life: timedelta) -> None:
    """A cookie that only the traveller's pages get, and no script."""
    response.set_cookie(
        name, value, max_age=max(0, int(life.total_seconds())), path=PATH,
        secure=kernel.secure_cookies, httponly=True, samesite="lax",
    )  # fmt: skip


def _names(kernel: Kernel) -> Iterator[str]:
    return (path_cookie(kernel, f"draft-{index}") for index in range(_PIECES))
