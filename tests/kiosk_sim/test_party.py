"""Fellow travellers on a kiosk's screen: by passport or typed, each once, at most nine, gone with the session."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kiosk_sim.party import MOST, Fellow, Note, Party
from kiosk_sim.passport import Passport, invent

TODAY = datetime.now(UTC).date()
CHANCE = random.Random(11)
OWN, OTHER = (invent(CHANCE, TODAY, state) for state in ("GBR", "THA"))


def read(party: Party, passport: Passport) -> Note | None:
    party.read(passport.mrz, OWN.mrz, TODAY)
    return party.note


def test_a_passport_adds_its_holder_as_the_declaration_names_people() -> None:
    party = Party()
    assert read(party, OTHER) is None
    assert party.sent() == [
        {
            "surname": OTHER.surname, "given_names": OTHER.given_names,
            "document_number": OTHER.number, "birth_date": OTHER.birth_date.isoformat(),
        }
    ]  # fmt: skip
    assert party.shown() == {"people": [f"{OTHER.given_names} {OTHER.surname}"], "note": None}


def test_who_is_on_it_already_is_not_added_again() -> None:
    party = Party()
    read(party, OTHER)
    assert read(party, OTHER) is Note.AGAIN
    assert read(party, OWN) is Note.AGAIN
    typed = Fellow("OTHER", "NAME", OTHER.number, "2000-01-01")
    party.add(typed)
    assert (party.note, len(party.sent())) == (Note.AGAIN, 1)


def test_two_children_without_a_number_are_two() -> None:
    party = Party()
    for given in ("ANNA", "ANNA", "BEN"):
        party.add(Fellow("OTHER", given, None, "2020-01-01"))
    assert [one["given_names"] for one in party.sent()] == ["ANNA", "BEN"]


def test_a_number_of_another_state_is_somebody_else() -> None:
    assert read(Party(), replace(OTHER, number=OWN.number)) is None


@pytest.mark.parametrize("text", ["P<GBR", OTHER.mrz.replace(OTHER.number[-3:], "999")])
def test_what_cannot_be_read_soundly_is_typed(text: str) -> None:
    party = Party()
    party.read(text, OWN.mrz, TODAY)
    assert (party.note, party.sent()) == (Note.TYPE, [])


def test_ten_declare_together_and_no_more() -> None:
    party = Party()
    people = [invent(CHANCE, TODAY) for _ in range(MOST + 1)]
    assert [read(party, one) for one in people] == [*[None] * MOST, Note.FULL]
    party.remove(0)
    party.remove(20)
    assert read(party, people[-1]) is None


def test_dates_of_birth_are_all_that_an_estimate_needs() -> None:
    party = Party()
    party.add(Fellow("X", "Y", None, "2020-00-00"))
    assert party.born(OWN.mrz, TODAY) == [OWN.birth_date.isoformat(), "2020-00-00"]
    open_birth = "\n".join(
        ("P<UTOTEST<<PERSON".ljust(44, "<"), "L898902C<3UTO6908061F9406236ZE184226B<<<<<14")
    )
    assert party.born(open_birth, date(1990, 1, 1))[0] == "1969-08-06"
    party.clear()
    assert party.sent() == []
