"""The decision at kiosk and lane: a pure function over the table of the design, read from the top.

The first row that fits gives the answer, the rest stay as further reasons for officers. A row without an
answer for the kiosk acts only at the lane: there the kiosk says "registered" to everybody. An officer's
release takes away exactly the reasons that he saw, nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

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
from app.referrals.kinds import AFTERWARDS, FULL_EXAMINATION
from app.referrals.kinds import ReferralKind as Kind


class Answer(StrEnum):
    """What the traveller is told. ``WAIT``: ask again when the passenger has been assessed."""

    REGISTERED = "registered"
    COUNTER = "counter"
    CLEARED = "cleared"
    HOLD = "hold"
    REFER = "refer"
    SHOW_OTHER_CODE = "show-other-code"
    SHOW_PASSPORT = "show-passport"
    WAIT = "wait"
    OUT_OF_SERVICE = "out-of-service"


@dataclass(frozen=True, slots=True)
class Raised:
    """A referral to raise. Whoever releases it has judged ``reasons`` and nothing else."""

    kind: Kind
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """``kind`` and ``reasons`` are for officers only. ``counter`` is the sign to point to, also after a
    hold. ``raised`` are the referrals to raise, the one of ``kind`` first.
    """

    answer: Answer
    kind: Kind | None = None
    reasons: tuple[str, ...] = ()
    counter: str | None = None
    raised: tuple[Raised, ...] = ()


Find = Callable[[Case, Policy], str | None]
Answers = Mapping[Place, Answer]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: ``find`` gives the reason when it fits."""

    find: Find
    kind: Kind | None
    answers: Answers
    counter: str = "identity"
    releasable: bool = True


def _everywhere(answer: Answer) -> Answers:
    return dict.fromkeys(Place, answer)


def _at(kiosk: Answer | None, lane: Answer, one_step: Answer) -> Answers:
    acting = {Place.LANE: lane, Place.ONE_STEP: one_step}
    return {Place.KIOSK: kiosk, **acting} if kiosk else acting


IDENTITY = _at(Answer.COUNTER, Answer.REFER, Answer.REFER)
GOODS = _everywhere(Answer.COUNTER)
POINTING = (Answer.COUNTER, Answer.REFER, Answer.HOLD)
LATER = _at(None, Answer.REFER, Answer.REFER)
RISK = _at(None, Answer.REFER, Answer.HOLD)


def _evacuated(case: Case, _: Policy) -> str | None:
    return "evacuation" if case.mode is HallMode.EVACUATION else None


def _unhealthy(case: Case, _: Policy) -> str | None:
    return None if case.device_healthy else "device-unhealthy"


def _staffed_only(case: Case, _: Policy) -> str | None:
    return "staffed-only" if case.mode is HallMode.STAFFED_ONLY else None


def _refused_code(case: Case, _: Policy) -> str | None:
    return f"credential-{case.refusal}" if case.code is Code.REFUSED else None


def _other_code(case: Case, _: Policy) -> str | None:
    return {Code.PARTY: "code-of-party", Code.OTHERS: "code-of-others"}.get(case.code)


def _passport_wanted(case: Case, _: Policy) -> str | None:
    """A code alone never stands for somebody whose passport nobody has read."""
    waits = case.place is Place.LANE and not case.registered and case.may_register
    return "passport-wanted" if waits else None


def _unregistered(case: Case, _: Policy) -> str | None:
    return "not-registered" if case.place is Place.LANE and not case.registered else None


def _passed(case: Case, _: Policy) -> str | None:
    return "already-passed" if case.passed else None


def _undeclared(case: Case, _: Policy) -> str | None:
    found_none = case.lane is None and case.code in (Code.NONE, Code.OWN)
    return "no-declaration" if found_none else None


def _bad_document(case: Case, _: Policy) -> str | None:
    return None if case.document is DocumentState.VALID else f"document-{case.document}"


def _differs(case: Case, _: Policy) -> str | None:
    return "passport-differs" if case.differs else None


def _bad_chip(case: Case, _: Policy) -> str | None:
    return "chip-failed" if case.chip is Chip.FAILED else None


def _bad_face(case: Case, _: Policy) -> str | None:
    return "face-no-match" if case.face is Face.NO_MATCH else None


def _look_at_chip(case: Case, policy: Policy) -> str | None:
    if case.chip is Chip.NOT_VERIFIABLE:
        return "chip-not-verifiable"
    return "chip-not-read" if policy.chip_required and case.chip is Chip.NOT_READ else None


def _look_at_face(case: Case, policy: Policy) -> str | None:
    if case.face is Face.LOOK:
        return "face-look"
    required = policy.face_required and not is_child(case, policy)
    return "face-not-checked" if required and case.face is Face.NOT_CHECKED else None


