"""The installation around the program: backups, disks, rates, addresses, and what a demo left behind."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from app.config import Settings
from app.declarations import exchange
from app.doctor.finding import Finding, Probe, by_age, fail, ok, warn
from app.gate.case import Policy, read_policy
from app.gate.models import Hall
from app.identity.models import Device, Officer, Sender
from app.operations.backup import list_backups
from app.runtime import backup_folder, kept_days, snapshot_folder, state_home

BACKUPS: Final = (timedelta(hours=26), timedelta(days=7))
SPACE_WARN, SPACE_FAIL = 0.10, 0.03
DEMO_LOGINS: Final = (
    "gate",
    "senior",
    "targeter",
    "custodian",
    "rules",
    "legal",
    "admin",
    "audit",
    "desk",
    "visitor",
)


def check_backups(settings: Settings, now: datetime) -> Iterator[Finding]:
    """A young backup is there, each can be read, none is past the clock of what is in it."""
    folder = backup_folder(settings)
    if folder is None:
        yield warn(
            "backup.last", "EGATE_BACKUPS names no folder: whether there is a backup is not known here",
            "name the folder, and have egate backup run every day",
        )  # fmt: skip
        return
    found = list_backups(folder)
    made = [one.manifest.made_at for one in found if one.manifest]
    if not made:
        yield fail("backup.last", f"there is no backup in {folder}", "egate backup, every day")
    else:
        yield by_age(
            "backup.last",
            "the last backup was made",
            now - max(made),
            BACKUPS,
            "egate backup, every day",
        )
    if unreadable := [one.path.name for one in found if one.manifest is None]:
        yield warn(
            "backup.readable", f"no backups: {', '.join(unreadable)}", f"remove them from {folder}"
        )
    kept = timedelta(days=kept_days(settings).backup)
    if old := sum(at < now - kept for at in made):
        yield fail(
            "backup.clock", f"{old} backups are older than {kept.days} days, the shortest clock of what is in them",
            "egate backup expire; egate work does it hourly where it has the folder",
        )  # fmt: skip


def check_space(settings: Settings) -> Iterator[Finding]:
    """Room on the disks that the program writes to."""
    folders = {
        "state": state_home(settings),
        "snapshots": snapshot_folder(settings),
        "backups": backup_folder(settings),
    }
    for name, folder in folders.items():
        if folder is None or not folder.is_dir():
            continue
        usage = shutil.disk_usage(folder)
        share = usage.free / usage.total
        said = f"{usage.free / 1e9:.1f} GB free at {folder}"
        if share >= SPACE_WARN:
            yield ok(f"disk.{name}", said)
        else:
            level = warn if share >= SPACE_FAIL else fail
            yield level(
                f"disk.{name}",
                said,
                "make room: a full disk stops the database, and with it every gate",
            )


def check_rates(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Customs' weekly rates serve today."""
    if settings.exchange_rates is None:
        yield warn(
            "rates",
            "there are no exchange rates: prices in other money are in no estimate",
            "EGATE_EXCHANGE_RATES",
        )
        return
    exchange.use(settings.exchange_rates)
    rates = exchange.current()
    if rates is None or not rates.weeks:
        yield fail(
            "rates",
            "the file of exchange rates cannot be used",
            f"egate exchange check {settings.exchange_rates}",
        )
        return
    last = rates.weeks[-1].last
    if last < now.date():
        yield warn(
            "rates",
            f"the newest exchange rates ended on {last}",
            "put this week's rates into the file",
        )
    else:
        yield ok("rates", f"exchange rates until {last}")


def check_addresses(settings: Settings) -> Iterator[Finding]:
    """Browsers come by https; what is for trials only is off then."""
    host = urlsplit(settings.public_url).hostname or ""
    if not settings.secure_cookies:
        if _is_loopback(host):
            yield warn(
                "web.https",
                "browsers come by http, from this machine alone: a trial",
                "EGATE_PUBLIC_URL=https://… behind a proxy with TLS",
            )
        else:
            yield fail(
                "web.https",
                "browsers come by http: cookies and passports travel in the open",
                "EGATE_PUBLIC_URL=https://… behind a proxy with TLS",
            )
        return
    yield ok("web.https", f"browsers come by https to {host}; cookies are Secure and __Host-")
    for name, is_on, said in (
        ("web.proxies", not settings.trusted_proxies, "no proxy is named: all callers have one address, and one limit (EGATE_TRUSTED_PROXIES)"),
        ("web.plain-declarations", settings.plain_declarations, "declarations that are not sealed are taken (EGATE_PLAIN_DECLARATIONS)"),
        ("web.api-docs", settings.serves_api_docs, "the description of the API is served (EGATE_API_DOCS)"),
        ("web.passwords", settings.password_sign_in, "officers may sign in by password (EGATE_PASSWORD_SIGN_IN)"),
    ):  # fmt: skip
        if is_on:
            yield warn(name, said, "docs/operations.md, Settings")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_leftovers(probe: Probe) -> Iterator[Finding]:
    """Officers, senders, devices and a root of the demo; halls that look less than they should."""
    count = sa.select(sa.func.count())
    found = {
        "officers": count.select_from(Officer).where(Officer.login.in_(DEMO_LOGINS), Officer.disabled_at.is_(None)),
        "senders": count.select_from(Sender).where(Sender.name.regexp_match("^(demo|example) "), Sender.disabled_at.is_(None)),
        "devices": count.select_from(Device).where(Device.name.regexp_match("^[a-z]+-1 [0-9]{8}-"), Device.disabled_at.is_(None)),
    }  # fmt: skip
    left = [f"{n} {what}" for what, query in found.items() if (n := probe.session.scalar(query))]
    if _root_beside(state_home(probe.settings)):
        left.append("the private key of a root")
    if left:
        yield warn(
            "demo", f"the demo left {', '.join(left)}",
            "take a new database for real travellers, or shut them out (console: Officers, Senders, Devices) and remove the folder demo",
        )  # fmt: skip
    else:
        yield ok("demo", "nothing of the demo is here")
    loose = [
        hall.name for hall in probe.session.scalars(sa.select(Hall).order_by(Hall.name)) if _is_loose(read_policy(hall.policy))
    ]  # fmt: skip
    if loose:
        yield warn(
            "halls.policy", f"less than the strict policy: {', '.join(loose)}",
            "egate hall NAME --policy FILE: chip_required, face_required, plain_egd1_allowed",
        )  # fmt: skip
    else:
        yield ok("halls.policy", "every hall asks for chip and face")


def _root_beside(home: Path) -> bool:
    return (home / "demo" / "root.pem").exists()


def _is_loose(policy: Policy) -> bool:
    return not policy.chip_required or not policy.face_required or policy.plain_egd1_allowed


CHECKS = (check_leftovers,)
