"""Which request a piece of work goes back to: the id in its log line, carried by events to the workers.

A request's events bear its id (``event.request``), and so do the hints of them. A worker remembers it by the thing that the hint is
about; what it does with that thing is logged under the same id, and so are the events that come of it.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import structlog

MOST = 20_000
_REQUEST: ContextVar[str] = ContextVar("egate-request", default="")
_known: OrderedDict[UUID, str] = OrderedDict()
_lock = threading.Lock()


def current() -> str:
    """The id of the request that is being worked for; '' for none."""
    return _REQUEST.get()


@contextmanager
def working_for(request: str) -> Iterator[None]:
    """Within, lines of the log and events bear this id."""
    token = _REQUEST.set(request)
    try:
        with structlog.contextvars.bound_contextvars(request=request):
            yield
    finally:
        _REQUEST.reset(token)


def remember(subject: UUID, request: str) -> None:
    """A request has something to do with a thing; the last one counts."""
    if request:
        with _lock:
            _known[subject] = request
            _known.move_to_end(subject)
            while len(_known) > MOST:
                _known.popitem(last=False)


@contextmanager
def going_back(subject: UUID) -> Iterator[None]:
    """Work for the request that had to do with a thing, if one is known."""
    request = _known.get(subject, "")
    if not request:
        yield
        return
    with working_for(request):
        yield
