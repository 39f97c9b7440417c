"""Gives each request, document, ticket and check-in of a booking to the traveller it belongs to.

A traveller reference links (PNRGOV 9944); where senders leave it out or give the wrong one the name
does. The documents of an infant stand under the adult who holds it: they go by name, never by place.
"""

from collections.abc import Callable

from app.formats.edifact import Fault, Position
from app.formats.pnrgov import infants, relations, ssr
from app.formats.pnrgov.drafts import (
    Asked,
    BookingDraft,
    CheckInDraft,
    Context,
    Named,
    SegmentDraft,
    TravellerDraft,
)
from app.formats.pnrgov.elements import at, code
from app.formats.pnrgov.finishing import electronic, give, traveller, unique
from app.formats.pnrgov.infants import Infant
from app.formats.pnrgov.parts import letters
from app.formats.pnrgov.party import Party, documented
from app.formats.pnrgov.record import (
    CheckIn,
    Document,
    ItinerarySegment,
    Pnr,
    Seat,
    SpecialService,
)
from app.formats.pnrgov.requests import service_of
from app.formats.values import seat as read_seat

_SEAT_CODES = frozenset({"SEAT", "NSST", "NSSA", "NSSW", "NSSB", "RQST", "SMSA", "SMSW", "SMST"})
_INFANT_DAYS = 731  # IATA: an infant has not had its second birthday


def finish(draft: BookingDraft, context: Context) -> Pnr:
    """The booking as a value."""
    linker = _Linker(draft, context)
    linker.name_checked_in()
    linker.name_documented()
    for asked, place, leg in draft.requests:
        linker.take(asked, place, leg)
    linker.place_the_rest()
    pushed = relations.pushed(draft.itinerary, context.flight)
    # by place: three times as fast as by names for a value of twenty fields (measured)
    return Pnr(
        draft.index, draft.segment, unique(draft.locators), draft.originator,
        draft.empty_originator and not draft.originator and not draft.itinerary,
        draft.last_transaction_at, draft.ticketed_at,
        tuple([traveller(person) for person in draft.travellers]),
        tuple([linker.segment(leg, n == pushed) for n, leg in enumerate(draft.itinerary)]),
        unique(draft.contacts), unique(draft.addresses),
        tuple([payment.final() for payment in draft.payments]),
        tuple(draft.excess_baggage), tuple(linker.services), relations.splits(draft),
        tuple(linker.unmatched), tuple(draft.texts),
        tuple([service.final() for service in draft.non_air]),
        draft.history, draft.history_items, draft.group_size, draft.dropped, tuple(draft.faults),
    )  # fmt: skip


