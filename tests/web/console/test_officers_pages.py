"""Officers for the administrator: made, given roles, signed by a second one, shut out. No passenger is seen."""

import re

import pytest

from app.identity.permissions import Role
from tests.web.conftest import Looker

PEOPLE = "/console/people"


def of(page: str, name: str) -> str:
    """The address of somebody's page."""
    found = re.search(rf'href="({PEOPLE}/[0-9a-f-]+)">{name}<', page)
    assert found, name
    return found.group(1)


def add(admin: Looker, login: str) -> str:
    answer = admin.post(PEOPLE, {"login": login, "name": f"N. {login}"})
    assert answer.status_code == 303
    return answer.headers["location"]


def grant_of(page: str) -> str:
    found = re.search(r"/grants/([0-9a-f-]+)/", page)
    assert found
    return found.group(1)


def test_an_officer_is_made_given_a_role_and_signs_in(look, client):
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    assert admin.post(PEOPLE, {"login": "ito", "name": "Again"}).status_code == 409
    assert admin.post(PEOPLE, {"login": "", "name": ""}).status_code == 422
    given = admin.post(f"{person}/grants", {"role": "gate-officer", "place": "hall:Hall A"})
    assert given.status_code == 303
    assert "hall:Hall A" in admin.page(person)
    again = admin.post(f"{person}/grants", {"role": "gate-officer", "place": "hall:Hall A"})
    assert again.status_code == 409
    nowhere = admin.post(f"{person}/grants", {"role": "gate-officer", "place": "hall:Nowhere"})
    assert nowhere.status_code == 422
    code = re.search(r"data-code>([^<]+)<", admin.post(f"{person}/code", {}).text)
    client.cookies.clear()
    entered = client.post("/console/sign-in", data={"code": code.group(1)}, follow_redirects=False)
    assert entered.status_code == 303
    client.cookies.clear()


def test_roles_that_clash_are_refused_with_the_reason(look):
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    assert admin.post(f"{person}/grants", {"role": "targeter"}).status_code == 303
    refused = admin.post(f"{person}/grants", {"role": "rule-approver"})
    assert refused.status_code == 409
    assert "Whoever writes rules does not approve them." in refused.text


def test_a_powerful_role_waits_for_another_administrator(look):
    first, second = look(Role.ADMINISTRATOR), look(Role.ADMINISTRATOR, "second")
    person = add(first, "ito")
    assert first.post(f"{person}/grants", {"role": "auditor"}).status_code == 303
    grant = grant_of(first.page(person))
    assert "A signature is missing" in first.page(PEOPLE)
    assert first.post(f"{person}/grants/{grant}/sign", {}).status_code == 403
    assert second.post(f"{person}/grants/{grant}/sign", {}).status_code == 303
    assert "A signature is missing" not in first.page(PEOPLE)
    assert second.post(f"{person}/grants/{grant}/end", {}).status_code == 303
    assert second.post(f"{person}/grants/{grant}/end", {}).status_code == 404


def test_shutting_out_acts_at_once_and_never_on_oneself(look):
    admin, gate = look(Role.ADMINISTRATOR), look(Role.GATE_OFFICER)
    person = of(admin.page(PEOPLE), "Officer gate-officer")
    own = of(admin.page(PEOPLE), "Officer administrator")
    assert admin.post(f"{own}/disable", {}).status_code == 403
    assert admin.post(f"{own}/grants", {"role": "technician"}).status_code == 403
    assert gate.get("/console/halls").status_code == 200
    assert admin.post(f"{person}/disable", {}).status_code == 303
    assert gate.get("/console/halls").status_code in (303, 401)
    assert "Shut out" in admin.page(person)
    assert admin.post(f"{person}/code", {}).status_code == 200
    assert admin.post(f"{person}/enable", {}).status_code == 303


def test_the_page_of_roles_is_the_table(look):
    page = look(Role.ADMINISTRATOR).page(f"{PEOPLE}/roles")
    for said in ("Supervisor", "Carrier liaison", "decide-referral", "Sees no passengers."):
        assert said in page


@pytest.mark.parametrize("role", [Role.SENIOR, Role.TECHNICIAN])
def test_others_do_not_see_it(look, role):
    assert look(role).get(PEOPLE).status_code == 403
