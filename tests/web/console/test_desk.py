"""The desk's pages: hand to hand, taken back, recalled, shifts and teams, who is who. Plain forms, no scripts."""

import re

import pytest
import sqlalchemy as sa

from app.gate.models import Passage
from app.identity.permissions import Role
from app.referrals.shifts import call_to_inspections, return_idle_claims
from app.travel.models import IdentityLink, LinkState, Passenger, Traveller
from tests.support import WHY_TYPED
from tests.web.conftest import Hall, Looker, field


@pytest.fixture
def referral(hall: Hall) -> str:
    return hall.refer("astrid")


def act(who: Looker, referral: str, verb: str, **more):
    """Press a button on the referral's page as it is now."""
    version = field(who.page(f"/console/referrals/{referral}"), "version")
    return who.post(f"/console/referrals/{referral}/{verb}", {"version": version, **more})


def officer_id(hall: Hall, login: str) -> str:
    with hall.airport.kernel.database.read() as session:
        query = sa.text("select id from officer where login = :login")
        return str(session.execute(query, {"login": login}).scalar_one())


def team_of(who: Looker, hall: Hall, name: str = "Lanes 1-3") -> str:
    made = who.post("/console/here/teams", {"hall": hall.airport.halls["Hall A"], "name": name})
    assert made.status_code == 303, made.text
    with hall.airport.kernel.database.read() as session:
        query = sa.text("select id from lane_team where name = :name")
        return str(session.execute(query, {"name": name}).scalar_one())


def test_what_is_handed_over_says_for_whom_and_why_and_claiming_accepts_it(look, hall, referral):
    first, second = look(login="a", name="A. First"), look(login="b", name="B. Second")
    act(first, referral, "claim")
    without = act(first, referral, "hand-over", to=f"officer:{officer_id(hall, 'b')}")
    assert without.status_code == 422
    assert 'href="#hand-note">Say in a sentence' in without.text
    to, note = f"officer:{officer_id(hall, 'b')}", "two bags at belt 4"
    answer = act(first, referral, "hand-over", **{"to": to, "hand-note": note})
    assert answer.status_code == 303
    assert "<strong>For you</strong>" in second.page("/console")
    assert "<strong>For B. Second</strong>" in first.page("/console")
    page = second.page(f"/console/referrals/{referral}")
    assert "Handed to you by A. First" in page
    assert f"<q>{note}</q>" in page
    act(second, referral, "claim")
    assert "You have claimed this" in second.page(f"/console/referrals/{referral}")


def test_a_note_longer_than_is_kept_is_refused_with_what_was_typed_and_never_cut(
    look, hall, referral
):
    officer, long = look(), "x" * 1000 + " and the second bag"
    answer = act(officer, referral, "note", note=long)
    assert answer.status_code == 422
    assert 'href="#note">Shorten this to 1,000 characters' in answer.text
    assert f'value="{long}"' in answer.text
    waiver = act(officer, referral, "release", **{"why-not": "other", "why-note": long})
    assert (waiver.status_code, "Shorten this to 1,000" in waiver.text) == (422, True)
    assert act(officer, referral, "note", note=long[:1000]).status_code == 303
    assert f"<q>{long[:1000]}</q>" in officer.page(f"/console/referrals/{referral}")


def test_a_supervisor_gives_it_to_somebody_else_and_the_former_owner_is_told(look, hall, referral):
    owner, senior = look(Role.GATE_OFFICER, "a", "A. First"), look(login="s", name="S. Senior")
    act(owner, referral, "claim")
    page = senior.page(f"/console/referrals/{referral}")
    assert "Give to somebody else" in page
    to = f"officer:{officer_id(hall, 's')}"
    answer = act(senior, referral, "reassign", **{"to": to, "hand-note": "knows the family"})
    assert answer.status_code == 303
    assert "You have claimed this" in senior.page(f"/console/referrals/{referral}")
    told = owner.page(f"/console/referrals/{referral}")
    assert "S. Senior is on this" in told
    denied = owner.post(f"/console/referrals/{referral}/reassign", {"version": "3", "to": to})
    assert denied.status_code == 403


