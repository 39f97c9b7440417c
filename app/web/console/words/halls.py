"""Halls, their lanes, notices, who acts."""

from collections.abc import Mapping
from typing import Final

from app.web.translation import N_, Words

NOTICES: Final[Words[str]] = Words({
    "security": N_("Security"), "health": N_("Health"), "operational": N_("Operations"),
})  # fmt: skip
"""Kinds of notice."""

ACTORS: Final[Words[str]] = Words({
    "officer": N_("Officer"), "device": N_("Device"), "sender": N_("Sender"), "traveller": N_("Traveller"), "system": N_("The service itself"),
})  # fmt: skip
"""Who acts, in the audit trail."""

AUDIENCES: Final[Words[str]] = Words({
    "travellers": N_("Travellers' app"), "kiosks": N_("Kiosks"), "officers": N_("Console"),
})  # fmt: skip

MODES: Final[Words[str]] = Words(
    {
        "normal": N_("Normal"),
        "staffed-only": N_("Staffed only"),
        "flight-without-manifest": N_("Flight without passenger list"),
        "evacuation": N_("Evacuation"),
    }
)
"""The modes of a hall; what each changes stands in docs/hall-modes.md."""

LANE_STATES: Final[Words[str]] = Words(
    {
        "waiting": N_("Waiting for a traveller"),
        "identifying": N_("Somebody stands before it"),
        "opening": N_("Opening"),
        "passing": N_("Somebody walks through"),
        "closing": N_("Shutting"),
        "blocked": N_("Something stands in the door"),
        "referred": N_("Waits for an officer"),
        "alarm": N_("Alarm"),
        "released": N_("Open as an escape route"),
        "stopped": N_("Stopped"),
        "unpowered": N_("No power, door free"),
    }
)

DOORS: Final[Words[str]] = Words({
    "shut": N_("shut"), "open": N_("open"), "hold": N_("hold"), "free": N_("free"),
})  # fmt: skip

LANE_NOTES: Final[Words[str]] = Words(
    {
        "second-person": N_("A second person stood before the door"),
        "tailgating": N_("Somebody followed another one through"),
        "reverse": N_("Somebody came in by the exit"),
        "forced": N_("The door was forced"),
        "obstacle": N_("Something stood in the door"),
        "blocked": N_("The door has been blocked for long"),
        "door-fault": N_("The door did not move as it should"),
        "fault": N_("A self-test failed"),
        "offline": N_("The lane lost the service and has stopped"),
        "power-lost": N_("The lane lost its power, its door is free"),
        "power-back": N_("Power came back"),
        "fire": N_("Fire or evacuation: the door was released"),
        "clearance-unused": N_("A clearance was used up, nobody went through"),
        "officer-passed": N_("An officer let somebody through"),
        "officer-refused": N_("An officer sent somebody away"),
        "officer-reset": N_("An officer reset the lane"),
        "officer-expects": N_("An officer announced several people"),
        "order-ignored": N_("An order came that the lane could not follow"),
    }
)

LANE_BANDS: Mapping[str, str] = {
    "alarm": "high", "unpowered": "high", "released": "high", "referred": "attention",
    "blocked": "attention", "stopped": "attention",
}  # fmt: skip
