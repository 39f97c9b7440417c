"""The vocabulary of referrals: kinds (each has its queue, its staff and its sound), states, findings."""

from enum import StrEnum


class ReferralKind(StrEnum):
    """Which queue a referral belongs to."""

    IDENTITY = "identity"
    GOODS = "goods"
    RISK = "risk"
    CONTROL = "control"
    OTHER_AGENCY = "other-agency"
    TECHNICAL = "technical"


class ReferralState(StrEnum):
    """raised -> claimed -> decided -> closed. ``released`` and ``inspect`` are decisions."""

    RAISED = "raised"
    CLAIMED = "claimed"
    INSPECTING = "inspecting"
    CLOSED = "closed"


class ReferralDecision(StrEnum):
    """What the officer decided."""

    RELEASED = "released"
    INSPECT = "inspect"


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
