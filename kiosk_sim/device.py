"""One simulated device: its session, its reader, its door. It sends facts; the server decides."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from app.formats import mrz
from app.formats.barcode import PictureError, Reader, draw_png
from kiosk_sim.client import Refused, Service, ServiceUnavailable, TrustStale
from kiosk_sim.door import Door
from kiosk_sim.party import Fellow, Party
from kiosk_sim.session import SECONDS, Event, State, step
from kiosk_sim.words import LANGUAGE

TICK_SECONDS = 0.25
PROBE_SECONDS = 5.0
"""How often a waiting device asks whether the service is there: nobody should find out by trying."""
LOST_SECONDS = 8.0
"""How long "out of service" stands at least after a call has failed: long enough to be read."""
PACE_SECONDS = 1.0
TURN_SECONDS = 20.0
DECLARING = (State.DECLARE, State.STILL_THERE)
IDLE = (State.OUT_OF_SERVICE, State.WELCOME)
PENDING = ("hold", "wait")
SHOW_PASSPORT = "show-passport"
READINGS = {"chip": "not-read", "face": "not-checked"}
"""What this simulator says of chip and face: it has neither, and pretends nothing."""


class Fault(StrEnum):
    """Why a device is out of service, for the staff."""

    NO_SERVICE = "no-service"
    KEY_REFUSED = "key-refused"
    TRUST_STALE = "trust-stale"


@dataclass(slots=True)
class Shown:
    """What the last answer of the server was. ``whose``: the name on a fellow traveller's code."""

    answer: str = ""
    counter: str | None = None
    whose: str | None = None


Answered = Mapping[str, Any]
"""What was answered on the screen, but for the passport: the body of POST /kiosk/declarations."""


def _fault_of(error: Exception) -> Fault:
    refused = isinstance(error, Refused) and error.status in (401, 403)
    return Fault.KEY_REFUSED if refused else Fault.NO_SERVICE


class BusyError(Exception):
    """Somebody else stands at the device."""


