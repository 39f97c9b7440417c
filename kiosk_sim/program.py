"""The devices of one program of the simulator, and what lies before them for its visitors."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request

from app.formats.barcode import PictureError, Reader, draw_png
from kiosk_sim.chip import ChipReader
from kiosk_sim.client import Service
from kiosk_sim.counter import Counter
from kiosk_sim.device import Device
from kiosk_sim.face import Engine
from kiosk_sim.journal import Journal
from kiosk_sim.keyring import Keyring
from kiosk_sim.lane_line import LaneLine
from kiosk_sim.pulse import Pulse
from kiosk_sim.staff import Staff
from kiosk_sim.trust import Seen


class Tray:
    """Passports and phones that a visitor of the simulator can pick up: a JSON file, read afresh.

    Each item: ``label``, ``mrz`` (two lines), ``chip`` (its files, or absent), ``code`` (the text on the phone, or
    null) and ``face`` (the name of the person's picture, or absent).
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def items(self) -> list[dict[str, Any]]:
        """All items; an absent or half-written file is an empty tray."""
        try:
            found = json.loads(self._path.read_text()) if self._path else []
        except (OSError, ValueError):
            return []
        return found if isinstance(found, list) else []

    def labels(self) -> list[dict[str, Any]]:
        """What a page shows of the tray: no document."""
        return [
            {
                "label": item["label"],
                "phone": bool(item.get("code")),
                "face": bool(item.get("face")),
            }
            for item in self.items()
        ]

    def item(self, index: int) -> dict[str, Any]:
        """One item. Raises a 404."""
        items = self.items()
        if not 0 <= index < len(items):
            raise HTTPException(404)
        return items[index]


@dataclass(frozen=True, slots=True)
class Lanes:
    """The files of devices' credentials by their names: beside them a lane keeps what happened. A lane starts stopped;
    ``keys_turned``: staff have turned the key of each.
    """

    credentials: Mapping[str, Path] = field(default_factory=dict)
    keys_turned: bool = False

    def journal(self, name: str) -> Journal:
        """What is kept of a lane; in memory for one without a file."""
        path = self.credentials.get(name)
        return Journal(path.with_suffix(".journal") if path else None)


NO_LANES = Lanes()


class Agent:
    """The devices of this program, the tray beside them, and the counter for when the line is down.

    ``chips``: the authorities by which passports are verified; None for devices that read no chips. ``faces``: None
    for devices that compare none.
    """

    def __init__(
        self,
        services: Sequence[Service],
        tray: Tray,
        seen: Seen | None = None,
        chips: ChipReader | None = None,
        faces: Engine | None = None,
        lanes: Lanes = NO_LANES,
        staff: Staff | None = None,
    ) -> None:
        self.tray = tray
        self._staff = staff
        self._lanes = lanes
        self.chips, self.faces = chips, faces
        self.counters: dict[str, Counter] = {}
        self._seen = seen or Seen()
        self.devices: dict[str, Device] = {}
        self._services = services

    @property
    def reads(self) -> str:
        """What is read beside codes and lines: ``none``, ``chip``, or ``face`` as well."""
        if self.chips is None:
            return "none"  # a face is compared with the picture in a chip
        return "chip" if self.faces is None else "face"

    @asynccontextmanager
    async def running(self, app: FastAPI) -> AsyncIterator[None]:
        """The life of the program: reader and devices are up."""
        del app
        with Reader() as self.reader:
            reader = self.reader
            for service in self._services:
                name = service.credentials.name
                self.devices[name] = Device(
                    service, reader, chips=self.chips, faces=self.faces,
                    journal=self._lanes.journal(name), key_turned=self._lanes.keys_turned,
                )  # fmt: skip
                self.devices[name].checks = dict(self._checks(name))
                self.counters[name] = Counter(service.trust, self._seen)
            await asyncio.gather(*(device.probe() for device in self.devices.values()))
            runs = [asyncio.create_task(device.run()) for device in self.devices.values()]
            runs.append(asyncio.create_task(_warm(reader)))
            runs += [asyncio.create_task(one) for one in self._machines()]
            yield
            for run in runs:
                run.cancel()
        for service in self._services:
            service.close()

    def _checks(self, name: str) -> Iterator[tuple[str, Callable[[], bool]]]:
        """What officers are told of a device beside its door."""
        chips, staff = self.chips, self._staff
        if chips is not None:
            yield "revocation-lists", lambda: chips.is_current(datetime.now(UTC))
        if staff is not None:
            yield "staff-pin", lambda: not staff.is_tried(name)

    def _machines(self) -> Iterator[Coroutine[Any, Any, None]]:
        """What a device does beside its screen: it beats, moves its door, talks with the service about its lane."""
        for name, device in self.devices.items():
            path = self._lanes.credentials.get(name)
            yield Pulse(device, Keyring(device.service, path) if path else None).run()
            if device.has_door:
                yield device.door.run()
                yield LaneLine(device).run()


async def _warm(reader: Reader) -> None:
    """Start the reader's process now: the first traveller should not wait for it."""
    with suppress(PictureError):
        await reader.read_async(draw_png("WARM"))


def the_agent(request: Request) -> Agent:
    agent: Agent = request.app.state.agent
    return agent


AgentDep = Annotated[Agent, Depends(the_agent)]


def the_device(name: str, agent: AgentDep) -> Device:
    """The device of this name. Raises a 404."""
    if name not in agent.devices:
        raise HTTPException(404)
    return agent.devices[name]


DeviceDep = Annotated[Device, Depends(the_device)]
