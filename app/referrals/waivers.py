"""Why somebody is let go without the inspection that was due: a reason of a short list, and a few words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from app.kernel.errors import FieldProblem, ForbiddenError, InvalidError, kept
from app.kernel.texts import LEAST_SAID, N_, said_of
from app.referrals.kinds import DUE_REASONS, FULL_EXAMINATION, ReferralKind, WhyNot

MOST_SAID: Final = 1000
_DUE: Final = frozenset(DUE_REASONS)


class ExaminationDueError(ForbiddenError):
    """A full examination is left out by a supervisor alone, or the control sample measures nothing."""

    code, status, title = (
        "examination-due",
        403,
        N_("Only a supervisor can leave out a full examination"),
    )


class ReasonMissingError(InvalidError):
    """Whoever leaves out what was due says why. ``fields``: ``/why_not`` and ``/note``, ``missing`` or ``too-short``."""

    code, status, title = (
        "reason-missing", 422,
        N_("Say why the inspection that is due is left out: choose a reason, and add a few words"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why the inspection that is due is left out, and whether a supervisor says so."""

    why_not: WhyNot = WhyNot.NOT_SAID
    note: str = field(default="", repr=False)
    by_supervisor: bool = False


NO_WAIVER = Waiver()


def is_due(kind: ReferralKind, reasons: Sequence[str]) -> bool:
    """Whether an inspection is due by design, so that leaving it out wants a reason: the high band of risk, in whatever
    queue it stands (who declares goods does not lower the control), and what reads "full examination".
    """
    return kind == ReferralKind.RISK or not _DUE.isdisjoint(reasons)


def check_waiver(kind: ReferralKind, reasons: Sequence[str], waiver: Waiver) -> None:
    """Raises :class:`ExaminationDueError`, :class:`ReasonMissingError` and TooLongError."""
    kept(waiver.note, MOST_SAID, "/note")
    if not is_due(kind, reasons):
        return
    if FULL_EXAMINATION in reasons and not waiver.by_supervisor:
        raise ExaminationDueError
    missing = []
    if waiver.why_not is WhyNot.NOT_SAID:
        missing.append(FieldProblem("/why_not", "missing"))
    if said_of(waiver.note) < LEAST_SAID:
        missing.append(FieldProblem("/note", "too-short" if waiver.note.strip() else "missing"))
    if missing:
        raise ReasonMissingError(fields=missing)
