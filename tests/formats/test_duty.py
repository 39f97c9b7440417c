"""Estimates: Japan's rules one by one, an invented country's for the rest, and what must hold always."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.credential import Goods
from app.formats.duty import Estimate, age_on, as_json, estimate
from app.formats.questionnaire import Open, load
from tests.formats.test_questionnaire import JAPAN, SMALL

ALCOHOL, CIGARETTES, PERFUME, OTHER, CIGARS, HEATED, TOBACCO, GOLD, CASH, PACKAGES = range(1, 11)
ADULT = 30
COUPLE = (30, 31)


def goods(category: int, quantity: int = 1, value: int = 0, currency: str = "JPY") -> Goods:
    return Goods(category, None, quantity, value, currency)


def japan(*list_: Goods, ages: tuple[int | None, ...] = (ADULT,)) -> Estimate:
    found = estimate(JAPAN, list_, ages)
    assert found is not None
    return found


def over(found: Estimate) -> list[int | None]:
    return [line.over for line in found.lines]


def reasons(found: Estimate) -> list[tuple[int | None, str]]:
    return [*found.open]


class TestUnits:
    def test_three_bottles_are_free_and_the_fourth_is_not(self) -> None:
        assert over(japan(goods(ALCOHOL, 3))) == [0]
        found = japan(goods(ALCOHOL, 4))
        assert over(found) == [1]
        assert [one.id for one in found.over] == ["alcohol"]

    def test_what_a_bottle_costs_depends_on_what_is_in_it(self) -> None:
        """760 ml between 200 yen a litre (wine) and 800 (whisky)."""
        found = japan(goods(ALCOHOL, 5))
        assert (found.least, found.most) == (2 * 152, 2 * 608)

    def test_a_family_has_what_its_adults_have_together(self) -> None:
        assert over(japan(goods(ALCOHOL, 6), ages=(*COUPLE, 12, 3))) == [0]
        assert over(japan(goods(ALCOHOL, 7), ages=(*COUPLE, 12, 3))) == [1]

    @pytest.mark.parametrize(("age", "expected"), [(19, 1), (20, 0)])
    @pytest.mark.parametrize("kind", [ALCOHOL, CIGARETTES, CIGARS, HEATED, TOBACCO])
    def test_alcohol_and_tobacco_are_free_from_twenty(
        self, kind: int, age: int, expected: int
    ) -> None:
        assert over(japan(goods(kind), ages=(age,))) == [expected]

    @pytest.mark.parametrize(
        ("kind", "most"), [(CIGARETTES, 200), (CIGARS, 50), (HEATED, 10), (TOBACCO, 250)]
    )
    def test_each_kind_of_tobacco_alone(self, kind: int, most: int) -> None:
        assert over(japan(goods(kind, most))) == [0]
        assert over(japan(goods(kind, most + 1))) == [1]

    def test_kinds_of_tobacco_share_250_grams(self) -> None:
        assert over(japan(goods(CIGARETTES, 100), goods(TOBACCO, 125))) == [0, 0]
        assert over(japan(goods(CIGARS, 25), goods(HEATED, 5))) == [0, 0]
        assert sum(n or 0 for n in over(japan(goods(CIGARETTES, 100), goods(TOBACCO, 126)))) == 1

    def test_a_pack_of_heated_tobacco_counts_as_twenty_cigarettes(self) -> None:
        packs, cigarettes = japan(goods(HEATED, 13)), japan(goods(CIGARETTES, 260))
        assert (packs.least, packs.most) == (cigarettes.least, cigarettes.most) == (900, 900)
        assert over(japan(goods(HEATED, 5), goods(CIGARETTES, 101))) == [0, 1]

    def test_what_has_no_rate_is_taken_as_over_before_what_is_free_for_money(self) -> None:
        """In the traveller's favour cigarettes that would cost are free, and cigars stay open."""
        found = japan(goods(CIGARS, 50), goods(CIGARETTES, 200))
        assert over(found) == [50, 0]
        assert reasons(found) == [(0, Open.RATE)]
        assert (found.least, found.most) == (0, 0)

    def test_perfume(self) -> None:
        assert over(japan(goods(PERFUME, 2, 20_000))) == [0]
        found = japan(goods(PERFUME, 3, 30_000))
        assert found.lines[0].value == 10_000
        assert found.most == 10_000 * 6 // 10 * 15 // 100


