"""Reading what was sent, lanes, dates, and the JSON that is stored."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.declarations import form
from app.declarations.registry import questionnaires, questionnaires_by_id
from app.declarations.schemas import Submission, parse
from app.declarations.service import Content, read_content
from app.formats.credential import (
    Companion,
    Contact,
    Declaration,
    Goods,
    Identity,
    Journey,
)
from app.kernel.errors import InvalidError
from tests.declarations.forms import (
    ELSA,
    FAMILY,
    NILS,
    NOW,
    QUESTIONS,
    SOLO,
    TODAY,
    WATCH,
    submission,
)

FORM = questionnaires_by_id()[1]


def accept(body: dict[str, Any], now: datetime = NOW) -> Content:
    return read_content(parse(Submission, json.dumps(body).encode()), "NRT", now)


def problems(body: dict[str, Any], now: datetime = NOW) -> set[tuple[str, str]]:
    with pytest.raises(InvalidError) as caught:
        accept(body, now)
    assert str(caught.value) == "invalid"
    return {(problem.pointer, problem.code) for problem in caught.value.fields}


def changed(path: str, value: Any) -> dict[str, Any]:
    """A submission with one member replaced; ``...`` takes it away."""
    body = json.loads(json.dumps(submission(companions=[NILS], goods=[WATCH])))
    *parents, last = path.strip("/").split("/")
    place: Any = body
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return dict(body)


@pytest.mark.parametrize(
    ("path", "value", "pointer", "code"),
    [
        ("/certified", False, "/certified", "literal_error"),
        ("/certified", ..., "/certified", "missing"),
        ("/questionnaire", "jp-1873", "/questionnaire", "questionnaire_unknown"),
        ("/language", "tlh", "/language", "unknown"),
        ("/TR1234567", 1, "/*", "extra_forbidden"),
        ("/traveller/surname", "", "/traveller/surname", "string_too_short"),
        ("/traveller/surname", "A" * 40, "/traveller/surname", "string_too_long"),
        ("/traveller/surname", "A\u0000B", "/traveller/surname", "text"),
        ("/traveller/surname", 7, "/traveller/surname", "string_type"),
        (
            "/traveller/document/number",
            "ÄÖ1",
            "/traveller/document/number",
            "string_pattern_mismatch",
        ),
        (
            "/traveller/document/issuer",
            "swe",
            "/traveller/document/issuer",
            "string_pattern_mismatch",
        ),
        ("/traveller/birth_date", "1991-02-30", "/traveller/birth_date", "date"),
        ("/traveller/birth_date", "1991-00-05", "/traveller/birth_date", "date"),
        ("/traveller/birth_date", "2031-01-01", "/traveller/birth_date", "in_future"),
        ("/journey/flight", "JAPAN AIR", "/journey/flight", "flight_number"),
        ("/journey/from", "Cph", "/journey/from", "string_pattern_mismatch"),
        ("/journey/origin", "CPH", "/journey/*", "extra_forbidden"),
        ("/journey/purpose", "espionage", "/journey/purpose", "unknown"),
        ("/journey/arrival_date", "2026-03-08", "/journey/arrival_date", "wrong_arrival"),
        ("/journey/arrival_date", "2026-03-25", "/journey/arrival_date", "wrong_arrival"),
        (
            "/journey/arrival_date",
            "10 March",
            "/journey/arrival_date",
            "date_parsing",
        ),
        ("/companions", [NILS] * 10, "/companions", "too_long"),
        ("/companions/0/birth_date", "2027-01-01", "/companions/0/birth_date", "in_future"),
        ("/goods", [WATCH] * 21, "/goods", "too_long"),
        ("/goods/0/category", "unicorns", "/goods/0/category", "unknown"),
        ("/goods/0/quantity", 0, "/goods/0/quantity", "greater_than_equal"),
        ("/goods/0/quantity", True, "/goods/0/quantity", "int_type"),
        ("/goods/0/value", 1.5, "/goods/0/value", "int_type"),
        ("/goods/0/description", None, "/goods/0/description", "description_required"),
        ("/goods/0/currency", "yen", "/goods/0/currency", "string_pattern_mismatch"),
        ("/answers/gold", ..., "/answers/gold", "missing"),
        ("/answers/gold", "no", "/answers/*", "bool_type"),
        ("/answers/unicorns", False, "/answers", "unknown"),
    ],
)
def test_problems_name_their_place(path: str, value: Any, pointer: str, code: str) -> None:
    assert problems(changed(path, value)) == {(pointer, code)}


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q != "means_of_payment"])
def test_a_yes_demands_the_goods(question: str) -> None:
    assert ("/goods", "goods_required") in problems(submission(yes=(question,)))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"certified": NaN}', b"[" * 60_000,
     b'{"traveller": {"surname": "\\ud800"}}'],
)  # fmt: skip
def test_bodies_that_are_no_declaration(body: bytes) -> None:
    with pytest.raises(InvalidError):
        parse(Submission, body)


@given(st.binary(max_size=200))
def test_parsing_never_dies(body: bytes) -> None:
    with pytest.raises(InvalidError):
        parse(Submission, body)


@pytest.mark.parametrize(
    ("yes", "goods", "lane"),
    [
        ((), [], 0),
        (("over_allowance",), [WATCH], 1),
        (("entrusted", "gold"), [WATCH], 1),
        ((), [WATCH], 1),
        (("means_of_payment",), [], 2),
        (("prohibited",), [WATCH], 2),
        (("over_allowance", "restricted"), [WATCH], 2),
    ],
)
def test_the_lane_follows_from_the_travellers_own_statements(
    yes: tuple[str, ...], goods: list[Any], lane: int
) -> None:
    content = accept(submission(yes=yes, goods=goods))
    assert form.lane_of(content.value, FORM) == lane


@pytest.mark.parametrize(
    ("days", "fine"), [(-2, False), (-1, True), (0, True), (14, True), (15, False)]
)
def test_the_window_of_arrival(days: int, fine: bool) -> None:
    day = (TODAY + timedelta(days=days)).isoformat()
    body = submission(journey=submission()["journey"] | {"arrival_date": day})
    if fine:
        accept(body)
    else:
        assert problems(body) == {("/journey/arrival_date", "wrong_arrival")}


def test_today_is_that_of_the_port_of_arrival() -> None:
    late = NOW + timedelta(hours=12, minutes=30)  # the 11th in Japan, the 10th in London
    assert form.today_at(late, "NRT", "NRT") == date(2026, 3, 11)
    assert form.today_at(late, "LHR", "NRT") == date(2026, 3, 10)
    assert form.today_at(late, "???", "NRT") == date(2026, 3, 11)
    assert form.today_at(late, "???", "???") == date(2026, 3, 10)


def test_a_declaration_ends_three_days_after_the_local_midnight() -> None:
    assert form.valid_until(TODAY, "NRT", "NRT").isoformat() == "2026-03-12T15:00:00+00:00"
    assert form.valid_until(TODAY, "???", "???").isoformat() == "2026-03-13T00:00:00+00:00"


def test_values_are_normalised() -> None:
    journey = submission()["journey"] | {"flight": "xx 0983"}
    traveller = submission()["traveller"] | {"document": {"number": "sx 447-1209", "issuer": "SWE"}}
    value = accept(submission(journey=journey, traveller=traveller)).value
    assert value.journey.flight == "XX983"
    assert value.identity.document_number == "SX4471209"


def test_open_birth_dates_are_kept_and_are_no_dates() -> None:
    traveller = submission()["traveller"] | {"birth_date": "1948-05-00"}
    value = accept(submission(traveller=traveller)).value
    assert value.identity.birth_date == 19480500
    assert form.known_date(19480500) is None
    assert form.known_date(19480512) == date(1948, 5, 12)


def test_everybody_on_the_form_is_named() -> None:
    people = form.people_of(accept(submission(companions=[NILS, ELSA])).stored)
    assert [(n, p.given_names, p.document_number, p.issuer) for n, p in people.items()] == [
        (0, "ASTRID MAJ", "SX4471209", "SWE"),
        (1, "NILS", "SX4471210", None),
        (2, "ELSA", None, None),
    ]


def test_a_code_may_leave_out_goods_but_not_speak_of_unknown_things() -> None:
    def code(**changes: Any) -> Declaration:
        return Declaration(
            **{name: changes.get(name, getattr(SOLO, name)) for name in Declaration.__slots__}
        )

    assert form.is_acceptable(code(answers=0b10001000), FORM)
    assert not form.is_acceptable(code(answers=1 << 8), FORM)
    assert not form.is_acceptable(code(journey=Journey("XX983", "CPH", "NRT", TODAY, 99)), FORM)
    assert not form.is_acceptable(code(goods=(Goods(99, None, 1, 1, "JPY"),)), FORM)
    assert not form.is_acceptable(code(goods=(Goods(1, None, 0, 1, "JPY"),)), FORM)


TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=39)
BIRTHS = st.one_of(
    st.dates().map(lambda day: int(day.strftime("%Y%m%d").rjust(8, "0"))),
    st.sampled_from([19480000, 19480500]),
)
DECLARATIONS = st.builds(
    Declaration,
    identity=st.builds(
        Identity, TEXTS, TEXTS, st.just("AB1"), st.sampled_from(["D", "SWE"]), st.just("SWE"), BIRTHS
    ),
    journey=st.builds(
        Journey, st.just("XX1"), st.just("CPH"), st.just("NRT"), st.dates(), st.integers(0, 6)
    ),
    contact=st.none() | st.builds(Contact, TEXTS, TEXTS),
    companions=st.lists(
        st.builds(Companion, TEXTS, TEXTS, st.none() | st.just("X2"), BIRTHS), max_size=9
    ).map(tuple),
    questionnaire=st.just(1),
    answers=st.integers(0, 255),
    goods=st.lists(
        st.builds(
            Goods, st.integers(1, 10), st.none() | TEXTS, st.integers(1, 99), st.integers(0, 10**9),
            st.just("JPY"),
        ),
        max_size=20,
    ).map(tuple),
    seq=st.integers(0, 9),
)  # fmt: skip


@given(DECLARATIONS)
def test_what_is_stored_reads_back_as_it_was(declaration: Declaration) -> None:
    stored = json.loads(json.dumps(form.to_content(declaration, FORM)))
    assert form.from_content(stored, FORM, declaration.seq) == declaration


@given(DECLARATIONS, DECLARATIONS)
def test_digests_tell_contents_apart(one: Declaration, other: Declaration) -> None:
    first, second = form.to_content(one, FORM), form.to_content(other, FORM)
    assert (form.content_digest(first) == form.content_digest(second)) is (first == second)


def test_the_party_counts_everybody() -> None:
    receipt = form.receipt_of(FAMILY, b"c" * 16, 1)
    assert (receipt.party_size, receipt.goods_count, receipt.lane) == (3, 1, 1)


def test_questionnaires_are_known_by_key_and_number() -> None:
    assert questionnaires()["jp-c5360-2024"] is FORM
    assert tuple(question.id for question in FORM.questions) == QUESTIONS
