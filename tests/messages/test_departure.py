"""Lists at departure in several parts: together they say what a list in one part says."""

from datetime import UTC, date, timedelta
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from app.formats.paxlst_model import Person
from app.travel.models import BoardingPart, FlightStatus, Manifest, TravelStatus
from tests.messages.airline import api, later, person
from tests.messages.conftest import Post

ANN, BEA, CAY, DOT = (
    person(f"PART{name[0]}", name, number=f"L765432{i}", born=date(1990, 2, 3 + i), ABO=f"R{i}")
    for i, name in enumerate(("ANN", "BEA", "CAY", "DOT"))
)
KINDS = {
    "CLOB": ("266", TravelStatus.BOARDED, TravelStatus.NOT_BOARDED),
    "CLNB": ("266", TravelStatus.NOT_BOARDED, TravelStatus.BOARDED),
    "DC": ("745", TravelStatus.BOARDED, TravelStatus.NOT_BOARDED),
}
"""Document, what becomes of the named, what of the others."""

CLOSED_AT = later(hours=5)


def piece(function: str, who: Person, number: int, mark: str, **more: Any) -> bytes:
    said = {"prepared": CLOSED_AT, "control": f"D{number}{mark}", **more}
    return api(
        who, document=KINDS[function][0], function=function, sequence=number, part=mark, **said
    )


def statuses(post: Post) -> list[TravelStatus]:
    """Of ANN, BEA, CAY and DOT."""
    return [one.travel_status for one in post.people()]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("function", KINDS)
def test_the_rest_is_set_once_all_parts_have_come(
    post: Post, function: str, order: tuple[int, ...]
) -> None:
    _, named, others = KINDS[function]
    post.send(api(ANN, BEA, CAY, DOT, part="C"))
    pieces = [piece(function, who, i, mark) for i, who, mark in
              ((1, ANN, "C"), (2, BEA, ""), (3, CAY, "F"))]  # fmt: skip
    for count, place in enumerate(order, 1):
        post.send(pieces[place])
        flight = post.flight()
        assert flight.status is FlightStatus.DEPARTED
        rest = others if count == 3 else TravelStatus.BOOKED
        assert flight.manifest is (Manifest.CLOSED if count == 3 else Manifest.OPEN)
        so_far = [named if i in order[:count] else rest for i in range(3)]
        assert statuses(post) == [*so_far, rest]


def bare(*references: str, function: str, document: str = "266", hours: float = 5) -> bytes:
    """A list that names people by the carrier's references alone."""
    people = [person("", "", number="", born=None, ABO=one) for one in references]
    prepared = later(hours=hours)
    return api(
        *people, document=document, function=function, prepared=prepared, control=f"B{function}"
    )


BOARDED, LEFT, WITHDRAWN = TravelStatus.BOARDED, TravelStatus.NOT_BOARDED, TravelStatus.WITHDRAWN
FIRST = api(ANN, sequence=1, part="C")
SECOND = api(BEA, CAY, sequence=2, part="F", control="C2")


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize(
    ("said", "after"),
    [
        (bare("R0", "R2", function="CLOB"), [BOARDED, LEFT, BOARDED]),
        (bare("R1", function="CLNB"), [BOARDED, LEFT, BOARDED]),
        (
            bare("R1", function="XR", document="745"),
            [TravelStatus.BOOKED, WITHDRAWN, TravelStatus.BOOKED],
        ),
    ],
)
def test_references_that_come_before_the_list_are_kept_for_whoever_bears_them(
    post: Post, said: bytes, after: list[TravelStatus], order: tuple[int, ...]
) -> None:
    for place in order:
        post.send((FIRST, SECOND, said)[place])
    assert statuses(post) == after


def test_references_that_are_nobodys_leave_everybody_where_they_are(post: Post) -> None:
    post.send(api(ANN, BEA))
    message = post.send(bare("X8", "X9", function="CLOB"))
    assert post.codes(message) == ["person_unknown"] * 2
    assert statuses(post) == [TravelStatus.BOOKED] * 2


def test_parts_of_one_reference_need_no_common_time(post: Post) -> None:
    post.send(api(ANN, BEA, CAY))
    for number, who, mark in ((2, BEA, "F"), (1, ANN, "C")):
        at = CLOSED_AT + timedelta(minutes=number)
        post.send(piece("CLOB", who, number, mark, common_access_reference="ZZ1/A", prepared=at))
    assert statuses(post) == ["boarded", "boarded", "not-boarded"]
    first = (CLOSED_AT + timedelta(minutes=1)).replace(tzinfo=UTC)
    assert post.flight().boarding_prepared_at == first


def test_parts_of_two_lists_are_not_put_together(post: Post) -> None:
    post.send(api(ANN, BEA, CAY))
    tomorrow = CLOSED_AT + timedelta(hours=2)
    post.send(
        piece("CLOB", ANN, 1, "C", common_access_reference="ZZ1/A"),
        piece("CLOB", BEA, 2, "F", common_access_reference="ZZ1/B"),  # of another reference
        piece("CLNB", BEA, 2, "F", common_access_reference="ZZ1/A"),  # of another kind
        piece("CLOB", BEA, 2, "F", common_access_reference="ZZ1/A", prepared=tomorrow),
    )
    assert statuses(post) == ["boarded", "boarded", "booked"]
    assert post.flight().boarding is None


def test_a_part_that_was_cut_off_is_missing(post: Post) -> None:
    post.send(api(ANN, BEA, CAY))
    last = piece("CLOB", BEA, 2, "F")
    post.send(piece("CLOB", ANN, 1, "C"), last[: last.index(b"UNT+")])
    assert statuses(post) == ["boarded", "boarded", "booked"]
    post.send(last)
    assert statuses(post) == ["boarded", "boarded", "not-boarded"]


def test_who_was_listed_after_the_list_is_not_left_behind_by_it(post: Post) -> None:
    post.send(api(ANN, BEA), piece("CLOB", ANN, 1, "C"))
    post.send(api(CAY, prepared=later(hours=6), control="C7"), piece("CLOB", BEA, 2, "F"))
    assert statuses(post) == ["boarded", "boarded", "booked"]


def test_a_worker_that_ends_after_the_last_part_was_noted_leaves_nothing_undone(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.send(api(ANN, BEA, CAY), piece("CLOB", ANN, 1, "C"))
    last = post.receive(piece("CLOB", BEA, 2, "F"))
    with monkeypatch.context() as broken:
        broken.setattr("app.messages.lists.implies_change", end)
        with pytest.raises(KeyboardInterrupt):
            post.work()
    assert statuses(post) == ["boarded", "boarded", "booked"]
    post.work()
    assert post.message(last.id).status == "applied"
    assert statuses(post) == ["boarded", "boarded", "not-boarded"]
    assert len(post.all(sa.select(BoardingPart))) == 2


def end(*_: object) -> bool:
    raise KeyboardInterrupt
