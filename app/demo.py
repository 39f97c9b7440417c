"""``egate demo``: everything at once on one machine, for trying and for proving.

Starts database, server, worker and simulator as the separate programs that they are, watches them, and ends
them together. The simulator gets its tokens and keys in a private file, as an operator would give them.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM
from app.commands.keys import certified, key_line, make_root_file, read_root
from app.commands.people import device_credentials
from app.config import Settings
from app.declarations import keys
from app.formats.credential import point
from app.gate import halls
from app.gate.models import Hall, HallSteps
from app.identity import devices, officers, senders
from app.identity.models import Device, DeviceKind
from app.identity.permissions import Role
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.kernel.crypto import Vault
from app.programs import DemoError, Programs, egate, free_port
from app.runtime import Runtime, open_runtime, state_home
from app.screening import watchlists
from app.screening.controls import set_control_rate
from app.screening.lifecycle import install_ruleset
from app.screening.list_settings import MOST_UNSIGNED
from app.screening.models import Handling
from kiosk_sim.traffic.places import CARRIERS as TRAFFIC_CARRIERS

PLAIN = {"EGATE_PLAIN_DECLARATIONS": "true"}
"""Here anybody may make a code with a few lines of program, and try it."""
CERTIFIED_DAYS = 180
HOLD_SECONDS = 60.0
"""How long the live demo's one-step gate waits for an officer: time to look around in the console."""
SCENARIO_HOLD_SECONDS = 6.0
CARRIERS = tuple(one.code for one in TRAFFIC_CARRIERS)
"""The invented airlines: one sender speaks for all of them here."""
HALLS = {"Hall A": HallSteps.TWO, "Hall B": HallSteps.ONE}
DEVICES = {
    "kiosk-1": (DeviceKind.KIOSK, "Hall A"),
    "lane-1": (DeviceKind.LANE, "Hall A"),
    "gate-1": (DeviceKind.KIOSK, "Hall B"),
}
OFFICERS = {
    "gate": ("K. Aoyama", Role.GATE_OFFICER),
    "senior": ("M. Lindqvist", Role.SENIOR),
    "targeter": ("R. Osei", Role.TARGETER),
    "custodian": ("P. Okafor", Role.LIST_CUSTODIAN),
    "rules": ("T. Marchetti", Role.RULE_APPROVER),
    "legal": ("S. Okonkwo", Role.LEGAL_APPROVER),
    "admin": ("J. Petrov", Role.ADMINISTRATOR),
    "audit": ("L. Haddad", Role.AUDITOR),
    "desk": ("N. Iyer", Role.HELP_DESK),
    "visitor": ("A. Visitor", Role.SENIOR),
}
LIST = "customs-lookouts"
SIMULATED = ("custodian", "senior", "gate")
SHOWN = "visitor"
"""Whose one-time code is printed: an officer who may decide, review hits and switch halls."""


def live(port: int, kiosk_port: int) -> int:
    """``egate demo``: run until stopped. Returns the exit code."""
    settings = Settings()
    home = state_home(settings)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    for wanted in (port, kiosk_port):
        _must_be_free(wanted)
    with one_at_a_time(home):
        runtime = open_runtime(settings, migrate=True)
        folder, server = home / "demo", f"http://127.0.0.1:{port}"
        programs = Programs(
            {"EGATE_PORT": str(port), "EGATE_PUBLIC_URL": server, **PLAIN,
             "EGATE_LOG_LEVEL": os.environ.get("EGATE_LOG_LEVEL", "WARNING")}
        )  # fmt: skip
        try:
            programs.start("serve", ["serve"])
            programs.start("work", ["work"])
            seeded = seed(runtime, folder, server)
            programs.start("kiosk", _kiosk(seeded, kiosk_port))
            programs.wait_ready(server + "/health/ready")
            programs.before["simulate"] = lambda: renew_codes(runtime, folder)
            programs.start("simulate", ["simulate", "--config", str(folder / "simulation.json")])
            programs.wait_ready(f"http://127.0.0.1:{kiosk_port}/health")
            announce(server, kiosk_port, sign_in_code(runtime, SHOWN), Path(seeded["staff_pin"]))
            programs.watch(lambda: _keep_database(settings, home))
        finally:
            programs.stop()
            if settings.database_url is None:
                postgres.stop(home, version=settings.postgres_version)
    return 0


def _leave(number: int, frame: Any) -> None:
    """While still starting: end by way of what tidies up."""
    del frame
    raise SystemExit(128 + number)


