"""Signing in by a one-time code, and sessions that end."""

from datetime import timedelta

import pytest

from app.identity import officers
from app.identity.permissions import GRANTS, Permission, Role, granted
from app.kernel.db import Database
from app.kernel.errors import UnauthenticatedError
from tests.support import NOW


@pytest.fixture
def code(database: Database) -> str:
    with database.transaction() as session:
        made = officers.create_officer(session, "kei", "K. Example", [Role.SENIOR], "NRT", NOW)
        return officers.issue_code(session, made.id, NOW)


def open_session(database: Database, code: str, at: timedelta = timedelta()) -> str:
    with database.transaction() as session:
        return officers.sign_in(session, code, NOW + at)


def who(database: Database, token: str, at: timedelta = timedelta()) -> officers.SignedIn:
    with database.read() as session:
        return officers.find_session(session, token, NOW + at)[0]


def test_a_code_opens_one_session(database: Database, code: str) -> None:
    token = open_session(database, code.lower() + " ")
    assert who(database, token).login == "kei"
    with pytest.raises(officers.SignInError):
        open_session(database, code)


def test_a_code_dies_after_fifteen_minutes(database: Database, code: str) -> None:
    with pytest.raises(officers.SignInError):
        open_session(database, code, timedelta(minutes=15))


def test_a_new_code_ends_the_older_one(database: Database, code: str) -> None:
    with database.transaction() as session:
        found = officers.find_officer(session, "kei")
        assert found is not None
        officers.issue_code(session, found.id, NOW)
    with pytest.raises(officers.SignInError):
        open_session(database, code)


@pytest.mark.parametrize("at", [officers.IDLE, officers.ABSOLUTE, timedelta(days=3)])
def test_sessions_end_when_idle_and_in_any_case(
    database: Database, code: str, at: timedelta
) -> None:
    token = open_session(database, code)
    with pytest.raises(UnauthenticatedError):
        who(database, token, at)


def test_use_keeps_a_session_but_not_past_its_limit(database: Database, code: str) -> None:
    token, at = open_session(database, code), timedelta()
    while at + timedelta(minutes=25) < officers.ABSOLUTE:
        at += timedelta(minutes=25)
        seen = who(database, token, at)
        with database.transaction() as session:
            officers.mark_seen(session, seen.session_id, NOW + at)
    with pytest.raises(UnauthenticatedError):
        who(database, token, officers.ABSOLUTE)


def test_signing_out_and_disabling_take_effect_at_once(database: Database, code: str) -> None:
    token = open_session(database, code)
    with database.transaction() as session:
        officers.sign_out(session, who(database, token), NOW)
    with pytest.raises(UnauthenticatedError):
        who(database, token)
    with database.transaction() as session:
        found = officers.find_officer(session, "kei")
        assert found is not None
        fresh = officers.issue_code(session, found.id, NOW)
    token = open_session(database, fresh)
    with database.transaction() as session:
        found = officers.find_officer(session, "kei")
        assert found is not None
        found.disabled_at = NOW
    with pytest.raises(UnauthenticatedError):
        who(database, token)


def test_every_role_is_in_the_table_and_every_permission_is_granted_to_someone() -> None:
    assert set(GRANTS) == set(Role)
    assert set().union(*GRANTS.values()) == set(Permission)


def test_roles_are_told_apart() -> None:
    assert granted([Role.GATE_OFFICER], Permission.DECIDE_REFERRAL)
    assert not granted([Role.GATE_OFFICER], Permission.REVIEW_HIT)
    assert not granted([Role.ADMINISTRATOR], Permission.VIEW_PERSON)
    assert not granted(["emperor"], Permission.VIEW_PERSON)
    assert not any(
        Permission.AUTHOR_RULE in g and Permission.APPROVE_RULE in g for g in GRANTS.values()
    )
