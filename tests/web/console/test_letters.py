"""Letters to travellers: whole in every language of the traveller's page."""

import json
import re
from datetime import date
from importlib.resources import files

import pytest

from app.formats.languages import LANGUAGES
from app.rights.models import Ground, Outcome, RequestKind, RightsRequest
from app.web.console.letters import Letter, letter_of, names, texts

DAY, KEPT = date(2026, 3, 10), date(2031, 2, 3)


def letter(language: str, kind: RequestKind, outcome: Outcome, ground: Ground | None) -> Letter:
    asked = RightsRequest(
        language=language, kind=kind, outcome=outcome, ground=ground, received_on=DAY
    )
    return letter_of(asked, DAY, KEPT if kind is RequestKind.ERASURE else None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_can_be_given_in_every_language(language: str) -> None:
    for kind in RequestKind:
        for ground in Ground:
            refused = letter(language, kind, Outcome.REFUSED, ground)
            assert len(refused.paragraphs) == 4
            assert ("2031" in refused.paragraphs[1]) == (kind is RequestKind.ERASURE)
        granted = letter(language, kind, Outcome.GRANTED, None)
        assert len(granted.paragraphs) == 3
        assert "2026" in granted.title
        assert granted.paragraphs[1:] == refused.paragraphs[2:]  # what every letter says


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_masked_of_a_record_is_said_with_its_day(language: str) -> None:
    asked = RightsRequest(
        language=language, kind=RequestKind.ACCESS, outcome=Outcome.GRANTED, received_on=DAY
    )
    plain, masked = letter_of(asked, DAY, None), letter_of(asked, DAY, None, KEPT)
    assert len(masked.paragraphs) == len(plain.paragraphs) + 1
    assert "2031" in masked.paragraphs[1]
    assert "{" not in masked.paragraphs[1]


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_nothing_is_left_in_english_and_the_gaps_are_the_same(language: str) -> None:
    ours, english = texts(language), texts("en")
    assert ours.keys() == english.keys()
    for key, said in english.items():
        assert ours[key] != said, key
        assert re.findall(r"{\w+}", ours[key]) == re.findall(r"{\w+}", said), key


def test_there_is_a_file_for_each_language_and_no_other() -> None:
    folder = files("app.web.console.letters")
    found = {
        one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith("json")
    }
    assert found == set(LANGUAGES) == set(names())
    for language in LANGUAGES:
        text = (folder / f"{language}.json").read_text("utf-8")
        assert json.loads(text) == texts(language)


def test_arabic_runs_from_right_to_left() -> None:
    assert letter("ar", RequestKind.ACCESS, Outcome.GRANTED, None).direction == "rtl"
    assert letter("xx", RequestKind.ACCESS, Outcome.GRANTED, None).language == "en"
