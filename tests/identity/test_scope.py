"""Grants of one officer reach together what each of them reaches, and nothing crosswise."""

from itertools import product

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.identity import scope
from app.identity.grants import EVERYWHERE, Grant, Place
from app.identity.models import PlaceKind
from app.identity.permissions import Role
from app.identity.scope import UNLIMITED, Scope
from app.screening.views import for_others, is_kept_back

PURPOSES = ("revenue", "serious_crime", "health")
PLACES = (EVERYWHERE, Place(PlaceKind.TERMINAL, "T1"), Place(PlaceKind.TERMINAL, "T2"))
T1, T2 = PLACES[1:]

purposes = st.none() | st.frozensets(st.sampled_from(PURPOSES), min_size=1)
held = st.lists(st.builds(Grant, st.just(Role.SENIOR), st.sampled_from(PLACES), purposes))


def of(place: Place, *named: str) -> Grant:
    return Grant(Role.GATE_OFFICER, place, frozenset(named) or None)


def covers(one: Scope, terminal: str, purpose: str) -> bool:
    return (one.whole or terminal in one.terminals) and (
        one.purposes is None or purpose in one.purposes
    )


@given(held)
def test_what_is_covered_is_what_one_grant_covers(grants: list[Grant]) -> None:
    reach = Scope.of(grants)
    for terminal, purpose in product(("T1", "T2", "T3"), PURPOSES):
        by_one = any(covers(Scope.of([one]), terminal, purpose) for one in grants)
        parts = reach.alternatives or (reach,)
        assert any(covers(part, terminal, purpose) for part in parts) is by_one
    for terminal in ("T1", "T2", "T3"):
        assert (reach.whole or terminal in reach.terminals) is any(
            one.place in (EVERYWHERE, Place(PlaceKind.TERMINAL, terminal)) for one in grants
        )
    assert Scope.of(reversed(grants)) == reach


@pytest.mark.parametrize(
    ("grants", "alternatives"),
    [
        ([], 0),
        ([of(T1, "revenue"), of(T2, "revenue")], 0),
        ([of(T1, "revenue"), of(T1, "health")], 0),
        ([of(T1, "revenue"), of(T1, "health"), of(T2, "health", "revenue")], 0),
        ([of(EVERYWHERE, "revenue", "health"), of(T1, "health")], 0),
        ([of(T1, "revenue"), of(T2, "health")], 2),
        ([of(EVERYWHERE, "revenue"), of(T1, "health")], 2),
        ([of(EVERYWHERE, "revenue"), of(T1)], 2),
    ],
)
def test_grants_that_cover_the_same_purposes_in_each_place_are_one(
    grants: list[Grant], alternatives: int
) -> None:
    assert len(Scope.of(grants).alternatives) == alternatives


def test_reasons_for_few_eyes_reach_as_far_as_the_grants_that_allow_them() -> None:
    here, there = Grant(Role.SENIOR, T1), of(T2)
    assert Scope.of([here]).few_eyes is None
    assert Scope.of([there]).few_eyes is None
    assert Scope.of([here, of(T1)]).few_eyes is None
    assert Scope.of([here, there]).few_eyes == Scope.of([here])
    assert Scope.of([here, there]) != Scope.of([of(T1), Grant(Role.SENIOR, T2)])
    assert Scope.of([Grant(Role.SENIOR), there]) == UNLIMITED


def test_the_whole_site_with_all_purposes_is_not_narrowed_by_a_grant_beside_it() -> None:
    assert Scope.of([of(EVERYWHERE), of(T1, "health")]) == UNLIMITED
    assert Scope.of([of(EVERYWHERE, "health"), of(T1)]) != UNLIMITED


def test_one_alternative_asks_for_the_purpose_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its places narrow the passengers; the statement of nearly everybody is short."""
    senior = Grant(Role.SENIOR, T2, frozenset({"revenue"}))
    for one in (Scope.of([of(T1, "revenue"), of(T2, "revenue")]), Scope.of([senior])):
        monkeypatch.setattr(scope, "current", lambda one=one: one)
        for asked in (for_others(), is_kept_back(reasons=True)):
            told = asked.compile(compile_kwargs={"literal_binds": True})
            assert str(told) == "(hit.purpose NOT IN ('revenue'))"
    monkeypatch.setattr(scope, "current", lambda: UNLIMITED)
    assert for_others().compare(sa.false())
    assert is_kept_back(reasons=True).compare(sa.false())
