"""Facts as they were when travellers arrived, kept as Parquet for backtests here and for Spark elsewhere.

One row per traveller and flight: the facts of the last assessment, the rules and lists that stood, and the
outcome of inspections by design (what travellers themselves declare leads to others, which prove nothing of a rule).
Flights are written once their referrals are closed, at the latest after `LATEST`. The table
`snapshot_file` says which files count; files are made under another name, never changed, and those that no
longer count go an hour later, so that whoever reads has time to end.

The folder holds personal data until the clock of a file: then identifiers, exact dates and what would link
to a person are gone from it (`mask`), and at last the file.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.analysis.models import SnapshotFile, SnapshotFlight
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.kernel.ids import uuid7
from app.referrals.kinds import DUE_REASONS
from app.screening.facts import stored
from risk_rules.backtest import CONTEXT, Part, literals
from risk_rules.facts import CATALOGUE, FactError, restore
from risk_rules.language.sql import columns

log = structlog.get_logger(__name__)

SETTLED = timedelta(hours=6)
LATEST = timedelta(days=3)
FLIGHTS = 5
FEW_ROWS, MANY_FILES = 200_000, 16
IDENTIFYING = frozenset({"bags.tag", "random.u"})
"""Facts that name a thing of one person, or find the same row elsewhere."""
KNOWN_FACTS = frozenset({*CATALOGUE.facts, *CATALOGUE.lists})
_LOCK = 0x65676174_736E6170  # "egatsnap"
_GRACE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of snapshots, laid out as Spark and DuckDB know it: `month=2026-03/airport=NRT/id.parquet`."""

    folder: Path
    mask_after: timedelta = timedelta(days=183)
    delete_after: timedelta = timedelta(days=5 * 365)

    def path(self, month: str, airport: str, identifier: UUID) -> Path:
        return self.folder / f"month={month}" / f"airport={airport}" / f"{identifier}.parquet"

    def of(self, file: SnapshotFile) -> Path:
        return self.path(file.month, file.airport, file.id)


def store_of(kernel: Kernel) -> Store | None:
    """The snapshots of this installation; None where it keeps none."""
    if kernel.snapshots is None:
        return None
    mask, delete = (timedelta(days=d) for d in (kernel.snapshot_mask_days, kernel.snapshot_days))
    return Store(kernel.snapshots, mask, delete)


# ---------------------------------------------------------------- writing


_DUE = sa.text(
    """
    select f.id, f.site as airport,
           coalesce((f.arrives_at at time zone 'UTC')::date, f.flight_date) as day
      from flight f
     where coalesce(f.arrives_at, f.flight_date + interval '2 days') < :settled
       and not exists (select from snapshot_flight s where s.flight_id = f.id)
       and exists (select from assessment a where a.flight_id = f.id and a.is_current)
       and (coalesce(f.arrives_at, f.flight_date + interval '2 days') < :latest
            or not exists (select from passenger p join referral r on r.passenger_id = p.id
                            where p.flight_id = f.id and r.state <> 'closed'))
     order by coalesce(f.arrives_at, f.flight_date + interval '2 days'), f.id
     limit :flights
    """
)

_ROWS = sa.text(
    """
    select a.passenger_id, a.flight_id, a.facts, a.level, a.control,
           array(select distinct case h.source when 'rule' then h.subject
                                 else 'list:' || split_part(h.subject, '/', 1) end
                   from hit h where h.assessment_id = a.id
                    and (h.source = 'rule' or h.explanation @> '{"alert": true}')) as hits,
           shown.probability, outcome.inspected, outcome.found
      from assessment a
      left join lateral (
           select max(p.inspection_probability) as probability, count(*) as n
             from presentation p where p.passenger_id = a.passenger_id) shown on true
      left join lateral (
           select coalesce(bool_or(i.finished_at is not null), false) as inspected,
                  coalesce(bool_or(i.finished_at is not null and exists (
                      select from finding f where f.inspection_id = i.id
                         and f.revision = i.revision and f.kind <> 'nothing')),
                      false) as found
             from referral r join inspection i on i.referral_id = r.id
            where r.passenger_id = a.passenger_id
              and r.reasons ?| cast(:due as text[])) outcome on shown.n > 0
     where a.flight_id = any(:flights) and a.is_current
     order by a.passenger_id
    """
)


