"""Goods counter, photos and film, a second look from two places, in a browser: for everybody, live on both sides."""

import io
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.declarations import service
from app.declarations.articles import copies_of, shown_copy
from app.declarations.models import Declaration
from app.identity.permissions import Role
from app.web.traveller import own
from tests.e2e.access import check, picture
from tests.e2e.conftest import Server, is_problem
from tests.e2e.console.conftest import SignIn, screened
from tests.support.airport import WINE, Airport, guest, landed_ago

PACKAGES = {
    "category": "unaccompanied_packages", "description": None, "quantity": 2, "value": 0,
    "currency": "JPY",
}  # fmt: skip


def shoot(page: Page, name: str) -> None:
    """A picture in each scheme; what axe says, and whether 320 px are enough."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        picture(page, f"console/inspection-{name}-{scheme}", full_page=True)
    check(page, name)


@pytest.fixture
def nils(airport: Airport) -> None:
    """Nils has landed with wine, two packages follow, and the kiosk has sent him to the counter."""
    one, sector = guest("BERGSTROM", "NILS", "15D"), airport.sector(101, landed_ago(20))
    yes = ("over_allowance", "unaccompanied")
    airport.declare(one, sector, yes, goods=[WINE, PACKAGES])
    airport.announce(sector, [one])
    screened(airport, 1)
    airport.present("kiosk", one)


def look_copies_over(page: Page, airport: Airport) -> None:
    """Whether a copy is good, at any counter; and the traveller's own page of copies."""
    kernel, address = airport.kernel, page.url.partition("/console")[0]
    with kernel.database.read() as session:
        declaration = session.scalars(sa.select(Declaration)).one()
        copy = shown_copy(session, copies_of(session, declaration.id)[0], kernel.clock())
        secret = service.declaration_secret(kernel.vault, declaration.id)
    page.goto(address + "/console/copies")
    shoot(page, "copies")
    page.get_by_role("textbox").fill("EGU1:ABC")
    page.get_by_role("button", name="Verify").click()
    shoot(page, "copies-refused")
    page.get_by_role("textbox").fill(copy.text)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Copenhagen")).to_be_visible()
    shoot(page, "copies-good")
    name = own._name(kernel, declaration.id)
    page.context.add_cookies([{"name": name, "value": secret, "url": address}])
    page.goto(f"{address}/declare/en/code/{declaration.id}/articles")
    expect(page.get_by_text("Copenhagen")).to_be_visible()
    shoot(page, "copies-traveller")
    page.goto(f"{address}/declare/ar/code/{declaration.id}/articles")
    shoot(page, "copies-traveller-ar")


def test_goods_are_settled_by_keyboard_and_the_copy_is_printed(
    console: SignIn, airport: Airport, nils: None
) -> None:
    page = console(Role.GATE_OFFICER)
    page.locator("#queue a.open", has_text="BERGSTROM").click()
    page.get_by_role("link", name="Goods counter").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What becomes of the goods")).to_be_visible()
    shoot(page, "goods")
    page.get_by_role("button", name="Settle and print the receipt").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    shoot(page, "goods-errors")
    page.get_by_label("Sent from").fill("Copenhagen")
    page.get_by_label("Description").first.fill(
        "Skis and a very long word that has to be broken somewhere"
    )
    page.get_by_label("Number", exact=True).first.fill("1")
    page.get_by_role("button", name="Confirm and print the copy").click()
    expect(page.get_by_role("heading", name="Articles that follow")).to_be_visible()
    shoot(page, "copy")
    back = page.url
    look_copies_over(page, airport)
    page.goto(back)
    page.get_by_role("link", name="Declaration", exact=True).click()
    page.get_by_role("link", name="Goods counter").click()
    row = page.locator("fieldset", has_text="Goods 1").first
    row.get_by_label("Kind").select_option("duty")
    row.get_by_label("Amount").fill("1200")
    row.get_by_label("Currency").fill("JPY")
    row.get_by_label("Method").select_option("card")
    row.get_by_label("Number of receipt").fill("K-77")
    page.get_by_role("button", name="Settle and print the receipt").click()
    expect(page.get_by_role("heading", name="Receipt NRT-")).to_be_visible()
    shoot(page, "receipt")


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_mandelbrot((640, 480), (-2, -1.5, 1, 1.5), 40).save(out, "JPEG")
    return out.getvalue()


