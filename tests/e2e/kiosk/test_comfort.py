"""Sound, larger text, more contrast, everything within reach: for the time of one session."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from kiosk_sim.words import WORDS, say
from tests.e2e.kiosk.conftest import LANDSCAPE, PORTRAIT, Hall, check
from tests.e2e.kiosk.test_screen import place, said, show

Screen = Callable[..., Page]
SMALLEST = 72
"""Pixels a target for a finger must have at a kiosk."""


def setting(page: Page, name: str, language: str = "en") -> None:
    label = WORDS[language]["comfort-" + name]
    page.locator("#comfort").get_by_role("button", name=label, exact=True).click()


def heard(page: Page) -> list[str]:
    """The recordings that the page asks for from now on."""
    asked: list[str] = []
    page.on(
        "request",
        lambda r: asked.append(r.url.partition("/voice/")[2]) if "/voice/" in r.url else None,
    )
    return asked


def test_each_sentence_is_heard_once_in_the_travellers_language(hall: Hall, screen: Screen) -> None:
    page = screen()
    asked = heard(page)
    place(page, "Worn passport")
    said(page, "passport-try-again")
    assert asked == []
    setting(page, "sound")
    place(page, "June Penrose")
    said(page, "code")
    page.get_by_role("button", name="日本語").click()
    said(page, "code", language="ja")
    hall.kiosk.answer = {"answer": "refer", "counter": "B"}
    show(page, "ja")
    said(page, "refer", "B", "ja")
    expect(page.locator("#comfort [aria-pressed=true]")).to_have_count(1)
    wanted = ["en/passport-try-again", "en/code", "ja/code", "ja/refer-B"]
    found = [one.removesuffix(".opus") for one in dict.fromkeys(asked)]
    assert [one for one in found if one in wanted] == wanted


def test_a_counter_that_nobody_recorded_is_read_on_the_screen(hall: Hall, screen: Screen) -> None:
    page = screen()
    asked = heard(page)
    setting(page, "sound")
    hall.kiosk.answer = {"answer": "counter", "counter": "Nord 7"}
    place(page, "June Penrose")
    with page.expect_request("**/en/counter-unnamed.opus"):
        show(page)
    said(page, "counter", "Nord 7")
    assert asked[-1] == "en/counter-unnamed.opus"


@pytest.mark.parametrize("viewport", [PORTRAIT, LANDSCAPE], ids=["portrait", "landscape"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_whatever_is_set_everything_stays_usable(
    hall: Hall, screen: Screen, language: str, viewport: dict[str, int]
) -> None:
    del hall
    page = screen(viewport=viewport)
    page.locator(f"#languages button[lang={language}]").click()
    said(page, "welcome", language=language)
    for name in ("large", "contrast", "low"):
        setting(page, name, language)
    check(page, f"comfort-welcome-{language}-{viewport['width']}")
    place(page, "June Penrose", language)
    said(page, "code", language=language)
    check(page, f"comfort-code-{language}-{viewport['width']}")
    low = page.locator("#no-code").bounding_box()
    assert low is not None
    assert low["y"] > viewport["height"] * 0.3


def test_every_target_is_large_enough_for_a_finger(screen: Screen) -> None:
    page = screen(viewport=LANDSCAPE)
    place(page, "June Penrose")
    said(page, "code")
    for button in page.locator("header button, main button").all():
        if button.is_visible():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= SMALLEST


def test_the_next_traveller_finds_nothing_set(hall: Hall, screen: Screen) -> None:
    del hall
    page = screen()
    for name in ("sound", "large", "contrast", "low"):
        setting(page, name)
    expect(page.locator("#comfort [aria-pressed=true]")).to_have_count(4)
    place(page, "June Penrose")
    said(page, "code")
    page.get_by_role("button", name=say("en", "start-over"), exact=True).click()
    said(page, "welcome")
    expect(page.locator("#comfort [aria-pressed=true]")).to_have_count(0)
    assert page.evaluate("document.body.dataset.contrast") == ""


def test_help_that_somebody_set_who_began_nothing_is_given_up(screen: Screen) -> None:
    page = screen()
    page.clock.install()
    setting(page, "contrast")
    set_now = page.locator("#comfort [aria-pressed=true]")
    page.clock.fast_forward(20_000)
    setting(page, "large")
    page.clock.fast_forward(20_000)
    expect(set_now).to_have_count(2)
    page.clock.fast_forward(11_000)
    expect(set_now).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-contrast", "")
