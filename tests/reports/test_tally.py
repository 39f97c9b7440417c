"""What one traveller adds to the figures, by hand."""

from collections import Counter
from uuid import UUID

import pytest

from app.reports.closing import OTHER, following, merged
from app.reports.tally import (
    WHOLE,
    Stop,
    Travelled,
    age_band,
    band,
    loads,
    sample_of,
    seconds_bucket,
    tally,
)
from risk_rules.statistics import Sample

FLIGHT = UUID(int=1)
RISK = Stop("risk", due=True, in_full=False, closed=True, inspected=True, found=False, seconds=61)
LOT = Stop("full-examination", due=True, in_full=True, closed=True, inspected=True, found=False)
GOODS = Stop("goods", due=False, in_full=False, closed=True, inspected=True, found=True)


def one(*stops: Stop, selected=False, drawn=False, rate=0.01, **more) -> Travelled:
    probability = more.pop("probability", 1.0 if selected else rate)
    values = {"score": 0, **more}
    return Travelled(FLIGHT, selected, drawn, probability, rate, stops=stops, **values)


def whole(*people: Travelled) -> Counter:
    return tally(people)[WHOLE]


def changed(stop: Stop, **values) -> Stop:
    return Stop(**{name: getattr(stop, name) for name in Stop.__dataclass_fields__} | values)


def test_whoever_passes_unlooked_at_is_counted_and_stands_for_nobody():
    sums = whole(one())
    assert sums == {"n": 1, "frame": 1, "oth.n": 1}
    assert sample_of(sums, "oth") == Sample()


def test_a_selected_traveller_stands_for_one_and_a_drawn_one_for_a_hundred():
    found = changed(RISK, found=True)
    sums = whole(one(found, selected=True, score=60), one(LOT, drawn=True), one())
    assert (sums["sel.n"], sums["oth.n"], sums["lot.n"]) == (1, 2, 1)
    assert sample_of(sums, "sel") == Sample(1, 1, 1, 1, 1, 1)
    assert sample_of(sums, "oth") == sample_of(sums, "lot") == Sample(1, 0, 100, 10_000, 0, 0)
    assert (sums["clean.n"], sums["clean.selected"]) == (1, 0)


def test_a_flagged_traveller_who_is_drawn_is_in_the_random_sample_and_covers_its_find():
    sums = whole(one(changed(LOT, found=True), selected=True, drawn=True))
    assert sample_of(sums, "sel") == Sample(1, 1, 1, 1, 1, 1)
    assert sample_of(sums, "lot") == Sample(1, 1, 100, 10_000, 100, 10_000)
    assert sums["lot.covered"] == 1


def test_what_officers_look_at_by_themselves_is_no_outcome_of_the_design():
    sums = whole(
        one(GOODS), one(changed(RISK, inspected=False, why_not="explained"), GOODS, selected=True)
    )
    assert sample_of(sums, "oth") == sample_of(sums, "sel") == Sample()
    assert sums["why.explained"] == 1
    assert (sums["stops.goods"], sums["harm.goods"]) == (1, 0)


@pytest.mark.parametrize(
    ("stops", "code"),
    [
        ((changed(LOT, inspected=False, why_not="no-capacity"),), "no-capacity"),
        ((changed(LOT, inspected=False),), "overtaken"),
        ((changed(LOT, inspected=False, closed=False),), "open"),
        ((), "open"),
        ((RISK,), "open"),  # another inspection is no full examination
    ],
)
def test_a_drawn_one_who_is_not_examined_counts_as_silence_with_the_reason(stops, code):
    sums = whole(one(*stops, drawn=True))
    assert (sums["lot.n"], sums[f"skip.{code}"]) == (1, 1)
    assert sample_of(sums, "lot") == sample_of(sums, "oth") == Sample()
    assert sums["pending"] == (code == "open")


