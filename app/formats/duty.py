"""What is over the allowances, and about what it costs: an estimate for a party, never an assessment. Pure.

`app/web/static/js/estimate.js` says the same step by step for the phone, and a browser test holds the two
equal; whoever changes one changes both. All figures are whole minor units, divisions round down.

The rules are the questionnaire's; prices in other money are first converted, where the site has exchange rates of
customs for the day of arrival (:mod:`app.formats.exchange`). Everybody old enough brings a share of each allowance, and a pooled one serves
the family together. Of what exceeds it, that is free which costs most (the traveller's favour): found by a
search that takes the dearest first and stops after `_STEPS`, when it keeps the best it has seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cmp_to_key
from math import lcm
from typing import Any

from app.formats.credential import Goods
from app.formats.exchange import Exchange, State, Used, converted, on
from app.formats.questionnaire.values import (
    Allowance,
    Category,
    Duty,
    Open,
    Questionnaire,
    Rate,
    text,
)

_STEPS = 4_000
"""Lists of goods as people write them take some dozens; the worst that fit a form would take for ever."""


@dataclass(slots=True)
class Line:
    """A line of the goods list. `free` and `over` are units, `value` the price of what is over; None where
    `unknown` says why they, or the figures `least` to `most`, cannot be told.
    """

    category: str
    allowance: str | None = None
    free: int | None = None
    over: int | None = None
    value: int | None = None
    least: int | None = None
    most: int | None = None
    unknown: Open | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """`over` names the allowances that are exceeded; `open` what is in no figure: (line or None, reason)."""

    lines: Sequence[Line]
    over: Sequence[Allowance]
    least: int
    most: int
    open: Sequence[tuple[int | None, Open]]
    used: Used | None = None
    """The exchange rates for the day, where something is in another currency."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a line wants of an allowance: `weight` and `saved` of so many units of it."""

    index: int
    quantity: int
    weight: Callable[[int], int]
    most_within: Callable[[int], int]
    saved: Callable[[int], int]


def estimate(
    questionnaire: Questionnaire,
    goods: Sequence[Goods],
    ages: Sequence[int | None],
    used: Used | None = None,
) -> Estimate | None:
    """Estimate for the goods of a party. `ages` on the day of arrival, None where one is not known; `used`: the
    exchange rates for that day.

    None where the questionnaire has no rules for it.
    """
    duty = questionnaire.duty
    if duty is None:
        return None
    categories = {one.number: one for one in questionnaire.categories}
    used = used if used and any(one.currency != duty.currency for one in goods) else None
    if used and used.state is not State.OVER:
        goods = [converted(one, duty.currency, used.week) for one in goods]
    lines = [Line(categories[one.category].id) for one in goods]
    general: set[Open] = set()
    for allowance in questionnaire.allowances:
        general |= _apply(allowance, duty, goods, ages, lines)
    for line, one in zip(lines, goods, strict=True):
        _price(line, one, categories[one.category], duty)
    exceeded = {line.allowance for line in lines if line.over}
    return Estimate(
        lines=lines,
        over=[one for one in questionnaire.allowances if one.id in exceeded],
        least=sum(line.least or 0 for line in lines),
        most=sum(line.most or 0 for line in lines),
        open=[
            *((index, line.unknown) for index, line in enumerate(lines) if line.unknown),
            *((None, reason) for reason in Open if reason in general),
        ],
        used=used,
    )


def rates_for(questionnaire: Questionnaire, exchange: Exchange | None, day: date) -> Used | None:
    """The exchange rates for a day of arrival; None where there are none into the currency of duty."""
    duty = questionnaire.duty
    return on(exchange, day) if duty and exchange and exchange.base == duty.currency else None


