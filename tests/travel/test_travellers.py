"""Passengers of several trips: joined by strong evidence, proposed by weak, parted by officers."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.audit.log import Actor, ActorKind
from app.audit.models import AuditEntry
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import ConflictError, NotFoundError
from app.travel.models import (
    Flight,
    FlightStatus,
    IdentityLink,
    LinkState,
    Manifest,
    Passenger,
    PassengerKind,
    Traveller,
)
from app.travel.passengers import Order, apply_to, place_api
from app.travel.records import Record, Sighting, claims_of
from app.travel.roster import Roster
from app.travel.same_person import (
    OnePersonError,
    OwnProposalError,
    UnknownPersonError,
    WhyLinkError,
    join_link,
    propose_link,
    undo_link,
)
from app.travel.travellers import Grade, choose, keys_of
from app.travel.views import view_passenger
from tests.support import NOW

OFFICER = Actor(ActorKind.OFFICER, uuid4())
NO_NUMBER = ""


class Trips:
    """Flights of one person or another."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self.vault = vault
        self.days = 0

    def fly(
        self,
        given: str = "MAREN",
        number: str = "L1234567",
        born: str = "1984-05-06",
        flight: UUID | None = None,
        prepared: datetime = NOW,
    ) -> Passenger:
        """One more trip (or another list of ``flight``); the passenger."""
        documents = [{"type": "P", "number": number, "number_key": number, "issuer": "AUS"}]
        record: Record = {
            "surname": "QUILLFEATHER", "given_names": given, "birth_date": born,
            "documents": documents if number else [], "reference": "R1",
        }  # fmt: skip
        sighting = Sighting(PassengerKind.PASSENGER, record, claims_of([record]))
        flight = flight or self._flight()
        with self.database.transaction() as session:
            roster = Roster(flight, "NRT")
            roster.lock(session)
            order = Order(prepared, uuid4())
            [placed] = apply_to(
                session, self.vault, roster, lambda r: [place_api(r, sighting, order, set())]
            )
        assert placed.passenger_id
        return self.passenger(placed.passenger_id)

    def _flight(self) -> UUID:
        self.days += 1
        with self.database.transaction() as session:
            flight = Flight(
                site="NRT", carrier="ZZ", number=1, suffix="", origin="SYD", destination="NRT",
                flight_date=date(2026, 3, 1) + timedelta(days=self.days), status=FlightStatus.SCHEDULED,
                arrives_at=NOW + timedelta(days=self.days), manifest=Manifest.OPEN,
                manifest_parts=[], version=1,
            )  # fmt: skip
            session.add(flight)
            session.flush()
            return flight.id

    def passenger(self, passenger_id: UUID) -> Passenger:
        with self.database.read() as session:
            return session.get_one(Passenger, passenger_id)

    def links(self, passenger: Passenger, state: LinkState) -> list[IdentityLink]:
        with self.database.read() as session:
            wanted = sa.select(IdentityLink).where(
                IdentityLink.passenger_id == passenger.id, IdentityLink.state == state
            )
            return list(session.scalars(wanted))

    def undo(self, link: IdentityLink) -> None:
        with self.database.transaction() as session:
            undo_link(session, OFFICER, link.id, "another face", NOW)

    def join(self, link: IdentityLink) -> None:
        with self.database.transaction() as session:
            join_link(session, OFFICER, link.id, "renewed passport", NOW)

    def travellers(self) -> int:
        with self.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Traveller)) or 0


@pytest.fixture
def trips(database: Database, vault: Vault) -> Trips:
    return Trips(database, vault)


