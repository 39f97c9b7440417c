"""Halls and devices in the browser: an alarm appears by itself, an order goes out, everybody can use the pages."""

from uuid import uuid4

from playwright.sync_api import Page, expect

from app.identity.permissions import Role
from tests.e2e.access import check
from tests.e2e.console.conftest import SignIn
from tests.support.airport import Airport


def tell(airport: Airport, state: str, door: str, *notes: str) -> None:
    body = {
        "status": {"state": state, "door": door},
        "notes": [
            {
                "key": str(uuid4()), "at": airport.kernel.clock().isoformat(), "note": note,
                "state": state,
            }
            for note in notes
        ],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {airport.tokens['lane']}"}
    answer = airport.http.post("/api/v1/lane/reports", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


def orders(airport: Airport) -> list[str]:
    headers = {"Authorization": f"Bearer {airport.tokens['lane']}"}
    found = airport.http.get("/api/v1/lane/orders", headers=headers).json()
    return [found["mode"], *(one["word"] for one in found["orders"])]


def test_an_alarm_appears_by_itself_and_is_reset(console: SignIn, airport: Airport) -> None:
    page = console()
    page.get_by_role("link", name="Halls").click()
    expect(page.get_by_text("not heard of yet").first).to_be_visible()
    tell(airport, "alarm", "hold", "tailgating")
    expect(page.get_by_text("Somebody followed another one through")).to_be_visible()
    check(page, "halls")
    page.get_by_role("button", name="Reset lane").click()
    expect(page.get_by_role("heading", name="Halls of NRT")).to_be_visible()
    assert orders(airport) == ["normal", "reset"]
    hall = page.locator("section.panel", has_text="Hall A")
    hall.get_by_role("button", name="Evacuation").click()
    expect(page.locator(".band", has_text="Evacuation")).to_be_visible()
    assert orders(airport) == ["evacuation"]
    page.goto(page.url.removesuffix("/halls"))
    expect(page.locator("#queue a.open", has_text="lane")).to_be_visible()


def test_a_code_for_a_device_is_made_and_the_page_is_for_everybody(
    browser_page: Page, airport: Airport, server
) -> None:
    page = browser_page
    page.goto(server.address + "/console/sign-in")
    code = airport.code_for("admin", "A. Min", Role.ADMINISTRATOR)
    page.get_by_label("One-time code").fill(code)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Devices").click()
    page.get_by_label("Name").fill("lane-9")
    page.get_by_label("Kind").select_option("lane")
    page.get_by_role("button", name="Make a code").click()
    expect(page.locator("[data-code]")).to_be_visible()
    check(page, "devices")