def as_json(questionnaire: Questionnaire, found: Estimate, language: str) -> dict[str, Any]:
    """The estimate with its texts, as the phone's module gives it."""
    duty = questionnaire.duty
    assert duty is not None
    return {
        "text": text(questionnaire, duty.text, language),
        "source": duty.source,
        "as_of": duty.as_of,
        "lines": [
            {
                "category": line.category, "allowance": line.allowance, "free": line.free,
                "over": line.over, "value": line.value, "least": line.least, "most": line.most,
                "unknown": line.unknown,
            }
            for line in found.lines
        ],
        "over": [
            {"allowance": one.id, "text": text(questionnaire, one.text, language)}
            for one in found.over
        ],
        "duty": {"currency": duty.currency, "least": found.least, "most": found.most},
        "unknown": [
            {"line": line, "reason": reason, "text": text(questionnaire, duty.open[reason], language)}
            for line, reason in found.open
        ],
        "exchange": {
            "from": found.used.week.first.isoformat(), "until": found.used.week.last.isoformat(),
            "state": found.used.state, "source": found.used.source,
        } if found.used else None,
    }  # fmt: skip


def age_on(birth: int, day: int) -> int:
    """The age on a day, both yyyymmdd. Where a passport leaves month or day open (00), the least it may be."""
    year, month, rest = birth // 10000, birth // 100 % 100 or 12, birth % 100 or 31
    return max(0, day // 10000 - year - (day % 10000 < month * 100 + rest))


# --- what is free ---------------------------------------------------------------------------------


def _apply(
    allowance: Allowance,
    duty: Duty,
    goods: Sequence[Goods],
    ages: Sequence[int | None],
    lines: list[Line],
) -> set[Open]:
    """Set `free` and `over` of the lines that an allowance covers; returns what it leaves open besides."""
    covered = [index for index, one in enumerate(goods) if _covers(allowance, one.category)]
    if not covered:
        return set()
    shares = [*_shares(allowance, ages)]
    wanted: list[_Wanted] = []
    for index in covered:
        line, one = lines[index], goods[index]
        line.allowance = allowance.id
        if allowance.limits:
            wanted.append(_by_units(allowance, duty, index, one))
        elif one.currency != allowance.currency:
            line.unknown = Open.CURRENCY
        elif one.value <= allowance.ignored_up_to:
            line.free = one.quantity
        elif one.value > max(shares, default=0) * one.quantity:
            line.free = 0
        else:
            wanted.append(_by_value(duty, index, one))
    for index, free in _favour(wanted, sum(shares)).items():
        lines[index].free = free
    for index in covered:
        line = lines[index]
        if line.free is not None:
            line.over = goods[index].quantity - line.free
    used = sum(one.weight(lines[one.index].free or 0) for one in wanted)
    return {*_left_open(allowance, ages, shares, used)}


def _covers(allowance: Allowance, category: int) -> bool:
    return category in allowance.limits or category in allowance.categories


def _shares(allowance: Allowance, ages: Sequence[int | None]) -> Iterator[int]:
    """What each of the party brings: a value, or a whole of units (the least common multiple of limits)."""
    least = max(allowance.minimum_age, allowance.own_use_below)
    for age in ages:
        if least and (age is None or age < least):
            continue
        if allowance.limits:
            yield lcm(*allowance.limits.values())
        elif (reduced := allowance.reduced) and (age is None or age < reduced.below):
            yield reduced.value
        else:
            yield allowance.value or 0


def _left_open(
    allowance: Allowance, ages: Sequence[int | None], shares: Sequence[int], used: int
) -> Iterator[Open]:
    aged = allowance.minimum_age or allowance.own_use_below or allowance.reduced
    if aged and None in ages:
        yield Open.AGE
    if any(age is not None and age < allowance.own_use_below for age in ages):
        yield Open.OWN_USE
    if not allowance.pooled and used > max(shares, default=0):
        yield Open.WHOSE


def _by_units(allowance: Allowance, duty: Duty, index: int, one: Goods) -> _Wanted:
    unit = lcm(*allowance.limits.values()) // allowance.limits[one.category]
    return _Wanted(
        index=index,
        quantity=one.quantity,
        weight=lambda count: count * unit,
        most_within=lambda room: min(one.quantity, room // unit),
        saved=_saving(duty, one),
    )


def _by_value(duty: Duty, index: int, one: Goods) -> _Wanted:
    def most_within(room: int) -> int:
        if room >= one.value:
            return one.quantity
        return one.quantity - -(-(one.value - room) * one.quantity // one.value)

    return _Wanted(
        index=index,
        quantity=one.quantity,
        weight=lambda count: one.value - _price_of(one, one.quantity - count),
        most_within=most_within,
        saved=_saving(duty, one),
    )


def _saving(duty: Duty, one: Goods) -> Callable[[int], int]:
    """What so many free units save. A rate that does not serve a single dear item still ranks it."""
    rate = duty.rates.get(one.category)
    if rate is None or (rate.per_mille is not None and one.currency != duty.currency):
        return lambda _: 0
    whole = _cost(duty, rate, one, one.quantity)[1]
    return lambda count: whole - _cost(duty, rate, one, one.quantity - count)[1]


def _favour(wanted: Sequence[_Wanted], room: int) -> dict[int, int]:
    """How many units of each line are free, so that most duty is saved within `room`."""
    order = sorted(wanted, key=cmp_to_key(_dearer))
    rest = [0] * (len(order) + 1)
    for at in range(len(order) - 1, -1, -1):
        rest[at] = rest[at + 1] + order[at].saved(order[at].quantity)
    search = _Search(order, rest)
    search.go(0, room, 0)
    return {one.index: free for one, free in zip(order, search.best, strict=True)}


def _dearer(one: _Wanted, other: _Wanted) -> int:
    """Before the other what saves more for its weight; then what stands first."""
    mine = one.saved(one.quantity) * other.weight(other.quantity)
    theirs = other.saved(other.quantity) * one.weight(one.quantity)
    return (theirs > mine) - (mine > theirs) or one.index - other.index


@dataclass(slots=True)
class _Search:
    order: Sequence[_Wanted]
    rest: Sequence[int]
    best: list[int] = field(default_factory=list)
    saved: int = -1
    steps: int = 0
    taken: list[int] = field(default_factory=list)

    def go(self, at: int, room: int, saved: int) -> None:
        """Try what of the lines from `at` on may be free, as much of each as fits first."""
        self.steps += 1
        if saved + self.rest[at] <= self.saved:
            return
        if at == len(self.order):
            self.best, self.saved = [*self.taken], saved
            return
        one = self.order[at]
        for count in range(one.most_within(room), -1, -1):
            if self.steps > _STEPS:
                return
            self.taken.append(count)
            self.go(at + 1, room - one.weight(count), saved + one.saved(count))
            self.taken.pop()


# --- what the rest costs --------------------------------------------------------------------------


def _price(line: Line, one: Goods, category: Category, duty: Duty) -> None:
    """Set the price and the duty of what is over."""
    if not category.dutiable:
        line.free, line.over = one.quantity, 0
    elif line.allowance is None:
        line.free, line.over = 0, one.quantity
    if line.over is None:
        return
    line.value = _price_of(one, line.over)
    rate = duty.rates.get(one.category)
    if line.over == 0:
        line.least = line.most = 0
    elif rate is None:
        line.unknown = Open.RATE
    elif rate.per_mille is not None and one.currency != duty.currency:
        line.unknown = Open.CURRENCY
    elif rate.most_item is not None and _item_exceeds(duty, one, rate.most_item):
        line.unknown = Open.ITEM
    else:
        line.least, line.most = _cost(duty, rate, one, line.over)


def _price_of(one: Goods, count: int) -> int:
    return one.value * count // one.quantity


def _item_exceeds(duty: Duty, one: Goods, most: int) -> bool:
    return one.value * duty.taxable_per_mille > most * 1000 * one.quantity


def _cost(duty: Duty, rate: Rate, one: Goods, count: int) -> tuple[int, int]:
    if rate.per_mille is None:
        return rate.least * count, rate.most * count
    part = duty.taxable_per_mille * rate.per_mille
    cost = _price_of(one, count) * part // 1_000_000
    return cost, cost
