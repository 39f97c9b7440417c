"""The pages of an officer whom an administrator's code has let in: what he is told, and what ends it."""

from app.identity.permissions import Role
from tests.support.authenticator import Authenticator
from tests.web.conftest import Looker
from tests.web.console.test_my_sign_in import add_passkey, by_passkey, cookies_of
from tests.web.console.test_officers_pages import add, code_of, enter, sign


def test_one_administrator_alone_opens_nothing_that_shows_passengers(look, client) -> None:
    """He makes somebody up, gives him a role and a code, signs in as him and enrols a passkey of his own."""
    first, second = look(Role.ADMINISTRATOR), look(Role.ADMINISTRATOR, "second")
    person = add(first, "ito")
    assert first.post(f"{person}/grants", {"role": "targeter"}).status_code == 303
    page_before = second.page(person)
    officer: Looker = enter(client, code_of(first.post(f"{person}/code", {})))
    phone = Authenticator()
    add_passkey(officer, phone)
    assert officer.get("/console/lookouts").status_code == 403
    own = Looker(client, cookies_of(by_passkey(client, phone, officer.token))["egate"])
    assert own.get("/console/lookouts").status_code == 403
    # the second signs for what he has seen, and for nothing that came after
    assert sign(second, person, page_before).status_code == 409
    assert "Passkey" in second.page(person).partition("data-ways>")[2].partition("</ul>")[0]
    assert sign(second, person, second.page(person)).status_code == 303
    assert own.get("/console/lookouts").status_code in (303, 401)
    own = Looker(client, cookies_of(by_passkey(client, phone))["egate"])
    assert own.get("/console/lookouts").status_code == 200
    assert first.post(f"{person}/code", {}).status_code == 403
