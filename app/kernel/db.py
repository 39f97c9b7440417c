"""The database: engine, transactions, declarative base and column types.

One request is one transaction. The edge opens it (``with database.transaction() as session``) and the
commit happens before the answer is written, so a failing commit is a 5xx and never a false 200.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from app.kernel.connections import LINE, SERVER_LINE, Bounded
from app.kernel.errors import UnavailableError
from app.kernel.events import Hint, pending_hints
from app.kernel.ids import uuid7

FULL_SECONDS = 10.0

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of the service."""

    metadata = sa.MetaData(naming_convention=NAMING)


E = TypeVar("E", bound=StrEnum)


class CodeType(TypeDecorator[E], Generic[E]):
    """A ``StrEnum`` kept as text: readable in SQL, a new member needs no migration."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, enum: type[E]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: E | None, dialect: sa.Dialect) -> str | None:
        del dialect
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> E | None:
        del dialect
        return None if value is None else self.enum(value)


UtcTime = sa.DateTime(timezone=True)


class Row(Base):
    """A table whose rows have a UUIDv7 key and the aware UTC time of their making."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    created_at: Mapped[datetime] = mapped_column(
        UtcTime, server_default=sa.func.clock_timestamp(), nullable=False
    )


Publish = Callable[[list[Hint]], None]


class Database:
    """Transactions over one engine. ``publish`` receives the hints of a transaction after its commit.

    ``patience``: seconds in which the server has to answer; see :class:`app.kernel.connections.Bounded`.
    """

    def __init__(
        self, url: str, *, name: str = "egate", pool: int = 8, patience: float = Bounded.patience
    ) -> None:
        asked = sa.make_url(url).query.get("options", "")
        self.engine = sa.create_engine(
            url,
            pool_pre_ping=True,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=5,
            connect_args={**LINE, "application_name": name, "options": f"{asked} {SERVER_LINE}"},
        )

        @sa.event.listens_for(self.engine, "do_connect")
        def connect(*asked: Any) -> Bounded:
            made = Bounded.connect(*asked[2], **asked[3])
            made.patience = patience
            return made

        self.publish: Publish = lambda hints: None  # noqa: ARG005

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: commit on success (then publish its hints), roll back on any error.

        Raises :class:`UnavailableError` when the database cannot be reached or ends the transaction
        for reasons that are not the caller's.
        """
        session = Session(self.engine, autoflush=False, expire_on_commit=False)
        with available(), session:
            yield session
            session.flush()
            hints = pending_hints(session)
            session.commit()
        self.publish(hints)

    @contextmanager
    def read(self, *, snapshot: bool = False) -> Iterator[Session]:
        """A session that cannot write; all of one ``snapshot`` where several statements have to agree."""
        session = Session(self.engine, autoflush=False, expire_on_commit=False)
        how = {"isolation_level": "REPEATABLE READ"} if snapshot else {}
        with available(), session:
            session.connection(execution_options={"postgresql_readonly": True} | how)
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Part of a transaction: when it fails, it alone is rolled back, with its hints.

    Raises :class:`UnavailableError` as :meth:`Database.transaction` does.
    """
    hints = list(session.info.get("hints", ()))
    try:
        with available(), session.begin_nested():
            yield
    except BaseException:
        session.info["hints"] = hints
        raise


def sweep(session: Session, until: InstrumentedAttribute[datetime], now: datetime) -> None:
    """Delete rows whose time has passed, a hundred at most and none that somebody else holds: nobody waits for it."""
    table = until.class_
    past = sa.select(table.id).where(until < now).limit(100).with_for_update(skip_locked=True)
    session.execute(
        sa.delete(table).where(table.id.in_(past)).execution_options(synchronize_session=False)
    )


@contextmanager
def available() -> Iterator[None]:
    """Turn failures of the connection into :class:`UnavailableError`; errors of ours pass."""
    try:
        yield
    except (OperationalError, sa.exc.TimeoutError) as error:
        note_full(getattr(getattr(error, "orig", None), "sqlstate", None))
        raise UnavailableError from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise UnavailableError from error
        raise


_full_at = float("-inf")


def note_full(sqlstate: str | None) -> None:
    """The database has refused a write: no room is left (its disk or tablespace)."""
    global _full_at  # noqa: PLW0603  # of the process: every pool of it writes to one disk
    if sqlstate == psycopg.errors.DiskFull.sqlstate:
        _full_at = time.monotonic()


def has_room() -> bool:
    """False for :data:`FULL_SECONDS` after this process saw the database's disk full: what is read still goes."""
    return time.monotonic() - _full_at > FULL_SECONDS


def normalise_url(url: str) -> str:
    """``postgres://`` and ``postgresql://`` as operators write them, with our driver named."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def check_url(url: str) -> None:
    """Raise ValueError, without the URL, for what is no address of a PostgreSQL database, or not one that can be meant."""
    try:
        host = str(_arguments(url).get("host") or "")
    except (ValueError, sa.exc.ArgumentError, psycopg.Error):
        raise ValueError("no address of a PostgreSQL database") from None
    # What is left of `host=a:1,b:2` and `host=[::1]:5&host=b`: a name that nobody has.
    if "[" in host or ("," in host and ":" in host):
        raise ValueError("hosts and ports of the address cannot be told apart")


def libpq_url(url: str) -> str:
    """The same database for a plain psycopg connection or one of PostgreSQL's programs, as libpq writes it.

    Several hosts as SQLAlchemy has them (`host=a:1&host=b:2`) become libpq's lists: it would take the last for all.
    """
    return make_conninfo("", **_arguments(url))


def _arguments(url: str) -> dict[str, Any]:
    """What SQLAlchemy connects with. Raises ValueError, ArgumentError, psycopg.Error."""
    parsed = sa.make_url(normalise_url(url))
    if parsed.drivername != "postgresql+psycopg":
        raise ValueError("not PostgreSQL by our driver")
    _, given = parsed.get_dialect()().create_connect_args(parsed)
    arguments: dict[str, Any] = dict(given)
    if any(isinstance(value, tuple) for value in arguments.values()):
        raise ValueError("an option stands twice")
    make_conninfo("", **arguments)  # raises for one that libpq does not know
    return arguments
