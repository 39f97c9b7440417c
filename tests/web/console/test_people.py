"""Finding people, the whole list of a flight, and who is around a passenger."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.identity.permissions import Role
from app.kernel.ids import uuid7
from app.screening.links import LinkKind
from app.screening.models import Level, LinkKey
from app.screening.shared import MOST, shared_with
from app.web.console.manifest import read_whole
from app.web.console.seats import Sitting, seat_map
from tests.support import WHY_TYPED
from tests.support.airport import Airport, guest, landed_ago
from tests.support.busy import Busy, fill
from tests.web.conftest import Hall, Looker

Look = Callable[..., Looker]


def flight_of(hall: Hall) -> UUID:
    with hall.airport.kernel.database.read() as session:
        return session.execute(sa.text("select id from flight")).scalar_one()


def names(page: str) -> list[str]:
    return re.findall(r'<span class="surname">([^<]*)</span>', page)


def find(looker: Looker, text: str, **more: str) -> str:
    answer = looker.post("/console/search", {"text": text, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


# --- search ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("Lindqvist", "Name"), ("astrid maj lindqvist", "Name"), ("LINDKVIST ASTRID", "Similar name"),
        ("{document}", "Document"), ("LINDQV", "Booking"), ("XX101 12A", "Seat"),
    ],
    ids=["surname", "any order", "misspelt", "document", "booking", "seat"],
)  # fmt: skip
def test_somebody_is_found_by_whatever_is_in_hand(look: Look, hall: Hall, text: str, by: str):
    number = hall.people["astrid"].passport.number
    page = find(look(), text.replace("{document}", number))
    assert names(page) == ["LINDQVIST"]
    assert f"<td>{by}</td>" in page
    assert "1 found" in page


def test_a_flight_is_found_by_its_number(look: Look, hall: Hall):
    page = find(look(), "xx101")
    assert f"/console/flights/{flight_of(hall)}" in page
    assert "Nobody." in page


def test_similar_names_are_looked_for_when_asked(look: Look, hall: Hall):
    assert names(find(look(), "BERGSTROM")) == ["BERGSTROM", "BERGSTROMSON"]
    page = find(look(), "HERERA OLGA", similar="1")
    assert names(page) == ["HERRERA"]
    assert "checked" in page


def test_what_is_looked_for_is_in_no_address_and_no_trail(look: Look, hall: Hall):
    page = look().page("/console/search")
    assert 'method="post" action="/console/search"' in page
    find(look(), "Lindqvist")
    with hall.airport.kernel.database.read() as session:
        query = "select action, detail::text from audit_entry where action = 'passenger.searched'"
        ((_, details),) = session.execute(sa.text(query)).all()
    assert '"passengers": 1' in details
    assert "indqvist" not in details.lower()


def test_another_sites_people_are_not_found(look: Look, hall: Hall):
    with hall.airport.kernel.database.transaction() as session:
        session.execute(sa.text("update flight set site = 'KIX'"))
    number = hall.people["astrid"].passport.number
    for text in ("Lindqvist", number, "XX101", "LINDQV", "LINDKVIST"):
        assert names(find(look(), text)) == []


def test_an_empty_search_says_so(look: Look, hall: Hall):
    answer = look().post("/console/search", {"text": " x "})
    assert answer.status_code == 422
    assert "Enter at least two letters or digits" in answer.text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.HELP_DESK, Role.ADMINISTRATOR])
def test_whoever_sees_no_people_cannot_search(look: Look, airport: Airport, role: Role):
    assert look(role).get("/console/search").status_code == 403
    assert look(role).post("/console/search", {"text": "Lindqvist"}).status_code == 403


def test_no_text_breaks_the_search(look: Look, hall: Hall):
    for text in ("%%", "__", "a\\b", "' or 1=1 --", "ÅÄÖ ÆØ", "漢字", "x" * 400):
        find(look(), text)


# --- the whole list -------------------------------------------------------------------------------


def test_everybody_is_on_the_list_and_where_they_are(look: Look, hall: Hall):
    hall.refer("astrid")
    page = look().page(f"/console/flights/{flight_of(hall)}/list")
    rows = dict(re.findall(r'class="surname">(\w+)<.*?</th>(.*?)</tr>', page, re.DOTALL))
    assert len(rows) == 5
    assert "With an officer" in rows["LINDQVIST"]
    assert "Expected" in rows["QUILLFEATHER"]
    assert "yes" in rows["QUILLFEATHER"]
    assert names(page)[0] == "LINDQVIST"  # the gravest first


@pytest.mark.parametrize(("order", "first"), [("seat", "LINDQVIST"), ("name", "BERGSTROM"), ("x", "LINDQVIST")])  # fmt: skip
def test_the_order_is_chosen(look: Look, hall: Hall, order: str, first: str):
    page = look().page(f"/console/flights/{flight_of(hall)}/list?order={order}")
    assert names(page)[0] == first


def test_those_at_one_place_alone(look: Look, hall: Hall):
    hall.refer("astrid")
    page = look().page(f"/console/flights/{flight_of(hall)}/list?where=officer")
    assert names(page) == ["LINDQVIST"]
    assert "everybody (5)" in page


def test_400_people_are_one_page_of_few_statements(
    airport: Airport, look: Look, statements: list[str]
):
    now = airport.kernel.clock()
    with airport.kernel.database.transaction() as session:
        made = fill(session, airport.halls["Hall A"], now)
    looker = look()
    statements.clear()
    page = looker.page(f"/console/flights/{made.flight}/list")
    assert page.count("data-row=") == 400
    assert len(statements) <= 16
    assert "gone out (120)" in page


def test_that_the_list_was_looked_at_is_recorded(look: Look, hall: Hall):
    look().page(f"/console/flights/{flight_of(hall)}/list")
    with hall.airport.kernel.database.read() as session:
        query = "select count(*) from audit_entry where action = 'flight.list-viewed'"
        assert session.execute(sa.text(query)).scalar_one() == 1


def test_what_is_withheld_of_somebody_under_examination_stays_so_on_the_list(
    airport: Airport,
):
    now = airport.kernel.clock()
    with airport.kernel.database.transaction() as session:
        made = fill(session, airport.halls["Hall A"], now)
        session.execute(
            sa.text(
                "update referral set kind = 'full-examination', reasons = '[\"full-examination\"]'"
                " where id = :id"
            ),
            {"id": made.referrals[3]},
        )
        session.execute(sa.text("update assessment set rules_alone = true"))
    with airport.kernel.database.read() as session:
        whole = read_whole(session, made.flight, "NRT")
    one = next(line for line in whole.lines if line.passenger_id == made.people[3])
    assert (one.level, one.score, one.reasons) == (Level.NONE, 0, ())


# --- the board ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(15 * 60, "Open"), (2 * 60, "Late")],
    ids=["before departure", "flown off"],
)
def test_a_list_that_is_not_closed_when_the_flight_has_left_is_late(
    look: Look, airport: Airport, minutes: int, said: str
):
    airport.announce(
        airport.sector(300, timedelta(minutes=minutes), "CDG"), [guest("DUVAL", "ANNE")]
    )
    airport.settle()
    with airport.kernel.database.transaction() as session:
        session.execute(sa.text("update flight set manifest = 'open'"))
    page = look().page("/console/flights")
    assert re.search(rf"XX300.*?>{said}<", page, re.DOTALL)


# --- around a passenger ---------------------------------------------------------------------------


def sitting(n: int, seat: str, level: Level | None = None) -> Sitting:
    return Sitting(UUID(int=n), f"S{n}", "G", seat, level)


def test_the_seat_map_marks_the_passenger_the_party_and_hits():
    people = [
        sitting(1, "012A"), sitting(2, "12B"), sitting(3, "14C", Level.HIGH),
        sitting(4, "15D", Level.LOW), sitting(5, "15E", Level.ATTENTION), sitting(6, "GATE"),
    ]  # fmt: skip
    found = seat_map(people, UUID(int=1), {UUID(int=2)})
    assert found is not None
    assert [one.kind for one in found.seats] == ["own", "party", "high", "taken", "attention"]
    assert [kind for _, kind in found.marked] == ["own", "party", "high", "attention"]
    assert [letter for letter, _ in found.letters] == ["A", "B", "C", "D", "E"]
    assert len({(one.x, one.y) for one in found.seats}) == 5
    assert max(one.x for one in found.seats) + 10 <= found.width
    assert max(one.y for one in found.seats) + 10 <= found.height


@pytest.mark.parametrize("seat", ["", "JUMP", "100A"])
def test_without_a_seat_that_can_be_read_there_is_no_map(seat: str):
    assert seat_map([sitting(1, seat), sitting(2, "2B")], UUID(int=1), ()) is None


def test_the_dossier_has_the_map_with_its_table(look: Look, hall: Hall):
    page = look().page(f"/console/passengers/{hall.passenger('quiet')}")
    assert 'class="seats"' in page
    table = page.partition("Table: Marked seats")[2].partition("</table>")[0]
    assert names(table) == ["LINDQVIST", "HERRERA", "QUILLFEATHER"]


def test_hits_of_those_under_examination_are_not_marked(look: Look, hall: Hall):
    hall.refer("olga")
    with hall.airport.kernel.database.transaction() as session:
        session.execute(
            sa.text(
                "update referral set kind = 'full-examination', reasons = '[\"full-examination\"]'"
            )
        )
    page = look().page(f"/console/passengers/{hall.passenger('quiet')}")
    table = page.partition("Table: Marked seats")[2].partition("</table>")[0]
    assert names(table) == ["LINDQVIST", "QUILLFEATHER"]


@pytest.fixture
def linked(airport: Airport) -> Busy:
    """The first of the aircraft shares a telephone with the third and many more, a card with the fifth."""
    now = airport.kernel.clock()
    with airport.kernel.database.transaction() as session:
        made = fill(session, airport.halls["Hall A"], now, people=60, referrals=0, out=0)
        phone, card = b"p" * 32, b"c" * 32
        day = (now - timedelta(minutes=40)).date()
        owners = [(0, phone), (1, phone), *((n, phone) for n in range(2, 40)), (0, card), (4, card)]
        for place, key in owners:
            session.add(
                LinkKey(
                    id=uuid7(), passenger_id=made.people[place],
                    kind="phone" if key is phone else "card", key=key, hit=False, flight_date=day,
                )
            )  # fmt: skip
    return made


def test_links_name_others_and_count_them_all(airport: Airport, linked: Busy):
    with airport.kernel.database.read() as session:
        phone, card = shared_with(session, linked.people[0], "NRT")
    assert (phone.kind, phone.count, len(phone.people)) == (LinkKind.PHONE, 38, MOST)
    assert (card.kind, card.count) == (LinkKind.CARD, 1)
    assert [one.passenger_id for one in card.people] == [linked.people[4]]
    told = {one.passenger_id for one in phone.people}
    assert linked.people[1] not in told  # of the same booking
    assert linked.people[0] not in told


def test_links_of_another_site_and_of_the_same_traveller_are_left_out(
    airport: Airport, linked: Busy
):
    with airport.kernel.database.transaction() as session:
        assert shared_with(session, linked.people[0], "KIX") == []
        traveller = session.execute(
            sa.text(
                "insert into traveller (id, document_keys, person_keys) values (gen_random_uuid(), '{}', '{}') returning id"
            )
        ).scalar_one()
        session.execute(
            sa.text("update passenger set traveller_id = :t where id = any(:ids)"),
            {"t": traveller, "ids": [linked.people[0], linked.people[4]]},
        )
        kinds = [one.kind for one in shared_with(session, linked.people[0], "NRT")]
    assert kinds == [LinkKind.PHONE]


def test_the_dossier_shows_links_and_never_what_is_shared(
    look: Look, airport: Airport, linked: Busy
):
    page = look().page(f"/console/passengers/{linked.people[0]}")
    assert "38 others" in page
    assert "What is shared is kept as a pseudonym" in page


def test_earlier_encounters_say_what_came_of_them(look: Look, hall: Hall):
    referral = hall.refer("astrid")
    officer = look()
    page = officer.page(f"/console/referrals/{referral}")
    version = re.search(r'name="version" value="(\d+)"', page).group(1)
    officer.post(
        f"/console/referrals/{referral}/release", {"version": version, "note": "spoke", **WHY_TYPED}
    )
    again = hall.airport.sector(102, landed_ago(5))
    hall.airport.announce(again, [hall.people["astrid"]])
    hall.airport.settle()
    with hall.airport.kernel.database.read() as session:
        query = (
            "select p.id from passenger p join flight f on f.id = p.flight_id where f.number = 102"
        )
        later = session.execute(sa.text(query)).scalar_one()
    page = officer.page(f"/console/passengers/{later}")
    journeys = page.partition("Other journeys")[2]
    assert re.search(r"XX101.*?Risk: Released", journeys, re.DOTALL)
