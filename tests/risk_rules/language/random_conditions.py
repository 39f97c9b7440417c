"""Random well-typed conditions, each with its meaning written a second time, naively.

A strategy draws pairs (text, meaning): `meaning(record, element)` follows the definition of the
language on values and shares no code with it. Kleene's values are numbers here: false 0,
unknown 1/2, true 1; and is the least, or the greatest, not the distance from 1.
"""

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

from hypothesis import strategies as st

from risk_rules.facts import CATALOGUE, ManagedList, blank

Pair = tuple[str, Callable[[dict, dict], Any]]

LISTS = {
    "towns": ManagedList("towns", "str", frozenset({"AAA", "BBB"})),
    "nothing": ManagedList("nothing", "str", frozenset()),
}
STRINGS = ("AAA", "BBB", "CCC", "A", "")
DAYS = tuple(dt.date(2026, 1, day) for day in (1, 2, 28))
FACTS = {
    "bool": ("itinerary.one_way", "traveller.is_crew", "declaration.gold"),
    "int": ("bag.count", "booking.changes", "itinerary.stay_nights"),
    "num": ("random.u",),
    "str": ("flight.origin", "itinerary.origin", "booking.payment"),
    "date": ("flight.date", "document.expires"),
}
FIELDS = {
    "bags": {"int": ("weight_g", "pieces"), "str": ("tag",)},
    "co_travellers": {"bool": ("high_risk", "same_surname"), "int": ("age",)},
}
UNKNOWN = Fraction(1, 2)


def degree(value: bool | None) -> Fraction:
    return UNKNOWN if value is None else Fraction(value)


def truth(value: Fraction) -> bool | None:
    return None if value == UNKNOWN else bool(value)


def optional(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | values


VALUES = {
    "bool": st.booleans(),
    "int": st.integers(-3, 5),
    "num": st.sampled_from((0.0, 0.25, 0.5, 1.5)),
    "str": st.sampled_from(STRINGS),
    "date": st.sampled_from(DAYS),
}


@st.composite
def records(draw: st.DrawFn, *, missing: bool = True) -> dict[str, Any]:
    """Complete records over the facts that the conditions read."""
    wrap = optional if missing else (lambda values: values)
    record = blank()
    for kind, names in FACTS.items():
        for name in names:
            record[name] = draw(wrap(VALUES[kind]))
    for name in FIELDS:
        fields = CATALOGUE.lists[name].fields
        item = st.fixed_dictionaries({f.name: wrap(VALUES[f.type]) for f in fields.values()})
        record[name] = draw(wrap(st.lists(item, max_size=3)))
    return record


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value.isoformat()}'" if isinstance(value, dt.date) else str(value)


def literals(kind: str) -> st.SearchStrategy[Pair]:
    return VALUES[kind].map(lambda v: (written(v), lambda _r, _e: v))


def names(kind: str, owner: str | None) -> st.SearchStrategy[Pair]:
    facts = [(n, lambda r, _e, n=n: r[n]) for n in FACTS[kind]]
    fields = FIELDS[owner].get(kind, ()) if owner else ()
    return st.sampled_from(facts + [(n, lambda _r, e, n=n: e[n]) for n in fields])


def both(left: Any, right: Any, apply: Callable[[Any, Any], Any]) -> Any:
    return None if left is None or right is None else apply(left, right)


def divided(left: float, right: float) -> float | None:
    return None if right == 0 else float(left) / float(right)


ARITHMETIC = {
    "+": lambda a, b: float(a) + float(b),
    "-": lambda a, b: float(a) - float(b),
    "*": lambda a, b: float(a) * float(b),
    "/": divided,
}
COMPARE = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@st.composite
def numbers(draw: st.DrawFn, depth: int, owner: str | None, *, whole: bool = False) -> Pair:
    """int or num expressions; with `whole` only what is typed int."""
    kinds = ["fact", "literal"]
    if depth > 0:
        kinds += ["length", "days"]
        kinds += [] if whole else ["arithmetic", "negate"]
        kinds += [] if owner else ["count", "fold"]
    match draw(st.sampled_from(kinds)):
        case "fact":
            return draw(names("int", owner) if whole else names("int", owner) | names("num", None))
        case "literal":
            return draw(literals("int"))
        case "length":
            text, mean = draw(names("str", owner))
            return f"length({text})", lambda r, e: None if mean(r, e) is None else len(mean(r, e))
        case "days":
            (a, x), (b, y) = draw(names("date", None)), draw(names("date", None))
            return f"days({a}, {b})", lambda r, e: both(x(r, e), y(r, e), lambda p, q: (q - p).days)
        case "negate":
            text, mean = draw(numbers(depth - 1, owner))
            return f"(-({text}))", lambda r, e: None if mean(r, e) is None else -mean(r, e)
        case "arithmetic":
            op = draw(st.sampled_from(sorted(ARITHMETIC)))
            (a, x), (b, y) = draw(numbers(depth - 1, owner)), draw(numbers(depth - 1, owner))
            return f"({a} {op} {b})", lambda r, e: both(x(r, e), y(r, e), ARITHMETIC[op])
        case "count":
            return draw(counts(depth))
        case _:
            return draw(folds(depth))


@st.composite
def counts(draw: st.DrawFn, depth: int) -> Pair:
    name = draw(st.sampled_from(sorted(FIELDS)))
    if draw(st.booleans()):
        return f"count({name})", lambda r, _e: None if r[name] is None else len(r[name])
    text, mean = draw(conditions(depth - 1, name))

    def meaning(record, _element):
        items = record[name]
        return None if items is None else len([x for x in items if mean(record, x) is True])

    return f"count({name}: {text})", meaning


