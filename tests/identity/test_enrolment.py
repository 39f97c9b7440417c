"""Devices enrol themselves by a code, change their key under the old one, are heard of, missed and shut out."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.gate import halls, machines
from app.gate.models import HallSteps
from app.identity import enrolment
from app.identity.http import enrolled_device
from app.identity.models import DeviceKind
from app.identity.permissions import Role
from app.main import ROUTERS
from kiosk_sim import keyring as module
from kiosk_sim.client import Credentials, Refused, Service
from kiosk_sim.keyring import Keyring, enrol
from tests.gate.world import ASTRID, NOW, Headers, World
from tests.support import problem_code


@pytest.fixture
def admin(officer) -> Headers:
    return officer(Role.ADMINISTRATOR)  # type: ignore[no-any-return]


@pytest.fixture
def line(two_step: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The device's calls reach the program of the test."""
    post = two_step.client.post
    monkeypatch.setattr(
        module.httpx2,
        "post",
        lambda url, json, timeout: post(url.removeprefix("http://x"), json=json),
    )
    return two_step


@pytest.fixture
def two_step(client, database, enrolled) -> World:
    return World(client, database, enrolled, HallSteps.TWO)


def code_for(world: World, admin: Headers, name: str = "lane-9", **more: Any) -> Any:
    body = {"name": name, "kind": "lane", "hall_id": str(world.hall), **more}
    return world.client.post("/api/v1/devices/codes", json=body, headers=admin)


def enrolled_at(path: Path, world: World, clock) -> Service:
    """The device of a file of credentials, calling the program of the test."""
    service = Service("http://x", Credentials.load(path))
    service._http = Untimed(world.client)  # type: ignore[assignment]
    return service


class Untimed:
    """The program of the test has no line that could be slow."""

    def __init__(self, client: TestClient) -> None:
        self.post = client.post
        self._client = client

    def request(self, method: str, path: str, timeout: float, **more: Any) -> Any:
        del timeout
        return self._client.request(method, path, **more)


def works(service: Service) -> bool:
    try:
        service.heartbeat({"version": "1", "state": "welcome", "tests": {}, "list_age": None})
    except Refused:
        return False
    return True


@pytest.fixture(autouse=True)
def one_clock(monkeypatch: pytest.MonkeyPatch, clock) -> None:
    monkeypatch.setattr("kiosk_sim.client.time.time", lambda: clock().timestamp())


# --- the code -------------------------------------------------------------------------------------


def test_a_device_makes_its_key_and_enrols_by_a_code(line: World, admin, tmp_path, clock) -> None:
    code = code_for(line, admin, assisted=True).json()["code"]
    out = tmp_path / "lane-9.json"
    assert enrol("http://x", "lane-9", code.lower(), out, "") == 0
    assert out.stat().st_mode & 0o777 == 0o600
    credentials = Credentials.load(out)
    assert (credentials.name, credentials.kind, credentials.hall) == ("lane-9", "lane", "Hall")
    assert credentials.assisted
    assert works(enrolled_at(out, line, clock))
    stored = line.rows("select code_hash from enrolment_code")[0][0]
    assert code.encode() not in bytes(stored)
    assert credentials.key.hex() not in json.dumps(
        [list(map(str, row)) for row in line.rows("select * from device_key")]
    ), "the private half stays where it was made"


def test_a_code_works_once(line: World, admin, tmp_path) -> None:
    code = code_for(line, admin).json()["code"]
    assert enrol("http://x", "lane-9", code, tmp_path / "a.json") == 0
    assert enrol("http://x", "lane-9", code, tmp_path / "b.json") == 1
    assert not (tmp_path / "b.json").exists()


def test_a_code_used_by_many_at_once_enrols_one(line: World, admin, tmp_path) -> None:
    code = code_for(line, admin).json()["code"]
    with ThreadPoolExecutor(8) as threads:
        done = list(
            threads.map(
                lambda n: enrol("http://x", "lane-9", code, tmp_path / f"{n}.json"), range(8)
            )
        )
    assert sorted(done) == [0, *[1] * 7]


