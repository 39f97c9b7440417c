"""The schema language: each word that is known, and that every complaint names its place."""

from typing import Any

import pytest

from app.formats.json_schema import faults
from app.formats.questionnaire import SCHEMA
from tests.formats.test_questionnaire import SMALL

THING = {
    "type": "object",
    "required": ["a"],
    "additionalProperties": False,
    "properties": {"a": {"type": "integer"}, "b": {"$ref": "#/$defs/word"}},
    "$defs": {"word": {"type": "string", "pattern": "^[a-z]+$"}},
}
EITHER = {
    "oneOf": [
        {"type": "object", "required": ["a", "b"], "additionalProperties": False,
         "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
        {"type": "object", "required": ["c"], "additionalProperties": False,
         "properties": {"c": {"type": "integer"}}},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ({"a": 1, "b": "x"}, THING, []),
        ({"a": True}, THING, [("/a", "not integer")]),
        ([], THING, [("", "not object")]),
        ({}, THING, [("/a", "missing")]),
        ({"a": 1, "c~/d": 2}, THING, [("/c~0~1d", "unknown")]),
        ({"a": 1, "b": "X"}, THING, [("/b", "not like ^[a-z]+$")]),
        ({"a": 1, "b": "x\n"}, THING, [("/b", "not like ^[a-z]+$")]),
        ([1, "2", None], {"type": "array", "items": {"type": "integer"}},
         [("/1", "not integer"), ("/2", "not integer")]),
        ([1, 1], {"uniqueItems": True}, [("", "doubled")]),
        ([], {"minItems": 1}, [("", "fewer than 1")]),
        ({}, {"minProperties": 1}, [("", "fewer than 1")]),
        ("", {"minLength": 1}, [("", "shorter than 1")]),
        (0, {"minimum": 1}, [("", "less than 1")]),
        (3, {"maximum": 2}, [("", "more than 2")]),
        ("c", {"enum": ["a", "b"]}, [("", "not one of ['a', 'b']")]),
        ("2024-02-30", {"format": "date"}, [("", "not a date")]),
        ("20240229", {"format": "date"}, [("", "not a date")]),
        ("2024-02-29", {"format": "date"}, []),
        ({"A": 1}, {"propertyNames": {"pattern": "^[a-z]$"}}, [("/A", "not like ^[a-z]$")]),
        ({"x": 1}, {"additionalProperties": {"type": "string"}}, [("/x", "not string")]),
        ({"c": 1}, EITHER, []),
        ({"a": 1}, EITHER, [("/b", "missing")]),
        ({"c": "1"}, EITHER, [("/c", "not integer")]),
        (1, {"oneOf": [{"type": "integer"}, {"minimum": 0}]}, [("", "more than one form")]),
    ],
)  # fmt: skip
def test_words(value: Any, schema: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert list(faults(value, schema)) == expected


def test_a_word_that_is_not_known_is_never_idle() -> None:
    with pytest.raises(KeyError):
        list(faults({}, {"maxProperties": 3}))


def test_every_word_of_the_published_schema_is_known() -> None:
    """It refuses a file for each thing that is taken away, and accepts the file."""
    assert list(faults(SMALL, SCHEMA)) == []
    for key in SMALL:
        assert list(faults({k: v for k, v in SMALL.items() if k != key}, SCHEMA)) == [
            (f"/{key}", "missing")
        ]
