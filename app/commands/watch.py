"""``egate watch``: messages from a folder and from queues, until stopped."""

import signal
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from app.config import Settings
from app.kernel.errors import SetupError
from app.kernel.events import Hint
from app.kernel.telemetry import configure_logging
from app.messages.sources.arrivals import Arrivals
from app.messages.sources.folder import Folder
from app.messages.sources.source import Desk, Pump, Source
from app.runtime import kept_days, open_runtime

WAKING = frozenset({"message.applied", "answer.made"})


def watch(folder: Path | None, queues: Sequence[str]) -> int:
    """Watch the folder (or ``EGATE_WATCH_FOLDER``) and the queues, each ``QUEUE=SENDER``.

    Raises SetupError where there is nothing to watch.
    """
    settings = Settings()
    configure_logging(json=settings.log_format == "json", level=settings.log_level)
    kernel = open_runtime(settings).kernel("watch")
    desk = Desk(kernel.database, kernel.vault, kernel.clock, kernel.deny)
    pumps = [Pump(source, desk) for source in _sources(settings, desk, folder, queues)]

    def hear(hints: Sequence[Hint], cursor: str | None) -> None:
        del cursor
        if any(hint.kind in WAKING for hint in hints):
            for pump in pumps:
                pump.wake()

    kernel.live.add(hear)
    kernel.live.start()  # also tells the workers at once of what was stored
    try:
        _run(pumps)
    finally:
        kernel.live.stop()
    return 0


def _run(pumps: Sequence[Pump]) -> None:
    """Each in a thread of its own: a source that is away must not hold up another."""
    threads = [threading.Thread(target=pump.run, name="pump") for pump in pumps]

    def stop(*_: object) -> None:
        for pump in pumps:
            pump.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _sources(
    settings: Settings, desk: Desk, folder: Path | None, queues: Sequence[str]
) -> list[Source]:
    found: list[Source] = []
    root = folder or settings.watch_folder
    if root:
        if not root.is_dir():
            raise SetupError("the folder to watch is not there")
        found.append(
            Folder(
                root,
                desk,
                Arrivals(settings.watch_settle_seconds),
                timedelta(days=kept_days(settings).raw),
            )
        )
    found += _queues(settings, desk, queues)
    if not found:
        raise SetupError("nothing to watch: give --folder, EGATE_WATCH_FOLDER or --queue")
    return found


def _queues(settings: Settings, desk: Desk, queues: Sequence[str]) -> list[Source]:
    if not queues:
        return []
    if settings.amqp_url is None:
        raise SetupError("EGATE_AMQP_URL is not set")
    try:
        from app.messages.sources.amqp import Queue  # noqa: PLC0415  # an extra: not everywhere
    except ImportError as error:
        raise SetupError("queues need the extra: pip install egate[amqp]") from error
    url, found = settings.amqp_url.get_secret_value(), []
    for given in queues:
        name, _, sender = given.partition("=")
        if not (name and sender):
            raise SetupError("a queue is given as QUEUE=SENDER")
        found.append(Queue(url, name, sender, desk))
    return list(found)
