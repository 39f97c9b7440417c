"""The pages of rules in a browser: the editor tells while somebody types, names are completed, a rule is read."""

from playwright.sync_api import Page, expect

from app.identity.permissions import Role
from tests.e2e.console.conftest import SignIn
from tests.e2e.console.test_counter_pages import shoot


def test_a_rule_is_written_with_the_checker_beside_it(console: SignIn, problems: list[str]) -> None:
    page = console(Role.TARGETER)
    page.get_by_role("link", name="Rules", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rules")
    shoot(page, "rules")
    page.goto(page.url + "/new")
    shoot(page, "rule-editor")
    text = page.locator("#text")
    text.press_sequentially("booking.paymnt = 'cash'")
    expect(page.locator("#checked")).to_contain_text("did you mean")
    shoot(page, "rule-editor-error")
    text.fill("booking.payment = 'cash' and bag.count >= 2")
    text.press("End")
    text.press_sequentially(" ")
    expect(page.locator("#checked")).not_to_contain_text("did you mean")
    page.get_by_role("button", name="Preview").click()
    shoot(page, "rule-preview")
    assert problems == []


def test_a_rule_with_its_life_and_the_catalogue_are_for_everybody(console: SignIn) -> None:
    page = console(Role.TARGETER)
    address = page.url
    page.goto(address + "/rules/of/booking.cash-late-one-way")
    shoot(page, "rule")
    page.goto(address + "/rules/catalogue?q=bag")
    expect(page.get_by_text("bag.count").first).to_be_visible()
    shoot(page, "rule-catalogue")


def test_completion_by_keys(console: SignIn) -> None:
    page: Page = console(Role.TARGETER)
    page.goto(page.url + "/rules/new")
    text = page.locator("#text")
    text.press_sequentially("booking.pay")
    expect(page.get_by_role("option", name="booking.payment").first).to_be_visible()
    text.press("ArrowDown")
    text.press("Enter")
    assert text.input_value().startswith("booking.pa")
    shoot(page, "rule-completion")
