"""Full examinations: nothing that an officer can see tells who was drawn by lot before the outcome is in."""

import json
import re
from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings

from app.gate.case import Action, Case, Place, Policy, Screening
from app.gate.decide import Answer, decide, inspection_probability
from app.identity.permissions import Role
from app.referrals.kinds import RINGS
from app.referrals.kinds import ReferralKind as Kind
from app.screening.models import Hit
from tests.gate.test_decide import CASE, POLICIES
from tests.gate.world import ASTRID, NILS, World
from tests.support.examples import examples

FLAGGED = {"action": "stop", "mixed": True, "rules_alone": True}
DRAWN = {"control": True, "rules_alone": True}
EXPLAINED = {"op": "=", "text": "a = 1", "span": [0, 5], "result": True, "values": {"a": 1}}
WHOLE = {
    "steps": ["documents", "questions", "baggage-opened"],
    "findings": [{"kind": "nothing"}], "dispositions": [{"kind": "release"}],
}  # fmt: skip


@examples(500, 4000)
def test_the_decision_on_the_drawn_is_that_on_selected_ones_who_are_mixed_in(count):
    @settings(max_examples=count)
    @given(CASE, POLICIES)
    def always(case, policy):
        base = replace(case, confirmed=False, rules_alone=True, diplomatic=False)
        policy = replace(policy, unreviewed_acts=True)
        drawn = replace(base, control=True, mixed=False, action=None)
        flagged = replace(base, control=True, mixed=False, action=Action.STOP)
        mixed = replace(base, control=False, mixed=True, action=Action.STOP)
        assert decide(drawn, policy) == decide(flagged, policy) == decide(mixed, policy)

    always()


def test_what_a_list_or_an_officer_says_never_waits():
    for case in (
        Case(Place.LANE, action=Action.STOP, control=True),
        Case(Place.LANE, action=Action.STOP, control=True, rules_alone=True, confirmed=True),
    ):
        decision = decide(case, Policy())
        assert decision.kind is Kind.RISK
        assert decision.reasons[1:] == ("full-examination",)
        assert [raised.kind for raised in decision.raised] == [Kind.RISK]


def test_without_a_selection_nobody_is_mixed_in():
    case = Case(Place.LANE, mixed=True, rules_alone=True)
    assert decide(case, Policy()).answer is Answer.CLEARED
    unreviewed = replace(case, action=Action.STOP)
    assert decide(unreviewed, Policy(unreviewed_acts=False)).answer is Answer.CLEARED
    assert decide(unreviewed, Policy()).kind is Kind.EXAMINATION


@pytest.mark.parametrize(
    ("facts", "rate", "probability"),
    [
        ({}, 0.01, 0.01),
        ({"control": True}, 0.01, 0.01),
        ({"action": Action.STOP}, 0.01, 1.0),
        ({"action": Action.DISCREET, "control": True}, 0.25, 1.0),
        ({"action": Action.OBSERVE}, 0.01, 0.01),
        ({}, 0.0, 0.0),
        ({}, None, None),
        ({"diplomatic": True, "action": Action.STOP}, 0.01, None),
        ({"screening": Screening.STALE}, 0.01, None),
        ({"screening": Screening.MISSING}, 0.01, None),
    ],
)
def test_the_inspection_probability(facts, rate, probability):
    assert inspection_probability(Case(Place.LANE, **facts), Policy(), rate) == probability


def test_a_selection_that_a_profile_does_not_let_act_is_none():
    case = Case(Place.LANE, action=Action.STOP)
    assert inspection_probability(case, Policy(unreviewed_acts=False), 0.01) == 0.01
    confirmed = replace(case, confirmed=True)
    assert inspection_probability(confirmed, Policy(unreviewed_acts=False), 0.01) == 1.0


# --- the whole way --------------------------------------------------------------------------------


def come(world: World, person, **judged) -> dict:
    return arrive(world, person, world.ready(person, control_rate=0.01, **judged))


