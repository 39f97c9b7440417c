"""Backing up and restoring: gigabytes a minute, through all checks."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from app.audit.log import SYSTEM, record
from app.audit.sealing import seal_all, signer
from app.config import Settings
from app.demo import temporary_home
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.kernel.db import Database, libpq_url
from app.operations.backup import Source, make_backup
from app.operations.restore import restore
from app.runtime import Runtime, open_runtime
from tests.perf.measure import Figures, Size

ROW_BYTES = 1_240
"""What a passenger of :data:`_PASSENGERS` takes with its indexes, by pg_database_size."""
ENTRIES = 50_000
JOBS = 2

_FLIGHTS = """
insert into flight (id, site, carrier, number, suffix, flight_date, origin, destination, arrives_at, status, manifest,
    manifest_parts, version)
select gen_random_uuid(), 'NRT', 'ZZ', n, '', '2026-03-10', 'SIN', 'NRT', '2026-03-10 12:00Z', 'scheduled', 'closed', '{}', 1
from generate_series(1, %(flights)s) n
"""
_PASSENGERS = """
insert into passenger (id, flight_id, kind, travel_status, surname, given_names, name_key, birth_date, sex, nationality,
    provenance, api_data, facts_version, assessed_version, version)
select gen_random_uuid(), f.id, 'passenger', 'booked', upper(md5(n::text)), upper(md5((n * 7)::text)), md5(n::text) || '<' || md5((n * 7)::text),
    '1980-01-01'::date + n, 'F', 'UTO', '{}',
    jsonb_build_object('seat', n || 'A', 'locator', md5((n * 3)::text), 'bags', n %% 4, 'words', repeat(md5((n * 11)::text), 12)),
    1, 1, 1
from flight f, generate_series(1, %(each)s) n
"""


def figures(size: Size) -> Figures:
    """``--full`` restores 2 GB."""
    megabytes = size.pick(60, 400, 2_000)
    with temporary_home() as home, tempfile.TemporaryDirectory() as kept:
        postgres.ensure(home)
        try:
            runtime = open_runtime(Settings(state=home), migrate=True)
            _fill(runtime, megabytes * 1_000_000 // ROW_BYTES)
            source = Source(runtime.owner_url, runtime.vault, "NRT")
            began = time.perf_counter()
            made = make_backup(source, Path(kept), system_clock(), jobs=JOBS)
            took = time.perf_counter() - began
            assert made.manifest is not None
            with _empty(runtime) as url:
                database = runtime.database("bench")
                with database.read() as session:
                    trusted = [signer(session, runtime.vault).verifier()]
                database.dispose()
                done = restore(made.path, url, trusted, system_clock(), jobs=JOBS)
        finally:
            postgres.stop(home, mode="immediate")
    whole = made.manifest.database_bytes
    return {
        "database_gb": round(whole / 1e9, 2), "rows": sum(made.manifest.tables.values()), "jobs": JOBS,
        "trail_entries": done.report.entries,
        "backup_s": round(took, 1), "backup_gb_per_min": round(whole / 1e9 / took * 60, 2),
        "restore_s": round(done.seconds, 1), "restore_gb_per_min": round(done.gigabytes_per_minute, 2),
    }  # fmt: skip


def _fill(runtime: Runtime, rows: int) -> None:
    flights = 1 + rows // 300
    with psycopg.connect(libpq_url(runtime.owner_url)) as connection:
        connection.execute(_FLIGHTS, {"flights": flights})
        connection.execute(_PASSENGERS, {"each": 300})
    database = Database(runtime.url)
    for _ in range(ENTRIES // 5_000):
        with database.transaction() as session:
            for n in range(5_000):
                record(session, SYSTEM, "case.closed", "case", uuid4(), system_clock(), count=n)
    seal_all(database, runtime.vault, system_clock())
    database.dispose()


@contextmanager
def _empty(runtime: Runtime) -> Iterator[str]:
    name = sql.Identifier("restored")
    with psycopg.connect(libpq_url(runtime.owner_url), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(name))
        yield runtime.owner_url.replace(f"/{postgres.DATABASE}?", "/restored?")
