"""The start page and its two live lists."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
from app.web.console.fragments import Made, Viewer, fragments_of
from app.web.console.queue import Mark, Wanted, read_expected, read_mark, read_queue
from app.web.console.view import show
from app.web.forms import id_of
from app.web.pages import HEADERS
from app.web.translation import language

MINE = "mine"
_MARK = b"\0"
"""Where a page's own mark stands in what is kept for many; no text of the database can hold it."""


def start_page(
    kernel: Kernel, who: SignedIn, asked: Mapping[str, str], *, all_levels: bool
) -> Response:
    """Queue and expected; that they were looked at is recorded. ``asked``: kind, hall and team of the address."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        mark = Mark.of(session, now)
        staff = teams.on_duty(session, who.site)
        duty = next((one for one in staff if one.officer_id == who.officer_id), None)
        queue = read_queue(
            session, who.site, mark, now, fresh=True, reasons=_sees(who),
            wanted=_wanted(asked, duty), staff=staff,
        )  # fmt: skip
        arrivals = read_expected(
            session, who.site, now, mark, fresh=True, all_levels=all_levels, reasons=_sees(who)
        )
        audit.record(
            session, who.actor, "queue.viewed", "site", None, now,
            referrals=queue.open, expected=len(arrivals.rows),
        )  # fmt: skip
    context = {"section": "queue", "queue": queue, "arrivals": arrivals, "late": None, "duty": duty}
    return show("queue.html", kernel, who, context)


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
            wanted=wanted,
        )  # fmt: skip
    context = {"queue": queue, "late": late}
    return Made(bytes(show("queue-fragment.html", kernel, viewer, context).body), ids_in(queue))


def _edges(kernel: Kernel, site: str) -> Edges:
    with kernel.database.read() as session:
        return Edges.of(session, site)


def _html(body: bytes) -> Response:
    return Response(
        body, media_type="text/html", headers=HEADERS | {"Content-Language": language()}
    )


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
