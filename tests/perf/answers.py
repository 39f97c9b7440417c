"""From a passenger list of one person posted over HTTP to the 962 in the carrier's hand, in one waiting request."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.formats import cusres, edifact
from app.identity.models import AnswerMode, Sender
from app.identity.senders import SenderChange, change_sender, name_boarding_authority
from app.kernel.clock import system_clock
from kiosk_sim import airline
from tests.perf import texts
from tests.perf.client import Connection, request
from tests.perf.measure import Figures, Size, percentiles
from tests.perf.world import HERE, World


def figures(made: World, size: Size) -> Figures:
    """Check-in by check-in, one after the other: the second begins when the first has its answer."""
    _set(made, AnswerMode.INTERACTIVE, named=True)
    try:
        found = asyncio.run(_run(made, _messages(size.pick(30, 150, 600))))
    finally:
        _set(made, AnswerMode.NONE, named=False)
    return {
        "messages": len(found),
        "answered": sum(code == "0Z" for _, code in found),
        "in_hand_ms": percentiles([ms for ms, _ in found]),
    }


def _set(made: World, mode: AnswerMode, *, named: bool) -> None:
    now = system_clock()
    with made.database.transaction() as session:
        sender = session.scalars(sa.select(Sender.id).where(Sender.name == "bench")).one()
        change_sender(session, SYSTEM, sender, SenderChange(answers=mode), now)
        name_boarding_authority(session, SYSTEM, sender, now, named=named)


def _messages(count: int) -> list[bytes]:
    """Passengers of one flight that leaves in an hour, each at check-in."""
    now = datetime.now(HERE).replace(tzinfo=None, second=0, microsecond=0)
    sector = texts.sector(590, now + timedelta(hours=14))
    prepared = datetime.now(UTC).replace(tzinfo=None)
    trips = texts.trips(count, sector, seed=590)
    return [
        airline.passenger_list(sector, [trip], f"I{number}", prepared).encode()
        for number, trip in enumerate(trips)
    ]


async def _run(made: World, messages: list[bytes]) -> list[tuple[float, str]]:
    line = await Connection.open(made.port)
    headers = {"Authorization": f"Bearer {made.sender}"}
    found = []
    for message in messages:
        started = time.perf_counter()
        posted = await line.ask(request("POST", "/api/v1/messages", message, headers))
        path = f"/api/v1/messages/{json.loads(posted.body)['id']}/answer?wait=9"
        answer = await line.ask(request("GET", path, headers=headers))
        ms = (time.perf_counter() - started) * 1000
        assert answer.status == 200, answer.status
        (interchange,) = edifact.interchanges(answer.body)
        found.append((ms, cusres.read(interchange.messages[0]).statements[0].code))
    line.close()
    return found
