"""What lists and pushes said before stays as a version, with its message and time, whatever comes in what order."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
import sqlalchemy as sa

from app.messages import lists
from app.travel.models import Booking, BookingVersion, PassengerVersion
from tests.messages.airline import (
    PREPARED,
    api,
    booking,
    cancelled,
    later,
    person,
    push,
    traveller,
)
from tests.messages.conftest import Post
from tests.support.statements import counted

SEATS = ("1A", "2B", "3C")


def listed(seat: str, hours: int) -> bytes:
    return api(person(ABO="R1", SEA=seat), prepared=later(hours=hours), control=f"C{hours}")


def pushed(surname: str, hours: int) -> bytes:
    record = booking(traveller(), traveller(surname, "TOVE"))
    return push(record, prepared=later(hours=hours), control=f"P{hours}")


def seats(post: Post) -> list[str]:
    """What the lists said, the oldest first, and what counts now."""
    ordered = sa.select(PassengerVersion).order_by(PassengerVersion.prepared_at)
    earlier = [one.record["seat"] for one in post.all(ordered)]
    return [*earlier, post.person().seat or ""]


def test_a_later_list_leaves_the_earlier_as_a_version_with_message_and_time(post: Post) -> None:
    first = post.send(listed("1A", 0))
    post.send(listed("2B", 1))
    [version] = post.all(sa.select(PassengerVersion))
    assert (version.record["seat"], version.message_id) == ("1A", first.id)
    assert version.prepared_at == PREPARED.replace(tzinfo=version.prepared_at.tzinfo)
    one = post.person()
    assert (one.seat, one.api_since) == ("2B", version.prepared_at.replace(hour=2))


def test_the_same_said_again_is_no_version_and_keeps_its_time(post: Post) -> None:
    post.send(listed("1A", 0), listed("1A", 2))
    assert post.all(sa.select(PassengerVersion)) == []
    one = post.person()
    assert one.api_since is not None
    assert (one.api_since.hour, one.api_prepared_at and one.api_prepared_at.hour) == (1, 3)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_lists_in_any_order_leave_the_same_versions(post: Post, order: Sequence[int]) -> None:
    post.send(*(listed(SEATS[hours], hours) for hours in order))
    assert seats(post) == list(SEATS)


def test_a_list_that_was_half_applied_leaves_one_version_when_it_is_applied_again(
    post: Post,
) -> None:
    post.send(listed("2B", 1))
    late = post.send(listed("1A", 0))
    again = sa.text("update message set status = 'received', raw = :raw where id = :id")
    with post.database.transaction() as session:
        context = b"message/" + late.id.bytes
        session.execute(again, {"id": late.id, "raw": post.vault.seal(listed("1A", 0), context)})
    post.work()
    assert seats(post) == ["1A", "2B"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_pushes_in_any_order_leave_the_same_versions(post: Post, order: Sequence[int]) -> None:
    names = ("TIDEWELL", "MARSHBANK", "HOLLOWAY")
    post.send(*(pushed(names[hours], hours) for hours in order))
    ordered = sa.select(BookingVersion).order_by(BookingVersion.prepared_at)
    earlier = post.all(ordered)
    [now] = post.all(sa.select(Booking))
    said = [one.record["travellers"][1]["surname"] for one in (*earlier, now)]
    assert said == list(names)
    assert now.since == earlier[1].prepared_at.replace(hour=3)
    assert sorted([*(one.version for one in earlier), now.version]) == [1, 2, 3]


def test_a_late_push_that_was_half_applied_leaves_one_version(post: Post) -> None:
    post.send(pushed("MARSHBANK", 1))
    late = post.send(pushed("TIDEWELL", 0))
    with post.database.transaction() as session:
        sealed = post.vault.seal(pushed("TIDEWELL", 0), b"message/" + late.id.bytes)
        session.execute(
            sa.text("update message set status = 'received', raw = :raw where id = :id"),
            {"id": late.id, "raw": sealed},
        )
    post.work()
    assert len(post.all(sa.select(BookingVersion))) == 1
    assert post.all(sa.select(Booking.version)) == [2]


def test_a_removed_booking_keeps_what_it_was(post: Post) -> None:
    post.send(push(booking(traveller())), push(cancelled(), prepared=later(hours=1), control="P9"))
    [version] = post.all(sa.select(BookingVersion))
    assert (version.removed, version.record["travellers"][0]["surname"]) == (False, "QUILLFEATHER")


# --- how much it costs ----------------------------------------------------------------------------


def crowd(count: int, series: str = "L88") -> list[object]:
    """Pairs under a locator each; a batch has 24 of them."""
    return [
        person(f"CROWD{chr(65 + i // 26)}{chr(65 + i % 26)}", "SUE", number=f"{series}{i:05d}",
               AVF=f"P{i // 2:05d}Q")
        for i in range(count)
    ]  # fmt: skip


def test_each_batch_of_new_people_costs_five_statements(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "BATCH", 24)
    for number in (2, 3, 4):  # the connection knows its statements, each flight the others
        post.send(api(person(), flight=f"ZZ00{number}", control=f"F{number}"))
    counts = []
    for number, people in ((2, 24), (3, 48), (4, 72)):
        people_of_it = crowd(people, f"L{number}8")
        post.receive(api(*people_of_it, flight=f"ZZ00{number}", control=f"C{number}",
                         prepared=later(hours=1)))  # fmt: skip
        with counted(post.database) as statements:
            post.work()
        counts.append(len(statements))
    # the flight, the lock of who links, whom the keys fit, one write, the events
    assert counts[1] - counts[0] == counts[2] - counts[1] == 5


def test_families_are_written_once(post: Post) -> None:
    three = [
        replace(one, references=(("AVF", f"F{i // 3:05d}"),)) for i, one in enumerate(crowd(60))
    ]  # type: ignore[type-var]
    post.receive(api(*three))  # type: ignore[arg-type]
    with counted(post.database) as statements:
        post.work()
    assert not [one for one in statements if "FOR UPDATE" in one and "passenger" in one]
    assert {one.version for one in post.people()} == {1}
