"""One simulated device: its session, its reader, its door. It sends facts; the server decides."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from app.formats import mrz
from app.formats.barcode import PictureError, Reader, draw_png
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.client import Refused, Service, ServiceUnavailable
from kiosk_sim.declaring import BusyError
from kiosk_sim.face import Engine, Result
from kiosk_sim.face.handover import Handover
from kiosk_sim.face.quality import Say
from kiosk_sim.face.station import Station
from kiosk_sim.face.walking import Found
from kiosk_sim.face.watch import SHOW_CODE, Watch
from kiosk_sim.journal import Journal
from kiosk_sim.machine import IDLE, SILENCE_SECONDS
from kiosk_sim.session import SECONDS, Event, State
from kiosk_sim.shown import Shown
from kiosk_sim.tries import Memory
from kiosk_sim.turn import DECLINED, GOES_ON, LEFT, NOT_CHECKED, TIME_OVER, Turn, strictest
from kiosk_sim.watched import Watched

TICK_SECONDS = 0.25
PACE_SECONDS = 1.0
TURN_SECONDS = 20.0
PENDING = ("hold", "wait")
SHOW_PASSPORT = "show-passport"
FACE_UNKNOWN = "face-unknown"
CHOICE_SECONDS = 20.0
"""How long the choice to be known by the face stands: long enough to read what becomes of it."""
ASKED_AGAIN = (SHOW_PASSPORT, "show-other-code", SHOW_CODE)
"""Answers after which the traveller goes on standing there."""
READS = (State.WELCOME, State.PASSPORT, State.PASSPORT_TRY_AGAIN, State.NEXT)
TAKES_CODE = (State.WELCOME, State.CODE, State.CODE_TRY_AGAIN)


class Device(Watched):
    """A kiosk or a lane: what its reader and its camera see, and what the service says to that."""

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
        super().__init__(service, journal, key_turned=key_turned)
        self._chips = chips
        self._reader = reader
        self._station = Station(faces)
        self._memory = Memory()
        self._handover = Handover(service)
        self._watch = Watch(service, faces if self.is_lane else None)
        self._credential: str | None = None
        self._walker: Found | None = None
        self._answers: list[dict[str, Any]] = []

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
        """The passport is one: read its chip, then go on to the face or the code.

        Every passport begins a turn of its own, and what is read belongs to that turn alone: a slow reader must
        not speak of whoever came next, nor one of a party for another.
        """
        today = datetime.now(UTC).date()
        zone = mrz.parse(document.mrz, today)
        tried = self._memory.of(zone)
        turn = self._turn = Turn(document.mrz, tries=tried.tries)
        await self._happen(Event.PASSPORT_PLACED)
        if self._chips is not None:
            turn.chip = await asyncio.to_thread(self._chips.read, document)
        if self._turn is not turn:
            return
        is_compared = await self._station.begin(zone, turn.chip.portrait, today, tried.faces)
        if not is_compared and tried.faces.is_over:
            turn.face = tried.faces.so_far()
        if self._turn is turn and self._is(State.READING):
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

    def compare_from(self, years: int) -> None:
        """The age from which the hall has faces compared."""
        self._station.child_age = years

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
        await self._chosen(self._handover.choose)

    async def walk_by_code(self) -> None:
        """The traveller who chose that does not want it any more."""
        await self._chosen(self._handover.take_back)

    async def _chosen(self, act: Callable[[], Awaitable[None]]) -> None:
        """What became of a choice stands long enough to be read, and to be changed."""
        session = self._session
        if not self._is(State.RESULT):
            return
        self._deadline = time.monotonic() + CHOICE_SECONDS
        await act()
        if self._session == session:
            self._deadline = time.monotonic() + CHOICE_SECONDS
        await self._changed()

    async def agree_face(self) -> None:
        """The traveller agrees that the camera compares."""
        await self._happen(Event.AGREED)

    async def without_face(self, why: str = DECLINED) -> None:
        """The time at the camera is over, or the traveller wants none: what was compared until then counts, and why
        it ended is told with it.
        """
        result = self._station.give_up() if self._is(State.CONSENT, State.FACE) else None
        if result is not None:
            self._turn.face_end = why
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
        if self._turn.mrz is None and not self.is_lane:
            self._turn.tries = self._memory.unknown()
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

    async def conclude(self) -> None:
        """Nobody else of the party comes."""
        if self._answers and self._is(State.NEXT, State.PASSPORT_TRY_AGAIN):
            await self._happen(Event.ALL_READ, self._end)

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
        await self.without_face()  # nobody stands before the camera
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
            "here": str(self.here),
            "said": said,
            "counter": self.shown.counter,
            "whose": self.shown.whose,
            "left": self.shown.left,
            "says": self._says(),
            "walk": self._handover.walk if self._is(State.RESULT) else None,
            "watched": self.live.is_watched,
            "looks": self._is(State.WELCOME) and self._watch.sought > 0,
            "fault": self.fault,
            "notices": self._posted(),
            "language": self.language,
            "party": self.party.shown(),
            "seconds": SECONDS[State.STILL_THERE],
            "door": self.door.position if self.has_door else None,
            "lamp": self.door.lamp if self.has_door else None,
        }

    def _posted(self) -> list[dict[str, str]]:
        """What everybody is told, while nobody is served."""
        stands = self.state in IDLE
        return [one["texts"][self.language] for one in self.notices] if stands else []

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
            if self._allowance.is_over and not self.is_lane:
                await self.overstay()
            elif is_over and self._is(State.FACE):
                await self.without_face(TIME_OVER)
            elif is_over:
                await self._happen(Event.RESET if self.is_lane else Event.TIMEOUT)
            self._watch.keep(in_service=self.state is not State.OUT_OF_SERVICE)
            if self._is(State.WELCOME) and self._watch.is_due:
                self._start(self._watch.refresh())
            self._probe_if_due()

    async def overstay(self) -> None:
        """Whoever is here has been for three minutes: the service is asked by what was read, or a person is called."""
        if self._is(State.CONSENT, State.FACE):
            await self.without_face(TIME_OVER)
        if self._answers:
            await self.conclude()
        read = self._turn.mrz is not None
        await self._happen(Event.ALL_READ if read else Event.GIVEN_UP)

    def _leave_word(self) -> None:
        """What an officer must hear of is told though its traveller has begun anew or gone before the service was asked."""
        turn, seen = self._turn, self._station.give_up()
        if turn.told or turn.mrz is None or self.is_lane or self.state is State.OUT_OF_SERVICE:
            return
        if seen is not None and seen.verdict is not NOT_CHECKED.verdict:
            turn.face, turn.face_end = seen, LEFT
        if turn.is_doubtful:
            self._start(self._tell(turn, self._credential))

    async def _tell(self, turn: Turn, credential: str | None) -> None:
        """The answer is shown to nobody: whoever it is about does not stand here any more."""
        with suppress(Refused, ServiceUnavailable):
            await asyncio.to_thread(
                self.service.present, credential=credential, mrz=turn.mrz, readings=turn.readings()
            )

    def _forget(self) -> None:
        self._leave_word()
        super()._forget()
        self._credential = self._walker = None
        self._answers.clear()
        self._station.clear()
        self._handover.clear()
        self._watch.clear()

    async def _decide(self) -> None:
        """Ask the service about the person who was read; then for the next of the party, or end.

        An answer that comes when its traveller has gone opens nothing and is shown to nobody.
        """
        session, turn = self._session, self._turn
        turn.told = True
        if self.has_door:
            await self.door.begin_turn()
        if self._session != session:
            return
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                found = await asyncio.to_thread(self._ask_service)
            left = found.get("party_left", 0)
            while found["answer"] in PENDING and self._session == session:
                await self._happen(Event.HELD)
                found = await asyncio.to_thread(self.service.await_decision, found["id"])
        except Exception as error:  # noqa: BLE001  # whatever it was: never waiting for ever, never open
            await self._lose_session(session, error)
            return
        if self._session != session:
            return
        self._answers.append(found)
        turn.tries.clear()
        self._start(self._handover.show(found, turn.face, turn.chip.portrait))
        if left and not self.is_lane and found["answer"] in GOES_ON:
            self.shown = Shown(found["answer"], None, None, left)
            self._turn = Turn()
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
        session, found = self._session, dict(strictest(self._answers))
        try:
            if found["answer"] == "cleared" and self.has_door:
                found = await self._open(found)
        except Exception as error:  # noqa: BLE001  # likewise
            await self._lose_session(session, error)
            return
        if self._session != session:
            return
        if self.has_door and found["answer"] not in ("cleared", *ASKED_AGAIN):
            self.door.referred()
        whose = found.get("whose") if len(self._answers) == 1 else None
        self.shown = Shown(found["answer"], found.get("counter"), whose)
        alone = len(self._answers) == 1 and not self.party.sent()
        await self._handover.offer(found, self._turn.face, alone=alone)
        if self._session != session:
            return
        await self._happen(Event.ANSWERED)
        self._answered(session, found["answer"], found.get("id", ""))
        if self._handover.walk:
            self._deadline = time.monotonic() + CHOICE_SECONDS

    async def _open(self, found: dict[str, Any]) -> dict[str, Any]:
        """Consume the clearances, all or none, then open: without the server's yes the door stays shut, and a lane
        that could not open consumes nothing.
        """
        referred = {"answer": "refer", "counter": found.get("counter")}
        session = self._session
        first, *others = (answer["id"] for answer in self._answers)
        if not await self.door.is_free() or self._session != session:
            return referred
        try:
            await asyncio.to_thread(self.service.pass_through, first, others)
        except Refused as error:
            if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise
            return referred
        if self._session != session:
            return referred  # they have gone, or the line has: nobody else goes on their word
        return found if self.door.cleared(1 + len(others)) else referred
