"""Every page of the console for everybody: axe finds nothing, light and dark, and 320 px are enough."""

from collections.abc import Iterator

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.audit.log import Actor, ActorKind
from app.formats.languages import LANGUAGES
from app.identity.models import Officer
from app.identity.permissions import Role
from app.notices import service
from app.notices.models import Audience, NoticeKind
from app.notices.service import Draft, Text
from tests.e2e.access import check
from tests.e2e.console.conftest import SignIn, refer
from tests.messages.airline import api, person
from tests.reports.year import Year, store
from tests.support.airport import Airport, Guest

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
    page.goto(page.url + "/list")
    yield "everybody on it"
    page.goto(address + "/search")
    page.get_by_label("Name, document").fill("LINDKVIST")
    page.get_by_role("button", name="Search", exact=True).click()
    yield "search"
    page.goto(address + "/overview")
    page.get_by_text("The quarters as a table").first.click()
    yield "overview"
    page.goto(address + "/quarantine")
    yield "messages that wait"
    page.locator("a.open").first.click()
    yield "what is wrong"
    page.goto(address + "/quality")
    yield "data quality"
    page.goto(address + "/effectiveness?from=2026-01&to=2026-12&rule=a@1")
    page.get_by_text("a@1 by month").click()
    yield "effectiveness"
    page.goto(address + "/effectiveness?from=2020-01&to=2020-01")
    yield "effectiveness of nothing"
    page.goto(address + "?level=attention")
    page.locator("#queue a.open").first.focus()
    page.keyboard.press("?")
    yield "help"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("One-time code")).to_be_visible()
    yield "sign-in"
    code = airport.code_for("publisher", "K. Aoyama", Role.ADMINISTRATOR)
    page.get_by_label("One-time code").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(address + "/notices")
    page.get_by_role("button", name="Publish").click()
    yield "notices, what is wrong"
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("One-time code").fill(airport.code_for("auditor", "N. Endo", Role.AUDITOR))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(address + "/audit")
    yield "audit trail"
    page.goto(address + "/audit?subject=Tester")
    yield "audit trail, what is wrong"
    page.goto(address + "/audit/looking")
    yield "unusual looking-up"


def announce(airport: Airport) -> None:
    """A notice that is on every page."""
    kernel = airport.kernel
    with kernel.database.transaction() as session:
        publisher = session.scalars(sa.select(Officer.id).limit(1)).one()
        texts = {one: Text(f"Drill ({one})", "At noon.") for one in LANGUAGES}
        draft = Draft(NoticeKind.SECURITY, frozenset({Audience.OFFICERS}), texts, kernel.clock())
        actor = Actor(ActorKind.OFFICER, publisher)
        service.publish(session, actor, kernel.site, draft, kernel.clock())


def test_axe_finds_nothing_and_320_px_are_enough(
    console: SignIn, airport: Airport, people: dict[str, Guest]
):
    for name in ("astrid", "olga"):
        refer(airport, people[name])
    airport.present("kiosk", people["nils"])
    with airport.kernel.database.transaction() as session:
        store(session, Year(1), "NRT", airport.kernel.clock())
    page = console()
    announce(airport)
    expect(page.locator("#notices summary")).to_contain_text("Drill (en)")  # without a new page
    for name in pages(page, airport, people):
        check(page, name)
