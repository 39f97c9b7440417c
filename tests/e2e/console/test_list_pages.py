"""Lists, changes, lookouts, cleared pairs and the match tester: in a browser, for everybody."""

from datetime import UTC, datetime

from playwright.sync_api import expect

from app.identity.permissions import Role
from tests.e2e.access import check, width_on_a_narrow_screen
from tests.e2e.conftest import Server
from tests.e2e.console.conftest import SignIn
from tests.support.airport import Airport, Guest

MANY = "key,reason,names\n" + "".join(f"Q-{n},r,EXAMPLE{chr(65 + n)}/NINA\n" for n in range(25))


def test_the_pages_are_for_everybody(
    console: SignIn, server: Server, airport: Airport, people: dict[str, Guest]
):
    page = console(Role.LIST_CUSTODIAN)
    page.goto(server.address + "/console/watchlists")
    check(page, "all lists")
    page.get_by_role("button", name="Make the list").click()
    expect(page.locator(".error-summary")).to_be_focused()
    check(page, "a list without a name")
    page.locator("a.open").first.click()
    check(page, "one list")
    page.locator("a.open").first.click()
    check(page, "an entry")
    page.go_back()
    page.get_by_label("Entries as CSV").fill(MANY)
    page.get_by_role("button", name="Show what would change").click()
    check(page, "what would change")
    page.get_by_role("button", name="Propose it").click()
    expect(page.get_by_text("Somebody else must approve")).to_be_visible()
    check(page, "a change that waits")
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(server.address + "/console/watchlists")
    waits = page.get_by_role("region", name="Changes that wait")
    expect(waits.get_by_role("listitem")).to_be_visible()
    assert waits.evaluate("all => all.scrollWidth <= all.clientWidth")
    check(page, "changes that wait, on a phone")
    page.context.add_cookies([{"name": "language", "value": "ja", "url": server.address}])
    page.locator("a.open").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    assert width_on_a_narrow_screen(page) <= 320
    page.context.add_cookies([{"name": "language", "value": "en", "url": server.address}])
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(server.address + "/console/watchlists/match")
    page.get_by_label("Surname").fill("LINDKVIST")
    page.get_by_label("Given names").fill("ASTRID")
    page.keyboard.press("Enter")
    expect(page.get_by_text("would be met")).to_be_visible()
    check(page, "the match tester")
    page.context.clear_cookies()
    console(Role.SENIOR).goto(server.address + "/console/lookouts")
    page.get_by_role("button", name="Look out now").click()
    expect(page.locator(".error-summary")).to_be_focused()
    check(page, "a lookout that lacks all")
    page.get_by_label("What to look for").select_option("seat")
    page.get_by_label("Title").fill("A seat")
    page.get_by_label("Purpose").select_option("drugs")
    page.get_by_label("Handling").select_option("stop")
    page.get_by_label("Hours until it ends").fill("3")
    page.get_by_role("textbox", name="Reason").fill("a tip")
    page.get_by_role("textbox", name="Flight", exact=True).fill("XX101")
    page.get_by_label("Day of departure").fill(f"{datetime.now(UTC):%Y-%m-%d}")
    page.get_by_role("textbox", name="Seat", exact=True).fill("12A")
    page.get_by_role("button", name="Look out now").click()
    expect(page.get_by_text("In force", exact=True)).to_be_visible()
    check(page, "lookouts")
    page.goto(server.address + "/console/pairs")
    check(page, "cleared pairs")
