"""How the cost of a decision grows: with the people in the tables, with the halls, with the officers who listen.

Each figure is of the same number of decisions, asked for over eight connections one after the other.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from random import randbytes

import uvloop

from app.gate import halls
from app.gate.models import HallSteps
from app.identity import devices
from app.identity.models import DeviceKind, DeviceToken
from app.kernel.clock import system_clock
from app.kernel.crypto import new_token, token_hash
from app.kernel.ids import uuid7
from tests.load import kiosks, people
from tests.load.consoles import Consoles
from tests.load.watch import Watch
from tests.perf import gate
from tests.perf.console import officer
from tests.perf.gate import Traveller
from tests.perf.measure import Figures, percentiles
from tests.perf.world import World
from tests.support import crowded

LINES = 8
Names = Sequence[str]


def figures(
    made: World, tables: Sequence[int], places: Sequence[int], officers: Sequence[int], count: int,
    travellers: int = 240,
) -> Figures:  # fmt: skip
    """``count`` decisions for each step."""
    everybody = people.ready(made, travellers)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:

        def measured(names: Names, listening: int = 0) -> Figures:
            return runner.run(_measured(made, everybody, names, count, listening))

        measured(["gate"])  # plans and caches
        found: Figures = {"decisions_each": count, "halls": [], "officers": [], "people": []}
        for number in places:
            names = _gates(made, number)
            measured(names)
            found["halls"].append({"halls": number, **measured(names)})
        for number in officers:
            found["officers"].append({"officers": number, **measured(["gate"], number)})
        there = 0
        for number in tables:
            _fill(made, number - there)
            there = number
            measured(["gate"])
            found["people"].append({"people": number, **measured(["gate"])})
    return found


async def _measured(
    made: World, everybody: Sequence[Traveller], names: Names, count: int, listening: int
) -> Figures:
    consoles = Consoles()
    if listening:
        with made.database.transaction() as session:
            tokens = [officer(session, time.time_ns() + n) for n in range(4)]
        await consoles.open(made.port, tokens, listening)
    asked = [
        gate.decision(made, names[n % len(names)], everybody[n % len(everybody)])
        for n in range(count)
    ]
    with Watch(made) as watch:
        answers = await kiosks.ask_all(made.port, asked, LINES)
    consoles.close()
    assert {one.status for one in answers} == {201}
    return {"latency": percentiles([one.ms for one in answers]), **watch.figures(count)}


def _gates(made: World, number: int) -> list[str]:
    """Names of the gates of as many one-step halls; those that are missing are made."""
    policy = {**halls.WITHOUT_READERS, "minimum_seconds": 0}
    now, names = system_clock(), [f"gate-{n}" for n in range(number)]
    with made.database.transaction() as session:
        for name in names:
            if name in made.devices:
                continue
            site = made.runtime.settings.site
            hall = halls.create_hall(session, site, f"Hall of {name}", HallSteps.ONE, now, policy)
            device = devices.enrol(session, DeviceKind.KIOSK, name, hall.id, randbytes(32), now)
            made.devices[name] = token = new_token()
            session.add(
                DeviceToken(
                    id=uuid7(), device_id=device.id, token_hash=token_hash(token),
                    assertion_id=name, expires_at=now + timedelta(hours=1),
                )
            )  # fmt: skip
    return names


def _fill(made: World, more: int) -> None:
    with made.owner() as connection:
        crowded.fill(connection, more, system_clock())
