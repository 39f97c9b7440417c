"""A live picture for an identity look: for whom, how long, of whom; and that nobody but that page can see it."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential.keys import CURVE, key_id, point
from app.formats.live_picture import MOST_BYTES, seal, unseal
from app.gate import faces
from app.gate.case import Action
from app.gate.models import HallSteps
from app.identity.permissions import Role
from tests.gate.world import ASTRID, Headers, World
from tests.support import WHY, problem_code

JPEG = b"\xff\xd8\xff the person who stands there"


class Page:
    """An officer's page: its key, and what it was shown."""

    def __init__(self, world: World, officer: Headers) -> None:
        self.world, self.officer = world, officer
        self.key = ec.generate_private_key(CURVE)
        self.number = 0

    def ask(self, referral: str) -> Any:
        body = {"key": point(self.key.public_key()).hex()}
        url = f"/api/v1/referrals/{referral}/live"
        return self.world.client.post(url, json=body, headers=self.officer)

    def look(self, referral: str) -> Any:
        url = f"/api/v1/referrals/{referral}/live?after={self.number}"
        return self.world.client.get(url, headers=self.officer)

    def seen(self, referral: str, presentation: str) -> bytes | None:
        found = self.look(referral).json()
        self.number = found["number"]
        keys = {key_id(self.key.public_key()): self.key}
        sealed = found["sealed"]
        return unseal(base64.b64decode(sealed), keys, UUID(presentation)) if sealed else None


@pytest.fixture
def hall(client, database, enrolled) -> World:
    return World(client, database, enrolled, HallSteps.TWO)


def doubted(hall: World, officer: Headers) -> tuple[str, str]:
    """Somebody whose face an officer has to look at; the presentation and its referral."""
    answer = hall.present(hall.kiosk, ASTRID.mrz, hall.ready(), face="look").json()
    [referral] = hall.queue(officer)
    return answer["id"], referral["id"]


def wanted(hall: World, presentation: str, device: Headers | None = None) -> Any:
    url = f"/api/v1/presentations/{presentation}/live"
    return hall.client.get(url, headers=device or hall.kiosk)


def show(hall: World, presentation: str, key: ec.EllipticCurvePublicKey, jpeg: bytes = JPEG) -> Any:
    sealed = base64.b64encode(seal(jpeg, key, UUID(presentation))).decode()
    url = f"/api/v1/presentations/{presentation}/live"
    return hall.client.put(url, json={"sealed": sealed}, headers=hall.kiosk)


def looks(hall: World) -> int:
    return int(hall.rows("select count(*) from live_look")[0][0])


def test_a_picture_goes_to_the_page_that_asked_one_at_a_time_and_is_recorded(
    hall: World, officer
) -> None:
    page = Page(hall, officer())
    presentation, referral = doubted(hall, page.officer)
    assert wanted(hall, presentation).json() == {"key": None}, "nobody has asked"
    assert show(hall, presentation, page.key.public_key()).json() == {"wanted": False}
    assert page.ask(referral).json()["presentation"] == presentation
    key = point(page.key.public_key()).hex()
    assert wanted(hall, presentation).json() == {"key": key}
    assert page.seen(referral, presentation) is None
    for jpeg in (JPEG, JPEG + b"2"):
        assert show(hall, presentation, page.key.public_key(), jpeg).json() == {"wanted": True}
        assert page.seen(referral, presentation) == jpeg
    assert page.seen(referral, presentation) is None, "no newer one"
    ((sealed,),) = hall.rows("select sealed from live_look")
    assert JPEG not in bytes(sealed), "the service cannot see it"
    url = f"/api/v1/referrals/{referral}/live"
    for _ in range(2):
        assert hall.client.delete(url, headers=page.officer).status_code == 204
    assert looks(hall) == 0
    trail = hall.rows(
        "select action from audit_entry where action like 'referral.live%' order by id"
    )
    assert trail == [("referral.live",), ("referral.live-end",)]


def test_it_ends_with_the_page_the_minute_or_the_referral(hall: World, officer, clock) -> None:
    page = Page(hall, officer())
    presentation, referral = doubted(hall, page.officer)
    page.ask(referral)
    clock.advance(seconds=7)  # the page did not ask again
    assert wanted(hall, presentation).json()["key"] is None
    assert page.look(referral).json()["is_over"]
    page.ask(referral)
    for _ in range(11):
        clock.advance(seconds=5)
        assert not page.look(referral).json()["is_over"]
    clock.advance(seconds=5)
    assert page.look(referral).json()["is_over"]
    with hall.database.transaction() as session:
        assert faces.forget_due(session, clock()) == 1
    page.ask(referral)
    show(hall, presentation, page.key.public_key())
    [open_] = hall.queue(page.officer)
    url = f"/api/v1/referrals/{referral}/release"
    hall.client.post(url, json={"version": open_["version"], **WHY}, headers=page.officer)
    assert looks(hall) == 0
    assert page.look(referral).json()["is_over"]
    assert wanted(hall, presentation).json()["key"] is None
    assert problem_code(page.ask(referral).text) == "nothing-to-see"


def test_another_officer_sees_only_by_asking_himself_and_then_the_first_no_more(
    hall: World, officer
) -> None:
    first, second = Page(hall, officer()), Page(hall, officer())
    presentation, referral = doubted(hall, first.officer)
    first.ask(referral)
    assert second.look(referral).json()["is_over"]
    second.ask(referral)
    assert first.look(referral).json()["is_over"]
    assert show(hall, presentation, first.key.public_key()).json() == {"wanted": False}
    assert second.seen(referral, presentation) is None
    assert show(hall, presentation, second.key.public_key()).json() == {"wanted": True}
    assert second.seen(referral, presentation) == JPEG


def test_nobody_else_may_ask_and_no_other_device_may_show(hall: World, officer) -> None:
    page = Page(hall, officer())
    presentation, referral = doubted(hall, page.officer)
    assert Page(hall, officer(Role.TARGETER)).ask(referral).status_code == 403
    assert Page(hall, {}).ask(referral).status_code == 401
    assert page.ask(str(UUID(int=7))).status_code == 404
    page.ask(referral)
    assert wanted(hall, presentation, hall.lane).status_code == 404
    body = {"key": "02" + "ff" * 32}
    url = f"/api/v1/referrals/{referral}/live"
    assert hall.client.post(url, json=body, headers=page.officer).status_code == 422
    large = show(hall, presentation, page.key.public_key(), bytes(MOST_BYTES))
    assert large.status_code == 422


def test_a_risk_is_looked_at_in_person(hall: World, officer) -> None:
    code = hall.ready(action=Action.STOP)
    hall.present(hall.kiosk, ASTRID.mrz, code)
    [referral] = hall.queue(senior := officer())
    assert referral["kind"] == "risk"
    assert problem_code(Page(hall, senior).ask(referral["id"]).text) == "nothing-to-see"


def test_pictures_are_of_the_minutes_after_the_answer(
    hall: World, officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(hall, officer())
    presentation, referral = doubted(hall, page.officer)
    monkeypatch.setattr(faces, "HANDED_OVER_WITHIN", timedelta(0))
    page.ask(referral)
    assert wanted(hall, presentation).status_code == 404
