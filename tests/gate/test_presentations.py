"""Presentations over HTTP: what kiosks, lanes and one-step gates answer, and what they refuse."""

import asyncio
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from app.declarations.registry import questionnaires
from app.formats.credential import (
    Companion,
    Declaration,
    Identity,
    Journey,
    seal_declaration,
)
from app.gate import halls, hot, known, presentations
from app.gate.models import HallMode, HallSteps
from app.identity.models import DeviceKind
from app.identity.permissions import Role
from tests.conftest import administer
from tests.declarations.forms import CTI, DEVICE, WATCH, submission
from tests.gate.world import (
    ASTRID,
    ELSA,
    NILS,
    NOW,
    OLGA,
    Person,
    World,
    add_ruleset,
    locked,
)
from tests.support import problem_code

SAFE = {
    "id", "answer", "counter", "advice", "whose", "party_left", "path", "hold_seconds", "clearance_id",
    "expires_at",
}  # fmt: skip


def reasons(world: World, presentation: str) -> list[str]:
    return world.rows("select reasons from presentation where id = :id", id=presentation)[0][0]


def referrals(world: World) -> list[tuple[str, list[str], str]]:
    rows = world.rows("select kind, reasons, state from referral order by id")
    return [tuple(row) for row in rows]


# --- the two-step hall ----------------------------------------------------------------------------


def test_two_step_the_kiosk_registers_and_the_lane_opens(two_step: World):
    code = two_step.ready()
    at_kiosk = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert (at_kiosk["answer"], at_kiosk["clearance_id"]) == ("registered", None)
    at_lane = two_step.answer(two_step.lane, None, code)
    assert at_lane["answer"] == "cleared"
    assert two_step.pass_through(two_step.lane, at_lane["id"]).status_code == 201
    assert referrals(two_step) == []


def test_a_lane_finds_the_registration_by_the_passport_too(two_step: World):
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "cleared"
    assert two_step.answer(two_step.lane, ASTRID.mrz, code)["answer"] == "cleared"


def test_white_space_around_a_code_is_nothing(two_step: World):
    code = f" {two_step.ready()}\r\n"
    assert two_step.answer(two_step.kiosk, ASTRID.mrz, code)["answer"] == "registered"
    assert two_step.answer(two_step.lane, None, code)["answer"] == "cleared"


def test_without_a_code_the_declaration_is_found_by_the_passport(two_step: World):
    two_step.ready()
    assert two_step.answer(two_step.kiosk, ASTRID.mrz)["answer"] == "registered"
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "cleared"


def test_who_was_not_at_a_kiosk_is_sent_there(two_step: World):
    code = two_step.ready()
    found = two_step.answer(two_step.lane, None, code)
    assert (found["answer"], found["counter"], found["advice"]) == ("refer", "K", "go-to-kiosk")
    assert reasons(two_step, found["id"])[0] == "not-registered"


@pytest.mark.parametrize(
    "judged",
    [{}, {"action": "stop"}, {"action": "discreet", "confirmed": True}, {"control": True},
     {"action": "observe"}],
)  # fmt: skip
def test_a_kiosk_tells_everybody_the_same(two_step: World, judged):
    code = two_step.ready(**judged)
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert found.keys() == SAFE
    assert {**found, "id": ""} == {
        "id": "", "answer": "registered", "counter": None, "advice": None, "whose": None, "party_left": 0,
        "path": ["registered"],
        "hold_seconds": None, "clearance_id": None, "expires_at": None,
    }  # fmt: skip
    assert len(referrals(two_step)) == bool(judged)
    at_lane = two_step.answer(two_step.lane, None, code)
    assert at_lane["answer"] == ("refer" if judged else "cleared")
    assert len(referrals(two_step)) == bool(judged)  # the same one, presented again


def test_goods_are_answered_at_once_with_their_counter(two_step: World):
    two_step.add()
    code = two_step.code(goods=[WATCH], answers={**submission()["answers"], "over_allowance": True})
    two_step.assess(two_step.id_of())
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert (found["answer"], found["counter"]) == ("counter", "B")
    assert referrals(two_step) == [("goods", ["declared-goods"], "raised")]
    assert two_step.answer(two_step.lane, None, code)["answer"] == "counter"
    assert len(referrals(two_step)) == 1


def test_a_confirmed_risk_is_raised_beside_the_goods(two_step: World):
    two_step.add()
    code = two_step.code(goods=[WATCH], answers={**submission()["answers"], "over_allowance": True})
    two_step.assess(two_step.id_of(), action="stop", confirmed=True)
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert {(kind, *why) for kind, why, _ in referrals(two_step)} == {
        ("goods", "declared-goods"), ("risk", "risk-confirmed"),
    }  # fmt: skip


