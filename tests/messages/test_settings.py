"""Settings of messages reach what they configure, from the environment to what is stored."""

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.config import ConfigurationError, Settings
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.main import create_app
from app.messages.models import Message
from app.messages.receive import sealing_context
from app.runtime import make_kernel
from app.travel.models import Booking, Passenger
from app.work.worker import Worker
from tests.messages.airline import api, booking, person, push, traveller

REQUESTS = b"SSR+PETC:HK:1:ZZ'SSR+WCHR:HK:1:ZZ'SSR+VGML:HK:1:ZZ'"
REMARK = b"FTX+AAI+++PETC IN CABIN'FTX+AAI+++WCHR TO THE GATE'ATT+2"


def work(kernel: Kernel) -> None:
    """A worker's rounds, until nothing is left to do."""
    worker = Worker(kernel)
    while worker._turn():
        pass


@pytest.mark.parametrize(
    ("changes", "told", "hidden"),
    [("", ("PETC",), ("WCHR", "VGML")), ("+PETC -WCHR", ("WCHR",), ("PETC", "VGML"))],
)
def test_the_list_of_denied_requests_reaches_reader_and_stored_text(
    changes: str,
    told: tuple[str, ...],
    hidden: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    vault: Vault,
    clock: SettableClock,
    sender_headers: dict[str, str],
) -> None:
    monkeypatch.setenv("EGATE_SENSITIVE_SSR", changes)
    kernel = make_kernel(Settings(), database, vault, clock)
    bookings = push(booking(traveller())).replace(b"TIF+", REQUESTS + b"TIF+", 1)
    people = api(person()).replace(b"ATT+2", REMARK, 1)
    with TestClient(create_app(kernel)) as client:
        for raw in (bookings, people):
            posted = client.post("/api/v1/messages", content=raw, headers=sender_headers)
            assert posted.status_code == 202
    work(kernel)
    with database.read() as session:
        messages = session.scalars(sa.select(Message)).all()
        raws = [vault.open(one.raw or b"", sealing_context(one.id)) for one in messages]
        [record] = session.scalars(sa.select(Booking.record))
        people_known = [str(one) for one in session.scalars(sa.select(Passenger.api_data))]
    everything = b"".join(raws).decode() + str(record) + "".join(people_known)
    assert {one.status for one in messages} == {"applied"}
    assert all(word in everything and word in str(record) for word in told)
    assert not any(word in everything for word in hidden)


@pytest.mark.parametrize(("days", "kept"), [("3", False), ("5", True)])
def test_the_days_of_raw_texts_reach_the_worker(
    days: str,
    kept: bool,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    vault: Vault,
    clock: SettableClock,
    sender_headers: dict[str, str],
) -> None:
    monkeypatch.setenv("EGATE_RAW_DAYS", days)
    kernel = make_kernel(Settings(), database, vault, clock)
    with TestClient(create_app(kernel)) as client:
        client.post("/api/v1/messages", content=api(person()), headers=sender_headers)
    work(kernel)
    clock.advance(days=4)
    work(kernel)
    with database.read() as session:
        assert (session.scalars(sa.select(Message.raw)).one() is not None) is kept


def test_changes_of_the_list_that_cannot_be_read_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, database: Database, vault: Vault, clock: SettableClock
) -> None:
    monkeypatch.setenv("EGATE_SENSITIVE_SSR", "PETC")
    with pytest.raises(ConfigurationError, match="EGATE_SENSITIVE_SSR"):
        make_kernel(Settings(), database, vault, clock)
