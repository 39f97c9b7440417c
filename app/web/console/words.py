"""The words of the console. One name for one thing, everywhere; facts, no judgement. Pure."""

from collections.abc import Mapping

from app.formats import mrz

KINDS: Mapping[str, str] = {
    "recall": "Recall",
    "risk": "Risk",
    "late-hit": "Late hit",
    "full-examination": "Full examination",  # by lot or by rules: nobody sees which until it is closed
    "other-agency": "Other agency",
    "identity": "Identity",
    "goods": "Goods",
    "technical": "Technical",
}
"""Kinds of referral in the order of their queues."""

LEVELS: Mapping[str, str] = {
    "high": "High", "attention": "Attention", "low": "Low", "none": "None",
}  # fmt: skip

BANDS: Mapping[str, str] = {"high": "high", "attention": "attention", "low": "info", "none": "done"}
"""Level to band (the colour's name)."""

KIND_BANDS: Mapping[str, str] = {
    "recall": "high", "risk": "high", "late-hit": "high", "full-examination": "attention", "other-agency": "attention", "identity": "attention",
    "goods": "info", "technical": "done",
}  # fmt: skip

HANDLINGS: Mapping[str, str] = {
    "stop": "Stop",
    "discreet": "Stop discreetly",
    "observe": "Observe, opens on your order",
    "inform": "Information",
}

STATES: Mapping[str, str] = {
    "raised": "Waiting", "claimed": "Claimed", "inspecting": "In inspection", "closed": "Closed",
}  # fmt: skip

LEFT: Mapping[str, str] = {
    "idle": "left alone for two minutes", "given-back": "given back", "signed-out": "signed out",
    "handed-over": "handed over", "taken-away": "given on by a supervisor",
}  # fmt: skip
"""Why a referral is in nobody's hands any more."""

SAME_PERSON: Mapping[str, str] = {
    "joined": "Held to be the same person:", "proposed": "May be the same person:",
    "undone": "Not the same person:",
}  # fmt: skip

DECISIONS: Mapping[str | None, str] = {
    "released": "Released", "inspect": "Inspected", "settled": "Settled at the goods counter",
    "found": "Found", "not-found": "Not found", "recalled": "Recalled",
}  # fmt: skip

NOTICES: Mapping[str, str] = {
    "security": "Security", "health": "Health", "operational": "Operations",
}  # fmt: skip
"""Kinds of notice."""

AUDIENCES: Mapping[str, str] = {
    "travellers": "Travellers' app", "kiosks": "Kiosks", "officers": "Console",
}  # fmt: skip

MODES: Mapping[str, str] = {
    "normal": "Normal",
    "staffed-only": "Staffed only",
    "flight-without-manifest": "Flight without passenger list",
    "evacuation": "Evacuation",
}
"""The modes of a hall; what each changes stands in docs/hall-modes.md."""

LANE_STATES: Mapping[str, str] = {
    "waiting": "Waiting for a traveller",
    "identifying": "Somebody stands before it",
    "opening": "Opening",
    "passing": "Somebody walks through",
    "closing": "Shutting",
    "blocked": "Something stands in the door",
    "referred": "Waits for an officer",
    "alarm": "Alarm",
    "released": "Open as an escape route",
    "stopped": "Stopped",
    "unpowered": "No power, door free",
}

LANE_NOTES: Mapping[str, str] = {
    "second-person": "A second person stood before the door",
    "tailgating": "Somebody followed another one through",
    "reverse": "Somebody came in by the exit",
    "forced": "The door was forced",
    "obstacle": "Something stood in the door",
    "blocked": "The door has been blocked for long",
    "door-fault": "The door did not move as it should",
    "fault": "A self-test failed",
    "offline": "The lane lost the service and has stopped",
    "power-lost": "The lane lost its power, its door is free",
    "power-back": "Power came back",
    "fire": "Fire or evacuation: the door was released",
    "clearance-unused": "A clearance was used up, nobody went through",
    "officer-passed": "An officer let somebody through",
    "officer-refused": "An officer sent somebody away",
    "officer-reset": "An officer reset the lane",
    "officer-expects": "An officer announced several people",
    "order-ignored": "An order came that the lane could not follow",
}

LANE_BANDS: Mapping[str, str] = {
    "alarm": "high", "unpowered": "high", "released": "high", "referred": "attention",
    "blocked": "attention", "stopped": "attention",
}  # fmt: skip

