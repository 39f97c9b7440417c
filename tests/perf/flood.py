"""Many small messages: taken from a folder by two watchers, then applied by two workers; lost and doubled ones counted."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.config import Settings
from app.demo import temporary_home
from app.identity.senders import KnownSender, create_sender
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.messages.sources.boxes import Box
from app.runtime import Runtime, open_runtime
from tests.perf.measure import Figures, Size
from tests.support import flood
from tests.support.workers import ROOT

SENDER = "flood"
PROCESSES = 2
POLL_SECONDS = 0.05


def figures(size: Size) -> Figures:
    """Screening is not part of it: no rules are installed. Rates are from the first to the last one."""
    with temporary_home() as home:
        try:
            runtime = open_runtime(Settings(state=home), migrate=True)
            return _measure(runtime, home, size)
        finally:
            postgres.stop(home, mode="immediate")


def _measure(runtime: Runtime, home: Path, size: Size) -> Figures:
    database = runtime.database("bench")
    files, count = size.pick(200, 2_000), size.pick(500, 10_000)
    with database.transaction() as session:
        made, _ = create_sender(session, SENDER, ["ZZ"], runtime.settings.site, system_clock())
        sender = KnownSender(made.id, ("ZZ",), made.site)
    texts = list(flood.messages(count))
    box = Box(SENDER, home / "drop" / SENDER)
    box.path.mkdir(parents=True)
    box.prepare()
    for n, text in enumerate(texts[:files]):
        (box.path / "in" / f"{n:05d}.edi").write_bytes(text)
    with _programs(home, ["watch", "--folder", str(box.path.parent)]):
        watched = _rate(lambda: files - len(list((box.path / "in").iterdir())), files)
    flood.store(database, runtime.vault, sender, texts[files:])
    with _programs(home, ["work"]):
        applied = _rate(lambda: count - flood.waiting(database), count)
    found = flood.tally(database)
    database.dispose()
    return {
        "messages": count, "processes": PROCESSES, "applied_per_s": applied,
        "files": files, "files_taken_per_s": watched,
        "lost": found.lost(count), "doubled": found.doubled,
    }  # fmt: skip


@contextmanager
def _programs(home: Path, words: Sequence[str]) -> Iterator[None]:
    """Two of the same program."""
    environment = os.environ | {
        "EGATE_STATE": str(home), "EGATE_LOG_LEVEL": "ERROR", "EGATE_WATCH_SETTLE_SECONDS": "0",
    }  # fmt: skip
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "app", *words], env=environment, cwd=ROOT,
            start_new_session=True,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    try:
        yield
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(timeout=30)


def _rate(done: Callable[[], int], count: int) -> float:
    """How many a second, from the first on: starting the programs is not part of it."""
    while (first := done()) == 0:
        time.sleep(POLL_SECONDS)
    started = time.perf_counter()
    while done() < count:
        time.sleep(POLL_SECONDS)
    return round((count - first) / (time.perf_counter() - started), 1)
