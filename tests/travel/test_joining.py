"""Records of one booking put together."""

from hypothesis import given
from hypothesis import strategies as st

from app.travel.joining import join

MAREN = {"surname": "QUILLFEATHER", "given": "MAREN", "reference": "1"}
TOVE = {"surname": "TIDEWELL", "given": "TOVE", "reference": "1"}
LEG = {"carrier": "ZZ", "board": "SYD", "off": "NRT"}


def booked(*people: dict, **more: object) -> dict:
    return {"travellers": list(people), **more}


def test_what_refers_to_travellers_follows_them() -> None:
    seats = [{"leg": LEG, "check_ins": [{"traveller": 0, "seat": "1A"}]}]
    again = [{"leg": LEG, "pushed": True, "check_ins": [{"traveller": 0, "seat": "2B"}]}]
    found = join(booked(MAREN, itinerary=seats), booked(TOVE, itinerary=again))
    [flight] = found["itinerary"]
    assert [(one["traveller"], one["seat"]) for one in flight["check_ins"]] == [
        (0, "1A"),
        (1, "2B"),
    ]
    assert flight["pushed"] is True


def test_one_traveller_of_both_is_one_with_the_papers_of_both() -> None:
    passport = {"number": "L1234567"}
    found = join(booked(MAREN), booked({**MAREN, "documents": [passport]}))
    assert found["travellers"] == [{**MAREN, "documents": [passport]}]


def test_of_one_name_with_other_papers_are_two() -> None:
    some, others = ({**MAREN, "documents": [{"number": one}]} for one in ("L1", "L2"))
    assert len(join(booked(some), booked(others))["travellers"]) == 2
    born = join(booked({**MAREN, "birth": "1950-01-01"}), booked({**MAREN, "birth": "1984-05-06"}))
    assert len(born["travellers"]) == 2


PEOPLE = st.lists(st.sampled_from([MAREN, TOVE, {**TOVE, "reference": "2"}]), unique_by=str)


@given(PEOPLE, PEOPLE)
def test_nobody_is_lost_and_again_changes_nothing(some: list[dict], others: list[dict]) -> None:
    found = join(booked(*some), booked(*others))
    people = found.get("travellers", [])
    assert all(one in people for one in (*some, *others))
    assert join(found, booked(*others)) == found
