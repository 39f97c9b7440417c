"""What was searched is answered while its salt lives, and is nowhere in the trail."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.audit.commitments import Answer, Canonical, Likeness, ask, record_search, searched
from app.audit.log import SYSTEM, Actor, ActorKind, record
from app.audit.models import AuditEntry, AuditSalt
from app.audit.sealing import seal, signer
from app.audit.verify import verify
from app.kernel.crypto import Vault
from app.kernel.db import Database
from tests.support import NOW

SAME, PART, MORE = Likeness
KEPT = timedelta(days=1825)


def search(database: Database, *texts: str, at=NOW) -> None:
    with database.transaction() as session:
        record_search(
            session, SYSTEM, "passenger.searched", "site", None, at, texts, passengers=len(texts)
        )


def asked(database: Database, text: str, now=NOW, kept=KEPT, **within) -> Answer:
    with database.read() as session:
        return searched(session, text, now, kept, **within)


def lose_salts(database: Database, days: float = 0, **run) -> None:
    """Take all salts away, and tell of a run that did so many days from now."""
    with database.transaction() as session:
        session.execute(sa.delete(AuditSalt))
        if run:
            actor = run.pop("actor", SYSTEM)
            run = {"counts": {"audit_salt.deleted": 1}} | run
            record(
                session,
                actor,
                "retention.run",
                "retention_run",
                None,
                NOW + timedelta(days=days),
                **run,
            )


@pytest.mark.parametrize(
    ("text", "other"),
    [("Müller, Anna", "MUELLER<<ANNA"), ("k-123 4567", "K1234567"), ("Anna-Lena", "ANNALENA"),
     ("O'Brien", "obrien"), ("\u5c71\u7530", " \u5c71\u7530 "), ("\uff2b1234567", "K1234567")],
)  # fmt: skip
def test_one_text_is_written_in_several_ways(text: str, other: str) -> None:
    assert Canonical.of(text).whole == Canonical.of(other).whole


@pytest.mark.parametrize(
    ("sought", "question", "likeness"),
    [
        ("Lindqvist Astrid", "astrid lindqvist", SAME),
        ("K 1234567", "K1234567", SAME),
        ("Lindqvist", "Astrid Lindqvist", PART),
        ("Lindqvist Astrid Maj", "Astrid Lindqvist", MORE),
        ("Lindqvist Nils", "Astrid Lindqvist", None),
        ("Lindq", "Lindqvist", None),
        ("K1234567", "K1234568", None),
    ],
)
def test_it_is_told_how_a_search_is_to_what_is_asked(
    database: Database, sought: str, question: str, likeness: Likeness | None
) -> None:
    search(database, sought)
    answer = asked(database, question)
    assert [one.likeness for one in answer.found] == ([likeness] if likeness else [])
    assert answer.looked == 1


def test_neither_text_nor_salt_stands_in_the_database_and_equal_searches_look_different(
    database: Database,
) -> None:
    search(database, "Lindqvist Astrid")
    search(database, "Lindqvist Astrid")
    with database.read() as session:
        details = session.scalars(sa.select(AuditEntry.detail)).all()
        salts = session.scalars(sa.select(AuditSalt.salt)).all()
        stored = session.scalars(sa.text("select salt from audit_salt")).all()
    assert "LINDQVIST" not in str(details).upper()
    assert not any(
        bytes.fromhex(salt) in bytes(one) for salt, one in zip(salts, stored, strict=True)
    )
    one, other = (detail["commitments"]["of"][0]["words"] for detail in details)
    assert set(one).isdisjoint(other)


def test_a_text_that_says_nothing_leaves_no_commitment(database: Database) -> None:
    search(database, " ", "")
    with database.read() as session:
        assert session.scalars(sa.select(AuditEntry.detail)).all() == [{"passengers": 2}]


def test_with_the_salt_the_answer_goes_and_the_trail_stands(
    database: Database, vault: Vault
) -> None:
    search(database, "Lindqvist")
    with database.transaction() as session:
        seal(session, vault, NOW)
        session.execute(sa.delete(AuditSalt))
    assert asked(database, "Lindqvist", NOW + KEPT + timedelta(seconds=1)) == Answer((), 0, 1, 0, 0)
    with database.read() as session:
        assert verify(session, [signer(session, vault).verifier()], NOW).is_intact


def test_a_salt_in_the_place_of_another_is_told(database: Database) -> None:
    search(database, "Lindqvist")
    with database.transaction() as session:
        session.scalars(sa.select(AuditSalt)).one().salt = "00" * 32
    answer = asked(database, "Lindqvist")
    assert answer == Answer((), 0, 0, 1, 0)
    assert not answer.is_whole


def test_a_salt_that_is_gone_before_its_time_is_told_apart(database: Database) -> None:
    search(database, "Lindqvist")
    search(database, "Lindqvist", at=NOW - KEPT - timedelta(days=1))
    lose_salts(database)
    answer = asked(database, "Lindqvist")
    assert answer == Answer((), 0, 1, 0, 1)
    assert not answer.is_whole
    assert asked(database, "Lindqvist", NOW + KEPT).missing == 1
    assert asked(database, "Lindqvist", NOW + KEPT + timedelta(seconds=1)).is_whole


def test_what_went_by_a_shorter_period_is_not_missing_by_a_longer(database: Database) -> None:
    search(database, "Lindqvist")
    search(database, "Lindqvist", at=NOW + timedelta(days=2))
    lose_salts(database, 101, commitment_days=100)
    assert asked(database, "Lindqvist", NOW + timedelta(days=102)) == Answer((), 0, 1, 0, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"commitment_days": "0"}, {"commitment_days": 1e300}, {"commitment_days": True}, {}, {"commitment_days": 0},
        {"commitment_days": 1, "counts": {}}, {"commitment_days": 1, "counts": "audit_salt.deleted"},
        {"commitment_days": 1, "actor": Actor(ActorKind.OFFICER, uuid4())},
        {"commitment_days": 1, "days": 103},
    ],
)  # fmt: skip
def test_no_other_entry_excuses_a_missing_salt(database: Database, said: dict[str, Any]) -> None:
    search(database, "Lindqvist")
    lose_salts(database, **{"days": 101, "profile": "p", **said})
    assert asked(database, "Lindqvist", NOW + timedelta(days=102)) == Answer((), 0, 0, 0, 1)


def test_days_are_chosen_and_of_several_texts_the_likest_counts(database: Database) -> None:
    search(database, "Lindqvist Astrid", "K1234567", at=NOW - timedelta(days=2))
    search(database, "K1234567")
    assert len(asked(database, "K1234567").found) == 2
    assert len(asked(database, "K1234567", since=NOW - timedelta(days=1)).found) == 1
    assert len(asked(database, "K1234567", until=NOW - timedelta(days=1)).found) == 1
    assert [one.likeness for one in asked(database, "lindqvist astrid").found] == [SAME]


def test_that_it_was_asked_is_itself_answered_for(database: Database) -> None:
    with database.transaction() as session:
        assert ask(session, SYSTEM, "Lindqvist", NOW, KEPT).found == ()
    assert [one.action for one in asked(database, "Lindqvist").found] == ["audit.asked"]
