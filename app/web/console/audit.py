"""The auditor's pages: the trail with filters, as a file, a proof of one entry, checkpoints, unusual looking-up."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.audit import log as audit
from app.audit import proofs, reading
from app.audit.log import ActorKind
from app.audit.sealing import newest, signer
from app.formats.signed_note import Checkpoint, text_of
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import Kernel, KernelDep
from app.reports.looking import read_disclosures, read_looking
from app.reports.trail_csv import as_csv
from app.web.console.dossier import officer_names
from app.web.console.view import moments, show
from app.web.translation import gettext

router = APIRouter(prefix="/audit")

AuditorDep = Annotated[SignedIn, Depends(require(Permission.VIEW_AUDIT))]
FILTERS = ("from", "to", "actor_kind", "actor", "action", "subject", "before")
LONGEST = 100
Place = tuple[datetime, UUID]
"""Time and id of the last entry of a page: the next one goes on below it."""
Problem = tuple[str, str]
"""A field and what is wrong with it."""


def typed(
    from_: Annotated[str, Query(alias="from", max_length=10)] = "",
    to: Annotated[str, Query(max_length=10)] = "",
    actor_kind: Annotated[str, Query(max_length=20)] = "",
    actor: Annotated[str, Query(max_length=LONGEST)] = "",
    action: Annotated[str, Query(max_length=LONGEST)] = "",
    subject: Annotated[str, Query(max_length=LONGEST)] = "",
    before: Annotated[str, Query(max_length=LONGEST)] = "",
) -> Mapping[str, str]:
    """The filters as they were typed. Ids and days: nothing that a person could be told by."""
    given = (from_, to, actor_kind, actor, action, subject, before)
    return {
        name: value.strip() for name, value in zip(FILTERS, given, strict=True) if value.strip()
    }


TypedDep = Annotated[Mapping[str, str], Depends(typed)]


@router.get("")
def page(who: AuditorDep, kernel: KernelDep, given: TypedDep) -> Response:
    """Entries with filters, newest first; that the trail was read stands in the trail."""
    wanted, before, problems = _wanted(kernel, who, given)
    return _shown(kernel, who, given, wanted, before, problems)


def _shown(
    kernel: Kernel, who: SignedIn, given: Mapping[str, str], wanted: reading.Wanted, before: Place | None,
    problems: list[Problem],
) -> Response:  # fmt: skip
    with kernel.database.transaction() as session:
        lines = (
            [] if problems else reading.read(session, wanted, before=before, limit=reading.PAGE + 1)
        )
        shown = lines[: reading.PAGE]
        _record(session, kernel, who, wanted, len(shown), "audit.viewed")
        context = {
            "section": "audit", "lines": shown, "typed": given, "problems": problems, "wrong": dict(problems),
            "names": officer_names(session), "actions": reading.actions(session), "kinds": ActorKind,
            "state": _state(session), "next": _next(given, shown) if len(lines) > len(shown) else None,
        }  # fmt: skip
    return show("audit.html", kernel, who, context, status=422 if problems else 200)


@router.get("/trail.csv")
def table(who: AuditorDep, kernel: KernelDep, given: TypedDep) -> Response:
    """The same entries as a file; the export stands in the trail with its number."""
    wanted, _, problems = _wanted(kernel, who, given)
    if problems:
        return _shown(kernel, who, given, wanted, None, problems)
    with kernel.database.transaction() as session:
        lines = reading.read(session, wanted, limit=reading.EXPORTED + 1)
        if len(lines) > reading.EXPORTED:
            said = gettext("More than %(most)s entries: choose fewer days", most=reading.EXPORTED)
            return _shown(kernel, who, given, wanted, None, [("from", said)])
        _record(session, kernel, who, wanted, len(lines), "audit.exported")
    headers = {
        "Content-Disposition": 'attachment; filename="audit.csv"',
        "Cache-Control": "no-store",
    }
    return Response(as_csv(lines), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/looking")
def looking(who: AuditorDep, kernel: KernelDep) -> Response:
    """Officers who opened many people, or one again and again, with whom nobody had to do."""
    at = moments(kernel, who)
    with kernel.database.transaction() as session:
        found = read_looking(session, str(at.zone), kernel.clock())
        shown = read_disclosures(session, who.site, kernel.clock())
        audit.record(
            session,
            who.actor,
            "audit.looking-viewed",
            "site",
            None,
            kernel.clock(),
            days=len(found),
            reasons=len(shown),
        )
        names = officer_names(session)
    context = {"section": "audit", "found": found, "shown": shown, "names": names}
    return show("looking.html", kernel, who, context)


@router.get("/checkpoints.txt")
def checkpoints(who: AuditorDep, kernel: KernelDep) -> Response:
    """Every signed checkpoint: what is kept where nobody of this machine can reach it."""
    with kernel.database.transaction() as session:
        notes = proofs.notes(session)
        audit.record(
            session, who.actor, "audit.checkpoints-exported", "site", None, kernel.clock(), notes=len(notes)
        )  # fmt: skip
    return _file("\n".join(notes), "checkpoints.txt")


@router.get("/key.txt")
def key(who: AuditorDep, kernel: KernelDep) -> Response:
    """The public key of the checkpoints."""
    del who
    with kernel.database.read() as session:
        return _file(signer(session, kernel.vault).verifier().line() + "\n", "audit-key.txt")


@router.get("/{entry_id}/proof.json")
def proof(entry_id: UUID, who: AuditorDep, kernel: KernelDep) -> Response:
    """That the entry stands in the trail, for whoever has the key alone."""
    with kernel.database.transaction() as session:
        found = proofs.prove(session, entry_id)
        audit.record(session, who.actor, "audit.proven", "audit_entry", entry_id, kernel.clock())
    headers = {
        "Content-Disposition": f'attachment; filename="proof-{entry_id}.json"',
        "Cache-Control": "no-store",
    }
    return JSONResponse(found.wire(), headers=headers)


def _wanted(
    kernel: Kernel, who: SignedIn, given: Mapping[str, str]
) -> tuple[reading.Wanted, Place | None, list[Problem]]:
    """What was typed, read; and what of it cannot be."""
    problems: list[Problem] = []
    zone = moments(kernel, who).zone

    def day(name: str, plus: int) -> datetime | None:
        try:
            found = date.fromisoformat(given[name]) + timedelta(days=plus)
            return datetime(found.year, found.month, found.day, tzinfo=zone)
        except KeyError:
            return None
        except (ValueError, OverflowError):
            problems.append((name, gettext("Give a day as YYYY-MM-DD")))
            return None

    def uuid(name: str) -> UUID | None:
        try:
            return UUID(given[name])
        except KeyError:
            return None
        except ValueError:
            problems.append((name, gettext("Give an id as it stands in the list")))
            return None

    kind = given.get("actor_kind")
    wanted = reading.Wanted(
        day("from", 0), day("to", 1), ActorKind(kind) if kind in set(ActorKind) else None,
        uuid("actor"), given.get("action"), uuid("subject"),
    )  # fmt: skip
    return wanted, _place(given.get("before", "")), problems


def _place(text: str) -> Place | None:
    """Where a page goes on; what cannot be read begins at the newest."""
    at, _, identifier = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, UUID(identifier)) if moment.tzinfo else None
    except ValueError:
        return None


def _next(given: Mapping[str, str], shown: Any) -> Mapping[str, str]:
    return {**given, "before": f"{shown[-1].at.isoformat()}~{shown[-1].id}"}


def _state(session: Session) -> Checkpoint | None:
    """The newest checkpoint, whoever signed it: the page says how far the seal reaches, `egate audit verify` whether it holds."""
    last = newest(session)
    return Checkpoint.read(text_of(last.note)) if last else None


def _record(
    session: Session, kernel: Kernel, who: SignedIn, wanted: reading.Wanted, number: int, action: str
) -> None:  # fmt: skip
    audit.record(
        session, who.actor, action, "site", None, kernel.clock(), entries=number, by=wanted.names()
    )


def _file(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return PlainTextResponse(text, headers=headers)
