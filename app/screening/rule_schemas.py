"""Bodies and answers of the routes of rules."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.kernel.schemas import In, Out
from app.screening import rules
from app.screening.doubts import Doubt
from app.screening.models import TRANSLATED, Handling, Level, RuleEventKind, RuleState, RuleVersion
from app.screening.rules import Draft, Purpose, Scope

Text = Annotated[str, Field(min_length=1, max_length=rules.LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=rules.LONGEST, pattern=r"\S")]
Note = Annotated[str, Field(max_length=2000)]
Airports = Annotated[
    tuple[Annotated[str, Field(pattern=f"^{rules.AIRPORT}$")], ...], Field(max_length=200)
]
Carriers = Annotated[
    tuple[Annotated[str, Field(pattern=f"^{rules.CARRIER}$")], ...], Field(max_length=200)
]
Routes = Annotated[
    tuple[Annotated[str, Field(pattern=f"^{rules.ROUTE}$")], ...], Field(max_length=200)
]
Why = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class TranslationIn(In):
    """What officers read of a rule, in one language beside English: all of it or nothing."""

    title: Name
    justification: Why


Translations = Annotated[dict[Literal["ja"], TranslationIn], Field(max_length=len(TRANSLATED))]


class DoubtOut(Out):
    """What is doubtful in a rule that can be used: a code, the field, in the text the characters, and what is doubted."""

    code: str
    pointer: str
    span: tuple[int, int] | None
    value: str
    said: str


class RuleOut(Out):
    """A version of a rule. ``texts``: title and justification by language, beside English."""

    id: UUID
    key: str
    owner: str
    version: int
    title: str
    text: str
    points: int
    floor: Level | None
    purpose: str
    handling: Handling
    justification: str
    texts: dict[str, dict[str, str]]
    active: bool
    state: RuleState
    protected: bool
    airports: list[str]
    carriers: list[str]
    routes: list[str]
    valid_from: date | None
    valid_to: date | None
    ends_at: datetime | None
    review_by: date


class DraftedOut(RuleOut):
    """A version that was kept, and what is doubtful in it."""

    warnings: list[DoubtOut]


class RulesOut(Out):
    """``broken``: active rules that this program cannot read, ``refused``: that the jurisdiction does not
    allow; they are not asked.
    """

    ruleset: UUID
    n: int
    jurisdiction: str
    broken: list[str]
    refused: list[str]
    rules: list[RuleOut]


class FactOut(Out):
    """A fact of the catalogue; ``missing`` of ``of``: the travellers assessed last of whom it was not known."""

    name: str
    type: str
    text: str
    unit: str
    source: str
    sensitivity: str
    missing: int
    of: int


class TextIn(In):
    """A rule text to be looked at; what it may read depends on its purpose. ``legal_basis``: why it may rest on protected facts."""

    text: Text
    purpose: Purpose
    legal_basis: Note = ""


class CheckOut(Out):
    """``code``, ``message`` and ``span`` (characters of the text as it was sent) of what is wrong,
    or the rule ``aloud``, the ``sources`` it rests on and what is doubtful in it (``warnings``).
    """

    fits: bool
    code: str
    message: str
    span: tuple[int, int] | None
    aloud: str
    sources: list[str]
    protected: bool
    warnings: list[DoubtOut]


class DraftIn(In):
    """A new rule, or the next version of one. No airports, carriers or routes: everywhere."""

    key: Annotated[str, Field(pattern=f"^(?:{rules.KEY})$", max_length=rules.LONGEST)]
    title: Name
    text: Text
    points: Annotated[int, Field(ge=-rules.MOST_POINTS, le=rules.MOST_POINTS)]
    purpose: Purpose
    handling: Handling
    justification: Why
    owner: Name
    review_by: date
    floor: Level | None = None
    legal_basis: Note = ""
    texts: Translations = Field(default_factory=dict)
    airports: Airports = ()
    carriers: Carriers = ()
    routes: Routes = ()
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _is_a_time(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("the last day is before the first")
        return self

    def draft(self) -> Draft:
        """As screening takes it."""
        own = self.model_dump(exclude={*_OF_SCOPE, "note"})
        where = frozenset(self.airports), frozenset(self.carriers), frozenset(self.routes)
        return Draft(**own, scope=Scope(*where, self.valid_from, self.valid_to))


_OF_SCOPE = {"airports", "carriers", "routes", "valid_from", "valid_to"}


class UrgentIn(DraftIn):
    """A rule that acts at once; ``note`` says why it cannot wait."""

    note: Why


class StepIn(In):
    """``note``: why. ``until``: the next day of review, for `continue`. ``backtest``: the trial handed in with
    `submit`; `approve` names the same one, or none where none was handed in.
    """

    note: Note = ""
    until: date | None = None
    backtest: UUID | None = None


class EventOut(Out):
    """A step that was taken. ``actor_id``: None for the service itself."""

    kind: RuleEventKind
    at: datetime
    actor_id: UUID | None
    note: str
    legal: bool
    backtest_id: UUID | None


class VersionOut(Out):
    """A version with its steps, the newest first. ``shadow_hits`` and ``shadow_undecided``: travellers beside
    live traffic; ``warnings``: what is doubtful in it.
    """

    rule: RuleOut
    warnings: list[DoubtOut]
    author_id: UUID
    awaits_review: bool
    shadow_hits: int
    shadow_undecided: int
    events: list[EventOut]


def doubts_out(found: Sequence[Doubt]) -> list[DoubtOut]:
    """Doubts as they are told."""
    return [DoubtOut.model_validate(one) for one in found]


def rule_out(key: str, owner: str, version: RuleVersion) -> RuleOut:
    """A version as it is told."""
    return RuleOut(
        id=version.id, key=key, owner=owner, version=version.n, title=version.title,
        text=version.text, points=version.points, floor=version.floor, purpose=version.purpose,
        handling=version.handling, justification=version.justification, texts=version.texts, active=version.state is RuleState.ACTIVE,
        state=version.state, protected=version.protected, airports=version.airports,
        carriers=version.carriers, routes=version.routes, valid_from=version.valid_from,
        valid_to=version.valid_to, ends_at=version.ends_at, review_by=version.review_by,
    )  # fmt: skip
