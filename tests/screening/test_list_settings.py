"""How a list is set changes on two signatures, whatever changes: bound to what was shown, applied once, on record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.audit.models import AuditEntry
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import ConflictError
from app.kernel.ids import uuid7
from app.screening import proposals, watchlists
from app.screening.assess import assess_due
from app.screening.entries import EntryDraft
from app.screening.lifecycle import SameOfficerError
from app.screening.list_models import ProposalStatus, WatchlistProposal, WatchlistVersion
from app.screening.list_settings import (
    Settings,
    SettingsInvalidError,
    differences,
    from_stored,
    stored,
)
from app.screening.models import Assessment, EntryKind, Handling, Hit, Severity, Watchlist
from app.screening.proposals import NotProposedError, OtherContentError, OvertakenError
from risk_rules.names import BirthDate, Name
from tests.support.lists import put_entries, remove_entries

from .world import NOW, add_flight, add_passenger

ANNA, BERT, CARL = (Actor(ActorKind.OFFICER, uuid7()) for _ in range(3))
SET = Settings("W", "drugs", Handling.STOP)
SILENT: list[dict[str, Any]] = [
    {"handling": Handling.INFORM}, {"purpose": "health"}, {"severity": Severity.SEVERE},
    {"reason_restricted": True}, {"thresholds": {"exact": 1.0}}, {"thresholds": {"exact": None}},
    {"bulk_limit": 1000}, {"title": "V"}, {"source": "us"}, {"category": "c"},
]  # fmt: skip


@pytest.fixture
def held(database: Database, starting_rules: None) -> Database:
    """A list at version 2 with one person."""
    born = (BirthDate(1980, 5, 31),)
    anna = EntryDraft("P-1", EntryKind.PERSON, "r", (Name("TESTER", "ANNA"),), born)
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        put_entries(session, SYSTEM, "wanted", [anna], NOW)
    return database


def propose(session: Session, settings: Settings, actor: Actor = ANNA) -> WatchlistProposal:
    row, _ = watchlists.describe_list(session, "wanted")
    made = proposals.submit_settings(session, actor, "wanted", settings, row.version, NOW)
    assert made is not None
    return made


def now_set(session: Session) -> Settings:
    session.expire_all()
    return watchlists.settings_of(session.scalars(sa.select(Watchlist)).one())


@pytest.mark.parametrize("changed", SILENT, ids=str)
def test_no_setting_changes_on_one_signature_and_any_on_two(
    held: Database, changed: dict[str, Any]
) -> None:
    wanted = replace(SET, **changed)
    with held.transaction() as session:
        made = propose(session, wanted)
        assert (made.because, made.status) == (["settings"], ProposalStatus.PROPOSED)
        assert now_set(session) == SET
        with pytest.raises(SameOfficerError):
            proposals.approve(session, ANNA, made.id, made.digest, "", NOW)
        done = proposals.approve(session, BERT, made.id, made.digest, "", NOW)
        assert (now_set(session), done.version, done.touched) == (wanted, 3, False)
        last = session.scalars(
            sa.select(WatchlistVersion).order_by(WatchlistVersion.version)
        ).all()[-1]
        assert (from_stored(last.settings), last.proposal_id) == (wanted, made.id)
        with pytest.raises(NotProposedError):
            proposals.approve(session, CARL, made.id, made.digest, "", NOW)


def test_the_program_alone_signs_no_settings(held: Database) -> None:
    with held.transaction() as session:
        made = propose(session, replace(SET, title="V"), SYSTEM)
        with pytest.raises(SameOfficerError):
            proposals.approve(session, SYSTEM, made.id, made.digest, "", NOW)
        proposals.approve(session, ANNA, made.id, made.digest, "", NOW)


def test_the_database_itself_lets_no_settings_be_applied_unsigned(held: Database) -> None:
    with held.transaction() as session:
        propose(session, replace(SET, handling=Handling.INFORM))
    with pytest.raises(sa.exc.IntegrityError), held.transaction() as session:
        session.execute(sa.update(WatchlistProposal).values(status=ProposalStatus.APPLIED))


def test_the_signature_is_for_exactly_what_was_shown(held: Database) -> None:
    with held.transaction() as session:
        made = propose(session, replace(SET, handling=Handling.OBSERVE))
        shown = made.digest
        with pytest.raises(OtherContentError):
            proposals.approve(session, BERT, made.id, bytes(32), "", NOW)
        made.settings = stored(replace(SET, handling=Handling.INFORM))
        session.flush()
        with pytest.raises(OtherContentError):
            proposals.approve(session, BERT, made.id, shown, "", NOW)


def _entries(session: Session) -> None:
    remove_entries(session, CARL, "wanted", ["P-1"], NOW)


def _settings(session: Session) -> None:
    other = propose(session, replace(SET, title="V"), CARL)
    proposals.approve(session, BERT, other.id, other.digest, "", NOW)


@pytest.mark.parametrize("move", [_entries, _settings])
def test_settings_of_a_list_that_has_moved_are_not_applied(
    held: Database, move: Callable[[Session], None]
) -> None:
    with held.transaction() as session:
        made = propose(session, replace(SET, handling=Handling.INFORM))
        move(session)
        with pytest.raises(OvertakenError):
            proposals.approve(session, BERT, made.id, made.digest, "", NOW)
        assert now_set(session).handling is Handling.STOP
        with pytest.raises(ConflictError):
            proposals.submit_settings(session, ANNA, "wanted", SET, 2, NOW)


def test_settings_that_no_list_can_have_are_not_even_proposed(held: Database) -> None:
    for wrong in ({"thresholds": {"exact": 0.4}}, {"purpose": "x"}, {"bulk_limit": 1001}):
        with held.transaction() as session, pytest.raises(SettingsInvalidError):
            propose(session, replace(SET, **wrong))


def test_what_is_set_so_already_asks_nobody_and_the_same_twice_is_one(held: Database) -> None:
    with held.transaction() as session:
        assert proposals.submit_settings(session, ANNA, "wanted", SET, 2, NOW) is None
        wanted = replace(SET, title="V")
        first, again, other = (propose(session, wanted, who) for who in (ANNA, ANNA, BERT))
        assert (first.id == again.id, first.id == other.id) == (True, False)
        proposals.reject(session, BERT, first.id, NOW)
        assert propose(session, wanted).id != first.id


def test_the_difference_is_told_threshold_by_threshold_before_and_after(held: Database) -> None:
    wanted = replace(SET, handling=Handling.OBSERVE, thresholds={"exact": 0.7, "year": None})
    told = [
        ("handling", "stop", "observe"), ("thresholds/exact", "usual", 0.7),
        ("thresholds/year", "usual", None),
    ]  # fmt: skip
    with held.transaction() as session:
        made = propose(session, wanted)
        for _ in range(2):
            found = [(d.field, d.before, d.after) for d in proposals.read_settings(session, made)]
            assert found == told
            if made.status is ProposalStatus.PROPOSED:
                proposals.approve(session, BERT, made.id, made.digest, "", NOW)
    assert [(d.before, d.after) for d in differences(wanted, SET)][1] == (0.7, "usual")


def test_proposing_signing_and_setting_are_in_the_audit_trail(held: Database) -> None:
    with held.transaction() as session:
        made = propose(session, replace(SET, handling=Handling.INFORM))
        proposals.approve(session, BERT, made.id, made.digest, "", NOW)
        trail = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()[-3:]
    assert [one.action.split(".")[1] for one in trail] == ["proposed", "approved", "set"]
    assert [one.actor_id for one in trail] == [ANNA.id, BERT.id, BERT.id]
    assert trail[0].detail["settings"] == trail[2].detail["fields"] == ["handling"]


def test_a_change_of_settings_screens_again_once_it_is_signed_and_not_before(
    held: Database, vault: Vault
) -> None:
    def handlings() -> tuple[int, list[str]]:
        while assess_due(held, vault, NOW):
            pass
        with held.read() as session:
            last = sa.select(Assessment.id).order_by(Assessment.id.desc()).limit(1)
            newest = sa.select(Hit.handling).where(Hit.assessment_id == last.scalar_subquery())
            count = session.scalar(sa.select(sa.func.count()).select_from(Assessment)) or 0
            return count, [str(one) for one in session.scalars(newest)]

    with held.transaction() as session:
        add_passenger(session, add_flight(session), number="TR1234567")
    assert handlings() == (1, ["stop"])
    with held.transaction() as session:
        made = propose(session, replace(SET, handling=Handling.INFORM))
        known: tuple[UUID, bytes] = made.id, made.digest
    assert handlings() == (1, ["stop"])
    with held.transaction() as session:
        proposals.approve(session, BERT, *known, "", NOW)
    assert handlings() == (2, ["inform"])


def test_a_new_list_that_is_bolder_than_usual_is_so_on_two_signatures(held: Database) -> None:
    """One officer made a list that let him change a thousand entries and stopped whoever bore half a name."""
    bold = replace(
        SET, bulk_limit=1000, thresholds={"exact": 0.5, "contradiction": 0.5, "near": 0.9}
    )
    with held.transaction() as session:
        made, waits = proposals.submit_list(session, ANNA, "bold", bold, NOW)
        assert waits is not None
        careful = replace(SET, bulk_limit=20, thresholds={"near": 0.9})
        assert watchlists.settings_of(made) == careful
        people = [
            EntryDraft(f"P-{n}", EntryKind.PERSON, "r", (Name("TESTER", "ANNA"),))
            for n in range(21)
        ]
        done = proposals.submit_entries(session, ANNA, "bold", people, [], NOW)
        assert (done.change, done.proposal.because) == (None, ["bulk"])
        with pytest.raises(SameOfficerError):
            proposals.approve(session, ANNA, waits.id, waits.digest, "", NOW)
        proposals.approve(session, BERT, waits.id, waits.digest, "", NOW)
        assert watchlists.settings_of(made) == bold


def test_a_new_list_of_usual_settings_is_made_on_one(held: Database) -> None:
    mild = replace(SET, bulk_limit=5, thresholds={"exact": 0.9, "near": None})
    with held.transaction() as session:
        made, waits = proposals.submit_list(session, ANNA, "mild", mild, NOW)
        assert (watchlists.settings_of(made), waits) == (mild, None)
