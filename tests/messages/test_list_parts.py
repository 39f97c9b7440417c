"""A passenger list in several parts: each counts when it comes, and all of them once, in whatever order."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from app.formats.paxlst_model import Person
from app.travel.models import Manifest, TravelStatus
from tests.messages.airline import api, later, person
from tests.messages.conftest import Post

NAMES = ("ANN", "BEA", "CAY", "DOT")
ANN, BEA, CAY, DOT = (
    person(
        f"PART{name[0]}",
        name,
        number=f"L765432{at}",
        born=date(1990, 2, 3 + at),
        ABO=f"R{at}",
        AVF=f"AB12C{at}",
    )
    for at, name in enumerate(NAMES)
)
MARKS = ("C", "", "F")


def piece(who: Person, number: int, mark: str, **more: Any) -> bytes:
    return api(
        who, sequence=number, part=mark, total_passengers=3, **{"control": f"P{number}", **more}
    )


PARTS = [
    piece(who, at, mark)
    for at, (who, mark) in enumerate(zip((ANN, BEA, CAY), MARKS, strict=True), 1)
]


def given(post: Post) -> list[str]:
    return [one.given_names for one in post.people()]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_each_part_counts_when_it_comes_and_all_of_them_close_the_list(
    post: Post, order: tuple[int, ...]
) -> None:
    for count, place in enumerate(order, 1):
        post.send(PARTS[place])
        assert given(post) == [name for at, name in enumerate(NAMES) if at in order[:count]]
        assert post.flight().manifest is (Manifest.CLOSED if count == 3 else Manifest.OPEN)
    assert (post.flight().manifest_parts, post.flight().announced) == ([1, 2, 3], 3)


@pytest.mark.parametrize("place", range(3))
def test_one_part_again_is_nothing_new(post: Post, place: int) -> None:
    post.send(*PARTS)
    before = [(one.id, one.api_data, one.version) for one in post.people()]
    message = post.send(PARTS[place].replace(b"+P", b"+Q"))
    assert message.summary[0].get("added", 0) == message.summary[0].get("changed", 0) == 0
    assert [(one.id, one.api_data, one.version) for one in post.people()] == before
    assert post.flight().manifest is Manifest.CLOSED


@pytest.mark.parametrize("place", range(3))
def test_a_part_that_is_missing_leaves_the_list_open_and_costs_nobody_else(
    post: Post, place: int
) -> None:
    post.send(*(one for at, one in enumerate(PARTS) if at != place))
    assert len(post.people()) == 2
    assert post.flight().manifest is Manifest.OPEN
    assert place + 1 not in post.flight().manifest_parts


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("function", ["CP", "XR", "RP"])
def test_changes_in_parts_concern_those_in_them_alone(
    post: Post, function: str, order: tuple[int, ...]
) -> None:
    said = {"function": function, "prepared": later(hours=2)}
    changed = person("PARTA", "ANN", number="L9990001", born=date(1990, 2, 3), ABO="R0", SEA="021A")
    parts = [piece(changed, 1, "C", **said), piece(CAY, 2, "F", **said)]
    sent = [PARTS[at] for at in order]
    post.send(*sent[:1], *parts[::-1], *sent[1:])  # some overtake the list
    told = [TravelStatus.BOOKED] * 3
    if function != "CP":
        told[0] = told[2] = TravelStatus.WITHDRAWN
    assert [one.travel_status for one in post.people()] == told
    assert post.flight().manifest is Manifest.CLOSED
    if function == "CP":
        assert post.people()[0].seat == "21A"


def test_a_reference_counted_anew_in_each_part_is_not_one_person(post: Post) -> None:
    """And of whom such a reference alone tells, is told of nobody."""
    ann = person("PARTA", "ANN", number="L8880001", born=date(1981, 1, 2), ABO="1")
    bea = person("PARTB", "BEA", number="L8880002", born=date(1982, 1, 2), ABO="1")
    parts = [piece(ann, 1, "C"), piece(bea, 2, "F")]
    post.send(*parts, parts[0].replace(b"+P1", b"+Q1"))
    assert given(post) == ["ANN", "BEA"]
    alone = person("", "", number="", born=None, ABO="1")
    message = post.send(api(alone, function="XR", prepared=later(hours=1), control="X"))
    assert post.codes(message) == ["person_unknown"]
    assert {one.travel_status for one in post.people()} == {TravelStatus.BOOKED}
    post.send(parts[1].replace(b"+P2", b"+Q2"))
    assert {one.travel_status for one in post.people()} == {TravelStatus.BOOKED}