def test_who_is_not_on_the_closed_list_is_looked_at(two_step: World):
    code = two_step.code()
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert found["answer"] == "counter"
    assert reasons(two_step, found["id"]) == ["not-on-manifest", "not-screened"]


def test_a_second_passport_is_resolved_by_name_and_birth_date(two_step: World):
    other = replace(ASTRID, number="SX9990001")
    two_step.add(other)  # the airline sent the other passport
    code = two_step.code(ASTRID)
    two_step.assess(two_step.id_of(other))
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert (found["answer"], reasons(two_step, found["id"])) == ("registered", ["screening-late"])
    two_step.assess(two_step.id_of(other))  # with the passport that was shown
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert (found["answer"], reasons(two_step, found["id"])) == ("registered", [])


def test_an_open_list_alerts_once_per_flight(two_step: World):
    with two_step.database.transaction() as session:
        session.execute(sa.text("update flight set manifest = 'open'"))
    for person in (ASTRID, OLGA):
        code = two_step.code(person)
        assert two_step.answer(two_step.kiosk, person.mrz, code)["answer"] == "registered"
        assert two_step.answer(two_step.lane, None, code)["answer"] == "refer"
    alerts = two_step.rows("select reasons from referral where flight_id is not null")
    assert [tuple(row) for row in alerts] == [(["manifest-open"],)]


def test_an_expired_passport_is_told_at_once(two_step: World):
    two_step.ready()
    expired = replace(ASTRID, expires=date(2026, 3, 1))
    found = two_step.answer(two_step.kiosk, expired.mrz)
    assert (found["answer"], found["counter"]) == ("counter", "A")
    assert reasons(two_step, found["id"])[0] == "document-expired"
    at_lane = two_step.answer(two_step.lane, ASTRID.mrz)
    assert reasons(two_step, at_lane["id"])[0] == "document-expired"


def test_a_diplomat_is_no_random_sample(two_step: World):
    two_step.ready(control=True)
    diplomat = replace(ASTRID, code="PD")
    assert two_step.answer(two_step.kiosk, diplomat.mrz)["answer"] == "registered"
    assert two_step.answer(two_step.lane, diplomat.mrz)["answer"] == "cleared"


# --- the one-step hall ----------------------------------------------------------------------------


def test_one_step_a_clean_traveller_is_cleared(one_step: World):
    code = one_step.ready()
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    assert found["answer"] == "cleared"
    assert found["clearance_id"]
    assert one_step.pass_through(one_step.kiosk, found["id"]).status_code == 201


def test_one_step_a_flagged_traveller_is_held(one_step: World):
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready(action="stop"))
    assert (found["answer"], found["counter"]) == ("hold", None)
    assert 25 < found["hold_seconds"] <= 30
    assert one_step.pass_through(one_step.kiosk, found["id"]).status_code == 409


def test_one_step_a_control_sample_is_referred(one_step: World):
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready(control=True))
    assert (found["answer"], found["counter"]) == ("refer", "A")


# --- codes ----------------------------------------------------------------------------------------


def test_a_code_used_twice(one_step: World):
    code = one_step.ready()
    first = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    one_step.pass_through(one_step.kiosk, first["id"])
    for shown in (code, None):
        again = one_step.answer(one_step.kiosk, ASTRID.mrz, shown)
        assert (again["answer"], again["advice"]) == ("refer", None)
        assert reasons(one_step, again["id"])[0] == "credential-already_used"


def test_somebody_elses_code(two_step: World):
    two_step.ready(OLGA)
    stolen = two_step.ready(ASTRID)
    found = two_step.answer(two_step.kiosk, OLGA.mrz, stolen)
    assert (found["answer"], found["advice"]) == ("show-other-code", "code-for-this-passport")
    assert found["whose"] is None, "a stranger is not named"
    assert referrals(two_step) == []


def test_a_code_of_the_same_party(two_step: World):
    everybody = two_step.party(ASTRID, NILS)
    codes = {person: two_step.code(person) for person in (ASTRID, NILS)}
    two_step.assess(*everybody)
    found = two_step.answer(two_step.kiosk, NILS.mrz, codes[ASTRID])
    assert (found["answer"], found["advice"]) == ("show-other-code", "code-of-party")
    assert found["whose"] == "ASTRID MAJ"
    again = two_step.client.get(f"/api/v1/presentations/{found['id']}", headers=two_step.kiosk)
    assert again.json()["whose"] == "ASTRID MAJ", "an answer lost on the way is given again"


