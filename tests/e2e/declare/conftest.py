"""Phones: small screens, in light and dark, with and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.declarations.keys import decryption_keys, published_keys
from app.declarations.models import Declaration, DeclarationVersion, KeyUse
from app.formats.barcode import read_code
from app.formats.credential import Opened, open_credential, public_key
from app.kernel.http import Kernel
from tests.e2e.access import picture, violations, width_of
from tests.web.traveller.walk import JOURNEY, PASSPORT, STAY, answers

_SEED = """fields => new Promise((resolve) => {
  const asked = indexedDB.open('declare');
  asked.onsuccess = () => {
    const kept = asked.result.transaction('state', 'readwrite');
    kept.objectStore('state').put({fields, checked: true, page: 'check', saved: Date.now()}, 'draft');
    kept.oncomplete = () => resolve(asked.result.close());
  };
})"""
Opener = Callable[[bytes], Opened]


class Phone:
    """A browser of a traveller; every page it comes to is without errors of script or policy.

    With scripts it is the app: ``section`` is the page that is shown.
    """

    def __init__(self, page: Page, address: str, problems: list[str], *, scripted: bool) -> None:
        self.page = page
        self.address = address
        self.problems = problems
        self.scripted = scripted

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.wait()

    def wait(self) -> None:
        """Until the app is there, where the page is the app's."""
        if self.scripted and self.page.locator("main[data-settings]").count():
            expect(self.page.locator("html[data-ready]")).to_be_attached()

    def ready(self) -> None:
        """Until it would work without network."""
        expect(self.page.locator("#ready.done")).to_be_attached()

    def begin(self, language: str = "en") -> None:
        """Open the app at its first question, ready for use offline."""
        self.open(f"/declare/{language}")
        self.ready()
        self.page.locator("#begin a").click()
        self.at("passport")

    @property
    def section(self) -> Locator:
        if self.page.locator("main[data-settings]").count():
            return self.page.locator("main > section:not([hidden])")
        return self.page.locator("main")

    def at(self, name: str) -> None:
        """The app has come to a page."""
        expect(self.page.locator(f'main > [data-page="{name}"]')).to_be_visible()

    def go(self, name: str) -> None:
        """As the browser goes to an address of the app."""
        self.page.evaluate("name => { location.hash = name }", name)
        self.at(name.partition("/")[0])

    def seed(self, fields: dict[str, str]) -> None:
        """As if all of this had been typed before."""
        self.page.evaluate(_SEED, fields)
        self.page.reload()
        self.wait()

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
        """Press what leads on; the app then shows another page, or what is wrong."""
        before = self.section.get_attribute("data-page")
        self.section.locator("button.primary").last.click()
        if before:
            expect(
                self.page.locator(f'main > [data-page="{before}"][hidden], .error-summary').first
            ).to_be_attached()

    def fill(self, *yes: str, **other: dict[str, str]) -> None:
        """From the first page to the one after the questions; alone unless companions are told."""
        self.type(PASSPORT | other.get("passport", {}))
        self.onward()
        self.type(JOURNEY | other.get("journey", {}))
        self.onward()
        self.type(STAY | other.get("stay", {}))
        self.onward()
        if "companions" in other:
            for name in other["companions"]:
                if name.endswith("-surname"):
                    self.page.locator("#add-companion").click()
            self.type(other["companions"])
        self.onward()
        self.answer(*yes)

    def answer(self, *yes: str) -> None:
        """Every question, each on its page."""
        for name, said in answers(*yes).items():
            self.type({name: said})
            self.onward()

    def certify(self) -> None:
        if self.section.get_attribute("data-page") == "check":
            self.onward()
        certified = self.page.locator("#certified")
        expect(certified).to_be_visible()  # the box of a page that is not shown counts as ticked
        certified.check()
        self.onward()

    @property
    def ticket(self) -> bytes:
        """A picture of the code as it is shown."""
        shown = self.page.locator(".ticket:has(svg)")
        expect(shown).to_be_visible()
        return shown.screenshot()

    def check(self, name: str, *, full: bool = True, look: bool = True) -> None:
        """A screenshot to look at; nothing sticks out; no violation of the accessibility rules."""
        if look:
            picture(self.page, f"declare/{name}", full_page=full)
        if not self.scripted:
            return
        # not innerWidth: on a phone it grows with whatever sticks out
        size, width = self.page.viewport_size, width_of(self.page)
        assert size, "the viewport has a size"
        assert width <= size["width"], f"{name}: wider than the screen"
        assert [name, *violations(self.page)] == [name]


PhoneMaker = Callable[..., Phone]


@pytest.fixture
def phone(chromium: Browser, server: Any, kernel: Kernel) -> Iterator[Callable[..., Phone]]:
    """``phone(**options of the browser)``; its clock is the server's."""
    made: list[tuple[BrowserContext, list[str]]] = []

    def make(*, width: int = 390, height: int = 844, **options: Any) -> Phone:
        options.setdefault("java_script_enabled", True)
        context = chromium.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=2, is_mobile=True,
            has_touch=True, **options,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        context.clock.set_fixed_time(kernel.clock())
        page, problems = context.new_page(), []
        page.on("console", lambda m: _note(problems, m.type, m.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        made.append((context, problems))
        return Phone(page, server.address, problems, scripted=options["java_script_enabled"])

    yield make
    for context, _ in made:
        context.close()
    assert [problem for _, problems in made for problem in problems] == []


_MEANT = re.compile(
    r"Failed to load resource: (.* status of (?:404|409|422)|net::ERR_(INTERNET_DISCONNECTED|FAILED))"
)


def _note(problems: list[str], kind: str, text: str) -> None:
    """What a browser says of a page that was meant to be answered with 4xx, or not at all, is no fault."""
    if kind in ("error", "warning") and not _MEANT.match(text):
        problems.append(text)


@pytest.fixture
def opened(kernel: Kernel) -> Opener:
    """Read the code in a picture and open it with the authority's keys."""

    def read(picture: bytes) -> Opened:
        with kernel.database.read() as session:
            keys = published_keys(session, kernel.clock())
            private = decryption_keys(session, kernel.vault, kernel.clock())
        return open_credential(
            read_code(picture),
            now=int(kernel.clock().timestamp()),
            trust={key.kid: public_key(key.point) for key in keys if key.use is KeyUse.SIGN},
            decryption_keys=private,
        )

    return read


def stored(kernel: Kernel) -> list[tuple[Declaration, DeclarationVersion]]:
    """Every version of every declaration, in order."""
    with kernel.database.read() as session:
        query = sa.select(Declaration, DeclarationVersion).join(
            DeclarationVersion, DeclarationVersion.declaration_id == Declaration.id
        )
        found = session.execute(query.order_by(Declaration.id, DeclarationVersion.seq))
        return [(row[0], row[1]) for row in found]


def scan(me: Phone, picture: bytes) -> Any:
    """What the service answers to whoever reads the code."""
    headers = {"Content-Type": "text/plain"}
    address = f"{me.address}/api/v1/declarations/qr"
    answer = httpx.post(address, content=read_code(picture), headers=headers).json()
    return answer | {"code": answer.get("type", "").rpartition(":")[2]}
