"""Dockerfile and compose file against the program: every command, port and variable is one it knows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli import _parser
from app.config import Settings
from app.demo import DEVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROGRAM = {name: s for name, s in SERVICES.items() if s.get("image") == "egate"}
KNOWN = {f"EGATE_{name.upper()}" for name in Settings.model_fields}


def test_the_parts_are_there() -> None:
    assert {"database", "migrate", "serve", "work", "watch", "kiosk"} <= set(SERVICES)
    assert SERVICES["database"]["image"] == "postgres:18"


@pytest.mark.parametrize("name", sorted(PROGRAM))
def test_every_command_is_one_of_the_program(name: str) -> None:
    program, *arguments = PROGRAM[name]["command"]
    assert program == "egate"
    assert _parser().parse_args(arguments).command


@pytest.mark.parametrize("name", sorted(PROGRAM))
def test_health_checks_call_commands_of_the_program(name: str) -> None:
    if PROGRAM[name].get("restart") == "no":
        return  # one-shot: it ends
    if PROGRAM[name]["healthcheck"].get("disable"):
        assert name == "simulate"  # the only one that serves nobody
        return
    kind, program, *arguments = PROGRAM[name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "egate")
    assert _parser().parse_args(arguments).command


def test_every_variable_is_a_setting() -> None:
    given = {key for service in PROGRAM.values() for key in service.get("environment", {})}
    assert given <= KNOWN
    assert {"EGATE_DATABASE_URL", "EGATE_SECRET"} <= given
    in_image = set(re.findall(r"(EGATE_[A-Z_]+)=", DOCKERFILE))
    assert in_image <= KNOWN


def test_secrets_come_from_the_environment_without_a_usable_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for match in re.finditer(r"\$\{(EGATE_[A-Z_]*(?:SECRET|PASSWORD))([^}]*)\}", text):
        assert match[2].startswith(":?"), match[0]
    assert not re.search(r"(PASSWORD|SECRET):\s*[A-Za-z0-9]", text)


def test_published_ports_are_those_that_the_program_listens_on_and_loopback_only() -> None:
    assert SERVICES["serve"]["ports"] == [f"127.0.0.1:8000:{Settings().port}"]
    kiosk = _parser().parse_args(SERVICES["kiosk"]["command"][1:])
    assert SERVICES["kiosk"]["ports"] == [f"127.0.0.1:8010:{kiosk.port}"]
    assert f"EXPOSE {Settings().port}" in DOCKERFILE


def test_the_schema_is_made_once_before_the_program_starts() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("serve", "work"):
        assert (
            SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        )


def test_the_image_starts_commands_of_the_program() -> None:
    for instruction in ("CMD", "HEALTHCHECK"):
        found = re.search(rf"^{instruction} .*?(\[.*\])$", DOCKERFILE, re.MULTILINE)
        assert found
        program, *arguments = yaml.safe_load(found[1])
        assert program == "egate"
        assert _parser().parse_args(arguments).command


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_runs_with_more_rights_than_it_needs(name: str) -> None:
    """No new rights, no capability, nothing to write but volumes and memory; the database's image needs a few to begin."""
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["pids_limit"] <= 512
    needed = (
        {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"} if name == "database" else set()
    )
    assert set(service.get("cap_add", [])) == needed
    assert not service.keys() & {"privileged", "network_mode", "pid", "ipc", "devices", "user"}
    assert not [one for one in service.get("volumes", []) if "docker.sock" in one]


def test_only_the_program_reaches_the_database_and_only_by_the_inner_network() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["database"]["networks"] == ["inside"]
    assert "ports" not in SERVICES["database"]
    without = {"kiosk", "simulate"}
    for name in PROGRAM:
        assert ("inside" in PROGRAM[name]["networks"]) is (name not in without), name


def test_the_image_runs_as_a_number_that_is_nobody() -> None:
    """A number, so that whoever starts it can check that it is not 0 without looking into it."""
    user, group = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)[-1]
    assert int(user) >= 10_000
    assert re.search(rf"groupadd [^\n]*--gid {group} egate", DOCKERFILE)
    assert re.search(rf"useradd [^\n]*--uid {user} [^\n]*egate", DOCKERFILE)
    final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert "COPY . " not in final  # neither sources nor tests
    assert not re.search(r"\b(gcc|build-essential|curl|git|npm)\b", final)


def test_no_history_and_no_secret_of_the_folder_goes_into_the_image() -> None:
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert {".git", "var", ".venv", "**/*.pem", "**/*.key", "**/.env", "**/keyring.json"} <= ignored


def test_files_that_the_image_copies_exist() -> None:
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = shlex.split(line)
        assert all((ROOT / source).exists() for source in sources)


def test_what_the_kiosk_and_the_simulator_read_the_seed_writes() -> None:
    seeded = _parser().parse_args(SERVICES["seed"]["command"][1:])
    kiosk = _parser().parse_args(SERVICES["kiosk"]["command"][1:])
    simulate = _parser().parse_args(SERVICES["simulate"]["command"][1:])
    assert {path.stem for path in kiosk.credentials} == set(DEVICES)
    assert {*(p.parent for p in kiosk.credentials), kiosk.tray.parent, simulate.config.parent} == {
        seeded.folder
    }
    assert kiosk.server == seeded.server
    for name in ("seed", "kiosk", "simulate"):
        assert SERVICES[name]["volumes"] == [f"demo:{seeded.folder}"]
    for name in ("kiosk", "simulate"):
        needed = SERVICES[name]["depends_on"]
        assert needed["seed"]["condition"] == "service_completed_successfully"


def test_a_named_volume_belongs_to_the_programs_user() -> None:
    for name in ("seed", "watch"):
        folder = _parser().parse_args(SERVICES[name]["command"][1:]).folder
        assert re.search(rf"install -d -o egate -g egate -m 700 [\w/ ]*{folder}\b", DOCKERFILE)
        assert SERVICES[name]["volumes"][0].endswith(f":{folder}")


def test_mounted_files_exist() -> None:
    for volume in SERVICES["database"]["volumes"]:
        source = volume.partition(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).is_file()


def test_the_program_answers_help_as_installed() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("egate"), "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "serve" in done.stdout


def test_no_lock_file_names_a_package_host() -> None:
    for path in [*ROOT.glob("requirements*.lock"), ROOT / "package-lock.json"]:
        text = path.read_text()
        assert "://" not in text, path.name
        assert "index-url" not in text, path.name


def test_locks_are_hashed_throughout() -> None:
    for path in ROOT.glob("requirements*.lock"):
        blocks = re.split(r"\n(?=[a-z])", path.read_text().strip())
        assert all("--hash=sha256:" in block for block in blocks), path.name
