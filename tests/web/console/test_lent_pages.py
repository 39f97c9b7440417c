"""The pages of an officer whom an administrator's code has let in: what he is told, and what ends it."""

from app.identity.permissions import Role
from tests.support.authenticator import Authenticator
from tests.web.conftest import Looker
from tests.web.console.test_my_sign_in import add_passkey, by_passkey, cookies_of
from tests.web.console.test_officers_pages import add, code_of, enter


def test_the_page_says_what_to_do_and_a_passkey_of_ones_own_does_it(look, client) -> None:
    admin = look(Role.ADMINISTRATOR)
    person = add(admin, "ito")
    assert admin.post(f"{person}/grants", {"role": "senior"}).status_code == 303
    officer: Looker = enter(client, code_of(admin.post(f"{person}/code", {})))
    refused = officer.get("/console/lookouts")
    assert refused.status_code == 403
    assert "Sign in with your own passkey or password first" in refused.text
    assert 'href="/console/my-sign-in"' in refused.text
    assert "/console/lookouts" not in officer.page("/console")  # no link to what is refused
    phone = Authenticator()
    add_passkey(officer, phone)
    assert officer.get("/console/lookouts").status_code == 403
    own = Looker(client, cookies_of(by_passkey(client, phone, officer.token))["egate"])
    assert own.get("/console/lookouts").status_code == 200
