"""How far an officer's request reaches: the places and purposes of the grants that allow what he asks for.

``require`` (:mod:`app.identity.http`) binds a :class:`Scope` to the request. What stands in a place says so once
(:func:`bounded`, :func:`addressed`; all of it in :mod:`app.gate.reach`), and every select of the request is narrowed by
it: what is out of scope is not there. An officer of the whole site with all purposes is not narrowed at all, and
neither are devices, senders, the worker and the command line, who act for nobody in particular.

Several grants are not joined crosswise: what stands in a place *and* bears a purpose is the officer's where one grant
covers both (:func:`of_purposes` with ``at``), with the reasons that are for few eyes where that grant allows them, too
(:func:`of_few_eyes`).

While something is changed only places are narrowed, and what the address names must be in scope: a change has to see all
that it touches, wherever that stands. ASVS 5.0, 8.2.2 and 8.3.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from app.identity.grants import EVERYWHERE, Grant, Place
from app.identity.models import PlaceKind
from app.identity.permissions import Permission
from app.kernel.errors import ForbiddenError
from app.kernel.texts import N_


class PurposeError(ForbiddenError):
    """A rule, list, lookout or trial of a purpose for which the officer has no role."""

    code, status, title = "other-purpose", 403, N_("You do not work for this purpose")


_Purposes = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Places and purposes; ``whole``: the site with all that is in it; ``purposes`` None: all.

    ``alternatives``: of grants with other purposes in other places, what each reaches by itself; places and purposes
    are then those of all together, for what has a place alone or a purpose alone. ``few_eyes``: what those of the
    grants reach that allow reasons which are for few eyes, where it is a part; None: all of it, or none of them does.
    """

    whole: bool = False
    terminals: frozenset[str] = frozenset()
    halls: frozenset[UUID] = frozenset()
    lanes: frozenset[UUID] = frozenset()
    counters: frozenset[tuple[UUID, str]] = frozenset()
    purposes: _Purposes = None
    alternatives: tuple["Scope", ...] = ()
    few_eyes: "Scope | None" = None

    @classmethod
    def of(cls, grants: Iterable[Grant]) -> "Scope":
        """What some grants reach."""
        every = tuple(grants)
        reach = cls._together(every)
        few = [one for one in every if one.allows(Permission.VIEW_HIT_REASON)]
        in_full = cls._together(few)
        return replace(reach, few_eyes=in_full) if few and in_full != reach else reach

    @classmethod
    def _together(cls, grants: Iterable[Grant]) -> "Scope":
        places = _places_by_purposes(grants)
        parts = tuple(cls._at(places[one], one) for one in sorted(places, key=_in_order))
        if len(parts) == 1:
            return parts[0]
        together = cls._at(frozenset().union(*places.values()), _joined(places))
        return replace(together, alternatives=parts)

    @classmethod
    def _at(cls, places: Iterable[Place], purposes: _Purposes) -> "Scope":
        keys: dict[PlaceKind, set[str]] = {kind: set() for kind in PlaceKind}
        for one in places:
            keys[one.kind].add(one.key)
        return cls(
            bool(keys[PlaceKind.SITE]), frozenset(keys[PlaceKind.TERMINAL]),
            frozenset(map(UUID, keys[PlaceKind.HALL])), frozenset(map(UUID, keys[PlaceKind.LANE])),
            frozenset(map(counter_of, keys[PlaceKind.COUNTER])), purposes,
        )  # fmt: skip

    @property
    def is_mixed(self) -> bool:
        """Whether purposes or reasons are not the same wherever it reaches."""
        return bool(self.alternatives) or self.few_eyes is not None

    def works_for(self, purpose: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        """Whether a purpose is among these."""
        return sa.true() if self.purposes is None else purpose.in_(sorted(self.purposes))


def _places_by_purposes(grants: Iterable[Grant]) -> Mapping[_Purposes, frozenset[Place]]:
    """The places in which the same purposes are covered, each once; but those where the whole site's cover as much."""
    covered: dict[Place, _Purposes] = {}
    for one in grants:
        covered[one.place] = _joined([covered.get(one.place, frozenset()), one.purposes])
    everywhere = covered.get(EVERYWHERE, frozenset())
    found: dict[_Purposes, frozenset[Place]] = {}
    for place, purposes in covered.items():
        if place == EVERYWHERE or _joined([everywhere, purposes]) != everywhere:
            found[purposes] = found.get(purposes, frozenset()) | {place}
    return found


def _joined(purposes: Iterable[_Purposes]) -> _Purposes:
    """Some purposes and others; None: all."""
    every = tuple(purposes)
    return None if None in every else frozenset[str]().union(*(one or () for one in every))


def _in_order(purposes: _Purposes) -> tuple[bool, list[str]]:
    return purposes is None, sorted(purposes or ())


def counter_of(key: str) -> tuple[UUID, str]:
    """The hall and the name of a counter, from the key of its place."""
    hall, _, name = key.partition("/")
    return UUID(hall), name


UNLIMITED = Scope(whole=True)

_bound: ContextVar[tuple[Scope, bool]] = ContextVar("scope", default=(UNLIMITED, False))


def bind(scope: Scope, *, reading: bool) -> None:
    """Narrow what follows in this request; ``reading``: all of it, else places alone."""
    _bound.set((scope, reading))


def current() -> Scope:
    """How far the request at hand reaches."""
    return _bound.get()[0]


@contextmanager
def reading() -> Iterator[None]:
    """Something is looked up in a request that changes things: narrow all of it."""
    token = _bound.set((current(), True))
    try:
        yield
    finally:
        _bound.reset(token)


def covers_purpose(purpose: str) -> bool:
    """Whether the officer works for this purpose."""
    allowed = current().purposes
    return allowed is None or purpose in allowed


def of_purposes(
    column: sa.SQLColumnExpression[Any], *, at: type[Any] | None = None
) -> sa.ColumnElement[bool]:
    """Whether what bears this purpose is of the officer's: for lists of what is not narrowed by itself.

    ``at``: it bears it where the row of this table stands (:func:`standing`), and one grant has to cover both.
    """
    reach = current()
    if at is None or not reach.alternatives:  # one grant: what is there at all is in its places
        return reach.works_for(column)
    return _by_one(reach.alternatives, column, at)


def of_few_eyes(column: sa.SQLColumnExpression[Any], *, at: type[Any]) -> sa.ColumnElement[bool]:
    """Whether a grant that allows reasons which are for few eyes covers this purpose where the row of ``at`` stands; of
    an officer who may read them at all.
    """
    few = current().few_eyes
    return sa.true() if few is None else _by_one(few.alternatives or (few,), column, at)


def _by_one(
    parts: Iterable[Scope], purpose: sa.SQLColumnExpression[Any], at: type[Any]
) -> sa.ColumnElement[bool]:
    stands = _standing[at]
    return sa.or_(*(sa.and_(one.works_for(purpose), stands(one)) for one in parts))


def expect_purpose(purpose: str) -> None:
    """Raise :class:`PurposeError` unless the officer works for this purpose."""
    if not covers_purpose(purpose):
        raise PurposeError


# --- what stands in a place -----------------------------------------------------------------------

Criterion = Callable[[Scope], sa.ColumnElement[bool]]


_standing: dict[type[Any], Criterion] = {}
_bounded: dict[type[Any], bool] = {}
_Key = tuple[sa.SQLColumnExpression[Any], Criterion, type[UUID] | type[str], str]
_addressed: dict[str, _Key] = {}


def standing(table: type[Any], criterion: Criterion) -> None:
    """Rows of ``table`` stand in the places of a scope where ``criterion`` holds."""
    _standing[table] = criterion


def bounded(table: type[Any], criterion: Criterion, *, place: bool = False) -> None:
    """They are there for it only where it does. ``place``: while things are changed, too."""
    standing(table, criterion)
    _bounded[table] = place


def addressed(
    name: str,
    key: sa.SQLColumnExpression[Any],
    criterion: Criterion,
    of: type[UUID] | type[str] = UUID,
    *,
    under: str = "",
) -> None:
    """What ``{name}`` in an address names is the row with this ``key``, in scope where ``criterion`` holds; ``under``:
    only in addresses with this part, where other things bear the same name.
    """
    _addressed[name] = (key, criterion, of, under)


def names_addressed() -> frozenset[str]:
    """The parts of addresses that are looked up before a route is asked."""
    return frozenset(_addressed)


def covering(
    session: Session, grants: Iterable[Grant], address: str, path: Mapping[str, Any]
) -> tuple[Grant, ...]:
    """Those of ``grants`` that reach everything which an address names, so that a right in one hall is none in another."""
    named = [(_addressed[name], value) for name, value in path.items() if name in _addressed]
    wanted = [(one, value) for one, value in named if one[3] in address]
    scopes = {one: Scope.of([one]) for one in grants}
    verdicts = {
        scope: all(_is_there(session, scope, *one) for one in wanted)
        for scope in set(scopes.values())
    }
    return tuple(one for one, scope in scopes.items() if verdicts[scope])


def _is_there(session: Session, scope: Scope, named: _Key, value: Any) -> bool:
    if scope == UNLIMITED:
        return True
    key, criterion, of, _ = named
    try:
        query = sa.select(sa.literal(1)).where(key == of(value), criterion(scope))
    except ValueError:  # no id at all: the route says so itself
        return True
    return session.scalar(query) is not None


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    scope, everything = _bound.get()
    if scope == UNLIMITED or not state.is_select or state.is_column_load:
        return
    state.statement = state.statement.options(
        *(
            with_loader_criteria(table, _standing[table](scope), include_aliases=True)
            for table, is_place in _bounded.items()
            if everything or is_place
        )
    )
