"""The decision table, row by row, then what must hold always, over the product of the inputs."""

from dataclasses import fields, replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gate.case import (
    Action,
    Capacity,
    Case,
    Chip,
    Code,
    DocumentState,
    Face,
    Guardian,
    HallMode,
    ManifestState,
    Place,
    Policy,
    Screening,
)
from app.gate.decide import Answer, Decision, decide
from app.referrals.kinds import AFTERWARDS
from app.referrals.kinds import ReferralKind as Kind
from tests.support.examples import examples

COUNTERS = {"identity": "A", "goods": "B", "kiosk": "K"}
POLICY = Policy(counters=COUNTERS)
CASES = {place: Case(place) for place in Place}
REFERS = {Answer.COUNTER, Answer.REFER, Answer.HOLD}


def at(place: Place, **facts: object) -> Case:
    return replace(CASES[place], **facts)


def answers(policy: Policy = POLICY, **facts: object) -> tuple[Answer, ...]:
    """The answers at kiosk, lane and one-step gate."""
    return tuple(decide(at(place, **facts), policy).answer for place in Place)


REGISTERED, COUNTER, CLEARED = Answer.REGISTERED, Answer.COUNTER, Answer.CLEARED
HOLD, REFER, OUT = Answer.HOLD, Answer.REFER, Answer.OUT_OF_SERVICE
OTHER, WAIT, ASKED = Answer.SHOW_OTHER_CODE, Answer.WAIT, Answer.SHOW_PASSPORT
IDENTITY = (COUNTER, REFER, REFER)
LATER = (REGISTERED, REFER, REFER)
RISK = (REGISTERED, REFER, HOLD)
FREE = (REGISTERED, CLEARED, CLEARED)

