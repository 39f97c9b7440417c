"""Declarations that were there before the passenger list finds its passengers."""

import time
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.matching import BATCH, match_again, match_waiting, may_match, waiting_since
from app.kernel.alone import each_alone, tell_failure
from app.kernel.errors import UnavailableError
from app.kernel.http import Kernel
from app.kernel.ids import first_since
from app.messages.models import Message
from app.travel.models import Flight

SWEEP_SECONDS = 60.0
SWEPT_WHOLE_SECONDS = 3600.0
RECENT_SECONDS = 180.0  # what a sweep looks at anew
AROUND = timedelta(hours=36)


class Matcher:
    """What is to be matched: told by hints, and found by a slow sweep where a hint was missed."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._applied: set[UUID] = set()
        self._swept = self._swept_whole = float("-inf")
        self.declared: set[UUID] = set()
        self.flights: set[UUID] = set()

    def note_applied(self, message: UUID) -> None:
        """A message was applied: its flights may have the passengers that are waited for."""
        self._applied.add(message)

    def match(self) -> bool:
        """The declarations that wait for one flight's list; whether there was one to look at."""
        self.find_flights()
        if not self.flights:
            return False
        flight = self.flights.pop()
        try:
            with self._kernel.database.transaction() as session:
                if match_waiting(session, flight, self._kernel.clock()) == BATCH:
                    self.flights.add(flight)
        except UnavailableError:
            self.flights.add(flight)
            raise
        except Exception as error:  # noqa: BLE001  # whatever it was, its declarations are tried alone
            tell_failure("match", flight, error)
            with self._kernel.database.read() as session:
                self.declared.update(may_match(session, flight, self._kernel.clock()))
        return True

    def match_again(self) -> bool:
        """Declarations that were stored while a passenger list was being stored."""
        declared, self.declared = list(self.declared), set()

        def match(declaration: UUID) -> int:
            with self._kernel.database.transaction() as session:
                return match_again(session, declaration, self._kernel.clock())

        try:
            return each_alone("match_again", declared, match) > 0
        finally:
            self.declared.update(declared)

    def find_flights(self) -> None:
        """What hints told and, once a minute, what they may have failed to tell."""
        is_sweep = time.monotonic() - self._swept > SWEEP_SECONDS
        applied, self._applied = self._applied, set()
        if not applied and not is_sweep:
            return
        with self._kernel.database.read() as session:
            if is_sweep:
                self._sweep(session)
            self._note_flights(session, Message.id.in_(applied))

    def _sweep(self, session: Session) -> None:
        """All flights near at first and now and then, else what is recent."""
        self._swept = time.monotonic()
        if self._swept - self._swept_whole > SWEPT_WHOLE_SECONDS:
            self._swept_whole = self._swept
            now = self._kernel.clock()
            near = Flight.arrives_at.between(now - AROUND, now + AROUND)
            self.flights.update(session.scalars(sa.select(Flight.id).where(near)))
            return
        least = first_since(RECENT_SECONDS)
        self._note_flights(session, Message.id >= least)
        self.declared.update(session.scalars(waiting_since(least)))

    def _note_flights(self, session: Session, of: sa.ColumnElement[bool]) -> None:
        for summary in session.scalars(sa.select(Message.summary).where(of)):
            self.flights.update(UUID(m["flight_id"]) for m in summary if m.get("flight_id"))
