"""``egate simulate``: the demo's airlines, travellers and officers, from its private file."""

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.formats.barcode import Reader
from kiosk_sim.chip import ChipReader
from kiosk_sim.client import Credentials, Service
from kiosk_sim.hall import live
from kiosk_sim.scenarios import SCENARIOS
from kiosk_sim.stage import (
    OF_THE_DAY,
    SEED,
    Stage,
    play,
    prepare,
    sectors_of_the_day,
    travellers_for,
)
from kiosk_sim.states import AUTHORITIES, States
from kiosk_sim.world import Airline, Airport, Officer


def run(config: Path, *, scenarios: bool, as_json: bool) -> int:
    """Play the scenarios once (exit 0 only if each came out right), or keep a hall alive."""
    given = json.loads(config.read_text())
    if not scenarios:
        return live(given)
    results = play_all(given)
    for result in results:
        print(json.dumps(result) if as_json else _line(result), flush=True)  # noqa: T201
    return 0 if results and all(result["ok"] for result in results) else 1


def play_all(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Prepare the stage and play every scenario in the order of the list."""
    chance = random.Random(SEED)  # noqa: S311  # invented people, the same each time
    sectors = sectors_of_the_day(datetime.now(UTC), given["site"])
    folder = Path(given["states"])
    with Reader() as reader:
        stage = Stage(
            server=given["server"],
            reader=reader,
            chips=ChipReader.load(folder / AUTHORITIES),
            states=States.load(folder),
            devices={
                name: Service(given["server"], Credentials.load(Path(path)))
                for name, path in given["devices"].items()
            },
            officers={
                name: Officer(given["server"], code) for name, code in given["codes"].items()
            },
            sectors=sectors,
            airline=Airline(given["server"], given["sender_token"]),
            airport=Airport(given["server"], given["airport_token"]),
            today=sectors[OF_THE_DAY].arrival.date(),
            chance=chance,
        )
        stage.travellers = travellers_for(SCENARIOS, stage.today, chance, stage.states)
        prepare(stage)
        return [play(stage, who) for who in stage.travellers.values()]


def _line(result: dict[str, Any]) -> str:
    mark = "ok " if result["ok"] else "BAD"
    path = " -> ".join(result["path"])
    said = f"{mark} {result['scenario']:<24} {path:<34} door {result['door']}"
    if "fault" in result:
        sys.stderr.write(f"{result['scenario']}: {result['fault']}\n")
    return said
