"""What our own devices take: the chip, the face, the code, the door.

Each by the very code of the agents. Chip, face and code are CPU seconds: what a kiosk takes on which nothing else
runs. The door moves in its own time. What a decision takes, line and service and all, a live day measures
(:mod:`kiosk_sim.plan.live`).
"""

import base64
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from app.formats.barcode import draw_png, read_code
from kiosk_sim import pictures
from kiosk_sim.camera import photograph
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.door import Door, Order
from kiosk_sim.lane import State
from kiosk_sim.passport import STATES, invent
from kiosk_sim.plan.assumptions import Machines, measured_machines
from kiosk_sim.plan.spread import Measured
from kiosk_sim.states import AUTHORITIES, States
from kiosk_sim.walkway import END, PACE, STANDS

ROUNDS = 40
SEED = 11
_TICK = 0.01
_CODE_BYTES = 400
"""As much as a declaration's receipt for one, sealed and signed, has."""


T = TypeVar("T")


class NothingToMeasureError(RuntimeError):
    """Something that is measured is not installed; the text says what."""


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """What ``--measured`` takes; decisions stay those of the release. Raises NothingToMeasureError."""
    machines = replace(
        measured_machines(),
        chip=_measured(chip_times(rounds)),
        face=_measured(face_times(max(5, rounds // 4))),
        code=_measured(code_times(rounds)),
        door=_measured([door_time()]),
    )
    return told(machines)


def told(machines: Machines, decisions: Sequence[float] = ()) -> dict[str, Any]:
    """Measured times as a file holds them; ``decisions``: what presentations took at a service, instead of those there
    were: a hundred of them in order of size stand for all.
    """
    if decisions:
        ordered, last = sorted(decisions), len(decisions) - 1
        machines = replace(
            machines, decision=_measured([ordered[round(last * n / 99)] for n in range(100)])
        )
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "seconds": {one.name: getattr(machines, one.name).plain() for one in fields(Machines)},
    }


def _measured(found: Sequence[float]) -> Measured:
    return Measured(tuple(round(value, 4) for value in found))


def _timed(do: Callable[[T], object], given: T) -> float:
    began = time.process_time()
    do(given)
    return time.process_time() - began


def chip_times(rounds: int) -> list[float]:
    """Reading and verifying a chip, active authentication and all; passports of several states."""
    with tempfile.TemporaryDirectory() as folder:
        states = States.made(Path(folder), STATES)
        reader = ChipReader.load(Path(folder) / AUTHORITIES)
        documents = list(_documents(states, rounds))
        reader.read(documents[0])
        return [_timed(reader.read, document) for document in documents]


def _documents(states: States, rounds: int) -> Iterator[Document]:
    chance, today = random.Random(SEED), datetime.now(UTC).date()  # noqa: S311  # invented people
    for number in range(rounds):
        yield states.document(invent(chance, today, STATES[number % len(STATES)]))


def code_times(rounds: int) -> list[float]:
    """Finding a code in a bad picture of a phone."""
    chance = random.Random(SEED)  # noqa: S311  # likewise
    taken = [photograph(draw_png(_code(chance)), chance) for _ in range(rounds)]
    read_code(taken[0])
    return [_timed(read_code, picture) for picture in taken]


def _code(chance: random.Random) -> str:
    return "EGE1:" + base64.b32encode(chance.randbytes(_CODE_BYTES)).decode().rstrip("=")


def face_times(rounds: int) -> list[float]:
    """All computing of a check: portrait, challenge, three frames. The frames are there; waiting for them is handling."""
    from kiosk_sim.face.acting import Actor, obeying  # noqa: PLC0415  # an extra
    from kiosk_sim.face.check import FaceCheck  # noqa: PLC0415
    from kiosk_sim.face.engine import Engine, decode  # noqa: PLC0415
    from kiosk_sim.face.quality import Say  # noqa: PLC0415
    from kiosk_sim.face.weights import FaceUnavailableError, find_weights  # noqa: PLC0415

    picture = pictures.find(pictures.ASTRONAUT)
    if picture is None:
        raise NothingToMeasureError("no picture to compare a face with (scikit-image)")
    try:
        engine = Engine(find_weights())
    except FaceUnavailableError as error:
        raise NothingToMeasureError(str(error)) from None
    portrait = pictures.portrait_of(picture)
    actor = Actor(engine, decode(picture))
    found = []
    for _ in range(rounds):
        began = time.process_time()
        check, took, said = FaceCheck(engine, portrait), time.process_time() - began, Say.NONE
        for frame in range(60):
            taken = actor.jpeg(obeying(said, frame))
            began = time.process_time()
            step = check.take(taken)
            took += time.process_time() - began
            said = step.say
            if step.result is not None:
                break
        found.append(took)
    return found


def door_time() -> float:
    """The door's own share of a passage: from cleared to ready for the next, less the walking at the same pace."""
    door, passed = Door(_nobody_looks), 0.0
    door.obey(Order("reset"))
    door.someone_comes()
    opened = door.cleared()
    assert opened
    while door.state is not State.WAITING:
        door.tick(_TICK)
        passed += _TICK
    return passed - (END - STANDS) / PACE


async def _nobody_looks() -> None:
    """No screen follows this door."""


def write(out: Path) -> int:
    """``egate hall --measure FILE``: measure and write; 2 and a line where something is missing."""
    try:
        found = measure()
        out.write_text(json.dumps(found, indent=1) + "\n")
    except (NothingToMeasureError, OSError) as error:
        sys.stderr.write(f"egate hall: {error}\n")
        return 2
    middle = {name: _middle(one) for name, one in found["seconds"].items()}
    sys.stdout.write(json.dumps({"file": str(out), "median_seconds": middle}) + "\n")
    return 0


def _middle(told: Any) -> Any:
    """The median of what was measured; a single value is its own."""
    return statistics.median(told["values"]) if isinstance(told, dict) else told
