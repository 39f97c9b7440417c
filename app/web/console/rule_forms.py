"""The editor's form: what was typed as a draft, a version as what would be typed."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from app.screening import editing
from app.screening.models import TRANSLATED, Handling, Level, RuleVersion
from app.screening.rules import (
    AIRPORT,
    CARRIER,
    KEY,
    LONGEST,
    LONGEST_UNSEEN,
    MOST_POINTS,
    ROUTE,
    Draft,
    Purpose,
    Scope,
)
from app.screening.tester import own_purposes
from app.web.console.words import LEVELS, plain
from app.web.forms import Fields
from app.web.translation import N_, Words, gettext, said_in

NOTHING: Mapping[str, Any] = {}
Problems = list[tuple[str, str]]

STATES = Words({
    "draft": N_("Draft"), "submitted": N_("Submitted"), "approved": N_("Approved"),
    "rejected": N_("Rejected"), "shadow": N_("In shadow"), "active": N_("In force"),
    "suspended": N_("Suspended"), "retired": N_("Retired"),
})  # fmt: skip
"""States of a version, in words."""
STEPS = Words({
    "drafted": N_("drafted"), "submitted": N_("handed in"), "approved": N_("approved"),
    "rejected": N_("rejected"), "shadowed": N_("put in shadow"), "activated": N_("put in force"),
    "suspended": N_("suspended"), "retired": N_("retired"),
    "urgent": N_("put in force on one signature"), "ended": N_("ended after its 24 hours"),
    "reminded": N_("called up for review"), "continued": N_("reviewed and let go on"),
})  # fmt: skip
"""Steps in the life of a version, in words."""
_KEY = re.compile(KEY)
_CODES = {
    "airports": (re.compile(AIRPORT), N_("Airports are three letters each, such as NRT")),
    "carriers": (re.compile(CARRIER), N_("Carriers are two letters or digits each, such as XX")),
    "routes": (re.compile(ROUTE), N_("Routes are written SIN-NRT")),
}


def choices() -> dict[str, Any]:
    """What can be chosen in the form."""
    return {
        "purposes": [(one, plain(one)) for one in own_purposes()], "handlings": list(Handling),
        "floors": [(str(one), LEVELS[one]) for one in Level if one is not Level.NONE],
        "operators": Words(editing.OPERATORS), "vocabulary": editing.words_of_language(gettext),
    }  # fmt: skip


def purpose_of(form: Fields) -> Purpose | None:
    """The purpose chosen; None where none is: the widest reading is nobody's choice."""
    text = form.text("purpose")
    return Purpose(text) if text in set(Purpose) else None


