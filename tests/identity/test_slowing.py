"""Guessing is slowed by rates; whoever has been here before is known by a sealed cookie."""

from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa

from app.identity import slowing
from app.identity.models import Way
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.limits import Rate
from tests.support import NOW

RATE = Rate(3, 30)
KEY = b"k" * 16


def taken(database: Database, seconds: int, rate: Rate = RATE) -> bool:
    with database.transaction() as session:
        return slowing.take(session, KEY, rate, NOW + timedelta(seconds=seconds))


def test_a_burst_is_let_through_then_one_at_a_time(database: Database) -> None:
    assert [taken(database, 0) for _ in range(5)] == [True, True, True, False, False]
    assert [taken(database, at) for at in (9, 10, 11, 20)] == [False, True, False, True]
    assert [taken(database, 300) for _ in range(4)] == [True, True, True, False]


def test_what_was_right_does_not_count(database: Database) -> None:
    for _ in range(3):
        assert taken(database, 0)
    with database.transaction() as session:
        slowing.give_back(session, KEY, RATE)
    assert [taken(database, 0), taken(database, 0)] == [True, False]
    with database.transaction() as session:
        slowing.give_back(session, KEY, RATE, whole=True)
    assert [taken(database, 0) for _ in range(4)] == [True, True, True, False]


def test_a_rate_that_is_as_new_leaves_no_row(database: Database) -> None:
    taken(database, 0)
    with database.transaction() as session:
        slowing.take(session, b"another", RATE, NOW + timedelta(hours=1))
        assert session.scalar(sa.text("select count(*) from sign_in_slowing")) == 1


def test_pairs_are_of_a_login_and_a_network(vault: Vault) -> None:
    one = slowing.pair_key(vault, "Kei", "198.51.100.7")
    assert one == slowing.pair_key(vault, "kei", "198.51.100.200")
    assert one != slowing.pair_key(vault, "kei", "198.51.101.7")
    assert one != slowing.pair_key(vault, "mio", "198.51.100.7")
    assert slowing.network("2001:db8:0:12ff::1") == slowing.network("2001:db8:0:1200::9")
    assert slowing.network("testclient") == "testclient"


def test_a_flood_of_refusals_is_not_written_one_by_one(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        for _ in range(slowing.NOTED.calls + 5):
            slowing.note_refusal(session, vault, Way.CODE, None, NOW)
        query = "select count(*) from audit_entry where action = 'session.refuse'"
        assert session.scalar(sa.text(query)) == slowing.NOTED.calls


def test_a_browser_is_known_to_whom_it_was_given(vault: Vault) -> None:
    kei, mio = uuid4(), uuid4()
    cookie = slowing.know(vault, slowing.know(vault, None, kei, NOW), mio, NOW)
    assert set(slowing.known_officers(vault, cookie, NOW)) == {kei, mio}
    assert slowing.known_officers(vault, cookie, NOW + slowing.KNOWN_FOR) == ()
    for forged in (None, "", "zz", "00" * 40, cookie[:-2] + "00"):
        assert slowing.known_officers(vault, forged, NOW) == ()
    for _ in range(20):
        cookie = slowing.know(vault, cookie, uuid4(), NOW)
    assert len(slowing.known_officers(vault, cookie, NOW)) == slowing.MOST_KNOWN
