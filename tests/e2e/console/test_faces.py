"""The officer compares the two pictures of a doubtful face, in a browser."""

import base64
import io

from PIL import Image
from playwright.sync_api import expect

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
    page.locator("#queue a.open", has_text="HERRERA").click()
    shown = page.locator(".faces img")
    expect(shown).to_have_count(2)
    for number in range(2):
        shown.nth(number).scroll_into_view_if_needed()
        expect(shown.nth(number)).to_have_js_property("complete", value=True)
        assert shown.nth(number).evaluate("image => image.naturalWidth") > 100
    check(page, "faces to compare")
