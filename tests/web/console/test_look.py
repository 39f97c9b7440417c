"""The officer compares the two pictures of a doubtful face; who looked is written down, and nothing stays."""

import base64

import pytest

from app.identity.permissions import Role
from app.web.console.look import in_words
from tests.support import WHY_TYPED
from tests.web.conftest import Hall

PERSON, PASSPORT = b"\xff\xd8\xff person", b"\xff\xd8\xff passport"
DOUBTFUL = {
    "face": "look", "face_score": 0.345, "face_threshold": 0.4, "face_look_threshold": 0.3,
}  # fmt: skip


@pytest.fixture
def doubtful(hall: Hall) -> str:
    """Somebody whose face fell between the thresholds; the referral."""
    airport = hall.airport
    answer = airport.present("kiosk", hall.people["quiet"], **DOUBTFUL)
    assert answer["answer"] == "counter"
    sent = airport.http.put(
        f"/api/v1/presentations/{answer['id']}/pictures",
        json={
            "person": base64.b64encode(PERSON).decode(),
            "passport": base64.b64encode(PASSPORT).decode(),
        },
        headers={"Authorization": f"Bearer {airport.tokens['kiosk']}"},
    )
    assert sent.status_code == 204, sent.text
    return hall.newest()


def count(hall: Hall, statement: str) -> int:
    with hall.airport.kernel.database.read() as session:
        return int(session.connection().exec_driver_sql(statement).scalar_one())


def test_both_pictures_stand_on_the_page_with_what_the_score_means(look, doubtful: str) -> None:
    somebody = look()
    page = somebody.page(f"/console/referrals/{doubtful}")
    assert "a likeness of 0.34" in page or "a likeness of 0.35" in page
    for which, picture in (("person", PERSON), ("passport", PASSPORT)):
        address = f"/console/referrals/{doubtful}/pictures/{which}"
        assert f'src="{address}"' in page
        found = somebody.get(address)
        assert found.content == picture
        assert found.headers["content-type"] == "image/jpeg"
        assert found.headers["cache-control"] == "no-store"


def test_whoever_looks_is_written_down(look, hall: Hall, doubtful: str) -> None:
    query = "select count(*) from audit_entry where action = 'referral.picture'"
    somebody = look()
    somebody.page(f"/console/referrals/{doubtful}")
    assert count(hall, query) == 0
    somebody.get(f"/console/referrals/{doubtful}/pictures/person")
    assert count(hall, query) == 1


def test_with_the_referral_the_pictures_are_gone(look, hall: Hall, doubtful: str) -> None:
    somebody = look()
    version = count(hall, "select version from referral")
    path = f"/console/referrals/{doubtful}"
    assert somebody.post(f"{path}/release", {"version": version, **WHY_TYPED}).status_code == 303
    assert somebody.get(f"{path}/pictures/person").status_code == 404
    assert count(hall, "select count(*) from referral_picture") == 0
    assert "Compare the faces" not in somebody.page(path)


@pytest.mark.parametrize("role", [Role.TARGETER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_nobody_else_sees_them(look, doubtful: str, role: Role) -> None:
    assert look(role).get(f"/console/referrals/{doubtful}/pictures/person").status_code == 403


def test_a_referral_without_a_doubtful_face_shows_none(look, hall: Hall) -> None:
    referral = hall.refer("astrid")
    assert "Compare the faces" not in look().page(f"/console/referrals/{referral}")
    assert look().get(f"/console/referrals/{referral}/pictures/person").status_code == 404


def test_a_score_is_said_in_words_and_a_missing_one_is_not_made_up() -> None:
    assert "0.34" in in_words(
        {"face_score": 0.341, "face_threshold": 0.4, "face_look_threshold": 0.3}
    )
    assert "could not say" in in_words({})