def test_a_code_dies_after_a_quarter_of_an_hour_and_by_the_next_one(
    line: World, admin, tmp_path, clock
) -> None:
    first = code_for(line, admin).json()["code"]
    second = code_for(line, admin).json()["code"]
    assert enrol("http://x", "lane-9", first, tmp_path / "a.json") == 1
    clock.advance(minutes=15)
    assert enrol("http://x", "lane-9", second, tmp_path / "b.json") == 1


def test_five_wrong_codes_end_the_right_one(line: World, admin, tmp_path) -> None:
    code = code_for(line, admin).json()["code"]
    for n in range(enrolment.MOST_TRIES):
        assert enrol("http://x", "lane-9", f"WRONG-{n}", tmp_path / f"{n}.json") == 1
    assert enrol("http://x", "lane-9", code, tmp_path / "right.json") == 1


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("point", sorted(enrolment._SMALL))
def test_a_point_of_small_order_is_nobodys_key(point: bytes, sign: int) -> None:
    """The library takes a signature of zeros for such a key, for one message in a few: anybody could have signed."""
    key = bytes([*point[:31], point[31] | sign])
    signatures = (bytes(64), b"\1" + bytes(63), key + bytes(32))
    for said in (b"%d" % number for number in range(30)):
        assert not any(enrolment.is_signed(key, one, said) for one in signatures)


def test_a_key_that_is_not_proved_enrols_nothing(line: World, admin) -> None:
    code = code_for(line, admin).json()["code"]
    raw = module.encoded(bytes(32))
    body = {"name": "lane-9", "code": code, "public_key": raw, "proof": module.encoded(bytes(64))}
    refused = line.client.post("/api/v1/devices/enrol", json=body)
    assert (refused.status_code, problem_code(refused.text)) == (401, "enrolment-refused")
    assert code not in refused.text


@pytest.mark.parametrize("role", Role)
def test_who_may_give_codes_and_shut_out(two_step: World, officer, role: Role) -> None:
    may = role in (Role.ADMINISTRATOR, Role.TECHNICIAN)
    who = officer(role)
    assert code_for(two_step, who).status_code == (201 if may else 403)
    device = two_step.rows("select id from device where kind = 'lane'")[0][0]
    for act in ("disable", "enable", "rotation"):
        done = two_step.client.post(f"/api/v1/devices/{device}/{act}", headers=who)
        assert done.status_code == (204 if may else 403)
    assert two_step.client.get("/api/v1/devices", headers=who).status_code == (200 if may else 403)


def test_codes_are_for_the_own_site_and_not_for_another_halls_device(
    two_step: World, admin
) -> None:
    with two_step.database.transaction() as session:
        foreign = halls.create_hall(session, "KIX", "Far", HallSteps.TWO, NOW).id
        near = halls.create_hall(session, "NRT", "Near", HallSteps.TWO, NOW).id
    assert code_for(two_step, admin, hall_id=str(foreign)).status_code == 404
    name = two_step.rows("select name from device where kind = 'lane'")[0][0]
    assert code_for(two_step, admin, name, hall_id=str(near)).status_code == 409


def test_a_new_code_for_a_device_ends_its_old_keys(line: World, admin, tmp_path, clock) -> None:
    services = []
    for n in range(2):
        out = tmp_path / f"{n}.json"
        assert enrol("http://x", "lane-9", code_for(line, admin).json()["code"], out) == 0
        services.append(enrolled_at(out, line, clock))
    assert [works(service) for service in services] == [False, True]
    assert services[0].credentials.device == services[1].credentials.device


# --- the change of keys ---------------------------------------------------------------------------


@pytest.fixture
def lane_file(line: World, admin, tmp_path: Path) -> Path:
    out = tmp_path / "lane-9.json"
    assert enrol("http://x", "lane-9", code_for(line, admin).json()["code"], out) == 0
    return out


