"""An officer on foot, at 390 px, with one thumb: an alert comes, is claimed, released, taken back; a recall is loud."""

from playwright.sync_api import Page, expect

from tests.e2e.access import check, picture, width_of
from tests.e2e.console.conftest import SignIn, refer
from tests.support.airport import Airport, Guest

PHONE = {"width": 390, "height": 844}
SIZES = {"320": (320, 568), "430": (430, 932), "landscape": (844, 390)}
THUMB = 48
SMALL = """limit => [...document.querySelectorAll('main a, main button, main select, main summary, .menu summary')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < limit)
  .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])"""


def fits(page: Page, name: str) -> None:
    """Every target is large enough; nothing is wider than the phone; what acts lies in the lower half."""
    check(page, name)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert width_of(page) == width, (name, size)
        picture(page, f"rover-{name}-{size}")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate(SMALL, THUMB) == [], name
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        picture(page, f"rover-{name}-{scheme}")


def low(page: Page, name: str) -> None:
    """The button of this name is within the thumb's reach: the lower third of the screen."""
    box = page.locator(".thumb").get_by_role("button", name=name).bounding_box()
    assert box
    assert box["y"] > PHONE["height"] * 2 / 3


def test_one_thumb_is_enough(console: SignIn, airport: Airport, people: dict[str, Guest]):
    page = console()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.get_by_role("link", name="Alerts", exact=True).click()
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    expect(page.locator("#alerts")).to_contain_text("Nobody is waiting")
    fits(page, "nobody")

    refer(airport, people["astrid"])  # nobody touched the page
    expect(page.locator("#alerts .alert")).to_contain_text("LINDQVIST")
    expect(page.locator("#alarm")).to_contain_text("1 risk alert waits")
    airport.present("kiosk", people["nils"])
    expect(page.locator("#alerts .alert")).to_have_count(2)
    fits(page, "alerts")
    page.get_by_text("Menu", exact=True).click()
    fits(page, "menu")
    page.get_by_text("Menu", exact=True).click()

    page.get_by_role("button", name="Claim LINDQVIST").click()
    expect(page.locator("#decision")).to_contain_text("Claimed: you")
    low(page, "Release")
    page.get_by_text("Hand over, note, give back").click()
    fits(page, "case")
    page.get_by_label("Explained itself").check()
    page.get_by_label("In a few words").fill("papers for the stay are at hand")
    page.locator(".thumb").get_by_role("button", name="Release").click()
    expect(page.locator("#decision")).to_contain_text("Released")
    fits(page, "released")
    cleared = airport.present("lane", people["astrid"])
    headers = {"Authorization": f"Bearer {airport.tokens['lane']}"}
    airport.http.post("/api/v1/passages", json={"presentation": cleared["id"]}, headers=headers)
    page.locator(".thumb").get_by_role("button", name="Take back").click()  # one touch
    expect(page.locator(".stop-here")).to_be_visible()
    fits(page, "recall")
    page.goto(page.url.rpartition("/")[0])
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    expect(page.locator(".thumb.calls")).to_contain_text("Stop at the exit: LINDQVIST")
    expect(page.locator("#alerts .alert").first).to_contain_text("Stop at the exit")
    fits(page, "alerts with a recall")
    page.locator(".thumb.calls a").click()
    page.locator(".thumb").get_by_role("button", name="Found", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Say in a sentence")
    page.get_by_label("Where").select_option(label="At the exit")
    page.locator(".thumb").get_by_role("button", name="Found", exact=True).click()
    expect(page.locator("#decision")).to_contain_text("Found after a recall")
