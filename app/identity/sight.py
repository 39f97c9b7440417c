"""What of a person an officer sees in clear: what his roles need (the matrix in :mod:`app.identity.permissions`), and
what he has had shown to him with a reason (:mod:`app.identity.disclosures`). All else is masked before it leaves the server.

``require`` (:mod:`app.identity.http`) binds a :class:`Sight` to the request. Whoever acts for nobody in particular, devices,
senders, the worker, the command line, is not narrowed. ASVS 5.0, 8.2.3 (fields) and 14.2.6 (no more than is needed).
"""

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.identity.grants import Grant
from app.identity.permissions import IN_CLEAR, FieldGroup

HIDDEN = "•••"
"""Stands for what is not shown."""
LAST = 3
"""So many characters of a document's number are left: enough to tell two passports on a desk apart, not to ask for one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What of one person may be shown in clear."""

    clear: frozenset[FieldGroup]

    @property
    def masked(self) -> tuple[FieldGroup, ...]:
        """The groups that are not, in their order."""
        return tuple(one for one in FieldGroup if one not in self.clear)

    def said(self, group: FieldGroup, value: Any) -> str:
        """A value as text, in clear or masked; '' for None and ''."""
        text = "" if value is None else str(value)
        return text if group in self.clear or not text else MASKS[group](text)

    def names(self, text: str | None) -> str:
        """A surname or given names."""
        return self.said(FieldGroup.NAME, text)

    def birth(self, day: date | str | None) -> str:
        """A date of birth, ``yyyy-mm-dd`` or its year."""
        return self.said(FieldGroup.BIRTH, day)

    def document(self, number: str | None) -> str:
        """A document's number."""
        return self.said(FieldGroup.DOCUMENT, number)

    def contact(self, text: str | None) -> str:
        """A telephone number, an address."""
        return self.said(FieldGroup.CONTACT, text)

    def record(self, value: Any, keys: Mapping[str, FieldGroup]) -> Any:
        """JSON with everything masked that stands under a key of a masked group, however deep."""
        if not self.masked:
            return value
        if isinstance(value, Mapping):
            return {
                name: self._below(keys[name], one) if name in keys else self.record(one, keys)
                for name, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.record(one, keys) for one in value]
        return value

    def _below(self, group: FieldGroup, value: Any) -> Any:
        """Everything under a key: its words and numbers."""
        if group in self.clear or value is None or isinstance(value, bool):
            return value
        if isinstance(value, Mapping):
            return {name: self._below(group, one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._below(group, one) for one in value]
        return self.said(group, value)


def initials(text: str) -> str:
    """``M. E.`` of ``MARIA ELENA``; a word of one letter is a whole name in some scripts and is hidden."""
    return " ".join(f"{word[0]}." if len(word) > 1 else HIDDEN for word in text.split())


def last_characters(number: str) -> str:
    """The last :data:`LAST` characters of a number that has at least twice as many."""
    return HIDDEN + (number[-LAST:] if len(number) >= 2 * LAST else "")


def year_alone(day: str) -> str:
    """``1988`` of ``1988-04-12``."""
    year = day[:4]
    return year if len(year) == 4 and year.isdecimal() else HIDDEN


MASKS: Mapping[FieldGroup, Callable[[str], str]] = {
    FieldGroup.NAME: initials,
    FieldGroup.BIRTH: year_alone,
    FieldGroup.DOCUMENT: last_characters,
    FieldGroup.CONTACT: lambda _: HIDDEN,
}

EVERYTHING = frozenset(FieldGroup)


@dataclass(frozen=True, slots=True)
class Sight:
    """``clear``: of everybody; ``opened``: of these people (ids of passengers or declarations), everything."""

    clear: frozenset[FieldGroup] = EVERYTHING
    opened: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, grants: Iterable[Grant], opened: Iterable[UUID] = ()) -> "Sight":
        """What the roles of some grants need together."""
        needed = (IN_CLEAR[one.role] for one in grants)
        return cls(frozenset[FieldGroup]().union(*needed), frozenset(opened))

    def at(self, *person: UUID | None) -> Seen:
        """What is shown of one person, whatever ids he goes by."""
        return Seen(EVERYTHING if self.opened.intersection(person) else self.clear)


UNLIMITED = Sight()

_bound: ContextVar[Sight] = ContextVar("sight", default=UNLIMITED)


def bind(sight: Sight) -> None:
    """Narrow what follows in this request."""
    _bound.set(sight)


def current() -> Sight:
    """What the officer of the request at hand sees."""
    return _bound.get()
