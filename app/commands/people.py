"""Officers, senders, halls and devices, from the command line."""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM
from app.config import Settings
from app.gate import halls, machines
from app.gate.models import HallSteps
from app.gate.places import find_place
from app.identity import devices, officers, sender_tokens, senders
from app.identity.enrolment import Wanted
from app.identity.grants import Grant, GrantedAlreadyError, give
from app.identity.models import DeviceKind, Officer, Sender
from app.identity.oidc import links
from app.identity.people import add_person
from app.identity.permissions import Role
from app.identity.scopes import Scope
from app.identity.senders import SenderChange
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.errors import NotFoundError, SetupError
from app.kernel.ids import uuid7
from app.messages import sandbox
from app.messages.certification import Outcome
from app.runtime import open_runtime
from risk_rules.score import Purpose


def create_user(
    login: str,
    name: str,
    roles: Sequence[str],
    places: Sequence[str] = (),
    purposes: Sequence[str] = (),
    accounts: Sequence[str] = (),
) -> int:
    """``egate user``: an officer, or a new code and further roles for one who is there. No ``places``: the whole site;
    no ``purposes``: all. ``accounts`` (provider=subject) become his.
    """
    pairs = [_account(one) for one in accounts]
    site, now = Settings().site, system_clock()
    of = _purposes(purposes)
    with _database() as database, database.transaction() as session:
        officer = officers.find_officer(session, login) or session.get_one(
            Officer, add_person(session, SYSTEM, site, login, name or login, now)
        )
        for role in roles:
            for written in places or ("",):
                place = find_place(session, officer.site, written)
                with suppress(GrantedAlreadyError):  # it was asked for a code, with the same words
                    give(session, SYSTEM, officer.id, Grant(Role(role), place, of), now)
        for provider, subject in pairs:
            links.link(session, SYSTEM, officer.id, provider, subject, now)
        print(officers.issue_code(session, officer.id, now))
    return 0


def _purposes(given: Sequence[str]) -> frozenset[str] | None:
    unknown = set(given) - set(Purpose)
    if unknown:
        raise SetupError(f"purposes are {', '.join(Purpose)}")
    return frozenset(given) or None


def _account(text: str) -> tuple[str, str]:
    provider, _, subject = text.partition("=")
    if not provider or not subject:
        raise SetupError("--link needs PROVIDER=SUBJECT")
    return provider, subject


@contextmanager
def _database() -> Iterator[Database]:
    database = open_runtime(Settings()).database("cli")
    try:
        yield database
    finally:
        database.dispose()


def put_sender(name: str, carriers: Sequence[str], change: SenderChange) -> int:
    """``egate sender``: a new sender (its token is printed), or other settings for one that is there."""
    site, now = Settings().site, system_clock()
    with _database() as database, database.transaction() as session:
        sender = senders.sender_by_name(session, name)
        if sender is None:
            if not carriers and not change.sets_flights:
                raise SetupError(
                    "a new sender needs --carrier, or --flights for an airport's system"
                )
            sender, token = senders.create_sender(
                session, name, carriers, site, now, sets_flights=bool(change.sets_flights)
            )
            print(token)
        elif carriers:
            raise SetupError("this sender is there; its carriers are not changed here")
        if change != SenderChange():
            senders.change_sender(session, SYSTEM, sender.id, change, now)
    return 0


def sender_token(name: str, scopes: Sequence[str], days: int) -> int:
    """``egate sender token``: another token for a sender; it is printed. Those that it has stay good."""
    with _database() as database, database.transaction() as session:
        sender, now = _sender(session, name), system_clock()
        wanted = {Scope(one) for one in scopes}
        _, text = sender_tokens.make_token(
            session, SYSTEM, sender.id, wanted, now, timedelta(days=days)
        )
        print(text)
    return 0


def list_sender_tokens(name: str) -> int:
    """``egate sender tokens``: a sender's live tokens, a line of JSON each; never the text."""
    with _database() as database, database.read() as session:
        for one in sender_tokens.live_tokens(session, _sender(session, name).id, system_clock()):
            shown = {
                "id": str(one.id), "scopes": one.scopes, "made": one.created_at,
                "ends": one.expires_at, "used": one.used_at,
            }  # fmt: skip
            print(json.dumps(shown, default=_plain))
    return 0


