"""Assessments of people whom retention has masked: they stand, for who they are of cannot be asked any more.

Without names, numbers and a birth date every list and most rules are silent, so assessing anew would take back what was
found on the day of the flight. What officers say of its hits afterwards is written to the hits.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel import events
from app.travel.models import Passenger

_REVIEWED = sa.text(
    "update hit h set state = v.state from hit_review v, assessment a"
    " where a.id = h.assessment_id and a.is_current and a.passenger_id = any(:ids)"
    " and v.passenger_id = h.passenger_id and v.source = h.source and v.subject = h.subject"
    " and v.subject_version = h.subject_version and v.values_digest = h.values_digest"
    " and h.state <> v.state"
)
_STANDS = sa.text(
    "update assessment a set facts_version = p.facts_version, confirmed = exists"
    " (select from hit h where h.assessment_id = a.id and h.state = 'confirmed' and not h.snoozed)"
    " from passenger p where p.id = a.passenger_id and a.is_current and a.passenger_id = any(:ids)"
    " returning a.passenger_id"
)
_SEEN = sa.text(
    "update passenger p set assessed_version = facts_version from flight f"
    " where f.id = p.flight_id and p.id = any(:ids) returning p.id, p.facts_version, f.site"
)


def let_stand(session: Session, passengers: Sequence[Passenger]) -> set[UUID]:
    """Let the assessments of those who are masked stand for their newest facts; whose did. Who has none is left out."""
    ids = [one.id for one in passengers if one.is_masked]
    if not ids:
        return set()
    session.execute(_REVIEWED, {"ids": ids})
    stood = list(session.scalars(_STANDS, {"ids": ids}))
    told: dict[str, list[tuple[UUID, int]]] = defaultdict(list)
    for passenger_id, version, site in session.execute(_SEEN, {"ids": stood}):
        told[site].append((passenger_id, version))
    for site, changed in told.items():
        events.emit_many(session, "passenger.assessed", changed, site=site)
    return set(stood)