@pytest.mark.parametrize("place", [6, 60, -1])
def test_a_forged_code(two_step: World, place):
    code = two_step.ready()
    forged = list(code)
    forged[place] = "A" if forged[place] != "A" else "B"
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, "".join(forged))
    assert (found["answer"], found["advice"]) == ("counter", None)
    assert reasons(two_step, found["id"])[0].startswith("credential-")
    at_lane = two_step.answer(two_step.lane, ASTRID.mrz)  # and it is not forgotten
    assert at_lane["answer"] == "refer"


@pytest.mark.parametrize(
    "lunch", ["", "https://menu.example/lunch", "EGR1:", "EGD1:%%%", "\x00" * 40]
)
def test_a_code_with_something_else_in_it(two_step: World, lunch):
    two_step.ready()
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, lunch)
    assert found["answer"] == "counter"


def test_a_withdrawn_code(two_step: World):
    two_step.add()
    made = two_step.declare()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    gone = two_step.client.delete(f"/api/v1/declarations/{made['id']}", headers=headers)
    assert gone.status_code in (200, 204), gone.text
    two_step.assess(two_step.id_of())
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, made["credential"]["text"])
    assert reasons(two_step, found["id"])[0] == "credential-withdrawn"


def test_a_superseded_code(two_step: World):
    two_step.add()
    made = two_step.declare()
    with two_step.database.transaction() as session:
        session.execute(sa.text("update declaration set seq = seq + 1"))
    two_step.assess(two_step.id_of())
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, made["credential"]["text"])
    assert reasons(two_step, found["id"])[0] == "credential-superseded"


def test_an_expired_code(two_step: World, clock, enrolled):
    code = two_step.ready()
    clock.advance(days=5)

    late = enrolled(DeviceKind.KIOSK, two_step.hall)
    found = two_step.answer(late, ASTRID.mrz, code)
    assert reasons(two_step, found["id"])[0] == "credential-expired"


def plain_code(*companions: Companion) -> str:
    form = questionnaires()["jp-c5360-2024"]
    declaration = Declaration(
        Identity("LINDQVIST", "ASTRID MAJ", "SX4471209", "SWE", "SWE", 19910608),
        Journey("XX983", "CPH", "NRT", date(2026, 3, 10), 1), None, companions, form.id, 0, (), 0,
    )  # fmt: skip
    start = int(NOW.timestamp()) - 3600
    return seal_declaration(declaration, cti=CTI, iat=start, exp=start + 5 * 86400, key=DEVICE)


def test_an_offline_declaration_is_accepted_at_the_kiosk(client, database, enrolled):

    world = World(client, database, enrolled, HallSteps.TWO, {"plain_egd1_allowed": True})
    world.add()
    world.assess(world.id_of())
    found = world.answer(world.kiosk, ASTRID.mrz, plain_code())
    assert found["answer"] == "registered"
    assert reasons(world, found["id"]) == [
        "screening-late"
    ]  # its facts are new, nobody screens here
    world.assess(world.id_of())
    assert world.answer(world.lane, None, plain_code())["answer"] == "cleared"


def test_a_plain_declaration_is_refused_where_the_policy_does_not_say_so(two_step: World):
    two_step.add()
    two_step.assess(two_step.id_of())
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, plain_code())
    assert reasons(two_step, found["id"])[0] == "credential-prefix_unknown"
    assert two_step.rows("select count(*) from declaration")[0][0] == 0


def test_a_companion_known_by_name_only_may_show_the_familys_code(client, database, enrolled):

    world = World(client, database, enrolled, HallSteps.TWO, {"plain_egd1_allowed": True})
    world.add(), world.add(ELSA)
    code = plain_code(Companion(None, "ELSA", None, 20150930))
    world.answer(world.kiosk, ASTRID.mrz, code)
    world.assess(world.id_of(), world.id_of(ELSA))
    found = world.answer(world.kiosk, ELSA.mrz, code)
    assert found["answer"] == "registered"
    row = world.rows("select person from presentation where id = :id", id=found["id"])
    assert row[0][0] == 1


def test_each_companions_own_receipt_finds_its_own_registration_and_use(two_step: World):
    """At a lane that reads nothing but the code, in whatever order the family comes."""
    two_step.add(), two_step.add(NILS)
    companion = {
        "surname": NILS.surname, "given_names": NILS.given, "birth_date": "1989-02-14",
        "document_number": NILS.number,
    }  # fmt: skip
    credential = two_step.declare(companions=[companion])["credential"]
    own = {ASTRID: credential["text"], NILS: credential["companions"][0]}
    two_step.assess(two_step.id_of(), two_step.id_of(NILS))
    for person in (ASTRID, NILS):
        assert two_step.answer(two_step.kiosk, person.mrz, own[person])["answer"] == "registered"
    for person, number in ((NILS, 1), (ASTRID, 0)):
        found = two_step.answer(two_step.lane, None, own[person])
        assert found["answer"] == "cleared"
        shown = "select person, passenger_id from presentation where id = :id"
        assert two_step.rows(shown, id=found["id"]) == [(number, two_step.id_of(person))]
        assert two_step.pass_through(two_step.lane, found["id"]).status_code == 201
    assert two_step.rows("select person from credential_use order by 1") == [(0,), (1,)]
    stranger = two_step.answer(two_step.kiosk, OLGA.mrz, own[NILS])
    assert stranger["answer"] == "show-other-code"


