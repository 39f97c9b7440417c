"""A dossier as its viewer may see it: what is not in clear for him is masked before the page is made.

Disagreements of sources are found on what they really say, and masked after: that two dates differ is told, the dates
are not. Hits come masked from :mod:`app.screening.views`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.identity.permissions import FieldGroup
from app.identity.sight import Seen, Sight
from app.travel.changes import Change, ChangeKind
from app.travel.models import Passenger
from app.web.console.compare import Line
from app.web.console.declared import Declared
from app.web.console.dossier import Dossier

_CHANGES: Mapping[ChangeKind, FieldGroup] = {
    ChangeKind.NAME: FieldGroup.NAME,
    ChangeKind.BIRTH_DATE: FieldGroup.BIRTH,
    ChangeKind.DOCUMENT: FieldGroup.DOCUMENT,
}


class _Masked:
    """A row with some of its values masked: read, never written."""

    def __init__(self, of: object, **masked: str) -> None:
        self._of = of
        self.__dict__.update(masked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


def veil_dossier(dossier: Dossier, sight: Sight) -> Dossier:
    """The same, masked where ``sight`` does not reach."""
    declared = dossier.facts.declaration_id if dossier.facts else None
    seen = sight.at(dossier.view.passenger.id)
    found = replace(
        dossier,
        declared=dossier.declared
        and veil_declared(dossier.declared, sight.at(dossier.view.passenger.id, declared)),
        fellows=tuple(
            replace(one, passenger=_person(one.passenger, sight.at(one.passenger.id)))
            for one in dossier.fellows
        ),
    )
    if not seen.masked:
        return found
    documents: Any = tuple(
        _Masked(one, number=seen.document(one.number)) for one in dossier.view.documents
    )
    comparison = dossier.comparison
    return replace(
        found,
        view=replace(found.view, passenger=_person(found.view.passenger, seen), documents=documents),
        comparison=replace(comparison, lines=tuple(_line(one, seen) for one in comparison.lines)),
        changes=tuple(_change(one, seen) for one in found.changes),
    )  # fmt: skip


def veil_declared(declared: Declared, seen: Seen) -> Declared:
    """Where the traveller stays and is called."""
    return replace(
        declared, address=seen.contact(declared.address), phone=seen.contact(declared.phone)
    )


def _person(passenger: Passenger, seen: Seen) -> Any:
    if not seen.masked:
        return passenger
    return _Masked(
        passenger, surname=seen.names(passenger.surname), given_names=seen.names(passenger.given_names),
        birth_date=seen.birth(passenger.known_birth_date),
    )  # fmt: skip


def _line(line: Line, seen: Seen) -> Line:
    if line.group is None:
        return line
    if line.group is FieldGroup.DOCUMENT:
        return replace(line, said=tuple(_papers(one, seen) for one in line.said))
    return replace(line, said=tuple(seen.said(line.group, one) for one in line.said))


def _papers(said: str, seen: Seen) -> str:
    """``SWE K1234567, K7654321``: the issuing states stay."""
    parts = (one.rpartition(" ") for one in said.split(", ") if one)
    return ", ".join(f"{state}{blank}{seen.document(number)}" for state, blank, number in parts)


def _change(change: Change, seen: Seen) -> Change:
    group = _CHANGES.get(change.kind)
    if group is None:
        return change
    if group is FieldGroup.DOCUMENT:
        return replace(
            change, before=_papers(change.before, seen), after=_papers(change.after, seen)
        )
    return replace(
        change, before=seen.said(group, change.before), after=seen.said(group, change.after)
    )