def test_a_claim_that_was_left_alone_is_told_to_everybody(look, hall, referral, clock):
    owner, other = look(login="a", name="A. First"), look(login="b", name="B. Second")
    act(owner, referral, "claim")
    clock.advance(seconds=121)

    with hall.airport.kernel.database.transaction() as session:
        assert return_idle_claims(session, clock()) == 1
    queue = other.page("/console")
    assert re.search(r'data-said="LINDQVIST: left alone for two minutes \(A\. First\)"', queue)
    page = owner.page(f"/console/referrals/{referral}")
    assert 'role="alert">You do not have this any more: left alone for two minutes' in page
    late = owner.post(f"/console/referrals/{referral}/lease", {"version": "2"})
    assert late.status_code == 409


def test_an_inspection_left_alone_rings_for_supervisors_until_its_officer_is_back(
    look, hall, referral, clock
):
    owner, senior = look(Role.GATE_OFFICER, "a", "A. First"), look(login="s", name="S. Senior")
    act(owner, referral, "inspect")
    clock.advance(minutes=11)
    with hall.airport.kernel.database.transaction() as session:
        assert call_to_inspections(session, clock()) == 1
    rings = "/console/fragments/alarm"
    assert "1 inspection is left alone" in senior.page(rings)
    assert 'data-alarms="1"' in senior.page(rings)
    assert 'data-alarms="0"' in look(Role.GATE_OFFICER, "b").page(rings)
    assert "left alone, a supervisor is called" in senior.page("/console")
    page = senior.page(f"/console/referrals/{referral}")
    assert "No sign of A. First at this inspection" in page
    assert "Give to somebody else" in page
    page = owner.page(f"/console/referrals/{referral}")  # he opens it: a sign
    assert f'data-lease="/console/referrals/{referral}/lease"' in page
    assert "No sign of" not in page
    assert 'data-alarms="0"' in senior.page(rings)


def test_opening_the_case_is_a_sign_of_life(look, hall, referral, clock):
    owner = look()
    act(owner, referral, "claim")

    for _ in range(3):
        clock.advance(seconds=100)
        owner.page(f"/console/referrals/{referral}")
        with hall.airport.kernel.database.transaction() as session:
            assert return_idle_claims(session, clock()) == 0


def test_signing_out_gives_back_what_was_claimed_and_ends_the_shift(look, hall, referral):
    owner, other = look(login="a", name="A. First"), look(login="b", name="B. Second")
    owner.post("/console/here", {"place": str(hall.airport.halls["Hall A"])})
    act(owner, referral, "claim")
    assert owner.post("/console/sign-out").status_code == 303
    assert "A. First: signed out" in other.page("/console")
    with hall.airport.kernel.database.read() as session:
        assert session.execute(sa.text("select count(*) from duty where ended_at is null")).scalar() == 0  # fmt: skip


def test_a_release_in_the_high_band_says_why_and_keeps_what_was_typed(look, hall, referral):
    somebody = look()
    page = somebody.page(f"/console/referrals/{referral}")
    assert page.count('name="why-not"') == 6
    missing = act(somebody, referral, "release", **{"why-not": "other-person", "why-note": "no"})
    assert missing.status_code == 422
    assert 'href="#why-note">Say more about why' in missing.text
    assert "10 letters or digits at least" in missing.text
    assert 'value="other-person" data-key="2" data-then="why-note" checked' in missing.text
    assert (
        'name="why-note" type="text" inputmode="text" autocomplete="off" value="no"' in missing.text
    )
    silent = act(somebody, referral, "release")
    assert 'href="#why-not">Choose why there is no inspection' in silent.text
    why = {"why-not": "other-person", "why-note": "生年月日が違う別人"}
    assert act(somebody, referral, "release", **why).status_code == 303
    page = somebody.page(f"/console/referrals/{referral}")
    assert "<q>生年月日が違う別人</q>" in page
    assert "Released without an inspection, because: Not the person meant" in page
    assert "Risk: released: Not the person meant" in page
    assert "because: Not the person meant" in somebody.page(f"/console/rover/{referral}")