def write_due(database: Database, store: Store, now: datetime) -> int:
    """Write up to `FLIGHTS` flights of one month and airport; how many. Safe with several workers."""
    with database.transaction() as session:
        if not _mine(session):
            return 0
        asked = {"settled": now - SETTLED, "latest": now - LATEST, "flights": FLIGHTS}
        due = session.execute(_DUE, asked).all()
        if not due:
            return 0
        month, airport = _month(due[0].day), due[0].airport
        here = {
            row.id: row.day for row in due if (_month(row.day), row.airport) == (month, airport)
        }
        rows = (
            session.execute(_ROWS, {"flights": list(here), "due": list(DUE_REASONS)})
            .mappings()
            .all()
        )
        file = SnapshotFile(id=uuid7(), month=month, airport=airport, rows=len(rows),
                            flights=len(here), oldest=min(here.values()))  # fmt: skip
        _write(store.of(file), [_row(dict(row)) for row in rows])
        session.add(file)
        session.add_all(SnapshotFlight(flight_id=flight) for flight in here)
    log.info("snapshots.written", flights=len(here), rows=len(rows), month=month)
    return len(here)


def _mine(session: Session) -> bool:
    """Whether nobody else writes at this moment."""
    return bool(session.scalar(sa.text("select pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}))


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    context = {
        "case_id": str(row["passenger_id"]), "flight_id": str(row["flight_id"]), "hits": row["hits"],
        "level": row["level"], "control": row["control"], "inspected": row["inspected"],
        "found": row["found"], "probability": row["probability"],
    }  # fmt: skip
    return {**_facts(row["facts"]), **context}


def _facts(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """Stored facts as the catalogue has them now; a record that does not fit it is one of nothing known: one
    traveller must not hold back all that follow.
    """
    try:
        return stored(restore(kept))
    except (FactError, ValueError, TypeError) as error:
        log.warning("snapshots.record_left_out", error=type(error).__name__)
        return {}


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as Parquet; the text between lives in the same folder, readable by us alone."""
    between = path.with_suffix(".json.tmp")
    _make_folder(path.parent)
    try:
        with open(between, "x", encoding="utf-8", opener=_private) as lines:
            lines.writelines(json.dumps(row) + "\n" for row in rows)
        types = {**columns("duckdb"), **CONTEXT}
        named = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        source = (
            f"read_json({literals([str(between)])}, format = 'newline_delimited',"
            f" columns = {{{named}}})"
        )
        _copy(f"select * from {source}", path)  # noqa: S608  # names of the catalogue
    finally:
        between.unlink(missing_ok=True)


def _copy(query: str, path: Path) -> None:
    """The rows of a query as a file that is whole or is not there."""
    _make_folder(path.parent)
    temporary = path.with_suffix(".tmp")
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
    try:
        target = literals([str(temporary)])[1:-1]
        connection.execute(f"copy ({query}) to {target} (format parquet, compression zstd)")
    finally:
        connection.close()
    temporary.chmod(0o600)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.rename(path)


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


# ---------------------------------------------------------------- joining, masking, deleting


def join_small(database: Database, store: Store) -> int:
    """Make one file of many small ones of a month and airport; how many went into it."""
    with database.transaction() as session:
        if not _mine(session):
            return 0
        small = SnapshotFile.rows < FEW_ROWS
        crowded = session.execute(
            sa.select(SnapshotFile.month, SnapshotFile.airport, SnapshotFile.masked)
            .where(small)
            .group_by(SnapshotFile.month, SnapshotFile.airport, SnapshotFile.masked)
            .having(sa.func.count() >= MANY_FILES)
            .limit(1)
        ).first()
        if crowded is None:
            return 0
        files = session.scalars(
            sa.select(SnapshotFile).where(small).filter_by(**crowded._asdict()).order_by(SnapshotFile.id)
        ).all()  # fmt: skip
        _replace(session, store, files, "*")
        return len(files)


def _replace(session: Session, store: Store, files: Sequence[SnapshotFile], what: str) -> None:
    """One file of several, with the columns as ``what`` says; a masked one in no order."""
    first = files[0]
    masked = first.masked or what != "*"
    made = SnapshotFile(
        id=uuid7(), month=first.month, airport=first.airport, masked=masked,
        rows=sum(file.rows for file in files), flights=sum(file.flights for file in files),
        oldest=min(file.oldest for file in files),
    )  # fmt: skip
    source = (
        f"read_parquet({literals([str(store.of(file)) for file in files])}, union_by_name = true)"
    )
    order = " order by random()" if masked else ""
    _copy(f"select {what} from {source}{order}", store.of(made))  # noqa: S608  # names of ours
    session.add(made)
    for file in files:
        session.delete(file)


def age(database: Database, store: Store, now: datetime) -> int:
    """Mask or take away one file whose time has come; 1 if there was one. The files themselves go by `sweep`."""
    with database.transaction() as session:
        if not _mine(session):
            return 0
        gone = session.scalars(
            sa.delete(SnapshotFile)
            .where(SnapshotFile.oldest < (now - store.delete_after).date())
            .returning(SnapshotFile.id)
        ).all()
        if gone:
            return len(gone)
        due = session.scalar(
            sa.select(SnapshotFile)
            .where(~SnapshotFile.masked, SnapshotFile.oldest < (now - store.mask_after).date())
            .order_by(SnapshotFile.oldest)
            .limit(1)
        )
        if due is None:
            return 0
        _replace(session, store, [due], masking(due.id.hex))
    log.info("snapshots.masked", month=due.month, rows=due.rows)
    return 1


def masking(salt: str) -> str:
    """The columns of a file without who it was: no case, flights under numbers that mean nothing elsewhere,
    days as the first of their month, nothing that names one thing of one person.
    """
    kept = {**{name: _masked(name, fact.type) for name, fact in CATALOGUE.facts.items()}}
    for name, item in CATALOGUE.lists.items():
        fields = ", ".join(
            f"'{field.name}': {_masked(f'{name}.{field.name}', field.type, 'x.' + _quoted(field.name))}"
            for field in item.fields.values()
        )
        kept[name] = f"list_transform({_quoted(name)}, lambda x: {{{fields}}})"
    kept["case_id"] = "CAST(NULL AS VARCHAR)"
    kept["flight_id"] = f"md5(flight_id || '{salt}')"
    replaced = ", ".join(f"{made} AS {_quoted(name)}" for name, made in kept.items())
    return f"* REPLACE ({replaced})"


def _masked(name: str, kind: str, printed: str = "") -> str:
    printed = printed or _quoted(name)
    if name in IDENTIFYING:
        return f"CAST(NULL AS {'DOUBLE' if kind == 'num' else 'VARCHAR'})"
    return f"CAST(date_trunc('month', {printed}) AS DATE)" if kind == "date" else printed


def _quoted(name: str) -> str:
    return f'"{name}"'


def sweep(database: Database, store: Store) -> int:
    """Delete files that do not count, an hour after they were made or ceased to; how many."""
    with database.read() as session:
        counted = {str(identifier) for identifier in session.scalars(sa.select(SnapshotFile.id))}
    gone = 0
    for path in sorted(store.folder.glob("month=*/airport=*/*")):
        if path.stem.partition(".")[0] not in counted and _is_old(path):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _GRACE_SECONDS
    except FileNotFoundError:
        return False


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Horizon:
    """From when to when there are snapshots, how many, and until when they are masked."""

    first: str | None
    last: str | None
    rows: int
    flights: int
    masked_rows: int
    airports: tuple[str, ...]


def horizon(session: Session) -> Horizon:
    """What there is to ask."""
    row = session.execute(
        sa.select(
            sa.func.min(SnapshotFile.month), sa.func.max(SnapshotFile.month),
            sa.func.coalesce(sa.func.sum(SnapshotFile.rows), 0),
            sa.func.coalesce(sa.func.sum(SnapshotFile.flights), 0),
            sa.func.coalesce(sa.func.sum(SnapshotFile.rows).filter(SnapshotFile.masked), 0),
        )
    ).one()  # fmt: skip
    airports = session.scalars(
        sa.select(SnapshotFile.airport).distinct().order_by(SnapshotFile.airport)
    )
    return Horizon(row[0], row[1], int(row[2]), int(row[3]), int(row[4]), tuple(airports))


def parts(
    session: Session, store: Store, first: str, last: str, airports: Sequence[str]
) -> list[Part]:
    """The snapshots from month to month, of all airports where none is named."""
    query = sa.select(SnapshotFile).where(SnapshotFile.month.between(first, last))
    if airports:
        query = query.where(SnapshotFile.airport.in_(airports))
    found: dict[tuple[str, str], list[SnapshotFile]] = {}
    for file in session.scalars(query.order_by(SnapshotFile.month, SnapshotFile.airport)):
        found.setdefault((file.month, file.airport), []).append(file)
    return [
        Part(
            month, airport, tuple(str(store.of(file)) for file in files),
            sum(file.rows for file in files), sum(file.flights for file in files),
        )
        for (month, airport), files in found.items()
    ]  # fmt: skip
