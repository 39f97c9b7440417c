"""From hand to hand: leases, sign-outs, hand-overs, supervisors, notes; each step is told and audited."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.audit.log import Actor
from app.gate import halls
from app.gate.models import HallSteps
from app.identity.permissions import Role
from app.referrals import cases, queues, service, shifts, teams
from app.referrals.custody import LEASE, ReferralChangedError, ReferralTakenError
from app.referrals.kinds import DispositionKind, FindingKind, ReferralKind
from app.referrals.outcome import PROTOCOL, Disposal, FoundThing, Outcome
from app.referrals.shifts import NoteMissingError, Receiver, ReceiverError
from tests.gate.world import NILS
from tests.referrals.desk import DONE, WAIVER, Desk, refused
from tests.support import NOW

Kind = ReferralKind


@pytest.fixture
def mori(desk: Desk) -> Actor:
    desk.officer("Mori")
    return desk.actor("Mori")


@pytest.fixture
def sato(desk: Desk) -> Actor:
    desk.officer("Sato")
    return desk.actor("Sato")


def act(desk: Desk, verb, actor: Actor, referral: UUID, *more, **named):
    with desk.database.transaction() as session:
        return verb(session, actor, referral, *more, desk.clock(), **named)


def returned(desk: Desk) -> int:
    with desk.database.transaction() as session:
        return shifts.return_idle_claims(session, desk.clock())


def called(desk: Desk) -> int:
    with desk.database.transaction() as session:
        return shifts.call_to_inspections(session, desk.clock())


def team(desk: Desk, name: str = "Lanes 1-3") -> UUID:
    with desk.database.transaction() as session:
        actor = desk.actor("Mori")
        return teams.create_team(session, actor, "NRT", desk.hall, name, desk.clock()).id


def test_a_claim_left_alone_goes_back_and_says_whose_it_was(desk: Desk, mori: Actor):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    desk.clock.advance(seconds=LEASE.total_seconds() + 1)
    before = desk.version(referral)
    assert returned(desk) == 1
    shown = desk.see(desk.officer("Ito"), referral)["referral"]
    assert (shown["state"], shown["left"], shown["left_why"]) == ("raised", "Mori", "idle")
    told = "select count(*) from event where subject = :id and version = :n"
    assert desk.rows(told, id=referral, n=before + 1) == [(1,)]


@pytest.mark.parametrize("sign", ["note", "heartbeat", "claim"])
def test_a_sign_of_life_renews_the_lease(desk: Desk, sign: str):
    who, referral = desk.officer("Mori"), desk.put()
    assert desk.post(who, referral, "claim").status_code == 200
    desk.clock.advance(seconds=100)
    bodies = {"note": ("notes", {"note": "asks for a bag"}), "heartbeat": ("heartbeat", {}),
              "claim": ("claim", {})}  # fmt: skip
    verb, body = bodies[sign]
    assert desk.post(who, referral, verb, body).status_code in (200, 204)
    desk.clock.advance(seconds=100)
    assert returned(desk) == 0
    desk.clock.advance(seconds=LEASE.total_seconds())
    assert returned(desk) == 1


def test_a_heartbeat_after_the_lease_says_that_it_has_gone_back(desk: Desk):
    who, referral = desk.officer("Mori"), desk.put()
    desk.post(who, referral, "claim")
    desk.clock.advance(seconds=LEASE.total_seconds() + 1)
    returned(desk)
    assert refused(desk.post(who, referral, "heartbeat", {})) == (409, "referral-changed")


def test_a_colleagues_note_does_not_renew_the_lease(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    desk.clock.advance(seconds=100)
    act(desk, shifts.add_note, sato, referral, "seen at belt 4")
    desk.clock.advance(seconds=100)
    assert returned(desk) == 1
    assert desk.steps(referral) == ["raised", "claimed", "note", "lease-ended"]


@pytest.mark.parametrize(
    "end",
    [
        "update officer_session set revoked_at = now()",
        "update officer_session set expires_at = timestamptz '2026-03-10 02:00+00'",
        "update officer set disabled_at = now()",
    ],
    ids=["revoked", "ended", "disabled"],
)
def test_who_is_not_signed_in_any_more_keeps_nothing(desk: Desk, mori: Actor, end: str):
    claimed, inspected = desk.put(), desk.put()
    act(desk, service.claim, mori, claimed, 1)
    act(desk, service.inspect, mori, inspected, 1)
    assert returned(desk) == 0
    with desk.database.transaction() as session:
        session.connection().exec_driver_sql(end)
    assert returned(desk) == 1
    assert desk.steps(claimed)[-1] == "owner-gone"
    assert desk.steps(inspected)[-1] == "inspection-begun"
    assert called(desk) == 1  # what lies open stays in his name, and a supervisor comes
    assert desk.rows("select state, called_at is not null from referral where owner_id is not null") == [("inspecting", True)]  # fmt: skip
    assert called(desk) == 0  # once is enough


def test_an_inspection_left_alone_calls_a_supervisor_and_does_not_fall_back(
    desk: Desk, mori: Actor, sato: Actor
):
    referral = desk.put()
    act(desk, service.inspect, mori, referral, 1)
    desk.clock.advance(seconds=599)
    assert called(desk) == 0
    desk.clock.advance(seconds=2)
    assert called(desk) == 1
    assert returned(desk) == 0
    with pytest.raises(ReferralTakenError):
        act(desk, service.claim, sato, referral, None)
    assert desk.steps(referral)[-1] == "inspection-silent"


@pytest.mark.parametrize("sign", ["heartbeat", "opening", "note"])
def test_a_sign_of_the_inspecting_officer_ends_the_call(desk: Desk, mori: Actor, sign: str):
    referral = desk.put()
    act(desk, service.inspect, mori, referral, 1)
    desk.clock.advance(minutes=11)
    assert called(desk) == 1
    if sign == "heartbeat":
        act(desk, shifts.keep_alive, mori, referral)
    elif sign == "opening":
        act(desk, shifts.renew, mori, [referral])
    else:
        act(desk, shifts.add_note, mori, referral, "still here")
    last = "note" if sign == "note" else "inspection-heard"
    assert desk.steps(referral)[-1] == last
    assert desk.rows("select called_at from referral") == [(None,)]
    desk.clock.advance(minutes=9)
    assert called(desk) == 0
    desk.clock.advance(minutes=2)
    assert called(desk) == 1


def test_a_supervisor_takes_an_inspection_over(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put()
    act(desk, service.inspect, mori, referral, 1)
    desk.clock.advance(minutes=11)
    called(desk)
    to = shifts.Receiver(officer_id=sato.id)
    act(desk, shifts.reassign, sato, referral, 3, to, "his bag lies open")
    assert desk.rows("select state, owner_id, called_at from referral") == [("inspecting", sato.id, None)]  # fmt: skip


def test_what_is_handed_over_is_the_receivers_once_he_claims_it(desk: Desk):
    mori, sato, referral = desk.officer("Mori"), desk.officer("Sato"), desk.put()
    desk.post(mori, referral, "claim")
    to = str(desk.actor("Sato").id)
    body = {"version": 2, "officer_id": to, "note": "two bags, speaks Spanish"}
    handed = desk.post(mori, referral, "hand-over", body).json()
    one = handed["referral"]
    assert (one["state"], one["owner"], one["offered"], one["left"]) == (
        "raised", None, "Sato", "Mori",
    )  # fmt: skip
    assert [(s["by"], s["note"]) for s in handed["steps"]][-1] == ("Mori", body["note"])
    taken = desk.post(sato, referral, "claim").json()["referral"]
    assert (taken["owner"], taken["offered"], taken["left"]) == ("Sato", None, None)
    trail = "select detail ->> 'to' from audit_entry where action = 'referral.handed-over'"
    assert desk.rows(trail) == [(to,)]


def test_an_inspection_that_is_handed_over_is_finished_by_whoever_claims_it(desk: Desk):
    mori, sato, referral = desk.officer("Mori"), desk.officer("Sato"), desk.put()
    act(desk, service.inspect, desk.actor("Mori"), referral, 1)
    body = {"version": 2, "officer_id": str(desk.actor("Sato").id), "note": "shift ends"}
    assert desk.post(mori, referral, "hand-over", body).json()["referral"]["state"] == "inspecting"
    assert desk.post(sato, referral, "claim").status_code == 200
    assert desk.post(sato, referral, "outcome", DONE).json()["referral"]["state"] == "closed"


def test_a_team_is_offered_what_its_members_find_in_their_queue(desk: Desk, mori: Actor):
    referral, other = desk.put(), desk.put()
    act(desk, service.claim, mori, referral, 1)
    lanes = team(desk)
    act(desk, shifts.hand_over, mori, referral, 2, Receiver(team_id=lanes), "lane 2")
    sato = desk.officer("Sato")
    assert [one["id"] for one in desk.queue(sato, team=str(lanes))] == [str(referral)]
    assert {one["id"] for one in desk.queue(sato)} == {str(referral), str(other)}


@pytest.mark.parametrize(
    ("role", "site"), [(Role.AUDITOR, "NRT"), (Role.GATE_OFFICER, "KIX")], ids=["auditor", "away"]
)
def test_only_who_may_decide_here_can_be_given_a_traveller(desk: Desk, mori: Actor, role, site):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    desk.officer("Other", role, site)
    to = Receiver(officer_id=desk.actor("Other").id)
    with pytest.raises(ReceiverError):
        act(desk, shifts.hand_over, mori, referral, 2, to, "take it")
    with pytest.raises(ReceiverError):
        act(desk, shifts.hand_over, mori, referral, 2, Receiver(), "to nobody")
    with pytest.raises(NoteMissingError):
        to = Receiver(officer_id=mori.id)
        act(desk, shifts.hand_over, mori, referral, 2, to, "  ")
    assert desk.steps(referral) == ["raised", "claimed"]


def test_who_has_lost_it_cannot_hand_it_over(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    desk.clock.advance(seconds=LEASE.total_seconds() + 1)
    returned(desk)
    to = Receiver(officer_id=sato.id)
    with pytest.raises(ReferralChangedError):
        act(desk, shifts.hand_over, mori, referral, 2, to, "yours")
    act(desk, service.claim, sato, referral, None)
    with pytest.raises(ReferralTakenError):
        act(desk, shifts.hand_over, mori, referral, None, to, "yours")


def test_a_supervisor_takes_it_from_somebody_and_gives_it_on(desk: Desk):
    desk.officer("Mori")
    desk.officer("Sato")
    senior, referral = desk.officer("Ito", Role.SENIOR), desk.put()
    act(desk, service.claim, desk.actor("Mori"), referral, 1)
    body = {"version": 2, "officer_id": str(desk.actor("Sato").id), "note": "is nearer"}
    gate_officer = desk.officer("Abe")
    assert refused(desk.post(gate_officer, referral, "reassign", body))[0] == 403
    given = desk.post(senior, referral, "reassign", body).json()["referral"]
    assert (given["offered"], given["left"], given["left_why"]) == ("Sato", "Mori", "taken-away")
    assert refused(desk.post(senior, referral, "reassign", body)) == (409, "referral-changed")
    body = {"version": given["version"], "officer_id": str(desk.actor("Ito").id), "note": "mine"}
    assert desk.post(senior, referral, "reassign", body).json()["referral"]["owner"] == "Ito"


def test_of_two_who_hand_over_at_once_one_is_told_that_it_has_changed(desk: Desk, mori: Actor):
    referral, said = desk.put(), []
    act(desk, service.claim, mori, referral, 1)
    desk.officer("Sato")
    to, start = Receiver(officer_id=desk.actor("Sato").id), threading.Barrier(2)

    def hand() -> None:
        start.wait()
        try:
            act(desk, shifts.hand_over, mori, referral, 2, to, "yours")
            said.append("done")
        except ReferralChangedError:
            said.append("changed")

    threads = [threading.Thread(target=hand) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["changed", "done"]


# --- reopened -------------------------------------------------------------------------------------


def reopen(desk: Desk, actor: Actor, referral: UUID, *, leads: bool = False):
    with desk.database.transaction() as session:
        return cases.reopen(
            session, actor, referral, desk.version(referral), "wrong person", desk.clock(),
            leads=leads, passed=False,
        )  # fmt: skip


def test_a_closed_case_goes_on_and_what_was_closed_stands(desk: Desk, mori: Actor):
    referral = desk.put(passenger=desk.passenger())
    act(desk, service.close_released, mori, referral, 1, waiver=WAIVER)
    made = reopen(desk, mori, referral)
    assert (made.state, made.owner_id, made.reopens_id) == ("claimed", mori.id, referral)
    assert (made.by_officer, made.reasons) == (True, ["risk-unreviewed"])
    closed = "select state, decision, decided_by from referral where id = :id"
    assert desk.rows(closed, id=referral) == [("closed", "released", mori.id)]
    assert desk.steps(referral) == ["raised", "released", "reopened"]
    act(desk, service.inspect, mori, made.id, made.version)
    assert desk.post(desk.officer("Mori 2"), made.id, "outcome", DONE).status_code == 409
    assert desk.steps(made.id) == ["reopened", "inspection-begun"]
    with pytest.raises(cases.ReopenedError) as caught:
        reopen(desk, mori, referral)
    assert caught.value.by == "Mori"


def test_after_half_an_hour_only_a_supervisor_reopens(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put()
    act(desk, service.close_released, mori, referral, 1, waiver=WAIVER)
    with pytest.raises(cases.NotYoursToReopenError):
        reopen(desk, sato, referral)
    desk.clock.advance(seconds=cases.REOPEN_OWN.total_seconds() + 1)
    with pytest.raises(cases.NotYoursToReopenError):
        reopen(desk, mori, referral)
    assert reopen(desk, sato, referral, leads=True).owner_id == sato.id


def test_a_reopened_examination_hides_its_origin_anew(desk: Desk, mori: Actor):
    reasons, who = "full-examination", desk.officer("Ito")
    referral = desk.put(Kind.EXAMINATION, reasons, passenger=desk.passenger(), origin="lot")
    act(desk, service.inspect, mori, referral, 1)
    found, became = (FoundThing(FindingKind.NOTHING),), (Disposal(DispositionKind.RELEASE),)
    act(desk, service.record_outcome, mori, referral, Outcome(PROTOCOL, found, became))
    assert desk.see(who, referral)["referral"]["reasons"] == ["control"]
    made = reopen(desk, mori, referral)
    for one in (referral, made.id):
        assert desk.see(who, one)["referral"]["reasons"] == ["full-examination"]


# --- teams, duty, targets -------------------------------------------------------------------------


def test_a_traveller_assigned_before_landing_is_the_teams_at_the_gate(desk: Desk, mori: Actor):
    passenger, lanes = desk.passenger(), team(desk)
    who = desk.officer("Sato")
    url = f"/api/v1/passengers/{passenger}/team"
    done = desk.client.put(url, json={"team_id": str(lanes)}, headers=who)
    assert (done.json()["team"], done.json()["version"]) == ("Lanes 1-3", 1)
    referral = desk.put(passenger=passenger)  # as the gate raises it, which knows of no team
    desk.put(passenger=desk.passenger(NILS))
    assert [one["id"] for one in desk.queue(who, team=str(lanes))] == [str(referral)]
    again = desk.client.put(url, json={"team_id": None}, headers=who)
    assert refused(again) == (409, "assignment-changed")
    back = desk.client.put(url, json={"team_id": None, "version": 1}, headers=who)
    assert (back.json()["team"], back.json()["version"]) == ("", 2)
    assert desk.queue(who, team=str(lanes)) == []


def test_officers_sign_on_to_a_hall_and_a_team_and_stand_behind_their_queues(desk: Desk):
    who = desk.officer("Mori")
    lanes = team(desk)
    body = {"hall_id": str(desk.hall), "team_id": str(lanes), "kinds": ["risk", "goods"]}
    assert desk.client.put("/api/v1/duty", json=body, headers=who).status_code == 204
    found = desk.client.get("/api/v1/queues", headers=who).json()["queues"]
    staff = {one["kind"]: [o["team"] for o in one["staff"]] for one in found}
    assert (staff["risk"], staff["goods"], staff["identity"]) == (["Lanes 1-3"], ["Lanes 1-3"], [])
    assert {one["kind"] for one in found if one["rings"]} == {"risk", "recall", "late-hit"}
    assert desk.client.delete("/api/v1/duty", headers=who).status_code == 204
    assert desk.rows("select count(*) from duty where ended_at is null") == [(0,)]


def test_a_team_of_another_hall_or_one_that_was_closed_is_no_place_to_sign_on(desk: Desk):
    who, senior = desk.officer("Mori"), desk.officer("Ito", Role.SENIOR)
    lanes = team(desk)
    with desk.database.transaction() as session:
        other = halls.create_hall(session, "NRT", "Other", HallSteps.TWO, NOW).id
        away = halls.create_hall(session, "KIX", "Away", HallSteps.TWO, NOW).id
    duty = {"hall_id": str(other), "team_id": str(lanes)}
    assert refused(desk.client.put("/api/v1/duty", json=duty, headers=who)) == (422, "team-invalid")
    duty = {"hall_id": str(away)}
    assert refused(desk.client.put("/api/v1/duty", json=duty, headers=who))[0] == 404
    same = {"hall_id": str(desk.hall), "name": "Lanes 1-3"}
    assert refused(desk.client.post("/api/v1/teams", json=same, headers=senior))[0] == 409
    assert refused(desk.client.post("/api/v1/teams", json=same, headers=who))[0] == 403
    assert desk.client.delete(f"/api/v1/teams/{lanes}", headers=senior).status_code == 204
    duty = {"hall_id": str(desk.hall), "team_id": str(lanes)}
    assert refused(desk.client.put("/api/v1/duty", json=duty, headers=who))[0] == 422


def test_a_target_is_the_halls_else_the_sites_else_the_default(desk: Desk):
    senior, url = desk.officer("Ito", Role.SENIOR), "/api/v1/queues/target"
    referral = desk.put(Kind.GOODS, "declared-goods")

    def target() -> float:
        one = desk.see(senior, referral)["referral"]
        raised, due = (one[name].replace("Z", "+00:00") for name in ("raised_at", "due_at"))
        return (datetime.fromisoformat(due) - datetime.fromisoformat(raised)).total_seconds()

    assert target() == 300
    site = {"kind": "goods", "seconds": 200}
    assert desk.client.put(url, json=site, headers=senior).status_code == 204
    assert target() == 200
    hall = {**site, "hall_id": str(desk.hall), "seconds": 100}
    assert desk.client.put(url, json=hall, headers=senior).status_code == 204
    assert target() == 100
    assert refused(desk.client.put(url, json=hall, headers=senior)) == (409, "target-changed")
    again = {**hall, "version": 1, "seconds": 4}
    assert refused(desk.client.put(url, json=again, headers=senior)) == (422, "target-invalid")
    again = {**hall, "version": 1, "seconds": 90}
    assert desk.client.put(url, json=again, headers=senior).status_code == 204
    assert target() == 90


def test_alerts_per_officer_hour_are_counted_by_queue(desk: Desk, mori: Actor, sato: Actor):
    began = desk.clock()
    served = {mori: (Kind.RISK,), sato: (Kind.RISK, Kind.GOODS)}
    with desk.database.transaction() as session:
        for who, kinds in served.items():
            teams.sign_on(session, who, "NRT", desk.hall, None, kinds, began)
        teams.sign_off(session, sato, began + timedelta(hours=1))
    for minutes in (5, 10, 15):
        desk.put(created_at=began + timedelta(minutes=minutes))
    desk.put(Kind.GOODS, "declared-goods", created_at=began + timedelta(minutes=119))
    desk.put(created_at=began - timedelta(minutes=1))
    with desk.database.read() as session:
        until = began + timedelta(hours=2)
        found = {one.kind: one for one in queues.officer_load(session, "NRT", began, until)}
    risk, goods, whole = found[Kind.RISK], found[Kind.GOODS], found[None]
    assert (risk.raised, risk.late, risk.officer_hours, risk.per_hour) == (3, 3, 3.0, 1.0)
    assert (goods.raised, goods.late, goods.officer_hours, goods.per_hour) == (1, 0, 1.0, 1.0)
    assert (whole.raised, whole.officer_hours) == (4, 3.0)
    assert found[Kind.IDENTITY].per_hour is None


def test_the_shift_of_somebody_who_has_gone_ends_with_the_last_sign_of_life(desk: Desk, mori):
    with desk.database.transaction() as session:
        teams.sign_on(session, mori, "NRT", desk.hall, None, (), desk.clock())
    began = desk.clock()
    desk.clock.advance(seconds=3600)
    with desk.database.transaction() as session:
        assert teams.end_abandoned(session, desk.clock()) == 1
        assert teams.end_abandoned(session, desk.clock()) == 0
    assert desk.rows("select ended_at from duty") == [(began,)]