def arrive(world: World, person, text: str) -> dict:
    world.answer(world.kiosk, person.mrz, text)
    return world.answer(world.lane, person.mrz)


def test_who_should_be_inspected_is_recorded_with_each_presentation(two_step: World):
    come(two_step, ASTRID, **DRAWN)
    come(two_step, NILS, action="stop")
    recorded = two_step.rows(
        "select given_names, selected, drawn, inspection_probability from presentation p"
        " join passenger x on x.id = p.passenger_id order by decided_at, p.id"
    )
    assert [tuple(row) for row in recorded] == [
        *[("ASTRID MAJ", False, True, 0.01)] * 2, *[("NILS", True, False, 1.0)] * 2,
    ]  # fmt: skip
    origins = two_step.rows("select kind, origin from referral order by id")
    assert [tuple(row) for row in origins] == [("full-examination", "lot"), ("risk", None)]


def test_nothing_distinguishes_the_drawn_from_the_selected_until_the_outcome(
    two_step: World, officer
):
    """Answers, queue, referral, dossier, flight's list, events and audit trail: word for word the same."""
    mori = officer(Role.GATE_OFFICER)
    seen = []
    codes = {person: two_step.ready(person) for person in (ASTRID, NILS)}
    for person, judged in ((ASTRID, DRAWN), (NILS, FLAGGED)):
        two_step.assess(two_step.id_of(person), control_rate=0.01, **judged)
        add_hit(two_step, two_step.id_of(person), there=judged is FLAGGED)
        answer = arrive(two_step, person, codes[person])
        (row,) = [one for one in two_step.queue(mori) if one["given_names"] == person.given]
        seen.append(visible(two_step, mori, person, answer, row))
        url = f"/api/v1/referrals/{row['id']}"
        assert two_step.client.post(
            f"{url}/inspect", json={"version": row["version"]}, headers=mori
        ).is_success
        assert two_step.client.post(f"{url}/outcome", json=WHOLE, headers=mori).is_success
        seen[-1].append(two_step.client.get(url, headers=mori).json()["referral"]["reasons"])
    (drawn, flagged) = seen
    assert drawn[:-1] == flagged[:-1]
    assert (drawn[-1], flagged[-1]) == (["control"], ["selected-by-rules"])
    page = two_step.client.get(f"/console/passengers/{two_step.id_of(NILS)}", headers=mori).text
    assert "A hit that waits" in page


def test_a_hit_with_declared_goods_and_an_examination_rings_as_a_risk(two_step: World, officer):
    """Nobody has looked at the hit yet: it stands in the queue of its own, with the protocol and without the lot."""
    mori, passenger = officer(Role.GATE_OFFICER), two_step.add(ASTRID)
    text = with_goods(two_step)
    two_step.assess(passenger, action="stop", control=True, control_rate=0.01)
    add_hit(two_step, passenger, there=True)
    arrive(two_step, ASTRID, text)
    rows = {row["kind"]: row for row in two_step.queue(mori)}
    assert {kind: row["reasons"] for kind, row in rows.items()} == {
        "goods": ["declared-goods"], "risk": ["risk-unreviewed", "full-examination"],
    }  # fmt: skip
    assert rows.keys() & RINGS == {"risk"}
    page = two_step.client.get("/console?kind=goods", headers=mori).text
    assert "A hit that waits" not in page
    risk = two_step.client.get(f"/console/referrals/{rows['risk']['id']}", headers=mori).text
    assert "Full examination, fixed protocol" in risk
    assert "A hit that waits" in risk


