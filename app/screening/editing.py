"""What an analyst is told while writing a rule: errors with their place, the rule read aloud, today's hits."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity.scope import expect_purpose
from app.kernel.texts import N_
from app.screening.doubts import Doubt, doubts
from app.screening.grounds import is_weak
from app.screening.judge import Profile
from app.screening.models import Assessment
from app.screening.profiles import current_profile
from app.screening.rules import (
    RuleInvalidError,
    check_draft,
    check_text,
    expect_units,
    managed_lists,
    parse_text,
)
from app.screening.views import ABSENT, designation, is_withheld
from app.travel.models import Flight, Passenger
from risk_rules.facts import CATALOGUE, Fact, restore
from risk_rules.jurisdiction import SOURCE_WORDS
from risk_rules.language import Rule as Condition
from risk_rules.language import evidence
from risk_rules.language.aloud import Translate, in_english, read_aloud
from risk_rules.language.check import FUNCTIONS
from risk_rules.language.tree import QUANTIFIERS
from risk_rules.language.units import unit_of
from risk_rules.score import EVERYWHERE, Purpose, Scope

DAYS = timedelta(days=1)
SAMPLES = 5
MOST = 20_000
OPERATORS: Mapping[str, str] = {
    "=": N_("is"), "!=": N_("is not"), "<": N_("less than"), "<=": N_("at most"), ">": N_("more than"), ">=": N_("at least"),
    "missing": N_("is not known"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule text looked at. ``before``, ``marked`` and ``after`` are the text around the error.

    Of a text that only lacks its purpose ``code`` is :data:`NO_PURPOSE`: it is read aloud as one that fits.
    """

    error: str = ""
    code: str = ""
    before: str = ""
    marked: str = ""
    after: str = ""
    aloud: str = ""
    sources: tuple[str, ...] = ()
    protected: bool = False
    doubts: Sequence[Doubt] = ()

    @property
    def fits(self) -> bool:
        return not self.code


NO_PURPOSE = "purpose_missing"
PURPOSE_MISSING = N_("Choose what the rule is for: what it may read depends on that")


def check(
    session: Session,
    text: str,
    purpose: Purpose | None,
    legal_basis: str = "",
    scope: Scope = EVERYWHERE,
    *,
    gettext: Translate = in_english,
) -> Checked:
    """The text as the checker sees it under the profile in force, without storing anything; without a purpose no
    text can be used. ``gettext`` says how the rule reads.
    """
    try:
        if purpose is None:
            made = expect_units(parse_text(text, legal_basis))
            return replace(_fitting(made, gettext, protected=False), code=NO_PURPOSE)
        made = check_draft(text, purpose, current_profile(session), legal_basis)
        weak = is_weak(session, made, scope, legal_basis)
    except RuleInvalidError as invalid:
        error, ahead = invalid.error, len(text) - len(text.lstrip())
        start, end = (place + ahead for place in error.span)
        return Checked(error.message, error.code, text[:start], text[start:end] or " ", text[end:])
    fitting = _fitting(made, gettext, protected=weak)
    return replace(fitting, doubts=doubts(session, text, made.tree, scope))


def describe(
    text: str, purpose: Purpose, profile: Profile, gettext: Translate = in_english
) -> Checked:
    """A version that is kept already, read aloud; whether it may rest on protected facts was decided then."""
    try:
        made = check_text(text, purpose, profile, "read aloud")
    except RuleInvalidError as invalid:
        return Checked(invalid.error.message, invalid.error.code)
    return _fitting(made, gettext, protected=made.on_protected)


