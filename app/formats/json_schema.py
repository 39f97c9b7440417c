"""The part of JSON Schema (draft 2020-12) that our own schemas use. Pure; no reference leaves the document.

Known words: ``$ref`` to ``#/$defs/…``, type, enum, properties, required, additionalProperties, propertyNames,
minProperties, items, minItems, uniqueItems, minLength, pattern, format (date), minimum, maximum, oneOf. A
schema that uses another word is refused when it is used, so that nothing in a published schema is idle.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

Schema = Mapping[str, Any]
Fault = tuple[str, str]
"""A JSON pointer into what was checked, and what is wrong there."""

_TYPES: Mapping[str, type] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
}  # fmt: skip
_ABOUT = frozenset({"$schema", "$id", "$defs", "title", "description", "default"})


def faults(value: Any, schema: Schema) -> Iterator[Fault]:
    """Everything in ``value`` that the schema does not allow, in its order. Raises KeyError for a word
    of a schema that is not known here.
    """
    return _check(value, schema, schema, "")


def pointer(parent: str, key: object) -> str:
    """The JSON pointer of a member (RFC 6901)."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _check(value: Any, schema: Schema, root: Schema, at: str) -> Iterator[Fault]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from _check(value, root["$defs"][name], root, at)
    kind = schema.get("type")
    if kind and type(value) is not _TYPES[kind]:
        yield at, f"not {kind}"
        return
    for word, wanted in schema.items():
        if word not in _ABOUT and word not in ("$ref", "type"):
            yield from _WORDS[word](value, wanted, (schema, root), at)


_Pair = tuple[Schema, Schema]
_Word = Callable[[Any, Any, _Pair, str], Iterator[Fault]]


def _properties(value: Any, wanted: Schema, pair: _Pair, at: str) -> Iterator[Fault]:
    for key, schema in wanted.items():
        if key in value:
            yield from _check(value[key], schema, pair[1], pointer(at, key))


def _required(value: Any, wanted: list[str], _: _Pair, at: str) -> Iterator[Fault]:
    yield from ((pointer(at, key), "missing") for key in wanted if key not in value)


def _additional(value: Any, wanted: Any, pair: _Pair, at: str) -> Iterator[Fault]:
    for key in value.keys() - pair[0].get("properties", {}).keys():
        if wanted is False:
            yield pointer(at, key), "unknown"
        else:
            yield from _check(value[key], wanted, pair[1], pointer(at, key))


def _names(value: Any, wanted: Schema, pair: _Pair, at: str) -> Iterator[Fault]:
    for key in value:
        yield from _check(key, wanted, pair[1], pointer(at, key))


def _items(value: Any, wanted: Schema, pair: _Pair, at: str) -> Iterator[Fault]:
    for index, one in enumerate(value):
        yield from _check(one, wanted, pair[1], pointer(at, index))


def _one_of(value: Any, wanted: list[Schema], pair: _Pair, at: str) -> Iterator[Fault]:
    """Where none fits, what is wrong with the one that comes nearest."""
    found = sorted((list(_check(value, one, pair[1], at)) for one in wanted), key=len)
    yield from found[0]
    if found[1:] and not found[1]:
        yield at, "more than one form"


def _if(wrong: Callable[[Any, Any], bool], said: str) -> _Word:
    def check(value: Any, wanted: Any, _: _Pair, at: str) -> Iterator[Fault]:
        if wrong(value, wanted):
            yield at, said.format(wanted)

    return check


def _is_like(value: str, pattern: str) -> bool:
    """As in ECMAScript, where the end of a text is not before its last line break."""
    return re.search(re.sub(r"\$$", r"\\Z", pattern), value) is not None


def _is_no_date(value: str, _: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return True
    return len(value) != len("2024-01-25")


_WORDS: Mapping[str, _Word] = {
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "oneOf": _one_of,
    "enum": _if(lambda value, wanted: value not in wanted, "not one of {}"),
    "minProperties": _if(lambda value, wanted: len(value) < wanted, "fewer than {}"),
    "minItems": _if(lambda value, wanted: len(value) < wanted, "fewer than {}"),
    "uniqueItems": _if(lambda value, _: len({repr(one) for one in value}) < len(value), "doubled"),
    "minLength": _if(lambda value, wanted: len(value) < wanted, "shorter than {}"),
    "pattern": _if(lambda value, wanted: not _is_like(value, wanted), "not like {}"),
    "format": _if(_is_no_date, "not a {}"),
    "minimum": _if(lambda value, wanted: value < wanted, "less than {}"),
    "maximum": _if(lambda value, wanted: value > wanted, "more than {}"),
}
