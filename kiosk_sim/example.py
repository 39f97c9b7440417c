"""``egate example``: one traveller to try the service with, as the files that three calls of curl need."""

import json
import os
import random
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk_sim.airline import Trip, from_london, passenger_list
from kiosk_sim.passport import Passport, invent
from kiosk_sim.states import States
from kiosk_sim.world import declaration

PEOPLE = 3


def write(folder: Path, site: str, token: str, states: Path) -> list[Path]:
    """Write ``sender`` (a header), ``flight.edi`` (PAXLST of a flight that lands now), ``declaration.json``
    and ``passport.json``, all of one invented traveller; returns the paths. ``states``: where those that issue
    passports are kept.
    """
    chance = random.Random(secrets.token_bytes(16))  # noqa: S311  # invented people
    now = datetime.now(UTC)
    sector = from_london(chance.randrange(300, 9000, 2), site, now)
    people = [invent(chance, sector.arrival.date()) for _ in range(PEOPLE)]
    trips = [
        Trip(one, f"EX{index:02d}AA", seat=f"{30 + index}A") for index, one in enumerate(people)
    ]
    prepared = now.replace(tzinfo=None)
    files = {
        "sender": f"Authorization: Bearer {token}\n",
        "flight.edi": passenger_list(sector, trips, f"E{prepared:%d%H%M%S}", prepared),
        "declaration.json": json.dumps(declaration(people[0], sector.journey), indent=1),
        "passport.json": json.dumps(_walker(people[0], States.made(states)), indent=1),
    }
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [_private(folder / name, text) for name, text in files.items()]


def _walker(passport: Passport, states: States) -> dict[str, Any]:
    """Who walks up to a simulated device."""
    item = states.document(passport).to_item()
    return {"passport": item["mrz"], "chip": item.get("chip")}


def _private(path: Path, text: str) -> Path:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
    return path