@st.composite
def folds(draw: st.DrawFn, depth: int) -> Pair:
    op = draw(st.sampled_from(("sum", "min", "max")))
    name = draw(st.sampled_from(sorted(FIELDS)))
    text, mean = draw(numbers(depth - 1, name, whole=draw(st.booleans())))

    def meaning(record, _element):
        if record[name] is None:
            return None
        known = [v for v in (mean(record, x) for x in record[name]) if v is not None]
        if op == "sum":
            return reduce(lambda total, one: total + one, known, 0)
        known.sort()
        return None if not known else known[0 if op == "min" else -1]

    return f"{op}({name}: {text})", meaning


def operands(kind: str, depth: int, owner: str | None) -> st.SearchStrategy[Pair]:
    if kind == "int":
        return numbers(depth, owner)
    return names(kind, owner) | literals(kind)


@st.composite
def atoms(draw: st.DrawFn, depth: int, owner: str | None, *, lossless: bool) -> Pair:
    kinds = ["comparison", "between", "in", "managed", "bool", "text"]
    kinds += [] if lossless else ["missing"]
    match draw(st.sampled_from(kinds)):
        case "comparison":
            kind = draw(st.sampled_from(("int", "str", "date", "bool")))
            ops = ("=", "!=") if kind == "bool" else tuple(COMPARE)
            op = draw(st.sampled_from(ops))
            below = 0 if lossless else depth
            a, x = draw(numbers(below, owner) if kind == "int" else names(kind, owner))
            b, y = draw(operands(kind, below, owner))
            return f"{a} {op} {b}", lambda r, e: both(x(r, e), y(r, e), COMPARE[op])
        case "between":
            return draw(betweens(owner))
        case "in":
            return draw(memberships(owner))
        case "managed":
            name = draw(st.sampled_from(sorted(LISTS)))
            a, x = draw(names("str", owner))
            values = LISTS[name].values
            return f"{a} in @{name}", lambda r, e: None if x(r, e) is None else x(r, e) in values
        case "bool":
            return draw(names("bool", owner))
        case "text":
            a, x = draw(names("str", owner))
            b, y = draw(operands("str", 0, owner))
            if draw(st.booleans()):
                return f"starts_with({a}, {b})", lambda r, e: both(
                    x(r, e), y(r, e), lambda p, q: p[: len(q)] == q
                )
            return f"contains({a}, {b})", lambda r, e: both(x(r, e), y(r, e), lambda p, q: q in p)
        case _:
            kind = draw(st.sampled_from(("int", "str", "bool", "date")))
            a, x = draw(names(kind, owner))
            negated = draw(st.booleans())
            text = f"{a} is {'not ' if negated else ''}missing"
            return text, lambda r, e: (x(r, e) is None) != negated


@st.composite
def betweens(draw: st.DrawFn, owner: str | None) -> Pair:
    kind = draw(st.sampled_from(("int", "str", "date")))
    (a, x), (b, y), (c, z) = (draw(operands(kind, 0, owner)) for _ in range(3))
    if kind == "date":  # at least one side must say that these are dates
        a, x = draw(names(kind, owner))

    def meaning(r, e):
        low = both(x(r, e), y(r, e), lambda p, q: p >= q)
        high = both(x(r, e), z(r, e), lambda p, q: p <= q)
        return truth(min(degree(low), degree(high)))

    return f"{a} between {b} and {c}", meaning


@st.composite
def memberships(draw: st.DrawFn, owner: str | None) -> Pair:
    kind = draw(st.sampled_from(("int", "str", "date")))
    a, x = draw(names(kind, owner))
    items = draw(st.lists(names(kind, owner) | literals(kind), min_size=1, max_size=3))

    def meaning(r, e):
        equal = (both(x(r, e), item(r, e), lambda p, q: p == q) for _, item in items)
        return truth(max(degree(value) for value in equal))

    return f"{a} in ({', '.join(text for text, _ in items)})", meaning


@st.composite
def quantified(draw: st.DrawFn, depth: int, *, lossless: bool) -> Pair:
    name = draw(st.sampled_from(sorted(FIELDS)))
    text, mean = draw(conditions(depth - 1, name, lossless=lossless))
    op = draw(st.sampled_from(("any", "all")))

    def meaning(record, _element):
        items = record[name]
        if items is None:
            return None
        degrees = [degree(mean(record, item)) for item in items]
        return truth(max(degrees, default=0) if op == "any" else min(degrees, default=1))

    return f"{op}({name}: {text})", meaning


@st.composite
def conditions(
    draw: st.DrawFn, depth: int = 3, owner: str | None = None, *, lossless: bool = False
) -> Pair:
    """A condition and its meaning. `lossless`: only operations that more knowledge cannot turn
    round (no `is missing`, no counting over what is known)."""
    if depth <= 0:
        return draw(atoms(0, owner, lossless=lossless))
    kinds = ["atom", "and", "or", "not"] + ([] if owner else ["quantified"])
    kind = draw(st.sampled_from(kinds))
    if kind == "atom":
        return draw(atoms(depth, owner, lossless=lossless))
    if kind == "quantified":
        return draw(quantified(depth, lossless=lossless))
    inner = conditions(depth - 1, owner, lossless=lossless)
    if kind == "not":
        text, mean = draw(inner)
        return f"not ({text})", lambda r, e: truth(1 - degree(mean(r, e)))
    parts = draw(st.lists(inner, min_size=2, max_size=3))
    pick = min if kind == "and" else max
    return (
        f" {kind} ".join(f"({text})" for text, _ in parts),
        lambda r, e: truth(pick(degree(mean(r, e)) for _, mean in parts)),
    )
