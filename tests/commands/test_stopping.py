"""``egate serve`` is told to end: streams end, an answer under way is given, nothing is cut off."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.gate import halls
from app.gate.models import HallSteps
from app.identity import devices, officers
from app.identity.models import DeviceKind, DeviceToken
from app.identity.permissions import Role
from app.kernel.clock import system_clock
from app.kernel.crypto import new_token, token_hash
from app.kernel.db import Database
from tests.gate.world import ASTRID
from tests.support.service import Service, service

STREAMS = 20
SECONDS = 5


@pytest.fixture
def served(database: Database, tmp_path: Path) -> Iterator[Service]:
    with service(database, tmp_path / "serve.log", EGATE_POOL="4") as made:
        yield made


def kiosk(database: Database) -> dict[str, str]:
    now, token = system_clock(), new_token()
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with database.transaction() as session:
        hall = halls.create_hall(
            session, "NRT", "Hall A", HallSteps.TWO, now, halls.WITHOUT_READERS
        )
        device = devices.enrol(session, DeviceKind.KIOSK, "kiosk-1", hall.id, key, now)
        session.add(DeviceToken(device_id=device.id, token_hash=token_hash(token), assertion_id="t",
                                expires_at=now + devices.TOKEN_LIFE))  # fmt: skip
    return {"Authorization": f"Bearer {token}"}


def officer(database: Database) -> dict[str, str]:
    now = system_clock()
    with database.transaction() as session:
        made = officers.create_officer(session, "aoyama", "A", [Role.SENIOR], "NRT", now)
        token = officers.sign_in(session, officers.issue_code(session, made.id, now), now)
    return {"Cookie": f"egate={token}"}


def waits_for(database: Database, session: sa.orm.Session) -> None:
    """Until the program waits for what this session holds."""
    waiting = sa.text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )
    turn = threading.Event()
    for _ in range(2000):
        if session.scalar(waiting):
            return
        turn.wait(0.01)
    raise AssertionError("nobody waits")


def test_streams_end_and_the_presentation_under_way_gets_its_answer(
    database: Database, served: Service
) -> None:
    device, who = kiosk(database), officer(database)
    answers: list[httpx2.Response] = []

    def present() -> None:
        body = {"mrz": ASTRID.mrz, "credential": None, "readings": {}}
        answers.append(
            httpx2.post(served.url + "/api/v1/presentations", json=body, headers=device, timeout=30)
        )

    with ExitStack() as stack:
        client = stack.enter_context(httpx2.Client(base_url=served.url, headers=who, timeout=30))
        streams = [
            stack.enter_context(client.stream("GET", "/api/v1/events")) for _ in range(STREAMS)
        ]
        lines = [one.iter_lines() for one in streams]
        assert [next(one) for one in lines] == ["retry: 1000"] * STREAMS
        thread = threading.Thread(target=present)
        with database.transaction() as session:
            session.execute(sa.text("lock table presentation in access exclusive mode"))
            thread.start()
            waits_for(database, session)
            served.process.send_signal(signal.SIGTERM)
            for one in lines:  # each ends as a stream ends, not by a broken line
                assert not [line for line in one if line.startswith("event: reset")]
            assert not answers
        thread.join()
        assert served.process.wait(timeout=SECONDS) == 0
    assert [one.status_code for one in answers] == [201]


def test_a_program_that_serves_nobody_ends_at_once_and_well(served: Service) -> None:
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=SECONDS) == 0
