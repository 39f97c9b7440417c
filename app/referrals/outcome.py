"""What an inspection came to, and whether that is complete. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from app.kernel.errors import EgateError, FieldProblem
from app.referrals.kinds import DispositionKind, FindingKind

STEPS = (
    "documents", "questions", "baggage-xray", "baggage-opened", "trace-test", "dog", "goods-weighed",
    "payment", "personal-search",
)  # fmt: skip
PERSONAL_SEARCH = "personal-search"
PROTOCOL = ("documents", "questions", "baggage-opened")
"""The least that a full examination asks for: without it the control sample measures nothing."""

MONEY = (DispositionKind.DUTY, DispositionKind.DEPOSIT)
REFERENCED = (DispositionKind.HAND_OVER,)


class OutcomeInvalidError(EgateError):
    """The outcome is incomplete or contradicts itself; ``fields`` says where."""

    code, status, title = "outcome-invalid", 422, "The outcome is not complete"


@dataclass(frozen=True, slots=True)
class FoundThing:
    """One finding."""

    kind: FindingKind
    description: str = field(default="", repr=False)
    quantity: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Disposal:
    """What became of it; ``amount`` in minor units of ``currency``."""

    kind: DispositionKind
    amount: int | None = None
    currency: str = ""
    external_ref: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Steps taken, findings, dispositions. A personal search names its ground and who authorised it."""

    steps: tuple[str, ...]
    findings: tuple[FoundThing, ...]
    dispositions: tuple[Disposal, ...]
    remark: str = field(default="", repr=False)
    search_ground: str | None = field(default=None, repr=False)
    search_authorised_by: UUID | None = None


def check(outcome: Outcome, officer_id: UUID | None, *, in_full: bool) -> None:
    """Raises :class:`OutcomeInvalidError` naming every place that is wrong. ``in_full``: by the protocol."""
    problems = [
        *_steps(outcome, in_full=in_full),
        *_search(outcome, officer_id),
        *_findings(outcome.findings),
        *_dispositions(outcome.dispositions),
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
        if outcome.search_ground or outcome.search_authorised_by:
            yield FieldProblem("/steps", "search-not-ticked")
        return
    if not (outcome.search_ground or "").strip():
        yield FieldProblem("/search/ground", "missing")
    if outcome.search_authorised_by in (None, officer_id):
        yield FieldProblem("/search/authorised_by", "another-officer")


def _findings(findings: Sequence[FoundThing]) -> Iterator[FieldProblem]:
    if not findings:
        yield FieldProblem("/findings", "missing")
    nothing = any(found.kind is FindingKind.NOTHING for found in findings)
    if nothing and len(findings) > 1:
        yield FieldProblem("/findings", "contradiction")


def _dispositions(disposals: Sequence[Disposal]) -> Iterator[FieldProblem]:
    if not disposals:
        yield FieldProblem("/dispositions", "missing")
    for index, disposal in enumerate(disposals):
        at = f"/dispositions/{index}"
        if disposal.kind in MONEY and disposal.amount is None:
            yield FieldProblem(f"{at}/amount", "missing")
        if (disposal.amount is None) != (not disposal.currency):
            yield FieldProblem(f"{at}/currency", "with-amount-only")
        if disposal.kind in REFERENCED and not disposal.external_ref.strip():
            yield FieldProblem(f"{at}/external_ref", "missing")
