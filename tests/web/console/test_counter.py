"""Declarations at the counter: found by the passport, entered, corrected, printed, by whoever may."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.declarations.models import Channel, DeclarationVersion
from app.identity.permissions import Role
from app.kernel.db import Database
from kiosk_sim.airline import Sector
from tests.declarations.forms import NILS, submission
from tests.declarations.forms import WATCH as WATCH_SENT
from tests.support.airport import Airport, Guest, guest, landed_ago
from tests.support.rates import rates
from tests.web.conftest import Looker, field
from tests.web.traveller.walk import ELSA, JOURNEY, PASSPORT, STAY, WATCH, answers
from tests.web.traveller.walk import NILS as NILS_TYPED

URL = "/console/declarations"
SOUGHT = {
    "number": "sx 4471209", "birth_date-day": "8", "birth_date-month": "6",
    "birth_date-year": "1991",
}  # fmt: skip
ENTERED = (
    PASSPORT | JOURNEY | STAY | {"channel": "paper", "language": "ja", "certified": "yes", "go": ""}
)


def entered(*yes: str, **changes: str) -> dict[str, str]:
    return ENTERED | answers(*yes) | changes


@pytest.fixture
def desk(look: Callable[..., Looker]) -> Looker:
    return look(Role.HELP_DESK)


def versions(database: Database) -> list[DeclarationVersion]:
    with database.read() as session:
        return list(session.scalars(sa.select(DeclarationVersion).order_by(DeclarationVersion.seq)))


def errors(text: str) -> list[str]:
    found = re.search(r'<div class="error-summary".*?</ul>', text, re.DOTALL)
    return re.findall(r'<a href="#([^"]+)">', found[0]) if found else []


class TestFinding:
    def test_an_online_declaration_is_found_by_the_passport_alone(
        self, client: TestClient, desk: Looker
    ) -> None:
        made = client.post("/api/v1/declarations", json=submission()).json()
        found = desk.post(f"{URL}/find", SOUGHT)
        assert (found.status_code, found.headers["location"]) == (303, f"{URL}/{made['id']}")
        assert "4471209" not in found.headers["location"]

    def test_so_is_the_one_that_names_a_companion(self, client: TestClient, desk: Looker) -> None:
        made = client.post("/api/v1/declarations", json=submission(companions=[NILS])).json()
        nils = {
            "number": "SX4471210",
            "birth_date-day": "14",
            "birth_date-month": "2",
            "birth_date-year": "1989",
        }
        found = desk.post(f"{URL}/find", nils)
        assert found.headers["location"] == f"{URL}/{made['id']}"

    @pytest.mark.parametrize("wrong", [{"birth_date-day": "9"}, {"number": "SX4471208"}])
    def test_number_and_birth_date_must_both_be_right(
        self, client: TestClient, desk: Looker, wrong: dict[str, str]
    ) -> None:
        client.post("/api/v1/declarations", json=submission())
        page = desk.post(f"{URL}/find", SOUGHT | wrong)
        assert page.status_code == 200
        assert "No declaration was found" in page.text

    def test_where_there_is_none_the_form_begins_with_what_was_typed(self, desk: Looker) -> None:
        page = desk.post(f"{URL}/find", SOUGHT)
        assert 'value="SX 4471209"' in page.text
        assert re.search(r'name="birth_date-year" value="1991"', page.text)

    def test_what_is_missing_is_said(self, desk: Looker) -> None:
        page = desk.post(f"{URL}/find", {"number": ""})
        assert page.status_code == 422
        assert errors(page.text) == ["number", "birth_date"]

    def test_who_looked_is_recorded_without_what_was_typed(
        self, client: TestClient, desk: Looker, database: Database
    ) -> None:
        client.post("/api/v1/declarations", json=submission())
        desk.page(desk.post(f"{URL}/find", SOUGHT).headers["location"])
        desk.post(f"{URL}/find", SOUGHT | {"number": "AB1"})
        with database.read() as session:
            rows = session.execute(
                sa.select(AuditEntry.action, AuditEntry.subject_id, AuditEntry.detail)
                .where(AuditEntry.action.in_(["declaration.sought", "declaration.viewed"]))
                .order_by(AuditEntry.id)
            ).all()
        assert [row.action.rpartition(".")[2] for row in rows] == ["sought", "viewed", "sought"]
        assert [row.subject_id is None for row in rows] == [False, False, True]
        assert "4471209" not in str(rows)


class TestEntering:
    def test_a_paper_form_becomes_a_declaration_with_its_evidence(
        self, desk: Looker, database: Database, clock: Any
    ) -> None:
        made = desk.post(f"{URL}/new", entered(bags="2", stay_nights="9"))
        assert made.status_code == 303, made.text
        [version] = versions(database)
        with database.read() as session:
            officer = session.execute(
                sa.text("select id from officer where login = 'help-desk'")
            ).scalar()
        assert (version.channel, version.taken_by) == (Channel.PAPER, officer)
        assert version.language == "ja"
        assert version.certified_text.startswith("この申告書に記載したとおり")
        assert version.certified_at == clock()
        assert (version.content["bags"], version.content["stay_nights"]) == (2, 9)
        page = desk.page(made.headers["location"])
        assert "Paper form, entered by an officer (Officer help-desk)" in page
        assert version.certified_text in page

    def test_the_slip_to_print_has_a_code_and_no_name_in_the_travellers_language(
        self, desk: Looker
    ) -> None:
        page = desk.page(desk.post(f"{URL}/new", entered()).headers["location"])
        [slip] = re.findall(r'<section class="panel slip".*?</section>', page, re.DOTALL)
        assert 'lang="ja"' in slip
        assert "<svg" in slip
        assert "LINDQVIST" not in slip
        assert "4471209" not in slip

    def test_each_companion_with_a_passport_number_has_a_slip_of_their_own(
        self, desk: Looker
    ) -> None:
        made = desk.post(f"{URL}/new", entered(language="en", **ELSA, **NILS_TYPED))
        page = desk.page(made.headers["location"])
        slips = re.findall(r'<section class="panel slip".*?</section>', page, re.DOTALL)
        assert ["Person 2" in slip for slip in slips] == [False, True]
        first, second = (re.findall(r'<path [^>]*d="[^"]+"', slip) for slip in slips)
        assert first
        assert first != second
        assert "NILS" not in slips[1]

    def test_a_family_with_goods_from_spoken_answers(
        self, desk: Looker, database: Database
    ) -> None:
        typed = entered("over_allowance", channel="spoken", **ELSA, **WATCH)
        made = desk.post(f"{URL}/new", typed)
        assert made.status_code == 303, made.text
        [version] = versions(database)
        assert version.channel is Channel.SPOKEN
        assert [one["surname"] for one in version.content["companions"]] == ["BERGMAN"]
        assert version.content["goods"][0]["value"] == 300_000

    def test_lines_come_and_go_without_anything_being_right(self, desk: Looker) -> None:
        one = desk.post(f"{URL}/new", {"go": "add-companion", "surname": "LINDQVIST"})
        assert one.status_code == 200
        assert 'name="companion-0-surname"' in one.text
        assert 'value="LINDQVIST"' in one.text
        two = desk.post(f"{URL}/new", {"go": "add-goods", **ELSA})
        assert 'name="goods-0-category"' in two.text
        assert 'value="BERGMAN"' in two.text
        gone = desk.post(f"{URL}/new", {"go": "remove-companion-0", **ELSA})
        assert "BERGMAN" not in gone.text
        none = desk.post(f"{URL}/new", {"go": "remove-companion-" + "9" * 5000, **ELSA})
        assert "BERGMAN" in none.text

    def test_everything_that_is_wrong_is_said_at_once(self, desk: Looker) -> None:
        page = desk.post(f"{URL}/new", {"go": "", "bags": "many", "stay_nights": "-1"})
        assert page.status_code == 422
        found = errors(page.text)
        assert {"surname", "document_number", "birth_date", "flight", "answer-prohibited", "bags",
                "stay_nights", "channel", "language", "certified"} <= set(found)  # fmt: skip
        for place in found:
            assert f'id="{place}"' in page.text, place

    def test_a_yes_wants_its_goods(self, desk: Looker) -> None:
        page = desk.post(f"{URL}/new", entered("over_allowance"))
        assert page.status_code == 422


class TestCorrecting:
    def test_what_the_traveller_says_at_the_counter_is_the_next_version(
        self, client: TestClient, desk: Looker, database: Database
    ) -> None:
        made = client.post("/api/v1/declarations", json=submission(bags=1)).json()
        form = desk.post(f"{URL}/{made['id']}/correct", {})
        assert form.status_code == 200
        assert 'value="LINDQVIST"' in form.text
        assert re.search(r'name="bags"[^>]*value="1"', form.text)
        assert re.search(r'id="answer-gold-no"[^>]*checked|value="no" checked', form.text)
        corrected = desk.post(f"{URL}/new", entered("over_allowance", channel="spoken", **WATCH))
        assert corrected.headers["location"] == f"{URL}/{made['id']}"
        assert [one.channel for one in versions(database)] == [Channel.ONLINE, Channel.SPOKEN]
        page = desk.page(f"{URL}/{made['id']}")
        assert "voluntary disclosure" in page
        assert "Goods to declare" in page

    def test_a_passport_number_that_was_mistyped_is_corrected_in_the_same_declaration(
        self, client: TestClient, desk: Looker, database: Database
    ) -> None:
        made = client.post("/api/v1/declarations", json=submission()).json()
        form = desk.post(f"{URL}/{made['id']}/correct", {}).text
        opened = {"corrects": field(form, "corrects")}
        longer = desk.post(f"{URL}/new", opened | {"go": "add-companion"})
        assert field(longer.text, "corrects") == made["id"]
        typed = entered(document_number="SX4471290", channel="spoken") | opened
        assert desk.post(f"{URL}/new", typed).headers["location"] == f"{URL}/{made['id']}"
        assert [one.seq for one in versions(database)] == [0, 1]
        found = desk.post(f"{URL}/find", SOUGHT | {"number": "SX4471290"})
        assert found.headers["location"] == f"{URL}/{made['id']}"
        assert desk.post(f"{URL}/find", SOUGHT).status_code == 200  # the wrong one finds nobody

    @pytest.mark.parametrize("what", ["withdrawn", "nonsense", "another"])
    def test_what_cannot_be_corrected_any_more_is_entered_anew(
        self, client: TestClient, desk: Looker, what: str
    ) -> None:
        made = client.post("/api/v1/declarations", json=submission()).json()
        secret = {"Authorization": f"Bearer {made['secret']}"}
        if what != "another":
            client.delete(f"/api/v1/declarations/{made['id']}", headers=secret)
        corrects = "x" if what == "nonsense" else made["id"]
        changes = {"document_number": "SX1", "birth_date-day": "9"} if what == "another" else {}
        entered_anew = desk.post(f"{URL}/new", entered(**changes) | {"corrects": corrects})
        assert entered_anew.status_code == 303
        assert entered_anew.headers["location"] != f"{URL}/{made['id']}"

    def test_goods_that_are_listed_without_a_yes_are_declared(
        self, desk: Looker, database: Database
    ) -> None:
        made = desk.post(f"{URL}/new", entered(**WATCH))
        assert made.status_code == 303, made.text
        [version] = versions(database)
        assert [line["description"] for line in version.content["goods"]] == ["Wrist watch"]
        wrong = desk.post(f"{URL}/new", entered(**WATCH | {"goods-0-quantity": "x"}))
        assert errors(wrong.text) == ["goods-0-quantity"]

    def test_the_earlier_code_is_superseded(self, client: TestClient, desk: Looker) -> None:
        made = client.post("/api/v1/declarations", json=submission()).json()
        desk.post(f"{URL}/new", entered("over_allowance", channel="spoken", **WATCH))
        text = made["credential"]["text"]
        shown = client.post(
            "/api/v1/declarations/qr", content=text, headers={"Content-Type": "text/plain"}
        )
        assert "superseded" in shown.text


class TestWhoMay:
    @pytest.mark.parametrize(
        "role", [Role.TARGETER, Role.RULE_APPROVER, Role.ADMINISTRATOR, Role.AUDITOR]
    )
    def test_nobody_without_the_permission(
        self, look: Callable[..., Looker], client: TestClient, role: Role
    ) -> None:
        made = client.post("/api/v1/declarations", json=submission()).json()
        someone = look(role)
        for path in ("", "/new", f"/{made['id']}"):
            assert someone.get(URL + path).status_code == 403, path
        for path, form in (("/find", SOUGHT), ("/new", entered()), (f"/{made['id']}/correct", {})):
            assert someone.post(URL + path, form).status_code == 403, path

    @pytest.mark.parametrize("role", [Role.GATE_OFFICER, Role.SENIOR, Role.HELP_DESK])
    def test_officers_and_the_help_desk_may(self, look: Callable[..., Looker], role: Role) -> None:
        assert "Enter a declaration" in look(role).page(URL)

    def test_the_help_desk_sees_nothing_of_screening(self, desk: Looker) -> None:
        for path in ("/console/flights", "/console/quarantine"):
            assert desk.get(path).status_code == 403
        assert desk.get("/console").headers["location"] == "/console/declarations"

    def test_another_sites_declaration_is_not_there(
        self, client: TestClient, desk: Looker, database: Database
    ) -> None:
        made = client.post("/api/v1/declarations", json=submission()).json()
        with database.transaction() as session:
            session.execute(sa.text("update declaration set site = 'KIX'"))
        assert desk.get(f"{URL}/{made['id']}").status_code == 404
        assert desk.post(f"{URL}/{made['id']}/correct", {}).status_code == 404
        assert "No declaration was found" in desk.post(f"{URL}/find", SOUGHT).text


def test_the_list_and_the_estimate_are_there_for_the_officer(
    client: TestClient, desk: Looker
) -> None:
    """Seven bottles of a couple are one too many; the watch is beyond any simplified rate."""
    wine = {
        "category": "alcohol",
        "description": None,
        "quantity": 7,
        "value": 70_000,
        "currency": "JPY",
    }
    made = client.post(
        "/api/v1/declarations",
        json=submission(yes=("over_allowance",), goods=[wine, WATCH_SENT], companions=[NILS]),
    ).json()
    page = desk.page(f"{URL}/{made['id']}")
    assert "Other goods: Wrist watch" in page
    assert "JPY 152 to JPY 608" in page
    assert "One piece of this is too valuable for the simplified rates" in page
    assert "only an estimate" in page
    assert "3 bottles of alcoholic drinks" in page
    japanese = desk.get(f"{URL}/{made['id']}", Cookie=f"egate={desk.token}; language=ja").text
    assert "カスタムスアンサー7105" in japanese
    assert "Customs Answer" not in japanese


def test_prices_in_other_money_are_estimated_at_the_rates_of_the_day(
    client: TestClient, desk: Looker, tmp_path: Path
) -> None:
    """Ten shirts for 2,500 dollars, 375,000 yen: the officer is told at which rates."""
    shirts = WATCH_SENT | {"quantity": 10, "value": 250_000, "currency": "USD"}
    made = client.post(
        "/api/v1/declarations", json=submission(yes=("over_allowance",), goods=[shirts])
    ).json()
    assert "exchange rates" not in desk.page(f"{URL}/{made['id']}")
    with rates(tmp_path, date(2026, 3, 8), USD="150"):
        page = desk.page(f"{URL}/{made['id']}")
        assert "exchange rates of customs, 8 March 2026 to 14 March 2026" in page
        assert "A list of a test" in page
        assert "JPY 16,875" in page  # five shirts over: 187,500 yen, of which 60 % at 15 %
    with rates(tmp_path, date(2026, 1, 4), USD="151"):
        assert "Other currencies are not in it" in desk.page(f"{URL}/{made['id']}")


def test_nothing_typed_is_in_addresses_logs_events_or_the_trail(
    client: TestClient, desk: Looker, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    made = desk.post(f"{URL}/new", entered("over_allowance", **ELSA, **WATCH))
    desk.post(f"{URL}/find", SOUGHT)
    desk.post(f"{URL}/new", entered() | {"surname": ""})
    desk.post(made.headers["location"] + "/correct")
    logged = capsys.readouterr()
    with database.read() as session:
        kept = "".join(
            str(session.execute(sa.text(f"select * from {table}")).all())
            for table in ("event", "audit_entry")
        )
    for secret in ("LINDQVIST", "4471209", "ASTRID", "BERGMAN", "Hinoki", "Wrist", "1991-06-08"):
        for place in (logged.out, logged.err, kept, made.headers["location"]):
            assert secret not in place, secret


def paper_of(one: Guest, sector: Sector) -> dict[str, str]:
    """What an officer types from the paper form of somebody on a flight."""
    who = one.passport
    born = who.birth_date
    return entered(
        surname=who.surname, given_names=who.given_names, document_number=who.number,
        issuer=who.issued_by, nationality=who.nationality, flight=str(sector.number),
        to=sector.destination, arrival_date=sector.arrival.date().isoformat(),
        **{"from": sector.origin, "birth_date-day": str(born.day), "birth_date-month": str(born.month),
           "birth_date-year": str(born.year)},
    )  # fmt: skip


def test_a_paper_form_waits_for_the_airlines_list_and_is_matched_when_it_comes(
    airport: Airport, desk: Looker, database: Database
) -> None:
    sector, olga = airport.sector(7, landed_ago(20)), guest("HERRERA", "OLGA", "14C", "ESP")
    assert desk.post(f"{URL}/new", paper_of(olga, sector)).status_code == 303

    def passenger() -> Any:
        with database.read() as session:
            return session.execute(sa.text("select passenger_id from declaration")).scalar_one()

    assert passenger() is None
    airport.announce(sector, [olga])
    airport.settle()
    with database.read() as session:
        listed = session.execute(sa.text("select id from passenger")).scalar_one()
    assert passenger() == listed


def test_whoever_records_the_outcome_sees_the_estimate_beside_the_amount(
    airport: Airport, look: Callable[..., Looker], database: Database
) -> None:
    sector, olga = airport.sector(7, landed_ago(20)), guest("HERRERA", "OLGA", "14C", "ESP")
    bottles = {
        "category": "alcohol",
        "description": None,
        "quantity": 5,
        "value": 50_000,
        "currency": "JPY",
    }
    airport.announce(sector, [olga])
    airport.declare(olga, sector, ["over_allowance"], goods=[bottles])
    airport.settle()
    airport.present("kiosk", olga)
    somebody = look()
    with database.read() as session:
        referral = session.execute(
            sa.text("select id from referral where kind = 'goods'")
        ).scalar_one()
    page = somebody.page(f"/console/referrals/{referral}")
    assert "JPY 304 to JPY 1,216" in page
    somebody.post(f"/console/referrals/{referral}/inspect", {"version": field(page, "version")})
    page = somebody.page(f"/console/referrals/{referral}")
    assert "Estimate for the declared goods: JPY 304 to JPY 1,216" in page


def test_what_is_corrected_after_an_inspection_had_begun_is_no_voluntary_disclosure(
    airport: Airport, look: Callable[..., Looker], database: Database, clock: Any
) -> None:
    sector, olga = airport.sector(7, landed_ago(20)), guest("HERRERA", "OLGA", "14C", "ESP")
    airport.announce(sector, [olga])
    airport.declare(
        olga,
        sector,
        ["gold"],
        goods=[{"category": "gold", "quantity": 9, "value": 1, "currency": "JPY"}],
    )
    airport.settle()
    airport.present("kiosk", olga)
    somebody = look()
    with database.read() as session:
        referral = session.execute(
            sa.text("select id from referral where kind = 'goods'")
        ).scalar_one()
    correction = paper_of(olga, sector) | {"channel": "spoken"}
    clock.now += timedelta(minutes=1)
    made = somebody.post(f"{URL}/new", correction | {"answer-commercial": "no"})
    assert "once: voluntary disclosure" in somebody.page(made.headers["location"])
    page = somebody.page(f"/console/referrals/{referral}")
    somebody.post(f"/console/referrals/{referral}/inspect", {"version": field(page, "version")})
    clock.now += timedelta(minutes=1)
    somebody.post(f"{URL}/new", correction | {"bags": "3"})
    page = somebody.page(made.headers["location"])
    assert "corrected by the traveller 2 times, 1 after an inspection had begun" in page