class _Linker:
    def __init__(self, draft: BookingDraft, context: Context) -> None:
        self.draft = draft
        self.travel = context.travel
        self.message = context.message.reference
        self.party = Party(draft.travellers)
        self.people = draft.travellers
        self.services: list[SpecialService] = []
        self.unmatched: list[Document] = []
        self.infants: list[Infant] = []
        self.nameless: list[Document] = []  # of infants
        self.others: list[tuple[Document, int | None]] = []  # named as no traveller is
        self.infants_tickets: list[tuple[str, str]] = []
        self.seen: set[tuple[str, str, int | None]] = set()

    def name_checked_in(self) -> None:
        """Those whom only a check-in names are travellers too: of a group, or who came without a booking."""
        before = len(self.people)
        for segment in self.draft.itinerary:
            for one in segment.check_ins:
                if one.named and one.named.surname_letters and not self.party.is_known(one):
                    self.party.add(TravellerDraft(one.named), one.references)
        if len(self.people) > before:
            self._fault("traveller_at_check_in", "a traveller is named at check-in alone")

    def name_documented(self) -> None:
        """Where nobody is named, those whom DOCS name are the travellers, each with the documents of the name."""
        if self.people:
            return
        requests = self.draft.requests
        rest = [one for one in requests if not self._is_documented(one[0])]
        if self.people:
            self.draft.requests = rest
            self._fault("traveller_in_document", "a traveller is named by DOCS alone, not by a TIF")

    def _is_documented(self, asked: Asked) -> bool:
        """Whether it is a DOCS that made a traveller or was given to one."""
        if asked.code != "DOCS" or at(asked.parts, 1).upper() in ssr.CANCELLED:
            return False
        document = asked.read(ssr.docs, self.travel)
        if document is None or document.infant or not letters(document.surname):
            return False
        who = self.party.documented(document)
        if who is None:
            if len(self.people) >= infants.MOST:
                return False
            who = self.party.add(documented(document), asked.travellers)
        give(self.people[who], document)
        return True

    def take(self, asked: Asked, place: int | None, leg: int | None) -> None:
        """A request that stood under the traveller `place` and on the flight `leg`."""
        name = asked.code
        understand = _UNDERSTOOD.get(name)
        if understand is None:
            if leg is not None and name in _SEAT_CODES:
                self._seats(asked, place, self.draft.itinerary[leg])
            else:
                self._other(asked, self._who(asked, place), place, leg)
            return
        who = self._who(asked, place)
        # the requests of GR.2 come again on every flight of GR.5
        key = name, asked.text, who
        if key in self.seen:
            return
        self.seen.add(key)
        if not understand(self, asked, who) and asked.text:
            self._other(asked, who, place, leg)  # unreadable: kept as it came

    def _who(self, asked: Asked, place: int | None) -> int | None:
        for reference in asked.travellers:
            who = self.party.by_reference.get(reference)
            if who is not None:
                return who
        if place is not None:
            return place
        return 0 if len(self.people) == 1 else None

    # --- what is understood: each answers whether it could be read --------------------------------

    def docs(self, asked: Asked, place: int | None) -> bool:
        document = asked.read(ssr.docs, self.travel)
        if document is None:
            if asked.text.strip("/ "):
                return False
            self._fault("document_empty", "a DOCS says nothing")
            return True
        if ssr.has_unread_date(document, asked.text):
            self._fault("document_date", "a date of a DOCS cannot be read")
        if document.infant:
            told = Infant(document.surname, document.given, document.birth, [document])
            if told.surname_letters:
                self.infants.append(told)
            else:
                self.nameless.append(document)
            return True
        who = self.party.of_document(document)
        if who is None:
            self.others.append((document, place))
        else:
            give(self.people[who], document)
        return True

    def inft(self, asked: Asked, _: int | None) -> bool:
        infant = asked.read(ssr.inft, self.travel)
        if infant is None or asked.parts[1].strip(" ").upper() in ssr.CANCELLED:
            return False
        told = Infant(infant.surname, infant.given, infant.birth)
        if told.surname_letters:
            self.infants.append(told)
        return True

    def ctc(self, asked: Asked, who: int | None) -> bool:
        contact = asked.read(lambda text, _: ssr.ctc(asked.code, text), None)
        if contact:
            self.draft.contacts.append(contact if who is None else contact.of(who))
        return contact is not None

    def tkne(self, asked: Asked, who: int | None) -> bool:
        found = asked.read(ssr.tkne, None)
        if found is None:
            return False
        number, coupon, infants = found
        if infants:
            self.infants_tickets.append((number, coupon))
        elif who is not None:
            electronic(self.people[who], number, coupon)
        return infants or who is not None

    def fqt(self, asked: Asked, who: int | None) -> bool:
        flyer = asked.read(lambda text, _: ssr.fqt(code(at(asked.parts, 3)), text), None)
        if flyer and who is not None:
            self.people[who].flyers += (flyer,)
        return flyer is not None and who is not None

    def doco(self, asked: Asked, who: int | None) -> bool:
        visa = asked.read(ssr.doco, self.travel)
        if visa and who is not None:
            self.people[who].visas += (visa,)
        return visa is not None and who is not None

    def doca(self, asked: Asked, who: int | None) -> bool:
        address = asked.read(ssr.doca, None)
        if address and who is not None:
            self.people[who].addresses += (address,)
        return address is not None and who is not None

    def chld(self, asked: Asked, who: int | None) -> bool:
        if who is None:
            return False
        person = self.people[who]
        person.birth = person.birth or asked.read(ssr.chld, self.travel)
        person.kind = person.kind if person.kind == "INF" else "CHD"
        return True

    def foid(self, asked: Asked, who: int | None) -> bool:
        shown = asked.read(ssr.foid, None)
        if shown and who is not None:
            self.people[who].identifications += (shown,)
        return shown is not None and who is not None

    def umnr(self, asked: Asked, who: int | None) -> bool:
        if who is None:
            return False
        person = self.people[who]
        person.unaccompanied = True
        person.age = person.age if person.age is not None else asked.read(ssr.umnr, None)
        person.kind = person.kind or "CHD"
        return True

    def grps(self, asked: Asked, _: int | None) -> bool:
        size = asked.read(ssr.grps, None)
        if size is not None:
            self.draft.group_size = max(size, self.draft.group_size or 0)
        return size is not None

    # --- the rest --------------------------------------------------------------------------------

    def place_the_rest(self) -> None:
        """Infants, known only now that everybody's name is; then the documents that fit no name."""
        for one in [one for one in self.others if self._is_held(*one)] if self.others else ():
            self.others.remove(one)
            document = one[0]
            told = Infant(document.surname, document.given, document.birth, [document])
            self.infants.append(told)
        if self.infants:
            self._place_infants()
        if self.infants_tickets or self.nameless:
            self._to_the_only_infant()
        for document, place in self.others:
            who = self.party.of_document(document)
            if who is None:
                who = place
            if who is None:
                self.unmatched.append(document)
                continue
            if self._is_of_another(document, self.people[who].named):
                self._fault("document_name", "a DOCS has another name than its traveller")
            give(self.people[who], document)
        if self.unmatched:
            self._fault("document_unmatched", "a DOCS names nobody of this booking")

    @staticmethod
    def _is_of_another(document: Document, named: Named) -> bool:
        """Whether nothing in a document's name is like the name in the booking, in either order."""
        told = letters(document.surname), letters(document.given)
        booked = [one for one in (named.surname_letters, named.given_letters) if one]
        return bool(told[0] and booked) and not any(
            infants.spelled_alike(one, other) for one in told if one for other in booked
        )

    def _is_held(self, document: Document, place: int | None) -> bool:
        """Whether a document under an adult is an infant's by its day of birth, though its sex has no I."""
        born, travel = document.birth, self.travel
        if place is None or born is None or travel is None or (travel - born).days > _INFANT_DAYS:
            return False
        named = letters(document.surname) and letters(document.given)
        return bool(named) and infants.is_adult(self.people[place])

    def _place_infants(self) -> None:
        found, beyond = infants.together(self.infants)
        placed = infants.place(found, self.people)
        for index, infant in enumerate(found):
            who = placed[index] if index in placed else self.party.add(infant.traveller())
            if who < 0:
                self.unmatched += infant.documents
                continue
            person = self.people[who]
            person.kind = "INF"
            for document in infant.documents:
                give(person, document)
            person.birth = person.birth or infant.birth
        self.unmatched += [document for one in beyond for document in one.documents]
        if len(placed) < len(found):
            self._fault(
                "infant_without_name", "an infant is named by INFT or DOCS alone, not by a TIF"
            )

    def _to_the_only_infant(self) -> None:
        """What is an infant's but names nobody goes to the only infant there is."""
        found = [person for person in self.people if person.kind == "INF"]
        only = found[0] if len(found) == 1 else None
        if only:
            for number, coupon in self.infants_tickets:
                electronic(only, number, coupon)
        for document in self.nameless:
            if only and not only.documents:
                give(only, document)
            else:
                self.unmatched.append(document)

    def _fault(self, name: str, text: str) -> None:
        where = Position(self.message, self.draft.segment, "SRC")
        self.draft.faults.append(Fault(name, text, where, "warning"))

    def _seats(self, asked: Asked, place: int | None, segment: SegmentDraft) -> None:
        told = asked.read(lambda *_: _places(asked), None)
        for number, reference, features in told:
            if number:
                who = self.party.by_reference.get(reference)
                segment.seats += (Seat(number, asked.code, who, features),)
        if not told and asked.text:
            who = self._who(asked, place)
            segment.seats += tuple([Seat(one, asked.code, who) for one in ssr.seats(asked.text)])

    def _other(self, asked: Asked, who: int | None, place: int | None, leg: int | None) -> None:
        service = service_of(asked, who)
        if leg is not None:
            self.draft.itinerary[leg].services += (service,)
        elif place is not None and who is not None:
            self.people[who].services += (service,)
        else:
            self.services.append(service)

    def segment(self, draft: SegmentDraft, pushed: bool) -> ItinerarySegment:  # noqa: FBT001
        return ItinerarySegment(
            draft.leg, draft.booking_class, draft.status, draft.quantity, draft.equipment, pushed,
            draft.locators, unique(draft.seats),
            tuple([self._check_in(found) for found in draft.check_ins]), draft.services,
            draft.operating_class,
        )  # fmt: skip

    def _check_in(self, draft: CheckInDraft) -> CheckIn:
        return CheckIn(
            self.party.checked_in(draft), draft.number, draft.seat, draft.cabin, draft.baggage, draft.at,
            draft.agent,
        )  # fmt: skip


_UNDERSTOOD: dict[str, Callable[[_Linker, Asked, int | None], bool]] = {
    "DOCS": _Linker.docs, "DOCO": _Linker.doco, "DOCA": _Linker.doca, "INFT": _Linker.inft,
    "CHLD": _Linker.chld, "FOID": _Linker.foid, "UMNR": _Linker.umnr, "GRPS": _Linker.grps,
    **dict.fromkeys(("CTCE", "CTCM", "CTCH", "CTCB", "CTCT", "CTCP", "CTCF", "CTCR"), _Linker.ctc),
    **dict.fromkeys(("FQTV", "FQTR", "FQTU", "FQTS"), _Linker.fqt),
    **dict.fromkeys(("TKNE", "TKNA", "TKNM"), _Linker.tkne),
}  # fmt: skip


def _places(asked: Asked) -> list[tuple[str, str, str]]:
    """The seats that a request names beside its text, '' for what is none: whose, and their features."""
    return [
        (read_seat(composite[0]), at(composite, 2), at(composite, 3)[:8])
        for composite in asked.references
        if at(composite, 0)
    ]
