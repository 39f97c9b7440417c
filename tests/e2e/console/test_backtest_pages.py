"""A rule is tried on earlier months in a browser, with the worker's own thread at work."""

import re

from playwright.sync_api import expect

from app.analysis import snapshots
from app.analysis.backtests import Run
from app.identity.permissions import Role
from tests.analysis.conftest import LATER, World, world  # noqa: F401  # a fixture
from tests.e2e.console.conftest import SignIn
from tests.e2e.console.test_counter_pages import shoot
from tests.screening.world import NOW


def test_a_rule_is_tried_and_its_figures_read(console: SignIn, world: World) -> None:  # noqa: F811
    for number in range(1, 4):
        world.flight("ABEL", "CARDOSO", f"EZRA{number}", number=number)
    while snapshots.write_due(world.kernel.database, world.store, LATER):
        pass
    page = console(Role.TARGETER)
    page.get_by_role("link", name="Backtests").click()
    shoot(page, "backtests")
    page.get_by_label("Name").fill("Cash")
    page.get_by_label("Rule", exact=True).fill("booking.paymnt = 'cash'")
    page.get_by_label("Purpose").select_option("drugs")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert").first).to_contain_text("did you mean")
    shoot(page, "backtest-errors")
    page.get_by_label("Rule", exact=True).fill("booking.payment = 'cash' and bag.count >= 1")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cash")
    shoot(page, "backtest-waits")
    Run(world.kernel.database, world.store, lambda: NOW).next()
    page.get_by_role("link", name="Show it as it is now").click()
    expect(page.get_by_text(re.compile(r"hidden of 9"))).to_be_visible()
    shoot(page, "backtest")
