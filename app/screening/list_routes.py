"""HTTP routes of watch lists for officers: settings, entries, imports, proposals, the match tester."""

import io
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.http import IdempotencyKey, KernelDep, body_up_to
from app.screening import browse, proposals, watchlists
from app.screening.entries import state
from app.screening.list_files import ListFormat, read_rows
from app.screening.list_models import ProposalStatus, WatchlistProposal
from app.screening.list_schemas import (
    ApproveIn,
    DifferenceOut,
    EntriesIn,
    EntryOut,
    ImportOut,
    ListIn,
    ProposalOut,
    ProposalPage,
    SetIn,
    SettingOut,
    TriedOut,
    TryIn,
    WatchlistOut,
    draft_of,
    import_out,
    proposal_out,
    watchlist_out,
)
from app.screening.staging import read_differences
from app.screening.tester import try_person
from risk_rules.names import BirthDate, Document, Name, Person

router = APIRouter(tags=["watch lists"])

MAX_FILE = 32 * 1024 * 1024
PAGE = 50

ListsDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_WATCHLIST))]
ReaderDep = Annotated[SignedIn, Depends(require(Permission.VIEW_WATCHLIST))]
ApproverDep = Annotated[SignedIn, Depends(require(Permission.APPROVE_WATCHLIST))]

_body = body_up_to(MAX_FILE)


async def file_of(request: Request, who: ListsDep) -> bytes:
    """The body, read once it is known who sends it."""
    del who
    return await _body(request)


@router.get("/watchlists")
def list_watchlists(kernel: KernelDep, who: ReaderDep) -> list[WatchlistOut]:
    """All lists with their versions and sizes."""
    del who
    with kernel.database.read() as session:
        found = watchlists.list_watchlists(session)
    return [watchlist_out(row, entries) for row, entries in found]


@router.post("/watchlists", status_code=201)
def make_list(body: ListIn, kernel: KernelDep, who: ListsDep) -> WatchlistOut:
    """An empty list; settings bolder than usual wait in a proposal for another officer."""
    with kernel.database.transaction() as session:
        made, waits = proposals.submit_list(
            session, who.actor, body.key, body.settings(), kernel.clock()
        )
        return watchlist_out(made, 0, waits.id if waits else None)


@router.put("/watchlists/{list_key}", responses={202: {"model": WatchlistOut}})
def set_list(
    list_key: str, body: SetIn, kernel: KernelDep, who: ListsDep, response: Response
) -> WatchlistOut:
    """Propose to set a list otherwise: 202 with the proposal that another officer approves, 200 if it is set so."""
    with kernel.database.transaction() as session:
        waits = proposals.submit_settings(
            session, who.actor, list_key, body.settings(), body.seen, kernel.clock(), body.note
        )
        row, entries = watchlists.describe_list(session, list_key)
        told = watchlist_out(row, entries, waits.id if waits else None)
    response.status_code = 202 if waits else 200
    return told


