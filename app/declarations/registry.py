"""The questionnaires that travellers may answer: the files beside this module."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from app.formats.questionnaire import Questionnaire, load


@cache
def questionnaire_data() -> Mapping[str, Mapping[str, Any]]:
    """The files as JSON, by key: what phones fetch."""
    folder = files("app.declarations") / "questionnaires"
    found = [
        json.loads(file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    ]
    return MappingProxyType({data["key"]: data for data in found})


@cache
def questionnaires() -> Mapping[str, Questionnaire]:
    """All questionnaires by key. Raises QuestionnaireError for a file that is wrong."""
    return MappingProxyType({key: load(data) for key, data in questionnaire_data().items()})


@cache
def questionnaires_by_id() -> Mapping[int, Questionnaire]:
    """The same by the number that stands in credentials."""
    return MappingProxyType({one.id: one for one in questionnaires().values()})
