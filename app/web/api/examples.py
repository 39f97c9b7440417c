"""Examples made from the schemas: the same each time, valid by construction, with names and values of the field.

Every person, passport and flight in them is invented (ICAO's specimen state UTO, carrier XX).
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
DEEPEST = 8

WORDS: dict[str, Any] = {
    "surname": "ERIKSSON", "given_names": "ANNA MARIA", "given": "ANNA MARIA", "name": "Example Air",
    "flight": "XX101", "number": "L898902C3", "carrier": "XX", "site": "NRT", "origin": "ARN",
    "destination": "NRT", "nationality": "UTO", "issuer": "UTO", "birth_date": "1974-08-12", "born": "1974-08-12",
    "expiry": "2032-04-15", "arrival_date": "2026-03-10", "seat": "12A", "locator": "ABC123", "currency": "JPY",
    "questionnaire": "jp-2024", "language": "en", "title": "Example", "reason": "Seen with another passport",
    "note": "Spoken to, nothing found", "text": "UNB+UNOA:4+...", "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "assertion": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZDI1NTE5In0.e30.c2lnbmF0dXJl", "access_token": "k0mYb0n3V1X7…",
    "secret": "pL3x…", "token": "k0mYb0n3V1X7…", "credential": "EGD2:6BF…", "key": "02" + "ab" * 32, "kid": "0123456789abcdef",
    "mrz": "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    "version": 1, "status": None, "detail": "the airport's system says so", "error": "unknown name",
}  # fmt: skip
"""By the name of a field, where the schema takes it."""

PATTERNS: tuple[tuple[str, str], ...] = (
    ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "2026-03-10"), (r"20\d\d", "2026-03"), ("0[23]", "02" + "ab" * 32),
    ("{64}", "ab" * 32), ("{128}", "ab" * 64), ("-[A-Z]{3}", "ARN-NRT"), ("^[A-Z]{3}", "NRT"), ("^(?:[A-Z]{3}|D)$", "UTO"),
    ("([A-Z]{3}", "JPY"), ("^[A-Z0-9]{2}$", "XX"), ("shut|open", "shut"), ("register", "register"),
    ("passed|failed", "passed"), ("declined", "left"),
    ("[a-z0-9][a-z0-9_-]", "example"), ("[A-Za-z]{2,3}(?:-", "en"), ("^[A-Za-z0-9_-]+$", "cGVyc29u"),
)  # fmt: skip
FORMATS = {
    "uuid": "01890a5d-ac96-774b-bcce-b302099a8057", "date-time": "2026-03-10T03:00:00Z", "date": "2026-03-10",
    "binary": "...", "time": "03:00:00Z",
}  # fmt: skip


def example(schema: Schema, parts: Schema, name: str = "", depth: int = 0) -> Any:
    """A value that ``schema`` takes; ``parts`` are ``components/schemas``, ``name`` is the field's."""
    if "$ref" in schema:
        found = schema["$ref"].rpartition("/")[2]
        local = schema.get("$defs", {})
        return example(local.get(found) or parts[found], parts, name, depth)
    if "$defs" in schema:
        parts = {**parts, **schema["$defs"]}
    if (fixed := _fixed(schema)) is not None:
        return fixed
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        chosen = next((one for one in choices if one.get("type") != "null"), choices[0])
        return None if depth > DEEPEST else example(chosen, parts, name, depth)
    make = {
        "object": _object,
        "array": _array,
        "string": _string,
        "integer": _number,
        "number": _number,
    }
    kind = schema.get("type", "object" if "properties" in schema else "")
    if kind == "boolean":
        return False
    return make[kind](schema, parts, name, depth) if kind in make else {}


def _fixed(schema: Schema) -> Any:
    """What the schema itself names."""
    named = [
        schema.get("const"),
        schema.get("default"),
        *schema.get("examples", [])[:1],
        *schema.get("enum", [])[:1],
    ]
    return next((one for one in named if one not in (None, [], {})), None)


def _object(schema: Schema, parts: Schema, name: str, depth: int) -> Any:
    del name
    required = schema.get("required", [])
    if schema.get("minProperties") and not schema.get("properties"):
        return {
            FORMATS["uuid"]: example(
                schema.get("additionalProperties", {"type": "string"}), parts, "", depth + 1
            )
        }
    return {
        key: example(one, parts, key, depth + 1)
        for key, one in schema.get("properties", {}).items()
        if depth <= DEEPEST or key in required
    }


def _array(schema: Schema, parts: Schema, name: str, depth: int) -> Any:
    if "prefixItems" in schema:
        return [example(one, parts, name, depth + 1) for one in schema["prefixItems"]]
    least = schema.get("minItems", 0)
    if depth > DEEPEST and not least:
        return []
    one = example(schema.get("items", {}), parts, name, depth + 1)
    return [one] * max(least, 1)


def _string(schema: Schema, parts: Schema, name: str, depth: int) -> Any:
    del parts, depth
    if form := FORMATS.get(schema.get("format", "")):
        return form
    pattern = schema.get("pattern", "")
    text = next((value for part, value in PATTERNS if part in pattern), None) if pattern else None
    word = WORDS.get(name)
    if text is None:
        text = word if isinstance(word, str) and not pattern else name.replace("_", "-") or "text"
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(text) + least_of(schema))
    return (text + "x" * max(0, least - len(text)))[:most]


def least_of(schema: Schema) -> int:
    """How long the shortest text is."""
    return int(schema.get("minLength", 0))


def _number(schema: Schema, parts: Schema, name: str, depth: int) -> Any:
    del parts, depth
    word = WORDS.get(name)
    if isinstance(word, int):
        return word
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    return max(1, least) if schema.get("maximum", 1) >= 1 else least
