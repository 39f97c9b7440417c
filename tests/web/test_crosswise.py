"""An officer with other purposes in other places: no list shows a reason that the traveller's own page keeps back."""

import re
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.identity import scope
from app.identity.grants import EVERYWHERE, Grant, Place
from app.identity.models import PlaceKind
from app.identity.permissions import Permission, Role, granted
from app.identity.scope import Scope
from app.kernel.http import Kernel
from app.screening.views import Screened, dossier_hits, expected, flight_risk
from app.travel.models import Passenger
from app.web.console.around import encounters_alone
from app.web.console.queue import reasons_of
from tests.access.test_routes import ENDLESS, table
from tests.support import NOW
from tests.support.airport import Airport
from tests.web.conftest import Hall
from tests.web.test_scope import Enter, at, enter, shown

__all__ = ["enter"]

TITLE = "Customs lookouts"
"""Of the list on which Astrid is, for ``revenue``."""
OWN, OTHER = frozenset({"revenue"}), frozenset({"health"})
LISTS = (
    "/console", "/console/fragments/queue", "/console/rover", "/console/fragments/rover",
    "/console/flights/{flight_id}", "/console/flights/{flight_id}/list",
    "/api/v1/flights/{flight_id}/risk", "/api/v1/expected",
)  # fmt: skip
ELSEWHERE, THERE = at(PlaceKind.HALL, uuid4()), at(PlaceKind.LANE, uuid4())

Named = dict[str, str]


@pytest.fixture
def named(hall: Hall, kernel: Kernel) -> Named:
    """Astrid has come to a lane and was sent to an officer, at a counter of a hall of terminal T1."""
    referral, passenger = hall.refer("astrid"), hall.passenger("astrid")
    with kernel.database.transaction() as session:
        flight = session.scalar(sa.select(Passenger.flight_id).where(Passenger.id == passenger))
        session.execute(sa.text("update hall set terminal = 'T1'"))
        session.execute(sa.text("update presentation set counter = 'C1'"))
    return {"referral_id": referral, "passenger_id": str(passenger), "flight_id": str(flight)}


def of(place: Place, purposes: frozenset[str] | None, role: Role = Role.GATE_OFFICER) -> Grant:
    return Grant(role, place, purposes)


def homes(kernel: Kernel, referral: str) -> tuple[Place, ...]:
    """Each kind of place in which a case is, but the whole site."""
    where, lane = shown(kernel, referral)
    return (
        at(PlaceKind.TERMINAL, "T1"), at(PlaceKind.HALL, where),
        at(PlaceKind.LANE, lane.device_id), at(PlaceKind.COUNTER, f"{where}/C1"),
    )  # fmt: skip


def held(homes: Sequence[Place]) -> Iterator[tuple[list[Grant], bool]]:
    """Grants, and whether one of them covers the place where she is and ``revenue``."""
    for here in homes:
        yield [of(here, OTHER), of(ELSEWHERE, OWN)], False
        yield [of(here, OWN), of(ELSEWHERE, OTHER)], True
    here = homes[1]
    yield [of(here, OTHER), of(ELSEWHERE, OWN), of(THERE, None, Role.SENIOR)], False
    yield [of(here, OTHER), of(here, OWN, Role.SENIOR), of(THERE, None)], True
    yield [of(EVERYWHERE, OTHER), of(here, None)], True
    yield [of(EVERYWHERE, OTHER), of(THERE, None)], False
    yield [of(here, OWN)], True
    yield [of(here, OTHER)], False


def bound(session: Session, grants: Sequence[Grant], address: str, named: Named) -> bool:
    """As a request to this address is bound; whether it may see reasons that are for few eyes."""
    path = {name: one for name, one in named.items() if f"{{{name}}}" in address}
    reaching = scope.covering(session, grants, address, path)
    scope.bind(Scope.of(reaching), reading=True)
    return any(one.allows(Permission.VIEW_HIT_REASON) for one in reaching)


def titles(found: Screened | None) -> set[str]:
    return {hit.title for hit in found.hits} if found else set()


def told(session: Session, grants: Sequence[Grant], named: Named) -> dict[str, bool]:
    """Where the reason stands: the traveller's page, then everything that lists reasons."""
    passenger = UUID(named["passenger_id"])
    reasons = bound(session, grants, "/{passenger_id}", named)
    page = titles(dossier_hits(session, passenger, reasons=reasons))
    reasons = bound(session, grants, "/lists", named)
    flight = flight_risk(session, UUID(named["flight_id"]), "NRT", reasons=reasons).passengers
    awaited = expected(session, "NRT", NOW, reasons=reasons)
    queued = reasons_of(session, [passenger], reasons=reasons)[passenger].titles
    said = {
        "page": page,
        "flight": set().union(*map(titles, flight)),
        "expected": set().union(*(titles(one.screened) for one in awaited)),
        "queue": set(queued),
    }
    assert all(said.values())  # that there is something is told everywhere
    return {name: TITLE in one for name, one in said.items()}


