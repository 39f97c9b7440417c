"""Who else reads "full examination", so that the words do not tell who was drawn by lot. Pure.

A control sample measures what officers find when they know nothing. If only the drawn were examined in full,
the words would say "nothing is known of this one". So a fixed share of those whom rules alone select read the
same, and their reasons wait until the outcome is in (ADR 0013).
"""

from app.screening.judge import Judgement
from app.screening.models import HitSource

MIXED = 0.2
"""The share of the selected that read like the drawn."""

_APART = 997.0


def is_mixed(draw: float | None, control_rate: float) -> bool:
    """Whether this traveller, if selected, reads like the drawn: from later digits of the same draw, so it is as
    stable as the lot and says nothing of it. Without a lot there is nothing to hide.
    """
    return draw is not None and control_rate > 0 and draw * _APART % 1.0 < MIXED


def by_rules_alone(judgement: Judgement) -> bool:
    """Whether nothing but rules speaks against the traveller. What a list says never waits: it may be about
    safety, and what an officer has confirmed is known anyway.
    """
    listed = any(r.source is HitSource.WATCHLIST for r in judgement.reasons if r.stands)
    return not judgement.confirmed and not listed
