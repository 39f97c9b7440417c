"""The fixed scenarios of ``egate demo --headless``: what must come out, and the walk that shows it.

Each is a traveller on the flight of the day. Everything goes through the public interfaces: messages as an
airline sends them, declarations as phones make them, pictures of codes, officers at their desk.
"""

import base64
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.formats.barcode import Reader, draw_png
from app.formats.mrz import transliterate
from kiosk_sim.airline import Sector, Trip, booking_push, from_london, passenger_list
from kiosk_sim.camera import photograph
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.client import Service
from kiosk_sim.offline import authority_key, declare_offline
from kiosk_sim.passport import Passport, invent
from kiosk_sim.states import States
from kiosk_sim.walk import Walk, present
from kiosk_sim.world import Airline, Officer, Phone, patiently

SEED = 20
LIST = "customs-lookouts"
REGISTERED, CLEARED = "registered", "cleared"
COUNTER, REFER, HOLD = "counter", "refer", "hold"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What must come out. ``listed`` puts the traveller on the watch list before the flight."""

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

    @property
    def decision(self) -> str:
        """The final one of cleared, hold, refer."""
        return self.path[-1] if self.path[-1] in (CLEARED, HOLD) else REFER


@dataclass(slots=True)
class Traveller:
    """Somebody on the stage: passport, trip, code."""

    scenario: Scenario
    passport: Passport
    trip: Trip
    document: Document
    code: str = ""
    picture: bytes = b""


@dataclass(slots=True)
class Stage:
    """The parts that walks use."""

    server: str
    reader: Reader
    chips: ChipReader
    states: States
    devices: Mapping[str, Service]
    officers: Mapping[str, Officer]
    sector: Sector
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


def two_steps(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Kiosk, then lane."""
    stage.at("kiosk-1", walk, who)
    stage.at("lane-1", walk, who)


