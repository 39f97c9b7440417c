"""What the entry of a decision costs beside the decision: the gate's writing statement with the entry and without it.

Both are run in turns, each in a transaction of its own, on one connection as the gate opens them. Counted are the CPU of this
process and that of the connection's process in the database.
"""

import re
import statistics
import time
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from app.gate import hot
from app.gate.pool import OPTIONS
from app.identity.models import Device, DeviceKind
from app.kernel.clock import system_clock
from app.kernel.db import Database, libpq_url
from app.kernel.ids import uuid7
from tests.perf.measure import Figures, Size
from tests.perf.world import cpu_of

AUDITED: Final = re.compile(
    r", audited as \(\n    insert into audit_entry.*?\n\)(?=\nselect)", re.DOTALL
)
IN_TURN: Final = 500


def entry_of_a_decision(database: Database, size: Size, decision_ms: float) -> Figures:
    """Microseconds of CPU that the entry adds, here and in the database, and its share of a whole decision.

    ``decision_ms``: what a decision takes of server and database, measured over HTTP.
    """
    without = AUDITED.sub("", hot.WRITE_PLAIN)
    assert without != hot.WRITE_PLAIN
    place = _place(database)
    url = libpq_url(database.engine.url.render_as_string(hide_password=False))
    rounds: list[tuple[float, float]] = []
    with psycopg.connect(
        url, options=OPTIONS, prepare_threshold=0, cursor_factory=psycopg.RawCursor
    ) as connection:
        for _ in range(2):
            _run(connection, hot.WRITE_PLAIN, place), _run(connection, without, place)
        for _ in range(size.pick(4, 8, 20)):
            plain, whole = (
                _run(connection, without, place),
                _run(connection, hot.WRITE_PLAIN, place),
            )
            rounds.append((whole[0] - plain[0], whole[1] - plain[1]))
    here, there = (statistics.median(one) for one in zip(*rounds, strict=True))
    return {
        "process_us": round(here, 1), "database_us": round(there, 1), "decision_ms": decision_ms,
        "share": round((here + there) / 1000 / decision_ms, 3), "target_share": 0.1,
        "round_trips": 0,
    }  # fmt: skip


def _place(database: Database) -> dict[str, Any]:
    with database.read() as session:
        lane = session.scalars(sa.select(Device).where(Device.kind == DeviceKind.LANE)).first()
        assert lane is not None
        return {"device": lane.id, "hall": lane.hall_id}


def _run(
    connection: psycopg.Connection[Any], statement: str, place: dict[str, Any]
) -> tuple[float, float]:
    """Microseconds of CPU an execution: of this process, of the database's."""
    values = [_values(place) for _ in range(IN_TURN)]
    backend = connection.info.backend_pid
    before, here = cpu_of(backend), time.process_time()
    for one in values:
        with connection.transaction():
            asked = hot.prepared(statement, one)
            connection.execute(asked.text, asked.arguments(one))
    spent = time.process_time() - here
    return spent / IN_TURN * 1e6, (cpu_of(backend) - before) / IN_TURN * 1e6


def _values(place: dict[str, Any]) -> dict[str, Any]:
    """Somebody of nobody's list is sent to an officer's place without a referral: the least that a decision writes."""
    nothing = dict.fromkeys(
        ("registration", "passenger", "declaration", "person", "birth", "kind", "counter",
         "facts_version", "assessment", "reused", "probability", "hold", "clearance", "alert_flight", "key")
    )  # fmt: skip
    now = system_clock()
    return {
        **nothing, **place, "id": uuid7(), "now": now, "seen": [], "versions": [], "site": "NRT",
        "document_key": "", "issuer": "", "readings": Jsonb({}), "answer": "refer",
        "hash": b"", "reasons": Jsonb(["not-on-list"]), "selected": False, "drawn": False, "releases": [],
        "expires": now, "raised": Jsonb([]), "overtaken": [], "alert": uuid7(),
        "alert_reasons": Jsonb([]), "audit": uuid7(),
    }  # fmt: skip
