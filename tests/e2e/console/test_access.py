"""Every page of the console for everybody: axe finds nothing, light and dark, and 320 px are enough."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import SignIn, refer
from tests.messages.airline import api, person
from tests.support.airport import Airport, Guest

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


UNREAD = api(person()).replace(b"TDT+20+ZZ001", b"TDT+20+Z9X001").decode()


def pages(page: Page, airport: Airport, people: dict[str, Guest]) -> Iterator[str]:
    """Visit one after the other; the name of each."""
    airport.send(UNREAD)
    yield "queue"
    address = page.url
    page.locator("#queue a.open", has_text="LINDQVIST").click()
    yield "dossier"
    page.goto(address)
    page.locator("#queue a.open", has_text="BERGSTROM").click()
    page.get_by_role("button", name="Inspect").click()
    yield "outcome form"
    page.get_by_role("button", name="Record and close").click()
    yield "errors"
    page.goto(address + "/flights")
    yield "flights"
    page.locator("a.open").first.click()
    yield "flight"
    page.goto(address + "/quarantine")
    yield "messages that wait"
    page.locator("a.open").first.click()
    yield "what is wrong"
    page.goto(address + "/quality")
    yield "data quality"
    page.goto(address + "?level=attention")
    page.locator("#queue a.open").first.focus()
    page.keyboard.press("?")
    yield "help"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("One-time code")).to_be_visible()
    yield "sign-in"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme, console: SignIn, airport: Airport, people: dict[str, Guest]):
    for name in ("astrid", "olga"):
        refer(airport, people[name])
    airport.present("kiosk", people["nils"])
    page = console()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for name in pages(page, airport, people):
        result = Axe().run(page, options=RULES)
        told = [
            (v["id"], [node["html"][:150] for node in v["nodes"]])
            for v in result.response["violations"]
        ]
        if told:
            found[name] = told
    assert found == {}


def test_nothing_scrolls_sideways_at_320_px(
    console: SignIn, airport: Airport, people: dict[str, Guest]
):
    refer(airport, people["astrid"])
    airport.present("kiosk", people["nils"])
    page = console()
    page.set_viewport_size({"width": 320, "height": 640})
    for name in pages(page, airport, people):
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, (name, wide)
