"""From the one row that the hot path reads to a case to decide, and what the decision writes. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from app.formats.ages import age_on
from app.formats.credential import Kind as CodeKind
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
from app.gate.shown import Shown
from app.referrals.kinds import FULL_EXAMINATION, Origin, ReferralKind
from app.travel.shown import Bearer, same_person

Known = Mapping[str, Any]
"""A row of :data:`app.gate.hot.READ`."""

GONE = ("withdrawn", "not-boarded")
BLOCKING = (Action.STOP, Action.DISCREET, Action.OBSERVE)
RISK_REASONS = frozenset({"risk-unreviewed", "risk-confirmed", "observe"})
GOODS_REASONS = frozenset({"declared-goods", "declared-other"})


def place_of(known: Known) -> Place:
    """What a device is in its hall."""
    if known["steps"] == "one-step":
        return Place.ONE_STEP
    return Place.KIOSK if known["device_kind"] == "kiosk" else Place.LANE


def needs_study(known: Known, shown: Shown, policy: Policy) -> bool:
    """Whether the code must be looked at more closely: a declaration that was never seen here, or a sound
    code that fits nobody by what the tables say alone (a companion known by name only).
    """
    code = shown.code
    if code is None or _plain_refused(shown, policy):
        return False
    if code.kind is not CodeKind.RECEIPT and (
        known["code_id"] is None or known["code_seq"] < code.seq
    ):
        return True
    unmatched = known["code_id"] is not None and known["code_person"] is None
    return unmatched and shown.passport is not None


def _plain_refused(shown: Shown, policy: Policy) -> bool:
    plain = shown.code is not None and shown.code.kind is CodeKind.DECLARATION
    return plain and not policy.plain_egd1_allowed


def needs_admission(known: Known, shown: Shown) -> bool:
    """Whether the supervisor's mode makes this person a passenger of the declared flight, whose list is missing:
    by a sound passport and a declaration that it belongs to.
    """
    return (
        known["mode"] == HallMode.WITHOUT_MANIFEST
        and known["passenger_id"] is None
        and known["flight_id"] is not None
        and known["manifest"] != ManifestState.CLOSED
        and known["declaration_id"] is not None
        and shown.passport is not None
        and shown.passport.state is DocumentState.VALID
        and not shown.refusal
    )


def needs_note(known: Known, shown: Shown) -> bool:
    """Whether the passport says something of the passenger that nobody has been screened on yet."""
    return bool(known["passenger_id"] and shown.passport and not known["passport_known"])


def build_case(
    known: Known, shown: Shown, policy: Policy, *, now: datetime, today: date, waited: bool
) -> Case:
    """Put together what was read and what was shown.

    At a lane, what was read at the kiosk stands in for what a lane does not read. A lane that knows a face again
    has not compared it with the passport: there the kiosk's comparison stands.
    """
    place = place_of(known)
    earlier = known["registration_readings"] or {}
    code, refusal = _code(known, shown, policy, now)
    members = known["members"] or []
    is_companion = policy.companions_at_lane and known["traveller_registered"]
    return Case(
        place=place,
        mode=HallMode(known["mode"]),
        device_healthy=shown.healthy,
        code=code,
        refusal=refusal,
        registered=known["registration_id"] is not None or bool(is_companion and shown.passport),
        may_register=bool(is_companion and not shown.passport),
        lane=known["lane"],
        document=_document(shown, earlier),
        chip=shown.chip
        if shown.chip is not Chip.NOT_READ
        else Chip(earlier.get("chip", shown.chip)),
        face=_face(known, shown, earlier),
        age=age_on(known["birth_date"], today),
        guardian=_guardian(members, policy, today),
        capacity=_capacity(known),
        diplomatic=shown.passport.diplomatic if shown.passport else bool(earlier.get("diplomatic")),
        manifest=ManifestState(known["manifest"] or "none"),
        on_manifest=bool(known["has_api"]) and known["travel_status"] not in GONE,
        screening=_screening(known),
        waited=waited,
        action=Action(known["action"]) if known["action"] else None,
        confirmed=bool(known["confirmed"]),
        control=bool(known["control"]),
        mixed=bool(known["mixed"]),
        rules_alone=bool(known["rules_alone"]),
        released=frozenset(reason for covers in known["covers"] or [] for reason in covers),
        claimed=frozenset(
            ReferralKind(own["kind"])
            for own in known["referrals"] or []
            if own["state"] != "raised"
        ),
        party=frozenset(kind for member in members for kind in _holding(member, policy)),
        differs=needs_note(known, shown) or _differs(known),
        passed=known["has_passed"],
    )


def _face(known: Known, shown: Shown, earlier: Mapping[str, Any]) -> Face:
    """What cameras made of the face. A doubt that no officer has settled stands, whatever a later try at another
    kiosk came to: three tries hold for a traveller, not for a kiosk.
    """
    is_compared = shown.face is not Face.NOT_CHECKED and shown.walker is None
    found = shown.face if is_compared else Face(earlier.get("face", shown.face))
    is_doubted = any(own["doubted"] for own in known["referrals"] or [])
    return Face.LOOK if is_doubted and found in (Face.MATCH, Face.NOT_CHECKED) else found


def _code(known: Known, shown: Shown, policy: Policy, now: datetime) -> tuple[Code, str]:
    refusal = shown.refusal or _standing(known, shown, policy, now)
    if refusal:
        return Code.REFUSED, refusal
    if shown.code is None:
        return Code.NONE, ""
    if known["code_person"] is None:
        return (Code.PARTY if known["code_of_party"] else Code.OTHERS), ""
    return Code.OWN, ""


def _standing(known: Known, shown: Shown, policy: Policy, now: datetime) -> str:
    """Why the declaration behind the code, or the one found without a code, does not count."""
    code = shown.code
    if code is None:
        return _carried(known) or ("already_used" if known["is_used"] else "")
    stored = known["code_id"] is not None
    checks = (
        (_plain_refused(shown, policy), "prefix_unknown"),
        (not stored or code.seq > known["code_seq"], "declaration_unknown"),
        (known["code_status"] == "withdrawn", "withdrawn"),
        (stored and code.seq < known["code_seq"], "superseded"),
        (stored and known["code_expires_at"] <= now, "expired"),
        (known["is_used"], "already_used"),
    )
    return next((refusal for fails, refusal in checks if fails), "")


def _carried(known: Known) -> str:
    """A code that was refused at the kiosk is not forgotten on the way to the lane."""
    for reason in known["registration_reasons"] or []:
        if reason.startswith("credential-"):
            return str(reason.removeprefix("credential-"))
    return ""


def _document(shown: Shown, earlier: Mapping[str, Any]) -> DocumentState:
    read = shown.passport.state if shown.passport else DocumentState.VALID
    if read is not DocumentState.VALID:
        return read
    return DocumentState(earlier.get("document", read))


def _differs(known: Known) -> bool:
    """Whether a passport that was shown for the passenger, here or at the kiosk, is somebody else's."""
    told = Bearer(known["surname"] or "", known["given_names"] or "", known["told_birth"])
    shown = (_bearer(passport) for passport in known["passports"] or [])
    return not all(same_person(told, one) for one in shown)


