"""Logs: one line per event, exceptions by type, libraries without their texts."""

import errno
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from app.kernel.telemetry import configure_logging


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[Any]]]:
    before, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    configure_logging(json=True)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers


def test_what_a_library_says_is_a_line_without_its_text(lines):
    try:
        raise ValueError("LINDQVIST")  # noqa: TRY301
    except ValueError:
        logging.getLogger("psycopg.pool").warning("lost %s\nDETAIL: LINDQVIST", "x", exc_info=True)
    [line] = lines()
    assert (line["event"], line["logger"], line["error"]) == (
        "library",
        "psycopg.pool",
        "ValueError",
    )
    assert "LINDQVIST" not in json.dumps(line)


def test_an_error_is_told_by_type_and_place(lines):
    try:
        raise ValueError("LINDQVIST")  # noqa: TRY301
    except ValueError as error:
        structlog.get_logger().error("work.failed", exc_info=error, surname="LINDQVIST")
    [line] = lines()
    assert line["error"] == "ValueError"
    assert "test_telemetry.py" in line["at"]
    assert "LINDQVIST" not in json.dumps(line)


def test_a_full_disk_under_the_log_costs_lines_and_no_work(lines, monkeypatch):
    class Full:
        def write(self, *_: str) -> int:
            raise OSError(errno.ENOSPC, "no room")

        flush = write

    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", Full())
        structlog.get_logger().error("lost")
    structlog.get_logger().error("kept")
    assert [line["event"] for line in lines()] == ["kept"]
