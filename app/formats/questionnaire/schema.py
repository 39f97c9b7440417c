"""The JSON Schema of a questionnaire's file (draft 2020-12): what `load` checks and the API publishes."""

from typing import Any

from app.formats.questionnaire.values import Demand, Lane, Open

_TEXTS = {"$ref": "#/$defs/texts"}
_ID = {"$ref": "#/$defs/id"}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 2**31}
_POSITIVE = _NUMBER | {"minimum": 1}
_AMOUNT = {"type": "integer", "minimum": 0, "maximum": 10**12}
_UNIT_DUTY = _AMOUNT | {"maximum": 10**8}  # times a million pieces is still exact in a browser
_PER_MILLE = {"type": "integer", "minimum": 0, "maximum": 1000}
_AGE = {"type": "integer", "minimum": 0, "maximum": 150}
_STRING = {"type": "string", "minLength": 1}
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$"}
_DEMAND = {"type": "string", "enum": [*Demand]}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    """Everything is required but what is named; nothing else may stand there."""
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


_QUESTION = _object(
    {
        "number": _NUMBER,
        "id": _ID,
        "form_item": _STRING | {"description": "where it stands on the paper form"},
        "lane": {"type": "integer", "enum": [Lane.GOODS.value, Lane.OFFICER.value]},
        "demands": _list(_DEMAND, uniqueItems=True),
        "text": _TEXTS,
        "details": _TEXTS,
        "on_yes": _TEXTS,
    },
    "details", "on_yes",
)  # fmt: skip
_CATEGORY = _object(
    {
        "number": _NUMBER,
        "id": _ID,
        "unit": _ID,
        "answers": _DEMAND,
        "described": {"type": "boolean", "default": False},
        "dutiable": {"type": "boolean", "default": True},
        "text": _TEXTS,
    },
    "answers", "described", "dutiable",
)  # fmt: skip
_SHARED = {
    "id": _ID,
    "text": _TEXTS,
    "minimum_age": _AGE,
    "own_use_below": _AGE,
    "pooled": {"type": "boolean", "default": True},
    "source": _STRING,
    "as_of": {"$ref": "#/$defs/as_of"},
}
_YOUNG = ("minimum_age", "own_use_below", "pooled")
_BY_UNITS = _object(
    _SHARED
    | {
        "limits": _list(
            _object({"category": _NUMBER, "quantity": _POSITIVE | {"maximum": 1_000_000}}), minItems=1
        ),
    },
    *_YOUNG,
) | {"title": "limits"}  # fmt: skip
_BY_VALUE = _object(
    _SHARED
    | {
        "value": _AMOUNT,
        "currency": _CURRENCY,
        "categories": _list(_NUMBER, uniqueItems=True),
        "ignored_up_to": _AMOUNT,
        "reduced": _object({"below": _AGE, "value": _AMOUNT}),
    },
    *_YOUNG, "categories", "ignored_up_to", "reduced",
) | {"title": "value and currency"}  # fmt: skip
_RATE = {
    "oneOf": [
        _object({"category": _NUMBER, "least": _UNIT_DUTY, "most": _UNIT_DUTY})
        | {"title": "least and most of a unit"},
        _object(
            {"category": _NUMBER, "per_mille": _PER_MILLE, "most_item": _AMOUNT}, "most_item"
        ) | {"title": "per mille of the dutiable value"},
    ]
}  # fmt: skip
_DUTY = _object(
    {
        "currency": _CURRENCY,
        "taxable_per_mille": _PER_MILLE,
        "rates": _list(_RATE),
        "text": _TEXTS,
        "open": _object({reason.value: _TEXTS for reason in Open}),
        "source": _STRING,
        "as_of": {"$ref": "#/$defs/as_of"},
    }
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:egate:questionnaire",
    "title": "A customs questionnaire",
    **_object(
        {
            "id": _POSITIVE | {"description": "its number in credentials; never used again"},
            "key": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,39}$"},
            "version": {"type": "string", "pattern": "^[0-9A-Za-z.-]{1,20}$"},
            "country": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "valid_from": {"type": "string", "format": "date"},
            "source": _STRING,
            "languages": _list({"$ref": "#/$defs/language"}, minItems=1, uniqueItems=True),
            "title": _TEXTS,
            "certify": _TEXTS,
            "questions": _list(_QUESTION, minItems=1),
            "purposes": _list(_object({"number": _NUMBER, "id": _ID, "text": _TEXTS}), minItems=1),
            "categories": _list(_CATEGORY, minItems=1),
            "allowances": _list({"oneOf": [_BY_UNITS, _BY_VALUE]}),
            "duty": _DUTY,
        },
        "duty",
    ),
    "$defs": {
        "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,39}$"},
        "language": {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$"},
        "texts": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"$ref": "#/$defs/language"},
            "additionalProperties": _STRING,
        },
        "as_of": {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}){0,2}$"},
    },
}
"""What cannot be said here `load` says: texts in every language, numbers that count, references that exist."""
