"""Declarations, and what a kiosk makes of passport, chip and face."""

from typing import Final

from app.web.console.words.codes import plain
from app.web.translation import N_, Words, gettext

CHANNELS: Final[Words[str]] = Words(
    {
        "online": N_("On the traveller's phone"),
        "code": N_("As a code"),
        "kiosk": N_("At a kiosk"),
        "paper": N_("Paper form, entered by an officer"),
        "spoken": N_("Spoken answers, entered by an officer"),
    }
)

LANES: Final[Words[int]] = Words(
    {0: N_("Nothing to declare"), 1: N_("Goods to declare"), 2: N_("Needs an officer")}
)

ANSWERS: Final[Words[str]] = Words(
    {
        "registered": N_("Registered"),
        "counter": N_("Sent to the counter"),
        "cleared": N_("Cleared"),
        "hold": N_("Held at the gate"),
        "refer": N_("Sent to an officer"),
        "show-other-code": N_("Asked for another code"),
        "show-passport": N_("Asked for the passport"),
        "wait": N_("Asked to wait"),
        "out-of-service": N_("Told: out of service"),
    }
)

CHIP: Final[Words[str]] = Words(
    {
        "not-read": N_("not read"),
        "ok": N_("read and genuine"),
        "failed": N_("failed"),
        "not-verifiable": N_("cannot be verified"),
    }
)

CHECKS: Final[Words[str]] = Words(
    {
        "sod-signature": N_("signature of the chip's contents"),
        "signer-certificate": N_("who signed for the state"),
        "signer-validity": N_("dates of the certificates"),
        "signer-revocation": N_("revoked certificates"),
        "com-and-sod": N_("list of the chip's contents"),
        "groups": N_("contents as they were signed"),
        "zone": N_("chip and page say the same"),
        "issuer": N_("state of the page and of the signature"),
        "chip-answers": N_("chip is no copy"),
    }
)
"""What a kiosk looks at in a chip (docs/passports.md)."""

OUTCOMES: Final[Words[str]] = Words({"failed": N_("failed"), "unknown": N_("could not be checked")})


def check(told: str) -> str:
    """A check that was not passed: ``groups failed:dg2`` as words, with the code that experts know."""
    name, _, found = told.partition(" ")
    outcome, _, why = found.partition(":")
    said = gettext(
        "%(check)s: %(outcome)s",
        check=CHECKS.get(name, plain(name)), outcome=OUTCOMES.get(outcome, outcome),
    )  # fmt: skip
    return gettext("%(said)s (%(besides)s)", said=said, besides=why) if why else said


FACE: Final[Words[str]] = Words(
    {
        "not-checked": N_("not checked"),
        "match": N_("matches"),
        "look": N_("unsure, look yourself"),
        "no-match": N_("does not match"),
    }
)

DOCUMENT: Final[Words[str]] = Words(
    {
        "valid": N_("valid"),
        "expired": N_("expired"),
        "lost": N_("reported lost"),
        "unsound": N_("check digits fail"),
    }
)
