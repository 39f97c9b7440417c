"""Shares, intervals and tests against worked figures; weighting against a world whose truth is known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.statistics import (
    FEW_FINDS,
    Sample,
    adjusted,
    brier,
    combined,
    difference,
    estimate,
    psi,
    quantile,
    ratio,
    wilson,
)


@pytest.mark.parametrize(
    ("finds", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
        (
            15,
            794,
            0.0115,
            0.0309,
        ),  # the random sample of the published simulation: 1.89 % [1.15-3.09]
    ],
)
def test_wilson_gives_the_published_intervals(finds, count, low, high):
    assert wilson(finds, count) == pytest.approx((low, high), abs=5e-5)


def test_of_none_the_interval_begins_at_nothing_and_of_all_it_ends_at_all():
    for count in range(1, 400):
        assert wilson(0, count)[0] == 0.0
        assert wilson(count, count)[1] == 1.0
    assert 0 < wilson(1, 10**9)[0] < wilson(1, 10**9)[1] < 1e-7


def test_nothing_inspected_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
    assert estimate(Sample()) is None
    assert combined([(100, Sample())]) is None


def test_travellers_of_equal_weight_give_the_plain_share_and_the_plain_interval():
    plain = estimate(Sample.simple(15, 148))
    assert (plain.share, plain.low, plain.high) == pytest.approx((15 / 148, *wilson(15, 148)))
    tenth = sum((Sample.of(0.1, found=n < 15) for n in range(148)), Sample())
    assert estimate(tenth).low == pytest.approx(plain.low)
    assert estimate(tenth).effective == pytest.approx(148)


def test_weights_worked_by_hand():
    """Two selected (p = 1), one with a find; two drawn (p = 0.25), one with a find: (1 + 4) / (2 + 8)."""
    sample = sum(
        (Sample.of(p, found=y) for p, y in [(1, True), (1, False), (0.25, True), (0.25, False)]),
        Sample(),
    )
    assert (sample.w, sample.w2, sample.wy, sample.w2y) == (10, 34, 5, 17)
    found = estimate(sample)
    assert found.share == 0.5
    assert found.effective == pytest.approx(0.25 / (34 * 0.25 / 100))  # sum w^2 (y-p)^2 / (sum w)^2
    assert (found.finds, found.count, found.is_enough) == (2, 4, False)


def test_without_a_find_the_interval_rests_on_kishs_number():
    sample = Sample.of(1, found=False) + Sample.of(0.1, found=False)
    assert sample.effective == pytest.approx(121 / 101)
    assert estimate(sample).low == 0.0


def test_a_probability_of_nothing_is_refused():
    for wrong in (0, -0.1, 1.1):
        with pytest.raises(ValueError):
            Sample.of(wrong, found=True)


def test_ten_finds_are_enough_and_nine_are_not():
    assert FEW_FINDS == 10
    assert estimate(Sample.simple(10, 50)).is_enough
    assert not estimate(Sample.simple(9, 50)).is_enough


def test_strata_count_by_their_population_not_by_how_many_were_inspected():
    strata = [(100, Sample.simple(10, 100)), (900, Sample.simple(1, 9))]
    assert combined(strata).share == pytest.approx(0.1 * 0.1 + 0.9 / 9)


def test_those_who_were_not_inspected_are_made_up_for_by_those_who_were():
    """Of 100 selected 50 were inspected: the estimate is that of all 100."""
    full = combined([(100, Sample.simple(20, 100)), (900, Sample.simple(9, 90))])
    half = combined([(100, Sample.simple(10, 50)), (900, Sample.simple(9, 90))])
    assert half.share == pytest.approx(full.share)
    assert half.high - half.low > full.high - full.low


def test_ratio_of_two_shares():
    risk = ratio(estimate(Sample.simple(56, 70)), estimate(Sample.simple(48, 80)))
    assert risk.value == pytest.approx(4 / 3)
    spread = math.sqrt(0.2 / 56 + 0.4 / 48)
    assert (risk.low, risk.high) == pytest.approx(
        (4 / 3 * math.exp(-1.96 * spread), 4 / 3 * math.exp(1.96 * spread)), rel=1e-4
    )
    assert ratio(estimate(Sample.simple(0, 70)), estimate(Sample.simple(48, 80))) is None
    assert ratio(None, estimate(Sample.simple(1, 2))) is None


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [
        ((3, 4), (1, 4), 34 / 70),  # the lady tasting tea, two-sided
        ((8, 10), (1, 6), 0.034965),
        ((0, 0), (1, 6), 1.0),
        ((0, 10), (0, 6), 1.0),
        ((120, 1000), (90, 1000), 0.028650),  # z = 2.18826
    ],
)
def test_difference_of_two_shares(one, other, chance):
    assert difference(*one, *other) == pytest.approx(chance, abs=1e-5)
    assert difference(*other, *one) == pytest.approx(chance, abs=1e-5)


def test_many_questions_at_once():
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert adjusted([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusting_never_makes_anything_surer_and_keeps_the_order(chances):
    made = adjusted(chances)
    assert all(new >= old - 1e-12 for new, old in zip(made, chances, strict=True))
    assert [made[i] for i in np.argsort(chances, kind="stable")] == pytest.approx(sorted(made))


def test_a_forecast_is_judged_by_other_months_than_it_was_made_of():
    """Two months, worked by hand: band a finds 8 of 10 then 6 of 10, band b 2 of 10 then 0 of 10."""
    months = [
        {"a": Sample.simple(8, 10), "b": Sample.simple(2, 10)},
        {"a": Sample.simple(6, 10), "b": Sample.simple(0, 10)},
    ]
    first = 8 * 0.4**2 + 2 * 0.6**2 + 2 * 1.0**2  # foretold 0.6 and 0
    second = 6 * 0.2**2 + 4 * 0.8**2 + 10 * 0.2**2  # foretold 0.8 and 0.2
    base = 10 * 0.7**2 + 10 * 0.3**2 + 6 * 0.5**2 + 14 * 0.5**2
    found = brier(months)
    assert (found.score, found.base) == pytest.approx(((first + second) / 40, base / 40))
    assert found.skill == pytest.approx(1 - (first + second) / base)


def test_scores_that_mean_nothing_are_no_better_than_the_base_rate():
    months = [
        {"a": Sample.simple(9, 100), "b": Sample.simple(1, 100)},
        {"a": Sample.simple(1, 100), "b": Sample.simple(9, 100)},
    ]
    assert brier(months).skill < 0


def test_one_month_cannot_be_foretold():
    assert brier([{"a": Sample.simple(8, 10)}, {"a": Sample()}]) is None


def test_stability_of_a_distribution():
    before, after = {"a": 5e6, "b": 5e6}, {"a": 6e6, "b": 4e6}
    assert psi(before, after) == pytest.approx(0.1 * math.log(1.2) - 0.1 * math.log(0.8), rel=1e-4)
    assert psi(before, before) == 0
    assert psi({"a": 100}, {"b": 100}) > 1
    assert psi({}, {"a": 1}) is None


def test_quantiles_by_nearest_rank():
    assert [quantile({1: 1, 2: 1, 10: 1}, share) for share in (0, 0.5, 0.95)] == [1, 2, 10]
    assert quantile({}, 0.5) is None


# --- a world whose truth is known -----------------------------------------------------------------

CONTROL = 0.01


class World:
    """The simulation of risk-rules.md section 7: an active rule selects, 1 % is drawn, and a draft rule
    overlaps the active one. Finds are 20 times as likely where the active rule is true.
    """

    def __init__(self, seed: int, people: int = 400_000, response: float = 1.0) -> None:
        random = np.random.default_rng(seed)
        self.active = random.random(people) < 0.02
        self.draft = random.random(people) < np.where(self.active, 0.3, 0.08)
        rate = np.where(self.active, 0.06, 0.003) * np.where(self.draft, 3, 1)
        self.guilty = random.random(people) < rate
        self.drawn = random.random(people) < CONTROL
        self.due = self.active | self.drawn
        # Officers let go selected ones less readily than drawn ones.
        answers = random.random(people) < np.where(self.active, (1 + response) / 2, response)
        self.inspected = self.due & answers

    def truth(self) -> float:
        return float(self.guilty[self.draft].mean())

    def naive(self):
        return estimate(self._plain(self.draft & self.inspected))

    def random_only(self):
        return estimate(self._plain(self.draft & self.inspected & self.drawn))

    def weighted(self):
        strata = []
        for stratum, p in ((self.draft & self.active, 1.0), (self.draft & ~self.active, CONTROL)):
            seen = stratum & self.inspected
            n, y = int(seen.sum()), int((seen & self.guilty).sum())
            strata.append((int(stratum.sum()), Sample(n, y, n / p, n / p**2, y / p, y / p**2)))
        return combined(strata)

    def _plain(self, who) -> Sample:
        return Sample.simple(int((who & self.guilty).sum()), int(who.sum()))


def covers(found, truth: float) -> bool:
    return found.low <= truth <= found.high


@pytest.mark.parametrize("response", [1.0, 0.7])
def test_the_weighted_precision_of_a_draft_is_the_true_one_and_the_naive_one_is_not(response):
    worlds = [World(seed, response=response) for seed in range(60)]
    weighted = [covers(world.weighted(), world.truth()) for world in worlds]
    naive = [covers(world.naive(), world.truth()) for world in worlds]
    assert np.mean(weighted) >= 0.9
    assert not any(naive)
    bias = np.mean([w.weighted().share / w.truth() for w in worlds])
    assert bias == pytest.approx(1, abs=0.08)
    assert np.mean([w.naive().share / w.truth() for w in worlds]) > 2


def test_the_random_sample_alone_is_right_too_but_knows_less():
    worlds = [World(seed) for seed in range(60)]
    assert np.mean([covers(w.random_only(), w.truth()) for w in worlds]) >= 0.9
    assert np.mean(
        [(w.weighted().high - w.weighted().low) < (w.random_only().high - w.random_only().low)
         for w in worlds]
    ) > 0.8  # fmt: skip
