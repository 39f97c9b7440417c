"""The officer compares the two pictures of a doubtful face, in a browser."""

import base64
import io
from uuid import UUID

from PIL import Image
from playwright.sync_api import Route, expect

from app.formats.credential.keys import public_key
from app.formats.live_picture import seal
from kiosk_sim import pictures
from kiosk_sim.face.engine import decode, small_jpeg
from tests.e2e.access import check
from tests.e2e.console.conftest import SignIn
from tests.support.airport import Airport, Guest

DOUBTFUL = {
    "face": "look", "face_score": 0.345, "face_threshold": 0.4, "face_look_threshold": 0.3,
}  # fmt: skip


def test_two_pictures_side_by_side(
    console: SignIn, airport: Airport, people: dict[str, Guest]
) -> None:
    answer = airport.present("kiosk", people["olga"], **DOUBTFUL)
    found = pictures.find(pictures.ASTRONAUT)
    assert found is not None
    portrait = pictures.portrait_of(found)
    turned = io.BytesIO()
    Image.open(io.BytesIO(portrait)).rotate(4).save(turned, "JPEG")
    sent = {
        name: base64.b64encode(small_jpeg(decode(picture), None)).decode()
        for name, picture in (("person", turned.getvalue()), ("passport", portrait))
    }
    headers = {"Authorization": f"Bearer {airport.tokens['kiosk']}"}
    path = f"/api/v1/presentations/{answer['id']}/pictures"
    assert airport.http.put(path, json=sent, headers=headers).status_code == 204
    page = console()
    page.locator("[aria-labelledby=group-identity] a.open", has_text="HERRERA").click()
    shown = page.locator(".faces img")
    expect(shown).to_have_count(2)
    for number in range(2):
        shown.nth(number).scroll_into_view_if_needed()
        expect(shown.nth(number)).to_have_js_property("complete", value=True)
        assert shown.nth(number).evaluate("image => image.naturalWidth") > 100
    check(page, "faces to compare")


def test_the_officer_sees_who_stands_there_while_he_asks(
    console: SignIn, airport: Airport, people: dict[str, Guest]
) -> None:
    answer = airport.present("kiosk", people["olga"], **DOUBTFUL)
    headers = {"Authorization": f"Bearer {airport.tokens['kiosk']}"}
    path = f"/api/v1/presentations/{answer['id']}/live"
    jpeg = io.BytesIO()
    Image.new("RGB", (480, 270), "teal").save(jpeg, "JPEG")
    page = console()
    page.locator("[aria-labelledby=group-identity] a.open", has_text="HERRERA").click()
    assert airport.http.get(path, headers=headers).json() == {"key": None}
    page.get_by_role("button", name="Live picture").click()
    expect(page.locator("[data-watch] [role=status]")).to_contain_text("No picture yet")
    key = public_key(bytes.fromhex(airport.http.get(path, headers=headers).json()["key"]))
    sealed = base64.b64encode(seal(jpeg.getvalue(), key, UUID(answer["id"]))).decode()
    assert airport.http.put(path, json={"sealed": sealed}, headers=headers).json()["wanted"]
    expect(page.locator("[data-watch] canvas")).to_be_visible()
    assert page.locator("[data-watch] canvas").evaluate("one => [one.width, one.height]") == [
        480, 270,
    ]  # fmt: skip
    check(page, "live picture")
    told: list[str] = []

    def end(route: Route) -> None:
        told.append(page.locator("[data-watch] [role=status]").inner_text())
        route.continue_()

    page.route("**/referrals/*/live", end)
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.locator("[data-watch] canvas")).to_be_hidden()
    expect(page.locator("[data-watch] [role=status]")).to_have_text("Ended.")
    assert told == ["Live. It is recorded that you look."]  # the end is said once the server has it
    assert airport.http.get(path, headers=headers).json() == {"key": None}
