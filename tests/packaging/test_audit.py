"""``make audit`` looks at every lock file, and what it passes over says why."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
IGNORED = ROOT / ".ci" / "audit-ignored"


def test_every_lock_is_looked_at_and_what_cannot_be_asked_fails() -> None:
    recipe = MAKEFILE[MAKEFILE.index("\naudit:") :].partition("\n\n")[0]
    assert "$(wildcard requirements*.lock)" in recipe
    assert "npm audit" in recipe
    line = next(one for one in MAKEFILE.splitlines() if one.startswith("AUDIT :="))
    assert {"--require-hashes", "--strict", "--disable-pip"} <= set(line.split())


def test_what_is_passed_over_has_an_identifier_a_reason_and_a_day() -> None:
    for line in IGNORED.read_text().splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r"(PYSEC|CVE|GHSA)-[\w-]+ .{10,} until 20\d\d-\d\d-\d\d", line), (
                line
            )


def test_the_tool_is_locked() -> None:
    assert re.search(r"^pip-audit==", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE)
