"""``make screenshots``: pictures of the pages into docs/screenshots, of the real program with invented people.

A face adds its pictures by a function in :data:`FACES`, in the order in which the people meet them;
``python -m tests.screenshots messages`` takes those of one face (the kiosk needs the people of the console).
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.audit.log import SYSTEM
from app.config import Settings
from app.demo import temporary_home
from app.identity import devices, senders
from app.identity.models import DeviceKind, Sender
from app.identity.permissions import Role
from app.kernel import postgres
from app.kernel.http import Kernel
from app.messages.counting import count_due
from app.runtime import make_kernel, open_runtime
from kiosk_sim.agent import create_agent
from kiosk_sim.airline import passenger_list
from kiosk_sim.client import Credentials, Service
from kiosk_sim.program import Lanes, Tray
from kiosk_sim.traffic.day import transmissions
from kiosk_sim.traffic.places import CARRIERS
from kiosk_sim.traffic.schedule import Plan
from kiosk_sim.words import WORDS
from tests.e2e.conftest import CHROMIUM, FLAGS, Served, Server, working
from tests.e2e.declare.conftest import Phone
from tests.reports.year import Year, store
from tests.support.airport import CASH, Airport, Guest, guest, http_client, landed_ago
from tests.web.traveller.walk import ELSA, JOURNEY, PASSPORT, STAY, WATCH, answers

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
LOOK = Path(__file__).parents[1] / "var" / "screens"
DESK = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}
HANDY = {"width": 390, "height": 844}
GATE = {"width": 1080, "height": 1440}


@dataclass
class Studio:
    """A running program, a browser, and an airport full of people."""

    browser: Browser
    server: Server
    kernel: Kernel
    airport: Airport
    people: dict[str, Guest] = field(default_factory=dict)

    def context(self, scheme: str = "light", size: dict[str, int] | None = None) -> BrowserContext:
        """A browser window of this size and colour scheme."""
        context = self.browser.new_context(
            viewport=size or DESK,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            base_url=self.server.address,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        return context


def take(page: Page, name: str, *, full: bool = False) -> None:
    """The picture of a page as PNG."""
    page.wait_for_timeout(400)  # regions that refresh by themselves come to rest
    page.screenshot(path=FOLDER / f"{name}.png", full_page=full, animations="disabled")
    print(f"docs/screenshots/{name}.png", flush=True)


def _look(page: Page, name: str, *, full: bool = False) -> None:
    """A picture to look at, beside the kept ones in var/screens."""
    LOOK.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(400)
    page.screenshot(path=LOOK / f"{name}.png", full_page=full, animations="disabled")


# --- console --------------------------------------------------------------------------------------

LOCATOR = "FAMILY"


def _people() -> dict[str, Guest]:
    return {
        "astrid": guest("LINDQVIST", "ASTRID MAJ", "12A", **CASH),
        "olga": guest("HERRERA IGLESIAS", "OLGA MARIA", "14C", "ESP", **CASH),
        "nils": guest("BERGSTROM", "NILS", "15D", locator=LOCATOR),
        "elsa": guest("BERGSTROM", "ELSA", "15E", locator=LOCATOR),
        "goran": guest("MARINKOVIC", "GORAN", "21F", "HRV", bags=3, bag_weight=31, stay_nights=2),
        "quiet": guest("QUILLFEATHER", "MAREN", "16A", "AUS"),
        "late": guest("OSTRANDER", "PAIGE", "31C", "USA", **CASH),
        "absent": guest("THORNBURY", "HARRIET", "07B", "GBR"),
    }


def _fill(airport: Airport) -> dict[str, Guest]:
    """Flights, declarations, and people at kiosks and lanes."""
    people = _people()
    coming = [
        guest("VANTONGEREN", "JORIS", "04A", "BEL"),
        guest("ALVARENGA", "LARISSA", "22C", "BRA", **CASH),
        guest("KESSELRING", "ANKE", "23D", "DEU"),
        guest("SRIWATTANA", "PIMCHANOK", "24F", "THA", bags=3, bag_weight=30, stay_nights=1),
        guest("PENROSE-WHITTINGTON", "OLIVER SEBASTIAN ALEXANDER", "25A", "GBR", **CASH),
    ]
    airport.look_out_for(people["astrid"], coming[0])
    landed = airport.sector(101, landed_ago(20))
    for name, one in people.items():
        airport.declare(one, landed, ("over_allowance",) if name == "nils" else ())
    airport.announce(landed, [one for name, one in people.items() if name != "absent"])
    airport.announce(airport.sector(205, timedelta(minutes=35), "CDG"), coming[:3])
    airport.announce(airport.sector(311, timedelta(hours=3), "SIN"), coming[3:])
    return people


def _wait_for(airport: Airport, what: str, count: int) -> None:
    """Until so many people are screened."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with airport.kernel.database.read() as session:
            if session.execute(sa.text(what)).scalar_one() >= count:
                return
        time.sleep(0.1)
    raise TimeoutError(what)


