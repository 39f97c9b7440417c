"""A hall with referrals in its queue, and officers at desks, for the tests of referrals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM, Actor, ActorKind
from app.gate import halls
from app.gate.models import HallSteps
from app.identity import officers
from app.identity.models import Officer
from app.identity.permissions import Role
from app.kernel.db import Database
from app.referrals import service
from app.referrals.kinds import ReferralKind, WhyNot
from tests.gate.world import ASTRID, Person, add_flight, add_passenger
from tests.support import NOW, WHY, problem_code

Headers = dict[str, str]
DONE: dict[str, Any] = {
    "steps": ["documents", "questions", "baggage-opened"],
    "findings": [{"kind": "nothing"}],
    "dispositions": [{"kind": "release"}],
}
"""An outcome that is complete."""
WAIVER = service.Waiver(WhyNot(WHY["why_not"]), WHY["note"])
"""Why an inspection that was due is left out."""


@dataclass
class Desk:
    """One hall of NRT, one flight; referrals are raised as the gate raises them."""

    client: TestClient
    database: Database
    clock: Callable[[], datetime]

    def __post_init__(self) -> None:
        with self.database.transaction() as session:
            self.hall = halls.create_hall(session, "NRT", "Hall", HallSteps.TWO, NOW).id
            self.flight = add_flight(session)

    def passenger(self, person: Person = ASTRID, **more: Any) -> UUID:
        with self.database.transaction() as session:
            return add_passenger(session, self.flight, person, **more)

    def put(
        self, kind: ReferralKind = ReferralKind.RISK, *reasons: str, site: str = "NRT",
        passenger: UUID | None = None, hall: UUID | None = None, **columns: Any,
    ) -> UUID:  # fmt: skip
        """Somebody (of nobody's list, where no ``passenger`` is given) in the queue."""
        with self.database.transaction() as session:
            made = service.raise_referral(
                session, SYSTEM, site=site, hall_id=hall or self.hall, kind=kind,
                reasons=reasons or ("risk-unreviewed",), passenger_id=passenger,
                presentation_id=None, now=self.clock(),
            )  # fmt: skip
            for name, value in columns.items():
                setattr(made, name, value)
            session.flush()
            return made.id

    def officer(self, name: str, role: Role = Role.GATE_OFFICER, site: str = "NRT") -> Headers:
        """Headers of somebody who has just signed in."""
        with self.database.transaction() as session:
            login = f"{name.lower()}-{uuid4().hex[:6]}"
            made = officers.create_officer(session, login, name, [role], site, NOW)
            code = officers.issue_code(session, made.id, NOW)
            token = officers.sign_in(session, code, self.clock())
        return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}

    def actor(self, name: str) -> Actor:
        """The same as an actor of the services."""
        with self.database.read() as session:
            found = session.scalars(sa.select(Officer.id).where(Officer.name == name)).one()
        return Actor(ActorKind.OFFICER, found)

    def post(
        self, who: Headers, referral: UUID | str, verb: str, body: Any = None, **more: str
    ) -> Any:
        if body is None:
            body = {"version": self.version(referral), **(WHY if verb == "release" else {})}
        url = f"/api/v1/referrals/{referral}/{verb}"
        return self.client.post(url, json=body, headers={**who, **more})

    def see(self, who: Headers, referral: UUID | str) -> dict[str, Any]:
        found = self.client.get(f"/api/v1/referrals/{referral}", headers=who)
        assert found.status_code == 200, found.text
        return dict(found.json())

    def queue(self, who: Headers, **query: Any) -> list[dict[str, Any]]:
        found = self.client.get("/api/v1/referrals", headers=who, params=query)
        assert found.status_code == 200, found.text
        return list(found.json()["referrals"])

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(sa.text(statement), values)]

    def version(self, referral: UUID | str) -> int:
        statement = "select version from referral where id = :id"
        return int(self.rows(statement, id=referral)[0][0])

    def steps(self, referral: UUID) -> list[str]:
        statement = "select kind from referral_event where referral_id = :id order by created_at"
        return [kind for (kind,) in self.rows(statement, id=referral)]


def refused(answer: Any) -> tuple[int, str]:
    """Status and code of a problem."""
    return answer.status_code, problem_code(answer.text)