class Device:
    """A kiosk or a lane. All methods run in one event loop; calls to the server run in threads."""

    def __init__(self, service: Service, reader: Reader) -> None:
        self.service = service
        self.state = State.OUT_OF_SERVICE  # until the service has been asked
        self.fault: Fault | None = None
        self.language = LANGUAGE
        self.shown = Shown()
        self.version = 0
        self.door = Door(self._changed)
        self._reader = reader
        self.party = Party()
        self._mrz: str | None = None
        self._credential: str | None = None
        self._session = 0
        self._deadline = 0.0
        self._probe_at = 0.0
        self._waiters = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_lane(self) -> bool:
        """A lane reads one thing and decides; a kiosk wants the passport first."""
        return self.service.credentials.kind == "lane"

    @property
    def has_door(self) -> bool:
        """A door stands behind lanes and behind the kiosks of a one-step hall."""
        return self.is_lane or self.service.credentials.steps == "one-step"

    async def place_passport(self, text: str) -> None:
        """The reader saw a machine-readable zone (or something that should be one)."""
        if self._is(State.RESULT) and self.shown.answer == SHOW_PASSPORT:
            await self.start_over()
        if self._is(*DECLARING) and self._mrz is not None:
            self.party.read(text, self._mrz, datetime.now(UTC).date())
            await self._happen(Event.TOUCHED)
            return
        try:
            mrz.parse(text, datetime.now(UTC).date())
        except mrz.MrzError:
            await self._happen(Event.PASSPORT_UNREADABLE)
            return
        if self.state in (State.WELCOME, State.PASSPORT_TRY_AGAIN) or (
            self.is_lane and self.state is State.CODE_TRY_AGAIN
        ):
            self._mrz = text
        await self._happen(Event.CODE_READ if self.is_lane else Event.PASSPORT_READ)

    async def show_picture(self, data: bytes) -> None:
        """The camera took a picture of a code."""
        expected = {State.CODE, State.CODE_TRY_AGAIN}
        if self.is_lane:
            expected |= {State.WELCOME, State.PASSPORT_TRY_AGAIN}
        session = self._session
        if self.state not in expected:
            return
        try:
            text = await self._reader.read_async(data)
        except PictureError:
            text = None
        if self._session != session:
            return  # its traveller has gone
        self._credential = text
        await self._happen(Event.CODE_READ if text else Event.CODE_UNREADABLE)

    async def without_code(self) -> None:
        """The traveller has no code: the declaration may be found by the passport."""
        await self._happen(Event.NO_CODE)

    async def declare_here(self) -> None:
        """The traveller wants to declare on this screen."""
        if not self.is_lane:
            await self._happen(Event.DECLARE_HERE)

    async def touched(self) -> None:
        """Somebody is filling the form in: the session goes on."""
        if self._is(*DECLARING):
            await self._happen(Event.TOUCHED)

    async def join(self, fellow: Fellow) -> None:
        """Somebody was typed who declares with the traveller."""
        if self._is(*DECLARING):
            self.party.add(fellow)
            await self._happen(Event.TOUCHED)

    async def part(self, index: int) -> None:
        """Somebody does not declare with the traveller after all."""
        if self._is(*DECLARING):
            self.party.remove(index)
            await self._happen(Event.TOUCHED)

    async def form(self, language: str) -> dict[str, Any]:
        """What the screen asks, in one language. Raises :class:`BusyError` where nobody declares here."""
        return await self._ask(self.service.form, language)

    async def estimate(self, basket: Mapping[str, Any]) -> dict[str, Any]:
        """What goods are estimated to cost this party. Raises as :meth:`form`."""
        if self._mrz is None:
            raise BusyError
        born = self.party.born(self._mrz, datetime.now(UTC).date())
        return await self._ask(self.service.estimate, {**basket, "born": born}) if born else {}

    async def _ask(self, question: Callable[[Any], dict[str, Any]], about: Any) -> dict[str, Any]:
        """Ask the service for whoever declares here; out of service where it does not answer."""
        if not self._is(*DECLARING):
            raise BusyError
        try:
            return await asyncio.to_thread(question, about)
        except Refused as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                return {}
            await self._lose(_fault_of(error))
            raise BusyError from error
        except ServiceUnavailable as error:
            await self._lose(_fault_of(error))
            raise BusyError from error

    async def declare(self, answered: Answered | None) -> None:
        """Send what was certified on the screen; None when the traveller's case is not on it.

        What the service does not take changes nothing: it is asked what to do with the passport alone, and
        that is a counter.
        """
        session, zone = self._session, self._mrz
        if not self._is(*DECLARING) or zone is None:
            return
        await self.touched()
        event = Event.NO_CODE
        if answered is not None:
            try:
                declared = {"mrz": zone, "companions": self.party.sent(), **answered}
                await asyncio.to_thread(self.service.declare, declared)
                event = Event.DECLARED
            except Refused as error:
                if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                    await self._lose(_fault_of(error))
                    return
            except ServiceUnavailable as error:
                await self._lose(_fault_of(error))
                return
        if self._session == session:  # else its traveller has gone
            await self._happen(event)

    async def start_over(self) -> None:
        """The traveller (or staff) begins again."""
        await self._happen(Event.RESET)

    async def speak(self, language: str) -> None:
        """Change the language of the screen."""
        self.language = language
        await self._changed()

    async def walk_up(self, passport: str, code: str | None) -> dict[str, Any]:
        """Somebody comes with a passport and perhaps a code; what was said to them, in order.

        At a walking pace, so that it can be watched on the screen, and after whoever stands there now.
        Raises :class:`BusyError` when that takes too long.
        """
        try:
            async with asyncio.timeout(TURN_SECONDS), self._waiters:
                await self._waiters.wait_for(lambda: self._is(State.WELCOME))
        except TimeoutError:
            raise BusyError from None
        said: list[str] = []
        await self.place_passport(passport)
        await asyncio.sleep(PACE_SECONDS)
        if code is not None:
            await self.show_picture(draw_png(code))
        elif self._is(State.CODE):
            await self.without_code()
        async with self._waiters:
            while self._is(State.DECIDING, State.HOLD):
                if self._is(State.HOLD) and not said:
                    said.append("hold")
                await self._waiters.wait()
        answered = self._is(State.RESULT)
        said.append(self.shown.answer if answered else str(self.state))
        is_open = answered and self.has_door and self.shown.answer == "cleared"
        return {
            "said": said,
            "counter": self.shown.counter,
            "door": "opened" if is_open else "shut",
        }

    async def view(self, after: int, seconds: float) -> dict[str, Any]:
        """What the screen shows; waits up to ``seconds`` for something newer than ``after``."""
        try:
            async with asyncio.timeout(seconds), self._waiters:
                await self._waiters.wait_for(lambda: self.version > after)
        except TimeoutError:
            pass
        said = self.shown.answer if self.state is State.RESULT else str(self.state)
        return {
            "version": self.version,
            "state": str(self.state),
            "said": said,
            "counter": self.shown.counter,
            "whose": self.shown.whose,
            "fault": self.fault,
            "language": self.language,
            "party": self.party.shown(),
            "seconds": SECONDS[State.STILL_THERE],
            "door": self.door.position if self.has_door else None,
            "lamp": self.door.lamp if self.has_door else None,
        }

    async def run(self) -> None:
        """Watch the clock of the session and the service behind it until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._deadline and time.monotonic() > self._deadline:
                await self._happen(Event.TIMEOUT)
            if self.state in IDLE and time.monotonic() >= self._probe_at:
                await self.probe()

    def _is(self, *states: State) -> bool:
        return self.state in states

    async def probe(self) -> None:
        """Ask the service; a session that began meanwhile finds out by itself."""
        fault: Fault | None = None
        try:
            await asyncio.to_thread(self.service.probe)
        except ServiceUnavailable:
            fault = Fault.NO_SERVICE
        except Refused:
            fault = Fault.KEY_REFUSED
        except TrustStale:
            fault = Fault.TRUST_STALE
        self._probe_at = time.monotonic() + PROBE_SECONDS
        lost = self.state is State.OUT_OF_SERVICE
        if self.state in IDLE and (fault is not self.fault or lost is (fault is None)):
            self.fault = fault
            await self._happen(Event.SERVICE_LOST if fault else Event.SERVICE_BACK)

    async def _lose(self, fault: Fault) -> None:
        """A call has failed: out of service, for long enough to be read."""
        self.fault = fault
        self._probe_at = time.monotonic() + LOST_SECONDS
        await self._happen(Event.SERVICE_LOST)

    async def _happen(self, event: Event) -> None:
        before, self.state = self.state, step(self.state, event)
        if self.state is not before and self._is(*IDLE):
            self._mrz = self._credential = None  # nothing of a traveller outlives the session
            self.party.clear()
            self.shown = Shown()
            self._session += 1
        if self.state is State.WELCOME and before is not State.WELCOME:
            self.language = LANGUAGE
        if self.state is State.DECIDING and before is not State.DECIDING:
            task = asyncio.create_task(self._decide())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        seconds = SECONDS.get(self.state)
        self._deadline = time.monotonic() + seconds if seconds else 0.0
        await self._changed()

    async def _changed(self) -> None:
        async with self._waiters:
            self.version += 1
            self._waiters.notify_all()

    async def _decide(self) -> None:
        try:
            found = await asyncio.to_thread(
                self.service.present,
                credential=self._credential,
                mrz=self._mrz,
                readings=dict(READINGS),
            )
            while found["answer"] in PENDING:
                await self._happen(Event.HELD)
                found = await asyncio.to_thread(self.service.await_decision, found["id"])
            if found["answer"] == "cleared" and self.has_door:
                found = await self._open(found)
        except Refused as error:
            await self._lose(_fault_of(error))
            return
        except Exception:  # noqa: BLE001  # whatever it was: never waiting for ever, never open
            await self._lose(Fault.NO_SERVICE)
            return
        self.shown = Shown(found["answer"], found.get("counter"), found.get("whose"))
        await self._happen(Event.ANSWERED)

    async def _open(self, found: dict[str, Any]) -> dict[str, Any]:
        """Consume the clearance, then open: without the server's yes the door stays shut."""
        try:
            await asyncio.to_thread(self.service.pass_through, found["id"])
        except Refused:
            return {"answer": "refer", "counter": found.get("counter")}
        task = asyncio.create_task(self.door.let_through())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return found
