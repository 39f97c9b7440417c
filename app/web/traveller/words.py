"""What the traveller's page says in six languages: the files of ``words/``, one a language.

The questionnaire brings its own texts. A missing key fails when the files are first read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from app.formats.languages import LANGUAGES
from app.web.money import grouped

__all__ = ["LANGUAGES", "Words", "WordsError", "catalogue", "negotiate", "plural_form"]


class WordsError(ValueError):
    """The files do not say the same things."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language by key."""

    language: str
    texts: Mapping[str, Any]

    def __getitem__(self, key: str) -> str:
        return str(self.texts[key])

    def say(self, key: str, **values: object) -> str:
        """A text with its gaps filled."""
        return str(self.texts[key]).format(**values)

    def all(self, key: str) -> list[str]:
        """A text that has several parts."""
        return list(self.texts[key])

    def count(self, key: str, number: int) -> str:
        """A text about a number of things, in the plural form that the language has for it."""
        forms = self.texts[key]
        return str(forms[plural_form(self.language, number)]).format(count=f"{number:,}")

    def forms(self, key: str) -> str:
        """All plural forms of such a text, as JSON: what the phone chooses from."""
        return json.dumps(self.texts[key], ensure_ascii=False)

    def money(self, minor: int, currency: str) -> str:
        """Minor units as money: ``JPY 30,000``, in Arabic the currency behind."""
        return self.say("money", currency=currency, amount=grouped(minor, currency))

    def day(self, day: date, pattern: str = "date") -> str:
        """A date as the language writes it: ``date`` with the day of the week, ``plain_date`` without."""
        return self.say(
            pattern,
            weekday=self.all("weekdays")[day.weekday()],
            day=day.day,
            month=self.all("months")[day.month - 1],
            year=day.year,
        )


PLURAL_FORMS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
}
"""The forms of each language in CLDR's names; the others have one form for everything."""


def plural_form(language: str, number: int) -> str:
    """The form for a whole number (CLDR, cardinal): what ``Intl.PluralRules`` says on the phone."""
    if language == "en":
        return "one" if number == 1 else "other"
    if language != "ar":
        return "other"
    if number < 3:
        return ("zero", "one", "two")[number]
    last = number % 100
    return "few" if 3 <= last <= 10 else "many" if last >= 11 else "other"


@cache
def catalogue() -> Mapping[str, Words]:
    """All languages. Raises WordsError when one lacks what another says."""
    folder = files("app.web.traveller") / "words"
    found = {
        language: Words(language, json.loads((folder / f"{language}.json").read_text("utf-8")))
        for language in LANGUAGES
    }
    expected = found[LANGUAGES[0]].texts.keys()
    for language, one in found.items():
        if differing := expected ^ one.texts.keys():
            raise WordsError(f"{language}: {sorted(differing)}")
    return found


def negotiate(accepted: str) -> str:
    """The language for an Accept-Language header (RFC 9110 section 12.5.4); the first wins ties."""
    wishes = [_wish(part) for part in accepted.split(",")[:20]]
    for quality, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if quality > 0 and (language := _spoken(tag)):
            return language
    return LANGUAGES[0]


def _wish(part: str) -> tuple[float, str]:
    tag, _, parameter = part.partition(";")
    try:
        quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        quality = 0.0
    return quality, tag.strip().lower()


def _spoken(tag: str) -> str | None:
    """Chinese is told by its script, and where none is named by the place."""
    primary, *rest = tag.split("-")
    if primary == "zh":
        traditional = {"hant", "tw", "hk", "mo"} & set(rest) and "hans" not in rest
        return "zh-Hant" if traditional else "zh-Hans"
    return primary if primary in LANGUAGES else None