def film(path: Path) -> bytes:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"VP80"), 5, (64, 48))
    for shade in range(10):
        writer.write(np.full((48, 64, 3), shade * 25, np.uint8))
    writer.release()
    return path.read_bytes()


@pytest.mark.usefixtures("nils")
def test_a_senior_officer_elsewhere_sees_instructs_and_is_answered_live(
    console: SignIn,
    chromium: Browser,
    airport: Airport,
    server: Server,
    problems: list[str],
    tmp_path: Path,
) -> None:
    page = console(Role.GATE_OFFICER, "K. Mori")
    page.locator("#queue a.open", has_text="BERGSTROM").click()
    page.get_by_role("button", name="Inspect").click()
    code = airport.code_for("abe", "Y. Abe", Role.REMOTE_SENIOR)
    with airport.kernel.database.transaction() as session:
        session.execute(sa.text("update officer set site = 'HND' where login = 'abe'"))
    context = chromium.new_context()
    afar = context.new_page()
    afar.on("console", lambda m: problems.append(m.text) if is_problem(m) else None)
    afar.goto(server.address + "/console/sign-in")
    afar.get_by_label("One-time code").fill(code)
    afar.keyboard.press("Enter")
    expect(afar.locator("html[data-connection=up]")).to_be_attached()
    expect(afar.get_by_text("Nobody asks for a second look")).to_be_visible()
    shoot(afar, "second-looks-empty")

    page.get_by_label("Remark", exact=True).fill("Half a sentence")  # and something else first
    page.get_by_label("What should a senior officer look at?").fill("Is this lining sewn by hand?")
    page.get_by_role("button", name="Ask for a second look").click()
    expect(afar.get_by_role("cell", name="Whoever joins first")).to_be_visible()
    shoot(afar, "second-looks")
    afar.get_by_role("link", name="Open").click()
    shoot(afar, "second-look-asked")
    afar.get_by_role("button", name="Join").click()
    expect(page.get_by_text("Y. Abe looks on since")).to_be_visible()
    expect(afar.get_by_text("None yet. What is added appears here.")).to_be_visible()

    page.get_by_label("Add photos or a short film").set_input_files(
        [
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()},
            {"name": "b.webm", "mimeType": "video/webm", "buffer": film(tmp_path / "a.webm")},
        ]
    )
    page.get_by_label("What they show").fill("Lining")
    page.get_by_role("button", name="Add", exact=True).click()
    shown = afar.locator(".media img")
    expect(shown).to_be_visible()
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", value=True)
    assert shown.evaluate("image => image.naturalWidth") == 640
    played = afar.locator(".media video")
    played.evaluate("film => film.play()")
    expect(played).to_have_js_property("videoWidth", 64)

    afar.get_by_role("textbox", name="Instruction").fill("Open the lining")
    afar.get_by_role("button", name="Give the instruction").click()
    told = page.locator("#second-look article", has_text="Open the lining")
    expect(told).to_be_visible()
    shoot(page, "second-look-instructed")
    told.get_by_label("Remark").fill("Watches inside")
    expect(page.locator("#remark")).to_have_value("Half a sentence")
    told.get_by_role("button", name="Carried out").click()
    expect(afar.get_by_text("Watches inside")).to_be_visible()
    shoot(afar, "second-look-answered")
    afar.get_by_role("button", name="I have seen the answer").click()
    expect(page.locator("#second-look", has_text="answer seen")).to_be_visible()
    afar.get_by_role("button", name="End the second look").click()
    expect(page.locator("#second-look")).to_contain_text(re.compile("Ended .*looked on"))
    expect(page.locator("#remark")).to_have_value("Half a sentence")
    page.get_by_label("Questions asked").check()
    page.locator("#found-0-kind").select_option(label="Nothing found")
    page.locator("#done-0-kind").select_option(label="Released")
    page.get_by_role("button", name="Record and close").click()
    page.get_by_role("link", name="Amend the outcome").click()
    shoot(page, "amend")
    page.get_by_role("button", name="Append the amended outcome").click()  # without a reason
    shoot(page, "amend-errors")
    context.close()
