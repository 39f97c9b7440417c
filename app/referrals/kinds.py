"""The vocabulary of referrals: kinds (each has its queue, its staff and its sound), states, findings."""

from enum import StrEnum

FULL_EXAMINATION = "full-examination"
"""The reason of a full examination: the same words whether chance or rules chose the traveller."""


DUE_REASONS = ("risk-unreviewed", "risk-confirmed", FULL_EXAMINATION)
"""Reasons that ask for an inspection by design, not by the traveller's own answers: outcomes of these alone can be
weighted by the probability of the inspection."""


class ReferralKind(StrEnum):
    """Which queue a referral belongs to."""

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


class ReferralDecision(StrEnum):
    """What the officer decided. ``settled``: declared goods were dealt with at the counter, without an inspection."""

    RELEASED = "released"
    INSPECT = "inspect"
    SETTLED = "settled"


class Origin(StrEnum):
    """Why somebody is examined in full. Nobody is shown it before the referral is closed."""

    LOT = "lot"
    SELECTION = "selection"


class WhyNot(StrEnum):
    """Why somebody was let go without the inspection that was due: what is not answered is counted, too."""

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
