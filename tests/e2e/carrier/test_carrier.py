"""A sender in a browser: in with its token, its own figures and transmissions, its certification, out."""

import pytest
from playwright.sync_api import Browser, Page, expect

from app.identity.senders import create_sender
from app.kernel.http import Kernel
from app.messages.apply import apply_next
from app.messages.counting import count_due
from tests.e2e.access import check
from tests.e2e.conftest import Server
from tests.messages.airline import api, person
from tests.support.airport import http_client

LIST = api(person())
TEST = LIST.replace(b"++APIS'", b"++APIS++++1'", 1)
UNREAD = LIST.replace(b"TDT+20+ZZ001", b"TDT+20+Z9X001")


@pytest.fixture
def token(server: Server, kernel: Kernel) -> str:
    """Of a sender that sent a test, a list, and one that could not be read; another sent one list more."""
    assert TEST != LIST
    with kernel.database.transaction() as session:
        made = [
            create_sender(session, name, ["ZZ"], "NRT", kernel.clock())[1]
            for name in ("ZZ host", "Other host")
        ]
    with http_client(server.address) as http:
        for bearer, texts in zip(made, ((TEST, LIST, UNREAD), (LIST,)), strict=True):
            for text in texts:
                headers = {"Authorization": f"Bearer {bearer}"}
                assert http.post("/api/v1/messages", content=text, headers=headers).is_success
    while apply_next(kernel.database, kernel.vault, kernel.clock(), "NRT"):
        pass
    count_due(kernel.database, kernel.clock())
    return made[0]


def sign_in(page: Page, address: str, token: str) -> None:
    page.goto(address + "/carrier/")
    page.get_by_label("Token").fill(token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="ZZ host")).to_be_visible()


def test_the_pages_are_for_everybody(
    browser_page: Page, server: Server, token: str, problems: list[str]
):
    page = browser_page
    page.goto(server.address + "/carrier/")
    check(page, "sign-in")
    page.get_by_label("Token").fill("not a token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".error-summary")).to_be_visible()
    check(page, "sign-in that failed")
    assert all("401" in one for one in problems), problems
    problems.clear()
    sign_in(page, server.address, token)
    page.locator("summary").last.click()
    check(page, "own page")


def test_by_keyboard_and_without_scripts_a_sender_sees_its_own_and_leaves(
    chromium: Browser, server: Server, token: str
):
    with chromium.new_context(java_script_enabled=False, base_url=server.address) as context:
        page = context.new_page()
        sign_in(page, server.address, token)
        assert token not in page.url
        report = page.locator("section", has=page.locator("#report-title"))
        expect(report).to_contain_text("1 test message")
        expect(report.get_by_role("row", name="Segments")).to_contain_text("Passed")
        figures = page.locator(".facts").first
        expect(figures).to_contain_text("Rejected1")
        expect(page.locator("body")).not_to_contain_text("Other host")
        recent = page.locator("section", has=page.locator("#recent-title"))
        expect(recent.locator("details")).to_have_count(3)
        newest = recent.locator("details").first
        expect(newest).to_contain_text("Rejected")
        newest.locator("summary").press("Enter")
        expect(newest.get_by_role("table")).to_contain_text("flight_missing")
        page.get_by_role("button", name="Sign out").press("Enter")
        expect(page.get_by_label("Token")).to_be_visible()
        page.goto("/carrier/")
        expect(page.get_by_label("Token")).to_be_visible()  # and stays out
