"""Rows of the goods counter: carried over a correction."""

from hypothesis import given
from hypothesis import strategies as st

from app.web.console.counter_rows import carried, is_begun, rows_of
from app.web.console.declared import Goods
from tests.declarations.forms import WATCH

WINE = {"category": "alcohol", "description": None, "quantity": 6, "value": 9000, "currency": "JPY"}
LINES = [WINE, WATCH, WINE | {"quantity": 2}, WINE | {"category": "unaccompanied_packages"}]


def test_equal_lines_keep_their_order_and_what_is_more_is_new():
    typed = {"done-0-line": "0", "done-0-ref": "A", "done-1-line": "1", "done-1-ref": "B"}
    found, new = carried(typed, [WINE, WINE], [WATCH, WINE, WINE, WINE])
    assert (found["done-1-ref"], found["done-2-ref"]) == ("A", "B")
    assert new == {0, 3}


def test_something_else_stays_something_else():
    typed = {"done-1-goods": "A book", "done-1-kind": "release", "remark": "x"}
    found, new = carried(typed, [WINE], [WINE, WATCH])
    assert found == {"done-2-goods": "A book", "done-2-kind": "release", "remark": "x"}
    assert new == {1}


def test_goods_that_were_only_filled_in_leave_no_row():
    found, _ = carried({"done-0-line": "0", "done-0-goods": "Wine"}, [WINE], [WATCH])
    assert found == {}
    [declared, empty] = rows_of([Goods("Watch", "1", "1")], [WATCH], {}, found, {0})
    assert (declared.line, declared.is_new, empty.line) == (0, True, None)


@given(st.lists(st.sampled_from(LINES), max_size=20), st.lists(st.sampled_from(LINES), max_size=20))
def test_no_reference_that_was_typed_is_ever_lost(before, now):
    typed = {}
    for number in range(len(before)):
        typed |= {f"done-{number}-line": str(number), f"done-{number}-ref": f"R{number}"}
    found, new = carried(typed, before, now)
    kept = {value for name, value in found.items() if name.endswith("-ref")}
    assert kept == {f"R{number}" for number in range(len(before))}
    assert not any(is_begun(found, number) for number in new)