def family(world: World, companion: Person, **traveller: Any) -> list[str]:
    """The receipts of Astrid, who has registered, and of a companion, who has not; both screened."""
    world.add(), world.add(companion)
    named = {
        "surname": companion.surname, "given_names": companion.given,
        "birth_date": companion.birth.isoformat(), "document_number": companion.number,
    }  # fmt: skip
    credential = world.declare(companions=[named], **traveller)["credential"]
    world.assess(world.id_of(), world.id_of(companion))
    receipts = [credential["text"], *credential["companions"]]
    assert world.answer(world.kiosk, ASTRID.mrz, receipts[0])["answer"] == "registered"
    return receipts


def test_a_kiosk_is_told_how_many_of_the_declaration_have_not_shown_their_passport(
    two_step: World,
) -> None:
    """It asks for the next one, whatever code is shown; who has no code finds the same declaration."""
    two_step.add(), two_step.add(NILS), two_step.add(OLGA)
    named = [
        {"surname": one.surname, "given_names": one.given, "birth_date": one.birth.isoformat(),
         "document_number": one.number}
        for one in (NILS, OLGA)
    ]  # fmt: skip
    text = two_step.declare(companions=named)["credential"]["text"]
    shown = [(OLGA, text), (ASTRID, text), (ASTRID, None), (NILS, None)]
    left = [two_step.answer(two_step.kiosk, one.mrz, code)["party_left"] for one, code in shown]
    assert left == [2, 1, 1, 0]
    assert two_step.answer(two_step.kiosk, ELSA.mrz)["party_left"] == 0
    assert two_step.answer(two_step.lane, OLGA.mrz)["party_left"] == 0


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        (
            {
                "sod-signature": "passed",
                "groups": "failed:dg2",
                "signer-revocation": "unknown:no-list",
            },
            201,
        ),
        ({"groups": "Penrose, June"}, 422),
        ({"ANNA": "passed"}, 422),
        ({"groups": "passed:" + "a" * 31}, 422),
        ({f"check-{'a' * n}": "passed" for n in range(13)}, 422),
    ],
)
def test_how_each_check_of_the_chip_went_is_kept_and_nothing_else(
    two_step: World, checks: dict[str, str], status: int
) -> None:
    two_step.ready()
    answer = two_step.present(two_step.kiosk, ASTRID.mrz, chip="failed", chip_checks=checks)
    assert answer.status_code == status, answer.text
    kept = two_step.rows("select readings -> 'chip_checks' from presentation")
    assert kept == ([(checks,)] if status == 201 else [])


@pytest.mark.parametrize("companion", [NILS, OLGA], ids=["same-state", "another-state"])
def test_a_companions_receipt_alone_never_stands_for_the_traveller(
    two_step: World, companion: Person
) -> None:
    """Who has not registered is sent to the kiosk under the own name, and the traveller's way stays open."""
    hers, own = family(two_step, companion)
    found = two_step.answer(two_step.lane, None, own)
    assert (found["answer"], found["counter"], found["advice"]) == ("refer", "K", "go-to-kiosk")
    shown = "select person, passenger_id, registration_id from presentation where id = :id"
    assert two_step.rows(shown, id=found["id"]) == [(1, two_step.id_of(companion), None)]
    assert two_step.answer(two_step.lane, None, hers)["answer"] == "cleared"
    assert two_step.answer(two_step.kiosk, companion.mrz, own)["answer"] == "registered"
    assert two_step.answer(two_step.lane, None, own)["answer"] == "cleared"


def test_where_the_policy_says_so_the_lane_reads_the_companions_passport(
    client, database, enrolled
):
    world = World(client, database, enrolled, HallSteps.TWO, {"companions_at_lane": True})
    _, own = family(world, OLGA)
    asked = world.answer(world.lane, None, own)
    assert (asked["answer"], asked["advice"]) == ("show-passport", "passport-here")
    assert referrals(world) == []
    found = world.answer(world.lane, OLGA.mrz, own)
    assert found["answer"] == "cleared"
    assert world.pass_through(world.lane, found["id"]).status_code == 201
    assert world.rows("select person from credential_use") == [(1,)]
    assert world.answer(world.lane, ASTRID.mrz)["answer"] == "cleared"


