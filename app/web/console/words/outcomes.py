"""What an inspection did, found and came to."""

from typing import Final

from app.web.translation import N_, NP_, Words

STEPS: Final[Words[str]] = Words(
    {
        "documents": N_("Documents examined"),
        "questions": N_("Questions asked"),
        "baggage-xray": N_("Baggage x-rayed"),
        "baggage-opened": N_("Baggage opened"),
        "trace-test": N_("Trace test"),
        "dog": N_("Detector dog"),
        "goods-weighed": N_("Goods weighed or counted"),
        "payment": N_("Payment taken"),
        "personal-search": N_("Personal search"),
    }
)
"""In the order of the form; a test holds them against :data:`app.referrals.outcome.STEPS`."""

FINDINGS: Final[Words[str]] = Words(
    {
        "nothing": N_("Nothing found"),
        "dutiable": N_("Dutiable goods"),
        "prohibited": N_("Prohibited goods"),
        "restricted": N_("Restricted goods"),
        "currency": N_("Means of payment"),
        "identity": N_("Identity"),
        "other": N_("Something else"),
    }
)

DISPOSITIONS: Final[Words[str]] = Words(
    {
        "release": NP_("goods", "Released"),
        "duty": N_("Duty paid"),
        "abandon": N_("Abandoned"),
        "deposit": N_("Deposited"),
        "re-export": N_("Re-exported"),
        "temporary-import": N_("Temporary import"),
        "commercial-entry": N_("Commercial entry"),
        "hand-over": N_("Handed over"),
        "seize": N_("Seized"),
    }
)

METHODS: Final[Words[str]] = Words(
    {
        "cash": N_("Cash"),
        "card": N_("Card"),
        "transfer": N_("Transfer"),
        "invoice": N_("Invoice"),
        "guarantee": N_("Guarantee"),
        "exempt": N_("Exempt, nothing to pay"),
    }
)

SEARCH_GROUNDS: Final[Words[str]] = Words(
    {
        "detector": N_("A detector or an X-ray showed something"),
        "dog": N_("A dog indicated"),
        "seen": N_("Something was seen on the body or in the behaviour"),
        "found": N_("Something was found in baggage or clothes"),
        "information": N_("Information on this traveller"),
        "order": N_("The order of a court or prosecutor"),
        "other": N_("Another ground"),
    }
)

AUTHORITIES: Final[Words[str]] = Words(
    {
        "quarantine": N_("Quarantine"),
        "police": N_("Police"),
        "other": N_("Another authority"),
    }
)

INSTRUCTIONS: Final[Words[str]] = Words(
    {"carried-out": N_("Carried out"), "refused": N_("Refused")}
)

COPIES: Final[Words[str]] = Words(
    {
        "confirmed": N_("Confirmed, and the newest"),
        "replaced": N_("Replaced by a later copy"),
        "withdrawn": N_("The declaration was withdrawn"),
        "over": N_("The time to import is over"),
    }
)
"""What a copy of articles that follow is worth."""
