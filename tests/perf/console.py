"""The officers' desk under load: a queue of 60, a hundred consoles, five hundred open streams; a decision on its way to a
lane.

The service runs as a program of its own; referrals are raised by this process, as another process of the service would,
so that their hints come by NOTIFY. A console here is a stream of hints and the fetches that its hints ask for: 97 are
small clients in this process, three are browsers.
"""

import asyncio
import json
import random
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright

from app.audit.log import SYSTEM
from app.gate.models import Hall
from app.identity import officers
from app.identity.models import Device
from app.identity.permissions import Role
from app.kernel.clock import system_clock
from app.kernel.ids import uuid7
from app.kernel.live import Live
from app.referrals.models import ReferralKind
from app.referrals.service import raise_referral
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.perf.client import HOST, Connection, closed_loop, request
from tests.perf.measure import Figures, Size, percentiles
from tests.perf.server import EMPTY
from tests.perf.world import World
from tests.support.busy import Busy, fill

CONSOLES, BROWSERS, STREAMS = 97, 3, 500
QUEUE_TARGET_MS, FRAGMENT_TARGET_MS, VISIBLE_TARGET_S = 30, 2, 1.0
SEEN = """
() => {
  window.seen = {};
  const look = () => {
    for (const row of document.querySelectorAll("#queue [data-row]")) {
      window.seen[row.dataset.row] ??= performance.timeOrigin + performance.now();
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
}
"""


def figures(made: World, size: Size) -> Figures:
    """All parts, one after the other."""
    with _raising(made) as live:
        now = system_clock()
        with made.database.transaction() as session:
            hall = session.scalars(sa.select(Hall.id).where(Hall.name == "Two")).one()
            busy = fill(session, hall, now)
            lane = session.scalars(sa.select(Device.id).where(Device.name == "lane")).one()
            tokens = [officer(session, n) for n in range(CONSOLES + 2)]
        return {
            "queue_of_60": _pages(made, live, tokens[:2], size),
            "streams": asyncio.run(_streams(made, tokens, size)),
            "decision_to_lane_ms": asyncio.run(_orders(made, tokens[0], lane, size)),
            "referral_to_visible": _visible(made, hall, busy, tokens, size),
        }


@contextmanager
def _raising(made: World) -> Iterator[Live]:
    """This process tells the others what it commits."""
    live = Live(made.database)
    live.start()
    try:
        yield live
    finally:
        live.stop()


def officer(session: sa.orm.Session, n: int) -> str:
    """The token of a senior officer who has signed in."""
    now = system_clock()
    made = officers.create_officer(session, f"bench-{n}", f"Bench {n}", [Role.SENIOR], "NRT", now)
    return officers.sign_in(session, officers.issue_code(session, made.id, now), now)


def _headers(token: str, **more: str) -> dict[str, str]:
    return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin", **more}


# --- pages ----------------------------------------------------------------------------------------


def _pages(made: World, live: Live, tokens: list[str], size: Size) -> Figures:
    """Server CPU of an answer: page and fragment after a hint, when all is made anew, and from what is kept, by two
    officers in turns. ``session_looked_up`` is what the same fragment costs more where the session is not kept: asked for
    by an officer, not by his page.
    """
    calls = size.pick(20, 100)
    page = request("GET", "/console", headers=_headers(tokens[0]))
    kept = [_fragment(made, token) for token in tokens]
    asked = [_fragment(made, token, by_itself=False) for token in tokens]
    whole = _cpu(made, kept, 4 * calls)
    empty = _cpu(made, [request("GET", EMPTY)], 4 * calls)
    return {
        "unit": "server CPU ms an answer",
        "calls": calls,
        "page_after_a_hint": _cpu_anew(made, live, page, calls),
        "page": _cpu(made, [page], calls),
        "page_target": QUEUE_TARGET_MS,
        "fragment_after_a_hint": _cpu_anew(made, live, kept[0], calls),
        "fragment_kept": whole,
        "fragment_kept_beyond_empty": round(whole - empty, 2),
        "session_looked_up": round(_cpu(made, asked, 4 * calls) - whole, 2),
        "fragment_target": FRAGMENT_TARGET_MS,
        "empty_endpoint": empty,
    }


def _fragment(made: World, token: str, *, by_itself: bool = True) -> bytes:
    headers = _headers(token, **({"HX-Request": "true"} if by_itself else {}))
    return request("GET", f"/console/fragments/queue{_mark(made, token)}", headers=headers)


