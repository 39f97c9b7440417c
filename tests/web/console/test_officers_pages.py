"""Officers for the administrator: made, given roles, signed by a second one, shut out. No passenger is seen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.identity.permissions import Permission, Role
from app.web import translation
from app.web.console.words import people
from tests.support.authenticator import Authenticator
from tests.web.conftest import Looker
from tests.web.console.test_my_sign_in import add_passkey

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


def sign(admin: Looker, person: str, page: str):
    """Sign the role that waits on a page, and the ways in that stand on it."""
    ways = re.search(r'name="ways" value="([0-9a-f]+)"', page)
    assert ways
    return admin.post(f"{person}/grants/{grant_of(page)}/sign", {"ways": ways.group(1)})


def test_an_officer_is_made_given_a_role_and_signs_in(look, client):
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    assert admin.post(PEOPLE, {"login": "ito", "name": "Again"}).status_code == 409
    assert admin.post(PEOPLE, {"login": "", "name": ""}).status_code == 422
    given = admin.post(f"{person}/grants", {"role": "gate-officer", "place": "hall:Hall A"})
    assert given.status_code == 303
    assert '<td data-head="Place">Hall: Hall A</td>' in admin.page(person)
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
    assert sign(first, person, second.page(person)).status_code == 403
    assert sign(second, person, second.page(person)).status_code == 303
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
    assert admin.post(f"{person}/code", {}).status_code == 403  # two have signed for his role
    assert admin.post(f"{person}/enable", {}).status_code == 303


def test_the_page_of_roles_is_the_table(look):
    page = look(Role.ADMINISTRATOR).page(f"{PEOPLE}/roles")
    for said in ("Supervisor", "Carrier liaison", "Decide referrals", "Sees no passengers."):
        assert said in page
    shown = re.findall(r'data-permission="([a-z-]+)">([^<]+)<', page)
    assert {name for name, _ in shown} == set(Permission)
    assert not [said for name, said in shown if said == name]


@contextmanager
def spoken(tag: str) -> Iterator[None]:
    token = translation._current.set(tag)
    yield
    translation._current.reset(token)


@pytest.mark.parametrize("tag", ["en", "ja"])
def test_rights_and_places_have_words_in_both_languages(tag):
    written = ("", "terminal:T1", "hall:Hall A", "counter:Hall A/C 2", "lane:lane-1")
    with spoken(tag):
        rights = [people.permission(one) for one in Permission]
        places = [people.place(one) for one in written]
    assert len({*rights}) == len(Permission)
    assert not any(":" in one and " " not in one for one in places)
    if tag == "ja":
        assert all(not one.isascii() for one in (*rights, *places))
    else:
        assert places[1:4] == ["Terminal T1", "Hall: Hall A", "Counter C 2, Hall A"]


@pytest.mark.parametrize("role", [Role.SENIOR, Role.TECHNICIAN])
def test_others_do_not_see_it(look, role):
    assert look(role).get(PEOPLE).status_code == 403


def code_of(answer) -> str:
    found = re.search(r"data-code>([^<]+)<", answer.text)
    assert found, answer.status_code
    return str(found.group(1))


def enter(client, code: str) -> Looker:
    client.cookies.clear()
    entered = client.post("/console/sign-in", data={"code": code}, follow_redirects=False)
    assert entered.status_code == 303
    token = entered.cookies["egate"]
    client.cookies.clear()
    return Looker(client, token)


def test_an_administrator_makes_no_code_that_signs_for_another(look):
    admin, _ = look(Role.ADMINISTRATOR), look(Role.ADMINISTRATOR, "second", "Second")
    refused = admin.post(f"{of(admin.page(PEOPLE), 'Second')}/code", {})
    assert refused.status_code == 403
    assert "data-code>" not in refused.text
    assert "egate user second" in refused.text


def test_who_has_a_passkey_gets_no_code_on_the_page(look):
    admin, officer = look(Role.ADMINISTRATOR), look(Role.GATE_OFFICER, name="Kei")
    add_passkey(officer, Authenticator())
    assert admin.post(f"{of(admin.page(PEOPLE), 'Kei')}/code", {}).status_code == 403


def test_what_was_opened_before_the_second_signature_does_not_get_the_power(look, client):
    first, second = look(Role.ADMINISTRATOR), look(Role.ADMINISTRATOR, "second")
    person = add(first, "ito")
    opened = enter(client, code_of(first.post(f"{person}/code", {})))
    unused = code_of(first.post(f"{person}/code", {}))
    assert opened.get("/console/my-sign-in").status_code == 200
    first.post(f"{person}/grants", {"role": "administrator"})
    assert sign(second, person, second.page(person)).status_code == 303
    assert opened.get("/console/my-sign-in").status_code in (303, 401)
    assert client.post("/console/sign-in", data={"code": unused}).status_code == 401


def test_an_officer_reads_which_codes_were_made_for_him_and_by_whom(look, client):
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    officer = enter(client, code_of(admin.post(f"{person}/code", {})))
    page = officer.page("/console/my-sign-in")
    assert "by Officer administrator" in page.partition("data-codes>")[2].partition("</ul>")[0]


def test_nothing_of_an_officer_is_changed_without_a_fresh_proof(look, clock):
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    admin.post(f"{person}/grants", {"role": "auditor"})
    grant = grant_of(admin.page(person))
    clock.advance(minutes=5)
    acts = (
        "code",
        "grants",
        f"grants/{grant}/sign",
        f"grants/{grant}/end",
        "disable",
        "end-sessions",
    )
    for act in acts:
        answer = admin.post(f"{person}/{act}", {"role": "technician"})
        assert answer.status_code == 303, act
        assert answer.headers["location"].startswith("/console/sign-in?again=1"), act
    page = admin.page(person)
    assert "Sign in once more to change anything here" in page
    assert 'method="post" action="/console/people' not in page
    assert "In service" in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": "", "place": "hall:Hall A"}, "role"),
        ({"role": "targeter", "place": "hall:Hall A"}, "place"),
    ],
)
def test_a_refused_role_keeps_what_was_chosen_and_names_the_field(look, given, field):
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    refused = admin.post(f"{person}/grants", given | {"purpose-drugs": "1"})
    assert refused.status_code == 422
    assert f'<a href="#{field}">' in refused.text
    assert f'id="{field}" name="{field}" aria-invalid="true"' in refused.text
    assert '<option value="hall:Hall A" selected>' in refused.text
    assert 'name="purpose-drugs" value="1" checked' in refused.text
    assert f'<option value="{given["role"]}" selected>' in refused.text or not given["role"]


@pytest.mark.parametrize(
    ("login", "status"),
    [("ITO", 409), ("i\tto", 422), ("<script>", 422), ("ab\u202eba", 422), ("", 422), ("a" * 81, 422)],
)  # fmt: skip
def test_a_login_that_is_not_one_comes_back_with_the_reason(look, login, status):
    admin = look(Role.ADMINISTRATOR)
    add(admin, "ito")
    refused = admin.post(PEOPLE, {"login": login, "name": "Kept"})
    assert refused.status_code == status
    assert '<a href="#login">' in refused.text
    assert 'value="Kept"' in refused.text
    assert 'id="login-error"' in refused.text


def test_a_table_and_its_panel_are_two_landmarks_with_two_names(look):
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    admin.post(f"{person}/grants", {"role": "technician"})
    for page in (admin.page(person), look(Role.SENIOR).page("/console/retention")):
        names = re.findall(r'aria-labelledby="([^"]+)"', page)
        assert names
        assert len(names) == len(set(names))
