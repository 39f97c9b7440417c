"""Models and migrations say the same; the roles have the rights they need and no more."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from app.kernel import postgres
from app.kernel.crypto import Vault
from app.kernel.db import Base, Database
from app.kernel.keyring import KeyKind
from app.kernel.migrate import configuration, upgrade
from app.kernel.sealed import using_vault
from app.keys.resealing import reseal
from app.referrals.models import Referral, ReferralEvent
from app.screening.entries import EntryDraft
from app.screening.models import EntryKind, WatchlistEntry
from risk_rules.names import BirthDate, Document, Name
from risk_rules.ruleset import load_ruleset
from tests.conftest import SECRET
from tests.support import NOW


def test_models_and_migrations_agree(cluster: postgres.Cluster, template: str) -> None:
    command.check(configuration(cluster.url(postgres.OWNER, template)))


def test_upgrading_twice_changes_nothing(cluster: postgres.Cluster, template: str) -> None:
    upgrade(cluster.url(postgres.OWNER, template))


@pytest.mark.parametrize("table", ["audit_entry", "referral_event", "rule_event"])
@pytest.mark.parametrize(
    "verb", ["delete from {}", "update {} set created_at = now()", "truncate {}"]
)
def test_append_only_tables_refuse_change(database: Database, table: str, verb: str) -> None:
    statement = verb.format(table).replace(
        "set created_at", "set at" if table == "audit_entry" else "set created_at"
    )
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(sa.text(statement))


def test_the_program_cannot_change_the_schema(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(sa.text("create table mine (n int)"))


def test_entries_of_older_lists_get_the_fingerprint_that_an_import_of_the_same_would(
    cluster: postgres.Cluster,
) -> None:
    draft = EntryDraft(
        "P-1", EntryKind.PERSON, "gesucht, ü", (Name("MÜLLER", "ANNA"),), (BirthDate(1980, 5, 31),),
        documents=(Document("TR1234567", "UTO"),), valid_from=date(2026, 1, 2),
    )  # fmt: skip
    with _database(cluster, "at_0014") as url:
        configured = configuration(url)
        command.upgrade(configured, "0014")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            listed = {"l": uuid4(), "e": uuid4(), "c": json.dumps(draft.content())}
            connection.execute(sa.text(_OLD_LIST), listed)
        command.upgrade(configured, "head")
        with engine.connect() as connection:
            [digest] = connection.scalars(sa.text("select digest from watchlist_entry")).all()
            noted = connection.execute(sa.text("select version, settings from watchlist_version"))
            [(version, settings)] = noted.all()
        engine.dispose()
    assert bytes(digest) == draft.columns()["digest"]
    assert (version, settings["handling"], settings["severity"]) == (3, "stop", "ordinary")


_OLD_LIST = """
with l as (insert into watchlist (id, key, title, purpose, handling, version)
    values (:l, 'wanted', 'W', 'drugs', 'stop', 3))
insert into watchlist_entry (id, watchlist_id, key, version, kind, content, reason, valid_from)
values (:e, :l, 'P-1', 2, 'person', :c, 'gesucht, ü', '2026-01-02')
"""


def test_changes_of_lists_that_waited_before_still_wait_and_settings_need_two(
    cluster: postgres.Cluster,
) -> None:
    with _database(cluster, "at_0024") as url:
        configured = configuration(url)
        command.upgrade(configured, "0024")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(_WAITING), {"l": uuid4()})
        command.upgrade(configured, "head")
        with engine.connect() as connection:
            told = connection.execute(sa.text("select status, settings from watchlist_proposal"))
            assert told.all() == [("proposed", None)]
            connection.execute(sa.text("update watchlist_proposal set status = 'applied'"))
            connection.rollback()
            with pytest.raises(sa.exc.IntegrityError):
                connection.execute(
                    sa.text("update watchlist_proposal set settings = '{}', status = 'applied'")
                )
        engine.dispose()
        command.downgrade(configured, "0024")


_WAITING = """
with l as (insert into watchlist (id, key, title, purpose, handling, version)
    values (:l, 'wanted', 'W', 'drugs', 'stop', 3))
insert into watchlist_proposal (id, watchlist_id, base_version, origin, whole, status, digest, added, changed,
    removed, unchanged, because, faults, faulty, note, proposed_at)
