"""Passkeys in a real browser: Chromium's virtual authenticator (DevTools WebAuthn) enrols, signs in and is refused."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import CDPSession, Page, Request, expect

from app.identity import officers
from app.identity.oidc import links
from app.identity.ways import Ways, published, ways_of
from app.kernel.http import Kernel
from app.programs import free_port
from tests.e2e.access import check
from tests.e2e.conftest import Server
from tests.support.airport import Airport
from tests.support.provider import running_provider

MINE = "/console/my-sign-in"


@pytest.fixture
def site(server: Server, kernel: Kernel) -> str:
    """The console's address by name: a number is nobody's domain."""
    address = server.address.replace("127.0.0.1", "localhost")
    kernel.remembered[Ways] = replace(ways_of(kernel), public_url=address)
    return address


@pytest.fixture
def authenticator(browser_page: Page) -> CDPSession:
    """A phone beside the browser that verifies its owner and keeps discoverable credentials."""
    tools = browser_page.context.new_cdp_session(browser_page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools


def only_refusals(problems: list[str]) -> None:
    """A refused sign-in is a 401, which the browser's console tells; nothing else may be told."""
    assert [one for one in problems if "status of 401" not in one] == []
    problems.clear()


def test_a_passkey_is_made_and_signs_in_and_the_pages_are_for_everybody(
    site: str,
    airport: Airport,
    browser_page: Page,
    authenticator: CDPSession,
    problems: list[str],
):
    page = browser_page
    page.goto(f"{site}/console/sign-in")
    check(page, "sign-in with passkeys")
    page.get_by_label("One-time code").fill(airport.code_for("kei", "K. Aoyama"))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="K. Aoyama").click()
    check(page, "my sign-in, without passkeys")
    page.get_by_label("Name of the new passkey").fill("my phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_label("Name of the passkey", exact=True)).to_have_value("my phone")
    check(page, "my sign-in")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("link", name="K. Aoyama")).to_be_visible()
    page.goto(f"{site}/console/sign-in?again=1&next={MINE}")
    check(page, "sign in once more")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Remove my phone").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey does not open a session").first).to_be_visible()
    only_refusals(problems)


def test_a_replayed_answer_and_another_origin_are_refused(
    site: str,
    airport: Airport,
    browser_page: Page,
    authenticator: CDPSession,
    kernel: Kernel,
    problems: list[str],
):
    page, sent = browser_page, []
    page.goto(f"{site}/console/sign-in")
    page.get_by_label("One-time code").fill(airport.code_for("kei", "K. Aoyama"))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="K. Aoyama").click()
    page.get_by_label("Name of the new passkey").fill("my phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_label("Name of the passkey", exact=True)).to_have_value("my phone")
    page.get_by_role("button", name="Sign out").click()

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/sign-in/passkey"):
            sent.append(request.post_data)

    page.on("request", note)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    [body] = sent
    headers = {
        "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin",
        "accept": "text/html",
    }  # fmt: skip
    replayed = page.request.post(f"{site}/console/sign-in/passkey", data=body, headers=headers)
    assert replayed.status == 401
    page.get_by_role("button", name="Sign out").click()
    # the same authenticator at what is now another's address
    kernel.remembered[Ways] = replace(ways_of(kernel), public_url="http://localhost:9")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(
        page.get_by_text(re.compile("This passkey does not open a session")).first
    ).to_be_visible()
    only_refusals(problems)


@pytest.fixture
def agency(site: str, kernel: Kernel) -> Iterator[str]:
    """A real provider, at another site for the browser: 127.0.0.1 beside localhost. Its address."""
    with running_provider(free_port(), site) as running:
        known = published([running.settings(login_claim="preferred_username")])
        kernel.remembered[Ways] = replace(ways_of(kernel), providers=known)
        yield running.issuer


def test_the_agencys_account_signs_in_proves_once_more_and_ends_sessions(
    site: str,
    agency: str,
    airport: Airport,
    browser_page: Page,
    kernel: Kernel,
    problems: list[str],
):
    page = browser_page
    airport.code_for("kei", "K. Aoyama")
    page.goto(f"{site}/console/sign-in?next={MINE}")
    check(page, "sign-in with an account")
    page.get_by_role("link", name="Sign in with Agency account").click()
    page.get_by_label("Login").fill("nobody")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Agency account has not opened a session").first).to_be_visible()
    only_refusals(problems)
    page.context.clear_cookies(domain="127.0.0.1")
    page.goto(f"{site}/console/sign-in?next={MINE}")
    page.get_by_role("link", name="Sign in with Agency account").click()
    page.get_by_label("Login").fill("kei")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(site + MINE)
    before = {one["name"]: one["value"] for one in page.context.cookies(site)}
    # once more: the provider asks again, the session goes on under another token
    page.goto(f"{site}/console/sign-in?again=1&next={MINE}")
    page.get_by_role("link", name="Sign in with Agency account").click()
    page.get_by_label("Login").fill("kei")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(site + MINE)
    expect(page.locator("tr[data-session]")).to_have_count(1)
    after = {one["name"]: one["value"] for one in page.context.cookies(site)}
    assert before["egate"] != after["egate"]
    assert "egate-oidc" not in after
    # signing out there ends what is open here, at once
    page.goto(f"{agency}/session/end?client_id=egate")
    page.get_by_role("button", name="Yes, sign me out").click()
    end = time.monotonic() + 20
    while page.request.get(f"{site}{MINE}", max_redirects=0).status == 200:
        assert time.monotonic() < end, "the session lasts"
        time.sleep(0.1)
    with kernel.database.read() as session:
        kei = officers.find_officer(session, "kei")
        assert kei is not None
        assert links.linked_providers(session, kei.id) == ["agency"]


def test_signing_out_here_offers_to_sign_out_there(
    site: str, agency: str, airport: Airport, browser_page: Page
):
    page = browser_page
    airport.code_for("kei", "K. Aoyama")
    page.goto(f"{site}/console/sign-in?next={MINE}")
    page.get_by_role("link", name="Sign in with Agency account").click()
    page.get_by_label("Login").fill("kei")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Sign out").click()
    check(page, "signed out here, not yet there")
    page.get_by_role("link", name="Sign out there, too").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page).to_have_url(f"{site}/console/sign-in")