def kiosk_only(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The kiosk already points to a counter."""
    stage.at("kiosk-1", walk, who)


def alerted_then_lane(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The officer hears of it while the traveller still waits for the bags."""
    stage.at("kiosk-1", walk, who)
    assert stage.referral_of(walk)["kind"] == "risk"
    stage.at("lane-1", walk, who)


def held_and_released(stage: Stage, who: Traveller, walk: Walk) -> None:
    """One step: the officer looks and releases."""

    def release() -> None:
        stage.officers["gate"].release(stage.referral_of(walk))

    stage.at("gate-1", walk, who, while_held=release)


def held_in_silence(stage: Stage, who: Traveller, walk: Walk) -> None:
    """One step: nobody answers in time."""
    stage.at("gate-1", walk, who)


def dismissed_before_landing(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The senior officer dismisses the hit; the traveller notices nothing."""
    hit = stage.hit_of(who)
    stage.officers["senior"].review(hit["id"], "dismissed", "other person: place of birth differs")
    two_steps(stage, who, walk)


def rule_seen(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The officer sees the rule, its version and the values that matched."""
    hit = stage.hit_of(who)
    assert hit["source"] == "rule"
    assert hit["version"] >= 1
    assert hit["explanation"]
    two_steps(stage, who, walk)


def shown_twice(stage: Stage, who: Traveller, walk: Walk) -> None:
    """After the passage the same code is shown again."""
    two_steps(stage, who, walk)
    assert walk.door == "opened"
    walk.door = "shut"
    stage.at("kiosk-1", walk, who)


def someone_elses(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The code belongs to another traveller."""
    stage.at("kiosk-1", walk, who, stage.travellers["nothing-to-declare"].picture)


def forged(stage: Stage, who: Traveller, walk: Walk) -> None:
    """One character of the signature is changed."""
    last = "0" if who.code[-2] != "0" else "1"
    stage.at("kiosk-1", walk, who, draw_png(who.code[:-2] + last + who.code[-1]))


def expired(stage: Stage, who: Traveller, walk: Walk) -> None:
    """A self-made code whose time is over."""
    issued = int(time.time()) - 5 * 86400
    text = _made_offline(stage, who, issued, life=86400)
    stage.at("kiosk-1", walk, who, draw_png(text))


def offline(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Made on board without network: the server sees the declaration for the first time."""
    who.picture = draw_png(_made_offline(stage, who, int(time.time()) - 3600))
    two_steps(stage, who, walk)


def _made_offline(stage: Stage, who: Traveller, issued: int, life: int = 72 * 3600) -> str:
    return declare_offline(
        who.passport, stage.sector, stage.today, authority=authority_key(stage.server),
        issued=issued, life=life,
    )  # fmt: skip


def damaged(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The phone is held badly."""
    who.picture = photograph(who.picture, stage.chance)
    two_steps(stage, who, walk)


def altered(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Somebody printed a later day of expiry on the page; the chip has the day that the state wrote."""
    other = replace(who.passport, expires_on=who.passport.expires_on + timedelta(days=1826))
    who.document = Document(other.mrz, who.document.chip)
    stage.at("kiosk-1", walk, who)


def cloned(stage: Stage, who: Traveller, walk: Walk) -> None:
    """A copy of a genuine chip's files: the copy cannot answer for the key that stayed in the chip."""
    genuine = who.document.chip
    assert genuine is not None
    who.document = Document(who.document.mrz, replace(genuine, key=None))
    stage.at("kiosk-1", walk, who)


def without_chip(stage: Stage, who: Traveller, walk: Walk) -> None:
    """An older passport: an officer looks, for seconds, and the lane opens."""
    who.document = Document(who.document.mrz)
    stage.at("kiosk-1", walk, who)
    stage.officers["gate"].release(stage.referral_of(walk))
    stage.at("lane-1", walk, who)


WINE = {"category": "alcohol", "description": None, "quantity": 6, "value": 9000, "currency": "JPY"}
CASH = {"payment": "CA", "booked_days_before": 1, "stay_nights": None}

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("nothing-to-declare", "Nothing to declare and nothing known: the door opens",
             (REGISTERED, CLEARED), "opened", two_steps),
    Scenario("goods-declared", "Goods over the allowance: the goods counter",
             (COUNTER,), "shut", kiosk_only, ("declared-goods",),
             answers={"over_allowance": True}, goods=(WINE,)),
    Scenario("watch-listed-two-step", "On a watch list: registered like anybody, referred at the lane",
             (REGISTERED, REFER), "shut", alerted_then_lane, ("risk-unreviewed",), listed=True),
    Scenario("watch-listed-one-step", "On a watch list at a one-step gate: held, then released",
             (HOLD, CLEARED), "opened", held_and_released, ("risk-unreviewed",), listed=True),
    Scenario("watch-listed-silence", "Held at a one-step gate and nobody answers: referred",
             (HOLD, REFER), "shut", held_in_silence, ("risk-unreviewed",), listed=True),
    Scenario("hit-dismissed", "The hit was dismissed before landing: the door opens",
             (REGISTERED, CLEARED), "opened", dismissed_before_landing, listed=True),
    Scenario("rule-hit", "A rule fires: the officer sees rule, version and values",
             (REGISTERED, REFER), "shut", rule_seen, ("risk-unreviewed",), trip=CASH),
    Scenario("code-used-twice", "A code that has been used is refused",
             (REGISTERED, CLEARED, COUNTER), "shut", shown_twice, ("credential-already_used",)),
    Scenario("code-of-somebody-else", "Somebody else's code: please show your own",
             ("show-other-code",), "shut", someone_elses, ("code-for-this-passport",)),
    Scenario("forged-signature", "A forged code is refused",
             (COUNTER,), "shut", forged, ("credential-signature_invalid",)),
    Scenario("expired-code", "An expired code is refused",
             (COUNTER,), "shut", expired, ("credential-expired",), declares=False),
    Scenario("no-api-record", "Not on the closed passenger list: an officer looks at the identity",
             (COUNTER,), "shut", kiosk_only, ("not-on-manifest",), on_flight=False),
    Scenario("damaged-code", "A bad picture of a code is still read",
             (REGISTERED, CLEARED), "opened", damaged),
    Scenario("offline-code", "A code made without network",
             (REGISTERED, CLEARED), "opened", offline, declares=False),
    Scenario("page-altered", "The page says something else than its chip: an officer looks",
             (COUNTER,), "shut", altered, ("chip-failed",)),
    Scenario("chip-copied", "A copied chip cannot answer: an officer looks",
             (COUNTER,), "shut", cloned, ("chip-failed",)),
    Scenario("no-chip", "A passport without a chip: an officer's look of seconds, then the lane",
             (COUNTER, CLEARED), "opened", without_chip, ("chip-not-read",)),
)  # fmt: skip


def flight_of_the_day(now: datetime, destination: str, number: int = 101) -> Sector:
    """A flight from London that landed twenty minutes ago."""
    return from_london(number, destination, now - timedelta(minutes=20))


def travellers_for(today: date, chance: random.Random, states: States) -> dict[str, Traveller]:
    """One invented traveller per scenario; surnames are made distinct by a second part."""
    made = {}
    for index, scenario in enumerate(SCENARIOS):
        found = invent(chance, today)
        passport = Passport(
            surname=f"{found.surname} {_SECOND[index]}",
            given_names=found.given_names,
            sex=found.sex,
            birth_date=found.birth_date,
            nationality=found.nationality,
            number=found.number,
            expires_on=found.expires_on,
        )
        trip = Trip(passport, f"SC{index:02d}AA", seat=f"{20 + index}C", **scenario.trip)
        made[scenario.slug] = Traveller(scenario, passport, trip, states.document(passport))
    return made


_SECOND = (
    "ABEL", "BRAKE", "CROSS", "DALE", "ELM", "FENN", "GRAY", "HOLT", "IVES", "JUDD", "KEMP",
    "LOWE", "MOSS", "NASH", "OGDEN", "PRICE", "QUILL",
)  # fmt: skip


def prepare(stage: Stage, airline: Airline) -> None:
    """Before landing: watch list, declarations, messages, screening."""
    phone = Phone(stage.server)
    for who in stage.travellers.values():
        if who.scenario.listed:
            stage.officers["targeter"].add_to_watchlist(LIST, _entry(who))
        if who.scenario.declares:
            _declare(stage, phone, who)
    phone.close()
    trips = [who.trip for who in stage.travellers.values() if who.scenario.on_flight]
    prepared = datetime.now(UTC).replace(tzinfo=None)
    tag = f"{prepared:%H%M%S}"
    for message in (
        booking_push(stage.sector, trips, f"P{tag}", prepared),
        passenger_list(stage.sector, trips, f"A{tag}", prepared),
    ):
        verdict = airline.await_applied(airline.send(message))
        assert verdict["status"] == "applied", verdict["faults"]
    patiently(lambda: _all_assessed(stage, len(trips)), "all assessed")


def _entry(who: Traveller) -> dict[str, Any]:
    passport = who.passport
    return {
        "key": f"demo-{who.scenario.slug}",
        "kind": "person",
        "reason": "undeclared currency on an earlier trip",
        "names": [{"surname": passport.surname, "given": passport.given_names}],
        "birth_dates": [passport.birth_date.isoformat()],
        "nationality": passport.nationality,
    }


def _declare(stage: Stage, phone: Phone, who: Traveller) -> None:
    scenario = who.scenario
    made = phone.declare(
        who.passport,
        stage.sector.journey,
        answers=dict(scenario.answers),
        goods=[dict(g) for g in scenario.goods],
    )
    who.code = made["credential"]["text"]
    who.picture = base64.b64decode(made["credential"]["png"])


def _all_assessed(stage: Stage, count: int) -> bool | None:
    for flight in stage.officers["senior"].flights():
        risk = stage.officers["senior"].risk(flight["id"])
        if risk["unassessed"] == 0 and sum(risk["counts"].values()) >= count:
            return True
    return None


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
