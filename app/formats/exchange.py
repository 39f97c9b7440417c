"""Exchange rates as customs publishes them, a week at a time, as data: for an estimate, never for an assessment. Pure.

A file names its source, its base (the currency in which duty is charged) and its weeks: `from` and `until` are the
first and last day of arrival that a week's rates hold for, `rates` what one unit of a currency is in the base. All
figures are whole minor units and millionths; divisions round down, on the phone too (`app/web/static/js/estimate.js`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from app.formats.credential import Goods
from app.formats.currencies import MINOR_DIGITS
from app.formats.json_schema import faults

NEAR_DAYS = 14
"""So long the newest rates serve days that have none yet: declarations are made that far ahead, and the days that
rates are of are said with the estimate.
"""
_MILLION = 1_000_000
_RATE = re.compile(r"(\d{1,9})(?:\.(\d{1,6}))?")


class State(StrEnum):
    """Whether rates serve a day: those of its week, else the newest of the two weeks before; or none do."""

    VALID = "valid"
    OVER = "over"


class ExchangeError(ValueError):
    """The file is none; `pointer` is the place (RFC 6901)."""

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Week:
    """`rates`: millionths of a unit of the base for one unit of each currency."""

    first: date
    last: date
    rates: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Weeks in order, none over another."""

    base: str
    source: str
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """The week that was gone by on a day, and what it is for that day."""

    week: Week
    state: State
    source: str


_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$"}
_DAY = {"type": "string", "format": "date"}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["base", "source", "weeks"],
    "properties": {
        "base": _CURRENCY,
        "source": {"type": "string", "minLength": 1},
        "weeks": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["from", "until", "rates"],
                "properties": {"from": _DAY, "until": _DAY, "rates": {"type": "object"}},
            },
        },
    },
}


def load(data: Any) -> Exchange:
    """Read a file that was parsed as JSON. Raises ExchangeError."""
    for pointer, _ in faults(data, SCHEMA):
        raise ExchangeError(pointer)
    weeks: list[Week] = []
    for index, one in enumerate(data["weeks"]):
        week = _week(one, f"/weeks/{index}")
        if week.last < week.first or (weeks and week.first <= weeks[-1].last):
            raise ExchangeError(f"/weeks/{index}/from")
        weeks.append(week)
    return Exchange(data["base"], data["source"], tuple(weeks))


def _week(one: Mapping[str, Any], at: str) -> Week:
    return Week(
        date.fromisoformat(one["from"]),
        date.fromisoformat(one["until"]),
        tuple((name, _rate(name, text, at)) for name, text in sorted(one["rates"].items())),
    )


def _rate(name: str, text: object, at: str) -> int:
    """A decimal text, as published: a JSON number would go through binary fractions."""
    found = _RATE.fullmatch(text) if isinstance(text, str) else None
    if not re.fullmatch("[A-Z]{3}", name):
        raise ExchangeError(f"{at}/rates")
    if found is None or not (
        rate := int(found[1]) * _MILLION + int((found[2] or "").ljust(6, "0"))
    ):
        raise ExchangeError(f"{at}/rates/{name}")
    return rate


def on(exchange: Exchange, day: date) -> Used:
    """What is gone by for a day of arrival: its own week, else the newest that ended before it, else the first."""
    before = [one for one in exchange.weeks if one.first <= day]
    week = before[-1] if before else exchange.weeks[0]
    serves = week.first <= day <= week.last + timedelta(days=NEAR_DAYS)
    return Used(week, State.VALID if serves else State.OVER, exchange.source)


def converted(one: Goods, base: str, week: Week) -> Goods:
    """The same goods with their value in the base; unchanged where the week has no rate for its currency."""
    rate = dict(week.rates).get(one.currency)
    if rate is None or one.currency == base:
        return one
    scale = 10 ** MINOR_DIGITS.get(one.currency, 2) * _MILLION
    value = one.value * rate * 10 ** MINOR_DIGITS.get(base, 2) // scale
    return replace(one, value=value, currency=base)


def as_json(exchange: Exchange) -> dict[str, Any]:
    """As the phone computes with it: rates in millionths, and the digits of the currencies that have not two."""
    names = {exchange.base, *(name for week in exchange.weeks for name, _ in week.rates)}
    return {
        "base": exchange.base,
        "source": exchange.source,
        "near": NEAR_DAYS,
        "digits": {name: MINOR_DIGITS[name] for name in sorted(names) if name in MINOR_DIGITS},
        "weeks": [
            {"from": one.first.isoformat(), "until": one.last.isoformat(), "rates": dict(one.rates)}
            for one in exchange.weeks
        ],
    }
