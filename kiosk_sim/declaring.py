"""Declaring on a kiosk's screen, with the service's words and for the traveller's party."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.machine import Machine
from kiosk_sim.party import Fellow
from kiosk_sim.session import Event, State

Answered = Mapping[str, Any]
"""What was answered on the screen, but for the passport: the body of POST /kiosk/declarations."""


class BusyError(Exception):
    """Somebody else stands at the device."""


def is_unprocessable(error: Exception) -> bool:
    """The service understood, and does not take it."""
    return isinstance(error, Refused) and error.status == HTTPStatus.UNPROCESSABLE_ENTITY


class Declaring(Machine):
    """What is done on the screen by whoever declares there."""

    async def declare_here(self) -> None:
        """The traveller wants to declare on this screen."""
        if not self.is_lane:
            await self._happen(Event.DECLARE_HERE)

    async def touched(self) -> None:
        """Somebody is there: the session goes on."""
        if self.state is State.STILL_THERE or self._is(State.DECLARE):
            await self._happen(Event.TOUCHED)

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
        session = self._session
        try:
            return await asyncio.to_thread(question, about)
        except (Refused, ServiceUnavailable) as error:
            if is_unprocessable(error):
                return {}
            await self._lose_session(session, error)
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
            except (Refused, ServiceUnavailable) as error:
                if not is_unprocessable(error):
                    await self._lose_session(session, error)
                    return
        if self._session == session:  # else its traveller has gone
            await self._happen(event)
