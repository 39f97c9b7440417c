"""What the pages of OIDC do without a provider that answers: forged journeys, forged words of it, strangers."""

from dataclasses import replace

import pytest

from app.identity.oidc import flow
from app.identity.oidc.provider import Provider
from app.identity.ways import Ways, published, ways_of
from app.programs import free_port
from tests.support import NOW, problem_code

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}
AGENCY = "/console/sign-in/oidc/agency"


@pytest.fixture
def agency(kernel):
    """A provider that is not there."""
    one = Provider.model_construct(
        **{
            **Provider.model_construct().__dict__, "key": "agency", "title": "Agency account",
            "issuer": f"http://127.0.0.1:{free_port()}", "client_id": "egate",
        }
    )  # fmt: skip
    kernel.remembered[Ways] = replace(ways_of(kernel), providers=published([one]))


def test_a_provider_that_cannot_be_reached_is_said_and_the_other_ways_are_there(client, agency):
    for path in (AGENCY, f"{AGENCY}/back"):
        answer = client.get(path, headers=HTML, follow_redirects=False)
        if path == AGENCY:
            assert answer.status_code == 503
            assert "Agency account cannot be reached" in answer.text
        assert 'name="code"' in answer.text


@pytest.mark.parametrize("cookie", ["", "zz", "00" * 60])
def test_who_did_not_begin_here_is_refused(client, agency, kernel, cookie):
    headers = HTML | {"Cookie": f"egate-oidc={cookie}"}
    answer = client.get(f"{AGENCY}/back?code=c&state=s", headers=headers, follow_redirects=False)
    assert answer.status_code == 401
    assert "Agency account has not opened a session" in answer.text
    assert "egate=" not in answer.headers.get("set-cookie", "")


def test_a_journey_to_another_provider_does_not_end_here(client, agency, kernel):
    journey = flow.begin("other", "/console", NOW, None)
    headers = HTML | {"Cookie": f"egate-oidc={flow.seal(kernel.vault, journey)}"}
    answer = client.get(
        f"{AGENCY}/back?code=c&state={journey.state}", headers=headers, follow_redirects=False
    )
    assert answer.status_code == 401


def test_a_forged_word_of_the_provider_ends_nothing(client, agency, look):
    officer = look()
    for form, status in (
        ({"logout_token": "a.b.c"}, 503),
        ({"x": "y"}, 503),
    ):  # no keys to judge by
        assert client.post(f"{AGENCY}/logout", data=form).status_code == status
    assert officer.get("/console").status_code == 200


def test_what_is_not_configured_is_not_there(client):
    for path in (AGENCY, f"{AGENCY}/back", f"{AGENCY}/out"):
        assert client.get(path, headers={"Accept": "application/json"}).status_code == 404
    answer = client.post(f"{AGENCY}/logout", data={"logout_token": "x"})
    assert (answer.status_code, problem_code(answer.text)) == (404, "not-found")
