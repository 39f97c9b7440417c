"""What kiosks can read and verify of passports, by issuing state: an operator sees whose keys are missing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from risk_rules.disclosure import HIDDEN, LEAST

CHIPS = ("ok", "not-verifiable", "failed", "not-read")
FACES = ("match", "look", "no-match", "not-checked")
MOST_CHECKS = 3

_QUERY = sa.text("""
select issuer, chip, face, checks, count(*) as passports from (
    select distinct on (p.document_key, p.issuer, p.decided_at::date)
        p.issuer, coalesce(p.readings ->> 'chip', 'not-read') as chip,
        coalesce(p.readings ->> 'face', 'not-checked') as face,
        (select array_agg(c.key || ' ' || c.value order by c.key)
            from jsonb_each_text(p.readings -> 'chip_checks') c
            where c.value not like 'passed%') as checks
    from presentation p join device d on d.id = p.device_id
    where p.site = :site and p.decided_at >= :since and d.kind = 'kiosk'
        and p.document_key <> '' and p.issuer <> ''
    order by p.document_key, p.issuer, p.decided_at::date, p.decided_at desc, p.id desc
) shown
group by issuer, chip, face, checks
""")


@dataclass(frozen=True, slots=True)
class IssuerFigures:
    """One state. Counts are of passports a day, the last reading of each; ``checks`` are what was not passed most often,
    as `groups failed:dg2`.
    """

    issuer: str
    passports: int
    chips: Mapping[str, int] = field(default_factory=dict)
    faces: Mapping[str, int] = field(default_factory=dict)
    checks: Sequence[tuple[str, int]] = ()

    @property
    def is_hidden(self) -> bool:
        """So few that a figure would be about people."""
        return self.passports < HIDDEN

    def share(self, part: int) -> float | None:
        """A rate needs enough passports below it."""
        return part / self.passports if self.passports >= LEAST else None


def read_documents(session: Session, site: str, since: datetime) -> list[IssuerFigures]:
    """Figures of the states whose passports kiosks of a site have read, the most frequent first.

    A presentation is masked after 30 days: earlier ones are no longer counted by state.
    """
    rows = session.execute(_QUERY, {"site": site, "since": since}).all()
    states = sorted({row.issuer for row in rows})
    figures = [_figures(state, [row for row in rows if row.issuer == state]) for state in states]
    return sorted(figures, key=lambda one: (-one.passports, one.issuer))


def _figures(issuer: str, rows: Iterable[Any]) -> IssuerFigures:
    chips: Counter[str] = Counter()
    faces: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    for row in rows:
        chips[row.chip] += row.passports
        faces[row.face] += row.passports
        for check in row.checks or ():
            checks[check] += row.passports
    return IssuerFigures(issuer, chips.total(), chips, faces, checks.most_common(MOST_CHECKS))
