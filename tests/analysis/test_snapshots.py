"""Facts on disk: what is written when, once; joined, masked and deleted by their clock."""

import os
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from app.analysis import snapshots
from app.analysis.models import SnapshotFile
from app.referrals.kinds import FindingKind
from tests.analysis.conftest import LATER, World
from tests.screening.world import NOW


def files(world: World) -> list[Path]:
    return sorted(world.store.folder.glob("month=*/airport=*/*"))


def rows(world: World, what: str = "*") -> list[dict]:
    with world.kernel.database.read() as session:
        found = snapshots.parts(session, world.store, "2000-01", "2099-12", ())
    made = []
    for part in found:
        cursor = duckdb.execute(f"select {what} from read_parquet({list(part.files)}) order by all")
        made += [
            dict(zip([d[0] for d in cursor.description], row, strict=True))
            for row in cursor.fetchall()
        ]
    return made


def write(world: World, now=LATER) -> int:
    return snapshots.write_due(world.kernel.database, world.store, now)


def test_a_flight_is_written_once_with_facts_rules_and_outcomes(world: World) -> None:
    world.flight("ABEL", "CARDOSO", "EZRA")
    world.shown("ABEL", 1.0)
    world.inspected("ABEL", FindingKind.CURRENCY)
    world.shown("CARDOSO", 0.01)
    assert write(world) == 1
    assert write(world) == 0
    told = {row["case_id"]: row for row in rows(world)}
    abel, card, ezra = (told[str(world.people[name])] for name in ("ABEL", "CARDOSO", "EZRA"))
    assert abel["hits"] == ["booking.cash-late-one-way"]
    assert (abel["booking.payment"], card["booking.payment"]) == ("cash", "card")
    assert (abel["inspected"], abel["found"], abel["probability"]) == (True, True, 1.0)
    assert (card["inspected"], card["found"], card["probability"]) == (False, False, 0.01)
    assert (ezra["inspected"], ezra["found"], ezra["probability"]) == (None, None, None)
    assert abel["flight.date"] == NOW.date()


def test_an_inspection_that_found_nothing_is_an_inspection(world: World) -> None:
    world.flight("ABEL")
    world.shown("ABEL")
    world.inspected("ABEL", FindingKind.NOTHING)
    write(world)
    assert [(row["inspected"], row["found"]) for row in rows(world)] == [(True, False)]


def test_what_travellers_declare_themselves_leads_to_no_outcome_of_a_rule(world: World) -> None:
    world.flight("ABEL")
    world.shown("ABEL", 0.01)  # found, but not because 1 in 100 is looked at
    world.inspected("ABEL", FindingKind.DUTIABLE, reason="goods")
    write(world)
    assert [(row["inspected"], row["found"]) for row in rows(world)] == [(False, False)]


def test_a_record_that_fits_no_longer_holds_back_nobody(world: World) -> None:
    world.flight("ABEL", "EZRA")
    with world.kernel.database.transaction() as session:
        session.execute(
            sa.text(
                'update assessment set facts = facts || \'{"bag.count": "many"}\''
                " where passenger_id = :one"
            ),
            {"one": world.people["ABEL"]},
        )
    write(world)
    told = {row["case_id"]: row["booking.payment"] for row in rows(world)}
    assert told == {str(world.people["ABEL"]): None, str(world.people["EZRA"]): "cash"}


def test_nothing_is_written_before_arrival_nor_while_a_referral_is_open(world: World) -> None:
    world.flight("ABEL")
    assert write(world, NOW) == 0
    world.inspected("ABEL", None, closed=False)
    assert write(world, NOW + timedelta(days=1)) == 0
    assert write(world, NOW + timedelta(days=4)) == 1


def test_files_are_readable_by_us_alone_and_nothing_else_is_left(world: World) -> None:
    world.flight("ABEL")
    write(world)
    [file] = files(world)
    assert file.suffix == ".parquet"
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    assert file.parent.name == "airport=NRT"
    assert file.parent.parent.name == "month=2026-03"


def test_a_write_that_fails_leaves_nothing_and_is_made_up_for(world: World, monkeypatch) -> None:
    world.flight("ABEL")
    with monkeypatch.context() as patched, pytest.raises(OSError, match="full"):
        patched.setattr(snapshots.os, "fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
        write(world)
    with world.kernel.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SnapshotFile)) == 0
    assert write(world) == 1
    assert len(rows(world)) == 1


def test_many_small_files_become_one(world: World) -> None:
    for number in range(1, 18):
        world.flight(f"ABEL{number}", number=number)
    while write(world):
        pass
    with world.kernel.database.transaction() as session:  # as if each had been written by itself
        before = session.scalar(sa.select(sa.func.count()).select_from(SnapshotFile))
    assert before == 4
    told = rows(world, "case_id")
    snapshots.MANY_FILES, kept = 4, snapshots.MANY_FILES
    try:
        assert snapshots.join_small(world.kernel.database, world.store) == 4
    finally:
        snapshots.MANY_FILES = kept
    assert snapshots.join_small(world.kernel.database, world.store) == 0
    assert rows(world, "case_id") == told
    with world.kernel.database.read() as session:
        there = snapshots.horizon(session)
    assert (there.rows, there.flights, there.first, there.airports) == (17, 17, "2026-03", ("NRT",))


def test_what_no_longer_counts_goes_an_hour_later(world: World) -> None:
    world.flight("ABEL")
    write(world)
    [file] = files(world)
    stray = file.with_name("00000000-0000-0000-0000-000000000000.parquet")
    stray.write_bytes(b"left by a worker that died")
    assert snapshots.sweep(world.kernel.database, world.store) == 0
    os.utime(stray, (0, 0))
    os.utime(file, (0, 0))
    assert snapshots.sweep(world.kernel.database, world.store) == 1
    assert files(world) == [file]


def test_at_its_clock_a_file_loses_who_it_was_and_exact_days(world: World) -> None:
    world.flight("ABEL", "EZRA")
    write(world)
    [was] = {row["flight_id"] for row in rows(world)}
    soon = NOW + timedelta(days=180)
    assert snapshots.age(world.kernel.database, world.store, soon) == 0
    late = NOW + timedelta(days=185)
    assert snapshots.age(world.kernel.database, world.store, late) == 1
    assert snapshots.age(world.kernel.database, world.store, late) == 0
    told = rows(world)
    assert {row["case_id"] for row in told} == {None}
    assert len({row["flight_id"] for row in told}) == 1
    assert was not in {row["flight_id"] for row in told}
    assert {row["flight.date"].isoformat() for row in told} == {"2026-03-01"}
    assert {row["random.u"] for row in told} == {None}
    assert {bag["tag"] for row in told for bag in row["bags"] or ()} <= {None}
    assert {row["booking.payment"] for row in told} == {"cash"}
    with world.kernel.database.read() as session:
        assert snapshots.horizon(session).masked_rows == 2


def test_at_the_end_files_are_deleted(world: World) -> None:
    world.flight("ABEL")
    write(world)
    late = NOW + timedelta(days=6 * 365)
    assert snapshots.age(world.kernel.database, world.store, late) == 1
    assert rows(world) == []
    [file] = files(world)
    os.utime(file, (0, 0))
    assert snapshots.sweep(world.kernel.database, world.store) == 1
    assert write(world, late) == 0  # the flight is not written anew


def test_every_identifier_of_the_catalogue_is_masked() -> None:
    printed = snapshots.masking("salt")
    for name in ("bags", "changes", "flight.date", "document.expires", "random.u"):
        assert f'AS "{name}"' in printed
    assert 'CAST(NULL AS VARCHAR) AS "case_id"' in printed
