"""Legal holds and unmasking: who may, what they stop, what they show, what the trail says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest

from app.audit.log import Actor, ActorKind
from app.identity.disclosures import NothingMaskedError
from app.keeping import holds, unmasking
from app.keeping.engine import open_original
from app.keeping.holds import HoldChangedError, Wanted
from app.keeping.job import run_all
from app.keeping.unmasking import NotOpenError
from app.kernel.crypto import SealError, Vault
from app.kernel.errors import InvalidError, NotFoundError, SecondOfficerError
from app.kernel.http import Kernel
from app.retention.models import HoldKind
from app.retention.profile import load
from tests.keeping.test_job import rows, work
from tests.support import NOW

ASKS, AGREES, REVIEWS = (Actor(ActorKind.OFFICER, uuid4()) for _ in range(3))


def hold(kernel: Kernel, kind: HoldKind, subject, days: int = 300, **other):
    wanted = Wanted(
        kind, subject, **{"authority": "Court of Utopia", "reference": "7 K 12/26", "reason": "Evidence",
                          "until": (NOW + timedelta(days=days)).date(), **other},
    )  # fmt: skip
    with kernel.database.transaction() as session:
        return holds.place(session, ASKS, "NRT", wanted, NOW).id


def test_a_held_passenger_is_neither_masked_nor_deleted_until_the_hold_ends(kernel, busy):
    one = busy.people[0]
    hold(kernel, HoldKind.PASSENGER, one)
    done = run_all(kernel.database, work(kernel, 184))
    assert done.counts["passenger.masked"] == done.counts["document.masked"] == 59
    assert done.counts["assessment.masked"] == 59
    [(surname,)] = rows(kernel, f"select surname from passenger where id = '{one}'")
    assert surname
    ended = run_all(kernel.database, work(kernel, 301))
    assert (ended.counts["legal_hold.ended"], ended.counts["passenger.masked"]) == (1, 1)


def test_a_held_flight_keeps_everybody_on_it(kernel, busy):
    hold(kernel, HoldKind.FLIGHT, busy.flight)
    done = run_all(kernel.database, work(kernel, 184, load("eu-pnr-cjeu")))
    assert not {"passenger.masked", "passenger.deleted", "hit.masked"} & set(done.counts)


def test_a_held_case_keeps_its_passenger(kernel, busy):
    case, passenger = rows(kernel, "select id, passenger_id from referral where passenger_id is not null limit 1")[0]  # fmt: skip
    hold(kernel, HoldKind.CASE, case)
    run_all(kernel.database, work(kernel, 184))
    assert rows(kernel, "select id from passenger where surname <> ''") == [(passenger,)]


@pytest.mark.parametrize(
    ("other", "place"),
    [({"authority": " "}, "/authority"), ({"reference": "x" * 501}, "/reference"),
     ({"reason": ""}, "/reason"), ({"until": NOW.date()}, "/until"),
     ({"until": date(2099, 1, 1)}, "/until")],
)  # fmt: skip
def test_a_hold_names_authority_reference_reason_and_an_end_within_a_year(
    kernel, busy, other, place
):
    with pytest.raises(InvalidError) as caught:
        hold(kernel, HoldKind.PASSENGER, busy.people[0], **other)
    assert [one.pointer for one in caught.value.fields] == [place]


@pytest.mark.parametrize("kind", list(HoldKind))
def test_nothing_is_held_that_is_not_there(kernel, busy, kind):
    with pytest.raises(NotFoundError):
        hold(kernel, kind, uuid4())


def test_the_same_order_is_one_hold_and_another_one_is_a_second(kernel, busy):
    one = busy.people[0]
    first = hold(kernel, HoldKind.PASSENGER, one)
    assert hold(kernel, HoldKind.PASSENGER, one) == first
    assert hold(kernel, HoldKind.PASSENGER, one, days=200) != first
    placed = "select count(*) from audit_entry where action = 'hold.placed'"
    assert rows(kernel, placed) == [(2,)]


def test_the_same_order_sent_at_the_same_moment_is_one_hold(kernel, busy):
    with ThreadPoolExecutor(4) as many:
        sent = [many.submit(hold, kernel, HoldKind.FLIGHT, busy.flight) for _ in range(4)]
        assert len({one.result() for one in sent}) == 1


def test_ending_a_hold_early_takes_two(kernel, busy):
    identifier = hold(kernel, HoldKind.PASSENGER, busy.people[0])

    def lift(who: Actor, *, agrees: bool) -> None:
        with kernel.database.transaction() as session:
            holds.lift(session, who, "NRT", identifier, NOW, agrees=agrees)

    with pytest.raises(HoldChangedError):
        lift(AGREES, agrees=True)
    lift(ASKS, agrees=False)
    for agrees in (False, True):
        with pytest.raises(SecondOfficerError):
            lift(ASKS, agrees=agrees)
    with pytest.raises(HoldChangedError):
        lift(AGREES, agrees=False)
    with kernel.database.read() as session:
        assert holds.is_held(session, NOW, busy.people[0])
    lift(AGREES, agrees=True)
    with kernel.database.read() as session:
        assert not holds.is_held(session, NOW, busy.people[0])
        assert not holds.in_force(session, "NRT", NOW)


# ---------------------------------------------------------------- unmasking


def asked(kernel: Kernel, passenger, reason: str = "Request 7 K 12/26"):
    with kernel.database.transaction() as session:
        return unmasking.ask(session, ASKS, "NRT", passenger, reason, NOW).id


def decided(kernel: Kernel, identifier, who: Actor = AGREES, *, agreed: bool = True) -> None:
    with kernel.database.transaction() as session:
        unmasking.decide(session, who, "NRT", identifier, NOW, agreed=agreed)


def looked(kernel: Kernel, identifier, who: Actor = ASKS, hours: float = 1):
    with kernel.database.transaction() as session:
        now = NOW + timedelta(hours=hours)
        return unmasking.look(session, who, "NRT", identifier, kernel.vault, now)


def test_what_was_masked_is_seen_by_whoever_asked_once_another_agreed(kernel, busy):
    one = busy.people[0]
    [before] = rows(
        kernel, f"select surname, given_names, birth_date::text from passenger where id = '{one}'"
    )
    run_all(kernel.database, work(kernel, 184))
    identifier = asked(kernel, one)
    with pytest.raises(NotOpenError):
        looked(kernel, identifier)
    with pytest.raises(SecondOfficerError):
        decided(kernel, identifier, ASKS)
    decided(kernel, identifier)
    found = looked(kernel, identifier)
    [passenger] = [entry.columns for entry in found if entry.table == "passenger"]
    assert (passenger["surname"], passenger["given_names"], passenger["birth_date"]) == before
    assert {"passenger", "document", "assessment"} <= {entry.table for entry in found}
    assert rows(kernel, f"select surname from passenger where id = '{one}'") == [("",)]
    assert rows(kernel, "select action from audit_entry where action like 'unmasking.%' order by id") == [
        ("unmasking.asked",), ("unmasking.agreed",), ("unmasking.looked",)
    ]  # fmt: skip


def test_it_is_open_for_a_day_and_to_nobody_else(kernel, busy):
    run_all(kernel.database, work(kernel, 184))
    identifier = asked(kernel, busy.people[0])
    decided(kernel, identifier)
    with pytest.raises(NotOpenError):
        looked(kernel, identifier, AGREES)
    with pytest.raises(NotOpenError):
        looked(kernel, identifier, hours=24)
    assert looked(kernel, identifier, hours=23.9)


def test_a_refusal_opens_nothing(kernel, busy):
    run_all(kernel.database, work(kernel, 184))
    identifier = asked(kernel, busy.people[0])
    decided(kernel, identifier, agreed=False)
    with pytest.raises(NotOpenError):
        looked(kernel, identifier)


def test_it_is_asked_with_a_reason_and_for_what_is_masked(kernel, busy):
    with pytest.raises(NothingMaskedError):
        asked(kernel, busy.people[0])
    run_all(kernel.database, work(kernel, 184))
    with pytest.raises(InvalidError):
        asked(kernel, busy.people[0], " ")
    with pytest.raises(NotFoundError):
        asked(kernel, uuid4())


def test_a_third_reviews_it_afterwards(kernel, busy):
    run_all(kernel.database, work(kernel, 184))
    identifier = asked(kernel, busy.people[0])
    decided(kernel, identifier)
    with kernel.database.read() as session:
        assert [one.id for one in unmasking.unreviewed(session, "NRT")] == [identifier]
    for who in (ASKS, AGREES):
        with pytest.raises(SecondOfficerError), kernel.database.transaction() as session:
            unmasking.review(session, who, "NRT", identifier, NOW, proper=True)
    with kernel.database.transaction() as session:
        unmasking.review(session, REVIEWS, "NRT", identifier, NOW, proper=False)
        assert not unmasking.unreviewed(session, "NRT")


def test_nothing_can_be_unmasked_that_was_deleted(kernel, busy):
    run_all(kernel.database, work(kernel, 184))
    run_all(kernel.database, work(kernel, 1830))
    assert rows(kernel, "select count(*) from masked_row") == [(0,)]


def test_an_indication_keeps_whom_nothing_else_links(kernel, busy):
    linked = "select distinct passenger_id from hit union select passenger_id from referral where passenger_id is not null"
    one = next(p for p in busy.people if (p,) not in rows(kernel, linked))
    with kernel.database.transaction() as session:
        unmasking.indicate(session, ASKS, "NRT", one, "Named in case 7 K 12/26", NOW)
    run_all(kernel.database, work(kernel, 184, load("eu-pnr-cjeu")))
    assert rows(kernel, f"select count(*) from passenger where id = '{one}'") == [(1,)]


def test_sealed_originals_open_with_their_own_secret_and_row_alone(kernel, busy):
    run_all(kernel.database, work(kernel, 184))
    row, sealed = rows(
        kernel, "select row_id, sealed from masked_row where row_table = 'passenger' limit 1"
    )[0]
    assert open_original(kernel.vault, row, bytes(sealed))["surname"]
    for vault, identifier in ((Vault(b"x" * 32), row), (kernel.vault, uuid4())):
        with pytest.raises(SealError):
            open_original(vault, identifier, bytes(sealed))