REVIEWS: Mapping[str, str] = {
    "unreviewed": "Not reviewed",
    "confirmed": "Confirmed",
    "dismissed": "Dismissed",
}

SOURCES: Mapping[str, str] = {
    "api": "Passenger list (API)",
    "pnr": "Booking (PNR)",
    "declaration": "Declaration",
    "kiosk": "Passport at kiosk",
}

PAYMENTS: Mapping[str, str] = {
    "CC": "card", "CA": "cash", "CK": "cheque", "MS": "voucher or other", "GR": "government request",
}  # fmt: skip

TRAVEL: Mapping[str, str] = {
    "booked": "Booked", "boarded": "Boarded", "not-boarded": "Not boarded",
    "withdrawn": "Withdrawn", "arrived": "Arrived",
}  # fmt: skip

BOARDING: Mapping[str, str] = {"board": "Board", "do-not-board": "Do not board"}
"""What an officer orders."""

FLIGHTS: Mapping[str, str] = {
    "scheduled": "Scheduled", "departed": "Departed", "landed": "Landed", "diverted": "Diverted",
    "returned": "Returned", "cancelled": "Cancelled",
}  # fmt: skip

CHANGES: Mapping[str, str] = {
    "name": "Name", "birth-date": "Date of birth", "nationality": "Nationality",
    "document": "Document", "seat": "Seat", "bag-added": "Bag added", "bag-removed": "Bag taken back",
    "traveller-added": "Traveller added", "traveller-removed": "Traveller taken off",
    "payment": "Payment", "contact": "Contact", "route": "Route", "dates": "Days of travel",
    "cancelled": "Cancelled", "reinstated": "Booked again",
}  # fmt: skip

MANIFESTS: Mapping[str, str] = {
    "none": "Missing", "open": "Open", "closed": "Closed", "late": "Late",
}  # fmt: skip

PLACES: Mapping[str, str] = {
    "expected": "Expected", "seen": "At the kiosk", "officer": "With an officer", "out": "Gone out",
    "absent": "Not on board",
}  # fmt: skip
"""How far somebody of a flight's list has come."""

ORDERS: Mapping[str, str] = {"risk": "Risk", "seat": "Seat", "name": "Name"}

FOUND_BY: Mapping[str, str] = {
    "document": "Document", "booking": "Booking", "seat": "Seat", "name": "Name", "likeness": "Similar name",
}  # fmt: skip

LINKS: Mapping[str, str] = {
    "phone": "Telephone", "email": "Mail address", "card": "Card", "address": "Postal address",
    "agency": "Booking office",
}  # fmt: skip

SEATS: Mapping[str, str] = {
    "own": "This passenger", "party": "Travels with", "high": "High", "attention": "Attention",
}  # fmt: skip

CHANNELS: Mapping[str, str] = {
    "online": "On the traveller's phone",
    "code": "As a code",
    "kiosk": "At a kiosk",
    "paper": "Paper form, entered by an officer",
    "spoken": "Spoken answers, entered by an officer",
}

LANES: Mapping[int, str] = {0: "Nothing to declare", 1: "Goods to declare", 2: "Needs an officer"}

ANSWERS: Mapping[str, str] = {
    "registered": "Registered",
    "counter": "Sent to the counter",
    "cleared": "Cleared",
    "hold": "Held at the gate",
    "refer": "Sent to an officer",
    "show-other-code": "Asked for another code",
    "show-passport": "Asked for the passport",
    "wait": "Asked to wait",
    "out-of-service": "Told: out of service",
}

CHIP: Mapping[str, str] = {
    "not-read": "not read",
    "ok": "read and genuine",
    "failed": "failed",
    "not-verifiable": "cannot be verified",
}

CHECKS: Mapping[str, str] = {
    "sod-signature": "signature of the chip's contents",
    "signer-certificate": "who signed for the state",
    "signer-validity": "dates of the certificates",
    "signer-revocation": "revoked certificates",
    "com-and-sod": "list of the chip's contents",
    "groups": "contents as they were signed",
    "zone": "chip and page say the same",
    "issuer": "state of the page and of the signature",
    "chip-answers": "chip is no copy",
}
"""What a kiosk looks at in a chip (docs/passports.md)."""

OUTCOMES: Mapping[str, str] = {"failed": "failed", "unknown": "could not be checked"}


