"""The life of a rule: four eyes of this very text, shadow, scope, urgency, review, snooze, recomputing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.identity import officers
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import InvalidError
from app.screening import lifecycle, rules, terms, watchlists
from app.screening.assess import assess_due
from app.screening.backtest_models import Backtest, BacktestState, digest_of
from app.screening.controls import set_jurisdiction
from app.screening.entries import EntryDraft
from app.screening.models import (
    Assessment,
    EntryKind,
    Handling,
    Hit,
    Level,
    ReviewState,
    RuleEvent,
    RuleEventKind,
    RuleState,
    RuleVersion,
    ShadowHit,
)
from app.screening.profiles import current_profile
from app.screening.recompute import Outcome, recompute, recompute_since
from app.screening.reviews import review_hit
from app.screening.snoozing import NotLinkedError, SnoozedError, lift_snooze, snooze_rule
from app.travel.models import Passenger
from risk_rules.jurisdiction import shipped
from risk_rules.names import Name
from risk_rules.score import Purpose, Scope
from tests.support.lists import put_entries

from .world import DAY, NOW, add_booking, add_flight, add_passenger, add_traveller

AUTHOR, APPROVER = (Actor(ActorKind.OFFICER, uuid4()) for _ in range(2))
DRAFT = rules.Draft(
    key="test.cash", title="Cash", text="booking.payment = 'cash'", points=40,
    purpose=Purpose.SERIOUS_CRIME, handling=Handling.STOP, justification="A test.", owner="test",
    review_by=date(2027, 1, 1),
)  # fmt: skip
ON_NATIONALITY = replace(DRAFT, key="test.who", text="traveller.nationality = 'UTO'")


@pytest.fixture(autouse=True)
def installed(database: Database) -> None:
    """A rule set without rules: what acts is what a test brings."""
    with database.transaction() as session:
        rules.lock(session)
        rules.write_ruleset(session)


@pytest.fixture
def officer(database: Database) -> Actor:
    with database.transaction() as session:
        made = officers.create_officer(session, "senior", "Senior", ["senior"], "NRT", NOW)
    return Actor(ActorKind.OFFICER, made.id)


@pytest.fixture
def settle(database: Database, vault: Vault) -> Callable[[], None]:
    def run() -> None:
        while assess_due(database, vault, NOW):
            pass

    return run


def approved(session: Session, draft: rules.Draft = DRAFT) -> UUID:
    version = lifecycle.propose_version(session, AUTHOR, draft, NOW)
    lifecycle.approve_version(session, APPROVER, version.id, "", NOW, legal=True)
    return version.id


def put_in_force(database: Database, draft: rules.Draft = DRAFT) -> UUID:
    with database.transaction() as session:
        version = approved(session, draft)
        lifecycle.activate_version(session, APPROVER, version, NOW)
    return version


def cash_passenger(database: Database, *, linked: bool = True, number: int = 1) -> UUID:
    with database.transaction() as session:
        flight = add_flight(session, number)
        traveller = add_traveller(session) if linked else None
        passenger = add_passenger(session, flight, traveller=traveller)
        add_booking(session, flight, [passenger])
    return passenger.id


def current(session: Session, passenger: UUID) -> Assessment:
    query = sa.select(Assessment).where(Assessment.passenger_id == passenger, Assessment.is_current)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def hits_of(session: Session, passenger: UUID) -> dict[str, Hit]:
    query = sa.select(Hit).where(Hit.assessment_id == current(session, passenger).id)
    return {hit.subject: hit for hit in session.scalars(query)}


def forbidden(database: Database, statement: str, version: UUID) -> None:
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(sa.text(statement), {"version": version})


def test_a_draft_is_asked_by_nobody_and_replaces_the_draft_before(database: Database) -> None:
    with database.transaction() as session:
        first = lifecycle.draft_version(session, AUTHOR, DRAFT, NOW)
        second = lifecycle.draft_version(session, AUTHOR, replace(DRAFT, points=50), NOW)
        assert (first.state, second.state) == (RuleState.RETIRED, RuleState.DRAFT)
        assert rules.current_ruleset(session).rule_versions == []
        with pytest.raises(lifecycle.RuleStateError):
            lifecycle.approve_version(session, APPROVER, second.id, "", NOW)
        with pytest.raises(lifecycle.NotAuthorError):
            lifecycle.submit_version(session, APPROVER, second.id, NOW)


def test_the_database_refuses_what_the_services_refuse(database: Database) -> None:
    version = put_in_force(database)
    forbidden(
        database, "update rule_version set text = 'bag.count > 1' where id = :version", version
    )
    forbidden(database, "update rule_version set points = 1 where id = :version", version)
    again = "update rule_version set state = 'active' where id = :version"
    with database.transaction() as session:
        waiting = lifecycle.propose_version(session, AUTHOR, replace(DRAFT, key="b"), NOW).id
    forbidden(database, again, waiting)
    forbidden(database, again.replace("active", "shadow"), waiting)
    signed = (
        "insert into rule_event (id, version_id, kind, at, actor_id, author_id, digest, protected, legal, note)"
        " select gen_random_uuid(), id, 'approved', now(), {}, author_id, {}, protected, false, ''"
        " from rule_version where id = :version"
    )
    forbidden(database, signed.format("author_id", "digest"), waiting)
    forbidden(database, signed.format("null", "digest"), waiting)
    forbidden(database, signed.format("gen_random_uuid()", "'\\x00'::bytea"), waiting)
    with database.transaction() as session:
        second = approved(session, replace(DRAFT, points=41))
    forbidden(database, again, second)  # one active version of a rule


def tried(session: Session, text: str) -> UUID:
    """A backtest of a text that has ended."""
    made = Backtest(
        title="t", text=text, digest=digest_of(text), first_month="2026-01", last_month="2026-02",
        airports=[], carriers=[], routes=[], state=BacktestState.DONE, purpose=DRAFT.purpose,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def test_an_approval_names_the_text_and_the_backtest(database: Database) -> None:
    with database.transaction() as session:
        trial, other = (tried(session, text) for text in (DRAFT.text, "bag.count > 1"))
        with pytest.raises(lifecycle.BacktestMissingError):
            lifecycle.propose_version(session, AUTHOR, DRAFT, NOW, other)
    with database.transaction() as session:
        trial = tried(session, DRAFT.text)
        version = lifecycle.propose_version(session, AUTHOR, DRAFT, NOW, trial)
        with pytest.raises(lifecycle.BacktestMissingError):
            lifecycle.approve_version(session, APPROVER, version.id, "", NOW)
        lifecycle.approve_version(session, APPROVER, version.id, "", NOW, backtest_id=trial)
        event = session.scalars(
            sa.select(RuleEvent).where(RuleEvent.kind == RuleEventKind.APPROVED)
        ).one()
    assert (bytes(event.digest), event.backtest_id) == (bytes(version.digest), trial)


JAPANESE = {"ja": {"title": "現金払い", "justification": "試験用。"}}


def test_another_translation_is_another_version_that_rests_on_the_same_backtest(
    database: Database,
) -> None:
    spoken = replace(DRAFT, texts=JAPANESE)
    other = replace(DRAFT, texts={"ja": {**JAPANESE["ja"], "title": "現金での支払い"}})
    assert len({rules.draft_digest(one, 1) for one in (DRAFT, spoken, other)}) == 3
    put_in_force(database, spoken)
    with database.transaction() as session:
        trial = tried(session, DRAFT.text)
        version = lifecycle.propose_version(session, AUTHOR, other, NOW, trial)
        assert (version.n, version.state) == (2, RuleState.SUBMITTED)
        assert lifecycle.newest_backtest(session, version.id) == trial
        [(_, _, force), _] = rules.list_rules(session)
        assert force.texts == JAPANESE
    forbidden(database, "update rule_version set texts = '{}' where id = :version", version.id)


def test_a_draft_that_mixes_units_is_refused_and_a_kept_one_stays(database: Database) -> None:
    mixed = replace(DRAFT, text="bag.weight_g > itinerary.stay_nights")
    with database.transaction() as session:
        with pytest.raises(rules.RuleInvalidError) as caught:
            lifecycle.propose_version(session, AUTHOR, mixed, NOW)
        assert caught.value.error.code == "unit_mismatch"
        kept = rules.check_text(mixed.text, mixed.purpose, current_profile(session))
        assert kept.text == mixed.text


def test_protected_facts_alone_need_a_basis_and_a_legal_approver(database: Database) -> None:
    with database.transaction() as session:
        with pytest.raises(rules.RuleInvalidError) as caught:
            lifecycle.propose_version(session, AUTHOR, ON_NATIONALITY, NOW)
        assert caught.value.error.code == "protected_only"
        reasoned = replace(
            ON_NATIONALITY, legal_basis="Sanctions decree 7/2026, checked by counsel."
        )
        version = lifecycle.propose_version(session, AUTHOR, reasoned, NOW)
        assert version.protected
        with pytest.raises(lifecycle.LegalApproverError):
            lifecycle.approve_version(session, APPROVER, version.id, "", NOW)
        lifecycle.approve_version(session, APPROVER, version.id, "", NOW, legal=True)
        lifecycle.activate_version(session, APPROVER, version.id, NOW)
        with pytest.raises(lifecycle.LegalApproverError):
            terms.act_urgently(session, AUTHOR, replace(reasoned, key="u"), "now", NOW)


def test_shadow_is_asked_on_live_traffic_and_acts_on_nothing(
    database: Database, settle: Callable[[], None]
) -> None:
    with database.transaction() as session:
        version = approved(session)
        lifecycle.shadow_version(session, APPROVER, version, NOW)
        undecided = approved(session, replace(DRAFT, key="test.bags", text="bag.count > 1"))
        lifecycle.shadow_version(session, APPROVER, undecided, NOW)
    passenger = cash_passenger(database)
    settle()
    with database.read() as session:
        found = current(session, passenger)
        assert (found.score, found.level, found.action) == (0, Level.NONE, None)
        assert hits_of(session, passenger) == {}
        beside = {one.version_id: one for one in session.scalars(sa.select(ShadowHit))}
    assert {v: one.decided for v, one in beside.items()} == {version: True, undecided: False}
    assert beside[version].explanation["values"] == {"booking.payment": "cash"}
    assert beside[undecided].explanation is None


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        (Scope(airports=frozenset({"NRT"})), True),
        (Scope(airports=frozenset({"HND"})), False),
        (Scope(carriers=frozenset({"YY"})), False),
        (Scope(routes=frozenset({"SIN-NRT"})), True),
        (Scope(routes=frozenset({"NRT-SIN"})), False),
        (Scope(valid_from=DAY, valid_to=DAY), True),
        (Scope(valid_to=DAY - timedelta(days=1)), False),
        (Scope(valid_from=DAY + timedelta(days=1)), False),
    ],
    ids=str,
)
def test_a_rule_is_asked_within_its_scope_only(
    database: Database, settle: Callable[[], None], scope: Scope, *, asked: bool
) -> None:
    put_in_force(database, replace(DRAFT, scope=scope))
    passenger = cash_passenger(database)
    settle()
    with database.read() as session:
        assert bool(hits_of(session, passenger)) is asked


def test_an_urgent_rule_acts_at_once_ends_within_a_day_and_is_reviewed_after(
    database: Database, vault: Vault, settle: Callable[[], None]
) -> None:
    passenger = cash_passenger(database)
    settle()
    with database.transaction() as session, pytest.raises(terms.NoteMissingError):
        terms.act_urgently(session, AUTHOR, DRAFT, " ", NOW)
    with database.transaction() as session:
        version, _ = terms.act_urgently(session, AUTHOR, DRAFT, "a warning came in", NOW)
    settle()
    with database.read() as session:
        assert current(session, passenger).action is Handling.STOP
        assert recompute(session, vault, current(session, passenger).id).outcome is Outcome.SAME
    later = NOW + terms.URGENT
    with database.transaction() as session:
        force = rules.compiled(session, rules.current_ruleset(session))
        assert force.standing(later - timedelta(seconds=1)) != force.standing(later) == ()
        assert terms.end_urgent(session, SYSTEM, later - timedelta(seconds=1)) == 0
        assert terms.end_urgent(session, SYSTEM, later) == 1
    settle()
    with database.transaction() as session:
        assert current(session, passenger).action is None
        ended = session.get_one(RuleVersion, version.id)
        assert ended.state is RuleState.SUSPENDED
        with pytest.raises(lifecycle.NotApprovedError):
            lifecycle.activate_version(session, APPROVER, version.id, later)
        with pytest.raises(lifecycle.SameOfficerError):
            lifecycle.approve_version(session, AUTHOR, version.id, "", later)
        lifecycle.approve_version(session, APPROVER, version.id, "it was right", later)
        lifecycle.activate_version(session, APPROVER, version.id, later)
        assert ended.ends_at is None


def test_an_urgent_rule_that_is_approved_in_time_stays(database: Database) -> None:
    with database.transaction() as session:
        version, _ = terms.act_urgently(session, AUTHOR, DRAFT, "a warning", NOW)
        lifecycle.approve_version(session, APPROVER, version.id, "", NOW)
        assert terms.end_urgent(session, SYSTEM, NOW + timedelta(days=2)) == 0
        assert version.state is RuleState.ACTIVE
        with pytest.raises(lifecycle.RuleStateError):
            terms.act_urgently(session, AUTHOR, DRAFT, "once more", NOW)


def test_a_rule_is_called_up_for_review_once_and_goes_on_with_a_new_day(database: Database) -> None:
    due = NOW.date() + timedelta(days=29)
    version = put_in_force(database, replace(DRAFT, review_by=due))
    put_in_force(database, replace(DRAFT, key="later", review_by=due + timedelta(days=2)))
    with database.transaction() as session:
        assert terms.remind(session, SYSTEM, NOW) == 1
        assert terms.remind(session, SYSTEM, NOW) == 0
        with pytest.raises(terms.NoteMissingError):
            terms.continue_version(session, APPROVER, version, date(2027, 1, 1), "", NOW)
        terms.continue_version(session, APPROVER, version, due + timedelta(days=1), "ok", NOW)
        assert terms.remind(session, SYSTEM, NOW) == 1, "another day, another reminder"


def test_a_snoozed_rule_counts_nothing_for_one_traveller_and_stays_visible(
    database: Database, vault: Vault, officer: Actor, settle: Callable[[], None]
) -> None:
    put_in_force(database)
    passenger, other = cash_passenger(database), cash_passenger(database, number=2)
    settle()
    with database.transaction() as session:
        hit = hits_of(session, passenger)["test.cash"].id
        until = NOW.date()
        snooze = snooze_rule(session, vault, officer, hit, until, "pays in cash always", NOW)
    with database.transaction() as session:
        found, shown = current(session, passenger), hits_of(session, passenger)["test.cash"]
        assert (found.score, found.level, found.action, shown.snoozed) == (
            0,
            Level.NONE,
            None,
            True,
        )
        assert current(session, other).action is Handling.STOP
        assert recompute(session, vault, found.id).outcome is Outcome.SAME
        with pytest.raises(SnoozedError):
            snooze_rule(session, vault, officer, shown.id, until, "again", NOW)
        lift_snooze(session, vault, officer, snooze, NOW)
    settle()
    with database.read() as session:
        assert current(session, passenger).action is Handling.STOP


def test_a_snooze_ends_with_its_day_and_with_its_version(
    database: Database, vault: Vault, officer: Actor, settle: Callable[[], None]
) -> None:
    put_in_force(database)
    passenger = cash_passenger(database)
    settle()
    with database.transaction() as session:
        hit = hits_of(session, passenger)["test.cash"].id
        snooze_rule(session, vault, officer, hit, NOW.date(), "for today", NOW)
        mine = session.get_one(Passenger, passenger).traveller_id
        flight = add_flight(session, 2, arrives_in=40, day=DAY + timedelta(days=1))
        tomorrow = add_passenger(session, flight)
        tomorrow.traveller_id = mine
        add_booking(session, flight, [tomorrow])
    put_in_force(database, replace(DRAFT, points=45))
    settle()
    with database.read() as session:
        assert not hits_of(session, passenger)["test.cash"].snoozed, "a new version asks anew"
        assert not hits_of(session, tomorrow.id)["test.cash"].snoozed


def test_nobody_is_snoozed_who_is_not_linked(
    database: Database, vault: Vault, officer: Actor, settle: Callable[[], None]
) -> None:
    put_in_force(database)
    passenger = cash_passenger(database, linked=False)
    settle()
    with database.transaction() as session:
        hit = hits_of(session, passenger)["test.cash"].id
        with pytest.raises(NotLinkedError):
            snooze_rule(session, vault, officer, hit, NOW.date(), "why", NOW)


def test_every_assessment_is_recomputed_to_the_same_result(
    database: Database, vault: Vault, officer: Actor, settle: Callable[[], None]
) -> None:
    with database.transaction() as session:
        lifecycle.install_ruleset(session, SYSTEM, NOW)
    passenger = cash_passenger(database)
    settle()
    with database.transaction() as session:
        hit = next(iter(hits_of(session, passenger).values()))
        review_hit(session, vault, officer, hit.id, ReviewState.DISMISSED, "known to customs", NOW)
        lifecycle.suspend(session, SYSTEM, rules.current_ruleset(session).rule_versions[0], "", NOW)
    settle()
    with database.read() as session:
        found = recompute_since(session, vault, NOW)
        assert len(found) == 3
        assert len({one.ruleset_id for one in found}) == 2
        assert {one.outcome for one in found} == {Outcome.SAME}


def test_recomputing_finds_what_was_tampered_with(
    database: Database, vault: Vault, settle: Callable[[], None]
) -> None:
    put_in_force(database)
    passenger = cash_passenger(database)
    settle()
    with database.transaction() as session:
        stored = current(session, passenger)
        stored.facts = {**stored.facts, "booking.payment": "card"}
        session.flush()
        found = recompute(session, vault, stored.id)
    assert found.outcome is Outcome.DIFFERENT
    assert {"score", "hits", "action"} <= set(found.differing)


# ---------------------------------------------------------------- jurisdiction


def choose(database: Database, key: str) -> None:
    with database.transaction() as session:
        set_jurisdiction(session, SYSTEM, shipped(key), NOW)


def test_the_profile_refuses_a_source_that_may_not_serve_the_purpose(database: Database) -> None:
    choose(database, "eu")
    revenue = replace(DRAFT, purpose=Purpose.REVENUE)
    with database.transaction() as session:
        with pytest.raises(rules.RuleInvalidError) as caught:
            lifecycle.propose_version(session, AUTHOR, revenue, NOW)
        assert (caught.value.detail or "").endswith("(purpose_not_allowed at 0-15)")
        assert "bookings" in caught.value.error.message
        lifecycle.propose_version(session, AUTHOR, DRAFT, NOW)


def test_what_a_new_profile_refuses_is_no_longer_asked(
    database: Database, settle: Callable[[], None]
) -> None:
    put_in_force(database, replace(DRAFT, purpose=Purpose.REVENUE))
    passenger = cash_passenger(database)
    settle()
    choose(database, "eu")
    settle()
    with database.read() as session:
        assert hits_of(session, passenger) == {}
        assert rules.compiled(session, rules.current_ruleset(session)).refused == (DRAFT.key,)


def test_in_the_eu_profile_no_unreviewed_booking_hit_acts(
    database: Database, vault: Vault, officer: Actor, settle: Callable[[], None]
) -> None:
    put_in_force(database)
    choose(database, "eu")
    passenger = cash_passenger(database)
    settle()
    with database.transaction() as session:
        found, hit = current(session, passenger), hits_of(session, passenger)["test.cash"]
        assert (found.level, found.action, hit.reviewed_first) == (Level.ATTENTION, None, True)
        assert recompute(session, vault, found.id).outcome is Outcome.SAME
        review_hit(session, vault, officer, hit.id, ReviewState.CONFIRMED, "checked", NOW)
    with database.read() as session:
        assert current(session, passenger).action is Handling.STOP


LISTED = EntryDraft("E", EntryKind.PERSON, "r", (Name("TESTER", "ANNA"),))
BY_LIST = replace(DRAFT, key="test.list", text="list.alerts > 0")


def listed(database: Database, purpose: str, source: str, settle: Callable[[], None]) -> Assessment:
    """Under the EU profile: somebody whom a list meets by what one source says, a rule reads it."""
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", purpose, Handling.OBSERVE, NOW)
        put_entries(session, SYSTEM, "wanted", [LISTED], NOW)
    put_in_force(database, BY_LIST)
    choose(database, "eu")
    with database.transaction() as session:
        person = add_passenger(session, add_flight(session), birth=None)
        if source == "pnr":
            told = {"surname": "TESTER", "given_names": "ANNA"}
            person.api_data, person.pnr_data = None, {str(uuid4()): told}
    settle()
    with database.read() as session:
        return current(session, person.id)


@pytest.mark.parametrize(
    ("purpose", "source", "met", "action"),
    [
        ("serious_crime", "api", True, Handling.STOP),
        ("serious_crime", "pnr", True, None),
        ("drugs", "api", True, Handling.STOP),
        ("drugs", "pnr", False, None),
        ("revenue", "api", False, None),
        ("revenue", "pnr", False, None),
    ],
)
def test_a_list_meets_by_what_may_serve_its_purpose_and_no_rule_carries_on_what_waits(
    database: Database,
    vault: Vault,
    settle: Callable[[], None],
    purpose: str,
    source: str,
    *,
    met: bool,
    action: Handling | None,
) -> None:
    found = listed(database, purpose, source, settle)
    with database.read() as session:
        hits = hits_of(session, found.passenger_id)
        assert recompute(session, vault, found.id).outcome is Outcome.SAME
    assert ("wanted/E" in hits) is met
    assert found.action is action
    assert found.facts["list.alerts"] == (1 if action else 0)
    assert ("test.list" in hits) is bool(action)


@pytest.mark.parametrize("text", ["list.alerts > 0", "document.lost_or_stolen"])
def test_what_the_passenger_list_made_a_list_say_serves_no_purpose_that_it_may_not_serve_itself(
    database: Database, settle: Callable[[], None], text: str
) -> None:
    revenue = replace(DRAFT, text=text, purpose=Purpose.REVENUE)
    put_in_force(database, replace(revenue, key="test.before"))
    choose(database, "eu")
    with database.transaction() as session:
        with pytest.raises(rules.RuleInvalidError) as caught:
            lifecycle.draft_version(session, AUTHOR, revenue, NOW)
        assert "can rest on the passenger list" in caught.value.error.message
        lifecycle.draft_version(session, AUTHOR, replace(revenue, purpose=Purpose.DRUGS), NOW)
        assert rules.compiled(session, rules.current_ruleset(session)).refused == ("test.before",)


@pytest.mark.parametrize("text", [DRAFT.text, "list.alerts >= 0"])
def test_a_rule_in_shadow_that_the_profile_refuses_is_not_asked(
    database: Database, settle: Callable[[], None], text: str
) -> None:
    with database.transaction() as session:
        version = approved(session, replace(DRAFT, text=text, purpose=Purpose.REVENUE))
        lifecycle.shadow_version(session, APPROVER, version, NOW)
    choose(database, "eu")
    cash_passenger(database)
    settle()
    with database.read() as session:
        assert session.scalars(sa.select(ShadowHit)).all() == []


def test_the_eu_profile_wants_a_week_in_shadow(database: Database) -> None:
    choose(database, "eu")
    with database.transaction() as session:
        version = approved(session)
        with pytest.raises(lifecycle.ShadowTooShortError):
            lifecycle.activate_version(session, APPROVER, version, NOW)
        lifecycle.shadow_version(session, APPROVER, version, NOW)
        with pytest.raises(lifecycle.ShadowTooShortError):
            lifecycle.activate_version(session, APPROVER, version, NOW + timedelta(days=6))
        lifecycle.activate_version(session, APPROVER, version, NOW + timedelta(days=7))


def test_what_acted_on_one_signature_acts_so_again_only_once_somebody_else_approved_it(
    database: Database,
) -> None:
    with database.transaction() as session:
        first, _ = terms.act_urgently(session, AUTHOR, DRAFT, "a warning", NOW)
        with pytest.raises(lifecycle.RuleStateError):
            lifecycle.retire(session, AUTHOR, first.id, "", NOW)
        lifecycle.suspend(session, AUTHOR, first.id, "", NOW)
        with pytest.raises(lifecycle.RuleStateError):
            lifecycle.retire(session, AUTHOR, first.id, "", NOW)
        otherwise = (" booking.payment  =\n'cash'", "booking.payment = 'cash' and 1 + 1 = 2")
        for again in (DRAFT, *(replace(DRAFT, key="other", text=text) for text in otherwise)):
            with pytest.raises(terms.ActedBeforeError):
                terms.act_urgently(session, AUTHOR, again, "once more", NOW)
        with pytest.raises(lifecycle.SameOfficerError):
            lifecycle.reject_version(session, AUTHOR, first.id, "my own", NOW)
        lifecycle.reject_version(session, APPROVER, first.id, "no", NOW)
        lifecycle.retire(session, AUTHOR, first.id, "", NOW)
        with pytest.raises(terms.ActedBeforeError):
            terms.act_urgently(session, AUTHOR, DRAFT, "but", NOW)
        other, _ = terms.act_urgently(
            session, AUTHOR, replace(DRAFT, key="else", text="bag.count > 7"), "why", NOW
        )
        lifecycle.approve_version(session, APPROVER, other.id, "", NOW)
        lifecycle.suspend(session, AUTHOR, other.id, "", NOW)
        terms.act_urgently(
            session, AUTHOR, replace(DRAFT, key="else", text="bag.count > 7"), "again", NOW
        )


def test_nobody_puts_into_shadow_what_nobody_approved(database: Database) -> None:
    with database.transaction() as session:
        version, _ = terms.act_urgently(session, AUTHOR, DRAFT, "a warning", NOW)
        terms.end_urgent(session, SYSTEM, NOW + terms.URGENT)
        with pytest.raises(lifecycle.NotApprovedError):
            lifecycle.shadow_version(session, APPROVER, version.id, NOW)


@pytest.mark.parametrize("day", [NOW.date(), date(1999, 1, 1), date(9999, 12, 31)])
def test_a_rule_is_looked_at_again_within_two_years(database: Database, day: date) -> None:
    with database.transaction() as session:
        with pytest.raises(InvalidError):
            lifecycle.draft_version(session, AUTHOR, replace(DRAFT, review_by=day), NOW)
        version = approved(session)
        lifecycle.activate_version(session, APPROVER, version, NOW)
        with pytest.raises(InvalidError):
            terms.continue_version(session, APPROVER, version, day, "goes on", NOW)