ROWS = [
    ({}, FREE, None, None),
    ({"mode": HallMode.EVACUATION}, (OUT,) * 3, Kind.TECHNICAL, "evacuation"),
    ({"device_healthy": False}, (OUT,) * 3, Kind.TECHNICAL, "device-unhealthy"),
    ({"mode": HallMode.STAFFED_ONLY}, (COUNTER,) * 3, Kind.TECHNICAL, "staffed-only"),
    *(
        ({"code": Code.REFUSED, "refusal": code}, IDENTITY, Kind.IDENTITY, f"credential-{code}")
        for code in ("signature_invalid", "expired", "withdrawn", "already_used", "superseded")
    ),
    ({"passed": True}, IDENTITY, Kind.IDENTITY, "already-passed"),
    ({"code": Code.PARTY}, (OTHER,) * 3, None, "code-of-party"),
    ({"code": Code.OTHERS}, (OTHER,) * 3, None, "code-of-others"),
    ({"registered": False}, (REGISTERED, REFER, CLEARED), Kind.IDENTITY, "not-registered"),
    ({"registered": False, "may_register": True}, (REGISTERED, ASKED, CLEARED), None, "passport-wanted"),
    ({"lane": None, "code": Code.NONE}, IDENTITY, Kind.IDENTITY, "no-declaration"),
    ({"document": DocumentState.EXPIRED}, IDENTITY, Kind.IDENTITY, "document-expired"),
    ({"document": DocumentState.LOST}, IDENTITY, Kind.IDENTITY, "document-lost"),
    ({"document": DocumentState.UNSOUND}, IDENTITY, Kind.IDENTITY, "document-unsound"),
    ({"chip": Chip.FAILED}, IDENTITY, Kind.IDENTITY, "chip-failed"),
    ({"face": Face.NO_MATCH}, IDENTITY, Kind.IDENTITY, "face-no-match"),
    ({"chip": Chip.NOT_VERIFIABLE}, IDENTITY, Kind.IDENTITY, "chip-not-verifiable"),
    ({"chip": Chip.NOT_READ}, IDENTITY, Kind.IDENTITY, "chip-not-read"),
    ({"face": Face.LOOK}, IDENTITY, Kind.IDENTITY, "face-look"),
    ({"face": Face.NOT_CHECKED}, IDENTITY, Kind.IDENTITY, "face-not-checked"),
    ({"age": 14}, IDENTITY, Kind.IDENTITY, "child-alone"),
    (
        {"age": 14, "guardian": Guardian.WAITING},
        LATER, Kind.IDENTITY, "guardian-not-cleared",
    ),
    ({"age": 14, "guardian": Guardian.CLEARED, "face": Face.NOT_CHECKED}, FREE, None, None),
    ({"lane": 1}, (COUNTER,) * 3, Kind.GOODS, "declared-goods"),
    ({"lane": 2}, (COUNTER,) * 3, Kind.GOODS, "declared-other"),
    (
        {"manifest": ManifestState.NONE, "on_manifest": False},
        LATER, Kind.TECHNICAL, "manifest-none",
    ),
    (
        {"manifest": ManifestState.OPEN, "on_manifest": False},
        LATER, Kind.TECHNICAL, "manifest-open",
    ),
    ({"manifest": ManifestState.OPEN, "on_manifest": True}, FREE, None, None),
    (
        {"mode": HallMode.WITHOUT_MANIFEST, "manifest": ManifestState.NONE, "on_manifest": False},
        FREE, None, None,
    ),
    ({"on_manifest": False}, IDENTITY, Kind.IDENTITY, "not-on-manifest"),
    *(
        ({"on_manifest": False, "capacity": capacity}, FREE, None, None)
        for capacity in (Capacity.TRANSIT, Capacity.DIVERTED, Capacity.EXEMPT)
    ),
    (
        {"on_manifest": False, "capacity": Capacity.CREW},
        IDENTITY, Kind.IDENTITY, "not-on-manifest",
    ),
    ({"screening": Screening.STALE}, (WAIT,) * 3, None, None),
    ({"screening": Screening.STALE, "waited": True}, LATER, Kind.TECHNICAL, "screening-late"),
    ({"screening": Screening.MISSING}, LATER, Kind.TECHNICAL, "not-screened"),
    ({"action": Action.STOP}, RISK, Kind.RISK, "risk-unreviewed"),
    ({"action": Action.STOP, "confirmed": True}, RISK, Kind.RISK, "risk-confirmed"),
    ({"action": Action.DISCREET}, RISK, Kind.RISK, "risk-unreviewed"),
    ({"action": Action.OBSERVE}, RISK, Kind.RISK, "observe"),
    ({"action": Action.INFORM}, FREE, None, None),
    ({"action": Action.INFORM, "confirmed": True}, FREE, None, None),
    ({"control": True}, LATER, Kind.EXAMINATION, "full-examination"),
    ({"control": True, "diplomatic": True}, FREE, None, None),
    *(
        ({"claimed": frozenset({kind})}, LATER, kind, f"with-officer-{kind}")
        for kind in Kind
        if kind not in AFTERWARDS
    ),
    ({"party": frozenset({Kind.IDENTITY})}, IDENTITY, Kind.IDENTITY, "party-identity"),
    ({"party": frozenset({Kind.GOODS})}, (COUNTER,) * 3, Kind.GOODS, "party-goods"),
    ({"party": frozenset({Kind.RISK})}, RISK, Kind.RISK, "party-risk"),
    ({"party": frozenset({Kind.EXAMINATION})}, LATER, Kind.EXAMINATION, "party-full-examination"),
    ({"party": frozenset({Kind.OTHER_AGENCY})}, LATER, Kind.OTHER_AGENCY, "party-other-agency"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "expected", "kind", "reason"), ROWS)
def test_every_row_of_the_table(facts, expected, kind, reason):
    assert answers(**facts) == expected
    decision = decide(at(Place.LANE, **facts), POLICY)
    assert (decision.kind, decision.reasons[:1]) == (kind, (reason,) if reason else ())


def test_policy_says_whether_chip_and_face_may_be_missing():
    open_policy = replace(POLICY, chip_required=False, face_required=False)
    facts = {"chip": Chip.NOT_READ, "face": Face.NOT_CHECKED}
    assert answers(open_policy, **facts) == FREE
    assert answers(open_policy, chip=Chip.FAILED) == IDENTITY
    assert answers(open_policy, face=Face.LOOK) == IDENTITY


def test_policy_says_whether_unreviewed_hits_act():
    lenient = replace(POLICY, unreviewed_acts=False)
    assert answers(lenient, action=Action.STOP) == FREE
    assert answers(lenient, action=Action.OBSERVE) == FREE
    assert answers(lenient, action=Action.STOP, confirmed=True) == RISK


def test_crew_are_sent_to_their_channel_where_there_is_one():
    own = replace(POLICY, counters={**COUNTERS, "crew": "C"})
    decision = decide(at(Place.LANE, capacity=Capacity.CREW), own)
    assert (decision.answer, decision.counter, decision.reasons) == (
        Answer.COUNTER, "C", ("channel-crew",),
    )  # fmt: skip
    assert answers(capacity=Capacity.CREW) == FREE


