"""The questionnaires that are shipped: every text in six languages, versions that stay readable, the API."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.declarations.registry import (
    all_data,
    all_versions,
    questionnaire_data,
    questionnaire_for,
    questionnaires,
)
from app.formats.json_schema import faults
from app.formats.questionnaire import QuestionnaireError, load

LANGUAGES = ["en", "ja", "zh-Hans", "zh-Hant", "ko", "ar"]
SCRIPTS = {
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]", "zh-Hans": r"[\u4e00-\u9fff]", "zh-Hant": r"[\u4e00-\u9fff]",
    "ko": r"[\uac00-\ud7af]", "ar": r"[\u0600-\u06ff]", "en": r"[A-Za-z]",
}  # fmt: skip
SIMPLIFIED_ONLY = "\u8fd9\u5e26\u4ef7\u4e2a\u8bf7\u5173\u4eec\u65f6\u8fc7\u5bf9"


def texts(value: Any, at: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(value, dict) and "en" in value:
        yield at, value
    elif isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in pairs:
            yield from texts(one, f"{at}/{key}")


@pytest.mark.parametrize("key", sorted(questionnaires()))
def test_every_text_is_there_in_six_languages_and_in_their_letters(key: str) -> None:
    data = questionnaire_data()[key]
    assert data["languages"] == LANGUAGES
    found = list(texts(data))
    counted = {
        language: sum(bool(text.get(language)) for _, text in found) for language in LANGUAGES
    }
    assert set(counted.values()) == {len(found)}
    for at, text in found:
        for language, said in text.items():
            assert re.search(SCRIPTS[language], said), (at, language)
            assert language == "en" or said != text["en"], (at, language)
        assert not set(text["zh-Hant"]) & set(SIMPLIFIED_ONLY), at
        assert text["zh-Hans"] != text["zh-Hant"] or not re.search(
            r"[\u4e00-\u9fff]{8}", text["zh-Hans"]
        ), at


def test_japans_texts_are_counted() -> None:
    """Title, certify; 8 questions x (text, what counts, on yes); 7 purposes, 10 kinds, 4 allowances; the
    estimate and its 6 reasons.
    """
    assert len(list(texts(questionnaire_data()["jp-c5360-2024"]))) == 2 + 8 * 3 + 7 + 10 + 4 + 7


@pytest.mark.parametrize("key", sorted(questionnaires()))
def test_every_question_says_what_counts(key: str) -> None:
    assert all(question.details for question in questionnaires()[key].questions)


@pytest.mark.parametrize("name", sorted(all_versions()))
def test_every_version_there_was_is_readable(name: str) -> None:
    assert all_versions()[name].name == name


def test_numbers_mean_the_same_in_all_versions_of_a_key_and_ids_belong_to_one_key() -> None:
    """A credential carries numbers and an id, and no version."""
    meanings: dict[tuple[int, str, int], str] = {}
    keys: dict[int, str] = {}
    for one in all_versions().values():
        assert keys.setdefault(one.id, one.key) == one.key
        groups = {
            "questions": one.questions,
            "purposes": one.purposes,
            "categories": one.categories,
        }
        for group, entries in groups.items():
            for entry in entries:
                meaning = meanings.setdefault((one.id, group, entry.number), entry.id)
                assert meaning == entry.id
    newest = questionnaires()
    for one in all_versions().values():
        assert len(one.questions) == len(newest[one.key].questions)  # a mask fits every version


def test_the_site_chooses_or_its_country_does() -> None:
    assert questionnaire_for("NRT").country == "JPN"
    for key in questionnaires():
        assert questionnaire_for("NRT", key).key == key


class TestApi:
    def test_what_is_answered_here_and_what_is_known(self, client: TestClient) -> None:
        found = client.get("/api/v1/questionnaires").json()
        assert (found["site"], found["current"]) == ("NRT", "jp-c5360-2024")
        names = {f"{one['key']}/{one['version']}" for one in found["known"]}
        assert names == set(all_versions())

    def test_a_version_that_was_is_still_served(self, client: TestClient) -> None:
        address = "/api/v1/questionnaires/jp-c5360-2024"
        assert client.get(address).json()["version"] == "2"
        assert client.get(address, params={"version": "1"}).json()["version"] == "1"
        assert client.get(address, params={"version": "0"}).status_code == 404

    def test_the_schema_is_published_and_is_what_files_are_checked_by(
        self, client: TestClient
    ) -> None:
        answer = client.get("/api/v1/questionnaires/schema.json")
        assert answer.headers["content-type"] == "application/schema+json"
        schema = answer.json()
        for data in all_data().values():
            assert list(faults(json.loads(json.dumps(data)), schema)) == []
        wrong = copy.deepcopy(dict(questionnaire_data()["jp-c5360-2024"]))
        wrong["questions"][3]["lane"] = "goods"
        assert list(faults(wrong, schema)) == [("/questions/3/lane", "not integer")]
        with pytest.raises(QuestionnaireError, match=r"^/questions/3/lane: not integer$"):
            load(wrong)