def _kiosk(seeded: dict[str, Any], port: int) -> list[str]:
    words = ["kiosk", "--server", seeded["server"], "--port", str(port), "--tray", seeded["tray"]]
    words += ["--authorities", f"{seeded['states']}/authorities.pem", "--keys-turned"]
    words += ["--staff-pin", seeded["staff_pin"]]
    for path in seeded["devices"].values():
        words += ["--credentials", path]
    return words


def _must_be_free(port: int) -> None:
    """Raise :class:`DemoError` where somebody listens on a port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(
                f"port {port} is taken: make run PORT=… KIOSK_PORT=… uses others"
            ) from error


def seed_only(folder: Path, server: str) -> int:
    """``egate seed``: for whoever starts the programs one by one, as compose does."""
    runtime = open_runtime(Settings())
    seed(runtime, folder, server)
    print(f"console sign-in, once: {sign_in_code(runtime, SHOWN)}", flush=True)  # noqa: T201
    return 0


def _keep_database(settings: Settings, home: Path) -> None:
    if settings.database_url is None and not postgres.is_running(home):
        print("the database ended; starting it again", flush=True)  # noqa: T201
        postgres.ensure(home, version=settings.postgres_version)


def example(folder: Path) -> int:
    """``egate example``: files of one invented traveller, with the token of a sender of their own."""
    from kiosk_sim.example import write  # noqa: PLC0415

    settings, now = Settings(), system_clock()
    with open_runtime(settings).database("cli").transaction() as session:
        name = f"example {now:%Y%m%d-%H%M%S.%f}"
        _, token = senders.create_sender(session, name, CARRIERS, settings.site, now)
    for path in write(folder, settings.site, token, _states(state_home(settings) / "demo")):
        print(path)  # noqa: T201
    return 0


def headless(*, as_json: bool) -> int:
    """``egate demo --headless``: the scenarios once, on a database of their own."""
    with temporary_home() as home:
        settings = Settings(state=home, log_level="WARNING")
        runtime = open_runtime(settings, migrate=True)
        port = free_port()
        server = f"http://127.0.0.1:{port}"
        seeded = seed(runtime, home / "demo", server, hold_seconds=SCENARIO_HOLD_SECONDS)
        with runtime.database(
            "demo"
        ).transaction() as session:  # a scenario leaves nothing to chance
            set_control_rate(session, SYSTEM, 0.0, system_clock())
        programs = Programs(
            {"EGATE_STATE": str(home), "EGATE_PORT": str(port), "EGATE_PUBLIC_URL": seeded["server"], **PLAIN,
             "EGATE_LOG_LEVEL": os.environ.get("EGATE_LOG_LEVEL", "WARNING")}
        )  # fmt: skip
        try:
            programs.start("serve", ["serve"])
            programs.start("work", ["work"])
            programs.wait_ready(seeded["server"] + "/health/ready")
            config = str(home / "demo" / "simulation.json")
            words = [
                "simulate",
                "--config",
                config,
                "--scenarios",
                *(["--json"] if as_json else []),
            ]
            return subprocess.run(egate(words), env=programs.environment, check=False).returncode  # noqa: S603
        finally:
            programs.stop()
            postgres.stop(home, version=settings.postgres_version)


def announce(server: str, kiosk_port: int, code: str, pin: Path) -> None:
    """Say where to look."""
    print(  # noqa: T201
        f"""
  e-Gate is running.

    Traveller app   {server}/declare/
    Kiosk and gate  http://127.0.0.1:{kiosk_port}/   (PIN of the staff's menu: {pin.read_text().strip()})
    Console         {server}/console
                    one-time sign-in code: {code}
                    (once, for 15 minutes; a new one: .venv/bin/egate user {SHOWN})

  Hall A has a kiosk and a lane (two steps), Hall B one gate for both. Airlines, travellers and flights are
  simulated; messages, codes, rules and decisions are real. Stop with Ctrl-C.
