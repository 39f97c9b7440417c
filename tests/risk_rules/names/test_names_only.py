"""Some entries of a list asked alone are met as the whole list meets them."""

from hypothesis import given
from hypothesis import strategies as st

from risk_rules.names import BirthDate, Document, Entry, Matcher, Name, Person

WORDS = ("ALI", "HASSAN", "HASAN", "MOHAMMED", "MUHAMMAD", "LOPEZ", "MARIA", "ANNE", "DUBOIS", "LI")
_names = st.builds(Name, st.sampled_from(WORDS), st.sampled_from(WORDS))
_births = st.sampled_from([BirthDate(1980, 5, 31), BirthDate(1981), BirthDate(1980, 5, 12)])
_numbers = st.sampled_from(["TR1234567", "TRI234567", "XX7654321"])
_entries = st.lists(
    st.tuples(st.lists(_names, min_size=1, max_size=2), st.lists(_births, max_size=1), _numbers),
    min_size=1, max_size=12,
)  # fmt: skip


def listed(drawn: list[tuple[list[Name], list[BirthDate], str]]) -> list[Entry]:
    return [
        Entry(f"E{n}", tuple(names), tuple(births), documents=(Document(number),))
        for n, (names, births, number) in enumerate(drawn)
    ]


@given(_entries, st.integers(0, 12), st.booleans(), _names, st.none() | _births, _numbers)
def test_entries_alone_are_met_as_by_the_whole_list(
    drawn: list[tuple[list[Name], list[BirthDate], str]],
    first: int,
    came_later: bool,  # as hypothesis gives it
    name: Name,
    birth: BirthDate | None,
    number: str,
) -> None:
    entries = listed(drawn)
    old, new = entries[:first], entries[first:]
    whole = Matcher(old).changed(new, ()) if came_later else Matcher(entries)
    person = Person((name,), birth, "", (Document(number),))
    wanted = {one.id for one in new}
    assert whole.only(new).match(person) == [m for m in whole.match(person) if m.entry_id in wanted]
