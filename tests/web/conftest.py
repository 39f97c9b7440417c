"""An airport behind the pages, and officers who look at them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.identity.permissions import Role
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.travel.models import Passenger
from tests.support.airport import CASH, Airport, Guest, guest, landed_ago
from tests.support.scenes import Scenes


@dataclass
class Looker:
    """A browser without scripts, signed in as somebody."""

    client: TestClient
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Cookie": f"egate={self.token}", "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html",
        }  # fmt: skip

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=self.headers | headers, follow_redirects=False)

    def post(self, path: str, form: Any = None, **headers: str) -> Any:
        return self.client.post(
            path, data=form or {}, headers=self.headers | headers, follow_redirects=False
        )

    def page(self, path: str) -> str:
        found = self.get(path)
        assert found.status_code == 200, found.text
        return str(found.text)


@pytest.fixture
def airport(client: TestClient, kernel: Kernel, scenes: Scenes) -> Airport:
    opened = scenes.enter("airport", lambda: Airport(client, kernel).opened)
    return Airport(client, kernel, opened=opened)


@pytest.fixture
def look(client: TestClient, airport: Airport) -> Callable[..., Looker]:
    """``look(Role.X)``: a browser of somebody with that role."""

    def make(role: Role = Role.SENIOR, login: str = "", name: str = "") -> Looker:
        token = airport.cookie_for(login or str(role), name or f"Officer {role}", role)
        client.cookies.clear()
        return Looker(client, token)

    return make


@dataclass
class Hall:
    """XX 101 has landed: Astrid is on the watch list, Olga paid in cash, Nils declared goods."""

    airport: Airport
    people: dict[str, Guest]

    def passenger(self, name: str) -> UUID:
        surname = self.people[name].passport.surname
        with self.airport.kernel.database.read() as session:
            query = sa.select(Passenger.id).where(Passenger.surname == surname)
            return session.scalars(query).one()

    def refer(self, name: str) -> str:
        """Up to the lane and sent to an officer; the referral's id."""
        one = self.people[name]
        self.airport.present("kiosk", one)
        answer = self.airport.present("lane", one)
        assert answer["answer"] == "refer", answer
        return self.newest()

    def hold(self, name: str) -> str:
        """Held at the one-step gate; the referral's id."""
        answer = self.airport.present("gate", self.people[name])
        assert answer["answer"] == "hold", answer
        return self.newest()

    def newest(self) -> str:
        with self.airport.kernel.database.read() as session:
            query = "select id from referral order by id desc limit 1"
            return str(session.execute(sa.text(query)).scalar_one())


@pytest.fixture
def hall(airport: Airport, scenes: Scenes) -> Hall:
    people, airport.sent = scenes.enter("hall", lambda: _landed(airport), on="airport")
    return Hall(airport, people)


def _landed(airport: Airport) -> tuple[dict[str, Guest], int]:
    people = {
        "astrid": guest("LINDQVIST", "ASTRID MAJ", "12A"),
        "olga": guest("HERRERA", "OLGA", "14C", "ESP", **CASH),
        "nils": guest("BERGSTROM", "NILS", "15D"),
        "elsa": guest("BERGSTROMSON", "ELSA", "15E", locator="BERGST"),
        "quiet": guest("QUILLFEATHER", "MAREN", "16A"),
    }
    airport.look_out_for(people["astrid"])
    sector = airport.sector(101, landed_ago(20))
    for one in people.values():
        airport.declare(one, sector, ("over_allowance",) if one is people["nils"] else ())
    airport.announce(sector, list(people.values()))
    airport.settle()
    return people, airport.sent


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL statements that run while a test does."""
    told: list[str] = []

    def note(conn: object, cursor: object, statement: str, *_: object) -> None:
        if " event" not in statement and "'epoch'" not in statement:  # the feed's own poll
            told.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield told
    sa.event.remove(database.engine, "before_cursor_execute", note)


def field(page: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found.group(1)


def soon() -> timedelta:
    return timedelta(hours=2)
