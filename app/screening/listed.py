"""The facts that watch lists give: what a traveller was taken for. Pure."""

from collections.abc import Sequence
from typing import Any

from app.screening.lookouts import LookoutHit
from app.screening.models import Handling
from app.screening.urgent_match import KEY as URGENT


def listed_facts(hits: Sequence[LookoutHit], *, has_document: bool) -> dict[str, Any]:
    """The facts ``list.*`` and whether the document is on a list; unknown without a document."""
    alerts = [hit for hit in hits if hit.alert]
    by_document = [hit for hit in alerts if _by(hit, "document")]
    scores = [match.score for hit in hits for match in hit.matches]
    return {
        "document.lost_or_stolen": any(map(_is_reported, by_document)) if has_document else None,
        "list.alerts": len(alerts),
        "list.document_alerts": len(by_document),
        "list.name_alerts": sum(_by(hit, "name") for hit in alerts),
        "list.information": len(hits) - len(alerts),
        "list.best_score": round(max(scores, default=0.0), 3),
    }


def _by(hit: LookoutHit, kind: str) -> bool:
    return any(match.alert and match.kind == kind for match in hit.matches)


def _is_reported(hit: LookoutHit) -> bool:
    """Whether the document itself is reported: the entry names nobody and stands on a list that stops.

    What an officer looks out for, or a list only observes, is handled as they say.
    """
    named = any(match.kind == "name" for match in hit.matches)
    return not named and hit.lookout.key != URGENT and hit.handling is Handling.STOP
