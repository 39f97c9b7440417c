"""What Babel gathers beside marked texts: titles of shipped rules and profiles, names of facts, sources of rates.

``make locale`` calls these for the files that ``[tool.babel]`` of pyproject.toml names; where nobody has translated
one, the console shows it as its author wrote it.
"""

import json
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from app.screening.words import fact_texts, short, source_words, unit_words

Message = tuple[int, str | None, str, Sequence[str]]
"""Line, function, text, comments for translators."""


def titles(source: BinaryIO, keywords: Any, comments: Any, options: Any) -> Iterator[Message]:
    """Titles in a file of rules or of managed lists (TOML); a rule with `texts` is translated where it stands."""
    del keywords, comments, options
    read = tomllib.loads(source.read().decode())
    lists = [one for one in read.values() if isinstance(one, dict) and "values" in one]
    for one in (*read.get("rules", ()), *lists):
        if (said := one.get("title")) and "texts" not in one:
            yield 0, None, said, ()


def profiles(source: BinaryIO, keywords: Any, comments: Any, options: Any) -> Iterator[Message]:
    """Title and note of a jurisdiction's profile (TOML), as the rules' page shows them."""
    del keywords, comments, options
    read = tomllib.loads(source.read().decode())
    for name in ("title", "note"):
        yield 0, None, read[name], ()


def rates(source: BinaryIO, keywords: Any, comments: Any, options: Any) -> Iterator[Message]:
    """Where a questionnaire (JSON) has its rates of duty from; its other texts are translated where they stand."""
    del keywords, comments, options
    if duty := json.load(source).get("duty"):
        yield 0, None, duty["source"], ()


def facts(source: BinaryIO, keywords: Any, comments: Any, options: Any) -> Iterator[Message]:
    """The catalogue's texts, whole (for authors) and short (for officers), units, and where facts come from."""
    del source, keywords, comments, options
    for said in fact_texts():
        yield 0, None, said, ()
        if short(said) != said:
            yield 0, None, short(said), ()
    for said in (*source_words(), *unit_words()):
        yield 0, None, said, ()
