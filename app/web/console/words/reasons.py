"""Why somebody is sent to an officer."""

from collections.abc import Mapping
from typing import Final

from app.web.console.words.codes import plain
from app.web.console.words.halls import LANE_NOTES
from app.web.console.words.referrals import KINDS
from app.web.translation import N_, Words, gettext

REFUSALS: Final[Words[str]] = Words(
    {
        "expired": N_("Code has expired"),
        "withdrawn": N_("Declaration was withdrawn"),
        "superseded": N_("Code was replaced by a newer one"),
        "already_used": N_("Code was used before"),
        "signature_invalid": N_("Code is forged or damaged: its signature is wrong"),
        "key_unknown": N_("Code is signed with a key we do not know"),
        "declaration_unknown": N_("Code of a declaration that is not here"),
        "prefix_unknown": N_("Not a declaration code"),
    }
)

REASONS: Final[Words[str]] = Words(
    {
        "evacuation": N_("Evacuation"),
        "device-unhealthy": N_("The device reports a fault"),
        "staffed-only": N_("Hall is switched to staffed only"),
        "code-of-party": N_("Showed the code of a fellow traveller"),
        "code-of-others": N_("Showed somebody else's code"),
        "not-registered": N_("Not registered at a kiosk"),
        "already-passed": N_("Has passed the gate already"),
        "no-declaration": N_("No declaration"),
        "document-expired": N_("Document has expired"),
        "document-lost": N_("Document is reported lost or stolen"),
        "passport-differs": N_(
            "The passport shown is not of the person announced: other name or date of birth"
        ),
        "document-unsound": N_("Check digits of the passport fail"),
        "chip-failed": N_("Chip of the passport failed"),
        "chip-not-verifiable": N_("Chip cannot be verified"),
        "chip-not-read": N_("Chip was not read"),
        "face-no-match": N_("Face does not match the passport"),
        "face-look": N_("Face needs a look"),
        "face-not-checked": N_("Face was not checked"),
        "child-alone": N_("Child without an adult of the party"),
        "guardian-not-cleared": N_("Child; the guardian is not cleared yet"),
        "declared-goods": N_("Declared goods"),
        "declared-other": N_("Declared articles that need an officer"),
        "manifest-none": N_("Passenger list is missing"),
        "manifest-open": N_("Passenger list is not complete"),
        "not-on-manifest": N_("Not on the passenger list"),
        "channel-crew": N_("Crew"),
        "channel-transit": N_("Transit passenger"),
        "channel-diverted": N_("From a diverted flight"),
        "channel-exempt": N_("From a flight without passenger list duty"),
        "risk-confirmed": N_("Hit confirmed by an officer"),
        "risk-unreviewed": N_("Hit that nobody had reviewed"),
        "observe": N_("Observe: opens on your order only"),
        "full-examination": N_("Full examination, fixed protocol"),
        "control": N_("Full examination, drawn by lot (control sample)"),
        "selected-by-rules": N_("Full examination, selected by rules"),
        "recall": N_("Recalled: has passed, look for this traveller"),
        "recalled": N_("Found after a recall"),
        "stopped-by-officer": N_("Taken back by an officer before the passage"),
        "late-hit": N_("A hit came after the gate's decision"),
        "late-confirmed": N_("A hit was confirmed after the gate's decision"),
        "passed-before": N_("Has passed the gate"),
        "cleared-before": N_("Was cleared and has not passed: the lane refuses now"),
        "screening-awaited": N_("Screening was not ready"),
        "not-screened": N_("Could not be screened: not found on any list"),
        "screening-late": N_("Screening was late"),
        "device-silent": N_("The device has fallen silent"),
        "device-self-test": N_("A self-test of the device fails"),
        **{f"lane-{note}": LANE_NOTES.message(note) for note in LANE_NOTES},
        "lane-alarm": N_("The lane is in alarm"),
        "lane-stopped": N_("The lane is stopped and serves nobody"),
        "lane-released": N_("The lane stands open as an escape route"),
        "lane-unpowered": N_("The lane is without power, its door is free"),
        "passage-no-clearance": N_("Came to the door without a clearance"),
        "passage-clearance-consumed": N_("Came to the door again on a used clearance"),
        "passage-clearance-revoked": N_("Came to the door after the clearance was taken back"),
        "passage-clearance-expired": N_("Came to the door after the clearance had expired"),
        "passage-already_used": N_("Came to the door after passing another one"),
        "passage-already-passed": N_(
            "Came to the door after passing another one on another declaration"
        ),
    }
)

_WITH_KIND: Final[Mapping[str, str]] = {
    "party-": N_("A fellow traveller is held: %(kind)s"),
    "with-officer-": N_("With an officer: %(kind)s"),
}


def reason(code: str) -> str:
    """A reason of the decision table in words; an unknown one is shown as it is written."""
    if code in REASONS:
        return REASONS[code]
    if code.startswith("credential-"):
        refused = code.removeprefix("credential-")
        if refused in REFUSALS:
            return REFUSALS[refused]
        return gettext("Code refused: %(code)s", code=plain(refused))
    for prefix, said in _WITH_KIND.items():
        if code.startswith(prefix):
            kind = code.removeprefix(prefix)
            return gettext(said, kind=KINDS.get(kind, plain(kind)).lower())
    return plain(code)
