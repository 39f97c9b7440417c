"""The session of a device and what can end it: the service, the lane, an evacuation, the staff."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from kiosk_sim.allowance import Allowance
from kiosk_sim.client import Refused, Service, ServiceUnavailable, TrustStale
from kiosk_sim.door import Door, Order
from kiosk_sim.journal import Journal
from kiosk_sim.party import Party
from kiosk_sim.session import SECONDS, Event, State, step
from kiosk_sim.shown import Fault, Shown, fault_of
from kiosk_sim.turn import Turn
from kiosk_sim.words import LANGUAGE

PROBE_SECONDS = 2.0
"""How long a waiting device rests before it asks again whether the service is there: nobody should find out by trying."""
ANSWER_SECONDS = 2.5
"""How long that answer may take: a service that hangs is noticed within five seconds, as by a lane."""
SILENCE_SECONDS = 5.0
"""How long somebody waits for the service's word before the device is out of service."""
LOST_SECONDS = 8.0
"""How long "out of service" stands at least after a call has failed: long enough to be read."""
CHOSEN_SECONDS = 30.0
"""How long a language stands that somebody chose who begins nothing."""
IDLE = (State.OUT_OF_SERVICE, State.WELCOME)
HERE = (None, Fault.LANE_STOPPED, Fault.EVACUATED, Fault.CLOSED)
"""The service is there, whether or not anybody is served."""


