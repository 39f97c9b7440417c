"""What a referral's page shows of photos, films and second looks, for the officers of its site."""

from typing import Any

from sqlalchemy.orm import Session

from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.referrals import attachments, second_look
from app.referrals.kinds import ReferralState
from app.referrals.views import Detail
from app.web.console.outcomes import ROWS


def evidence_context(session: Session, who: SignedIn, detail: Detail) -> dict[str, Any]:
    """What there is, and whether this officer may add to it."""
    one = detail.referral
    inspects = _inspects(who, detail)
    may_amend = one.state is ReferralState.CLOSED and bool(
        detail.inspected and detail.inspected.revisions
    )
    counts = detail.inspected.effective if detail.inspected else None
    found = len(counts.findings) if counts else 0
    return {
        "evidence": attachments.list_of(session, one.id),
        "may_add": inspects or (may_amend and who.may(Permission.DECIDE_REFERRAL)),
        "inspects": inspects, "typed": {},
        "numbers": [(n, n) for n in range(1, max(ROWS, found) + 1)],
        "evidence_problems": [], "most": attachments.MOST,
    }  # fmt: skip


def looks_context(session: Session, who: SignedIn, detail: Detail) -> dict[str, Any]:
    """Second looks with their instructions, and what this officer may do about them."""
    one = detail.referral
    inspects = _inspects(who, detail)
    looks = second_look.looks_of(session, one.id)
    return {
        "looks": looks,
        "look_open": any(look.is_open for look in looks),
        "inspects": inspects, "typed": {},
        "askable": second_look.may_be_asked(session, who.officer_id) if inspects else [],
        "look_problems": [],
    }  # fmt: skip


def _inspects(who: SignedIn, detail: Detail) -> bool:
    """Whether the form of the outcome is on this officer's page: what is written beside it travels with it."""
    one = detail.referral
    mine = one.state is ReferralState.INSPECTING and one.owner_id == who.officer_id
    return mine and who.may(Permission.DECIDE_REFERRAL)
