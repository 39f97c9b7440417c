"""The facts that lists give: a document is reported where a list stops it, not where somebody looks out for it."""

from datetime import date

import pytest

from app.screening.listed import listed_facts
from app.screening.lookouts import Listed, Lookout, LookoutHit
from app.screening.models import Handling
from risk_rules.names import Match, Matcher


def met(key: str, handling: Handling, *kinds: str) -> LookoutHit:
    """What an entry of that list met by."""
    entry = Listed("D-1", 1, date.min, None)
    lookout = Lookout(key, 1, "List", "serious_crime", handling, Matcher([]), {"D-1": entry})
    return LookoutHit(lookout, entry, tuple(Match("D-1", kind, 1.0, True, {}) for kind in kinds))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hit", "is_reported"),
    [
        (met("lost", Handling.STOP, "document"), True),
        (met("lost", Handling.STOP, "document", "name"), False),
        (met("lost", Handling.DISCREET, "document"), False),
        (met("lost", Handling.INFORM, "document"), False),
        (met("urgent", Handling.STOP, "document"), False),
        (met("urgent", Handling.INFORM, "document"), False),
    ],
)
def test_a_reported_document(hit: LookoutHit, is_reported: object) -> None:
    facts = listed_facts([hit], has_document=True)
    assert facts["document.lost_or_stolen"] is is_reported
    assert facts["list.document_alerts"] == 1
    assert listed_facts([hit], has_document=False)["document.lost_or_stolen"] is None