def test_what_a_list_says_later_does_not_wait_for_the_examination(two_step: World, officer):
    """It takes over the examination that nobody has begun; until then, what rules said earlier is not told either."""
    mori, passenger = officer(Role.GATE_OFFICER), two_step.add(ASTRID)
    text = with_goods(two_step)
    two_step.assess(passenger, action="stop")
    two_step.answer(two_step.kiosk, ASTRID.mrz, text)
    two_step.assess(passenger, control_rate=0.01, **FLAGGED)
    add_hit(two_step, passenger, there=True)
    two_step.answer(two_step.lane, ASTRID.mrz)
    (examination,) = [one for one in two_step.queue(mori) if one["kind"] == "full-examination"]
    addresses = (
        "/console", "/console?kind=goods", "/console?kind=risk",
        f"/console/referrals/{examination['id']}", f"/console/passengers/{passenger}",
    )  # fmt: skip
    for address in addresses:
        assert "A hit that waits" not in two_step.client.get(address, headers=mori).text
    for address in addresses[3:]:
        assert "Hit that nobody had reviewed" not in two_step.client.get(address, headers=mori).text
    two_step.assess(passenger, action="stop", mixed=True, control_rate=0.01)
    add_hit(two_step, passenger, there=True)
    for address in addresses[3:]:
        assert "A hit that waits" in two_step.client.get(address, headers=mori).text
    two_step.answer(two_step.lane, ASTRID.mrz)
    for address in addresses[:3]:  # its hint says that the queue is another
        told = "A hit that waits" in two_step.client.get(address, headers=mori).text
        assert told == ("goods" not in address)
    found = {row["kind"]: row["reasons"] for row in two_step.queue(mori)}
    assert found == {"goods": ["declared-goods"], "risk": ["risk-unreviewed", "full-examination"]}


def test_a_release_tells_nothing_until_the_traveller_has_passed(two_step: World, officer):
    """Whoever left the examination out can take it back, so the closed case reads the same for both."""
    chief, codes = officer(Role.SENIOR), {one: two_step.ready(one) for one in (ASTRID, NILS)}
    body = {"why_not": "emergency", "note": "The hall is being cleared"}
    seen, told, answers = [], [], {}
    for person, judged in ((ASTRID, DRAWN), (NILS, FLAGGED)):
        two_step.assess(two_step.id_of(person), control_rate=0.01, **judged)
        add_hit(two_step, two_step.id_of(person), there=judged is FLAGGED)
        answer = arrive(two_step, person, codes[person])
        (row,) = [one for one in two_step.queue(chief) if one["given_names"] == person.given]
        url = f"/api/v1/referrals/{row['id']}"
        done = two_step.client.post(
            f"{url}/release", json={"version": row["version"], **body}, headers=chief
        )
        assert done.status_code == 200
        reasons = lambda at=url: two_step.client.get(at, headers=chief).json()["referral"]["reasons"]  # noqa: E731  # fmt: skip
        pages = [
            two_step.client.get(f"/console/{path}{row['id']}{more}", headers=chief).text
            for path, more in (("rover/", ""), ("fragments/rover/", ""), ("fragments/referrals/", "/decision"))
        ]  # fmt: skip
        seen.append(
            [*visible(two_step, chief, person, answer, row), *map(neutral, pages), reasons()]
        )
        answers[person] = reasons
    assert seen[0] == seen[1]
    assert seen[0][-1] == ["full-examination"]
    assert "A hit that waits" not in seen[1][2]
    for person in (ASTRID, NILS):
        lane = two_step.answer(two_step.lane, person.mrz)
        assert two_step.pass_through(two_step.lane, lane["id"]).status_code == 201
        told.append(answers[person]())
    assert told == [["control"], ["selected-by-rules"]]
    page = two_step.client.get(f"/console/passengers/{two_step.id_of(NILS)}", headers=chief).text
    assert "A hit that waits" in page


