"""Bodies and answers of the routes of lists, lookouts and cleared pairs."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.kernel.errors import FieldProblem
from app.kernel.schemas import In, Out
from app.screening.entries import (
    LONGEST_KEY,
    LONGEST_REASON,
    EntryDraft,
    EntryInvalidError,
    check_draft,
)
from app.screening.list_models import Act, LookoutKind, ProposalStatus, Verdict
from app.screening.models import EntryKind, Handling, Severity, Watchlist
from app.screening.proposals import Submitted
from app.screening.watchlists import KEY, Settings
from risk_rules.names import BirthDate, Document, Name


class SettingsIn(In):
    """How a list is set; ``thresholds`` by relation of the birth dates, null for "never an alert"; ``titles`` by language, beside English."""

    title: str = Field(min_length=1, max_length=200)
    purpose: str = Field(max_length=40)
    handling: Handling
    category: str = Field(default="", max_length=64)
    severity: Severity = Severity.ORDINARY
    source: str = Field(default="", max_length=200)
    reason_restricted: bool = False
    bulk_limit: int = 20
    thresholds: dict[str, float | None] | None = None
    titles: dict[str, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict
    )

    def settings(self) -> Settings:
        return Settings(**{name: getattr(self, name) for name in Settings.__slots__})


class ListIn(SettingsIn):
    """A new list."""

    key: str = Field(pattern=f"^{KEY}$")


class SetIn(SettingsIn):
    """``seen`` is the version of the list that the officer looked at, ``note`` says why to whoever signs."""

    seen: int
    note: str = Field(default="", max_length=500)


class WatchlistOut(Out):
    """A list, without its entries; ``proposal``: a change that waits for another officer."""

    id: UUID
    key: str
    title: str
    purpose: str
    handling: Handling
    version: int
    category: str
    severity: Severity
    source: str
    reason_restricted: bool
    bulk_limit: int
    thresholds: dict[str, float | None] | None
    titles: dict[str, str]
    entries: int
    proposal: UUID | None = None


class NameIn(In):
    surname: str = Field(min_length=1, max_length=200)
    given: str = Field(default="", max_length=200)


class DocumentIn(In):
    number: str = Field(min_length=1, max_length=40)
    issuer: str = Field(default="", max_length=3)


class EntryIn(In):
    """``birth_dates`` are YYYY or YYYY-MM-DD; ``severity`` null is the list's."""

    key: str = Field(min_length=1, max_length=LONGEST_KEY)
    kind: EntryKind
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    names: list[NameIn] = Field(default=[], max_length=100)
    birth_dates: list[str] = Field(default=[], max_length=20)
    nationality: str = Field(default="", max_length=3)
    sex: Literal["", "M", "F"] = ""
    documents: list[DocumentIn] = Field(default=[], max_length=50)
    valid_from: date = date.min
    valid_to: date | None = None
    category: str = Field(default="", max_length=64)
    severity: Severity | None = None


class EntriesIn(In):
    """Entries to add or replace, and keys of entries to take off."""

    put: list[EntryIn] = Field(default=[], max_length=1000)
    remove: list[str] = Field(default=[], max_length=1000)


class EntryOut(Out):
    """An entry as it reads at a version; ``expired``: past its last day, it meets nobody any more."""

    id: UUID
    key: str
    kind: EntryKind
    version: int
    names: list[str]
    birth_dates: list[str]
    nationality: str
    sex: str
    documents: list[str]
    reason: str
    category: str
    severity: Severity | None
    valid_from: date | None
    valid_to: date | None
    expired: bool
    removed_version: int | None


class FaultOut(Out):
    """A row that was left out (``partial``: a part of one, or none: ``reading_unknown``), by its line."""

    line: int
    code: str
    partial: bool


class DifferenceOut(Out):
    """What a change does to one entry."""

    act: Act
    key: str
    kind: EntryKind
    fields: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ProposalOut(Out):
    """A change of a list; ``because`` says what asks for a second signature, ``digest`` is what it binds to."""

    id: UUID
    watchlist_id: UUID
    status: ProposalStatus
    origin: str
    whole: bool
    base_version: int
    digest: str
    added: int
    changed: int
    removed: int
    unchanged: int
    because: list[str]
    faulty: int
    faults: list[FaultOut]
    author_id: UUID | None
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    overtaken_version: int | None


class ImportOut(Out):
    """What a file did, or with ``dry_run`` would do; the first differences, and what was skipped by kind."""

    dry_run: bool
    acted: bool
    version: int | None
    proposal: ProposalOut
    skipped: dict[str, int]
    differences: list[DifferenceOut]


class SettingOut(Out):
    """A setting of the list before and after; of a threshold "usual" is none of its own, null "never an alert"."""

    field: str
    before: str | bool | int | float | None
    after: str | bool | int | float | None


