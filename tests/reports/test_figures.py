"""Figures from a year of invented travellers whose truth is known; groups of few people; the CSV."""

import csv
import io
from datetime import date
from uuid import UUID

import pytest

from app.reports.figures import Figures, figures
from app.reports.figures_csv import NAMES, as_csv
from app.reports.tally import Stop, Travelled, tally
from risk_rules.disclosure import HIDDEN
from tests.reports.year import PEOPLE, RATE, Year

RISK = Stop("risk", due=True, in_full=False, closed=True, inspected=True, found=False, seconds=50)


@pytest.fixture(scope="module", params=[2, pytest.param(10, marks=pytest.mark.slow)])
def years(request) -> list[Year]:
    return [Year(seed) for seed in range(request.param)]


@pytest.fixture(scope="module")
def found(years) -> Figures:
    return years[0].found


def inside(estimate, truth: float) -> bool:
    return estimate.low <= truth <= estimate.high


def test_rates_of_the_whole(years, found):
    one = found.overview
    assert one.travellers == one.selection.whole == PEOPLE
    assert one.inspection.part + one.override.part == one.inspection.whole == one.selection.part
    assert one.override.share == pytest.approx(0.2 * (1 - RATE), abs=0.02)
    assert one.why_not == {"explained": one.override.part}
    assert (one.response.share, one.skipped, one.open) == (1.0, {}, 0)
    assert one.median_seconds == 60  # 50 seconds, up to the next quarter of a minute


def test_the_random_sample_the_weighted_base_and_the_truth_agree(years):
    for year in years:
        truth = sum(year.all) / PEOPLE
        assert inside(year.found.overview.base, truth)
        assert inside(year.found.overview.random, truth)
        assert not inside(year.found.overview.hit, truth)
        assert year.found.overview.lift.low > 1


def test_the_weighted_precision_of_a_rule_that_acts_on_nothing_is_the_true_one(years):
    """Rule c is labelled where others selected, or by lot: the labelled alone look far too good."""
    naive = []
    for year in years:
        (rule,) = [one for one in year.found.rules if one.name == "c@1"]
        truth = sum(year.guilty["c@1"]) / len(year.guilty["c@1"])
        assert inside(rule.precision, truth)
        naive.append(rule.finds / rule.inspected / truth)
    assert min(naive) > 1.5


def test_a_good_rule_has_lift_and_unique_finds_and_a_bad_one_has_not(found):
    rules = {one.name: one for one in found.rules}
    assert rules["a@1"].lift.low > 5
    assert rules["b@1"].lift is None or rules["b@1"].lift.high < 5
    assert rules["a@1"].alone > 0
    assert sum(n for _, n, _ in rules["a@1"].months) == rules["a@1"].hits
    assert [one.name for one in figures({}, {}).rules] == []


def test_one_rule_alone(years):
    year = years[0]
    only = figures(year.months, {}, "a@1")
    assert [one.name for one in only.rules] == ["a@1"]
    assert only.overview == year.found.overview


def test_scores_that_foretell_beat_the_base_rate_and_the_months_are_stable(found):
    assert found.calibration.skill > 0
    assert [band.least for band in found.bands] == [0, 30, 60]
    assert found.bands[2].rate.low > found.bands[0].rate.high
    assert found.months[0].stability is None
    assert all(month.stability < 0.1 for month in found.months[1:])


def test_over_selection_of_a_group_is_seen_in_its_ratio_and_in_its_hit_rate(found):
    groups = {one.name: one for one in found.groups["nationality"]}
    assert groups["UTO"].ratio.low > 5
    assert groups["UTO"].chance < 1e-6
    assert groups["UTO"].hit_chance < 0.05
    assert groups["UTO"].harm > 10 * groups["JPN"].harm
    assert all(one.chance > 0.05 for one in found.groups["sex"])


def test_groups_of_few_people_are_hidden_and_not_to_be_computed_back():
    people = [
        Travelled(UUID(int=1), True, False, 1.0, RATE, 50, nationality=name, stops=(RISK,))
        for name, count in (("JPN", 200), ("SWE", 40), ("UTO", 4))
        for _ in range(count)
    ]
    people += [Travelled(UUID(int=1), False, False, RATE, RATE, 0, nationality="JPN")] * 500
    made = {
        one.name: one
        for one in figures({date(2026, 1, 1): tally(people)}, {}).groups["nationality"]
    }
    assert made["JPN"].travellers == 700
    for name in ("SWE", "UTO"):
        one = made[name]
        assert (one.travellers, one.selected, one.inspected, one.ratio, one.hit, one.harm) == (
            None,
        ) * 6
    total, shown = 744, [one.travellers for one in made.values() if one.travellers]
    assert total - sum(shown) >= HIDDEN


def test_ages_stand_in_their_order_and_nationalities_by_their_number(found):
    ages = [one.name for one in found.groups["age"]]
    assert ages == sorted(ages)
    sizes = [one.travellers for one in found.groups["nationality"]]
    assert sizes == sorted(sizes, reverse=True)


def test_nothing_is_known_of_nothing():
    none = figures({}, {})
    assert (none.overview.hit, none.overview.lift, none.calibration, none.load_p95) == (None,) * 4
    assert none.overview.selection.share is None
    assert as_csv(none).startswith("table,name,figure")


def test_the_csv_has_a_line_for_every_figure_and_never_a_bare_share_of_few_finds(found):
    few = figures(
        {date(2026, 1, 1): tally([Travelled(UUID(int=1), True, False, 1.0, RATE, 0, frozenset({"=a@1"}),
                                            stops=(RISK,))])}, {},
    )  # fmt: skip
    for one in (found, few):
        rows = list(csv.DictReader(io.StringIO(as_csv(one))))
        assert tuple(rows[0]) == NAMES
        assert all(row["value"] == "" for row in rows if row["note"])
        shares = [
            row
            for row in rows
            if row["figure"].endswith("hit_rate") or row["figure"] == "precision"
        ]
        assert shares
        assert all(row["low"] and row["high"] for row in shares if row["value"])
    assert any(row["name"] == "'=a@1" for row in rows)  # no spreadsheet takes it for a formula
    assert any(row["note"] == "not enough outcomes" for row in rows)
