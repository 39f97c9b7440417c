"""Virtual passports: invented people with documents whose machine-readable lines are real in form."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from app.formats.mrz import Holder, build
from kiosk_sim.traffic import names

STATES = ("BRA", "DEU", "FRA", "GBR", "JPN", "KOR", "THA", "USA")
"""Where invented travellers come from when nobody says so."""

_LETTERS = "BCDFGHJKLMNPRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Passport:
    """A person as the passport has it. ``issuer`` and ``nationality`` are ICAO 9303 codes."""

    surname: str
    given_names: str
    sex: Literal["M", "F", "X"]
    birth_date: date
    nationality: str
    number: str
    expires_on: date
    issuer: str = field(default="")
    document_code: str = "P"

    @property
    def issued_by(self) -> str:
        """The issuing state; D for Germany, as printed."""
        state = self.issuer or self.nationality
        return "D" if state == "DEU" else state

    @property
    def mrz(self) -> str:
        """Two lines of 44 characters (TD3), separated by a line feed."""
        return "\n".join(
            build(
                Holder(
                    surname=self.surname,
                    given=self.given_names,
                    number=self.number,
                    issuer=self.issued_by,
                    nationality="D" if self.nationality == "DEU" else self.nationality,
                    birth=self.birth_date,
                    sex=self.sex,
                    expiry=self.expires_on,
                    document_code=self.document_code,
                )
            )
        )


def invent(chance: random.Random, today: date, state: str | None = None) -> Passport:
    """A new invented person with a passport that is valid on ``today``."""
    state = state or chance.choice(STATES)
    sex: Literal["M", "F"] = chance.choice(("M", "F"))
    number = "".join(chance.choice(_LETTERS) for _ in range(2)) + f"{chance.randrange(10**7):07d}"
    return Passport(
        surname=names.surname(chance, state),
        given_names=names.given(chance, state, sex),
        sex=sex,
        birth_date=today - timedelta(days=chance.randrange(19 * 365, 70 * 365)),
        nationality=state,
        number=number,
        expires_on=today + timedelta(days=chance.randrange(300, 3000)),
    )
