"""What the pages show, to whom, and what they never show."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.identity.permissions import Role
from app.travel.models import Passenger
from tests.support import WHY_TYPED
from tests.support.airport import Airport, guest, landed_ago
from tests.web.conftest import Hall

HOSTILE = "O'MALLEY\"><script>alert(1)</script>"


def rows(hall: Hall, statement: str, **values):
    with hall.airport.kernel.database.read() as session:
        return list(session.execute(sa.text(statement), values).all())


def flight_id(hall: Hall):
    return rows(hall, "select id from flight")[0][0]


def test_an_empty_airport_says_so(look):
    page = look().page("/console")
    assert "Nobody is waiting." in page
    assert "on the way" in page
    assert "No flight is known." in look().page("/console/flights")


def test_a_referral_is_in_the_queue_with_its_reasons(look, hall: Hall):
    hall.refer("astrid")
    page = look().page("/console")
    queue = page.partition('id="expected"')[0]
    for said in ("LINDQVIST", "XX101", "12A", "Hall A", "Customs lookouts", "1 waiting, 1 open"):
        assert said in queue
    assert "(1) Queue" in page


def test_a_hold_says_when_it_ends(look, hall: Hall):
    hall.hold("olga")
    page = look().page("/console")
    assert re.search(r'class="row held"', page)
    assert re.search(r"Held</span>.*?<time[^>]*data-relative", page, re.DOTALL)


def test_what_came_after_the_page_stands_in_the_tray(look, hall: Hall):
    somebody = look()
    hall.refer("astrid")
    address = re.search(r'hx-get="(/console/fragments/queue[^"]*)"', somebody.page("/console"))
    hall.refer("olga")
    fragment = somebody.page(address.group(1))
    above, _, tray = fragment.partition('class="tray"')
    assert "LINDQVIST" in above
    assert "HERRERA" not in above
    assert "HERRERA" in tray


def test_what_was_closed_meanwhile_keeps_its_place(look, hall: Hall):
    somebody, referral = look(), hall.refer("astrid")
    page = somebody.page("/console")
    address = re.search(r'hx-get="(/console/fragments/queue[^"]*)"', page).group(1)
    version = re.search(r'name="version" value="(\d+)"', page).group(1)
    somebody.post(f"/console/referrals/{referral}/release", {"version": version, **WHY_TYPED})
    fragment = somebody.page(address)
    assert "row done" in fragment
    assert "Released by Officer senior" in fragment
    assert "LINDQVIST" not in somebody.page("/console").partition('id="expected"')[0]


@pytest.mark.parametrize("mark", ["", "x", "1", "1.2.3", "9" * 40 + ".1", "1.-1", "²³.1"])
def test_a_mark_that_is_none_of_ours_is_a_fresh_page(look, hall: Hall, mark):
    hall.refer("astrid")
    fragment = look().page(f"/console/fragments/queue?since={mark}")
    assert 'class="tray"' not in fragment
    assert "LINDQVIST" in fragment


def test_only_the_high_level_is_expected_at_first(look, hall: Hall):
    somebody = look()
    first = somebody.page("/console").partition('id="expected"')[2]
    assert "LINDQVIST" in first
    assert "HERRERA" not in first
    assert "Also attention (1)" in first
    assert "HERRERA" in somebody.page("/console?level=attention")


def test_the_dossier_says_why(look, hall: Hall):
    page = look().page(f"/console/passengers/{hall.passenger('olga')}")
    for said in (
        "Paid in cash at the last moment, no way back", "booking.cash-late-one-way</span> v1",
        "booking.payment = &#39;cash&#39;", "Form of payment: cash",
    ):  # fmt: skip
        assert said in page


def test_a_watch_list_match_is_told_in_parts(look, hall: Hall):
    page = look().page(f"/console/passengers/{hall.passenger('astrid')}")
    for said in ("Customs lookouts", "LINDQVIST, ASTRID, MAJ", "same date of birth",
                 "<dt>Name match</dt><dd>100 of 100</dd>"):  # fmt: skip
        assert said in page


def test_sources_that_disagree_are_marked(look, hall: Hall):
    person = hall.passenger("quiet")
    with hall.airport.kernel.database.transaction() as session:
        one = session.get_one(Passenger, person)
        one.api_data = {**one.api_data, "birth_date": "1971-01-02", "given_names": "MAREN JOY"}
    page = look().page(f"/console/passengers/{person}")
    assert "1 disagreement" in page
    line = re.search(r'<tr class="differs">.*?</tr>', page, re.DOTALL).group(0)
    assert "Date of birth" in line
    assert "1971-01-02" in line
    assert "MAREN JOY" in page


def test_fellow_travellers_are_named(look, hall: Hall):
    page = look().page(f"/console/passengers/{hall.passenger('nils')}")
    assert "BERGSTROMSON" in page.partition("Travels with</h2>")[2]


def test_declared_goods_are_shown(look, hall: Hall):
    page = look().page(f"/console/passengers/{hall.passenger('nils')}")
    assert "JPY 9,000" in page
    assert "Goods to declare" in page


def test_the_flight_shows_its_list_the_gravest_first(look, hall: Hall):
    somebody = look()
    page = somebody.page(f"/console/flights/{flight_id(hall)}")
    assert page.index("LINDQVIST") < page.index("HERRERA")
    assert "QUILLFEATHER" not in page
    assert "1 high, 1 attention" in page
    assert f"/console/flights/{flight_id(hall)}" in somebody.page("/console/flights")


def test_a_traveller_on_no_list_is_an_identity_referral(look, hall: Hall, airport: Airport):
    stranger = guest("WETHERBY", "DYLAN", state="USA")
    airport.declare(stranger, airport.sector(101, landed_ago(20)))
    airport.present("kiosk", stranger)
    somebody = look()
    assert "Traveller not found on any list" in somebody.page("/console")
    page = somebody.page(f"/console/referrals/{hall.newest()}")
    assert "Not on the passenger list" in page
    assert 'id="decision"' in page


@pytest.mark.parametrize(
    "path",
    [
        "/console/nowhere", "/console/passengers/00000000-0000-7000-8000-000000000000",
        "/console/referrals/00000000-0000-7000-8000-000000000000",
        "/console/flights/00000000-0000-7000-8000-000000000000",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(look, path):
    found = look().get(path)
    assert found.status_code == 404
    assert "There is nothing here" in found.text
    assert found.headers["content-type"].startswith("text/html")


def test_an_address_that_is_none_is_a_page_too(look):
    found = look().get("/console/passengers/LINDQVIST")
    assert found.status_code == 422
    assert "LINDQVIST" not in found.text


def test_what_belongs_to_another_site_is_not_there(look, hall: Hall):
    referral, person, flight = hall.refer("astrid"), hall.passenger("astrid"), flight_id(hall)
    with hall.airport.kernel.database.transaction() as session:
        session.execute(sa.text("update flight set site = 'HND'"))
        session.execute(sa.text("update referral set site = 'HND'"))
    somebody = look()
    for path in (f"referrals/{referral}", f"passengers/{person}", f"flights/{flight}"):
        assert somebody.get(f"/console/{path}").status_code == 404
    assert somebody.get(f"/console/fragments/referrals/{referral}/decision").status_code == 404
    assert (
        somebody.post(f"/console/referrals/{referral}/claim", {"version": "2"}).status_code == 404
    )
    assert "LINDQVIST" not in somebody.page("/console")


def test_names_are_text_whatever_they_contain(look, hall: Hall):
    person = hall.passenger("astrid")
    with hall.airport.kernel.database.transaction() as session:
        one = session.get_one(Passenger, person)
        one.surname, one.given_names = HOSTILE, "</title><img src=x onerror=alert(1)>"
    referral, somebody = hall.refer("astrid"), look()
    for path in (
        "",
        f"/passengers/{person}",
        f"/referrals/{referral}",
        f"/flights/{flight_id(hall)}",
    ):
        page = somebody.page("/console" + path)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_addresses_hold_no_personal_data(look, hall: Hall):
    referral, somebody = hall.refer("astrid"), look()
    told = ("lindqvist", "astrid", "k00", "1988-", "1988%")
    for path in ("/console", f"/console/referrals/{referral}", "/console/flights"):
        page = somebody.page(path)
        addresses = re.findall(r'(?:href|action|hx-get|hx-post)="([^"]*)"', page)
        assert len(addresses) > 3
        assert not [a for a in addresses if any(word in a.lower() for word in told)]


def test_looking_is_recorded(look, hall: Hall):
    somebody, referral, person = look(), hall.refer("astrid"), hall.passenger("astrid")
    for path in (
        "",
        f"/referrals/{referral}",
        f"/passengers/{person}",
        f"/flights/{flight_id(hall)}",
    ):
        somebody.page("/console" + path)
    query = "select action, count(*) from audit_entry group by action"
    looked = dict(map(tuple, rows(hall, query)))
    assert looked["queue.viewed"] == 1
    assert looked["referral.view"] == 1
    assert looked["passenger.viewed"] == 2
    assert looked["flight.risk-viewed"] == 1


def test_the_random_origin_of_a_control_is_hidden(look, hall: Hall):
    referral = hall.refer("astrid")
    with hall.airport.kernel.database.transaction() as session:
        session.execute(
            sa.text(
                "update referral set kind = 'full-examination', origin = 'lot',"
                " reasons = '[\"full-examination\"]'"
            )
        )
        session.execute(
            sa.text("update presentation set drawn = true, reasons = '[\"full-examination\"]'")
        )
    somebody = look()
    for path in ("/console", f"/console/referrals/{referral}"):
        page = somebody.page(path)
        assert "Full examination" in page
        assert "lot" not in re.sub(r"<[^>]*>", " ", page).lower().split()


def test_the_start_page_needs_few_statements(look, hall: Hall, statements):
    hall.refer("astrid")
    somebody = look()
    somebody.page("/console")
    hall.airport.kernel.live.ask("kind.never-heard-of", uuid4(), "NRT")  # nothing is kept
    del statements[:]
    somebody.page("/console")
    one = len(statements)
    hall.refer("olga")
    del statements[:]
    somebody.page("/console")
    assert len(statements) == one <= 13


def test_the_dossier_needs_as_many_statements_for_everybody(look, hall: Hall, statements):
    referral, somebody = hall.refer("astrid"), look()
    somebody.page(f"/console/referrals/{referral}")
    del statements[:]
    somebody.page(f"/console/referrals/{referral}")
    assert len(statements) <= 48


def test_every_answer_carries_the_headers(look, client, hall: Hall):
    somebody = look()
    for answer in (
        somebody.get("/console"), somebody.get("/console/nowhere"), client.get("/health/live"),
        client.get("/console/sign-in", headers={"Accept": "text/html"}),
        client.get("/api/v1/flights"), client.post("/api/v1/messages"),
    ):  # fmt: skip
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_static_files_are_kept_for_ever_and_only_under_their_hash(client, look):
    page = look().page("/console")
    sheet = re.search(r'href="(/static/[0-9a-f]{16}/css/console.css)"', page).group(1)
    answer = client.get(sheet)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert client.get("/static/0000000000000000/css/console.css").status_code == 404


def test_health_is_told_and_figures_are_not(client):
    assert client.get("/health/live").json() == {"alive": True}
    ready = client.get("/health/ready").json()
    assert ready["database"] is True
    assert client.get("/metrics").status_code == 404


def test_a_late_flight_is_expected_as_soon_as_it_is_screened(look, airport: Airport):
    somebody = look(Role.GATE_OFFICER)
    address = re.search(r'hx-get="(/console/fragments/expected[^"]*)"', somebody.page("/console"))
    wanted = guest("VANTONGEREN", "JORIS", state="BEL")
    airport.look_out_for(wanted)
    airport.announce(airport.sector(205, timedelta(minutes=40)), [wanted])
    airport.settle()
    fragment = somebody.page(address.group(1).replace("&amp;", "&"))
    assert "VANTONGEREN" in fragment.partition('class="tray"')[2]


def test_a_dossier_says_what_changed_since_the_first_list(look, hall: Hall):
    passenger = hall.passenger("astrid")
    with hall.airport.kernel.database.transaction() as session:
        session.execute(
            sa.text(
                "insert into passenger_version (id, passenger_id, message_id, prepared_at, record)"
                " select gen_random_uuid(), id, gen_random_uuid(), api_since - interval '3 hours',"
                ' api_data || \'{"seat": "44K"}\' from passenger where id = :id'
            ),
            {"id": passenger},
        )
    page = look().page(f"/console/passengers/{passenger}")
    changed = page.partition("What changed")[2].partition("</section>")[0]
    assert "1 change since the first list or booking" in changed
    for said in ("Seat", "44K", "12A"):
        assert said in changed


def test_a_supervisor_says_where_a_flight_is_and_others_may_not(look, hall: Hall):
    address = f"/console/flights/{flight_id(hall)}"
    supervisor = look()
    answer = supervisor.post(f"{address}/status", {"status": "diverted", "diverted_to": "kix"})
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert "Diverted to" in supervisor.page(address)
    assert "KIX" in supervisor.page(address)
    assert supervisor.post(f"{address}/status", {"status": "lost"}).status_code == 422
    officer = look(Role.GATE_OFFICER)
    assert "Where the flight is" not in officer.page(address)
    assert officer.post(f"{address}/status", {"status": "landed"}).status_code == 403