def _child(case: Case, policy: Policy) -> str | None:
    if not is_child(case, policy):
        return None
    if case.guardian is Guardian.NONE:
        return "child-alone"
    is_early = case.guardian is Guardian.WAITING and case.place is not Place.KIOSK
    return "guardian-not-cleared" if is_early else None


def _declared(case: Case, _: Policy) -> str | None:
    return {1: "declared-goods", 2: "declared-other"}.get(case.lane or 0)


def _party(kind: Kind) -> Find:
    return lambda case, _: f"party-{kind}" if kind in case.party else None


def _claimed(kind: Kind) -> Find:
    return lambda case, _: f"with-officer-{kind}" if kind in case.claimed else None


def _manifest_missing(case: Case, _: Policy) -> str | None:
    incomplete = case.manifest is not ManifestState.CLOSED and not case.on_manifest
    chosen = case.mode is HallMode.WITHOUT_MANIFEST or case.capacity in OFF_MANIFEST
    return f"manifest-{case.manifest}" if incomplete and not chosen else None


def _not_on_manifest(case: Case, _: Policy) -> str | None:
    absent = case.manifest is ManifestState.CLOSED and not case.on_manifest
    return "not-on-manifest" if absent and case.capacity not in OFF_MANIFEST else None


def _own_channel(case: Case, policy: Policy) -> str | None:
    return f"channel-{case.capacity}" if case.capacity in policy.counters else None


def is_selected(case: Case, policy: Policy) -> bool:
    """Whether rules, lists or an officer's word ask for an inspection."""
    acts = case.confirmed or policy.unreviewed_acts
    return acts and case.action in (Action.STOP, Action.DISCREET)


def _is_examined(case: Case, policy: Policy) -> bool:
    """By lot; and some of the selected, so that a full examination does not tell who was drawn."""
    chosen = case.control or (case.mixed and is_selected(case, policy))
    return chosen and not case.diplomatic


def _is_blind(case: Case, policy: Policy) -> bool:
    """Whether the reasons wait until the outcome is in. What a list or an officer says never waits."""
    return case.rules_alone and not case.confirmed and _is_examined(case, policy)


def _risk(case: Case, policy: Policy) -> str | None:
    if not is_selected(case, policy) or _is_blind(case, policy):
        return None
    return "risk-confirmed" if case.confirmed else "risk-unreviewed"


def _observe(case: Case, policy: Policy) -> str | None:
    acts = case.confirmed or policy.unreviewed_acts
    return "observe" if case.action is Action.OBSERVE and acts else None


def _examination(case: Case, policy: Policy) -> str | None:
    return FULL_EXAMINATION if _is_examined(case, policy) else None


def inspection_probability(case: Case, policy: Policy, rate: float | None) -> float | None:
    """With what probability this traveller is inspected by design, as far as known: 1 for the selected, for
    all others the share drawn by lot, ``rate``. None: not among those who are drawn from.
    """
    if case.screening is not Screening.FRESH or case.diplomatic or rate is None:
        return None
    chosen = 1.0 if is_selected(case, policy) else 0.0
    return chosen + (1 - chosen) * rate


def _wait(case: Case, _: Policy) -> str | None:
    return "screening-awaited" if case.screening is Screening.STALE and not case.waited else None


def _late(case: Case, _: Policy) -> str | None:
    if case.screening is Screening.MISSING:
        return "not-screened"
    return "screening-late" if case.screening is Screening.STALE and case.waited else None


OFF_MANIFEST = (Capacity.TRANSIT, Capacity.DIVERTED, Capacity.EXEMPT)

