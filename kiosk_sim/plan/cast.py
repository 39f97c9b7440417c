"""The people of a plan as a real service must know them: on passenger lists and watch lists, with codes and passports."""

import base64
import random
import secrets
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.formats.barcode import Reader
from kiosk_sim.airline import Sector, Trip, booking_push, from_london, passenger_list
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.client import Credentials, Service
from kiosk_sim.hall import GOODS, LIST
from kiosk_sim.passport import Passport, invent
from kiosk_sim.plan.assumptions import PlanError
from kiosk_sim.plan.model import Steps
from kiosk_sim.plan.people import Party, Way
from kiosk_sim.states import AUTHORITIES, States
from kiosk_sim.world import NOTHING, Airline, Caller, Officer, Phone, declaration

SCREENED_WITHIN = 300.0
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(slots=True)
class Member:
    """Somebody of a party, with what is shown to devices."""

    passport: Passport
    document: Document


@dataclass(slots=True)
class Family:
    """A party that really is on a flight. ``picture`` of its code; None: it declares at the kiosk. ``presented``: what
    the service calls the presentations of it that are not done with.
    """

    sector: Sector
    members: list[Member]
    picture: bytes | None = None
    goods: bool = False
    presented: list[str] = field(default_factory=list)


class Site:
    """The service and all who speak to it, from the private file of ``egate seed``: devices, officers, airline."""

    def __init__(self, given: Mapping[str, Any], server: str, reader: Reader) -> None:
        folder = Path(given["states"])
        self.place: str = given["site"]
        self.reader = reader
        self.states, self.chips = States.load(folder), ChipReader.load(folder / AUTHORITIES)
        self.airline = Airline(server, given["sender_token"])
        self.phone = Phone(server)
        self.officers = {name: Officer(server, code) for name, code in given["codes"].items()}
        self.devices = [
            Service(server, Credentials.load(Path(path))) for path in given["devices"].values()
        ]

    def close(self) -> None:
        """Close all connections."""
        callers: list[Caller | Service] = [self.airline, self.phone]
        for one in [*callers, *self.officers.values(), *self.devices]:
            one.close()

    def device(self, kind: str, steps: Steps, key: str) -> Service:
        """One of the devices of that kind; the same party always comes to the same. Raises PlanError."""
        found = [one for one in self.devices if one.credentials.kind == kind
                 and one.credentials.steps == str(steps)]  # fmt: skip
        if not found:
            raise PlanError(f"no {kind} of a {steps} hall in the private file")
        return found[sum(key.encode()) % len(found)]


# --- before landing -------------------------------------------------------------------------------


class Cast:
    """The people of a plan as the service must know them: on passenger lists, on watch lists, with codes."""

    def __init__(self, site: Site, seed: int) -> None:
        self._site = site
        self._chance = random.Random(f"{seed}/{secrets.token_hex(4)}")  # noqa: S311  # invented, new each time
        self._now = datetime.now(UTC)
        self._number = self._chance.randrange(100, 9000)

    def bring(self, people: Sequence[Party]) -> dict[str, Family]:
        """Families by the keys of their parties, once the service has screened everybody. Raises TimeoutError."""
        by_flight: dict[str, list[Party]] = defaultdict(list)
        for party in people:
            by_flight[party.flight].append(party)
        found: dict[str, Family] = {}
        for place, crowd in enumerate(by_flight.values()):
            lands = self._now - timedelta(minutes=20)
            sector = from_london(self._number + place, self._site.place, lands)
            families = {party.key: self._family(party, sector) for party in crowd}
            for party in crowd:
                if party.way is Way.RISK:
                    self._list(families[party.key].members[0].passport)
            self._send(sector, list(families.values()))
            for party in crowd:
                if not (party.without_code or party.way is Way.STAFFED):
                    self._declare(families[party.key])
            found |= families
        self._await_screening({str(one.sector.number) for one in found.values()})
        return found

    def _family(self, party: Party, sector: Sector) -> Family:
        today = self._now.date()
        members = []
        for _ in range(party.people):
            passport = invent(self._chance, today)
            members.append(Member(passport, self._site.states.document(passport)))
        if party.way is Way.IDENTITY:
            members[0].document = Document(members[0].document.mrz)
        return Family(sector, members, goods=party.way is Way.GOODS)

    def _list(self, passport: Passport) -> None:
        entry = {
            "key": f"plan-{secrets.token_hex(6)}", "kind": "person", "reason": "a plan's invented risk",
            "names": [{"surname": passport.surname, "given": passport.given_names}],
            "birth_dates": [passport.birth_date.isoformat()], "nationality": passport.nationality,
        }  # fmt: skip
        self._site.officers["custodian"].add_to_watchlist(LIST, entry)

    def _send(self, sector: Sector, families: Sequence[Family]) -> None:
        trips: list[Trip] = []
        for family in families:
            locator = "".join(self._chance.choices(_LETTERS, k=6))
            for member in family.members:
                seat = f"{1 + len(trips) // 6}{'ABCDEF'[len(trips) % 6]}"
                trips.append(Trip(member.passport, locator, seat=seat))
        prepared, tag = self._now.replace(tzinfo=None), secrets.token_hex(5)
        for message in (
            booking_push(sector, trips, f"P{tag}", prepared),
            passenger_list(sector, trips, f"A{tag}", prepared),
        ):
            verdict = self._site.airline.await_applied(self._site.airline.send(message))
            if verdict["status"] != "applied":
                raise RuntimeError(f"a message was {verdict['status']}")

    def _declare(self, family: Family) -> None:
        """One code for all: the first declares for the others."""
        first = family.members[0].passport
        body = declaration(first, family.sector.journey, **declared(family)) | {
            "companions": companions(family)
        }  # fmt: skip
        made = self._site.phone.call("POST", "/api/v1/declarations", json=body)
        family.picture = base64.b64decode(made["credential"]["png"])

    def _await_screening(self, numbers: set[str]) -> None:
        end, senior = time.monotonic() + SCREENED_WITHIN, self._site.officers["senior"]
        while time.monotonic() < end:
            ours = [one for one in senior.flights() if one["flight"] in numbers]
            risks = [senior.risk(flight["id"]) for flight in ours]
            if len(ours) == len(numbers) and all(
                risk["unassessed"] == 0 and sum(risk["counts"].values()) for risk in risks
            ):
                return
            time.sleep(0.5)
        raise TimeoutError("the service has not screened everybody")


def companions(family: Family) -> list[dict[str, Any]]:
    """The others of a family, as a declaration names them."""
    return [
        {"surname": one.passport.surname, "given_names": one.passport.given_names,
         "document_number": one.passport.number, "birth_date": one.passport.birth_date.isoformat()}
        for one in family.members[1:]
    ]  # fmt: skip


def declared(family: Family) -> dict[str, Any]:
    """Answers and goods of a family that has something to declare; nothing for the others."""
    if not family.goods:
        return {}
    return {"answers": NOTHING | {"over_allowance": True}, "goods": [dict(one) for one in GOODS]}
