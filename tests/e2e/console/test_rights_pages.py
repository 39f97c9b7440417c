"""Travellers' requests and the page of keys: in a browser, for everybody."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.identity.permissions import Role
from app.keeping.engine import Work
from app.keeping.job import run_all
from app.retention.profile import profile_of
from app.travel.models import Passenger
from tests.e2e.access import check
from tests.e2e.conftest import Server
from tests.e2e.console.conftest import SignIn
from tests.support.airport import Airport, Guest


def register(page: Page, server: Server, one: Guest, kind: str) -> None:
    """Fill in the form and land on the request."""
    page.goto(server.address + "/console/rights")
    page.get_by_label("What is asked for").select_option(kind)
    page.get_by_label("How it came").select_option("counter")
    page.get_by_label("How the identity was checked").select_option("passport-seen")
    page.get_by_label("Day on which it came").fill(f"{datetime.now(UTC):%Y-%m-%d}")
    page.get_by_label("Language of the answer").select_option("en")
    page.get_by_label("Surname").fill(one.passport.surname)
    page.get_by_label("Given names").fill(one.passport.given_names)
    page.get_by_label("Date of birth").fill(one.passport.birth_date.isoformat())
    page.get_by_label("Document number").fill(one.passport.number)
    page.get_by_label("Issuing state").fill(one.passport.nationality)
    page.get_by_label("In the traveller's words").fill("What is kept of me?")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Records found")).to_be_visible()


def test_requests_are_for_everybody(
    console: SignIn, server: Server, airport: Airport, people: dict[str, Guest]
):
    page = console(Role.SENIOR)
    page.goto(server.address + "/console/rights")
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".error-summary")).to_be_focused()
    check(page, "a request that lacks all")
    for kind in ("erasure", "rectification", "redress", "access"):
        register(page, server, people["astrid"], kind)
        check(page, kind)
        if kind == "rectification":  # Enter in a field decides nothing
            page.get_by_label("Given names").press("Enter")
            expect(page.get_by_role("button", name="Grant")).to_be_visible()
            expect(page.locator(".error-summary")).to_have_count(0)
    page.get_by_role("button", name="Grant").click()
    page.get_by_role("link", name="Letter").click()
    check(page, "a letter")
    page.emulate_media(media="print")  # the authority's, without the officer
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.get_by_role("heading", name="Your request")).to_be_visible()
    page.emulate_media(media="screen")
    page.go_back()
    page.get_by_role("link", name="Record to print").click()
    check(page, "a record")
    page.goto(server.address + "/console/rights")
    check(page, "requests")


def test_whoever_is_masked_is_for_everybody(
    console: SignIn, server: Server, airport: Airport, people: dict[str, Guest]
):
    kernel, one = airport.kernel, people["astrid"]
    with kernel.database.read() as session:
        found = sa.select(Passenger.id).where(Passenger.surname == one.passport.surname)
        passenger = session.scalars(found).one()
    later = kernel.clock() + timedelta(days=190)
    run_all(kernel.database, Work(profile_of(kernel), later, kernel.vault))
    page = console(Role.SENIOR)
    page.goto(f"{server.address}/console/passengers/{passenger}")
    expect(page.get_by_role("heading", name="Name masked")).to_be_visible()
    check(page, "a masked passenger")
    register(page, server, one, "access")
    page.get_by_role("button", name="Grant").click()
    page.get_by_role("link", name="Record to print").click()
    expect(page.get_by_text("Originals kept sealed until").first).to_be_visible()
    check(page, "a record that is masked")


def test_keys_are_for_everybody(browser_page: Page, airport: Airport, server: Server):
    page = browser_page
    page.goto(server.address + "/console/sign-in")
    page.get_by_label("One-time code").fill(
        airport.code_for("keeper", "K. Aoyama", Role.ADMINISTRATOR)
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(server.address + "/console/keys")
    expect(page.get_by_text("AES-256-GCM").first).to_be_visible()
    check(page, "keys")
