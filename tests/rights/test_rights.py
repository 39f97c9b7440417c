"""Requests of travellers: found by passport and birth date, answered without a word of hits, refused by two."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.audit.models import AuditEntry
from app.declarations.models import Channel as DeclaredBy
from app.declarations.models import Declaration, DeclarationStatus, DeclarationVersion
from app.identity import officers
from app.keeping import holds
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import SecondOfficerError, UnavailableError
from app.retention.models import HoldKind
from app.retention.profile import Erasure, load
from app.rights import erasing, record, redress, service
from app.rights.finding import find
from app.rights.models import (
    Channel,
    Ground,
    IdentityCheck,
    Outcome,
    RequestKind,
    RequestState,
    RightsRequest,
)
from app.rights.service import (
    Asked,
    Decision,
    RequestConflictError,
    RequestInvalidError,
)
from app.screening import watchlists
from app.screening.assess import assess_due
from app.screening.entries import EntryDraft
from app.screening.models import Assessment, EntryKind, Handling, Hit
from app.travel.models import Passenger, ShownPassport
from app.travel.shown import Zone
from app.travel.travellers import keys_of
from risk_rules.names import BirthDate, Name
from tests.screening.world import NOW, add_flight, add_passenger, add_traveller
from tests.support.lists import put_entries

EU, JAPAN = load("eu-pnr"), load("japan")
BORN = date(1980, 5, 31)
REFUSAL = Decision(Outcome.REFUSED, Ground.KEPT_BY_LAW, "not yet")
GRANT = Decision(Outcome.GRANTED)


class Desk:
    """Two officers, and requests of Anna Tester with passport TR1234567."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        with database.transaction() as session:
            self.one, self.two = (
                Actor(
                    ActorKind.OFFICER,
                    officers.create_officer(session, name, name, ["senior"], "NRT", NOW).id,
                )
                for name in ("one", "two")
            )

    def ask(self, kind: RequestKind, **other: Any) -> UUID:
        asked = Asked(
            kind, Channel.LETTER, IdentityCheck.PASSPORT_COPY, "Tester", "Anna", BORN, "UTO",
            "TR 1234567", "my request in my words", NOW.date(),
        )  # fmt: skip
        with self.database.transaction() as session:
            return service.register(
                session, self.vault, self.one, "NRT", replace(asked, **other), NOW
            ).id

    def decide(self, request: UUID, decision: Decision = GRANT, profile: Any = EU) -> RightsRequest:
        with self.database.transaction() as session:
            asked = service.request_of(session, request, "NRT")
            service.decide(session, self.vault, self.one, asked, decision, profile, NOW)
            return asked

    def sign(self, request: UUID, actor: Actor | None = None) -> RightsRequest:
        with self.database.transaction() as session:
            asked = service.request_of(session, request, "NRT")
            service.sign(session, self.vault, actor or self.two, asked, EU, NOW)
            return asked

    def record(self, request: UUID, profile: Any = EU) -> Any:
        with self.database.read() as session:
            asked = service.request_of(session, request, "NRT")
            return record.wire(record.record_of(session, find(session, self.vault, asked), profile))

    def actions(self, request: UUID) -> list[str]:
        with self.database.read() as session:
            query = sa.select(AuditEntry.action).where(AuditEntry.subject_id == request)
            return list(session.scalars(query.order_by(AuditEntry.id)))


@pytest.fixture
def desk(database: Database, vault: Vault) -> Desk:
    return Desk(database, vault)


