"""The match tester: whom of the lists a name, birth date or document would meet, and by which threshold."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.audit.commitments import record_search
from app.audit.log import Actor
from app.identity import scope
from app.kernel.errors import FieldProblem, InvalidError
from app.screening import lookouts, rules
from app.screening.entries import state
from app.screening.lookouts import LookoutHit, screen
from app.screening.quoted import with_reasons
from risk_rules.names import DEFAULT_THRESHOLDS, BirthDate, Document, Name, Person
from risk_rules.score import Purpose

PURPOSES: tuple[str, ...] = tuple(str(one) for one in Purpose)
"""What a list, rule or lookout may be for."""


def own_purposes() -> tuple[str, ...]:
    """Those for which the officer works: what he may choose."""
    return tuple(one for one in PURPOSES if scope.covers_purpose(one))


USUAL: Mapping[str, float | None] = {str(one): least for one, least in DEFAULT_THRESHOLDS.items()}
"""The least scores of a list that sets none, by relation of the birth dates."""


SEXES = ("", "F", "M", "X")
"""As passports write them; X says as little of an entry's as none."""


def person_of(
    surname: str, given: str, birth: str, sex: str, nationality: str, number: str, issuer: str
) -> Person:
    """Somebody to try, as typed; empty fields are not known, states are read as the gate reads them (D< is DEU).

    Raises InvalidError with the fields.
    """
    problems = [] if surname or given or number else [FieldProblem("/surname", "missing")]
    born: BirthDate | None = None
    try:
        born = BirthDate.parse(birth) if birth else None
    except ValueError:
        problems.append(FieldProblem("/birth_date", "not_a_date"))
    if sex.upper() not in SEXES:
        problems.append(FieldProblem("/sex", "unknown"))
    if problems:
        raise InvalidError(fields=problems)
    names = (Name(surname, given),) if surname or given else ()
    papers = (Document(number, state(issuer)),) if number else ()
    return Person(names, born, state(nationality), papers, sex.upper())


def try_person(
    session: Session, actor: Actor, person: Person, day: date, now: datetime
) -> list[LookoutHit]:
    """Ask the lists in force as screening does, for a flight of ``day``; alerts first. Recorded, the name as a commitment.

    Raises :class:`app.screening.rules.NoRulesetError`.
    """
    every = lookouts.lookouts(session, rules.current_ruleset(session))
    asked = [one for one in every if scope.covers_purpose(one.purpose)]
    found = screen(asked, [person], day)
    said = [f"{one.surname} {one.given}" for one in person.names]
    record_search(
        session, actor, "watchlist.tried", "watchlist", None, now,
        [*said, *(one.number for one in person.documents)],
        hits=len(found), alerts=sum(hit.alert for hit in found),
    )  # fmt: skip
    return with_reasons(session, found)
