"""The sealed trail: whatever is done to it is found, and where."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, record
from app.audit.models import AuditCheckpoint, AuditLeaf
from app.audit.sealing import newest, seal, signer, subtrees
from app.audit.verify import Fault, Report, verify
from app.formats.merkle import (
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from app.formats.signed_note import Checkpoint, open_note
from app.kernel import postgres
from app.kernel.crypto import Vault
from app.kernel.db import Database
from tests.conftest import SECRET
from tests.support import NOW

VAULT = Vault(SECRET)
LATER = NOW + timedelta(hours=2)


def write(database: Database, number: int) -> None:
    with database.transaction() as session:
        for i in range(number):
            record(
                session,
                SYSTEM,
                "case.closed",
                "case",
                uuid4(),
                NOW,
                count=i,
                share=i / 7,
                words="é",
            )


def sealed(database: Database, *batches: int) -> None:
    for number in batches:
        write(database, number)
        with database.transaction() as session:
            assert seal(session, VAULT, NOW) == number


def checked(database: Database, *exported: str) -> Report:
    with database.read() as session:
        return verify(session, [signer(session, VAULT).verifier()], LATER, exported=exported)


def test_an_untouched_trail_is_intact(database: Database) -> None:
    sealed(database, 3, 1, 300, 5)
    report = checked(database)
    assert report.is_intact
    assert (report.entries, report.size, report.checkpoints) == (309, 309, 4)


def test_nothing_new_seals_nothing(database: Database) -> None:
    sealed(database, 3)
    with database.transaction() as session:
        assert seal(session, VAULT, NOW) == 0
    assert checked(database).checkpoints == 1


def test_more_than_a_batch_is_sealed_in_several(database: Database) -> None:
    write(database, 7)
    for expected in (3, 3, 1, 0):
        with database.transaction() as session:
            assert seal(session, VAULT, NOW, limit=3) == expected
    assert checked(database).is_intact


def test_what_was_still_uncommitted_is_sealed_the_next_time(database: Database) -> None:
    with database.transaction() as slow:
        record(slow, SYSTEM, "slow", "case", None, NOW)
        sealed(database, 2)
    with database.transaction() as session:
        assert seal(session, VAULT, NOW) == 1
    assert checked(database).is_intact


def test_a_restored_database_seals_what_has_no_leaf(database: Database) -> None:
    sealed(database, 4)
    with database.transaction() as session:
        session.execute(sa.text("update setting set value = 'another' where key = 'epoch'"))
    sealed(database, 2)
    assert checked(database).size == 6


def test_proofs_hold_across_kept_nodes(database: Database) -> None:
    sealed(database, 200, 400, 13)
    with database.read() as session:
        hashes = list(session.scalars(sa.select(AuditLeaf.hash).order_by(AuditLeaf.position)))
        for size in (1, 255, 256, 257, 512, 600, 613):
            subtree = subtrees(session, size)
            root = root_of(hashes[:size])
            assert subtree(0, size) == root
            for index in {0, size // 2, size - 1}:
                proof = inclusion_proof(subtree, index, size)
                assert verify_inclusion(hashes[index], index, size, proof, root)
            whole = root_of(hashes)
            proof = consistency_proof(subtrees(session, 613), size, 613)
            assert verify_consistency(size, 613, root, whole, proof)


# --- what an intruder with all rights over the database can do, but for signing -------------------

BATCHES = (5, 300, 1, 20, 4)
TOTAL = sum(BATCHES)


@pytest.fixture
def intruder(cluster: postgres.Cluster, database: Database) -> Iterator[sa.Engine]:
    """As the owner of the tables, without their triggers."""
    engine = sa.create_engine(cluster.url(postgres.OWNER, database.engine.url.database or ""))
    sealed(database, *BATCHES)
    yield engine
    engine.dispose()


def found_after(engine: sa.Engine, *statements: str, exported: tuple[str, ...] = ()) -> Report:
    """What is found once the statements have been run; they are taken back behind it."""
    with engine.connect() as connection:
        connection.execute(sa.text("set local session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(sa.text(statement)).rowcount, statement
        session = Session(bind=connection)
        try:
            return verify(session, [signer(session, VAULT).verifier()], LATER, exported=exported)
        finally:
            connection.rollback()


ENTRY = "(select entry_id from audit_leaf where position = {})"
FLIPS = (
    "action = action || 'x'", "actor_kind = 'officer'", "at = at + interval '1 microsecond'",
    "subject_id = gen_random_uuid()", "subject_id = null", "actor_id = gen_random_uuid()",
    "subject_kind = ''", "detail = detail || '{{\"count\": 1e6}}'", "detail = '{{}}'",
)  # fmt: skip


FORGED = (
    "insert into audit_entry (id, at, actor_kind, action, subject_kind, detail)"
    " select gen_random_uuid(), min(at), 'system', 'x', 'case', '{}' from audit_entry"
)


def batch_of(position: int) -> tuple[int, int]:
    """Where the batch of a place begins and ends."""
    start = 0
    for number in BATCHES:
        if position < start + number:
            return start, start + number - 1
        start += number
    raise AssertionError(position)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(position=st.integers(0, TOTAL - 1), flip=st.sampled_from(FLIPS))
def test_an_altered_entry_is_named(intruder: sa.Engine, position: int, flip: str) -> None:
    entry = ENTRY.format(position)
    report = found_after(intruder, f"update audit_entry set {flip.format()} where id = {entry}")
    assert [(one.fault, one.first, one.last) for one in report.faults] == [
        (Fault.ALTERED, position, position)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(first=st.integers(0, TOTAL - 1), number=st.integers(1, 40))
def test_removed_entries_are_named(intruder: sa.Engine, first: int, number: int) -> None:
    last = min(first + number, TOTAL) - 1
    where = f"id in (select entry_id from audit_leaf where position between {first} and {last})"
    report = found_after(intruder, f"delete from audit_entry where {where}")
    assert [(one.fault, one.first, one.last) for one in report.faults] == [
        (Fault.REMOVED, first, last)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(one=st.integers(0, TOTAL - 1), other=st.integers(0, TOTAL - 1))
def test_places_that_were_exchanged_are_found(intruder: sa.Engine, one: int, other: int) -> None:
    if one == other:
        return
    moved = (
        f"update audit_leaf set position = -1 where position = {one}",
        f"update audit_leaf set position = {one} where position = {other}",
        f"update audit_leaf set position = {other} where position = -1",
    )
    report = found_after(intruder, *moved)
    said = {
        (found.first, found.last) for found in report.faults if found.fault is Fault.ROOT_DIFFERS
    }
    assert said == {batch_of(one), batch_of(other)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(position=st.integers(0, TOTAL - 1))
def test_an_entry_altered_with_its_leaf_is_found_by_the_signature(
    intruder: sa.Engine, position: int
) -> None:
    """Whoever hashes the altered entry anew leaves a root that nobody has signed."""
    hashed = f"update audit_leaf set hash = sha256('forged') where position = {position}"
    report = found_after(intruder, hashed)
    roots = [(one.first, one.last) for one in report.faults if one.fault is Fault.ROOT_DIFFERS]
    assert roots == [batch_of(position)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(kept=st.integers(0, TOTAL - 1), entries=st.booleans())
def test_a_trail_cut_off_is_found(
    intruder: sa.Engine, kept: int, entries: bool
) -> None:  # hypothesis hands it in
    gone = f"id in (select entry_id from audit_leaf where position >= {kept})"
    cut = [f"delete from audit_entry where {gone}"] if entries else []
    report = found_after(intruder, *cut, f"delete from audit_leaf where position >= {kept}")
    assert (kept, TOTAL - 1) in [
        (one.first, one.last) for one in report.faults if one.fault is Fault.CUT_OFF
    ]


def test_a_cut_with_its_checkpoints_is_found_by_what_was_exported(
    intruder: sa.Engine, database: Database
) -> None:
    with database.read() as session:
        kept = newest(session)
        assert kept
        before = session.scalars(
            sa.select(AuditCheckpoint.note).order_by(AuditCheckpoint.size)
        ).all()
    size = sum(BATCHES[:3])
    cut = (
        f"delete from audit_entry where id in (select entry_id from audit_leaf where position >= {size})",
        f"delete from audit_leaf where position >= {size}",
        f"delete from audit_checkpoint where size > {size}",
    )
    assert found_after(intruder, *cut).is_intact  # nothing here tells it
    report = found_after(intruder, *cut, exported=(kept.note,))
    assert [(one.fault, one.first, one.last) for one in report.faults] == [
        (Fault.CUT_OFF, size, TOTAL - 1)
    ]
    assert found_after(intruder, *cut, exported=tuple(before[:2])).is_intact


def test_a_trail_written_anew_is_found_by_what_was_exported(
    intruder: sa.Engine, database: Database
) -> None:
    with database.read() as session:
        note = session.scalars(
            sa.select(AuditCheckpoint.note).order_by(AuditCheckpoint.size)
        ).first()
        assert note
        who = signer(session, VAULT)
    old = Checkpoint.read(open_note(note, who.verifier()))
    other = who.sign(replace(old, root=bytes(32)).text())
    report = checked(database, other)
    assert [(one.fault, one.first, one.last) for one in report.faults] == [
        (Fault.HISTORY_DIFFERS, 0, old.size - 1)
    ]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("update audit_checkpoint set note = replace(note, 'time 2', 'time 3') where size = 305", Fault.CHECKPOINT_INVALID),
        ("delete from audit_checkpoint where size = 305", Fault.CHECKPOINT_INVALID),
        ("insert into audit_leaf values (330, gen_random_uuid(), sha256('x'))", Fault.UNSIGNED),
        ("update audit_node set hash = sha256('x')", Fault.NODE_DIFFERS),
        ("delete from audit_node", Fault.NODE_DIFFERS),
        ("insert into audit_node values (1, 7, sha256('x'))", Fault.NODE_DIFFERS),
        ("delete from audit_leaf where position = 17", Fault.LEAF_MISSING),
        (FORGED, Fault.UNSEALED),
    ],
    ids=["altered-note", "lost-note", "added-leaf", "altered-node", "lost-node", "added-node", "lost-leaf", "added-entry"],
)  # fmt: skip
def test_whatever_else_is_done_is_found(intruder: sa.Engine, statement: str, fault: Fault) -> None:
    assert fault in {one.fault for one in found_after(intruder, statement).faults}


def test_an_entry_of_a_time_long_gone_is_found_though_it_was_sealed(
    intruder: sa.Engine, database: Database
) -> None:
    with database.transaction() as session:
        record(session, SYSTEM, "case.closed", "case", None, NOW - timedelta(days=2))
        seal(session, VAULT, NOW)
    (found,) = checked(database).faults
    assert (found.fault, found.first) == (Fault.BACKDATED, TOTAL)


def test_a_key_that_is_not_trusted_vouches_for_nothing(database: Database) -> None:
    sealed(database, 3)
    with database.read() as session:
        other = signer(session, Vault(bytes(32))).verifier()
        report = verify(session, [other], LATER)
    assert Fault.CHECKPOINT_INVALID in {one.fault for one in report.faults}


@pytest.mark.parametrize("table", ["audit_leaf", "audit_node", "audit_checkpoint"])
@pytest.mark.parametrize("verb", ["delete from {}", "truncate {}", "update {} set {}"])
def test_the_program_itself_cannot_change_what_is_sealed(
    database: Database, table: str, verb: str
) -> None:
    sealed(database, 257)
    setting = "note = ''" if table == "audit_checkpoint" else "hash = ''"
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(sa.text(verb.format(table, setting)))