def expect_told(kernel: Kernel, named: Named, grants: Sequence[Grant], covered: bool) -> None:
    """Every page says it to whoever has these grants, or none does."""
    with kernel.database.read() as session:
        seen = copy_context().run(told, session, grants, named)
    assert seen == dict.fromkeys(seen, covered), grants


def test_lists_show_a_reason_where_one_grant_covers_place_and_purpose(
    kernel: Kernel, named: Named
) -> None:
    for grants, covered in held(homes(kernel, named["referral_id"])):
        expect_told(kernel, named, grants, covered)


def test_a_reason_for_few_eyes_needs_a_grant_that_covers_it_and_allows_it(
    kernel: Kernel, named: Named
) -> None:
    with kernel.database.transaction() as session:
        session.execute(sa.text("update watchlist set reason_restricted = true"))
    here = homes(kernel, named["referral_id"])[1]
    for grants, covered in (
        ([of(here, None), of(ELSEWHERE, None, Role.SENIOR)], False),
        ([of(ELSEWHERE, None), of(here, None, Role.SENIOR)], True),
        ([of(EVERYWHERE, None), of(ELSEWHERE, OWN, Role.SENIOR)], False),
        ([of(EVERYWHERE, None), of(here, OWN, Role.SENIOR)], True),
        ([of(here, OWN), of(here, OTHER, Role.SENIOR)], False),
        ([of(here, OTHER), of(here, OWN, Role.SENIOR)], True),
        ([of(here, None, Role.SENIOR)], True),
        ([of(here, None)], False),
    ):
        expect_told(kernel, named, grants, covered)


def test_whoever_is_expected_is_there_for_the_purposes_of_every_grant(
    kernel: Kernel, named: Named
) -> None:
    """She may come to any hall: her own page and the lists say the same."""
    with kernel.database.transaction() as session:
        session.execute(sa.text("update presentation set passenger_id = null"))
        session.execute(sa.text("update referral set passenger_id = null"))
    for grants, covered in (
        ([of(ELSEWHERE, OTHER), of(THERE, OWN)], True),
        ([of(ELSEWHERE, OTHER), of(EVERYWHERE, OWN)], True),
        ([of(ELSEWHERE, OTHER), of(THERE, frozenset({"migration"}))], False),
    ):
        expect_told(kernel, named, grants, covered)


def test_whoever_has_come_to_two_halls_is_in_each(
    kernel: Kernel, named: Named, airport: Airport
) -> None:
    """The case stands in the one, what was presented in the other."""
    first, _ = shown(kernel, named["referral_id"])
    second = next(one for one in airport.halls.values() if one != first)
    with kernel.database.transaction() as session:
        session.execute(sa.text("update presentation set hall_id = :hall"), {"hall": second})
    first_hall, second_hall = (at(PlaceKind.HALL, one) for one in (first, second))
    for grants, covered in (
        ([of(first_hall, OTHER), of(second_hall, OWN)], True),
        ([of(second_hall, OTHER), of(first_hall, OWN)], True),
        ([of(second_hall, OTHER), of(ELSEWHERE, OWN)], False),
    ):
        expect_told(kernel, named, grants, covered)


def test_a_closed_case_of_another_purpose_is_counted_where_it_stands(
    kernel: Kernel, named: Named
) -> None:
    with kernel.database.transaction() as session:
        session.execute(sa.text("update referral set state = 'closed', kind = 'risk'"))
    passenger = UUID(named["passenger_id"])

    def come_of(session: Session, grants: Sequence[Grant]) -> bool:
        bound(session, grants, "/lists", named)
        around = encounters_alone(session, [passenger])
        return bool(around.encounters)

    for grants, covered in held(homes(kernel, named["referral_id"])):
        with kernel.database.read() as session:
            assert copy_context().run(come_of, session, grants) is covered, grants


def test_no_list_that_a_gate_officer_may_read_shows_a_reason_crosswise(
    client: TestClient, kernel: Kernel, named: Named, enter: Enter
) -> None:
    home = homes(kernel, named["referral_id"])[1]
    crosswise = enter(of(home, OTHER), of(ELSEWHERE, OWN))
    straight = enter(of(home, OWN), of(ELSEWHERE, OTHER))
    read = {path: client.get(path, headers=crosswise) for path in addresses(named)}
    assert [path for path, answer in read.items() if TITLE in answer.text] == []
    assert all(read[path.format(**named)].status_code == 200 for path in LISTS)
    for path in LISTS:
        assert TITLE in client.get(path.format(**named), headers=straight).text, path


def addresses(named: Named) -> list[str]:
    """Everything that a gate officer may read which names nobody: at most the flight."""
    rights = {str(one) for one in Permission if granted([Role.GATE_OFFICER], one)} | {"officer"}
    return [
        one.path.format(**named)
        for one in table()
        if one.method == "GET" and rights & set(one.rule.split("|"))
        and set(re.findall(r"{(\w+)}", one.path)) <= {"flight_id"}
        and (one.method, one.path) not in ENDLESS
    ]  # fmt: skip
