"""The whole chain: for each traveller one list, five pushes of bookings, a declaration, a kiosk, a lane, a door.

A flight goes through four stages, and other flights are in the others meanwhile: its messages are posted; when all is
applied its people declare, over HTTP; when all are assessed they show passport and code at a kiosk; then at a lane,
whose door opens. So whatever is slowest is what the figure tells.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import uvloop

from kiosk_sim import airline
from kiosk_sim.airline import Trip
from tests.load import kiosks
from tests.load.watch import Watch
from tests.perf import gate
from tests.perf import world as w
from tests.perf.client import request
from tests.perf.gate import Traveller
from tests.perf.measure import Figures
from tests.perf.world import Flight, World

FIRST_FLIGHT = 4000
PUSHES = 5
LINES = 8
POLL_SECONDS = 0.1
TARGET_PER_SECOND = 100


@dataclass
class Progress:
    """When people of which flight were through each stage (seconds since the start), and what they were told."""

    began: float
    finished: list[tuple[float, int]] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    busy: dict[str, float] = field(default_factory=dict)


def figures(made: World, seats: int, seconds: float) -> Figures:
    """Flights of ``seats`` one after the other until ``seconds`` are over; those that are on their way are seen through."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, Watch(made) as watch:
        progress = runner.run(_run(made, seats, seconds))
    people = sum(count for _, count in progress.finished)
    lasted = max(at for at, _ in progress.finished)
    return {
        "target": {"travellers_per_s": TARGET_PER_SECOND},
        "seats": seats, "travellers": people, "seconds": round(lasted, 1),
        "travellers_per_s": round(people / lasted, 1),
        "messages_each_flight": 1 + PUSHES, "answers": dict(progress.told),
        "busy_s": {name: round(spent, 1) for name, spent in progress.busy.items()},
        "finished": [{"s": round(at, 1), "people": count} for at, count in progress.finished],
        **watch.figures(people), "memory": watch.memory,
    }  # fmt: skip


async def _run(made: World, seats: int, seconds: float) -> Progress:
    progress = Progress(time.perf_counter())
    sent: asyncio.Queue[Flight | None] = asyncio.Queue(1)
    declared: asyncio.Queue[tuple[Flight, list[Traveller]] | None] = asyncio.Queue(1)
    registered: asyncio.Queue[list[Traveller] | None] = asyncio.Queue(1)

    async def send() -> None:
        number = FIRST_FLIGHT
        while time.perf_counter() - progress.began < seconds:
            flight = await asyncio.to_thread(w.flight, number, seats)
            with _busy(progress, "messages"):
                await _post(made, flight)
            await sent.put(flight)
            number += 1
        await sent.put(None)

    async def declare() -> None:
        while flight := await sent.get():
            await _until(made, _UNLISTED.format(number=flight.sector.number.number, seats=seats))
            with _busy(progress, "declarations"):
                await declared.put((flight, await _declared(made, flight)))
        await declared.put(None)

    async def register() -> None:
        while found := await declared.get():
            flight, people = found
            await _until(made, _UNASSESSED.format(number=flight.sector.number.number))
            with _busy(progress, "kiosks"):
                answers = await _shown(made, "kiosk", people)
            progress.told.update(f"kiosk: {one}" for one in answers)
            await registered.put(people)
        await registered.put(None)

    async def leave() -> None:
        while people := await registered.get():
            with _busy(progress, "lanes"):
                progress.told.update(await _let_out(made, people))
            progress.finished.append((time.perf_counter() - progress.began, len(people)))

    async with asyncio.TaskGroup() as group:
        for stage in (send, declare, register, leave):
            group.create_task(stage())
    return progress


class _busy:  # noqa: N801  # reads as a word
    """Adds the time of a block to a stage's."""

    def __init__(self, progress: Progress, stage: str) -> None:
        self._progress, self._stage = progress, stage

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = time.perf_counter() - self._began
        self._progress.busy[self._stage] = self._progress.busy.get(self._stage, 0.0) + spent


_UNLISTED = """select {seats} - count(*) from passenger p join flight f on f.id = p.flight_id
    where f.number = {number} and not exists (select from message where status = 'received')"""
_UNASSESSED = """select count(*) from passenger p join flight f on f.id = p.flight_id
    where f.number = {number} and p.facts_version > p.assessed_version"""


async def _until(made: World, waiting: str) -> None:
    """Until a statement counts nothing. Raises TimeoutError."""
    async with asyncio.timeout(300):
        while await asyncio.to_thread(w.count, made, waiting):  # noqa: ASYNC110  # a table tells nobody
            await asyncio.sleep(POLL_SECONDS)


async def _post(made: World, flight: Flight) -> None:
    """The list, and pushes of the bookings: at each time some sit elsewhere."""
    prepared = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2)
    number = flight.sector.number.number
    messages = [flight.message]
    for push in range(PUSHES):
        trips = [_moved(trip, place, push) for place, trip in enumerate(flight.trips)]
        at, control = prepared + timedelta(minutes=push), f"{number}{push}"
        messages.append(airline.booking_push(flight.sector, trips, control, at).encode())
    headers = {"Authorization": f"Bearer {made.sender}"}
    asked = [request("POST", "/api/v1/messages", one, headers) for one in messages]
    for answer in await kiosks.ask_all(made.port, asked, 1):
        assert answer.status == 202, answer.body


def _moved(trip: Trip, place: int, push: int) -> Trip:
    return replace(trip, bags=push % 3) if place % PUSHES == push else trip


async def _declared(made: World, flight: Flight) -> list[Traveller]:
    forms = [json.dumps(w.form(flight.sector, trip)).encode() for trip in flight.trips]
    asked = [request("POST", "/api/v1/declarations", form) for form in forms]
    answers = await kiosks.ask_all(made.port, asked, LINES)
    assert {one.status for one in answers} == {201}, answers[0].body
    codes = [json.loads(one.body)["credential"]["text"] for one in answers]
    return [
        Traveller(trip.passport.mrz, code) for trip, code in zip(flight.trips, codes, strict=True)
    ]


async def _shown(made: World, device: str, people: Sequence[Traveller]) -> list[str]:
    asked = [gate.decision(made, device, person) for person in people]
    answers = await kiosks.ask_all(made.port, asked, LINES)
    return [json.loads(one.body).get("answer", str(one.status)) for one in answers]


async def _let_out(made: World, people: Sequence[Traveller]) -> list[str]:
    asked = [gate.decision(made, "lane", person) for person in people]
    answers = await kiosks.ask_all(made.port, asked, LINES)
    found = [json.loads(one.body) for one in answers]
    doors = [gate.passage(made, one["id"]) for one in found if one.get("answer") == "cleared"]
    passed = await kiosks.ask_all(made.port, doors, LINES) if doors else []
    told = [f"lane: {one.get('answer', one.get('code'))}" for one in found]
    return told + [f"door: {one.status}" for one in passed]
