"""Units of docs/deploy/systemd: commands and settings that the program knows, what systemd says of them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.cli import _parser
from app.config import Settings

UNITS = Path(__file__).parents[2] / "docs" / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = 2.0
"""Of 10 (`systemd-analyze security`): "OK" begins there."""


def lines_of(unit: Path) -> list[str]:
    """What is in force for a unit: its own lines and those of its drop-ins."""
    folders = [UNITS / f"{unit.name}.d", UNITS / f"{unit.stem.partition('-')[0]}-.service.d"]
    files = [unit, *(path for folder in folders for path in sorted(folder.glob("*.conf")))]
    return [line for path in files for line in path.read_text().splitlines()]


def test_the_units_are_there() -> None:
    assert {
        "egate-migrate",
        "egate-serve",
        "egate-work",
        "egate-watch",
        "egate-backup",
        "kiosk",
    } == {unit.stem for unit in SERVICES}


def test_a_backup_is_made_every_night_and_the_worker_and_its_readers_know_where() -> None:
    assert "OnCalendar=*-*-* 02:30" in (UNITS / "egate-backup.timer").read_text()
    assert "egate-backup.timer" in (UNITS / "egate.target").read_text()
    [folder] = re.findall(r"backup --to (\S+)", (UNITS / "egate-backup.service").read_text())
    for unit in SERVICES:
        if unit.stem in ("egate-work", "egate-backup"):
            assert f"ReadWritePaths={folder}" in lines_of(unit)
    assert f"Environment=EGATE_BACKUPS={folder}" in lines_of(UNITS / "egate-work.service")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_unit_starts_a_command_of_the_program_as_nobody_of_rank(unit: Path) -> None:
    lines = lines_of(unit)
    [start] = [one for one in lines if one.startswith("ExecStart=")]
    program, *arguments = start.partition("=")[2].split()
    assert program == "/opt/egate/bin/egate"
    assert _parser().parse_args(arguments).command
    wanted = {
        "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes",
        "PrivateTmp=yes", "PrivateDevices=yes", "RestrictNamespaces=yes", "UMask=0077",
        "SystemCallFilter=@system-service",
    }  # fmt: skip
    assert wanted <= set(lines)
    assert [one for one in lines if re.fullmatch(r"User=(egate|kiosk)", one)]


def test_settings_are_known_and_no_secret_stands_in_a_unit() -> None:
    known = {f"EGATE_{name.upper()}" for name in Settings.model_fields}
    for unit in SERVICES:
        text = "\n".join(lines_of(unit))
        for name, value in re.findall(r"(EGATE_[A-Z_]+)=(\S+)", text):
            assert name.removesuffix("_FILE") in known
            assert "SECRET" not in name or value.startswith("%d/"), name
    assert "LoadCredential=secret:" not in "\n".join(lines_of(UNITS / "kiosk.service"))


@pytest.mark.skipif(ANALYZE is None, reason="no systemd here")
def test_systemd_understands_them_and_finds_little_exposed(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    for unit in tmp_path.glob("*.service"):
        unit.write_text(unit.read_text().replace("/opt/egate/bin/egate", "/bin/true"))
    names = [str(path) for path in sorted(tmp_path.glob("*.service"))]
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", str(tmp_path / "egate.target"),
         str(tmp_path / "egate-backup.timer"), *names],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for name in names:
        told = subprocess.run(
            [str(ANALYZE), "security", "--offline=true", "--no-pager", name],
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
        assert found
        assert float(found[1]) <= MOST_EXPOSED, name
