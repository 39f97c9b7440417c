"""A typed tree to SQL with the same three-valued meaning, for DuckDB, PostgreSQL and Spark.

One row holds one record: a column for every fact, named as the catalogue names it (`"flight.origin"`),
NULL where missing. Lists are a column of structs in DuckDB and Spark, `jsonb` in PostgreSQL; `columns`
gives the types. Literals are quoted here and names come from the catalogue alone, so no text of a
rule reaches the engine but as a value.

Kleene's values are degrees inside of lists (false 0, unknown 1, true 2): `any` is the greatest, `all`
the least, so the condition on an element is printed once. What keeps engines equal: numbers stay in
the range of :mod:`bounds`, text is ordered by code point, and membership of a managed list is printed
in line (engines refuse a subquery within a lambda).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from risk_rules.facts import CATALOGUE, Catalogue, Fact, ManagedList, Type, Value
from risk_rules.language.tree import ARITHMETIC, COMPARISONS, Node

DialectName = Literal["duckdb", "postgresql", "spark"]

_ORDER = COMPARISONS - {"=", "!="}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What engines write differently. `fold` gets (operation, list, body, printer, name of the list) of any..max;
    a sum of doubles is the operation `total`.
    """

    types: Mapping[Type, str]
    quote: str
    text: Callable[[str], str]
    days: str
    starts_with: str
    contains: str
    fold: Callable[[str, str, str, "Printer", str], str]
    collation: str = ""

    def name(self, name: str) -> str:
        return f"{self.quote}{name}{self.quote}"


def to_sql(
    tree: Node,
    dialect: DialectName,
    lists: Mapping[str, ManagedList],
    catalogue: Catalogue = CATALOGUE,
) -> str:
    """The condition of a checked tree as an SQL expression of type boolean."""
    return Printer(DIALECTS[dialect], lists, catalogue).sql(tree)


def columns(dialect: DialectName, catalogue: Catalogue = CATALOGUE) -> dict[str, str]:
    """Name of every fact and list to the type of its column."""
    chosen = DIALECTS[dialect]
    held = {fact.name: chosen.types[fact.type] for fact in catalogue.facts.values()}
    for item in catalogue.lists.values():
        held[item.name] = _list_type(dialect, chosen, item.fields)
    return held