values (gen_random_uuid(), :l, 3, 'csv', false, 'proposed', '\\x00', 30, 0, 0, 0, '{bulk}', '[]', 0, '', now())
"""


def test_control_samples_of_before_become_full_examinations_whose_origin_is_kept(
    cluster: postgres.Cluster,
) -> None:
    with _database(cluster, "at_0018") as url:
        configured = configuration(url)
        command.upgrade(configured, "0018")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(_OLD_CONTROL))
        command.upgrade(configured, "head")
        with engine.connect() as connection:
            referrals = connection.execute(
                sa.text(
                    "select kind, reasons, origin, why_not from referral order by reasons::text"
                )
            ).all()
            shown = connection.execute(
                sa.text(
                    "select kind, reasons, drawn, selected, inspection_probability from presentation"
                )
            ).all()
            covers = connection.execute(sa.text("select covers from clearance")).scalar_one()
        engine.dispose()
    assert [tuple(row) for row in referrals] == [
        ("goods", ["declared-goods", "full-examination"], "lot", None),
        ("full-examination", ["full-examination"], "lot", None),
        ("full-examination", ["party-full-examination"], None, None),
        ("risk", ["risk-unreviewed"], None, None),
    ]  # fmt: skip
    # What the share was at that moment nobody knows any more: no probability is made up.
    assert [tuple(row) for row in shown] == [
        ("full-examination", ["full-examination"], True, False, None)
    ]
    assert covers == ["full-examination"]


_OLD_CONTROL = """
insert into hall (id, site, name, steps, mode, policy)
values (gen_random_uuid(), 'NRT', 'Hall', 'two-step', 'normal', '{}');
insert into presentation (id, site, hall_id, device_id, document_key, issuer, readings, answer, path,
    kind, reasons, decided_at)
select gen_random_uuid(), 'NRT', id, id, '', '', '{}', 'refer', '[]', 'control', '["control"]', now() from hall;
insert into clearance (id, presentation_id, covers, expires_at)
select gen_random_uuid(), id, '["control"]', now() from presentation;
insert into referral (id, site, hall_id, kind, reasons, state)
select gen_random_uuid(), 'NRT', h.id, r.kind, r.reasons::jsonb, 'closed' from hall h, (values
    ('control', '["control"]'), ('control', '["party-control"]'), ('risk', '["risk-unreviewed"]'),
    ('goods', '["declared-goods", "control"]')) r (kind, reasons);
"""


def test_rules_of_before_keep_their_force_and_their_signatures(cluster: postgres.Cluster) -> None:
    """In force, suspended since, waiting, refused: the last step says which; hits take their reviews along."""
    with _database(cluster, "at_0015") as url:
        configured = configuration(url)
        command.upgrade(configured, "0015")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(_OLD_RULES))
        command.upgrade(configured, "head")
        with engine.begin() as connection:
            versions = connection.execute(
                sa.text("select title, state, protected, ends_at from rule_version order by title")
            ).all()
            unsigned = connection.scalar(
                sa.text(
                    "select count(*) from rule_event e join rule_version v on v.id = e.version_id"
                    " where (e.author_id, e.digest) is distinct from (v.author_id, v.digest) or e.at is null"
                )
            )
            hits = connection.execute(
                sa.text("select subject, state, snoozed from hit order by subject")
            ).all()
            moments = connection.scalars(sa.text("select assessed_at = created_at from assessment"))
            assert moments.all() == [True]
        for attempt in (
            "update rule_event set note = 'changed'",
            "update rule_version set points = 100 where title = 'active'",
            "update rule_version set state = 'active' where title = 'submitted'",
        ):
            with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
                connection.execute(sa.text(attempt))
        engine.dispose()
    assert [tuple(row) for row in versions] == [
        (state, state, False, None)
        for state in ("active", "approved", "draft", "rejected", "submitted", "suspended")
    ]
    assert unsigned == 0
    assert [tuple(row) for row in hits] == [
        ("active", "dismissed", False), ("suspended", "unreviewed", False),
    ]  # fmt: skip


# Each rule is named after the state that it must come to.
_OLD_RULES = """
insert into rule (id, key, owner)
select gen_random_uuid(), t, 'o' from unnest('{active,suspended,approved,submitted,rejected,draft}'::text[]) t;
insert into rule_version (id, rule_id, n, title, text, points, purpose, handling, justification, digest,
    author_id, active, review_by)
