import pytest

from app.gate.case import Policy, PolicyError, read_policy


def test_absent_keys_have_the_strict_defaults():
    assert read_policy({}) == Policy()
    assert Policy().chip_required
    assert Policy().face_required
    assert not Policy().plain_egd1_allowed


def test_keys_are_read():
    policy = read_policy({"chip_required": False, "hold_seconds": 5, "counters": {"goods": "B"}})
    assert (policy.chip_required, policy.hold_seconds, policy.counter("goods")) == (False, 5, "B")


@pytest.mark.parametrize(
    "content",
    [{"chip_requird": False}, {"chip_required": 0}, {"chip_required": "no"}, {"policy_age": "15"},
     {"hold_seconds": -1}, {"hold_seconds": True}, {"counters": ["A"]}, {"counters": {"goods": 1}}],
)  # fmt: skip
def test_a_wrong_key_or_type_is_refused(content):
    with pytest.raises(PolicyError):
        read_policy(content)


def test_a_counter_without_its_own_sign_is_the_identity_counter():
    assert Policy(counters={"identity": "A", "goods": "B"}).counter("crew") == "A"
    assert Policy().counter("crew") == ""
