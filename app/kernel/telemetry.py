"""Structured logs without personal data, and the figures for Prometheus.

Log calls name an event and pass ids, codes and numbers. As a second line of defence the values of a few
keys that could carry a person's data are dropped by name.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from prometheus_client import Counter, Gauge, Histogram, Summary

FORBIDDEN = frozenset(
    {"surname", "given", "given_names", "name", "number", "document", "birth_date", "text", "body",
     "raw", "mrz", "credential", "email", "phone", "address", "token", "secret"}
)  # fmt: skip

REQUESTS = Counter("egate_requests_total", "Requests by route and status", ["route", "status"])
SECONDS = Histogram("egate_request_seconds", "Time to answer, by route", ["route"])
MESSAGES = Counter("egate_messages_total", "Airline transmissions by verdict", ["verdict"])
ASSESSMENTS = Counter("egate_assessments_total", "Assessments by level", ["level"])
DECISIONS = Counter("egate_decisions_total", "Gate answers", ["answer"])
SIGN_INS = Counter(
    "egate_sign_ins_total", "Officers' sign-ins by way and outcome", ["way", "outcome"]
)
JOBS = Summary("egate_job_seconds", "Time of a worker's job, by task", ["task"])
JOB_FAILURES = Counter(
    "egate_job_failures_total", "Jobs of a worker that failed, by task", ["task"]
)
FEED_FAILURES = Counter(
    "egate_feed_failures_total",
    "Notices that could not be read, and hints that a part of this process stumbled on",
    ["part"],
)
SET_ASIDE = Gauge(
    "egate_screening_set_aside",
    "Passengers whom this worker leaves alone: screening failed on them",
)
TURN = Gauge("egate_worker_turn_timestamp_seconds", "The worker last went over its queues")


def drop_personal(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor that removes values under names that could carry personal data."""
    del logger, method
    for key in FORBIDDEN & event.keys():
        event[key] = "(dropped)"
    return event


class _StandardError:
    """Standard error as it is at the moment of writing: whoever embeds the program may replace it."""

    def write(self, text: str) -> int:
        """A disk that is full under the log costs lines of it, not the work that they tell of."""
        with suppress(OSError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def configure_logging(*, json: bool, level: str = "INFO") -> None:
    """Write one line per event to standard error: JSON for machines, plain for people."""
    structlog.configure(
        processors=processors(json=json),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )

    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)


class _Libraries(logging.Handler):
    """What libraries log: by place and type. Their texts carry paths, statements and values."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().log(
            record.levelno, "library", logger=record.name, where=f"{record.module}:{record.lineno}",
            error=type(error).__name__ if error else None,
        )  # fmt: skip


def processors(*, json: bool) -> list[Any]:
    """What every event goes through until it is a line."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_personal,
        errors_without_values,
        renderer,
    ]


def errors_without_values(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Exceptions are logged by type and place, never by text: messages of drivers carry values."""
    del logger, method
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["sqlstate"] = getattr(getattr(error, "orig", None), "sqlstate", None)
        event["at"] = _place(error)
    return event


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    places = []
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(places[-6:])