select gen_random_uuid(), id, 1, key, 'true', 10, 'drugs', 'stop', 'j', sha256(key::bytea),
    case when key <> 'active' then gen_random_uuid() end, key = 'active', '2027-01-01' from rule;
insert into rule_event (id, version_id, kind, actor_id, note)
select (lpad(s.n::text, 8, '0') || substr(md5(v.title), 9))::uuid, v.id, s.kind, gen_random_uuid(), 'n' from rule_version v join (values
    (1, 'submitted', '{active,suspended,approved,submitted,rejected}'::text[]),
    (2, 'approved', '{active,suspended,approved}'), (2, 'rejected', '{rejected}'),
    (3, 'activated', '{active}'), (4, 'suspended', '{suspended}')) s (n, kind, titles) on v.title = any(s.titles);
insert into officer (id, login, name, roles, site) values (gen_random_uuid(), 'o', 'O', '{senior}', 'NRT');
insert into flight (id, site, carrier, number, suffix, flight_date, origin, destination, status, manifest,
    manifest_parts, version)
values (gen_random_uuid(), 'NRT', 'ZZ', 1, '', '2026-03-10', 'SIN', 'NRT', 'scheduled', 'closed', '{}', 1);
insert into passenger (id, flight_id, kind, travel_status, surname, given_names, name_key, provenance,
    facts_version, assessed_version, version)
select gen_random_uuid(), id, 'passenger', 'booked', 'TESTER', 'ANNA', 'TESTER<ANNA', '{}', 1, 1, 1 from flight;
insert into ruleset (id, digest, rule_versions, watchlists)
select gen_random_uuid(), '', array_agg(id), '{}' from rule_version where active;
insert into assessment (id, passenger_id, flight_id, ruleset_id, facts_version, facts, score, level, control,
    confirmed, own_high, unknown, is_current)
select gen_random_uuid(), p.id, p.flight_id, r.id, 1, '{}', 10, 'low', false, false, false, '[]', true
from passenger p, ruleset r;
insert into hit (id, assessment_id, passenger_id, source, subject, subject_version, title, purpose, handling,
    points, explanation, values_digest)
select gen_random_uuid(), a.id, a.passenger_id, 'rule', t, 1, t, 'drugs', 'stop', 10, '{}', sha256(t::bytea)
from assessment a, unnest('{active,suspended}'::text[]) t;
insert into hit_review (id, passenger_id, source, subject, subject_version, values_digest, state, reason,
    officer_id, reviewed_at)
select gen_random_uuid(), h.passenger_id, 'rule', 'active', 1, h.values_digest, 'dismissed', 'known', o.id, now()
from hit h, officer o where h.subject = 'active';
"""


def test_whoever_has_claimed_something_keeps_the_lease_over_the_upgrade(
    cluster: postgres.Cluster,
) -> None:
    with _database(cluster, "at_0034") as url:
        configured = configuration(url)
        command.upgrade(configured, "0034")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(_OLD_CLAIMS))
        command.upgrade(configured, "head")
        with engine.connect() as connection:
            found = connection.execute(
                sa.text("select state, active_at = claimed_at from referral order by state")
            ).all()
        engine.dispose()
    assert [tuple(row) for row in found] == [("claimed", True), ("raised", None)]


_OLD_CLAIMS = (
    "insert into referral (id, site, hall_id, kind, reasons, state, claimed_at)"
    " select gen_random_uuid(), 'NRT', gen_random_uuid(), 'risk', '[]', state, at"
    " from (values ('claimed', now()), ('raised', null)) as one (state, at)"
)


def test_shipped_rules_and_their_hits_speak_japanese_over_the_upgrade(
    cluster: postgres.Cluster,
) -> None:
    shipped = next(one for one in load_ruleset().rules if one.key == "bags.none-one-way")
    said = {"key": shipped.key, "title": shipped.scored.title, "why": shipped.justification}
    with _database(cluster, "at_0040") as url:
        configured = configuration(url)
        command.upgrade(configured, "0040")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("set local session_replication_role = replica"))
            for statement in _OLD_TITLES.split(";")[:-1]:
                connection.execute(sa.text(statement), said)
        command.upgrade(configured, "head")
        with engine.connect() as connection:
            versions = connection.execute(
                sa.text("select n, texts from rule_version order by n")
            ).all()
            hits = connection.execute(
                sa.text("select subject_version, titles from hit order by subject_version")
            ).all()
        engine.dispose()
        command.downgrade(configured, "0040")
    title = shipped.scored.texts["ja"]["title"]
    assert [tuple(one) for one in versions] == [(1, dict(shipped.scored.texts)), (2, {})]
    assert [tuple(one) for one in hits] == [(1, {"ja": title}), (2, {})]


# The second version is an officer's own, of the same words.
_OLD_TITLES = """
insert into rule (id, key, owner) values (gen_random_uuid(), :key, 'o');
insert into rule_version (id, rule_id, n, title, text, points, purpose, handling, justification, protected,
    legal_basis, airports, carriers, routes, digest, author_id, state, review_by)
