"""What a caller without a right costs: server CPU of a presentation under a wrong token, by its body."""

import asyncio
import json

from tests.perf import texts
from tests.perf.client import closed_loop, request
from tests.perf.measure import Figures, Size
from tests.perf.server import EMPTY
from tests.perf.world import World

PATH = "/api/v1/presentations"
WRONG = {"Authorization": "Bearer " + "x" * 43}
_ROUNDS = 3


def figures(made: World, size: Size) -> Figures:
    """Milliseconds a call, the best of three rounds; one connection, call by call."""
    calls = size.pick(60, 1500)
    found = {"empty_endpoint": _cpu_ms(made, request("GET", EMPTY), calls, 200)}
    for name, (body, status) in _bodies().items():
        found[name] = _cpu_ms(made, request("POST", PATH, body, WRONG), calls, status)
    return {"calls": calls, "unit": "server CPU ms a call", **found}


def _bodies() -> dict[str, tuple[bytes, int]]:
    """Bodies with the status that they get. An unknown key costs a problem of its own."""
    (trip,) = texts.trips(1, texts.sector(591), seed=591)
    return {
        "nothing": (b"{}", 401),
        "passport": (json.dumps({"mrz": trip.passport.mrz}).encode(), 401),
        "1450_unknown_keys": (json.dumps({f"x{n}": 0 for n in range(1450)}).encode(), 422),
        "17_KiB": (b" " * 17_000, 413),
    }


def _cpu_ms(made: World, raw: bytes, calls: int, status: int) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        before = made.cpu_seconds("serve")
        run = asyncio.run(closed_loop(made.port, [raw] * calls, 1))
        best = min(best, (made.cpu_seconds("serve") - before) * 1000 / calls)
        assert {one.status for one in run.answers} == {status}, run.answers[0].status
    return round(best, 2)
