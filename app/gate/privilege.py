"""Holders of diplomatic, official, service, military and United Nations papers.

Nobody draws them by lot (:mod:`app.gate.decide`), and their baggage is inspected only on a supervisor's grounds: it
is exempt "unless there are serious grounds for presuming" what may not be in it (Vienna Convention on Diplomatic
Relations, 1961, article 36 (2)), and then in the holder's presence.
"""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.gate.models import Presentation
from app.kernel.errors import EgateError, FieldProblem, ForbiddenError, kept
from app.kernel.texts import N_
from app.referrals.models import Referral

LONGEST = 1000


class GroundsReservedError(ForbiddenError):
    """Official papers were shown: only a supervisor may begin an inspection."""

    code, title = (
        "grounds-reserved",
        N_("Official papers: only a supervisor may begin an inspection"),
    )


class GroundsMissingError(EgateError):
    """Official papers were shown: the inspection needs its grounds in words."""

    code, status, title = (
        "grounds-missing",
        422,
        N_("Official papers: say the grounds of the inspection"),
    )


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why the baggage of such a holder is inspected, and whether a supervisor says so."""

    text: str = ""
    is_supervisor: bool = False


NO_GROUNDS = Grounds()


def has_official_papers(
    session: Session, passenger_id: UUID | None, presentation_id: UUID | None
) -> bool:
    """Whether a traveller has shown such papers, here or anywhere on this journey."""
    if passenger_id is not None:
        own = Presentation.passenger_id == passenger_id
    elif presentation_id is not None:
        own = Presentation.id == presentation_id
    else:
        return False
    shown = Presentation.readings["diplomatic"].as_boolean()
    return session.scalar(sa.select(Presentation.id).where(own, shown).limit(1)) is not None


def expect_grounds(session: Session, referral: Referral, grounds: Grounds) -> str:
    """The grounds, '' where none are needed. Raises GroundsReservedError, GroundsMissingError."""
    if not has_official_papers(session, referral.passenger_id, referral.presentation_id):
        return ""
    if not grounds.is_supervisor:
        raise GroundsReservedError
    if not grounds.text.strip():
        raise GroundsMissingError(fields=[FieldProblem("/grounds", "missing")])
    return kept(grounds.text, LONGEST, "/grounds")