def test_the_policy_serves_nobody_whose_traveller_has_not_registered(client, database, enrolled):
    world = World(client, database, enrolled, HallSteps.TWO, {"companions_at_lane": True})
    _, own = family(world, NILS)
    with world.database.transaction() as session:
        session.execute(
            sa.text("update presentation set decided_at = decided_at - interval '2 days'")
        )
    for passport in (None, NILS.mrz):
        found = world.answer(world.lane, passport, own)
        assert (found["answer"], found["advice"]) == ("refer", "go-to-kiosk")


def test_the_traveller_does_not_register_at_the_lane(client, database, enrolled):
    world = World(client, database, enrolled, HallSteps.TWO, {"companions_at_lane": True})
    code = world.ready()
    for passport in (None, ASTRID.mrz):
        assert world.answer(world.lane, passport, code)["advice"] == "go-to-kiosk"


def test_a_use_is_counted_for_each_person_of_the_party(client, database, enrolled):
    """Showing a code changes nothing; passing a lane uses it up for that person and for nobody else."""
    world = World(client, database, enrolled, HallSteps.TWO, {"plain_egd1_allowed": True})
    world.add(), world.add(NILS)
    code = plain_code(Companion(None, "NILS", "SX4471210", 19890214))
    for _ in range(2):
        for person in (ASTRID, NILS):
            assert world.answer(world.kiosk, person.mrz, code)["answer"] == "registered"
    assert world.rows("select count(*) from declaration") == [(1,)]
    assert world.rows("select count(*) from credential_use") == [(0,)]
    world.assess(world.id_of(), world.id_of(NILS))
    for number, person in enumerate((ASTRID, NILS)):
        found = world.answer(world.lane, person.mrz, code)
        assert found["answer"] == "cleared"
        assert world.rows("select count(*) from credential_use") == [(number,)]
        assert world.pass_through(world.lane, found["id"]).status_code == 201
    assert world.rows("select person from credential_use order by 1") == [(0,), (1,)]
    for person in (ASTRID, NILS):
        again = world.answer(world.lane, person.mrz, code)
        assert (again["answer"], reasons(world, again["id"])[0]) == (
            "refer",
            "credential-already_used",
        )


# --- parties --------------------------------------------------------------------------------------


def test_the_strictest_result_holds_for_the_party(two_step: World):
    astrid, nils = two_step.party(ASTRID, NILS)
    codes = [two_step.code(ASTRID), two_step.code(NILS)]
    two_step.assess(astrid)
    two_step.assess(nils, action="stop")
    for person, code in zip((ASTRID, NILS), codes, strict=True):
        assert two_step.answer(two_step.kiosk, person.mrz, code)["answer"] == "registered"
        at_lane = two_step.answer(two_step.lane, None, code)
        assert (at_lane["answer"], at_lane["counter"], at_lane["advice"]) == ("refer", "A", None)
    assert {tuple(why) for _, why, _ in referrals(two_step)} == {
        ("party-risk",), ("risk-unreviewed",),
    }  # fmt: skip


def test_a_child_passes_after_its_guardian(two_step: World):
    everybody = two_step.party(ASTRID, ELSA)
    two_step.code(ASTRID), two_step.code(ELSA)
    two_step.assess(*everybody)
    for person in (ASTRID, ELSA):
        assert two_step.answer(two_step.kiosk, person.mrz)["answer"] == "registered"
    early = two_step.answer(two_step.lane, ELSA.mrz)
    assert reasons(two_step, early["id"]) == ["guardian-not-cleared"]
    first = two_step.answer(two_step.lane, ASTRID.mrz)
    assert first["answer"] == "refer"  # the child is with the officers: nobody goes without it


def test_a_family_in_order(two_step: World):
    everybody = two_step.party(ASTRID, ELSA)
    two_step.code(ASTRID), two_step.code(ELSA)
    two_step.assess(*everybody)
    for person in (ELSA, ASTRID):
        assert two_step.answer(two_step.kiosk, person.mrz)["answer"] == "registered"
    for person in (ASTRID, ELSA):
        found = two_step.answer(two_step.lane, person.mrz)
        assert found["answer"] == "cleared"
        assert two_step.pass_through(two_step.lane, found["id"]).status_code == 201


def test_a_child_alone(two_step: World):
    two_step.ready(ELSA)
    found = two_step.answer(two_step.kiosk, ELSA.mrz)
    assert reasons(two_step, found["id"]) == ["child-alone"]


