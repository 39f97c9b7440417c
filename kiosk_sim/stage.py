"""The stage of the fixed scenarios: who is on it, what was sent and declared before, and what came out of a walk.

Everything goes through the public interfaces: messages as an airline sends them, declarations as phones make
them, pictures of codes, officers at their desk.
"""

import base64
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.formats.barcode import Reader
from app.formats.codes import FlightNumber
from app.formats.mrz import transliterate
from kiosk_sim.airline import Sector, Trip, booking_push, crew_list, from_london, passenger_list
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.client import Service
from kiosk_sim.passport import Passport, invent
from kiosk_sim.states import States
from kiosk_sim.walk import Walk, present
from kiosk_sim.world import Airline, Airport, Officer, Phone, patiently

SEED = 20
LIST = "customs-lookouts"
CLEARED, HOLD, REFER = "cleared", "hold", "refer"
OF_THE_DAY, LATE, DIVERTED = 101, 102, 103
"""Numbers of the flights: the one of the day, one whose list comes late, one that was to land elsewhere."""
ELSEWHERE = "HND"


@dataclass(frozen=True, slots=True)
class Fellow:
    """Somebody on the same declaration and booking. ``days``: how old, None for a grown-up."""

    days: int | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """What must come out. ``listed`` puts the traveller on the watch list before the flight; ``sold_as`` is the
    number of a code share by which the traveller knows the flight; ``document`` the code of the passport.
    ``has_second``: the passport that is shown is another one than the airline saw, and that one is on a list.
    """

    slug: str
    title: str
    path: tuple[str, ...]
    door: str
    walk: Callable[["Stage", "Traveller", Walk], None]
    reasons: tuple[str, ...] = ()
    listed: bool = False
    on_flight: bool = True
    declares: bool = True
    trip: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)
    goods: tuple[Mapping[str, Any], ...] = ()
    flight: int = OF_THE_DAY
    is_crew: bool = False
    sold_as: str = ""
    document: str = "P"
    has_second: bool = False
    fellows: tuple[Fellow, ...] = ()

    @property
    def decision(self) -> str:
        """The final one of cleared, hold, refer."""
        return self.path[-1] if self.path[-1] in (CLEARED, HOLD) else REFER


@dataclass(slots=True)
class Traveller:
    """Somebody on the stage: passport, trip, code, and who comes along."""

    scenario: Scenario
    passport: Passport
    trip: Trip
    document: Document
    code: str = ""
    picture: bytes = b""
    fellows: list["Traveller"] = field(default_factory=list)

    @property
    def party(self) -> list["Traveller"]:
        return [self, *self.fellows]


@dataclass(slots=True)
class Stage:
    """The parts that walks use."""

    server: str
    reader: Reader
    chips: ChipReader
    states: States
    devices: Mapping[str, Service]
    officers: Mapping[str, Officer]
    sectors: Mapping[int, Sector]
    airline: Airline
    airport: Airport
    today: date
    chance: random.Random
    travellers: dict[str, Traveller] = field(default_factory=dict)

    def at(
        self,
        device: str,
        walk: Walk,
        who: Traveller,
        picture: bytes | None = None,
        while_held: Callable[[], None] = lambda: None,
    ) -> None:
        """Show passport and code (the traveller's own, unless another picture is given)."""
        present(
            walk, self.devices[device], self.reader, who.document, picture or who.picture,
            self.chips, while_held,
        )  # fmt: skip

    def referral_of(self, walk: Walk) -> dict[str, Any]:
        """The open referral that one of the walk's presentations raised; waits for it."""

        def look() -> dict[str, Any] | None:
            for referral in self.officers["gate"].referrals():
                if referral["presentation_id"] in walk.presentations:
                    return referral
            return None

        return patiently(look, "referral")

    def hit_of(self, who: Traveller) -> dict[str, Any]:
        """The gravest hit of a traveller on the flight's high-risk list."""
        surname = transliterate(who.passport.surname)

        def look() -> dict[str, Any] | None:
            for flight in self.officers["senior"].flights():
                for found in self.officers["senior"].risk(flight["id"])["passengers"]:
                    if found["surname"] == surname and found["hits"]:
                        return dict(found["hits"][0])
            return None

        return patiently(look, "hit")


