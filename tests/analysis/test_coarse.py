"""Figures of a backtest tell nothing of few people, nor what gives a hidden one away."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.coarse import STEP, coarse
from risk_rules.disclosure import HIDDEN


def figures(people: int, hits: int, undecided: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "people": people,
        "flights": 3,
        "hits": hits,
        "undecided": undecided,
        "flight_p95": 4,
        **more,
    }


def result(*parts: tuple[int, int, int], **more: Any) -> dict[str, Any]:
    people, hits, undecided = (sum(one[n] for one in parts) for n in range(3))
    few = {"inspected": 3, "finds": 1, "needed": 10}
    return {
        **figures(people, hits, undecided), "flight_most": 9, "raised_by_nobody": 0, "overlap": [],
        "outcomes": few, "fresh_outcomes": few, "before": None,
        "parts": [figures(*one, month=f"2026-{n:02}", airport="NRT") for n, one in enumerate(parts, 1)],
        **more,
    }  # fmt: skip


def test_one_seat_is_not_told_whether_it_is_raised_or_alone_is_not() -> None:
    for hits in (1, 9, 299):
        told = coarse(result((300, hits, 0)))
        assert (told["hits"], told["parts"][0]["hits"], told["flight_most"]) == (None, None, None)
    assert coarse(result((300, 0, 0)))["hits"] == 0


def test_few_undecided_of_many_hide_nothing_but_themselves() -> None:
    told = coarse(result((20_000_000, 120_000, 3)))
    assert (told["hits"], told["undecided"], told["flight_most"]) == (120_000, None, 9)


@pytest.mark.parametrize(
    ("people", "hits", "undecided", "shown"),
    [
        (292, 290, 0, (None, 0)),  # two are quiet: whoever is raised would tell them
        (292, 290, 2, (None, None)),  # nobody is quiet
        (292, 280, 10, (280, None)),  # two are quiet: with the undecided they are many
        (292, 280, 12, (280, 10)),
        (300, 4, 5, (None, None)),
        (9, 4, 5, (None, None)),
    ],
)
def test_what_is_told_with_the_quiet_gives_nobody_away(
    people: int, hits: int, undecided: int, shown: tuple[int | None, int | None]
) -> None:
    told = coarse(result((people, hits, undecided)))
    assert (told["hits"], told["undecided"]) == shown


def test_two_texts_that_differ_by_one_person_tell_the_same() -> None:
    assert coarse(result((3000, 123, 0))) == coarse(result((3000, 122, 0)))


def test_a_hidden_month_does_not_follow_from_the_others() -> None:
    told = coarse(result((1000, 4, 0), (1000, 70, 0), (1000, 90, 0)))
    assert (told["hits"], [one["hits"] for one in told["parts"]]) == (160, [None, None, 90])


def test_parts_of_what_is_raised_are_hidden_with_their_rest() -> None:
    before = {"only_new": 118, "only_before": 40}
    told = coarse(
        result((3000, 121, 0), raised_by_nobody=115, overlap=[["a", 30], ["b", 9]], before=before)
    )
    assert told["raised_by_nobody"] is None
    assert told["overlap"] == [["a", 30]]
    assert told["before"] == {"only_new": None, "only_before": 40}


def test_shares_of_enough_finds_are_told_to_a_hundredth() -> None:
    found = {
        "inspected": 148, "share": 0.10135, "low": 0.0624, "high": 0.1607, "finds": 15, "count": 148,
        "effective": 148.2, "outcomes": 15,
    }  # fmt: skip
    told = coarse(result((3000, 600, 0), outcomes=found))["outcomes"]
    assert (told["share"], told["low"], told["high"]) == (0.1, 0.06, 0.16)
    assert (told["inspected"], told["finds"], told["effective"]) == (150, 20, 150)
    assert "needed" not in told


counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).map(
    lambda one: (sum(one), one[0], one[1])
)


@given(st.lists(counts, min_size=1, max_size=5))
def test_no_small_count_is_ever_told(parts) -> None:
    told = coarse(result(*parts))
    for row in (told, *told["parts"]):
        for name in ("hits", "undecided"):
            assert row[name] is None or row[name] % STEP == 0
            assert row[name] is None or row[name] == 0 or row[name] >= HIDDEN
