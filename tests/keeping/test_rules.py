"""Every table with a personal column has its rule, and every rule is one of a table as it is."""

import pytest
import sqlalchemy as sa

from app.keeping.engine import parts
from app.keeping.rule import Rule
from app.keeping.rules import RULES
from app.kernel.db import Base
from app.kernel.sealed import SealedText
from app.retention.clocks import Clock
from app.retention.profile import MASKABLE
from app.tables import all_tables
from app.travel.views import MASKED

all_tables()
BY_TABLE = {rule.table: rule for rule in RULES}


def personal(table: sa.Table) -> dict[str, Clock]:
    return {c.name: Clock(c.info["clock"]) for c in table.columns if c.info.get("personal")}


PERSONAL = {
    table.name: found for table in Base.metadata.sorted_tables if (found := personal(table))
}


def test_every_table_with_a_personal_column_has_one_rule() -> None:
    assert len(BY_TABLE) == len(RULES)
    assert set(PERSONAL) - set(BY_TABLE) == set()


@pytest.mark.parametrize("table", sorted(PERSONAL))
def test_a_rule_runs_by_the_clock_of_its_columns(table: str) -> None:
    assert set(PERSONAL[table].values()) == {BY_TABLE[table].clock}


def test_the_api_names_everything_that_is_masked_of_a_passenger() -> None:
    named = {"pnr_data": "bookings", "name_key": "surname"}
    assert {named.get(one, one) for one in BY_TABLE["passenger"].masks} <= set(MASKED)
    for table, name in (("booking", "bookings"), ("document", "documents"), ("shown_passport", "passports")):  # fmt: skip
        assert BY_TABLE[table].masks
        assert name in MASKED


def everything_below(table: str) -> set[str]:
    below = {child for child, _, outlives in parts(table) if not outlives}
    return below.union(*(everything_below(child) for child in below if child != table))


@pytest.mark.parametrize("rule", [r for r in RULES if r.within], ids=lambda r: r.table)
def test_what_belongs_to_rows_goes_with_them(rule: Rule) -> None:
    assert rule.table in everything_below(rule.within)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.table)
def test_a_rule_says_what_becomes_of_each_personal_column(rule: Rule) -> None:
    """It is masked by name, or its row goes, or it is emptied, or somebody else sees to it."""
    columns = PERSONAL.get(rule.table, {})
    assert set(rule.masks) <= set(columns)
    if rule.empties:
        assert set(rule.empties) == set(columns)
    if rule.clock not in MASKABLE:
        assert not rule.masks
    elsewhere = rule.elsewhere or rule.within or rule.at_once
    assert elsewhere or rule.start


STAYS = {
    "passenger": {"sex", "nationality", "residence"}, "document": {"issuer", "nationality"},
    "shown_passport": {"sex", "nationality", "issuer"}, "presentation": {"issuer"},
    "identity_link": {"document_keys", "person_keys"}, "traveller": {"document_keys", "person_keys"},
    "known_not_match": {"document_key", "person_keys"}, "link_key": {"key"},
    "masked_row": {"sealed"},
}  # fmt: skip
"""What survives masking: codes, and keyed pseudonyms."""


@pytest.mark.parametrize("table", sorted(t for t in PERSONAL if BY_TABLE[t].clock in MASKABLE))
def test_what_survives_masking_is_named_here(table: str) -> None:
    assert set(PERSONAL[table]) - set(BY_TABLE[table].masks) == STAYS.get(table, set())


WRITTEN = ("reason", "note", "remark", "because", "ground", "wish", "question", "authority")
"""How columns are called in which people write words."""
IN_CLEAR = {
    "quarantine.reason": "a code of the program's",
    "sender_mapping.reason": "of a carrier's codes, about nobody",
}


def test_what_officers_write_of_people_is_sealed() -> None:
    in_clear = {
        f"{table}.{name}"
        for table, columns in PERSONAL.items()
        for name in columns
        if name.endswith(WRITTEN)
        and not isinstance(Base.metadata.tables[table].c[name].type, SealedText)
    }
    assert in_clear == set(IN_CLEAR)
