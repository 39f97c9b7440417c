"""``egate hall --flights``: the question, the answer, the files."""

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.cli import main
from kiosk_sim.plan.command import Options, plan

GIVEN = ["hall", "--flights", "WAVE", "--kiosks", "1", "--lanes", "1", "--officers", "1"]
WAVE = "flight,lands,people\nXX1,06:30,90\nXX2,06:35,60\n"


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    path = tmp_path / "wave.csv"
    path.write_text(WAVE)
    return path


def test_a_hall_that_is_given_is_simulated(wave: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["hall", "--flights", str(wave), "--kiosks", "4", "--lanes", "2", "--officers", "2"]
    assert main([*words, "--seeds", "2"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["hall"] == {"kiosks": 4, "lanes": 2, "officers": 2, "steps": "two-step"}
    assert report["people"]["mean"] == 150
    assert report["flights"] == 2
    assert report["seeds"] == [0, 1]
    assert set(report["places"]) == {"kiosk", "lane", "officer"}
    assert report["places"]["kiosk"]["wait_seconds"]["p95"]["mean"] > 0


def test_how_many_this_wave_needs_is_said_in_one_line(
    wave: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["hall", "--flights", str(wave), "--target-wait", "90", "--officers", "6"]
    out = tmp_path / "made" / "plan"
    assert main([*words, "--seeds", "2", "--out", str(out)]) == 0
    [line] = capsys.readouterr().out.splitlines()
    report = json.loads((out / "report.json").read_text())
    assert f"{report['hall']['kiosks']} kiosk" in line
    assert line.startswith("p95 of waiting within 90 s, mean of 2 seeds: ")
    assert report["hall"]["officers"] == 6
    assert report["need"]["p95_wait_seconds"]["kiosk"] <= 90
    assert report["need"]["with_one_less"]["kiosk"] > 90
    for name in ("queues.svg", "waits.svg"):
        ET.fromstring((out / name).read_text())


def test_a_wave_is_the_same_each_time(wave: Path) -> None:
    options = Options(wave, 3, 2, 2, seeds=2)
    assert plan(options) == plan(options)


def test_more_kiosks_make_the_stay_no_longer(wave: Path) -> None:
    """The same people: the mean time in the hall falls, but for a second of jostling at the lanes."""
    stays = [
        plan(Options(wave, kiosks, 2, 3, seeds=3))[0]["in_hall_seconds"]["mean"]["mean"]
        for kiosks in (2, 3, 4, 6, 9)
    ]
    assert all(after <= before + 1.0 for before, after in pairwise(stays))
    assert stays[-1] < stays[0] - 60


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["hall"], "one of them"),
        (["hall", "Hall A", "--flights", "WAVE"], "one of them"),
        (["hall", "--flights", "WAVE", "--policy", "p.json"], "--policy is of a hall"),
        (["hall", "Hall A", "--kiosks", "3"], "--kiosks is of plans"),
        (["hall", "Hall A", "--seeds", "3"], "--seeds is of plans"),
        (["hall", "--flights", "WAVE"], "--kiosks --lanes --officers, or --target-wait"),
        (["hall", "--flights", "WAVE", "--kiosks", "3"], "--lanes --officers, or --target-wait"),
        (["hall", "--flights", "WAVE", "--kiosks", "0", "--lanes", "1", "--officers", "1"], "one of each"),
        (["hall", "--flights", "WAVE", "--kiosks", "1", "--lanes", "1", "--officers", "1", "--seeds", "0"], "seeds"),
        (["hall", "--flights", "WAVE", "--kiosks", "1", "--lanes", "1", "--officers", "1", "--target-wait", "9"], "leave out"),
        (["hall", "--flights", "WAVE", "--target-wait", "nan"], "number of seconds"),
        (["hall", "--flights", "WAVE", "--steps", "one-step", "--lanes", "2"], "no lanes"),
        (["hall", "--flights", "none.csv", "--target-wait", "9"], "none.csv"),
        (["hall", "Hall A", "--live", "http://127.0.0.1:1"], "--live is of plans"),
        ([*GIVEN, "--live", "http://127.0.0.1:1"], "--config"),
        ([*GIVEN, "--live", "http://127.0.0.1:1", "--config", "WAVE"], "no JSON file"),
        ([*GIVEN, "--live", "http://127.0.0.1:1", "--config", "WAVE", "--speed", "0"], "--speed is 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_said(
    wave: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main([str(wave) if word == "WAVE" else word for word in words]) == 2
    assert said in capsys.readouterr().err


def test_a_private_file_of_something_else_is_refused(
    wave: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"site": "NRT"}')
    words = [str(wave) if word == "WAVE" else word for word in GIVEN]
    assert main([*words, "--live", "http://127.0.0.1:1", "--config", str(other)]) == 2
    assert "not of egate seed" in capsys.readouterr().err
