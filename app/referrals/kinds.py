"""The kinds of referral: each has its queue, its staff and its sound."""

from enum import StrEnum


class ReferralKind(StrEnum):
    """Which queue a referral belongs to."""

    IDENTITY = "identity"
    GOODS = "goods"
    RISK = "risk"
    CONTROL = "control"
    OTHER_AGENCY = "other-agency"
    TECHNICAL = "technical"
