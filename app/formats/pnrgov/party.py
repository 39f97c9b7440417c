"""Who is who in a booking: its travellers by the references and names that requests, documents and check-ins give."""

from collections.abc import Sequence

from app.formats.pnrgov import infants
from app.formats.pnrgov.drafts import CheckInDraft, Named, TravellerDraft
from app.formats.pnrgov.infants import same_given
from app.formats.pnrgov.parts import letters
from app.formats.pnrgov.record import Document

_MOST_OF_A_NAME = 100  # travellers of one surname who are compared: bookings end at 99 seats


class Party:
    """The travellers of one booking, by their places in it."""

    def __init__(self, people: list[TravellerDraft]) -> None:
        self.people = people
        self.by_reference: dict[str, int] = {}
        self.by_surname: dict[str, list[int]] = {}
        for at, person in enumerate(people):
            self._enter(at, person, (person.named.reference,))

    def _enter(self, at: int, person: TravellerDraft, references: Sequence[str]) -> None:
        for reference in filter(None, references):
            self.by_reference.setdefault(reference, at)
        self.by_surname.setdefault(person.named.surname_letters, []).append(at)

    def add(self, person: TravellerDraft, references: Sequence[str] = ()) -> int:
        """One more traveller; the place."""
        self.people.append(person)
        self._enter(len(self.people) - 1, person, references)
        return len(self.people) - 1

    def named(self, surname: str, given: str) -> int | None:
        """The one traveller of that name; of parent and child of one name, the parent."""
        people = self.people
        found = [
            index
            for index in self.by_surname.get(surname, ())[:_MOST_OF_A_NAME]
            if (other := people[index].named.given_letters).startswith(given)
            or given.startswith(other)
        ]
        if len(found) > 1:
            fitting = [i for i in found if people[i].kind != "INF"]
            exact = [i for i in fitting if people[i].named.given_letters == given]
            found = exact or fitting
        return found[0] if len(found) == 1 else None

    def of_document(self, document: Document) -> int | None:
        """The one traveller whose name a document bears."""
        return self.named(letters(document.surname), letters(document.given))

    def documented(self, document: Document) -> int | None:
        """The traveller whose name and, where both are told, day of birth a document bears."""
        given = letters(document.given)
        for at in self.by_surname.get(letters(document.surname), ())[:_MOST_OF_A_NAME]:
            person = self.people[at]
            born = {person.birth, document.birth} - {None}
            if len(born) < 2 and same_given(person.named.given_letters, given):
                return at
        return None

    def is_known(self, draft: CheckInDraft) -> bool:
        """Whether a traveller may be meant, also one of a like spelling or one of several of the name."""
        named = draft.named
        if named is None or self.checked_in(draft) is not None:
            return True
        for reference in draft.references:
            who = self.by_reference.get(reference)
            if who is not None and not self.people[who].named.group:
                theirs = self.people[who].named
                if infants.spelled_alike(theirs.surname_letters, named.surname_letters):
                    return True
        same = self.by_surname.get(named.surname_letters, ())[:_MOST_OF_A_NAME]
        return any(
            same_given(self.people[who].named.given_letters, named.given_letters) for who in same
        )

    def checked_in(self, draft: CheckInDraft) -> int | None:
        """By the reference of the TIF behind TRI, unless it names somebody else; by name; by TRI's."""
        named = draft.named
        for reference in reversed(draft.references):
            who = self.by_reference.get(reference)
            if who is not None:
                person = self.people[who].named
                if (
                    named is person  # TIF as in GR.2: the same text is read once
                    or named is None
                    or not named.surname_letters
                    or (
                        person.surname_letters == named.surname_letters
                        and same_given(person.given_letters, named.given_letters)
                    )
                ):
                    return who
        if named is None or not named.surname_letters:
            return None
        return self.named(named.surname_letters, named.given_letters)


def documented(document: Document) -> TravellerDraft:
    """The traveller whom a document alone names: no reference, and no kind."""
    surname, given = document.surname, document.given
    return TravellerDraft(
        Named(
            "", surname, given, "", "", with_infant=False, group=False, size=None,
            surname_letters=letters(surname), given_letters=letters(given),
        )
    )  # fmt: skip
