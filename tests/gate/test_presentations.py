"""Presentations over HTTP: what kiosks, lanes and one-step gates answer."""

from tests.gate.world import ASTRID, ELSA, NILS, OLGA, World


def test_two_step_the_kiosk_registers_and_the_lane_opens(two_step: World):
    code = two_step.ready()
    at_kiosk = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert (at_kiosk["answer"], at_kiosk["clearance_id"]) == ("registered", None)
    at_lane = two_step.answer(two_step.lane, None, code)
    assert at_lane["answer"] == "cleared"
    passed = two_step.pass_through(two_step.lane, at_lane["id"])
    assert passed.status_code == 201
    again = two_step.pass_through(two_step.lane, at_lane["id"])
    assert (again.status_code, again.json()["type"]) == (409, "urn:egate:problem:clearance-consumed")


def test_one_step_a_clean_traveller_is_cleared(one_step: World):
    code = one_step.ready()
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    assert found["answer"] == "cleared"
    assert one_step.pass_through(one_step.kiosk, found["id"]).status_code == 201