@pytest.mark.parametrize("face", ["", "rover"])
def test_a_release_that_came_too_late_keeps_the_words(look, hall, referral, face):
    somebody = look()
    why = {"why-not": "other-person", "why-note": "born on another day", "face": face}
    late = somebody.post(f"/console/referrals/{referral}/release", {"version": "99", **why})
    assert late.status_code == 409
    assert 'value="born on another day"' in late.text
    assert 'value="other-person" data-key="2" data-then="why-note" checked' in late.text
    act(look(login="b", name="B. Second"), referral, "release", **WHY_TYPED)
    closed = somebody.post(f"/console/referrals/{referral}/release", {"version": "99", **why})
    assert closed.status_code == 409
    assert "What you had typed: <q>born on another day</q>" in closed.text


@pytest.mark.parametrize("face", ["", "rover"])
def test_a_release_is_undone_without_scripts_and_later_says_that_it_is_too_late(
    look, hall, referral, clock, face
):
    home = "/console/rover" if face else "/console/referrals"
    somebody, more = look(), {"face": face, **WHY_TYPED}
    act(somebody, referral, "release", **more)
    page = somebody.page(f"{home}/{referral}")
    assert "It can be undone until 12:00:10" in page
    assert "<span>Undo (<time" in page
    undone = act(somebody, referral, "undo", face=face)
    assert undone.status_code == 303
    case = undone.headers["location"].rpartition("/")[2]
    assert undone.headers["location"] == f"{home}/{case}"
    assert somebody.page(f"/console/referrals/{case}").count("release undone") == 1
    act(somebody, case, "release", **more)
    assert "can be undone" not in look(login="b").page(f"{home}/{case}")  # his own alone
    clock.advance(seconds=11)
    late = act(somebody, case, "undo", face=face)
    assert late.status_code == 409
    assert "This can no longer be undone: take it back, with the reason" in late.text
    assert "can be undone until" not in late.text
    assert 'name="back-reason"' in late.text


def test_a_release_is_taken_back_and_the_case_goes_on(look, hall, referral):
    somebody = look()
    act(somebody, referral, "release", **WHY_TYPED)
    page = somebody.page(f"/console/referrals/{referral}")
    assert "Take back" in page
    assert act(somebody, referral, "take-back").status_code == 422
    answer = act(somebody, referral, "take-back", **{"back-reason": "wrong passport"})
    assert answer.status_code == 303
    again = somebody.page(answer.headers["location"])
    assert "You have claimed this" in again
    assert "Goes on with a closed case" in again
    closed = somebody.page(f"/console/referrals/{referral}")
    assert "Has been reopened" in closed
    assert "Released</strong> by" in closed
    late = somebody.post(
        f"/console/referrals/{referral}/take-back", {"version": "99", "back-reason": "again"}
    )
    assert late.status_code == 409
    assert "This has been reopened already" in late.text


def test_who_has_passed_is_recalled_and_found(look, hall):
    somebody = look()
    hall.airport.present("kiosk", hall.people["quiet"])
    cleared = hall.airport.present("lane", hall.people["quiet"])
    airport = hall.airport
    passed = airport.http.post(
        "/api/v1/passages", json={"presentation": cleared["id"]},
        headers={"Authorization": f"Bearer {airport.tokens['lane']}"},
    )  # fmt: skip
    assert passed.status_code == 201
    mine = hall.passenger("quiet")
    page = somebody.page(f"/console/passengers/{mine}")
    assert "Has passed the gate" in page
    empty = somebody.post(f"/console/passengers/{mine}/recall", {"recall-reason": ""})
    assert empty.status_code == 422
    assert 'href="#recall-reason"' in empty.text
    made = somebody.post(f"/console/passengers/{mine}/recall", {"recall-reason": "a dog"})
    assert made.status_code == 303
    queue = somebody.page("/console")
    assert queue.index('id="group-recall"') < queue.index("last seen lane")
    assert "rings" in queue
    twice = somebody.post(f"/console/passengers/{mine}/recall", {"recall-reason": "a dog"})
    assert (twice.status_code, "recalled already" in twice.text) == (409, True)
    recalled = made.headers["location"].rpartition("/")[2]
    ended = act(somebody, recalled, "recall-end", **{"found": "yes", "end-note": "at the taxis"})
    assert "Found after a recall" in somebody.page(ended.headers["location"])
    with hall.airport.kernel.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Passage)) == 1


