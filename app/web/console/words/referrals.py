"""Referrals: kinds, levels, states, reviews, and what happened."""

from collections.abc import Mapping
from typing import Final

from app.web.console.words.codes import plain
from app.web.translation import N_, NP_, Words, gettext

KINDS: Final[Words[str]] = Words(
    {
        "recall": N_("Recall"),
        "risk": N_("Risk"),
        "late-hit": N_("Late hit"),
        "full-examination": N_(
            "Full examination"
        ),  # by lot or by rules: nobody sees which until it is closed
        "other-agency": N_("Other agency"),
        "identity": N_("Identity"),
        "goods": N_("Goods"),
        "technical": N_("Technical"),
    }
)
"""Kinds of referral in the order of their queues."""

LEVELS: Final[Words[str]] = Words({
    "high": N_("High"), "attention": N_("Attention"), "low": N_("Low"), "none": N_("None"),
})  # fmt: skip

BANDS: Mapping[str, str] = {"high": "high", "attention": "attention", "low": "info", "none": "done"}
"""Level to band (the colour's name)."""

KIND_BANDS: Mapping[str, str] = {
    "recall": "high", "risk": "high", "late-hit": "high", "full-examination": "attention", "other-agency": "attention", "identity": "attention",
    "goods": "info", "technical": "done",
}  # fmt: skip

HANDLINGS: Final[Words[str]] = Words(
    {
        "stop": N_("Stop"),
        "discreet": N_("Stop discreetly"),
        "observe": N_("Observe, opens on your order"),
        "inform": N_("Information"),
    }
)

DENSITIES: Final[Words[str]] = Words({
    "comfortable": NP_("rows", "Comfortable"), "compact": NP_("rows", "Compact"),
})  # fmt: skip

STATES: Final[Words[str]] = Words({
    "raised": N_("Waiting"), "claimed": N_("Claimed"), "inspecting": N_("In inspection"), "closed": N_("Closed"),
})  # fmt: skip

LEFT: Final[Words[str]] = Words({
    "idle": N_("left alone for two minutes"), "given-back": N_("given back"), "signed-out": N_("signed out"),
    "handed-over": N_("handed over"), "taken-away": N_("given on by a supervisor"),
})  # fmt: skip
"""Why a referral is in nobody's hands any more."""

EVIDENCE: Final[Words[str]] = Words({
    "document": N_("document"), "name-birth-date": N_("name birth date"), "officer": N_("officer"),
})  # fmt: skip
"""Why a passenger is held to be a traveller."""

SAME_PERSON: Final[Words[str]] = Words({
    "joined": N_("Held to be the same person:"), "proposed": N_("May be the same person:"),
    "undone": N_("Not the same person:"),
})  # fmt: skip

DECISIONS: Final[Words[str | None]] = Words({
    "released": N_("Released"), "inspect": N_("Inspected"), "settled": N_("Settled at the goods counter"),
    "found": N_("Found"), "not-found": N_("Not found"), "recalled": N_("Recalled"), "reset": N_("Lane reset"),
})  # fmt: skip

REVIEWS: Final[Words[str]] = Words(
    {
        "unreviewed": N_("Not reviewed"),
        "confirmed": N_("Confirmed"),
        "dismissed": N_("Dismissed"),
    }
)

WHY_NOT: Final[Words[str]] = Words(
    {
        "explained": N_("Explained itself, no inspection needed"),
        "other-person": N_("Not the person meant"),
        "no-capacity": N_("No officer or no place free"),
        "unfit": N_("Unfit for it: illness, a child"),
        "emergency": N_("Emergency in the hall"),
        "other": N_("Another reason"),
    }
)
"""Why an inspection that was due is left out, in the order of their keys; ``not-said`` is what nobody chooses."""

EVENTS: Final[Words[str]] = Words(
    {
        "raised": N_("raised"),
        "happened-again": N_("something else happened at this machine"),
        "claimed": N_("claimed"),
        "given-back": N_("given back"),
        "lease-ended": N_("claim ended, left alone for two minutes"),
        "owner-gone": N_("claim ended, its owner signed out"),
        "handed-over": N_("handed over"),
        "reassigned": N_("given to somebody else by a supervisor"),
        "note": N_("note"),
        "reopened": N_("reopened"),
        "undone": N_("release undone"),
        "recalled": N_("traveller recalled"),
        "found": N_("traveller found"),
        "not-found": N_("traveller not found"),
        "let-be": N_("nothing to be done"),
        "released": N_("released"),
        "inspection-begun": N_("inspection begun"),
        "inspection-silent": N_("no sign of the inspecting officer, a supervisor is called"),
        "inspection-heard": N_("the inspecting officer is back"),
        "outcome": N_("outcome recorded"),
        "outcome-amended": N_("outcome amended"),
        "settled": N_("settled at the goods counter"),
        "photo-added": N_("photo added"),
        "video-added": N_("film added"),
        "second-look-asked": N_("second look asked for"),
        "second-look-joined": N_("a senior officer looks on"),
        "second-look-ended": N_("second look ended"),
        "instruction-given": N_("instruction given"),
        "instruction-read": N_("instruction read"),
        "instruction-carried-out": N_("instruction carried out"),
        "instruction-refused": N_("instruction refused"),
        "answer-seen": N_("answer to the instruction seen"),
        "overtaken": N_("closed, the reason fell away"),
        "lane-reset": N_("closed, the lane was reset"),
        "presented-again": N_("presented again"),
        "hold-expired": N_("hold ended without an answer"),
    }
)


def step(kind: str, why_not: str | None = None) -> str:
    """What happened to a referral; a release that left out what was due says why."""
    said = EVENTS.get(kind, plain(kind))
    if kind != "released" or why_not is None or why_not not in WHY_NOT:
        return said
    return f"{said}{gettext(': ')}{WHY_NOT[why_not]}"
