"""Every block of the guide to the API is run, in its order, as whoever reads it would run it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.commands.people import device_credentials
from app.gate.case import HallSteps
from app.identity import devices, senders
from app.identity.models import DeviceKind
from app.identity.permissions import Role
from app.kernel.clock import SettableClock
from app.kernel.http import Kernel
from app.travel.models import Passenger
from app.travel.shown import Zone, note_passport
from kiosk_sim.airline import passenger_list
from tests.e2e.conftest import Server, server, worker
from tests.support.airport import Airport, Guest, guest, http_client, landed_ago

__all__ = ["server", "worker"]

GUIDE = Path(__file__).parents[2] / "docs" / "api-guide.md"
BLOCKS = re.findall(r"^```(\w+) ?(\w*)\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
PARTS = ("airline", "airport", "officer", "kiosk", "events")


def test_every_block_belongs_to_a_part() -> None:
    assert {part for _, part, _ in BLOCKS} == set(PARTS)
    assert {language for language, _, _ in BLOCKS} == {"bash", "python"}


@pytest.fixture
def airport(server: Server, worker: Any, kernel: Kernel, clock: SettableClock) -> Iterator[Airport]:
    """A flight with two travellers; one has declared."""
    del worker
    clock.now = datetime.now(UTC)
    with http_client(server.address) as http:
        yield Airport(http, kernel)


def run(part: str, folder: Path, address: str, token: str, **more: str) -> str:
    """The blocks of a part: shell and Python each as one script, as they follow each other; what they say."""
    environment, said = {**os.environ, "EGATE": address, "TOKEN": token, **more}, ""
    for language, start in (("bash", ["bash", "-euo", "pipefail"]), ("python", [sys.executable])):
        script = "\n".join(text for kind, of, text in BLOCKS if (kind, of) == (language, part))
        if script:
            done = subprocess.run(
                [*start, "-c", script], cwd=folder, env=environment, capture_output=True, text=True,
                timeout=120, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            said += done.stdout
    return said


def rectify(kernel: Kernel, traveller: Guest) -> UUID:
    """Have the traveller's given names put right to `ASTRID MAY`; the passenger."""
    passport = traveller.passport
    zone = Zone(
        passport.surname, "ASTRID MAY", passport.birth_date, passport.sex, passport.nationality,
        passport.number, passport.issued_by, passport.expires_on,
    )  # fmt: skip
    with kernel.database.transaction() as session:
        passenger = session.scalars(
            sa.select(Passenger.id).where(Passenger.given_names == passport.given_names)
        ).one()
        assert note_passport(session, passenger, zone, uuid4())
    return passenger


def test_the_guide_does_what_it_says(
    airport: Airport, server: Server, kernel: Kernel, tmp_path: Path
) -> None:
    one, sector = guest("LINDQVIST", "ASTRID MAJ", "12A"), airport.sector(101, landed_ago(-60))
    airport.declare(one, sector)
    airport.announce(sector, [one])
    (tmp_path / "list.edi").write_bytes(
        passenger_list(sector, [one.trip], "A99999", kernel.clock().replace(tzinfo=None)).encode()
    )
    (tmp_path / "traveller.json").write_text(
        json.dumps({"code": one.code, "mrz": one.passport.mrz})
    )
    key = Ed25519PrivateKey.generate()
    with kernel.database.transaction() as session:
        now = kernel.clock()
        _, airline = senders.create_sender(session, "Example Air", ["XX", "ZZ"], "NRT", now)
        _, system = senders.create_sender(session, "System", [], "NRT", now, sets_flights=True)
        kiosk = devices.enrol(
            session, DeviceKind.KIOSK, "guide", next(iter(airport.halls.values())),
            key.public_key().public_bytes_raw(), now,
        )  # fmt: skip
        told = device_credentials(str(kiosk.id), "kiosk", "guide", "Hall", HallSteps.TWO, key)
    (tmp_path / "device.json").write_text(told)
    cookie = airport.cookie_for("guide", "Officer", Role.GATE_OFFICER)
    tokens = {
        "airline": airline, "airport": system, "officer": cookie, "kiosk": "", "events": system,
    }  # fmt: skip
    told = {}
    for part in PARTS:
        more = {"PASSENGER": str(rectify(kernel, one))} if part == "officer" else {}
        told[part] = run(part, tmp_path, server.address, tokens[part], **more)
    assert told["officer"] == "sent: ASTRID MAJ holds: ASTRID MAY\n"
