"""Known by the face at a lane: by choice, for whom a lane may look, what decides, and that nothing stays."""

import base64
import os
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential.keys import CURVE, key_id, point, public_key
from app.formats.face_pass import FacePass, seal, unseal
from app.gate import faces
from app.gate.models import HallSteps
from app.identity.models import DeviceKind
from app.kernel.db import Base
from tests.gate.world import ASTRID, ELSA, NILS, NOW, OLGA, Headers, Person, World
from tests.support import WHY, problem_code

NUMBERS = os.urandom(256)
MATCH = {"face": "match", "face_score": 0.71, "face_threshold": 0.4, "face_look_threshold": 0.3}
FOUND = {"face": "match", "face_score": 0.83, "face_threshold": 0.475, "face_margin": 0.4,
         "face_gallery": 1, "model": "ab" * 32}  # fmt: skip


def refusal(answer: Any) -> str:
    return problem_code(answer.text)


class Lane:
    """A lane with a key in its memory."""

    def __init__(self, world: World, device: Headers) -> None:
        self.world, self.device = world, device
        self.key = ec.generate_private_key(CURVE)
        body = {"key": point(self.key.public_key()).hex()}
        answer = world.client.put("/api/v1/lane/face-key", json=body, headers=device)
        assert answer.status_code == 200, answer.text

    def gallery(self, since: str | None = None) -> dict[str, Any]:
        query = {"since": since} if since else {}
        answer = self.world.client.get("/api/v1/lane/faces", params=query, headers=self.device)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def sought(self) -> list[str]:
        return list(self.gallery()["registrations"])

    def opened(self) -> dict[str, bytes]:
        keys, now = {key_id(self.key.public_key()): self.key}, int(NOW.timestamp())
        return {
            one["registration"]: unseal(
                base64.b64decode(one["sealed"]), keys, UUID(one["registration"]), now
            ).numbers
            for one in self.gallery()["faces"]
        }

    def walk(self, registration: str, **readings: Any) -> Any:
        body = {"registration": registration, "readings": {**FOUND, **readings}}
        return self.world.client.post("/api/v1/presentations", json=body, headers=self.device)


@pytest.fixture
def hall(client, database, enrolled) -> World:
    return World(client, database, enrolled, HallSteps.TWO, {"faces_at_lane": True})


@pytest.fixture
def lane(hall: World) -> Lane:
    return Lane(hall, hall.lane)


def register(
    world: World, person: Person = ASTRID, code: str | None = None, **readings: Any
) -> str:
    """At the kiosk: read, compared, registered."""
    code = code or world.ready(person)
    answer = world.present(world.kiosk, person.mrz, code, **{**MATCH, **readings}).json()
    assert answer["answer"] in ("registered", "counter")
    return str(answer["id"])


def hand(world: World, registration: str, numbers: bytes = NUMBERS, **changes: Any) -> Any:
    """The kiosk seals the face to all lanes of the hall and hands it over."""
    found = world.client.get("/api/v1/kiosk/face-keys", headers=world.kiosk).json()
    face = FacePass(numbers, b"m" * 32, int(NOW.timestamp()) + found["seconds"])
    keys = [public_key(bytes.fromhex(key)) for key in found["keys"]]
    sealed = {
        key_id(key).hex(): base64.b64encode(seal(face, key, UUID(registration))).decode()
        for key in keys
    }
    path = f"/api/v1/presentations/{registration}/face"
    body = {"sealed": changes.get("sealed", sealed)}
    return world.client.put(path, json=body, headers=changes.get("device", world.kiosk))


def held(world: World) -> int:
    return int(world.rows("select count(*) from sealed_face")[0][0])


def test_a_traveller_who_chose_it_walks_through(hall: World, lane: Lane) -> None:
    registration = register(hall)
    assert lane.sought() == [], "the code is the rule"
    assert hand(hall, registration).status_code == 200
    assert lane.opened() == {registration: NUMBERS}
    answer = lane.walk(registration).json()
    assert answer["answer"] == "cleared"
    assert hall.pass_through(hall.lane, answer["id"]).status_code == 201
    assert lane.sought() == []
    assert held(hall) == 0


