"""A day of the site: figures of everything that happens, small ones about people hidden, at a bounded price."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.identity import officers
from app.identity.permissions import Role
from app.kernel.clock import SettableClock
from app.messages.models import Message
from app.referrals.shift_models import Duty
from app.reports.today import day_at, read_overview
from app.web.overview import seconds
from tests.support.airport import Airport
from tests.support.busy import Busy, close, fill
from tests.web.conftest import Looker

Look = Callable[..., Looker]
NOON = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)  # in Tokyo
DAY = "2026-03-10"


@pytest.fixture
def busy(airport: Airport, clock: SettableClock) -> Busy:
    """400 people, 60 referrals of which 40 are closed: 16 with a find, 24 clean."""
    clock.now = NOON
    with airport.kernel.database.transaction() as session:
        made = fill(session, airport.halls["Hall A"], NOON)
        officer = officers.create_officer(session, "desk", "Desk", [Role.SENIOR], "NRT", NOON)
        close(session, made, officer.id, NOON, range(40), found=range(16))
    return made


def overview(airport: Airport, day: str = DAY) -> Any:
    with airport.kernel.database.read() as session:
        asked = day_at("NRT", datetime.fromisoformat(day).date(), airport.kernel.clock())
        return read_overview(session, asked)


def text(page: str) -> str:
    return re.sub(r"\s*(<[^>]+>\s*)+", "|", page)


def test_what_went_through_is_told_by_hall_and_quarter_of_an_hour(airport: Airport, busy: Busy):
    hall_a, hall_b = overview(airport).halls
    assert (hall_a.read, hall_a.out) == (400, 120)
    assert [slot.start.minute % 15 for slot in hall_a.slots] == [0] * len(hall_a.slots)
    assert hall_a.slots[-1].start == NOON - timedelta(minutes=15)
    assert hall_b.slots == []


def test_from_arrival_to_the_exit_half_and_nine_of_ten(airport: Airport, busy: Busy):
    found = overview(airport)
    with airport.kernel.database.read() as session:
        rows = session.execute(sa.text("select passed_at from passage"))
        took = sorted((at - NOON).total_seconds() / 60 + 40 for (at,) in rows)
    assert found.minutes.people == 120
    assert took[59] - 0.1 <= found.minutes.p50 <= took[60] + 0.1
    assert took[106] - 0.1 <= found.minutes.p90 <= took[109] + 0.1
    (flight,) = found.flights
    assert (flight.flight, flight.p50) == ("XX77", found.minutes.p50)


def test_a_flight_of_which_few_have_gone_out_is_not_told(airport: Airport, clock: SettableClock):
    clock.now = NOON
    with airport.kernel.database.transaction() as session:
        fill(session, airport.halls["Hall A"], NOON, people=30, referrals=0, out=9)
    found = overview(airport)
    assert found.minutes.p50 is None
    assert [one.p90 for one in found.flights] == [None]


def test_decisions_stand_against_the_target_of_their_kind(airport: Airport, busy: Busy):
    kinds = {one.kind: one for one in overview(airport).kinds}
    goods = kinds["goods"]
    assert goods.raised == 18
    assert goods.p50 == goods.p95 == pytest.approx(60)
    assert goods.taken_p50 == goods.taken_p95 == pytest.approx(30)
    assert not goods.is_late
    assert goods.waiting == goods.raised - goods.decided
    assert goods.oldest is not None
    assert sum(one.raised for one in kinds.values()) == 60
    assert kinds["technical"].raised == 0


def test_clean_stops_count_those_of_whom_it_is_known(airport: Airport, busy: Busy):
    stops = overview(airport).stops
    assert (stops.travellers, stops.stopped, stops.over, stops.clean) == (
        400,
        42,
        28,
        17,
    )  # but for goods
    assert stops.per_10000 == 425.0


@pytest.mark.parametrize("found", [2, 13], ids=["one find", "nine finds"])
def test_a_rate_of_clean_stops_that_would_tell_of_few_people_is_hidden(
    airport: Airport, clock: SettableClock, found: int
):
    clock.now = NOON
    with airport.kernel.database.transaction() as session:
        made = fill(session, airport.halls["Hall A"], NOON)
        officer = officers.create_officer(session, "desk", "Desk", [Role.SENIOR], "NRT", NOON)
        close(session, made, officer.id, NOON, range(40), found=range(found))
    assert overview(airport).stops.per_10000 is None


def test_small_cells_are_hidden_with_what_would_give_them_away(airport: Airport, busy: Busy):
    found = overview(airport)
    assert found.outcomes["findings"] == {"nothing": 24, "prohibited": 16}
    assert found.causes["goods"] == {"declared-goods": 18}
    assert found.causes["other-agency"] == {"few": None}
    assert found.causes["full-examination"] == {"few": None}


def test_nothing_says_who_of_today_was_drawn_by_lot(airport: Airport, busy: Busy, look: Look):
    with airport.kernel.database.transaction() as session:
        session.execute(
            sa.text("update referral set origin = 'lot' where kind = 'full-examination'")
        )
    for path in ("/console/overview", "/api/v1/overview", "/console/overview.csv"):
        page = look().page(path)
        assert not re.search(r"\blot\b|control sample|drawn", page)


def test_messages_their_delay_and_what_is_not_read_yet(airport: Airport, clock: SettableClock):
    clock.now = NOON
    with airport.kernel.database.transaction() as session:
        sender = session.execute(sa.text("select id from sender")).scalar_one()
        for n in range(20):
            at = NOON - timedelta(minutes=70, seconds=n)
            applied = at + timedelta(seconds=2 if n < 18 else 30) if n else None
            session.add(
                Message(
                    sender_id=sender, site="NRT", digest=bytes([n]), size=1, created_at=at,
                    status="applied" if n else "received", applied_at=applied,
                )
            )  # fmt: skip
    found = overview(airport)
    (hour,) = found.delays
    assert (hour.messages, hour.p50) == (20, 2)
    assert 2 < hour.p95 <= 30
    assert (found.unread, found.unread_since) == (1, NOON - timedelta(minutes=70))


def test_alerts_are_weighed_against_the_hours_of_those_who_may_decide(airport: Airport, busy: Busy):
    with airport.kernel.database.transaction() as session:
        for login, role in (("a", Role.GATE_OFFICER), ("b", Role.SENIOR), ("c", Role.AUDITOR)):
            made = officers.create_officer(session, login, login, [role], "NRT", NOON)
            code = officers.issue_code(session, made.id, NOON)
            officers.sign_in(session, code, NOON)
        session.execute(
            sa.text("update officer_session set created_at = :at, seen_at = :seen"),
            {"at": NOON - timedelta(hours=3), "seen": NOON},
        )
        session.execute(
            sa.text("update officer_session set revoked_at = :at where officer_id = :id"),
            {"at": NOON - timedelta(hours=1), "id": officers.find_officer(session, "a").id},
        )
    desk = overview(airport).desk
    assert (desk.hours, desk.now, desk.alerts) == (5.0, 1, 60)
    assert desk.per_hour == 12.0


def test_hours_on_duty_count_where_officers_say_so(airport: Airport, busy: Busy):
    with airport.kernel.database.transaction() as session:
        made = officers.create_officer(session, "duty", "Duty", [Role.GATE_OFFICER], "NRT", NOON)
        session.add(
            Duty(
                officer_id=made.id, site="NRT", hall_id=airport.halls["Hall A"], kinds=["goods"],
                began_at=NOON - timedelta(hours=2),
            )
        )  # fmt: skip
    found = overview(airport)
    assert (found.desk.hours, found.desk.on_duty, found.desk.per_hour) == (2.0, True, 30.0)
    kinds = {one.kind: one for one in found.kinds}
    assert (kinds["goods"].per_hour, kinds["risk"].per_hour) == (9.0, None)


def test_the_price_does_not_grow_with_the_day(
    airport: Airport, clock: SettableClock, statements: list[str]
):
    clock.now = NOON
    overview(airport)
    empty = len(statements)
    with airport.kernel.database.transaction() as session:
        fill(session, airport.halls["Hall A"], NOON)
    statements.clear()
    overview(airport)
    assert len(statements) == empty <= 18


def test_the_page_says_it_with_charts_and_tables(airport: Airport, busy: Busy, look: Look):
    page = look().page("/console/overview")
    said = text(page)
    assert "|Hall A|Normal|" in said
    assert "|Readings: 400." in said
    assert "|Gone out: 120." in said
    assert "|Goods|18|30 s|30 s|5 min|" in said
    assert "|Why people were referred|" in said
    assert "|hidden|" in said
    for name in re.findall(r'role="img" aria-label="([^"]*)"', page):
        assert "table below says the same" in name
    assert 'data-live="presentation.changed' in page


def test_a_day_that_is_over_is_not_live_and_switches_nothing(
    airport: Airport, busy: Busy, clock: SettableClock, look: Look
):
    clock.now = NOON + timedelta(days=1)
    page = look().page(f"/console/overview?day={DAY}")
    assert "Readings: 400" in page
    assert 'data-live="presentation' not in page
    assert "Mode of" not in page
    assert "Nobody has come yet" in look().page("/console/overview")


@pytest.mark.parametrize("day", ["", "x", "2026-13-40", "2999-01-01"])
def test_what_is_no_day_is_today(airport: Airport, clock: SettableClock, look: Look, day: str):
    clock.now = NOON
    assert f'value="{DAY}"' in look().page(f"/console/overview?day={day}")


def test_the_mode_is_switched_on_the_page_by_whoever_may(airport: Airport, look: Look):
    hall = airport.halls["Hall A"]
    answer = look().post(
        f"/console/halls/{hall}/mode", {"mode": "staffed-only", "back": "overview"}
    )
    assert answer.headers["location"] == "/console/overview"
    page = look().page("/console/overview")
    assert 'value="staffed-only" aria-pressed="true"' in page
    assert "Mode of Hall A" not in look(Role.AUDITOR).page("/console/overview")


@pytest.mark.parametrize("role", [Role.GATE_OFFICER, Role.ADMINISTRATOR, Role.HELP_DESK])
def test_others_do_not_see_it(airport: Airport, look: Look, role: Role):
    for path in ("/console/overview", "/console/fragments/overview", "/console/overview.csv"):
        assert look(role).get(path).status_code == 403
    assert look(role).get("/api/v1/overview").status_code == 403


def test_the_file_says_the_same(airport: Airport, busy: Busy, look: Look):
    answer = look().get("/console/overview.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="overview-NRT-{DAY}.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    told = {(one["table"], one["name"], one["figure"]): one for one in lines}
    assert told["referrals", "goods", "raised"]["value"] == "18"
    assert told["cause", "other-agency/few", "referrals"] | {"at": ""} == {
        "table": "cause", "name": "other-agency/few", "at": "",
        "figure": "referrals", "value": "", "note": "hidden",
    }  # fmt: skip
    assert sum(int(one["value"]) for one in lines if one["figure"] == "out") == 120


def test_programs_read_it_too(airport: Airport, busy: Busy, look: Look):
    found = look().get("/api/v1/overview").json()
    assert (found["site"], found["day"], found["travellers"]) == ("NRT", DAY, 400)
    assert found["clean_stops_per_10000"] == 425.0
    assert found["causes"]["other-agency"] == {"few": None}
    assert found["halls"][0]["devices"] == {"well": 0, "failing": 0, "silent": 0, "unheard": 2}
    refused = look().get("/api/v1/overview?day=2999-01-01")
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:egate:problem:day"


@pytest.mark.parametrize(
    ("amount", "said"),
    [(None, "-"), (0.04, "0.0 s"), (9.94, "9.9 s"), (45.2, "45 s"), (200, "3 min 20 s"), (300, "5 min"), (3900, "1 h 05 min")],
    ids=["nothing", "at once", "short", "seconds", "minutes", "whole minutes", "hours"],
)  # fmt: skip
def test_durations_in_words(amount: float | None, said: str):
    assert seconds(amount) == said
