-- The statements of the gate's hot path, written by hand: one reads everything, one writes everything.
--
-- Pieces in {braces} are the fragments above them. Every parameter is cast, so that a statement is
-- prepared once, whatever is null. "now" is the program's clock; only the end of a hold goes by the
-- database's, because several processes judge it. A test runs all of them against the models' tables.

-- fragment: arrival
coalesce(z.arrives_at, (z.flight_date + 1)::timestamp at time zone 'UTC')

-- fragment: flight_is_near
z.status not in ('cancelled', 'returned')
    and coalesce(z.arrives_at, (z.flight_date + 1)::timestamp at time zone 'UTC')
        between %(now)s::timestamptz - interval '36 hours'
            and %(now)s::timestamptz + interval '36 hours'

-- fragment: by_document
d.document_key = doc.number and (d.birth_date = doc.birth or d.issuer = any(doc.issuers))

-- fragment: declaration_counts
d.status = 'active' and d.site = h.site and d.expires_at > %(now)s::timestamptz
    and d.arrival_on between (%(now)s::timestamptz)::date - 3 and (%(now)s::timestamptz)::date + 3

-- fragment: registers
x.hall_id = h.id and k.kind = 'kiosk' and x.answer in ('registered', 'counter')
    and x.decided_at > %(now)s::timestamptz - interval '24 hours'

-- fragment: caller
place as (
    select d.id as device_id, d.kind as device_kind, d.hall_id
    from device_token t join device d on d.id = t.device_id
    where t.token_hash = %(token)s::bytea and t.expires_at > %(now)s::timestamptz
        and d.disabled_at is null
)

-- fragment: state
    pl.device_id, pl.device_kind, h.id as hall_id, h.site, h.steps, h.mode, h.policy,
    reg.id as registration_id, reg.readings as registration_readings,
    reg.reasons as registration_reasons,
    doc.number as document_key, doc.issuers[1] as issuer, doc.birth as birth_date,
    code.id as code_id, code.status as code_status, code.seq as code_seq,
    code.expires_at as code_expires_at, owner.person as code_person,
    code.passenger_id as code_passenger_id,
    exists (
        select from passenger x join passenger y on y.party_id = x.party_id
        where x.id = code.passenger_id and y.id = who.id
    ) as code_of_party,
    (select x.given_names from passenger x where x.id = code.passenger_id) as code_given_names,
    decl.id as declaration_id, decl.person, greatest(decl.lane, also.lane) as lane,
    reg.id is null and pl.device_kind = 'lane' and decl.person > 0 and exists (
        select from presentation x join device k on k.id = x.device_id
        where x.declaration_id = decl.id and x.person = 0 and {registers}
    ) as traveller_registered,
    exists (
        select from credential_use u where u.declaration_id = decl.id and u.person = decl.person
    ) as is_used,
    (
        select count(*) from (
            select 0 as person where decl.id is not null
            union all
            select c.number from companion c where c.declaration_id = decl.id and c.seq = decl.seq
        ) o
        where o.person <> decl.person and not exists (
            select from presentation x
            where x.declaration_id = decl.id and x.person = o.person and x.hall_id = h.id
                and x.decided_at > %(now)s::timestamptz - interval '24 hours')
    ) as party_left,
    p.id as passenger_id, p.facts_version, p.kind as passenger_kind, p.travel_status,
    p.surname, p.given_names, p.birth_date as told_birth, seen.passports, seen.is_known as passport_known,
    p.api_data is not null as has_api, p.party_id,
    coalesce(f.id, f2.id) as flight_id, coalesce(f.status, f2.status) as flight_status,
    coalesce(f.manifest, f2.manifest) as manifest,
    exists (
        select from passage g where g.passenger_id = p.id and not g.is_again
    ) as has_passed,
    a.id as assessment_id, a.action, a.confirmed, a.control, a.mixed, a.rules_alone, a.control_rate,
    a.facts_version = p.facts_version
        and a.ruleset_id = (select id from ruleset order by n desc limit 1) as is_fresh,
    release.ids as release_ids, release.covers,
    own.referrals, party.members