def check(told: str) -> str:
    """A check that was not passed: ``groups failed:dg2`` as words, with the code that experts know."""
    name, _, found = told.partition(" ")
    outcome, _, why = found.partition(":")
    said = f"{CHECKS.get(name, plain(name))}: {OUTCOMES.get(outcome, outcome)}"
    return f"{said} ({why})" if why else said


FACE: Mapping[str, str] = {
    "not-checked": "not checked",
    "match": "matches",
    "look": "unsure, look yourself",
    "no-match": "does not match",
}

DOCUMENT: Mapping[str, str] = {
    "valid": "valid",
    "expired": "expired",
    "lost": "reported lost",
    "unsound": "check digits fail",
}

REFUSALS: Mapping[str, str] = {
    "expired": "Code has expired",
    "withdrawn": "Declaration was withdrawn",
    "superseded": "Code was replaced by a newer one",
    "already_used": "Code was used before",
    "signature_invalid": "Code is forged or damaged: its signature is wrong",
    "key_unknown": "Code is signed with a key we do not know",
    "declaration_unknown": "Code of a declaration that is not here",
    "prefix_unknown": "Not a declaration code",
}

REASONS: Mapping[str, str] = {
    "evacuation": "Evacuation",
    "device-unhealthy": "The device reports a fault",
    "staffed-only": "Hall is switched to staffed only",
    "code-of-party": "Showed the code of a fellow traveller",
    "code-of-others": "Showed somebody else's code",
    "not-registered": "Not registered at a kiosk",
    "already-passed": "Has passed the gate already",
    "no-declaration": "No declaration",
    "document-expired": "Document has expired",
    "document-lost": "Document is reported lost or stolen",
    "passport-differs": "The passport shown is not of the person announced: other name or date of birth",
    "document-unsound": "Check digits of the passport fail",
    "chip-failed": "Chip of the passport failed",
    "chip-not-verifiable": "Chip cannot be verified",
    "chip-not-read": "Chip was not read",
    "face-no-match": "Face does not match the passport",
    "face-look": "Face needs a look",
    "face-not-checked": "Face was not checked",
    "child-alone": "Child without an adult of the party",
    "guardian-not-cleared": "Child; the guardian is not cleared yet",
    "declared-goods": "Declared goods",
    "declared-other": "Declared articles that need an officer",
    "manifest-none": "Passenger list is missing",
    "manifest-open": "Passenger list is not complete",
    "not-on-manifest": "Not on the passenger list",
    "channel-crew": "Crew",
    "channel-transit": "Transit passenger",
    "channel-diverted": "From a diverted flight",
    "channel-exempt": "From a flight without passenger list duty",
    "risk-confirmed": "Hit confirmed by an officer",
    "risk-unreviewed": "Hit that nobody has reviewed",
    "observe": "Observe: opens on your order only",
    "full-examination": "Full examination, fixed protocol",
    "control": "Full examination, drawn by lot (control sample)",
    "selected-by-rules": "Full examination, selected by rules",
    "recall": "Recalled: has passed, look for this traveller",
    "recalled": "Found after a recall",
    "stopped-by-officer": "Taken back by an officer before the passage",
    "late-hit": "A hit came after the gate's decision",
    "late-confirmed": "A hit was confirmed after the gate's decision",
    "passed-before": "Has passed the gate",
    "cleared-before": "Was cleared and has not passed: the lane refuses now",
    "screening-awaited": "Screening was not ready",
    "not-screened": "Could not be screened: not found on any list",
    "screening-late": "Screening was late",
    "device-silent": "The device has fallen silent",
    "device-self-test": "A self-test of the device fails",
    **{f"lane-{note}": said for note, said in LANE_NOTES.items()},
    "passage-no-clearance": "Came to the door without a clearance",
    "passage-clearance-consumed": "Came to the door again on a used clearance",
    "passage-clearance-revoked": "Came to the door after the clearance was taken back",
    "passage-clearance-expired": "Came to the door after the clearance had expired",
    "passage-already_used": "Came to the door after passing another one",
    "passage-already-passed": "Came to the door after passing another one on another declaration",
}

STEPS: Mapping[str, str] = {
    "documents": "Documents examined",
    "questions": "Questions asked",
    "baggage-xray": "Baggage x-rayed",
    "baggage-opened": "Baggage opened",
    "trace-test": "Trace test",
    "dog": "Detector dog",
    "goods-weighed": "Goods weighed or counted",
    "payment": "Payment taken",
    "personal-search": "Personal search",
}
"""In the order of the form; a test holds them against :data:`app.referrals.outcome.STEPS`."""