def test_what_the_lane_found_is_stored_with_the_decision(hall: World, lane: Lane) -> None:
    registration = register(hall)
    hand(hall, registration)
    answer = lane.walk(registration).json()
    stored = hall.rows(
        "select readings, registration_id from presentation where id = :id", id=answer["id"]
    )
    assert FOUND.items() <= stored[0].readings.items()
    assert str(stored[0].registration_id) == registration


def test_the_state_of_the_moment_decides(hall: World, lane: Lane) -> None:
    passenger = hall.add()
    code = hall.code()
    hall.assess(passenger)
    registration = register(hall, code=code)
    hand(hall, registration)
    hall.assess(passenger, action="stop", confirmed=True)
    assert lane.walk(registration).json()["answer"] == "refer"


def test_the_kiosk_says_and_takes_the_same_for_the_flagged(hall: World, lane: Lane) -> None:
    registration = register(hall, code=hall.ready(action="stop", confirmed=True))
    assert hand(hall, registration).status_code == 200
    assert lane.sought() == [registration]
    assert lane.walk(registration).json()["answer"] == "refer"


def test_the_code_works_as_well_for_who_chose_the_face(hall: World, lane: Lane) -> None:
    code = hall.ready()
    hand(hall, register(hall, code=code))
    answer = hall.answer(hall.lane, None, code)
    assert answer["answer"] == "cleared"
    assert hall.pass_through(hall.lane, answer["id"]).status_code == 201
    assert held(hall) == 0


def test_a_lane_cannot_name_a_registration_that_chose_no_face(hall: World, lane: Lane) -> None:
    refused = lane.walk(register(hall))
    assert (refused.status_code, refusal(refused)) == (409, "face-unknown")
    assert (
        hall.rows("select count(*) from presentation where registration_id is not null")[0][0] == 0
    )


def test_a_lane_cannot_name_a_face_that_was_not_sealed_to_it(
    hall: World, lane: Lane, enrolled: Any
) -> None:
    registration = register(hall)
    hand(hall, registration)
    late = Lane(hall, enrolled(DeviceKind.LANE, hall.hall))
    assert late.sought() == []
    assert refusal(late.walk(registration)) == "face-unknown"


def test_a_face_is_not_shown_together_with_code_or_passport(hall: World, lane: Lane) -> None:
    registration = register(hall)
    hand(hall, registration)
    for more in ({"mrz": ASTRID.mrz}, {"credential": "EGR1:X"}):
        body = {"registration": registration, "readings": FOUND, **more}
        refused = hall.client.post("/api/v1/presentations", json=body, headers=hall.lane)
        assert refusal(refused) == "step-missing"


def test_a_kiosk_does_not_walk_anybody_through(hall: World, lane: Lane) -> None:
    registration = register(hall)
    hand(hall, registration)
    body = {"registration": registration, "readings": FOUND}
    refused = hall.client.post("/api/v1/presentations", json=body, headers=hall.kiosk)
    assert refusal(refused) == "step-missing"


def test_a_doubtful_face_at_the_kiosk_is_not_mended_by_a_sure_one_at_the_lane(
    hall: World, lane: Lane
) -> None:
    registration = register(hall, face="look", face_score=0.35)
    assert refusal(hand(hall, registration)) == "face-not-taken"
    assert lane.sought() == []


@pytest.mark.parametrize("face", ["not-checked", "no-match", "look"])
def test_only_a_face_that_matched_the_passport_is_taken(hall: World, lane: Lane, face: str) -> None:
    registration = register(hall, face=face)
    assert refusal(hand(hall, registration)) == "face-not-taken"


def test_of_a_family_nobody_is_known_by_the_face(hall: World, lane: Lane) -> None:
    passengers = hall.party(ASTRID, NILS)
    code = hall.code()
    hall.assess(*passengers)
    registration = register(hall, code=code)
    assert refusal(hand(hall, registration)) == "face-not-taken"


def test_nor_anybody_whose_declaration_names_another(hall: World, lane: Lane) -> None:
    passenger = hall.add()
    companion = {
        "surname": ELSA.surname, "given_names": ELSA.given, "document_number": ELSA.number,
        "birth_date": ELSA.birth.isoformat(),
    }  # fmt: skip
    code = hall.code(companions=[companion])
    hall.assess(passenger)
    assert refusal(hand(hall, register(hall, code=code))) == "face-not-taken"


