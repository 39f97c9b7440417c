"""A database in the evening: thousands have been listed, have declared and have passed a lane of its hall."""

from datetime import datetime
from typing import Any

import psycopg

FLIGHTS = 60
FILL = """
drop table if exists crowd;

with taken as (
    select coalesce(max(number), 0) as most from flight where carrier = 'ZZ'
), made as (
    insert into flight (id, site, carrier, number, suffix, flight_date, origin, destination, arrives_at,
        status, manifest, manifest_parts, version)
    select gen_random_uuid(), 'NRT', 'ZZ', taken.most + n, '', cast(%(now)s as date) - n / 4, 'CPH', 'NRT',
        cast(%(now)s as timestamptz) - n * interval '6 hours', 'landed', 'closed', '{}', 1
    from taken, generate_series(1, 60) n
    returning id
)
insert into passenger (id, flight_id, kind, travel_status, surname, given_names, birth_date, name_key,
    api_data, provenance, facts_version, assessed_version, version)
select gen_random_uuid(), made.id, 'passenger', 'boarded', 'X', 'Y', date '1980-01-01' + n, 'X' || n || 'Y',
    '{}', '{}', 1, 1, 1
from made, generate_series(1, cast(%(each)s as int)) n;

create temp table crowd as
select p.id, p.flight_id, p.birth_date as born, left(p.id::text, 8) as number
from passenger p join flight f on f.id = p.flight_id
where f.carrier = 'ZZ' and not exists (select from document d where d.passenger_id = p.id);

insert into document (id, passenger_id, type, number, number_key, issuer, source)
select gen_random_uuid(), id, 'P', number, number, 'SWE', 'api' from crowd;

insert into assessment (id, passenger_id, flight_id, ruleset_id, assessed_at, facts_version, facts, score,
    level, control, confirmed, own_high, unknown, is_current)
select gen_random_uuid(), c.id, c.flight_id, r.id, now(), 1, '{}', 0, 'none', false, false, false, '[]', true
from crowd c, ruleset r;

insert into presentation (id, site, hall_id, device_id, passenger_id, document_key, issuer, birth_date,
    readings, answer, path, reasons, facts_version, decided_at)
select gen_random_uuid(), 'NRT', d.hall_id, d.id, c.id, c.number, 'SWE', c.born, '{}',
    'cleared', '[]', '[]', 1, cast(%(now)s as timestamptz) - interval '1 hour'
from crowd c, device d where d.kind = 'lane';

insert into clearance (id, presentation_id, passenger_id, facts_version, covers, release_ids, expires_at,
    consumed_at)
select gen_random_uuid(), p.id, c.id, 1, '[]', '{}', cast(%(now)s as timestamptz) + interval '3 hours',
    case when left(c.number, 1) < '8' then cast(%(now)s as timestamptz) - interval '59 minutes' end
from crowd c join presentation p on p.passenger_id = c.id;

insert into passage (id, clearance_id, device_id, passenger_id, passed_at)
select gen_random_uuid(), y.id, p.device_id, c.id, y.consumed_at
from crowd c join clearance y on y.passenger_id = c.id join presentation p on p.id = y.presentation_id
where y.consumed_at is not null;

insert into referral (id, site, hall_id, passenger_id, presentation_id, kind, reasons, state)
select gen_random_uuid(), 'NRT', p.hall_id, c.id, p.id, 'risk', '["risk-unreviewed"]', 'closed'
from crowd c join presentation p on p.passenger_id = c.id;

insert into declaration (id, site, device_key, cti, status, seq, lane, language, document_key, issuer,
    birth_date, arrival_on, flight, expires_at, passenger_id)
select gen_random_uuid(), 'NRT', '', decode(md5(c.id::text), 'hex'), 'active', 0, 0, 'en', c.number, 'SWE',
    c.born, cast(%(now)s as date), 'ZZ1', cast(%(now)s as timestamptz) + interval '45 hours', c.id
from crowd c;

insert into companion (id, declaration_id, seq, number, document_key)
select gen_random_uuid(), d.id, 0, 1, 'C' || d.document_key
from crowd c join declaration d on d.passenger_id = c.id;

insert into credential_use (id, declaration_id, person, passage_id)
select gen_random_uuid(), d.id, 0, gen_random_uuid()
from crowd c join declaration d on d.passenger_id = c.id;

insert into device_token (id, device_id, token_hash, assertion_id, expires_at)
select gen_random_uuid(), d.id, decode(md5(d.id::text || n), 'hex'), n::text,
    cast(%(now)s as timestamptz) - interval '1 hour'
from device d, generate_series(1, 3000) n on conflict do nothing;

insert into idempotency (actor, key, request_hash)
select 'device:' || d.id, n::text, '\\x00' from device d, generate_series(1, 6000) n on conflict do nothing;
"""


def fill(connection: psycopg.Connection[Any], people: int, now: datetime) -> None:
    """Put ``people`` of :data:`FLIGHTS` more flights of carrier ZZ, six hours apart, into a database that has a rule set
    and one lane. The connection is the owner's, in autocommit, of cursors that bind here (``ClientCursor``).
    """
    for part in FILL.split(";\n"):
        if part.strip():
            connection.execute(part.encode(), {"each": people // FLIGHTS, "now": now})
    connection.execute("analyze")
