"""Pages of what could not be read and of data quality: what they show, to whom, what they do."""

import re

import pytest
import sqlalchemy as sa

from app.identity.permissions import Role
from app.messages.counting import count_due
from app.messages.models import Message, Quarantined
from app.web.charts import HEIGHT, columns
from app.web.console import mapping_form
from app.web.forms import Fields
from app.web.quality import lead, percent
from tests.messages.airline import api, person
from tests.support.airport import Airport

UNKNOWN = api(person(), flight="ZZ001").replace(b"TDT+20+ZZ001", b"TDT+20+Z9X001").decode()


def told(airport: Airport, statement):
    with airport.kernel.database.read() as session:
        return list(session.scalars(statement))


@pytest.fixture
def waiting(airport: Airport) -> str:
    """A rejected transmission; its id."""
    message = airport.send(UNKNOWN)
    airport.settle()
    return message


def test_nothing_waits(look):
    page = look().page("/console/quarantine")
    assert "Every message that came could be read." in page
    assert '<a href="/console/quality">' in page


def test_what_waits_is_listed_with_sender_error_and_countdown(look, waiting):
    page = look().page("/console/quarantine")
    for said in (
        "airline",
        "flight_missing",
        "PAXLST",
        "Nothing applied",
        f"/console/quarantine/{waiting}",
    ):
        assert said in page
    assert re.search(r"<td>(30 d|29 d)", page)
    assert "Read it again" not in page  # a senior may look, not act
    assert waiting not in look().page("/console/quarantine?status=set-aside")
    assert waiting in look().page("/console/quarantine?status=all&code=flight_missing")
    assert waiting not in look().page("/console/quarantine?code=other")
    assert waiting in look().page("/console/quarantine?status=rubbish&sender=x&after=y")


def test_the_text_is_for_those_who_may_see_it(look, airport, waiting):
    path = f"/console/quarantine/{waiting}"
    assert "Z9X001" in look(Role.TARGETER).page(path)
    shown = look(Role.CARRIER_LIAISON).page(path)
    assert "Z9X001" not in shown
    assert "QUILLFEATHER" not in shown
    assert "Your role sees places and codes, not the text." in shown
    viewed = sa.text("select count(*) from audit_entry where action = 'message.raw-viewed'")
    assert told(airport, viewed) == [1]
    assert look(Role.GATE_OFFICER).get(path).status_code == 403
    assert look(Role.GATE_OFFICER).get("/console/quality").status_code == 403


def test_places_in_xml_are_lines_and_those_in_lists_segments(look, airport, waiting):
    one = look(Role.TARGETER)
    message = airport.send("<PNRs>\n<PNR>\n<Surname>KE<Y</Surname></PNR></PNRs>")
    airport.settle()
    page = one.page(f"/console/quarantine/{message}")
    assert "<span>Line 3</span>" in page
    assert "Surname&gt;KE&lt;" in page
    assert "Segment" not in page
    assert "/mapping?" not in page  # which changes nothing in XML
    assert "the carrier sends this again" in page
    other = one.page(f"/console/quarantine/{waiting}")
    assert "<span>Segment " in other
    assert "/mapping?" in other


def test_from_a_rejected_list_to_people_by_the_pages_alone(look, airport, waiting):
    one = look(Role.TARGETER)
    case = one.page(f"/console/quarantine/{waiting}")
    address = re.search(r'href="(/console/senders/[^"]+)"', case).group(1)
    form = one.page(address)
    fields = {"seen": "0", "message": waiting, "carriers": "z9x = zz", "act": "try"}
    path = address.partition("?")[0]
    tried = one.post(path, fields)
    assert tried.status_code == 200
    assert "would be applied, with 0 errors" in tried.text
    assert "z9x = zz" in tried.text  # what was typed stays
    assert "Save as version 1" in form
    missing = one.post(path, fields | {"act": "save"})
    assert (missing.status_code, "Say why" in missing.text) == (422, True)
    saved = one.post(path, fields | {"act": "save", "reason": "own code"})
    assert (saved.status_code, saved.headers["location"]) == (303, f"/console/quarantine/{waiting}")
    late = one.post(path, fields | {"act": "save", "reason": "own code"})
    assert "Somebody else has changed this mapping" in late.text
    assert one.post(f"/console/quarantine/{waiting}/replay", {"again": "1"}).status_code == 303
    assert one.post(f"/console/quarantine/{waiting}/replay", {"again": "1"}).status_code == 409
    airport.settle()
    assert told(airport, sa.select(Message.status)) == ["applied"]
    assert "ZZ1" in one.page("/console/flights") or told(
        airport, sa.text("select carrier from flight")
    )


