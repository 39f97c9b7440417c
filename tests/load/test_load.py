"""The load generator: a look at all of it with small numbers, and its parts that need no service."""

import asyncio
import xml.etree.ElementTree as ET
from contextlib import suppress

import pytest

from tests.load import kiosks
from tests.load.__main__ import drawn, main
from tests.load.charts import Series, lines


async def _slow_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each request, the first one of all not before it is told to."""
    with suppress(asyncio.IncompleteReadError):
        while await reader.readuntil(b"\r\n\r\n"):
            await GO.wait()
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()
    await writer.wait_closed()


GO: asyncio.Event


async def _held_back() -> kiosks.Run:
    global GO  # noqa: PLW0603  # of one loop
    GO = asyncio.Event()
    server = await asyncio.start_server(_slow_server, kiosks.HOST, 0)
    port = server.sockets[0].getsockname()[1]
    asyncio.get_running_loop().call_later(0.2, GO.set)
    raw = b"GET / HTTP/1.1\r\n\r\n"
    run = await kiosks.at_rate(port, [raw] * 20, rate=200, lines=2)
    server.close()
    await server.wait_closed()
    await asyncio.sleep(0)  # the client's ends close in the next turn
    return run


def test_waiting_for_a_connection_is_part_of_a_latency():
    run = asyncio.run(_held_back())
    assert (len(run.answers), run.lost) == (20, 0)
    assert [round(one.due * 200) for one in sorted(run.answers, key=lambda one: one.due)] == [
        *range(20)
    ]
    last_due = max(run.answers, key=lambda one: one.due)
    assert last_due.ms >= (0.2 - last_due.due) * 1000 - 5


def test_a_chart_is_drawn_to_scale():
    text = lines("Two & more", "s", "ms", [Series("a", [(0, 0), (10, 5)]), Series("b", [(0, 10)])])
    drawing = ET.fromstring(text)
    polylines = drawing.findall("{http://www.w3.org/2000/svg}polyline")
    assert [one.get("points") for one in polylines] == [
        "56.0,200.0 628.0,124.5",
        "56.0,49.1",
    ]
    assert "Two &amp; more" in text


@pytest.mark.slow
def test_a_look_at_decisions(capsys: pytest.CaptureFixture[str]):
    report = main(["--quick", "--only", "decisions", "--seconds", "1"])
    assert capsys.readouterr().out.startswith("{")
    (rate,) = report["decisions"]["rates"]
    assert (rate["asked"], rate["lost"]) == (20, 0)
    assert sum(rate["answers"].values()) == 20  # a child alone is referred
    assert set(drawn(report)) == {"decisions-20", "memory-20"}


@pytest.mark.slow
def test_a_look_at_chain_and_growth(capsys: pytest.CaptureFixture[str]):
    report = main(["--quick", "--only", "chain", "--only", "growth"])
    assert capsys.readouterr().out.startswith("{")
    told = report["chain"]["answers"]
    assert told["kiosk: registered"] == told["lane: cleared"] == told["door: 201"]
    assert set(drawn(report)) == {
        "memory-chain", "growth-people", "growth-halls", "growth-officers",
    }  # fmt: skip