TABLE: tuple[Row, ...] = (
    Row(_evacuated, Kind.TECHNICAL, _everywhere(Answer.OUT_OF_SERVICE), releasable=False),
    Row(_unhealthy, Kind.TECHNICAL, _everywhere(Answer.OUT_OF_SERVICE), releasable=False),
    Row(_staffed_only, Kind.TECHNICAL, _everywhere(Answer.COUNTER), releasable=False),
    Row(_refused_code, Kind.IDENTITY, IDENTITY),
    Row(_other_code, None, _everywhere(Answer.SHOW_OTHER_CODE), releasable=False),
    Row(_passport_wanted, None, _everywhere(Answer.SHOW_PASSPORT), releasable=False),
    Row(_unregistered, Kind.IDENTITY, IDENTITY, counter="kiosk", releasable=False),
    *(
        Row(_claimed(kind), kind, LATER, releasable=False)
        for kind in Kind
        if kind not in AFTERWARDS
    ),
    Row(_passed, Kind.IDENTITY, IDENTITY),
    Row(_undeclared, Kind.IDENTITY, IDENTITY),
    Row(_bad_document, Kind.IDENTITY, IDENTITY),
    Row(_differs, Kind.IDENTITY, IDENTITY),
    Row(_bad_chip, Kind.IDENTITY, IDENTITY),
    Row(_bad_face, Kind.IDENTITY, IDENTITY),
    Row(_look_at_chip, Kind.IDENTITY, IDENTITY),
    Row(_look_at_face, Kind.IDENTITY, IDENTITY),
    Row(_child, Kind.IDENTITY, IDENTITY),
    Row(_party(Kind.IDENTITY), Kind.IDENTITY, IDENTITY),
    Row(_declared, Kind.GOODS, GOODS, counter="goods"),
    Row(_party(Kind.GOODS), Kind.GOODS, GOODS, counter="goods"),
    Row(_manifest_missing, Kind.TECHNICAL, LATER),
    Row(_not_on_manifest, Kind.IDENTITY, IDENTITY),
    Row(_own_channel, Kind.IDENTITY, GOODS),
    Row(_wait, None, _everywhere(Answer.WAIT), releasable=False),
    Row(_risk, Kind.RISK, RISK),
    Row(_observe, Kind.RISK, RISK),
    Row(_party(Kind.RISK), Kind.RISK, RISK),
    Row(_party(Kind.OTHER_AGENCY), Kind.OTHER_AGENCY, LATER),
    Row(_examination, Kind.EXAMINATION, LATER),
    Row(_party(Kind.EXAMINATION), Kind.EXAMINATION, LATER),
    Row(_late, Kind.TECHNICAL, LATER),
)
"""Section 6 of the design, from the top."""

Found = tuple[Row, str]


def is_child(case: Case, policy: Policy) -> bool:
    """Below the age from which a face is compared."""
    return case.age is not None and case.age < policy.policy_age


def decide(case: Case, policy: Policy) -> Decision:
    """The decision on a case; opens (``cleared``) only when no row fits."""
    found = _find(case, policy)
    acting = next((f for f in found if case.place in f[0].answers), None)
    if acting is None:
        return _pass(case, found)
    row, reason = acting
    answer = row.answers[case.place]
    if answer is Answer.WAIT:
        return Decision(Answer.WAIT)
    reasons = (reason, *(other for _, other in found if other != reason))
    key = case.capacity if row.find is _own_channel else row.counter
    return Decision(
        answer=answer,
        kind=row.kind,
        reasons=reasons,
        counter=policy.counter(key) if answer in POINTING else None,
        raised=() if answer is Answer.OUT_OF_SERVICE else _raised(row.kind, reasons, found),
    )


def _find(case: Case, policy: Policy) -> list[Found]:
    fitting = ((row, row.find(case, policy)) for row in TABLE)
    return [
        (row, reason)
        for row, reason in fitting
        if reason and not (row.releasable and reason in case.released)
    ]


def _pass(case: Case, found: list[Found]) -> Decision:
    """Nothing acts here. A kiosk says the same words whatever else was found, and tells each kind's officers.

    What is technical waits for the lane: by then the list may have come, the assessment be ready.
    """
    if case.place is not Place.KIOSK:
        return Decision(Answer.CLEARED)
    reasons = tuple(reason for _, reason in found)
    kinds = dict.fromkeys(_kind(row, found) for row, _ in found)
    raised = tuple(
        Raised(kind, tuple(reason for row, reason in found if _kind(row, found) is kind))
        for kind in kinds
        if kind and kind is not Kind.TECHNICAL
    )
    kind = raised[0].kind if raised else Kind.TECHNICAL if reasons else None
    return Decision(Answer.REGISTERED, kind, reasons, raised=raised)


def _kind(row: Row, found: list[Found]) -> Kind | None:
    """Who is examined in full for a risk that officers may know of stands in one queue, not in two."""
    is_risk = any(other.find in (_risk, _observe) for other, _ in found)
    return Kind.RISK if row.find is _examination and is_risk else row.kind


def _raised(kind: Kind | None, reasons: tuple[str, ...], found: list[Found]) -> tuple[Raised, ...]:
    """A risk goes to its own officers, sound and target beside whatever else sends the traveller away, reviewed or not,
    and a full examination with it: who declares goods lowers no control, and a glance at a face releases from neither.
    An examination that an officer has in hand stays there.
    """
    if kind is Kind.RISK:
        return (Raised(kind, reasons),)
    grave = [reason for row, reason in found if row.find in (_risk, _observe)]
    due = [reason for row, reason in found if row.find is _examination]
    apart = grave if kind is Kind.EXAMINATION else [*grave, *due]
    rest = tuple(reason for reason in reasons if reason not in apart)
    first = (Raised(kind, rest),) if kind else ()
    if grave:
        return (*first, Raised(Kind.RISK, tuple(apart)))
    if due and kind and kind is not Kind.EXAMINATION:
        return (*first, Raised(Kind.EXAMINATION, tuple(due)))
    return first