select gen_random_uuid(), id, n, :title, 'true', 10, 'drugs', 'stop', :why, false, '', '{}', '{}', '{}',
    sha256(''), gen_random_uuid(), 'draft', '2027-01-01' from rule, generate_series(1, 2) n;
insert into hit (id, assessment_id, passenger_id, source, subject, subject_version, title, purpose, handling,
    points, explanation, values_digest, state, snoozed, reviewed_first)
select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'rule', :key, n, :title, 'drugs', 'stop', 10,
    '{}', sha256(''), 'unreviewed', false, false from generate_series(1, 2) n;
"""


def test_backtests_get_the_purpose_of_what_they_tried_and_forget_few_people_over_the_upgrade(
    cluster: postgres.Cluster,
) -> None:
    few = {"inspected": 3, "finds": 1, "needed": 10}
    counted = {"people": 300, "flights": 2, "hits": 4, "undecided": 0, "flight_p95": 1}
    result = {
        **counted, "flight_most": 1, "raised_by_nobody": 0, "overlap": [["a", 1]], "outcomes": few,
        "fresh_outcomes": few, "before": None,
        "parts": [{"month": "2026-01", "airport": "NRT", **counted}],
    }  # fmt: skip
    with _database(cluster, "at_0042") as url:
        configured = configuration(url)
        command.upgrade(configured, "0042")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for statement in _OLD_BACKTESTS.split(";")[:-1]:
                connection.execute(sa.text(statement), {"result": json.dumps(result)})
        command.upgrade(configured, "head")
        with engine.connect() as connection:
            told = connection.execute(
                sa.text(
                    "select purpose, result -> 'hits', result -> 'people' from backtest order by title"
                )
            ).all()
        engine.dispose()
        command.downgrade(configured, "0042")
    assert [tuple(one) for one in told] == [("drugs", None, 300), (None, None, None)]


_OLD_BACKTESTS = """
insert into rule (id, key, owner) values (gen_random_uuid(), 'r', 'o');
insert into rule_version (id, rule_id, n, title, text, points, purpose, handling, justification, protected,
    legal_basis, airports, carriers, routes, digest, author_id, state, review_by)
select gen_random_uuid(), id, 1, 't', 'bag.count > 1', 10, 'drugs', 'stop', 'j', false, '', '{}', '{}', '{}',
    sha256(''), gen_random_uuid(), 'draft', '2027-01-01' from rule;
insert into backtest (id, title, text, digest, first_month, last_month, airports, carriers, routes, state, result)
values (gen_random_uuid(), 'a', 'bag.count > 1', sha256('bag.count > 1'), '2026-01', '2026-01', '{}', '{}', '{}',
    'done', cast(:result as jsonb)),
    (gen_random_uuid(), 'b', 'other', sha256('other'), '2026-01', '2026-01', '{}', '{}', '{}', 'queued', null);
