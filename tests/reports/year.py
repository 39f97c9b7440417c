"""A year of invented travellers whose truth is known, as figures and as rows of the database."""

import random
from collections import Counter
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.reports.figures import figures
from app.reports.models import EffectCell, EffectFlight
from app.reports.tally import Stop, Travelled, loads, tally

RATE, PEOPLE = 0.02, 60_000


class Year:
    """One year: `a@1` selects and is good, `b@1` selects Utopians without reason, `c@1` is asked and acts on
    nothing. Officers let every fifth selected traveller go.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.guilty: dict[str, list[bool]] = {"a@1": [], "b@1": [], "c@1": []}
        self.all: list[bool] = []
        self.people = [self.traveller() for _ in range(PEOPLE)]
        size = PEOPLE // 12
        self.months = {
            date(2026, n + 1, 1): tally(self.people[n * size : (n + 1) * size]) for n in range(12)
        }
        self.found = figures(
            self.months, Counter(load.stopped for load in loads(self.people).values())
        )

    def traveller(self) -> Travelled:
        chance = self.random.random
        nationality = "UTO" if chance() < 0.05 else "SWE" if chance() < 0.3 else "JPN"
        likely = chance() < 0.03
        guilty = chance() < (0.2 if likely else 0.004)
        rules = frozenset(
            rule
            for rule, true in (
                ("a@1", likely and chance() < 0.7), ("b@1", nationality == "UTO" and chance() < 0.4),
                ("c@1", (likely and chance() < 0.5) or chance() < 0.02),
            )
            if true
        )  # fmt: skip
        self.all.append(guilty)
        for rule in rules:
            self.guilty[rule].append(guilty)
        selected, drawn = bool(rules - {"c@1"}), chance() < RATE
        return Travelled(
            UUID(int=self.random.randrange(300)), selected, drawn, 1.0 if selected else RATE, RATE,
            60 if "a@1" in rules else 30 if rules else 0, rules, nationality=nationality,
            sex=self.random.choice("FM"),
            age=self.random.choice(range(2, 88)), stops=tuple(self.stops(selected, drawn, guilty)),
        )  # fmt: skip

    def stops(self, selected, drawn, guilty):
        if drawn:
            yield Stop("full-examination", True, True, True, inspected=True, found=guilty)
        elif selected:
            looked = self.random.random() < 0.8
            why = None if looked else "explained"
            yield Stop("risk", True, False, True, looked, guilty and looked, 50, why)


def store(session: Session, year: Year, site: str, now: datetime) -> None:
    """Keep the figures of a year as the worker would."""
    for month, cells in year.months.items():
        session.add_all(
            EffectCell(
                site=site, day=month, dimension=dimension, value=value, sums=dict(sums),
                closed=True, computed_at=now,
            )
            for (dimension, value), sums in cells.items()
        )  # fmt: skip
    session.add_all(
        EffectFlight(
            site=site, day=date(2026, 1, 1), flight_id=flight, travellers=load.travellers,
            selected=load.selected, drawn=load.drawn, stopped=load.stopped,
        )
        for flight, load in loads(year.people).items()
    )  # fmt: skip
