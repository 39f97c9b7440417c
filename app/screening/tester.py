"""The match tester: whom of the lists a name, birth date or document would meet, and by which threshold."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.screening import lookouts, rules
from app.screening.lookouts import LookoutHit, screen
from risk_rules.names import Person


def try_person(
    session: Session, actor: Actor, person: Person, day: date, now: datetime
) -> list[LookoutHit]:
    """Ask the lists in force as screening does, for a flight of ``day``; alerts first. Recorded, without the name.

    Raises :class:`app.screening.rules.NoRulesetError`.
    """
    asked = lookouts.lookouts(session, rules.current_ruleset(session))
    found = screen(asked, [person], day)
    audit.record(
        session, actor, "watchlist.tried", "watchlist", None, now,
        hits=len(found), alerts=sum(hit.alert for hit in found),
    )  # fmt: skip
    return found
