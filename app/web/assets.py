"""Static files under a folder named after their content, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"


@cache
def fingerprint() -> str:
    """A short hash over all static files; computed once per process."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(STATIC)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def address(path: str) -> str:
    """The URL of a static file, e.g. ``address("tokens.css")``."""
    return f"/static/{fingerprint()}/{path}"


class ImmutableFiles(StaticFiles):
    """Static files that never change under their address."""

    def file_response(
        self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