def day_of(text: str) -> date | None:
    """A day as a form sends it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def scope_of(form: Fields, problems: Problems) -> Scope:
    """Where and when; what cannot be read is a problem and counts as not said."""
    found = {name: _codes(form, name, problems) for name in _CODES}
    days = {name: _day(form, name, problems) for name in ("valid_from", "valid_to")}
    first, last = days["valid_from"], days["valid_to"]
    if first and last and last < first:
        problems.append(("valid_to", gettext("The last day is before the first")))
    return Scope(
        found["airports"], found["carriers"], found["routes"], days["valid_from"], days["valid_to"]
    )


def _codes(form: Fields, name: str, problems: Problems) -> frozenset[str]:
    pattern, said = _CODES[name]
    words = form.text(name).upper().replace(",", " ").split(" ")
    given = {word for word in words if word}
    if not all(pattern.fullmatch(word) for word in given):
        problems.append((name, gettext(said)))
        return frozenset()
    return frozenset(given)


def _day(form: Fields, name: str, problems: Problems) -> date | None:
    text = form.text(name)
    found = day_of(text)
    if text and found is None:
        problems.append((name, gettext("Write a day as 2026-01-31")))
    return found


def draft_of(form: Fields, today: date) -> tuple[Draft | None, Problems]:
    """The draft that was typed, or what is wrong with it by field."""
    problems: Problems = []
    scope = scope_of(form, problems)
    points = _points(form.text("points"))
    review_by = _day(form, "review_by", problems) or today + timedelta(days=365)
    required: Iterable[tuple[str, str]] = (
        ("title", N_("Give the rule a title")), ("justification", N_("Say why there is this rule")),
        ("text", N_("Write the condition")), ("owner", N_("Say who answers for the rule")),
    )  # fmt: skip
    problems += [(name, gettext(said)) for name, said in required if not form.text(name)]
    if not _KEY.fullmatch(form.text("key")) or len(form.text("key")) > LONGEST:
        problems.append(
            ("key", gettext("A key is small letters and digits with dots and hyphens between"))
        )
    if points is None:
        problems.append(
            (
                "points",
                gettext("Points are a whole number from -%(most)s to %(most)s", most=MOST_POINTS),
            )
        )
    purpose = purpose_of(form)
    if purpose is None:
        problems.append(("purpose", gettext("Choose what the rule is for")))
    if not today < review_by <= today + LONGEST_UNSEEN:
        problems.append(("review_by", gettext("Choose a day of review within the next two years")))
    if form.text("handling") not in set(Handling):
        problems.append(("handling", gettext("Choose what a hit asks of the gate")))
    texts = _texts(form, problems)
    if problems or points is None or purpose is None:
        return None, problems
    floor = form.text("floor")
    return Draft(
        texts=texts,
        key=form.text("key"), title=form.within("title", LONGEST), text=form.text("text"),
        points=points, purpose=purpose,
        handling=Handling(form.text("handling")), justification=form.text("justification"),
        owner=form.within("owner", LONGEST), review_by=review_by,
        floor=Level(floor) if floor in set(Level) else None, scope=scope,
        legal_basis=form.text("legal_basis"),
    ), []  # fmt: skip


def said_of(version: RuleVersion, name: str) -> str:
    """The ``title`` or ``justification`` of a version, in the language of the request where it was written in it."""
    texts = {tag: said.get(name, "") for tag, said in version.texts.items()}
    return said_in(texts, getattr(version, name))


def _texts(form: Fields, problems: Problems) -> dict[str, dict[str, str]]:
    """Title and justification in other languages: both or neither."""
    found = {}
    for tag in TRANSLATED:
        said = {name: form.text(f"{name}_{tag}").strip() for name in ("title", "justification")}
        if all(said.values()):
            found[tag] = {**said, "title": form.within(f"title_{tag}", LONGEST)}
        elif any(said.values()):
            problems.append((f"title_{tag}", gettext("Write title and reason both, or neither")))
    return found


def _points(text: str) -> int | None:
    if not re.fullmatch(r"-?[0-9]{1,3}", text):
        return None
    points = int(text)
    return points if abs(points) <= MOST_POINTS else None


def with_condition(form: Fields) -> Fields:
    """The form with one more condition in its text, out of the builder's three fields. Raises ConditionError."""
    three = form.text("fact"), form.text("operator"), form.text("value")
    made = editing.condition_of(*three, gettext)
    before = form.text("text")
    text = f"{before}\nand {made}" if before else made
    kept = [(name, value) for name, value in form.items() if name not in ("text", "fact", "value")]
    return Fields([*kept, ("text", text)])


def typed_of(key: str, owner: str, version: RuleVersion) -> Fields:
    """A version as it would be typed."""
    return Fields([
        ("key", key), ("owner", owner), ("title", version.title), ("text", version.text),
        ("points", str(version.points)), ("purpose", version.purpose),
        ("handling", str(version.handling)), ("floor", str(version.floor or "")),
        ("justification", version.justification), ("legal_basis", version.legal_basis),
        ("airports", " ".join(version.airports)), ("carriers", " ".join(version.carriers)),
        ("routes", " ".join(version.routes)), ("valid_from", str(version.valid_from or "")),
        ("valid_to", str(version.valid_to or "")), ("review_by", str(version.review_by)),
        *((f"{name}_{tag}", text) for tag, said in version.texts.items() for name, text in said.items()),
    ])  # fmt: skip
