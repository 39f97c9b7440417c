"""HTTP: officers look at what could not be read, mend the mapping of its sender, and let it be read again."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.senders import sender_at
from app.kernel.http import KernelDep
from app.kernel.schemas import In, Out
from app.messages import quarantine
from app.messages.excerpts import Shown, show_raw
from app.messages.mappings import in_force, rules_of, save_mapping, versions
from app.messages.models import MessageStatus, QuarantineStatus
from app.messages.preview import Preview, dry_run, open_raw
from app.messages.quarantine import Case, Entry, Wanted
from app.messages.rules import read_rules
from app.messages.verdicts import FaultOut, fault_out

router = APIRouter(tags=["quarantine"])

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_MESSAGES))]
ManagerDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_MESSAGES))]
RawDep = Annotated[SignedIn, Depends(require(Permission.VIEW_RAW_MESSAGES))]
Code = Annotated[str, Query(max_length=40, pattern="^[a-z_-]*$")]
Kind = Annotated[str, Query(max_length=12, pattern="^[A-Z-]*$")]


class EntryOut(Out):
    """A transmission in quarantine: its sender, when it came, its first error with its place."""

    message_id: UUID
    sender_id: UUID
    sender: str
    status: QuarantineStatus
    received_at: datetime
    kept_until: datetime | None
    whole: bool
    kinds: list[str]
    errors: int
    codes: list[str]
    code: str
    tag: str | None
    segment: int | None
    replays: int
    size: int
    raw_kept: bool


class TallyOut(Out):
    """How many transmissions of a sender wait with an error of this code."""

    sender_id: UUID
    sender: str
    code: str
    count: int


class QuarantineOut(Out):
    """A page of entries, newest first (``after``: the last one's id), and what waits in all."""

    entries: list[EntryOut]
    waiting: list[TallyOut]


class CaseOut(Out):
    """One entry with every fault, and what was said when it was set aside."""

    entry: EntryOut
    reason: str | None
    decided_at: datetime | None
    messages: list[dict[str, Any]]
    faults: list[FaultOut]


class LineOut(Out):
    number: int
    before: str
    marked: str
    after: str
    at_fault: bool


class ExcerptOut(Out):
    fault: FaultOut
    lines: list[LineOut]
    moved: bool


class RawOut(Out):
    """How a transmission begins and the places of its faults; denied and card data are left out."""

    beginning: str
    excerpts: list[ExcerptOut]


class ReasonIn(In):
    reason: str


class ReplayIn(In):
    """Everything that waits of a sender with an error of this code."""

    sender_id: UUID
    code: str


class ReplayedOut(Out):
    count: int


class MappingIn(In):
    """New rules; ``seen`` is the version they replace (0: none yet)."""

    seen: int
    rules: dict[str, Any]
    reason: str


class MappingOut(Out):
    version: int
    rules: dict[str, Any]


class MappingVersionOut(Out):
    version: int
    rules: dict[str, Any]
    reason: str
    officer_id: UUID | None
    created_at: datetime


class DryRunIn(In):
    message_id: UUID
    rules: dict[str, Any]


class DryRunOut(Out):
    """The verdict of reading under those rules; nothing is applied or stored."""

    status: MessageStatus
    messages: list[dict[str, Any]]
    errors: int
    faults: dict[str, int]


# --- looking --------------------------------------------------------------------------------------


@router.get("/quarantine")
def get_quarantine(
    kernel: KernelDep,
    who: ViewerDep,
    status: QuarantineStatus | None = QuarantineStatus.WAITING,
    sender_id: UUID | None = None,
    code: Code = "",
    kind: Kind = "",
    after: UUID | None = None,
) -> QuarantineOut:
    """What waits at the officer's site."""
    wanted = Wanted(status, sender_id, code, kind, after)
    with kernel.database.read() as session:
        entries = quarantine.read_list(session, who.site, wanted)
        tallies = quarantine.count_waiting(session, who.site)
    return QuarantineOut(
        entries=[_entry_out(one) for one in entries],
        waiting=[TallyOut.model_validate(one) for one in tallies],
    )


@router.get("/quarantine/{message_id}")
def get_case(kernel: KernelDep, who: ViewerDep, message_id: UUID) -> CaseOut:
    """One entry with everything that is wrong, by position."""
    with kernel.database.read() as session:
        return _case_out(quarantine.read_case(session, message_id, who.site))


@router.get("/quarantine/{message_id}/raw")
def get_raw(kernel: KernelDep, who: RawDep, message_id: UUID) -> RawOut:
    """The text round each fault; that it was read is recorded."""
    with kernel.database.transaction() as session:
        case = quarantine.read_case(session, message_id, who.site)
        sender = case.entry.row.sender_id
        rules = rules_of(session, sender, case.message.mapping_version)
        newer = in_force(session, sender).rules
        raw = open_raw(kernel.vault, case.message)
        audit.record(
            session, who.actor, "message.raw-viewed", "message", message_id, kernel.clock()
        )
    return _raw_out(show_raw(raw, rules, case.faults, deny=kernel.deny, newer=newer))


# --- acting ---------------------------------------------------------------------------------------


@router.post("/quarantine/replay")
def post_replay_all(kernel: KernelDep, who: ManagerDep, wanted: ReplayIn) -> ReplayedOut:
    """Let the worker read again what waits of a sender with an error of this code."""
    with kernel.database.transaction() as session:
        sender_at(session, wanted.sender_id, who.site)
        count = quarantine.replay_all(
            session, who.actor, wanted.sender_id, wanted.code, who.site, kernel.clock()
        )
    return ReplayedOut(count=count)


@router.post("/quarantine/{message_id}/replay", status_code=202)
def post_replay(kernel: KernelDep, who: ManagerDep, message_id: UUID) -> CaseOut:
    """Let the worker read it again, with the mapping that is in force then."""
    with kernel.database.transaction() as session:
        quarantine.replay(session, who.actor, message_id, who.site, kernel.clock())
        session.expire_all()
        return _case_out(quarantine.read_case(session, message_id, who.site))


@router.post("/quarantine/{message_id}/set-aside")
def post_set_aside(kernel: KernelDep, who: ManagerDep, message_id: UUID, said: ReasonIn) -> CaseOut:
    """Nothing more will be done about it."""
    with kernel.database.transaction() as session:
        quarantine.set_aside(session, who.actor, message_id, who.site, said.reason, kernel.clock())
        return _case_out(quarantine.read_case(session, message_id, who.site))


# --- mappings -------------------------------------------------------------------------------------


@router.get("/senders/{sender_id}/mapping")
def get_mapping(kernel: KernelDep, who: ViewerDep, sender_id: UUID) -> list[MappingVersionOut]:
    """All versions of a sender's mapping, the one in force first."""
    with kernel.database.read() as session:
        sender_at(session, sender_id, who.site)
        return [MappingVersionOut.model_validate(one) for one in versions(session, sender_id)]


@router.put("/senders/{sender_id}/mapping")
def put_mapping(
    kernel: KernelDep, who: ManagerDep, sender_id: UUID, wanted: MappingIn
) -> MappingOut:
    """A new version, in force from now on; 409 where somebody else was faster."""
    with kernel.database.transaction() as session:
        sender_at(session, sender_id, who.site)
        made = save_mapping(
            session, who.actor, sender_id, wanted.seen, wanted.rules, wanted.reason,
            kernel.clock(),
        )  # fmt: skip
    return MappingOut(version=made.version, rules=made.rules.plain())


@router.post("/quarantine/dry-run")
def post_dry_run(kernel: KernelDep, who: ManagerDep, wanted: DryRunIn) -> DryRunOut:
    """The verdict that a transmission would get under these rules."""
    rules = read_rules(wanted.rules)
    with kernel.database.transaction() as session:
        quarantine.read_case(session, wanted.message_id, who.site)
        found = dry_run(
            session, kernel.vault, who.actor, wanted.message_id, rules, kernel.clock(),
            deny=kernel.deny,
        )  # fmt: skip
    return _dry_run_out(found)


# --- answers --------------------------------------------------------------------------------------


def _entry_out(entry: Entry) -> EntryOut:
    row = entry.row
    waits = row.status in (QuarantineStatus.WAITING, QuarantineStatus.REPLAYING)
    return EntryOut(
        message_id=row.message_id, sender_id=row.sender_id, sender=entry.sender,
        status=row.status, received_at=row.received_at,
        kept_until=row.keep_until if waits and entry.raw_kept else None, whole=row.whole,
        kinds=row.kinds, errors=row.errors, codes=row.codes, code=row.code, tag=row.tag,
        segment=row.segment, replays=row.replays, size=entry.size, raw_kept=entry.raw_kept,
    )  # fmt: skip


def _case_out(case: Case) -> CaseOut:
    return CaseOut(
        entry=_entry_out(case.entry), reason=case.entry.row.reason,
        decided_at=case.entry.row.decided_at, messages=case.message.summary,
        faults=[fault_out(fault, officer=True) for fault in case.faults],
    )  # fmt: skip


def _raw_out(shown: Shown) -> RawOut:
    return RawOut(
        beginning=shown.beginning,
        excerpts=[
            ExcerptOut(
                fault=fault_out(one.fault, officer=True), moved=one.moved,
                lines=[LineOut.model_validate(line) for line in one.lines],
            )
            for one in shown.excerpts
        ],
    )  # fmt: skip


def _dry_run_out(found: Preview) -> DryRunOut:
    return DryRunOut(
        status=found.status, messages=list(found.messages), errors=found.errors,
        faults=dict(found.by_code),
    )  # fmt: skip