def revoke_sender_token(name: str, token_id: UUID) -> int:
    """``egate sender revoke``: a token is good for nothing more, at once."""
    with _database() as database, database.transaction() as session:
        sender = _sender(session, name)
        sender_tokens.revoke_token(session, SYSTEM, sender.id, token_id, system_clock())
    return 0


def _sender(session: Session, name: str) -> Sender:
    sender = senders.sender_by_name(session, name)
    if sender is None:
        raise senders.UnknownSenderError
    return sender


def sandbox_report(name: str) -> int:
    """``egate sandbox``: the certification report of a sender as JSON; exit code 1 until it has passed."""
    with _database() as database, database.read() as session:
        report = sandbox.report(session, _sender(session, name).id, system_clock())
    print(json.dumps(asdict(report), indent=2, default=_plain))
    return 0 if report.outcome is Outcome.PASSED else 1


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def put_hall(name: str, steps: str, policy: Path | None, terminal: str | None = None) -> int:
    """``egate hall``: a new hall, or another policy or terminal for one that is there."""
    settings, now = Settings(), system_clock()
    content = _read_policy(policy) if policy else halls.STRICT
    with _database() as database, database.transaction() as session:
        hall = halls.find_hall(session, name)
        if hall is None:
            hall = halls.create_hall(session, settings.site, name, HallSteps(steps), now, content)
        elif policy:
            halls.set_policy(session, SYSTEM, hall.site, hall.id, content, now)
        if terminal is not None:
            halls.set_terminal(session, SYSTEM, hall, terminal, now)
        print(hall.id)
    return 0


def _read_policy(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SetupError(f"{path} is no JSON file: {type(error).__name__}") from error
    if not isinstance(content, dict):
        raise SetupError(f"{path} holds no JSON object")
    return content


CODE = "code"


def enrol_device(
    words: Sequence[str], kind: str, hall: str, out: Path | None, *, assisted: bool
) -> int:
    """``egate device code NAME``: print a one-time code. ``egate device NAME``: make a key here, enrol its public
    part, write the credentials for the agent.
    """
    if len(words) == 2 and words[0] == CODE and out is None:
        return _print_code(Wanted(words[1], DeviceKind(kind), uuid7(), assisted), hall)
    if len(words) != 1 or out is None:
        raise SetupError("either `device code NAME`, or `device NAME --out FILE`")
    return _enrol_here(words[0], kind, hall, out, assisted=assisted)


def _print_code(wanted: Wanted, hall: str) -> int:
    with _database() as database, database.transaction() as session:
        found = halls.find_hall(session, hall)
        if found is None:
            raise NotFoundError("no hall of this name")
        wanted = replace(wanted, hall_id=found.id)
        print(machines.make_code(session, SYSTEM, found.site, wanted, system_clock()))
    return 0


def _enrol_here(name: str, kind: str, hall: str, out: Path, *, assisted: bool) -> int:
    settings = Settings()
    key = Ed25519PrivateKey.generate()
    with _database() as database, database.transaction() as session:
        found = halls.find_hall(session, hall)
        if found is None:
            raise NotFoundError("no hall of this name")
        device = devices.enrol(
            session, DeviceKind(kind), name, found.id, key.public_key().public_bytes_raw(),
            system_clock(),
        )  # fmt: skip
        device.assisted = assisted
        content = device_credentials(
            str(device.id), kind, name, found.name, found.steps, key, settings.trust_root,
            assisted=assisted,
        )  # fmt: skip
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(content)
    return 0


def device_credentials(
    device_id: str,
    kind: str,
    name: str,
    hall: str,
    steps: str,
    key: Ed25519PrivateKey,
    root: str = "",
    *,
    assisted: bool = False,
) -> str:
    """The JSON file that a kiosk or lane agent starts with; ``root`` is EGATE_TRUST_ROOT."""
    return json.dumps(
        {
            "device": device_id,
            "kind": kind,
            "name": name,
            "hall": hall,
            "steps": str(steps),
            "key": base64.urlsafe_b64encode(key.private_bytes_raw()).decode(),
            "root": root,
            "assisted": assisted,
        }
    )