"""


def test_proposals_that_were_overtaken_say_by_which_version_over_the_upgrade(
    cluster: postgres.Cluster,
) -> None:
    with _database(cluster, "at_0030") as url:
        configured = configuration(url)
        command.upgrade(configured, "0030")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(_OLD_PROPOSALS))
        command.upgrade(configured, "head")
        with engine.connect() as connection:
            told = connection.execute(
                sa.text(
                    "select origin, status, overtaken_version, extract(day from decided_at)"
                    " from watchlist_proposal order by origin"
                )
            ).all()
            kept = connection.execute(sa.text("select key from watchlist_proposal_entry")).scalars()
            assert kept.all() == ["P-2"]
        engine.dispose()
    assert [tuple(one) for one in told] == [
        ("changed", "overtaken", 2, 2), ("set", "overtaken", 2, 2),
        ("set-now", "proposed", None, None), ("still", "proposed", None, None),
        ("taken-off", "overtaken", 3, 3),
    ]  # fmt: skip


_OLD_PROPOSALS = """
insert into watchlist (id, key, title, purpose, handling, version)
values (gen_random_uuid(), 'l', 'L', 'drugs', 'stop', 3);
insert into watchlist_version (id, watchlist_id, version, settings, added, replaced, removed, made_at)
select gen_random_uuid(), w.id, n, '{}', 0, 0, 0, make_timestamptz(2026, 1, n, 12, 0, 0, 'UTC')
from watchlist w, generate_series(1, 3) n;
insert into watchlist_entry (id, watchlist_id, key, version, removed_version, kind, content, reason, category,
    valid_from, digest)
select gen_random_uuid(), w.id, e.key, e.version, e.removed, 'person', '{}', 'r', '', '2026-01-01', sha256('')
from watchlist w, (values ('P-1', 2, null), ('P-2', 1, null), ('P-3', 1, 3)) as e (key, version, removed);
insert into watchlist_proposal (id, watchlist_id, base_version, origin, whole, status, digest, added, changed,
    removed, unchanged, because, faults, faulty, settings, note, proposed_at)
select gen_random_uuid(), w.id, p.base, p.origin, false, 'proposed', sha256(''), 0, 1, 0, 0, '{}', '[]', 0,
    p.settings::jsonb, '', now()
from watchlist w, (values ('changed', 1, null), ('still', 1, null), ('taken-off', 1, null), ('set', 1, '{}'),
    ('set-now', 3, '{}')) as p (origin, base, settings);
insert into watchlist_proposal_entry (id, proposal_id, key, act, fields, kind, content, reason, category,
    valid_from, digest)
select gen_random_uuid(), p.id, e.key, 'change', '{}', 'person', '{}', 'r', '', '2026-01-01', sha256('')
from watchlist_proposal p
join (values ('changed', 'P-1'), ('still', 'P-2'), ('taken-off', 'P-3')) as e (origin, key) using (origin);
"""


@contextmanager
def _database(cluster: postgres.Cluster, name: str) -> Iterator[str]:
    """An empty database of the owner's."""
    admin = sa.create_engine(cluster.url(postgres.OWNER), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
        try:
            yield cluster.url(postgres.OWNER, name)
        finally:
            connection.execute(sa.text(f"drop database {name} with (force)"))
    admin.dispose()


def test_words_that_were_there_before_they_were_sealed_are_read_and_then_sealed(
    cluster: postgres.Cluster, vault: Vault
) -> None:
    with _database(cluster, "at_0050") as url:
        configured = configuration(url)
        command.upgrade(configured, "0050")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for note in ("Tür auf", ""):
                connection.execute(sa.text(_OLD_REFERRAL), {"id": uuid4(), "note": note})
            connection.execute(sa.text(_OLD_ENTRY), {"l": uuid4()})
        command.upgrade(configured, "head")
        database = Database(url)
        with database.read() as session:
            assert _words(session) == (["", "Tür auf"], ["", "Tür auf"], ["gesucht, ü"])
        done = {one.place: (one.sealed, one.failed) for one in reseal(database, vault)}
        assert done == dict.fromkeys(
            ("referral.note", "referral_event.note", "watchlist_entry.reason"), (1, 0)
        )
        with database.read() as session:
            assert _words(session) == (["", "Tür auf"], ["", "Tür auf"], ["gesucht, ü"])
            for table in ("referral", "referral_event"):
                stored = session.scalars(sa.text(f"select note from {table} order by note")).all()
                assert [bytes(one)[:5] for one in stored] == [b"", vault.seal_mark]
        assert list(reseal(database, vault)) == []
        database.dispose()
        engine.dispose()


def _words(session: Session) -> tuple[list[str], ...]:
    columns = (Referral.note, ReferralEvent.note, WatchlistEntry.reason)
    return tuple(sorted(session.scalars(sa.select(one))) for one in columns)


_OLD_REFERRAL = """
with r as (insert into referral (id, site, hall_id, kind, reasons, state, note)
    values (:id, 'NRT', :id, 'goods', '[]', 'raised', :note))
insert into referral_event (id, referral_id, kind, note) values (gen_random_uuid(), :id, 'raised', :note)
"""
_OLD_ENTRY = """
with l as (insert into watchlist (id, key, title, purpose, handling, version)
    values (:l, 'wanted', 'W', 'drugs', 'stop', 3))
insert into watchlist_entry (id, watchlist_id, key, version, kind, content, reason, valid_from, digest)
values (gen_random_uuid(), :l, 'P-1', 2, 'person', '{}', 'gesucht, ü', '2026-01-02', '\\x00')
"""


def test_words_of_reviews_holds_and_orders_are_kept_over_the_upgrade_and_then_sealed(
    cluster: postgres.Cluster, vault: Vault
) -> None:
    sealed = import_module("migrations.versions.0058_words_of_people_are_sealed").COLUMNS
    with _database(cluster, "at_0057") as url:
        configured = configuration(url)
        command.upgrade(configured, "0057")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("set session_replication_role = replica"))
            for table in sorted({table for table, _ in sealed}):
                words = {name: f"{name}, ü" for of, name in sealed if of == table}
                _fill(connection, table, words)
            _fill(connection, "rule_snooze", {"reason": "-"})
        command.upgrade(configured, "head")
        database = Database(url)
        found = _kept(database, sealed)
        assert found.pop(("rule_snooze", "reason")) == ["", "reason, ü"]
        assert found == {(table, name): [f"{name}, ü"] for table, name in found}
        assert len(found) == len(sealed) - 1
        done = {one.place: (one.sealed, one.failed) for one in reseal(database, vault)}
        assert done == {f"{table}.{name}": (1, 0) for table, name in sealed}
        assert found.items() <= _kept(database, sealed).items()
        with engine.connect() as connection:
            for table, name in sealed:
                stored = connection.scalars(sa.text(f"select {name} from {table}")).all()
                assert {bytes(one)[:5] for one in stored} <= {b"", vault.seal_mark}
        database.dispose()
        engine.dispose()


