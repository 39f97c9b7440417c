"""The statements of the gate's hot path, from ``hot.sql`` beside this module."""

import re
from importlib.resources import files

_SECTION = re.compile(r"^-- (fragment|name): (\w+)$", re.MULTILINE)


def load(text: str) -> dict[str, str]:
    """The named statements of a file, with the fragments filled in."""
    fragments: dict[str, str] = {}
    statements: dict[str, str] = {}
    parts = _SECTION.split(text)[1:]
    for kind, name, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        filled = body.strip()
        for fragment, content in fragments.items():
            filled = filled.replace("{" + fragment + "}", content)
        (fragments if kind == "fragment" else statements)[name] = filled
    return statements


_STATEMENTS = load(files("app.gate").joinpath("hot.sql").read_text("utf-8"))

READ = _STATEMENTS["read"]
READ_AGAIN = _STATEMENTS["read_again"]
CLAIMED = _STATEMENTS["claimed"]
WRITE = _STATEMENTS["write"]
SHOW = _STATEMENTS["show"]
KNOWN = _STATEMENTS["known"]
CONSUME = _STATEMENTS["consume"]
WHY_NOT = _STATEMENTS["why_not"]
PASSAGE = _STATEMENTS["passage"]
