"""Which rows retention has masked, told by what masking leaves."""

from datetime import date

import pytest

from app.gate.models import Presentation
from app.retention.marks import is_marked, is_stand_in
from app.travel.models import Booking, Document, Passenger, ShownPassport

BORN = date(1984, 5, 6)
MARKED = {"masked": True}


@pytest.mark.parametrize(
    ("name", "listed", "booked", "masked"),
    [("TESTER<ANNA", {"surname": "TESTER"}, None, False),
     ("TESTER<ANNA", None, None, False),  # as a passport at a kiosk named her
     ("", {"reference": "R1"}, None, False),  # a list without a name
     ("", None, {"1": {"index": 0}}, False),
     ("", None, {"1": MARKED, "2": {"index": 0}}, False),  # a push that came after masking
     ("", None, {"1": MARKED}, True),
     ("", None, None, True)],
)  # fmt: skip
def test_a_passenger_is_masked_where_nothing_that_was_sent_is_left(
    name: str, listed: dict[str, str] | None, booked: dict[str, object] | None, *, masked: bool
) -> None:
    one = Passenger(name_key=name, api_data=listed, pnr_data=booked, birth_date=BORN)
    assert one.is_masked is masked
    assert one.known_birth_date == (None if masked else BORN)


def test_other_rows_are_masked_where_a_pseudonym_stands() -> None:
    assert Booking(locator="~8953a1b2").known_locator is None
    assert Booking(locator="AB12CD").known_locator == "AB12CD"
    assert Document(number_key="~8953a1b2", number="").is_masked
    assert not Document(number_key="L1234567", number="L1234567").is_masked
    assert ShownPassport(digest=b"~" + bytes(16), birth_date=BORN).known_birth_date is None
    assert ShownPassport(digest=b"~" + bytes(31), birth_date=BORN).known_birth_date == BORN
    assert Presentation(readings={"chip": "verified", **MARKED}).is_masked
    assert not Presentation(readings={"chip": "verified"}).is_masked


def test_a_mark_is_told_from_what_was_sent() -> None:
    assert is_marked(MARKED)
    for record in (None, {}, {"masked": False}, {"masked": "yes"}, "masked"):
        assert not is_marked(record)
    assert not is_stand_in(None)
    assert not is_stand_in("")
