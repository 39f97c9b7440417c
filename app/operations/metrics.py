"""Figures of each process for Prometheus, on an address of their own: never where travellers and officers come.

Numbers, and names of things: routes, queues, programs. What all workers share (queues, trail, retention, devices, backups) is
looked up when it is asked for, at most every :data:`FRESH_SECONDS`; a worker tells it, not each server.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.kernel.errors import SetupError, UnavailableError
from app.kernel.http import Kernel
from app.operations.backup import list_backups
from app.operations.state import State, read_state

FRESH_SECONDS = 10.0


def serve_metrics(listen: str, kernel: Kernel, *, shared: bool) -> Callable[[], None]:
    """Answer at ``listen`` (host:port; '' = nowhere) until the returned function is called.

    ``shared``: also what is the installation's and not this process's. Raises SetupError where the address is taken.
    """
    if not listen:
        return lambda: None
    host, _, port = listen.rpartition(":")
    registry = figures(kernel, shared=shared)
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        raise SetupError(
            f"EGATE_METRICS_LISTEN: {listen} cannot be used: {error.strerror}"
        ) from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def figures(kernel: Kernel, *, shared: bool) -> CollectorRegistry:
    """All figures of this process."""
    registry = CollectorRegistry()
    registry.register(REGISTRY)
    registry.register(ProcessFigures(kernel))
    if shared:
        registry.register(SharedFigures(kernel))
    return registry


class ProcessFigures(Collector):
    """Of this process: its line of hints, who listens, its connections."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def collect(self) -> Iterator[Metric]:
        kernel, pool = self._kernel, self._kernel.database.engine.pool
        in_use = getattr(pool, "checkedout", lambda: 0)()
        yield _gauge(
            "feed_connected",
            "1 while the line of hints to the other processes stands",
            kernel.live.connected,
        )
        yield _gauge("listeners", "Open event streams and long polls", kernel.stream.listeners)
        yield _gauge("database_connections_in_use", "Of this process's pool (EGATE_POOL)", in_use)


class SharedFigures(Collector):
    """Of the installation, from its database and its folder of backups."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._kept: tuple[float, State] | None = None

    def collect(self) -> Iterator[Metric]:
        state, now = self._state(), self._kernel.clock()
        yield _gauge("database_up", "1 while the database answers", state is not None)
        if state is not None:
            yield from _of_state(state, now)
        if self._kernel.backups:
            made = [
                one.manifest.made_at for one in list_backups(self._kernel.backups) if one.manifest
            ]
            yield _moment("backup", "The newest backup was made", max(made, default=None))

    def _state(self) -> State | None:
        if self._kept and time.monotonic() - self._kept[0] < FRESH_SECONDS:
            return self._kept[1]
        try:
            with self._kernel.database.read() as session:
                state = read_state(session, self._kernel.clock())
        except UnavailableError:
            self._kept = None
            return None
        self._kept = (time.monotonic(), state)
        return state


def _of_state(state: State, now: datetime) -> Iterator[Metric]:
    waiting = _family("queue_waiting", "What waits for a worker", ["queue"])
    oldest = _family(
        "queue_oldest_seconds", "For how long the oldest has waited; 0: nothing does", ["queue"]
    )
    for name, queue in state.queues.items():
        waiting.add_metric([name], queue.waiting)
        since = (now - queue.oldest).total_seconds() if queue.oldest else 0.0
        oldest.add_metric([name], max(0.0, since))
    yield _gauge(
        "messages_failed", "Transmissions that the program could not process", state.failed
    )
    connected = _family("connections", "Connections to the database by program", ["program"])
    for program, count in state.connections.items():
        connected.add_metric([program], count)
    yield from (waiting, oldest, connected)
    yield _moment("trail_sealed", "The newest checkpoint of the trail", state.sealed_at)
    yield _moment("retention_run", "The last run of the retention job ended", state.retention_at)
    yield _gauge("retention_failed", "Tables that failed at that run", len(state.retention_failed))
    yield _gauge("devices", "Devices that are not shut out", state.devices)
    yield _gauge(
        "devices_silent", "Devices that were heard of and are not any more", len(state.silent)
    )
    yield _gauge(
        "trust_list_age_seconds", "Of the oldest trust list of a device", state.list_age or 0
    )
    yield _gauge("database_bytes", "Size of the database", state.database_bytes)


def _gauge(name: str, says: str, value: Any) -> Metric:
    return GaugeMetricFamily(f"egate_{name}", says, value=float(value))


def _moment(name: str, says: str, at: datetime | None) -> Metric:
    return _gauge(f"{name}_timestamp_seconds", f"{says} (0: never)", at.timestamp() if at else 0)


def _family(name: str, says: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"egate_{name}", says, labels=labels)
