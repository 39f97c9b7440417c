"""Exchange rates: weeks that are read as published, chosen by the day of arrival, converted in whole units."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.credential import Goods
from app.formats.duty import as_json, estimate, rates_for
from app.formats.exchange import NEAR_DAYS, Exchange, ExchangeError, State, converted, load, on
from app.formats.questionnaire import Open
from tests.formats.test_duty import ADULT, ALCOHOL, OTHER
from tests.formats.test_questionnaire import JAPAN

FILE: dict[str, Any] = {
    "base": "JPY",
    "source": "invented for a test",
    "weeks": [
        {"from": "2026-11-22", "until": "2026-11-28", "rates": {"USD": "150.25", "KRW": "0.1"}},
        {"from": "2026-11-29", "until": "2026-12-05", "rates": {"USD": "160", "KWD": "500.000001"}},
    ],
}
RATES = load(FILE)
DAY = date(2026, 11, 24)


def price(value: int, currency: str, category: int = OTHER, quantity: int = 1) -> Goods:
    return Goods(category, None, quantity, value, currency)


@pytest.mark.parametrize(
    ("day", "first", "state"),
    [
        (date(2026, 11, 21), 22, State.OVER),  # before the first week that is known
        (date(2026, 11, 22), 22, State.VALID),
        (date(2026, 11, 28), 22, State.VALID),
        (date(2026, 11, 29), 29, State.VALID),
        (date(2026, 12, 6), 29, State.VALID),
        (date(2026, 12, 5) + timedelta(days=NEAR_DAYS), 29, State.VALID),
        (date(2026, 12, 6) + timedelta(days=NEAR_DAYS), 29, State.OVER),
    ],
)
def test_the_day_of_arrival_chooses_the_week(day: date, first: int, state: State) -> None:
    used = on(RATES, day)
    assert (used.week.first.day, used.state) == (first, state)


@pytest.mark.parametrize(
    ("goods", "yen"),
    [
        (price(10_000, "USD"), 15_025),  # 100.00 USD
        (price(1, "USD"), 1),  # a cent is 1.5025 yen
        (price(123_456, "KRW"), 12_345),
        (price(7_000, "JPY"), 7_000),
    ],
)
def test_a_price_is_converted_in_minor_units_rounded_down(goods: Goods, yen: int) -> None:
    found = converted(goods, "JPY", RATES.weeks[0])
    assert (found.value, found.currency) == (yen, "JPY")


def test_three_digits_and_millionths_are_kept() -> None:
    assert converted(price(2_000_000_000, "KWD"), "JPY", RATES.weeks[1]).value == 1_000_000_002


def test_a_currency_without_a_rate_stays_what_it_is() -> None:
    assert converted(price(1, "KWD"), "JPY", RATES.weeks[0]) == price(1, "KWD")


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_more_money_is_never_worth_less(one: int, other: int) -> None:
    values = [converted(price(x, "USD"), "JPY", RATES.weeks[0]).value for x in sorted((one, other))]
    assert values == sorted(values)


def broken(path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(FILE)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")[1:]]
    place: Any = data
    for part in parents:
        place = place[part]
    place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("/base", "yen", "/base"),
        ("/source", "", "/source"),
        ("/weeks", [], "/weeks"),
        ("/weeks/0/from", "2026-13-01", "/weeks/0/from"),
        ("/weeks/0/until", "2026-11-21", "/weeks/0/from"),
        ("/weeks/1/from", "2026-11-28", "/weeks/1/from"),
        ("/weeks/0/rates", {"USD": 150.25}, "/weeks/0/rates/USD"),
        ("/weeks/0/rates", {"USD": "0.0"}, "/weeks/0/rates/USD"),
        ("/weeks/0/rates", {"USD": "1,5"}, "/weeks/0/rates/USD"),
        ("/weeks/0/rates", {"dollar": "1"}, "/weeks/0/rates"),
        ("/more", 1, "/more"),
    ],
)
def test_what_is_no_file_of_rates_is_named_by_its_place(
    path: str, value: Any, pointer: str
) -> None:
    with pytest.raises(ExchangeError) as caught:
        load(broken(path, value))
    assert caught.value.pointer == pointer


def bag(day: date, exchange: Exchange | None = RATES) -> dict[str, Any]:
    """A bag of 2,000 dollars beside four bottles, whose duty asks for no price."""
    list_ = [price(200_000, "USD"), price(5_000, "USD", ALCOHOL, 4)]
    found = estimate(JAPAN, list_, (ADULT,), rates_for(JAPAN, exchange, day))
    assert found is not None
    return as_json(JAPAN, found, "en")


def test_a_price_in_dollars_is_estimated_at_the_rates_of_its_day() -> None:
    """300,500 yen for one bag: dutiable in full, and beyond the simplified rates."""
    found = bag(DAY)
    assert found["exchange"] == {
        "from": "2026-11-22", "until": "2026-11-28", "state": "valid", "source": "invented for a test",
    }  # fmt: skip
    assert (found["lines"][0]["value"], found["lines"][0]["unknown"]) == (300_500, Open.ITEM)
    shirt = estimate(JAPAN, [price(250_000, "USD", OTHER, 10)], (ADULT,), on(RATES, DAY))
    assert shirt is not None
    assert [one.id for one in shirt.over] == ["other_goods"]
    assert shirt.least == shirt.most > 0


def test_old_rates_are_said_to_be_over_and_not_used() -> None:
    found = bag(date(2027, 3, 1))
    assert found["exchange"]["state"] == "over"
    assert found["lines"][0]["unknown"] == Open.CURRENCY
    assert found == bag(date(2027, 3, 1), None) | {"exchange": found["exchange"]}


def test_without_other_money_or_into_another_base_no_rates_are_spoken_of() -> None:
    yen = estimate(JAPAN, [price(5_000, "JPY")], (ADULT,), rates_for(JAPAN, RATES, DAY))
    assert yen is not None
    assert yen.used is None
    assert rates_for(JAPAN, load(broken("/base", "EUR")), DAY) is None
