"""Rules as analysts see them: every version with its steps, what differs between two, what waits."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity import scope
from app.kernel.errors import NotFoundError
from app.screening.models import (
    Rule,
    RuleEvent,
    RuleEventKind,
    RuleState,
    RuleVersion,
    ShadowHit,
)

_CLOSED = (RuleEventKind.APPROVED, RuleEventKind.REJECTED)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference: ``kind`` is same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with its steps, newest first; ``shadow``: (hits, undecided) beside live traffic."""

    version: RuleVersion
    events: Sequence[RuleEvent]
    difference: Sequence[Line]
    shadow: tuple[int, int]
    awaits_review: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule, its newest version first."""

    key: str
    owner: str
    versions: Sequence[VersionView]

    @property
    def acting(self) -> Sequence[RuleVersion]:
        """What is in force: one version, or none."""
        return [one.version for one in self.versions if one.version.state is RuleState.ACTIVE]

    @property
    def foremost(self) -> RuleVersion:
        """The version by whose title the rule is called: what is in force, else the newest."""
        return next(iter(self.acting), self.versions[0].version)


def read_rule(session: Session, key: str) -> RuleView:
    """One rule with all that happened to its versions of the officer's purposes. Raises NotFoundError, also for none."""
    rule = session.scalar(sa.select(Rule).where(Rule.key == key))
    if rule is None:
        raise NotFoundError
    mine = sa.and_(RuleVersion.rule_id == rule.id, scope.of_purposes(RuleVersion.purpose))
    versions = session.scalars(sa.select(RuleVersion).where(mine).order_by(RuleVersion.n)).all()
    if not versions:
        raise NotFoundError
    ids = [one.id for one in versions]
    events = session.scalars(
        sa.select(RuleEvent).where(RuleEvent.version_id.in_(ids)).order_by(RuleEvent.id.desc())
    ).all()
    shadow = _shadow(session, ids)
    seen = [
        _view(one, before, [e for e in events if e.version_id == one.id], shadow)
        for before, one in zip((None, *versions), versions, strict=False)
    ]
    return RuleView(rule.key, rule.owner, seen[::-1])


def waiting(session: Session) -> list[tuple[str, RuleVersion]]:
    """(key, version) of what waits for another officer's signature, of the officer's purposes: what was submitted, also
    where a newer version is there, and what acted on one signature.
    """
    urgent = sa.select(RuleEvent.version_id).where(RuleEvent.kind == RuleEventKind.URGENT)
    events: dict[UUID, list[RuleEvent]] = {}
    for event in session.scalars(
        sa.select(RuleEvent).where(RuleEvent.version_id.in_(urgent)).order_by(RuleEvent.id.desc())
    ):
        events.setdefault(event.version_id, []).append(event)
    unseen = [version for version, steps in events.items() if _awaits_review(steps)]
    rows = session.execute(
        sa.select(Rule.key, RuleVersion)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .where(sa.or_(RuleVersion.state == RuleState.SUBMITTED, RuleVersion.id.in_(unseen)))
        .where(scope.of_purposes(RuleVersion.purpose))
        .order_by(Rule.key, RuleVersion.n)
    )
    return [(key, version) for key, version in rows]


def _view(
    one: RuleVersion,
    before: RuleVersion | None,
    events: Sequence[RuleEvent],
    shadow: Mapping[UUID, tuple[int, int]],
) -> VersionView:
    lines = differences(before, one) if before else ()
    return VersionView(one, events, lines, shadow.get(one.id, (0, 0)), _awaits_review(events))


def _awaits_review(events: Sequence[RuleEvent]) -> bool:
    """Whether it acted on one signature and nobody has looked at it since; ``events`` newest first."""
    kinds = [event.kind for event in events]
    since = kinds[: kinds.index(RuleEventKind.URGENT)] if RuleEventKind.URGENT in kinds else None
    return since is not None and not any(kind in _CLOSED for kind in since)


def differences(before: RuleVersion, after: RuleVersion) -> list[Line]:
    """Text and weights of two versions, line by line."""
    kinds = {" ": "same", "+": "added", "-": "removed"}
    told = difflib.ndiff(_lines(before), _lines(after))
    return [Line(kinds[line[0]], line[2:]) for line in told if line[0] in kinds]


def _lines(version: RuleVersion) -> list[str]:
    scope = [*version.airports, *version.carriers, *version.routes]
    return [
        version.title, *version.text.splitlines(), f"points {version.points}",
        f"floor {version.floor or 'none'}", f"purpose {version.purpose}",
        f"handling {version.handling}", f"scope {' '.join(scope) or 'everywhere'}",
        f"valid {version.valid_from or 'always'} to {version.valid_to or 'always'}",
        f"justification {version.justification}",
        *(f"{name} ({tag}) {text}" for tag, said in sorted(version.texts.items())
          for name, text in sorted(said.items())),
    ]  # fmt: skip


def _shadow(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    people = sa.func.count(sa.distinct(ShadowHit.passenger_id))
    rows = session.execute(
        sa.select(
            ShadowHit.version_id,
            people.filter(ShadowHit.decided),
            people.filter(~ShadowHit.decided),
        )
        .where(ShadowHit.version_id.in_(ids))
        .group_by(ShadowHit.version_id)
    )
    return {version: (hits, undecided) for version, hits, undecided in rows}


def due_for_review(version: RuleVersion, day: date) -> bool:
    """Whether a rule that runs must be looked at again."""
    return version.state in (RuleState.ACTIVE, RuleState.SHADOW) and version.review_by <= day