def _kept(
    database: Database, columns: tuple[tuple[str, str], ...]
) -> dict[tuple[str, str], list[str]]:
    with database.read() as session:
        return {
            (table, name): sorted(session.scalars(sa.select(Base.metadata.tables[table].c[name])))
            for table, name in columns
        }


def _fill(connection: sa.Connection, table: str, words: dict[str, str]) -> None:
    """A row of a table with something in every column that wants it; foreign keys are not looked at."""
    something = {
        "uuid": "gen_random_uuid()", "timestamp with time zone": "now()", "date": "now()::date",
        "text": "'x'", "boolean": "false", "jsonb": "'{}'", "ARRAY": "'{}'", "bytea": "'\\x00'",
    }  # fmt: skip
    wanted = connection.execute(
        sa.text(
            "select column_name, data_type from information_schema.columns where table_name = :table"
            " and is_nullable = 'NO' and column_default is null"
        ),
        {"table": table},
    )
    values = {name: something.get(kind, "1") for name, kind in wanted if name not in words}
    values |= {name: f":{name}" for name in words}
    statement = f"insert into {table} ({', '.join(values)}) values ({', '.join(values.values())})"
    connection.execute(sa.text(statement), words)


def test_words_of_steps_are_sealed_anew_and_no_other_words_put_in_their_place(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        one = Referral(site="NRT", hall_id=uuid4(), kind="goods", reasons=[], state="raised")
        session.add(one)
        session.flush()
        session.add(ReferralEvent(referral_id=one.id, kind="claimed", note="Tür auf"))
    rotated = Vault(SECRET, vault.ring.with_key(KeyKind.SEAL, bytes(32), NOW).using(KeyKind.SEAL))
    [done] = [one for one in reseal(database, rotated) if one.place == "referral_event.note"]
    assert (done.sealed, done.failed) == (1, 0)
    with using_vault(rotated), database.read() as session:
        step = session.scalars(sa.select(ReferralEvent)).one()
        stored = bytes(session.scalars(sa.text("select note from referral_event")).one())
    assert step.note == "Tür auf"
    assert stored[:5] == rotated.seal_mark
    for other in (b"\x00plain", ReferralEvent.__table__.c.note.type.sealed("Something longer")):
        with database.transaction() as session:
            query = sa.text("select reseal_steps(array[:id], array[:sealed])")
            assert session.scalar(query, {"id": step.id, "sealed": other}) == 0
