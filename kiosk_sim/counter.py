"""The counter while the line is down: a code judged by the signed list alone. It opens nothing; an officer does.

Receipts (EGR1) can be judged: they bear the authority's signature and a binding to one passport. A sealed
declaration opens nowhere but at the authority, so its traveller is the officer's. Looking changes nothing; what
the officer let through is noted, and the same code does not stand again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from app.formats import mrz
from app.formats.credential import (
    MAX_TEXT,
    CredentialError,
    Kind,
    Opened,
    Receipt,
    TravelDocument,
    document_of,
    matches_document,
    open_credential,
    pasted,
)
from kiosk_sim.trust import Seen, TrustStore

OFFICER_LANE = 2


class Verdict(StrEnum):
    """What the officer at the counter is told."""

    STANDS = "stands"
    REFUSED = "refused"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Checked:
    """``reason``: a code of the credential page, or why the list cannot say. ``lane`` 0 nothing declared,
    1 goods; ``party`` and ``goods`` are counts.
    """

    verdict: Verdict
    reason: str = ""
    lane: int | None = None
    party: int = 0
    goods: int = 0


class Counter:
    """Codes before an officer, without the service. Safe to use from several threads."""

    def __init__(self, trust: TrustStore | None, seen: Seen) -> None:
        self._trust = trust
        self._seen = seen

    def check(self, code: str, passport: str, now: int, *, let_through: bool = False) -> Checked:
        """Judge a code shown with a passport (its machine-readable lines) at ``now`` (seconds since 1970).

        With ``let_through`` the officer's decision is noted, if the code stands.
        """
        listed = self._trust.current(now) if self._trust else None
        if listed is None:
            return Checked(Verdict.OFFICER, "trust-stale")
        text = pasted(code)
        if not text.startswith(f"{Kind.RECEIPT}:"):
            return _without_the_authority(text)
        try:
            opened = open_credential(text, now=now, trust=listed.trust(now))
            zone = mrz.parse(passport, datetime.fromtimestamp(now, UTC).date())
        except CredentialError as error:
            return Checked(Verdict.REFUSED, error.code)
        except mrz.MrzError:
            return Checked(Verdict.OFFICER, "passport-unreadable")
        if refused := listed.refusal(opened.cti, opened.seq):
            return Checked(Verdict.REFUSED, refused)
        return self._standing(opened, document_of(zone), let_through=let_through)

    def _standing(self, opened: Opened, document: TravelDocument, *, let_through: bool) -> Checked:
        receipt = opened.receipt
        assert receipt is not None
        if matches_document(opened, document) is None:
            return _of_somebody_else(receipt)
        counts = receipt.lane, receipt.party_size, receipt.goods_count
        if self._seen.has(opened.cti, receipt.binding):
            return Checked(Verdict.REFUSED, "already_used")
        if receipt.lane == OFFICER_LANE:
            return Checked(Verdict.OFFICER, "declared-other", *counts)
        if let_through and not self._seen.add(opened.cti, receipt.binding, opened.exp):
            return Checked(Verdict.REFUSED, "already_used")  # another officer was faster
        return Checked(Verdict.STANDS, "", *counts)


def _of_somebody_else(receipt: Receipt) -> Checked:
    """A receipt binds to one passport, a companion's own to the companion's. Who else is of the party, only the
    service knows.
    """
    if receipt.party_size > 1:
        return Checked(Verdict.OFFICER, "party")
    return Checked(Verdict.REFUSED, "document_mismatch")


def _without_the_authority(text: str) -> Checked:
    """What is no receipt: a sealed declaration waits for the line, a plain one is none here."""
    if text.startswith(f"{Kind.ENCRYPTED}:") and len(text) <= MAX_TEXT:
        return Checked(Verdict.OFFICER, "sealed")
    return Checked(Verdict.REFUSED, "too_large" if len(text) > MAX_TEXT else "prefix_unknown")