FINDINGS: Mapping[str, str] = {
    "nothing": "Nothing found",
    "dutiable": "Dutiable goods",
    "prohibited": "Prohibited goods",
    "restricted": "Restricted goods",
    "currency": "Means of payment",
    "identity": "Identity",
    "other": "Something else",
}

DISPOSITIONS: Mapping[str, str] = {
    "release": "Released",
    "duty": "Duty paid",
    "abandon": "Abandoned",
    "deposit": "Deposited",
    "re-export": "Re-exported",
    "temporary-import": "Temporary import",
    "commercial-entry": "Commercial entry",
    "hand-over": "Handed over",
    "seize": "Seized",
}

METHODS: Mapping[str, str] = {
    "cash": "Cash",
    "card": "Card",
    "transfer": "Transfer",
    "invoice": "Invoice",
    "guarantee": "Guarantee",
    "exempt": "Exempt, nothing to pay",
}

AUTHORITIES: Mapping[str, str] = {
    "quarantine": "Quarantine",
    "police": "Police",
    "other": "Another authority",
}

INSTRUCTIONS: Mapping[str, str] = {"carried-out": "Carried out", "refused": "Refused"}

COPIES: Mapping[str, str] = {
    "confirmed": "Confirmed, and the newest",
    "replaced": "Replaced by a later copy",
    "withdrawn": "The declaration was withdrawn",
    "over": "The time to import is over",
}
"""What a copy of articles that follow is worth."""


def reason(code: str) -> str:
    """A reason of the decision table in words; an unknown one is shown as it is written."""
    if code in REASONS:
        return REASONS[code]
    if code.startswith("credential-"):
        refused = code.removeprefix("credential-")
        return REFUSALS.get(refused, f"Code refused: {plain(refused)}")
    for prefix, said in (
        ("party-", "A fellow traveller is held"),
        ("with-officer-", "With an officer"),
    ):
        if code.startswith(prefix):
            kind = code.removeprefix(prefix)
            return f"{said}: {KINDS.get(kind, plain(kind)).lower()}"
    return plain(code)


EVENTS: Mapping[str, str] = {
    "raised": "raised",
    "happened-again": "something else happened at this machine",
    "claimed": "claimed",
    "given-back": "given back",
    "lease-ended": "claim ended, left alone for two minutes",
    "owner-gone": "claim ended, its owner signed out",
    "handed-over": "handed over",
    "reassigned": "given to somebody else by a supervisor",
    "note": "note",
    "reopened": "reopened",
    "recalled": "traveller recalled",
    "found": "traveller found",
    "not-found": "traveller not found",
    "let-be": "nothing to be done",
    "released": "released",
    "inspection-begun": "inspection begun",
    "outcome": "outcome recorded",
    "outcome-amended": "outcome amended",
    "settled": "settled at the goods counter",
    "photo-added": "photo added",
    "video-added": "film added",
    "second-look-asked": "second look asked for",
    "second-look-joined": "a senior officer looks on",
    "second-look-ended": "second look ended",
    "instruction-given": "instruction given",
    "instruction-read": "instruction read",
    "instruction-carried-out": "instruction carried out",
    "instruction-refused": "instruction refused",
    "answer-seen": "answer to the instruction seen",
    "overtaken": "closed, the reason fell away",
    "presented-again": "presented again",
    "hold-expired": "hold ended without an answer",
}


WHY_NOT: Mapping[str, str] = {
    "explained": "Explained itself, no inspection needed",
    "other-person": "Not the person meant",
    "no-capacity": "No officer or no place free",
    "unfit": "Unfit for it: illness, a child",
    "emergency": "Emergency in the hall",
    "other": "Another reason",
}
"""Why an inspection that was due is left out; ``not-said`` is what nobody chooses."""


def plain(code: str) -> str:
    """``some-code`` as ``Some code``."""
    return code.replace("_", " ").replace("-", " ").capitalize()


def latin(surname: str, given: str) -> str:
    """The name in the letters of passports, where that differs from how it came."""
    sent = f"{surname} {given}".strip()
    plainly = " ".join(
        part for part in (mrz.transliterate(surname), mrz.transliterate(given)) if part
    )
    return plainly if plainly and plainly.casefold() != sent.casefold() else ""
