"""An officer of one hall, lane or counter: what is elsewhere is not there, for lists, addresses and searches alike."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.gate.models import Presentation
from app.identity import grants, officers, scope
from app.identity.grants import Grant, Place
from app.identity.models import Device, PlaceKind
from app.identity.permissions import Role
from app.kernel.http import Kernel
from app.referrals.models import Referral
from app.screening.backtest_models import Backtest, BacktestState
from app.screening.models import Hit, HitSource, Rule, RuleVersion
from tests.support import NOW, problem_code
from tests.support.airport import LIST, Airport
from tests.web.conftest import Hall
from tests.web.test_who_sees_what import ROUTES, call, ids

__all__ = ["ids"]

Headers = dict[str, str]
Enter = Callable[..., Headers]


@pytest.fixture
def enter(client: TestClient, kernel: Kernel) -> Enter:
    """``enter(Grant(...), ...)``: headers of an officer with just these grants."""
    del client

    def make(*held: Grant) -> Headers:
        with kernel.database.transaction() as session:
            made = officers.create_officer(session, uuid4().hex, "Officer", (), "NRT", NOW)
            for one in held:
                grants.give(session, SYSTEM, made.id, one, NOW)
            token = officers.sign_in(session, officers.issue_code(session, made.id, NOW), NOW)
        return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}

    return make


def at(kind: PlaceKind, key: object) -> Place:
    return Place(kind, str(key))


def queue(client: TestClient, who: Headers) -> list[str]:
    return [one["id"] for one in client.get("/api/v1/referrals", headers=who).json()["referrals"]]


def shown(kernel: Kernel, referral: str) -> tuple[UUID, Any]:
    """The hall of a referral and what was presented."""
    with kernel.database.read() as session:
        one = session.get_one(Referral, UUID(referral))
        return one.hall_id, session.get_one(Presentation, one.presentation_id)


def test_the_queue_is_that_of_the_officers_hall_lane_or_counter(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    referral = hall.refer("astrid")
    where, lane = shown(kernel, referral)
    counter = lane.counter or "-"
    for place, told in (
        (at(PlaceKind.SITE, ""), True),
        (at(PlaceKind.HALL, where), True),
        (at(PlaceKind.LANE, lane.device_id), True),
        (at(PlaceKind.HALL, uuid4()), False),
        (at(PlaceKind.LANE, uuid4()), False),
        (at(PlaceKind.TERMINAL, "T9"), False),
        (at(PlaceKind.COUNTER, f"{where}/{counter}"), lane.counter is not None),
        (at(PlaceKind.COUNTER, f"{uuid4()}/{counter}"), False),
    ):
        who = enter(Grant(Role.GATE_OFFICER, place))
        assert (referral in queue(client, who)) is told, place
        answer = client.get(f"/api/v1/referrals/{referral}", headers=who)
        assert answer.status_code == (200 if told else 404), place
        page = client.get("/console", headers=who).text
        assert ("LINDQVIST" in page.split('id="expected"')[0]) is told, place


def test_a_terminal_reaches_its_halls(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    referral = hall.refer("astrid")
    who = enter(Grant(Role.GATE_OFFICER, at(PlaceKind.TERMINAL, "T1")))
    assert queue(client, who) == []
    with kernel.database.transaction() as session:
        session.execute(sa.text("update hall set terminal = 'T1'"))
    assert referral in queue(client, who)


def test_whoever_has_come_elsewhere_is_not_found_and_who_is_expected_is(
    client: TestClient, hall: Hall, enter: Enter
) -> None:
    hall.refer("astrid")
    who = enter(Grant(Role.GATE_OFFICER, at(PlaceKind.HALL, uuid4())))
    come, expected = hall.passenger("astrid"), hall.passenger("olga")
    for passenger, status in ((come, 404), (expected, 200)):
        for path in ("/api/v1/passengers/", "/console/passengers/"):
            assert client.get(f"{path}{passenger}", headers=who).status_code == status
    for name, told in (("LINDQVIST", False), ("HERRERA", True)):
        found = client.post("/console/search", data={"text": name}, headers=who).text
        assert ("/console/passengers/" in found) is told, name


def test_ids_that_are_typed_reach_as_far_as_addresses(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    referral = hall.refer("astrid")
    come, expected = hall.passenger("astrid"), hall.passenger("olga")
    everywhere = enter(Grant(Role.SENIOR))
    here = enter(Grant(Role.SENIOR, at(PlaceKind.HALL, uuid4())))
    home = "/console/retention"
    order = {
        "authority": "District court", "reference": "7 K 12", "hold_reason": "Case at court",
        "until": (kernel.clock() + timedelta(days=90)).date().isoformat(),
    }  # fmt: skip
    for kind, subject in (("passenger", come), ("case", referral)):
        held = order | {"kind": kind, "subject_id": str(subject)}
        assert client.post(f"{home}/holds", data=held, headers=here).status_code == 404, kind
        made = client.post(f"{home}/holds", data=held, headers=everywhere, follow_redirects=False)
        assert made.status_code == 303, kind
    asked = {"passenger": str(come), "ask_reason": "Request 7 K 12"}
    assert client.post(f"{home}/unmaskings", data=asked, headers=here).status_code == 404
    asked["passenger"] = str(expected)
    assert client.post(f"{home}/unmaskings", data=asked, headers=here).status_code == 409
    page = client.get(home, headers=everywhere).text
    holds = re.findall(r"/console/retention/holds/([^/]+)/lift", page)
    assert len(holds) == 2
    assert "/lift" not in client.get(home, headers=here).text
    for one in holds:
        path = f"{home}/holds/{one}/lift"
        assert client.post(path, data={"act": "ask"}, headers=here).status_code == 404


def test_a_traveller_is_answered_from_all_records_wherever_the_officer_works(
    client: TestClient, hall: Hall, enter: Enter
) -> None:
    hall.refer("astrid")
    passport = hall.people["astrid"].passport
    who = enter(Grant(Role.SENIOR, at(PlaceKind.HALL, uuid4())))
    form = {
        "kind": "access", "channel": "counter", "identity_check": "passport-seen", "wish": "What is kept of me?",
        "received_on": f"{NOW:%Y-%m-%d}", "surname": passport.surname, "given_names": passport.given_names,
        "birth_date": passport.birth_date.isoformat(), "number": passport.number,
        "issuer": passport.nationality, "language": "en",
    }  # fmt: skip
    made = client.post("/console/rights", data=form, headers=who, follow_redirects=False)
    address = made.headers["location"]
    [version] = re.findall(r'name="version" value="(\d+)"', client.get(address, headers=who).text)[
        :1
    ]
    granted = {"outcome": "granted", "version": version}
    client.post(f"{address}/decide", data=granted, headers=who)
    assert passport.number in client.get(f"{address}/record.json", headers=who).text


def test_a_change_of_grants_is_seen_by_the_next_request(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    referral = hall.refer("astrid")
    who = enter(Grant(Role.GATE_OFFICER))
    assert referral in queue(client, who)
    with kernel.database.transaction() as session:
        session.execute(
            sa.text("update officer_grant set place_kind = 'hall', place = :hall"),
            {"hall": str(uuid4())},
        )
    assert queue(client, who) == []


def test_a_right_in_one_hall_is_none_in_another(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    where, _ = shown(kernel, hall.refer("astrid"))
    who = enter(
        Grant(Role.GATE_OFFICER, at(PlaceKind.HALL, where)),
        Grant(Role.SENIOR, at(PlaceKind.HALL, uuid4())),
    )
    path, mode = f"/api/v1/halls/{where}/mode", {"mode": "evacuation"}
    assert client.post(path, json=mode, headers=who).status_code == 403
    senior = enter(Grant(Role.SENIOR, at(PlaceKind.HALL, where)))
    assert client.post(path, json=mode, headers=senior).status_code == 200


def test_halls_lanes_and_devices_are_those_of_the_place(
    client: TestClient, kernel: Kernel, airport: Airport, enter: Enter
) -> None:
    one = airport.halls["Hall A"]
    who = enter(Grant(Role.SENIOR, at(PlaceKind.HALL, one)))
    halls = client.get("/api/v1/halls", headers=who).json()["halls"]
    assert [found["id"] for found in halls] == [str(one)]
    technician = enter(Grant(Role.TECHNICIAN, at(PlaceKind.HALL, one)))
    found = client.get("/api/v1/devices", headers=technician).json()["devices"]
    with kernel.database.read() as session:
        own = set(session.scalars(sa.select(Device.id).where(Device.hall_id == one)))
        every = set(session.scalars(sa.select(Device.id)))
    assert {UUID(row["id"]) for row in found} == own < every
    for stranger in every - own:
        path = f"/api/v1/devices/{stranger}/disable"
        assert client.post(path, headers=technician).status_code == 404


def test_every_address_that_names_somebody_or_something_elsewhere_is_not_there(
    client: TestClient, kernel: Kernel, ids: dict[str, str], enter: Enter
) -> None:
    elsewhere = at(PlaceKind.HALL, uuid4())
    who = enter(*(Grant(role, elsewhere) for role in (Role.SENIOR, Role.GATE_OFFICER)))
    placed = ("{referral}", "{passenger}", "{hall}", "{hit}", "{link}", "{declaration}")
    routes = [
        route for route in ROUTES
        if any(name in route[1] or name in str(route[2]) for name in placed)
    ]  # fmt: skip
    assert len(routes) > 40
    reached = [(route, code) for route in routes if (code := call(client, who, ids, route)) != 404]
    assert reached == []


def test_a_matter_of_another_purpose_shows_no_reason(
    client: TestClient, hall: Hall, enter: Enter
) -> None:
    referral = hall.refer("astrid")
    own = enter(Grant(Role.SENIOR))
    one = client.get(f"/console/passengers/{hall.passenger('astrid')}", headers=own).text
    assert "Another authority" not in one
    who = enter(Grant(Role.SENIOR, purposes=frozenset({"health"})))
    for path in (
        f"/console/passengers/{hall.passenger('astrid')}",
        f"/console/referrals/{referral}",
    ):
        page = client.get(path, headers=who).text
        assert "Another authority" in page
        assert "Customs lookouts" not in page
    rows = client.get("/api/v1/expected", headers=who).json()
    [expected] = [row["passenger"] for row in rows if "LINDQVIST" in str(row)]
    assert {hit["title"] for hit in expected["hits"]} == {"Another authority's matter"}
    assert all(hit["conditions"] == [] and hit["purpose"] == "" for hit in expected["hits"])
    hit = expected["hits"][0]["id"]
    review = client.post(
        f"/api/v1/hits/{hit}/review", json={"state": "confirmed", "reason": "x"}, headers=who
    )
    assert review.status_code == 404


def test_nothing_is_bound_outside_of_a_request() -> None:
    assert scope.current() == scope.UNLIMITED


# --- purposes -------------------------------------------------------------------------------------

OTHER = frozenset({"health"})
"""A purpose that nothing of the starting set has."""


def test_rules_lists_and_lookouts_of_another_purpose_are_not_there(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    with kernel.database.transaction() as session:
        key, purpose = session.execute(
            sa.select(Rule.key, RuleVersion.purpose)
            .join(Rule, Rule.id == RuleVersion.rule_id)
            .limit(1)
        ).one()
        session.add(
            Backtest(
                title="Ours", text="true", digest=bytes(32), purpose=purpose, first_month="2026-01",
                last_month="2026-02", airports=[], carriers=[], routes=[], state=BacktestState.STOPPED, all_rows=1,
            )
        )  # fmt: skip
        session.flush()
        trial = session.scalar(sa.select(Backtest.id))
    own = enter(Grant(Role.TARGETER, purposes=frozenset({purpose})))
    other = enter(Grant(Role.TARGETER, purposes=OTHER))
    custodian = enter(Grant(Role.LIST_CUSTODIAN, purposes=OTHER))
    for path in (
        f"/api/v1/rules/{key}",
        f"/console/rules/of/{key}",
        f"/console/rules/of/{key}/edit",
        f"/api/v1/backtests/{trial}",
        f"/console/backtests/{trial}",
    ):
        assert client.get(path, headers=own).status_code == 200, path
        assert client.get(path, headers=other).status_code == 404, path
    assert key in client.get("/console/rules", headers=own).text
    assert client.get("/api/v1/rules", headers=other).json()["rules"] == []
    assert key not in client.get("/console/rules", headers=other).text
    assert client.get("/api/v1/backtests", headers=other).json() == []
    assert client.get("/api/v1/watchlists", headers=custodian).json() == []
    assert client.get(f"/api/v1/watchlists/{LIST}/entries", headers=custodian).status_code == 404
    one = hall.people["astrid"].passport
    person = {"names": [{"surname": one.surname, "given": one.given_names}]}
    met = client.post("/api/v1/watchlists-match", json=person, headers=custodian)
    assert (met.status_code, met.json()) == (200, [])
    everything = enter(Grant(Role.LIST_CUSTODIAN))
    assert client.post("/api/v1/watchlists-match", json=person, headers=everything).json() != []


def test_nothing_is_drafted_tried_or_looked_out_for_another_purpose(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    with kernel.database.read() as session:
        key, version = session.execute(
            sa.select(Rule.key, RuleVersion).join(Rule, Rule.id == RuleVersion.rule_id).limit(1)
        ).one()
    other = enter(Grant(Role.TARGETER, purposes=OTHER))
    form = {
        "key": "ours.new",
        "owner": "o",
        "title": "t",
        "text": version.text,
        "purpose": version.purpose,
    }
    draft = {
        **form, "points": 1, "handling": "stop", "justification": "j", "review_by": "2026-12-31",
    }  # fmt: skip
    answer = client.post("/api/v1/rules", json=draft, headers=other)
    assert problem_code(answer.text) == "other-purpose", answer.text
    lookout = {
        "kind": "document", "number": "K1234567", "issuer": "SWE", "title": "t", "reason": "because of it",
        "purpose": version.purpose, "handling": "stop",
    }  # fmt: skip
    refused = client.post("/api/v1/lookouts", json=lookout, headers=other)
    assert problem_code(refused.text) == "other-purpose", refused.text
    steps = f"/api/v1/rules/{key}/versions/{version.n}/suspend"
    assert client.post(steps, json={"note": "n"}, headers=other).status_code == 404


def test_pairs_and_lookouts_of_another_purpose_are_neither_seen_nor_decided(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    own = enter(Grant(Role.SENIOR, purposes=frozenset({"revenue"})))
    other, signs = (enter(Grant(Role.SENIOR, purposes=one)) for one in (OTHER, None))
    hall.refer("astrid")
    with kernel.database.read() as session:
        hit = session.scalar(sa.select(Hit.id).where(Hit.source == HitSource.WATCHLIST))
    clear = {"reason": "another birth place", "until": kernel.clock().date().isoformat()}
    assert client.post(f"/api/v1/hits/{hit}/clear", json=clear, headers=other).status_code == 404
    made = client.post(f"/api/v1/hits/{hit}/clear", json=clear, headers=own)
    assert made.status_code == 201, made.text
    lookout = {
        "kind": "document", "number": "K7654321", "issuer": "SWE", "title": "Blue suitcase",
        "reason": "because of it", "purpose": "revenue", "handling": "stop",
    }  # fmt: skip
    raised = client.post("/api/v1/lookouts", json=lookout, headers=own)
    assert raised.status_code == 201, raised.text
    pair, urgent = (f"/{one.json()['id']}" for one in (made, raised))
    pairs, lookouts = "/api/v1/known-not-matches", "/api/v1/lookouts"
    pages = {"/console/pairs": "Customs lookouts", "/console/lookouts": "Blue suitcase"}
    for who, sees in ((own, True), (other, False)):
        assert len(client.get(pairs, headers=who).json()) == sees
        assert len(client.get(lookouts, headers=who).json()) == sees
        for page, said in pages.items():
            assert (said in client.get(page, headers=who).text) is sees, page
    steps = (
        (f"{pairs}{pair}/approve", None), (f"{pairs}{pair}/withdraw", None),
        (f"{lookouts}{urgent}/review", {"verdict": "justified"}), (f"{lookouts}{urgent}/end", None),
    )  # fmt: skip
    for path, body in steps:
        assert client.post(path, json=body, headers=other).status_code == 404, path
    forms = (
        (f"/console/pairs{pair}", {"act": "withdraw"}),
        (f"/console/lookouts{urgent}/end", {"act": "end"}),
        (f"/console/lookouts{urgent}/review", {"verdict": "justified"}),
    )
    for path, form in forms:
        assert client.post(path, data=form, headers=other).status_code == 404, path
    [kept], [looked] = (client.get(one, headers=own).json() for one in (pairs, lookouts))
    assert (kept["voided_at"], kept["approved_by"]) == (None, None)
    assert (looked["ended_at"], looked["verdict"]) == (None, None)
    for path, body in steps[1:]:
        answer = client.post(path, json=body, headers=signs)
        assert answer.status_code == 200, (path, answer.text)


# --- around somebody ------------------------------------------------------------------------------


def test_who_shares_a_telephone_elsewhere_is_counted_and_not_named(
    client: TestClient, kernel: Kernel, hall: Hall, enter: Enter
) -> None:
    hall.refer("astrid")
    where, _ = shown(kernel, hall.newest())
    path = f"/console/passengers/{hall.passenger('olga')}"
    named = f"/console/passengers/{hall.passenger('astrid')}"
    here = enter(Grant(Role.GATE_OFFICER, at(PlaceKind.HALL, where)))
    away = enter(Grant(Role.GATE_OFFICER, at(PlaceKind.HALL, uuid4())))
    links = 'id="links-title"'
    own = client.get(path, headers=here).text
    assert links in own
    assert named in own.partition(links)[2]
    page = client.get(path, headers=away).text
    assert named not in page
    assert "1 elsewhere" in page.partition(links)[2]