def declare(session: Session, *, arrived: date, passenger_id: UUID | None = None) -> Declaration:
    made = Declaration(
        site="NRT", device_key=b"", cti=uuid4().bytes, status=DeclarationStatus.ACTIVE, seq=0,
        lane=0, language="en", document_key="TR1234567", issuer="UTO", birth_date=BORN,
        arrival_on=arrived, flight="ZZ1", expires_at=NOW, passenger_id=passenger_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(
        DeclarationVersion(
            declaration_id=made.id, seq=0, questionnaire="q", content={"answers": {"cash": False}},
            payload_digest=b"", language="en", certified_text="I certify", certified_at=NOW,
            channel=DeclaredBy.ONLINE,
        )
    )  # fmt: skip
    return made


def listed(session: Session) -> None:
    """Anna Tester is on a list."""
    watchlists.create_list(session, SYSTEM, "wanted", "Wanted", "drugs", Handling.STOP, NOW)
    entry = EntryDraft(
        "P-1", EntryKind.PERSON, "r", (Name("TESTER", "ANNA"),), (BirthDate(1980, 5, 31),)
    )
    put_entries(session, SYSTEM, "wanted", [entry], NOW)


def settle(desk: Desk) -> None:
    while assess_due(desk.database, desk.vault, NOW):
        pass


# ---------------------------------------------------------------- the clock of a request


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2026, 3, 10), 1, date(2026, 4, 10)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last(day: date, months: int, due: date) -> None:
    assert service.months_after(day, months) == due


def test_an_answer_is_put_off_once_with_a_reason(desk: Desk) -> None:
    request = desk.ask(RequestKind.ACCESS)
    with desk.database.transaction() as session:
        asked = service.request_of(session, request, "NRT")
        assert asked.due_on == date(2026, 4, 10)
        with pytest.raises(RequestInvalidError):
            service.extend(session, desk.one, asked, " ", NOW)
        service.extend(session, desk.one, asked, "many records", NOW)
        assert asked.due_on == date(2026, 6, 10)
        with pytest.raises(RequestConflictError):
            service.extend(session, desk.one, asked, "again", NOW)
    assert desk.actions(request) == ["rights.registered", "rights.extended"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("surname", " "), ("number", ""), ("wish", ""), ("wish", "x" * 4001), ("issuer", "UTOPIA"),
     ("birth_date", date(2027, 1, 1)), ("received_on", date(2027, 1, 1)),
     ("birth_date", date(1, 1, 1)), ("received_on", date(1, 1, 1))],
)  # fmt: skip
def test_a_request_with_something_missing_is_not_taken(desk: Desk, field: str, value: Any) -> None:
    with pytest.raises(RequestInvalidError) as caught:
        desk.ask(RequestKind.ACCESS, **{field: value})
    assert [one.pointer for one in caught.value.fields] == [f"/{field}"]


def test_what_is_personal_in_a_request_is_sealed_and_the_trail_has_ids_alone(desk: Desk) -> None:
    desk.ask(RequestKind.ACCESS)
    with desk.database.read() as session:
        stored = str(session.execute(sa.text("select * from rights_request")).one()._asdict())
        trail = str(
            session.scalars(
                sa.select(AuditEntry.detail).where(AuditEntry.action.startswith("rights."))
            ).all()
        )
    for word in ("Tester", "Anna", "1234567", "my words", "1980"):
        assert word not in stored
        assert word not in trail
    assert "passport-copy" in trail


# ---------------------------------------------------------------- access


def test_a_record_holds_the_trips_of_the_passport_and_those_linked_to_it(desk: Desk) -> None:
    with desk.database.transaction() as session:
        same = add_traveller(session)
        add_passenger(session, add_flight(session), number="TR1234567", traveller=same)
        add_passenger(session, add_flight(session, 2), number="TR9", traveller=same)
        add_passenger(session, add_flight(session, 3), "OTHER", "BERT", number="TR1234567")
        add_passenger(session, add_flight(session, 4), number="TR1234567", birth=date(1981, 5, 31))
        declare(session, arrived=NOW.date())
    request = desk.ask(RequestKind.ACCESS)
    desk.decide(request)
    told = desk.record(request)
    assert sorted(trip["flight"][-1] for trip in told["trips"]) == ["1", "2"]
    assert told["declarations"][0]["versions"][0]["content"] == {"answers": {"cash": False}}
    assert "BERT" not in json.dumps(told)
    with desk.database.read() as session:
        assert find(session, desk.vault, service.request_of(session, request, "NRT")).others == 2


