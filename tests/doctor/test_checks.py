"""``egate doctor``: each check sees what it is there for, and says what to do."""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from app.audit.log import SYSTEM, record
from app.audit.sealing import seal
from app.cli import main
from app.commands.keys import certified, key_line
from app.config import Settings
from app.declarations import keys
from app.doctor import database as of_database
from app.doctor import installation, running, secrets
from app.doctor.examine import examine, worst
from app.doctor.finding import Finding, Level, Probe, spoken
from app.formats.credential import point
from app.gate import halls
from app.gate.models import HallSteps
from app.identity.models import DeviceHealth, DeviceKind
from app.identity.officers import create_officer
from app.identity.permissions import Role
from app.identity.senders import create_sender
from app.kernel import postgres
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.messages.models import Message, MessageStatus
from app.operations.manifest import Manifest, Trail
from app.retention.models import RetentionRun
from app.travel.touch import touch
from tests.conftest import SECRET
from tests.declarations.forms import add_flight, add_passenger
from tests.support import NOW

VAULT = Vault(SECRET)
Seen = dict[str, tuple[str, str]]


def seen(findings: Iterable[Finding]) -> Seen:
    """Level and words by check; whatever is not well says what to do."""
    found = list(findings)
    assert all(one.do for one in found if one.level is not Level.OK)
    return {one.check: (str(one.level), one.says) for one in found}


def look(
    database: Database, check: Callable[[Probe], Iterable[Finding]], *, vault: Vault = VAULT,
    now: datetime = NOW, **settings: Any,
) -> Seen:  # fmt: skip
    with database.read() as session:
        return seen(check(Probe(Settings(**settings), session, vault, now)))


class Answers:
    """A session that says one thing whatever it is asked."""

    def __init__(self, says: Any) -> None:
        self.says = says

    def scalar(self, *_: Any) -> Any:
        return self.says


def told(check: Callable[[Probe], Iterable[Finding]], says: Any) -> Seen:
    return seen(check(Probe(Settings(), cast("Any", Answers(says)), VAULT, NOW)))


# ---------------------------------------------------------------- database


def test_a_server_that_is_too_old_is_told(database: Database) -> None:
    assert told(of_database.check_version, "150004")["database.version"] == (
        "fail",
        "PostgreSQL 15",
    )
    assert look(database, of_database.check_version)["database.version"][0] == "ok"


def test_who_owns_the_tables_should_not_run_the_program(
    cluster: postgres.Cluster, database: Database
) -> None:
    assert look(database, of_database.check_role)["database.role"] == (
        "ok",
        "the program signs in as egate_app",
    )
    owner = Database(cluster.url(postgres.OWNER, database.engine.url.database or ""))
    assert look(owner, of_database.check_role)["database.role"][0] == "warn"
    owner.dispose()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("grant update on audit_entry to egate_app", "may change audit_entry (update)"),
        ("grant truncate on rule_event to egate_app", "may change rule_event (truncate)"),
        ("alter table audit_leaf disable trigger audit_leaf_append_only", "is off at audit_leaf"),
        ("drop trigger audit_node_append_only on audit_node", "is off at audit_node"),
    ],
)
def test_a_trail_that_can_be_changed_is_told(
    cluster: postgres.Cluster, database: Database, harm: str, words: str
) -> None:
    assert look(database, of_database.check_append_only)["database.append-only"][0] == "ok"
    engine = sa.create_engine(cluster.url(postgres.OWNER, database.engine.url.database or ""))
    with sa.orm.Session(engine) as session:  # never committed
        session.execute(sa.text(harm))
        found = seen(of_database.check_append_only(Probe(Settings(), session, VAULT, NOW)))
    engine.dispose()
    level, said = found["database.append-only"]
    assert level == "fail"
    assert words in said


def test_a_schema_that_is_behind_or_ahead_is_told(database: Database) -> None:
    assert look(database, of_database.check_schema)["database.schema"][0] == "ok"
    for version, words in (("0044", "the program's is"), ("9999", "of a newer program")):
        level, said = told(of_database.check_schema, version)["database.schema"]
        assert level == "fail"
        assert words in said


@pytest.mark.parametrize(("seconds", "level"), [(1, "ok"), (-10, "warn"), (40, "fail")])
def test_clocks_apart_are_told(seconds: int, level: str) -> None:
    assert told(of_database.check_clock, NOW + timedelta(seconds=seconds))["clock"][0] == level


