"""The estimate on the phone and the officer's: one figure. Baskets by seed, each answered by both."""

import json
import random
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from app.declarations.registry import questionnaire_data, questionnaires
from app.formats.credential import Goods
from app.formats.duty import age_on, as_json, estimate, rates_for
from app.formats.exchange import State
from app.formats.exchange import as_json as rates_as_json
from app.web.assets import address
from tests.e2e.conftest import Server
from tests.formats.test_exchange import RATES

BASKETS = 500

_ASK = """async ([module, questionnaire, baskets]) => {
    const {estimate} = await import(module);
    return baskets.map((basket) => estimate(questionnaire, basket));
}"""


@pytest.fixture
def page(browser_page: Page, server: Server) -> Page:
    """Any page of ours will do: the module asks for none."""
    browser_page.goto(server.address + "/console/sign-in")
    return browser_page


def _goods(rng: random.Random, categories: list[int], currency: str) -> Goods:
    quantity = rng.choice([1, 1, 2, 3, 7, rng.randrange(1, 400), rng.randrange(1, 1_000_001)])
    value = rng.choice(
        [
            0,
            9_999,
            10_000,
            10_001,
            150_000,
            200_000,
            200_001,
            rng.randrange(10**6),
            rng.randrange(10**12),
        ]
    )
    return Goods(rng.choice(categories), None, quantity, value, rng.choice([currency] * 9 + ["USD"]))  # fmt: skip


def _basket(rng: random.Random, categories: list[int], currency: str) -> dict[str, Any]:
    """Mostly short lists of a few people, and some of the longest there are."""
    lines = rng.choice([1, 2, 3, 4, 5, 6, 20])
    ages = [
        rng.choice([None, 4, 5, 6, 14, 15, 17, 19, 20, 40]) for _ in range(rng.randrange(1, 11))
    ]
    return {
        "goods": [_goods(rng, categories, currency) for _ in range(lines)],
        "party": ages,
        "language": rng.choice(["en", "ja", "zh-Hans", "zh-Hant", "ko", "ar", "sv"]),
    }


@pytest.mark.parametrize("key", sorted(questionnaires()))
def test_phone_and_officer_see_one_figure(page: Page, key: str) -> None:
    form, data = questionnaires()[key], questionnaire_data()[key]
    assert form.duty is not None
    kinds = {one.number: one.id for one in form.categories}
    rng = random.Random(f"estimate {key}")
    baskets = [_basket(rng, list(kinds), form.duty.currency) for _ in range(BASKETS)]
    sent = [
        basket | {"goods": [asdict(one) | {"category": kinds[one.category]} for one in basket["goods"]]}
        for basket in baskets
    ]  # fmt: skip
    shown = page.evaluate(_ASK, [address("js/estimate.js"), data, sent])
    charged = 0
    for basket, seen in zip(baskets, shown, strict=True):
        found = estimate(form, basket["goods"], basket["party"])
        assert found is not None
        assert seen == json.loads(json.dumps(as_json(form, found, basket["language"])))
        charged += found.most > 0
    assert charged > BASKETS // 3  # the baskets are not all free


_CONVERT = """async ([module, questionnaire, baskets, exchange]) => {
    const {estimate} = await import(module);
    return baskets.map(({day, ...basket}) => estimate(questionnaire, basket, {exchange, day}));
}"""


def test_prices_in_other_money_are_converted_alike(page: Page) -> None:
    """In each state of the rates, with currencies of nought, two and three digits and one without a rate."""
    key = "jp-c5360-2024"
    form, data = questionnaires()[key], questionnaire_data()[key]
    kinds = {one.number: one.id for one in form.categories}
    rng = random.Random("exchange")
    days = [date(2026, 11, 15) + timedelta(days=n) for n in range(45)]
    baskets = []
    for _ in range(BASKETS):
        basket = _basket(rng, list(kinds), "JPY")
        money = [rng.choice(["JPY", "USD", "KRW", "KWD", "SEK"]) for _ in basket["goods"]]
        lines = [
            replace(one, currency=name) for one, name in zip(basket["goods"], money, strict=True)
        ]
        baskets.append(basket | {"goods": lines, "day": rng.choice(days)})
    sent = [
        basket | {"goods": [asdict(one) | {"category": kinds[one.category]} for one in basket["goods"]],
                  "day": basket["day"].isoformat()}
        for basket in baskets
    ]  # fmt: skip
    shown = page.evaluate(_CONVERT, [address("js/estimate.js"), data, sent, rates_as_json(RATES)])
    states = set()
    for basket, seen in zip(baskets, shown, strict=True):
        used = rates_for(form, RATES, basket["day"])
        found = estimate(form, basket["goods"], basket["party"], used)
        assert found is not None
        assert seen == json.loads(json.dumps(as_json(form, found, basket["language"])))
        states.add(found.used and found.used.state)
    assert states == {None, *State}


def test_ages_are_the_same_on_both_sides(page: Page) -> None:
    rng = random.Random("ages")
    pairs = []
    for _ in range(2000):
        month = rng.randrange(13)
        birth = (rng.randrange(1920, 2027), month, rng.randrange(29) if month else 0)
        day = (2026, rng.randrange(1, 13), rng.randrange(1, 29))
        pairs.append((birth, day))
    texts = [["-".join(f"{part:02d}" for part in one) for one in pair] for pair in pairs]
    ask = """async ([module, pairs]) => {
        const {ageOn} = await import(module);
        return pairs.map(([birth, day]) => ageOn(birth, day));
    }"""
    shown = page.evaluate(ask, [address("js/estimate.js"), texts])
    wire = [[year * 10000 + month * 100 + day for year, month, day in pair] for pair in pairs]
    assert shown == [age_on(birth, day) for birth, day in wire]


def test_without_rules_there_is_no_estimate(page: Page) -> None:
    data = {name: value for name, value in questionnaire_data()["jp-c5360-2024"].items() if name != "duty"}  # fmt: skip
    basket = {"goods": [], "party": [30], "language": "en"}
    assert page.evaluate(_ASK, [address("js/estimate.js"), data, [basket]]) == [None]