def _cpu_anew(made: World, live: Live, raw: bytes, calls: int) -> float:
    """Each after a hint of which nobody knows what it means, so that nothing is kept; the hint costs little."""
    spent = 0.0
    for _ in range(calls):
        live.ask("bench.changed", uuid7(), "NRT")
        time.sleep(0.03)
        before = made.cpu_seconds("serve")
        run = asyncio.run(closed_loop(made.port, [raw], 1))
        spent += made.cpu_seconds("serve") - before
        assert run.answers[0].status == 200, run.answers[0].status
    return round(spent * 1000 / calls, 2)


def _mark(made: World, token: str) -> str:
    run = asyncio.run(
        closed_loop(made.port, [request("GET", "/console", headers=_headers(token))], 1)
    )
    return run.answers[0].body.decode().split('hx-get="/console/fragments/queue')[1].split('"')[0]


def _cpu(made: World, raw: list[bytes], calls: int) -> float:
    """The median of five rounds."""
    rounds = []
    for _ in range(5):
        before = made.cpu_seconds("serve")
        run = asyncio.run(closed_loop(made.port, (raw * calls)[:calls], 1))
        rounds.append((made.cpu_seconds("serve") - before) * 1000 / calls)
        assert {one.status for one in run.answers} <= {200, 204}, run.answers[0].status
    return round(statistics.median(rounds), 2)


# --- streams --------------------------------------------------------------------------------------


@dataclass
class Stream:
    """One open stream: when each hint about a referral came, by the thing it is about."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: dict[str, float] = field(default_factory=dict)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def open(cls, port: int, token: str) -> "Stream":
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(request("GET", "/api/v1/events", headers=_headers(token)))
        await reader.readuntil(b"event: hello")
        return cls(reader, writer)

    async def listen(self) -> None:
        async for line in self.reader:
            if line.startswith(b"data: {") and b"referral.changed" in line:
                hint = json.loads(line[6:])
                self.heard.setdefault(hint["id"], time.time())
                self.fresh.set()


async def _streams(made: World, tokens: list[str], size: Size) -> Figures:
    """Five hundred streams on one worker: from the commit until the hint is in each hand; memory of each."""
    rounds = size.pick(5, 20)
    before = _resident(made)
    opened = [await Stream.open(made.port, tokens[n % len(tokens)]) for n in range(STREAMS)]
    grown = _resident(made) - before
    tasks = [asyncio.create_task(one.listen()) for one in opened]
    lags: list[float] = []
    last: list[float] = []
    for _ in range(rounds):
        thing, at = await asyncio.to_thread(_raise, made, None, None)
        lag = await _all_heard(opened, thing, at)
        lags += lag
        last.append(max(lag))
        await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    for one in opened:
        one.writer.close()
    return {
        "open": STREAMS, "hints": rounds, "lag_ms": percentiles([lag * 1000 for lag in lags]),
        "last_client_ms": percentiles([lag * 1000 for lag in last]),
        "resident_kib_a_stream": round(grown / 1024 / STREAMS, 1),
    }  # fmt: skip


async def _all_heard(opened: list[Stream], thing: str, at: float) -> list[float]:
    for _ in range(2000):
        if all(thing in one.heard for one in opened):
            break
        await asyncio.sleep(0.01)
    return [max(0.0, one.heard[thing] - at) for one in opened]


def _resident(made: World) -> int:
    """Bytes of the server in memory."""
    status = Path(f"/proc/{made.programs.running['serve'].pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def _raise(made: World, hall: UUID | None, passenger: UUID | None) -> tuple[str, float]:
    """A referral is raised; its id, and the moment of the commit."""
    with made.database.transaction() as session:
        hall = hall or session.scalars(sa.select(Hall.id).where(Hall.name == "Two")).one()
        raised = raise_referral(
            session, SYSTEM, site="NRT", hall_id=hall, kind=ReferralKind.RISK,
            reasons=["risk-unreviewed"], passenger_id=passenger, presentation_id=None, now=system_clock(),
        )  # fmt: skip
        thing = str(raised.id)
    return thing, time.time()


# --- a decision on its way to a lane --------------------------------------------------------------


async def _orders(made: World, token: str, lane: UUID, size: Size) -> Figures:
    """From the officer's click until the lane, which waits, has the order in hand."""
    count = size.pick(20, 200)
    machine = {"Authorization": f"Bearer {made.devices['lane']}"}
    waiting, clicking = await Connection.open(made.port), await Connection.open(made.port)
    taken: list[float] = []
    for _ in range(count):
        poll = asyncio.create_task(
            waiting.ask(request("GET", "/api/v1/lane/orders?wait=8", headers=machine))
        )
        await asyncio.sleep(0.05)
        body = b'{"word": "pass"}'
        clicked = time.perf_counter()
        answer = await clicking.ask(
            request("POST", f"/api/v1/lanes/{lane}/orders", body, _headers(token))
        )
        assert answer.status in (200, 201), answer.body
        got = await poll
        taken.append((time.perf_counter() - clicked) * 1000)
        assert len(json.loads(got.body)["orders"]) == 1
    for line in (waiting, clicking):
        line.close()
    return {"orders": count, **percentiles(taken), "target_p95": 1000}


