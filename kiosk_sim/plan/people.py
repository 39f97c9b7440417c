"""The parties of a plan, with everything that chance decides about them. Pure: the same seed, the same people."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk_sim.plan.assumptions import Assumptions
from kiosk_sim.plan.flights import Group, Landing


class Way(StrEnum):
    """What is to become of a party, unless the real service says otherwise."""

    CLEARED = "cleared"
    STAFFED = "counter"
    GOODS = "goods"
    IDENTITY = "look"
    RISK = "risk"
    CONTROL = "control"


REFERRED = (Way.RISK, Way.CONTROL)


@dataclass(frozen=True, slots=True)
class Party:
    """Seconds. ``comes`` to the hall, ``bags`` are there, both since the plan's midnight; ``kiosk`` and ``lane`` are
    people's own handling, ``kiosk_machine`` and ``lane_machine`` the devices' share; ``passage`` is the part of ``lane``
    that a one-step gate takes besides its kiosk; ``officer`` serves its way, ``glance`` is a look at somebody held.
    ``face`` and ``doors`` are those parts of the devices' shares that no service answers for.
    """

    key: str
    flight: str
    people: int
    children: int
    comes: float
    bags: float
    way: Way = Way.CLEARED
    without_code: bool = False
    kiosk: float = 0.0
    kiosk_machine: float = 0.0
    lane: float = 0.0
    lane_machine: float = 0.0
    passage: float = 0.0
    officer: float = 0.0
    glance: float = 0.0
    hold: float = 0.0
    released: bool = False
    face: float = 0.0
    doors: float = 0.0


def parties(landings: Sequence[Landing], assumed: Assumptions, seed: int) -> list[Party]:
    """Everybody of a day in order of arrival in the hall."""
    found = [party for landing in landings for party in _of_flight(landing, assumed, seed)]
    found.sort(key=lambda party: (party.comes, party.key))
    return found


def _of_flight(landing: Landing, assumed: Assumptions, seed: int) -> Iterator[Party]:
    chance = random.Random(f"{seed}/{landing.key}")  # noqa: S311  # invented people
    groups = list(landing.groups) or groups_of(landing.people, assumed.sizes, chance)
    chance.shuffle(groups)
    stream = landing.stream
    opened = landing.lands + stream.taxi.draw(chance)
    first_bag = opened + stream.first_bag.draw(chance)
    doors = 2 if landing.people >= stream.two_doors else 1
    seconds, through = 60 / (stream.per_door * doors), 0.0
    last_bag = landing.people * assumed.shares.with_bags * 60 / stream.bags
    out = 0
    for place, group in enumerate(groups):
        own = random.Random(f"{seed}/{landing.key}/{place}")  # noqa: S311  # likewise
        out += group.people
        walked = opened + out * seconds + stream.walk.draw(own)
        if stream.border_limit:
            walked = through = max(walked, through + 60 * group.people / stream.border_limit)
        comes = walked + stream.border.draw(own)
        bags = first_bag + own.random() * last_bag
        waits = own.random() < assumed.shares.with_bags
        yield _drawn(
            Party(
                f"{landing.key}/{place}", landing.key, group.people, group.children, comes,
                max(comes, bags) if waits else comes,
            ),
            assumed, own,
        )  # fmt: skip


def groups_of(people: int, sizes: Mapping[int, float], chance: random.Random) -> list[Group]:
    """So many people in parties of the usual sizes; the last party is as small as it must be."""
    found = []
    while people:
        size = min(people, chance.choices(list(sizes), list(sizes.values()))[0])
        found.append(Group(size, max(0, size - 2)))
        people -= size
    return found


def _drawn(party: Party, assumed: Assumptions, chance: random.Random) -> Party:
    """The party with its way and all its times."""
    shares, people, machines = assumed.shares, assumed.people, assumed.machines
    way, without_code = _way(party.people, assumed, chance), chance.random() < shares.without_code
    grown = party.people - party.children
    kiosk = people.step_up.draw(chance) + people.read_answer.draw(chance)
    kiosk += (people.declare if without_code else people.show_code).draw(chance)
    kiosk += sum(people.lay_passport.draw(chance) for _ in range(party.people))
    kiosk += sum(people.pose.draw(chance) for _ in range(grown))
    read = machines.code.draw(chance)
    machine = 0.0 if without_code else read
    for _ in range(party.people):
        machine += machines.chip.draw(chance) + machines.decision.draw(chance)
    face = sum(machines.face.draw(chance) for _ in range(grown))
    passage = sum(people.walk_through.draw(chance) for _ in range(party.people))
    doors = sum(machines.door.draw(chance) for _ in range(party.people))
    lane = sum(
        people.lane_step_up.draw(chance) + people.lane_show.draw(chance)
        for _ in range(party.people)
    )
    asked = sum(machines.decision.draw(chance) for _ in range(party.people))
    return Party(
        party.key, party.flight, party.people, party.children, party.comes, party.bags,
        way, without_code, kiosk, machine + face, lane + passage, asked + doors, passage + doors,
        _service(way, assumed, chance), people.look.draw(chance), people.hold.draw(chance),
        chance.random() < shares.released, face, doors,
    )  # fmt: skip


def _way(people: int, assumed: Assumptions, chance: random.Random) -> Way:
    """What befalls one of them holds for all; of several, what costs officers the most. Every lot is drawn, always."""
    shares = assumed.shares
    staffed, goods = chance.random() < shares.staffed, chance.random() < shares.goods
    drawn = {
        way: sum(chance.random() < share for _ in range(people)) > 0
        for way, share in (
            (Way.IDENTITY, shares.identity), (Way.RISK, shares.risk), (Way.CONTROL, shares.control)
        )
    }  # fmt: skip
    befell = {
        Way.RISK: drawn[Way.RISK], Way.CONTROL: drawn[Way.CONTROL], Way.GOODS: goods,
        Way.STAFFED: staffed, Way.IDENTITY: drawn[Way.IDENTITY],
    }  # fmt: skip
    return next((way for way, is_so in befell.items() if is_so), Way.CLEARED)


def _service(way: Way, assumed: Assumptions, chance: random.Random) -> float:
    """How long an officer has with them, if he must."""
    people = assumed.people
    spread = {
        Way.GOODS: people.goods, Way.IDENTITY: people.look, Way.STAFFED: people.counter,
    }.get(way, people.inspection)  # fmt: skip
    return spread.draw(chance)