class ProposalPage(Out):
    """A proposal: of settings with what they change, else with differences in order of keys; ``after`` asks for
    the next page.
    """

    proposal: ProposalOut
    settings: list[SettingOut]
    differences: list[DifferenceOut]
    after: str | None


class ApproveIn(In):
    """``digest`` of the proposal that was looked at, in hexadecimal."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    note: str = Field(default="", max_length=500)


class TryIn(In):
    """Whom to look for; ``day`` is the date of the flight, today by default."""

    names: list[NameIn] = Field(default=[], max_length=10)
    birth_date: str = Field(default="", max_length=10)
    sex: Literal["", "F", "M", "X"] = ""
    nationality: str = Field(default="", max_length=3)
    documents: list[DocumentIn] = Field(default=[], max_length=10)
    day: date | None = None


class TriedOut(Out):
    """An entry that would be met."""

    list_key: str
    title: str
    entry: str
    alert: bool
    handling: Handling
    matches: list[dict[str, Any]]


class LookoutIn(In):
    """An urgent lookout; what its kind does not need stays empty."""

    kind: LookoutKind
    title: str = Field(max_length=200)
    purpose: str = Field(max_length=40)
    handling: Handling
    reason: str = Field(max_length=2000)
    hours: float = 24
    restricted: bool = False
    surname: str = Field(default="", max_length=200)
    given: str = Field(default="", max_length=200)
    birth_date: str = Field(default="", max_length=10)
    number: str = Field(default="", max_length=40)
    issuer: str = Field(default="", max_length=3)
    flight: str = Field(default="", max_length=10)
    day: date | None = None
    seat: str = Field(default="", max_length=8)
    tag: str = Field(default="", max_length=20)


class LookoutOut(Out):
    """An urgent lookout and where its review stands."""

    id: UUID
    kind: LookoutKind
    title: str
    purpose: str
    handling: Handling
    reason: str
    content: dict[str, Any]
    restricted: bool
    raised_by: UUID
    raised_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    verdict: Verdict | None
    verdict_note: str | None
    reviewed_by: UUID | None
    reviewed_at: datetime | None


class VerdictIn(In):
    """``note`` is needed for "not justified"."""

    verdict: Verdict
    note: str = Field(default="", max_length=2000)


class ClearIn(In):
    """``until``: the last day of a flight on which the pair is suppressed, at most a year ahead."""

    reason: str = Field(max_length=2000)
    until: date


class PairOut(Out):
    """A pair known not to match; in force unless ``voided_at`` or a second signature is missing."""

    id: UUID
    entry_key: str
    passenger_id: UUID
    reason: str
    expires_on: date
    officer_id: UUID
    cleared_at: datetime
    needs_second: bool
    approved_by: UUID | None
    approved_at: datetime | None
    voided_at: datetime | None
    voided_because: str | None


def watchlist_out(row: Watchlist, entries: int, proposal: UUID | None = None) -> WatchlistOut:
    """A list with the number of its entries."""
    names = [n for n in WatchlistOut.model_fields if n not in ("entries", "proposal")]
    values = {name: getattr(row, name) for name in names}
    return WatchlistOut(**values, entries=entries, proposal=proposal)


def proposal_out(row: Any) -> ProposalOut:
    """A proposal with its hash as text."""
    values = {name: getattr(row, name) for name in ProposalOut.model_fields}
    return ProposalOut(**values | {"digest": bytes(row.digest).hex()})


def import_out(done: Submitted, differences: list[DifferenceOut], *, dry_run: bool) -> ImportOut:
    """What became of an import."""
    return ImportOut(
        dry_run=dry_run, acted=done.change is not None and done.change.touched and not dry_run,
        version=done.change.version if done.change else None,
        proposal=proposal_out(done.proposal), skipped=dict(done.skipped), differences=differences,
    )  # fmt: skip


def draft_of(index: int, entry: EntryIn) -> EntryDraft:
    """An entry of a body. Raises :class:`EntryInvalidError` with its place."""
    try:
        births = tuple(BirthDate.parse(text) for text in entry.birth_dates)
    except ValueError:
        wrong = FieldProblem(f"/put/{index}/birth_dates", "not_a_date")
        raise EntryInvalidError(fields=[wrong]) from None
    draft = EntryDraft(
        key=entry.key, kind=entry.kind, reason=entry.reason,
        names=tuple(Name(name.surname, name.given) for name in entry.names), birth_dates=births,
        nationality=entry.nationality,
        documents=tuple(Document(d.number, d.issuer) for d in entry.documents),
        valid_from=entry.valid_from, valid_to=entry.valid_to, category=entry.category,
        severity=entry.severity, sex=entry.sex,
    )  # fmt: skip
    try:
        check_draft(draft)
    except EntryInvalidError as error:
        raise error.below(f"/put/{index}") from None
    return draft
