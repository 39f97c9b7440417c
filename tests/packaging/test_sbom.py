"""The bill of materials against the locks, CycloneDX's own schema, and itself made a second time; what scans it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"
SCAN = ROOT / ".ci" / "scan"


def made(seed: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "sbom.py"], capture_output=True, text=True, check=True, timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed, **more},
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def text() -> str:
    return made("1")


@pytest.fixture(scope="module")
def bill(text: str) -> dict[str, Any]:
    return dict(json.loads(text))


def test_everything_that_is_locked_is_listed_with_its_hashes(bill: dict[str, Any]) -> None:
    listed = {
        (one["name"], one["version"]): {found["content"] for found in one["hashes"]}
        for one in bill["components"]
    }
    for block in re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text().strip()):
        name, version = re.match(r"([\w.-]+)==([\w.]+)", block).groups()  # type: ignore[union-attr]
        assert listed[name, version] == set(re.findall(r"sha256:([0-9a-f]{64})", block))
    wanted = json.loads((ROOT / "package.json").read_text())
    for name, version in wanted["dependencies"].items():
        assert len(next(iter(listed[name, version]))) == 128
    names = {name for name, _ in listed}
    assert not names & (set(wanted["devDependencies"]) | {"pytest", "pip-audit", "playwright"})


def test_it_is_cyclonedx(bill: dict[str, Any]) -> None:
    def near(uri: str) -> Any:
        return json.loads((SCHEMAS / uri.rpartition("/")[2]).read_text())

    schema = json.loads((SCHEMAS / "bom-1.6.SNAPSHOT.schema.json").read_text())
    validator = jsonschema_rs.validator_for(schema, retriever=near)
    assert [error.message for error in validator.iter_errors(bill)] == []
    assert not validator.is_valid({**bill, "components": [{"name": 1}]})


def test_the_same_locks_give_the_same_bytes(text: str, bill: dict[str, Any]) -> None:
    assert made("2") == text
    assert "timestamp" not in bill["metadata"]
    dated = json.loads(made("1", SOURCE_DATE_EPOCH="1767225600"))
    assert dated["metadata"]["timestamp"].startswith("2026-01-01T00:00:00")
    assert dated["serialNumber"] == bill["serialNumber"]


def scan(folder: Path, **tools: str) -> subprocess.CompletedProcess[str]:
    """Run the scan with these programs and no others but the shell's own."""
    for name, script in tools.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["/bin/bash", SCAN, "sbom.json", "egate"], capture_output=True, text=True, check=False,
        env={"PATH": str(folder)}, timeout=30,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scanner", "asked", "found"),
    [
        ("trivy", ["sbom sbom.json", "image egate"], 10),
        ("grype", ["sbom:sbom.json", "docker:egate"], 2),
    ],
)
def test_bill_and_image_are_looked_at_and_a_find_fails(
    tmp_path: Path, scanner: str, asked: list[str], found: int
) -> None:
    said = scan(tmp_path, **{scanner: f'echo "$@" >> {tmp_path}/asked', "docker": "exit 0"})
    assert said.returncode == 0, said.stderr
    lines = (tmp_path / "asked").read_text().splitlines()
    for line, wanted in zip(lines, asked, strict=True):
        assert wanted.split()[0] in line
        assert wanted.split()[-1] in line
    assert scan(tmp_path, **{scanner: f"exit {found}"}).returncode == 1
    failed = scan(tmp_path, **{scanner: "exit 1"})
    assert (failed.returncode, f"{scanner} could not look" in failed.stderr) == (2, True)


def test_where_nothing_can_look_it_says_so_and_fails(tmp_path: Path) -> None:
    said = scan(tmp_path)
    assert (said.returncode, "neither trivy nor grype" in said.stderr) == (2, True)


def test_the_target_looks_at_libraries_too() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^scan: audit sbom ", makefile, re.MULTILINE)
