"""What has to be done for a presentation before it can be decided, each once and outside of its transaction."""

from dataclasses import dataclass, replace
from uuid import UUID

from app.gate.case import Policy
from app.gate.known import Known, needs_admission, needs_note, needs_study
from app.gate.reading import Given, admit, note, study
from app.gate.shown import Shown
from app.kernel.http import Kernel


@dataclass(frozen=True, slots=True)
class Study:
    """The code must be looked at more closely."""

    plain: bool


@dataclass(frozen=True, slots=True)
class Note:
    """The passport is not the one that was announced: it must be screened first."""

    passenger_id: UUID


@dataclass(frozen=True, slots=True)
class Admit:
    """A flight without its list: whoever stands here is made a passenger of it by passport and declaration."""

    flight_id: UUID
    declaration_id: UUID
    device_id: UUID


Step = Study | Note | Admit


@dataclass(frozen=True, slots=True)
class Done:
    """What was done already: nothing is done twice, whatever it led to."""

    studied: bool = False
    noted: bool = False
    admitted: bool = False


def step_before(known: Known, shown: Shown, policy: Policy, done: Done) -> Step | None:
    """What comes before the decision; None when it can be taken."""
    if not done.studied and needs_study(known, shown, policy):
        return Study(plain=policy.plain_egd1_allowed)
    if not done.noted and needs_note(known, shown):
        return Note(known["passenger_id"])
    if not done.admitted and needs_admission(known, shown):
        return Admit(known["flight_id"], known["declaration_id"], known["device_id"])
    return None


def take(kernel: Kernel, given: Given, shown: Shown, step: Step, done: Done) -> tuple[Shown, Done]:
    """Do it, with a thread of its own: what is shown now, and what has been done."""
    if isinstance(step, Study):
        return study(kernel, given, shown, plain=step.plain), replace(done, studied=True)
    if isinstance(step, Note):
        note(kernel, shown, step.passenger_id)
        return shown, replace(done, noted=True)
    admit(kernel, shown, step.flight_id, step.declaration_id, step.device_id)
    return shown, replace(done, admitted=True)
