"""What could not be read, how its sender is read, data quality, who boards: in a browser, for everybody."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from app.audit.log import SYSTEM
from app.identity.models import Sender
from app.identity.permissions import Role
from app.identity.senders import name_boarding_authority
from app.kernel.http import Kernel
from app.messages.counting import count_due
from tests.e2e.access import check
from tests.e2e.conftest import Server
from tests.e2e.console.conftest import SignIn
from tests.messages.airline import api, person
from tests.support.airport import Airport, guest

UNREAD = api(person()).replace(b"TDT+20+ZZ001", b"TDT+20+Z9X001").decode()
SECOND = UNREAD.replace("QUILLFEATHER", "THORNBURY")


@pytest.fixture
def waiting(airport: Airport) -> None:
    """Two lists whose carrier nobody knows, counted."""
    airport.send(UNREAD)
    airport.send(SECOND)
    airport.settle()
    count_due(airport.kernel.database, airport.kernel.clock())


def test_the_pages_are_for_everybody(console: SignIn, server: Server, waiting: None):
    page = console(Role.TARGETER)
    page.goto(server.address + "/console/quarantine")
    check(page, "messages that wait")
    page.locator("a.open").first.click()
    check(page, "what is wrong")
    page.get_by_role("button", name="Set aside").click()
    expect(page.locator(".error-summary")).to_be_focused()
    check(page, "without a reason")
    page.get_by_role("link", name="Change how").click()
    check(page, "mapping")
    page.get_by_label("Carriers").fill("Z9X = ZZ")
    page.get_by_role("button", name="Try on").click()
    expect(page.locator("#preview")).to_be_visible()
    check(page, "tried")
    page.get_by_label("Carriers").fill("no rule")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".error-summary")).to_be_focused()
    check(page, "a rule that is none")
    page.goto(server.address + "/console/quality")
    page.get_by_text("The days as a table").click()
    check(page, "data quality")


def test_without_a_mouse_a_message_is_mended_and_read(
    console: SignIn, server: Server, waiting: None
):
    page = console(Role.TARGETER)
    page.goto(server.address + "/console/quarantine")
    expect(page.locator("html[data-ready]")).to_be_attached()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("a.open").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Change how").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Carriers").focus()
    page.keyboard.type("Z9X = ZZ")
    page.get_by_label("Why").focus()
    page.keyboard.type("the code of its loading sheets")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Read it again").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".person")).to_contain_text("Read again1 time")
    end = time.monotonic() + 20
    while "Being read again" in str(page.locator(".person").text_content()):
        assert time.monotonic() < end, "nobody reads it"
        page.reload()
    expect(page.locator(".person")).to_contain_text("StateRead")


def test_without_scripts_a_message_is_mended_and_figures_are_read(
    chromium: Browser, server: Server, airport: Airport, waiting: None
):
    with chromium.new_context(java_script_enabled=False, base_url=server.address) as context:
        page = context.new_page()
        page.goto("/console/quarantine")
        page.get_by_label("One-time code").fill(airport.code_for("plain", "P. Lain", Role.TARGETER))
        page.get_by_role("button", name="Sign in").click()
        page.locator("a.open").first.click()
        page.get_by_role("link", name="Change how").click()
        page.get_by_label("Carriers").fill("Z9X = ZZ")
        page.get_by_role("button", name="Try on").click()
        expect(page.locator("#preview")).to_contain_text("would be applied")
        page.get_by_label("Why").fill("the code of its loading sheets")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Read it again").click()
        page.goto("/console/quality")
        expect(page.locator(".facts").first).to_contain_text("Rejected2")
        page.get_by_text("The days as a table").click()
        expect(page.get_by_role("table").first).to_contain_text("Not applied")


# --- who boards -----------------------------------------------------------------------------------


@pytest.fixture
def expected(airport: Airport, kernel: Kernel) -> str:
    """Somebody on a flight in fourteen hours, of a carrier whose boarding we decide; the dossier's path."""
    airport.announce(airport.sector(205, timedelta(hours=14)), [guest("THORNBURY", "HARRIET")])
    airport.settle()
    with kernel.database.transaction() as session:
        sender = session.scalars(sa.select(Sender.id)).one()
        name_boarding_authority(session, SYSTEM, sender, kernel.clock(), named=True)
        passenger = session.execute(sa.text("select id from passenger")).scalar_one()
    return f"/console/passengers/{passenger}"


def test_an_order_is_given_by_keyboard_and_the_carriers_fetching_it_is_seen(
    console: SignIn, server: Server, airport: Airport, expected: str
):
    page = console()
    page.goto(server.address + expected)
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    panel = page.locator("#boarding")
    panel.get_by_role("button", name="Do not board").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    check(page, "an order without a reason")
    page.get_by_role("link", name="Say why").press("Enter")
    expect(panel.get_by_label("Reason", exact=True)).to_be_focused()
    page.keyboard.type("visa was revoked")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("Not yet fetched by the carrier's system.")
    expect(panel.locator(".band").first).to_have_text("Do not board")
    check(page, "an order")


def test_what_a_colleague_orders_appears_while_the_page_is_read(
    console: SignIn, server: Server, airport: Airport, expected: str
):
    page = console()
    page.goto(server.address + expected)
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    field = page.locator("#boarding-reason")
    field.fill("half a sentence")
    cookie = airport.cookie_for("other", "A. Colleague", Role.SENIOR)
    path = expected.replace("/console", "/api/v1") + "/boarding"
    headers = {"Cookie": f"egate={cookie}", "Sec-Fetch-Site": "same-origin"}
    body = {"boarding": "do-not-board", "reason": "visa was revoked"}
    assert airport.http.post(path, json=body, headers=headers).status_code == 201
    expect(page.locator("#boarding")).to_contain_text("Ordered by A. Colleague")
    expect(field).to_have_value("half a sentence")
