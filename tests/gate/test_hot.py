"""The hot path's statements: how many there are, and that each finds its rows by an index."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import ClientCursor, sql

from app.gate import hot
from app.gate.case import Policy
from app.gate.decide import decide
from app.gate.known import build_case
from app.gate.presentations import Call, Draft, read_values, write_values
from app.gate.shown import Shown, read_passport
from app.kernel import postgres
from app.kernel.crypto import token_hash
from app.kernel.ids import uuid7
from app.work.worker import Worker
from tests.gate.world import ASTRID, NILS, NOW, OLGA, Headers, World
from tests.load import plans
from tests.support import crowded

PEOPLE = 12_000
BIG = {
    "passenger", "document", "declaration", "assessment", "presentation", "clearance", "referral",
    "passage", "credential_use", "companion", "device_token", "idempotency",
}  # fmt: skip


@pytest.fixture
def busy(two_step: World, cluster, database_url) -> Iterator[tuple[World, Any]]:
    """A hall in the evening: thousands have passed. A connection as the gate has it."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(
        host=str(cluster.sockets), user=postgres.OWNER, dbname=name, autocommit=True,
        password=cluster.passwords[postgres.OWNER], cursor_factory=ClientCursor,
    ) as connection:  # fmt: skip
        crowded.fill(connection, PEOPLE, NOW)
        connection.execute("set plan_cache_mode = force_generic_plan; set jit = off")
        yield two_step, connection


