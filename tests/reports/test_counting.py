"""From the gate and the counters to figures without persons: which days, when again, and what stays."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.identity import officers
from app.identity.permissions import GRANTS, Permission, Role
from app.referrals.kinds import FULL_EXAMINATION
from app.reports.closing import close_months
from app.reports.counting import DUE_REASONS, OPEN, count_day, count_due
from app.screening.models import Hit
from tests.gate.world import ASTRID, ELSA, NILS, NOW, OLGA, Person, World
from tests.support import problem_code

DAY = date(2026, 3, 10)
TOMORROW = NOW + timedelta(days=1)
OUTCOME = {
    "steps": ["documents", "questions", "baggage-opened"],
    "findings": [{"kind": "prohibited"}], "dispositions": [{"kind": "abandon"}],
}  # fmt: skip


def come(hall: World, person: Person, **judged: Any) -> None:
    text = hall.ready(person, control_rate=0.01, **judged)
    hall.answer(hall.kiosk, person.mrz, text)
    hall.answer(hall.lane, person.mrz)


def flag(hall: World, person: Person, subject: str, source: str = "rule") -> None:
    """A hit of the current assessment."""
    with hall.database.transaction() as session:
        query = "select id from assessment where passenger_id = :id and is_current"
        found = session.execute(sa.text(query), {"id": hall.id_of(person)}).scalar_one()
        session.add(
            Hit(
                assessment_id=found, passenger_id=hall.id_of(person), source=source,
                subject=subject, subject_version=3, title="", purpose="drugs", handling="stop",
                points=60, explanation={"alert": True}, values_digest=b"x",
                state="unreviewed", snoozed=False, reviewed_first=False,
            )
        )  # fmt: skip


def signed_in(hall: World, now: datetime, login: str = "late") -> dict[str, str]:
    """An officer who signs in at that moment."""
    with hall.database.transaction() as session:
        made = officers.create_officer(
            session, login, login.title(), [Role.GATE_OFFICER], "NRT", now
        )
        token = officers.sign_in(session, officers.issue_code(session, made.id, now), now)
    return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}


def inspect(hall: World, officer: Any, person: Person, findings: str) -> None:
    (row,) = [one for one in hall.queue(officer) if one["given_names"] == person.given]
    url, seen = f"/api/v1/referrals/{row['id']}", {"version": row["version"]}
    assert hall.client.post(f"{url}/inspect", json=seen, headers=officer).is_success
    body = {**OUTCOME, "findings": [{"kind": findings}]}
    assert hall.client.post(f"{url}/outcome", json=body, headers=officer).is_success


def count(hall: World, now=TOMORROW) -> int:
    """Count all that is due; how many days that were."""
    days = 0
    while count_due(hall.database, "NRT", now):
        days += 1
    return days


def cell(hall: World, dimension: str = "all", value: str = "") -> Counter:
    rows = hall.rows(
        "select sums from effect_cell where dimension = :d and value = :v", d=dimension, v=value
    )
    total: Counter = Counter()
    for (sums,) in rows:
        total.update(sums)
    return total


def a_day(hall: World, officer: Any) -> None:
    """One selected and found, one selected and let go, one drawn and clean, one passed."""
    mori = officer(Role.GATE_OFFICER)
    come(hall, ASTRID, action="stop", rules_alone=True)
    flag(hall, ASTRID, "cash.late")
    come(hall, OLGA, action="stop")
    flag(hall, OLGA, "persons/entry-17", "watchlist")
    come(hall, NILS, control=True, rules_alone=True)
    come(hall, ELSA)
    inspect(hall, mori, ASTRID, "prohibited")
    inspect(hall, mori, NILS, "nothing")
    (row,) = [one for one in hall.queue(mori) if one["given_names"] == OLGA.given]
    why = {"why_not": "other-person", "note": "born on another day"}
    body = {"version": row["version"], **why}
    assert hall.client.post(
        f"/api/v1/referrals/{row['id']}/release", json=body, headers=mori
    ).is_success


def test_a_day_at_the_gate_as_figures(hall: World, officer):
    a_day(hall, officer)
    count(hall)
    sums = cell(hall)
    assert (sums["n"], sums["frame"], sums["sel.n"], sums["oth.n"]) == (4, 4, 2, 2)
    assert (sums["sel.count"], sums["sel.finds"], sums["why.other-person"]) == (1, 1, 1)
    assert (sums["oth.count"], sums["oth.w"], sums["lot.n"], sums["lot.w"]) == (1, 100, 1, 100)
    assert (sums["harm.lot"], sums["harm.list"], sums["stops.rule"], sums["harm.rule"]) == (
        1,
        1,
        1,
        0,
    )
    assert cell(hall, "rule", "cash.late@3")["alone"] == 1
    assert cell(hall, "list", "persons")["n"] == 1
    assert hall.rows("select travellers, selected, drawn, stopped from effect_flight") == [
        (4, 2, 1, 3 + 1)  # the child waits for an adult: that is a stop as well
    ]


def test_no_figure_holds_anything_of_an_entry_or_a_person(hall: World, officer):
    a_day(hall, officer)
    count(hall)
    text = str(hall.rows("select dimension, value, sums from effect_cell"))
    assert "entry-17" not in text
    for person in (ASTRID, OLGA, NILS):
        assert person.surname not in text
        assert person.number not in text


def test_today_is_not_counted_for_it_would_tell_who_was_drawn(hall: World, officer):
    a_day(hall, officer)
    count(hall, NOW + timedelta(hours=2))
    assert hall.rows("select 1 from effect_cell") == []


def test_a_day_is_counted_once_and_again_when_an_outcome_comes_late(hall: World, clock):
    come(hall, NILS, control=True, rules_alone=True)
    count(hall)
    assert (cell(hall)["skip.open"], cell(hall)["pending"]) == (1, 1)
    before = hall.rows("select computed_at from effect_cell where dimension = 'all'")
    count(hall, TOMORROW + timedelta(hours=2))
    assert hall.rows("select computed_at from effect_cell where dimension = 'all'") == before
    clock.advance(days=1, hours=3)
    inspect(hall, signed_in(hall, clock()), NILS, "currency")
    count(hall, clock() + timedelta(minutes=1))
    assert (cell(hall)["skip.open"], cell(hall)["lot.finds"]) == (0, 1)


def test_counting_a_day_twice_changes_nothing(hall: World, officer):
    a_day(hall, officer)
    count(hall)
    before = cell(hall)
    with hall.database.transaction() as session:
        count_day(session, "NRT", DAY, TOMORROW)
    assert cell(hall) == before


def test_days_without_anybody_have_their_place_and_are_not_looked_for_again(hall: World, officer):
    come(hall, ELSA)
    count(hall, NOW + timedelta(days=5))
    days = hall.rows(
        "select day, (sums ->> 'n')::int from effect_cell where dimension = 'all' order by 1"
    )
    assert [tuple(row) for row in days] == [
        (DAY, 1), *[(DAY + timedelta(days=n), None) for n in range(1, 5)],
    ]  # fmt: skip
    assert count_due(hall.database, "NRT", NOW + timedelta(days=5)) is False


def test_figures_outlive_the_people_and_small_groups_do_not(hall: World, officer):
    a_day(hall, officer)
    count(hall)
    later = NOW + OPEN + timedelta(days=40)
    with hall.database.transaction() as session:
        assert close_months(session, "NRT", NOW + timedelta(days=30)) == 0
        assert close_months(session, "NRT", later) > 0
        assert close_months(session, "NRT", later) == 0
        for table in (
            "document",
            "hit_review",
            "hit",
            "assessment",
            "finding",
            "disposition",
            "inspection",
        ):
            session.execute(sa.text(f"delete from {table}"))
        session.execute(sa.text("update presentation set passenger_id = null"))
    count(hall, later)
    assert (cell(hall)["n"], cell(hall)["sel.finds"]) == (4, 1)
    assert hall.rows("select distinct value from effect_cell where dimension = 'sex'") == [
        ("other",)
    ]
    assert hall.rows("select day from effect_cell where dimension = 'all' and closed") == [
        (date(2026, 3, 1),)
    ]


def test_reasons_that_are_due_are_those_of_the_gate():
    assert FULL_EXAMINATION in DUE_REASONS


# --- who may read them ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_figures_are_for_analysts_supervisors_approvers_and_auditors(hall: World, officer, role):
    may = Permission.VIEW_EFFECTIVENESS in GRANTS[role]
    assert may == (role in ("senior", "targeter", "rule-approver", "legal-approver", "auditor"))
    who = officer(role)
    for path in ("/api/v1/effectiveness", "/api/v1/effectiveness.csv", "/console/effectiveness"):
        assert hall.client.get(path, headers=who).status_code == (200 if may else 403)


def test_the_machine_api_gives_intervals_and_no_bare_share(hall: World, officer):
    a_day(hall, officer)
    count(hall)
    found = hall.client.get("/api/v1/effectiveness", headers=officer(Role.TARGETER)).json()
    assert (found["start"], found["end"], found["airport"]) == ("2025-10-01", "2026-03-01", "NRT")
    hit = found["overview"]["hit"]
    assert (hit["share"], hit["finds"], hit["count"], hit["is_enough"]) == (None, 1, 1, False)
    assert 0 < hit["low"] < hit["high"] <= 1
    assert found["overview"]["lift"] is None
    assert [rule["name"] for rule in found["rules"]] == ["cash.late@3", "persons"]
    assert [one["travellers"] for one in found["groups"]["sex"]] == [None]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"from": "2026-03-01", "to": "2026-02-01"}, 422, "period"),
        ({"from": "2020-01-01", "to": "2026-02-01"}, 422, "period"),
        ({"airport": "N1"}, 422, "invalid"),
        ({"from": "yesterday"}, 422, "invalid"),
    ],
)
def test_periods_that_are_none(hall: World, officer, query, status, code):
    got = hall.client.get("/api/v1/effectiveness", params=query, headers=officer(Role.TARGETER))
    assert (got.status_code, problem_code(got.text)) == (status, code)


def test_airports_and_months_are_filters(hall: World, officer):
    a_day(hall, officer)
    count(hall)
    who = officer(Role.TARGETER)

    def travellers(**query: str) -> int:
        got = hall.client.get("/api/v1/effectiveness", params=query, headers=who)
        return got.json()["overview"]["travellers"]

    assert travellers() == travellers(airport="all") == 4
    assert travellers(airport="HND") == travellers(to="2026-02-28") == 0


def test_an_amended_outcome_is_the_one_that_figures_know(hall: World, clock):
    come(hall, NILS, control=True, rules_alone=True)
    mori = signed_in(hall, clock())
    inspect(hall, mori, NILS, "nothing")
    count(hall)
    assert cell(hall)["lot.finds"] == 0
    clock.advance(days=1, hours=3)  # the day was counted before
    abe = signed_in(hall, clock(), "abe")
    (referral,) = hall.rows("select id, version from referral")
    body = {**OUTCOME, "version": referral[1], "reason": "Found in the lining"}
    url = f"/api/v1/referrals/{referral[0]}/amendments"
    assert hall.client.post(url, json=body, headers=abe).is_success
    count(hall, clock() + timedelta(minutes=1))
    assert cell(hall)["lot.finds"] == 1
