"""Declared lines at the counter: the same in another version, settled by receipts, left."""

from collections import Counter

from app.referrals.disposals import Disposal
from app.referrals.kinds import DispositionKind
from app.referrals.lines import (
    Receipt,
    beside_lines,
    line_problems,
    same,
    settled_by,
    undisposed_of,
)
from tests.declarations.forms import WATCH

WINE = {"category": "alcohol", "description": None, "quantity": 6, "value": 9000, "currency": "JPY"}
PARCELS = WINE | {"category": "unaccompanied_packages"}


def receipt(number, *lines):
    return Receipt(number, Counter(same(one) for one in lines))


def test_a_line_is_another_one_where_anything_declared_of_it_is_another():
    for name, value in {"quantity": 7, "value": 1, "currency": "EUR", "description": "x"}.items():
        assert same(WINE | {name: value}) != same(WINE), name
    assert same(dict(reversed(WINE.items()))) == same(WINE)


def test_of_equal_lines_so_many_are_settled_as_one_receipt_settled():
    once, twice = receipt("1", WINE, WATCH), receipt("2", WINE, WINE)
    assert settled_by([WINE, WATCH, WINE], [once]) == {0: "1", 1: "1"}
    assert settled_by([WINE, WINE], [once, once]) == {0: "1"}
    assert settled_by([WINE, WATCH, WINE, WINE], [once, twice]) == {0: "1", 1: "1", 2: "2"}
    assert settled_by([WINE], []) == {}


def test_what_is_left_is_named_and_packages_that_follow_are_none():
    chosen = [Disposal(DispositionKind.RELEASE, line=0), Disposal(DispositionKind.RELEASE)]
    goods = [WINE, PARCELS, WATCH, WATCH]
    assert undisposed_of(list(line_problems(goods, chosen, {2}))) == [3]
    assert list(line_problems(goods, chosen, {2, 3})) == []


def test_a_line_that_is_none_is_told_beside_those_that_are_left():
    for line in (-1, 1):
        found = list(line_problems([WINE], [Disposal(DispositionKind.RELEASE, line=line)], ()))
        assert undisposed_of(found) == [0]
        assert [one.pointer for one in beside_lines(found)] == ["/dispositions/0/line"]
