"""Rule text to tree: precedence, positions, limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.language import RuleError, compile_rule
from risk_rules.language.parse import MAX_DEPTH, parse
from risk_rules.language.tokens import MAX_TEXT, tokenize
from risk_rules.language.tree import Node
from tests.support.steps import steps


def shape(node: Node) -> object:
    """The tree without positions, as nested tuples."""
    below = tuple(shape(arg) for arg in node.args)
    return (node.op, node.value, *below) if node.value is not None else (node.op, *below)


def error_of(text: str) -> RuleError:
    with pytest.raises(RuleError) as caught:
        parse(text)
    return caught.value


def test_and_binds_closer_than_or_and_not_closer_than_and():
    assert shape(parse("a or not b and c")) == (
        "or",
        ("name", "a"),
        ("and", ("not", ("name", "b")), ("name", "c")),
    )


def test_product_binds_closer_than_sum_and_sums_lean_left():
    assert shape(parse("1 - 2 - 3 * 4 = 0")) == (
        "=",
        ("-", ("-", ("literal", 1), ("literal", 2)), ("*", ("literal", 3), ("literal", 4))),
        ("literal", 0),
    )


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("a not in (1, 2)", "not a in (1, 2)"),
        ("a not in @names", "not (a in @names)"),
        ("a not between 1 and 2", "not a between 1 and 2"),
        ("a is not missing", "not a is missing"),
        ("A.b AND NOT c IS MISSING", "A.b and not c is missing"),
        ("((a))", "a"),
        ("a\n  and\tb", "a and b"),
        ("a between 1 and 2 and b", "(a between 1 and 2) and b"),
    ],
)
def test_two_ways_to_write_the_same(text, same_as):
    assert shape(parse(text)) == shape(parse(same_as))


def test_literals():
    assert parse("'it''s'").value == "it's"
    assert parse("-3").value == -3
    assert parse("2.50").value == 2.5
    assert parse("TRUE").value is True
    assert shape(parse("- a")) == ("negate", ("name", "a"))


def test_spans_cover_exactly_the_text_of_each_node():
    text = "x = 1 and any(bags:  weight_g > 30000 )"
    tree = parse(text)
    assert [text[slice(*part.span)] for part in tree.args] == [
        "x = 1",
        "any(bags:  weight_g > 30000 )",
    ]
    body = tree.args[1].args[1]
    assert text[slice(*body.span)] == "weight_g > 30000"


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("a =", "syntax", ""),
        ("", "syntax", ""),
        ("a = 1 b", "syntax", "b"),
        ("a not = 1", "syntax", "="),
        ("a between 1 or 2", "syntax", "or"),
        ("1 < a < 3", "syntax", "<"),
        ("a in ()", "syntax", ")"),
        ("any(3)", "syntax", "3"),
        ("f(", "syntax", ""),
        ("a; drop table x", "bad_character", ";"),
        ("a = 'never closed", "syntax", "'never closed"),
        ("a = 'two\nlines'", "bad_character", "\n"),
        ("a = 'nul\x00'", "bad_character", "\x00"),
        ("a = 'ab\u202ecd'", "bad_character", "\u202e"),  # read backwards by who approves it
        ("a = 'ab\u200bcd'", "bad_character", "\u200b"),
        ("a\x1cand b", "bad_character", "\x1c"),
        ("a = 1234567890123456", "bad_literal", "1234567890123456"),
        ("a = ٣", "bad_character", "٣"),  # a digit, but not one of ours
    ],
)
def test_errors_point_at_their_cause(text, code, marked):
    error = error_of(text)
    assert error.code == code
    start, end = error.span
    assert text[start:end] == marked
    assert 0 <= start < end


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not " * 900 + "a", "too_deep"),
        ("-" * 3000 + "1 = 1", "too_deep"),
        ("+".join("1" * 1900) + " = 0", "too_deep"),
        ("(" * 2000 + "a" + ")" * 1990, "too_deep"),
        ("length(" * 400 + "a" + ")" * 400, "too_deep"),
        ("a" * (MAX_TEXT + 1), "text_too_long"),
        ("a and " * 600 + "!", "bad_character"),
        ("any(bags: " * 300, "too_deep"),
        ("'" * 3999, "syntax"),
    ],
)
def test_hostile_texts_are_refused_with_little_work(text, code):
    assert error_of(text).code == code
    assert steps(lambda: error_of(text)) < 30 * MAX_TEXT


def test_long_but_flat_texts_are_accepted_with_little_work():
    flat = "booking.changes in (" + ",".join(str(i % 10) for i in range(1900)) + ")"
    for text in (flat, " or ".join(["bag.count = 1"] * 200)):
        assert steps(lambda text=text: compile_rule(text)) < 100 * MAX_TEXT


def test_depth_limit_is_reached_by_brackets_not_before():
    assert parse("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1)).op == "name"
    assert error_of("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH).code == "too_deep"


WORDS = (
    "and or not in between is missing true ( ) , : = != < <= + - * / any all count sum bags "
    "booking.payment weight_g 'x' 'a''b 3 4.5 @free_mail @ days length ! \x00 \ud800 é"
)
PIECES = st.sampled_from(WORDS.split(" "))


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map(" ".join)))
def test_any_text_compiles_or_is_refused_with_a_place(text):
    try:
        compile_rule(text)
    except RuleError as error:
        start, end = error.span
        assert 0 <= start < end <= len(text) + 1


@given(st.lists(PIECES, max_size=25).map(" ".join))
def test_tokens_and_white_space_make_up_the_text(text):
    try:
        tokens = tokenize(text)
    except RuleError:
        return
    position = 0
    for token in tokens:
        assert text[position : token.span[0]].strip(" \t\r\n") == ""
        position = token.span[1]
    assert tokens[-1].kind == "end"


@pytest.mark.parametrize(
    ("text", "meant", "at"),
    [("bag.count betwen 1 and 2", "'between'", "betwen"), ("a > 1 an b > 2", "'and'", "an"),
     ("a > 1 xor b", "'or'", "xor"), ("a inn (1, 2)", "'in'", "inn"), ("a iss missing", "'is'", "iss"),
     ("a not betwen 1 and 2", "'between'", "betwen"), ("anny(bags: x > 1)", "'any'", ":"),
     ("cuont(bags: x) > 2", "'count'", ":"), ("a == 1", "'='", "="), ("a <> 1", "'!='", ">"),
     ("a => 1", "'>='", ">"), ("a =< 1", "'<='", "<"), ("a && b", "'and'", "&"), ("a || b", "'or'", "|"),
     ("!a", "'not' or '!='", "!"), ('a = "x"', "text between ' and '", '"'), ("a in [1]", "'('", "["),
     ("a \N{GREATER-THAN OR EQUAL TO} 3", "'>='", "\N{GREATER-THAN OR EQUAL TO}")],
)  # fmt: skip
def test_what_is_meant_is_asked(text: str, meant: str, at: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse(text)
    assert raised.value.message.endswith(f", did you mean {meant}?")
    assert text[slice(*raised.value.span)] == at


@pytest.mark.parametrize("text", ["a = 1 b", "a = = 1", "f(x: 1)", "a between 1 or 2", "#"])
def test_where_nothing_is_near_nothing_is_asked(text: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse(text)
    assert "did you mean" not in raised.value.message
