"""The counter's pages in a browser: searched, filled in, printed; in light and dark, at 320 px, in Arabic."""

import pytest
from playwright.sync_api import Page, expect

from app.identity.permissions import Role
from tests.e2e.access import check, picture
from tests.e2e.console.conftest import SignIn, screened
from tests.support.airport import Airport, guest, landed_ago


def fill(page: Page, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        field = page.locator(f'main [name="{name}"]')
        if field.first.evaluate("e => e.type") == "radio":
            page.locator(f'main [name="{name}"][value="{value}"]').check()
        elif field.first.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def shoot(page: Page, name: str) -> None:
    """Pictures to look at; and what axe says, light and dark, and whether 320 px are enough."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        picture(page, f"console/counter-{name}-{scheme}", full_page=True)
    check(page, name)


@pytest.fixture
def desk(console: SignIn, airport: Airport) -> Page:
    del airport
    return console(Role.GATE_OFFICER)


def test_a_paper_form_is_entered_and_its_code_printed(desk: Page, airport: Airport) -> None:
    sector = airport.sector(101, landed_ago(20))
    who = guest("LINDQVIST", "ASTRID MAJ").passport
    desk.get_by_role("link", name="Declarations").click()
    shoot(desk, "search")
    day, month, year = str(who.birth_date.day), str(who.birth_date.month), str(who.birth_date.year)
    fill(
        desk,
        {
            "number": who.number,
            "birth_date-day": day,
            "birth_date-month": month,
            "birth_date-year": year,
        },
    )
    desk.get_by_role("button", name="Find").click()
    expect(desk.get_by_role("status").filter(has_text="No declaration was found")).to_be_visible()
    shoot(desk, "form")
    desk.get_by_role("button", name="Store and show the code").click()
    expect(desk.locator(".error-summary")).to_be_focused()
    shoot(desk, "errors")
    desk.get_by_role("button", name="Add goods").click()
    desk.get_by_role("button", name="Add a person").click()
    fill(desk, {
        "channel": "paper", "language": "ar", "surname": who.surname, "given_names": who.given_names,
        "issuer": who.issued_by, "nationality": who.nationality, "flight": str(sector.number),
        "from": sector.origin, "to": sector.destination,
        "arrival_date": sector.arrival.date().isoformat(), "purpose": "tourism", "address": "Ueno 1-2-3",
        "bags": "2", "companion-0-surname": "LINDQVIST", "companion-0-given_names": "NILS",
        "companion-0-birth_date-day": "14", "companion-0-birth_date-month": "2",
        "companion-0-birth_date-year": "1989", "goods-0-category": "alcohol", "goods-0-quantity": "8",
        "goods-0-value": "80000", "goods-0-currency": "JPY",
    })  # fmt: skip
    for radio in desk.locator('input[type="radio"][value="no"]').all():
        radio.check()
    fill(desk, {"answer-over_allowance": "yes"})
    desk.locator("#certified").check()
    shoot(desk, "filled")
    desk.get_by_role("button", name="Store and show the code").click()
    slip = desk.locator(".slip")
    expect(slip).to_have_attribute("dir", "rtl")
    expect(desk.get_by_text("JPY 304 to JPY 1,216").first).to_be_visible()
    shoot(desk, "declaration")
    desk.emulate_media(media="print", color_scheme="light")
    expect(desk.get_by_text("M. Lindqvist").first).to_be_hidden()
    expect(slip).to_be_visible()
    expect(desk.get_by_role("heading", name="LINDQVIST")).to_be_hidden()
    picture(desk, "console/counter-slip-printed")
    desk.emulate_media(media="screen")
    expect(desk.get_by_role("button", name="Print the code")).to_be_visible()
    desk.get_by_role("button", name="Correct at the traveller's word").click()
    expect(desk.locator('[name="surname"]')).to_have_value("LINDQVIST")


def test_the_dossier_shows_goods_estimate_and_what_was_certified(
    console: SignIn, airport: Airport
) -> None:
    sector, olga = airport.sector(102, landed_ago(20)), guest("HERRERA", "OLGA", "14C", "ESP")
    bag = {
        "category": "other_goods",
        "description": "Handbag",
        "quantity": 1,
        "value": 260_000,
        "currency": "JPY",
    }
    wine = {
        "category": "alcohol",
        "description": None,
        "quantity": 5,
        "value": 40_000,
        "currency": "JPY",
    }
    airport.announce(sector, [olga])
    airport.declare(olga, sector, ["over_allowance"], goods=[bag, wine], language="ja", bags=2)
    screened(airport, 1)
    airport.present("kiosk", olga)
    page = console()
    page.locator("#queue a.open", has_text="HERRERA").click()
    expect(page.get_by_role("cell", name="JPY 304 to JPY 1,216").first).to_be_visible()
    page.get_by_text("What was certified").click()
    expect(page.locator("q")).to_have_attribute("lang", "ja")
    shoot(page, "dossier")