def test_who_travels_in_a_party_of_one_is_alone(hall: World, lane: Lane) -> None:
    passengers = hall.party(ASTRID)
    code = hall.code()
    hall.assess(*passengers)
    assert hand(hall, register(hall, code=code)).status_code == 200


def test_a_hall_that_does_not_know_faces_gives_no_keys_and_takes_none(
    two_step: World,
) -> None:
    lane = Lane(two_step, two_step.lane)
    registration = register(two_step)
    found = two_step.client.get("/api/v1/kiosk/face-keys", headers=two_step.kiosk).json()
    assert found["keys"] == []
    kid = key_id(lane.key.public_key()).hex()
    face = FacePass(NUMBERS, b"m" * 32, int(NOW.timestamp()) + 60)
    sealed = base64.b64encode(seal(face, lane.key.public_key(), UUID(registration))).decode()
    assert refusal(hand(two_step, registration, sealed={kid: sealed})) == "face-not-taken"
    assert lane.sought() == []


def test_kiosks_seek_nobody_and_lanes_hand_nobody_over(hall: World, lane: Lane) -> None:
    registration = register(hall)
    calls = [
        hall.client.get("/api/v1/lane/faces", headers=hall.kiosk),
        hall.client.get("/api/v1/kiosk/face-keys", headers=hall.lane),
        hall.client.put(
            "/api/v1/lane/face-key", headers=hall.kiosk,
            json={"key": point(lane.key.public_key()).hex()},
        ),
        hand(hall, registration, device=hall.lane),
    ]  # fmt: skip
    assert {refusal(call) for call in calls} == {"wrong-device"}


def test_another_kiosk_hands_nobody_elses_traveller_over(
    hall: World, lane: Lane, enrolled: Any
) -> None:
    registration = register(hall)
    other = enrolled(DeviceKind.KIOSK, hall.hall)
    assert hand(hall, registration, device=other).status_code == 404


def test_a_lane_of_another_hall_gets_nothing(
    hall: World, lane: Lane, client, database, enrolled
) -> None:
    with database.transaction() as session:
        elsewhere = faces_hall(session)
    other = Lane(hall, enrolled(DeviceKind.LANE, elsewhere))
    registration = register(hall)
    hand(hall, registration)
    assert other.sought() == []
    assert refusal(other.walk(registration)) == "face-unknown"


def faces_hall(session: Any) -> UUID:
    from app.gate import halls

    policy = {**halls.WITHOUT_READERS, "faces_at_lane": True}
    return halls.create_hall(session, "NRT", "Other", HallSteps.TWO, NOW, policy).id


def test_a_hall_that_stops_knowing_faces_stops_at_once(hall: World, lane: Lane) -> None:
    registration = register(hall)
    hand(hall, registration)
    with hall.database.transaction() as session:
        session.execute(
            sa.text("update hall set policy = policy || cast(:policy as jsonb)"),
            {"policy": '{"faces_at_lane": false}'},
        )
    assert lane.sought() == []
    assert refusal(lane.walk(registration)) == "face-unknown"


def test_what_is_no_sealed_face_is_not_taken(hall: World, lane: Lane) -> None:
    registration, kid = register(hall), key_id(lane.key.public_key()).hex()
    for text in ("!", base64.b64encode(b"short").decode()):
        assert hand(hall, registration, sealed={kid: text}).status_code == 422
    assert held(hall) == 0


def test_a_lane_asks_only_for_what_is_new(hall: World, lane: Lane) -> None:
    hand(hall, register(hall))
    first = lane.gallery()
    with hall.database.transaction() as session:  # eleven seconds later
        session.execute(sa.text("update sealed_face set created_at = created_at - interval '11 s'"))
    second = lane.gallery(first["at"])
    assert (second["registrations"], second["faces"]) == (first["registrations"], [])
    hand(hall, register(hall, OLGA), numbers=bytes(256))
    assert len(lane.gallery(first["at"])["faces"]) == 1


