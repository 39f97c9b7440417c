"""A closed inspection is corrected by an appended outcome: the last counts, all are shown, figures go by it."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.kernel.db import Database
from app.referrals.history import count_inspections
from app.travel.models import Flight, FlightStatus, Manifest, Passenger, Traveller
from tests.gate.world import ASTRID, add_passenger
from tests.referrals.desk import DONE, Desk, refused

FOUND = {
    **DONE,
    "findings": [{"kind": "dutiable", "description": "Watches", "quantity": "2", "unit": "pcs"}],
    "dispositions": [{"kind": "seize", "external_ref": "S-9", "goods": "Watches"}],
}


@pytest.fixture
def closed(desk: Desk):
    mori = desk.officer("Mori")
    referral = desk.put(passenger=desk.passenger())
    desk.post(mori, referral, "inspect")
    desk.clock.advance(seconds=60)
    assert desk.post(mori, referral, "outcome", DONE).status_code == 200
    return mori, referral


def amend(
    desk: Desk, who, referral, outcome=FOUND, reason="Watches were found in the lining", **more
):
    body = {**outcome, "version": desk.version(referral), "reason": reason} | more
    return desk.post(who, referral, "amendments", body)


def test_what_was_recorded_stays_and_the_last_word_counts(desk: Desk, closed):
    mori, referral = closed
    first = desk.see(mori, referral)["inspection"]
    second = desk.officer("Abe")
    answer = amend(desk, second, referral, minutes=40)
    assert answer.status_code == 200, answer.text
    shown = answer.json()["inspection"]
    assert [one["kind"] for one in shown["findings"]] == ["dutiable"]
    assert shown["minutes"] == 40
    assert [one["number"] for one in shown["revisions"]] == [0, 1]
    assert shown["revisions"][0] == first["revisions"][0]
    assert shown["revisions"][1]["reason"] == "Watches were found in the lining"
    assert desk.steps(referral)[-1] == "outcome-amended"
    by = desk.rows(
        "select name from officer where id = :id", id=shown["revisions"][1]["officer_id"]
    )
    assert by == [("Abe",)]


def test_an_amendment_can_be_amended(desk: Desk, closed):
    mori, referral = closed
    amend(desk, mori, referral)
    answer = amend(desk, mori, referral, DONE, "They were the traveller's own")
    shown = answer.json()["inspection"]
    assert [one["findings"][0]["kind"] for one in shown["revisions"]] == [
        "nothing", "dutiable", "nothing",
    ]  # fmt: skip
    assert [one["kind"] for one in shown["findings"]] == ["nothing"]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"reason": " "}, (422, "amendment-reason-missing")),
        ({"version": 1}, (409, "referral-changed")),
        ({"findings": []}, (422, "outcome-invalid")),
    ],
    ids=["reason", "version", "findings"],
)
def test_without_reason_or_on_what_was_not_seen_nothing_is_appended(desk, closed, wrong, expected):
    mori, referral = closed
    assert refused(amend(desk, mori, referral, **wrong)) == expected
    assert desk.rows("select count(*) from inspection_amendment") == [(0,)]


def test_what_is_still_open_has_nothing_to_amend(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    desk.post(mori, referral, "inspect")
    assert refused(amend(desk, mori, referral)) == (409, "nothing-to-amend")


def test_the_same_call_again_appends_nothing(desk: Desk, closed):
    mori, referral = closed
    body = {**FOUND, "version": desk.version(referral), "reason": "Lining"}
    for _ in range(2):
        answer = desk.post(mori, referral, "amendments", body, **{"Idempotency-Key": "a-1"})
        assert answer.status_code == 200
    assert desk.rows("select count(*) from inspection_amendment") == [(1,)]


def test_the_next_journey_knows_the_outcome_that_counts(desk: Desk, closed, database: Database):
    mori, referral = closed
    with database.transaction() as session:
        before = session.scalars(sa.select(Passenger)).one()
        traveller = Traveller(document_keys=[], person_keys=[])
        session.add(traveller)
        session.flush()
        before.traveller_id = traveller.id
        flight = Flight(
            site="NRT", carrier="XX", number=777, suffix="", flight_date=date(2026, 3, 20),
            origin="CPH", destination="NRT", status=FlightStatus.LANDED,
            manifest=Manifest.CLOSED, manifest_parts=[], version=1,
        )  # fmt: skip
        session.add(flight)
        session.flush()
        after = add_passenger(session, flight.id, ASTRID)
        session.get_one(Passenger, after).traveller_id = traveller.id

    def finds() -> int:
        with database.read() as session:
            return count_inspections(session, [after], desk.clock())[after].finds_5y

    assert finds() == 0
    amend(desk, mori, referral)
    assert finds() == 1
    amend(desk, mori, referral, DONE, "Own watches")
    assert finds() == 0