def _list_type(dialect: DialectName, chosen: Dialect, fields: Mapping[str, Fact]) -> str:
    if dialect == "postgresql":
        return "jsonb"
    named = [(chosen.name(field.name), chosen.types[field.type]) for field in fields.values()]
    if dialect == "spark":
        return f"array<struct<{', '.join(f'{name}: {kind}' for name, kind in named)}>>"
    return f"STRUCT({', '.join(f'{name} {kind}' for name, kind in named)})[]"


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints the nodes of one tree for one dialect."""

    dialect: Dialect
    lists: Mapping[str, ManagedList]
    catalogue: Catalogue

    def sql(self, node: Node) -> str:
        return _PRINTERS[node.op](self, node)

    def each(self, node: Node) -> list[str]:
        return [self.sql(arg) for arg in node.args]

    def number(self, node: Node) -> str:
        """The expression as a double, as all arithmetic is."""
        printed = self.sql(node)
        return printed if node.type == "num" else self.cast(printed, "num")

    def cast(self, printed: str, kind: Type) -> str:
        return f"CAST({printed} AS {self.dialect.types[kind]})"

    def literal(self, value: Value) -> str:
        match value:
            case bool():
                return "TRUE" if value else "FALSE"
            case int():
                return self.cast(str(value), "int")
            case float():
                return self.cast(f"'{value!r}'", "num")
            case str():
                return self.dialect.text(value)
            case dt.date():
                return f"DATE '{value.isoformat()}'"

    def value(self, node: Node) -> str:
        assert node.value is not None
        return self.literal(node.value)

    def fact(self, node: Node) -> str:
        return self.dialect.name(node.name)

    def element(self, node: Node) -> str:
        return f"x.{self.dialect.name(node.name)}"

    def logic(self, node: Node) -> str:
        return f"({f' {node.op.upper()} '.join(self.each(node))})"

    def negation(self, node: Node) -> str:
        return f"(NOT {self.sql(node.args[0])})"

    def ordered(self, node: Node) -> str:
        """An operand of an order: text goes by code point."""
        printed = self.sql(node)
        return printed + self.dialect.collation if node.type == "str" else printed

    def comparison(self, node: Node) -> str:
        left, right = node.args
        first = self.ordered(left) if node.op in _ORDER else self.sql(left)
        return f"({first} {'<>' if node.op == '!=' else node.op} {self.sql(right)})"

    def between(self, node: Node) -> str:
        x, low, high = node.args
        return f"({self.ordered(x)} BETWEEN {self.sql(low)} AND {self.sql(high)})"

    def member(self, node: Node) -> str:
        x, *items = node.args
        if items[0].op != "managed":
            return f"({self.sql(x)} IN ({', '.join(self.sql(item) for item in items)}))"
        values = sorted(self.lists[items[0].name].values, key=str)
        if values:
            return f"({self.sql(x)} IN ({', '.join(map(self.literal, values))}))"
        return f"(CASE WHEN {self.sql(x)} IS NOT NULL THEN FALSE END)"

    def missing(self, node: Node) -> str:
        return f"({self.sql(node.args[0])} IS NULL)"

    def arithmetic(self, node: Node) -> str:
        left, right = (self.number(arg) for arg in node.args)
        if node.op == "/":
            right = f"NULLIF({right}, {self.literal(0.0)})"
        return f"({left} {node.op} {right})"

    def minus(self, node: Node) -> str:
        return f"(- {self.number(node.args[0])})"

    def call(self, node: Node) -> str:
        args = self.each(node)
        match node.name:
            case "length":
                return f"length({args[0]})"
            case "days":
                return self.dialect.days.format(*args)
            case "starts_with":
                return self.dialect.starts_with.format(*args)
            case _:
                return self.dialect.contains.format(*args)

    def quantified(self, node: Node) -> str:
        name = node.args[0].name
        column = self.dialect.name(name)
        body = self.sql(node.args[1]) if len(node.args) == 2 else "TRUE"
        if node.op in ("any", "all"):
            body = f"coalesce(2 * CAST({body} AS INTEGER), 1)"
        op = "total" if node.op == "sum" and node.type == "num" else node.op
        folded = self.dialect.fold(op, column, body, self, name)
        if node.op in ("any", "all"):
            nothing = 0 if node.op == "any" else 2
            folded = f"CASE coalesce({folded}, {nothing}) WHEN 2 THEN TRUE WHEN 0 THEN FALSE END"
        return f"(CASE WHEN {column} IS NOT NULL THEN {folded} END)"


def _plain(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    # Spark reads backslashes, and joins two texts that stand side by side.
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _duckdb_fold(op: str, column: str, body: str, _printer: Printer, _name: str) -> str:
    if op == "count":
        return f"len(list_filter({column}, lambda x: {body}))"
    each = f"list_transform({column}, lambda x: {body})"
    match op:
        case "sum":
            return f"CAST(coalesce(list_sum({each}), 0) AS BIGINT)"
        case "total":  # one after the other, as everywhere
            known = f"list_filter({each}, lambda one: one IS NOT NULL)"
            return f"list_reduce({known}, lambda total, one: total + one, CAST(0 AS DOUBLE))"
        case "any" | "max":
            return f"list_max({each})"
        case _:
            return f"list_min({each})"


def _spark_fold(op: str, column: str, body: str, _printer: Printer, _name: str) -> str:
    if op == "count":
        return f"size(filter({column}, x -> {body}))"
    each = f"transform({column}, x -> {body})"
    match op:
        case "sum":
            return _spark_sum(each, "CAST(0 AS BIGINT)")
        case "total":
            return _spark_sum(each, "CAST(0 AS DOUBLE)")
        case "any" | "max":
            return f"array_max({each})"
        case _:
            return f"array_min({each})"


def _spark_sum(each: str, start: str) -> str:
    return f"aggregate({each}, {start}, (total, one) -> total + coalesce(one, {start}))"


_POSTGRESQL_FOLDS = {
    "any": "max(c)",
    "all": "min(c)",
    "count": "count(*) FILTER (WHERE c)",
    "sum": "CAST(coalesce(sum(c), 0) AS bigint)",
    "total": "coalesce(sum(c), CAST(0 AS double precision))",
    "min": "min(c)",
    "max": "max(c)",
}


def _postgresql_fold(op: str, column: str, body: str, printer: Printer, name: str) -> str:
    # The inner select keeps an aggregate over columns of the record alone from binding to the outer query.
    fields = printer.catalogue.lists[name].fields.values()
    types = ", ".join(
        f"{printer.dialect.name(field.name)} {printer.dialect.types[field.type]}"
        for field in fields
    )
    rows = f"SELECT {body} AS c FROM jsonb_to_recordset({column}) AS x({types})"
    return f"(SELECT {_POSTGRESQL_FOLDS[op]} FROM ({rows}) AS y)"


DIALECTS: Mapping[DialectName, Dialect] = {
    "duckdb": Dialect(
        types={"bool": "BOOLEAN", "int": "BIGINT", "num": "DOUBLE", "str": "VARCHAR",
               "date": "DATE"},
        quote='"', text=_plain, days="date_diff('day', {0}, {1})",
        starts_with="starts_with({0}, {1})", contains="contains({0}, {1})", fold=_duckdb_fold,
    ),
    "postgresql": Dialect(
        types={"bool": "boolean", "int": "bigint", "num": "double precision", "str": "text",
               "date": "date"},
        quote='"', text=_plain, days="({1} - {0})", starts_with="starts_with({0}, {1})",
        contains="(strpos({0}, {1}) > 0)", fold=_postgresql_fold, collation=' COLLATE "C"',
    ),
    "spark": Dialect(
        types={"bool": "boolean", "int": "bigint", "num": "double", "str": "string",
               "date": "date"},
        quote="`", text=_escaped, days="datediff({1}, {0})", starts_with="startswith({0}, {1})",
        contains="contains({0}, {1})", fold=_spark_fold,
    ),
}  # fmt: skip

_PRINTERS: Mapping[str, Callable[[Printer, Node], str]] = {
    "literal": Printer.value,
    "fact": Printer.fact,
    "element": Printer.element,
    "and": Printer.logic,
    "or": Printer.logic,
    "not": Printer.negation,
    "between": Printer.between,
    "in": Printer.member,
    "missing": Printer.missing,
    "negate": Printer.minus,
    "call": Printer.call,
    **dict.fromkeys(("any", "all", "count", "sum", "min", "max"), Printer.quantified),
    **dict.fromkeys(COMPARISONS, Printer.comparison),
    **dict.fromkeys(ARITHMETIC, Printer.arithmetic),
}