# --- a hundred consoles ---------------------------------------------------------------------------


@dataclass
class Console:
    """A stream, and the list that its hints make it fetch."""

    stream: Stream
    line: Connection
    ask: bytes
    seen: dict[str, float] = field(default_factory=dict)

    @classmethod
    async def open(cls, port: int, token: str) -> "Console":
        line = await Connection.open(port)
        page = await line.ask(request("GET", "/console", headers=_headers(token)))
        where = page.body.decode().split('hx-get="/console/fragments/queue')[1].split('"')[0]
        ask = request(
            "GET", f"/console/fragments/queue{where}", headers=_headers(token, **{"HX-Request": "true"})
        )  # fmt: skip
        return cls(await Stream.open(port, token), line, ask)

    async def work(self) -> None:
        """As regions.js: one fetch at a time, 100 ms between two; a hint meanwhile means one more."""
        listening = asyncio.create_task(self.stream.listen())
        try:
            while True:
                await self.stream.fresh.wait()
                self.stream.fresh.clear()
                body = (await self.line.ask(self.ask)).body.decode()
                now = time.time()
                for thing in self.stream.heard:
                    if f'data-row="{thing}"' in body:
                        self.seen.setdefault(thing, now)
                await asyncio.sleep(0.1)
        finally:
            listening.cancel()


def _visible(made: World, hall: UUID, busy: Busy, tokens: list[str], size: Size) -> Figures:
    """From the commit of a referral until its row is in the page of each of a hundred consoles."""
    count = size.pick(6, 40)
    people = random.Random(3).sample(busy.people[60:], count)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages = [
            _browse(browser.new_context().new_page(), made, tokens[n]) for n in range(BROWSERS)
        ]
        with ThreadPoolExecutor(1) as beside:  # the browsers' driver has a loop of its own here
            work = beside.submit(lambda: asyncio.run(_consoles(made, hall, people, tokens)))
            raised, clients = work.result()
        time.sleep(1.5)
        seen = [page.evaluate("window.seen") for page in pages]
        browser.close()
    shown = [
        told[thing] / 1000 - at for told in seen for thing, at in raised if thing in told
    ]  # fmt: skip
    fetched = [one[thing] - at for one in clients for thing, at in raised if thing in one]
    assert len(shown) == BROWSERS * count, "a browser missed a referral"
    assert len(fetched) == CONSOLES * count, "a console missed a referral"
    return {
        "consoles": CONSOLES + BROWSERS, "browsers": BROWSERS, "referrals": count,
        "browsers_ms": percentiles([1000 * one for one in shown]),
        "clients_ms": percentiles([1000 * one for one in fetched]),
        "target_p95_ms": 1000 * VISIBLE_TARGET_S,
    }  # fmt: skip


def _browse(page: Page, made: World, token: str) -> Page:
    address = f"http://{HOST}:{made.port}"
    page.context.add_cookies([{"name": "egate", "value": quote(token), "url": address}])
    page.goto(f"{address}/console")
    page.locator("html[data-connection=up]").wait_for(state="attached", timeout=60_000)
    page.evaluate(SEEN)
    return page


async def _consoles(
    made: World, hall: UUID, people: list[UUID], tokens: list[str]
) -> tuple[list[tuple[str, float]], list[dict[str, float]]]:
    opened = [await Console.open(made.port, tokens[n + 1]) for n in range(CONSOLES)]
    tasks = [asyncio.create_task(one.work()) for one in opened]
    raised: list[tuple[str, float]] = []
    await asyncio.sleep(1)
    for passenger in people:
        raised.append(await asyncio.to_thread(_raise, made, hall, passenger))
        await asyncio.sleep(1.5)
    for _ in range(200):
        if all(len(one.seen) == len(people) for one in opened):
            break
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    for one in opened:
        one.stream.writer.close()
        one.line.close()
    return raised, [one.seen for one in opened]
