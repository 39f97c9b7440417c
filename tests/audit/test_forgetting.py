"""Entries past their clock leave the trail, and it is intact; whoever takes away others is found."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.audit import proofs
from app.audit.forgetting import FORGOTTEN, forget
from app.audit.log import SYSTEM, Actor, ActorKind, record
from app.audit.sealing import seal, signer
from app.audit.verify import Fault, verify
from app.kernel import postgres
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.retention.models import HoldKind, LegalHold
from tests.conftest import SECRET
from tests.support import NOW

VAULT = Vault(SECRET)
KEPT = timedelta(days=1827)
THEN = NOW - timedelta(days=2200)
"""Long enough ago, by the clock of the database too."""


def wrote(database: Database, number: int, at, subject=None) -> None:
    with database.transaction() as session:
        for _ in range(number):
            record(session, SYSTEM, "case.closed", "case", subject or uuid4(), at, words="é")
    sealed(database, at)


def sealed(database: Database, at) -> None:
    with database.transaction() as session:
        seal(session, VAULT, at)


def forgot(database: Database, now=NOW, kept=KEPT) -> int:
    with database.transaction() as session:
        return forget(session, now, kept)


def checked(database: Database, now=NOW, *exported: str):
    with database.read() as session:
        return verify(session, [signer(session, VAULT).verifier()], now, exported=exported)


def test_old_entries_leave_once_it_is_sealed_that_they_do(database: Database) -> None:
    wrote(database, 300, THEN)
    wrote(database, 7, NOW - timedelta(days=100))
    with database.read() as session:
        exported = proofs.notes(session)
        kept = session.scalar(
            sa.text("select id from audit_entry where at > :then limit 1"), {"then": THEN}
        )
    assert forgot(database) == 0  # that it will is not sealed yet
    sealed(database, NOW)
    assert forgot(database) == 300
    report = checked(database, NOW, *exported)
    assert report.is_intact
    assert (report.forgotten, report.entries, report.size) == (300, 8, 308)
    with database.read() as session:
        assert proofs.prove(session, kept).check([signer(session, VAULT).verifier()]).size == 308
    assert forgot(database) == 0


def test_no_clock_takes_what_the_database_keeps_five_years(database: Database) -> None:
    wrote(database, 3, NOW - timedelta(days=1000))
    forgot(database, kept=timedelta(days=10))
    sealed(database, NOW)
    assert forgot(database, kept=timedelta(days=10)) == 0
    assert checked(database).entries == 4


def test_what_is_taken_away_behind_that_is_found(database: Database, cluster) -> None:
    wrote(database, 5, THEN)
    wrote(database, 5, NOW)
    forgot(database)
    sealed(database, NOW)
    forgot(database)
    tamper(
        cluster,
        database,
        "delete from audit_entry where id = (select entry_id from audit_leaf where position = 6)",
    )
    [fault] = checked(database).faults
    assert (fault.fault, fault.first, fault.last) == (Fault.REMOVED, 6, 6)


def test_saying_that_young_entries_left_excuses_nothing(database: Database, cluster) -> None:
    """An intruder writes that everything leaves, waits for the seal and takes away what he did."""
    wrote(database, 5, NOW - timedelta(days=3))
    with database.transaction() as session:
        record(session, SYSTEM, FORGOTTEN, "audit", None, NOW, size=5)
    sealed(database, NOW)
    tamper(
        cluster,
        database,
        "delete from audit_entry where id = (select entry_id from audit_leaf where position = 2)",
    )
    [fault] = checked(database).faults
    assert (fault.fault, fault.first) == (Fault.REMOVED, 2)


def test_an_announcement_counts_from_its_signature_whatever_time_it_bears(
    database: Database, cluster
) -> None:
    """The same intruder dates it six years ahead; so he is found twice."""
    wrote(database, 5, NOW - timedelta(days=3))
    with database.transaction() as session:
        record(session, SYSTEM, FORGOTTEN, "audit", None, NOW + timedelta(days=2200), size=5)
    sealed(database, NOW)
    tamper(
        cluster,
        database,
        "delete from audit_entry where id in (select entry_id from audit_leaf where position < 5)",
    )
    report = checked(database)
    assert report.forgotten == 0
    assert [(one.fault, one.first, one.last) for one in report.faults] == [
        (Fault.REMOVED, 0, 4), (Fault.AHEAD, 5, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (SYSTEM, {}),
        (SYSTEM, {"size": "abc"}),
        (SYSTEM, {"size": -1}),
        (SYSTEM, {"size": 10**30}),
        (Actor(ActorKind.OFFICER, uuid4()), {"size": 5}),
    ],
)
def test_what_cannot_say_that_entries_left_is_a_fault_with_its_place(
    database: Database, who: Actor, said: dict[str, object]
) -> None:
    wrote(database, 5, THEN)
    with database.transaction() as session:
        record(session, who, FORGOTTEN, "audit", None, NOW, **said)
    sealed(database, NOW)
    [fault] = checked(database).faults
    assert (fault.fault, fault.first, fault.last) == (Fault.NO_ANNOUNCEMENT, 5, 5)
    forgot(database)  # the job goes on
    sealed(database, NOW)
    assert forgot(database) == 5


def test_what_a_hold_covers_stays(database: Database) -> None:
    subject = uuid4()
    wrote(database, 2, THEN, subject)
    wrote(database, 2, THEN)
    with database.transaction() as session:
        session.add(
            LegalHold(site="NRT", kind=HoldKind.CASE, subject_id=subject, covers=[subject], authority="a",
                      reference="b", reason="c", until=(NOW + KEPT).date(), placed_by=uuid4(), placed_at=NOW)
        )  # fmt: skip
    forgot(database)
    sealed(database, NOW)
    assert forgot(database) == 2
    report = checked(database)
    assert (report.is_intact, report.forgotten) == (True, 2)


@pytest.mark.parametrize("function", ["forget_entries", "forget_steps"])
def test_the_reading_role_cannot_ask_for_it(database: Database, cluster, function: str) -> None:
    query = f"select has_function_privilege('egate_read', '{function}(uuid[])', 'execute')"
    with database.read() as session:
        assert session.scalar(sa.text(query)) is False


def tamper(cluster: postgres.Cluster, database: Database, statement: str) -> None:
    engine = sa.create_engine(cluster.url(postgres.OWNER, database.engine.url.database))
    with engine.begin() as connection:
        connection.execute(sa.text("set session_replication_role = replica"))
        connection.execute(sa.text(statement))
    engine.dispose()
