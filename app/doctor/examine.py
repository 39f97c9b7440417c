"""All checks, in the order in which one looks: the installation, then its database, then what goes on in it."""

from collections.abc import Iterator
from datetime import datetime

import structlog

from app.config import Settings
from app.doctor import database, installation, running, secrets
from app.doctor.finding import Finding, Level, Probe, fail, ok
from app.kernel import postgres
from app.kernel.errors import SetupError, UnavailableError
from app.runtime import open_runtime, state_home

log = structlog.get_logger(__name__)

CHECKS = (*database.CHECKS, *secrets.CHECKS, *running.CHECKS, *installation.CHECKS)


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """What is found. Nothing is changed, and no database is started."""
    return [*_around(settings, now), *_inside(settings, now)]


def worst(findings: list[Finding]) -> Level:
    """Of all of them."""
    levels = {one.level for one in findings}
    return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.OK)


def _around(settings: Settings, now: datetime) -> Iterator[Finding]:
    yield from secrets.check_files(settings)
    yield from installation.check_addresses(settings)
    yield from installation.check_space(settings)
    yield from installation.check_rates(settings, now)
    yield from installation.check_backups(settings, now)


def _inside(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Each check in a transaction of its own: one that fails takes no other along."""
    if settings.database_url is None and not postgres.is_running(state_home(settings)):
        yield fail("database", "the embedded server does not run", "egate serve starts it")
        return
    try:
        runtime = open_runtime(settings)
    except SetupError as error:
        yield fail("database", str(error), "docs/operations.md, Settings")
        return
    connections = runtime.database("doctor")
    try:
        for check in CHECKS:
            with connections.read() as session:
                if check is CHECKS[0]:
                    session.connection()
                    yield ok("database", "the database answers")
                yield from check(Probe(settings, session, runtime.vault, now))
    except UnavailableError:
        yield fail(
            "database", "the database cannot be reached",
            "start it; EGATE_DATABASE_URL must name it, and its role and password must be right",
        )  # fmt: skip
    finally:
        connections.dispose()