def test_signs():
    def signs(**facts):
        return {decide(at(place, **facts), POLICY).counter for place in Place}

    assert signs(lane=1) == {"B"}
    assert signs(document=DocumentState.EXPIRED) == {"A"}
    assert decide(at(Place.LANE, registered=False), POLICY).counter == "K"
    assert decide(at(Place.ONE_STEP, action=Action.STOP), POLICY).counter == "A"
    assert signs() == {None}


def test_the_first_row_decides_and_the_rest_are_further_reasons():
    case = at(Place.LANE, lane=1, control=True, document=DocumentState.EXPIRED)
    decision = decide(case, POLICY)
    assert decision.kind is Kind.IDENTITY
    assert decision.reasons == ("document-expired", "declared-goods", "full-examination")
    assert [(r.kind, r.reasons) for r in decision.raised] == [
        (Kind.IDENTITY, ("document-expired", "declared-goods")),
        (Kind.EXAMINATION, ("full-examination",)),
    ]


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize(("confirmed", "why"), [(True, "confirmed"), (False, "unreviewed")])
def test_a_risk_is_raised_even_when_an_earlier_row_refers(place, confirmed, why):
    risk = {"action": Action.STOP, "confirmed": confirmed}
    for control, more in ((True, ("full-examination",)), (False, ())):
        decision = decide(at(place, lane=1, control=control, **risk), POLICY)
        assert decision.answer is Answer.COUNTER
        assert [(r.kind, r.reasons) for r in decision.raised] == [
            (Kind.GOODS, ("declared-goods",)),
            (Kind.RISK, (f"risk-{why}", *more)),
        ]
    other = decide(at(place, code=Code.OTHERS, **risk), POLICY)
    assert other.answer is Answer.SHOW_OTHER_CODE
    assert [r.kind for r in other.raised] == [Kind.RISK]


def test_a_risk_beside_an_examination_that_an_officer_has_in_hand():
    in_hand = frozenset({Kind.EXAMINATION})
    case = at(Place.LANE, lane=1, action=Action.STOP, control=True, claimed=in_hand)
    assert [(r.kind, r.reasons) for r in decide(case, POLICY).raised] == [
        (Kind.EXAMINATION, ("with-officer-full-examination", "declared-goods", "full-examination")),
        (Kind.RISK, ("risk-unreviewed",)),
    ]


@examples(500, 4000)
def test_a_risk_that_officers_may_know_of_stands_in_no_other_queue(count):
    @settings(max_examples=count)
    @given(CASE, POLICIES)
    def always(case, policy):
        for raised in decide(case, policy).raised:
            told = {"risk-unreviewed", "risk-confirmed", "observe"} & set(raised.reasons)
            assert not told or raised.kind is Kind.RISK

    always()


def test_a_used_code_is_told_before_the_passage_and_both_are_released_together():
    facts = {"code": Code.REFUSED, "refusal": "already_used", "passed": True}
    decision = decide(at(Place.LANE, **facts), POLICY)
    assert decision.reasons == ("credential-already_used", "already-passed")
    assert answers(**facts, released=frozenset(decision.reasons)) == FREE
    assert answers(**facts, released=frozenset(decision.reasons[:1])) == IDENTITY


def test_a_kiosk_raises_the_risk_at_registration():
    decision = decide(at(Place.KIOSK, action=Action.STOP), POLICY)
    assert (decision.answer, decision.kind) == (Answer.REGISTERED, Kind.RISK)
    assert [(r.kind, r.reasons) for r in decision.raised] == [(Kind.RISK, ("risk-unreviewed",))]


def test_a_release_covers_exactly_what_the_officer_saw():
    seen = {"released": frozenset({"risk-unreviewed"})}
    assert answers(action=Action.STOP, **seen) == FREE
    assert answers(action=Action.STOP, confirmed=True, **seen) == RISK
    assert answers(action=Action.STOP, control=True, **seen) == LATER
    assert answers(action=Action.STOP, lane=1, **seen) == (COUNTER,) * 3


@pytest.mark.parametrize(
    "facts",
    [{"mode": HallMode.EVACUATION}, {"device_healthy": False}, {"mode": HallMode.STAFFED_ONLY},
     {"code": Code.OTHERS}, {"registered": False}, {"screening": Screening.STALE},
     {"claimed": frozenset({Kind.RISK})}],
)  # fmt: skip
def test_no_release_covers_the_state_of_hall_device_and_session(facts):
    case = at(Place.LANE, **facts)
    everything = frozenset(decide(case, POLICY).reasons) | {"screening-awaited"}
    assert decide(replace(case, released=everything), POLICY) == decide(case, POLICY)


