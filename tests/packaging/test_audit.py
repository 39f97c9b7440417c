"""``make audit`` looks at every lock file, says so where nobody can be asked, and what it passes over says why."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
IGNORED = ROOT / ".ci" / "audit-ignored"
HOLE = "Found 2 known vulnerabilities in 1 package"
NPM_HOLE = "1 high severity vulnerability"
KNOWN = {"pip": HOLE, "npm": NPM_HOLE}
"""What is answered of libraries that have known holes."""


def audit(folder: Path, known: dict[str, str], said: dict[str, str]) -> tuple[int, str]:
    """Run it with programs in the place of pip-audit and npm: no answer is none, "" is no hole."""
    for program, key, mark in (("pip-audit", "pip", "--no-deps"), ("npm", "npm", "--prefix")):
        cases = [
            f"echo '{text}' >&2; exit {1 if text else 0}"
            if (text := of.get(key)) is not None
            else "echo 'connection refused' >&2; exit 1"
            for of in (known, said)
        ]
        path = folder / program
        path.write_text(
            f'#!/bin/sh\ncase "$*" in *{mark}*) {cases[0]};; *) echo "$@" >> {folder}/asked; {cases[1]};; esac\n'
        )
        path.chmod(0o755)
    done = subprocess.run(
        [ROOT / ".ci" / "audit", "one.lock", "two.lock"], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("known", "said", "code", "words"),
    [
        (KNOWN, {"pip": "", "npm": ""}, 0, "two.lock: no known hole"),
        (KNOWN, {"pip": HOLE, "npm": ""}, 1, HOLE),
        (KNOWN, {"pip": "", "npm": NPM_HOLE}, 1, NPM_HOLE),
        (KNOWN, {"npm": ""}, 2, "no advisory service answered for one.lock; NOTHING is known of it"),
        (KNOWN, {"pip": ""}, 2, "no advisory service answered for package-lock.json"),
        ({}, {"pip": "", "npm": ""}, 2, "no advisory service answered for Python"),
        ({**KNOWN, "pip": ""}, {"pip": "", "npm": ""}, 2, "NOTHING was looked at"),
        ({**KNOWN, "npm": ""}, {"pip": "", "npm": ""}, 2, "for npm knows of no hole"),
    ],
)  # fmt: skip
def test_it_says_whether_a_hole_is_known_or_nobody_could_be_asked(
    tmp_path: Path, known: dict[str, str], said: dict[str, str], code: int, words: str
) -> None:
    ended, told = audit(tmp_path, known, said)
    assert (ended, words in told) == (code, True), told


def test_every_lock_is_asked_for_by_its_hashes(tmp_path: Path) -> None:
    audit(tmp_path, KNOWN, {"pip": "", "npm": ""})
    *python, npm = (tmp_path / "asked").read_text().splitlines()
    assert [line.rpartition(" ")[2] for line in python] == ["one.lock", "two.lock"]
    for line in python:
        assert {"--require-hashes", "--strict", "--disable-pip"} <= set(line.split())
    assert npm == "audit --omit=dev --package-lock-only"
    recipe = MAKEFILE[MAKEFILE.index("\naudit:") :].partition("\n\n")[0]
    assert ".ci/audit $(wildcard requirements*.lock)" in recipe


def test_what_is_passed_over_has_an_identifier_a_reason_and_a_day() -> None:
    for line in IGNORED.read_text().splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r"(PYSEC|CVE|GHSA)-[\w-]+ .{10,} until 20\d\d-\d\d-\d\d", line), (
                line
            )


def test_the_tool_is_locked() -> None:
    assert re.search(r"^pip-audit==", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE)
