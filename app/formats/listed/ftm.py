"""FollowTheMoney entities as JSON lines, as OpenSanctions publishes them (entities.ftm.json).

Passports are entities of their own that name their holder and may stand anywhere in the file, so the file
is read twice: for papers, then for persons.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from app.formats import codes
from app.formats.listed.model import (
    BrokenFileError,
    Fault,
    Found,
    Person,
    Skipped,
    births,
    sex_named,
)

LONGEST_LINE = 1 << 20
_PAPERS = ("Passport", "Identification")
_NAMES = ("name", "alias", "previousName", "weakAlias")
_NUMBERS = ("passportNumber", "idNumber")

Papers = Mapping[str, list[tuple[str, str]]]


def read_ftm(stream: BinaryIO) -> Iterator[Found]:
    """What the lines say, in the order of the file, which is read twice. Raises :class:`BrokenFileError`."""
    papers: dict[str, list[tuple[str, str]]] = defaultdict(list)
    start = stream.tell()
    for _, raw in _lines(stream):
        if any(f'"{one}"'.encode() in raw for one in _PAPERS):
            _keep_paper(_entity(raw), papers)
    stream.seek(start)
    for line, raw in _lines(stream):
        yield from _found(line, _entity(raw), papers)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise BrokenFileError("line_too_long", number)
        if raw.strip():
            yield number, raw


def _entity(raw: bytes) -> Mapping[str, Any] | None:
    """The object of a line; None where it is none."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _keep_paper(entity: Mapping[str, Any] | None, papers: dict[str, list[tuple[str, str]]]) -> None:
    if entity is None or entity.get("schema") not in _PAPERS:
        return
    told = _properties(entity)
    issuer = next(iter(_states(_texts(told, "country"))), "")
    for holder in _texts(told, "holder"):
        papers[holder] += [(number, issuer) for number in _texts(told, "number")]


def _found(line: int, entity: Mapping[str, Any] | None, papers: Papers) -> Iterator[Found]:
    if entity is None:
        yield Fault(line, "not_json")
        return
    schema, key = entity.get("schema"), entity.get("id")
    if not isinstance(schema, str):
        yield Fault(line, "not_an_entity", key if isinstance(key, str) else None)
    elif schema != "Person":
        yield Skipped(line, schema.casefold()[:40])
    elif not isinstance(key, str) or not key.strip():
        yield Fault(line, "/key missing")
    else:
        yield from _person(line, key.strip(), _properties(entity), papers)


def _person(line: int, key: str, told: Mapping[str, Any], papers: Papers) -> Iterator[Found]:
    states = _states([*_texts(told, "nationality"), *_texts(told, "citizenship")])
    born: list[str] = []
    faults: list[Fault] = []
    for text in _texts(told, "birthDate"):
        found = births(text)
        born += found
        if not found:
            faults.append(Fault(line, "bad_birth_date", key, partial=True))
    state = states[0] if len(states) == 1 else ""
    own = [(number, state) for name in _NUMBERS for number in _texts(told, name)]
    topics = ", ".join(_texts(told, "topics"))
    yield Person(
        line=line, key=key, names=tuple(_names(told)), births=tuple(dict.fromkeys(born)),
        nationality=state, documents=tuple(dict.fromkeys([*papers.get(key, ()), *own])),
        sex=sex_named(_texts(told, "gender")), category=topics[:64], reason="; ".join([*_texts(told, "program"), *_texts(told, "notes")]),
    )  # fmt: skip
    yield from faults


def _names(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """First and last name where there is one of each, then every whole name once."""
    surnames, given = _texts(told, "lastName"), _texts(told, "firstName")
    if len(surnames) == 1 and len(given) == 1:
        yield surnames[0], given[0]
    for text in dict.fromkeys(text for name in _NAMES for text in _texts(told, name)):
        yield text, ""


def _states(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(code for text in texts if (code := codes.alpha3(text.upper()))))


def _properties(entity: Mapping[str, Any]) -> Mapping[str, Any]:
    found = entity.get("properties")
    return found if isinstance(found, dict) else {}


def _texts(told: Mapping[str, Any], name: str) -> list[str]:
    """The values of a property that are texts, without blanks around."""
    values = told.get(name)
    values = values if isinstance(values, list) else [values]
    return [one.strip() for one in values if isinstance(one, str) and one.strip()]
