"""The console in another language: chosen by one click, fetched pieces follow, and everything has its place."""

from playwright.sync_api import expect

from tests.e2e.access import check, picture
from tests.e2e.console.conftest import SignIn
from tests.support.airport import Airport

MENU_LINES = """() => new Set([...document.querySelectorAll('.bar nav li')]
    .filter((one) => one.offsetWidth > 0).map((one) => one.offsetTop)).size"""
REFRESH = "document.querySelector('main [data-live]').dispatchEvent(new Event('refresh'))"


def test_the_console_is_read_in_japanese(console: SignIn, airport: Airport) -> None:
    page = console()
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate(MENU_LINES) == 1
    page.get_by_role("link", name="Halls").click()
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    assert page.url.endswith("/console/halls")
    assert page.evaluate(MENU_LINES) == 1
    with page.expect_response("**/console/fragments/halls*") as heard:
        page.evaluate(REFRESH)
    assert heard.value.headers["content-language"] == "ja"
    check(page, "halls in Japanese")
    picture(page, "halls-ja")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