def test_officers_start_a_shift_and_see_their_team_alone(look, hall, referral):
    senior = look()
    team = team_of(senior, hall)
    other = hall.refer("olga")
    mine = hall.passenger("astrid")
    page = senior.page(f"/console/passengers/{mine}")
    form = {"seen": field(page, "seen"), "team": team}
    assert senior.post(f"/console/passengers/{mine}/team", form).status_code == 303
    stale = senior.post(f"/console/passengers/{mine}/team", form)
    assert (stale.status_code, "please look again" in stale.text) == (409, True)
    place = f"{hall.airport.halls['Hall A']}/{team}"
    on = senior.post("/console/here", {"place": place, "kind": ["risk", "goods"]})
    assert (on.status_code, on.headers["location"]) == (303, "/console")
    own = senior.page("/console?team=mine").partition('id="expected"')[0]
    assert "LINDQVIST" in own
    assert "HERRERA" not in own
    assert re.search(r'hx-get="/console/fragments/queue\?since=[0-9.]+&amp;team=mine"', own)
    assert "Officer senior" in own  # stands behind the risk queue
    kinds = senior.page("/console?kind=goods").partition('id="expected"')[0]
    assert "LINDQVIST" not in kinds
    assert other in senior.page("/console")


def test_what_waits_for_too_long_is_shown_and_counted(look, hall, referral, clock):
    with hall.airport.kernel.database.transaction() as session:
        old = "update referral set created_at = :then"
        then = clock().replace(year=2025)
        session.execute(sa.text(old), {"then": then})
    page = look().page("/console")
    assert "1 over target" in page
    assert '<span class="over small">over target</span>' in page


def test_a_supervisor_sets_targets_and_teams_others_see_them(look, hall):
    senior, officer = look(), look(Role.GATE_OFFICER, "g", "G. Gate")
    set_ = senior.post("/console/here/targets", {"kind": "goods", "seconds": "90", "seen": "0"})
    assert set_.status_code == 303
    assert "90 s" in officer.page("/console/here")
    japanese = officer.get("/console/here", Cookie=f"egate={officer.token}; language=ja").text
    assert "90秒" in japanese
    assert not re.search(r"\d s\b", re.sub(r"<[^>]*>", "", japanese))
    wrong = senior.post("/console/here/targets", {"kind": "goods", "seconds": "1e9", "seen": "1"})
    assert (wrong.status_code, "whole number of 5 to 3600" in wrong.text) == (422, True)
    late = senior.post("/console/here/targets", {"kind": "goods", "seconds": "80", "seen": "0"})
    assert late.status_code == 409
    team = team_of(senior, hall)
    assert "Lanes 1-3" in officer.page("/console/here")
    twice = senior.post(
        "/console/here/teams", {"hall": hall.airport.halls["Hall A"], "name": "Lanes 1-3"}
    )
    assert twice.status_code == 409
    denied = officer.post(f"/console/here/teams/{team}/close", {"x": ""})
    assert denied.status_code == 403
    assert senior.post(f"/console/here/teams/{team}/close", {"x": ""}).status_code == 303
    assert "Lanes 1-3" not in officer.page("/console/here")


def test_only_unclaimed_risk_of_ones_own_queues_rings(look, hall, referral):
    first, second = look(login="a", name="A. First"), look(login="b", name="B. Second")
    alarm = "/console/fragments/alarm"
    assert 'data-alarms="1"' in first.page(alarm)
    goods = {"place": str(hall.airport.halls["Hall A"]), "kind": "goods"}
    second.post("/console/here", goods)
    assert 'data-alarms="0"' in second.page(alarm)
    act(first, referral, "claim")
    assert 'data-alarms="0"' in first.page(alarm)


