"""What is kept how long, in words."""

from collections.abc import Mapping

from app.kernel.texts import N_
from app.retention.clocks import Clock
from app.retention.models import HoldKind
from app.web.translation import gettext

TITLES: Mapping[str, str] = {
    "eu-pnr": N_("EU PNR directive: masked after six months, deleted after five years"),
    "eu-pnr-cjeu": N_(
        "EU PNR directive as the Court of Justice reads it: whoever nothing links to a case is deleted after six months"
    ),
    "japan": N_("Japan-like customs authority: masked after a year, deleted after three"),
}
"""Of the profiles that come with the program; one of one's own has its own title."""

CLOCKS: Mapping[Clock, str] = {
    Clock.RAW_MESSAGE: N_("Texts of transmissions and of answers to them"),
    Clock.FLIGHT: N_("Passengers, documents and bookings"),
    Clock.TRAVELLER: N_("Pseudonyms of travellers across trips"),
    Clock.DECLARATION: N_("Declarations"),
    Clock.SCREENING: N_("Assessments, hits and their reviews"),
    Clock.PRESENTATION: N_("Readings at gates"),
    Clock.CASE: N_("Cases: referrals, inspections, findings"),
    Clock.WATCHLIST: N_("Entries of lists, and lookouts"),
    Clock.STAFF: N_("Names of officers"),
    Clock.MASTER_CREW: N_("Crew lists of carriers"),
    Clock.FACE: N_("Faces and pictures of doubtful faces"),
    Clock.EVIDENCE: N_("Photos and films of inspections"),
    Clock.RIGHTS: N_("Requests of travellers"),
    Clock.AUDIT: N_("Entries of the audit trail"),
    Clock.COMMITMENT: N_("Salts of what was searched"),
    Clock.SESSION: N_("Sessions, tokens and events"),
}
STARTED: Mapping[Clock, str] = {
    Clock.RAW_MESSAGE: N_("receipt"),
    Clock.FLIGHT: N_("arrival of the flight"),
    Clock.TRAVELLER: N_("arrival of the last flight"),
    Clock.DECLARATION: N_("day of arrival"),
    Clock.SCREENING: N_("arrival of the flight"),
    Clock.PRESENTATION: N_("the reading"),
    Clock.CASE: N_("closing of the case"),
    Clock.WATCHLIST: N_("end of validity"),
    Clock.STAFF: N_("end of service"),
    Clock.MASTER_CREW: N_("last list that names them"),
    Clock.FACE: N_("check at the kiosk"),
    Clock.EVIDENCE: N_("closing of the case"),
    Clock.RIGHTS: N_("closing of the request"),
    Clock.AUDIT: N_("the entry"),
    Clock.COMMITMENT: N_("the entry"),
    Clock.SESSION: N_("end of validity"),
}
KINDS: Mapping[HoldKind, str] = {
    HoldKind.PASSENGER: N_("Passenger"),
    HoldKind.FLIGHT: N_("Flight"),
    HoldKind.CASE: N_("Case"),
}
FAULTS: Mapping[str, str] = {
    "too_short": N_("Say in a sentence why, with the reference of the request"),
    "too_long": N_("This is too long to be kept. Shorten it"),
    "out_of_range": N_("Give a day as YYYY-MM-DD, within a year from now"),
    "absent": N_("Nothing of this kind has this id at your airport"),
}
MISSING: Mapping[str, str] = {
    "kind": N_("Choose what the hold is on"),
    "subject_id": N_(
        "Give the id of whom or what is held, as it stands in the address of the page"
    ),
    "authority": N_("Name the authority that orders it"),
    "reference": N_("Give the reference of the order"),
    "hold_reason": N_("Say why it is held"),
    "kept": N_("Give the id of the passenger who is kept, as it stands in the address of the page"),
    "ground": N_("Say what the objective ground is"),
    "passenger": N_("Give the id of the passenger, as it stands in the address of the page"),
    "ask_reason": N_("Say why it must be seen"),
}
"""What each field of the page wants."""


def said_wrong(field: str, code: str) -> str:
    """What is wrong with a field, in words."""
    return gettext(FAULTS[code] if code in FAULTS else MISSING[field])
