"""Server-sent events (WHATWG HTML section 9.2): hints to browsers and devices.

A hint is safe to lose and to repeat: the page fetches the truth. After a break the client sends
Last-Event-ID (a feed cursor) and gets what it missed, or ``reset`` when that is not possible.
While the feed moves on, an event ``beat`` with the new cursor comes with every poll of it (about two
seconds): a client that hears none for long is cut off, whatever its socket says.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from app.kernel.db import Database
from app.kernel.errors import UnavailableError
from app.kernel.events import CursorError, Hint, current_cursor, read_since
from app.kernel.live import Live

KEEP_ALIVE_SECONDS = 15.0
CHECK_SECONDS = 10.0
"""How often it is asked whether a stream may go on."""
GATHER_SECONDS = 0.1
"""Between two writes to a stream: the first hint goes at once, those that come meanwhile go together."""
QUEUE = 1000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Wanted = Callable[[Hint], bool]
Told = tuple[Hint, str]
"""A hint, and as it stands on the wire: written once for all streams."""
Lasts = Callable[[], bool]
"""Whether the listener's right to listen still stands; asked in a thread."""


class Subscription:
    """One open stream's share of the hints, bounded: who falls too far behind is told to fetch everything."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.lines: deque[str] = deque()
        self.ready = asyncio.Event()

    def offer(self, told: Sequence[Told], beat: str | None) -> None:
        for hint, line in told:
            if self.wanted(hint):
                self._add(line)
        if beat:
            self._add(beat)
        if self.lines:
            self.ready.set()

    def take(self) -> str:
        """All that is waiting; '' at the end of the stream."""
        lines = list(self.lines)
        self.lines.clear()
        if "" in lines:
            return ""
        return "".join(lines)

    def _add(self, line: str) -> None:
        if len(self.lines) >= QUEUE:
            self.lines.clear()
            self.lines.append(render("reset", {}))
        self.lines.append(line)


class Broadcaster:
    """Bridges :class:`Live` (threads) to the streams of one event loop."""

    def __init__(self, live: Live, database: Database) -> None:
        self._database = database
        self._live = live
        self._subscriptions: set[Subscription] = set()
        self._remove: Callable[[], None] | None = None
        self.is_ending = False
        """Whether the program stops: who waits for news for long answers with what there is."""

    @property
    def listeners(self) -> int:
        """Open streams and long polls."""
        return len(self._subscriptions)

    def start(self) -> None:
        """Begin in the running event loop."""
        self.is_ending = False
        loop = asyncio.get_running_loop()

        def bridge(hints: Sequence[Hint], cursor: str | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._fan_out, hints, cursor)

        self._remove = self._live.add(bridge)

    def stop(self) -> None:
        """End all streams; once is enough, twice does no harm."""
        self.is_ending = True
        if self._remove:
            self._remove()
            self._remove = None
        for subscription in self._subscriptions:
            subscription.lines.append("")
            subscription.ready.set()

    def _fan_out(self, hints: Sequence[Hint], cursor: str | None) -> None:
        if not self._subscriptions:
            return
        told = [(hint, render("hint", hint.wire())) for hint in hints]
        beat = render("beat", {}, cursor) if cursor else None
        for subscription in self._subscriptions:
            subscription.offer(told, beat)

    def response(
        self, wanted: Wanted, last_event_id: str | None, lasts: Lasts | None = None
    ) -> StreamingResponse:
        """The stream of the hints that ``wanted`` accepts, resumed after ``last_event_id``.

        It ends within :data:`CHECK_SECONDS` (and a beat) after ``lasts`` has become false.
        """
        lines = self._stream(wanted, last_event_id)
        if lasts:
            lines = self._while(lasts, lines)
        return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)

    async def wait_for(self, wanted: Wanted, seconds: float) -> bool:
        """Wait until a wanted hint passes; False after ``seconds``. For long polls."""
        subscription = Subscription(wanted)
        self._subscriptions.add(subscription)
        try:
            async with asyncio.timeout(seconds):
                while not any(line.startswith("event: hint") for line in subscription.lines):
                    subscription.ready.clear()
                    await subscription.ready.wait()
        except TimeoutError:
            return False
        finally:
            self._subscriptions.discard(subscription)
        return True

    @staticmethod
    async def _while(lasts: Lasts, lines: AsyncGenerator[str]) -> AsyncGenerator[str]:
        """``lines`` until ``lasts`` is false; a database that cannot be asked ends nothing."""
        clock = asyncio.get_running_loop().time
        checked = clock()
        async with aclosing(lines):
            async for line in lines:
                if clock() - checked >= CHECK_SECONDS:
                    checked = clock()
                    with suppress(UnavailableError):
                        if not await run_in_threadpool(lasts):
                            return
                yield line

    async def _stream(self, wanted: Wanted, last_event_id: str | None) -> AsyncGenerator[str]:
        subscription = Subscription(wanted)
        self._subscriptions.add(subscription)  # before the replay, so that nothing falls between
        try:
            yield "retry: 1000\n\n"
            for line in await run_in_threadpool(self._replay, wanted, last_event_id):
                yield line
            while lines := await self._next(subscription):
                yield lines
                await asyncio.sleep(GATHER_SECONDS)
        finally:
            self._subscriptions.discard(subscription)

    async def _next(self, subscription: Subscription) -> str:
        if not subscription.lines:
            subscription.ready.clear()
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    await subscription.ready.wait()
            except TimeoutError:
                return ": keep-alive\n\n"
        return subscription.take()

    def _replay(self, wanted: Wanted, last_event_id: str | None) -> list[str]:
        try:
            with self._database.read() as session:
                if last_event_id is None:
                    return [render("hello", {}, current_cursor(session))]
                feed = read_since(session, last_event_id)
        except CursorError:
            return [render("reset", {})]
        except UnavailableError:
            return [render("reset", {})]
        missed = [render("hint", hint.wire()) for hint in feed.hints if wanted(hint)]
        return [*missed, render("hello", {}, feed.cursor)]


def render(event: str, data: dict[str, object], cursor: str | None = None) -> str:
    """One event on the wire."""
    head = f"id: {cursor}\n" if cursor else ""
    return f"event: {event}\n{head}data: {json.dumps(data, separators=(',', ':'))}\n\n"
