"""Why a condition is true, false or unknown: a tree of JSON values with text, span and facts read.

    {"op": "and", "text": "...", "span": [0, 57], "result": true, "parts": [
        {"text": "any(bags: weight_g > 30000)", "span": [0, 27], "result": true, "values":
            {"bags": {"size": 3, "matched": 1, "matching": [{"index": 0, "weight_g": 35708}]}}},
        {"text": "itinerary.stay_nights < 3", "span": [32, 57], "result": true,
            "values": {"itinerary.stay_nights": 1}}]}

Parts stand under and, or, not; everything else is a leaf with the values it read. Of list elements
only the fields that the condition reads are shown, of matching elements the first five. Of a sum, a least or a
greatest `value` is what came out: `sum(declared_items: value * quantity) > 100000` tells
`{"declared_items": {"size": 2, "value": 120000.0, "items": [{"index": 0, "quantity": 2, "value": 50000}, ...]}}`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from risk_rules.facts import Facts
from risk_rules.language.evaluate import NO_ELEMENT, Closure, Lists, build
from risk_rules.language.tree import FOLDS, LOGIC, QUANTIFIERS, Node

MAX_MATCHING = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A node of the explanation with its closure: built once per rule, asked per hit. ``reads``: of a leaf, the
    facts that it reads, sorted.
    """

    node: Node
    closure: Closure
    parts: tuple["Step", ...] = ()
    walks: tuple["Walk", ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """A list that a leaf walks: its name, the fields it reads, and the test where there is one, or the closure of the
    sum, least or greatest.
    """

    name: str
    fields: tuple[str, ...]
    test: Closure | None
    fold: Closure | None = None


def plan(node: Node, lists: Lists) -> Step:
    """Prepare the explanation of a typed tree."""
    closure = build(node, lists)
    if _has_parts(node):
        return Step(node, closure, tuple(plan(part, lists) for part in node.args))
    walks = tuple(_walk(part, lists) for part in node.walk() if part.op in QUANTIFIERS)
    reads = tuple(sorted({part.name for part in node.walk() if part.op == "fact"}))
    return Step(node, closure, walks=walks, reads=reads)


def _has_parts(node: Node) -> bool:
    # `x not in (...)` is one condition to the reader: its two nodes share their text.
    return node.op in LOGIC and not (node.op == "not" and node.args[0].span == node.span)


def _walk(node: Node, lists: Lists) -> Walk:
    body = node.args[1] if len(node.args) > 1 else None
    if body is None:
        return Walk(node.args[0].name, (), None)
    fields = {part.name: None for part in body.walk() if part.op == "element"}
    name, read = node.args[0].name, tuple(sorted(fields))
    if node.op in FOLDS:
        return Walk(name, read, None, build(node, lists))
    return Walk(name, read, build(body, lists))


def explain(step: Step, text: str, facts: Facts) -> dict[str, Any]:
    """The explanation as JSON values; dates as ISO text."""
    start, end = step.node.span
    told = {
        "text": text[start:end],
        "span": [start, end],
        "result": step.closure(facts, NO_ELEMENT),
    }
    if step.parts:
        parts = [explain(part, text, facts) for part in step.parts]
        return {"op": step.node.op, **told, "parts": parts}
    return {**told, "values": _values(step, facts)}


def _values(step: Step, facts: Facts) -> dict[str, Any]:
    values = {name: _json(facts[name]) for name in step.reads}
    for walk in step.walks:
        values[walk.name] = _list_values(walk, facts)
    return values


def _list_values(walk: Walk, facts: Facts) -> dict[str, Any] | None:
    items = facts[walk.name]
    if items is None:
        return None
    told: dict[str, Any] = {"size": len(items)}
    if walk.fold is not None:
        told["value"] = walk.fold(facts, NO_ELEMENT)
    if walk.test is None:
        if walk.fields:
            told["items"] = [_shown(walk, i, x) for i, x in enumerate(items[:MAX_MATCHING])]
        return told
    matching = [i for i, item in enumerate(items) if walk.test(facts, item)]
    shown = [_shown(walk, i, items[i]) for i in matching[:MAX_MATCHING]]
    return {**told, "matched": len(matching), "matching": shown}


def _shown(walk: Walk, index: int, item: Facts) -> dict[str, Any]:
    return {"index": index, **{name: _json(item[name]) for name in walk.fields}}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def missing(step: Step, facts: Facts) -> list[str]:
    """Facts that leave the condition undecided, sorted; empty when it is decided.

    A list field is written `bags.weight_g`. Where nothing is missing and the result is unknown
    all the same (division by zero, the least of an empty list), what was read is named instead.
    """
    found: set[str] = set()
    _undecided(step, facts, found)
    return sorted(found)


def _undecided(step: Step, facts: Facts, found: set[str]) -> None:
    if step.closure(facts, NO_ELEMENT) is not None:
        return
    if step.parts:
        for part in step.parts:
            _undecided(part, facts, found)
        return
    absent = [name for name in step.reads if facts[name] is None]
    if step.walks:
        absent += _absent(step.walks, facts)
    found.update(absent or (*step.reads, *(walk.name for walk in step.walks)))


def _absent(walks: Sequence[Walk], facts: Facts) -> Iterator[str]:
    for walk in walks:
        items = facts[walk.name]
        if items is None:
            yield walk.name
            continue
        for name in walk.fields:
            if any(item[name] is None for item in items):
                yield f"{walk.name}.{name}"


def evidence(explanation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The leaves that carry the result, without positions in lists, in a stable order.

    Of an `or` that is true only the true parts count, of an `and` that is false only the false. Under a `not`
    a leaf reads `not (...)`: what carries the result is that it is not so.
    """
    leaves = [
        _decisive_leaf(leaf, f"not ({leaf['text']})" if negated else leaf["text"])
        for leaf, negated in _carrying(explanation)
    ]
    return sorted(leaves, key=_canonical)


def evidence_sha256(explanation: Mapping[str, Any]) -> str:
    """Fingerprint of what `evidence` tells, of the bare conditions: two hits of one rule with the same values share
    it, and a review of a hit holds as long as it stays the same.
    """
    leaves = [_decisive_leaf(leaf, leaf["text"]) for leaf, _ in _carrying(explanation)]
    return hashlib.sha256(_canonical(sorted(leaves, key=_canonical)).encode()).hexdigest()


def _decisive_leaf(leaf: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {"text": text, "values": _decisive(leaf["values"])}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _carrying(
    told: Mapping[str, Any], *, negated: bool = False
) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """(leaf, whether it stands under an odd number of `not`)."""
    if "parts" not in told:
        yield told, negated
        return
    turns = told["op"] == "not"
    for part in told["parts"]:
        if turns or part["result"] is told["result"]:
            yield from _carrying(part, negated=negated is not turns)


def _decisive(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _without_positions(value) for name, value in values.items()}


def _without_positions(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    for key in ("matching", "items"):
        if key in value:
            rows = [{k: v for k, v in row.items() if k != "index"} for row in value[key]]
            return sorted(rows, key=_canonical)
    return value