def test_a_journey_that_the_machine_did_not_propose_is_joined_by_two_officers(look, hall):
    first, second = look(login="a", name="A. First"), look(login="b", name="B. Second")
    mine = hall.passenger("quiet")
    dossier = f"/console/passengers/{mine}"
    form = {"same-who": "XX101 14C", "same-reason": "one face, two passports"}
    for wrong, at in (
        ({"same-who": "XX101 99Z"}, "same-who"),
        ({"same-reason": ""}, "same-reason"),
    ):
        answer = first.post(f"{dossier}/same-person", form | wrong)
        assert answer.status_code == 422
        assert f'id="{at}-error"' in answer.text
    assert first.post(f"{dossier}/same-person", form).status_code == 303
    page = first.page(dossier)
    assert "Proposed by A. First" in page
    assert "Join: one person" not in page
    with hall.airport.kernel.database.read() as session:
        link = session.scalars(
            sa.select(IdentityLink.id).where(
                IdentityLink.passenger_id == mine, IdentityLink.state == LinkState.PROPOSED
            )
        ).one()
    own = first.post(f"/console/links/{link}/join", {"link-reason": "I am sure"})
    assert (own.status_code, "a colleague looks at it" in own.text) == (409, True)
    assert "Join: one person" in second.page(dossier)
    before = facts(hall, mine)
    assert second.post(f"/console/links/{link}/join", {"link-reason": "compared"}).status_code == 303  # fmt: skip
    assert facts(hall, mine) == before + 1
    page = second.page(dossier)
    assert "<q>one face, two passports</q>" in page
    assert "<q>compared</q>" in page
    gate = look(Role.GATE_OFFICER)
    assert gate.post(f"{dossier}/same-person", form).status_code == 403
    assert "same-who" not in gate.page(dossier)


def test_who_is_who_is_split_and_joined_with_a_reason(look, hall):
    senior, mine, other = look(), hall.passenger("astrid"), hall.passenger("olga")
    with hall.airport.kernel.database.transaction() as session:
        traveller = Traveller(document_keys=[b"d"], person_keys=[])
        session.add(traveller)
        session.flush()
        session.get_one(Passenger, other).traveller_id = traveller.id
        for passenger, state in ((mine, LinkState.PROPOSED), (other, LinkState.JOINED)):
            session.add(
                IdentityLink(
                    passenger_id=passenger, traveller_id=traveller.id, state=state,
                    evidence=["document"], score=0.8, document_keys=[b"d"], person_keys=[],
                )
            )  # fmt: skip
        session.flush()
        link = session.scalars(
            sa.select(IdentityLink.id).where(
                IdentityLink.passenger_id == mine, IdentityLink.state == LinkState.PROPOSED
            )
        ).one()
    dossier = f"/console/passengers/{mine}"
    assert "May be the same person:" in senior.page(dossier)
    assert senior.post(f"/console/links/{link}/join", {"link-reason": ""}).status_code == 422
    before = facts(hall, mine)
    assert senior.post(f"/console/links/{link}/join", {"link-reason": "new passport"}).status_code == 303  # fmt: skip
    page = senior.page(dossier)
    assert "Held to be the same person:" in page
    assert "<q>new passport</q>" in page
    twice = senior.post(f"/console/links/{link}/join", {"link-reason": "new passport"})
    assert (twice.status_code, "A colleague has decided" in twice.text) == (409, True)
    split = senior.post(f"/console/links/{link}/undo", {"link-reason": "another face"})
    assert split.status_code == 303
    page = senior.page(dossier)
    assert "Not the same person:" in page
    assert "<q>another face</q>" in page
    assert facts(hall, mine) == before + 2  # screened anew each time
    assert look(Role.GATE_OFFICER).post(f"/console/links/{link}/undo", {"x": ""}).status_code == 403


def facts(hall: Hall, passenger) -> int:
    with hall.airport.kernel.database.read() as session:
        return int(session.get_one(Passenger, passenger).facts_version)
