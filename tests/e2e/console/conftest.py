"""The console in a real browser, before a real server and worker."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.identity.permissions import Role
from app.kernel.clock import SettableClock
from app.kernel.http import Kernel
from app.work.worker import Worker
from tests.e2e.conftest import Server
from tests.support.airport import CASH, Airport, Guest, guest, http_client, landed_ago

SignIn = Callable[..., Page]

DECISION = "html[data-ready] #decision"
"""Of a page whose keys are listened to."""


@pytest.fixture
def airport(
    server: Server, worker: Worker, kernel: Kernel, clock: SettableClock
) -> Iterator[Airport]:
    """An airport whose messages the worker applies; now is now, as the browser sees it."""
    del worker
    clock.now = datetime.now(UTC)
    with http_client(server.address) as http:
        yield Airport(http, kernel)


@pytest.fixture
def console(server: Server, airport: Airport, browser_page: Page) -> SignIn:
    """``console()`` signs an officer in through the page and waits until it is live."""

    def enter(role: Role = Role.SENIOR, name: str = "M. Lindqvist") -> Page:
        return signed_in(browser_page, server.address, airport.code_for(str(role), name, role))

    return enter


def signed_in(page: Page, address: str, code: str) -> Page:
    """The start page, live."""
    page.goto(address + "/console/sign-in")
    page.get_by_label("One-time code").fill(code)
    page.keyboard.press("Enter")
    # who sees no travellers has nothing to be told of
    expect(page.locator("html[data-connection=up], html[data-unheard]")).to_be_attached()
    return page


def say_why_by_key(page: Page) -> None:
    """Release in the high band by keys alone: to the reasons, one by its number, a few words, Enter."""
    page.locator(DECISION).press("r")
    choose_why(page)


def choose_why(page: Page) -> None:
    """From the first reason on."""
    expect(page.get_by_label("Explained itself")).to_be_focused()
    expect(page.locator("#decision")).not_to_contain_text("Released by")  # a letter decides nothing
    page.keyboard.press("1")
    expect(page.get_by_label("In a few words")).to_be_focused()
    page.keyboard.type("papers for the stay are at hand")
    page.keyboard.press("Enter")


@pytest.fixture
def people(airport: Airport) -> dict[str, Guest]:
    """XX 101 has landed, everybody on it is screened: Astrid is looked out for, Olga paid in cash."""
    made = {
        "astrid": guest("LINDQVIST", "ASTRID MAJ", "12A"),
        "olga": guest("HERRERA", "OLGA", "14C", "ESP", **CASH),
        "nils": guest("BERGSTROM", "NILS", "15D"),
    }
    airport.look_out_for(made["astrid"])
    sector = airport.sector(101, landed_ago(20))
    for name, one in made.items():
        airport.declare(one, sector, ("over_allowance",) if name == "nils" else ())
    airport.announce(sector, list(made.values()))
    screened(airport, len(made))
    return made


def screened(airport: Airport, count: int) -> None:
    """Wait until the worker has screened so many people on their newest facts."""
    query = sa.text(
        "select count(*) from passenger p join assessment a on a.passenger_id = p.id"
        " where a.is_current and a.facts_version = p.facts_version"
        " and exists (select from declaration d where d.passenger_id = p.id)"
    )
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with airport.kernel.database.read() as session:
            if session.execute(query).scalar_one() >= count:
                return
        time.sleep(0.05)
    raise TimeoutError("not screened")


def refer(airport: Airport, one: Guest) -> None:
    """Up to the lane, and sent to an officer."""
    airport.present("kiosk", one)
    assert airport.present("lane", one)["answer"] == "refer"
