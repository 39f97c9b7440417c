"""Whoever writes a file says what of people is in it and who clears it."""

import re
from pathlib import Path

import pytest

from app.keeping.files import NOTHING_PERSONAL, PLACES

ROOT = Path(__file__).parents[2]
WRITES = re.compile(
    r"\.write_(?:text|bytes)\(|\bO_CREAT\b|open\([^)\n]*[\"'][wax]b?\+?[\"']|\bmkstemp\(|NamedTemporaryFile\("
    r"|FileHandler\(|np\.save\(|\bcopy \(|pg_dump|pg_basebackup"
)


def writers() -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for folder in ("app", "risk_rules")
        for path in (ROOT / folder).rglob("*.py")
        if WRITES.search(path.read_text("utf-8"))
    }


REGISTERED = {module for place in PLACES for module in place.modules} | set(NOTHING_PERSONAL)


def test_every_module_that_writes_files_is_registered() -> None:
    assert writers() - REGISTERED - {"app/keeping/files.py"} == set()


def test_what_is_registered_is_there_and_writes() -> None:
    assert writers() >= REGISTERED


@pytest.mark.parametrize(
    "line",
    ["path.write_text(x)", "open(p, 'w')", 'p.open("wb")', "os.open(p, os.O_CREAT)", "logging.FileHandler(p)",
     "np.save(f, a)", "subprocess.run(['pg_dump'])"],
)  # fmt: skip
def test_the_check_sees_a_line_that_writes(line: str) -> None:
    assert WRITES.search(line)
