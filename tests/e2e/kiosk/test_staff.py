"""The staff's menu in a browser: the PIN on its own keys, the device out of service and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kiosk_sim.agent import create_agent
from kiosk_sim.program import Tray
from kiosk_sim.staff import FREE, Staff
from kiosk_sim.words import say
from tests.e2e.conftest import Served
from tests.e2e.kiosk.conftest import LANDSCAPE, check
from tests.kiosk_sim.fakes import FakeService

PIN = "135790"


@pytest.fixture
def menu(tmp_path: Path, browser_page: Page) -> Iterator[Page]:
    tray = tmp_path / "tray.json"
    tray.write_text(json.dumps([]))
    services: list[Any] = [FakeService()]
    served = Served(
        create_agent(services, Tray(tray), ["127.0.0.1"], staff=Staff(PIN, lambda: 0.0))
    )
    served.start()
    browser_page.set_viewport_size(LANDSCAPE)
    browser_page.goto(f"{served.address}/kiosk-1/")
    browser_page.get_by_role("link", name=say("en", "to-staff")).click()
    browser_page.locator("html[data-ready]").wait_for(state="attached")
    yield browser_page
    browser_page.goto("about:blank")
    served.stop()


def type_pin(page: Page, pin: str) -> None:
    for digit in pin:
        page.locator("#keys").get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="Open", exact=True).click()


def test_a_device_is_taken_out_of_service_and_back(menu: Page) -> None:
    check(menu, "staff-pin")
    type_pin(menu, PIN)
    menu.get_by_role("button", name="Take out of service").click()
    expect(menu.locator("#note")).to_have_text("Take out of service: done.")
    check(menu, "staff-menu")
    menu.get_by_role("link", name="Back to the screen").click()
    expect(menu.locator("#sentence")).to_have_text(say("en", "out-of-service"))
    expect(menu.locator("#fault")).to_have_text(say("en", "closed"))
    menu.get_by_role("link", name=say("en", "to-staff")).click()
    type_pin(menu, PIN)
    menu.get_by_role("button", name="Take into service").click()
    expect(menu.locator("#note")).to_have_text("Take into service: done.")
    menu.get_by_role("link", name="Back to the screen").click()
    expect(menu.locator("#sentence")).to_have_text(say("en", "welcome"))


def test_wrong_pins_are_told_and_then_waited_for(
    browser_page: Page, menu: Page, problems: list[str]
) -> None:
    del browser_page
    for _ in range(FREE):
        type_pin(menu, "000000")
        expect(menu.locator("#note")).to_have_text("This PIN is wrong.")
    type_pin(menu, "000000")
    expect(menu.locator("#note")).to_have_text("Wrong PIN. Wait 2 seconds before the next one.")
    with menu.expect_event("console", lambda said: "429" in said.text):
        type_pin(menu, PIN)
    expect(menu.locator("#menu")).to_be_hidden()
    problems[:] = [one for one in problems if "403" not in one and "429" not in one]
