"""A questionnaire as data: an invented one for the rules, the shipped ones for their content."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.credential import Goods
from app.formats.questionnaire import (
    Demand,
    FilledForm,
    Lane,
    Problem,
    QuestionnaireError,
    answer_mask,
    answers_from_mask,
    lane,
    load,
    party_lane,
    text,
    validate,
    validate_declaration,
)
from tests.formats.credentials import SOLO

SHIPPED = Path(__file__).parents[2] / "app" / "declarations" / "questionnaires"
JAPAN = load(json.loads((SHIPPED / "jp-c5360-2024.json").read_text("utf-8")))

SMALL: dict[str, Any] = {
    "id": 9,
    "key": "xx-small",
    "version": "1",
    "country": "UTO",
    "valid_from": "2025-01-01",
    "source": "invented",
    "languages": ["en", "fi"],
    "title": {"en": "Form", "fi": "Lomake", "sv": "Blankett"},
    "certify": {"en": "It is true.", "fi": "Se on totta."},
    "questions": [
        {"number": 0, "id": "snow", "form_item": "a", "lane": 1, "demands": ["goods"],
         "text": {"en": "Snow?", "fi": "Lunta?"}},
        {"number": 1, "id": "ice", "form_item": "b", "lane": 2, "demands": ["packages"],
         "text": {"en": "Ice?", "fi": "J\u00e4\u00e4t\u00e4?"}, "on_yes": {"en": "Cold.", "fi": "Kylm\u00e4."}},
        {"number": 2, "id": "rain", "form_item": "c", "lane": 1, "demands": [],
         "text": {"en": "Rain?", "fi": "Sadetta?"}},
    ],
    "purposes": [{"number": 0, "id": "fun", "text": {"en": "Fun", "fi": "Huvi"}}],
    "categories": [
        {"number": 1, "id": "ball", "unit": "piece", "answers": "goods", "text": {"en": "Ball", "fi": "Pallo"}},
        {"number": 2, "id": "thing", "unit": "piece", "answers": "goods", "described": True,
         "text": {"en": "Thing", "fi": "Esine"}},
        {"number": 3, "id": "box", "unit": "box", "answers": "packages", "text": {"en": "Box", "fi": "Laatikko"}},
        {"number": 4, "id": "coin", "unit": "piece", "text": {"en": "Coin", "fi": "Kolikko"}},
    ],
    "allowances": [
        {"id": "balls", "limits": [{"category": 1, "quantity": 3}], "text": {"en": "3", "fi": "3"},
         "source": "invented", "as_of": "2025"},
        {"id": "rest", "value": 500, "currency": "EUR", "minimum_age": 12, "text": {"en": "5", "fi": "5"},
         "source": "invented", "as_of": "2025"},
    ],
}  # fmt: skip
SMALL_FORM = load(SMALL)
ALL_NO = {"snow": False, "ice": False, "rain": False}
BALL = Goods(1, None, 2, 300, "EUR")
BOX = Goods(3, None, 1, 0, "EUR")


def problems(answers: dict[str, object], *goods: Goods, purpose: int = 0) -> list[tuple[str, str]]:
    found = validate(SMALL_FORM, FilledForm(answers, purpose, goods))
    return [(problem.pointer, problem.code) for problem in found]


class TestLane:
    @pytest.mark.parametrize(
        ("yes", "expected"),
        [((), 0), (("snow",), 1), (("rain",), 1), (("ice",), 2), (("snow", "ice", "rain"), 2)],
    )
    def test_the_strictest_answer_wins(self, yes: tuple[str, ...], expected: int) -> None:
        assert lane(SMALL_FORM, ALL_NO | dict.fromkeys(yes, True)) == expected

    @pytest.mark.parametrize("missing", ["snow", "ice", "rain"])
    def test_an_answer_that_is_missing_leads_to_a_person(self, missing: str) -> None:
        answers = {key: value for key, value in ALL_NO.items() if key != missing}
        assert lane(SMALL_FORM, answers) is Lane.OFFICER
        assert lane(SMALL_FORM, answers | {missing: None}) is Lane.OFFICER

    @pytest.mark.parametrize("value", [0, "", "no", 1, []])
    def test_only_a_clear_no_is_green(self, value: object) -> None:
        assert lane(SMALL_FORM, ALL_NO | {"rain": value}) is Lane.GOODS

    def test_a_party_takes_the_lane_of_its_strictest_member(self) -> None:
        assert party_lane([0, 2, 1]) is Lane.OFFICER
        assert party_lane([Lane.GREEN, Lane.GREEN]) is Lane.GREEN
        with pytest.raises(ValueError, match="empty"):
            party_lane([])


class TestMask:
    @given(st.integers(0, 255))
    def test_round_trip(self, mask: int) -> None:
        answers = answers_from_mask(JAPAN, mask)
        assert len(answers) == 8
        assert answer_mask(JAPAN, answers) == mask

    def test_bits_are_in_the_order_of_the_file(self) -> None:
        yes = [key for key, answer in answers_from_mask(JAPAN, 0b0100_1000).items() if answer]
        assert yes == ["over_allowance", "means_of_payment"]

    @pytest.mark.parametrize("mask", [-1, 256, 2**62])
    def test_a_bit_without_a_question(self, mask: int) -> None:
        with pytest.raises(QuestionnaireError):
            answers_from_mask(JAPAN, mask)


class TestValidate:
    def test_nothing_wrong(self) -> None:
        assert problems(dict(ALL_NO)) == []
        assert problems(ALL_NO | {"snow": True}, BALL) == []
        assert problems(ALL_NO | {"ice": True}, BOX) == []
        assert problems(ALL_NO | {"rain": True}) == []
        assert problems(dict(ALL_NO), BALL) == []  # who lists more than asked does no wrong

    def test_answers(self) -> None:
        assert problems({"snow": False, "ice": None, "rain": 1, "fog": True}) == [
            ("/answers/ice", "missing"),
            ("/answers/rain", "not_boolean"),
            ("/answers", "unknown"),
        ]

    def test_a_yes_demands_its_goods_or_packages(self) -> None:
        assert problems(ALL_NO | {"snow": True}) == [("/goods", "goods_required")]
        assert problems(ALL_NO | {"snow": True}, BOX) == [("/goods", "goods_required")]
        assert problems(ALL_NO | {"ice": True}, BALL) == [("/goods", "packages_required")]
        coin = Goods(4, None, 1, 0, "EUR")
        assert problems(ALL_NO | {"snow": True, "ice": True}, coin) == [
            ("/goods", "goods_required"),
            ("/goods", "packages_required"),
        ]

    def test_purpose(self) -> None:
        assert problems(dict(ALL_NO), purpose=1) == [("/purpose", "unknown")]

    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            ({"category": 7}, "/goods/1/category", "unknown"),
            ({"category": 2}, "/goods/1/description", "description_required"),
            ({"category": 2, "description": "  "}, "/goods/1/description", "description_required"),
            ({"quantity": 0}, "/goods/1/quantity", "out_of_range"),
            ({"quantity": 1_000_001}, "/goods/1/quantity", "out_of_range"),
            ({"value": -1}, "/goods/1/value", "out_of_range"),
            ({"value": 2**62}, "/goods/1/value", "out_of_range"),
        ],
    )
    def test_goods(self, change: dict[str, Any], pointer: str, code: str) -> None:
        assert problems(dict(ALL_NO), BALL, replace(BALL, **change)) == [(pointer, code)]

    def test_a_credential(self) -> None:
        assert validate_declaration(JAPAN, SOLO) == []
        beyond = replace(SOLO, answers=256)
        assert validate_declaration(JAPAN, beyond) == [Problem("/answers", "unknown")]
        empty = replace(SOLO, answers=8)
        assert validate_declaration(JAPAN, empty) == [Problem("/goods", "goods_required")]
        nowhere = replace(SOLO, journey=replace(SOLO.journey, purpose=99))
        assert validate_declaration(JAPAN, nowhere) == [Problem("/purpose", "unknown")]


def _without(path: str) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        *steps, last = path.split("/")
        for step in steps:
            data = data[int(step) if step.isdigit() else step]
        del data[last]

    return change


def _with(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        *steps, last = path.split("/")
        for step in steps:
            data = data[int(step) if step.isdigit() else step]
        data[int(last) if last.isdigit() else last] = value

    return change


class TestLoad:
    def test_texts_fall_back_to_the_first_language(self) -> None:
        title = SMALL_FORM.title
        assert [text(SMALL_FORM, title, language) for language in ("fi", "sv", "ja")] == [
            "Lomake",
            "Blankett",
            "Form",
        ]

    def test_content(self) -> None:
        assert SMALL_FORM.questions[1].demands == (Demand.PACKAGES,)
        assert SMALL_FORM.questions[0].on_yes is None
        assert SMALL_FORM.allowances[0].limits == {1: 3}
        assert (SMALL_FORM.allowances[1].value, SMALL_FORM.allowances[1].minimum_age) == (500, 12)

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            (_without("id"), "/id"),
            (_with("id", "9"), "/id"),
            (_with("id", True), "/id"),
            (_with("id", -1), "/id"),
            (_with("valid_from", "soon"), "/valid_from"),
            (_with("languages", []), "/languages"),
            (_with("languages", [1]), "/languages/0"),
            (_with("languages", ["en", "fi", "ja"]), "/title/ja"),
            (_with("title/fi", ""), "/title/fi"),
            (_with("title/sv", 1), "/title/sv"),
            (_without("questions/2/text/fi"), "/questions/2/text/fi"),
            (_with("questions/2/number", 3), "/questions"),
            (_with("questions", []), "/questions"),
            (_with("questions/0", None), "/questions/0"),
            (_with("questions/1/id", "snow"), "/questions"),
            (_with("questions/0/lane", 0), "/questions/0/lane"),
            (_with("questions/0/lane", 3), "/questions/0/lane"),
            (_with("questions/0/demands", ["tea"]), "/questions/0/demands/0"),
            (_without("questions/0/demands"), "/questions/0/demands"),
            (_with("categories/1/number", 1), "/categories"),
            (_with("categories/0/answers", "tea"), "/categories/0/answers"),
            (_with("categories/0/described", 1), "/categories/0/described"),
            (_with("purposes/0/number", None), "/purposes/0/number"),
            (_with("allowances/0/limits/0/category", 8), "/allowances/0/limits"),
            (_with("allowances/0/value", 5), "/allowances/0/value"),
            (_without("allowances/1/value"), "/allowances/1/value"),
            (_without("allowances/1/currency"), "/allowances/1/currency"),
            (_without("allowances/1/source"), "/allowances/1/source"),
        ],
    )
    def test_faults_name_their_place(
        self, change: Callable[[dict[str, Any]], None], pointer: str
    ) -> None:
        data = copy.deepcopy(SMALL)
        change(data)
        with pytest.raises(QuestionnaireError) as caught:
            load(data)
        assert caught.value.pointer == pointer

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(sorted(SMALL)), inner, max_size=5)
            ),
            max_leaves=10,
        ),
        st.sampled_from(sorted(SMALL)),
    )
    def test_any_json_is_refused_in_its_own_way(self, value: Any, key: str) -> None:
        try:
            load(SMALL | {key: value})
        except QuestionnaireError:
            pass
        else:
            assert type(value) is type(SMALL[key])
        with pytest.raises(QuestionnaireError):
            load(value)


class TestShipped:
    @pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.json")), ids=lambda path: path.stem)
    def test_every_file_loads_under_its_key(self, path: Path) -> None:
        assert load(json.loads(path.read_text("utf-8"))).key == path.stem

    def test_ids_are_never_shared(self) -> None:
        ids = [json.loads(path.read_text("utf-8"))["id"] for path in SHIPPED.glob("*.json")]
        assert len(set(ids)) == len(ids) > 0

    def test_japan(self) -> None:
        """The numbers that credentials carry: never change one, add a file instead."""
        assert JAPAN.id == 1
        assert [(question.id, int(question.lane)) for question in JAPAN.questions] == [
            ("prohibited", 2),
            ("restricted", 2),
            ("gold", 1),
            ("over_allowance", 1),
            ("commercial", 1),
            ("entrusted", 1),
            ("means_of_payment", 2),
            ("unaccompanied", 2),
        ]
        assert [(category.number, category.id) for category in JAPAN.categories] == [
            (1, "alcohol"),
            (2, "cigarettes"),
            (3, "perfume"),
            (4, "other_goods"),
            (5, "cigars"),
            (6, "heated_tobacco"),
            (7, "other_tobacco"),
            (8, "gold"),
            (9, "means_of_payment"),
            (10, "unaccompanied_packages"),
        ]
        assert [choice.number for choice in JAPAN.purposes] == [
            *range(1, 7),
            0,
        ]  # "other" stands last
        assert JAPAN.languages[:2] == ("en", "ja")

    def test_japan_demands(self) -> None:
        """Goods on any yes of questions 1 and 3, packages on 3; money has a form of its own."""
        demands = {question.form_item: question.demands for question in JAPAN.questions}
        assert demands.pop("2") == ()
        assert demands.pop("3") == (Demand.GOODS, Demand.PACKAGES)
        assert set(demands.values()) == {(Demand.GOODS,)}

    def test_japan_allowances(self) -> None:
        alcohol, tobacco, perfume, rest = JAPAN.allowances
        assert alcohol.limits == {1: 3}
        assert tobacco.limits == {2: 200, 5: 50, 6: 10, 7: 250}
        assert perfume.limits == {3: 2}
        assert (rest.value, rest.currency) == (200_000, "JPY")
        assert [allowance.minimum_age for allowance in JAPAN.allowances] == [20, 20, 0, 0]
