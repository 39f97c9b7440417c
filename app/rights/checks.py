"""What a request and a decision have to have: texts within their length, days that can be, states and numbers as
passports have them (ICAO Doc 9303-3, section 5, and 9303-4, 4.2.2).
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from app.formats import codes
from app.formats.values import document_number
from app.kernel.errors import FieldProblem
from app.rights.models import Ground, RequestKind
from app.travel.shown import Zone

MAX_TEXT, MAX_NAME = 4000, 100
EARLIEST_BIRTH: Final = date(1900, 1, 1)
RECEIVED_WITHIN: Final = timedelta(days=3 * 365)  # as long as a closed one is kept
EXPIRES_WITHIN: Final = timedelta(days=30 * 365)  # far beyond what any state issues

_TEXTS = (("surname", MAX_NAME), ("number", MAX_NAME), ("issuer", 3), ("wish", MAX_TEXT))
_NUMBER = re.compile(r"[A-Z0-9]{1,9}")
_TYPED_NUMBER = re.compile(r"[A-Z0-9 <-]+")


def text_problems(text_of: Callable[[str], str]) -> list[FieldProblem]:
    """Texts of a request that are missing or too long; ``text_of`` gives each by its name."""
    problems = [
        FieldProblem(f"/{name}", "too_long" if text_of(name).strip() else "missing")
        for name, most in _TEXTS
        if not text_of(name).strip() or len(text_of(name)) > most
    ]
    if len(text_of("given_names")) > MAX_NAME:
        problems.append(FieldProblem("/given_names", "too_long"))
    return problems


def day_problems(birth_date: date, received_on: date, now: datetime) -> list[FieldProblem]:
    """Days of a request that cannot be."""
    return [
        *_outside("birth_date", birth_date, EARLIEST_BIRTH, _tomorrow(now)),
        *_outside("received_on", received_on, now.date() - RECEIVED_WITHIN, _tomorrow(now)),
    ]


def passport_problems(zone: Zone, now: datetime) -> list[FieldProblem]:
    """What of a passport cannot be as an officer wrote it down; states are alpha-3 codes, sex is F, M or X."""
    problems = []
    if not zone.surname:
        problems.append(FieldProblem("/surname", "missing"))
    for name in ("surname", "given_names"):
        if len(getattr(zone, name)) > MAX_NAME:
            problems.append(FieldProblem(f"/{name}", "too_long"))
    if zone.birth_date is None:
        problems.append(FieldProblem("/birth_date", "missing"))
    else:
        problems += _outside("birth_date", zone.birth_date, EARLIEST_BIRTH, _tomorrow(now))
    if zone.sex not in ("F", "M", "X"):
        problems.append(FieldProblem("/sex", "unknown"))
    for name in ("nationality", "issuer"):
        if codes.alpha3(getattr(zone, name)) != getattr(zone, name) or not getattr(zone, name):
            problems.append(FieldProblem(f"/{name}", "unknown_state"))
    if not _NUMBER.fullmatch(zone.number):
        problems.append(FieldProblem("/number", "no_passport_number"))
    if zone.expires_on is not None:
        first, last = zone.birth_date or EARLIEST_BIRTH, now.date() + EXPIRES_WITHIN
        problems += _outside("expires_on", zone.expires_on, first, last)
    return problems


def passport_number(typed: str) -> str:
    """A number without blanks and fillers; as it was typed where something else is in it, which no passport has."""
    return document_number(typed) if _TYPED_NUMBER.fullmatch(typed) else typed


def grounds_of(kind: RequestKind) -> tuple[Ground, ...]:
    """On what a kind may be refused. Of redress only what says nothing of what was found."""
    if kind is RequestKind.REDRESS:
        return (Ground.IDENTITY_NOT_SHOWN, Ground.REPEATED)
    return tuple(Ground)


def reason_problems(kind: RequestKind, ground: Ground | None, reason: str) -> list[FieldProblem]:
    """What a refusal lacks, also one in part."""
    problems = [] if ground in grounds_of(kind) else [FieldProblem("/ground", "missing")]
    if not reason.strip():
        problems.append(FieldProblem("/reason", "missing"))
    elif len(reason) > MAX_TEXT:
        problems.append(FieldProblem("/reason", "too_long"))
    return problems


def _outside(name: str, day: date, first: date, last: date) -> list[FieldProblem]:
    if first <= day <= last:
        return []
    return [FieldProblem(f"/{name}", "too_early" if day < first else "in_the_future")]


def _tomorrow(now: datetime) -> date:
    """Somewhere it is that already."""
    return now.date() + timedelta(days=1)
