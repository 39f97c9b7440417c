"""The hot path's statements: how many there are, and that each finds its rows by an index."""

import re
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
from tests.gate.world import ASTRID, NILS, NOW, OLGA, Headers, World

PEOPLE = 12_000
BIG = {
    "passenger", "document", "declaration", "assessment", "presentation", "clearance", "referral",
    "passage", "credential_use", "companion", "device_token", "idempotency",
}  # fmt: skip

FILL = """
insert into flight (id, site, carrier, number, suffix, flight_date, origin, destination, arrives_at,
    status, manifest, manifest_parts, version)
select gen_random_uuid(), 'NRT', 'ZZ', n, '', date '2026-03-10' - n / 4, 'CPH', 'NRT',
    timestamptz '2026-03-10 03:00Z' - n * interval '6 hours', 'landed', 'closed', '{}', 1
from generate_series(1, 60) n;

insert into passenger (id, flight_id, kind, travel_status, surname, given_names, birth_date, name_key,
    api_data, provenance, facts_version, assessed_version, version)
select gen_random_uuid(), f.id, 'passenger', 'boarded', 'X', 'Y', date '1980-01-01' + n, 'X' || n || 'Y',
    '{}', '{}', 1, 1, 1
from flight f, generate_series(1, %(each)s::int) n where f.carrier = 'ZZ';

insert into document (id, passenger_id, type, number, number_key, issuer, source)
select gen_random_uuid(), id, 'P', left(id::text, 8), left(id::text, 8), 'SWE', 'api' from passenger
where name_key like 'X%%';

insert into assessment (id, passenger_id, flight_id, ruleset_id, assessed_at, facts_version, facts, score,
    level, control, confirmed, own_high, unknown, is_current)
select gen_random_uuid(), p.id, p.flight_id, r.id, now(), 1, '{}', 0, 'none', false, false, false, '[]', true
from passenger p, ruleset r where p.name_key like 'X%%';

insert into presentation (id, site, hall_id, device_id, passenger_id, document_key, issuer, birth_date,
    readings, answer, path, reasons, facts_version, decided_at)
select gen_random_uuid(), 'NRT', h.id, d.id, x.id, left(x.id::text, 8), 'SWE', x.birth_date, '{}',
    'cleared', '[]', '[]', 1, timestamptz '2026-03-10 02:00Z'
from passenger x, hall h, device d where d.kind = 'lane' and x.name_key like 'X%%';

insert into clearance (id, presentation_id, passenger_id, facts_version, covers, release_ids, expires_at,
    consumed_at)
select gen_random_uuid(), p.id, p.passenger_id, 1, '[]', '{}', timestamptz '2026-03-10 06:00Z',
    case when left(p.document_key, 1) < '8' then timestamptz '2026-03-10 02:01Z' end
from presentation p where p.document_key <> %(number)s;

insert into passage (id, clearance_id, device_id, passenger_id, passed_at)
select gen_random_uuid(), c.id, p.device_id, c.passenger_id, c.consumed_at
from clearance c join presentation p on p.id = c.presentation_id where c.consumed_at is not null;

insert into referral (id, site, hall_id, passenger_id, presentation_id, kind, reasons, state)
select gen_random_uuid(), 'NRT', p.hall_id, p.passenger_id, p.id, 'risk', '["risk-unreviewed"]', 'closed'
from presentation p where p.document_key <> %(number)s;

insert into declaration (id, site, device_key, cti, status, seq, lane, language, document_key, issuer,
    birth_date, arrival_on, flight, expires_at, passenger_id)
select gen_random_uuid(), 'NRT', '', decode(md5(x.id::text), 'hex'), 'active', 0, 0, 'en',
    left(x.id::text, 8), 'SWE', x.birth_date, date '2026-03-10', 'ZZ1', timestamptz '2026-03-12 00:00Z', x.id
from passenger x where x.name_key like 'X%%';

insert into companion (id, declaration_id, seq, number, document_key)
select gen_random_uuid(), d.id, 0, 1, 'C' || d.document_key from declaration d;

insert into credential_use (id, declaration_id, person, passage_id)
select gen_random_uuid(), d.id, 0, gen_random_uuid() from declaration d;

insert into device_token (id, device_id, token_hash, assertion_id, expires_at)
select gen_random_uuid(), d.id, decode(md5(d.id::text || n), 'hex'), n::text, timestamptz '2026-03-10 02:00Z'
from device d, generate_series(1, 3000) n;

insert into idempotency (actor, key, request_hash)
select 'device:' || d.id, n::text, '\\x00' from device d, generate_series(1, 6000) n;
"""


@pytest.fixture
def busy(two_step: World, cluster, database_url) -> Iterator[tuple[World, Any]]:
    """A hall in the evening: thousands have passed. A connection as the gate has it."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(
        host=str(cluster.sockets), user=postgres.OWNER, dbname=name, autocommit=True,
        password=cluster.passwords[postgres.OWNER], cursor_factory=ClientCursor,
    ) as connection:  # fmt: skip
        for part in FILL.split(";\n"):
            connection.execute(part, {"each": PEOPLE // 60, "number": ASTRID.number})
        connection.execute("analyze")
        connection.execute("set plan_cache_mode = force_generic_plan; set jit = off")
        yield two_step, connection


def explain(connection: Any, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the generic plan, run once and rolled back."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    text = re.sub(r"%\((\w+)\)s", lambda m: f"${names.index(m[1]) + 1}", statement)
    arguments = sql.SQL(", ").join(sql.Placeholder() for _ in names)
    with connection.transaction(force_rollback=True):
        connection.execute("deallocate all")
        connection.execute("prepare hot as " + text.replace("%%", "%"))
        execute = sql.SQL("explain (analyze, buffers, format json) execute hot ({})")
        cursor = connection.execute(execute.format(arguments), [values[name] for name in names])
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
    check(connection, hot.WRITE, write_values(draft(connection, world)))
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
    return Draft(known, shown, LOOSE, case, decide(case, LOOSE), "key", NOW)


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """The statements that the gate's own connections execute."""
    seen: list[str] = []
    execute = psycopg.AsyncConnection.execute

    async def noted(self: Any, query: Any, *rest: Any, **more: Any) -> Any:
        seen.append(query.decode())
        return await execute(self, query, *rest, **more)

    monkeypatch.setattr(psycopg.AsyncConnection, "execute", noted)
    return seen


@pytest.mark.parametrize("judged", [{}, {"action": "stop", "confirmed": True}, {"control": True}])
def test_a_presentation_is_two_statements_whatever_comes_of_it(one_step: World, statements, judged):
    everybody = one_step.party(ASTRID, NILS)
    code = one_step.code()
    one_step.assess(*everybody, **judged)
    statements.clear()
    one_step.present(one_step.kiosk, ASTRID.mrz, code, key="k")
    assert statements == [hot.READ, hot.WRITE]


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
    assert statements == [hot.READ, hot.CLAIMED, hot.SHOW]
    statements.clear()
    one_step.pass_through(one_step.kiosk, found["id"], "p")
    assert statements == [hot.CONSUME, hot.CLAIMED, hot.PASSAGE]


def test_looking_is_two_statements(one_step: World, statements):
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready(action="stop"))
    statements.clear()
    url = f"/api/v1/presentations/{found['id']}"
    one_step.client.get(url, headers=one_step.kiosk)
    assert statements == [hot.KNOWN, hot.SHOW]