def _sign_in(
    context: BrowserContext, airport: Airport, login: str, name: str, role: Role = Role.SENIOR
) -> Page:
    page = context.new_page()
    page.goto("/console/sign-in")
    page.get_by_label("One-time code").fill(airport.code_for(login, name, role))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("html[data-ready]")).to_be_attached()
    return page


def console(studio: Studio) -> None:
    """Queue, dossier, decision, outcome, flights; light and dark, wide and narrow."""
    airport = studio.airport
    people = studio.people = _fill(airport)
    _wait_for(airport, "select count(*) from assessment where is_current", 12)
    for name in ("astrid", "olga"):
        airport.present("kiosk", people[name])
        airport.present("lane", people[name])
    airport.present("kiosk", people["nils"])
    airport.present("kiosk", people["absent"])
    with studio.context() as context:
        page = _sign_in(context, airport, "senior", "M. Lindqvist")
        expect(page.locator("#queue .row")).to_have_count(4)
        airport.present("gate", people["late"])
        expect(page.locator("#queue .tray .row")).to_have_count(1)
        take(page, "console-queue")
        state = context.storage_state()
        queue = page.url
        page.locator("#queue a.open", has_text="LINDQVIST").click()
        expect(page.locator("#decision")).to_be_visible()
        take(page, "console-dossier")
        take(page, "console-dossier-whole", full=True)
        dossier = page.url
        page.goto("/console/flights")
        take(page, "console-flights")
        page.locator("a.open").first.click()
        take(page, "console-flight")
        flight = page.url
        page.goto(queue)
        page.locator("#queue a.open", has_text="BERGSTROM").click()
        page.get_by_role("button", name="Inspect").click()
        page.get_by_role("button", name="Record and close").click()
        take(page, "console-outcome-error", full=True)
    for scheme, size, suffix in (("dark", DESK, "dark"), ("light", NARROW, "narrow")):
        with studio.browser.new_context(
            viewport=size, color_scheme=scheme, base_url=studio.server.address,
            storage_state=state, reduced_motion="reduce",
        ) as context:  # type: ignore[arg-type]  # fmt: skip
            page = context.new_page()
            for name, address in (("queue", queue), ("dossier", dossier), ("flight", flight)):
                page.goto(address)
                take(page, f"console-{name}-{suffix}", full=size is NARROW)
    _boarding(studio)


