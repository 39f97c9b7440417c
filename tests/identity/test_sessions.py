"""Sessions of an officer: proved again, listed, ended; an officer who is shut out is out at once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.identity import officers, sessions
from app.identity.models import Way
from app.identity.officers import Limits, Proof, SignInError
from app.kernel.db import Database
from app.kernel.errors import NotFoundError, UnauthenticatedError
from tests.identity.people import opened, who
from tests.support import NOW

MINUTE = timedelta(minutes=1)


def events(database: Database) -> int:
    query = sa.text("select count(*) from event where kind = 'session.ended'")
    with database.read() as session:
        return int(session.execute(query).scalar_one())


def test_limits_are_settings_of_the_installation(database: Database) -> None:
    opened(database)
    limits = Limits(idle=timedelta(minutes=5), absolute=timedelta(minutes=12))
    with database.transaction() as session:
        kei = officers.find_officer(session, "kei")
        assert kei is not None
        token = officers.open_session(session, kei.id, NOW, limits=limits)
    assert who(database, token, 4 * MINUTE)
    with pytest.raises(UnauthenticatedError):
        who(database, token, 5 * MINUTE)
    for at in (4 * MINUTE, 8 * MINUTE):
        with database.transaction() as session:
            officers.mark_seen(session, who(database, token, at).session_id, NOW + at)
    with pytest.raises(UnauthenticatedError):
        who(database, token, 12 * MINUTE)


def test_a_proof_is_fresh_for_five_minutes_and_renewed_under_another_token(
    database: Database,
) -> None:
    token = opened(database)
    first = who(database, token)
    sessions.expect_fresh(first, NOW + 4 * MINUTE)
    later = NOW + 5 * MINUTE
    with pytest.raises(sessions.ProveAgainError):
        sessions.expect_fresh(first, later)
    with database.transaction() as session:
        renewed = sessions.prove_again(session, first, later, Proof(Way.PASSKEY))
    with pytest.raises(UnauthenticatedError):
        who(database, token, 5 * MINUTE)
    again = who(database, renewed, 5 * MINUTE)
    sessions.expect_fresh(again, later)
    assert (again.session_id, again.way) == (first.session_id, Way.PASSKEY)
    assert events(database) == 1  # what processes keep of the old token is forgotten
    with pytest.raises(UnauthenticatedError):  # its absolute limit is the old one
        who(database, renewed, officers.ABSOLUTE)


def test_a_session_that_ended_is_not_proved_again(database: Database) -> None:
    kei = who(database, opened(database))
    with database.transaction() as session:
        officers.sign_out(session, kei, NOW)
    with pytest.raises(NotFoundError), database.transaction() as session:
        sessions.prove_again(session, kei, NOW, Proof())


def test_own_sessions_are_listed_and_ended(database: Database) -> None:
    tokens = [opened(database, at=n * MINUTE) for n in range(3)]
    mine = who(database, tokens[2], 2 * MINUTE)
    stranger = who(database, opened(database, "mio"))
    with database.read() as session:
        listed = sessions.list_sessions(session, mine.officer_id, NOW + 2 * MINUTE)
    assert listed[0].id == mine.session_id
    assert {one.browser for one in listed} == {"Firefox, Linux"}
    with pytest.raises(NotFoundError), database.transaction() as session:
        sessions.end_session(session, stranger, listed[1].id, NOW)
    with database.transaction() as session:
        sessions.end_session(session, mine, listed[1].id, NOW + 2 * MINUTE)
        assert sessions.end_others(session, mine, NOW + 2 * MINUTE) == 1
    for token in tokens[:2]:
        with pytest.raises(UnauthenticatedError):
            who(database, token, 2 * MINUTE)
    assert who(database, tokens[2], 2 * MINUTE)
    assert events(database) == 2


def test_who_is_shut_out_is_out_at_once_and_cannot_come_back(database: Database) -> None:
    token, kei = opened(database), None
    kei = who(database, token)
    with database.transaction() as session:
        code = officers.issue_code(session, kei.officer_id, NOW)
        sessions.set_disabled(session, SYSTEM, kei.officer_id, NOW, disabled=True)
    with pytest.raises(UnauthenticatedError):
        who(database, token)
    with pytest.raises(SignInError), database.transaction() as session:
        officers.sign_in(session, code, NOW)
    with database.transaction() as session:
        sessions.set_disabled(session, SYSTEM, kei.officer_id, NOW, disabled=False)
    with pytest.raises(UnauthenticatedError):  # what was ended stays ended
        who(database, token)
    assert opened(database)


def test_a_provider_ends_its_own_sessions_only(database: Database) -> None:
    opened(database)
    with database.transaction() as session:
        kei = officers.find_officer(session, "kei")
        assert kei is not None
        proofs = [
            Proof(Way.OIDC, "", name, sid) for name, sid in (("a", "1"), ("a", "2"), ("b", "1"))
        ]
        tokens = [officers.open_session(session, kei.id, NOW, proof) for proof in proofs]
        ended = sessions.end_at_provider(
            session, SYSTEM, "a", NOW, officer_id=None, provider_session="1"
        )
        nothing = sessions.end_at_provider(
            session, SYSTEM, "a", NOW, officer_id=None, provider_session=None
        )
    assert (ended, nothing) == (1, 0)
    with pytest.raises(UnauthenticatedError):
        who(database, tokens[0])
    assert all(who(database, token) for token in tokens[1:])