def _bearer(passport: Mapping[str, Any]) -> Bearer:
    born = passport["birth_date"]
    return Bearer(
        passport["surname"], passport["given_names"], date.fromisoformat(born) if born else None
    )


def _capacity(known: Known) -> Capacity:
    if known["flight_status"] == "diverted":
        return Capacity.DIVERTED
    kinds = {"crew": Capacity.CREW, "transit": Capacity.TRANSIT, "transit-crew": Capacity.TRANSIT}
    return kinds.get(known["passenger_kind"] or "", Capacity.PASSENGER)


def _screening(known: Known) -> Screening:
    if known["passenger_id"] is None:
        return Screening.MISSING
    return Screening.FRESH if known["is_fresh"] else Screening.STALE


def _guardian(members: Iterable[Mapping[str, Any]], policy: Policy, today: date) -> Guardian:
    adults = [m for m in members if (_age(m, today) or 0) >= policy.policy_age]
    if not adults:
        return Guardian.NONE
    return Guardian.CLEARED if any(adult["cleared"] for adult in adults) else Guardian.WAITING


def _age(member: Mapping[str, Any], today: date) -> int | None:
    return age_on(date.fromisoformat(member["born"]), today) if member["born"] else None


def _holding(member: Mapping[str, Any], policy: Policy) -> set[ReferralKind]:
    """For what a member of the party is held, and with it everybody else."""
    settled = {reason for reasons in member["settled"] or [] for reason in reasons}
    kinds = {ReferralKind(kind) for kind in member["open"] or []}
    kinds.update(_screened(member, policy, settled))
    if member["lane"] and not settled & GOODS_REASONS:
        kinds.add(ReferralKind.GOODS)
    return kinds


def _screened(
    member: Mapping[str, Any], policy: Policy, settled: set[str]
) -> Iterator[ReferralKind]:
    """What screening and lot hold a member for; a full examination hides which of them it was."""
    acts = member["confirmed"] or policy.unreviewed_acts
    selected = acts and member["action"] in BLOCKING
    mixed = selected and member["mixed"] and member["action"] != Action.OBSERVE
    examined = member["control"] or mixed
    blind = examined and member["rules_alone"] and not member["confirmed"]
    if selected and not blind and not settled & RISK_REASONS:
        yield ReferralKind.RISK
    if examined and FULL_EXAMINATION not in settled:
        yield ReferralKind.EXAMINATION


def origin_of(reasons: Iterable[str], case: Case) -> Origin | None:
    """Who chose somebody for a full examination; None where there is none."""
    if FULL_EXAMINATION not in reasons:
        return None
    return Origin.LOT if case.control else Origin.SELECTION
