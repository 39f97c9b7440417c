"""What an inspection came to, and whether that is complete. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from app.kernel.errors import FieldProblem
from app.kernel.texts import LEAST_SAID, said_of
from app.referrals.disposals import Disposal, OutcomeInvalidError, disposal_problems
from app.referrals.kinds import DispositionKind, FindingKind, SearchGround

STEPS = (
    "documents", "questions", "baggage-xray", "baggage-opened", "trace-test", "dog", "goods-weighed",
    "payment", "personal-search",
)  # fmt: skip
PERSONAL_SEARCH = "personal-search"
PROTOCOL = ("documents", "questions", "baggage-opened")
"""The least that a full examination asks for: without it the control sample measures nothing."""

LONGEST = 24 * 60
"""Minutes that an officer may state: a day."""

__all__ = [
    "LONGEST", "PERSONAL_SEARCH", "PROTOCOL", "STEPS", "Disposal", "FoundThing", "Outcome",
    "OutcomeInvalidError", "check",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundThing:
    """One finding."""

    kind: FindingKind
    description: str = field(default="", repr=False)
    quantity: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Steps taken, findings, dispositions. A personal search names its ground, says it in a few
    words (``search_ground``) and names who authorised it.

    ``minutes``: the time that it took, where the officer says that it was not from beginning to end.
    """

    steps: tuple[str, ...]
    findings: tuple[FoundThing, ...]
    dispositions: tuple[Disposal, ...]
    remark: str = field(default="", repr=False)
    search_ground_kind: SearchGround | None = None
    search_ground: str | None = field(default=None, repr=False)
    search_authorised_by: UUID | None = None
    minutes: int | None = None


def check(outcome: Outcome, officer_id: UUID | None, *, in_full: bool) -> None:
    """Raises :class:`OutcomeInvalidError` naming every place that is wrong. ``in_full``: by the protocol."""
    problems = [
        *_steps(outcome, in_full=in_full),
        *_search(outcome, officer_id),
        *_findings(outcome.findings),
        *disposal_problems(outcome.dispositions),
        *_contradiction(outcome),
        *_time(outcome.minutes),
    ]
    if problems:
        raise OutcomeInvalidError(fields=problems)


def _steps(outcome: Outcome, *, in_full: bool) -> Iterator[FieldProblem]:
    for index, step in enumerate(outcome.steps):
        if step not in STEPS:
            yield FieldProblem(f"/steps/{index}", "unknown")
    if not outcome.steps:
        yield FieldProblem("/steps", "missing")
    if in_full and not set(outcome.steps) >= set(PROTOCOL):
        yield FieldProblem("/steps", "protocol-incomplete")


def _search(outcome: Outcome, officer_id: UUID | None) -> Iterator[FieldProblem]:
    if PERSONAL_SEARCH not in outcome.steps:
        if outcome.search_ground_kind or outcome.search_ground or outcome.search_authorised_by:
            yield FieldProblem("/steps", "search-not-ticked")
        return
    if outcome.search_ground_kind is None:
        yield FieldProblem("/search/ground_kind", "missing")
    if said_of(outcome.search_ground or "") < LEAST_SAID:
        is_empty = not (outcome.search_ground or "").strip()
        yield FieldProblem("/search/ground", "missing" if is_empty else "too-short")
    if outcome.search_authorised_by in (None, officer_id):
        yield FieldProblem("/search/authorised_by", "another-officer")


def _findings(findings: Sequence[FoundThing]) -> Iterator[FieldProblem]:
    if not findings:
        yield FieldProblem("/findings", "missing")
    nothing = any(found.kind is FindingKind.NOTHING for found in findings)
    if nothing and len(findings) > 1:
        yield FieldProblem("/findings", "contradiction")


def _contradiction(outcome: Outcome) -> Iterator[FieldProblem]:
    """What is seized was found. Declared goods may still cost duty, and people be handed over, where nothing was."""
    if {found.kind for found in outcome.findings} != {FindingKind.NOTHING}:
        return
    seized = [
        at for at, done in enumerate(outcome.dispositions) if done.kind is DispositionKind.SEIZE
    ]
    if seized:
        yield FieldProblem("/findings", "seized")
    for at in seized:
        yield FieldProblem(f"/dispositions/{at}/kind", "nothing-found")


def _time(minutes: int | None) -> Iterator[FieldProblem]:
    if minutes is not None and not 0 < minutes <= LONGEST:
        yield FieldProblem("/minutes", "out-of-range")