from place pl
join hall h on h.id = pl.hall_id
left join lateral (
    select d.* from declaration d
    where d.cti = %(cti)s::bytea
        and (%(device_key)s::bytea is null or d.device_key = %(device_key)s::bytea)
    order by (d.document_key is not distinct from %(number)s::text) desc,
        (d.device_key = ''::bytea) desc, d.created_at
    limit 1
) code on true
left join lateral (
    -- Whose receipt it is that is shown without a passport: by the words of the declaration, as it was bound.
    select b.person from declaration_version v
    cross join lateral (
        select 0 as person, code.document_key as number, v.content #>> '{traveller,birth_date}' as born
        union all
        select c.number, c.document_key,
            v.content #>> array['companions', (c.number - 1)::text, 'birth_date']
        from companion c where c.declaration_id = code.id and c.seq = code.seq
    ) b
    where %(number)s::text is null and %(binding)s::bytea is not null
        and v.declaration_id = code.id and v.seq = code.seq
        and substring(sha256(code.cti || convert_to(
            concat_ws('|', b.number, code.issuer, replace(b.born, '-', '')), 'UTF8'
        )) for 16) = %(binding)s::bytea
    limit 1
) bound on true
left join lateral (
    select r.* from (
        (select x.* from presentation x
        where %(registration)s::uuid is not null and x.id = %(registration)s::uuid)
        union all
        -- Somebody whom the lane knew by the face: registered here, by choice, and not forgotten since.
        (select x.* from presentation x join device k on k.id = x.device_id
        where %(walker)s::uuid is not null and x.id = %(walker)s::uuid and h.steps = 'two-step' and pl.device_kind = 'lane'
            and x.answer = 'registered' and {registers}
            and exists (
                select from sealed_face s join lane_key l on l.key_id = s.key_id
                where s.registration_id = x.id and s.hall_id = h.id and l.device_id = pl.device_id
                    and s.expires_at > %(now)s::timestamptz))
        union all
        (select x.* from presentation x join device k on k.id = x.device_id
        where %(registration)s::uuid is null and h.steps = 'two-step' and pl.device_kind = 'lane'
            and x.document_key = %(number)s::text and x.issuer = any(%(issuers)s::text[])
            and x.birth_date is not distinct from %(birth)s::date and {registers}
        order by x.decided_at desc limit 1)
        union all
        (select x.* from presentation x join device k on k.id = x.device_id
        where %(registration)s::uuid is null and h.steps = 'two-step' and pl.device_kind = 'lane'
            and %(number)s::text is null and x.declaration_id = code.id
            and x.person = case when %(binding)s::bytea is null then 0 else bound.person end
            and {registers}
        order by x.decided_at desc limit 1)
    ) r limit 1
) reg on true
cross join lateral (
    select coalesce(%(number)s::text, nullif(reg.document_key, '')) as number,
        case when %(number)s::text is null then array[reg.issuer] else %(issuers)s::text[] end
            as issuers,
        case when %(number)s::text is null then reg.birth_date else %(birth)s::date end as birth
) doc
left join lateral (
    select x.passenger_id as id
    from document x join passenger y on y.id = x.passenger_id join flight z on z.id = y.flight_id
    where x.number_key = doc.number and (x.issuer = any(doc.issuers) or y.birth_date = doc.birth)
        and z.site = h.site and {flight_is_near}
    order by abs(extract(epoch from {arrival} - %(now)s::timestamptz)) limit 1
) listed on true
left join lateral (
    select o.person from (
        select case when %(binding)s::bytea is null then 0 else bound.person end as person
        where doc.number is null and (%(binding)s::bytea is null or bound.person is not null)
        union all
        select 0 where code.document_key = doc.number
            and (code.birth_date = doc.birth or code.issuer = any(doc.issuers))
        union all
        select c.number from companion c
        where c.declaration_id = code.id and c.seq = code.seq
            and (c.document_key = doc.number or c.passenger_id = listed.id)
        union all
        select %(person)s::int where %(person)s::int is not null
    ) o where code.id is not null limit 1
) owner on true
left join lateral (
    select o.id from (
        select 1 as rank, reg.passenger_id as id
        union all select 2, listed.id
        union all select 3, code.passenger_id where owner.person = 0
        union all
        select 3, c.passenger_id from companion c
        where c.declaration_id = code.id and c.seq = code.seq and c.number = owner.person
        union all
        select 4, d.passenger_id from declaration d
        where %(cti)s::bytea is null and reg.passenger_id is null and listed.id is null
            and {by_document} and {declaration_counts}
        union all
        select 4, c.passenger_id from companion c
            join declaration d on d.id = c.declaration_id and d.seq = c.seq
        where %(cti)s::bytea is null and reg.passenger_id is null and listed.id is null
            and c.document_key = doc.number and {declaration_counts}
    ) o join passenger y on y.id = o.id
    order by o.rank limit 1
) surely on true
left join lateral (
    select (array_agg(y.id))[1] as id
    from flight z join passenger y on y.flight_id = z.id
    where surely.id is null and doc.number is not null and %(name_key)s::text is not null
        and z.site = h.site and {flight_is_near}
        and y.name_key = %(name_key)s::text and y.birth_date = doc.birth
    having count(*) = 1
) named on true
cross join lateral (select coalesce(surely.id, named.id) as id) who
left join passenger p on p.id = who.id
left join flight f on f.id = p.flight_id
left join lateral (
    select d.id, o.person, d.lane, d.seq, d.passenger_id, d.flight, d.arrival_on from (
        select code.id, owner.person, null::int as seq where owner.person is not null
        union all
        select d.id, 0, null from declaration d
        where %(cti)s::bytea is null and d.passenger_id = who.id and {declaration_counts}
        union all
        select d.id, 0, null from declaration d
        where %(cti)s::bytea is null and {by_document} and {declaration_counts}
        union all
        select c.declaration_id, c.number, c.seq from companion c
        where %(cti)s::bytea is null and c.passenger_id = who.id
        union all
        select c.declaration_id, c.number, c.seq from companion c
        where %(cti)s::bytea is null and c.document_key = doc.number
    ) o cross join lateral (
        -- Found by what was found, never the other way round, whatever a plan that was made early believes.
        select d.* from declaration d where d.id = o.id and (o.seq is null or o.seq = d.seq) offset 0
    ) d
    where %(cti)s::bytea is not null or {declaration_counts}
    order by (o.person = 0) desc, d.created_at desc, d.id desc limit 1
) decl on true
left join lateral (
    -- Who has declared a journey twice is held to the stricter of both, whichever code is shown.
    select max(d.lane) as lane from (
        select d.* from declaration d where decl.person = 0 and d.passenger_id = who.id
        union all
        select d.* from declaration d where decl.person = 0 and {by_document}
    ) d
    where {declaration_counts} and d.flight = decl.flight and d.arrival_on = decl.arrival_on
) also on true
left join lateral (
    select z.* from flight z
    where p.id is null and z.site = h.site
        and z.carrier || z.number || z.suffix = decl.flight
        and z.flight_date between decl.arrival_on - 2 and decl.arrival_on
    order by z.flight_date desc limit 1
) f2 on true
left join assessment a on a.passenger_id = p.id and a.is_current
left join lateral (
    select jsonb_agg(jsonb_build_object(
            'surname', s.surname, 'given_names', s.given_names, 'birth_date', s.birth_date
        )) as passports,
        coalesce(bool_or(s.digest = %(passport)s::bytea), false) or (
            p.name_key = %(name_key)s::text and p.birth_date is not distinct from doc.birth
            and coalesce(p.nationality, %(nationality)s::text) = %(nationality)s::text
            and exists (
                select from document x where x.passenger_id = p.id
                    and x.number_key = doc.number and x.issuer = any(doc.issuers))
        ) as is_known
    from shown_passport s where s.passenger_id = p.id
) seen on true
left join lateral (
    select array_agg(c.id) as ids, jsonb_agg(c.covers) as covers
    from (
        select y.* from clearance y where y.passenger_id = p.id
        union all
        select y.* from presentation x join clearance y on y.presentation_id = x.id
        where p.id is null and y.passenger_id is null and x.hall_id = h.id
            and x.document_key = doc.number and x.issuer = any(doc.issuers)
    ) c
    where c.released_by is not null and c.consumed_at is null and c.revoked_at is null
        and c.expires_at > %(now)s::timestamptz
        and c.facts_version is not distinct from p.facts_version
        and c.assessment_id is not distinct from a.id
        -- Not a join: a plan made while the tables are small would begin with all presentations of the hall.
        and (select x.hall_id from presentation x where x.id = c.presentation_id) = h.id
) release on true
left join lateral (
    -- What stands by an officer's word is like one that an officer has in hand, taken or not.
    select jsonb_agg(jsonb_build_object('id', r.id, 'kind', r.kind,
        'state', case when r.by_officer then 'claimed' else r.state end,
        'doubted', r.reasons ?| array['face-no-match', 'face-look'])) as referrals
    from referral r left join presentation x on x.id = r.presentation_id
    where r.state <> 'closed' and r.hall_id = h.id and r.flight_id is null
        and r.kind not in ('recall', 'late-hit')
        and (r.passenger_id = p.id
            or (r.passenger_id is null and p.id is null
                and x.document_key = doc.number and x.issuer = any(doc.issuers)))
) own on true
left join lateral (
    select jsonb_agg(jsonb_build_object(
        'id', m.id, 'facts', m.facts_version, 'born', m.birth_date,
        'action', ma.action, 'confirmed', ma.confirmed, 'control', ma.control,
        'mixed', ma.mixed, 'rules_alone', ma.rules_alone,
        'lane', (
            select max(d.lane) from declaration d
            where d.passenger_id = m.id and {declaration_counts}),
        'open', (
            select jsonb_agg(distinct r.kind) from referral r
            where r.passenger_id = m.id and r.hall_id = h.id and r.state <> 'closed'
                and r.kind not in ('recall', 'late-hit')
                and exists (
                    select from jsonb_array_elements_text(r.reasons) reason
                    where reason not like 'party-%%' and reason <> 'not-registered')),
        'settled', (
            select jsonb_agg(r.reasons) from referral r join presentation x on x.id = r.presentation_id
            where r.passenger_id = m.id and r.hall_id = h.id and r.state = 'closed'
                and r.decision is not null and x.facts_version = m.facts_version
                and x.assessment_id is not distinct from ma.id),
        'cleared', exists (
            select from clearance c where c.passenger_id = m.id and c.revoked_at is null
                and (c.consumed_at is not null or c.expires_at > %(now)s::timestamptz))
        )) as members
    from (
        select id from passenger where party_id = p.party_id
        union select decl.passenger_id
        union select c.passenger_id from companion c
            where c.declaration_id = decl.id and c.seq = decl.seq
    ) ids
    join passenger m on m.id = ids.id
    left join assessment ma on ma.passenger_id = m.id and ma.is_current
    where m.id <> p.id
) party on true

