"""What should be going on: workers, queues, sealing, retention, devices."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.doctor.finding import Finding, Probe, by_age, fail, ok, warn
from app.operations.state import State, read_state

LAGS: Final = {
    "messages": (timedelta(minutes=1), timedelta(minutes=10)),
    "unsealed": (timedelta(minutes=2), timedelta(minutes=30)),
}
MANY_PASSENGERS: Final = 5_000
RETENTION: Final = (timedelta(hours=12), timedelta(hours=48))
LIST_AGES: Final = (timedelta(hours=1), timedelta(hours=20))
"""Kiosks fetch it every five minutes and stop at twenty-four hours."""
_AGAIN: Final = "see the log of egate work; start one more where it cannot keep up"


def check_running(probe: Probe) -> Iterator[Finding]:
    """All of it, of one look."""
    state = read_state(probe.session, probe.now)
    yield from _workers(state)
    yield from _queues(probe, state)
    yield from _sealing(probe, state)
    yield from _retention(probe, state)
    yield from _devices(state)


def _workers(state: State) -> Iterator[Finding]:
    if not state.connections.get("work"):
        yield fail(
            "workers", "no worker is connected: nothing is screened, and who is not screened goes to an officer",
            "start egate work",
        )  # fmt: skip
    else:
        yield ok("workers", f"workers hold {state.connections['work']} connections")
    if not state.connections.get("serve"):
        yield warn("server", "no server is connected", "start egate serve")
    else:
        yield ok("server", f"servers hold {state.connections['serve']} connections")


def _queues(probe: Probe, state: State) -> Iterator[Finding]:
    for name, limits in LAGS.items():
        queue = state.queues[name]
        if queue.oldest is None:
            yield ok(f"queue.{name}", "nothing waits")
        else:
            said = f"{queue.waiting} wait, the oldest came"
            yield by_age(f"queue.{name}", said, probe.now - queue.oldest, limits, _AGAIN)
    if state.failed:
        yield warn(
            "messages.failed", f"{state.failed} transmissions could not be processed by this program; they are kept",
            "see the log of egate work (message.failed); egate replay lets it try again, after an upgrade",
        )  # fmt: skip
    else:
        yield ok("messages.failed", "the program could process every transmission")
    waiting = state.queues["passengers"].waiting
    if waiting > MANY_PASSENGERS:
        yield warn("queue.passengers", f"{waiting} passengers wait to be screened", _AGAIN)
    else:
        yield ok("queue.passengers", f"{waiting} passengers wait to be screened")


def _sealing(probe: Probe, state: State) -> Iterator[Finding]:
    if state.sealed_at is None:
        yield warn(
            "trail.sealed",
            "the trail was never sealed",
            "start egate work: it seals every ten seconds",
        )
    else:
        yield ok(
            "trail.sealed",
            f"last checkpoint {(probe.now - state.sealed_at).total_seconds():.0f} s ago",
        )


def _retention(probe: Probe, state: State) -> Iterator[Finding]:
    if state.retention_at is None:
        yield warn("retention.run", "no run of the retention job has ended", "egate retention run")
        return
    age = probe.now - state.retention_at
    yield by_age(
        "retention.run",
        "last run ended",
        age,
        RETENTION,
        "start egate work, or egate retention run",
    )
    if state.retention_failed:
        yield warn(
            "retention.failed", f"failed at the last run: {', '.join(state.retention_failed)}",
            "see the log of egate work (retention.failed); egate retention run tries again",
        )  # fmt: skip


def _devices(state: State) -> Iterator[Finding]:
    if state.silent:
        yield warn(
            "devices.silent", f"{len(state.silent)} of {state.devices} devices are silent: {', '.join(state.silent[:20])}",
            "look at power and network; shut out what is gone for good (/console/devices)",
        )  # fmt: skip
    else:
        yield ok("devices.silent", f"none of {state.devices} devices is silent")
    if state.list_age is not None:
        age = timedelta(seconds=state.list_age)
        yield by_age(
            "devices.trust-list", "the oldest trust list of a device was made", age, LIST_AGES,
            "egate keys list says whether a list can be made; look at the device's line",
        )  # fmt: skip


CHECKS = (check_running,)
