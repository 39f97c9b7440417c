"""``egate watchlist``: files into lists, what a file would change, whom a name would meet. Answers are JSON."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from app.audit.log import SYSTEM
from app.commands.data import connected
from app.kernel.clock import system_clock
from app.kernel.errors import NotFoundError, SetupError
from app.screening import watchlists
from app.screening.entries import state
from app.screening.list_files import ListFormat, read_rows
from app.screening.list_imports import import_rows
from app.screening.proposals import Submitted
from app.screening.tester import try_person
from app.screening.watchlists import Settings
from risk_rules.names import BirthDate, Document, Name, Person

_ENDINGS = {".csv": ListFormat.CSV, ".xml": ListFormat.SDN}


def import_file(  # as the command line has it
    path: Path,
    list_key: str,
    form: str | None,
    *,
    whole: bool,
    dry_run: bool,
    make: Settings | None = None,
) -> int:
    """Compare a file with a list and do the change; 3 where it waits for an officer's signature.

    With ``dry_run`` nothing is changed and the differences are told. ``make``: the list, where there is none yet.
    """
    fmt = _format(path, form)
    with connected() as (_, database), _opened(path) as stream:
        if make is not None:
            with database.transaction() as session:
                _make(session, list_key, make)
        done = import_rows(
            database, SYSTEM, list_key, read_rows(stream, fmt), system_clock(), whole=whole,
            origin=fmt, note=path.name, dry_run=dry_run,
        )  # fmt: skip
    print(json.dumps(_told(done, dry_run=dry_run), default=str, ensure_ascii=False))
    return 3 if done.proposal.because else 0


def person_asked(
    surname: str, given: str, birth: str, sex: str, nationality: str, documents: Sequence[str]
) -> Person:
    """Somebody to try, as the command line has it. Raises SetupError for a day that is none."""
    try:
        born = BirthDate.parse(birth) if birth else None
    except ValueError as error:
        raise SetupError(str(error)) from None
    papers = [one.partition("/") for one in documents]
    return Person(
        (Name(surname, given),) if surname or given else (), born, state(nationality),
        tuple(Document(number, state(issuer)) for number, _, issuer in papers), sex,
    )  # fmt: skip


def match(person: Person, day: date | None) -> int:
    """Ask the lists in force about somebody, as screening does; a line of JSON per entry, 1 where none alerts."""
    now = system_clock()
    with connected() as (_, database), database.transaction() as session:
        hits = try_person(session, SYSTEM, person, day or now.date(), now)
    for hit in hits:
        print(json.dumps(hit.explanation(), default=str, ensure_ascii=False))
    return 0 if any(hit.alert for hit in hits) else 1


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SetupError(f"the file cannot be read: {error.strerror}") from None


def _make(session: Any, list_key: str, settings: Settings) -> None:
    try:
        watchlists.describe_list(session, list_key)
    except NotFoundError:
        watchlists.make_list(session, SYSTEM, list_key, settings, system_clock())


def _format(path: Path, form: str | None) -> ListFormat:
    """The format named, else that of the file's ending; JSON lines otherwise."""
    return ListFormat(form) if form else _ENDINGS.get(path.suffix.lower(), ListFormat.FTM)


def _told(done: Submitted, *, dry_run: bool) -> dict[str, Any]:
    one = done.proposal
    told: dict[str, Any] = {
        "proposal": None if dry_run else str(one.id), "digest": bytes(one.digest).hex(),
        "added": one.added, "changed": one.changed, "removed": one.removed,
        "unchanged": one.unchanged, "faulty": one.faulty, "faults": one.faults,
        "skipped": dict(done.skipped), "because": one.because,
        "acted": done.change is not None and done.change.touched, "version": done.change.version if done.change else None,
    }  # fmt: skip
    if dry_run:
        told["differences"] = [
            {"act": d.act, "key": d.key, "fields": d.fields, "before": d.before, "after": d.after}
            for d in done.first
        ]
    return told
