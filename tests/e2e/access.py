"""Pages for everybody: what axe says of one, and whether it fits a narrow screen; pictures to look at."""

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SCHEMES: dict[str, dict[str, Any]] = {"light": RULES, "dark": COLOURS}
"""What is asked in each colour scheme: nothing but colours differs between them (tokens.css)."""
NARROW = 320
_VIOLATIONS = """asked => axe.run({resultTypes: ['violations'], ...asked}).then(r => r.violations.map(
  one => [one.id, one.nodes.map(node => node.html.slice(0, 150))]))"""


SCREENS = Path(__file__).parents[2] / "var" / "screens"


def picture(page: Page, name: str, **options: Any) -> None:
    """A picture in var/screens, where EGATE_SCREENS=1 asks for pictures: no test needs one."""
    if os.environ.get("EGATE_SCREENS") == "1":
        page.screenshot(path=SCREENS / f"{name}.png", **options)


def violations(page: Page, asked: dict[str, Any] | None = None) -> list[list[Any]]:
    """What axe finds in the page as it is: the rules that are broken, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return list(page.evaluate(_VIOLATIONS, asked or {}))


def told_by_axe(page: Page) -> dict[str, list[list[Any]]]:
    """What axe finds in each colour scheme; nothing when the page is for everybody."""
    found = {}
    for scheme, asked in SCHEMES.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        if told := violations(page, asked):
            found[scheme] = told
    return found


def width_of(page: Page) -> int:
    """How wide the page is, in px, with whatever sticks out; of the page that comes where one is just leaving."""
    return int(page.locator("html").evaluate("one => one.scrollWidth"))


def width_on_a_narrow_screen(page: Page) -> int:
    """How wide the page is where 320 px are there; the window is put back."""
    before = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 640})
    wide = width_of(page)
    if before:
        page.set_viewport_size(before)
    return wide


def check(page: Page, name: str) -> None:
    """Both, with the name of the page in what is told.

    What the live connection shows can be there before the page that answers a form: a page that leaves
    while it is asked is asked again when the next one has come.
    """
    try:
        _check(page, name)
    except Error:
        page.wait_for_load_state()
        _check(page, name)


def _check(page: Page, name: str) -> None:
    if told := told_by_axe(page):
        raise AssertionError(name, told)
    assert (name, width_on_a_narrow_screen(page)) == (name, NARROW)
