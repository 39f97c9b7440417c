"""Lists judged by labelled queries: the invented set keeps its figures, what is read is read strictly."""

import itertools
import json

import pytest

from risk_rules.names.evaluate import (
    LEVELS,
    SHIFTS,
    BadLineError,
    Report,
    evaluate,
    read_entries,
    read_queries,
)
from tests.risk_rules.names import invented

MEASURED = {"variants": 0.980, "aliases": 0.996, "clean": 0.000, "by_name": 0.848}
"""Of the invented set; may get no worse by more than a point."""
A_POINT = 0.01


@pytest.fixture(scope="module")
def report() -> Report:
    entries, queries = invented.lines()
    return evaluate(list(read_entries(entries)), read_queries(queries))


def test_the_figures_of_the_invented_set_do_not_drop(report: Report) -> None:
    assert report.variants >= MEASURED["variants"] - A_POINT
    assert report.aliases >= MEASURED["aliases"] - A_POINT
    assert report.clean <= MEASURED["clean"] + A_POINT / 10
    assert report.by_name.variants >= MEASURED["by_name"] - A_POINT


def test_each_share_lies_within_its_interval_and_none_of_nobody_is_sure(report: Report) -> None:
    for name, (low, high) in report.within.items():
        assert 0 <= low <= getattr(report, name) <= high <= 1
        assert high - low < 0.1
    [entry], asked = list(read_entries(['{"id": 1, "surname": "DOE"}'])), []
    assert evaluate([entry], asked).within["clean"] == (0.0, 1.0)


def test_namesakes_of_another_age_are_hardly_ever_alerted(report: Report) -> None:
    """But for entries without a birth date: there the name is all there is."""
    namesake = report.kinds["namesake"]
    assert namesake.by_birth_date / namesake.count < 0.2
    assert namesake.by_name / namesake.count > 0.9


def test_higher_thresholds_never_find_more(report: Report) -> None:
    for curve, places in ((report.birth_date_curve, SHIFTS), (report.name_curve, LEVELS)):
        assert [point.at for point in curve] == list(places)
        for lower, higher in itertools.pairwise(curve):
            assert lower.variants >= higher.variants
            assert lower.aliases >= higher.aliases
            assert lower.clean >= higher.clean
    [here] = [point for point in report.birth_date_curve if point.at == 0]
    assert (here.variants, here.aliases, here.clean) == (
        report.variants, report.aliases, report.clean,
    )  # fmt: skip


def test_an_alias_is_asked_of_the_first_names() -> None:
    entry = {"id": 1, "surname": "QUVORZHENKI", "given": "TAMILEX",
             "aliases": [["BRANDUVIN", "OSSIL"]], "birth_dates": ["1970-05-12"]}  # fmt: skip
    asked = {"surname": "BRANDUVIN", "given": "OSSIL", "birth_date": "1970-05-12", "truth": 1}
    queries = [json.dumps({"kind": kind, **asked}) for kind in ("alias_real", "exact")]
    found = evaluate(list(read_entries([json.dumps(entry)])), read_queries(queries))
    assert (found.aliases, found.variants) == (0.0, 1.0)


def test_short_names_of_fields_mean_the_same() -> None:
    [long] = read_entries([
        '{"id": "1", "surname": "A", "given": "B", "birth_dates": ["1970"], "documents": [["X1", "UTO"]]}'
    ])  # fmt: skip
    [short] = read_entries([
        '{"id": "1", "sur": "A", "giv": "B", "dobs": ["1970"], "docs": [["X1", "UTO"]]}'
    ])  # fmt: skip
    assert long == short


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": 1}', '{"id":1,"surname":"A","dobs":["x"]}', "7"]
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(line: str) -> None:
    with pytest.raises(BadLineError) as caught:
        list(read_entries(["", line]))
    assert caught.value.line == 2
    with pytest.raises(BadLineError):
        list(read_queries([line]))