def test_masked_trips_are_found_by_the_pseudonyms_that_survive(desk: Desk) -> None:
    keys = keys_of(desk.vault, [("P", "UTO", "TR1234567")], "TESTER<ANNA", BORN.isoformat())
    with desk.database.transaction() as session:
        known, other = add_traveller(session), add_traveller(session)
        known.document_keys, known.person_keys = sorted(keys.documents), sorted(keys.persons)
        other.document_keys = sorted(keys.documents)  # the passport in another hand
        for number, traveller in ((1, known), (2, other)):
            flight = add_flight(session, number)
            add_passenger(session, flight, "", "", birth=None, traveller=traveller)
    told = desk.record(desk.ask(RequestKind.ACCESS))
    assert [trip["flight"][-1] for trip in told["trips"]] == ["1"]


def test_a_record_reads_the_same_with_a_hit_and_without(desk: Desk) -> None:
    with desk.database.transaction() as session:
        add_passenger(session, add_flight(session), number="TR1234567")
    settle(desk)
    request = desk.ask(RequestKind.ACCESS)
    before = desk.record(request)
    with desk.database.transaction() as session:
        listed(session)
        session.execute(sa.update(Passenger).values(facts_version=Passenger.facts_version + 1))
    settle(desk)
    with desk.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Hit)) == 1
    assert desk.record(request) == before


def test_of_a_booking_with_others_only_ones_own_part_is_told(desk: Desk) -> None:
    from app.travel.models import Booking

    with desk.database.transaction() as session:
        flight = add_flight(session)
        shared = {"travellers": [{"surname": "TESTER"}, {"surname": "FELLOW"}], "contacts": ["x"]}
        booking = Booking(
            flight_id=flight.id, carrier="ZZ", locator="ABC123", record=shared, version=1
        )
        session.add(booking)
        session.flush()
        add_passenger(
            session, flight, number="TR1234567", pnr_data={str(booking.id): {"surname": "TESTER"}}
        )
    request = desk.ask(RequestKind.ACCESS)
    assert desk.record(request)["trips"][0]["bookings"] == [
        {"locator": "ABC123", "said": {"surname": "TESTER"}}
    ]
    with desk.database.transaction() as session:
        alone = shared | {"travellers": [{"surname": "TESTER"}]}
        session.execute(sa.update(Booking).values(record=alone))
    assert desk.record(request)["trips"][0]["bookings"][0]["booking"] == alone


# ---------------------------------------------------------------- refusals


def test_a_refusal_has_a_ground_a_reason_and_two_officers(desk: Desk) -> None:
    request = desk.ask(RequestKind.ACCESS)
    for lacking in (Decision(Outcome.REFUSED), replace(REFUSAL, reason=" ")):
        with pytest.raises(RequestInvalidError):
            desk.decide(request, lacking)
    assert desk.decide(request, REFUSAL).state is RequestState.PROPOSED
    with pytest.raises(SecondOfficerError):
        desk.sign(request, desk.one)
    assert desk.sign(request).state is RequestState.CLOSED
    with pytest.raises(RequestConflictError):
        desk.sign(request)
    assert desk.actions(request) == ["rights.registered", "rights.decided", "rights.signed"]


def test_the_second_officer_may_send_it_back(desk: Desk) -> None:
    request = desk.ask(RequestKind.ACCESS)
    desk.decide(request, REFUSAL)
    with desk.database.transaction() as session:
        service.send_back(session, desk.two, service.request_of(session, request, "NRT"), NOW)
    again = desk.decide(request)
    assert (again.state, again.outcome, again.ground) == (
        RequestState.CLOSED,
        Outcome.GRANTED,
        None,
    )


