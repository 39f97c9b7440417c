"""Halls: modes and what each allows, who may switch, policies, what is written."""

from uuid import uuid4

import pytest

from app.audit.log import SYSTEM
from app.gate import halls
from app.gate.models import HallMode, HallSteps
from app.identity import officers
from app.identity.permissions import GRANTS, Permission, Role
from app.kernel.errors import NotFoundError
from app.travel.records import claims_of
from app.travel.roster import Roster
from tests.gate.world import ASTRID, NILS, NOW, World
from tests.support import problem_code


def switch(world: World, who, mode: str):
    url = f"/api/v1/halls/{world.hall}/mode"
    return world.client.post(url, json={"mode": mode}, headers=who)


def stranger(world: World) -> dict[str, str]:
    """A supervisor of another site."""
    with world.database.transaction() as session:
        made = officers.create_officer(session, "ito", "Ito", [Role.SENIOR], "HND", NOW)
        token = officers.sign_in(session, officers.issue_code(session, made.id, NOW), NOW)
    return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_who_may_switch_and_who_may_look(two_step: World, officer, role: Role):
    who = officer(role)
    may = Permission.SWITCH_HALL in GRANTS[role]
    assert switch(two_step, who, "staffed-only").status_code == (200 if may else 403)
    assert two_step.rows("select mode from hall") == [("staffed-only" if may else "normal",)]
    looks = two_step.client.get("/api/v1/halls", headers=who).status_code
    assert looks == (200 if Permission.VIEW_QUEUE in GRANTS[role] else 403)


def test_a_device_may_not_switch(two_step: World):
    for headers in (two_step.lane, two_step.kiosk, {}):
        assert switch(two_step, headers, "evacuation").status_code == 401


def test_another_sites_hall_is_not_there(two_step: World):
    who = stranger(two_step)
    found = switch(two_step, who, "evacuation")
    assert (found.status_code, problem_code(found.text)) == (404, "not-found")
    assert two_step.rows("select mode, version from hall") == [("normal", 1)]
    assert two_step.client.get("/api/v1/halls", headers=who).json() == {"halls": []}
    with pytest.raises(NotFoundError), two_step.database.transaction() as session:
        halls.set_policy(session, SYSTEM, "HND", two_step.hall, {}, NOW)


def test_a_hall_that_is_nowhere_is_not_there(two_step: World, officer):
    url = f"/api/v1/halls/{uuid4()}/mode"
    found = two_step.client.post(url, json={"mode": "normal"}, headers=officer())
    assert found.status_code == 404


@pytest.mark.parametrize("body", [{}, {"mode": "party"}, {"mode": "normal", "why": "x"}])
def test_a_mode_that_nobody_knows(two_step: World, officer, body):
    url = f"/api/v1/halls/{two_step.hall}/mode"
    assert two_step.client.post(url, json=body, headers=officer()).status_code == 422
    assert two_step.rows("select version from hall") == [(1,)]


# --- what is written ------------------------------------------------------------------------------


def test_a_switch_is_announced_and_audited_once(two_step: World, officer):
    senior = officer()
    first = switch(two_step, senior, "staffed-only").json()
    assert (first["mode"], first["version"]) == ("staffed-only", 2)
    assert switch(two_step, senior, "staffed-only").json() == first  # nothing new
    trail = two_step.rows("select actor_kind, detail from audit_entry where action = 'hall.switch'")
    assert trail == [("officer", {"mode": "staffed-only", "before": "normal"})]
    events = two_step.rows(
        "select version, site from event where kind = 'hall.changed' order by id"
    )
    assert events == [(1, "NRT"), (2, "NRT")]


# --- what each mode allows ------------------------------------------------------------------------


MODES = {
    HallMode.NORMAL: ("registered", "cleared", "cleared"),
    HallMode.WITHOUT_MANIFEST: ("registered", "cleared", "cleared"),
    HallMode.STAFFED_ONLY: ("counter", "counter", "counter"),
    HallMode.EVACUATION: ("out-of-service",) * 3,
}


@pytest.mark.parametrize("mode", HallMode)
@pytest.mark.parametrize("steps", HallSteps)
def test_what_a_mode_answers_to_who_is_clean(client, database, enrolled, officer, steps, mode):
    world = World(client, database, enrolled, steps)
    code, senior = world.ready(), officer()
    if steps is HallSteps.TWO:
        world.answer(world.kiosk, ASTRID.mrz, code)
    switch(world, senior, mode)
    kiosk, lane, one_step = MODES[mode]
    if steps is HallSteps.TWO:
        assert world.answer(world.kiosk, ASTRID.mrz, code)["answer"] == kiosk
        assert world.answer(world.lane, None, code)["answer"] == lane
    else:
        assert world.answer(world.kiosk, ASTRID.mrz, code)["answer"] == one_step


@pytest.mark.parametrize("mode", HallMode)
def test_a_clearance_given_before_the_switch(one_step: World, officer, mode):
    cleared = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready())
    senior = officer()
    switch(one_step, senior, mode)
    opens = mode in (HallMode.NORMAL, HallMode.WITHOUT_MANIFEST)
    passed = one_step.pass_through(one_step.kiosk, cleared["id"])
    assert passed.status_code == (201 if opens else 409)
    if not opens:  # once the hall works again, it counts again
        switch(one_step, senior, "normal")
        assert one_step.pass_through(one_step.kiosk, cleared["id"]).status_code == 201


