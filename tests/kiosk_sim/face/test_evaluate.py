"""The command over folders of pictures: what it counts, what it leaves out, what it says."""

import json
from pathlib import Path

import pytest

from app.cli import main
from kiosk_sim.face.acting import Actor, Pose
from kiosk_sim.face.evaluate import read_labels


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, actor: Actor) -> Path:
    """One real person in two folders (as two who look alike), and a picture of nobody."""
    folder = tmp_path_factory.mktemp("people")
    for name, poses in {
        "a": [Pose(seed=1), Pose(seed=2, roll=3), Pose(seed=3, light=0.6)],
        "b": [Pose(seed=4), Pose(seed=5, blur=1.5)],
    }.items():
        (folder / name).mkdir()
        for number, pose in enumerate(poses):
            (folder / name / f"{number}.jpg").write_bytes(actor.jpeg(pose))
    (folder / "c").mkdir()
    (folder / "c" / "broken.jpg").write_bytes(b"no picture")
    (folder / "c" / "notes.txt").write_text("not looked at")
    (folder / "people.csv").write_text("person,sex,age\na,F,28\nb,F,61\nc,M,40\n")
    return folder


def test_everything_is_counted(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plot = tmp_path / "det.svg"
    assert main(["face", "evaluate", str(people), "--json", "--each", "0", "--svg", str(plot)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["people"], found["pictures"]) == (3, 5)
    assert found["failure_to_acquire"]["events"] == 1
    assert found["failure_to_acquire"]["unreadable"] == 1
    everybody = found["groups"]["all"]["at_threshold"]["0.4"]
    missed = everybody["fnmr"]
    assert (missed["rate"], missed["events"], missed["trials"]) == (0.0, 0, 4)
    assert missed["high"] == pytest.approx(1 - 0.05 ** (1 / 4))
    assert (everybody["fmr"]["events"], everybody["fmr"]["trials"]) == (6, 6), "they are one person"
    assert found["groups"]["sex F"]["at_threshold"]["0.4"]["fmr"]["trials"] == 6
    assert found["groups"]["age 18-29"]["at_threshold"]["0.4"]["fnmr"]["trials"] == 3
    assert found["groups"]["sex F with M"]["at_threshold"]["0.4"]["fmr"]["rate"] is None
    assert plot.read_text().startswith("<svg")


def test_it_is_said_in_words_with_what_it_proves(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["face", "evaluate", str(people)]) == 0
    said = capsys.readouterr().out
    assert "3 people, 4 pictures" in said, "two of each"
    assert "too few to claim FMR 0.1%" in said
    assert "threshold 0.400" in said


def test_a_folder_that_is_not_there_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["face", "evaluate", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


def test_a_list_of_another_shape_is_said_in_a_line(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("name\nx\n")
    assert main(["face", "evaluate", str(people), "--labels", str(labels)]) == 2
    assert "columns" in capsys.readouterr().err


def test_ages_are_told_in_bands_and_years_of_birth_in_decades(tmp_path: Path) -> None:
    labels = tmp_path / "people.csv"
    labels.write_text("person,sex,age,birth_year\na,F,17,\nb,,,1984\nc,M,,\n")
    assert read_labels(labels) == {
        "a": {"sex": "F", "age": "under 18"}, "b": {"age": "born 1980s"}, "c": {"sex": "M"},
    }  # fmt: skip
    assert read_labels(tmp_path / "none.csv") == {}
