"""Codes that have no words of their own."""

from typing import Final

from app.web.translation import N_, gettext

MARKED: Final = (
    N_("Drugs"), N_("Revenue"), N_("Serious crime"), N_("Biosecurity"), N_("Health"),
    N_("Ordinary"), N_("Serious"), N_("Severe"), N_("Person"), N_("Document"), N_("Justified"), N_("Not justified"),
    N_("Reading"), N_("Proposed"), N_("Applied"), N_("Rejected"), N_("Overtaken"),
    N_("Other person"), N_("Withdrawn"), N_("Entry changed"), N_("Kiosk"), N_("Lane"),
    N_("Crew"), N_("Transit"), N_("Transit crew"),
    N_("Current"), N_("Former"), N_("In use"), N_("Succeeded"), N_("Retired"), N_("Live"), N_("Waiting"),
)  # fmt: skip
"""What :func:`plain` makes of purposes, kinds and states, so that it can be translated; a test holds them."""


def plain(code: str) -> str:
    """``some-code`` as ``Some code``; in the language of the request where that is a message."""
    return gettext(code.replace("_", " ").replace("-", " ").capitalize())