def test_a_key_is_changed_and_the_old_one_ends_after_the_grace(
    line: World, lane_file: Path, clock
) -> None:
    old = enrolled_at(lane_file, line, clock)
    service = enrolled_at(lane_file, line, clock)
    Keyring(service, lane_file).rotate()
    assert Credentials.load(lane_file).key == service.credentials.key != old.credentials.key
    assert [works(old), works(service)] == [True, True]
    clock.advance(seconds=enrolment.GRACE.total_seconds() + 1)
    old._renew_at = service._renew_at = 0.0
    assert [works(old), works(service)] == [False, True]
    assert not lane_file.with_suffix(".next").exists()


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_a_change_that_was_cut_off_is_ended(
    line: World, lane_file: Path, clock, monkeypatch, heard: bool, late: bool
) -> None:
    """Killed after the new key was written down: before the service heard of it, or before the answer came."""
    service = enrolled_at(lane_file, line, clock)

    def killed(change: dict[str, str]) -> None:
        if heard:
            service._call("POST", "/api/v1/devices/keys", change)
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "send_key", killed)
    with pytest.raises(KeyboardInterrupt):
        Keyring(service, lane_file).rotate()
    if late and heard:
        clock.advance(seconds=enrolment.GRACE.total_seconds() + 1)
    again = enrolled_at(lane_file, line, clock)
    Keyring(again, lane_file).finish()
    assert works(again)
    assert Credentials.load(lane_file).key != service.credentials.key


def test_a_key_that_the_old_one_has_not_signed_is_refused(
    line: World, lane_file: Path, clock
) -> None:
    service = enrolled_at(lane_file, line, clock)
    stolen = service.credentials
    service._access_token()
    service.credentials = Credentials(
        stolen.device, stolen.kind, stolen.name, stolen.hall, stolen.steps, bytes(range(32))
    )
    with pytest.raises(Refused) as refused:
        Keyring(service, lane_file).rotate()
    assert refused.value.code == "key-refused"


def test_an_old_key_in_its_grace_signs_no_successor_and_ends_nobody(
    line: World, lane_file: Path, clock, tmp_path: Path
) -> None:
    stolen = tmp_path / "stolen.json"
    stolen.write_bytes(lane_file.read_bytes())
    service = enrolled_at(lane_file, line, clock)
    Keyring(service, lane_file).rotate()
    thief = enrolled_at(stolen, line, clock)
    with pytest.raises(Refused) as refused:
        Keyring(thief, stolen).rotate()
    assert refused.value.code == "key-refused"
    assert works(thief), "until its hour is over"
    clock.advance(seconds=enrolment.GRACE.total_seconds() + 1)
    thief._renew_at = service._renew_at = 0.0
    assert [works(thief), works(service)] == [False, True]


def test_a_change_back_to_a_key_in_its_grace_is_refused(
    line: World, lane_file: Path, clock
) -> None:
    service = enrolled_at(lane_file, line, clock)
    first = service.credentials.key
    Keyring(service, lane_file).rotate()
    lane_file.with_suffix(".next").write_text(module.encoded(first))
    with pytest.raises(Refused) as refused:
        Keyring(service, lane_file).rotate()
    assert refused.value.code == "key-refused"


def test_an_administrator_asks_for_a_new_key_and_the_next_beat_is_told(
    line: World, lane_file: Path, admin, clock
) -> None:
    service = enrolled_at(lane_file, line, clock)
    beat = {"version": "1", "state": "welcome", "tests": {}, "list_age": None}
    url = f"/api/v1/devices/{service.credentials.device}/rotation"
    assert service.heartbeat(beat)["rotate"] is False
    line.client.post(url, headers=admin)
    assert service.heartbeat(beat)["rotate"] is True
    Keyring(service, lane_file).rotate()
    assert service.heartbeat(beat)["rotate"] is False


# --- shut out -------------------------------------------------------------------------------------