def _boarding(studio: Studio) -> None:
    """Somebody who is expected: what the booking said before, and an order not to board."""
    airport, now = studio.airport, studio.kernel.clock()
    sector = airport.sector(407, timedelta(hours=20), "HEL")
    one = guest("ALVARENGA", "LARISSA", "22C", "BRA", **CASH)
    airport.announce(sector, [one])
    _wait_for(airport, _SCREENED.format("ALVARENGA"), 1)
    one.trip = replace(one.trip, seat="30A", bags=4, bag_weight=21)
    airport.announce(sector, [one])
    _wait_for(airport, _CHANGED.format("ALVARENGA"), 1)
    with studio.kernel.database.transaction() as session:
        sender = session.scalars(sa.select(Sender.id).where(Sender.name == "airline")).one()
        senders.name_boarding_authority(session, SYSTEM, sender, now, named=True)
    with studio.context() as context:
        page = _sign_in(context, airport, "senior", "M. Lindqvist")
        page.goto("/console/flights")
        page.locator("a.open", has_text="XX407").click()
        page.locator("a.open").first.click()
        page.locator("#boarding-reason").fill("Visa was revoked this morning")
        page.get_by_role("button", name="Do not board").click()
        expect(page.locator("#boarding .band").first).to_have_text("Do not board")
        headers = {"Authorization": f"Bearer {airport.sender}"}
        last = airport.http.get("/api/v1/answers", headers=headers).json()["last"]
        airport.http.post("/api/v1/answers/delivered", json={"through": last}, headers=headers)
        page.reload()
        take(page, "console-boarding", full=True)
        for scheme, size in (("dark", DESK), ("light", NARROW)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.locator("#boarding").scroll_into_view_if_needed()
            _look(page, f"console-boarding-{scheme}", full=size is NARROW)


_SCREENED = (
    "select count(*) from passenger p join assessment a on a.passenger_id = p.id"
    " where a.is_current and p.surname = '{}'"
)
_CHANGED = "select count(*) from passenger where surname = '{}' and seat = '30A'"


def messages(studio: Studio) -> None:
    """What could not be read, the mapping of its sender, data quality; a sender's own page."""
    airport = studio.airport
    token = _days_of_traffic(studio)
    unread = _unread(airport)
    airport.send(unread)
    airport.send(unread.replace("SAMPLE", "EXAMPLE"))
    _wait_for(airport, "select 1 - least(1, count(*)) from message where status = 'received'", 1)
    with studio.kernel.database.transaction() as session:
        session.execute(sa.text("update message set counted_at = null"))  # their days were moved
    while count_due(studio.kernel.database, studio.kernel.clock()):
        pass
    with studio.context() as context:
        page = _sign_in(context, airport, "targeter", "A. Marchetti", Role.TARGETER)
        for scheme, size, suffix in LOOKS:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            keep = _look if suffix else take
            page.goto("/console/quarantine")
            keep(page, f"console-quarantine{suffix}", full=size is NARROW)
            page.locator("a.open").first.click()
            keep(page, f"console-quarantine-case{suffix}", full=True)
            page.get_by_role("link", name="Change how").click()
            page.get_by_label("Carriers").fill("Q9Q = XX")
            page.get_by_role("button", name="Try on").click()
            keep(page, f"console-mapping{suffix}", full=True)
            page.goto("/console/quality")
            keep(page, f"console-quality{suffix}", full=True)
    with studio.context() as context:
        page = context.new_page()
        page.goto("/carrier/sign-in")
        _look(page, "carrier-sign-in")
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        for scheme, size, suffix in LOOKS:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            (_look if suffix else take)(page, f"carrier{suffix}", full=True)


def effectiveness(studio: Studio) -> None:
    """A year of figures."""
    now = studio.kernel.clock()
    with studio.kernel.database.transaction() as session:
        store(session, Year(7), "NRT", now)
    with studio.context() as context:
        page = _sign_in(context, studio.airport, "analyst", "B. Okonkwo", Role.TARGETER)
        for scheme, size, suffix in LOOKS:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.goto("/console/effectiveness?from=2026-01&to=2026-12")
            (_look if suffix else take)(page, f"console-effectiveness{suffix}", full=True)


LOOKS = (("light", DESK, ""), ("dark", DESK, "-dark"), ("light", NARROW, "-narrow"))
DAYS = 10


def _days_of_traffic(studio: Studio) -> str:
    """Ten days of small, dirty flights by one sender, received when they were sent; its token.

    Some are sent as tests before, so that there is a certification to see.
    """
    database, now = studio.kernel.database, studio.kernel.clock()
    with database.transaction() as session:
        speaks_for = [one.code for one in CARRIERS]
        _, token = senders.create_sender(session, "Example host", speaks_for, "NRT", now)
    for back in range(DAYS, 0, -1):
        plan = Plan(2, (now - timedelta(days=back)).date(), seed=back, dirt=0.1, seats=(6, 12))
        for place, sent in enumerate(transmissions(plan)):
            if not sent.lost and sent.at < now:
                _send_at(studio, token, sent.data, sent.at)
            if back == DAYS and place < 12:
                _send_at(studio, token, _as_test(sent.data), sent.at)
    return token


def _send_at(studio: Studio, token: str, data: bytes, at: datetime) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    found = studio.airport.http.post("/api/v1/messages", content=data, headers=headers).json()
    with studio.kernel.database.transaction() as session:
        moved = sa.text("update message set created_at = :at where id = :id")
        session.execute(moved, {"at": at, "id": found["id"]})


def _as_test(data: bytes) -> bytes:
    """The same with the test indicator (UNB 0035) set."""
    head, unb, rest = data.partition(b"UNB+")
    header, end, body = rest.partition(b"'")
    return head + unb + header + b"+" * (11 - header.count(b"+") - 1) + b"1" + end + body


def _unread(airport: Airport) -> str:
    """A passenger list with a carrier's code that nobody knows."""
    one = guest("SAMPLE", "SAM", "17A")
    prepared = airport.kernel.clock().astimezone(UTC).replace(tzinfo=None)
    sector = airport.sector(409, timedelta(hours=5), "HEL")
    return passenger_list(sector, [one.trip], "Q00001", prepared).replace("TDT+20+XX", "TDT+20+Q9Q")


# --- traveller ------------------------------------------------------------------------------------


def declare(studio: Studio) -> None:
    """The app on a phone: from the start to the code, offline too; light, dark and from right to left."""
    today = studio.airport.sector(101, landed_ago(20)).arrival.date().isoformat()
    for language, scheme, suffix in (
        ("en", "light", ""),
        ("ar", "light", "-arabic"),
        ("ja", "dark", "-dark"),
    ):
        with studio.context(scheme, HANDY) as context:
            page = context.new_page()
            phone = Phone(page, studio.server.address, [], scripted=True)
            phone.open(f"/declare/{language}")
            phone.ready()
            if language == "en":
                _first_pages(phone)
            phone.seed(PASSPORT | JOURNEY | STAY | ELSA | answers("over_allowance") | WATCH
                       | {"arrival_date": today})  # fmt: skip
            if language == "en":
                _more_pages(phone)
            phone.go("check")
            take(page, f"declare-check{suffix}", full=True)
            context.set_offline(offline=language == "ja")
            phone.certify()
            expect(page.locator("#ticket svg")).to_be_visible()
            take(page, f"declare-code{suffix}")
    with studio.context("light", HANDY) as context:
        page = context.new_page()
        page.goto("/declare/en/passport")
        page.get_by_role("button", name="Continue").last.click()
        _look(page, "declare-plain-error", full=True)


def _first_pages(phone: Phone) -> None:
    take(phone.page, "declare-start", full=True)
    phone.page.locator("#begin a").click()
    phone.onward()
    take(phone.page, "declare-error", full=True)


def _more_pages(phone: Phone) -> None:
    phone.go("question-over_allowance")
    phone.page.get_by_text("What counts?").locator("visible=true").click()
    take(phone.page, "declare-question")
    phone.go("goods")
    take(phone.page, "declare-goods", full=True)
    for name in ("companions", "help"):
        phone.go(name)
        _look(phone.page, f"declare-{name}", full=True)


# --- kiosk ----------------------------------------------------------------------------------------


def kiosk(studio: Studio) -> None:
    """The one-step gate of Hall B: welcome, the code, the open door; from right to left."""
    airport, people = studio.airport, studio.people
    key, now = Ed25519PrivateKey.generate(), studio.kernel.clock()
    public = key.public_key().public_bytes_raw()
    with studio.kernel.database.transaction() as session:
        hall = airport.halls["Hall B"]
        device = devices.enrol(session, DeviceKind.KIOSK, "gate-1", hall, public, now)
        enrolled = Credentials(
            str(device.id), "kiosk", "gate-1", "Hall B", "one-step", key.private_bytes_raw()
        )
    with tempfile.TemporaryDirectory() as folder:
        tray = Path(folder) / "tray.json"
        shown = {
            "Maren Quillfeather, XX101": people["quiet"],
            "Olga Herrera, XX101": people["olga"],
        }
        items = [{"label": t, "mrz": o.passport.mrz, "code": o.code} for t, o in shown.items()]
        tray.write_text(json.dumps(items))
        service = Service(studio.server.address, enrolled)
        lanes = Lanes(keys_turned=True)
        served = Served(create_agent([service], Tray(tray), ["127.0.0.1"], lanes=lanes))
        served.start()
        try:
            _at_the_gate(studio, served.address)
        finally:
            served.stop()


def _at_the_gate(studio: Studio, address: str) -> None:
    with studio.context(size=GATE) as context:
        page = context.new_page()
        page.goto(f"{address}/gate-1/")
        expect(page.locator("html[data-ready]")).to_be_attached()
        take(page, "kiosk-welcome")
        row = page.locator("#tray li", has_text="Maren Quillfeather")
        row.get_by_role("button", name=WORDS["en"]["passport"], exact=True).click()
        expect(page.locator("#sentence")).to_have_text(WORDS["en"]["code"])
        take(page, "kiosk-code")
        row.get_by_role("button", name=WORDS["en"]["phone"], exact=True).click()
        said = WORDS["en"]["cleared"]
        expect(page.locator("#sentence")).to_have_text(said, timeout=30_000)
        page.wait_for_timeout(1000)  # the door opens
        take(page, "kiosk-cleared")


FACES: tuple[Callable[[Studio], None], ...] = (console, messages, effectiveness, declare, kiosk)


# --- running --------------------------------------------------------------------------------------


@contextmanager
def running() -> Iterator[tuple[Server, Kernel]]:
    """The program with a worker, on a database of its own."""
    with temporary_home() as home:
        settings = Settings(state=home, log_level="ERROR")
        runtime = open_runtime(settings, migrate=True)
        kernel = make_kernel(settings, runtime.database("screenshots"), runtime.vault)
        server = Server(kernel)
        server.start()
        try:
            with working(kernel):
                yield server, kernel
        finally:
            server.stop()
            kernel.database.dispose()
            postgres.stop(home, version=settings.postgres_version)


def main(names: list[str]) -> None:
    """Take the pictures of these faces, of all without any."""
    from tests.screenshots_busy import busy  # they take their tools from here
    from tests.screenshots_office import office

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running() as (server, kernel), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with http_client(server.address) as http:
            studio = Studio(browser, server, kernel, Airport(http, kernel, hold_seconds=300))
            for face in (*FACES, busy, office):
                if not names or face.__name__ in names:
                    face(studio)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
