"""Forms of lists, lookouts and the match tester: what was typed, as values; what is wrong, in words. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.kernel.errors import FieldProblem
from app.screening.list_models import LookoutKind
from app.screening.list_settings import USUAL
from app.screening.models import TRANSLATED, Handling, Severity, Watchlist
from app.screening.staging import Difference
from app.screening.tester import USUAL as USUAL_SCORES
from app.screening.urgent import LookoutDraft
from app.screening.watchlists import Settings
from app.screening.watchlists import settings_of as settings_of_list
from app.web.console.told import SEXES
from app.web.console.words import HANDLINGS, plain
from app.web.forms import Fields
from app.web.translation import N_, Words, gettext

Problems = list[tuple[str, str]]

LOOKOUT_KINDS: Mapping[str, str] = Words({
    "person": N_("Person"), "document": N_("Document"), "seat": N_("Seat on a flight"), "bag-tag": N_("Bag tag"),
})  # fmt: skip
RELATIONS: Mapping[str, str] = Words({
    "exact": N_("Same date of birth"), "swapped": N_("Day and month swapped"),
    "year": N_("Same year"), "near": N_("Years close"),
    "list_has_none": N_("None on the list"), "traveller_has_none": N_("None of the traveller"),
    "contradiction": N_("Another date of birth"),
})  # fmt: skip
BECAUSE: Mapping[str, str] = Words(
    {
        "bulk": N_("More entries change than one officer may change alone"),
        "shrinks": N_("The list loses more than a tenth of its entries"),
        "unread-rows": N_("Some rows could not be read, so nobody knows which entries they meant"),
        "settings": N_("How a list is set is signed by two"),
    }
)
SETTINGS: Mapping[str, str] = Words({
    "title": N_("Title"), "titles/ja": N_("Title in Japanese"), "purpose": N_("Purpose"), "handling": N_("Handling of a hit"), "category": N_("Category"),
    "severity": N_("Severity"), "source": N_("Who answers for it"),
    "reason_restricted": N_("Who may see the reason"),
    "bulk_limit": N_("Entries that one officer may change within a day"),
})  # fmt: skip
ENTRY: Mapping[str, str] = Words({
    "kind": N_("Kind"), "names": N_("Names"), "birth_dates": N_("Born"), "nationality": N_("Nationality"), "sex": N_("Sex"),
    "documents": N_("Documents"), "reason": N_("Reason"), "category": N_("Category"), "severity": N_("Severity"),
    "valid_from": N_("Valid from"), "valid_to": N_("Valid to"),
})  # fmt: skip
"""Fields of an entry, in the order in which they are shown."""
SOUGHT: Mapping[str, str] = Words({
    "flight": N_("Flight"), "day": N_("Day of departure"), "seat": N_("Seat"), "tag": N_("Number of the bag tag"),
})  # fmt: skip
"""What a lookout has beside the fields of an entry."""
WRONG: Mapping[str, str] = Words({
    "title": N_("Give it a title"), "reason": N_("Say why"), "purpose": N_("Choose a purpose"),
    "hours": N_("Hours are a number up to 24"), "surname": N_("Give a name with letters; one in Chinese characters as the passport has it in Latin letters"),
    "birth_date": N_("Write the date of birth as YYYY-MM-DD, or the year alone"),
    "sex": N_("Give F, M or X, or leave it empty"),
    "number": N_("Give a document number of at least five characters"),
    "flight": N_("Write the flight like JL1"), "day": N_("Give the day of departure"),
    "seat": N_("Write the seat like 12A"), "tag": N_("Write the ten digits of the bag tag, or airline and number"),
    "bulk_limit": N_("The limit is a number from 1 to 1000"),
    "thresholds": N_("Scores are numbers from 0.5 to 1, or empty for the usual ones"),
    "note": N_("Say why it was not justified"), "until": N_("Choose a day from today to a year ahead"),
    "key": N_("Small letters, digits and dashes, up to 40; not “match”"),
    "passenger": N_("Name or date of birth of the traveller is not known: the pair cannot be told apart"),
})  # fmt: skip


def problems_of(fields: Iterable[FieldProblem]) -> Problems:
    """What is wrong, by field of the form, each once."""
    names = dict.fromkeys(one.pointer.split("/")[1] if "/" in one.pointer else "" for one in fields)
    return [(name, WRONG.get(name, gettext("This cannot be used"))) for name in names]


def settings_of(form: Fields) -> Settings:
    """Settings of a list; what is no number is refused by the service."""
    own = {name: form.text(f"least-{name}") for name in RELATIONS}
    thresholds = {name: _least(text) for name, text in own.items() if text}
    severity, handling = form.text("severity"), form.text("handling")
    return Settings(
        title=form.text("title"), purpose=form.text("purpose"),
        handling=Handling(handling) if handling in set(Handling) else Handling.STOP,
        category=form.text("category"), source=form.text("source"),
        severity=Severity(severity) if severity in set(Severity) else Severity.ORDINARY,
        reason_restricted=form.text("restricted") == "yes",
        bulk_limit=int(form.text("bulk_limit")) if _is_small(form.text("bulk_limit")) else 0,
        thresholds=thresholds or None,
        titles={tag: said for tag in TRANSLATED if (said := form.within(f"title_{tag}", 200))},
    )  # fmt: skip


def _is_small(text: str) -> bool:
    return text.isdecimal() and len(text) < 6


def _least(text: str) -> float | None:
    """A threshold; ``never`` is no alert at all; nonsense is a score that nobody may set."""
    if text.casefold() == "never":
        return None
    try:
        return float(text)
    except ValueError:
        return -1.0


def lookout_of(form: Fields) -> LookoutDraft:
    """A lookout; what its kind needs is checked by the service."""
    kind, handling = form.text("kind"), form.text("handling")
    hours = form.text("hours")
    return LookoutDraft(
        kind=LookoutKind(kind) if kind in set(LookoutKind) else LookoutKind.PERSON,
        title=form.within("title", 200), purpose=form.text("purpose"),
        handling=Handling(handling) if handling in set(Handling) else Handling.STOP,
        reason=form.within("reason", 2000), hours=float(hours) if _is_small(hours) else 0.0,
        restricted=form.text("restricted") == "yes", surname=form.within("surname", 200),
        given=form.within("given", 200), birth_date=form.text("birth_date"),
        number=form.within("number", 40), issuer=form.within("issuer", 3),
        flight=form.within("flight", 10), day=day_of(form.text("day")),
        seat=form.within("seat", 8), tag=form.within("tag", 20),
    )  # fmt: skip


def pairs_of(values: Iterable[Any]) -> list[tuple[str, str]]:
    """Choices of a list with their words."""
    return [(str(value), plain(str(value))) for value in values]


def settings_typed(watchlist: Watchlist, typed: Mapping[str, str]) -> Mapping[str, str]:
    """What stands in the fields: what was typed, else how the list is set."""
    if "bulk_limit" in typed:
        return typed
    now = settings_of_list(watchlist)
    least = {
        f"least-{n}": "never" if v is None else str(v) for n, v in (now.thresholds or {}).items()
    }
    return {
        "title": now.title, "purpose": now.purpose, "handling": now.handling,
        "category": now.category, "severity": now.severity, "source": now.source,
        "restricted": "yes" if now.reason_restricted else "no", "bulk_limit": str(now.bulk_limit),
        **least, **{f"title_{tag}": said for tag, said in now.titles.items()},
    }  # fmt: skip


def day_of(text: str) -> date | None:
    """A day as a form sends it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def wanted_of(form: Fields) -> tuple[str, str, str, str, str, str, str]:
    """Whom the tester looks for: the arguments of :func:`app.screening.tester.person_of`."""
    surname, given, birth, sex, nationality, number, issuer = (
        form.within(name, 200)
        for name in ("surname", "given", "birth_date", "sex", "nationality", "number", "issuer")
    )
    return surname, given, birth, sex, nationality, number, issuer