# ---------------------------------------------------------------- secrets


def test_another_secret_than_the_one_that_sealed_is_told(database: Database) -> None:
    assert look(database, secrets.check_secret)["keys.secret"] == ("warn", "nothing is sealed yet")
    with database.transaction() as session:
        keys.ensure_keys(session, VAULT, NOW)
    assert look(database, secrets.check_secret)["keys.secret"] == ("ok", "3 sealed keys open")
    stranger = look(database, secrets.check_secret, vault=Vault(bytes(32)))
    assert stranger["keys.secret"] == ("fail", "3 of 3 sealed keys do not open")


def test_keys_that_are_missing_old_or_not_certified_are_told(database: Database) -> None:
    assert look(database, secrets.check_authority)["keys.authority"] == (
        "fail",
        "no key for decrypt, list, sign",
    )
    with database.transaction() as session:
        keys.ensure_keys(session, VAULT, NOW)
    assert look(database, secrets.check_authority)["keys.root"][0] == "warn"  # there is no root
    root = ec.generate_private_key(ec.SECP256R1())
    named = {"trust_root": point(root.public_key()).hex()}
    assert look(database, secrets.check_authority, **named)["keys.root"][0] == "fail"
    with database.transaction() as session:
        lines = [key_line(key, state) for key, state in keys.all_keys(session, NOW)]
        for line in certified(lines, root, NOW, days=180):
            keys.publish_key(
                session, SYSTEM, bytes.fromhex(line["certificate"]), root.public_key(), NOW
            )
    assert look(database, secrets.check_authority, **named)["keys.root"][0] == "ok"
    later = look(database, secrets.check_authority, now=NOW + timedelta(days=170), **named)
    assert later["keys.root"][0] == "warn"
    assert look(database, secrets.check_ages)["keys.age"][0] == "ok"
    assert look(database, secrets.check_ages, now=NOW + timedelta(days=91))["keys.age"][0] == "warn"


def test_secrets_that_others_may_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keyring.json"
    path.write_text("{}")
    settings = Settings(keyring=path, state=tmp_path)
    for mode, level in ((0o600, "ok"), (0o640, "ok"), (0o644, "fail"), (0o660, "fail")):
        path.chmod(mode)
        assert seen(secrets.check_files(settings))["files.secrets"][0] == level
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())
    there = seen(
        secrets.check_files(Settings(public_url="https://gate.example.org", state=tmp_path))
    )
    assert there["files.environment"][0] == "warn"


# ---------------------------------------------------------------- what goes on


def test_nobody_at_work_is_told(database: Database) -> None:
    found = look(database, running.check_running)
    assert (found["workers"][0], found["server"][0]) == ("fail", "warn")
    worker = Database(database.engine.url.render_as_string(hide_password=False), name="egate-work")
    with worker.read() as session:
        session.execute(sa.text("select 1"))
        assert look(database, running.check_running)["workers"] == (
            "ok",
            "workers hold 1 connections",
        )
    worker.dispose()


@pytest.mark.parametrize(("minutes", "level"), [(0, "ok"), (5, "warn"), (11, "fail")])
def test_messages_that_wait_are_told(database: Database, minutes: int, level: str) -> None:
    with database.transaction() as session:
        sender, _ = create_sender(session, "XX", ["XX"], "NRT", NOW)
        session.add(
            Message(sender_id=sender.id, site="NRT", digest=b"", size=1, raw=b"", status=MessageStatus.RECEIVED,
                    created_at=NOW - timedelta(minutes=minutes))
        )  # fmt: skip
    assert look(database, running.check_running)["queue.messages"][0] == level


def test_many_who_wait_to_be_screened_are_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(database, running.check_running)["queue.passengers"][0] == "ok"
    monkeypatch.setattr(running, "MANY_PASSENGERS", 0)
    with database.transaction() as session:
        touch(session, [add_passenger(session, add_flight(session))])
    assert look(database, running.check_running)["queue.passengers"] == (
        "warn",
        "1 passengers wait to be screened",
    )


