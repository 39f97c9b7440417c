"""A booking that stands in several parts of one push, or twice in it, keeps all of its people."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.travel.models import Booking, BookingVersion, TravelStatus
from tests.messages.airline import booking, later, push, traveller
from tests.messages.conftest import Post

MAREN = traveller("QUILLFEATHER", "MAREN", reference="1")
TOVE = traveller("TIDEWELL", "TOVE", reference="2")
ODD = traveller("OSTMARSH", "ODD", reference="3")


def part(raw: bytes, number: str) -> bytes:
    """The push as one of several parts: S010 of its UNH."""
    at = raw.index(b"UNH+")
    end = raw.index(b"'", at)
    head = raw[at:end].split(b"+")[:3]
    return raw[:at] + b"+".join(head) + b"++" + number.encode() + raw[end:]


def statuses(post: Post) -> dict[str, TravelStatus]:
    return {one.surname: one.travel_status for one in post.people()}


@pytest.mark.parametrize("order", [1, -1])
def test_parts_of_one_push_do_not_withdraw_each_others_people(post: Post, order: int) -> None:
    parts = [
        part(push(booking(MAREN), control="P1"), "01:C"),
        part(push(booking(TOVE), prepared=later(minutes=1), control="P2"), "02"),
        part(push(booking(ODD, MAREN), prepared=later(minutes=2), control="P3"), "03:F"),
    ]
    post.send(*parts[::order])
    assert set(statuses(post).values()) == {TravelStatus.BOOKED}
    assert set(statuses(post)) == {"QUILLFEATHER", "TIDEWELL", "OSTMARSH"}
    [stored] = post.all(sa.select(Booking))
    told = [one["surname"] for one in stored.record["travellers"]]
    assert sorted(told) == sorted(statuses(post))
    assert stored.version == 1  # one push is one content
    assert not post.all(sa.select(BookingVersion))
    for one in post.people():
        assert one.pnr_data is not None
        assert told[one.pnr_data[str(stored.id)]["index"]] == one.surname


def test_a_later_push_in_parts_replaces_what_the_earlier_one_said(post: Post) -> None:
    post.send(part(push(booking(MAREN, TOVE), control="P1"), "01:C"))
    post.send(part(push(booking(MAREN), prepared=later(hours=3), control="P2"), "01:C"))
    assert statuses(post)["TIDEWELL"] is TravelStatus.WITHDRAWN


def test_a_single_part_replaces_at_once(post: Post) -> None:
    post.send(part(push(booking(MAREN, TOVE), control="P1"), "01:F"))
    post.send(part(push(booking(MAREN), prepared=later(minutes=2), control="P2"), "01:F"))
    assert statuses(post)["TIDEWELL"] is TravelStatus.WITHDRAWN


def test_a_locator_twice_in_a_push_is_one_booking_of_all_its_records(post: Post) -> None:
    checked = replace(booking(TOVE, MAREN), texts=("SECOND",))
    message = post.send(push(booking(MAREN), checked))
    assert "booking_repeated" in post.codes(message)
    [stored] = post.all(sa.select(Booking))
    assert [one["surname"] for one in stored.record["travellers"]] == ["QUILLFEATHER", "TIDEWELL"]
    assert len(stored.record["itinerary"]) == 1
    assert {one.surname for one in post.people()} == {"QUILLFEATHER", "TIDEWELL"}


@pytest.mark.parametrize("place", range(3))
def test_one_part_again_is_nothing_new(post: Post, place: int) -> None:
    people = (MAREN, TOVE, ODD)
    parts = [
        part(
            push(booking(one), prepared=later(minutes=at), control=f"P{at}"), f"{at + 1:02d}:{mark}"
        )
        for at, (one, mark) in enumerate(zip(people, ("C", "", "F"), strict=True))
    ]
    post.send(*parts)
    [before] = post.all(sa.select(Booking))
    post.send(parts[place].replace(b"+P", b"+Q"))
    [after] = post.all(sa.select(Booking))
    assert (after.record, after.version) == (before.record, before.version)
    assert set(statuses(post).values()) == {TravelStatus.BOOKED}


def test_a_part_that_comes_alone_behind_a_later_push_withdraws_nobody(post: Post) -> None:
    post.send(push(booking(MAREN, TOVE), prepared=later(hours=3), control="P2"))
    post.send(part(push(booking(MAREN, ODD), control="P1"), "01:C"))
    assert statuses(post)["TIDEWELL"] is TravelStatus.BOOKED
    [stored] = post.all(sa.select(Booking))
    assert [one["surname"] for one in stored.record["travellers"]] == ["QUILLFEATHER", "TIDEWELL"]
    assert len(post.all(sa.select(BookingVersion))) == 1
