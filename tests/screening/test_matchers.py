"""The lists of a process: kept on disk, kept up with their versions, never without an answer."""

import threading
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM
from app.kernel.db import Database
from app.screening import lookouts, matchers, rules, watchlists
from app.screening.matchers import Matchers
from app.screening.models import EntryKind, Handling, Watchlist, WatchlistEntry
from app.screening.quoted import with_reasons
from app.screening.watchlists import EntryDraft
from risk_rules.names import DEFAULT_THRESHOLDS, BirthDate, Matcher, Name, Person
from risk_rules.names.match import Part
from tests.support.lists import change_entries, put_entries

from .world import DAY, NOW

BORN = BirthDate(1980, 5, 31)


def draft(number: int, surname: str = "") -> EntryDraft:
    name = Name(surname or f"QU{chr(65 + number % 26)}RAND{chr(65 + number // 26)}", "TAMILEX")
    return EntryDraft(f"P-{number}", EntryKind.PERSON, "why", (name,), (BORN,))


@pytest.fixture
def listed(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(matchers, "WORTH_A_FILE", 10)
    monkeypatch.setattr(matchers, "SMALL", 10)
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        put_entries(session, SYSTEM, "wanted", [draft(n) for n in range(40)], NOW)
    return database


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries were indexed, each time."""
    made, sizes = Part.make, []

    def counting(entries: object) -> object:
        known = list(entries)  # type: ignore[call-overload]
        sizes.append(len(known))
        return made(known)

    monkeypatch.setattr(Part, "make", staticmethod(counting))
    return sizes


def ask(kept: Matchers, session: Session) -> Matcher:
    row = session.scalars(sa.select(Watchlist)).one()
    return kept.matcher(session, row, row.version, DEFAULT_THRESHOLDS)


def found(matcher: Matcher, surname: str) -> int:
    return len(matcher.match(Person((Name(surname, "TAMILEX"),), BORN)))


def change(database: Database, put: list[EntryDraft], remove: tuple[str, ...] = ()) -> None:
    with database.transaction() as session:
        change_entries(session, SYSTEM, "wanted", put, remove, NOW)


def test_what_one_process_built_the_next_one_opens(
    listed: Database, tmp_path: Path, built: list[int]
) -> None:
    with listed.read() as session:
        first = ask(Matchers(tmp_path), session)
        second = ask(Matchers(tmp_path), session)
    assert built[0] == 40
    assert sum(built) == 40
    assert len(first) == len(second) == 40
    assert found(second, "QUARANDA") == found(first, "QUARANDA") > 0


def test_a_snapshot_of_another_database_is_built_anew(listed: Database, tmp_path: Path) -> None:
    with listed.read() as session:
        ask(Matchers(tmp_path), session)
    with (
        listed.transaction() as session
    ):  # the same list and version, other entries: as after a restore
        gone = sa.select(WatchlistEntry.id).order_by(WatchlistEntry.key).limit(1)
        session.execute(sa.delete(WatchlistEntry).where(WatchlistEntry.id.in_(gone)))
    with listed.read() as session:
        assert len(ask(Matchers(tmp_path), session)) == 39


def test_a_damaged_snapshot_is_built_anew(listed: Database, tmp_path: Path) -> None:
    with listed.read() as session:
        ask(Matchers(tmp_path), session)
        for file in tmp_path.glob("*/*/dates.npy"):
            file.write_bytes(file.read_bytes()[:-1] + b"\x7f")
        assert len(ask(Matchers(tmp_path), session)) == 40
        assert found(ask(Matchers(tmp_path), session), "QUARANDA") > 0


def test_a_folder_that_cannot_be_written_costs_only_the_file(listed: Database, tmp_path: Path) -> None:  # fmt: skip
    blocked = tmp_path / "file"
    blocked.write_text("")
    with listed.read() as session:
        assert len(ask(Matchers(blocked), session)) == 40


def test_a_change_is_answered_by_what_changed_alone(
    listed: Database, tmp_path: Path, built: list[int]
) -> None:
    kept = Matchers(tmp_path)
    with listed.read() as session:
        ask(kept, session)
    change(listed, [draft(99, "VYSHNEGRAD"), draft(1, "KOSTANJEVEC")], ("P-2",))
    with listed.read() as session:
        after = ask(kept, session)
        late = ask(Matchers(tmp_path), session)
    assert built == [40, 2, 2]
    for one in (after, late):
        assert (found(one, "VYSHNEGRAD"), found(one, "KOSTANJEVEC"), len(one)) == (1, 1, 40)
        assert "QUCRANDA" not in {entry.names[0].surname for entry in one.all_entries()}


def test_a_flood_of_entries_is_indexed_once_for_all_processes_and_never_as_changes(
    listed: Database, tmp_path: Path, built: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matchers, "FLOOD", 5)
    kept = Matchers(tmp_path)
    with listed.read() as session:
        ask(kept, session)
    change(listed, [draft(100 + n) for n in range(5)])
    with listed.read() as session:
        ask(kept, session)
    assert built == [40, 5]
    change(listed, [draft(200 + n) for n in range(6)])
    with listed.read() as session:
        after, late = ask(kept, session), ask(Matchers(tmp_path), session)
    assert built == [40, 5, 51]
    assert len(after) == len(late) == 51


def test_a_small_list_is_built_anew_so_that_all_processes_weigh_alike(
    listed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matchers, "SMALL", 100)
    kept = Matchers()
    with listed.read() as session:
        ask(kept, session)
    change(listed, [draft(number, "VYSHNEGRAD") for number in range(90, 95)])
    person = Person((Name("VYSHNEGRAD", "OTHER"),), BORN)
    with listed.read() as session:
        held, fresh = ask(kept, session), ask(Matchers(), session)
    assert held.since == 0
    assert [m.score for m in held.match(person)] == [m.score for m in fresh.match(person)]


def test_an_older_version_is_answered_too(listed: Database, tmp_path: Path) -> None:
    kept = Matchers(tmp_path)
    change(listed, [draft(99, "VYSHNEGRAD")])
    with listed.read() as session:
        row = session.scalars(sa.select(Watchlist)).one()
        assert found(ask(kept, session), "VYSHNEGRAD") == 1
        older = kept.matcher(session, row, row.version - 1, DEFAULT_THRESHOLDS)
        assert found(older, "VYSHNEGRAD") == 0
        assert found(ask(kept, session), "VYSHNEGRAD") == 1


def test_many_changes_make_a_new_base_while_the_old_one_answers(
    listed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matchers, "MANY_CHANGES", 3)
    renewed, may_go = threading.Event(), threading.Event()
    names: list[UUID] = []

    def note(list_id: UUID) -> None:
        names.append(list_id)
        renewed.set()

    kept = Matchers(tmp_path, renewed=note)
    with listed.read() as session:
        ask(kept, session)
    made = Part.make

    def slow(entries: object) -> object:
        if threading.current_thread().name == "watchlist-index":
            assert may_go.wait(20)
        return made(entries)  # type: ignore[arg-type]

    monkeypatch.setattr(Part, "make", staticmethod(slow))
    change(listed, [draft(200 + n, f"VYSHNE{chr(65 + n)}RAD") for n in range(5)])
    with listed.read() as session:
        between = ask(kept, session)
        assert found(between, "VYSHNEBRAD") > 0
        assert between.since == 5
        assert not renewed.is_set()
        may_go.set()
        assert renewed.wait(20)
        after = ask(kept, session)
        assert (after.since, len(after)) == (0, 45)
        assert names == [session.scalars(sa.select(Watchlist.id)).one()]
    assert len(list(tmp_path.glob("*/0*"))) == 2


def test_screening_speaks_of_an_entry_from_its_snapshot(
    listed: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: lookouts.keep_snapshots(None))
    person = Person((Name("QUARANDA", "TAMILEX"),), BORN)
    for _ in range(2):  # built, then opened
        lookouts.keep_snapshots(tmp_path)
        with listed.read() as session:
            asked = lookouts.lookouts(session, rules.current_ruleset(session))
            hits = lookouts.screen(asked, [person], DAY)
            told = with_reasons(session, hits)
        assert ("wanted/P-0", "why") in [(hit.subject, hit.listed.reason) for hit in told]
        assert {hit.listed.reason for hit in hits} == {""}
        about = [one.about or {} for one in asked[0].matcher.all_entries()]
        assert {name for one in about for name in one} == {"key", "version", "from", "to"}
        assert len(asked[0].entries) == 40
        assert {asked[0].entries[one].key for one in asked[0].entries} == {f"P-{n}" for n in range(40)}  # fmt: skip


def test_a_list_may_have_thresholds_of_its_own(listed: Database) -> None:
    with listed.transaction() as session:
        row = session.scalars(sa.select(Watchlist)).one()
        row.thresholds = {"exact": 0.9, "near": None}
        session.flush()
        own = lookouts.thresholds_of(row)
    assert {relation.value: least for relation, least in own.items()} == {
        **{relation.value: least for relation, least in DEFAULT_THRESHOLDS.items()},
        "exact": 0.9, "near": None,
    }  # fmt: skip


def test_entries_of_before_that_name_a_state_by_two_letters_are_met() -> None:
    content = {
        "names": [], "birth_dates": [], "nationality": "JP",
        "documents": [{"number": "ZX7654321", "issuer": "D"}],
    }  # fmt: skip
    made = matchers._entry("E", content, {})
    assert (made.nationality, made.documents[0].issuer) == ("JPN", "DEU")