def test_the_database_closes_no_refusal_of_one_officer(desk: Desk) -> None:
    request = desk.ask(RequestKind.ACCESS)
    desk.decide(request, REFUSAL)
    alone = sa.update(RightsRequest).where(RightsRequest.id == request)
    with pytest.raises(sa.exc.IntegrityError), desk.database.transaction() as session:
        session.execute(alone.values(state=RequestState.CLOSED))
    with pytest.raises(sa.exc.IntegrityError), desk.database.transaction() as session:
        session.execute(alone.values(second_by=desk.one.id))


def test_an_earlier_answer_is_found_by_the_passport_alone(desk: Desk) -> None:
    desk.decide(desk.ask(RequestKind.ACCESS))
    again = desk.ask(RequestKind.ACCESS, number="tr1234567", surname="Tester-Neu")
    other = desk.ask(RequestKind.ACCESS, number="TR7654321")
    with desk.database.read() as session:
        asked = [service.request_of(session, one, "NRT") for one in (again, other)]
        assert [service.earlier_of(session, one) for one in asked] == [1, 0]


# ---------------------------------------------------------------- erasure


def test_what_the_profile_allows_is_erased_and_the_rest_is_a_reasoned_refusal(desk: Desk) -> None:
    with desk.database.transaction() as session:
        add_passenger(session, add_flight(session), number="TR1234567")
        declared = declare(session, arrived=NOW.date()).id
    request = desk.ask(RequestKind.ERASURE)
    proposed = desk.decide(request, replace(REFUSAL, outcome=Outcome.GRANTED))
    assert (proposed.outcome, proposed.state) == (Outcome.PARTLY, RequestState.PROPOSED)
    with desk.database.read() as session:
        assert session.get_one(Declaration, declared).document_key  # not before it is signed
    desk.sign(request)
    with desk.database.read() as session:
        assert session.get_one(Declaration, declared).document_key == ""
        assert session.scalars(sa.select(DeclarationVersion)).all() == []
        assert session.scalars(sa.select(Passenger.surname)).all() == ["TESTER"]


def test_where_everything_may_go_one_officer_is_enough(desk: Desk) -> None:
    with desk.database.transaction() as session:
        declare(session, arrived=NOW.date())
    done = desk.decide(desk.ask(RequestKind.ERASURE))
    assert (done.outcome, done.state) == (Outcome.GRANTED, RequestState.CLOSED)
    with desk.database.read() as session:
        assert session.scalars(sa.select(DeclarationVersion)).all() == []


def test_where_nothing_is_held_an_erasure_closes_as_that(desk: Desk) -> None:
    done = desk.decide(desk.ask(RequestKind.ERASURE))
    assert (done.outcome, done.ground, done.is_nothing_held) == (
        Outcome.GRANTED, Ground.NOT_FOUND, True,
    )  # fmt: skip
    with desk.database.transaction() as session:
        declare(session, arrived=NOW.date())
    chosen = replace(GRANT, ground=Ground.NOT_FOUND)  # a ground is that of a refusal alone
    assert not desk.decide(desk.ask(RequestKind.ERASURE), chosen).is_nothing_held


def test_a_case_stands_against_erasure(desk: Desk) -> None:
    from app.referrals.kinds import ReferralKind, ReferralState
    from app.referrals.models import Referral

    with desk.database.transaction() as session:
        someone = add_passenger(session, add_flight(session), "ELSE", "SOME")
        declare(session, arrived=NOW.date(), passenger_id=someone.id)
        session.add(
            Referral(
                site="NRT", hall_id=uuid4(), passenger_id=someone.id, kind=ReferralKind.GOODS,
                reasons=[], state=ReferralState.RAISED,
            )
        )  # fmt: skip
    refused = desk.decide(
        desk.ask(RequestKind.ERASURE), replace(REFUSAL, outcome=Outcome.GRANTED), JAPAN
    )
    assert (refused.outcome, refused.state) == (Outcome.REFUSED, RequestState.PROPOSED)