def sectors_of_the_day(now: datetime, destination: str) -> dict[int, Sector]:
    """Flights from London that landed twenty minutes ago; the diverted one was to land elsewhere."""
    landed = now - timedelta(minutes=20)
    return {
        number: from_london(number, ELSEWHERE if number == DIVERTED else destination, landed)
        for number in (OF_THE_DAY, LATE, DIVERTED)
    }


def travellers_for(
    scenarios: Sequence[Scenario], today: date, chance: random.Random, states: States
) -> dict[str, Traveller]:
    """One invented traveller per scenario, and who comes along; surnames are made distinct by a second part."""
    made = {}
    for index, scenario in enumerate(scenarios):
        sold_as = FlightNumber.parse(scenario.sold_as)
        own = _named(invent(chance, today), index, document_code=scenario.document)
        trip = Trip(
            own, f"SC{index:02d}AA", seat=f"{20 + index}C", sold_as=sold_as, **scenario.trip
        )
        found = _traveller(scenario, own, trip, states)
        if scenario.has_second:
            other = _second(invent(chance, today), own)
            found.passport, found.document = other, states.document(other)
        for place, fellow in enumerate(scenario.fellows):
            other = _fellow(invent(chance, today), own, fellow, today)
            seat = f"{20 + index}{'DEF'[place]}"
            theirs = replace(trip, passport=other, seat=seat)
            found.fellows.append(_traveller(scenario, other, theirs, states))
        made[scenario.slug] = found
    return made


def _traveller(scenario: Scenario, passport: Passport, trip: Trip, states: States) -> Traveller:
    return Traveller(scenario, passport, trip, states.document(passport))


def _named(found: Passport, index: int, **changes: Any) -> Passport:
    first, second = divmod(index, len(_SECOND))
    return replace(found, surname=f"{found.surname} {'NEW ' * first}{_SECOND[second]}", **changes)


def _second(found: Passport, own: Passport) -> Passport:
    """Another state's passport of the same person."""
    return replace(
        found, surname=own.surname, given_names=own.given_names, sex=own.sex,
        birth_date=own.birth_date,
    )  # fmt: skip


def _fellow(found: Passport, own: Passport, fellow: Fellow, today: date) -> Passport:
    """Of the same family and state; a child of so many days."""
    birth = found.birth_date if fellow.days is None else today - timedelta(days=fellow.days)
    return replace(found, surname=own.surname, birth_date=birth, nationality=own.nationality)


_SECOND = (
    "ABEL", "BRAKE", "CROSS", "DALE", "ELM", "FENN", "GRAY", "HOLT", "IVES", "JUDD", "KEMP",
    "LOWE", "MOSS", "NASH", "OGDEN", "PRICE", "QUILL",
)  # fmt: skip


# --- before landing -------------------------------------------------------------------------------


def prepare(stage: Stage) -> None:
    """Before landing: watch list, messages, declarations, screening."""
    for who in stage.travellers.values():
        pairs = zip(who.fellows, who.scenario.fellows, strict=True)
        listed = [one for one, fellow in pairs if fellow.listed]
        for one in [who, *listed] if who.scenario.listed else listed:
            list_person(stage, one)
        if who.scenario.has_second:
            list_document(stage, who)
    phone = Phone(stage.server)
    for who in stage.travellers.values():
        if who.scenario.declares:
            declare(stage, phone, who)
    phone.close()
    for number in (OF_THE_DAY, DIVERTED):
        send_flight(stage, number)
    divert(stage)


def list_person(stage: Stage, who: Traveller) -> None:
    """Put somebody on the watch list."""
    passport = who.passport
    entry = {
        "key": f"demo-{passport.number.lower()}",
        "kind": "person",
        "reason": "undeclared currency on an earlier trip",
        "names": [{"surname": passport.surname, "given": passport.given_names}],
        "birth_dates": [passport.birth_date.isoformat()],
        "nationality": passport.nationality,
    }
    stage.officers["custodian"].add_to_watchlist(LIST, entry)


def list_document(stage: Stage, who: Traveller) -> None:
    """Put a passport on the watch list by its number."""
    passport = who.passport
    entry = {
        "key": f"demo-{passport.number.lower()}",
        "kind": "document",
        "reason": "reported as lent to others",
        "documents": [{"number": passport.number, "issuer": passport.issued_by}],
    }
    stage.officers["custodian"].add_to_watchlist(LIST, entry)


