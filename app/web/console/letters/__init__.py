"""Letters to travellers, in the language of whoever asked: the files beside this module, one a language.

The console's own catalogue knows the officers' languages; these are those of the traveller's page. Grounds and kinds of
requests are keys as they are stored.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from app.formats.languages import LANGUAGES
from app.rights.models import RightsRequest
from app.web.traveller.words import catalogue


@dataclass(frozen=True, slots=True)
class Letter:
    """What an answer says, in the order of its paragraphs; ``direction``: ltr or rtl."""

    language: str
    direction: str
    title: str
    kind: str
    paragraphs: tuple[str, ...]
    reference: str


def letter_of(
    asked: RightsRequest, closed_on: date, kept: date | None, sealed: date | None = None
) -> Letter:
    """The letter of a closed request. ``kept``: the last day of what could not be erased; ``sealed``: that of originals
    behind what is masked of a record, None where nothing is.
    """
    language = asked.language if asked.language in LANGUAGES else LANGUAGES[0]
    says, words = texts(language), catalogue()[language]
    said = [says["refused" if asked.outcome == "refused" else f"{asked.kind}_said"]]
    if sealed:
        said.append(says["masked"].format(day=words.day(sealed, "plain_date")))
    if asked.outcome in ("refused", "partly") and asked.ground:
        until = says["until"].format(day=words.day(kept, "plain_date")) if kept else ""
        said.append(says[str(asked.ground)] + (f" {until}" if until else ""))
    return Letter(
        language, words["direction"],
        says["of"].format(day=words.day(asked.received_on, "plain_date")),
        f"{says[str(asked.kind)]} · {words.day(closed_on, 'plain_date')}",
        (*said, says["silence"], says["complain"]), says["reference"],
    )  # fmt: skip


@cache
def texts(language: str) -> Mapping[str, str]:
    """The texts of one language."""
    path = files("app.web.console.letters") / f"{language}.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8"))
    return found


def names() -> dict[str, str]:
    """The languages to choose from, each by its own name."""
    return {tag: catalogue()[tag]["name"] for tag in LANGUAGES}