def _fitting(made: Condition, gettext: Translate, *, protected: bool) -> Checked:
    return Checked(
        aloud=read_aloud(made.tree, CATALOGUE, managed_lists(), gettext),
        sources=tuple(sorted(gettext(SOURCE_WORDS[one]) for one in made.sources)),
        protected=protected,
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """Somebody who would be hit, and by what: the decisive conditions with the values read."""

    passenger_id: UUID
    flight: str
    conditions: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class OnFlight:
    """A flight of today: travellers looked at, hits, and those who could not be decided."""

    flight_id: UUID
    flight: str
    arrives_at: datetime | None
    people: int
    hits: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would say of the travellers who are expected within a day, by their stored facts.

    ``left_out``: travellers who are not asked about, because they are being examined in full and nothing of what
    is known about them may be told until that has ended.
    """

    flights: tuple[OnFlight, ...]
    samples: tuple[Sample, ...]
    left_out: int = 0

    @property
    def people(self) -> int:
        return sum(one.people for one in self.flights)

    @property
    def hits(self) -> int:
        return sum(one.hits for one in self.flights)

    @property
    def undecided(self) -> int:
        return sum(one.undecided for one in self.flights)


def preview(
    session: Session, site: str, text: str, purpose: Purpose, scope: Scope, now: datetime
) -> Preview:
    """Ask a text about everybody expected at a site, under the profile in force: what a rule of the purpose may not
    read is not shown to its author either. Raises RuleInvalidError and PurposeError.
    """
    expect_purpose(purpose)
    rule = check_draft(text, purpose, current_profile(session), legal_basis="preview")
    rows = session.execute(
        sa.select(
            Passenger.id,
            Flight,
            Assessment.facts,
            is_withheld(Passenger.id.expression).label("withheld"),
        )
        .join(Assessment, sa.and_(Assessment.passenger_id == Passenger.id, Assessment.is_current))
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Flight.site == site, Flight.arrives_at.between(now - DAYS / 4, now + DAYS))
        .where(Passenger.travel_status.not_in(ABSENT))
        .order_by(Flight.arrives_at, Passenger.id)
        .limit(MOST)
    ).all()
    counts: dict[UUID, list[bool | None]] = defaultdict(list)
    flights: dict[UUID, Flight] = {}
    samples: list[Sample] = []
    for passenger_id, flight, stored, withheld in rows:
        if withheld:
            continue
        facts = restore(stored)
        flights[flight.id] = flight
        answer = rule.evaluate(facts) if scope.covers(facts) else False
        counts[flight.id].append(answer)
        if answer and len(samples) < SAMPLES:
            told = evidence(rule.explain(facts))
            samples.append(Sample(passenger_id, designation(flight), told))
    seen = (_on_flight(flights[one], answers) for one, answers in counts.items())
    return Preview(tuple(seen), tuple(samples), sum(row.withheld for row in rows))


def _on_flight(flight: Flight, answers: Sequence[bool | None]) -> OnFlight:
    hits, undecided = answers.count(True), answers.count(None)
    named = designation(flight)
    return OnFlight(flight.id, named, flight.arrives_at, len(answers), hits, undecided)


# ---------------------------------------------------------------- catalogue and builder


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact as the catalogue shows it; ``missing``: of how many of ``of`` it was not known: travellers, for a field
    of a list its elements, of all travellers whose list is known.
    """

    name: str
    type: str
    text: str
    unit: str
    source: str
    sensitivity: str
    missing: int
    of: int


def catalogue(session: Session, wanted: str = "", gettext: Translate = in_english) -> list[Entry]:
    """The facts whose name or text (as ``gettext`` says it) holds every word of ``wanted``, with how often each is missing.

    Counted over the newest current assessments, at most :data:`MOST`.
    """
    counts = _missing(session)
    words = wanted.casefold().split()
    return [
        _entry(fact, name, *counts[name], gettext)
        for name, fact in _named()
        if all(word in f"{name} {fact.text} {gettext(fact.text)}".casefold() for word in words)
    ]


def counted(session: Session) -> int:
    """How many travellers the catalogue counts over."""
    current = sa.select(Assessment.id).where(Assessment.is_current).limit(MOST)
    return session.scalar(sa.select(sa.func.count()).select_from(current.subquery())) or 0


def _named() -> list[tuple[str, Fact]]:
    fields = [(f"{n}[].{f.name}", f) for n, i in CATALOGUE.lists.items() for f in i.fields.values()]
    return [*CATALOGUE.facts.items(), *fields]


def _entry(fact: Fact, name: str, missing: int, of: int, gettext: Translate) -> Entry:
    source = gettext(SOURCE_WORDS[fact.source])
    unit = "" if fact.type == "bool" else unit_of(name)
    said = gettext(fact.text)
    return Entry(
        name, fact.type, said, gettext(unit) if unit else "", source, fact.sensitivity, missing, of
    )


_KNOWN = sa.text(
    "with recent as (select facts from assessment where is_current order by id desc limit :most),"
    " held as (select one.key, one.value from recent, jsonb_each(recent.facts) as one"
    " where jsonb_typeof(one.value) <> 'null'),"
    " element as (select held.key, each.value from held, jsonb_array_elements("
    " case when jsonb_typeof(held.value) = 'array' then held.value else '[]' end) as each)"
    " select key, count(*) from held group by key"
    " union all select '', count(*) from recent"
    " union all select key || '[]', count(*) from element group by key"
    " union all select element.key || '[].' || field.key,"
    " count(*) filter (where jsonb_typeof(field.value) <> 'null')"
    " from element, jsonb_each(element.value) as field group by element.key, field.key"
)
"""How many know each fact; beside them how many there are (''), elements of each list (``bags[]``), and how many of
these know each field (``bags[].weight_g``).
"""


def _missing(session: Session) -> dict[str, tuple[int, int]]:
    """By name of a fact or field of a list, (of how many it is missing, how many there are)."""
    told = {key: count for key, count in session.execute(_KNOWN, {"most": MOST})}  # noqa: C416  # dict() takes rows for a mapping
    of = {name: told.get(name.partition(".")[0] if "[]" in name else "", 0) for name, _ in _named()}
    return {name: (count - told.get(name, 0), count) for name, count in of.items()}


def words_of_language(gettext: Translate = in_english) -> list[tuple[str, str]]:
    """(word, what it is): everything that can stand in a rule, for completion."""
    found = [(name, gettext(fact.text)) for name, fact in _named() if "[]" not in name]
    found += [(name, gettext(item.text)) for name, item in CATALOGUE.lists.items()]
    found += [(f"@{name}", gettext(item.title)) for name, item in managed_lists().items()]
    return found + [
        (f"{name}(", gettext("function")) for name in (*sorted(QUANTIFIERS), *FUNCTIONS)
    ]


class ConditionError(ValueError):
    """The builder's fields make no condition: ``field`` is the one that is wrong, the text says why, in English."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def condition_of(fact: str, operator: str, value: str, gettext: Translate = in_english) -> str:
    """A simple condition out of three fields; yes and no are read in the language of ``gettext``, too.

    Raises ConditionError: what is empty or cannot be read is never taken for a value.
    """
    found = CATALOGUE.facts.get(fact)
    if found is None:
        raise ConditionError("fact", N_("Choose a fact"))
    if operator not in OPERATORS:
        raise ConditionError("operator", N_("Choose a comparison"))
    if operator == "missing":
        return f"{fact} is missing"
    said = unicodedata.normalize("NFKC", value).strip()
    return f"{fact} {operator} {_literal(found.type, said, gettext)}"


def _literal(of: str, said: str, gettext: Translate) -> str:
    """A value as the language of rules writes it."""
    if of == "bool":
        known = {**_WORDS, gettext("yes").casefold(): True, gettext("no").casefold(): False}
        if said.casefold() not in known:
            raise ConditionError("value", N_("This fact is true or not: write yes or no"))
        return str(known[said.casefold()]).lower()
    if of == "date":
        try:
            return f"'{date.fromisoformat(said)}'"
        except ValueError as error:
            raise ConditionError("value", N_("Write a day as 2026-01-31")) from error
    if of == "str":
        if not said:
            raise ConditionError("value", N_("Write a value to compare with"))
        return "'" + said.replace("'", "''") + "'"
    if not _NUMBER.fullmatch(said):
        raise ConditionError("value", N_("Write a number, such as 12 or 2.5"))
    return said
