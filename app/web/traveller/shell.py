"""One document for all languages, and the texts of each: together the document of a language.

Six documents of which four fifths are the same markup would be most of what a phone has to load. So the template
is drawn once with a number in the place of every text, and once a language to note the texts in that order. The
service worker on the phone puts the two together as :func:`filled` does; a test holds that to what the
template says when it is drawn in the language itself.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import escape

from app.web.traveller.words import Words

_PLACE = re.compile(r"\{\{(\d+)\}\}")


class Noting:
    """Stands in for :class:`Words` while a template is drawn: notes each text, gives its number."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._places: dict[str, int] = {}
        self.texts: list[str] = []

    def note(self, name: str, said: str) -> str:
        """The place of a text. The same name always says the same."""
        if name not in self._places:
            self._places[name] = len(self.texts)
            self.texts.append(said)
        return f"{{{{{self._places[name]}}}}}"

    @property
    def language(self) -> str:
        return self.note("language", self._words.language)

    def __getitem__(self, key: str) -> str:
        return self.note(key, self._words[key])

    def say(self, key: str, **values: object) -> str:
        said = {name: self._resolved(str(value)) for name, value in values.items()}
        return self.note(f"{key} {values}", self._words.say(key, **said))

    def count(self, key: str, number: int) -> str:
        return self.note(f"{key} {number}", self._words.count(key, number))

    def all(self, key: str) -> list[str]:
        return [self.note(f"{key} {n}", one) for n, one in enumerate(self._words.all(key))]

    def forms(self, key: str) -> str:
        return self.note(f"forms {key}", self._words.forms(key))

    def saying(
        self, said: Callable[[Mapping[str, str]], str]
    ) -> Callable[[Mapping[str, str]], str]:
        """The same for the texts of a questionnaire."""
        return lambda texts: self.note(json.dumps(dict(texts)), said(texts))

    def _resolved(self, value: str) -> str:
        return _PLACE.sub(lambda place: self.texts[int(place[1])], value)


def filled(shell: str, texts: Sequence[Any]) -> str:
    """The document of a language; ``texts`` are escaped for HTML."""
    return _PLACE.sub(lambda place: str(texts[int(place[1])]), shell)


def escaped(texts: Sequence[str]) -> list[str]:
    """Texts as they stand in the document."""
    return [str(escape(one)) for one in texts]
