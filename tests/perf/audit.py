"""The audit trail: appending beside what is audited, sealing, verifying, a proof."""

import statistics
import time
from uuid import uuid4

from app.audit.log import SYSTEM, record
from app.audit.sealing import BATCH, seal, signer, subtrees
from app.audit.verify import verify
from app.formats.merkle import inclusion_proof
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.runtime import Runtime
from tests.perf.ingest import service
from tests.perf.measure import Figures, Size

WRITTEN = 1_000  # entries a transaction


def figures(size: Size) -> Figures:
    """Seconds for 10,000 entries sealed (wall-clock and this process's CPU); microseconds an entry appended."""
    batches = size.pick(2, 5, 20)
    with service() as (runtime, database):
        runs = [_batch(runtime, database) for _ in range(batches)]
        walls, cpus, appended = zip(*runs, strict=True)
        return {
            "sealed": {
                "entries": BATCH, "batches": batches, "target_s": 0.5,
                "median_s": round(statistics.median(walls), 3), "best_s": round(min(walls), 3),
                "cpu_s": round(statistics.median(cpus), 3),
            },
            "append_us": round(statistics.median(appended), 1),
            **_read(runtime, database, batches * BATCH),
        }  # fmt: skip


def _batch(runtime: Runtime, database: Database) -> tuple[float, float, float]:
    begun = time.perf_counter()
    for _ in range(BATCH // WRITTEN):
        with database.transaction() as session:
            for i in range(WRITTEN):
                record(session, SYSTEM, "case.closed", "case", uuid4(), system_clock(), count=i)
    appended = (time.perf_counter() - begun) / BATCH * 1e6
    begun, cpu = time.perf_counter(), time.process_time()
    with database.transaction() as session:
        assert seal(session, runtime.vault, system_clock()) == BATCH
    return time.perf_counter() - begun, time.process_time() - cpu, appended


def _read(runtime: Runtime, database: Database, size: int) -> Figures:
    with database.read(snapshot=True) as session:
        begun = time.perf_counter()
        report = verify(session, [signer(session, runtime.vault).verifier()], system_clock())
        took = time.perf_counter() - begun
        assert report.is_intact
        begun = time.perf_counter()
        for index in range(0, size, size // 50):
            inclusion_proof(subtrees(session, size), index, size)
        proof = (time.perf_counter() - begun) / 50 * 1000
    return {
        "verified_per_s": round(report.entries / took),
        "verified": report.entries,
        "proof_ms": round(proof, 2),
    }