# --- freshness ------------------------------------------------------------------------------------


def test_a_stale_assessment_waits_and_then_refers(two_step: World):
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    two_step.touch(two_step.id_of())
    found = two_step.answer(two_step.lane, None, code)
    assert found["answer"] == "refer"
    assert reasons(two_step, found["id"]) == ["screening-late"]


def test_a_new_rule_set_makes_an_assessment_stale(one_step: World):
    code = one_step.ready()

    with one_step.database.transaction() as session:
        add_ruleset(session)
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    assert reasons(one_step, found["id"]) == ["screening-late"]


def test_an_assessment_that_comes_while_waiting_is_used(one_step: World, monkeypatch):
    monkeypatch.setattr("app.gate.presentations.STALE_SECONDS", 60.0)
    code = one_step.ready()
    one_step.touch(one_step.id_of())
    timer = threading.Timer(0.2, one_step.assess, [one_step.id_of()])
    timer.start()
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    timer.join()
    assert found["answer"] == "cleared"


# --- the hall's switch ----------------------------------------------------------------------------


def test_the_supervisor_switches_the_hall(two_step: World, officer):
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    url = f"/api/v1/halls/{two_step.hall}/mode"

    def switch(mode: str, role: Role = Role.SENIOR) -> int:
        body = {"mode": mode}
        return two_step.client.post(url, json=body, headers=officer(role)).status_code

    assert switch("evacuation", Role.GATE_OFFICER) == 403
    assert switch("evacuation") == 200
    assert two_step.answer(two_step.lane, None, code)["answer"] == "out-of-service"
    assert two_step.answer(two_step.kiosk, ASTRID.mrz, code)["answer"] == "out-of-service"
    assert switch("staffed-only") == 200
    assert two_step.answer(two_step.lane, None, code)["answer"] == "counter"
    assert switch("normal") == 200
    cleared = two_step.answer(two_step.lane, None, code)
    assert cleared["answer"] == "cleared"
    assert switch("evacuation") == 200
    assert two_step.pass_through(two_step.lane, cleared["id"]).status_code == 409
    found = two_step.client.get("/api/v1/halls", headers=officer()).json()["halls"]
    assert [hall["mode"] for hall in found] == [HallMode.EVACUATION]


# --- the calls themselves -------------------------------------------------------------------------


def test_a_step_left_out_is_refused(two_step: World):
    code = two_step.ready()
    for device, mrz, credential in (
        (two_step.kiosk, None, code), (two_step.lane, None, None), (two_step.kiosk, None, None),
    ):  # fmt: skip
        found = two_step.present(device, mrz, credential)
        assert (found.status_code, problem_code(found.text)) == (409, "step-missing")
    assert two_step.rows("select count(*) from presentation")[0][0] == 0


def test_a_device_that_means_another_step_is_refused(two_step: World):
    body = {"mrz": ASTRID.mrz, "step": "pass"}
    found = two_step.client.post("/api/v1/presentations", json=body, headers=two_step.kiosk)
    assert (found.status_code, problem_code(found.text)) == (409, "step-missing")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"mrz": 1}', b'{"mrzz": "x"}', b'{"readings": {"chip": "fine"}}',
     b"\x00\xff", b'{"mrz": "' + b"x" * 200 + b'"}', b'{"mrz": "P<SWELINDQVIST"}'],
)  # fmt: skip
def test_a_body_that_is_wrong_is_a_problem_without_echo(two_step: World, body):
    found = two_step.client.post("/api/v1/presentations", content=body, headers=two_step.kiosk)
    assert found.status_code == 422
    assert "LINDQVIST" not in found.text
    assert "mrzz" not in found.text


def test_a_huge_body_is_given_up(two_step: World):
    found = two_step.client.post(
        "/api/v1/presentations", content=b"x" * 100_000, headers=two_step.kiosk
    )
    assert (found.status_code, problem_code(found.text)) == (413, "too-large")


def test_a_wrong_key_is_401(two_step: World):
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}):
        for call in (
            two_step.present(headers, ASTRID.mrz),
            two_step.pass_through(headers, str(two_step.hall)),
            two_step.client.get(f"/api/v1/presentations/{two_step.hall}", headers=headers),
            two_step.client.get("/api/v1/device-events", headers=headers),
        ):
            assert (call.status_code, problem_code(call.text)) == (401, "unauthenticated")
    assert two_step.rows("select count(*) from idempotency where actor like 'device%'")[0][0] == 0


def test_a_token_ends(two_step: World, clock):
    clock.advance(minutes=11)
    assert two_step.present(two_step.kiosk, ASTRID.mrz).status_code == 401