def explain(connection: Any, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the generic plan, run once and rolled back."""
    asked = hot.prepared(statement, values)
    arguments = sql.SQL(", ").join(sql.Placeholder() for _ in asked.names)
    with connection.transaction(force_rollback=True):
        connection.execute("deallocate all")
        connection.execute(b"prepare hot as " + asked.text)
        execute = sql.SQL("explain (analyze, buffers, format json) execute hot ({})")
        cursor = connection.execute(execute.format(arguments), asked.arguments(values))
        ((found,),) = cursor.fetchall()
    return list(walk(found[0]["Plan"]))


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)


LOOSE = Policy(chip_required=False, face_required=False)


def check(connection: Any, statement: str, values: dict[str, Any]) -> None:
    """No large table is read from end to end, and few pages are touched in all (measured: 2 to 74)."""
    nodes = explain(connection, statement, values)
    ends = {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG
    }
    assert ends == set()
    assert nodes[0]["Shared Hit Blocks"] + nodes[0]["Shared Read Blocks"] < 150


def call(device: Headers) -> Call:
    return Call.of(device["Authorization"].split()[1], "key", b"")


def passport(person: Any = ASTRID) -> Shown:
    return Shown(passport=read_passport(person.mrz, NOW.date()))


FLIGHTS_SHARE = {"document", "declaration", "companion"}
"""Where a flight is a sixtieth of all, reading all is cheaper; the pages are bounded all the same."""


def test_a_turn_of_a_worker_uses_indexes(busy, kernel):
    found = plans.of_turn(Worker(kernel), BIG - FLIGHTS_SHARE)
    assert {"worker: assess", "worker: match", "worker: raise late", "worker: end holds",
            "worker: count effects"} <= {one.who for one in found}  # fmt: skip
    assert [one for one in found if one.is_whole or one.pages > 1_000] == []


def test_reading_uses_indexes(busy):
    world, connection = busy
    code = world.ready()
    nils, _ = world.party(NILS, replace(NILS, number="SX4471299"))
    world.assess(nils)
    ((cti, _),) = world.rows("select cti, id from declaration where document_key = 'SX4471209'")
    assert code
    for device, shown in (
        (world.kiosk, passport()), (world.lane, passport()), (world.lane, passport(OLGA)),
        (world.kiosk, passport(NILS)),
    ):  # fmt: skip
        check(connection, hot.READ, read_values(call(device), shown, NOW))
    by_code = {**read_values(call(world.lane), Shown(), NOW), "cti": bytes(cti)}
    check(connection, hot.READ, by_code)


def test_writing_consuming_and_showing_use_indexes(busy):
    world, connection = busy
    world.ready()
    world.answer(world.kiosk, ASTRID.mrz)
    cleared = UUID(world.answer(world.lane, ASTRID.mrz)["id"])
    again = read_values(call(world.lane), passport(), NOW) | {"registration": cleared}
    check(connection, hot.READ_AGAIN, again)
    for statement in (hot.WRITE, hot.WRITE_PLAIN):
        check(connection, statement, write_values(draft(connection, world)))
    lane, token = call(world.lane), token_hash(world.lane["Authorization"].split()[1])
    ids = {"id": uuid7(), "use": uuid7(), "audit": uuid7()}
    passing = {"token": token, "key": lane.key, "hash": lane.digest, "now": NOW, **ids}
    check(connection, hot.CONSUME, {**passing, "presentation": cleared})
    ((device,),) = world.rows("select device_id from presentation where id = :i", i=cleared)
    for statement in (hot.SHOW, hot.WHY_NOT, hot.CLAIMED, hot.KNOWN, hot.PASSAGE):
        values = {
            "id": cleared, "hall": world.hall, "now": NOW, "presentation": cleared,
            "device": device, "key": "1", "token": token,
        }  # fmt: skip
        check(connection, statement, values)


def draft(connection: Any, world: World) -> Draft:
    """What the lane is about to write of somebody whose referral is renewed."""
    shown = passport()
    with connection.transaction(force_rollback=True):
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        values = read_values(call(world.lane), shown, NOW)
        known = cursor.execute(hot.READ.encode(), values).fetchone()
    case = build_case(known, shown, LOOSE, now=NOW, today=NOW.date(), waited=False)
    return Draft(known, shown, LOOSE, case, decide(case, LOOSE), call(world.lane), NOW)


def test_what_is_said_of_nulls_is_settled_before_the_statement_is_prepared():
    text = "select %(a)s::text, %(b)s::int[] where %(a)s::text is null or %(b)s::int[] is not null or x like '%%'"
    both = hot.prepared(text, {"b": [1], "a": "a"})
    assert both == (b"select $1::text, $2::int[] where false or true or x like '%'", ("a", "b"))
    assert both.arguments({"b": [1], "a": "a"}) == ["a", [1]]
    none = hot.prepared(text, {"a": None, "b": None})
    assert none == (
        b"select null::text, null::int[] where true or false or x like '%'",
        (),
    )


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """The statements that the gate's own connections execute."""
    seen: list[str] = []
    asked: dict[bytes, str] = {}
    execute, prepared = psycopg.AsyncConnection.execute, hot.prepared

    def known(statement: str, values: dict[str, Any]) -> hot.Numbered:
        found = prepared(statement, values)
        asked[found.text] = statement
        return found

    async def noted(self: Any, query: Any, *rest: Any, **more: Any) -> Any:
        seen.append(asked[query])
        return await execute(self, query, *rest, **more)

    monkeypatch.setattr(hot, "prepared", known)
    monkeypatch.setattr(psycopg.AsyncConnection, "execute", noted)
    return seen


@pytest.mark.parametrize(
    ("judged", "written"),
    [
        ({}, hot.WRITE_PLAIN),
        ({"action": "stop", "confirmed": True}, hot.WRITE),
        ({"control": True}, hot.WRITE),
    ],
)
def test_a_presentation_is_two_statements_whatever_comes_of_it(
    one_step: World, statements, judged, written
):
    everybody = one_step.party(ASTRID, NILS)
    code = one_step.code()
    one_step.assess(*everybody, **judged)
    statements.clear()
    one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k")
    assert statements == [hot.READ, written]


def test_a_passage_is_one_statement(one_step: World, statements):
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready())
    statements.clear()
    one_step.pass_through(one_step.kiosk, found["id"], "k")
    assert statements == [hot.CONSUME]


def test_what_a_repeated_call_costs(one_step: World, statements):
    code = one_step.ready()
    found = one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k").json()
    one_step.pass_through(one_step.kiosk, found["id"], "p")
    statements.clear()
    one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k")
    assert statements == [hot.READ, hot.SHOW]
    statements.clear()
    one_step.pass_through(one_step.kiosk, found["id"], "p")
    assert statements == [hot.CONSUME, hot.CLAIMED, hot.PASSAGE]


def test_looking_is_two_statements(one_step: World, statements):
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready(action="stop"))
    statements.clear()
    url = f"/api/v1/presentations/{found['id']}"
    one_step.client.get(url, headers=one_step.kiosk)
    assert statements == [hot.KNOWN, hot.SHOW]