def test_rules_that_cannot_be_are_named_at_their_field(look, waiting, airport):
    [sender] = told(airport, sa.select(Quarantined.sender_id))
    fields = {"seen": "0", "message": waiting, "carriers": "nonsense", "qualifiers": "LOC 22",
              "act": "try"}  # fmt: skip
    answer = look(Role.TARGETER).post(f"/console/senders/{sender}/mapping", fields)
    assert answer.status_code == 422
    for said in ('href="#carriers"', 'href="#qualifiers"', "nonsense"):
        assert said in answer.text
    assert look(Role.SENIOR).get(f"/console/senders/{sender}/mapping").status_code == 403


def test_setting_aside_and_replaying_all(look, airport, waiting):
    one = look(Role.CARRIER_LIAISON)
    path = f"/console/quarantine/{waiting}/set-aside"
    assert one.post(path, {"reason": " "}).status_code == 422
    assert one.post(path, {"reason": "not for us"}).status_code == 303
    assert "not for us" in one.page(f"/console/quarantine/{waiting}")
    other = airport.send(UNKNOWN.replace("QUILLFEATHER", "ASTER"))
    airport.settle()
    page = one.page("/console/quarantine")
    sender = re.search(r'name="sender" value="([^"]+)"', page).group(1)
    fields = {"sender": sender, "code": "flight_missing"}
    assert one.post("/console/quarantine/replay", fields).status_code == 303
    assert other in one.page("/console/quarantine?status=replaying")
    assert one.post("/console/quarantine/replay", {"sender": "?"}).status_code == 404


def test_hostile_text_is_text(look, airport):
    raw = api(person("<script>alert(1)</script>", ""), person("", "")).decode()
    message = airport.send(raw.replace("ZZ001", "<b>ZZ"))
    airport.settle()
    page = look().page(f"/console/quarantine/{message}")
    assert "<script>alert" not in page
    assert "&lt;b&gt;ZZ" in page


def test_figures_with_charts_and_tables(look, airport, waiting):
    airport.send(api(person(), person("TIDEWELL", number="000000000")).decode())
    airport.settle()
    count_due(airport.kernel.database, airport.kernel.clock())
    page = look().page("/console/quality")
    for said in ('<div class="chart"', "Passenger lists: 3 people", "Filler instead of a number",
                 "flight_missing", "Date of birth", ">ZZ</option>"):  # fmt: skip
        assert said in page
    assert "QUILLFEATHER" not in page
    empty = look().page("/console/quality?from=2001-01-01&to=2001-01-02")
    assert "No flight of this period has departed." in empty
    table = look().get("/console/quality.csv?carrier=ZZ")
    assert table.headers["content-type"].startswith("text/csv")
    assert look().get("/console/quality?from=rubbish&to=x&sender=y").status_code == 200


def test_no_page_says_more_than_its_policy_allows(look, waiting):
    for path in ("/console/quarantine", f"/console/quarantine/{waiting}", "/console/quality"):
        page = look().page(path)
        assert " style=" not in page
        assert " onclick" not in page


# --- pure -----------------------------------------------------------------------------------------


def test_rules_go_through_the_form_and_come_back() -> None:
    from app.messages.rules import read_rules
    from tests.messages.test_mapping import FULL

    shown = mapping_form.shown(read_rules(FULL))
    assert read_rules(mapping_form.typed(Fields(list(shown.items())))).plain() == FULL


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "-"), (0, "0 %"), (0.0001, "< 0.1 %"), (0.031, "3.1 %"), (0.5, "50 %"), (1.0, "100 %")],
)
def test_shares(share, said) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(None, "-"), (125, "2 h 05 min"), (0, "0 min"), (-10, "10 min after")],
)
def test_leads(minutes, said) -> None:
    assert lead(minutes) == said


def test_columns_stand_on_the_axis_and_small_ones_are_seen() -> None:
    chart = columns([("a", 1000, 1), ("b", 0, 0), ("c", 1, 1)])
    assert chart.top == 1000
    assert [one.height for one in chart.columns] == [HEIGHT, 0, 1]
    assert all(one.y + one.height == HEIGHT for one in chart.columns)
    assert columns([]).columns == ()