def test_who_is_shut_out_says_nothing_more_and_lets_nobody_through(
    two_step: World, admin, clock
) -> None:
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    cleared = two_step.answer(two_step.lane, None, code)
    assert cleared["answer"] == "cleared"
    lane = two_step.rows("select id from device where kind = 'lane'")[0][0]
    two_step.client.post(f"/api/v1/devices/{lane}/disable", headers=admin)
    assert two_step.pass_through(two_step.lane, cleared["id"]).status_code == 401
    assert two_step.rows("select revoked_because from clearance") == [("device-disabled",)]
    two_step.client.post(f"/api/v1/devices/{lane}/enable", headers=admin)
    assert two_step.pass_through(two_step.lane, cleared["id"]).status_code == 401, "the token ended"
    trail = two_step.rows(
        "select action, actor_kind from audit_entry where action like 'device.%able' order by 1"
    )
    assert trail == [("device.disable", "officer"), ("device.enable", "officer")]


# --- heard of and missed --------------------------------------------------------------------------


def beat(world: World, device: Headers, **more: Any) -> Any:
    told = {"version": "1.2", "state": "welcome", "tests": {"motor": True}, "list_age": 12, **more}
    return world.client.post("/api/v1/devices/heartbeat", json=told, headers=device)


def miss(world: World, clock) -> int:
    with world.database.transaction() as session:
        return machines.miss_silent(session, clock())


def test_what_a_device_says_of_itself_is_shown(two_step: World, admin) -> None:
    told = beat(two_step, two_step.kiosk).json()
    assert told == {"mode": "normal", "policy_age": 15, "rotate": False, "notices": []}
    found = two_step.client.get("/api/v1/devices", headers=admin).json()["devices"]
    [kiosk] = [one for one in found if one["kind"] == "kiosk"]
    assert (kiosk["version"], kiosk["state"], kiosk["list_age"]) == ("1.2", "welcome", 12)
    assert kiosk["tests"] == {"motor": True}


def test_a_device_hears_from_what_age_its_hall_has_faces_compared(two_step: World) -> None:
    with two_step.database.transaction() as session:
        halls.set_policy(session, SYSTEM, "NRT", two_step.hall, {"policy_age": 12}, NOW)
    assert beat(two_step, two_step.kiosk).json()["policy_age"] == 12


def test_a_silent_device_is_missed_once_for_each_silence(two_step: World, clock) -> None:
    beat(two_step, two_step.kiosk)
    assert miss(two_step, clock) == 0
    for _ in range(2):
        clock.advance(seconds=61)
        assert [miss(two_step, clock), miss(two_step, clock)] == [1, 0]
        assert two_step.rows("select reasons from referral") == [(["device-silent"],)]
        beat(two_step, two_step.kiosk)
    assert miss(two_step, clock) == 0


def test_who_never_spoke_or_is_shut_out_is_not_missed(two_step: World, admin, clock) -> None:
    beat(two_step, two_step.lane)
    lane = two_step.rows("select id from device where kind = 'lane'")[0][0]
    two_step.client.post(f"/api/v1/devices/{lane}/disable", headers=admin)
    clock.advance(minutes=5)
    assert miss(two_step, clock) == 0


def test_a_self_test_that_begins_to_fail_is_told_once(two_step: World) -> None:
    for passed in (True, False, False):
        beat(two_step, two_step.lane, tests={"motor": passed})
    assert two_step.rows("select reasons, version from referral") == [(["device-self-test"], 1)]


# --- one hall, another hall -----------------------------------------------------------------------

OWN = {
    "/presentations", "/presentations/{presentation_id}", "/passages", "/device-events",
    "/lane/reports", "/lane/orders", "/devices/heartbeat", "/devices/keys",
}  # fmt: skip
"""Every endpoint of machines that touches a hall; the tests below go through them."""


def test_every_endpoint_of_machines_is_known_here() -> None:
    known = OWN | {
        "/devices/enrol", "/kiosk/form", "/kiosk/estimate", "/kiosk/declarations",
        "/kiosk/face-keys", "/presentations/{presentation_id}/face",
        "/presentations/{presentation_id}/pictures", "/lane/face-key", "/lane/faces",
        "/presentations/{presentation_id}/live",
    }  # fmt: skip
    takes_device = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and _calls(route.dependant, enrolled_device)
    }
    assert takes_device <= known, "a new endpoint of machines: see that no hall speaks for another"


