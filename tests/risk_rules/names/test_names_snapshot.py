"""Indexes on disk: whole or refused; lists that change are answered by their base and what changed."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from risk_rules.names import BirthDate, Document, Entry, Matcher, Name, Person
from risk_rules.names.match import Part
from risk_rules.names.snapshot import SnapshotError, load, read_meta, save
from tests.perf import listed

PEOPLE = list(listed.people(400, 21, listed.words(300, 22)))
ENTRIES = [
    Entry(f"E{number}", (one.name,), (one.born,) if one.born else (), sex="F",
          documents=(Document(f"AB{number:06}", "UTO"),), about={"key": number})
    for number, one in enumerate(PEOPLE)
]  # fmt: skip
ABOUT = {"list": "wanted", "version": 3}


def asked(number: int) -> Person:
    return Person((PEOPLE[number].name,), PEOPLE[number].born)


def told(matcher: Matcher, person: Person) -> list[tuple[str, float, bool]]:
    return [(one.entry_id, one.score, one.alert) for one in matcher.match(person)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "lists" / "one", Part.make(ENTRIES), ABOUT)
    return tmp_path / "lists" / "one"


def test_a_snapshot_answers_as_the_list_it_was_made_of(folder: Path) -> None:
    arrays = load(folder, ABOUT)
    assert all(not array.flags.writeable for array in arrays.values() if array.size)
    opened, built = Matcher(part=Part(arrays)), Matcher(ENTRIES)
    assert len(opened) == len(ENTRIES)
    for number in range(0, 400, 7):
        assert told(opened, asked(number)) == told(built, asked(number))
        assert opened.entry(f"E{number}") == ENTRIES[number]
    [paper] = opened.match(Person(documents=(Document("AB0OOO17", "UTO"),)))
    assert (paper.entry_id, paper.kind) == ("E17", "document")


def test_only_its_owner_may_enter_and_nothing_is_left_aside(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    save(folder, Part.make(ENTRIES[:5]), ABOUT)
    assert [one.name for one in folder.parent.iterdir()] == ["one"]
    assert len(Matcher(part=Part(load(folder, ABOUT)))) == 5


@pytest.mark.parametrize("name", ["words.npy", "entry_text.npy", "spelt_keys.npy", "snapshot.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_snapshot_is_refused(folder: Path, name: str, damage: str) -> None:
    file = folder / name
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[-2 if name.endswith("npy") else 20] ^= 1
        file.write_bytes(content)
    elif damage == "cut":
        os.truncate(file, len(content) // 2)
    else:
        file.unlink()
    with pytest.raises(SnapshotError):
        load(folder, ABOUT)


def test_a_snapshot_of_something_else_is_refused(folder: Path) -> None:
    with pytest.raises(SnapshotError):
        load(folder, {**ABOUT, "version": 4})
    for part, other in (("normaliser", -1), ("format", -1)):
        meta = read_meta(folder) | {part: other}
        (folder / "snapshot.json").write_text(json.dumps(meta))
        with pytest.raises(SnapshotError):
            load(folder, ABOUT)


def test_no_array_runs_code_when_it_is_read(folder: Path) -> None:
    (folder / "dates.npy").unlink()
    np.save(folder / "dates.npy", np.array([object()], object), allow_pickle=True)
    with pytest.raises(SnapshotError):
        load(folder, ABOUT)


def test_a_writing_that_fails_leaves_the_old_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def full(_: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        save(folder, Part.make(ENTRIES[:5]), ABOUT)
    monkeypatch.undo()
    assert [one.name for one in folder.parent.iterdir()] == ["one"]
    assert len(Matcher(part=Part(load(folder, ABOUT)))) == len(ENTRIES)


# ---------------------------------------------------------------- changes


NEW = Entry("NEW", (Name("QUVORZHENKI", "TAMILEX"),), (BirthDate(1970, 5, 12),))
SOUGHT = Person((Name("QUVORZHENKY", "TAMILEX"),), BirthDate(1970, 5, 12))


def test_what_changed_since_is_answered_without_building_anew() -> None:
    before = Matcher(ENTRIES)
    after = before.changed([NEW], ["E3", "E9"])
    assert told(before, SOUGHT) == []
    assert [one[0] for one in told(after, SOUGHT)] == ["NEW"]
    assert "E3" in [one[0] for one in told(before, asked(3))]
    assert "E3" not in [one[0] for one in told(after, asked(3))]
    assert [m.entry_id for m in before.match(Person(documents=(Document("AB000009"),)))] == ["E9"]
    assert after.match(Person(documents=(Document("AB000009"),))) == []
    assert (len(after), after.since) == (len(ENTRIES) - 1, 3)
    assert (after.entry("E3"), after.entry("NEW")) == (None, NEW)
    assert after.changed([], []).match(asked(3)) == before.match(asked(3))


def test_an_entry_scores_the_same_in_the_list_and_among_its_changes() -> None:
    """Words weigh what they weigh in the base."""
    whole = Matcher(ENTRIES)
    moved = whole.changed(ENTRIES[:40], [one.id for one in ENTRIES[:40]])
    for number in range(40):
        person = Person((Name(PEOPLE[number].name.surname, "ELSE"),), PEOPLE[number].born)
        for one in (person, asked(number)):
            assert sorted(told(moved, one)) == sorted(told(whole, one))


def test_an_entry_replaced_is_told_once_as_it_is_now() -> None:
    fresh = Entry("E5-2", NEW.names, NEW.birth_dates)
    after = Matcher(ENTRIES).changed([fresh], ["E5"])
    assert [one[0] for one in told(after, SOUGHT)] == ["E5-2"]
    assert "E5" not in {one.id for one in after.all_entries()}
