"""Imports and changes of lists: what is compared, what acts at once, what waits for a second officer."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind
from app.audit.models import AuditEntry
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.screening import proposals, watchlists
from app.screening.entries import EntryDraft
from app.screening.lifecycle import SameOfficerError
from app.screening.list_files import ListFileError, ListFormat, read_rows
from app.screening.list_models import (
    Act,
    ProposalStatus,
    ProposedEntry,
    WatchlistProposal,
    WatchlistVersion,
)
from app.screening.models import EntryKind, Handling, Watchlist, WatchlistEntry
from app.screening.overtaken import Overtaking, overtaking
from app.screening.proposals import OtherContentError, OvertakenError, Submitted
from app.screening.staging import read_differences
from risk_rules.names import Document, Name
from tests.support.lists import put_entries, remove_entries

from .world import NOW

ANNA, BERT, CARL = (Actor(ActorKind.OFFICER, uuid7()) for _ in range(3))


def person(n: int, reason: str = "r") -> EntryDraft:
    return EntryDraft(
        f"P-{n}", EntryKind.PERSON, reason, (Name(f"{chr(65 + n % 26) * 5}", "ANNA"),)
    )


def csv_of(*drafts: EntryDraft, more: str = "") -> bytes:
    lines = [f"{d.key},{d.reason},{d.names[0].surname}/{d.names[0].given}" for d in drafts]
    return ("key,reason,names\n" + "\n".join(lines) + "\n" + more).encode()


@pytest.fixture
def held(database: Database) -> Database:
    """A list with ten persons, P-0 to P-9."""
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        put_entries(session, SYSTEM, "wanted", [person(n) for n in range(10)], NOW)
    return database


def submit(session: Session, raw: bytes, *, whole: bool, actor: Actor = ANNA) -> Submitted:
    rows = read_rows(io.BytesIO(raw), ListFormat.CSV)
    return proposals.submit_rows(session, actor, "wanted", rows, NOW, whole=whole, origin="csv")


def keys(session: Session) -> set[str]:
    live = WatchlistEntry.removed_version.is_(None)
    return set(session.scalars(sa.select(WatchlistEntry.key).where(live)))


def counts(one: WatchlistProposal) -> tuple[int, int, int, int]:
    return one.added, one.changed, one.removed, one.unchanged


def test_a_small_change_acts_at_once_and_says_which_fields_changed(held: Database) -> None:
    raw = csv_of(*(person(n) for n in range(9)), replace(person(9), reason="new"), person(10))
    with held.transaction() as session:
        done = submit(session, raw, whole=False)
        assert counts(done.proposal) == (1, 1, 0, 9)
        assert done.change is not None
        assert done.proposal.status is ProposalStatus.APPLIED
        assert keys(session) == {f"P-{n}" for n in range(11)}
        assert session.scalar(sa.select(sa.func.count()).select_from(ProposedEntry)) == 0
        noted = session.scalars(sa.select(WatchlistVersion).order_by(WatchlistVersion.version))
        last = noted.all()[-1]
    assert (last.version, last.added, last.replaced, last.removed) == (3, 1, 1, 0)
    assert (last.actor_id, last.proposal_id) == (ANNA.id, done.proposal.id)


def test_the_difference_tells_each_field_of_each_entry(held: Database) -> None:
    moved = replace(person(1), documents=(Document("TR1234567", "UTO"),), valid_to=date(2027, 1, 1))
    with held.transaction() as session:
        watchlist = session.scalars(sa.select(Watchlist)).one()
        watchlist.bulk_limit = 1
        session.flush()
        done = proposals.submit_entries(session, ANNA, "wanted", [moved, person(11)], ["P-2"], NOW)
        found = read_differences(session, done.proposal)
    assert [(d.act, d.key, d.fields) for d in found] == [
        (Act.CHANGE, "P-1", ("documents", "valid_to")), (Act.ADD, "P-11", ()),
        (Act.REMOVE, "P-2", ()),
    ]  # fmt: skip
    assert found[0].before is not None
    assert found[0].before["documents"] == []
    assert (found[1].before, found[2].after) == (None, None)


def test_a_whole_list_takes_off_what_it_does_not_name(held: Database) -> None:
    with held.transaction() as session:
        done = submit(session, csv_of(*(person(n) for n in range(1, 10))), whole=True)
        assert (done.proposal.because, counts(done.proposal)) == ([], (0, 0, 1, 9))
        assert keys(session) == {f"P-{n}" for n in range(1, 10)}


def test_a_much_shorter_file_empties_no_list_without_a_second_signature(held: Database) -> None:
    with held.transaction() as session:
        done = submit(session, csv_of(person(0), person(1)), whole=True)
        assert (done.change, done.proposal.because) == (None, ["shrinks"])
        assert len(keys(session)) == 10
        with pytest.raises(SameOfficerError):
            proposals.approve(session, ANNA, done.proposal.id, done.proposal.digest, "", NOW)
        proposals.approve(session, BERT, done.proposal.id, done.proposal.digest, "", NOW)
        assert keys(session) == {"P-0", "P-1"}


def test_a_file_cut_in_the_middle_of_a_line_says_so_and_keeps_that_entry(held: Database) -> None:
    raw = csv_of(*(person(n) for n in range(9)), more="P-9,r,123")
    with held.transaction() as session:
        done = submit(session, raw, whole=True)
        assert "P-9" in keys(session)
    assert done.proposal.faults == [{"line": 11, "code": "/names/0 no_letters", "partial": False}]


def test_a_row_whose_entry_is_not_known_asks_for_a_second_signature(held: Database) -> None:
    raw = csv_of(*(person(n) for n in range(9)), more=",r,DOE/JOHN")
    with held.transaction() as session:
        done = submit(session, raw, whole=True)
    assert done.proposal.because == ["unread-rows"]


def test_a_file_that_is_no_list_changes_nothing(held: Database) -> None:
    for raw in (b"<xml/>", b"key,reason\nP-1,\xff", b""):
        with pytest.raises(ListFileError), held.transaction() as session:
            submit(session, raw, whole=True)
    with held.read() as session:
        assert len(keys(session)) == 10


def test_bulk_waits_and_is_bound_to_its_content(held: Database) -> None:
    with held.transaction() as session:
        done = submit(session, csv_of(*(person(n) for n in range(10, 40))), whole=False)
        assert done.proposal.because == ["bulk"]
        wrong = bytes(32)
        with pytest.raises(OtherContentError):
            proposals.approve(session, BERT, done.proposal.id, wrong, "", NOW)
    with held.transaction() as session:
        session.execute(
            sa.update(ProposedEntry).where(ProposedEntry.key == "P-11").values(reason="x")
        )
        with pytest.raises(OtherContentError):
            proposals.approve(session, BERT, done.proposal.id, done.proposal.digest, "", NOW)
        session.rollback()
        change = proposals.approve(session, BERT, done.proposal.id, done.proposal.digest, "", NOW)
    assert (change.added, change.version) == (30, 3)
    with held.read() as session:
        told = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert told[-3:] == ["watchlist.proposed", "watchlist.approved", "watchlist.changed"]


def test_a_proposal_is_overtaken_only_by_changes_of_its_own_entries(held: Database) -> None:
    with held.transaction() as session:
        done = submit(session, csv_of(*(person(n) for n in range(5, 35))), whole=False)
        remove_entries(session, CARL, "wanted", ["P-1"], NOW)
        other = submit(session, csv_of(*(person(n, "x") for n in range(4, 40))), whole=False)
        proposals.approve(session, BERT, done.proposal.id, done.proposal.digest, "", NOW)
        with pytest.raises(OvertakenError):
            proposals.approve(session, BERT, other.proposal.id, other.proposal.digest, "", NOW)
        [(told, _)] = proposals.read_proposals(session, ProposalStatus.OVERTAKEN)
        assert told.id == other.proposal.id
        assert overtaking(session, [told, done.proposal]) == {told.id: Overtaking(4, BERT.id, NOW)}
        assert session.scalar(sa.select(sa.func.count()).select_from(ProposedEntry)) == 0
        with pytest.raises(OvertakenError):
            proposals.reject(session, BERT, told.id, NOW)


def test_a_change_that_would_do_nothing_overtakes_nobody(held: Database) -> None:
    with held.transaction() as session:
        done = submit(session, csv_of(*(person(n) for n in range(10, 40))), whole=False)
        put_entries(session, CARL, "wanted", [person(3)], NOW)
        assert done.proposal.status is ProposalStatus.PROPOSED


def test_a_rejected_proposal_forgets_its_entries(held: Database) -> None:
    with held.transaction() as session:
        ids: list[UUID] = []
        for actor in (BERT, ANNA):
            done = submit(session, csv_of(*(person(n) for n in range(10, 40))), whole=False)
            proposals.reject(session, actor, done.proposal.id, NOW)
            ids.append(done.proposal.id)
        assert session.scalar(sa.select(sa.func.count()).select_from(ProposedEntry)) == 0
        with pytest.raises(proposals.NotProposedError):
            proposals.reject(session, BERT, ids[0], NOW)
        decided = session.scalars(sa.select(WatchlistProposal.decided_by)).all()
    assert set(decided) == {BERT.id, None}


_state = st.dictionaries(st.integers(0, 12), st.sampled_from(["r", "s"]), max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_state, _state)
def test_after_a_whole_import_the_list_says_what_the_file_says(
    database: Database, before: dict[int, str], after: dict[int, str]
) -> None:
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        first = [person(n, reason) for n, reason in before.items()]
        put_entries(session, SYSTEM, "wanted", first, NOW)
        done = submit(session, csv_of(*(person(n, r) for n, r in after.items())), whole=True)
        if done.change is None:
            proposals.approve(session, BERT, done.proposal.id, done.proposal.digest, "", NOW)
        live = WatchlistEntry.removed_version.is_(None)
        held = session.execute(sa.select(WatchlistEntry.key, WatchlistEntry.reason).where(live))
        assert dict(held.all()) == {f"P-{n}": reason for n, reason in after.items()}
        kept = sum(before.get(n) == reason for n, reason in after.items())
        assert done.proposal.unchanged == kept
        session.rollback()


def test_the_sex_of_an_entry_is_imported_told_as_a_change_and_must_be_one(held: Database) -> None:
    head = b"key,reason,names,sex\n"
    with held.transaction() as session:
        done = submit(
            session,
            head + b"P-0,r,AAAAA/ANNA,f\nP-1,r,BBBBB/ANNA,\nP-2,r,CCCCC/ANNA,Q\n",
            whole=False,
        )
        assert counts(done.proposal) == (0, 1, 0, 1)
        assert [fault["code"] for fault in done.proposal.faults] == ["/sex unknown"]
        live = WatchlistEntry.removed_version.is_(None), WatchlistEntry.key == "P-0"
        assert session.scalars(sa.select(WatchlistEntry).where(*live)).one().content["sex"] == "F"


def test_bulk_in_pieces_is_bulk(held: Database) -> None:
    def add(first: int, actor: Actor, at: datetime = NOW) -> list[str]:
        entries = [person(n) for n in range(first, first + 12)]
        with held.transaction() as session:
            done = proposals.submit_entries(session, actor, "wanted", entries, [], at)
            return done.proposal.because

    assert add(100, ANNA) == []
    assert add(200, ANNA) == ["bulk"]
    assert add(300, BERT) == []
    assert add(400, ANNA, NOW + timedelta(hours=23)) == ["bulk"]
    assert add(500, ANNA, NOW + timedelta(hours=25)) == []


def test_what_somebody_else_signed_does_not_count_against_the_author(held: Database) -> None:
    with held.transaction() as session:
        done = submit(session, csv_of(*(person(n) for n in range(100, 130))), whole=False)
        proposals.approve(session, BERT, done.proposal.id, done.proposal.digest, "", NOW)
        for actor in (ANNA, BERT):
            entries = [person(200 + n) for n in range(15)]
            done = proposals.submit_entries(session, actor, "wanted", entries, [], NOW)
            assert done.proposal.because == []


@pytest.mark.parametrize(
    "lines",
    [
        'P-1,r,DOE/ANN\nP-2,"r,ROE/BOB\nP-3,r,POE/CAT\n',
        'P-1,r,DOE/ANN\nP-2,"r,ROE/BOB\nP-3,"r",POE/CAT\nP-4,r,LOE/DAN\n',
    ],
)
def test_a_quotation_that_is_never_closed_swallows_nobody(held: Database, lines: str) -> None:
    with pytest.raises(ListFileError) as caught, held.transaction() as session:
        submit(session, ("key,reason,names\n" + lines).encode(), whole=False)
    [fault] = caught.value.fields
    assert (fault.pointer, fault.code) == ("/line/3", "not_csv")


def test_letters_that_are_not_utf8_are_told_with_their_own_line(held: Database) -> None:
    rows = "".join(f"P-{n},r,DOE/ANN\n" for n in range(20, 30)).encode() + b"P-31,r,M\xdcLLER/ANN\n"
    with pytest.raises(ListFileError) as caught, held.transaction() as session:
        submit(session, b"key,reason,names\n" + rows, whole=False)
    [fault] = caught.value.fields
    assert (fault.pointer, fault.code) == ("/line/12", "not_utf8")


@pytest.mark.parametrize("chunk", [1, 2000])
def test_a_second_row_of_a_key_is_left_out_and_told(
    held: Database, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("app.screening.staging._CHUNK", chunk)
    rows = "P-20,r,DOE/ANN\nP-21,r,DOE/BO\nP-20,s,ROE/ANN\n"
    with held.transaction() as session:
        done = submit(session, ("key,reason,names\n" + rows).encode(), whole=False)
        [kept] = session.scalars(sa.select(WatchlistEntry).where(WatchlistEntry.key == "P-20"))
    assert counts(done.proposal)[:1] == (2,)
    assert (kept.reason, kept.content["names"][0]["surname"]) == ("r", "DOE")
    assert done.proposal.faults == [{"line": 4, "code": "key_again", "partial": False}]


@pytest.mark.parametrize("whole", [False, True])
def test_a_row_that_takes_off_what_is_not_on_the_list_is_told(
    held: Database, *, whole: bool
) -> None:
    rows = "P-1,,,remove\nP-99,,,remove\nP-20,r,DOE/ANN,\n"
    with held.transaction() as session:
        done = submit(session, ("key,reason,names,act\n" + rows).encode(), whole=whole)
    code = "remove_in_whole_list" if whole else "not_on_list"
    assert {"line": 3, "code": code, "partial": False} in done.proposal.faults
    assert len(done.proposal.faults) == (2 if whole else 1)


def test_a_column_named_twice_is_no_header(held: Database) -> None:
    with pytest.raises(ListFileError), held.transaction() as session:
        submit(session, b"key,reason,names,names\nP-1,r,DOE/ANN,ROE/BOB\n", whole=False)


@pytest.mark.parametrize("chunk", [1, 2000])
def test_the_first_row_of_a_key_counts_whatever_the_others_say(
    held: Database, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("app.screening.staging._CHUNK", chunk)
    rows = "P-20,r,DOE/ANN,\nP-20,,,remove\nP-1,r,DOE/ANN,\nP-1,,,remove\nP-2,,,remove\nP-2,r,DOE/ANN,\n"
    with held.transaction() as session:
        done = submit(session, ("key,reason,names,act\n" + rows).encode(), whole=False)
        assert counts(done.proposal) == (1, 1, 1, 0)
        assert keys(session) == {f"P-{n}" for n in (0, 1, *range(3, 10), 20)}
    again = sorted((one["line"], one["code"], one["partial"]) for one in done.proposal.faults)
    assert again == [(line, "key_again", False) for line in (3, 5, 7)]


def test_the_same_bulk_change_sent_twice_waits_once(held: Database) -> None:
    raw = csv_of(*(person(n) for n in range(100, 130)))
    with held.transaction() as session:
        first, second = (submit(session, raw, whole=False) for _ in range(2))
        assert (first.proposal.id, second.change) == (second.proposal.id, None)
        waiting = proposals.read_proposals(session, ProposalStatus.PROPOSED)
        assert [one.id for one, _ in waiting] == [first.proposal.id]
        proposals.approve(session, BERT, first.proposal.id, first.proposal.digest, "", NOW)
