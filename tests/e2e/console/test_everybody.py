"""Every page of the console for everybody, in each of its languages: those of the table of routes, found by their links.

A new page is looked at because it is in the table; one that nothing leads to here stands in :data:`ELSEWHERE` with the
test that looks at it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.identity.permissions import Role
from tests.e2e.access import NARROW, RULES, check, picture, violations, width_on_a_narrow_screen
from tests.e2e.conftest import Server
from tests.e2e.console.conftest import refer
from tests.e2e.console.test_access import UNREAD, announce
from tests.e2e.console.test_hall_pages import tell
from tests.reports.year import Year, store
from tests.support.airport import Airport, Guest

TABLE = Path(__file__).parents[2] / "access" / "routes.txt"
NO_PAGE = re.compile(
    r"/fragments/|\.(csv|txt|json)$|/attachments/|/pictures/|/oidc/|/console/unsent"
)
ELSEWHERE = {
    "/console/backtests/{backtest_id}": "test_backtest_pages.py",
    "/console/counter/works/{work_id}": "test_inspection_pages.py",
    "/console/declarations/{identifier}/articles/{part}": "test_inspection_pages.py",
    "/console/list-changes/{proposal_id}": "test_list_pages.py",
    "/console/referrals/{referral_id}/goods": "test_inspection_pages.py",
    "/console/referrals/{referral_id}/amend": "test_inspection_pages.py",
    "/console/second-looks/{look_id}": "test_inspection_pages.py",
    "/console/sign-in": "test_sign_in_pages.py",
}
HREF = re.compile(r'href="(/console[^"#]*)["#]')
TAGS = ("en", "ja")


def pages() -> list[str]:
    """The addresses of pages as the table has them, those without an id first."""
    lines = [line.split()[:2] for line in TABLE.read_text().splitlines() if line.strip()]
    found = {path for method, path in lines
             if method == "GET" and re.match(r"/console(/|$)", path) and not NO_PAGE.search(path)}  # fmt: skip
    return sorted(found, key=lambda path: (path.count("{"), path))


def page_of(address: str, known: list[str]) -> str | None:
    """Which page an address is of."""
    path = address.partition("?")[0]
    for one in known:
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", one), path):
            return one
    return None


def linked(airport: Airport, token: str, known: list[str]) -> Iterator[tuple[str, str]]:
    """Pages that a role comes to, with an address of each: link by link, from the start page."""
    seen, waiting = {"/console"}, ["/console"]
    headers = {"Cookie": f"egate={token}", "Accept": "text/html"}
    while waiting:
        address = waiting.pop(0)
        answer = airport.http.get(address, headers=headers)
        if address == "/console" and "location" in answer.headers:  # where the role begins
            waiting.append(answer.headers["location"])
            seen.add(answer.headers["location"])
        if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        yield page_of(str(answer.url.path), known) or "", address
        for found in HREF.findall(answer.text):
            there = found.replace("&amp;", "&")
            if (one := page_of(there, known)) and one not in seen:
                seen.add(one)
                waiting.append(there)


def furnish(airport: Airport, people: dict[str, Guest]) -> dict[Role, str]:
    """A bit of everything that pages show; a session of each role."""
    refer(airport, people["astrid"])
    refer(airport, people["olga"])
    airport.present("kiosk", people["nils"])
    tell(airport, "alarm", "hold", "tailgating")
    airport.send(UNREAD)
    with airport.kernel.database.transaction() as session:
        store(session, Year(1), "NRT", airport.kernel.clock())
    tokens = {role: airport.cookie_for(f"everybody-{role}", f"N. {role}", role) for role in Role}
    announce(airport)
    _ask(airport, tokens[Role.SENIOR], people["astrid"])
    return tokens


def _ask(airport: Airport, token: str, one: Guest) -> None:
    """A request of a traveller, granted: a letter and a record come of it."""
    form = {
        "kind": "access", "channel": "counter", "identity_check": "passport-seen", "wish": "What is kept of me?",
        "received_on": f"{airport.kernel.clock():%Y-%m-%d}", "surname": one.passport.surname,
        "given_names": one.passport.given_names, "birth_date": one.passport.birth_date.isoformat(),
        "number": one.passport.number, "issuer": one.passport.nationality, "language": "en",
    }  # fmt: skip
    headers = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
    made = airport.http.post("/console/rights", data=form, headers=headers, follow_redirects=False)
    assert made.status_code == 303, made.text
    address = made.headers["location"]
    form = airport.http.get(address, headers=headers).text
    version = re.findall(r'name="version" value="(\d+)"', form)[0]
    done = airport.http.post(
        f"{address}/decide", data={"outcome": "granted", "version": version}, headers=headers,
        follow_redirects=False,
    )  # fmt: skip
    assert done.status_code == 303, done.text


class Seen:
    """A browser that is one officer, then another, in one language."""

    def __init__(self, page: Page, address: str, tag: str) -> None:
        self.page, self._address, self._tag = page, address, tag

    def sign_in(self, token: str) -> None:
        self.page.context.clear_cookies()
        given = {"egate": token, "language": self._tag}
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": self._address} for name, value in given.items()]
        )

    def go(self, path: str) -> None:
        self.page.goto(self._address + path)
        expect(self.page.locator("html")).to_have_attribute("lang", self._tag)

    def send(self, form: str, button: str = "button") -> Locator:
        """Press the (first) button of the form with this end of an address; what is said of errors."""
        self.page.locator(f'form[action$="{form}"] {button}').first.click()
        return self.page.locator(".error-summary")

    def check(self, name: str) -> None:
        """All that is asked of a page in English; of the others what words can change."""
        named = f"{name} ({self._tag})"
        if self._tag == "en":
            check(self.page, named)
        else:
            assert (named, violations(self.page, RULES)) == (named, [])
            assert (named, width_on_a_narrow_screen(self.page)) == (named, NARROW)
        self.page.set_viewport_size({"width": 360, "height": 740})
        picture(self.page, named.replace("/", "-"), full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.fixture
def tokens(airport: Airport, people: dict[str, Guest]) -> dict[Role, str]:
    return furnish(airport, people)


@pytest.mark.parametrize("tag", TAGS)
def test_every_page_of_the_table_is_for_everybody(
    browser_page: Page, server: Server, airport: Airport, tokens: dict[Role, str], tag: str
) -> None:
    known = pages()
    shown: dict[str, tuple[Role, str]] = {}
    for role, token in tokens.items():
        for one, address in linked(airport, token, known):
            shown.setdefault(one, (role, address))
    seen = Seen(browser_page, server.address, tag)
    for one, (role, address) in sorted(shown.items()):
        seen.sign_in(tokens[role])
        seen.go(address)
        seen.check(one)
    assert set(known) - set(shown) <= set(ELSEWHERE)


@pytest.mark.parametrize("tag", TAGS)
def test_what_was_refused_is_for_everybody(
    browser_page: Page,
    server: Server,
    airport: Airport,
    people: dict[str, Guest],
    tokens: dict[Role, str],
    tag: str,
) -> None:
    page, seen = browser_page, Seen(browser_page, server.address, tag)
    for role, path, form in (
        (Role.LEGAL_APPROVER, "/console/retention", "/retention/holds"),
        (Role.SENIOR, "/console/lookouts", "/lookouts"),
        (Role.SENIOR, "/console/rights", "/rights"),
        (Role.ADMINISTRATOR, "/console/people", "/people"),
        (Role.ADMINISTRATOR, "/console/notices", "/notices"),
    ):
        seen.sign_in(tokens[role])
        seen.go(path)
        expect(seen.send(form)).to_be_visible()
        seen.check(f"errors of {path}")
    seen.sign_in(tokens[Role.ADMINISTRATOR])
    seen.go("/console/people")
    page.locator("a.open", has_text="N. gate-officer").click()
    page.locator("select[name=place] option").nth(1).wait_for(state="attached")
    seen.check("an officer's page")
    expect(seen.send("/grants")).to_be_visible()
    seen.check("a role that was refused")

    seen.sign_in(tokens[Role.SENIOR])
    seen.go("/console")
    page.locator("[name=density][value=compact]").click()
    expect(page.locator("body.compact")).to_be_attached()
    seen.check("compact rows")
    page.locator("#queue a.open", has_text="LINDQVIST").click()
    expect(seen.send("/release")).to_be_visible()
    seen.check("a release without a reason")
    page.locator("[name=why-not]").first.check()
    page.locator("[name=why-note]").fill("papers for the stay are at hand")
    seen.send("/release")
    expect(page.locator("[data-key=u]")).to_be_visible()
    seen.check("released, to be undone")