class TestValue:
    def test_200_000_yen_are_free(self) -> None:
        assert over(japan(goods(OTHER, 1, 120_000), goods(OTHER, 1, 80_000))) == [0, 0]

    def test_of_what_exceeds_them_the_traveller_pays_for_the_least(self) -> None:
        """150,000 + 120,000 + 50,000: the first and the last fit, 120,000 is dutiable."""
        found = japan(goods(OTHER, 1, 120_000), goods(OTHER, 1, 150_000), goods(OTHER, 1, 50_000))
        assert over(found) == [1, 0, 0]
        assert (found.least, found.most) == (120_000 * 9 // 100, 120_000 * 9 // 100)

    def test_single_pieces_of_a_kind_are_free(self) -> None:
        found = japan(goods(OTHER, 5, 250_000))
        assert (found.lines[0].free, found.lines[0].over, found.lines[0].value) == (4, 1, 50_000)

    def test_a_single_item_above_200_000_is_dutiable_in_full(self) -> None:
        found = japan(goods(OTHER, 1, 250_000), goods(OTHER, 1, 200_000))
        assert over(found) == [1, 0]
        assert found.lines[0].value == 250_000

    def test_a_couple_has_400_000_but_cannot_share_one_item(self) -> None:
        assert over(japan(*[goods(OTHER, 1, 130_000)] * 3, ages=COUPLE)) == [0, 0, 0]
        assert over(japan(goods(OTHER, 1, 200_001), ages=COUPLE)) == [1]

    def test_a_kind_of_10_000_yen_in_all_does_not_count(self) -> None:
        assert over(japan(goods(OTHER, 4, 10_000), goods(OTHER, 1, 200_000))) == [0, 0]
        assert (
            sum(n or 0 for n in over(japan(goods(OTHER, 4, 10_001), goods(OTHER, 1, 200_000)))) > 0
        )

    def test_what_is_over_100_000_yen_of_dutiable_value_has_no_simplified_rate(self) -> None:
        """166,666 yen abroad are 99,999 of dutiable value."""
        just = japan(goods(OTHER, 1, 166_666), goods(OTHER, 1, 200_000))
        assert over(just) == [1, 0]
        assert (just.most, reasons(just)) == (14_999, [])
        above = japan(goods(OTHER, 1, 166_667), goods(OTHER, 1, 200_000))
        assert (above.most, reasons(above)) == (0, [(0, Open.ITEM)])

    def test_another_currency_is_said_not_guessed(self) -> None:
        found = japan(goods(OTHER, 1, 50_000, "EUR"), goods(OTHER, 1, 100_000))
        assert over(found) == [None, 0]
        assert reasons(found) == [(0, Open.CURRENCY)]
        perfume = japan(goods(PERFUME, 3, 9_000, "EUR"))
        assert (over(perfume), reasons(perfume)) == ([1], [(0, Open.CURRENCY)])

    def test_accompanied_and_unaccompanied_goods_are_one_list(self) -> None:
        sent = (goods(PACKAGES, 2), goods(ALCOHOL, 2))
        assert over(japan(goods(ALCOHOL, 2), *sent)) == [0, 0, 1]

    def test_cash_and_packages_are_not_dutiable(self) -> None:
        found = japan(goods(CASH, 1, 5_000_000), goods(PACKAGES, 3))
        assert (over(found), found.most, reasons(found)) == ([0, 0], 0, [])

    def test_gold_has_no_rate_here(self) -> None:
        assert reasons(japan(goods(GOLD, 10, 150_000))) == [(0, Open.RATE)]


class TestAges:
    def test_under_six_only_what_the_child_uses(self) -> None:
        found = japan(goods(OTHER, 2, 300_000), ages=(ADULT, 5))
        assert over(found) == [1]
        assert reasons(found) == [(None, Open.OWN_USE)]
        assert over(japan(goods(OTHER, 2, 300_000), ages=(ADULT, 6))) == [0]

    def test_an_unknown_age_brings_nothing_and_is_said(self) -> None:
        found = japan(goods(ALCOHOL, 4), ages=(ADULT, None))
        assert over(found) == [1]
        assert reasons(found) == [(None, Open.AGE)]

    @pytest.mark.parametrize(
        ("birth", "day", "age"),
        [
            (20061128, 20261127, 19),
            (20061128, 20261128, 20),
            (20060229, 20260228, 19),
            (20060229, 20260301, 20),
            (20060000, 20261230, 19),
            (20060000, 20261231, 20),
            (20061100, 20261130, 19),
            (20061100, 20261201, 20),
            (20270101, 20261231, 0),
        ],
    )
    def test_age_on_a_day(self, birth: int, day: int, age: int) -> None:
        """Where the passport leaves it open, as young as it may be."""
        assert age_on(birth, day) == age


def _small(**allowance: Any) -> Any:
    texts = {"en": "x", "fi": "y"}
    about = {"id": "all", "text": texts, "source": "invented", "as_of": "2025"}
    duty = {
        "currency": "EUR", "taxable_per_mille": 1000, "source": "invented", "as_of": "2025",
        "rates": [
            {"category": 1, "per_mille": 100}, {"category": 2, "per_mille": 200},
            {"category": 4, "least": 1, "most": 2},
        ],
        "text": {"en": "Only an estimate.", "fi": "Vain arvio."},
        "open": {reason.value: {"en": f"{reason}!", "fi": f"{reason}?"} for reason in Open},
    }  # fmt: skip
    return load(SMALL | {"allowances": [about | allowance], "duty": duty})


BY_VALUE: dict[str, Any] = {
    "value": 43_000, "currency": "EUR", "categories": [1, 2],
    "reduced": {"below": 15, "value": 15_000},
}  # fmt: skip


class TestOtherCountries:
    def test_a_smaller_value_for_the_young(self) -> None:
        form = _small(**BY_VALUE)
        for age, free in ((15, 4), (14, 1)):
            found = estimate(form, [goods(1, 4, 43_000, "EUR")], [age])
            assert found is not None
            assert found.lines[0].free == free

    def test_where_allowances_cannot_be_pooled_it_is_said(self) -> None:
        form = _small(**BY_VALUE, pooled=False)
        found = estimate(form, [goods(1, 4, 80_000, "EUR")], [30, 31])
        assert found is not None
        assert (over(found), reasons(found)) == ([0], [(None, Open.WHOSE)])
        alone = estimate(form, [goods(1, 4, 40_000, "EUR")], [30, 31])
        assert alone is not None
        assert reasons(alone) == []

    def test_the_dearer_rate_is_free_first(self) -> None:
        found = estimate(
            _small(**BY_VALUE),
            [goods(1, 1, 30_000, "EUR"), goods(2, 1, 25_000, "EUR")], [30],
        )  # fmt: skip
        assert found is not None
        assert over(found) == [1, 0]
        assert found.most == 3_000

    def test_a_questionnaire_without_rules_gives_no_estimate(self) -> None:
        assert estimate(load(SMALL), [goods(1, 1, 5, "EUR")], [30]) is None

    def test_the_texts_are_in_the_language_that_is_asked(self) -> None:
        form = _small(**BY_VALUE, pooled=False)
        found = estimate(form, [goods(1, 4, 99_000, "EUR"), goods(3)], [30, 31])
        assert found is not None
        said = as_json(form, found, "fi")
        assert said["text"] == "Vain arvio."
        assert [one["text"] for one in said["unknown"]] == ["rate?", "whose?"]
        assert said["over"] == [{"allowance": "all", "text": "y"}]
        assert as_json(form, found, "sv")["text"] == "Only an estimate."
        json.dumps(said)


def _lines(most: int, dearest: int = 250_000) -> st.SearchStrategy[list[Goods]]:
    line = st.builds(
        goods, st.sampled_from([ALCOHOL, CIGARETTES, OTHER, HEATED, TOBACCO]), st.integers(1, 4),
        st.integers(0, dearest),
    )  # fmt: skip
    return st.lists(line, min_size=1, max_size=most)


class TestAlways:
    @settings(max_examples=150)
    @given(st.lists(st.integers(10_001, 200_000), min_size=1, max_size=6))
    def test_no_other_choice_of_what_is_free_would_cost_less(self, prices: list[int]) -> None:
        found = japan(*(goods(OTHER, 1, price) for price in prices))
        dutiable = [
            sum(price for price, free in zip(prices, choice, strict=True) if not free)
            for choice in product((True, False), repeat=len(prices))
            if sum(price for price, free in zip(prices, choice, strict=True) if free) <= 200_000
        ]
        assert sum(line.value or 0 for line in found.lines) == min(dutiable)

    @given(
        _lines(5, 160_000),
        st.lists(st.integers(0, 90), min_size=1, max_size=4),
        st.integers(20, 90),
    )
    def test_one_more_adult_never_costs_more(
        self, list_: list[Goods], ages: list[int], adult: int
    ) -> None:
        rated = [one for one in list_ if one.category != TOBACCO]
        few, more = japan(*rated, ages=(*ages,)), japan(*rated, ages=(*ages, adult))
        assert more.most <= few.most

    @given(_lines(20))
    def test_every_unit_is_free_or_over(self, list_: list[Goods]) -> None:
        found = japan(*list_)
        for line, one in zip(found.lines, list_, strict=True):
            assert (line.free or 0) + (line.over or 0) == one.quantity
            assert (line.least is None) == (line.unknown is not None)
        assert found.least <= found.most

    def test_the_longest_list_of_many_pieces_is_answered_at_once(self) -> None:
        list_ = [goods(OTHER, 1_000_000, 10_000_000 + 7 * n) for n in range(20)]
        found = japan(*list_, ages=COUPLE)
        assert sum(line.free or 0 for line in found.lines) > 0


def test_the_data_of_japan_say_where_they_come_from() -> None:
    duty = JAPAN.duty
    assert duty is not None
    assert "7105" in duty.source
    assert duty.as_of == "2021-10"
    assert all(one.source and one.as_of for one in JAPAN.allowances)


def test_both_sides_know_the_same_reasons_in_the_same_order() -> None:
    script = Path(__file__).parents[2] / "app" / "web" / "static" / "js" / "estimate.js"
    wanted = ", ".join(f'"{reason}"' for reason in Open)
    assert f"const REASONS = [{wanted}];" in script.read_text("utf-8")
