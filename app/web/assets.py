"""Static files under a folder named after their content, so that browsers may keep them for ever."""

import hashlib
import re
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


_COMMENT_LINE = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_COMMENT_BLOCK = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_COMMENT_BEHIND = re.compile(r"(?<=[;{},(]) +// [^\"'`\n]*$", re.MULTILINE)
"""Behind code. No quotation mark follows, so it stands in no text: texts end on their line."""
_COMMENT_OF_STYLES = re.compile(r"/\*(?:(?!\*/).)*\*/", re.DOTALL)
_AROUND = re.compile(r"\s*([{};])\s*")
_AFTER_COLON = re.compile(r":\s+")
_INDENT = re.compile(r"^\s+", re.MULTILINE)


@cache
def module(path: Path) -> str:
    """A module as phones get it: comments, and indentation, are for us.

    A module that has a text over several lines would not stand this; a test finds one.
    """
    source = path.read_text("utf-8")
    bare = _COMMENT_BEHIND.sub("", _COMMENT_LINE.sub("", _COMMENT_BLOCK.sub("", source)))
    return _INDENT.sub("", bare)


@cache
def styles(path: Path) -> str:
    """A style sheet in the same way. A text with a brace, semicolon or colon would not stand this; a test finds one."""
    bare = _INDENT.sub("", _COMMENT_OF_STYLES.sub("", path.read_text("utf-8")))
    return _AFTER_COLON.sub(":", _AROUND.sub(r"\1", bare)).replace(";}", "}")


def lightened(path: Path) -> tuple[str, str] | None:
    """A file's text without what only its readers need, and its type; None for one that goes out as it is."""
    if path.suffix in (".js", ".mjs") and ".min" not in path.suffixes:
        return module(path), "text/javascript"
    return (styles(path), "text/css") if path.suffix == ".css" else None


class ImmutableFiles(StaticFiles):
    """Static files that never change under their address."""

    def file_response(
        self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200
    ) -> Response:
        response: Response
        path = Path(full_path)
        if found := lightened(path):
            response = Response(found[0], status_code, media_type=found[1])
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
