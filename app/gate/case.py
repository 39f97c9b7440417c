"""What is known of one traveller at one device, and the site's policy: the input of a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from app.referrals.kinds import ReferralKind


class HallSteps(StrEnum):
    """Two-step: kiosks register, lanes decide. One-step: kiosk and lane are one."""

    TWO = "two-step"
    ONE = "one-step"


class HallMode(StrEnum):
    """The supervisor's switch."""

    NORMAL = "normal"
    STAFFED_ONLY = "staffed-only"
    WITHOUT_MANIFEST = "flight-without-manifest"
    EVACUATION = "evacuation"


class Place(StrEnum):
    """Where the traveller stands: what a device may answer depends on it."""

    KIOSK = "kiosk"
    LANE = "lane"
    ONE_STEP = "one-step"


class Code(StrEnum):
    """The credential that was shown. ``PARTY`` and ``OTHERS`` are sound codes of somebody else."""

    NONE = "none"
    OWN = "own"
    REFUSED = "refused"
    PARTY = "party"
    OTHERS = "others"


class Chip(StrEnum):
    """What the reader made of the passport's chip."""

    NOT_READ = "not-read"
    OK = "ok"
    FAILED = "failed"
    NOT_VERIFIABLE = "not-verifiable"


class Face(StrEnum):
    """What the camera made of the face, by the thresholds of the agent."""

    NOT_CHECKED = "not-checked"
    MATCH = "match"
    LOOK = "look"
    NO_MATCH = "no-match"


class DocumentState(StrEnum):
    """The travel document itself. ``UNSOUND``: check digits of its zone fail."""

    VALID = "valid"
    EXPIRED = "expired"
    LOST = "lost"
    UNSOUND = "unsound"


class Guardian(StrEnum):
    """Who travels with a child: nobody, somebody who has not been cleared, somebody who has."""

    NONE = "none"
    WAITING = "waiting"
    CLEARED = "cleared"


class Capacity(StrEnum):
    """In what capacity somebody comes; all but ``PASSENGER`` may have a channel of their own."""

    PASSENGER = "passenger"
    CREW = "crew"
    TRANSIT = "transit"
    DIVERTED = "diverted"
    EXEMPT = "exempt"


class ManifestState(StrEnum):
    """How complete the flight's list is."""

    NONE = "none"
    OPEN = "open"
    CLOSED = "closed"


class Screening(StrEnum):
    """Fresh: facts, rules and lists are all the current ones. Missing: there is nobody to screen."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


class Action(StrEnum):
    """The strictest handling that a hit asks for."""

    STOP = "stop"
    DISCREET = "discreet"
    OBSERVE = "observe"
    INFORM = "inform"


class PolicyError(ValueError):
    """A hall's policy has an unknown key or a value of the wrong type; names the key."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site decides for itself. ``counters`` maps a reason for sending somebody (identity, goods,
    kiosk, crew ...) to the name on the sign; identity is the one for everything without its own.
    ``faces_at_lane``: a traveller who chose it at the kiosk is known by the face at a lane. ``companions_at_lane``: whom a registered traveller's declaration names need not go to the kiosk as well,
    but shows the passport at the lane.
    """

    chip_required: bool = True
    face_required: bool = True
    plain_egd1_allowed: bool = False
    companions_at_lane: bool = False
    faces_at_lane: bool = False
    unreviewed_acts: bool = True
    policy_age: int = 15
    hold_seconds: float = 20.0
    minimum_seconds: float = 0.3
    clearance_hours: float = 4.0
    counters: Mapping[str, str] = field(default_factory=dict)

    def counter(self, key: str) -> str:
        """The sign to point to."""
        return self.counters.get(key) or self.counters.get("identity", "")


def read_policy(content: Mapping[str, Any]) -> Policy:
    """The policy from a hall's JSON; absent keys have the strict defaults. Raises :class:`PolicyError`."""
    known = {f.name: f for f in fields(Policy)}
    for key, value in content.items():
        if key not in known or not _fits(getattr(Policy(), key), value):
            raise PolicyError(key if key in known else "unknown key")
    return Policy(**content)


def _fits(default: Any, value: Any) -> bool:
    if isinstance(default, Mapping):
        return isinstance(value, Mapping) and all(
            isinstance(k, str) and isinstance(v, str) for k, v in value.items()
        )
    if isinstance(default, bool) or isinstance(value, bool):
        return type(value) is type(default)
    return isinstance(value, int if isinstance(default, int) else (int, float)) and value >= 0


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known at the moment of a decision.

    ``refusal`` is the credential page's code when ``code`` is refused. ``lane`` is the declaration's own
    (0 nothing, 1 goods, 2 officer; None = there is no declaration). ``released`` holds the reasons that
    an officer's live release covers, ``claimed`` the kinds of own referrals that an officer is working on,
    ``party`` the kinds for which other members are held. ``differs``: a passport that was shown speaks of
    somebody else than the passenger. ``passed``: this passenger has been through a door. ``may_register``: a
    companion whose passport this lane may read in the kiosk's place, and has not read yet. ``control``: drawn by
    lot; ``mixed``: if selected, reads like the drawn ones; ``rules_alone``: no list and no officer selected.
    """

    place: Place
    mode: HallMode = HallMode.NORMAL
    device_healthy: bool = True
    code: Code = Code.OWN
    refusal: str = ""
    registered: bool = True
    may_register: bool = False
    lane: int | None = 0
    document: DocumentState = DocumentState.VALID
    chip: Chip = Chip.OK
    face: Face = Face.MATCH
    age: int | None = 40
    guardian: Guardian = Guardian.NONE
    capacity: Capacity = Capacity.PASSENGER
    diplomatic: bool = False
    manifest: ManifestState = ManifestState.CLOSED
    on_manifest: bool = True
    screening: Screening = Screening.FRESH
    waited: bool = False
    action: Action | None = None
    confirmed: bool = False
    control: bool = False
    mixed: bool = False
    rules_alone: bool = False
    released: frozenset[str] = frozenset()
    claimed: frozenset[ReferralKind] = frozenset()
    party: frozenset[ReferralKind] = frozenset()
    differs: bool = False
    passed: bool = False
