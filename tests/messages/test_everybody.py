"""Nobody of a list is lost: names in any script or in none, one document for many, thousands of the like."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.kernel.ids import uuid7
from app.messages import contents, lists
from app.messages.apply import apply_next
from app.travel.identity import Claims, Index, read_name
from app.travel.models import Document
from tests.messages.airline import api, later, person
from tests.messages.conftest import Post
from tests.support.steps import steps

BORN = date(1980, 1, 1)
FILLER = frozenset({("", "FILLER1234")})
LETTERS = str.maketrans("0123456789", "CDFGHJKLMN")
SCRIPTS = ("ИВАНОВ", "王", "김", "やまだ", "สมชาย", "כהן", "محمد", "ΠΑΠΑΣ")


def unlike(n: int) -> str:
    """A name of its own."""
    return f"A{n:05}B".translate(LETTERS)


def in_script(raw: bytes, surname: str) -> bytes:
    return raw.replace(b"TIDEWELL", surname.encode())


@pytest.mark.parametrize("surname", SCRIPTS)
def test_a_name_in_another_script_is_kept_and_known_again(post: Post, surname: str) -> None:
    one = person("TIDEWELL", "TOVE", number="", born=BORN)
    message = post.send(in_script(api(one), surname))
    assert (message.status, post.person().surname) == ("applied", surname)
    again = api(one, prepared=later(hours=1), control="C2")
    post.send(in_script(again, surname))
    assert post.person().name_key.startswith(surname[:1])


def test_people_without_any_name_are_kept_and_known_again(post: Post) -> None:
    nobody = person("FNU", "UNKNOWN", number="", born=BORN, AVF="AB12CD")
    other = person("TBA", "TBA", number="", born=date(1990, 2, 3), AVF="AB12CD")
    message = post.send(api(nobody, other))
    assert len(post.people()) == 2
    assert "person_unknown" not in post.codes(message)
    seated = person("FNU", "UNKNOWN", number="", born=BORN, AVF="AB12CD", SEA="011D")
    post.send(api(seated, other, prepared=later(hours=1), control="C2"))
    assert sorted(one.seat or "" for one in post.people()) == ["", "11D"]


def test_twins_on_the_passport_of_a_parent_are_two(post: Post) -> None:
    kid = person("MOTHER", "KID", number="SAME12345", born=BORN, ABO="M2")
    kim = person("MOTHER", "KIM", number="SAME12345", born=BORN, ABO="M3")
    for control in ("C1", "C2"):  # the same again changes nothing
        post.send(api(kid, kim, control=control))
        assert {one.given_names for one in post.people()} == {"KID", "KIM"}
        assert len(post.all(sa.select(Document))) == 2
    kay = person("MOTHER", "KAY", number="SAME12345", born=BORN, ABO="M4")
    post.send(api(kay, kim, kid, prepared=later(hours=1), control="C3"))
    assert {one.given_names: one.reference for one in post.people()} == {
        "KID": "M2", "KIM": "M3", "KAY": "M4",
    }  # fmt: skip


def test_one_number_filled_in_for_many_is_many(post: Post) -> None:
    people = [person(f"S{letter}", "G", number="FILLER1234", born=BORN) for letter in "ABCDEFGH"]
    message = post.send(api(*people))
    assert len(post.people()) == 8
    assert message.summary[0]["added"] == 8
    post.send(api(*people, prepared=later(hours=1), control="C2"))
    assert len(post.people()) == 8


def test_somebody_who_stands_twice_in_a_list_is_one_and_that_is_said(post: Post) -> None:
    one = person("TIDEWELL", "TOVE", born=BORN)
    message = post.send(api(one, one))
    assert post.person().surname == "TIDEWELL"
    assert (message.summary[0]["added"], message.summary[0]["repeated"]) == (1, 1)
    assert post.codes(message) == ["person_repeated"]


def test_a_list_of_more_people_than_a_ship_carries_waits_in_quarantine(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_PEOPLE", 1)
    message = post.send(api(person(), person("TIDEWELL", "TOVE", number="L7654321")))
    assert (message.status, post.codes(message)) == ("rejected", ["too_many_people"])
    assert message.raw


def test_a_worker_that_is_told_to_end_leaves_a_long_list_to_the_next_one(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "BATCH", 1)
    received = post.receive(api(person(), person("TIDEWELL", "TOVE", number="L7654321")))
    asked = iter([False, True])
    assert apply_next(post.database, post.vault, post.clock(), "NRT", stopping=lambda: next(asked))
    assert [one.surname for one in post.people()] == ["QUILLFEATHER"]
    message = post.message(received.id)
    assert (message.status, message.attempts) == ("received", 0)
    post.work()
    assert [one.surname for one in post.people()] == ["QUILLFEATHER", "TIDEWELL"]
    assert post.message(received.id).status == "applied"


@pytest.mark.parametrize(
    "made",
    [
        lambda n: Claims((read_name(unlike(n), "G"),), birth_date=BORN),
        lambda n: Claims((read_name("SMITH", unlike(n)),), birth_date=BORN),
        lambda n: Claims((read_name("SMITH", "G"),), locators=frozenset({"AB12CD"})),
        lambda n: Claims((read_name(unlike(n), "G"),), documents=FILLER),
        lambda n: Claims((read_name("SMITH", "G"),), contents=frozenset({"same"})),
        lambda n: Claims(
            contents=frozenset({str(n)}), birth_date=BORN, locators=frozenset({"AB12CD"})
        ),
    ],
)
def test_finding_people_costs_no_more_the_more_are_alike(made: Callable[[int], Claims]) -> None:
    def cost(count: int) -> int:
        index, taken = Index(), set[UUID]()
        everybody = [made(n) for n in range(count)]

        def place() -> None:
            for claims in everybody:
                index.best(claims, taken)
                key = uuid7()
                index.put(key, claims)
                taken.add(key)

        return steps(place)

    assert cost(1600) < 2.6 * cost(800)