@router.get("/watchlists/{list_key}/entries")
def list_entries(
    list_key: str,
    kernel: KernelDep,
    who: ReaderDep,
    version: Annotated[int | None, Query(ge=1)] = None,
    after: Annotated[str, Query(max_length=200)] = "",
) -> list[EntryOut]:
    """A page of entries in order of their keys, now or as the list read at a version; recorded."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        row = browse.find_list(session, list_key)
        found = browse.read_entries(session, row, now.date(), after=after, version=version)
        audit.record(
            session, who.actor, "watchlist.viewed", "watchlist", row.id, now,
            entries=len(found), version=version,
        )  # fmt: skip
    return [EntryOut.model_validate(one) for one in found]


@router.post("/watchlists/{list_key}/entries", responses={202: {"model": WatchlistOut}})
def change_entries(
    list_key: str,
    body: EntriesIn,
    kernel: KernelDep,
    who: ListsDep,
    response: Response,
    key: IdempotencyKey = None,
) -> WatchlistOut:
    """Add, replace and take off entries; passengers whom they concern are screened again.

    202 with a proposal where the change needs a second officer.
    """
    drafts = [draft_of(index, entry) for index, entry in enumerate(body.put)]
    request = f"entries {list_key} {body.model_dump_json()}".encode()
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            done = proposals.submit_entries(
                session, who.actor, list_key, drafts, body.remove, kernel.clock()
            )
            idempotency.settle(session, claimed, done.proposal.id)
            found = done.proposal
        else:
            found = session.get_one(WatchlistProposal, claimed.result)
        row, entries = watchlists.describe_list(session, list_key)
        waits = found.status is ProposalStatus.PROPOSED
    response.status_code = 202 if waits else 200
    return watchlist_out(row, entries, found.id if waits else None)


@router.post("/watchlists/{list_key}/imports")
def import_file(
    list_key: str,
    kernel: KernelDep,
    who: ListsDep,
    raw: Annotated[bytes, Depends(file_of)],
    form: Annotated[ListFormat, Query(alias="format")] = ListFormat.CSV,
    *,
    whole: bool = False,
    dry_run: bool = False,
) -> ImportOut:
    """Compare a file with a list and do the change, leave it for another officer, or only say what it would do.

    ``whole``: what the file does not name is taken off.
    """
    with kernel.database.transaction() as session:
        rows = read_rows(io.BytesIO(raw), form)
        done = proposals.submit_rows(
            session, who.actor, list_key, rows, kernel.clock(), whole=whole, origin=form,
            dry_run=dry_run,
        )  # fmt: skip
        told = import_out(done, [_difference(d) for d in done.first], dry_run=dry_run)
        if dry_run:
            session.rollback()
    return told


@router.get("/watchlist-proposals")
def list_proposals(
    kernel: KernelDep, who: ApproverDep, status: ProposalStatus | None = ProposalStatus.PROPOSED
) -> list[ProposalOut]:
    """Proposed changes, the newest first."""
    del who
    with kernel.database.read() as session:
        return [proposal_out(one) for one, _ in proposals.read_proposals(session, status)]


@router.get("/watchlist-proposals/{proposal_id}")
def show_proposal(
    proposal_id: UUID,
    kernel: KernelDep,
    who: ApproverDep,
    after: Annotated[str, Query(max_length=200)] = "",
) -> ProposalPage:
    """A proposed change with its differences; that it was looked at is recorded."""
    with kernel.database.transaction() as session:
        found, _ = proposals.read_proposal(session, proposal_id)
        page = read_differences(session, found, PAGE, after)
        _looked(session, kernel, who, "watchlist.proposal-viewed", proposal_id, len(page))
        return ProposalPage(
            proposal=proposal_out(found), differences=[_difference(one) for one in page],
            settings=[SettingOut.model_validate(o) for o in proposals.read_settings(session, found)],
            after=page[-1].key if len(page) == PAGE else None,
        )  # fmt: skip


@router.post("/watchlist-proposals/{proposal_id}/approve")
def approve(proposal_id: UUID, body: ApproveIn, kernel: KernelDep, who: ApproverDep) -> ProposalOut:
    """Do what somebody else has proposed, exactly as it was looked at."""
    with kernel.database.transaction() as session:
        digest = bytes.fromhex(body.digest)
        proposals.approve(session, who.actor, proposal_id, digest, body.note, kernel.clock())
        return proposal_out(session.get_one(WatchlistProposal, proposal_id))


@router.post("/watchlist-proposals/{proposal_id}/reject")
def reject(proposal_id: UUID, kernel: KernelDep, who: ApproverDep) -> ProposalOut:
    """Refuse a proposed change."""
    with kernel.database.transaction() as session:
        proposals.reject(session, who.actor, proposal_id, kernel.clock())
        return proposal_out(session.get_one(WatchlistProposal, proposal_id))


@router.post("/watchlists-match")
def try_match(body: TryIn, kernel: KernelDep, who: ListsDep) -> list[TriedOut]:
    """Whom of the lists this person would meet, with the explanation of each match and its threshold."""
    try:
        birth = BirthDate.parse(body.birth_date) if body.birth_date else None
    except ValueError:
        raise InvalidError(fields=[FieldProblem("/body/birth_date", "not_a_date")]) from None
    person = Person(
        tuple(Name(one.surname, one.given) for one in body.names), birth, state(body.nationality),
        tuple(Document(one.number, state(one.issuer)) for one in body.documents), body.sex,
    )  # fmt: skip
    now = kernel.clock()
    with kernel.database.transaction() as session:
        hits = try_person(session, who.actor, person, body.day or now.date(), now)
    return [
        TriedOut(
            list_key=hit.lookout.key, title=hit.lookout.title, entry=hit.listed.key, alert=hit.alert,
            handling=hit.handling, matches=hit.explanation()["matches"],
        )
        for hit in hits
    ]  # fmt: skip


def _difference(one: object) -> DifferenceOut:
    return DifferenceOut.model_validate(one)


def _looked(
    session: Session, kernel: KernelDep, who: SignedIn, action: str, subject: UUID, shown: int
) -> None:
    audit.record(
        session, who.actor, action, "watchlist_proposal", subject, kernel.clock(), entries=shown
    )
