"""Requests of travellers: kinds, states, grounds; what a letter says. Nothing here tells what is held."""

from typing import Final

from app.web.translation import N_, NP_, Words

LIKENESS: Final[Words[str]] = Words(
    {
        "same": N_("The same words"),
        "part": N_("Some of these words"),
        "more": N_("These words and more"),
    }
)
"""How what was searched is to what an auditor asks for."""
REQUESTS: Final[Words[str]] = Words(
    {
        "access": N_("Access to the record"),
        "rectification": N_("Rectification"),
        "erasure": N_("Erasure"),
        "redress": N_("Redress"),
    }
)
REQUEST_STATES: Final[Words[str]] = Words(
    {
        "open": N_("Open"),
        "proposed": N_("Waits for a second officer"),
        "closed": N_("Closed"),
    }
)
REQUEST_CHANNELS: Final[Words[str]] = Words(
    {
        "counter": N_("At a counter"),
        "letter": N_("By letter"),
        "representative": N_("By a representative"),
    }
)
IDENTITY_CHECKS: Final[Words[str]] = Words(
    {
        "passport-seen": N_("Passport seen, with its holder"),
        "passport-copy": N_("Copy of the passport, certified"),
        "mandate": N_("Mandate of the representative and copy of the passport"),
    }
)
REQUEST_OUTCOMES: Final[Words[str]] = Words(
    {
        "granted": N_("Granted"),
        "partly": N_("Granted in part"),
        "refused": N_("Refused"),
        "examined": N_("Examined"),
        "nothing-held": N_("Nothing was held"),
    }
)
GROUNDS: Final[Words[str]] = Words(
    {
        "identity-not-shown": N_("It was not shown that the request is the person's own."),
        "not-found": N_("No record of this passport and date of birth is kept."),
        "not-wrong": N_("What is recorded was examined and is not wrong."),
        "kept-by-law": N_("The law requires that these records are kept for a fixed time."),
        "proceedings": N_("The records are needed for proceedings that are not over."),
        "repeated": N_("The same request was answered before, and nothing has changed."),
    }
)
ERASURES: Final[Words[str]] = Words(
    {
        "allowed": N_("May be erased"),
        "kept-by-law": N_("Kept as the law has it"),
        "under-hold": N_("Under a legal hold"),
        "part-of-a-case": N_("Part of a case"),
    }
)
RECORDS: Final[Words[str]] = Words(
    {
        "trips": N_("Journeys"),
        "declarations": N_("Declarations"),
        "disclosed_to": N_("Who has received it"),
        "flight": N_("Flight"),
        "date": N_("Date"),
        "from": NP_("place", "From"),
        "to": N_("To"),
        "held": N_("What is recorded"),
        "masked": NP_("record", "Masked"),
        "sources": N_("Where each value comes from"),
        "passenger_list": N_("What the carrier's passenger list said"),
        "earlier_lists": N_("What earlier lists said"),
        "bookings": N_("What bookings said"),
        "documents": N_("Travel documents"),
        "passports_shown": N_("Passports shown"),
        "presentations": N_("When your passport was read"),
        "passages": N_("When you passed"),
        "inspections": N_("Inspections"),
        "officers": N_("Officers of this authority"),
        "carrier": N_("The carrier"),
    }
)
WRONG_FIELDS: Final[Words[str]] = Words(
    {
        "surname": N_("Give the surname as the passport has it"),
        "given_names": N_("Given names are too long"),
        "birth_date": N_("Give the date of birth"),
        "number": N_("Give the number of the passport"),
        "issuer": N_("Give the issuing state, three letters"),
        "wish": N_("Write what is asked for, up to 4,000 letters"),
        "received_on": N_("Give the day on which it came"),
        "language": N_("Choose the language of the answer"),
        "kind": N_("Choose what is asked for"),
        "channel": N_("Choose how it came"),
        "identity_check": N_("Choose how the identity was checked"),
        "sex": N_("Give F, M or X, or leave it empty"),
        "nationality": N_("Give the nationality by the three letters of the passport"),
        "expires_on": N_("Give the day on which it expires, or leave it empty"),
        "replaces": N_("It was put right before: confirm that this replaces it"),
        "outcome": N_("Nothing is decided yet: choose one of the buttons at the end of the form"),
        "ground": N_("Choose a ground"),
        "reason": N_("Say why"),
        "why": N_("Say why"),
        "until": N_("Choose a day from today to a year ahead"),
        "corrected": N_("Give all of the passport as it reads, and something that differs"),
        "hit": N_("This hit cannot be cleared for this request"),
        "passenger": N_("Name or date of birth of the traveller is not known: the pair cannot be told apart"),
    }
)  # fmt: skip
WRONG_VALUES: Final[Words[str]] = Words(
    {
        "surname too_long": N_("The surname is too long"),
        "birth_date in_the_future": N_("The date of birth lies ahead"),
        "birth_date too_early": N_("The date of birth lies before 1900"),
        "received_on in_the_future": N_("The day on which it came lies ahead"),
        "received_on too_early": N_("The day on which it came lies more than three years back"),
        "number no_passport_number": N_("A passport's number has up to nine letters and digits"),
        "issuer unknown_state": N_("No issuing state has these letters"),
        "nationality unknown_state": N_("No state has these letters"),
        "expires_on too_early": N_("It cannot expire before the date of birth"),
        "expires_on in_the_future": N_("The day on which it expires lies too far ahead"),
        "corrected nothing_to_correct": N_("Nothing of it differs from what is recorded, or no record was found"),
    }
)  # fmt: skip
