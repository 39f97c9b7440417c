"""How long one traveller has been served: three minutes, then the service or a person takes over.

"Still there?" may be answered for ever; a kiosk that is kept so serves nobody. What the traveller does not hold up is
not counted: a form has its own question, and an answer of the service its own limit. Nothing is lost by the limit:
what was read goes to the service, and of whom nothing was read a person is called.
"""

import time
from collections.abc import Callable
from typing import Final

from kiosk_sim.session import State

SESSION_SECONDS: Final = 180.0
COUNTED: Final = frozenset(
    {State.PASSPORT, State.PASSPORT_TRY_AGAIN, State.READING, State.CONSENT, State.FACE,
     State.CODE, State.CODE_TRY_AGAIN, State.NEXT}
)  # fmt: skip


class Allowance:
    """Of one device. ``clock``: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent = 0.0
        self._since: float | None = None

    def enter(self, here: State, *, begins: bool) -> None:
        """The session is here now. ``begins``: with somebody else."""
        now = self._clock()
        self._spent = 0.0 if begins else self._spent_at(now)
        self._since = now if here in COUNTED else None

    @property
    def is_over(self) -> bool:
        """The three minutes are over."""
        return self._spent_at(self._clock()) > SESSION_SECONDS

    def _spent_at(self, now: float) -> float:
        return self._spent + (now - self._since if self._since is not None else 0.0)
