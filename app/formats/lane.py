"""The words between a lane and the service: its states, what it tells officers, what they order. Both sides use these."""

from enum import StrEnum


class LaneState(StrEnum):
    """The states of a lane's table, in its agent's words."""

    WAITING = "waiting"
    IDENTIFYING = "identifying"
    OPENING = "opening"
    PASSING = "passing"
    CLOSING = "closing"
    BLOCKED = "blocked"
    REFERRED = "referred"
    ALARM = "alarm"
    RELEASED = "released"
    STOPPED = "stopped"
    UNPOWERED = "unpowered"


class LaneNote(StrEnum):
    """What an agent tells officers of its lane."""

    SECOND = "second-person"
    TAILGATING = "tailgating"
    REVERSE = "reverse"
    FORCED = "forced"
    OBSTACLE = "obstacle"
    BLOCKED = "blocked"
    DOOR_FAULT = "door-fault"
    FAULT = "fault"
    OFFLINE = "offline"
    POWER_LOST = "power-lost"
    POWER_BACK = "power-back"
    FIRE = "fire"
    UNUSED = "clearance-unused"
    PASSED = "officer-passed"
    REFUSED = "officer-refused"
    RESET = "officer-reset"
    EXPECTED = "officer-expects"
    IGNORED = "order-ignored"


DOOR_TESTS = ("motor", "beam", "counter", "power", "service")
"""Self-tests without which a lane serves nobody: one that was reset has passed all of them."""


class LaneWord(StrEnum):
    """What an officer can order. ``EXPECT``: so many people on the next clearance, at assisted lanes."""

    PASS = "pass"  # noqa: S105  # a word of the lane, no secret
    REFUSE = "refuse"
    RESET = "reset"
    EXPECT = "expect"
