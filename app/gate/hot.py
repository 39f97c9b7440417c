"""The statements of the gate's hot path, from ``hot.sql`` beside this module."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

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


class Numbered(NamedTuple):
    """A statement as PostgreSQL prepares it: ``$1`` for the first of ``names``, and so on."""

    text: bytes
    names: tuple[str, ...]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        return [values[name] for name in self.names]


_PARAMETER = re.compile(r"%\((\w+)\)s(::\w+(?:\[\])?)( is (?:not )?null)?")


@lru_cache(maxsize=256)
def numbered(statement: str, absent: frozenset[str]) -> Numbered:
    """A statement for calls in which the parameters ``absent`` are null and no others.

    What is said of a null is settled here, so the plan has no branch that such a call never takes: a presentation with
    passport and code has half the nodes of one of which nothing is known. There are as many forms as kinds of calls.
    """
    names: list[str] = []

    def fill(found: re.Match[str]) -> str:
        name, kind, asked = found.groups()
        if asked:
            return str((name in absent) == (asked == " is null")).lower()
        if name in absent:
            return f"null{kind}"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}{kind}"

    text = _PARAMETER.sub(fill, statement).replace("%%", "%")
    return Numbered(text.encode(), tuple(names))


def prepared(statement: str, values: Mapping[str, Any]) -> Numbered:
    """:func:`numbered` for these values."""
    return numbered(statement, frozenset([name for name, value in values.items() if value is None]))


_STATEMENTS = load(files("app.gate").joinpath("hot.sql").read_text("utf-8"))

READ = _STATEMENTS["read"]
READ_AGAIN = _STATEMENTS["read_again"]
CLAIMED = _STATEMENTS["claimed"]
WRITE = _STATEMENTS["write"]
WRITE_PLAIN = _STATEMENTS["write_plain"]
SHOW = _STATEMENTS["show"]
KNOWN = _STATEMENTS["known"]
CONSUME = _STATEMENTS["consume"]
WHY_NOT = _STATEMENTS["why_not"]
PASSAGE = _STATEMENTS["passage"]