-- name: read
-- Read device, hall, registration, declaration, passenger, assessment, party; and what an earlier call with the same
-- key led to.
with {caller}
select earlier.request_hash as earlier_hash, earlier.result as earlier_result,
{state}
left join idempotency earlier
    on earlier.actor = 'device:' || pl.device_id and earlier.key = %(key)s::text

-- name: read_again
-- The same for a stored presentation, when an officer releases somebody who is being held.
with place as (
    select device_id, 'lane' as device_kind, hall_id from presentation
    where id = %(registration)s::uuid
)
select
{state}

-- name: claimed
-- What the first call with this key led to.
select i.request_hash, i.result from idempotency i join device d on i.actor = 'device:' || d.id
where d.id = %(device)s::uuid and i.key = %(key)s::text

-- fragment: decision
guard as materialized (
    -- Nothing is written, the key is not claimed either, unless the facts and the referrals to be renewed still stand.
    select (
        select count(*) from (
            select from passenger
            where (id, facts_version) in (
                select * from unnest(%(seen)s::uuid[], %(versions)s::bigint[]))
            order by id for share
        ) locked
    ) = cardinality(%(seen)s::uuid[]) and (%(reused)s::uuid[] is null or (
        select count(*) from (
            select from referral where id = any(%(reused)s::uuid[]) and state <> 'closed'
            order by id for update
        ) locked
    ) = cardinality(%(reused)s::uuid[])) as stands
), claim as (
    insert into idempotency (actor, key, request_hash, result)
    select 'device:' || %(device)s::uuid, %(key)s::text, %(hash)s::bytea, %(id)s::uuid
    from guard where stands and %(key)s::text is not null
    on conflict do nothing returning true
), made as (
    insert into presentation (
        id, site, hall_id, device_id, registration_id, passenger_id, declaration_id, person,
        document_key, issuer, birth_date, readings, answer, path, kind, reasons, counter,
        facts_version, assessment_id, selected, drawn, inspection_probability, hold_until, decided_at)
    select %(id)s::uuid, %(site)s::text, %(hall)s::uuid, %(device)s::uuid, %(registration)s::uuid,
        %(passenger)s::uuid, %(declaration)s::uuid, %(person)s::int, %(document_key)s::text,
        %(issuer)s::text, %(birth)s::date, %(readings)s::jsonb, %(answer)s::text,
        jsonb_build_array(%(answer)s::text), %(kind)s::text, %(reasons)s::jsonb,
        %(counter)s::text, %(facts_version)s::bigint, %(assessment)s::uuid, %(selected)s::bool,
        %(drawn)s::bool, %(probability)s::float8,
        clock_timestamp() + make_interval(secs => %(hold)s::float8), %(now)s::timestamptz
    from guard where stands and (%(key)s::text is null or exists (select from claim))
    returning id, hold_until
), superseded as (
    update clearance c set revoked_at = %(now)s::timestamptz, revoked_because = 'presented-again'
    from made
    where c.passenger_id = %(passenger)s::uuid and c.released_by is null
        and c.consumed_at is null and c.revoked_at is null
), forgotten as (
    -- Whoever comes to a kiosk again is known by the face only if that is chosen again.
    delete from sealed_face s using made
    where %(registration)s::uuid is null and s.passenger_id = %(passenger)s::uuid
), cleared as (
    insert into clearance (
        id, presentation_id, passenger_id, facts_version, assessment_id, release_ids, expires_at)
    select %(clearance)s::uuid, made.id, %(passenger)s::uuid, %(facts_version)s::bigint,
        %(assessment)s::uuid, %(releases)s::uuid[], %(expires)s::timestamptz
    from made where %(clearance)s::uuid is not null
)

