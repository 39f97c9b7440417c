"""The vocabulary of referrals: kinds (each has its queue, its staff and its sound), states, findings."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

FULL_EXAMINATION = "full-examination"
"""The reason of a full examination: the same words whether chance or rules chose the traveller."""


DUE_REASONS = ("risk-unreviewed", "risk-confirmed", FULL_EXAMINATION)
"""Reasons that ask for an inspection by design, not by the traveller's own answers: outcomes of these alone can be
weighted by the probability of the inspection."""


class ReferralKind(StrEnum):
    """Which queue a referral belongs to. ``RECALL``: somebody who has passed is looked for, at exits and by rovers;
    ``LATE_HIT``: a hit came or was confirmed after the traveller was cleared. Both are raised after the gate's
    decision and never by it.
    """

    RECALL = "recall"
    LATE_HIT = "late-hit"
    IDENTITY = "identity"
    GOODS = "goods"
    RISK = "risk"
    EXAMINATION = "full-examination"
    OTHER_AGENCY = "other-agency"
    TECHNICAL = "technical"


class ReferralState(StrEnum):
    """raised -> claimed -> decided -> closed. ``released`` and ``inspect`` are decisions."""

    RAISED = "raised"
    CLAIMED = "claimed"
    INSPECTING = "inspecting"
    CLOSED = "closed"


AFTERWARDS = frozenset({ReferralKind.RECALL, ReferralKind.LATE_HIT})
"""No decision of a gate raises, reuses, overtakes or waits for these."""

RINGS = frozenset({ReferralKind.RISK, ReferralKind.RECALL, ReferralKind.LATE_HIT})
"""Only risk rings, until somebody has claimed it; a recall and a late hit are risk that has walked on."""

TARGETS: Mapping[ReferralKind, timedelta] = {
    ReferralKind.RECALL: timedelta(seconds=30),
    ReferralKind.LATE_HIT: timedelta(minutes=1),
    ReferralKind.RISK: timedelta(minutes=1),
    ReferralKind.EXAMINATION: timedelta(minutes=3),
    ReferralKind.OTHER_AGENCY: timedelta(minutes=5),
    ReferralKind.IDENTITY: timedelta(minutes=1),
    ReferralKind.GOODS: timedelta(minutes=5),
    ReferralKind.TECHNICAL: timedelta(minutes=3),
}
"""Within what time somebody should have taken one, where the hall's supervisor says nothing else."""


class ReferralDecision(StrEnum):
    """What the officer decided. ``settled``: declared goods were dealt with at the counter, without an inspection;
    ``FOUND`` and ``NOT_FOUND`` end a recall, ``RECALLED`` a late hit, ``RESET`` the call of a lane.
    """

    RELEASED = "released"
    INSPECT = "inspect"
    SETTLED = "settled"
    FOUND = "found"
    NOT_FOUND = "not-found"
    RECALLED = "recalled"
    RESET = "reset"


class Left(StrEnum):
    """Why a referral is in nobody's hands any more."""

    IDLE = "idle"
    GIVEN_BACK = "given-back"
    SIGNED_OUT = "signed-out"
    HANDED_OVER = "handed-over"
    TAKEN_AWAY = "taken-away"


class Origin(StrEnum):
    """Why somebody is examined in full. Nobody is shown it before the referral is closed."""

    LOT = "lot"
    SELECTION = "selection"


class WhyNot(StrEnum):
    """Why somebody was let go without the inspection that was due. ``NOT_SAID``: no inspection was due, or it is from
    before a reason was asked for.
    """

    EXPLAINED = "explained"
    OTHER_PERSON = "other-person"
    NO_CAPACITY = "no-capacity"
    UNFIT = "unfit"
    EMERGENCY = "emergency"
    OTHER = "other"
    NOT_SAID = "not-said"


class Which(StrEnum):
    """Of the two pictures that an officer compares: the person at the kiosk, or the passport's chip."""

    PERSON = "person"
    PASSPORT = "passport"


class FindingKind(StrEnum):
    """What an inspection found."""

    NOTHING = "nothing"
    DUTIABLE = "dutiable"
    PROHIBITED = "prohibited"
    RESTRICTED = "restricted"
    CURRENCY = "currency"
    IDENTITY = "identity"
    OTHER = "other"


class DispositionKind(StrEnum):
    """What became of it."""

    RELEASE = "release"
    DUTY = "duty"
    ABANDON = "abandon"
    DEPOSIT = "deposit"
    RE_EXPORT = "re-export"
    TEMPORARY_IMPORT = "temporary-import"
    COMMERCIAL_ENTRY = "commercial-entry"
    HAND_OVER = "hand-over"
    SEIZE = "seize"


class Method(StrEnum):
    """How an amount is paid or secured, as the State's own system says."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    INVOICE = "invoice"
    GUARANTEE = "guarantee"
    EXEMPT = "exempt"


class SearchGround(StrEnum):
    """What a personal search rests on; a few words beside it say more."""

    DETECTOR = "detector"
    DOG = "dog"
    SEEN = "seen"
    FOUND = "found"
    INFORMATION = "information"
    ORDER = "order"
    OTHER = "other"


class Media(StrEnum):
    """What an attachment is."""

    PHOTO = "photo"
    VIDEO = "video"


class Answer(StrEnum):
    """What became of an instruction."""

    CARRIED_OUT = "carried-out"
    REFUSED = "refused"


class Authority(StrEnum):
    """To whom something, or somebody, is handed over."""

    QUARANTINE = "quarantine"
    POLICE = "police"
    OTHER = "other"
