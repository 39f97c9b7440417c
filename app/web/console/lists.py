"""The start page and its two live lists."""

from typing import Any

from starlette.responses import Response

from app.audit import log as audit
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import Kernel
from app.web.console.queue import Mark, read_expected, read_mark, read_queue
from app.web.console.view import show


def start_page(kernel: Kernel, who: SignedIn, *, all_levels: bool) -> Response:
    """Queue and expected; that they were looked at is recorded."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        mark = Mark.of(session, now)
        queue = read_queue(session, who.site, mark, fresh=True, reasons=_sees(who))
        arrivals = read_expected(
            session, who.site, now, mark, fresh=True, all_levels=all_levels, reasons=_sees(who)
        )
        audit.record(
            session, who.actor, "queue.viewed", "site", None, now,
            referrals=queue.open, expected=len(arrivals.rows),
        )  # fmt: skip
    context = {"section": "queue", "queue": queue, "arrivals": arrivals, "late": None}
    return show("queue.html", kernel, who, context)


def queue_fragment(
    kernel: Kernel, who: SignedIn, since: str, late: dict[str, Any] | None = None
) -> Response:
    """The queue alone, as seen from a page with the mark ``since``; ``late``: a claim came too late."""
    with kernel.database.read() as session:
        known = read_mark(since)
        mark = known or Mark.of(session, kernel.clock())
        queue = read_queue(session, who.site, mark, fresh=known is None, reasons=_sees(who))
    return show("queue-fragment.html", kernel, who, {"queue": queue, "late": late})


def expected_fragment(kernel: Kernel, who: SignedIn, since: str, *, all_levels: bool) -> Response:
    """Who is expected, alone."""
    now = kernel.clock()
    with kernel.database.read() as session:
        known = read_mark(since)
        mark = known or Mark.of(session, now)
        arrivals = read_expected(
            session, who.site, now, mark, fresh=known is None, all_levels=all_levels,
            reasons=_sees(who),
        )  # fmt: skip
    return show("expected-fragment.html", kernel, who, {"arrivals": arrivals})


def _sees(who: SignedIn) -> bool:
    return who.may(Permission.VIEW_HIT_REASON)