-- fragment: referrals
raised as (
    select * from jsonb_to_recordset(%(raised)s::jsonb)
        as r (id uuid, kind text, reasons jsonb, origin text, reuse uuid, step uuid, entry uuid)
), renewed as (
    update referral f set presentation_id = made.id, reasons = r.reasons, origin = r.origin,
        version = f.version + 1,
        is_hold = made.hold_until is not null, hold_until = made.hold_until
    from raised r, made where f.id = r.reuse and f.state <> 'closed'
    returning f.id, f.version, 'presented-again' as step
), fresh as (
    insert into referral (
        id, site, hall_id, passenger_id, presentation_id, kind, reasons, origin, state, is_hold,
        hold_until)
    select r.id, %(site)s::text, %(hall)s::uuid, %(passenger)s::uuid, made.id, r.kind, r.reasons,
        r.origin, 'raised', made.hold_until is not null, made.hold_until
    from raised r, made where r.reuse is null
    returning id, version, 'raised' as step
), overtaken as (
    update referral f set state = 'closed', closed_at = %(now)s::timestamptz,
        version = f.version + 1, is_hold = false, hold_until = null
    from made where f.id = any(%(overtaken)s::uuid[]) and f.state = 'raised' and not f.by_officer
    returning f.id, f.version, 'overtaken' as step
), alert as (
    insert into referral (id, site, hall_id, flight_id, kind, reasons, state)
    select %(alert)s::uuid, %(site)s::text, %(hall)s::uuid, %(alert_flight)s::uuid, 'technical',
        %(alert_reasons)s::jsonb, 'raised'
    from made where %(alert_flight)s::uuid is not null
    on conflict (flight_id) where flight_id is not null and state <> 'closed' do nothing
    returning id, version, 'raised' as step
), touched as (
    select * from renewed union all select * from fresh
    union all select * from overtaken union all select * from alert
), steps as (
    insert into referral_event (id, referral_id, kind, actor_id, note)
    select gen_random_uuid(), t.id, t.step, %(device)s::uuid, ''::bytea from touched t
)