def visible(world: World, officer, person, answer, row) -> list:
    """All that an officer can look at, without names, ids and times."""
    get = world.client.get
    passenger, referral = world.id_of(person), UUID(row["id"])
    pages = [
        get(path, headers=officer).text
        for path in ("/console", f"/console/referrals/{referral}", f"/console/passengers/{passenger}",
                     f"/console/flights/{world.flight}")
    ]  # fmt: skip
    risk = get(f"/api/v1/flights/{world.flight}/risk", headers=officer).json()
    detail = get(f"/api/v1/referrals/{referral}", headers=officer).json()
    events = world.rows(
        "select kind, version from event where subject in (:one, :two) order by id",
        one=referral, two=UUID(answer["id"]),
    )  # fmt: skip
    trail = world.rows(
        "select action, detail - 'referrals' from audit_entry where subject_id in (:one, :two)"
        " and action not like '%view%' order by id",
        one=referral, two=UUID(answer["id"]),
    )  # fmt: skip
    texts = [*pages, json.dumps([risk["passengers"], detail, answer, row])]
    return [*map(neutral, texts), str(events), str(trail)]


def neutral(text: str) -> str:
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)?", "TIME", text)
    text = re.sub(r'name="key" value="[^"]+"', "KEY", text)
    text = re.sub(r"\d{15,}\.\d{15,}", "MARK", text)
    for person in (ASTRID, NILS):
        text = text.replace(person.given, "GIVEN").replace(person.number, "NUMBER")
        text = text.replace(person.birth.isoformat(), "BIRTH")
    text = re.sub(r"\((3[4-9])\)", "(AGE)", text)
    return re.sub(r"\d\d:\d\d(:\d\d)?|\d+ (s|min)\b", "CLOCK", text)


def with_goods(world: World) -> str:
    """The code of Astrid, who has goods to declare."""
    text = world.code(ASTRID)
    with world.database.transaction() as session:
        session.execute(sa.text("update declaration set lane = 1"))
    return text


def add_hit(world: World, passenger: UUID, *, there: bool) -> None:
    if not there:
        return
    with world.database.transaction() as session:
        found = session.execute(
            sa.text("select id from assessment where passenger_id = :id and is_current"),
            {"id": passenger},
        ).scalar_one()
        session.add(
            Hit(
                assessment_id=found, passenger_id=passenger, source="rule", subject="a.rule",
                subject_version=1, title="A hit that waits", purpose="drugs", handling="stop",
                points=60, explanation=EXPLAINED, values_digest=b"x",
                state="unreviewed", snoozed=False, reviewed_first=False,
            )
        )  # fmt: skip
        session.execute(
            sa.text("update assessment set level = 'high', score = 60 where id = :id"),
            {"id": found},
        )


def test_a_skipped_examination_does_not_stop_the_traveller_again(two_step: World, officer):
    come(two_step, ASTRID, **DRAWN)
    chief = officer(Role.SENIOR)
    (row,) = two_step.queue(chief)
    body = {"version": row["version"], "why_not": "emergency", "note": "The hall is being cleared"}
    url = f"/api/v1/referrals/{row['id']}/release"
    assert two_step.client.post(url, json=body, headers=chief).status_code == 200
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "cleared"


def test_the_page_shows_the_protocol_and_lets_only_supervisors_leave_it_out(
    two_step: World, officer
):
    come(two_step, ASTRID, **DRAWN)
    mori, chief = officer(Role.GATE_OFFICER), officer(Role.SENIOR)
    (row,) = two_step.queue(mori)
    address = f"/console/referrals/{row['id']}"
    seen, post = {"version": str(row["version"])}, two_step.client.post
    assert "Only a supervisor can leave out" in two_step.client.get(address, headers=mori).text
    assert post(f"{address}/release", data=seen, headers=mori).status_code == 403
    form = two_step.client.get(address, headers=chief).text
    assert "Leave out the examination" in form
    missing = post(f"{address}/release", data=seen, headers=chief)
    assert missing.status_code == 422
    assert "Choose why there is no inspection" in missing.text
    post(f"{address}/inspect", data=seen, headers=mori, follow_redirects=False)
    page = two_step.client.get(address, headers=mori).text
    assert "Full examination, fixed protocol: documents examined, questions asked" in page
    assert page.count("(protocol)") == 3
