"""Browser tests: Debian's chromium by Playwright, a real server, no console error tolerated."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from _pytest.runner import runtestprotocol
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from starlette.types import ASGIApp

from app.kernel.db import Database
from app.kernel.http import Kernel
from app.kernel.live import Live
from app.main import create_app
from app.work.worker import Worker
from tests.support import SECOND_TRY

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def problems() -> list[str]:
    """What the console said that it should not have."""
    return []


def is_problem(message: ConsoleMessage) -> bool:
    """Any error but that a form was answered with what is wrong in it (422) or who was faster (409)."""
    answered = ("responded with a status of 422", "responded with a status of 409")
    return message.type == "error" and not any(said in message.text for said in answered)


@pytest.fixture
def browser_page(context: BrowserContext, problems: list[str]) -> Iterator[Page]:
    """A page that fails its test on any console error, page error or CSP report."""
    page = context.new_page()
    page.on("console", lambda m: problems.append(m.text) if is_problem(m) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    assert problems == []


class Served:
    """A program in this process, on a real socket."""

    def __init__(self, app: ASGIApp, port: int | None = None) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            app, port=self.port, log_config=None, timeout_graceful_shutdown=1,
            date_header=False,  # tests have a clock of their own
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        end = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=15)


class Server(Served):
    """The whole program."""

    def __init__(self, kernel: Kernel, port: int | None = None) -> None:
        super().__init__(create_app(kernel), port)


@pytest.fixture
def server(kernel: Kernel) -> Iterator[Server]:
    server = Server(kernel)
    server.start()
    yield server
    server.stop()


@contextmanager
def working(kernel: Kernel) -> Iterator[Worker]:
    """A worker as a process of its own would be: it shares nothing but the database."""
    url = kernel.database.engine.url.render_as_string(hide_password=False)
    database = Database(url, name="test-work")
    own = Kernel(
        database, kernel.vault, kernel.clock, Live(database), kernel.stream, kernel.site, False
    )
    worker = Worker(own)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    yield worker
    worker.stop()
    thread.join(timeout=10)
    database.dispose()


@pytest.fixture
def worker(kernel: Kernel, server: Server) -> Iterator[Worker]:
    """Somebody who applies messages and screens."""
    del server
    with working(kernel) as worker:
        yield worker


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without chromium the browser tests are named as not run; ``make test`` makes that a failure."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            if CHROMIUM is None and os.environ.get("EGATE_BROWSER") != "required":
                item.add_marker(
                    pytest.mark.skip(reason="browser test not run: chromium is not installed")
                )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A browser on a busy machine may miss a moment: what fails is tried once more, and counts then.

    The summary of the run names it, with what was missed.
    """
    if Path(__file__).parent not in item.path.parents:
        return None  # the hook hears of all tests
    where = {"nodeid": item.nodeid, "location": item.location}
    item.ihook.pytest_runtest_logstart(**where)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    missed = [report.longreprtext for report in reports if report.failed]
    if missed:
        item._initrequest()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        reports[0].user_properties.append((SECOND_TRY, missed[0]))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(**where)
    return True