-- fragment: told
emitted as (
    insert into event (kind, subject, version, site)
    select 'presentation.changed', id, 1, %(site)s::text from made
    union all
    select 'referral.changed', id, version, %(site)s::text from touched
    returning id, kind, subject, version
), audited as (
    insert into audit_entry (
        id, at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
    select %(audit)s::uuid, %(now)s::timestamptz, 'device', %(device)s::uuid,
        'presentation.decide', 'presentation', id,
        jsonb_build_object('answer', %(answer)s::text, 'kind', %(kind)s::text,
            'reasons', %(reasons)s::jsonb,
            'referrals', (select coalesce(jsonb_agg(t.id), '[]'::jsonb) from touched t))
    from made
)
select (select count(*) from made) as made,
    (select extract(epoch from hold_until - clock_timestamp()) from made)::float8 as hold_seconds,
    (select jsonb_agg(jsonb_build_array(id, kind, subject, version)) from emitted) as events

-- name: write
-- Write a decision, if the state it was taken on still stands and no other call with the same key was faster
-- (made = 0: take it again).
with {decision},
{referrals},
{told}

-- name: write_plain
-- The same of a decision that raises, renews and overtakes nothing: nine in ten.
with {decision},
touched as (select null::uuid as id, 0::bigint as version where false),
{told}

-- name: show
-- A presentation as a device of its hall may see it. A hold that is over is a refer, whoever writes it down.
select p.id, v.is_over, p.reasons, p.counter,
    case when v.is_over then 'refer' else p.answer end as answer,
    case when v.is_over then p.path || '["refer"]'::jsonb else p.path end as path,
    extract(epoch from p.hold_until - clock_timestamp())::float8 as hold_seconds,
    c.id as clearance_id, c.expires_at,
    (select x.given_names from passenger x where x.id = (p.readings ->> 'code_of')::uuid) as whose
from presentation p
cross join lateral (
    select p.answer = 'hold' and p.hold_until <= clock_timestamp() as is_over
) v
left join clearance c on c.presentation_id = p.id and p.answer = 'cleared'
    and c.consumed_at is null and c.revoked_at is null and c.expires_at > %(now)s::timestamptz
where p.id = %(id)s::uuid and p.hall_id = %(hall)s::uuid

-- name: known
-- Which device a token belongs to.
with {caller} select device_id, device_kind, hall_id from place

-- name: consume
-- Consume a clearance: exactly one of many callers finds it unconsumed. Who has passed passes again only
-- by an officer's release that says so (passed = 0: on another clearance somebody was faster).
with {caller}, claim as (
    insert into idempotency (actor, key, request_hash, result)
    select 'device:' || p.device_id, %(key)s::text, %(hash)s::bytea, %(id)s::uuid from place p
    where %(key)s::text is not null
    on conflict do nothing returning true as made
), consumed as (
    update clearance c set consumed_at = %(now)s::timestamptz
    from presentation p, place, hall h
    where p.id = %(presentation)s::uuid and c.presentation_id = p.id
        and p.answer = 'cleared' and p.device_id = place.device_id and h.id = place.hall_id
        and h.mode in ('normal', 'flight-without-manifest')
        and (place.device_kind = 'lane' or h.steps = 'one-step')
        and (%(key)s::text is null or exists (select from claim))
        and c.consumed_at is null and c.revoked_at is null
        and c.expires_at > %(now)s::timestamptz
        and (c.passenger_id is null or exists (
            select from passenger x
            left join assessment a on a.passenger_id = x.id and a.is_current
            where x.id = c.passenger_id and x.facts_version = c.facts_version
                and a.id is not distinct from c.assessment_id
                and (c.released_by is not null
                    or a.ruleset_id = (select id from ruleset order by n desc limit 1))))
    returning c.id, c.passenger_id, c.release_ids, p.declaration_id, p.person, place.device_id,
        p.site, p.id as presentation_id, p.version
), releases as (
    update clearance r set consumed_at = %(now)s::timestamptz
    from consumed c
    where r.id = any(c.release_ids) and r.consumed_at is null and r.revoked_at is null
    returning r.id, r.covers
), passed as (
    insert into passage (id, clearance_id, device_id, passenger_id, passed_at, is_again)
    select %(id)s::uuid, id, device_id, passenger_id, %(now)s::timestamptz,
        exists (select from releases where covers ? 'already-passed')
    from consumed
    on conflict (passenger_id) where not is_again do nothing returning id
), forgotten as (
    delete from sealed_face s using consumed c where s.passenger_id = c.passenger_id
), used as (
    insert into credential_use (id, declaration_id, person, passage_id)
    select %(use)s::uuid, declaration_id, person, %(id)s::uuid from consumed
    where declaration_id is not null
    on conflict do nothing returning id
), emitted as (
    insert into event (kind, subject, version, site)
    select 'presentation.changed', presentation_id, version, site from consumed
    returning id, kind, subject, version
), audited as (
    insert into audit_entry (
        id, at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
    select %(audit)s::uuid, %(now)s::timestamptz, 'device', device_id, 'clearance.consume',
        'clearance', id, jsonb_build_object('presentation', presentation_id)
    from consumed
)
select pl.device_id, (select made from claim) as is_claimed,
    (select count(*) from consumed) as consumed,
    (select count(*) from passed) as passed,
    (select count(*) from releases) as releases,
    (select coalesce(cardinality(release_ids), 0) from consumed) as releases_needed,
    (select count(*) from used) as used,
    (select count(*) from consumed where declaration_id is not null and not exists (
        select from releases where covers ? 'credential-already_used')) as uses_needed,
    (select site from consumed) as site,
    (select jsonb_agg(jsonb_build_array(id, kind, subject, version)) from emitted) as events
from place pl

-- name: why_not
-- Why a clearance could not be consumed.
select c.id, c.consumed_at, c.revoked_at, c.expires_at <= %(now)s::timestamptz as is_expired
from presentation p
left join clearance c on c.presentation_id = p.id and p.answer = 'cleared'
where p.id = %(presentation)s::uuid and p.device_id = %(device)s::uuid

-- name: passage
-- A passage for a replay.
select g.id, c.presentation_id, g.passed_at from passage g join clearance c on c.id = g.clearance_id
where g.id = %(id)s::uuid