class Machine:
    """State, clock and fault of a device. All methods run in one event loop; calls to the server run in threads."""

    def __init__(
        self, service: Service, journal: Journal | None = None, *, key_turned: bool = False
    ) -> None:
        self.service = service
        self.state = State.OUT_OF_SERVICE  # until the service has been asked
        self.fault: Fault | None = Fault.NO_SERVICE
        self.closed = False
        self.language = LANGUAGE
        self.shown = Shown()
        self.notices: list[dict[str, Any]] = []
        self.version = 0
        self.door = Door(self._lane_changed, journal, assisted=service.credentials.assisted)
        self.door.connected = False
        self.checks: dict[str, Callable[[], bool]] = {}
        """What is tested beside the door, by name: told with the heartbeat, and closes nothing by itself."""
        self.party = Party()
        self._stays = False
        self._key_turned = key_turned
        self._turn = Turn()
        self._session = 0
        self._allowance = Allowance()
        self._back = State.DECLARE
        self._deadline = 0.0
        self._probe_at = 0.0
        self._is_probing = False
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

    @property
    def here(self) -> State:
        """Where the session is, under the question whether somebody is still there."""
        return self._back if self.state is State.STILL_THERE else self.state

    def _is(self, *states: State) -> bool:
        return self.here in states

    async def start_over(self) -> None:
        """The traveller (or staff) begins again."""
        await self._happen(Event.RESET)

    async def speak(self, language: str) -> None:
        """Change the language of the screen; whoever chose it and went leaves the next one the usual."""
        self.language = language
        if self._is(State.WELCOME):
            self._deadline = time.monotonic() + CHOSEN_SECONDS
        await self._changed()

    async def probe(self) -> None:
        """Ask the service; a session that began meanwhile finds out by itself, and a call that has failed meanwhile
        says more.
        """
        fault: Fault | None = None
        asked_at = self._probe_at
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.to_thread(self.service.probe)
        except (ServiceUnavailable, TimeoutError):
            fault = Fault.NO_SERVICE
        except Refused:
            fault = Fault.KEY_REFUSED
        except TrustStale:
            fault = Fault.TRUST_STALE
        if self._probe_at != asked_at:
            return
        self._probe_at = time.monotonic() + PROBE_SECONDS
        if self.has_door and fault:
            self.door.lose_service()
        elif self.has_door:
            self.door.connected = True
            if self._key_turned:  # by whoever has started the program, once
                self._key_turned = not self.door.obey(Order("reset"))
        await self._settle(fault or self._stopped())

    async def _probe_aside(self) -> None:
        """Ask while the clock of the device goes on."""
        self._is_probing = True
        try:
            await self.probe()
        finally:
            self._is_probing = False

    def _probe_if_due(self) -> None:
        """A waiting device asks again, once at a time."""
        is_due = time.monotonic() >= self._probe_at
        if self.state in IDLE and is_due and not self._is_probing:
            self._is_probing = True
            self._start(self._probe_aside())

    async def tell(self, notices: list[dict[str, Any]]) -> None:
        """What the service tells everybody, ``[{"kind", "texts": {language: {"title", "body"}}}]``."""
        if notices != self.notices:
            self.notices = notices
            await self._changed()

    async def evacuate(self, *, is_over: bool = False) -> None:
        """The hall is being evacuated: nobody is served, doors are released."""
        self.door.evacuated = not is_over
        await self._lane_changed()

    async def set_closed(self, *, closed: bool) -> bool:
        """Staff take the device out of service, once nobody is served, or back into it. False: it was so already."""
        if closed is self.closed:
            return False
        self.closed = self.door.closed = closed
        if self.fault in HERE:
            await self._settle(self._stopped())
        return True

    def _stopped(self) -> Fault | None:
        """Why this device serves nobody although the service is there."""
        if self.door.evacuated:
            return Fault.EVACUATED
        if self.closed:
            return Fault.CLOSED
        return Fault.LANE_STOPPED if self.has_door and not self.door.in_service else None

    async def _settle(self, fault: Fault | None) -> None:
        """In service or out of it, where nobody is being served."""
        lost = self.state is State.OUT_OF_SERVICE
        if self.state in IDLE and (fault is not self.fault or lost is (fault is None)):
            self.fault = fault
            await self._happen(Event.SERVICE_LOST if fault else Event.SERVICE_BACK)

    async def _lane_changed(self) -> None:
        """The lane was stopped, or an officer has brought it back."""
        if self.fault in HERE:
            await self._settle(self._stopped())
        await self._changed()

    async def lose_contact(self) -> None:
        """The service has been silent for too long, whatever this device is doing."""
        if self.fault in HERE:
            await self._lose(Fault.NO_SERVICE)

    async def order(self, order: Order) -> bool:
        """An officer's word on the lane, or a key turned at it. False where it changes nothing."""
        done = self.door.obey(order)
        await self._lane_changed()
        return done

    async def _lose(self, fault: Fault) -> None:
        """A call has failed: out of service, for long enough to be read."""
        if self.has_door:
            self.door.lose_service()
        self.fault = fault
        self._probe_at = time.monotonic() + LOST_SECONDS
        await self._happen(Event.SERVICE_LOST)

    async def _lose_session(self, session: int, error: Exception) -> None:
        """A call for somebody's session has failed. One who has gone costs the next nothing."""
        if self._session == session:
            await self._lose(fault_of(error))

    async def _happen(
        self, event: Event, work: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        """Take the step. ``work``: what DECIDING waits for, unless it is the service's word on who was read."""
        before, self.state = self.state, step(self.state, event, self._back)
        if self.state is State.STILL_THERE and before is not State.STILL_THERE:
            self._back = before
        if self.state is not before and self._is(*IDLE):
            self._forget()
            self._session += 1
            self.door.end_turn(stays=self._stays)
        is_left = before is not State.WELCOME or event in (Event.TIMEOUT, Event.RESET)
        if self.state is State.WELCOME and is_left:
            self.language = LANGUAGE
        if self.state is State.DECIDING and before is not State.DECIDING:
            self._start((work or self._decide)())
        self._allowance.enter(self.here, begins=self._is(*IDLE) or event is Event.MORE)
        seconds = SECONDS.get(self.state)
        self._deadline = time.monotonic() + seconds if seconds else 0.0
        await self._changed()
        if self.closed and self._is(State.WELCOME):
            await self._settle(self._stopped())

    def _forget(self) -> None:
        """Nothing of a traveller outlives the session."""
        self._turn = Turn()
        self.party.clear()
        self.shown = Shown()

    async def _decide(self) -> None:
        """Find out what the service says of whoever was read, and end in an answer or out of service."""
        raise NotImplementedError

    async def _changed(self) -> None:
        async with self._waiters:
            self.version += 1
            self._waiters.notify_all()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
