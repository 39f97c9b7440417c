"""A kiosk with a real browser's camera: a face that turns as it is told, a code held before it, and none at all."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from app.formats.barcode import draw_png
from app.formats.credential.keys import CURVE, point
from kiosk_sim import pictures
from kiosk_sim.agent import create_agent
from kiosk_sim.chip import ChipReader
from kiosk_sim.face import Engine, load_engine
from kiosk_sim.face.acting import Actor, Pose
from kiosk_sim.face.engine import decode
from kiosk_sim.face.words import WORDS as FACE_WORDS
from kiosk_sim.program import Lanes, Tray
from kiosk_sim.states import AUTHORITIES, States
from kiosk_sim.words import WORDS, say
from tests.e2e.conftest import CHROMIUM, FLAGS, Served
from tests.e2e.kiosk.conftest import PORTRAIT, check
from tests.kiosk_sim.fakes import FakeService, code, credentials, passport

HELD = 6
"""Frames of the film for which each pose is held: a fifth of a second."""
TURNS = (0.0, 0.0, 30.0, 32.0, 34.0, 40.0, 0.0, 0.0, -40.0, -41.0, -42.0, -44.0)
"""Degrees: the drawn head of a single picture turns just far enough (docs/faces.md)."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


@pytest.fixture(scope="module")
def face_film(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The astronaut looks straight, to one side, straight, to the other: whoever is asked to turn finds the moment."""
    picture = pictures.find(pictures.ASTRONAUT)
    assert picture is not None
    actor = Actor(engine, decode(picture))
    frames = [actor.jpeg(Pose(turn=turn, seed=seed)) for seed, turn in enumerate(TURNS)]
    return film(tmp_path_factory.mktemp("film") / "face.mjpeg", frames)


def film(path: Path, frames: list[bytes]) -> Path:
    """A file that the browser takes for its camera, over and over."""
    path.write_bytes(b"".join(frame for frame in frames for _ in range(HELD)))
    return path


Kiosk = Callable[[Engine | None], tuple[Served, FakeService]]
Looked = Callable[[Served, Path | None], Page]


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    """A kiosk that verifies chips, and compares faces with an engine; on its tray the astronaut's invented passport."""
    started = []

    def start(faces: Engine | None) -> tuple[Served, FakeService]:
        served, service = _kiosk(tmp_path, faces)
        started.append(served)
        served.start()
        return served, service

    yield start
    for served in started:
        served.stop()


def _kiosk(tmp_path: Path, faces: Engine | None) -> tuple[Served, FakeService]:
    states = States.made(tmp_path / "states")
    picture = pictures.find(pictures.ASTRONAUT)
    assert picture is not None
    document = states.document(passport(), pictures.portrait_of(picture))
    item = {
        "label": "June Penrose",
        **document.to_item(),
        "code": code(),
        "face": pictures.ASTRONAUT,
    }
    tray = tmp_path / "tray.json"
    tray.write_text(json.dumps([item]))
    service = FakeService()
    chips = ChipReader.load(tmp_path / "states" / AUTHORITIES)
    services: list[Any] = [service]
    agent = create_agent(services, Tray(tray), ["127.0.0.1"], chips=chips, faces=faces)
    return Served(agent), service


@pytest.fixture
def looked_at(playwright_driver: Playwright, kiosk: Kiosk) -> Iterator[Looked]:
    """The kiosk's page in a browser whose camera shows a film; None: a browser without a camera."""
    del kiosk  # which ends after the browsers
    browsers, problems = [], []

    def open_page(served: Served, film: Path | None) -> Page:
        fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        flags = [*FLAGS, *(fake if film else []), f"--use-file-for-fake-video-capture={film}"]
        browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        browsers.append(browser)
        page = browser.new_page(viewport=PORTRAIT)
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{served.address}/kiosk-1/")
        page.locator("html[data-ready]").wait_for(state="attached")
        return page

    yield open_page
    for browser in browsers:
        browser.close()
    assert problems == []


def press(page: Page, word: str) -> None:
    page.get_by_role("button", name=WORDS["en"][word], exact=True).click()


def test_a_traveller_is_compared_with_the_picture_in_the_chip(
    kiosk: Kiosk, engine: Engine, face_film: Path, looked_at: Looked
) -> None:
    served, service = kiosk(engine)
    page = looked_at(served, face_film)
    press(page, "passport")
    expect(page.locator("#sentence")).to_have_text(say("en", "consent"))
    expect(page.locator("#eye")).to_be_hidden()
    check(page, "consent")
    press(page, "consent-yes")
    expect(page.locator("#eye")).to_be_visible()
    check(page, "face")
    expect(page.locator("#sentence")).to_have_text(say("en", "code"))
    press(page, "phone")
    expect(page.locator("#sentence")).to_have_text(say("en", "registered"))
    expect(page.locator("#eye")).to_be_hidden()
    assert page.evaluate("document.querySelector('#eye').srcObject") is None
    [sent] = service.presented
    readings = sent["readings"]
    assert (readings["chip"], readings["face"]) == ("ok", "match")
    assert readings["face_score"] > 0.6
    assert readings["face_threshold"] == 0.4


def test_the_camera_reads_the_code_that_is_held_before_it(
    kiosk: Kiosk, looked_at: Looked, tmp_path: Path
) -> None:
    shown = film(tmp_path / "code.mjpeg", [held_before_the_camera(code())])
    served, service = kiosk(None)
    page = looked_at(served, shown)
    page.context.grant_permissions(["camera"])
    press(page, "passport")
    expect(page.locator("#sentence")).to_have_text(say("en", "registered"))
    [sent] = service.presented
    assert (sent["credential"], sent["readings"]["tries"]) == (code(), 1)


def held_before_the_camera(text: str) -> bytes:

    drawn = Image.open(io.BytesIO(draw_png(text))).convert("RGB")
    scene = Image.new("RGB", (1280, 720), (90, 90, 90))
    scene.paste(drawn.resize((560, 560)), (360, 80))
    out = io.BytesIO()
    scene.save(out, "JPEG", quality=90)
    return out.getvalue()


def test_without_a_camera_the_session_goes_on(
    kiosk: Kiosk, engine: Engine, looked_at: Looked
) -> None:
    served, service = kiosk(engine)
    page = looked_at(served, None)
    press(page, "passport")
    press(page, "consent-yes")
    expect(page.locator("#sentence")).to_have_text(say("en", "face"))
    expect(page.locator("#eye")).to_be_hidden()
    press(page, "no-face")
    expect(page.locator("#sentence")).to_have_text(say("en", "code"))
    press(page, "no-code")
    expect(page.locator("#sentence")).to_have_text(say("en", "registered"))
    assert service.presented[0]["readings"]["face"] == "not-checked"


def test_the_simulated_camera_stands_in_for_a_person(
    kiosk: Kiosk, engine: Engine, looked_at: Looked
) -> None:
    served, service = kiosk(engine)
    lane = ec.derive_private_key(7, CURVE)
    service.lane_keys = [point(lane.public_key())]
    service.answer = {"answer": "registered", "id": str(UUID(int=1))}
    page = looked_at(served, None)
    press(page, "passport")
    expect(page.locator("#sentence")).to_have_text(say("en", "consent"))
    press(page, "stand")
    expect(page.locator("#sentence")).to_have_text(say("en", "code"))
    press(page, "no-code")
    expect(page.locator("#sentence")).to_have_text(say("en", "registered"))
    assert service.presented[0]["readings"]["face"] == "match"
    expect(page.locator("#walk-note")).to_have_text(FACE_WORDS["en"]["walk-offer"])
    check(page, "walk")
    assert service.kept == {}, "the code is the rule"
    page.get_by_role("button", name=FACE_WORDS["en"]["walk-yes"], exact=True).click()
    expect(page.locator("#walk-note")).to_have_text(FACE_WORDS["en"]["walk-kept"])
    expect(page.locator("#walk")).to_be_hidden()
    assert len(service.kept) == 1
    check(page, "walk-back")
    page.get_by_role("button", name=FACE_WORDS["en"]["walk-no"], exact=True).click()
    expect(page.locator("#walk-note")).to_have_text(FACE_WORDS["en"]["walk-taken-back"])
    expect(page.locator("#walk-back")).to_be_hidden()
    assert service.kept == {}


def test_a_lane_reads_the_code_that_is_held_before_its_camera(
    tmp_path: Path, looked_at: Looked, kiosk: Kiosk
) -> None:
    del kiosk
    shown = film(tmp_path / "code.mjpeg", [held_before_the_camera(code())])
    service = FakeService(credentials("lane", name="kiosk-1"))
    service.answer = {"answer": "refer", "counter": "A"}
    services: list[Any] = [service]
    lanes = Lanes(keys_turned=True)
    served = Served(create_agent(services, Tray(None), ["127.0.0.1"], lanes=lanes))
    served.start()
    page = looked_at(served, shown)
    page.context.grant_permissions(["camera"])
    page.reload()
    expect(page.locator("#sentence")).to_have_text(say("en", "refer", "A"))
    page.goto("about:blank")
    served.stop()
    assert service.presented[0]["credential"] == code()
