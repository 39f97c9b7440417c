"""The console in a real browser, before a real server and worker."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app.identity.permissions import Role
from app.kernel.http import Kernel
from app.work import Worker
from tests.e2e.conftest import Server
from tests.support.airport import Airport, http_client

SignIn = Callable[..., Page]


@pytest.fixture
def airport(server: Server, worker: Worker, kernel: Kernel) -> Iterator[Airport]:
    """An airport whose messages the worker applies."""
    del worker
    with http_client(server.address) as http:
        yield Airport(http, kernel)


@pytest.fixture
def console(browser_page: Page, server: Server, airport: Airport) -> SignIn:
    """``console()`` signs an officer in through the page and waits until it is live."""

    def enter(role: Role = Role.SENIOR, name: str = "M. Lindqvist") -> Page:
        return signed_in(browser_page, server.address, airport.code_for(str(role), name, role))

    return enter


def signed_in(page: Page, address: str, code: str) -> Page:
    """The start page, live."""
    page.goto(address + "/console/sign-in")
    page.get_by_label("One-time code").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    return page
