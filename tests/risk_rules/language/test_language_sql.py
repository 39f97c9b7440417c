"""A condition means the same in the program, in DuckDB, in PostgreSQL and in Spark."""

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from app.kernel import postgres
from risk_rules.facts import CATALOGUE, ManagedList
from risk_rules.language import RuleError, compile_rule
from risk_rules.language.check import check
from risk_rules.language.parse import parse
from risk_rules.language.rule import Rule
from risk_rules.language.sql import columns, to_sql
from risk_rules.ruleset import load_ruleset
from tests.risk_rules.language import engines
from tests.risk_rules.language.random_conditions import LISTS, conditions

SHIPPED = load_ruleset()
ODD = [  # what engines are known to differ in
    "sum(bags: weight_g) = 0", "sum(bags: weight_g) / bag.count > 0.5", "bag.count / 0 > 1",
    "min(bags: pieces) < max(bags: weight_g)", "count(bags) = 0 or count(bags: tag is missing) > 1",
    "flight.origin > 'B' and itinerary.origin between '' and flight.origin", "'it''s' = flight.origin",
    "flight.origin in @nothing", "not (flight.origin in @nothing)", "any(bags: tag in @nothing)",
    "length(flight.origin) = 1 or contains(flight.origin, '')", "starts_with(flight.origin, '')",
    "days(flight.date, document.expires) / 7 > 0.3", "bag.count = 1.0", "-bag.count < 0.5",
    "bag.count in (1, 2.5, itinerary.stay_nights)", "any(bags: flight.origin = 'AAA')",
    "all(bags: itinerary.one_way)", "count(bags: itinerary.one_way) > 1", "sum(bags: bag.count) > 2",
    "sum(declared_items: value * quantity) > 3", "sum(bags: weight_g * 0.1) = 0.6", "sum(bags: weight_g / pieces) <= 1",
    "max(bags: weight_g - pieces) > min(bags: -weight_g)", "sum(bags: 0.1) > 0.2 or sum(bags: weight_g * random.u) = 0",
    "flight.origin != 'a%b\\'", "itinerary.one_way = (bag.count > 1)",
]  # fmt: skip


def unchecked(text: str) -> Rule:
    """A rule without the check of its grounds: random conditions read protected facts too."""
    return Rule(text, check(parse(text), CATALOGUE, LISTS), LISTS)


def random_rules(count: int) -> list[Rule]:
    drawn: list[Rule] = []

    @settings(max_examples=count, phases=[Phase.generate], database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(conditions())
    def draw(pair) -> None:
        drawn.append(unchecked(pair[0]))

    draw()
    return drawn


@pytest.fixture(scope="module")
def execute(cluster: postgres.Cluster) -> Iterator:
    with psycopg.connect(
        host=str(cluster.sockets), user=postgres.OWNER, dbname="postgres", autocommit=True,
        password=cluster.passwords[postgres.OWNER],
    ) as connection:  # fmt: skip
        yield connection.execute


def in_engine(name: str, records, execute, folder: Path) -> engines.Engine:
    if name == "duckdb":
        return engines.DuckDb(records, folder)
    execute("drop table if exists record")
    return engines.PostgreSql(records, execute)


@pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_conditions_mean_the_same_in_databases(count: int, execute, tmp_path: Path) -> None:
    chance = random.Random(20260311)
    records = [engines.few(chance) for _ in range(60)]
    rules = [*map(unchecked, ODD), *random_rules(count)]
    assert len(rules) > count
    for name in ("duckdb", "postgresql"):
        engine = in_engine(name, records, execute, tmp_path)
        assert engines.differences(engine, records, rules) == []


@pytest.mark.parametrize("name", ["duckdb", "postgresql"])
def test_the_shipped_rules_mean_the_same_in(name: str, execute, tmp_path: Path) -> None:
    chance = random.Random(4711)
    records = [engines.whole(chance) for _ in range(400)]
    rules = [rule.scored.rule for rule in SHIPPED.rules]
    engine = in_engine(name, records, execute, tmp_path)
    assert engines.differences(engine, records, rules, SHIPPED.lists) == []


@pytest.mark.slow
def test_conditions_mean_the_same_in_spark(tmp_path: Path) -> None:
    pyspark = pytest.importorskip("pyspark.sql")
    session = (
        pyspark.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", str(tmp_path))
        .getOrCreate()
    )
    try:
        chance = random.Random(20260311)
        records = [engines.few(chance) for _ in range(60)]
        rules = [*map(unchecked, ODD), *random_rules(200)]
        engine = engines.Spark(records, tmp_path, session)
        assert engines.differences(engine, records, rules) == []
        records = [engines.whole(chance) for _ in range(400)]
        engine = engines.Spark(records, tmp_path, session)
        shipped = [rule.scored.rule for rule in SHIPPED.rules]
        assert engines.differences(engine, records, shipped, SHIPPED.lists) == []
    finally:
        session.stop()


def test_no_text_of_a_rule_reaches_the_engine_but_as_a_value() -> None:
    evil = "x'' ); drop table record; --"
    lists = {"evil": ManagedList("evil", "str", frozenset({"a'b", "\\"}))}
    for text in (f"flight.origin = '{evil}'", "flight.origin in @evil"):
        tree = check(parse(text), CATALOGUE, lists)
        assert "'x'' ); drop table record; --'" in to_sql(tree, "duckdb", lists) or "evil" in text
        assert "'x\\' ); drop" in to_sql(tree, "spark", lists) or "evil" in text


@pytest.mark.parametrize("text", [
    "bag.count" + " * bag.count" * 25 + " > 1", "1" + " / 0.00000000000001" * 25 + " < bag.count",
    "random.u" + " * random.u" * 20 + " > 0",
])  # fmt: skip
def test_numbers_that_could_leave_the_doubles_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        compile_rule(text)
    assert refused.value.code == "out_of_range"
    start, end = refused.value.span
    assert 0 <= start < end <= len(text)


def test_every_fact_has_a_column_in_every_dialect() -> None:
    wanted = {*CATALOGUE.facts, *CATALOGUE.lists}
    assert all(set(columns(name)) == wanted for name in ("duckdb", "postgresql", "spark"))
