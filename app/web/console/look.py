"""A doubtful face, as the officer sees it who compares: the two pictures, and what the score means in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.gate.models import Presentation
from app.kernel.http import Kernel
from app.referrals import pictures
from app.referrals.kinds import Which
from app.referrals.views import Queued
from app.web.translation import N_, Words, gettext

TITLES: Final[Words[Which]] = Words(
    {
        Which.PERSON: N_("At the kiosk, the moment of the check"),
        Which.PASSPORT: N_("In the passport's chip"),
    }
)


@dataclass(frozen=True, slots=True)
class Look:
    """``shown``: address and title of each picture; ``said``: what the computer made of them."""

    shown: Sequence[tuple[str, str]]
    said: str


def read_look(session: Session, kernel: Kernel, one: Queued) -> Look | None:
    """What there is to compare; None where no face was doubtful, or the pictures are gone."""
    shown = pictures.shown_in(session, one.id, kernel.clock())
    if not shown or one.presentation_id is None:
        return None
    query = sa.select(Presentation.readings).where(Presentation.id == one.presentation_id)
    readings = session.scalars(query).one()
    return Look(
        [(f"/console/referrals/{one.id}/pictures/{which}", TITLES[which]) for which in shown],
        in_words(readings),
    )


def in_words(readings: Mapping[str, Any]) -> str:
    """What a score between the thresholds means, without the look of a measurement that it has not."""
    score, low, high = (
        readings.get(key) for key in ("face_score", "face_look_threshold", "face_threshold")
    )
    if score is None or low is None or high is None:
        return gettext(
            "The computer could not say whether both are one person. Compare them yourself."
        )
    return gettext(
        "The computer is not sure: a likeness of %(score)s, where %(high)s and more count as one person and"
        " less than %(low)s as two. Age, light and the passport's picture can do this to one and the same person."
        " Compare ears, eyes, nose and chin yourself, and with the person before you.",
        score=format(score, ".2f"), high=format(high, ".2f"), low=format(low, ".2f"),
    )  # fmt: skip
