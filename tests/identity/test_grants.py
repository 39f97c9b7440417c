"""Roles in places: given, signed by a second administrator, ended; what one person may not hold."""

from collections.abc import Callable
from itertools import combinations
from uuid import UUID, uuid4

import pytest

from app.audit.log import SYSTEM, Actor, ActorKind
from app.identity import grants, officers
from app.identity.grants import Grant, Place
from app.identity.models import PlaceKind
from app.identity.permissions import GRANTS, Clash, Permission, Role, clash
from app.kernel.db import Database
from app.kernel.errors import NotFoundError
from tests.support import NOW

HALL = Place(PlaceKind.HALL, str(uuid4()))


@pytest.fixture
def person(database: Database) -> Callable[..., UUID]:
    """``person(Role.X, ...)``: an officer with these roles everywhere."""

    def make(*roles: Role) -> UUID:
        with database.transaction() as session:
            return officers.create_officer(session, uuid4().hex, "X", roles, "NRT", NOW).id

    return make


def give(database: Database, by: UUID | None, officer: UUID, grant: Grant) -> UUID:
    actor = Actor(ActorKind.OFFICER, by) if by else SYSTEM
    with database.transaction() as session:
        return grants.give(session, actor, officer, grant, NOW).id


def signed_in(database: Database, officer: UUID) -> officers.SignedIn:
    with database.transaction() as session:
        token = officers.sign_in(session, officers.issue_code(session, officer, NOW), NOW)
        return officers.find_session(session, token, NOW)[0]


def test_a_session_carries_roles_with_place_and_purposes(database, person):
    one = person(Role.GATE_OFFICER)
    give(database, None, one, Grant(Role.SENIOR, HALL, frozenset({"drugs"})))
    who = signed_in(database, one)
    assert set(who.grants) == {
        Grant(Role.GATE_OFFICER), Grant(Role.SENIOR, HALL, frozenset({"drugs"}))
    }  # fmt: skip
    assert who.roles == ("gate-officer", "senior")
    assert who.may(Permission.SWITCH_HALL)
    with database.read() as session:
        found = session.get_one(officers.Officer, one)
        assert sorted(found.roles) == ["gate-officer", "senior"]


@pytest.mark.parametrize(
    ("roles", "why"),
    [
        ((Role.TARGETER, Role.RULE_APPROVER), Clash.RULES),
        ((Role.TARGETER, Role.LEGAL_APPROVER), Clash.RULES),
        ((Role.ADMINISTRATOR, Role.GATE_OFFICER), Clash.MACHINES),
        ((Role.ADMINISTRATOR, Role.CARRIER_LIAISON), Clash.MACHINES),
        ((Role.TECHNICIAN, Role.SENIOR), Clash.MACHINES),
        ((Role.AUDITOR, Role.LIST_CUSTODIAN), Clash.AUDIT),
        ((Role.AUDITOR, Role.LEGAL_APPROVER), Clash.AUDIT),
    ],
)
def test_what_one_person_may_not_hold_is_refused(database, person, roles, why):
    one = person(roles[0])
    with pytest.raises(grants.ClashError) as refused:
        give(database, None, one, Grant(roles[1]))
    assert refused.value.why is why
    assert signed_in(database, one).roles == (str(roles[0]),)


def test_a_proposal_counts_before_it_is_signed(database, person):
    one, admin = person(Role.GATE_OFFICER), person(Role.ADMINISTRATOR)
    give(database, admin, one, Grant(Role.RULE_APPROVER))
    with pytest.raises(grants.ClashError):
        give(database, admin, one, Grant(Role.TARGETER))


def test_nobody_who_manages_people_or_machines_sees_passengers_and_auditors_change_nothing():
    personal = {Permission.VIEW_PERSON, Permission.VIEW_QUEUE, Permission.VIEW_RAW_MESSAGES,
                Permission.ENTER_DECLARATION, Permission.SECOND_LOOK, Permission.VIEW_MESSAGES,
                Permission.VIEW_WATCHLIST}  # fmt: skip
    for one, other in combinations(Role, 2):
        if clash((one, other)) is None:
            held = GRANTS[one] | GRANTS[other]
            assert not (Permission.MANAGE_PEOPLE in held and held & personal), (one, other)
            assert not (Permission.MANAGE_DEVICES in held and held & personal), (one, other)
            assert not {Permission.AUTHOR_RULE, Permission.APPROVE_RULE} <= held, (one, other)
    assert all(clash([role]) is None for role in Role)
    assert all(clash([Role.AUDITOR, role]) is Clash.AUDIT for role in set(Role) - {Role.AUDITOR})


def test_a_powerful_role_waits_for_a_second_administrator(database, person):
    first, second, one = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR), person()
    grant = give(database, first, one, Grant(Role.AUDITOR))
    assert signed_in(database, one).roles == ()
    with pytest.raises(grants.SecondSignatureError), database.transaction() as session:
        grants.sign(session, Actor(ActorKind.OFFICER, first), grant, NOW)
    with database.transaction() as session:
        grants.sign(session, Actor(ActorKind.OFFICER, second), grant, NOW)
    assert signed_in(database, one).roles == ("auditor",)


def test_nobody_changes_his_own(database, person):
    admin, other = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    with pytest.raises(grants.OwnGrantError):
        give(database, admin, admin, Grant(Role.TECHNICIAN))
    grant = give(database, other, admin, Grant(Role.RULE_APPROVER))
    for act in (grants.sign, grants.end):
        with pytest.raises(grants.OwnGrantError), database.transaction() as session:
            act(session, Actor(ActorKind.OFFICER, admin), grant, NOW)


def test_an_ended_grant_ends_at_once_and_can_be_given_again(database, person):
    one = person()
    grant = give(database, None, one, Grant(Role.GATE_OFFICER, HALL))
    with pytest.raises(grants.GrantedAlreadyError):
        give(database, None, one, Grant(Role.GATE_OFFICER, HALL))
    admin = person(Role.ADMINISTRATOR)
    with database.transaction() as session:
        grants.end(session, Actor(ActorKind.OFFICER, admin), grant, NOW)
    assert signed_in(database, one).grants == ()
    with pytest.raises(NotFoundError), database.transaction() as session:
        grants.end(session, Actor(ActorKind.OFFICER, admin), grant, NOW)
    give(database, None, one, Grant(Role.GATE_OFFICER, HALL))


def test_the_last_administrator_stays(database, person):
    admin = person(Role.ADMINISTRATOR)
    with database.read() as session:
        [grant] = grants.grants_of(session, admin)
    with pytest.raises(grants.LastAdministratorError), database.transaction() as session:
        grants.end(session, SYSTEM, grant.id, NOW)
    person(Role.ADMINISTRATOR)
    with database.transaction() as session:
        grants.end(session, SYSTEM, grant.id, NOW)


def test_rules_and_lists_are_of_the_whole_airport(database, person):
    with pytest.raises(grants.PlaceRefusedError):
        give(database, None, person(), Grant(Role.LIST_CUSTODIAN, HALL))
