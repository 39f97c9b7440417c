"""The questionnaires that travellers may answer: the files beside this module, and versions that were.

``questionnaires/<key>.json`` is what is answered now. A file whose words change gets a new version and leaves
what it was as ``earlier/<key>.<version>.json``: a declaration is read with the version that it answered. What
numbers mean never changes under one id, for a credential names no version.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from app.formats import codes
from app.formats.questionnaire import Questionnaire, load

Data = Mapping[str, Any]


@cache
def questionnaire_data() -> Mapping[str, Data]:
    """The files as JSON, by key: what phones fetch."""
    return MappingProxyType({data["key"]: data for data in _read(_folder())})


@cache
def all_data() -> Mapping[str, Data]:
    """The same with earlier versions, by name: key/version."""
    every = [*_read(_folder() / "earlier"), *questionnaire_data().values()]
    return MappingProxyType({f"{data['key']}/{data['version']}": data for data in every})


@cache
def questionnaires() -> Mapping[str, Questionnaire]:
    """What is answered now, by key. Raises QuestionnaireError for a file that is wrong."""
    return MappingProxyType({key: load(data) for key, data in questionnaire_data().items()})


@cache
def all_versions() -> Mapping[str, Questionnaire]:
    """Every version there is, by name: key/version."""
    return MappingProxyType({name: load(data) for name, data in all_data().items()})


@cache
def questionnaires_by_id() -> Mapping[int, Questionnaire]:
    """What is answered now by the number that stands in credentials."""
    return MappingProxyType({one.id: one for one in questionnaires().values()})


def questionnaire_for(site: str, chosen: str = "") -> Questionnaire:
    """What travellers to a site answer: the one that was ``chosen`` for it (EGATE_QUESTIONNAIRE), else
    the newest of the airport's country, else of any country.
    """
    if chosen:
        return questionnaires()[chosen]
    place = codes.airport(site)
    known = sorted(questionnaires().values(), key=lambda one: (one.valid_from, one.id))
    here = [one for one in known if place and one.country == place.alpha3]
    return (here or known)[-1]


def _folder() -> Traversable:
    return files("app.declarations") / "questionnaires"


def _read(folder: Traversable) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".json"):
            yield json.loads(file.read_text("utf-8"))
