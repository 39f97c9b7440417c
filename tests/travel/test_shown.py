"""Passports that were shown: whose they can be, and that they are kept once and make due."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.identity.permissions import IN_CLEAR, FieldGroup, Role
from app.identity.sight import UNLIMITED, Seen
from app.travel.models import Passenger, ShownPassport
from app.travel.schemas import PassengerOut, PassportOut
from app.travel.shown import MOST, Bearer, Zone, note_passport, same_person
from app.travel.views import view_passenger
from tests.gate.world import ASTRID, add_flight, add_passenger

BORN = date(1991, 6, 8)
TOLD = Bearer("LINDQVIST", "ASTRID MAJ", BORN)
ZONE = Zone("LINDQVIST", "ASTRID MAJ", BORN, "F", "SWE", "SX4471209", "SWE", date(2031, 1, 1))


@pytest.mark.parametrize(
    "other",
    [
        TOLD,
        Bearer("Lindqvist", "Astrid", BORN),
        Bearer("ASTRID MAJ", "LINDQVIST", BORN),
        Bearer("LINDQVIST", "", BORN),
        Bearer("LINDQVIST", "ASTRID MAJMRS", BORN),
        Bearer("LINDQVIST", "ASTRID MAJ", None),
    ],
)
def test_one_person_may_be_written_in_many_ways(other: Bearer):
    assert same_person(TOLD, other)
    assert same_person(other, TOLD)


@pytest.mark.parametrize(
    "other",
    [
        Bearer("LINDQVIST", "ASTRID MAJ", date(1991, 8, 6)),
        Bearer("LINDQVIST", "NILS", BORN),
        Bearer("HERRERA", "ASTRID MAJ", BORN),
        Bearer("LINDQVIST", "", None),
        Bearer("", "", BORN),
    ],
)
def test_another_name_or_birth_date_is_somebody_else(other: Bearer):
    assert not same_person(TOLD, other)
    assert not same_person(other, TOLD)


def test_a_passport_is_kept_once_and_makes_its_passenger_due(database):
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), ASTRID)
    for made in (True, False):
        with database.transaction() as session:
            assert note_passport(session, passenger, ZONE) is made
    with database.transaction() as session:
        assert note_passport(session, passenger, replace(ZONE, number="SX4471299"))
    with database.read() as session:
        assert session.get_one(Passenger, passenger).facts_version == 3
        assert session.scalar(sa.select(sa.func.count()).select_from(ShownPassport)) == 2


def test_nobody_fills_the_table(database):
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), ASTRID)
        kept = [
            note_passport(session, passenger, replace(ZONE, number=f"SX44712{n:02}"))
            for n in range(MOST + 2)
        ]
    assert kept == [True] * MOST + [False, False]


def test_what_was_rectified_stands_beside_what_carriers_sent(database):
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), ASTRID)
        note_passport(session, passenger, replace(ZONE, number="SX4471299"))
        note_passport(session, passenger, replace(ZONE, given_names="ASTRID MAY"), uuid4())
    with database.read() as session:
        out = PassengerOut.of(view_passenger(session, passenger), UNLIMITED)
    assert (out.fields["given_names"].value, out.fields["given_names"].source) == (
        ASTRID.given,
        None,
    )
    assert [one.number for one in out.documents] == [ASTRID.number]
    told = [(one.source, one.given_names, one.number) for one in out.passports]
    assert told == [("kiosk", "ASTRID MAJ", "SX4471299"), ("rectified", "ASTRID MAY", ZONE.number)]


def test_a_passport_is_masked_as_the_rest_of_its_holder():
    row = ShownPassport(**{one: getattr(ZONE, one) for one in ZONE.__slots__}, request_id=uuid4())
    afar = PassportOut.of(row, Seen(IN_CLEAR[Role.REMOTE_SENIOR]))
    assert FieldGroup.NAME not in IN_CLEAR[Role.REMOTE_SENIOR]
    assert (afar.surname, afar.given_names) == ("L.", "A. M.")
    assert (afar.birth_date, afar.number) == (None, "•••209")
    assert (afar.nationality, afar.issuer, afar.sex) == ("SWE", "SWE", "F")


def test_what_is_masked_by_its_age_is_null():
    old = replace(ZONE, surname="", given_names="", number="", expires_on=None)
    row = ShownPassport(**{one: getattr(old, one) for one in ZONE.__slots__})
    out = PassportOut.of(row, UNLIMITED.at()).model_dump()
    assert out == {
        "source": "kiosk", "surname": None, "given_names": None, "birth_date": BORN, "sex": "F",
        "nationality": "SWE", "number": None, "issuer": "SWE", "expires_on": None,
    }  # fmt: skip