def setting_named(name: str) -> str:
    """The name of a setting of a list; of a threshold the relation of birth dates that it is for."""
    relation = name.removeprefix("thresholds/")
    if relation != name:
        return gettext(
            "Least score, %(relation)s", relation=RELATIONS.get(relation, relation).lower()
        )
    return SETTINGS.get(name, name)


def setting_said(name: str, value: Any) -> str:
    """A setting of a list in words, for the differences of a change."""
    if name.startswith("thresholds/"):
        return _least_said(name.removeprefix("thresholds/"), value)
    if name == "reason_restricted":
        return (
            gettext("Officers with that right only") if value else gettext("Whoever sees the hit")
        )
    if name == "handling":
        return HANDLINGS.get(value, value)
    if name in ("purpose", "severity"):
        return plain(value)
    return str(value) or gettext("nothing")


def _least_said(relation: str, value: Any) -> str:
    if value == USUAL:
        usual = USUAL_SCORES[relation]
        if usual is None:
            return gettext("the usual one: never an alert")
        return gettext("the usual one: %(score)s", score=format(usual, ".2f"))
    return gettext("never an alert") if value is None else f"{value:.2f}"


def entry_field(name: str) -> str:
    """The name of a field of an entry or of a lookout."""
    return ENTRY.get(name) or SOUGHT.get(name) or plain(name)


def fields_named(names: Iterable[str]) -> str:
    """Fields of an entry that have changed, in words."""
    return gettext(", ").join(entry_field(name).lower() for name in names)


def fields_shown(one: Difference) -> list[str]:
    """What a change of an entry shows: the fields that differ; of one that comes or goes every field that is set."""
    held = {**(one.before or {}), **(one.after or {})}
    return list(one.fields) or [
        name for name in (*ENTRY, *(held.keys() - ENTRY.keys())) if held.get(name)
    ]


def entry_said(name: str, value: Any) -> str:
    """The value of a field of an entry or of a lookout in words."""
    if name == "severity" and value is None:
        return gettext("the list's")
    if name in ("severity", "kind"):
        return plain(value)
    return said(SEXES.get(value, value) if name == "sex" else value)


def said(value: Any) -> str:
    """A field of an entry in words, for the differences of a change."""
    if not value:
        return gettext("nothing")
    if isinstance(value, list):
        return gettext("; ").join(said(one) for one in value)
    if isinstance(value, Mapping):
        parts = [value.get(name) for name in ("surname", "given", "issuer", "number")]
        return ", ".join(str(part) for part in parts if part)
    return str(value)