def test_a_trail_that_is_not_sealed_is_told(database: Database) -> None:
    assert look(database, running.check_running)["trail.sealed"][0] == "warn"
    with database.transaction() as session:
        record(session, SYSTEM, "case.closed", "case", None, NOW)
        seal(session, VAULT, NOW)
    found = look(database, running.check_running, now=NOW + timedelta(seconds=5))
    assert (found["trail.sealed"], found["queue.unsealed"]) == (
        ("ok", "last checkpoint 5 s ago"),
        ("ok", "nothing waits"),
    )
    with database.transaction() as session:
        record(session, SYSTEM, "case.closed", "case", None, NOW + timedelta(seconds=1))
    found = look(database, running.check_running, now=NOW + timedelta(hours=1))
    assert found["queue.unsealed"] == ("fail", "1 wait, the oldest came 59 min ago")


def test_a_retention_job_that_stopped_or_failed_is_told(database: Database) -> None:
    assert look(database, running.check_running)["retention.run"][0] == "warn"
    with database.transaction() as session:
        session.add(
            RetentionRun(
                profile="p",
                digest="",
                started_at=NOW,
                finished_at=NOW,
                place=0,
                counts={},
                failed=["hit.go"],
            )
        )
    found = look(database, running.check_running)
    assert (found["retention.run"][0], found["retention.failed"][0]) == ("ok", "warn")
    for hours, level in ((13, "warn"), (49, "fail")):
        later = look(database, running.check_running, now=NOW + timedelta(hours=hours))
        assert later["retention.run"][0] == level


def test_devices_that_are_silent_or_go_by_an_old_list_are_told(database: Database) -> None:
    from app.identity.devices import enrol

    with database.transaction() as session:
        hall = halls.create_hall(session, "NRT", "Hall A", HallSteps.TWO, NOW)
        names = {}
        for number, name in enumerate(("kiosk-7", "lane-3")):
            device = enrol(session, DeviceKind.KIOSK, name, hall.id, bytes([number]) * 32, NOW)
            names[name] = DeviceHealth(
                device_id=device.id, seen_at=NOW, version="1", state="ready", tests={}, list_age=60
            )
            session.add(names[name])
    found = look(database, running.check_running)
    assert (found["devices.silent"][0], found["devices.trust-list"][0]) == ("ok", "ok")
    with database.transaction() as session:
        names["lane-3"].silent_since, names["kiosk-7"].list_age = NOW, 80_000
        for one in names.values():
            session.merge(one)
    found = look(database, running.check_running)
    assert found["devices.silent"] == ("warn", "1 of 2 devices are silent: lane-3")
    assert found["devices.trust-list"] == (
        "fail",
        "the oldest trust list of a device was made 22 h ago",
    )


# ---------------------------------------------------------------- around the program


def kept(folder: Path, made_at: datetime) -> None:
    path = folder / f"{made_at:%Y%m%dT%H%M%SZ}"
    path.mkdir()
    said = Manifest(made_at, "", "NRT", "0051", 18, 0, [], {}, Trail(0, "", ""), [], {})
    (path / "manifest.json").write_text(said.text())


def test_backups_that_are_missing_old_or_past_their_clock_are_told(tmp_path: Path) -> None:
    def backups(settings: Settings, now: datetime = NOW) -> Seen:
        return seen(installation.check_backups(settings, now))

    elsewhere = Settings(database_url=cast("Any", "postgresql://u:p@h/d"))
    assert backups(elsewhere)["backup.last"][0] == "warn"
    settings = Settings(backups=tmp_path)
    assert backups(settings)["backup.last"][0] == "fail"
    kept(tmp_path, NOW)
    assert backups(settings) == {"backup.last": ("ok", "the last backup was made 0 s ago")}
    assert backups(settings, NOW + timedelta(hours=30))["backup.last"][0] == "warn"
    found = backups(settings, NOW + timedelta(days=15))
    assert (found["backup.last"][0], found["backup.clock"][0]) == ("fail", "fail")
    (tmp_path / "half").mkdir()
    assert backups(settings)["backup.readable"] == ("warn", "no backups: half")


def test_a_disk_that_fills_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = installation.shutil.disk_usage(tmp_path)
    for free, level in ((50, "ok"), (9, "warn"), (2, "fail")):
        monkeypatch.setattr(
            installation.shutil, "disk_usage", lambda _, f=free: usage._replace(total=100, free=f)
        )
        found = seen(installation.check_space(Settings(state=tmp_path)))
        assert found["disk.state"][0] == level


