"""What an officer typed and the console could not take: shown again, whole, to be sent by himself.

Two causes. A text is longer than is kept: the form comes back with it, to be shortened. A session is over: what was
typed travels in cookies of ``/console``, sealed by the service and bound to the officer whose session it was (like a
traveller's draft, ADR 6), and whoever signs in as that officer within :data:`LIFE` finds it. Nothing is submitted by
itself, nothing typed is in an address, and a form that shows an old version is refused like any other.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.identity.http import cookie_name as session_cookie
from app.identity.officers import officer_of
from app.kernel.crypto import SealError
from app.kernel.errors import TooLongError
from app.kernel.http import Kernel, path_cookie
from app.web.console.words.fields import field
from app.web.forms import Fields, said_of
from app.web.pages import page
from app.web.translation import gettext

ADDRESS = "/console/unsent"
LIFE = timedelta(minutes=15)
SHORT = 40
"""What is longer, or has a blank in it, is a text, to be written on; what is shorter is shown and goes along as it is."""
OF_THE_PAGE = frozenset(
    {"act", "back", "credential", "csrf", "digest", "face", "go", "hit", "key", "next", "referral", "replaces",
     "seen", "seq", "version", "word"}
)  # fmt: skip
"""Fields that the page filled in: which form it was, and what it showed. Nobody typed them; they go along unseen."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_CONTEXT = b"console-unsent"
_PIECE, _PIECES = 3_600, 4


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form that was typed: where it was to go, and from which page."""

    to: str
    back: str
    pairs: list[tuple[str, str]]


def keep(request: Request, kernel: Kernel, answer: Response, back: str) -> bool:
    """Let the browser keep the form of a request whose session is over; whether it could.

    Not kept: what came without a session's cookie (nobody would know whose it is), and more than its cookies hold.
    """
    token = request.cookies.get(session_cookie(kernel))
    typed = getattr(request.state, "typed", None)
    if not token or not isinstance(typed, Fields) or _is_secret(typed):
        return False
    with kernel.database.read() as session:
        officer_id = officer_of(session, token)
    if officer_id is None:
        return False
    content = {
        "to": request.url.path, "back": back, "pairs": typed.pairs, "officer": str(officer_id),
        "at": kernel.clock().timestamp(),
    }  # fmt: skip
    plain = zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 9)
    text = base64.urlsafe_b64encode(kernel.vault.seal(plain, _CONTEXT)).decode().rstrip("=")
    if len(text) > _PIECE * _PIECES:
        return False
    for index, name in enumerate(_names(kernel)):
        _set(answer, kernel, name, text[index * _PIECE : (index + 1) * _PIECE])
    return True


def find(request: Request, kernel: Kernel, officer_id: UUID, now: datetime) -> Unsent | None:
    """What this officer had typed; None for nothing, for another's, and for what is too old."""
    text = "".join(request.cookies.get(name, "") for name in _names(kernel))
    if not text:
        return None
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        content = json.loads(zlib.decompress(kernel.vault.open(sealed, _CONTEXT)))
    except (ValueError, SealError):
        return None
    if (
        content["officer"] != str(officer_id)
        or now.timestamp() - content["at"] > LIFE.total_seconds()
    ):
        return None
    return Unsent(
        content["to"], content["back"], [(name, value) for name, value in content["pairs"]]
    )


def forget(answer: Response, kernel: Kernel) -> None:
    """It has been shown, or nobody wants it."""
    for name in _names(kernel):
        _set(answer, kernel, name, "")


def again(found: Unsent) -> Response:
    """The form once more, after signing in."""
    context = {
        "title": gettext("This was not sent"), "error": "",
        "advice": gettext("You were signed out before it arrived. Look at it, and send it yourself."),
    }  # fmt: skip
    return page("console/unsent.html", {**context, **_shown(found, None)})


def too_long(request: Request, error: TooLongError) -> Response | None:
    """The form with what is too long in it, to be shortened; None where no form was sent."""
    typed = getattr(request.state, "typed", None)
    if not isinstance(typed, Fields):
        return None
    context = {
        "title": gettext(error.title), "advice": gettext("Nothing was cut, and nothing was stored."),
        "error": said_of(error),
    }  # fmt: skip
    found = Unsent(request.url.path, "", typed.pairs)
    return page("console/unsent.html", {**context, **_shown(found, error.most)}, status=422)


def _shown(found: Unsent, most: int | None) -> dict[str, object]:
    """``texts`` to be written on, with whether each is too long; ``said``: what was typed or chosen beside them, by the
    names of the fields; ``rest`` (that too) goes along.
    """
    texts = [(name, value, most is not None and len(value) > most)
             for name, value in found.pairs if _is_text(value)]  # fmt: skip
    rest = [(name, value) for name, value in found.pairs if not _is_text(value)]
    said = [(field(name), value) for name, value in rest
            if name not in OF_THE_PAGE and value and not _ID.search(value)]  # fmt: skip
    return {"to": found.to, "back": found.back, "texts": texts, "said": said, "rest": rest}


def _is_secret(typed: Fields) -> bool:
    """Whether something in it proves who somebody is: that is typed again."""
    return any(name == "code" or "password" in name or "credential" in name for name in typed)


def _is_text(value: str) -> bool:
    return len(value) > SHORT or any(one.isspace() for one in value)


def _set(answer: Response, kernel: Kernel, name: str, value: str) -> None:
    answer.set_cookie(
        name, value, max_age=int(LIFE.total_seconds()) if value else 0, path="/console",
        secure=kernel.secure_cookies, httponly=True, samesite="strict",
    )  # fmt: skip


def _names(kernel: Kernel) -> Iterator[str]:
    return (path_cookie(kernel, f"unsent-{index}") for index in range(_PIECES))
