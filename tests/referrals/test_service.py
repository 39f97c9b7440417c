"""The life of a referral as the services tell it: leases, versions, who may not, what is written."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.audit.log import SYSTEM, Actor
from app.identity.permissions import Role
from app.kernel.errors import EgateError, NotFoundError
from app.referrals import service, shifts
from app.referrals.custody import LEASE
from app.referrals.kinds import ReferralKind, ReferralState
from app.referrals.models import Referral
from app.referrals.outcome import Outcome
from tests.referrals.desk import WAIVER, Desk


@pytest.fixture
def mori(desk: Desk) -> Actor:
    desk.officer("Mori")
    return desk.actor("Mori")


@pytest.fixture
def sato(desk: Desk) -> Actor:
    desk.officer("Sato")
    return desk.actor("Sato")


def act(desk: Desk, verb, actor: Actor, referral: UUID, *more) -> Referral:
    why = {"waiver": WAIVER} if verb is service.close_released else {}
    with desk.database.transaction() as session:
        return verb(session, actor, referral, *more, desk.clock(), **why)


def test_raised_claimed_inspected_closed(desk: Desk, mori: Actor):
    referral = desk.put()
    claimed = act(desk, service.claim, mori, referral, 1)
    assert (claimed.state, claimed.owner_id, claimed.version) == ("claimed", mori.id, 2)
    begun = act(desk, service.inspect, mori, referral, 2)
    assert (begun.state, begun.decision, begun.decided_by) == ("inspecting", "inspect", mori.id)
    assert desk.steps(referral) == ["raised", "claimed", "inspection-begun"]
    assert desk.version(referral) == 3


def test_each_step_is_announced_and_audited_once(desk: Desk, mori: Actor):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    act(desk, service.close_released, mori, referral, 2)
    events = desk.rows(
        "select kind, version, site from event where subject = :id order by id", id=referral
    )
    assert events == [("referral.changed", n, "NRT") for n in (1, 2, 3)]
    trail = desk.rows(
        "select action, actor_id from audit_entry where subject_id = :id order by id", id=referral
    )
    assert trail == [
        ("referral.raised", None), ("referral.claimed", mori.id), ("referral.released", mori.id),
    ]  # fmt: skip


def test_a_claim_is_taken_by_one_of_many(desk: Desk):
    names = [f"Officer {n}" for n in range(6)]
    for name in names:
        desk.officer(name)
    referral, results = desk.put(), []
    start = threading.Barrier(len(names))

    def take(actor: Actor) -> None:
        start.wait()
        try:
            act(desk, service.claim, actor, referral, 1)
            results.append("won")
        except service.ReferralTakenError as error:
            results.append(error.by)

    threads = [threading.Thread(target=take, args=[desk.actor(name)]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owner = desk.rows("select o.name from referral r join officer o on o.id = r.owner_id")[0][0]
    assert sorted(results) == sorted(["won"] + [owner] * 5)
    assert desk.steps(referral) == ["raised", "claimed"]


def test_a_claim_is_renewed_by_its_owner_whatever_he_saw(desk: Desk, mori: Actor):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    desk.clock.advance(seconds=100)
    again = act(desk, service.claim, mori, referral, 1)
    assert (again.active_at, again.version) == (desk.clock(), 2)  # a lease is nobody else's news
    assert desk.steps(referral) == ["raised", "claimed"]


def test_a_lease_ends(desk: Desk, mori: Actor, sato: Actor):
    idle, busy = desk.put(), desk.put()
    for referral in (idle, busy):
        act(desk, service.claim, mori, referral, 1)
    desk.clock.advance(seconds=LEASE.total_seconds() / 2)
    act(desk, service.claim, mori, busy, None)
    desk.clock.advance(seconds=LEASE.total_seconds() / 2 + 1)
    with desk.database.transaction() as session:
        assert shifts.return_idle_claims(session, desk.clock()) == 1
    assert desk.steps(idle)[-1] == "lease-ended"
    assert act(desk, service.claim, sato, idle, 3).owner_id == sato.id
    with pytest.raises(service.ReferralTakenError):
        act(desk, service.claim, sato, busy, None)


def test_a_lease_of_an_inspection_does_not_end(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put()
    act(desk, service.inspect, mori, referral, 1)
    desk.clock.advance(seconds=7200)
    with desk.database.transaction() as session:
        assert shifts.return_idle_claims(session, desk.clock()) == 0
    with pytest.raises(service.ReferralTakenError) as caught:
        act(desk, service.claim, sato, referral, None)
    assert (caught.value.by, caught.value.since) == ("Mori", desk.clock() - timedelta(hours=2))


def test_who_gives_back_what_an_inspection_has_begun_keeps_it(desk: Desk, mori: Actor):
    referral = desk.put()
    act(desk, service.inspect, mori, referral, 1)
    kept = act(desk, service.give_back, mori, referral)
    assert (kept.state, kept.owner_id) == (ReferralState.INSPECTING, mori.id)
    assert desk.steps(referral) == ["raised", "inspection-begun"]


def test_given_back_it_is_everybodys(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    with pytest.raises(service.ReferralTakenError):
        act(desk, service.give_back, sato, referral)
    act(desk, service.give_back, mori, referral)
    assert act(desk, service.claim, sato, referral, 3).owner_id == sato.id


@pytest.mark.parametrize("verb", [service.claim, service.inspect, service.close_released])
def test_who_saw_an_older_state_must_look_again(desk: Desk, mori: Actor, verb):
    referral = desk.put()
    with pytest.raises(service.ReferralChangedError):
        act(desk, verb, mori, referral, 0)
    assert desk.steps(referral) == ["raised"]


def test_what_is_closed_says_by_whom_and_when(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put()
    act(desk, service.close_released, mori, referral, 1)
    for verb, more in (
        (service.claim, [None]), (service.inspect, [1]), (service.close_released, [1]),
        (service.give_back, []), (service.record_outcome, [Outcome((), (), ())]),
    ):  # fmt: skip
        with pytest.raises(service.ReferralClosedError) as caught:
            act(desk, verb, sato, referral, *more)
        assert (caught.value.by, caught.value.since) == ("Mori", desk.clock())


def test_what_is_inspected_ends_with_an_outcome(desk: Desk, mori: Actor):
    referral = desk.put()
    act(desk, service.inspect, mori, referral, 1)
    with pytest.raises(service.ReferralChangedError):
        act(desk, service.close_released, mori, referral, 2)


def test_there_is_no_outcome_without_an_inspection(desk: Desk, mori: Actor):
    referral = desk.put()
    act(desk, service.claim, mori, referral, 1)
    with pytest.raises(service.ReferralChangedError):
        act(desk, service.record_outcome, mori, referral, Outcome((), (), ()))


def test_another_sites_referral_is_not_there(desk: Desk):
    desk.officer("Ito", Role.SENIOR, site="HND")
    referral = desk.put()
    for verb, more in (
        (service.claim, [None]), (service.inspect, [1]), (service.close_released, [1]),
        (service.give_back, []), (service.record_outcome, [Outcome((), (), ())]),
    ):  # fmt: skip
        with pytest.raises(NotFoundError):
            act(desk, verb, desk.actor("Ito"), referral, *more)
        with pytest.raises(NotFoundError):
            act(desk, verb, SYSTEM, referral, *more)
        with pytest.raises(NotFoundError):
            act(desk, verb, desk.actor("Ito"), uuid4(), *more)
    assert desk.steps(referral) == ["raised"]


def test_an_error_says_nothing_of_the_traveller(desk: Desk, mori: Actor, sato: Actor):
    referral = desk.put(ReferralKind.RISK, passenger=desk.passenger())
    act(desk, service.claim, mori, referral, 1)
    with pytest.raises(EgateError) as caught:
        act(desk, service.claim, sato, referral, None)
    document = caught.value.problem("r1")
    assert document["by"] == "Mori"
    assert document["since"] == desk.clock().isoformat()
    assert document.keys() == {"type", "title", "status", "instance", "by", "since"}
