"""Who declares together on a kiosk's screen: the fellow travellers, by their passports or by what was typed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.formats import mrz
from app.formats.credential import document_of
from app.formats.values import document_number

MOST = 9
"""A form serves a family of up to ten: the traveller and nine others (declaration-credential.md, map key 4)."""


class Note(StrEnum):
    """Why a passport on the reader added nobody."""

    AGAIN = "party-again"
    FULL = "party-full"
    TYPE = "party-type"


@dataclass(frozen=True, slots=True)
class Fellow:
    """A person as POST /kiosk/declarations takes one; ``birth_date`` yyyy-mm-dd, 00 for what is left open."""

    surname: str
    given_names: str
    document_number: str | None
    birth_date: str

    @property
    def name(self) -> str:
        """As the screen shows it."""
        return f"{self.given_names} {self.surname}".strip()


class Party:
    """The fellow travellers of one session, in the order in which they came. Nothing of it outlives the session."""

    def __init__(self) -> None:
        self._people: list[Fellow] = []
        self.note: Note | None = None

    def read(self, text: str, own: str, today: date) -> None:
        """Add the holder of a passport; ``note`` says why nobody was added. ``own``: the traveller's lines."""
        self.note = None
        try:
            zone, mine = mrz.parse(text, today), mrz.parse(own, today)
        except mrz.MrzError:
            self.note = Note.TYPE
            return
        if not zone.sound or zone.birth is None:
            self.note = Note.TYPE
        elif (document_number(zone.number), zone.issuer) == (
            document_number(mine.number),
            mine.issuer,
        ):
            self.note = Note.AGAIN
        else:
            self.add(_fellow(zone))

    def add(self, fellow: Fellow) -> None:
        """Add somebody, once."""
        number = document_number(fellow.document_number or "")
        known = [document_number(one.document_number or "") for one in self._people if number]
        if number in known or fellow in self._people:
            self.note = Note.AGAIN
        elif len(self._people) == MOST:
            self.note = Note.FULL
        else:
            self.note = None
            self._people.append(fellow)

    def remove(self, index: int) -> None:
        """Take somebody off again; nobody, where there is none of that number."""
        self.note = None
        if 0 <= index < len(self._people):
            del self._people[index]

    def clear(self) -> None:
        """Forget everybody."""
        self._people.clear()
        self.note = None

    def shown(self) -> Mapping[str, Any]:
        """Names and the last note, for the screen."""
        return {"people": [one.name for one in self._people], "note": self.note}

    def sent(self) -> list[dict[str, Any]]:
        """The companions of the declaration."""
        return [asdict(one) for one in self._people]

    def born(self, own: str, today: date) -> list[str]:
        """Everybody's date of birth, the traveller's first: what an estimate goes by."""
        born = document_of(mrz.parse(own, today)).birth_date
        first = [_printed(born)] if born else []
        return [*first, *(one.birth_date for one in self._people)]


def _fellow(zone: mrz.Mrz) -> Fellow:
    born = document_of(zone).birth_date
    surname, given = (zone.surname, zone.given) if zone.surname else (zone.given, "")
    return Fellow(surname, given, zone.number, _printed(born))


def _printed(wire: int) -> str:
    return f"{wire // 10000:04d}-{wire // 100 % 100:02d}-{wire % 100:02d}"