def _calls(dependant: Any, wanted: Any) -> bool:
    return any(one.call is wanted or _calls(one, wanted) for one in dependant.dependencies)


def test_a_device_of_one_hall_cannot_speak_for_another(
    two_step: World, enrolled, officer, clock
) -> None:
    with two_step.database.transaction() as session:
        elsewhere = halls.create_hall(session, "NRT", "Other", HallSteps.TWO, NOW).id
    foreign = enrolled(DeviceKind.LANE, elsewhere)
    code = two_step.ready()
    registered = two_step.answer(two_step.kiosk, ASTRID.mrz, code)["id"]
    # who was registered in one hall is nobody in the other: no clearance comes of it
    assert two_step.present(foreign, None, code).json()["answer"] != "cleared"
    mine = two_step.answer(two_step.lane, None, code)
    assert mine["answer"] == "cleared"
    client = two_step.client
    for one in (registered, mine["id"]):
        assert client.get(f"/api/v1/presentations/{one}", headers=foreign).status_code == 404
        assert two_step.pass_through(foreign, one).status_code == 404
    # an order for one lane is not given to the other, nor is a state told for it
    own = _lane_of(two_step, two_step.hall)
    client.post(f"/api/v1/lanes/{own}/orders", json={"word": "pass"}, headers=officer())
    assert client.get("/api/v1/lane/orders", headers=foreign).json()["orders"] == []
    told = {"status": {"state": "alarm", "door": "hold"}}
    assert client.post("/api/v1/lane/reports", json=told, headers=foreign).status_code == 200
    assert two_step.rows("select device_id from lane_status") == [(_lane_of(two_step, elsewhere),)]
    url = f"/api/v1/halls/{two_step.hall}/mode"
    client.post(url, json={"mode": "staffed-only"}, headers=officer())
    assert beat(two_step, foreign).json()["mode"] == "normal"
    assert two_step.rows("select device_id from device_health") == [
        (_lane_of(two_step, elsewhere),)
    ]
    # and the right to pass is still there for the hall that gave it
    client.post(url, json={"mode": "normal"}, headers=officer())
    assert two_step.pass_through(two_step.lane, mine["id"]).status_code == 201


def _lane_of(world: World, hall: UUID) -> UUID:
    [(found,)] = world.rows("select id from device where kind = 'lane' and hall_id = :h", h=hall)
    return UUID(str(found))


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/presentations"), ("GET", f"/presentations/{UUID(int=7)}"), ("POST", "/passages"),
    ("GET", "/device-events"), ("POST", "/lane/reports"), ("GET", "/lane/orders"),
    ("POST", "/devices/heartbeat"), ("POST", "/devices/keys"), ("GET", "/kiosk/form?language=en"),
])  # fmt: skip
@pytest.mark.parametrize("who", ["nobody", "shut-out"])
def test_no_endpoint_of_machines_hears_who_is_not_known(
    two_step: World, method: str, path: str, who: str
) -> None:
    headers = {"Authorization": "Bearer nobody"} if who == "nobody" else two_step.lane
    with two_step.database.transaction() as session:
        session.connection().exec_driver_sql("update device set disabled_at = now()")
    bodies: dict[str, Any] = {
        "/passages": {"presentation": str(uuid4())},
        "/lane/reports": {"status": {"state": "alarm", "door": "hold"}},
        "/devices/heartbeat": {"version": "1", "state": "x", "tests": {}},
        "/devices/keys": {"public_key": "A" * 43, "proof": "A", "by_old": "A"},
    }
    body = bodies.get(path, {}) if method == "POST" else None
    found = two_step.client.request(method, f"/api/v1{path}", json=body, headers=headers)
    assert found.status_code == 401
