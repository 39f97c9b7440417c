"""The gate's own connections: raw psycopg in the event loop, short time-outs, and the keys at hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.concurrency import run_in_threadpool

from app.declarations import keys as authority
from app.gate import hot
from app.gate.shown import Keys
from app.kernel.connections import LINE, SERVER_LINE, AsyncBounded
from app.kernel.db import libpq_url, note_full
from app.kernel.errors import UnavailableError
from app.kernel.http import Kernel

log = structlog.get_logger(__name__)

SIZE = 8
WAIT_SECONDS = 1.0
KEYS_SECONDS = 60.0
KEYS_PAUSE = 2.0
ATTEMPTS = 3
"""How often a transaction is tried when others are in its way; each try waits for a lock for 250 ms."""
OPTIONS = (
    "-c lock_timeout=250ms -c statement_timeout=2s -c idle_in_transaction_session_timeout=10s"
    " -c jit=off -c plan_cache_mode=force_generic_plan"
)

CONTENTION = ("55P03", "40P01", "40001")
"""Lock not available, deadlock, serialization failure: all is rolled back and may be tried again."""

Row = dict[str, Any]
Connection = AsyncConnection[Row]


class ContentionError(UnavailableError):
    """Somebody else was writing the same rows: the transaction may be tried again."""


class GatePool:
    """Connections of the hot path (design 9.1). Opened and closed with the program."""

    def __init__(self, kernel: Kernel, size: int = SIZE) -> None:
        self.kernel = kernel
        self._size = size
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._keys: Keys | None = None
        self._keys_read = 0.0
        self._keys_lock = asyncio.Lock()

    async def open(self) -> None:
        """Start connecting; does not wait, so that a program without a database can say so."""
        url = self.kernel.database.engine.url.render_as_string(hide_password=False)
        self._pool = AsyncConnectionPool(
            libpq_url(url),
            connection_class=AsyncBounded,
            kwargs={
                "autocommit": True,
                "cursor_factory": AsyncRawCursor,
                "row_factory": dict_row,
                **LINE,
                "options": f"{OPTIONS} {SERVER_LINE}",
                "application_name": "egate-gate",
                "prepare_threshold": 0,
            },
            min_size=min(2, self._size),
            max_size=self._size,
            timeout=WAIT_SECONDS,
            open=False,
            configure=_configure,
            name="gate",
        )
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """End all connections."""
        if self._pool:
            await self._pool.close(timeout=2)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back by any exception.

        Raises what :meth:`connection` does.
        """
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of which each statement is a transaction of its own.

        Raises :class:`ContentionError` when rows are locked for longer than a try may wait, and else
        :class:`UnavailableError` when the database cannot be reached or does not answer in time.
        """
        assert self._pool, "the pool is not open"
        try:
            async with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise UnavailableError from error
        except psycopg.OperationalError as error:
            log.warning("gate.database", sqlstate=error.sqlstate)
            note_full(error.sqlstate)
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                await self._discard_dead()
            if error.sqlstate in CONTENTION:
                raise ContentionError from error
            raise UnavailableError from error

    async def _discard_dead(self) -> None:
        """After a restart of the database all idle connections are dead: find out now, not one by one."""
        assert self._pool
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._pool.check()
        except (psycopg.Error, TimeoutError):
            log.warning("gate.database-gone")

    async def keys(self, *, fresh: bool = False) -> Keys:
        """The authority's keys, at most a minute old; ``fresh`` after a code under an unknown key."""
        age = time.monotonic() - self._keys_read
        if self._keys and age < (KEYS_PAUSE if fresh else KEYS_SECONDS):
            return self._keys
        async with self._keys_lock:
            if self._keys is None or time.monotonic() - self._keys_read >= age:
                self._keys = await run_in_threadpool(self._read_keys)
                self._keys_read = time.monotonic()
            return self._keys

    def _read_keys(self) -> Keys:
        now = self.kernel.clock()
        with self.kernel.database.read() as session:
            return Keys(
                trust=authority.trust(session, now),
                decryption=authority.decryption_keys(session, self.kernel.vault, now),
            )


async def one(connection: Connection, statement: str, values: Mapping[str, Any]) -> Row | None:
    """The first row of a statement of :mod:`app.gate.hot`."""
    asked = hot.prepared(statement, values)
    cursor = await connection.execute(asked.text, asked.arguments(values))
    return await cursor.fetchone()


async def _configure(connection: Connection) -> None:
    """Whole numbers go out as one type, whatever their size: a statement is prepared once, not once for each type."""
    connection.adapters.register_dumper(int, Int8Dumper)
