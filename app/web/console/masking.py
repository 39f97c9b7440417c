"""What is masked on a page about one person, and where it is had shown in clear."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.identity import disclosures, sight
from app.identity.officers import SignedIn
from app.identity.permissions import FieldGroup, Permission

MINUTES = int(disclosures.LASTS.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Masking:
    """``groups``: what is masked; ``address``: where a reason is sent, '' where the officer's role may not; ``until``: how
    long what was masked is shown.
    """

    groups: tuple[FieldGroup, ...]
    address: str
    until: datetime | None
    minutes: int = MINUTES
    longest: int = disclosures.MOST


def masking_of(who: SignedIn, now: datetime, address: str, *person: UUID | None) -> Masking:
    """How a person, by whatever ids, is shown to the officer of the request at hand; it is shown in clear at ``address``."""
    masked = sight.current().at(*person).masked
    until = max((end for one, end in who.opened if one in person and end > now), default=None)
    may = bool(masked) and who.may(Permission.UNMASK_FIELDS)
    return Masking(masked, f"{address}/unmask" if may else "", until)
