"""The pages of halls and devices: what is shown, what can be done, by whom."""

import re
from uuid import uuid4

import pytest

from app.gate.models import HallSteps
from app.identity.permissions import Role
from tests.gate.test_lanes import note, orders, tell
from tests.gate.world import Headers, World
from tests.identity.test_enrolment import beat


@pytest.fixture
def world(client, database, enrolled) -> World:
    return World(client, database, enrolled, HallSteps.TWO)


def page(world: World, who: Headers, path: str) -> str:
    found = world.client.get(f"/console/{path}", headers=who)
    assert found.status_code == 200
    return str(found.text)


def post(world: World, who: Headers, path: str, **fields: str) -> int:
    found = world.client.post(f"/console/{path}", data=fields, headers=who, follow_redirects=False)
    return int(found.status_code)


def lane_of(world: World) -> str:
    return str(world.rows("select id from device where kind = 'lane'")[0][0])


def test_a_lane_stands_in_its_hall_with_what_happened(world: World, officer) -> None:
    tell(world, world.lane, note("tailgating"), state="alarm", door="hold")
    shown = page(world, officer(), "halls")
    assert "Somebody followed another one through" in shown
    assert 'data-state="alarm"' in shown
    assert page(world, officer(), "fragments/halls").count("Reset") == 1


@pytest.mark.parametrize(
    ("state", "buttons"),
    [("waiting", []), ("referred", ["Let through", "Send away"]), ("stopped", ["Reset"]),
     ("released", ["Reset"]), ("passing", [])],
)  # fmt: skip
def test_what_can_be_ordered_in_a_state(world: World, officer, state: str, buttons) -> None:
    tell(world, world.lane, state=state)
    shown = page(world, officer(Role.GATE_OFFICER), "fragments/halls")
    assert re.findall(r"<button[^>]*>(\w[\w ]*)<span", shown) == buttons


def test_an_order_from_the_page_reaches_the_lane(world: World, officer) -> None:
    gate = officer(Role.GATE_OFFICER)
    assert post(world, gate, f"lanes/{lane_of(world)}/order", word="pass") == 303
    assert [one["word"] for one in orders(world, world.lane).json()["orders"]] == ["pass"]
    for wrong in ({"word": "dance"}, {"word": "pass", "people": "9"}):
        assert post(world, gate, f"lanes/{lane_of(world)}/order", **wrong) == 422


def test_the_mode_is_the_supervisors(world: World, officer) -> None:
    assert "Mode of the hall" not in page(world, officer(Role.GATE_OFFICER), "halls")
    senior = officer()
    assert "Mode of the hall" in page(world, senior, "halls")
    assert post(world, senior, f"halls/{world.hall}/mode", mode="evacuation") == 303
    assert world.rows("select mode from hall") == [("evacuation",)]
    assert post(world, senior, f"halls/{world.hall}/mode", mode="party") == 422
    assert post(world, officer(Role.GATE_OFFICER), f"halls/{world.hall}/mode", mode="normal") == 403


def test_an_alert_of_a_machine_says_which_and_leads_to_the_halls(world: World, officer) -> None:
    tell(world, world.lane, note("forced"))
    senior = officer()
    name = world.rows("select name from device where kind = 'lane'")[0][0]
    assert name in page(world, senior, "fragments/queue")
    referral = world.rows("select id from referral")[0][0]
    shown = page(world, senior, f"referrals/{referral}")
    assert "about a machine" in shown
    assert "The door was forced" in shown


# --- devices --------------------------------------------------------------------------------------


def test_devices_are_shown_with_their_health(world: World, officer) -> None:
    beat(world, world.lane, tests={"motor": False}, state="lane-stopped")
    shown = page(world, officer(Role.ADMINISTRATOR), "devices")
    assert "Lane stopped" in shown
    assert "motor" in shown
    assert "not heard of yet" in shown, "the kiosk has said nothing"


def test_a_code_is_shown_once(world: World, officer) -> None:
    admin = officer(Role.ADMINISTRATOR)
    fields = {"name": "lane-9", "kind": "lane", "hall": str(world.hall), "assisted": "yes"}
    made = world.client.post("/console/devices/codes", data=fields, headers=admin)
    [code] = re.findall(r"data-code>([A-Z0-9-]{31})<", made.text)
    assert code not in page(world, admin, "devices")
    assert world.rows("select assisted from enrolment_code") == [(True,)]


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"kind": "tank"}, {"hall": "x"}, {"hall": str(uuid4())}]
)
def test_a_code_for_nothing(world: World, officer, wrong) -> None:
    fields = {"name": "lane-9", "kind": "lane", "hall": str(world.hall), **wrong}
    assert post(world, officer(Role.ADMINISTRATOR), "devices/codes", **fields) == 422


def test_a_device_is_shut_out_let_in_and_asked_for_a_new_key(world: World, officer) -> None:
    admin, lane = officer(Role.ADMINISTRATOR), lane_of(world)
    assert post(world, admin, f"devices/{lane}/rotate", seen="1") == 303
    assert "new key asked for" in page(world, admin, "devices")
    assert post(world, admin, f"devices/{lane}/disable", seen="1") == 303
    assert "Shut out" in page(world, admin, "devices")
    assert tell(world, world.lane).status_code == 401
    assert post(world, admin, f"devices/{lane}/enable", seen="1") == 303
    assert post(world, admin, f"devices/{lane}/paint", seen="1") == 404


@pytest.mark.parametrize("role", Role)
def test_devices_are_the_administrators_and_technicians(world: World, officer, role: Role) -> None:
    found = world.client.get("/console/devices", headers=officer(role))
    may = role in (Role.ADMINISTRATOR, Role.TECHNICIAN)
    assert found.status_code == (200 if may else 403)
