"""Figures of data quality: what is counted of a message, of a day, of a flight; who may read them."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.formats import edifact, paxlst, pnrgov
from app.formats.paxlst_model import Role
from app.formats.pnrgov.record import Contact
from app.identity.permissions import Role as OfficerRole
from app.identity.senders import create_sender
from app.kernel.clock import SettableClock
from app.messages import counting
from app.messages.counting import count_due, local_day
from app.messages.figures import Figures, Flown, Lead, Period, Row, read_figures, sum_flights
from app.messages.figures_csv import NAMES, as_csv, safe
from app.messages.models import Message, QualityDay, QualityFlight
from app.messages.quality import of_list, of_push, tally
from tests.messages.airline import (
    ARRIVAL,
    DEPARTURE,
    api,
    booking,
    later,
    listing,
    person,
    push,
    traveller,
)
from tests.messages.conftest import Post

URL = "/api/v1/quality"
DAY = date(2026, 3, 10)
DEPARTS = datetime(2026, 3, 9, 22, 30, tzinfo=UTC)  # 09:30 in Sydney


def counted(post: Post) -> int:
    return count_due(post.database, post.clock())


def figures(post: Post, **more) -> Figures:
    period = Period("NRT", date(2026, 1, 1), date(2026, 12, 31), **more)
    with post.database.read() as session:
        return read_figures(session, period, post.clock())


def of_text(raw: bytes) -> dict[str, int]:
    [interchange] = edifact.interchanges(raw)
    return of_list(paxlst.read(interchange.messages[0]))


# --- a message ------------------------------------------------------------------------------------


def test_a_complete_person_lacks_nothing_that_was_sent() -> None:
    one = person(AVF="AB12CD", ABO="1", SEA="012A")
    counts = of_list(listing(one))
    assert counts == {"persons": 1, "documents": 1, "missing.bags": 1}


def test_what_is_missing_and_what_is_wrong_are_told_apart() -> None:
    raw = api(person(), person("FNU", "TBA", number="", born=None))
    raw = raw.replace(b"DTM+329:840506", b"DTM+329:999999").replace(b"NAT+2+AUS", b"NAT+2+QQQ")
    counts = of_text(raw)
    assert counts["persons"] == 2
    assert (counts["wrong.birth-date"], counts["missing.birth-date"]) == (1, 1)
    assert counts["wrong.nationality"] == 1
    assert (counts["wrong.surname"], counts["wrong.given-names"]) == (1, 1)
    assert counts["missing.document-number"] == 1
    assert "missing.surname" not in counts


def test_who_is_meant_by_reference_alone_lacks_nothing() -> None:
    named = (person("", "", number="", born=None, ABO="1"), person(AVF="AB12CD", ABO="2", SEA="1A"))
    counts = of_list(listing(*named, document="266", function="CLOB"))
    assert counts == {"persons": 1, "documents": 1, "missing.bags": 1}
    assert of_list(listing(named[0]))["missing.surname"] == 1


def test_crew_have_no_bookings_and_seats() -> None:
    counts = of_list(listing(person(role=Role.CREW)))
    assert counts == {"persons": 1, "documents": 1}


def test_numbers_that_cannot_be() -> None:
    counts = of_list(listing(person(number="000000000"), person(number="L1234567")))
    assert (counts["documents"], counts["number.filler"]) == (2, 1)


def test_a_push_of_bookings() -> None:
    contact = Contact("phone", "81312345678", "M")
    full = booking(traveller(number="L1234567", born=date(1984, 5, 6)), contacts=(contact,))
    raw = push(full, booking(traveller("TIDEWELL"), locator="ZZ99ZZ"))
    [interchange] = edifact.interchanges(raw)
    counts = of_push(pnrgov.read(interchange.messages[0]))
    assert (counts["bookings"], counts["persons"], counts["documents"]) == (2, 2, 1)
    assert (counts["missing.contact"], counts["missing.document"]) == (1, 1)
    assert (counts["missing.payment"], counts["missing.ticket"]) == (2, 2)


@given(st.binary(max_size=200))
def test_counts_of_anything_are_counts(junk: bytes) -> None:
    head = b"UNB+UNOA:4+A+B+260101:0101+1'UNH+1+PAXLST:D:05B:UN'NAD+FL+++A:B'DOC+P'DTM'"
    for interchange in edifact.interchanges(head + junk):
        for message in interchange.messages:
            assert all(count >= 0 for count in of_list(paxlst.read(message)).values())
            assert all(count >= 0 for count in of_push(pnrgov.read(message)).values())


# --- a day ----------------------------------------------------------------------------------------


def test_transmissions_count_for_every_carrier_in_them_and_junk_for_none() -> None:
    one = {"type": "PAXLST", "carrier": "ZZ", "applied": True, "quality": {"persons": 3}}
    found = tally([
        ("applied", [one, one | {"carrier": "QQ", "stale": 2}]),
        ("duplicate", [one]),
        ("rejected", []),
        ("applied", [one | {"test": True}]),
    ])  # fmt: skip
    assert found["ZZ"] == {
        "transmissions": 3, "messages": 1, "messages.PAXLST": 1, "PAXLST.persons": 3,
        "duplicates": 1, "test": 1,
    }  # fmt: skip
    assert found["QQ"]["out_of_order"] == 1
    assert found[""] == {"transmissions": 1, "rejected": 1}


def test_a_day_is_counted_once_whatever_comes_again(post: Post) -> None:
    message = post.send(api(person(), person("TIDEWELL", number="000000000")))
    post.send(api(person(), person("TIDEWELL", number="000000000")))
    post.send(b"junk")
    assert counted(post) == 3
    assert counted(post) == 0
    [junk, day] = post.all(sa.select(QualityDay).order_by(QualityDay.carrier))
    assert (day.carrier, day.day) == ("ZZ", local_day(post.clock(), "NRT"))
    assert day.counts["PAXLST.persons"] == 2
    assert day.counts["PAXLST.number.filler"] == 1
    assert (day.counts["transmissions"], day.counts["duplicates"]) == (2, 1)
    assert junk.counts == {"transmissions": 1, "rejected": 1}
    with post.database.transaction() as session:  # as after a replay
        session.execute(sa.update(Message).where(Message.id == message.id).values(counted_at=None))
    assert counted(post) == 1
    assert post.all(sa.select(QualityDay).order_by(QualityDay.carrier))[1].counts == day.counts


def test_a_replay_moves_the_counts_to_the_carrier_it_was_of(post: Post) -> None:
    raw = api(person()).replace(b"TDT+20+ZZ001", b"TDT+20+Z9X001")
    message = post.send(raw)
    counted(post)
    [before] = post.all(sa.select(QualityDay))
    assert before.carrier == ""
    with post.database.transaction() as session:
        session.execute(sa.text("update message set status = 'received', attempts = 0"))
        session.execute(
            sa.text(
                "insert into sender_mapping (id, sender_id, version, rules, reason) values "
                """(gen_random_uuid(), :sender, 1, '{"carriers": {"Z9X": "ZZ"}}', 'x')"""
            ),
            {"sender": message.sender_id},
        )
    post.work()
    counted(post)
    [after] = post.all(sa.select(QualityDay))
    assert (after.carrier, after.counts["messages.PAXLST"]) == ("ZZ", 1)


def test_a_verdict_that_changes_while_it_is_counted_is_counted_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = post.send(api(person()))
    real = counting.count_day

    def meanwhile(*args: object) -> None:
        real(*args)
        with post.database.transaction() as session:
            moved = post.clock() + timedelta(seconds=1)
            session.execute(
                sa.update(Message).where(Message.id == message.id).values(applied_at=moved)
            )

    monkeypatch.setattr(counting, "count_day", meanwhile)
    counted(post)
    assert post.message(message.id).counted_at is None


def test_one_worker_counts_at_a_time(post: Post) -> None:
    post.send(api(person()))
    with post.database.transaction() as session:
        session.execute(counting._ALONE)
        assert counted(post) == 0
    assert counted(post) == 1


def test_the_figures_stay_when_people_and_messages_are_forgotten(post: Post) -> None:
    post.send(api(person(), person("TIDEWELL", number="L2345678")))
    counted(post)
    before = figures(post).total
    with post.database.transaction() as session:
        tables = "quarantine, message_fault, message, document, identity_link, passenger, booking"
        session.execute(sa.text("update passenger set party_id = null"))
        for table in tables.split(", "):
            session.execute(sa.text(f"delete from {table}"))
    counted(post)
    assert figures(post).total == before
    assert before.count("PAXLST.persons") == 2


# --- a flight -------------------------------------------------------------------------------------


def test_times_before_departure_and_people_of_one_source_only(
    post: Post, clock: SettableClock
) -> None:
    for minutes, raw in (
        (300, push(booking(traveller(number="L1234567", born=date(1984, 5, 6))))),
        (120, api(person(), person("TIDEWELL", number="L2345678"))),
        (30, api(person(), prepared=later(hours=1))),
        (-10, api(person(), prepared=later(hours=2))),
    ):
        clock.now = DEPARTS - timedelta(minutes=minutes)
        post.send(raw)
    counted(post)
    flights = figures(post).total.flights
    assert flights.first_list == Lead(1, 120, 120)
    assert flights.last_list == Lead(1, 30, 30)
    assert flights.first_push == Lead(1, 300, 300)
    assert (flights.late, flights.api_only, flights.pnr_only, flights.both) == (0, 1, 0, 1)
    assert flights.unmatched_share == 0.5
    assert flights.unclosed == 0


def test_a_list_after_departure_is_late_and_after_arrival_later(
    post: Post, clock: SettableClock
) -> None:
    clock.now = DEPARTS + timedelta(hours=1)
    post.send(api(person(), sequence=1, part="C"))
    counted(post)
    flights = figures(post).total.flights
    assert (flights.flights, flights.late, flights.late_share) == (1, 1, 1.0)
    assert (flights.unclosed, flights.after_arrival) == (1, 0)
    assert flights.first_list == Lead(1, -60, -60)
    assert flights.last_list == Lead()


def test_of_a_flight_that_has_not_left_nothing_is_said(post: Post, clock: SettableClock) -> None:
    clock.now = DEPARTS - timedelta(hours=3)
    post.send(api(person()))
    counted(post)
    assert figures(post).total.flights.flights == 0


def test_missing_parts(post: Post, clock: SettableClock) -> None:
    clock.now = DEPARTS - timedelta(hours=3)
    post.send(api(person(), sequence=1, part="C"), api(person("B"), sequence=4, part="F"))
    counted(post)
    [flight] = post.all(sa.select(QualityFlight))
    assert (flight.parts_missing, flight.closed) == (2, False)


def flown(lead: int | None, **more) -> Flown:
    came = DEPARTS - timedelta(minutes=lead) if lead is not None else None
    values = {
        "departs_at": DEPARTS, "arrives_at": DEPARTS + timedelta(hours=9), "first_list_at": came,
        "last_list_at": came, "first_push_at": None, "last_push_at": None, "closed": True,
        "parts_missing": 0, "api_only": 0, "pnr_only": 0, "both": 0,
    }  # fmt: skip
    return Flown(**(values | more))


def test_p95_is_what_nineteen_of_twenty_flights_had_at_least() -> None:
    flights = [flown(minutes) for minutes in range(1, 21)]
    found = sum_flights(flights, DEPARTS + timedelta(days=1))
    assert found.first_list == Lead(20, 11, 2)
    assert sum_flights([*flights, flown(None)], DEPARTS + timedelta(days=1)).late == 1
    assert sum_flights([flown(-600)], DEPARTS + timedelta(days=1)).after_arrival == 1


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=60))
def test_at_least_that_share_of_the_flights_had_it(minutes: list[int]) -> None:
    lead = Lead.of(timedelta(minutes=one) for one in minutes)
    for percent, value in ((50, lead.p50), (95, lead.p95)):
        assert sum(one >= value for one in minutes) * 100 >= percent * len(minutes)
        assert value in minutes


# --- reading --------------------------------------------------------------------------------------


def test_a_sender_reads_its_own_figures_only(
    post: Post, client: TestClient, officer: Callable[..., dict[str, str]]
) -> None:
    post.send(api(person()))
    with post.database.transaction() as session:
        other, token = create_sender(session, "other", ["ZZ"], "NRT", post.clock())
    counted(post)
    day = local_day(post.clock(), "NRT")
    mine = {"Authorization": f"Bearer {token}"}
    asked = f"{URL}?sender_id={post.sender.id}&from={day}&to={day}"
    assert client.get(asked, headers=mine).json()["rows"] == []
    [row] = client.get(asked, headers=officer(OfficerRole.SENIOR)).json()["rows"]
    assert (row["carrier"], row["sender"], row["counts"]["messages"]) == ("ZZ", "ZZ test", 1)
    assert client.get(URL, headers=officer(OfficerRole.GATE_OFFICER)).status_code == 403
    assert client.get(URL).status_code == 401
    del other


@pytest.mark.parametrize(
    "query", ["from=2026-03-02&to=2026-03-01", "from=2024-01-01&to=2026-01-01", "carrier=%3D1",
              "from=yesterday"],
)  # fmt: skip
def test_periods_that_cannot_be(
    client: TestClient, sender_headers: dict[str, str], query: str
) -> None:
    for path in (URL, f"{URL}.csv"):
        assert client.get(f"{path}?{query}", headers=sender_headers).status_code == 422


def test_the_csv_has_every_column_and_no_formula(post: Post, client: TestClient) -> None:
    with post.database.transaction() as session:
        made, token = create_sender(session, "=cmd|' /C calc'!A0", ["ZZ"], "NRT", post.clock())
    hostile = replace(post, sender=replace(post.sender, id=made.id))
    hostile.send(api(person()))
    counted(hostile)
    answer = client.get(f"{URL}.csv", headers={"Authorization": f"Bearer {token}"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, row, *more = csv.reader(io.StringIO(answer.text))
    assert (tuple(header), more) == (NAMES, [])
    cells = dict(zip(header, row, strict=True))
    assert cells["sender"].startswith("'=")
    assert (cells["carrier"], cells["messages"], cells["list_people"]) == ("ZZ", "1", "1")
    assert cells["first_list_p50_minutes"] == "-270"  # a number stays one
    assert cells["last_list_p50_minutes"] == ""


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_formulas_are_text(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe("ZZ") == "ZZ"
    [_, line] = csv.reader(io.StringIO(as_csv([Row(None, "ZZ", text)])))
    assert line[2] == f"'{text}"


def test_every_column_is_documented() -> None:
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "messages.md").read_text()
    for name in NAMES:
        assert f"`{name}`" in text, name


def test_no_figure_is_about_risk_or_a_person(post: Post, client: TestClient) -> None:
    post.send(api(person(), person("", "")))
    counted(post)
    with post.database.read() as session:
        stored = str(session.execute(sa.text("select * from quality_day")).all())
        stored += str(session.execute(sa.text("select * from quality_flight")).all())
    for word in ("QUILLFEATHER", "L1234567", "risk", "score", "hit"):
        assert word not in stored
    assert isinstance(post.sender.id, UUID)
    assert DEPARTURE < ARRIVAL


def test_no_statement_for_each_row(post: Post) -> None:
    told: list[str] = []
    sa.event.listen(
        post.database.engine, "before_cursor_execute", lambda c, k, text, *_: told.append(text)
    )
    figures(post)
    assert len([text for text in told if "quality" in text]) == 2


def test_old_summaries_without_counts_are_read(post: Post) -> None:
    post.send(api(person()))
    with post.database.transaction() as session:
        session.execute(sa.text("""update message set summary = '[{"type": "PAXLST"}]'"""))
    counted(post)
    assert figures(post).total.counts["messages"] == 1