@pytest.mark.parametrize("manifest", ["none", "open"])
def test_a_flight_without_manifest_is_screened_on_passport_and_declaration(
    two_step: World, officer, manifest
):
    """Somebody on no list, the flight's list incomplete: the supervisor's mode lifts that reason alone."""
    with two_step.database.transaction() as session:
        session.connection().exec_driver_sql(f"update flight set manifest = '{manifest}'")
    code, senior = two_step.code(), officer()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)

    def why() -> list[str]:
        found = two_step.answer(two_step.lane, None, code)
        assert found["answer"] == "refer"
        return two_step.rows("select reasons from presentation where id = :id", id=found["id"])[0][
            0
        ]

    assert why() == [f"manifest-{manifest}", "not-screened"]
    switch(two_step, senior, "flight-without-manifest")
    assert why() == ["not-screened"]


@pytest.mark.parametrize("manifest", ["none", "open"])
def test_who_is_on_no_list_is_made_a_passenger_by_passport_and_declaration_and_screened(
    two_step: World, officer, manifest
):
    """The list that comes later finds the person; who has no declaration stays an officer's."""
    with two_step.database.transaction() as session:
        session.connection().exec_driver_sql(f"update flight set manifest = '{manifest}'")
    code, senior = two_step.code(), officer()
    switch(two_step, senior, "flight-without-manifest")
    two_step.present(two_step.kiosk, ASTRID.mrz, code)  # nobody has screened yet
    passenger = two_step.id_of()
    assert two_step.rows(
        "select p.flight_id, p.surname, p.api_data, d.passenger_id from passenger p, declaration d"
    ) == [(two_step.flight, "LINDQVIST", None, passenger)]
    two_step.assess(passenger)
    assert two_step.answer(two_step.kiosk, ASTRID.mrz, code)["answer"] == "registered"
    cleared = two_step.answer(two_step.lane, None, code)
    assert cleared["answer"] == "cleared"
    two_step.assess(passenger, action="stop", confirmed=True)
    assert two_step.answer(two_step.lane, None, code)["answer"] == "refer"
    found = two_step.answer(two_step.kiosk, NILS.mrz)
    assert found["answer"] == "counter"
    assert two_step.rows("select count(*) from passenger") == [(1,)]


@pytest.mark.parametrize("mode", ["normal", "staffed-only"])
def test_no_other_mode_makes_passengers(two_step: World, officer, mode):
    with two_step.database.transaction() as session:
        session.connection().exec_driver_sql("update flight set manifest = 'none'")
    code = two_step.code()
    switch(two_step, officer(), mode)
    two_step.present(two_step.kiosk, ASTRID.mrz, code)
    assert two_step.rows("select count(*) from passenger") == [(0,)]


def test_a_list_that_comes_later_finds_who_was_added(two_step: World, officer):
    with two_step.database.transaction() as session:
        session.connection().exec_driver_sql("update flight set manifest = 'none'")
    switch(two_step, officer(), "flight-without-manifest")
    two_step.present(two_step.kiosk, ASTRID.mrz, two_step.code())
    roster = Roster(two_step.flight, "NRT")
    with two_step.database.transaction() as session:
        roster.lock(session)
    born = ASTRID.birth.isoformat()
    document = {"type": "P", "number": ASTRID.number, "number_key": ASTRID.number, "issuer": "SWE"}
    record = {
        "surname": ASTRID.surname, "given_names": "ASTRID", "birth_date": born,
        "documents": [document],
    }  # fmt: skip
    best = roster.index.best(claims_of([record]), set())
    assert best is not None
    assert best[0] == two_step.id_of()


def test_in_an_evacuation_nobody_is_referred(one_step: World, officer):
    code = one_step.ready(action="stop", confirmed=True)
    switch(one_step, officer(), "evacuation")
    assert one_step.answer(one_step.kiosk, ASTRID.mrz, code)["answer"] == "out-of-service"
    assert one_step.rows("select count(*) from referral") == [(0,)]


# --- policies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [{"holdseconds": 3}, {"hold_seconds": "3"}, {"hold_seconds": -1}, {"chip_required": 1},
     {"policy_age": True}, {"counters": {"goods": 1}}, {"counters": "B"}],
    ids=str,
)  # fmt: skip
def test_a_policy_that_cannot_be_used_changes_nothing(two_step: World, policy):
    with pytest.raises(halls.HallPolicyError), two_step.database.transaction() as session:
        halls.set_policy(session, SYSTEM, "NRT", two_step.hall, policy, NOW)
    assert two_step.rows("select version from hall") == [(1,)]
    with pytest.raises(halls.HallPolicyError), two_step.database.transaction() as session:
        halls.create_hall(session, "NRT", "Other", HallSteps.ONE, NOW, policy)


def test_a_new_policy_acts_on_the_next_decision(one_step: World):
    code = one_step.ready()
    with one_step.database.transaction() as session:
        strict = {"counters": {"identity": "C"}, "minimum_seconds": 0}
        halls.set_policy(session, SYSTEM, "NRT", one_step.hall, strict, NOW)
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    assert (found["answer"], found["counter"]) == ("refer", "C")  # chip and face are wanted now
    (detail,) = one_step.rows("select detail from audit_entry where action = 'hall.policy'")
    assert detail[0] == {"policy": strict}
