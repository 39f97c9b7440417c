"""No text of the console stands outside of a translation: its templates are read, not rendered, so no branch is missed."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from app.web.pages import environment

TEMPLATES = Path(environment.loader.searchpath[0])  # type: ignore[union-attr]
FACES = ("console", "quality", "carrier")
NAMES = [
    *sorted(
        str(one.relative_to(TEMPLATES))
        for face in FACES
        for one in (TEMPLATES / face).glob("*.html")
    ),
    "base.html",
    "error.html",
]

SHOWN = frozenset({"aria-label", "aria-description", "title", "alt", "placeholder"})
UNTOUCHED = frozenset({"script", "style", "kbd"})
HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
LETTERS = re.compile(r"[^\W\d_]{2,}")

ALLOWED = frozenset({
    "e-Gate",  # the product's name
    "data-unheard",  # an attribute without a value, in a block outside of its tag
    "kg",  # a unit, the same in every language
})  # fmt: skip
"""What stands unmarked in a template and may, each with its reason."""

WORD = re.compile(r"[A-Z][a-z]+( |$)|[a-z]{2,} [a-z]{2,}")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
AROUND = " \N{EN DASH}.,:;()"


class Reader(HTMLParser):
    """The texts and human attributes of markup in which every expression is a hole."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.take(given.items())
        if tag not in ("input", "meta", "link", "br", "img", "hr", "rect", "path", "circle"):
            is_code = tag in UNTOUCHED or "code" in given.get("class", "").split()
            self.open.append((tag, is_code))

    def take(self, attributes: Iterable[tuple[str, str]]) -> None:
        """Keep what people see or hear of attributes, and what scripts may show: data with blanks in it."""
        for name, value in attributes:
            if name in SHOWN or (name.startswith("data-") and " " in value.strip()):
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(is_code for _, is_code in self.open):
            self.take(ATTRIBUTE.findall(data))  # a macro's attributes stand outside of any tag
            self.found.append(ATTRIBUTE.sub("", data))


def unmarked(source: str) -> list[str]:
    """Texts of a template that no translation holds: in its markup, and as constants in its expressions."""
    reader = Reader()
    reader.feed(_markup(source))
    reader.close()
    pieces = [" ".join(piece.split()) for one in reader.found for piece in one.split(HOLE)]
    shown = [one for one in pieces if LETTERS.search(one) and not _is_hints(one)]
    return [one for one in (*shown, *_constants(source)) if one.strip(AROUND) not in ALLOWED]


def _is_hints(text: str) -> bool:
    """Kinds of hints and of events (``referral.changed shift.changed``), which the page's script reads."""
    return all(re.fullmatch(r"[a-z-]+\.[a-z-]+", word) for word in text.split())


def _markup(source: str) -> str:
    """The markup with a hole for each expression, tag and translated block."""
    parts: list[str] = []
    for _, kind, text in environment.lex(_without_translated(source)):
        if kind == "data":
            parts.append(text)
        elif kind in ("variable_end", "block_end"):
            parts.append(HOLE)
    return "".join(parts)


def _without_translated(source: str) -> str:
    source = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}", "", source)
    return re.sub(r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}", "{{ 0 }}", source, flags=re.DOTALL)


def _constants(source: str) -> Iterator[str]:
    """Constants in expressions that read like words and are no argument of a translation."""
    for one in _consts(environment.parse(_without_translated(source))):
        if WORD.search(one) and not one.startswith("console/"):
            yield one


def _consts(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in (
        "_",
        "ngettext",
        "pgettext",
    ):
        for given in node.kwargs:
            yield from _consts(given)
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _consts(child)


@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_a_page_is_translated(name: str):
    assert unmarked((TEMPLATES / name).read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Nobody is here</p>", ["Nobody is here"]),
        ('<p>{{ _("Nobody is here") }}</p>', []),
        ("<p>{% trans n=n %}{{ n }} wait{% endtrans %}</p>", []),
        ("<p>{{ n }} wait</p>", ["wait"]),
        ('<p aria-label="Table of {{ x }}"></p>', ["Table of"]),
        ('<p data-said="Come here" class="two words"></p>', ["Come here"]),
        ('<p data-live="referral.changed shift.changed"></p>', []),
        ('{{ "Release" if x else "Stop" }}', ["Release", "Stop"]),
        ('{{ _("%(a)s", a="Stop it" if x else y) }}', ["Stop it"]),
        ('{% set x = "band-high" %}<kbd>Enter</kbd><span class="code">UNB</span>', []),
    ],
    ids=["bare", "marked", "block", "glued", "attribute", "data", "hints", "condition", "argument",
         "codes"],
)  # fmt: skip
def test_what_is_not_translated_is_seen(source: str, found: list[str]):
    assert unmarked(source) == found