def test_a_lane_looks_among_so_many_and_no_more(
    hall: World, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = register(hall)
    hand(hall, first)
    hand(hall, register(hall, OLGA))
    monkeypatch.setattr(faces, "GALLERY", 1)
    assert lane.sought() == [first]


# --- nothing stays --------------------------------------------------------------------------------


def traces(world: World, *secrets: bytes) -> list[str]:
    """Every row of every table in which one of the secrets stands, as bytes, hex, base64 or text."""
    spelt = [
        form
        for secret in secrets
        for form in (secret.hex(), base64.b64encode(secret).decode()[:-4])
    ]
    found = []
    with world.database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.execute(sa.text(f'select t::text from "{table.name}" t')).scalars()
            found += [table.name for row in rows if any(form in row for form in spelt)]
    return found


def sealed_bytes(world: World) -> bytes:
    return bytes(world.rows("select sealed from sealed_face")[0][0])


def test_the_service_never_holds_the_face_itself_and_the_ciphertext_in_one_place_only(
    hall: World, lane: Lane, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    registration = register(hall)
    hand(hall, registration)
    sealed = sealed_bytes(hall)
    assert traces(hall, NUMBERS) == []
    assert traces(hall, sealed) == ["sealed_face"]
    hall.pass_through(hall.lane, lane.walk(registration).json()["id"])
    assert traces(hall, NUMBERS, sealed) == []
    logged = caplog.text + "".join(capsys.readouterr())
    assert sealed.hex() not in logged
    assert base64.b64encode(sealed).decode() not in logged


def test_the_table_is_in_no_write_ahead_log(hall: World) -> None:
    query = "select relname, relpersistence from pg_class where relname = any(:names)"
    found = hall.rows(query, names=["sealed_face", "referral_picture"])
    assert {row.relpersistence for row in found} == {"u"}
    assert len(found) == 2


def forget(world: World, minutes: float = 0) -> None:
    with world.database.transaction() as session:
        faces.forget_due(session, NOW + timedelta(minutes=minutes))


def test_after_an_hour_it_is_gone(hall: World, lane: Lane) -> None:
    hand(hall, register(hall))
    forget(hall, 59)
    assert held(hall) == 1
    forget(hall, 60)
    assert held(hall) == 0


def test_a_withdrawn_declaration_ends_it_at_once(hall: World, lane: Lane) -> None:
    registration = register(hall)
    hand(hall, registration)
    with hall.database.transaction() as session:
        session.execute(sa.text("update declaration set status = 'withdrawn'"))
    assert lane.sought() == []
    forget(hall)
    assert held(hall) == 0


def test_a_clearance_that_was_taken_back_ends_it(hall: World, lane: Lane) -> None:
    registration = register(hall)
    hand(hall, registration)
    assert lane.walk(registration).json()["answer"] == "cleared"
    assert lane.walk(registration).json()["answer"] == "cleared"
    assert lane.sought() == [registration], "asking twice takes nothing back"
    hall.touch(hall.id_of())
    assert lane.sought() == []
    forget(hall)
    assert held(hall) == 0


def test_whoever_thinks_better_of_it_takes_it_back(hall: World, lane: Lane) -> None:
    registration = register(hall)
    hand(hall, registration)
    path = f"/api/v1/presentations/{registration}/face"
    assert hall.client.delete(path, headers=hall.kiosk).status_code == 204
    assert held(hall) == 0
    assert refusal(lane.walk(registration)) == "face-unknown"


def test_whoever_comes_to_a_kiosk_again_chooses_again(hall: World, lane: Lane) -> None:
    code = hall.ready()
    hand(hall, register(hall, code=code))
    register(hall, code=code)
    assert held(hall) == 0


def test_an_inspection_ends_it(hall: World, lane: Lane, officer: Any) -> None:
    registration = register(hall, code=hall.ready(action="stop", confirmed=True))
    hand(hall, registration)
    lane.walk(registration)
    headers = officer()
    one = hall.queue(headers)[0]
    path = f"/api/v1/referrals/{one['id']}"
    hall.client.post(f"{path}/claim", json={"version": one["version"]}, headers=headers)
    seen = {"version": hall.queue(headers)[0]["version"]}
    answer = hall.client.post(f"{path}/inspect", json=seen, headers=headers)
    assert answer.status_code == 200, answer.text
    assert held(hall) == 0


def test_a_key_that_opens_nothing_any_more_is_forgotten(hall: World, lane: Lane) -> None:
    forget(hall, 119)
    assert hall.rows("select count(*) from lane_key")[0][0] == 1
    forget(hall, 120)
    assert hall.rows("select count(*) from lane_key")[0][0] == 0


def test_a_lane_that_was_shut_out_is_sealed_to_no_more(hall: World, lane: Lane) -> None:
    keys = hall.client.get("/api/v1/kiosk/face-keys", headers=hall.kiosk).json()["keys"]
    assert keys == [point(lane.key.public_key()).hex()]
    with hall.database.transaction() as session:
        session.execute(sa.text("update device set disabled_at = now() where kind = 'lane'"))
    assert hall.client.get("/api/v1/kiosk/face-keys", headers=hall.kiosk).json()["keys"] == []


# --- the officer's look ---------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff" + bytes(range(200))


def show_pictures(world: World, presentation: str, picture: bytes = JPEG) -> Any:
    text = base64.b64encode(picture).decode()
    body = {"person": text, "passport": text}
    path = f"/api/v1/presentations/{presentation}/pictures"
    return world.client.put(path, json=body, headers=world.kiosk)


def pictures(world: World) -> int:
    return int(world.rows("select count(*) from referral_picture")[0][0])


def test_two_pictures_of_a_doubtful_face_are_kept_sealed(hall: World) -> None:
    presentation = register(hall, face="look", face_score=0.35)
    assert show_pictures(hall, presentation).status_code == 204
    assert pictures(hall) == 2
    assert traces(hall, JPEG) == []


@pytest.mark.parametrize("face", ["match", "no-match", "not-checked"])
def test_no_other_face_is_looked_at(hall: World, face: str) -> None:
    assert refusal(show_pictures(hall, register(hall, face=face))) == "face-not-taken"
    assert pictures(hall) == 0


@pytest.mark.parametrize("picture", [b"GIF89a", b"\xff\xd8\xff" + bytes(64 * 1024)])
def test_only_small_jpegs_are_kept(hall: World, picture: bytes) -> None:
    presentation = register(hall, face="look", face_score=0.35)
    assert show_pictures(hall, presentation, picture).status_code == 422
    assert pictures(hall) == 0


def test_pictures_are_gone_with_the_referral_or_after_an_hour(hall: World) -> None:
    show_pictures(hall, register(hall, face="look", face_score=0.35))
    forget(hall, 59)
    assert pictures(hall) == 2
    forget(hall, 60)
    assert pictures(hall) == 0


# --- three tries hold for a traveller -------------------------------------------------------------


@pytest.mark.parametrize(
    "doubt",
    [{"face": "no-match"}, {"face": "look"}, {"face": "no-match", "face_end": "left"}],
    ids=str,
)
@pytest.mark.parametrize("later", ["match", "not-checked"])
def test_a_doubt_about_a_face_stands_at_every_kiosk_until_an_officer_has_looked(
    hall: World, officer, doubt: dict[str, str], later: str
) -> None:
    code = hall.ready()
    first = hall.present(hall.kiosk, ASTRID.mrz, None, **{**MATCH, **doubt})
    assert (first.status_code, first.json()["answer"]) == (201, "counter")
    again = hall.present(hall.kiosk, ASTRID.mrz, code, **{**MATCH, "face": later}).json()
    assert again["answer"] == "counter"
    assert hall.present(hall.lane, None, code).json()["answer"] == "refer"
    [referral] = hall.queue(who := officer())
    assert len(referral["reasons"]) == 1, "one referral, whatever was tried"
    assert referral["reasons"][0] in ("face-look", "face-no-match")
    url = f"/api/v1/referrals/{referral['id']}/release"
    released = hall.client.post(url, json={"version": referral["version"], **WHY}, headers=who)
    assert released.status_code == 200
    assert hall.present(hall.lane, None, code).json()["answer"] == "cleared"


def test_a_face_that_matched_and_was_never_doubted_is_registered(hall: World) -> None:
    code = hall.ready()
    for _ in range(2):
        found = hall.present(hall.kiosk, ASTRID.mrz, code, **MATCH).json()
        assert found["answer"] == "registered"