def send_flight(stage: Stage, number: int) -> None:
    """The airline sends bookings, list and crew of a flight; until everybody of it has been assessed."""
    sector = stage.sectors[number]
    theirs = [who for who in stage.travellers.values() if who.scenario.flight == number]
    on_board = [who for who in theirs if who.scenario.on_flight]
    trips = [one.trip for who in on_board if not who.scenario.is_crew for one in who.party]
    crew = [who.trip for who in on_board if who.scenario.is_crew]
    prepared = datetime.now(UTC).replace(tzinfo=None)
    tag = f"{number}{prepared:%H%M%S}"
    messages = [
        booking_push(sector, trips, f"P{tag}", prepared),
        passenger_list(sector, trips, f"A{tag}", prepared),
    ]
    if crew:
        messages.append(crew_list(sector, crew, f"C{tag}", prepared))
    for message in messages:
        verdict = stage.airline.await_applied(stage.airline.send(message))
        assert verdict["status"] == "applied", verdict["faults"]
    everybody = len(trips) + len(crew)
    patiently(lambda: _all_assessed(stage, sector, everybody), "all assessed")


def divert(stage: Stage) -> None:
    """The airport says that a flight which was to land elsewhere has landed here."""
    flight = patiently(lambda: _flight(stage, stage.sectors[DIVERTED]), "flight that was diverted")
    here = stage.sectors[OF_THE_DAY].destination
    stage.airport.set_status(flight["id"], "diverted", diverted_to=here)


def declare(stage: Stage, phone: Phone, who: Traveller) -> None:
    """As a phone does it: one declaration for the party, one code."""
    scenario, sector = who.scenario, stage.sectors[who.scenario.flight]
    journey = sector.journey | {"to": stage.sectors[OF_THE_DAY].destination}
    made = phone.declare(
        who.passport,
        journey | {"flight": scenario.sold_as or journey["flight"]},
        answers=dict(scenario.answers),
        goods=[dict(g) for g in scenario.goods],
        companions=[_companion(one.passport) for one in who.fellows],
    )
    for one in who.party:
        one.code = made["credential"]["text"]
        one.picture = base64.b64decode(made["credential"]["png"])


def _companion(passport: Passport) -> dict[str, Any]:
    return {
        "surname": passport.surname, "given_names": passport.given_names,
        "document_number": passport.number, "birth_date": passport.birth_date.isoformat(),
    }  # fmt: skip


def _flight(stage: Stage, sector: Sector) -> dict[str, Any] | None:
    """The flight as officers know it."""
    flights = stage.officers["senior"].flights()
    return next((one for one in flights if one["flight"] == str(sector.number)), None)


def _all_assessed(stage: Stage, sector: Sector, count: int) -> bool | None:
    flight = _flight(stage, sector)
    risk = stage.officers["senior"].risk(flight["id"]) if flight else None
    done = risk and risk["unassessed"] == 0 and sum(risk["counts"].values()) >= count
    return True if done else None


# --- what came out --------------------------------------------------------------------------------


def play(stage: Stage, who: Traveller) -> dict[str, Any]:
    """Walk one traveller through; what came out, and whether it is what the scenario says."""
    walk, scenario = Walk(), who.scenario
    fault = None
    try:
        scenario.walk(stage, who, walk)
        reasons = _reasons(stage, walk)
    except Exception as error:  # noqa: BLE001  # one scenario must not hide the others
        reasons, fault = [], f"{type(error).__name__}: {error}"
    came_out = (walk.decision, tuple(walk.path), walk.door)
    fits = came_out == (scenario.decision, scenario.path, scenario.door)
    named = set(scenario.reasons) <= set(reasons)
    return {
        "scenario": scenario.slug,
        "decision": walk.decision,
        "path": walk.path,
        "reasons": reasons,
        "door": walk.door,
        "ok": fits and named and fault is None,
        **({"fault": fault} if fault else {}),
    }


def _reasons(stage: Stage, walk: Walk) -> list[str]:
    """What officers know of the walk's presentations, and what the traveller was told to mend."""
    found: dict[str, None] = dict.fromkeys(walk.advice)
    for presentation in walk.presentations:
        for reason in stage.officers["gate"].reasons(presentation):
            found[reason] = None
    return list(found)