def test_the_same_key_shows_the_current_state(one_step: World):
    code = one_step.ready()
    first = one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k1")
    again = one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k1")
    assert first.json() == again.json()
    assert one_step.rows("select count(*) from presentation")[0][0] == 1
    one_step.touch(one_step.id_of())
    later = one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k1").json()
    assert (later["id"], later["clearance_id"]) == (first.json()["id"], None)
    other = one_step.present(one_step.kiosk, OLGA.mrz, code, key="k1")
    assert (other.status_code, problem_code(other.text)) == (422, "idempotency-key-reused")


def test_the_same_call_twice_at_one_moment_is_one_presentation(one_step: World, monkeypatch):
    """Both have read that nobody has called before; one writes, the other finds what was written."""
    code, read, original = one_step.ready(), [], presentations.one
    both = asyncio.Event()

    async def together(connection, statement, values):
        found = await original(connection, statement, values)
        if statement == hot.READ and not both.is_set():
            read.append(found["earlier_hash"])
            if len(read) == 2:
                both.set()
            await both.wait()
        return found

    monkeypatch.setattr(presentations, "one", together)
    with ThreadPoolExecutor(2) as devices:
        calls = [
            devices.submit(one_step.present, one_step.kiosk, ASTRID.mrz, code, "k1")
            for _ in range(2)
        ]
        first, second = (call.result() for call in calls)
    assert read == [None, None]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert one_step.rows("select count(*) from presentation") == [(1,)]
    assert one_step.rows("select count(*) from clearance") == [(1,)]
    assert one_step.rows("select count(*) from event where kind = 'presentation.changed'") == [(1,)]


def test_a_referral_that_is_closed_meanwhile_is_not_renewed(one_step: World, monkeypatch):
    """Decided again: there is another one, and nothing of the first try is left."""
    code = one_step.ready(action="stop", confirmed=True)
    one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    original, calls = presentations.build_case, []

    def interrupted(*args, **more):
        calls.append(1)
        if len(calls) == 1:
            with one_step.database.transaction() as session:
                session.execute(sa.text("update referral set state = 'closed', closed_at = now()"))
        return original(*args, **more)

    monkeypatch.setattr(presentations, "build_case", interrupted)
    one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k2")
    assert len(calls) == 2
    assert sorted(one_step.rows("select state from referral")) == [("closed",), ("raised",)]
    assert one_step.rows("select count(*) from presentation") == [(2,)]
    assert one_step.rows("select count(*) from idempotency where key = 'k2'") == [(1,)]


def test_another_halls_device_does_not_see_a_presentation(one_step: World, enrolled):

    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready())
    url = f"/api/v1/presentations/{found['id']}"
    assert one_step.client.get(url, headers=one_step.lane).status_code == 200
    with one_step.database.transaction() as session:
        other = halls.create_hall(session, "NRT", "Other", HallSteps.ONE, NOW).id
    stranger = enrolled(DeviceKind.KIOSK, other)
    assert one_step.client.get(url, headers=stranger).status_code == 404
    assert one_step.pass_through(stranger, found["id"]).status_code == 404
    assert one_step.pass_through(one_step.lane, found["id"]).status_code == 404  # another door


def test_everything_is_written_together(two_step: World):
    code = two_step.ready(action="stop")
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    events = {tuple(row) for row in two_step.rows(
        "select kind, count(*) from event where kind in"
        " ('presentation.changed', 'referral.changed') group by kind")}  # fmt: skip
    assert events == {("presentation.changed", 1), ("referral.changed", 1)}
    audited = two_step.rows(
        "select detail, actor_kind from audit_entry where subject_id = :id", id=found["id"]
    )
    ((detail, actor),) = audited
    assert (actor, detail["answer"], detail["reasons"]) == (
        "device",
        "registered",
        ["risk-unreviewed"],
    )
    assert two_step.rows("select kind from referral_event") == [("raised",)]
    stored = two_step.rows("select readings from presentation")[0][0]
    assert (stored["chip"], stored["face"]) == ("not-read", "not-checked")


def test_no_personal_data_in_the_log_or_in_events(two_step: World, capfd):
    code = two_step.ready(action="stop")
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    two_step.answer(two_step.lane, None, code)
    two_step.present(two_step.kiosk, "P<SWELINDQVIST<<ASTRID", code)
    captured = capfd.readouterr()
    everything = captured.out + captured.err
    assert "gate.decided" in everything
    trail = json.dumps([list(map(str, row)) for row in two_step.rows(
        "select detail::text from audit_entry union all select key || actor from idempotency"
        " union all select kind || site from event")])  # fmt: skip
    for secret in ("LINDQVIST", "ASTRID", "SX4471209", "1991-06", "910608", code, code[10:40]):
        assert secret not in everything
        assert secret not in trail


