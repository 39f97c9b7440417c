"""Where an inspection is due by design, whoever leaves it out says why."""

import pytest

from app.referrals.kinds import ReferralKind, WhyNot
from app.referrals.waivers import ReasonMissingError, Waiver, check_waiver, is_due


@pytest.mark.parametrize(
    ("kind", "reasons", "due"),
    [
        (ReferralKind.RISK, (), True),
        (ReferralKind.GOODS, ("goods",), False),
        (ReferralKind.GOODS, ("goods", "risk-unreviewed"), True),
        (ReferralKind.IDENTITY, ("face", "risk-confirmed"), True),
        (ReferralKind.EXAMINATION, ("full-examination",), True),
        (ReferralKind.TECHNICAL, ("not-assessed",), False),
    ],
)
def test_a_risk_asks_for_a_reason_in_whatever_queue(
    kind: ReferralKind, reasons: tuple[str, ...], due: bool
) -> None:
    assert is_due(kind, reasons) is due


def test_declared_goods_lower_no_control() -> None:
    with pytest.raises(ReasonMissingError):
        check_waiver(ReferralKind.GOODS, ("goods", "risk-unreviewed"), Waiver())
    said = Waiver(WhyNot.EXPLAINED, "the papers for it are at hand")
    check_waiver(ReferralKind.GOODS, ("goods", "risk-unreviewed"), said)
