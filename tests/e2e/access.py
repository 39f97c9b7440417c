"""Pages for everybody: what axe says of one, and whether it fits a narrow screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SCHEMES = ("light", "dark")
NARROW = 320


def told_by_axe(page: Page) -> dict[str, list[tuple[str, list[str]]]]:
    """What axe finds in each colour scheme; nothing when the page is for everybody."""
    found = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        violations = Axe().run(page, options=RULES).response["violations"]
        if violations:
            found[scheme] = [
                (one["id"], [node["html"][:150] for node in one["nodes"]]) for one in violations
            ]
    return found


def width_on_a_narrow_screen(page: Page) -> int:
    """How wide the page is where 320 px are there; the window is put back."""
    before = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 640})
    wide = int(page.evaluate("document.documentElement.scrollWidth"))
    if before:
        page.set_viewport_size(before)
    return wide


def check(page: Page, name: str) -> None:
    """Both, with the name of the page in what is told."""
    assert (name, told_by_axe(page)) == (name, {})
    assert (name, width_on_a_narrow_screen(page)) == (name, NARROW)