def test_the_time_is_equal_for_all(client, database, enrolled):

    world = World(client, database, enrolled, HallSteps.TWO, {"minimum_seconds": 0.4})
    world.ready(), world.ready(OLGA, action="stop")
    for person in (ASTRID, OLGA):
        started = time.monotonic()
        world.answer(world.kiosk, person.mrz)
        assert time.monotonic() - started >= 0.4


def test_a_lane_holds_nobody_back(client, database, enrolled):

    world = World(client, database, enrolled, HallSteps.TWO, {"minimum_seconds": 60.0})
    world.ready()
    started = time.monotonic()
    world.answer(world.lane, ASTRID.mrz)
    assert time.monotonic() - started < 60.0


def test_a_dead_database_is_503_and_opens_nothing(two_step: World, cluster, database_url):

    code = two_step.ready()
    name = database_url.partition("?")[0].rpartition("/")[2]
    ident = sql.Identifier(name)
    administer(cluster, sql.SQL("alter database {} allow_connections false").format(ident))
    administer(
        cluster,
        sql.SQL("select pg_terminate_backend(pid) from pg_stat_activity where datname = {}").format(
            name
        ),
    )
    for _ in range(3):
        found = two_step.present(two_step.kiosk, ASTRID.mrz, code)
        assert (found.status_code, problem_code(found.text)) == (503, "unavailable")
    administer(cluster, sql.SQL("alter database {} allow_connections true").format(ident))

    for _ in range(60):  # the pool finds it again by itself
        found = two_step.present(two_step.kiosk, ASTRID.mrz, code)
        if found.status_code == 201:
            break
        time.sleep(0.25)
    assert found.json()["answer"] == "registered"


def test_a_locked_row_is_503_while_it_is_locked(two_step: World):

    code = two_step.ready()
    with two_step.database.transaction() as session:
        session.execute(sa.text("select from passenger for update"))
        found = two_step.present(two_step.kiosk, ASTRID.mrz, code)
    assert (found.status_code, problem_code(found.text)) == (503, "unavailable")


def test_a_short_lock_delays_a_presentation(two_step: World):
    """Somebody who writes the passenger for longer than one try waits, but not for all of them."""
    code = two_step.ready()
    with locked(two_step, "passenger", 0.4):
        found = two_step.present(two_step.kiosk, ASTRID.mrz, code, key="k1")
    assert (found.status_code, found.json()["answer"]) == (201, "registered")
    assert two_step.rows("select count(*) from presentation") == [(1,)]


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (psycopg.errors.LockNotAvailable, 3), (psycopg.errors.DeadlockDetected, 3),
        (psycopg.errors.SerializationFailure, 3), (psycopg.errors.QueryCanceled, 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("failing", [1, 2, 3])
def test_what_others_write_meanwhile_is_tried_again(
    two_step: World, monkeypatch, error, tries, failing
):
    code, calls, original = two_step.ready(), [], presentations.one

    async def interrupted(connection, statement, values):
        if statement == hot.WRITE_PLAIN:
            calls.append(1)
            if len(calls) <= failing:
                raise error
        return await original(connection, statement, values)

    monkeypatch.setattr(presentations, "one", interrupted)
    found = two_step.present(two_step.kiosk, ASTRID.mrz, code, key="k1")
    assert found.status_code == (201 if failing < tries else 503)
    assert len(calls) == min(failing + 1, tries)
    written = int(failing < tries)
    assert two_step.rows("select count(*) from presentation") == [(written,)]
    assert two_step.rows("select count(*) from idempotency where key = 'k1'") == [(written,)]


def test_the_facts_are_guarded(one_step: World, monkeypatch):
    """Facts that change between reading and writing make the decision be taken again."""
    code = one_step.ready()

    original, calls = presentations.build_case, []

    def interrupted(*args, **more):
        calls.append(1)
        if len(calls) == 1:
            one_step.touch(one_step.id_of())
            one_step.assess(one_step.id_of(), action="stop")
        return original(*args, **more)

    monkeypatch.setattr(presentations, "build_case", interrupted)
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    assert (len(calls), found["answer"]) == (2, "hold")
    assert one_step.rows("select count(*) from clearance")[0][0] == 0
    assert one_step.rows("select count(*) from presentation")[0][0] == 1


def test_the_row_has_all_that_a_case_needs(one_step: World):
    """The hot SQL names every column that the builder of cases reads."""

    source = Path(known.__file__).read_text()
    wanted = set(re.findall(r'known\["(\w+)"\]', source))
    assert wanted
    for name in wanted:
        assert re.search(rf"\b{name}\b", hot.READ), name
