"""One simulated device: its session, its reader, its door. It sends facts; the server decides."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from app.formats import mrz
from app.formats.barcode import PictureError, Reader, draw_png
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.client import Refused, Service, ServiceUnavailable, TrustStale
from kiosk_sim.door import Door, Order
from kiosk_sim.face import Engine, Result
from kiosk_sim.face.handover import Handover
from kiosk_sim.face.quality import Say
from kiosk_sim.face.station import Station
from kiosk_sim.face.walking import Found
from kiosk_sim.face.watch import SHOW_CODE, Watch
from kiosk_sim.journal import Journal
from kiosk_sim.party import Fellow, Party
from kiosk_sim.session import SECONDS, Event, State, step
from kiosk_sim.shown import Fault, Shown, fault_of
from kiosk_sim.turn import GOES_ON, Turn, strictest
from kiosk_sim.words import LANGUAGE

TICK_SECONDS = 0.25
PROBE_SECONDS = 5.0
"""How often a waiting device asks whether the service is there: nobody should find out by trying."""
LOST_SECONDS = 8.0
"""How long "out of service" stands at least after a call has failed: long enough to be read."""
PACE_SECONDS = 1.0
TURN_SECONDS = 20.0
IDLE = (State.OUT_OF_SERVICE, State.WELCOME)
HERE = (None, Fault.LANE_STOPPED, Fault.EVACUATED, Fault.CLOSED)
"""The service is there, whether or not anybody is served."""
PENDING = ("hold", "wait")
SHOW_PASSPORT = "show-passport"
FACE_UNKNOWN = "face-unknown"
CHOICE_SECONDS = 20.0
"""How long the choice to be known by the face stands: long enough to read what becomes of it."""
ASKED_AGAIN = (SHOW_PASSPORT, "show-other-code", SHOW_CODE)
"""Answers after which the traveller goes on standing there."""
READS = (State.WELCOME, State.PASSPORT, State.PASSPORT_TRY_AGAIN, State.NEXT)
TAKES_CODE = (State.WELCOME, State.CODE, State.CODE_TRY_AGAIN)


Answered = Mapping[str, Any]
"""What was answered on the screen, but for the passport: the body of POST /kiosk/declarations."""


class BusyError(Exception):
    """Somebody else stands at the device."""


class Device:
    """A kiosk or a lane. All methods run in one event loop; calls to the server run in threads."""

    def __init__(
        self,
        service: Service,
        reader: Reader,
        *,
        chips: ChipReader | None = None,
        faces: Engine | None = None,
        journal: Journal | None = None,
        key_turned: bool = False,
    ) -> None:
        self.service = service
        self._chips = chips
        self._station = Station(faces)
        self._handover = Handover(service)
        self._watch = Watch(service, faces if self.is_lane else None)
        self.state = State.OUT_OF_SERVICE  # until the service has been asked
        self.fault: Fault | None = Fault.NO_SERVICE
        self.closed = False
        self.language = LANGUAGE
        self.shown = Shown()
        self.version = 0
        self.door = Door(self._lane_changed, journal, assisted=service.credentials.assisted)
        self.door.connected = False
        self._stays = False
        self._key_turned = key_turned
        self._reader = reader
        self.party = Party()
        self._turn = Turn()
        self._credential: str | None = None
        self._walker: Found | None = None
        self._answers: list[dict[str, Any]] = []
        self._session = 0
        self._back = State.DECLARE
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

    async def place_passport(self, document: Document) -> None:
        """The reader saw a passport (or something that should be one)."""
        if self._is(State.RESULT) and self.shown.answer == SHOW_PASSPORT:
            self._stays = True
            await self.start_over()
            self._stays = False
        if self._is(State.DECLARE) and self._turn.mrz is not None:
            self.party.read(document.mrz, self._turn.mrz, datetime.now(UTC).date())
            await self._happen(Event.TOUCHED)
            return
        try:
            mrz.parse(document.mrz, datetime.now(UTC).date())
        except mrz.MrzError:
            if self._is(*READS):
                await self._fail("passport", Event.PASSPORT_UNREADABLE, Event.GIVEN_UP)
            return
        if self.is_lane and self._is(*READS, State.CODE_TRY_AGAIN):
            self._turn.mrz = document.mrz
            await self._happen(Event.CODE_READ)
        elif self._is(*READS):
            await self._read(document)

    async def _read(self, document: Document) -> None:
        """The passport is one: read its chip, then go on to the face or the code."""
        if self._is(State.NEXT):
            self._turn = Turn()
        session, self._turn.mrz = self._session, document.mrz
        await self._happen(Event.PASSPORT_PLACED)
        if self._chips is not None:
            self._turn.chip = await asyncio.to_thread(self._chips.read, document)
        today = datetime.now(UTC).date()
        portrait = self._turn.chip.portrait
        is_compared = await self._station.begin(mrz.parse(document.mrz, today), portrait, today)
        if self._session == session and self._is(State.READING):
            await self._happen(
                Event.FACE_WANTED if is_compared else self._after(Event.PASSPORT_READ)
            )

    async def show_face(self, frame: bytes) -> Say | None:
        """The camera took a picture of who stands there; what is said to that. None where no face is compared."""
        if self.is_lane:
            return await self._seen(frame)
        step = await self._station.take(frame) if self._is(State.FACE) else None
        if step is None or not self._is(State.FACE):
            return None
        if step.result is None:
            await self._changed()
        else:
            await self._face_done(step.result)
        return step.say

    async def _seen(self, frame: bytes) -> Say | None:
        """A lane's camera: whoever chose it at the kiosk need show nothing."""
        session = self._session
        seen = await self._watch.take(frame) if self._is(State.WELCOME) else None
        if seen is None or self._session != session or not self._is(State.WELCOME):
            return None
        said, self._walker = seen
        await self._changed()
        if self._walker is not None:
            await self._happen(Event.CODE_READ)
        return said

    async def walk_by_face(self) -> None:
        """The traveller wants to be known by the face at the lane."""
        if self._is(State.RESULT):
            await self._handover.choose()
            await self._changed()

    async def without_face(self) -> None:
        """The time at the camera is over, or the traveller wants none: what was compared until then counts."""
        result = self._station.give_up() if self._is(State.FACE) else None
        if result is not None:
            await self._face_done(result)

    async def _face_done(self, result: Result) -> None:
        self._turn.face = result
        self._station.clear()
        await self._happen(self._after(Event.FACE_DONE))

    def _after(self, event: Event) -> Event:
        """``event``, unless nothing else has to be read: a code that came first, or one that serves a party."""
        return Event.ALL_READ if self._credential is not None or self._answers else event

    async def _fail(self, what: str, event: Event, last: Event) -> None:
        """Something could not be read: again, and after the last try ``last``."""
        is_last = self._turn.failed(what)
        await self._happen(event)
        if is_last and not self.is_lane:
            await self._happen(last)

    async def scan(self, data: bytes) -> None:
        """The camera took a picture that may show a code: one without is no try."""
        await self.show_picture(data, is_try=False)

    async def show_picture(self, data: bytes, *, is_try: bool = True) -> None:
        """The camera took a picture of a code."""
        takes = {*TAKES_CODE, State.PASSPORT_TRY_AGAIN} if self.is_lane else {*TAKES_CODE}
        session = self._session
        if self.here not in takes:
            return
        try:
            text = await self._reader.read_async(data)
        except PictureError:
            text = None
        if self._session != session or self.here not in takes:
            return  # its traveller has gone, or something else was read meanwhile
        if text is None and not is_try:
            return
        if text is None:
            has_passport = self._turn.mrz is not None
            last = Event.NO_CODE if has_passport else Event.GIVEN_UP
            await self._fail("code", Event.CODE_UNREADABLE, last)
            return
        self._credential = text
        is_first = not self.is_lane and self._turn.mrz is None
        await self._happen(Event.CODE_FIRST if is_first else Event.CODE_READ)

    async def without_code(self) -> None:
        """The traveller has no code: the declaration may be found by the passport."""
        await self._happen(Event.NO_CODE)

    async def declare_here(self) -> None:
        """The traveller wants to declare on this screen."""
        if not self.is_lane:
            await self._happen(Event.DECLARE_HERE)

    async def touched(self) -> None:
        """Somebody is there: the session goes on."""
        if self.state is State.STILL_THERE or self._is(State.DECLARE):
            await self._happen(Event.TOUCHED)

    async def conclude(self) -> None:
        """Nobody else of the party comes."""
        if self._is(State.NEXT):
            await self._happen(Event.ALL_READ, self._end)

    async def join(self, fellow: Fellow) -> None:
        """Somebody was typed who declares with the traveller."""
        if self._is(State.DECLARE):
            self.party.add(fellow)
            await self._happen(Event.TOUCHED)

    async def part(self, index: int) -> None:
        """Somebody does not declare with the traveller after all."""
        if self._is(State.DECLARE):
            self.party.remove(index)
            await self._happen(Event.TOUCHED)

    async def form(self, language: str) -> dict[str, Any]:
        """What the screen asks, in one language. Raises :class:`BusyError` where nobody declares here."""
        return await self._ask(self.service.form, language)

    async def estimate(self, basket: Mapping[str, Any]) -> dict[str, Any]:
        """What goods are estimated to cost this party. Raises as :meth:`form`."""
        if self._turn.mrz is None:
            raise BusyError
        born = self.party.born(self._turn.mrz, datetime.now(UTC).date())
        return await self._ask(self.service.estimate, {**basket, "born": born}) if born else {}

    async def _ask(self, question: Callable[[Any], dict[str, Any]], about: Any) -> dict[str, Any]:
        """Ask the service for whoever declares here; out of service where it does not answer."""
        if not self._is(State.DECLARE):
            raise BusyError
        try:
            return await asyncio.to_thread(question, about)
        except Refused as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                return {}
            await self._lose(fault_of(error))
            raise BusyError from error
        except ServiceUnavailable as error:
            await self._lose(fault_of(error))
            raise BusyError from error

    async def declare(self, answered: Answered | None) -> None:
        """Send what was certified on the screen; None when the traveller's case is not on it.

        What the service does not take changes nothing: it is asked what to do with the passport alone, and
        that is a counter.
        """
        session, zone = self._session, self._turn.mrz
        if not self._is(State.DECLARE) or zone is None:
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
                    await self._lose(fault_of(error))
                    return
            except ServiceUnavailable as error:
                await self._lose(fault_of(error))
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

    async def walk_up(self, passport: Document, code: str | None) -> dict[str, Any]:
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
        await self.conclude()
        async with self._waiters:
            await self._waiters.wait_for(lambda: not self._is(State.DECIDING))
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
            "left": self.shown.left,
            "says": self._says(),
            "walk": self._handover.walk if self._is(State.RESULT) else None,
            "looks": self._is(State.WELCOME) and self._watch.sought > 0,
            "fault": self.fault,
            "language": self.language,
            "party": self.party.shown(),
            "seconds": SECONDS[State.STILL_THERE],
            "door": self.door.position if self.has_door else None,
            "lamp": self.door.lamp if self.has_door else None,
        }

    def _says(self) -> str | None:
        """What is said to whoever stands before the camera."""
        if self._is(State.FACE):
            return self._station.says
        return self._watch.says if self._is(State.WELCOME) else None

    async def run(self) -> None:
        """Watch the clock of the session and the service behind it until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            is_over = bool(self._deadline) and time.monotonic() > self._deadline
            if is_over and self._is(State.FACE):
                await self.without_face()
            elif is_over:
                await self._happen(Event.RESET if self.is_lane else Event.TIMEOUT)
            if self._is(State.WELCOME) and self._watch.is_due:
                self._start(self._watch.refresh())
            if self.state in IDLE and time.monotonic() >= self._probe_at:
                await self.probe()

    @property
    def here(self) -> State:
        """Where the session is, under the question whether somebody is still there."""
        return self._back if self.state is State.STILL_THERE else self.state

    def _is(self, *states: State) -> bool:
        return self.here in states

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
        if self.has_door and fault:
            self.door.lose_service()
        elif self.has_door:
            self.door.connected = True
            if self._key_turned:  # by whoever has started the program, once
                self._key_turned = not self.door.obey(Order("reset"))
        await self._settle(fault or self._stopped())

    async def evacuate(self, *, is_over: bool = False) -> None:
        """The hall is being evacuated: nobody is served, doors are released."""
        self.door.evacuated = not is_over
        await self._lane_changed()

    async def set_closed(self, *, closed: bool) -> bool:
        """Staff take the device out of service, once nobody is served, or back into it. False: it was so already."""
        if closed is self.closed:
            return False
        self.closed = closed
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

    async def _happen(
        self, event: Event, work: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        """Take the step. ``work``: what DECIDING waits for, unless it is the service's word on who was read."""
        before, self.state = self.state, step(self.state, event, self._back)
        if self.state is State.STILL_THERE and before is not State.STILL_THERE:
            self._back = before
        if self.state is not before and self._is(*IDLE):
            self._turn, self._credential = (
                Turn(),
                None,
            )  # nothing of a traveller outlives the session
            self._station.clear()
            self._handover.clear()
            self._watch.clear()
            self._walker = None
            self._answers.clear()
            self.party.clear()
            self.shown = Shown()
            self._session += 1
            self.door.end_turn(stays=self._stays)
        if self.state is State.WELCOME and before is not State.WELCOME:
            self.language = LANGUAGE
        if self.state is State.DECIDING and before is not State.DECIDING:
            self._start((work or self._decide)())
        seconds = SECONDS.get(self.state)
        self._deadline = time.monotonic() + seconds if seconds else 0.0
        await self._changed()
        if self.closed and self._is(State.WELCOME):
            await self._settle(self._stopped())

    async def _changed(self) -> None:
        async with self._waiters:
            self.version += 1
            self._waiters.notify_all()

    async def _decide(self) -> None:
        """Ask the service about the person who was read; then for the next of the party, or end."""
        if self.has_door:
            await self.door.begin_turn()
        try:
            found = await asyncio.to_thread(self._ask_service)
            left = found.get("party_left", 0)
            while found["answer"] in PENDING:
                await self._happen(Event.HELD)
                found = await asyncio.to_thread(self.service.await_decision, found["id"])
        except Exception as error:  # noqa: BLE001  # whatever it was: never waiting for ever, never open
            await self._lose(fault_of(error))
            return
        self._answers.append(found)
        portrait = self._turn.chip.portrait
        self._start(self._handover.show(found, self._turn.face, portrait))
        if left and not self.is_lane and found["answer"] in GOES_ON:
            self.shown = Shown(found["answer"], None, None, left)
            await self._happen(Event.MORE)
        else:
            await self._end()

    def _ask_service(self) -> dict[str, Any]:
        """What the service says of whoever was read, or was known by the face."""
        walker = self._walker
        if walker is None:
            return self.service.present(
                credential=self._credential,
                mrz=self._turn.mrz,
                readings=self._turn.readings(),
            )
        try:
            return self.service.present_face(str(walker.registration), walker.readings())
        except Refused as error:
            if error.code != FACE_UNKNOWN:
                raise
            return {"answer": SHOW_CODE}  # forgotten or passed since the lane last asked

    async def _end(self) -> None:
        """Say what holds for everybody who was read, and open where all are cleared and there is a door."""
        found = dict(strictest(self._answers))
        try:
            if found["answer"] == "cleared" and self.has_door:
                found = await self._open(found)
        except Exception as error:  # noqa: BLE001  # likewise
            await self._lose(fault_of(error))
            return
        if self.has_door and found["answer"] not in ("cleared", *ASKED_AGAIN):
            self.door.referred()
        whose = found.get("whose") if len(self._answers) == 1 else None
        self.shown = Shown(found["answer"], found.get("counter"), whose)
        alone = len(self._answers) == 1 and not self.party.sent()
        await self._handover.offer(found, self._turn.face, alone=alone)
        await self._happen(Event.ANSWERED)
        if self._handover.walk:
            self._deadline = time.monotonic() + CHOICE_SECONDS

    async def _open(self, found: dict[str, Any]) -> dict[str, Any]:
        """Consume the clearances, all or none, then open: without the server's yes the door stays shut, and a lane
        that could not open consumes nothing.
        """
        referred = {"answer": "refer", "counter": found.get("counter")}
        if not await self.door.is_free():
            return referred
        first, *others = (answer["id"] for answer in self._answers)
        try:
            await asyncio.to_thread(self.service.pass_through, first, others)
        except Refused as error:
            if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise
            return referred
        return found if self.door.cleared(len(self._answers)) else referred

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