""",
        flush=True,
    )


def sign_in_code(runtime: Runtime, login: str) -> str:
    """A fresh one-time code for one of :data:`OFFICERS`."""
    with runtime.database("demo").transaction() as session:
        found = officers.find_officer(session, login)
        assert found is not None
        return officers.issue_code(session, found.id, system_clock())


def seed(
    runtime: Runtime, folder: Path, server: str, *, hold_seconds: float = HOLD_SECONDS
) -> dict[str, Any]:
    """Officers, halls, devices, a sender, rules; and the private file for the simulator.

    People and halls are made once and found again; keys and tokens are made afresh at each start.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = system_clock()
    database = runtime.database("demo")
    with database.transaction() as session:
        install_ruleset(session, SYSTEM, now)
        _watchlist(session)
        made = {name: _hall(session, runtime.settings.site, name, hold_seconds) for name in HALLS}
        for login, (name, role) in OFFICERS.items():
            if officers.find_officer(session, login) is None:
                officers.create_officer(session, login, name, [role], runtime.settings.site, now)
        run = f"{now:%Y%m%d-%H%M%S}"
        _, token = senders.create_sender(
            session, f"demo airline {run}", CARRIERS, runtime.settings.site, now
        )
        _, airport_token = senders.create_sender(
            session, f"demo airport {run}", (), runtime.settings.site, now, sets_flights=True
        )
        _shut_out_earlier(session, [hall.id for hall in made.values()], now)
        root = _certify(session, runtime.vault, folder)
        paths = {name: str(_device(session, folder, name, made, root)) for name in DEVICES}
    seeded = {
        "server": server,
        "site": runtime.settings.site,
        "sender_token": token,
        "airport_token": airport_token,
        "devices": paths,
        "tray": str(folder / "tray.json"),
        "states": str(_states(folder)),
        "staff_pin": str(folder / "staff.pin"),
    }
    _private(folder / "staff.pin", f"{secrets.randbelow(10**6):06d}\n")
    _private(folder / "simulation.json", json.dumps(seeded))
    renew_codes(runtime, folder)
    return seeded


def _states(folder: Path) -> Path:
    """Where the simulated states keep the keys by which they sign passports."""
    from kiosk_sim.states import States  # noqa: PLC0415

    States.made(folder / "states")
    return folder / "states"


def renew_codes(runtime: Runtime, folder: Path) -> None:
    """Codes for the officers whom the simulator plays: each signs in once."""
    path, now = folder / "simulation.json", system_clock()
    with runtime.database("demo").transaction() as session:
        codes = {
            login: officers.issue_code(session, _id(session, login), now) for login in SIMULATED
        }
    _private(path, json.dumps({**json.loads(path.read_text()), "codes": codes}))


def _watchlist(session: Session) -> None:
    if not any(row.key == LIST for row, _ in watchlists.list_watchlists(session)):
        settings = watchlists.Settings(
            "Customs lookouts",
            "revenue",
            Handling.STOP,
            bulk_limit=MOST_UNSIGNED,
            titles={"ja": "税関注意人物リスト"},
        )
        watchlists.make_list(session, SYSTEM, LIST, settings, system_clock())


def _id(session: Session, login: str) -> Any:
    found = officers.find_officer(session, login)
    assert found is not None
    return found.id


def _hall(session: Session, site: str, name: str, hold_seconds: float) -> Hall:
    """The demo's devices read chips; a face they compare only where there is a picture, so it is not required."""
    policy = {**halls.WITHOUT_READERS, "chip_required": True, "plain_egd1_allowed": True}
    policy |= {"hold_seconds": hold_seconds, "faces_at_lane": True}
    policy["counters"] = {**halls.WITHOUT_READERS["counters"], "crew": "C"}
    return halls.find_hall(session, name) or halls.create_hall(
        session, site, name, HALLS[name], system_clock(), policy
    )


def _certify(session: Session, vault: Vault, folder: Path) -> str:
    """The authority's keys under a root, and its public key. A demo keeps the root beside it; nobody else should."""
    path, now = folder / "root.pem", system_clock()
    if not path.exists():
        make_root_file(path, None)
    root = read_root(path, None)
    keys.ensure_keys(session, vault, now)
    lines = [key_line(key, state) for key, state in keys.all_keys(session, now)]
    for line in certified(lines, root, now, days=CERTIFIED_DAYS):
        certificate = bytes.fromhex(line["certificate"])
        keys.publish_key(session, SYSTEM, certificate, root.public_key(), now, at_once=True)
    return point(root.public_key()).hex()


def _shut_out_earlier(session: Session, made: Sequence[UUID], now: datetime) -> None:
    """The devices of earlier runs: their keys are gone, nobody should miss them, and their names are free again."""
    old = select(Device).where(Device.hall_id.in_(made), Device.disabled_at.is_(None))
    for device in session.scalars(old).all():
        devices.disable(session, device.id, now)
        device.name = f"{device.name} until {now:%Y%m%d-%H%M%S}"
    session.flush()


def _device(session: Session, folder: Path, name: str, made: dict[str, Hall], root: str) -> Path:
    kind, hall = DEVICES[name]
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    device = devices.enrol(session, kind, name, made[hall].id, public, system_clock())
    path = folder / f"{name}.json"
    _private(
        path, device_credentials(str(device.id), kind, name, hall, made[hall].steps, key, root)
    )
    return path


def _private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Refuse a second demo of this checkout."""
    import fcntl  # noqa: PLC0415

    postgres.make_home(home)
    with (home / "demo.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DemoError("a demo of this checkout is running already") from error
        yield


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder for a cluster of its own, removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="egate-demo-", dir="/tmp"))  # short socket path
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
