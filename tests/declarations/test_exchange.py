"""The site's file of exchange rates: read again when it changes, without it or where it is none: no rates."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.commands.questionnaire import check_exchange
from app.declarations import exchange
from tests.formats.test_exchange import FILE


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "rates.json"
    exchange.use(path)
    yield path
    exchange.use(None)


def write(path: Path, text: str, moment: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(moment, moment))


def test_a_new_week_needs_no_restart(file: Path) -> None:
    assert exchange.current() is None
    write(file, json.dumps(FILE), 10**9)
    found = exchange.current()
    assert found is not None
    assert exchange.current() is found
    write(file, json.dumps(FILE | {"source": "newer"}), 2 * 10**9)
    newer = exchange.current()
    assert newer is not None
    assert newer.source == "newer"


@pytest.mark.parametrize("text", ["", "[]", '{"base": "JPY"}', "[" * 100_000])
def test_what_is_no_file_of_rates_gives_none(file: Path, text: str) -> None:
    write(file, text, 10**9)
    assert exchange.current() is None


def test_a_site_without_a_file_has_none() -> None:
    exchange.use(None)
    assert exchange.current() is None


def test_the_command_names_weeks_or_the_place_of_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rates.json"
    path.write_text(json.dumps(FILE))
    assert check_exchange(path) == 0
    assert json.loads(capsys.readouterr().out)["weeks"][0] == "2026-11-22/2026-11-28"
    path.write_text(json.dumps(FILE | {"weeks": []}))
    assert check_exchange(path) == 1
    assert json.loads(capsys.readouterr().out) == {"pointer": "/weeks"}
    path.write_text("{")
    assert check_exchange(path) == 2
