"""The counter while the line is down: a code judged by the signed list alone. It opens nothing; an officer does.

Receipts (EGR1) can be judged: they bear the authority's signature and a binding to one passport. A sealed
declaration opens nowhere but at the authority, so its traveller is the officer's. Looking changes nothing; what
the officer let through is noted, person by person of the party, and nobody comes again, whichever of the family's
codes is shown.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from app.formats import codes, mrz
from app.formats.credential import (
    MAX_TEXT,
    CredentialError,
    Kind,
    Opened,
    TravelDocument,
    binding,
    bound_elsewhere,
    document_of,
    matches_document,
    open_credential,
    pasted,
)
from kiosk_sim.trust import Seen, TrustStore

OFFICER_LANE = 2
_ISSUERS = tuple(state.alpha3 for state in codes.countries())


class Verdict(StrEnum):
    """What the officer at the counter is told."""

    STANDS = "stands"
    REFUSED = "refused"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Checked:
    """``reason``: a code of the credential page, or why the list cannot say. ``lane`` 0 nothing declared,
    1 goods; ``party`` and ``goods`` are counts, ``used`` how many of the party were let through here.
    """

    verdict: Verdict
    reason: str = ""
    lane: int | None = None
    party: int = 0
    goods: int = 0
    used: int = 0


class Counter:
    """Codes before an officer, without the service. Safe to use from several threads."""

    def __init__(self, trust: TrustStore | None, seen: Seen) -> None:
        self._trust = trust
        self._seen = seen

    def check(self, code: str, passport: str, now: int, *, let_through: bool = False) -> Checked:
        """Judge a code shown with a passport (its machine-readable lines) at ``now`` (seconds since 1970).

        With ``let_through`` the officer's decision is noted, where the receipt itself stands: for its bearer, and
        for whoever the officer takes to be of its party.
        """
        listed = self._trust.current(now) if self._trust else None
        if listed is None:
            return Checked(Verdict.OFFICER, "trust-stale")
        text, today = pasted(code), datetime.fromtimestamp(now, UTC).date()
        if not text.startswith(f"{Kind.RECEIPT}:"):
            return _without_the_authority(text)
        try:
            opened = open_credential(text, now=now, trust=listed.trust(now))
        except CredentialError as error:
            return Checked(Verdict.REFUSED, error.code)
        if refused := listed.refusal(opened.cti, opened.seq):
            return Checked(Verdict.REFUSED, refused)
        document = _document(passport, today)
        if isinstance(document, str):
            return Checked(Verdict.OFFICER, document)
        return self._standing(opened, document, let_through=let_through)

    def _standing(self, opened: Opened, document: TravelDocument, *, let_through: bool) -> Checked:
        receipt = opened.receipt
        assert receipt is not None
        verdict, reason = _judged(opened, document)
        person = _person(opened.cti, document)
        used = self._seen.count(opened.cti)
        if verdict is not Verdict.REFUSED:
            if self._seen.has(opened.cti, person):
                verdict, reason = Verdict.REFUSED, "already_used"
            elif used >= receipt.party_size:
                verdict, reason = Verdict.REFUSED, "party_used"
            elif let_through:
                if self._seen.add(opened.cti, person, opened.exp, receipt.party_size):
                    used += 1
                else:  # another officer was faster
                    verdict, reason = Verdict.REFUSED, "already_used"
        return Checked(verdict, reason, receipt.lane, receipt.party_size, receipt.goods_count, used)


def _document(passport: str, today: date) -> TravelDocument | str:
    """The document of these lines, or why it is an officer's, whatever the code."""
    try:
        zone = mrz.parse(passport, today)
    except mrz.MrzError:
        return "passport-unreadable"
    if not zone.sound:
        return "passport-unreadable"
    if zone.expiry is not None and zone.expiry < today:
        return "document-expired"
    return document_of(zone)


def _judged(opened: Opened, document: TravelDocument) -> tuple[Verdict, str]:
    """What a receipt says of a passport. It binds to one, a companion's own to the companion's; who else is of the
    party, only the service knows.
    """
    receipt = opened.receipt
    assert receipt is not None
    if matches_document(opened, document) is None and not bound_elsewhere(
        opened, document, _ISSUERS
    ):
        if receipt.party_size > 1:
            return Verdict.OFFICER, "party"
        return Verdict.REFUSED, "document_mismatch"
    if receipt.lane == OFFICER_LANE:
        return Verdict.OFFICER, "declared-other"
    return Verdict.STANDS, ""


def _person(cti: bytes, document: TravelDocument) -> bytes:
    """A passport as uses are counted by, the same whichever code of the family is shown with it."""
    issuer = codes.alpha3(document.issuer) or document.issuer
    return binding(cti, document.number, issuer, document.birth_date)


def _without_the_authority(text: str) -> Checked:
    """What is no receipt: a sealed declaration waits for the line, a plain one is none here."""
    if text.startswith(f"{Kind.ENCRYPTED}:") and len(text) <= MAX_TEXT:
        return Checked(Verdict.OFFICER, "sealed")
    return Checked(Verdict.REFUSED, "too_large" if len(text) > MAX_TEXT else "prefix_unknown")
