"""Instructions of a second pair of eyes: whether any waits for its word. Read where an inspection ends."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.errors import ConflictError
from app.kernel.texts import N_
from app.referrals.evidence_models import Instruction, SecondLook


class InstructionOpenError(ConflictError):
    """An instruction was neither carried out nor refused: the inspection does not end over it."""

    code, status, title = "instruction-open", 409, N_("An instruction waits for your answer")


def check_answered(session: Session, referral_id: UUID) -> None:
    """Raises :class:`InstructionOpenError` while an instruction for a referral has no answer."""
    waiting = (
        sa.select(Instruction.id)
        .join(SecondLook, SecondLook.id == Instruction.look_id)
        .where(SecondLook.referral_id == referral_id, Instruction.answered_at.is_(None))
    )
    if session.execute(waiting.limit(1)).first():
        raise InstructionOpenError
