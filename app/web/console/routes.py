"""Pages of the officers' console. Each works by its address and without JavaScript."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.identity.http import OfficerDep, require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ForbiddenError
from app.kernel.http import KernelDep
from app.kernel.routing import PrefixRouter
from app.referrals import shifts
from app.web.console import flights, lists, manifest
from app.web.console.actions import router as actions_router
from app.web.console.amend import router as amend_router
from app.web.console.audit import router as audit_router
from app.web.console.backtests import router as backtests_router
from app.web.console.boarding import router as boarding_router
from app.web.console.counter import router as counter_router
from app.web.console.documents import router as documents_router
from app.web.console.effectiveness import router as effectiveness_router
from app.web.console.evidence import router as evidence_router
from app.web.console.goods import router as goods_router
from app.web.console.halls import router as halls_router
from app.web.console.hands import router as hands_router
from app.web.console.keys import router as keys_router
from app.web.console.lookouts import router as lookouts_router
from app.web.console.machines import router as machines_router
from app.web.console.messages import router as messages_router
from app.web.console.notices import router as notices_router
from app.web.console.oidc_pages import router as oidc_router
from app.web.console.overview import router as overview_router
from app.web.console.pages import passenger_page, referral_page
from app.web.console.passkey_pages import router as my_sign_in_router
from app.web.console.password_pages import router as password_router
from app.web.console.people import router as people_router
from app.web.console.phrases import router as phrases_router
from app.web.console.quality import router as quality_router
from app.web.console.resting import router as resting_router
from app.web.console.retention import router as retention_router
from app.web.console.rights import router as rights_router
from app.web.console.rover import fragments as rover_fragments
from app.web.console.rover import router as rover_router
from app.web.console.rules import router as rules_router
from app.web.console.search import router as search_router
from app.web.console.searched import router as searched_router
from app.web.console.second_looks import router as second_looks_router
from app.web.console.session import router as session_router
from app.web.console.shift import alarm_router
from app.web.console.shift import router as shift_router
from app.web.console.unmask import router as unmask_router
from app.web.console.view import moments, show
from app.web.console.watchlists import router as watchlists_router

hot = PrefixRouter(prefix="/console/fragments", include_in_schema=False)
"""What every open page fetches after every hint: found first."""
hot.include_router(rover_fragments)
hot.include_router(alarm_router)
router = PrefixRouter(prefix="/console", include_in_schema=False)
router.include_router(session_router)
router.include_router(my_sign_in_router)
router.include_router(oidc_router)
router.include_router(password_router)
router.include_router(resting_router)
router.include_router(retention_router)
router.include_router(actions_router)
router.include_router(amend_router)
router.include_router(searched_router)
router.include_router(audit_router)
router.include_router(hands_router)
router.include_router(rover_router)
router.include_router(shift_router)
router.include_router(backtests_router)
router.include_router(boarding_router)
router.include_router(goods_router)
router.include_router(evidence_router)
router.include_router(second_looks_router)
router.include_router(counter_router)
router.include_router(halls_router)
router.include_router(machines_router)
router.include_router(people_router)
router.include_router(messages_router)
router.include_router(quality_router)
router.include_router(watchlists_router)
router.include_router(lookouts_router)
router.include_router(rules_router)
router.include_router(effectiveness_router)
router.include_router(overview_router)
router.include_router(search_router)
router.include_router(documents_router)
router.include_router(notices_router)
router.include_router(phrases_router)
router.include_router(rights_router)
router.include_router(keys_router)
router.include_router(unmask_router)

QueueDep = Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))]
PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
FlightsDep = Annotated[SignedIn, Depends(require(Permission.VIEW_FLIGHTS))]
Since = Annotated[str, Query(max_length=50)]
LevelQuery = Annotated[str, Query(max_length=20)]

ALL_LEVELS = "attention"

_BEGINS = (
    (Permission.SECOND_LOOK, "second-looks"),
    (Permission.VIEW_AUDIT, "audit"),
    (Permission.MANAGE_PEOPLE, "people"),
    (Permission.MANAGE_DEVICES, "devices"),
    (Permission.MANAGE_WATCHLIST, "watchlists"),
    (Permission.VIEW_RULES, "rules"),
    (Permission.VIEW_MESSAGES, "quarantine"),
    (Permission.ENTER_DECLARATION, "declarations"),
)
"""What a role without a queue is there for, the most particular first."""


@router.get("")
def start(request: Request, who: OfficerDep, kernel: KernelDep, level: LevelQuery = "") -> Response:
    """The queue, and beside it who is expected; whoever has no queue begins with the work of the role."""
    if _sees_people(who):
        return lists.start_page(kernel, who, request.query_params, all_levels=level == ALL_LEVELS)
    for permission, page in _BEGINS:
        if who.may(permission):
            return RedirectResponse(f"/console/{page}", 303)
    return show("nothing.html", kernel, who, {"section": "queue"})


@hot.get("/queue")
def queue(request: Request, who: QueueDep, kernel: KernelDep, since: Since = "") -> Response:
    """The queue alone."""
    if not _sees_people(who):
        raise ForbiddenError
    return lists.queue_fragment(kernel, who, since, request.query_params)


@hot.get("/expected")
def expected(
    who: QueueDep, kernel: KernelDep, since: Since = "", level: LevelQuery = ""
) -> Response:
    """Who is expected, alone."""
    if not _sees_people(who):
        raise ForbiddenError
    return lists.expected_fragment(kernel, who, since, all_levels=level == ALL_LEVELS)


@router.get("/passengers/{passenger_id}")
def passenger(passenger_id: UUID, who: PersonDep, kernel: KernelDep) -> Response:
    """The dossier of a passenger."""
    with kernel.database.transaction() as session:
        return passenger_page(session, kernel, who, passenger_id)


@router.get("/referrals/{referral_id}")
def referral(
    referral_id: UUID,
    who: PersonDep,
    kernel: KernelDep,
    act: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """A referral with the dossier of its passenger and what can be decided. Its owner shows a sign of life."""
    with kernel.database.transaction() as session:
        shifts.renew(session, who.actor, [referral_id], kernel.clock())
        return referral_page(session, kernel, who, referral_id, {"act": act})


@router.get("/flights")
def board(who: FlightsDep, kernel: KernelDep) -> Response:
    """Flights from six hours ago to a day ahead."""
    with kernel.database.read() as session:
        found = flights.read_board(session, moments(kernel, who))
    return show("flights.html", kernel, who, {"section": "flights", "boards": found})


@router.get("/fragments/flights")
def board_fragment(who: FlightsDep, kernel: KernelDep) -> Response:
    """The table of flights alone."""
    with kernel.database.read() as session:
        found = flights.read_board(session, moments(kernel, who))
    return show("flights-fragment.html", kernel, who, {"boards": found})


@router.get("/flights/{flight_id}")
def flight(
    flight_id: UUID,
    who: PersonDep,
    kernel: KernelDep,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """One flight with its high-risk list; that it was looked at is recorded."""
    with kernel.database.transaction() as session:
        reasons = who.may(Permission.VIEW_HIT_REASON)
        found = flights.read_list(session, flight_id, who.site, page, reasons=reasons)
        audit.record(
            session, who.actor, "flight.risk-viewed", "flight", flight_id, kernel.clock(),
            passengers=len(found.rows),
        )  # fmt: skip
    return show("flight.html", kernel, who, {"section": "flights", "list": found})


@router.get("/flights/{flight_id}/list")
def whole_list(
    flight_id: UUID,
    who: PersonDep,
    kernel: KernelDep,
    order: Annotated[str, Query(max_length=10)] = "",
    where: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Everybody on a flight; that it was looked at is recorded."""
    order = order if order in manifest.ORDERS else "risk"
    where = where if where in set(manifest.Where) else ""
    with kernel.database.transaction() as session:
        reasons = who.may(Permission.VIEW_HIT_REASON)
        found = manifest.read_whole(
            session, flight_id, who.site, order=order, show=where, reasons=reasons
        )
        audit.record(
            session, who.actor, "flight.list-viewed", "flight", flight_id, kernel.clock(),
            passengers=len(found.lines),
        )  # fmt: skip
    context = {"section": "flights", "whole": found, "order": order, "where": where}
    return show("manifest.html", kernel, who, context | {"orders": manifest.ORDERS})


def _sees_people(who: SignedIn) -> bool:
    return who.may(Permission.VIEW_QUEUE) and who.may(Permission.VIEW_PERSON)
