"""The agent of one lane: it reads the sensors, follows the table, drives the leaf and notes what officers must know.

It has no word of its own on who passes: it starts to open on a clearance that the service has consumed, on an
officer's order or key, or on fire. What it does is written into the journal before the leaf moves.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app.formats.lane import LaneNote, LaneWord
from kiosk_sim.journal import Journal
from kiosk_sim.lane import DOOR, LAMP, UNFINISHED, Event, Lane, State, seconds, step
from kiosk_sim.lane import Door as Drive
from kiosk_sim.sensors import AT_REST, Let, intruded, sensed
from kiosk_sim.walkway import LINE_IN, Intent, Walkway

TICK_SECONDS = 0.05
PAUSE_SECONDS = TICK_SECONDS
TRIES = 60
"""Looks at the lane while somebody before is still in it, a pause apart: three seconds."""
MOST_PEOPLE = 6
IN_SERVICE = frozenset(
    {State.WAITING, State.IDENTIFYING, State.OPENING, State.PASSING, State.CLOSING, State.BLOCKED,
     State.REFERRED}
)  # fmt: skip


Note = LaneNote
"""What officers are told of a lane."""
EXPECT = LaneWord.EXPECT
OPENS = (LaneWord.PASS, EXPECT)
"""Orders that let somebody in; the others can only shut the leaf, and a lane out of service may need them."""
BEFORE = (State.WAITING, State.IDENTIFYING, State.REFERRED)
ORDERS: dict[str, Event] = {
    LaneWord.PASS: Event.OFFICER_PASS,
    LaneWord.REFUSE: Event.OFFICER_REFUSE,
    LaneWord.RESET: Event.OFFICER_RESET,
}
_PLAIN = {
    Event.REVERSE: Note.REVERSE,
    Event.FORCED: Note.FORCED,
    Event.FAULT: Note.FAULT,
    Event.OFFLINE: Note.OFFLINE,
    Event.POWER_LOST: Note.POWER_LOST,
    Event.POWER_BACK: Note.POWER_BACK,
    Event.FIRE: Note.FIRE,
    Event.OBSTACLE: Note.OBSTACLE,
    Event.OFFICER_PASS: Note.PASSED,
    Event.OFFICER_REFUSE: Note.REFUSED,
    Event.OFFICER_RESET: Note.RESET,
}


def noted(before: Lane, event: Event, after: Lane) -> Note | None:
    """What is to be told of a step that changed something."""
    if event is Event.SECOND:
        return Note.TAILGATING if after.state is State.ALARM else Note.SECOND
    if event is Event.ANOTHER:
        return Note.SECOND
    if event is Event.TIMEOUT and after.state is State.ALARM:
        return Note.BLOCKED
    if event is Event.TIMEOUT and after.state is State.STOPPED:
        return Note.DOOR_FAULT
    if before.state is State.PASSING and event in (Event.LEFT, Event.TIMEOUT):
        return Note.UNUSED
    return _PLAIN.get(event)


@dataclass(frozen=True, slots=True)
class Order:
    """An officer's word: ``pass``, ``refuse``, ``reset`` or ``expect``. ``people`` are let in by this pass, or by the
    next clearance; more than one is for assisted lanes (a wheelchair and who pushes it). ``id``: None for the key
    that is turned at the lane itself.
    """

    order: str
    people: int = 1
    id: str | None = None


class Door:
    """``changed`` is awaited after every step, so that a screen can follow. Runs in one event loop."""

    def __init__(
        self,
        changed: Callable[[], Awaitable[None]],
        journal: Journal | None = None,
        *,
        assisted: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.lane = Lane()
        self.walkway = Walkway()
        self.journal = journal or Journal()
        self.assisted = assisted
        self.serving = False
        """Somebody is being served: the time limits of the session hold, not the lane's."""
        self.connected = True
        """The service is there: one of the self-tests, without which nobody is served."""
        self.closed = False
        """Staff have taken the device out of service: no order opens it; fire and evacuation do."""
        self.evacuated = False
        """The hall is being evacuated: as if the fire input were on."""
        self._changed = changed
        self._clock = clock
        self._before = self.walkway.readings()
        self._let = Let()
        self._lasts = 0.0

    @property
    def state(self) -> State:
        """What the lane is doing."""
        return self.lane.state

    @property
    def position(self) -> str:
        """``open``, ``shut``, ``hold`` or ``free``."""
        return str(DOOR[self.state])

    @property
    def lamp(self) -> str:
        """What the lamp above the door shows."""
        return LAMP[self.state]

    @property
    def is_open(self) -> bool:
        """Whether somebody can walk through now."""
        return self.lane.door in (Drive.OPEN, Drive.FREE)

    @property
    def in_service(self) -> bool:
        """Whether travellers are served."""
        return self.state in IN_SERVICE

    @property
    def may_open(self) -> bool:
        """Whether a clearance would open: only then it may be consumed."""
        return self.state is State.IDENTIFYING and self._is_healthy and not self._is_fire

    @property
    def people(self) -> int:
        """How many are expected."""
        return self._let.people

    @property
    def _is_fire(self) -> bool:
        return self.walkway.fire or self.evacuated

    @property
    def _is_healthy(self) -> bool:
        return all(self.self_tests().values())

    def self_tests(self) -> dict[str, bool]:
        """What was tested and whether it passed."""
        parts = {part: part not in self.walkway.faults for part in ("motor", "beam", "counter")}
        return {**parts, "power": self.walkway.power, "service": self.connected}

    # --- what happens -----------------------------------------------------------------------------

    def tick(self, passed: float) -> bool:
        """Let so many seconds pass; whether the lane's state changed."""
        changed = (
            self.sense()
        )  # before the leaf moves: what stands in its way may be told of no more than once
        self.walkway.advance(passed, self.lane.door)
        changed |= self.sense()
        if self.serving and self.state is State.IDENTIFYING:
            return changed
        self._lasts += passed
        limit = seconds(self.state, max(1, self._let.people))
        if limit is not None and self._lasts > limit:
            changed |= self._happen(Event.TIMEOUT)
        return changed

    def sense(self) -> bool:
        """Read the sensors and do what they ask for; whether the lane's state changed."""
        before, now = self._before, self.walkway.readings()
        self._before, changed = now, False
        if self.state is State.ALARM and intruded(before, now, self._let):
            self._note(Note.FORCED)  # nothing changes by it, and officers have to know how many
        if self.evacuated:
            changed = self._happen(Event.FIRE)
        while any(self._happen(event) for event in sensed(self.state, before, now, self._let)):
            before, changed = now, True  # a change of an input is reported once
        return changed

    def cleared(self, people: int = 1) -> bool:
        """So many clearances were consumed for those who stand here: open. False when the lane could not, and says
        so. An officer's word for an assisted lane may let more in.
        """
        if self.state is State.IDENTIFYING:
            self._let = Let(max(people, self._let.people), self._before)
        opened = self._happen(Event.CLEARED)
        if not opened:
            self._note(Note.UNUSED)
        elif (fellows := people - len(self.walkway.walkers)) > 0:
            for _ in range(fellows):  # they stood beside it
                self.walkway.come()
        return opened

    def referred(self) -> bool:
        """The service sends whoever stands here to the counter."""
        return self._happen(Event.REFERRED)

    def lose_service(self) -> bool:
        """The service is not there, or does not take this device: finish whoever is in the doorway, then stop."""
        self.connected = False
        return self._happen(Event.OFFLINE)

    def obey(self, order: Order) -> bool:
        """Do what an officer says, where the table allows it; what changes nothing is noted as such."""
        many = max(1, min(order.people, MOST_PEOPLE)) if self.assisted else 1
        if self.closed and order.order in OPENS:
            done = False
        elif order.order == EXPECT:
            done = self.assisted and self.state in BEFORE
            if done:
                self._let = Let(many, self._before)
                self._note(Note.EXPECTED, order.id)
        else:
            if order.order == "pass" and self.state is State.REFERRED:
                self._let = Let(many, self._before)
            event = ORDERS.get(order.order)  # a service may know more words than this program
            done = event is not None and self._happen(event, order.id)
            if done:
                self.sense()  # a leaf that is shut already needs no closing
        if not done:
            self._note(Note.IGNORED, order.id)
        return done

    # --- whoever is served ------------------------------------------------------------------------

    async def begin_turn(self) -> None:
        """A traveller who is served stands in the lane, once whoever was sent away from it has gone."""
        for _ in range(TRIES):
            if all(one.intent is not Intent.BACK for one in self.walkway.walkers):
                break
            await asyncio.sleep(PAUSE_SECONDS)
        self.someone_comes()
        self.serving = True

    def someone_comes(self) -> None:
        """Somebody steps up; who was about to go back has turned round."""
        standing = [one for one in self.walkway.walkers if one.at < LINE_IN]
        for walker in standing:
            walker.intent = Intent.THROUGH
        if not standing:
            self.walkway.come()
        self.sense()

    async def is_free(self) -> bool:
        """Whether the traveller stands in a lane that may open; whoever went before is waited for."""
        for _ in range(TRIES):
            if self.may_open or not self.in_service or self.state is State.REFERRED:
                break
            if self.state is State.WAITING:
                self.someone_comes()
            await asyncio.sleep(PAUSE_SECONDS)
        return self.may_open

    def end_turn(self, *, stays: bool = False) -> None:
        """Who was served and not let through goes back, unless he ``stays``; who is being let through walks on."""
        self.serving = False
        for walker in self.walkway.walkers:
            if walker.at < LINE_IN and self.state in BEFORE and not stays:
                walker.intent = Intent.BACK

    async def run(self) -> None:
        """Follow the clock until cancelled."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            if self.tick(min(now - before, 4 * TICK_SECONDS)):
                await self._changed()
            before = now

    # --- inside -----------------------------------------------------------------------------------

    def _happen(self, event: Event, order: str | None = None) -> bool:
        before = self.lane
        after = step(before, event, fire=self._is_fire, healthy=self._is_healthy)
        if after == before:
            return False
        if note := noted(before, event, after):
            self._note(note, order, after)  # on the disk before the leaf moves
        self.lane = after
        if after.state is not before.state:
            self._lasts = 0.0
            self._count(before, event, after)
        return True

    def _count(self, before: Lane, event: Event, after: Lane) -> None:
        """Whom the lane expects: those it was told of while it opens, nobody else once it gave them up, was at rest,
        or an officer has reset it.
        """
        now = self._before
        if after.state is State.OPENING:
            self._let = Let(self._let.people, now)
        elif before.state in AT_REST and after.state in UNFINISHED:
            self._let = Let(0, now, self._inside(before))
        elif after.state is State.CLOSING and (
            before.state is State.ALARM or event in (Event.LEFT, Event.TIMEOUT)
        ):
            self._let = Let(0, now, now.doorway)
        elif after.state in (State.WAITING, State.STOPPED):
            self._let = Let(1, now, self._inside(before))

    def _inside(self, before: Lane) -> int:
        """How many are in the doorway who were let into it; whom fire or a free leaf let in was not."""
        if before.state in (State.RELEASED, State.UNPOWERED):
            return 0
        many = self._let.inside + (0 if before.state in AT_REST else self._let.people)
        return max(0, min(self._before.doorway, many - self._let.passed(self._before)))

    def _note(self, note: Note, order: str | None = None, lane: Lane | None = None) -> None:
        lane = lane or self.lane
        self.journal.add(
            {
                "key": str(uuid4()), "at": self._clock().isoformat(), "note": str(note),
                "state": str(lane.state), "people": self._let.people, "order": order,
            }
        )  # fmt: skip


def status(door: Door) -> dict[str, Any]:
    """What the service is told of a lane as it is now."""
    return {
        "state": str(door.state), "door": door.position, "stop_due": door.lane.stop_due,
        "people": door.people,
    }  # fmt: skip
