"""The catalogue and the records built from it."""

import datetime as dt
import math

import pytest

from risk_rules.fact_rows import PROTECTED
from risk_rules.facts import CATALOGUE, SCHEMA_VERSION, FactError, blank, conform

# Renaming, retyping or removing a fact changes what stored snapshots and rules mean: then raise
# SCHEMA_VERSION and put the new fingerprint here. A new fact changes the fingerprint alone.
FINGERPRINT = "862f579481c2c15e65bd3895a2857766253f76bc1dde092bfaf385ede0075a23"


def test_the_schema_is_the_one_that_its_version_names():
    assert (SCHEMA_VERSION, CATALOGUE.sha256()) == (1, FINGERPRINT)


def test_a_blank_record_has_every_fact_and_list_and_knows_nothing():
    record = blank()
    assert set(record) == set(CATALOGUE.facts) | set(CATALOGUE.lists)
    assert set(record.values()) == {None}
    assert blank() is not record


def test_every_name_is_dotted_and_every_fact_says_what_it_is():
    for fact in CATALOGUE.facts.values():
        assert "." in fact.name
        assert fact.text
    for item in CATALOGUE.lists.values():
        assert "." not in item.name
        assert all("." not in name and part.text for name, part in item.fields.items())


def test_every_protected_name_exists():
    fields = {f"{item.name}.{n}" for item in CATALOGUE.lists.values() for n in item.fields}
    assert set(CATALOGUE.facts) | fields >= PROTECTED
    assert {f.name for f in CATALOGUE.facts.values() if f.is_protected} == PROTECTED - fields


def test_conform_fills_what_is_not_told():
    record = conform({"bag.count": 2, "bags": [{"weight_g": 7}], "legs": None})
    assert set(record) == set(blank())
    assert record["bag.count"] == 2
    assert record["bags"] == [{"weight_g": 7, "tag": None, "pieces": None}]
    assert record["legs"] is None
    assert record["flight.date"] is None


@pytest.mark.parametrize(
    ("values", "code", "name"),
    [
        ({"bag.cuont": 1}, "unknown_fact", "bag.cuont"),
        ({"bag.count": True}, "wrong_type", "bag.count"),
        ({"bag.count": 1.0}, "wrong_type", "bag.count"),
        ({"bag.count": 2**63}, "wrong_type", "bag.count"),
        ({"itinerary.one_way": 1}, "wrong_type", "itinerary.one_way"),
        ({"random.u": math.nan}, "wrong_type", "random.u"),
        ({"random.u": True}, "wrong_type", "random.u"),
        ({"flight.origin": 3}, "wrong_type", "flight.origin"),
        ({"flight.date": "2026-01-01"}, "wrong_type", "flight.date"),
        ({"flight.date": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "wrong_type", "flight.date"),
        ({"bags": {}}, "wrong_type", "bags"),
        ({"bags": [3]}, "wrong_type", "bags"),
        ({"bags": [{"wieght": 3}]}, "unknown_field", "bags"),
        ({"bags": [{"weight_g": "SECRET"}]}, "wrong_type", "bags.weight_g"),
    ],
)
def test_conform_refuses_what_does_not_belong_without_repeating_it(values, code, name):
    with pytest.raises(FactError) as caught:
        conform(values)
    assert (caught.value.code, caught.value.name) == (code, name)
    assert "SECRET" not in str(caught.value)
