"""What an administrator's code opens: a session that shows no passenger and signs nothing before its officer has a way of his own."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import Actor, ActorKind
from app.audit.models import AuditEntry
from app.identity import officers, sessions
from app.identity.models import CodeFrom, OfficerSession, SignInCode, Way
from app.identity.officers import OwnWayError, Proof, SignedIn
from app.identity.permissions import GRANTS, LENT, Permission, Role
from app.kernel.db import Database
from app.kernel.errors import ForbiddenError
from app.screening import steps
from tests.access.test_routes import Route, content_of, table
from tests.support import NOW

OWN_WAY = "urn:egate:problem:own-way-first"
LOOKED_UP_FIRST = {"/console/rules/of/{key}/steps", "/api/v1/second-looks/{look_id}/end"}
"""Which right it needs is read with what it is about."""


def lent(database: Database, role: Role) -> tuple[str, SignedIn]:
    """The token of a session of a new officer, by the code of another officer, and who is behind it."""
    with database.transaction() as session:
        admin = officers.create_officer(
            session, f"ad-{role}", "Ad", [Role.ADMINISTRATOR], "NRT", NOW
        )
        made = officers.create_officer(session, f"new-{role}", "New", [role], "NRT", NOW)
        by = Actor(ActorKind.OFFICER, admin.id)
        token = officers.sign_in(session, officers.issue_code(session, made.id, NOW, actor=by), NOW)
        return token, officers.find_session(session, token, NOW)[0]


def needs_more(route: Route, role: Role) -> bool:
    """Whether it is by permissions alone which such a session has not that a role is let in."""
    rules = set(route.rule.split("|"))
    held = GRANTS[role] & {Permission(one) for one in rules & set(Permission)}
    return bool(held) and not held & LENT and route.path not in LOOKED_UP_FIRST


def test_no_route_that_shows_passengers_or_signs_is_open_in_it(
    client: TestClient, database: Database
) -> None:
    asked = 0
    for role in Role:
        token, _ = lent(database, role)
        headers = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
        for route in (one for one in table() if needs_more(one, role)):
            client.cookies.clear()
            sent = content_of(route)
            answer = client.request(route.method, route.address, headers=headers, **sent)
            assert answer.status_code == 403, (role, route)
            asked += answer.json()["type"] == OWN_WAY
        client.cookies.clear()
        assert client.get("/console/my-sign-in", headers=headers).status_code == 200
    assert asked > 300  # where one of several rights would do, the reason is not always told


def test_what_is_done_by_a_role_of_several_rights_is_refused_as_well(
    client: TestClient, database: Database
) -> None:
    token, who = lent(database, Role.TARGETER)
    headers = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
    for path in ("/console/lookouts", "/console/rules/new"):
        assert client.get(path, headers=headers).json()["type"] == OWN_WAY
    for step in (steps.Step.SUBMIT, steps.Step.SUSPEND):
        with pytest.raises(OwnWayError):
            steps.expect(who, step)
    with pytest.raises(ForbiddenError) as refused:
        who.expect(Permission.MANAGE_PEOPLE)
    assert not isinstance(refused.value, OwnWayError)


def test_a_code_of_the_command_line_opens_all_that_its_officer_may(database: Database) -> None:
    with database.transaction() as session:
        made = officers.create_officer(session, "first", "First", [Role.ADMINISTRATOR], "NRT", NOW)
        token = officers.sign_in(session, officers.issue_code(session, made.id, NOW), NOW)
        who, _ = officers.find_session(session, token, NOW)
        assert session.scalar(sa.select(SignInCode.made_by)) is CodeFrom.SERVER
    assert who.may(Permission.MANAGE_PEOPLE)


def test_a_session_by_code_of_before_codes_told_who_made_them_signs_nothing(
    database: Database,
) -> None:
    token, _ = lent(database, Role.SENIOR)
    with database.transaction() as session:
        session.execute(sa.update(OfficerSession).values(code_from=None))
        assert officers.find_session(session, token, NOW)[0].is_lent


@pytest.mark.parametrize("way", [Way.PASSKEY, Way.PASSWORD, Way.OIDC])
def test_proving_it_in_an_own_way_ends_that(database: Database, way: Way) -> None:
    token, who = lent(database, Role.SENIOR)
    assert not who.may(Permission.CLEAR_PAIR)
    with database.transaction() as session:
        token = sessions.prove_again(session, who, NOW, Proof(way))
        assert officers.find_session(session, token, NOW)[0].may(Permission.CLEAR_PAIR)


def test_proving_it_by_an_administrators_code_begins_it(database: Database) -> None:
    with database.transaction() as session:
        made = officers.create_officer(session, "kei", "Kei", [Role.SENIOR], "NRT", NOW)
        token = officers.open_session(session, made.id, NOW, Proof(Way.PASSKEY))
        who, _ = officers.find_session(session, token, NOW)
        proof = Proof(Way.CODE, code_from=CodeFrom.ADMINISTRATOR)
        token = sessions.prove_again(session, who, NOW + timedelta(minutes=1), proof)
        assert officers.find_session(session, token, NOW)[0].is_lent


def test_the_trail_says_whose_code_opened_a_session(database: Database) -> None:
    lent(database, Role.SENIOR)
    with database.read() as session:
        detail = session.scalars(
            sa.select(AuditEntry.detail).where(AuditEntry.action == "session.open")
        ).all()
    assert detail == [{"way": "code", "code_from": "administrator"}]
