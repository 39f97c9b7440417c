"""The six languages of the traveller's page, and how one of them is chosen."""

import re
from datetime import date
from string import Formatter

import pytest

from app.declarations.registry import questionnaires
from app.web.traveller import steps
from app.web.traveller.rules import rules
from app.web.traveller.words import LANGUAGES, PLURAL_FORMS, catalogue, negotiate

GAPS = Formatter()


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in GAPS.parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_gaps(language: str) -> None:
    ours, english = catalogue()[language].texts, catalogue()["en"].texts
    assert ours.keys() == english.keys()
    for key, said in english.items():
        assert type(ours[key]) is type(said), key
        if isinstance(said, dict):
            assert tuple(ours[key]) == PLURAL_FORMS.get(language, ("other",)), key
            assert gaps(ours[key]["other"]) == gaps(said["other"]) == {"count"}, key
            assert all(gaps(form) <= {"count"} and form.strip() for form in ours[key].values()), key
            continue
        parts, expected = (ours[key], said) if isinstance(said, list) else ([ours[key]], [said])
        assert len(parts) == len(expected), key
        assert all(part.strip() for part in parts), key
        if key not in ("date", "plain_date"):
            assert [gaps(part) for part in parts] == [gaps(part) for part in expected], key


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_nothing_was_left_in_english(language: str) -> None:
    ours, english = catalogue()[language].texts, catalogue()["en"].texts
    same = {key for key, said in english.items() if ours[key] == said}
    assert same <= {"direction", "date", "plain_date", "date_parts", "money"}


def test_each_plural_form_says_its_number() -> None:
    arabic = catalogue()["ar"]
    said = [arabic.count("unit_bottle", n) for n in (0, 1, 2, 3, 10, 11, 99, 100, 103, 111)]
    assert said == [
        "0 زجاجة", "زجاجة واحدة", "زجاجتان", "3 زجاجات", "10 زجاجات", "11 زجاجة", "99 زجاجة",
        "100 زجاجة", "103 زجاجات", "111 زجاجة",
    ]  # fmt: skip
    assert catalogue()["en"].count("unit_bottle", 1) == "1 bottle"
    assert catalogue()["ja"].count("unit_bottle", 1) == "1本"


def test_every_questionnaire_speaks_them() -> None:
    for one in questionnaires().values():
        assert set(LANGUAGES) <= set(one.languages)


def test_every_unit_and_every_error_of_a_field_has_words() -> None:
    keys = catalogue()["en"].texts.keys()
    for questionnaire in questionnaires().values():
        assert {f"unit_{one.unit}" for one in questionnaire.categories} <= keys
        for step in steps.Step:
            for name in steps.fields_of(step, questionnaire):
                plain = re.sub(r"^(companion|goods)-\d+-|-(day|month|year)$", "", name)
                named = rules()[plain].error if plain in rules() else f"error_{plain}"
                assert plain.startswith("answer-") or named in keys, name


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("", "en"), ("*", "en"), ("fr-FR,fr;q=0.9", "en"), ("ja", "ja"), ("ja-JP", "ja"),
        ("fr,ko;q=0.8,en;q=0.5", "ko"), ("en;q=0.2,ar-EG;q=0.9", "ar"), ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"), ("zh-Hant-CN", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"), ("ja;q=0,ko", "ko"), ("ja;q=x,ko;q=0.1", "ko"), (",;,=", "en"),
    ],
)  # fmt: skip
def test_the_browsers_wishes_choose(asked: str, spoken: str) -> None:
    assert negotiate(asked) == spoken


def test_dates_are_written_out() -> None:
    day = date(2026, 3, 10)
    assert {language: words.day(day) for language, words in catalogue().items()} == {
        "en": "Tue 10 March 2026", "ja": "2026年3月10日\uff08火\uff09", "zh-Hans": "2026年3月10日 周二",
        "zh-Hant": "2026年3月10日 週二", "ko": "2026년 3월 10일 (화)", "ar": "الثلاثاء 10 مارس 2026",
    }  # fmt: skip
    assert catalogue()["en"].day(day, "plain_date") == "10 March 2026"


def test_chinese_and_japanese_have_their_own_punctuation() -> None:
    for language in ("ja", "zh-Hans", "zh-Hant"):
        for key, said in catalogue()[language].texts.items():
            assert not re.search(r"[\u3040-\u9fff][,?;:()]", str(said)), (language, key)