def test_a_legal_hold_stands_against_erasure(desk: Desk) -> None:
    with desk.database.transaction() as session:
        someone = add_passenger(session, add_flight(session), "ELSE", "SOME")
        declare(session, arrived=NOW.date(), passenger_id=someone.id)
        until = NOW.date() + timedelta(days=30)
        wanted = holds.Wanted(HoldKind.PASSENGER, someone.id, "court", "1 K 1/26", "r", until)
        holds.place(session, desk.two, "NRT", wanted, NOW)
    refused = desk.decide(desk.ask(RequestKind.ERASURE), replace(REFUSAL, outcome=Outcome.GRANTED))
    assert refused.outcome is Outcome.REFUSED
    with desk.database.read() as session:
        asked = erasing.ask(session, EU, find(session, desk.vault, refused), NOW)
    assert [one.answer.erasure for one in asked] == [Erasure.UNDER_HOLD]


# ---------------------------------------------------------------- rectification and redress

RIGHT = Zone("TESTER", "ANNA MARIA", BORN, "F", "UTO", "TR1234567", "UTO", date(2030, 1, 1))


def test_a_right_value_stands_beside_what_the_carrier_sent_and_is_screened(desk: Desk) -> None:
    with desk.database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), number="TR1234567")
    settle(desk)
    request = desk.ask(RequestKind.RECTIFICATION)
    with pytest.raises(RequestInvalidError):
        desk.decide(request)  # nothing to put right was named
    desk.decide(request, replace(GRANT, corrected=RIGHT))
    with desk.database.read() as session:
        kept = session.scalars(sa.select(ShownPassport)).one()
        assert (kept.given_names, kept.request_id) == ("ANNA MARIA", request)
        again = session.get_one(Passenger, passenger.id)
        assert again.api_data == {"surname": "TESTER", "given_names": "ANNA"}
        assert again.facts_version > again.assessed_version
    [shown] = desk.record(request)["trips"][0]["passports_shown"]
    assert shown["rectified"] is True


def test_what_was_put_right_before_is_not_replaced_unseen(desk: Desk) -> None:
    with desk.database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), number="TR1234567").id
    first, second = (desk.ask(RequestKind.RECTIFICATION) for _ in range(2))
    desk.decide(first, replace(GRANT, corrected=RIGHT))
    other = replace(GRANT, corrected=replace(RIGHT, given_names="ANNE"))
    with pytest.raises(RequestInvalidError) as caught:
        desk.decide(second, other)
    assert [one.pointer for one in caught.value.fields] == ["/replaces"]
    with desk.database.read() as session:
        asked = service.request_of(session, second, "NRT")
        assert service.put_right_before(session, asked, [passenger]) == [RIGHT]
    desk.decide(second, replace(other, replaces=True))
    with desk.database.read() as session:
        kept = session.scalars(sa.select(ShownPassport.given_names).order_by(ShownPassport.id))
        assert list(kept) == ["ANNA MARIA", "ANNE"]


def test_what_was_put_right_to_something_else_may_be_put_right_back(desk: Desk) -> None:
    with desk.database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), number="TR1234567").id
    other = replace(RIGHT, given_names="ANNE")
    for zone in (RIGHT, other, RIGHT):
        decided = replace(GRANT, corrected=zone, replaces=True)
        desk.decide(desk.ask(RequestKind.RECTIFICATION), decided)
    again = desk.ask(RequestKind.RECTIFICATION)
    with desk.database.read() as session:
        query = sa.select(ShownPassport.given_names).order_by(ShownPassport.id)
        assert session.scalars(query).all() == ["ANNA MARIA", "ANNE", "ANNA MARIA"]
        asked = service.request_of(session, again, "NRT")
        assert service.put_right_before(session, asked, [passenger]) == [RIGHT, other]
    with pytest.raises(RequestInvalidError) as caught:
        desk.decide(again, replace(GRANT, corrected=RIGHT, replaces=True))
    assert [one.code for one in caught.value.fields] == ["nothing_to_correct"]