def test_who_cannot_be_drawn_stands_outside():
    sums = whole(one(RISK, selected=True, probability=None, rate=None))
    assert (sums["n"], sums["frame"], sums["sel.n"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("traveller", "cause"),
    [
        (one(RISK, selected=True), "rule"),
        (one(RISK, selected=True, lists=frozenset({"persons"})), "list"),
        (one(LOT, drawn=True), "lot"),
        (one(changed(GOODS, found=False)), "goods"),
        (one(changed(GOODS, kind="identity", found=False)), "identity"),
        (one(changed(GOODS, kind="other-agency", found=False)), "other"),
    ],
)
def test_a_clean_traveller_who_was_stopped_is_harm_with_a_cause(traveller, cause):
    sums = whole(traveller)
    assert (sums[f"stops.{cause}"], sums[f"harm.{cause}"]) == (1, 1)


def test_no_harm_where_something_was_found_or_nobody_was_stopped():
    sums = whole(
        one(changed(RISK, found=True), selected=True), one(changed(RISK, closed=False), selected=True),
        one(changed(GOODS, kind="technical")), one(),
    )  # fmt: skip
    assert (sums["stops.rule"], sums["harm.rule"]) == (2, 0)
    assert sum(n for name, n in sums.items() if name.startswith("stops.")) == 2


def test_rules_count_their_hits_their_unique_finds_and_what_they_could_not_decide():
    found = changed(RISK, found=True)
    cells = tally([
        one(found, selected=True, rules=frozenset({"a@1"}), unknown=frozenset({"b@2"})),
        one(found, selected=True, rules=frozenset({"a@1", "b@2"})),
        one(found, selected=True, rules=frozenset({"a@1"}), lists=frozenset({"persons"})),
        one(RISK, selected=True, rules=frozenset({"b@2"})),
    ])  # fmt: skip
    a, b = cells["rule", "a@1"], cells["rule", "b@2"]
    assert (a["n"], a["sel.finds"], a["alone"], a["unknown"]) == (3, 3, 1, 0)
    assert (b["n"], b["sel.finds"], b["alone"], b["unknown"]) == (2, 1, 0, 1)
    assert (cells["list", "persons"]["n"], cells["list", "persons"]["alone"]) == (1, 0)


def test_a_rule_in_shadow_is_measured_on_all_of_whom_it_is_true():
    found = changed(RISK, found=True)
    shadow = {"shadow": frozenset({"new@1"})}
    cells = tally([
        one(found, selected=True, rules=frozenset({"a@1"}), **shadow),
        one(changed(LOT, found=True), drawn=True, **shadow),
        one(**shadow), one(shadow_unknown=frozenset({"new@1"})),
    ])  # fmt: skip
    sums = cells["shadow", "new@1"]
    assert (sums["n"], sums["sel.n"], sums["oth.n"], sums["unknown"]) == (3, 1, 2, 1)
    assert (sums["sel.finds"], sums["oth.finds"], sums["alone"]) == (1, 1, 1)


def test_every_traveller_is_in_one_cell_of_each_dimension():
    people = [one(nationality="SWE", sex="F", age=41, score=35), one(score=100)]
    cells = tally(people)
    assert cells["nationality", "SWE"]["n"] == cells["sex", "F"]["n"] == cells["age", "35-44"]["n"]
    assert cells["nationality", "unknown"]["n"] == cells["band", "100"]["n"] == 1
    for dimension in ("nationality", "sex", "age", "band"):
        assert sum(s["n"] for (name, _), s in cells.items() if name == dimension) == 2


def test_bands():
    assert [band(score) for score in (0, 9, 10, 99, 100)] == ["0", "0", "10", "90", "100"]
    assert [age_band(age) for age in (None, 0, 14, 15, 24, 25, 64, 65, 101)] == [
        "unknown", "0-14", "0-14", "15-24", "15-24", "25-34", "55-64", "65+", "65+",
    ]  # fmt: skip
    assert [seconds_bucket(s) for s in (0, 15, 16, 3600, 3601)] == [15, 15, 30, 3600, 3660]


def test_the_load_of_a_flight():
    (load,) = loads([one(RISK, selected=True), one(LOT, drawn=True), one()]).values()
    assert (load.travellers, load.selected, load.drawn, load.stopped) == (3, 1, 1, 2)


def test_closing_a_month_sums_its_days_and_puts_small_groups_together():
    day = {"n": 6, "sel.n": 1}
    cells = [
        (WHOLE, day), (WHOLE, day), (("nationality", "SWE"), day), (("nationality", "SWE"), day),
        (("nationality", "UTO"), day), (("nationality", "ZZZ"), {"n": 2}), (("rule", "a@1"), {"n": 3}),
    ]  # fmt: skip
    assert merged(cells) == {
        WHOLE: {"n": 12, "sel.n": 2},
        ("nationality", "SWE"): {"n": 12, "sel.n": 2},
        ("nationality", OTHER): {"n": 8, "sel.n": 1},
        ("rule", "a@1"): {"n": 3},
    }


def test_the_month_after():
    from datetime import date

    assert following(date(2026, 11, 30)) == date(2026, 12, 1)
    assert following(date(2026, 12, 1)) == date(2027, 1, 1)