def test_document_and_person_join_trips(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly()
    assert first.traveller_id == second.traveller_id is not None
    [link] = trips.links(second, LinkState.JOINED)
    assert (link.evidence, link.score) == (["document", "name-birth-date"], 1.0)
    assert link.made_by is None


@pytest.mark.parametrize(
    ("change", "evidence"),
    [({"given": "TOVE"}, "document"), ({"number": "N7654321"}, "name-birth-date")],
)
def test_one_of_them_alone_is_proposed(trips: Trips, change: dict[str, str], evidence: str) -> None:
    first, second = trips.fly(), trips.fly(**change)
    assert first.traveller_id != second.traveller_id
    [link] = trips.links(second, LinkState.PROPOSED)
    assert (link.traveller_id, link.evidence) == (first.traveller_id, [evidence])
    assert link.score < 0.95


def test_nothing_in_common_is_nothing(trips: Trips) -> None:
    trips.fly()
    other = trips.fly("TOVE", "N7654321", "1990-01-01")
    assert trips.links(other, LinkState.PROPOSED) == []
    assert trips.travellers() == 2


def test_who_cannot_be_known_again_has_no_traveller(trips: Trips) -> None:
    assert trips.fly(given="", number=NO_NUMBER).traveller_id is None


def test_pseudonyms_only_are_stored(trips: Trips) -> None:
    trips.fly()
    with trips.database.read() as session:
        [traveller] = session.scalars(sa.select(Traveller))
    assert [len(key) for key in (*traveller.document_keys, *traveller.person_keys)] == [16, 16]
    assert b"L1234567" not in b"".join(traveller.document_keys)


def test_a_passenger_known_by_name_joins_when_the_document_comes(trips: Trips) -> None:
    first = trips.fly()
    booked = trips.fly(number=NO_NUMBER)
    assert booked.traveller_id != first.traveller_id
    later = NOW + timedelta(hours=1)
    listed = trips.fly(flight=booked.flight_id, prepared=later)
    assert listed.id == booked.id
    assert listed.traveller_id == first.traveller_id
    assert trips.travellers() == 1  # the traveller made for the booking alone is gone
    assert len(trips.links(listed, LinkState.JOINED)) == 1


def test_an_undone_link_parts_and_is_never_made_again(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly()
    [link] = trips.links(second, LinkState.JOINED)
    trips.undo(link)
    parted = trips.passenger(second.id)
    assert parted.traveller_id != first.traveller_id
    assert parted.facts_version == second.facts_version + 1
    assert trips.passenger(first.id).facts_version == first.facts_version + 1
    [undone] = trips.links(second, LinkState.UNDONE)
    assert (undone.undone_by, undone.undone_at) == (OFFICER.id, NOW)
    # the same data again, and more data
    trips.fly(flight=second.flight_id, prepared=NOW + timedelta(hours=1))
    renewed = trips.fly(
        number="N1112223", flight=second.flight_id, prepared=NOW + timedelta(hours=2)
    )
    assert renewed.id == second.id
    assert renewed.traveller_id == parted.traveller_id
    assert [one.id for one in trips.links(second, LinkState.UNDONE)] == [undone.id]
    assert trips.links(second, LinkState.PROPOSED) == []
    with trips.database.read() as session:
        [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "identity.undo"))
    assert (entry.actor_id, entry.subject_id) == (OFFICER.id, second.id)


def test_after_a_parting_the_next_trip_is_for_an_officer(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly()
    trips.undo(trips.links(second, LinkState.JOINED)[0])
    third = trips.fly()
    proposed = {link.traveller_id for link in trips.links(third, LinkState.PROPOSED)}
    assert proposed == {first.traveller_id, trips.passenger(second.id).traveller_id}
    assert third.traveller_id not in proposed


def test_the_keys_of_the_parted_leave_the_traveller(trips: Trips) -> None:
    trips.fly()
    second = trips.fly()
    trips.fly(given="MARENA", number="L1234567", flight=second.flight_id,
              prepared=NOW + timedelta(hours=1))  # fmt: skip
    trips.undo(trips.links(second, LinkState.JOINED)[0])
    other = trips.fly(given="MARENA", number="X9998887")
    [link] = trips.links(other, LinkState.PROPOSED)
    assert link.traveller_id == trips.passenger(second.id).traveller_id


def test_a_proposal_turned_down_is_not_made_again(trips: Trips) -> None:
    trips.fly()
    second = trips.fly(given="TOVE")
    [link] = trips.links(second, LinkState.PROPOSED)
    trips.undo(link)
    assert trips.passenger(second.id).traveller_id == second.traveller_id
    trips.fly(given="TOVE", born="1984-05-07", flight=second.flight_id,
              prepared=NOW + timedelta(hours=1))  # fmt: skip
    assert trips.links(second, LinkState.PROPOSED) == []


def test_an_accepted_proposal_joins(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly(number="N7654321")
    [link] = trips.links(second, LinkState.PROPOSED)
    trips.join(link)
    joined = trips.passenger(second.id)
    assert joined.traveller_id == first.traveller_id
    assert joined.facts_version == second.facts_version + 1
    [made] = trips.links(second, LinkState.JOINED)
    assert made.made_by == OFFICER.id
    assert trips.fly(number="N7654321").traveller_id == first.traveller_id


OTHER = Actor(ActorKind.OFFICER, uuid4())


def propose(trips: Trips, one: Passenger, other: Passenger, why: str = "same face") -> IdentityLink:
    with trips.database.transaction() as session:
        return propose_link(session, OTHER, one.id, other.id, why, NOW)


def test_officers_join_journeys_that_the_machine_did_not_connect_two_of_them(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly(given="TOVE", number="N7654321", born="1991-01-02")
    assert trips.links(second, LinkState.PROPOSED) == []
    link = propose(trips, second, first)
    assert trips.passenger(second.id).facts_version == second.facts_version  # nothing is joined yet
    with pytest.raises(OwnProposalError), trips.database.transaction() as session:
        join_link(session, OTHER, link.id, "same face", NOW)
    trips.join(link)
    joined = trips.passenger(second.id)
    assert joined.traveller_id == first.traveller_id
    assert joined.facts_version == second.facts_version + 1  # screened with both histories
    assert trips.passenger(first.id).facts_version == first.facts_version + 1
    [made] = trips.links(second, LinkState.JOINED)
    assert (made.proposed_by, made.proposed_because) == (OTHER.id, "same face")
    assert (made.made_by, made.made_because) == (OFFICER.id, "renewed passport")
    with trips.database.read() as session:
        [told] = view_passenger(session, second.id).links  # the journey alone that it was is nobody
    assert (told.state, told.trips) == (LinkState.JOINED, 2)
    assert trips.fly(given="TOVE", number="N7654321", born="1991-01-02").traveller_id == first.traveller_id  # fmt: skip


def test_what_officers_joined_is_parted_and_proposed_again(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly(given="TOVE", number="N7654321", born="1991-01-02")
    trips.join(propose(trips, second, first))
    trips.undo(trips.links(second, LinkState.JOINED)[0])
    assert trips.passenger(second.id).traveller_id != first.traveller_id
    again = propose(trips, second, first, "fingerprints")
    assert (again.state, again.proposed_because, again.undone_because) == (
        LinkState.PROPOSED, "fingerprints", "another face",
    )  # fmt: skip
    trips.join(again)
    assert trips.passenger(second.id).traveller_id == first.traveller_id


def test_whoever_proposes_may_withdraw_it(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly(given="TOVE", number="N7654321", born="1991-01-02")
    link = propose(trips, second, first)
    with trips.database.transaction() as session:
        undo_link(session, OTHER, link.id, "wrong row", NOW)
    assert trips.passenger(second.id).traveller_id == second.traveller_id


def test_what_cannot_be_proposed(trips: Trips) -> None:
    first, second = trips.fly(), trips.fly()
    nobody = trips.fly(given="PIA", number="", born="")
    assert nobody.traveller_id is None
    other = trips.fly(given="TOVE", number="N7654321", born="1991-01-02")
    with pytest.raises(OnePersonError):
        propose(trips, second, first)
    with pytest.raises(OnePersonError):
        propose(trips, first, first)
    with pytest.raises(WhyLinkError):
        propose(trips, other, first, " ")
    with pytest.raises(UnknownPersonError):
        propose(trips, other, nobody)
    propose(trips, other, first)
    with pytest.raises(ConflictError):
        propose(trips, other, first)  # it is proposed already


def test_what_cannot_be_undone(trips: Trips) -> None:
    first = trips.fly()
    [own] = trips.links(first, LinkState.JOINED)
    with pytest.raises(ConflictError):
        trips.undo(own)  # there is nobody to part from
    second = trips.fly()
    [link] = trips.links(second, LinkState.JOINED)
    with pytest.raises(ConflictError):
        trips.join(link)
    trips.undo(link)
    with pytest.raises(ConflictError):
        trips.undo(link)
    with pytest.raises(NotFoundError), trips.database.transaction() as session:
        undo_link(session, OFFICER, uuid4(), "another face", NOW)


def test_two_sure_travellers_are_no_choice() -> None:
    sure = [Grade(uuid4(), 1.0, ()), Grade(uuid4(), 1.0, ())]
    assert choose(sure) is None
    assert choose([*sure[:1], Grade(uuid4(), 0.8, ())]) == sure[0]
    assert choose([]) is None


def test_visas_and_half_names_make_no_keys(vault: Vault) -> None:
    keys = keys_of(
        vault, [("V", "JPN", "V1234567"), ("P", "", "L1234567")], "SUKARNO<", "1984-05-06"
    )
    assert (keys.documents, keys.persons) == (frozenset(), frozenset())
