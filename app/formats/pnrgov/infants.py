"""Infants of a booking that only SSR INFT, or DOCS of sex FI or MI, name.

Senders give an infant a TIF of its own, or write it under the adult who holds it, or both with different
spellings. Everybody who travels is kept, and nobody twice: names that begin alike, days of birth and likeness
of spelling tell who is who; twins have one birthday and names that are not alike.
"""

from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher

from app.formats.pnrgov.drafts import Named, TravellerDraft
from app.formats.pnrgov.parts import letters
from app.formats.pnrgov.record import Document

MOST = 99  # infants of one booking that are looked at: bookings end at 99 seats

_ALIKE = 0.75  # of two spellings: ELA and ELLA have 0.86, ANNA and ANDREW 0.4
_LONGEST = 40  # letters that are compared
_TITLES_OF_ADULTS = frozenset({"MR", "MRS", "MS"})


@dataclass(slots=True)
class Infant:
    """Somebody whom INFT or a DOCS calls an infant."""

    surname: str
    given: str
    birth: date | None
    documents: list[Document] = field(default_factory=list)
    surname_letters: str = field(init=False)
    given_letters: str = field(init=False)

    def __post_init__(self) -> None:
        self.surname_letters, self.given_letters = letters(self.surname), letters(self.given)

    def add(self, other: "Infant") -> None:
        """What another request says of the same infant."""
        self.birth = self.birth or other.birth
        if not self.given:
            self.given, self.given_letters = other.given, other.given_letters
        self.documents += other.documents

    def traveller(self) -> TravellerDraft:
        """The traveller without a TIF: kind INF, no reference."""
        return TravellerDraft(
            Named(
                "", self.surname, self.given, "", "INF", with_infant=False, group=False, size=None,
                surname_letters=self.surname_letters, given_letters=self.given_letters,
            )
        )  # fmt: skip


def together(told: list[Infant]) -> tuple[list[Infant], list[Infant]]:
    """One for each infant, at most `MOST`; and those that are too many."""
    found: list[Infant] = []
    beyond: list[Infant] = []
    for one in told:
        same = next((other for other in found if _same(one, other)), None)
        if same:
            same.add(one)
        elif len(found) < MOST:
            found.append(one)
        else:
            beyond.append(one)
    return found, beyond


def place(found: list[Infant], people: list[TravellerDraft]) -> dict[int, int]:
    """Which traveller each infant is, as places in `found` and `people`; the others have no TIF.

    An infant's TIF that no name fits goes to the only one of its surname who is left, or to the last one.
    Where as many are left over on both sides nobody can tell who is who: -1, and nobody is made.
    """
    placed: dict[int, int] = {}
    free = [at for at, one in enumerate(people) if _may_be_infant(one)][:MOST]
    for index, infant in enumerate(found):
        for who in free:
            if _is(infant, people[who]):
                placed[index] = who
                free.remove(who)
                break
    if len(placed) < len(found):
        _place_rest(found, people, free, placed)
    return placed


def _place_rest(
    found: list[Infant], people: list[TravellerDraft], free: list[int], placed: dict[int, int]
) -> None:
    blank = [at for at in free if people[at].kind == "INF" and not people[at].documents]
    rest = [index for index in range(len(found)) if index not in placed]
    for index in rest:
        own = [
            at for at in blank if people[at].named.surname_letters == found[index].surname_letters
        ]
        if len(own) == 1 and _births_agree(found[index].birth, people[own[0]].birth):
            placed[index] = own[0]
            blank.remove(own[0])
    rest = [index for index in rest if index not in placed]
    if len(rest) == len(blank) == 1:
        placed[rest[0]] = blank[0]
    elif len(rest) <= len(blank):
        placed.update(dict.fromkeys(rest, -1))


def _may_be_infant(person: TravellerDraft) -> bool:
    """Not a group, nor somebody who is said to be an adult."""
    named = person.named
    return person.kind != "ADT" and not (
        named.group or named.with_infant or named.title in _TITLES_OF_ADULTS
    )


def _is(infant: Infant, person: TravellerDraft) -> bool:
    named = person.named
    theirs = named.surname_letters, named.given_letters
    ours = infant.surname_letters, infant.given_letters
    if person.kind == "INF":
        return _alike(ours, theirs, infant.birth, person.birth)
    return (
        ours[0] == theirs[0] and bool(ours[1] and theirs[1]) and same_given(ours[1], theirs[1])
        and _births_agree(infant.birth, person.birth)
    )  # fmt: skip


def _same(one: Infant, other: Infant) -> bool:
    return _alike(
        (one.surname_letters, one.given_letters), (other.surname_letters, other.given_letters),
        one.birth, other.birth,
    )  # fmt: skip


def _alike(
    one: tuple[str, str], other: tuple[str, str], born: date | None, born_other: date | None
) -> bool:
    """Whether two (surname, given), in letters, are one infant's."""
    if one[0] == other[0]:
        if one[1] and one[1] == other[1]:
            return True
        if same_given(one[1], other[1]) and _births_agree(born, born_other):
            return True
    if born is None or born != born_other:
        return False
    return spelled_alike(one[0], other[0]) and spelled_alike(one[1], other[1])


def _births_agree(one: date | None, other: date | None) -> bool:
    return one is None or other is None or one == other


def spelled_alike(one: str, other: str) -> bool:
    """Whether two names, in letters, may be two spellings of one."""
    one, other = one[:_LONGEST], other[:_LONGEST]
    return one == other or SequenceMatcher(None, one, other).ratio() > _ALIKE


def same_given(given: str, other: str) -> bool:
    """Whether one begins with the other: bookings shorten given names and glue titles to them."""
    return given.startswith(other) or other.startswith(given)


def is_adult(person: TravellerDraft) -> bool:
    """Whether the booking says of a traveller that it is one, and no group."""
    return not (person.named.group or _may_be_infant(person))
