"""Many things to do, each for itself: one that fails is told by its id and costs the others nothing."""

from collections.abc import Callable
from uuid import UUID

import structlog

from app.kernel import correlation
from app.kernel.errors import UnavailableError
from app.kernel.telemetry import JOB_FAILURES

log = structlog.get_logger(__name__)


def each_alone(task: str, waiting: list[UUID], act: Callable[[UUID], int]) -> int:
    """Call ``act`` for each, first to last, and take it out of ``waiting``; the sum of what they return.

    A failure is counted for the ``task`` and logged, without its text: that may hold the values it stumbled on. Raises
    UnavailableError; who was not dealt with then is in ``waiting`` still.
    """
    done = 0
    while waiting:
        subject = waiting[0]
        with correlation.going_back(subject):
            try:
                done += act(subject)
            except UnavailableError:
                raise
            except Exception as error:  # noqa: BLE001  # whatever it was, the others go on
                tell_failure(task, subject, error)
        del waiting[0]
    return done


def tell_failure(task: str, subject: UUID, error: Exception) -> None:
    """One of many failed: a figure and a line with its id."""
    JOB_FAILURES.labels(task).inc()
    log.error("work.one-failed", job=task, subject=str(subject), exc_info=error)
