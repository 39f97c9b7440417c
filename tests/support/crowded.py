"""A database in the evening: thousands have been listed, have declared and have passed a lane of its hall."""

from datetime import datetime
from typing import Any

import psycopg

FLIGHTS = 60
FILL = """
insert into flight (id, site, carrier, number, suffix, flight_date, origin, destination, arrives_at,
    status, manifest, manifest_parts, version)
select gen_random_uuid(), 'NRT', 'ZZ', n, '', cast(%(now)s as date) - n / 4, 'CPH', 'NRT',
    cast(%(now)s as timestamptz) - n * interval '6 hours', 'landed', 'closed', '{}', 1
from generate_series(1, 60) n;

insert into passenger (id, flight_id, kind, travel_status, surname, given_names, birth_date, name_key,
    api_data, provenance, facts_version, assessed_version, version)
select gen_random_uuid(), f.id, 'passenger', 'boarded', 'X', 'Y', date '1980-01-01' + n, 'X' || n || 'Y',
    '{}', '{}', 1, 1, 1
from flight f, generate_series(1, cast(%(each)s as int)) n where f.carrier = 'ZZ';

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
    'cleared', '[]', '[]', 1, cast(%(now)s as timestamptz) - interval '1 hour'
from passenger x, hall h, device d where d.kind = 'lane' and h.id = d.hall_id and x.name_key like 'X%%';

insert into clearance (id, presentation_id, passenger_id, facts_version, covers, release_ids, expires_at,
    consumed_at)
select gen_random_uuid(), p.id, p.passenger_id, 1, '[]', '{}', cast(%(now)s as timestamptz) + interval '3 hours',
    case when left(p.document_key, 1) < '8' then cast(%(now)s as timestamptz) - interval '59 minutes' end
from presentation p where p.document_key <> %(but)s;

insert into passage (id, clearance_id, device_id, passenger_id, passed_at)
select gen_random_uuid(), c.id, p.device_id, c.passenger_id, c.consumed_at
from clearance c join presentation p on p.id = c.presentation_id where c.consumed_at is not null;

insert into referral (id, site, hall_id, passenger_id, presentation_id, kind, reasons, state)
select gen_random_uuid(), 'NRT', p.hall_id, p.passenger_id, p.id, 'risk', '["risk-unreviewed"]', 'closed'
from presentation p where p.document_key <> %(but)s;

insert into declaration (id, site, device_key, cti, status, seq, lane, language, document_key, issuer,
    birth_date, arrival_on, flight, expires_at, passenger_id)
select gen_random_uuid(), 'NRT', '', decode(md5(x.id::text), 'hex'), 'active', 0, 0, 'en',
    left(x.id::text, 8), 'SWE', x.birth_date, cast(%(now)s as date), 'ZZ1', cast(%(now)s as timestamptz) + interval '45 hours', x.id
from passenger x where x.name_key like 'X%%';

insert into companion (id, declaration_id, seq, number, document_key)
select gen_random_uuid(), d.id, 0, 1, 'C' || d.document_key from declaration d;

insert into credential_use (id, declaration_id, person, passage_id)
select gen_random_uuid(), d.id, 0, gen_random_uuid() from declaration d;

insert into device_token (id, device_id, token_hash, assertion_id, expires_at)
select gen_random_uuid(), d.id, decode(md5(d.id::text || n), 'hex'), n::text, cast(%(now)s as timestamptz) - interval '1 hour'
from device d, generate_series(1, 3000) n;

insert into idempotency (actor, key, request_hash)
select 'device:' || d.id, n::text, '\\x00' from device d, generate_series(1, 6000) n;
"""


def fill(connection: psycopg.Connection[Any], people: int, now: datetime, but: str = "") -> None:
    """Put ``people`` of :data:`FLIGHTS` flights of carrier ZZ, six hours apart, into a database that has a rule set and a
    hall with a lane. Of the document number ``but`` nothing is made. The connection is the owner's, in autocommit.
    """
    values = {"each": people // FLIGHTS, "but": but, "now": now}
    for part in FILL.split(";\n"):
        connection.execute(part.encode(), values)
    connection.execute("analyze")