# ---------------------------------------------------------------- what must hold always

CASE = st.builds(
    Case,
    place=st.sampled_from(Place),
    mode=st.sampled_from(HallMode),
    device_healthy=st.booleans(),
    code=st.sampled_from(Code),
    refusal=st.sampled_from(["expired", "already_used"]),
    registered=st.booleans(),
    may_register=st.booleans(),
    lane=st.sampled_from([None, 0, 1, 2]),
    document=st.sampled_from(DocumentState),
    chip=st.sampled_from(Chip),
    face=st.sampled_from(Face),
    age=st.sampled_from([None, 3, 14, 15, 40]),
    guardian=st.sampled_from(Guardian),
    capacity=st.sampled_from(Capacity),
    diplomatic=st.booleans(),
    manifest=st.sampled_from(ManifestState),
    on_manifest=st.booleans(),
    screening=st.sampled_from(Screening),
    waited=st.booleans(),
    action=st.sampled_from([None, *Action]),
    confirmed=st.booleans(),
    control=st.booleans(),
    mixed=st.booleans(),
    rules_alone=st.booleans(),
    claimed=st.frozensets(st.sampled_from(Kind), max_size=1),
    party=st.frozensets(st.sampled_from(Kind), max_size=2),
    passed=st.booleans(),
    differs=st.sampled_from([False, False, False, True]),
)
POLICIES = st.builds(
    Policy,
    chip_required=st.booleans(),
    face_required=st.booleans(),
    unreviewed_acts=st.booleans(),
    counters=st.sampled_from([COUNTERS, {**COUNTERS, "crew": "C", "transit": "T"}]),
)
WORST = {
    "mode": [HallMode.EVACUATION, HallMode.STAFFED_ONLY],
    "device_healthy": [False],
    "code": [Code.REFUSED, Code.PARTY, Code.OTHERS],
    "registered": [False],
    "lane": [None, 1, 2],
    "document": [DocumentState.EXPIRED, DocumentState.LOST, DocumentState.UNSOUND],
    "chip": [Chip.FAILED, Chip.NOT_VERIFIABLE],
    "face": [Face.NO_MATCH, Face.LOOK],
    "on_manifest": [False],
    "screening": [Screening.STALE, Screening.MISSING],
    "action": [Action.STOP, Action.DISCREET, Action.OBSERVE],
    "control": [True],
    "claimed": [frozenset({kind}) for kind in Kind],
    "party": [frozenset({kind}) for kind in Kind if kind is not Kind.TECHNICAL],
    "passed": [True],
    "differs": [True],
}


def clean(case: Case, policy: Policy) -> bool:
    """Written apart from the table: what a complete, fresh, positive case is."""
    child = case.age is not None and case.age < policy.policy_age
    on_the_list = (
        case.on_manifest
        or case.capacity in (Capacity.TRANSIT, Capacity.DIVERTED, Capacity.EXEMPT)
        or (case.mode is HallMode.WITHOUT_MANIFEST and case.manifest is not ManifestState.CLOSED)
    )
    acts = case.confirmed or policy.unreviewed_acts
    return (
        case.mode in (HallMode.NORMAL, HallMode.WITHOUT_MANIFEST)
        and case.device_healthy
        and case.code in (Code.NONE, Code.OWN)
        and (case.registered or case.place is not Place.LANE)
        and case.lane == 0
        and case.document is DocumentState.VALID
        and case.chip in ((Chip.OK,) if policy.chip_required else (Chip.OK, Chip.NOT_READ))
        and (
            case.face is Face.MATCH
            or (case.face is Face.NOT_CHECKED and (child or not policy.face_required))
        )
        and (not child or case.guardian is Guardian.CLEARED)
        and case.capacity not in policy.counters
        and on_the_list
        and case.screening is Screening.FRESH
        and not (acts and case.action in (Action.STOP, Action.DISCREET, Action.OBSERVE))
        and (case.diplomatic or not case.control)
        and not case.claimed - AFTERWARDS
        and not case.party - AFTERWARDS - {Kind.TECHNICAL}
        and not case.passed
        and not case.differs
    )


