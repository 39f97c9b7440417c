"""Small cells: hidden, and not to be computed back."""

from hypothesis import given
from hypothesis import strategies as st

from risk_rules.disclosure import HIDDEN, shown

COUNTS = st.dictionaries(
    st.text("ABCDEFGH", min_size=1, max_size=3), st.integers(0, 60), max_size=12
)


def test_large_counts_stand_as_they_are():
    assert shown({"JPN": 900, "SWE": 30, "UTO": 0}) == {"JPN": 900, "SWE": 30, "UTO": 0}


def test_one_small_count_takes_the_next_smallest_with_it():
    assert shown({"JPN": 900, "SWE": 30, "UTO": 4}) == {"JPN": 900, "SWE": None, "UTO": None}


def test_two_small_counts_that_are_few_together_take_a_third():
    assert shown({"A": 3, "B": 4, "C": 500, "D": 40}) == {"A": None, "B": None, "C": 500, "D": None}
    assert shown({"A": 6, "B": 4, "C": 500, "D": 40}) == {"A": None, "B": None, "C": 500, "D": 40}


def test_what_another_column_hides_is_hidden_here():
    assert shown({"A": 90, "B": 40, "C": 50}, frozenset({"A"})) == {"A": None, "B": None, "C": 50}


@given(COUNTS)
def test_no_hidden_count_can_be_computed_from_the_total_and_the_rest(counts):
    """What is missing from the total is never one group's count, nor one of few people."""
    made = shown(counts)
    hidden = {name for name, count in made.items() if count is None}
    assert all(count is None or count == 0 or count >= HIDDEN for count in made.values())
    assert {name: counts[name] for name in made if made[name] is not None}.items() <= counts.items()
    populated = [name for name, count in counts.items() if count]
    if hidden and len(populated) > len(hidden):
        missing = sum(counts.values()) - sum(count for count in made.values() if count)
        assert len(hidden) >= 2
        assert missing >= HIDDEN
