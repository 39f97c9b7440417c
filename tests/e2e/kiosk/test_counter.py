"""The counter's page while the line is down: a code and a passport, a verdict in words, what to do."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.formats.barcode import draw_png
from app.formats.credential import seal_receipt
from kiosk_sim import counter_routes
from kiosk_sim.agent import create_agent
from kiosk_sim.desk_words import WORDS
from kiosk_sim.program import Tray
from kiosk_sim.words import LANGUAGES
from tests.e2e.conftest import Served
from tests.e2e.kiosk.conftest import check
from tests.formats.credentials import AUTHORITY, CTI, EXP, IAT, NOW, RECEIPT
from tests.kiosk_sim.fakes import FakeService, lost
from tests.kiosk_sim.test_trust import CODE, OTHERS, PASSPORT, sound, store

EN = WORDS["en"]
DESK = {"width": 1280, "height": 900}


class Clock:
    """The moment at which the receipts of the tests stand."""

    time = staticmethod(lambda: float(NOW))


@pytest.fixture
def desk(
    chromium: Browser, tmp_path: Path, problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Page]]:
    """``desk(held, **options)``: the page of a kiosk whose line is down and which holds such a list."""
    monkeypatch.setattr(counter_routes, "time", Clock)
    tray = tmp_path / "tray.json"
    people = [("Astrid", PASSPORT, CODE), ("Nils", OTHERS, None)]
    tray.write_text(json.dumps([{"label": a, "mrz": b, "code": c} for a, b, c in people]))
    opened: list[Any] = []

    def open_desk(held: Any = None, **options: Any) -> Page:
        service = FakeService()
        service.trust, service.trouble = held, lost()  # type: ignore[assignment]
        served = Served(create_agent([service], Tray(tray), ["127.0.0.1"]))  # type: ignore[list-item]
        served.start()
        context = chromium.new_context(viewport=DESK, **options)
        opened.append((context, served))
        page = context.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{served.address}/kiosk-1/counter/")
        page.locator("html[data-ready]").wait_for(state="attached")
        return page

    yield open_desk
    for context, served in opened:
        context.close()
        served.stop()
    assert problems == []


def show(page: Page, code: str, passport: str) -> None:
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_label(EN["passport"]).fill(passport)
    page.get_by_role("button", name="Check", exact=True).click()


def verdict(page: Page, key: str, **gaps: Any) -> None:
    expect(page.locator("#found h2")).to_have_text(EN[key].format(**gaps))


def test_a_helper_checks_lets_through_and_is_told_of_a_second_time(
    desk: Callable[..., Page],
) -> None:
    page = desk(store(sound()))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(EN["missing"])
    check(page, "counter-missing")
    show(page, CODE, PASSPORT)
    verdict(page, "stands-1", goods=3)
    expect(page.locator("#found")).to_contain_text(EN["do-goods"])
    check(page, "counter-stands")
    page.get_by_role("button", name=EN["let-through"]).click()
    expect(page.locator("#found")).to_contain_text("1 of 4 let through")
    check(page, "counter-noted")
    page.get_by_role("button", name=EN["next"]).click()
    expect(page.locator("#code")).to_have_value("")
    show(page, CODE, PASSPORT)
    verdict(page, "already_used")
    expect(page.get_by_role("button", name=EN["let-through"])).to_be_hidden()
    check(page, "counter-refused")
    show(page, CODE, OTHERS)
    verdict(page, "party")
    check(page, "counter-party")
    page.locator("#code").press_sequentially("X")
    expect(page.locator("#found")).to_be_empty()


def test_the_code_is_read_from_a_picture_and_the_passport_from_the_reader(
    desk: Callable[..., Page], tmp_path: Path, problems: list[str]
) -> None:
    page = desk(store(sound()))
    page.locator("#tray li", has_text="Astrid").get_by_role("button", name="Passport").click()
    expect(page.locator("#passport")).to_have_value(PASSPORT)
    picture = tmp_path / "code.png"
    picture.write_bytes(
        draw_png(seal_receipt(replace(RECEIPT, lane=0), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY))
    )
    page.locator("#picture").set_input_files(picture)
    expect(page.locator("#code")).not_to_have_value("")
    page.get_by_role("button", name="Check", exact=True).press("Enter")
    verdict(page, "stands-0")
    picture.write_bytes(b"lunch")
    page.locator("#picture").set_input_files(picture)
    expect(page.get_by_role("alert")).to_have_text(EN["picture-unread"])
    assert [one for one in problems if "422" not in one] == []
    problems.clear()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_says_it(desk: Callable[..., Page], language: str) -> None:
    page = desk(store(sound()), color_scheme="dark" if language in ("ja", "ar") else "light")
    show(page, CODE, PASSPORT)
    page.get_by_role("button", name=LANGUAGES[language], exact=True).click()
    expect(page.locator("#found h2")).to_have_text(WORDS[language]["stands-1"].format(goods=3))
    check(page, f"counter-{language}")


def test_without_a_list_of_today_it_says_so_and_what_to_do(desk: Callable[..., Page]) -> None:
    page = desk()
    expect(page.locator("#list")).to_have_text(EN["no-list"])
    show(page, CODE, PASSPORT)
    verdict(page, "no-list")
    expect(page.locator("#found")).to_contain_text(EN["do-paper"])
    check(page, "counter-no-list")
