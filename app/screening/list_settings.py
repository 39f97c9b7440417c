"""What a list says of itself: its settings as a value, what may be set, and how two settings differ. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.texts import N_
from app.screening.models import TRANSLATED, Handling, Severity, Watchlist
from risk_rules.names import DEFAULT_THRESHOLDS, Relation
from risk_rules.score import Purpose

MOST_UNSIGNED = 1000
"""However a list is set, a change of more entries than this needs a second officer."""

BULK_LIMIT = 20
"""Entries of a list that one officer may change within a day, where the list says nothing else."""

LEAST_SCORE = 0.5
"""No threshold may be lower: half of a name is nobody."""


class SettingsInvalidError(InvalidError):
    """A list cannot be set so; ``fields`` says where."""

    code, status, title = "watchlist-settings", 422, N_("A list cannot be set so")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a list says of itself; the fields are explained at :class:`Watchlist`."""

    title: str
    purpose: str
    handling: Handling
    category: str = ""
    severity: Severity = Severity.ORDINARY
    source: str = ""
    reason_restricted: bool = False
    bulk_limit: int = BULK_LIMIT
    thresholds: Mapping[str, float | None] | None = None
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """A setting before and after, as it is stored; a threshold is a field of its own, ``thresholds/<relation>``,
    and :data:`USUAL` where the list sets none (None is "never an alert").
    """

    field: str
    before: Any
    after: Any


USUAL = "usual"


def settings_of(watchlist: Watchlist) -> Settings:
    """How a list is set now."""
    return Settings(**{name: getattr(watchlist, name) for name in Settings.__slots__})


def stored(settings: Settings) -> dict[str, Any]:
    """Settings as columns of a list, and as they stand in a version and in a proposal."""
    values = {name: getattr(settings, name) for name in Settings.__slots__}
    thresholds = settings.thresholds
    values["titles"] = dict(settings.titles)
    return values | {"thresholds": None if thresholds is None else dict(thresholds)}


def from_stored(values: Mapping[str, Any]) -> Settings:
    """:func:`stored` back to a value."""
    own = {name: values[name] for name in Settings.__slots__ if name in values}
    typed = {"handling": Handling(own["handling"]), "severity": Severity(own["severity"])}
    return Settings(**own | typed)


def differences(before: Settings, after: Settings) -> list[SettingDifference]:
    """What differs, field by field in the order of the settings, the thresholds one by one."""
    old, new = (dict(_flat(one)) for one in (before, after))
    fields = dict.fromkeys([*old, *new])
    pairs = ((name, old.get(name, USUAL), new.get(name, USUAL)) for name in fields)
    return [SettingDifference(*one) for one in pairs if one[1] != one[2]]


def _flat(settings: Settings) -> Iterator[tuple[str, Any]]:
    for name in Settings.__slots__:
        if name not in ("thresholds", "titles"):
            yield name, getattr(settings, name)
    for tag in TRANSLATED:
        yield f"titles/{tag}", settings.titles.get(tag, "")
    for relation in Relation:
        if relation in (settings.thresholds or {}):
            yield f"thresholds/{relation}", (settings.thresholds or {})[relation]


def careful(settings: Settings) -> Settings:
    """What of new settings needs one signature: no larger bulk than usual, no threshold below the usual ones."""
    usual = {str(one): 2.0 if least is None else least for one, least in DEFAULT_THRESHOLDS.items()}
    own = settings.thresholds
    if own is not None:
        own = {
            name: least for name, least in own.items() if least is None or least >= usual[name]
        } or None
    return replace(settings, bulk_limit=min(settings.bulk_limit, BULK_LIMIT), thresholds=own)


def check_settings(settings: Settings) -> None:
    """Refuse what no list can be set to. Raises :class:`SettingsInvalidError`."""
    problems = [FieldProblem("/" + name, code) for name, code in _faults(settings)]
    if problems:
        raise SettingsInvalidError(fields=problems)


def _faults(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.title.strip():
        yield "title", "missing"
    if not set(settings.titles) <= set(TRANSLATED):
        yield "titles", "unknown"
    if settings.purpose not in set(Purpose):
        yield "purpose", "unknown"
    if not 1 <= settings.bulk_limit <= MOST_UNSIGNED:
        yield "bulk_limit", "out_of_range"
    for relation, least in (settings.thresholds or {}).items():
        if relation not in set(Relation):
            yield "thresholds", "unknown_relation"
        elif least is not None and not LEAST_SCORE <= least <= 1:
            yield "thresholds", "out_of_range"
