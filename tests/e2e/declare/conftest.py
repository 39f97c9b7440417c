"""Phones: small screens, in light and dark, with and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.traveller.walk import JOURNEY, PASSPORT, answers

SCREENS = Path(__file__).parents[3] / "var" / "screens" / "declare"


class Phone:
    """A browser of a traveller; every page it comes to is without errors of script or policy."""

    def __init__(self, page: Page, address: str, problems: list[str], *, scripted: bool) -> None:
        self.page = page
        self.address = address
        self.problems = problems
        self.scripted = scripted

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def type(self, fields: dict[str, str]) -> None:
        for name, value in fields.items():
            field = self.page.locator(f'[name="{name}"]')
            kind = field.first.evaluate("e => e.type") if self.scripted else self._kind(name)
            if kind == "radio":
                self.page.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "select-one":
                field.select_option(value)
            else:
                field.fill(value)

    def _kind(self, name: str) -> str:
        if name.startswith("answer-") or name == "purpose":
            return "radio"
        chosen = ("arrival_date", "category", "currency")
        return "select-one" if name.endswith(chosen) else "text"

    def onward(self) -> None:
        self.page.locator("button.primary").click()

    def fill(
        self,
        *yes: str,
        journey: dict[str, str] | None = None,
        passport: dict[str, str] | None = None,
    ) -> None:
        """From the first page to the one after the questions, alone."""
        self.type(PASSPORT | (passport or {}))
        self.onward()
        self.type(JOURNEY | (journey or {}))
        self.onward()
        self.onward()
        self.type(answers(*yes))
        self.onward()

    def certify(self) -> None:
        self.page.locator("#certified").check()
        self.onward()

    def check(self, name: str, *, full: bool = True) -> None:
        """A screenshot to look at; nothing sticks out; no violation of the accessibility rules."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=full)
        if not self.scripted:
            return
        width = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], f"{name}: wider than the screen"
        found = Axe().run(self.page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.fixture
def phone(chromium: Browser, server: Any) -> Iterator[Callable[..., Phone]]:
    """``phone(**options of the browser)``."""
    made: list[tuple[BrowserContext, list[str]]] = []

    def make(*, width: int = 390, height: int = 844, **options: Any) -> Phone:
        options.setdefault("java_script_enabled", True)
        context = chromium.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=2, is_mobile=True,
            has_touch=True, **options,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        page, problems = context.new_page(), []
        page.on("console", lambda m: _note(problems, m.type, m.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        made.append((context, problems))
        return Phone(page, server.address, problems, scripted=options["java_script_enabled"])

    yield make
    for context, _ in made:
        context.close()
    assert [problem for _, problems in made for problem in problems] == []


_ANSWERED_WITH_ERROR = re.compile(r"Failed to load resource: .* status of (?:404|409|422)")


def _note(problems: list[str], kind: str, text: str) -> None:
    """What a browser says of a page that was meant to be answered with 4xx is no fault."""
    if kind == "error" and not _ANSWERED_WITH_ERROR.match(text):
        problems.append(text)
