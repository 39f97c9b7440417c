"""Kiosks on their own loopback port, in front of a service that answers what the test wants."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from kiosk_sim.agent import create_agent
from kiosk_sim.program import Lanes, Tray
from tests.e2e.access import picture, violations
from tests.e2e.conftest import Served
from tests.kiosk_sim.fakes import FakeService, code, credentials, passport

PORTRAIT = {"width": 1080, "height": 1920}
LANDSCAPE = {"width": 1366, "height": 768}


class Hall:
    """A kiosk, a lane and a one-step gate; ``stop`` takes the simulator away."""

    def __init__(self, tray: Path) -> None:
        self.kiosk = FakeService()
        self.lane = FakeService(credentials("lane", name="lane-1"))
        self.gate = FakeService(credentials("kiosk", "one-step", name="gate-1"))
        services: list[Any] = [self.kiosk, self.lane, self.gate]
        agent = create_agent(services, Tray(tray), ["127.0.0.1"], lanes=Lanes(keys_turned=True))
        self._served = Served(agent)
        self.address = self._served.address

    def start(self) -> None:
        self._served.start()

    def stop(self) -> None:
        for service in (self.kiosk, self.lane, self.gate):
            service.go_on.set()
        self._served.stop()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    tray = tmp_path / "tray.json"
    items = [
        {"label": "June Penrose", "mrz": passport().mrz, "code": code()},
        {"label": "Noel Penrose", "mrz": passport(8).mrz, "code": None},
        {"label": "Worn passport", "mrz": "P<GBRPENROSE<<JUNE\n<<<", "code": None},
    ]
    tray.write_text(json.dumps(items))
    hall = Hall(tray)
    hall.start()
    yield hall
    hall.stop()


@pytest.fixture
def screen(chromium: Browser, hall: Hall, problems: list[str]) -> Iterator[Callable[..., Page]]:
    """``screen("kiosk-1", viewport)``: the page of a device, ready."""
    made = []

    def open_screen(name: str = "kiosk-1", viewport: Any = None, **options: Any) -> Page:
        context = chromium.new_context(viewport=viewport or PORTRAIT, **options)
        context.set_default_timeout(15_000)
        made.append(context)
        page = context.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{hall.address}/{name}/")
        page.locator("html[data-ready]").wait_for(state="attached")
        return page

    yield open_screen
    for context in made:
        context.close()
    assert problems == []


def check(page: Page, name: str) -> None:
    """A screenshot to look at; nothing sticks out; no violation of the accessibility rules."""
    page.wait_for_timeout(250)  # colours change gently
    picture(page, f"kiosk/{name}")
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen, f"{name}: wider than the screen"
    assert violations(page) == []