def check(case: Case, policy: Policy) -> Decision:
    decision = decide(case, policy)
    assert (decision.answer is CLEARED) == (clean(case, policy) and case.place is not Place.KIOSK)
    if decision.answer in REFERS:
        assert decision.kind
        assert decision.counter
        assert decision.raised
    assert (decision.answer is REGISTERED) <= (case.place is Place.KIOSK)
    assert (decision.answer is HOLD) <= (case.place is Place.ONE_STEP)
    assert (decision.answer is WAIT) <= (case.screening is Screening.STALE and not case.waited)
    assert all(raised.reasons for raised in decision.raised)
    return decision


@examples(600, 6000)
def test_it_opens_exactly_on_a_complete_fresh_positive_case(count):
    @settings(max_examples=count)
    @given(CASE, POLICIES)
    def always(case, policy):
        check(case, policy)

    always()


def test_the_product_of_the_inputs_that_can_open():
    """Every combination of one clean and one bad value of each fact, at each place."""
    names = [name for name in WORST if name != "registered"]
    choices = [[getattr(CASES[Place.LANE], name), WORST[name][0]] for name in names]
    count = 0
    for place in Place:
        for values in product(*choices):
            check(replace(CASES[place], **dict(zip(names, values, strict=True))), POLICY)
            count += 1
    assert count == 3 * 2 ** len(names)


def test_the_product_of_identity_facts():
    facts = product(
        Place, DocumentState, Chip, Face, [None, 14, 15], Guardian, [False, True], [False, True]
    )
    for place, document, chip, face, age, guardian, chip_required, face_required in facts:
        case = Case(place, document=document, chip=chip, face=face, age=age, guardian=guardian)
        check(case, replace(POLICY, chip_required=chip_required, face_required=face_required))


def test_the_product_of_risk_facts():
    facts = product(
        Place, Screening, [False, True], [None, *Action], [False, True], [False, True],
        [False, True], Capacity, ManifestState, [False, True],
    )  # fmt: skip
    for (place, screening, waited, action, confirmed, control, diplomatic, capacity, manifest,
         listed) in facts:  # fmt: skip
        case = Case(
            place, screening=screening, waited=waited, action=action, confirmed=confirmed,
            control=control, diplomatic=diplomatic, capacity=capacity, manifest=manifest,
            on_manifest=listed,
        )  # fmt: skip
        check(case, POLICY)


@examples(600, 6000)
def test_making_anything_worse_never_opens(count):
    @settings(max_examples=count)
    @given(CASE, POLICIES, st.sampled_from(sorted(WORST)), st.data())
    def always(case, policy, name, data):
        worse = replace(case, **{name: data.draw(st.sampled_from(WORST[name]))})
        if decide(worse, policy).answer is CLEARED:
            assert decide(case, policy).answer is CLEARED

    always()


@examples(500, 4000)
def test_a_kiosk_answers_flagged_and_unflagged_alike(count):
    @settings(max_examples=count)
    @given(CASE, POLICIES)
    def always(case, policy):
        flagged = replace(case, place=Place.KIOSK)
        hidden = frozenset(case.party & {Kind.IDENTITY, Kind.GOODS})
        unflagged = replace(
            flagged, action=None, confirmed=False, control=False, claimed=frozenset(), party=hidden
        )
        shown, plain = decide(flagged, policy), decide(unflagged, policy)
        assert (shown.answer, shown.counter) == (plain.answer, plain.counter)

    always()


@examples(500, 4000)
def test_a_release_never_opens_what_it_does_not_cover(count):
    @settings(max_examples=count)
    @given(CASE, POLICIES)
    def always(case, policy):
        decision = decide(case, policy)
        for left_out in decision.reasons:
            covered = frozenset(decision.reasons) - {left_out}
            again = decide(replace(case, released=covered), policy)
            assert again.answer is not CLEARED

    always()


@examples(300, 2000)
def test_the_same_case_gets_the_same_decision_and_reasons_are_named_once(count):
    @settings(max_examples=count)
    @given(CASE, POLICIES)
    def always(case, policy):
        decision = decide(case, policy)
        assert decision == decide(case, policy)
        assert len(set(decision.reasons)) == len(decision.reasons)

    always()


def test_a_case_without_facts_is_a_case_of_the_strategy():
    """A new field of Case must be added to the strategies above."""
    covered = {"place", "mode", "device_healthy", "code", "refusal", "registered", "may_register", "lane",
               "document",
               "chip", "face", "age", "guardian", "capacity", "diplomatic", "manifest",
               "on_manifest", "screening", "waited", "action", "confirmed", "control", "mixed", "rules_alone", "party",
               "claimed", "released", "passed", "differs"}  # fmt: skip
    assert {f.name for f in fields(Case)} == covered
