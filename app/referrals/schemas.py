"""Outcomes on the wire: what was done, found and became of it; and how inspections are shown."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from app.kernel.schemas import In, Out
from app.referrals.amendments import MAX_REASON
from app.referrals.disposals import Disposal
from app.referrals.inspected import Inspected, Revision
from app.referrals.kinds import Authority, DispositionKind, FindingKind, Method, SearchGround
from app.referrals.outcome import FoundThing, Outcome


class FindingBody(In):
    """One finding."""

    kind: FindingKind
    description: str = Field(default="", max_length=1000)
    quantity: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=3)
    unit: str = Field(default="", max_length=20)


class DispositionBody(In):
    """What became of it; amount in minor units, as the State's own system said. Which kind needs what:
    :data:`app.referrals.disposals.NEEDS`.
    """

    kind: DispositionKind
    amount: int | None = Field(default=None, ge=0, le=10**15)
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    external_ref: str = Field(default="", max_length=100)
    method: Method | None = None
    authority: Authority | None = None
    received_by: str = Field(default="", max_length=100)
    goods: str = Field(default="", max_length=300)

    def value(self) -> Disposal:
        return Disposal(**self.model_dump())


class CounterDispositionBody(DispositionBody):
    """What becomes of declared goods; ``line`` is the number of the declared line, from 0. Without one it is something
    that was not declared.
    """

    line: int | None = Field(default=None, ge=0, le=100)


class SearchIn(In):
    """A personal search: on what ground, in a few words, and who authorised it."""

    ground_kind: SearchGround
    ground: str = Field(max_length=1000)
    authorised_by: UUID


class OutcomeIn(In):
    """The end of an inspection. ``minutes``: where it took another time than from beginning to end."""

    steps: list[str] = Field(max_length=20)
    findings: list[FindingBody] = Field(max_length=50)
    dispositions: list[DispositionBody] = Field(max_length=50)
    remark: str = Field(default="", max_length=4000)
    search: SearchIn | None = None
    minutes: int | None = None

    def value(self) -> Outcome:
        """The outcome; whether it is complete, the feature says."""
        return Outcome(
            steps=tuple(self.steps),
            findings=tuple(FoundThing(**one.model_dump()) for one in self.findings),
            dispositions=tuple(one.value() for one in self.dispositions),
            remark=self.remark,
            search_ground_kind=self.search.ground_kind if self.search else None,
            search_ground=self.search.ground if self.search else None,
            search_authorised_by=self.search.authorised_by if self.search else None,
            minutes=self.minutes,
        )


class AmendmentIn(OutcomeIn):
    """Another outcome in place of the one that counts, the referral's version that was seen, and why."""

    version: int
    reason: str = Field(max_length=MAX_REASON)


class FindingOut(Out):
    """One finding."""

    kind: FindingKind
    description: str
    quantity: Decimal | None
    unit: str


class DispositionOut(Out):
    """What became of it."""

    kind: DispositionKind
    amount: int | None
    currency: str
    external_ref: str
    method: Method | None
    authority: Authority | None
    received_by: str
    goods: str


class CounterDispositionOut(DispositionOut):
    """What became of goods; ``line`` as it was declared, from 0, in the version that the work names."""

    line: int | None


class RevisionOut(Out):
    """One outcome; ``number`` 0 closed the referral, later ones amend it for a ``reason``. A personal search has
    ``search_authorised_by``; those recorded before grounds were chosen have no ``search_ground_kind``.
    """

    number: int
    at: datetime
    officer_id: UUID
    reason: str
    steps: list[str]
    remark: str
    search_ground_kind: SearchGround | None
    search_ground: str | None
    search_authorised_by: UUID | None
    minutes: int
    minutes_stated: bool
    findings: list[FindingOut]
    dispositions: list[DispositionOut]


class InspectionOut(Out):
    """An inspection with the outcome that counts, and all that were recorded, oldest first."""

    steps: list[str]
    started_at: datetime
    finished_at: datetime | None
    remark: str
    minutes: int | None
    findings: list[FindingOut]
    dispositions: list[DispositionOut]
    revisions: list[RevisionOut]


def shown_inspection(inspected: Inspected) -> InspectionOut:
    """An inspection as JSON."""
    inspection, counts = inspected.inspection, inspected.effective
    return InspectionOut(
        steps=list(counts.steps) if counts else inspection.steps,
        started_at=inspection.started_at,
        finished_at=inspection.finished_at,
        remark=counts.remark if counts else "",
        minutes=counts.minutes if counts else None,
        findings=[FindingOut.model_validate(one) for one in inspected.findings],
        dispositions=[DispositionOut.model_validate(one) for one in inspected.dispositions],
        revisions=[_revision(one) for one in inspected.revisions],
    )


def _revision(one: Revision) -> RevisionOut:
    return RevisionOut.model_validate(one)
