"""The start page and its two live lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from markupsafe import Markup
from starlette.responses import Response

from app.audit import log as audit
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import Kernel
from app.referrals import teams
from app.referrals.kinds import ReferralKind
from app.referrals.shift_models import Duty
from app.referrals.teams import OnDuty
from app.web.console.edges import Edges, ids_in
from app.web.console.expected import Arrivals, Coming
from app.web.console.fragments import Made, Viewer, fragments_of
from app.web.console.queue import EVERYTHING, Mark, Wanted, read_mark, read_queue
from app.web.console.view import show
from app.web.forms import id_of
from app.web.pages import HEADERS
from app.web.translation import language

MINE = "mine"
_MARK = b"\0"
"""Where a page's own mark stands in what is kept for many; no text of the database can hold it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a page says of a list around it."""

    shown: int
    waiting: int
    wanted: Wanted


def start_page(
    kernel: Kernel, who: SignedIn, asked: Mapping[str, str], *, all_levels: bool
) -> Response:
    """Queue and expected; that they were looked at is recorded. ``asked``: kind, hall and team of the address.

    Whoever opens the page between two hints gets the same two lists with the same mark, made once: nothing has been
    raised or closed since.
    """
    duty = next((one for one in _staff(kernel, who.site) if one.officer_id == who.officer_id), None)
    queue = _opened_queue(kernel, Viewer.of(who), _wanted(asked, duty))
    arrivals = _opened_expected(kernel, Viewer.of(who), all_levels=all_levels)
    opened, coming = cast("Opened", queue.about), cast("Opened", arrivals.about)
    with kernel.database.transaction() as session:
        audit.record(
            session, who.actor, "queue.viewed", "site", None, kernel.clock(),
            referrals=opened.shown, expected=coming.shown,
        )  # fmt: skip
    context = {
        "section": "queue", "opened": opened, "duty": duty,
        "lists": [Markup(one.body.decode()) for one in (queue, arrivals)],  # noqa: S704  # rendered here
    }  # fmt: skip
    return show("queue.html", kernel, who, context)


def _staff(kernel: Kernel, site: str) -> Sequence[OnDuty]:
    def read() -> Sequence[OnDuty]:
        with kernel.database.read() as session:
            return teams.on_duty(session, site)

    return fragments_of(kernel.live).value(site, "staff", read)


def _opened_queue(kernel: Kernel, viewer: Viewer, wanted: Wanted) -> Made:
    def make() -> Made:
        return _made(kernel, viewer, None, None, wanted)

    return fragments_of(kernel.live).made(viewer, ("queue opened", wanted), make)


def _opened_expected(kernel: Kernel, viewer: Viewer, *, all_levels: bool) -> Made:
    def make() -> Made:
        found = _coming(kernel, viewer, all_levels=all_levels)
        return _rendered(kernel, viewer, found.seen_from(found.mark, fresh=True))

    return fragments_of(kernel.live).made(viewer, ("expected opened", all_levels), make)


def queue_fragment(
    kernel: Kernel,
    who: SignedIn,
    since: str,
    asked: Mapping[str, str],
    late: dict[str, Any] | None = None,
) -> Response:
    """The queue alone, as seen from a page with the mark ``since``; ``late``: a claim came too late.

    One rendering serves all who see the same (:mod:`app.web.console.fragments`).
    """
    mark, viewer, wanted = read_mark(since), Viewer.of(who), _part(kernel, who, asked)
    if mark is None or late is not None:
        return _html(_made(kernel, viewer, mark, late, wanted).body)

    def make() -> Made:
        made = _made(kernel, viewer, mark, None, wanted)
        return replace(made, body=made.body.replace(str(mark).encode(), _MARK))

    kept = fragments_of(kernel.live)
    edges = kept.value(who.site, "edges", lambda: _edges(kernel, who.site))
    body = kept.fragment(viewer, ("queue", edges.place(mark), wanted), make)
    return _html(body.replace(_MARK, str(mark).encode()))


def _made(
    kernel: Kernel, viewer: Viewer, known: Mark | None, late: dict[str, Any] | None, wanted: Wanted
) -> Made:
    now = kernel.clock()
    with kernel.database.read() as session:
        mark = known or Mark.of(session, now)
        queue = read_queue(
            session, viewer.site, mark, now, fresh=known is None, reasons=_sees(viewer),
            wanted=wanted, staff=_staff(kernel, viewer.site),
        )  # fmt: skip
    body = bytes(show("queue-fragment.html", kernel, viewer, {"queue": queue, "late": late}).body)
    return Made(body, ids_in(queue), Opened(queue.open, queue.waiting, wanted))


def _edges(kernel: Kernel, site: str) -> Edges:
    with kernel.database.read() as session:
        return Edges.of(session, site)


def _html(body: bytes) -> Response:
    return Response(
        body, media_type="text/html", headers=HEADERS | {"Content-Language": language()}
    )


def expected_fragment(kernel: Kernel, who: SignedIn, since: str, *, all_levels: bool) -> Response:
    """Who is expected, alone, as seen from a page with the mark ``since``; kept like the queue."""
    mark, viewer = read_mark(since), Viewer.of(who)
    if mark is None:
        return _html(_opened_expected(kernel, viewer, all_levels=all_levels).body)
    coming = _coming(kernel, viewer, all_levels=all_levels)

    def make() -> Made:
        made = _rendered(kernel, viewer, coming.seen_from(mark, fresh=False))
        return replace(made, body=made.body.replace(str(mark).encode(), _MARK))

    address = ("expected", coming.place(mark), all_levels)
    body = fragments_of(kernel.live).fragment(viewer, address, make)
    return _html(body.replace(_MARK, str(mark).encode()))


def _coming(kernel: Kernel, viewer: Viewer, *, all_levels: bool) -> Coming:
    reasons = _sees(viewer)

    def read() -> Coming:
        with kernel.database.read() as session:
            return Coming.of(
                session, viewer.site, kernel.clock(), all_levels=all_levels, reasons=reasons
            )

    name = f"coming, {all_levels=}, {reasons=}, {language()}"
    return fragments_of(kernel.live).value(viewer.site, name, read)


def _rendered(kernel: Kernel, viewer: Viewer, arrivals: Arrivals) -> Made:
    body = bytes(show("expected-fragment.html", kernel, viewer, {"arrivals": arrivals}).body)
    return Made(body, frozenset(), Opened(len(arrivals.rows), 0, EVERYTHING))


def _part(kernel: Kernel, who: SignedIn, asked: Mapping[str, str]) -> Wanted:
    if asked.get("team") != MINE:
        return _wanted(asked, None)
    with kernel.database.read() as session:
        return _wanted(asked, teams.duty_of(session, who.officer_id))


def _wanted(asked: Mapping[str, str], duty: Duty | OnDuty | None) -> Wanted:
    """The part of the queue that an address asks for; what is none of ours asks for nothing."""
    kind, team = asked.get("kind", ""), asked.get("team", "")
    mine = team == MINE and duty is not None and duty.team_id is not None
    return Wanted(
        kind=ReferralKind(kind) if kind in set(ReferralKind) else None,
        hall_id=id_of(asked.get("hall", "")),
        team_id=duty.team_id if mine and duty else id_of(team),
        mine=mine,
    )


def _sees(who: SignedIn | Viewer) -> bool:
    return who.may(Permission.VIEW_HIT_REASON)