def test_who_puts_the_same_trip_right_at_once_waits(desk: Desk) -> None:
    with desk.database.transaction() as session:
        add_passenger(session, add_flight(session), number="TR1234567")
    first, second = (desk.ask(RequestKind.RECTIFICATION) for _ in range(2))
    right = replace(GRANT, corrected=RIGHT)
    with desk.database.transaction() as session:
        asked = service.request_of(session, first, "NRT")
        service.decide(session, desk.vault, desk.one, asked, right, EU, NOW)
        with pytest.raises(UnavailableError) as caught, desk.database.transaction() as other:
            other.execute(sa.text("set local lock_timeout = '50ms'"))
            asked = service.request_of(other, second, "NRT")
            service.decide(other, desk.vault, desk.two, asked, right, EU, NOW)
    stopped = caught.value.__cause__
    assert isinstance(stopped, OperationalError)
    assert "FOR UPDATE" in str(stopped.statement)  # before it looks for what was put right


def test_a_rectified_passport_is_checked_where_it_is_kept(desk: Desk) -> None:
    request = desk.ask(RequestKind.RECTIFICATION)
    with pytest.raises(RequestInvalidError) as caught:
        desk.decide(request, replace(GRANT, corrected=replace(RIGHT, sex="Q", nationality="QQQ")))
    assert [one.pointer for one in caught.value.fields] == ["/sex", "/nationality"]


def test_redress_ends_in_known_not_to_match_and_the_traveller_is_not_stopped_again(
    desk: Desk, starting_rules: None
) -> None:
    with desk.database.transaction() as session:
        listed(session)
        passenger = add_passenger(session, add_flight(session), number="TR1234567")
    settle(desk)
    request = desk.ask(RequestKind.REDRESS)
    with desk.database.read() as session:
        [hit] = redress.standing_hits(session, [passenger.id])
    until = NOW.date() + timedelta(days=200)
    found = Decision(Outcome.GRANTED, None, "another person", None, hit.hit_id, until)
    assert desk.decide(request, found).outcome is Outcome.EXAMINED
    settle(desk)
    with desk.database.transaction() as session:
        add_passenger(session, add_flight(session, 2), number="TR1234567")
    settle(desk)
    with desk.database.read() as session:
        query = sa.select(Hit).join(Assessment).where(Assessment.is_current)
        told = [one.explanation["alert"] for one in session.scalars(query)]
    assert told == [False, False]


def test_redress_reads_the_same_where_nothing_was_found(desk: Desk) -> None:
    done = desk.decide(desk.ask(RequestKind.REDRESS))
    assert (done.outcome, done.state, done.ground) == (Outcome.EXAMINED, RequestState.CLOSED, None)


def test_redress_is_not_refused_on_a_ground_that_tells_what_was_found(desk: Desk) -> None:
    request = desk.ask(RequestKind.REDRESS)
    with pytest.raises(RequestInvalidError):
        desk.decide(request, replace(REFUSAL, ground=Ground.NOT_WRONG))
    desk.decide(request, replace(REFUSAL, ground=Ground.IDENTITY_NOT_SHOWN))


def test_somebody_elses_hit_is_not_cleared(desk: Desk, starting_rules: None) -> None:
    with desk.database.transaction() as session:
        listed(session)
        passenger = add_passenger(session, add_flight(session), number="TR7654321")
    settle(desk)
    with desk.database.read() as session:
        [hit] = redress.standing_hits(session, [passenger.id])
    found = Decision(Outcome.GRANTED, None, "x", None, hit.hit_id, NOW.date() + timedelta(days=9))
    with pytest.raises(RequestInvalidError):
        desk.decide(desk.ask(RequestKind.REDRESS), found)
    with desk.database.read() as session:
        assert not redress.standing_hits(session, [passenger.id])[0].cleared
