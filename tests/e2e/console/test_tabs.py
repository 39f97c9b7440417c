"""Nine tabs of one officer share one line, and the next one takes it over when its tab is closed."""

from playwright.sync_api import BrowserContext, Request, expect

from tests.e2e.conftest import Server
from tests.e2e.console.conftest import SignIn
from tests.support.airport import Airport, Guest

TABS = 9


def test_nine_tabs_on_one_connection(
    console: SignIn, context: BrowserContext, server: Server, airport: Airport,
    people: dict[str, Guest],
) -> None:  # fmt: skip
    streams: list[Request] = []
    context.on("request", lambda r: streams.append(r) if r.url.endswith("/api/v1/events") else None)
    first = console()
    tabs = [first]
    for _ in range(TABS - 1):
        tab = context.new_page()
        tab.goto(server.address + "/console")
        tabs.append(tab)
    for tab in tabs:
        expect(tab.locator("html[data-connection=up]")).to_be_attached()
    assert len(streams) == 1
    airport.present("kiosk", people["nils"])
    for tab in tabs:
        expect(tab.locator("#queue .tray .row")).to_have_count(1)
    first.close()
    airport.present("gate", people["olga"])
    for tab in tabs[1:]:
        expect(tab.locator("#queue .tray .row")).to_have_count(2)
    assert len(streams) == 2