def test_rates_that_are_missing_broken_or_old_are_told(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"

    def rates(**settings: Any) -> tuple[str, str]:
        return seen(installation.check_rates(Settings(**settings), NOW))["rates"]

    assert rates()[0] == "warn"
    path.write_text("{}")
    assert rates(exchange_rates=path)[0] == "fail"
    for last, level in (("2026-03-14", "ok"), ("2026-03-08", "warn")):
        week = {"from": "2026-03-02", "until": last, "rates": {"USD": "150.1"}}
        path.write_text(json.dumps({"base": "JPY", "source": "test", "weeks": [week]}))
        assert rates(exchange_rates=path)[0] == level


def test_what_is_for_trials_is_told_where_travellers_come() -> None:
    def addresses(**settings: Any) -> Seen:
        return seen(installation.check_addresses(Settings(**settings)))

    assert addresses()["web.https"][0] == "warn"
    assert addresses(public_url="http://gate.example.org")["web.https"][0] == "fail"
    safe = {"public_url": "https://gate.example.org", "trusted_proxies": "10.0.0.2"}
    assert {level for level, _ in addresses(**safe).values()} == {"ok"}
    loose = addresses(
        **safe | {"trusted_proxies": ""},
        plain_declarations=True,
        api_docs=True,
        password_sign_in=True,
    )
    assert {check for check, (level, _) in loose.items() if level == "warn"} == {
        "web.proxies", "web.plain-declarations", "web.api-docs", "web.passwords",
    }  # fmt: skip


def test_what_the_demo_left_and_halls_that_look_less_are_told(
    database: Database, tmp_path: Path
) -> None:
    clean = look(database, installation.check_leftovers, state=tmp_path)
    assert {level for level, _ in clean.values()} == {"ok"}
    with database.transaction() as session:
        create_officer(session, "gate", "K. Aoyama", [Role.GATE_OFFICER], "NRT", NOW)
        create_sender(session, "demo airline 20260310-1", ["XX"], "NRT", NOW)
        halls.create_hall(session, "NRT", "Hall A", HallSteps.TWO, NOW, halls.WITHOUT_READERS)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "root.pem").touch()
    found = look(database, installation.check_leftovers, state=tmp_path)
    assert found["demo"] == (
        "warn",
        "the demo left 1 officers, 1 senders, the private key of a root",
    )
    assert found["halls.policy"] == ("warn", "less than the strict policy: Hall A")


# ---------------------------------------------------------------- all of it


def test_the_worst_says_how_it_ends_and_nobody_is_named(
    database: Database, database_url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with database.transaction() as session:
        create_officer(session, "gate", "LINDQVIST", [Role.GATE_OFFICER], "NRT", NOW)
        add_passenger(session, add_flight(session))
    for name, value in (("DATABASE_URL", database_url), ("STATE", str(tmp_path)),
                        ("SECRET", base64.urlsafe_b64encode(SECRET).decode())):  # fmt: skip
        monkeypatch.setenv(f"EGATE_{name}", value)
    assert main(["doctor", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    levels = {one["check"]: one["level"] for one in said["findings"]}
    assert (said["level"], levels["database"], levels["workers"]) == ("fail", "ok", "fail")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "fail  workers: no worker is connected" in out
    assert "-> start egate work" in out
    assert not [
        word for word in ("LINDQVIST", "TESTER", "ASTRID", database_url, "SX4") if word in out
    ]


@pytest.mark.parametrize("url", ["postgresql://x:y@127.0.0.1:1/none", None])
def test_a_database_that_is_not_there_is_told_and_not_started(
    url: str | None, tmp_path: Path
) -> None:
    secret = cast("Any", base64.urlsafe_b64encode(SECRET).decode())
    found = examine(
        Settings(database_url=cast("Any", url), secret=secret, state=tmp_path), datetime.now(UTC)
    )
    assert seen(found)["database"][0] == "fail"
    assert worst(found) is Level.FAIL
    assert not (tmp_path / "data").exists()


def test_warnings_alone_end_well() -> None:
    finding = Finding("x", Level.WARN, "y", "z")
    assert worst([finding, replace(finding, level=Level.OK)]) is Level.WARN
    assert worst([]) is Level.OK
    assert [spoken(timedelta(seconds=n)) for n in (5, 150, 9000, 200_000)] == [
        "5 s ago",
        "2 min ago",
        "2 h ago",
        "2 d ago",
    ]
