"""The goods counter: filled in, corrected with the traveller, settled, its receipt; articles that follow."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.declarations.articles import months_later
from app.identity.permissions import Role
from app.referrals import service
from app.referrals.kinds import ReferralKind
from app.web.traveller.copies import WORDS
from tests.declarations.forms import WATCH, submission
from tests.support.airport import WINE, Airport, guest, landed_ago
from tests.web.conftest import Hall, Looker, field
from tests.web.traveller.walk import STAY

DUTY = {
    "done-0-kind": "duty", "done-0-goods": "Wine, 6 bottles", "done-0-amount": "1,200",
    "done-0-currency": "jpy", "done-0-method": "card", "done-0-ref": "K-2026-77",
}  # fmt: skip
CIGARETTES = {
    "category": "cigarettes", "description": None, "quantity": 400, "value": 6000, "currency": "JPY",
}  # fmt: skip
HIDDEN = ("key", "seq", "version")
FOLLOW = {
    "packages": "2", "sent_from": "Copenhagen", "article-0-description": "Books",
    "article-0-quantity": "40", "article-1-description": "Skis", "article-1-quantity": "1",
    "article-1-value": "90,000", "article-1-currency": "JPY",
}  # fmt: skip
UNACCOMPANIED = {
    "category": "unaccompanied_packages", "description": None, "quantity": 2, "value": 0,
    "currency": "JPY",
}  # fmt: skip


@pytest.fixture
def hall(airport: Airport) -> Hall:
    """Nils has landed, declared wine, and is sent to the counter by the kiosk."""
    nils = guest("BERGSTROM", "NILS", "15D")
    sector = airport.sector(101, landed_ago(20))
    airport.declare(nils, sector, ("over_allowance",))
    airport.announce(sector, [nils])
    airport.settle()
    assert airport.present("kiosk", nils)["answer"] == "counter"
    return Hall(airport, {"nils": nils})


@pytest.fixture
def referral(hall: Hall) -> str:
    return hall.newest()


def rows(hall: Any, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    kernel = getattr(hall, "airport", hall).kernel
    with kernel.database.read() as session:
        return [tuple(row) for row in session.execute(sa.text(statement), values)]


def hidden_of(page: str) -> dict[str, str]:
    """What the form of the counter carries along: its key, versions, and the declared line of each row."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name in HIDDEN or name.endswith("-line")}


def listed(page: str) -> list[str]:
    """The receipts of a declaration, as its page lists them."""
    part = page.partition('id="works-title"')[2].partition("</ul>")[0]
    return re.findall(r"<li>(.*?)</li>", part, re.DOTALL)


def settle(somebody: Looker, address: str, **form: str) -> Any:
    """Fill in the page as it is now, and send it."""
    return somebody.post(address, hidden_of(somebody.page(address)) | {"lets-go": "yes"} | form)


class TestOfAReferral:
    def test_declaration_goods_and_estimate_are_filled_in(self, look, referral):
        page = look(Role.GATE_OFFICER).page(f"/console/referrals/{referral}/goods")
        assert "BERGSTROM" in page
        assert re.search(r'name="done-0-goods"[^>]* value="[^"]*6 bottles', page)
        assert re.search(r"Estimate for the declared goods: JPY", page)
        assert "Nobody has begun to examine" in page

    def test_a_receipt_that_was_taken_back_says_so_and_what_stands_in_its_place(
        self, look, hall, referral
    ):
        officer, supervisor = look(Role.GATE_OFFICER), look(Role.SENIOR)
        first = settle(officer, f"/console/referrals/{referral}/goods", **DUTY).headers["location"]
        assert "does not count" not in officer.page(first)
        version = field(supervisor.page(f"/console/referrals/{referral}"), "version")
        back = {"version": version, "back-reason": "the wrong amount was typed"}
        again = supervisor.post(f"/console/referrals/{referral}/take-back", back).headers[
            "location"
        ]
        page = officer.page(first)
        assert "This receipt does not count any more" in page
        assert "the wrong amount was typed" in page
        assert "Print the receipt" not in page
        later = again.partition("/referrals/")[2].partition("?")[0].partition("#")[0]
        second = settle(supervisor, f"/console/referrals/{later}/goods", **DUTY).headers["location"]
        assert f'href="{second}"' in officer.page(first)
        assert "does not count" not in officer.page(second)

    def test_settling_closes_it_with_a_receipt_and_lets_the_traveller_go(
        self, look, hall, referral
    ):
        somebody = look(Role.GATE_OFFICER, name="K. Mori")
        done = settle(somebody, f"/console/referrals/{referral}/goods", **DUTY)
        assert done.status_code == 303, done.text
        receipt = somebody.page(done.headers["location"])
        for said in ("Receipt", "NRT-20260310-0001", "JPY 1,200", "Card", "K-2026-77", "K. Mori"):
            assert said in receipt
        assert rows(hall, "select state, decision from referral where id = :id", id=referral) == [
            ("closed", "settled")
        ]
        assert rows(hall, "select count(*) from inspection") == [(0,)]
        assert "Settled at the goods counter" in somebody.page(f"/console/referrals/{referral}")
        answer = hall.airport.present("lane", hall.people["nils"])
        assert answer["answer"] == "cleared"

    def test_a_form_sent_again_with_another_amount_keeps_what_was_typed(self, look, hall, referral):
        somebody, address = look(Role.GATE_OFFICER), f"/console/referrals/{referral}/goods"
        page = somebody.page(address)
        hidden = hidden_of(page)
        assert somebody.post(address, hidden | DUTY).status_code == 303
        again = somebody.post(address, hidden | DUTY | {"done-0-amount": "7,700"})
        assert again.status_code == 422
        assert "This form has already led to a receipt, with other contents" in again.text
        assert 'value="7,700"' in again.text
        assert field(again.text, "key") != hidden["key"]
        assert rows(hall, "select count(*) from counter_work") == [(1,)]

    def test_a_yen_has_no_smaller_unit(self, look, referral):
        wrong = settle(
            look(), f"/console/referrals/{referral}/goods", **DUTY | {"done-0-amount": "6000.55"}
        )
        assert wrong.status_code == 422
        assert "JPY has no smaller unit" in wrong.text

    def test_who_is_handed_over_gets_no_clearance(self, look, hall, referral):
        form = {"done-0-kind": "hand-over", "done-0-authority": "police", "done-0-to": "Sgt Ito",
                "done-0-ref": "P-5", "lets-go": ""}  # fmt: skip
        done = settle(look(), f"/console/referrals/{referral}/goods", **form)
        assert done.status_code == 303, done.text
        assert "Handed over: police, Sgt Ito" in look().page(done.headers["location"])
        live = "select count(*) from clearance where revoked_at is null"
        assert rows(hall, live) == [(0,)]

    def test_sent_twice_it_is_one_receipt(self, look, hall, referral):
        somebody, address = look(), f"/console/referrals/{referral}/goods"
        page = somebody.page(address)
        form = hidden_of(page) | DUTY
        first, again = somebody.post(address, form), somebody.post(address, form)
        assert first.headers["location"] == again.headers["location"]
        assert rows(hall, "select count(*) from counter_work") == [(1,)]

    def test_what_is_missing_is_said_at_its_field_and_nothing_stored(self, look, hall, referral):
        wrong: list[tuple[dict[str, str], str]] = [
            ({}, "done-0-kind"),
            ({"done-1-kind": "duty"}, "done-1-amount"),
            ({"done-0-kind": "duty", "done-0-amount": "x"}, "done-0-amount"),
            (DUTY | {"done-0-method": ""}, "done-0-method"),
            (DUTY | {"done-0-ref": ""}, "done-0-ref"),
            ({"done-0-kind": "hand-over"}, "done-0-authority"),
            ({"done-0-kind": "temporary-import"}, "done-0-ref"),
        ]
        somebody = look()
        for form, at in wrong:
            page = settle(
                somebody, f"/console/referrals/{referral}/goods", remark="A <note>", **form
            )
            assert (page.status_code, at) == (422, at)
            assert f'<a href="#{at}">' in page.text, at
            assert f'id="{at}"' in page.text
            assert "A &lt;note&gt;" in page.text
        assert rows(hall, "select count(*) from counter_work") == [(0,)]
        assert rows(hall, "select state from referral where id = :id", id=referral) == [("raised",)]

    def test_a_declaration_that_was_corrected_meanwhile_is_looked_at_again(
        self, look, hall, referral, client
    ):
        somebody, address = look(), f"/console/referrals/{referral}/goods"
        page = somebody.page(address)
        form = hidden_of(page) | {"seq": "7"} | DUTY
        late = somebody.post(address, form)
        assert late.status_code == 409
        assert "The declaration has changed" in late.text
        assert 'value="K-2026-77"' in late.text
        assert rows(hall, "select state from referral where id = :id", id=referral) == [("raised",)]

    def test_what_is_being_inspected_ends_with_its_outcome(self, look, hall, referral):
        somebody, address = look(), f"/console/referrals/{referral}/goods"
        page = somebody.page(address)
        form = hidden_of(page) | DUTY
        version = field(somebody.page(f"/console/referrals/{referral}"), "version")
        somebody.post(f"/console/referrals/{referral}/inspect", {"version": version})
        assert somebody.post(address, form).status_code == 409
        assert "An examination began" in somebody.page(address)


class TestDeclaredLines:
    """Each line that was declared is disposed of, or taken out of the declaration by a correction."""

    @pytest.fixture
    def made(self, client, airport) -> dict[str, Any]:
        del airport
        body = submission(yes=("over_allowance", "unaccompanied"),
                          goods=[UNACCOMPANIED, CIGARETTES, WATCH])  # fmt: skip
        answer = client.post("/api/v1/declarations", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    @pytest.fixture
    def address(self, made) -> str:
        return f"/console/declarations/{made['id']}/goods"

    def test_a_line_that_nothing_becomes_of_is_named_and_what_was_typed_kept(
        self, look, address, airport
    ):
        paid = {"done-1-kind": "duty", "done-1-amount": "6,000", "done-1-currency": "JPY",
                "done-1-method": "cash", "done-1-ref": "K-5"}  # fmt: skip
        left = settle(look(), address, **paid)
        assert left.status_code == 422
        assert re.search(
            r'<a href="#done-2-kind">Say what becomes of “[^”]*Wrist watch[^”]*30,000,000',
            left.text,
        )
        assert 'href="#done-1-kind"' not in left.text
        assert 'href="#done-0-kind"' not in left.text
        assert 'value="K-5"' in left.text
        assert rows(airport, "select count(*) from counter_work") == [(0,)]
        whole = settle(look(), address, **paid, **{"done-2-kind": "re-export", "done-2-ref": "E-1"})
        assert whole.status_code == 303, whole.text
        lines = "select line, kind from disposition order by number"
        assert rows(airport, lines) == [(1, "duty"), (2, "re-export")]

    def test_the_door_stays_shut_while_a_line_is_left(self, look, hall, referral):
        left = settle(look(), f"/console/referrals/{referral}/goods", **{"done-1-kind": "release"})
        assert left.status_code == 422
        assert rows(hall, "select state from referral where id = :id", id=referral) == [("raised",)]
        assert rows(hall, "select count(*) from clearance") == [(0,)]

    def test_nothing_chosen_at_all_is_said_at_each_line(self, look, address):
        left = settle(look(), address)
        assert re.findall(r'<a href="#(done-[^"]+)"', left.text) == ["done-1-kind", "done-2-kind"]

    def test_what_a_receipt_has_settled_need_not_be_settled_again(
        self, look, address, made, client
    ):
        somebody = look()
        first = settle(somebody, address, **{"done-1-kind": "release", "done-2-kind": "release"})
        assert first.status_code == 303
        more = submission(
            yes=("over_allowance", "unaccompanied"),
            goods=[WATCH, WINE, CIGARETTES, UNACCOMPANIED],
        )
        secret = {"Authorization": f"Bearer {made['secret']}"}
        changed = client.put(f"/api/v1/declarations/{made['id']}", json=more, headers=secret)
        assert changed.status_code == 200, changed.text
        assert somebody.page(address).count("Settled already: receipt NRT-20260310-0001") == 2
        left = settle(somebody, address, **{"done-4-kind": "release", "done-4-goods": "A book"})
        assert re.findall(r'<a href="#(done-[^"]+)"', left.text) == ["done-1-kind"]
        assert settle(somebody, address, **{"done-1-kind": "abandon"}).status_code == 303

    def test_after_a_receipt_was_taken_back_its_lines_wait_again(self, look, hall, referral):
        officer, supervisor = look(Role.GATE_OFFICER), look(Role.SENIOR)
        settle(officer, f"/console/referrals/{referral}/goods", **DUTY)
        version = field(supervisor.page(f"/console/referrals/{referral}"), "version")
        back = {"version": version, "back-reason": "the wrong amount was typed"}
        again = supervisor.post(f"/console/referrals/{referral}/take-back", back)
        later = re.search(r"/referrals/([0-9a-f-]+)", again.headers["location"])[1]
        left = settle(supervisor, f"/console/referrals/{later}/goods", **{"done-1-kind": "release"})
        assert left.status_code == 422
        assert '<a href="#done-0-kind">' in left.text

    def test_a_receipt_that_was_taken_back_is_listed_as_such(self, look, hall, referral):
        officer, supervisor = look(Role.GATE_OFFICER), look(Role.SENIOR, name="S. Abe")
        settle(officer, f"/console/referrals/{referral}/goods", **DUTY)
        version = field(supervisor.page(f"/console/referrals/{referral}"), "version")
        back = {"version": version, "back-reason": "the wrong amount was typed"}
        again = supervisor.post(f"/console/referrals/{referral}/take-back", back)
        later = re.search(r"/referrals/([0-9a-f-]+)", again.headers["location"])[1]
        address = f"/console/referrals/{later}/goods"
        [first] = listed(supervisor.page(address))
        assert "0001" in first
        assert "does not count any more" in first
        assert "Taken back by S. Abe" in first
        settle(supervisor, address, **DUTY)
        first, second = listed(supervisor.page(address))
        assert "does not count any more" in first
        assert "0002" in second
        assert "does not count" not in second

    def test_the_rows_follow_a_correction_and_keep_what_was_typed_of_the_same_line(
        self, look, address, made, client, airport
    ):
        somebody = look()
        form = hidden_of(somebody.page(address)) | {
            "done-1-kind": "duty", "done-1-amount": "7,100", "done-1-ref": "K-5",
            "done-2-kind": "re-export", "done-2-ref": "E-1", "remark": "Of <both>",
        }  # fmt: skip
        more = submission(
            yes=("over_allowance",), goods=[WATCH, WINE, CIGARETTES | {"quantity": 600}]
        )
        secret = {"Authorization": f"Bearer {made['secret']}"}
        client.put(f"/api/v1/declarations/{made['id']}", json=more, headers=secret)
        late = somebody.post(address, form)
        assert late.status_code == 409
        assert "The rows are those of the declaration as it stands now" in late.text
        assert "Of &lt;both&gt;" in late.text
        assert hidden_of(late.text) | {"key": ""} == {
            "key": "", "seq": "1", "done-0-line": "0", "done-1-line": "1", "done-2-line": "2",
        }  # fmt: skip
        assert re.search(r'id="done-0-ref"[^>]* value="E-1"', late.text)
        assert re.search(r'id="done-1-goods"[^>]* value="[^"]*6 bottles', late.text)
        assert late.text.count("New since you looked") == 2  # the wine, and more cigarettes
        # what was typed of cigarettes that are declared otherwise now is not lost, and does not count
        assert re.search(r'id="done-3-ref"[^>]* value="K-5"', late.text)
        assert "Typed before the correction" in late.text
        assert re.search(r"Chosen then: Duty", late.text)
        assert not re.search(r'id="done-3-kind".*?selected.*?</select>', late.text, re.DOTALL)
        assert rows(airport, "select count(*) from counter_work") == [(0,)]

    def test_what_was_typed_wrong_for_an_older_version_is_a_conflict_first(
        self, look, address, made, client
    ):
        somebody = look()
        form = hidden_of(somebody.page(address)) | {"done-2-kind": "duty", "done-2-amount": "x"}
        more = submission(yes=("over_allowance",), goods=[WATCH, WINE])
        secret = {"Authorization": f"Bearer {made['secret']}"}
        client.put(f"/api/v1/declarations/{made['id']}", json=more, headers=secret)
        late = somebody.post(address, form)
        assert late.status_code == 409
        assert re.search(r'id="done-0-amount"[^>]* value="x"', late.text)
        assert 'href="#done-' not in late.text

    def test_the_api_names_the_line(self, look, made, client):
        somebody, url = look(), f"/api/v1/counter/declarations/{made['id']}/work"
        body = {"seq": 0, "dispositions": [{"kind": "release", "line": 1}]}
        left = client.post(url, json=body, headers=somebody.headers)
        assert left.status_code == 422
        assert left.json()["errors"] == [{"pointer": "/goods/2", "code": "not-disposed-of"}]
        body["dispositions"].append({"kind": "release", "line": 3})
        wrong = client.post(url, json=body, headers=somebody.headers).json()["errors"]
        assert {"pointer": "/dispositions/1/line", "code": "unknown"} in wrong
        body["dispositions"][1]["line"] = 2
        done = client.post(url, json=body, headers=somebody.headers)
        assert done.status_code == 201, done.text
        assert [one["line"] for one in done.json()["dispositions"]] == [1, 2]

    def test_without_a_line_of_its_own_it_is_something_else(self, look, made, client):
        url = f"/api/v1/counter/declarations/{made['id']}/work"
        body = {"seq": 0, "dispositions": [{"kind": "release", "goods": "Cigarettes"}]}
        left = client.post(url, json=body, headers=look().headers).json()
        assert [one["pointer"] for one in left["errors"]] == ["/goods/1", "/goods/2"]


class TestWithoutADeclaration:
    """A goods referral of somebody who has declared nothing leads straight to the form, filled in."""

    @pytest.fixture
    def undeclared(self, airport: Airport) -> Hall:
        nils = guest("BERGSTROM", "NILS", "15D")
        airport.announce(airport.sector(101, landed_ago(20)), [nils])
        airport.settle()
        return Hall(airport, {"nils": nils})

    @pytest.fixture
    def goods_referral(self, undeclared: Hall) -> str:
        hall_id, kernel = undeclared.airport.halls["Hall A"], undeclared.airport.kernel
        with kernel.database.transaction() as session:
            return str(service.raise_referral(
                session, SYSTEM, site="NRT", hall_id=hall_id, kind=ReferralKind.GOODS,
                reasons=["own-answers"], passenger_id=undeclared.passenger("nils"),
                presentation_id=None, now=kernel.clock(),
            ).id)  # fmt: skip

    def test_the_form_has_what_the_list_and_the_passport_say(
        self, look, undeclared, goods_referral
    ):
        somebody, passport = look(), undeclared.people["nils"].passport
        page = somebody.page(f"/console/referrals/{goods_referral}/goods")
        assert "No declaration was found for this passport" in page
        known = {
            "surname": "BERGSTROM", "given_names": "NILS", "document_number": passport.number,
            "issuer": "SWE", "nationality": "SWE", "flight": "XX101", "to": "NRT", "then": "goods",
            "birth_date-year": f"{passport.birth_date:%Y}",
        }  # fmt: skip
        shown = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
        assert {name: shown.get(name) for name in known} == known
        assert re.search(r'<option value="2026-03-10"[^>]* selected', page)
        sought = "select count(*) from audit_entry where action = 'declaration.sought'"
        assert rows(undeclared, sought) == [(1,)]

    def test_what_the_holder_has_declared_for_another_journey_is_found(
        self, look, undeclared, goods_referral
    ):
        airport = undeclared.airport
        other = airport.sector(109, landed_ago(-300))
        airport.declare(undeclared.people["nils"], other)
        with airport.kernel.database.transaction() as session:
            session.execute(sa.text("update declaration set passenger_id = null"))
        answer = look().get(f"/console/referrals/{goods_referral}/goods")
        ((made,),) = rows(undeclared, "select id from declaration")
        assert answer.headers["location"] == f"/console/declarations/{made}"


class TestTogetherWithTheTraveller:
    """A correction before anybody looked is a voluntary disclosure; one after it is not: both are kept apart."""

    def correct(self, somebody: Looker, declaration: str, **typed_last: str) -> Any:
        form = somebody.post(f"/console/declarations/{declaration}/correct?then=goods", {})
        found = re.findall(
            r'<(?:input|textarea)[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form.text
        )
        typed = {name: value for name, value in found if not name.startswith("answer-")}
        answers = {
            f"answer-{name}": "yes" if name == "over_allowance" else "no"
            for name in ("prohibited", "restricted", "gold", "over_allowance", "commercial",
                         "entrusted", "means_of_payment", "unaccompanied")
        }  # fmt: skip
        chosen = re.findall(r'<select[^>]*name="([^"]+)".*?</select>', form.text, re.DOTALL)
        for name in chosen:
            block = re.search(rf'<select[^>]*name="{name}".*?</select>', form.text, re.DOTALL)
            picked = re.search(r'value="([^"]*)" selected', block[0]) if block else None
            typed[name] = picked[1] if picked else ""
        changes = STAY | {"channel": "spoken", "language": "en", "certified": "yes", "go": "",
                   "goods-0-quantity": "8"}  # fmt: skip
        return somebody.post("/console/declarations/new", typed | answers | changes | typed_last)

    @pytest.mark.parametrize("role", [Role.HELP_DESK, Role.GATE_OFFICER, Role.SENIOR])
    def test_contacts_left_empty_stay_as_declared_also_where_there_are_none(
        self, look, hall, referral, clock, role
    ):
        """Whether they are masked for the role or not; what is typed is taken."""
        del referral
        clock.advance(seconds=30)
        ((declaration,),) = rows(hall, "select id from declaration")
        somebody = look(role)
        form = somebody.post(f"/console/declarations/{declaration}/correct", {}).text
        assert "Left empty, " in form
        made = self.correct(somebody, str(declaration), address="", phone="")
        assert made.status_code == 303, made.text
        versions = "select content -> 'contact', content -> 'goods' -> 0 ->> 'quantity' from declaration_version order by seq"
        assert rows(hall, versions)[1:] == [(None, "8")]
        assert self.correct(somebody, str(declaration), phone="").status_code == 303
        assert rows(hall, versions)[-1][0]["address"] == STAY["address"]

    def test_an_address_that_was_declared_is_not_taken_out_by_who_sees_it(
        self, look, hall, referral, clock
    ):
        del referral
        clock.advance(seconds=30)
        ((declaration,),) = rows(hall, "select id from declaration")
        somebody = look(Role.SENIOR)
        assert self.correct(somebody, str(declaration)).status_code == 303
        emptied = self.correct(somebody, str(declaration), address="", phone="", kept="none")
        assert emptied.status_code == 422
        assert 'href="#address"' in emptied.text

    @pytest.mark.parametrize(
        ("examined", "kind"),
        [(False, "voluntary-disclosure"), (True, "after-examination")],
        ids=["before", "after"],
    )
    def test_it_is_told_by_the_moment_the_examination_began(
        self, look, hall, referral, clock, examined, kind
    ):
        somebody = look()
        if examined:
            version = field(somebody.page(f"/console/referrals/{referral}"), "version")
            somebody.post(f"/console/referrals/{referral}/inspect", {"version": version})
        clock.advance(seconds=30)
        query = (
            "select d.id from declaration d join passenger p on p.id = d.passenger_id"
            " where p.surname = 'BERGSTROM'"
        )
        declaration = str(rows(hall, query)[0][0])
        made = self.correct(somebody, declaration)
        assert made.headers.get("location") == f"/console/declarations/{declaration}/goods", (
            made.text
        )
        shown = somebody.client.get(
            f"/api/v1/counter/declarations/{declaration}", headers=somebody.headers
        ).json()
        assert [one["kind"] for one in shown["versions"]] == ["original", kind]
        assert shown["declared"]["goods"][0]["quantity"] == 8
        page = somebody.page(f"/console/declarations/{declaration}")
        assert ("after an inspection had begun" in page) is examined
        assert ("voluntary disclosure" in page) is not examined


class TestOfADeclaration:
    @pytest.fixture
    def made(self, client, airport) -> dict[str, Any]:
        del airport
        body = submission(yes=("unaccompanied",), goods=[WATCH, UNACCOMPANIED])
        answer = client.post("/api/v1/declarations", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def test_one_that_was_found_at_the_counter_is_settled_without_a_referral(
        self, look, made, airport
    ):
        somebody, address = look(), f"/console/declarations/{made['id']}/goods"
        done = settle(somebody, address, **DUTY)
        assert done.status_code == 303, done.text
        assert "NRT-20260310-0001" in somebody.page(done.headers["location"])
        assert "Settled already" in somebody.page(address)
        again = settle(somebody, address, **{"done-0-kind": "abandon"})
        assert "NRT-20260310-0002" in somebody.page(again.headers["location"])

    def test_where_a_referral_waits_the_page_leads_to_it(self, look, hall, referral):
        query = (
            "select d.id from declaration d join passenger p on p.id = d.passenger_id"
            " where p.surname = 'BERGSTROM'"
        )
        declaration = rows(hall, query)[0][0]
        found = look().get(f"/console/declarations/{declaration}/goods")
        assert found.headers["location"] == f"/console/referrals/{referral}/goods"

    def test_the_copy_of_articles_that_follow_is_fetched_again_as_it_was_confirmed(
        self, look, made, client, airport
    ):
        somebody, url = look(), f"/console/declarations/{made['id']}"
        page = somebody.page(f"{url}/goods")
        assert re.search(r'name="packages"[^>]* value="2"', page)
        done = somebody.post(f"{url}/articles", FOLLOW | {"seq": "0"})
        assert done.headers["location"] == f"{url}/articles/1", done.text
        copy = somebody.page(f"{url}/articles/1")
        for said in ("Books", "Skis", "JPY 90,000", "Copenhagen", "Confirmed, and the newest"):
            assert said in copy
        assert months_later(airport.kernel.clock().date(), 6).isoformat() in copy
        secret = {"Authorization": f"Bearer {made['secret']}"}
        fetched = client.get(f"/api/v1/declarations/{made['id']}/articles", headers=secret).json()
        [own] = fetched["copies"]
        assert own["text"].startswith("EGU1:")
        assert own["svg"].startswith("<svg")
        assert [one["description"] for one in own["articles"]["articles"]] == ["Books", "Skis"]
        # what is corrected later leaves the copy as it is
        changed = submission(yes=("unaccompanied",), goods=[WATCH, UNACCOMPANIED | {"quantity": 3}])
        client.put(f"/api/v1/declarations/{made['id']}", json=changed, headers=secret)
        later = client.get(f"/api/v1/declarations/{made['id']}/articles", headers=secret).json()
        assert later["copies"] == [own]
        verified = somebody.post("/console/copies", {"text": own["text"]})
        assert "Signed by customs, and unchanged. Confirmed, and the newest." in verified.text
        second = somebody.post(f"{url}/articles", FOLLOW | {"seq": "1", "packages": "3"})
        assert second.headers["location"] == f"{url}/articles/2"
        replaced = somebody.post("/console/copies", {"text": own["text"]})
        assert "Replaced by a later copy" in replaced.text
        assert "Books" in replaced.text

    def test_confirmed_twice_it_is_one_copy(self, look, made, airport):
        somebody, url = look(), f"/console/declarations/{made['id']}/articles"
        for _ in range(2):
            done = somebody.post(url, FOLLOW | {"seq": "0"})
            assert done.headers["location"].endswith("/articles/1")
        assert rows(airport, "select count(*) from following_articles") == [(1,)]

    def test_what_is_missing_of_the_articles_is_said(self, look, made):
        wrong: list[tuple[dict[str, str], str]] = [
            ({"packages": "0"}, "packages"),
            ({"sent_from": ""}, "sent_from"),
            ({"article-0-description": "", "article-1-description": ""}, "article-0-description"),
            ({"article-0-quantity": "many"}, "article-0-quantity"),
            ({"article-1-currency": ""}, "article-1-value"),
        ]
        somebody, url = look(), f"/console/declarations/{made['id']}/articles"
        for form, at in wrong:
            page = somebody.post(url, FOLLOW | {"seq": "0"} | form)
            assert (page.status_code, at) == (422, at)
            assert f'<a href="#{at}">' in page.text, at
            assert f'id="{at}"' in page.text

    def test_nothing_follows_where_the_traveller_said_so(self, look, client, airport):
        del airport
        made = client.post("/api/v1/declarations", json=submission()).json()
        page = look().post(f"/console/declarations/{made['id']}/articles", FOLLOW | {"seq": "0"})
        assert page.status_code == 422
        assert "nothing follows" in page.text

    def test_a_copy_that_customs_did_not_give_out_is_refused(self, look, made, airport):
        somebody, url = look(), f"/console/declarations/{made['id']}"
        somebody.post(f"{url}/articles", FOLLOW | {"seq": "0"})
        text = rows(airport, "select copy from following_articles")[0][0]
        altered = text[:60] + ("A" if text[60] != "A" else "B") + text[61:]
        for sent in (altered, made["credential"]["text"], "EGU1:", ""):
            refused = somebody.post("/console/copies", {"text": sent})
            assert refused.status_code == 422
            assert "no copy that customs gave out" in refused.text

    def test_what_customs_has_confirmed_its_owner_cannot_erase(self, look, made, client, airport):
        look().post(f"/console/declarations/{made['id']}/articles", FOLLOW | {"seq": "0"})
        secret = {"Authorization": f"Bearer {made['secret']}"}
        gone = client.delete(f"/api/v1/declarations/{made['id']}?erase=true", headers=secret)
        assert gone.status_code == 409
        assert "articles-confirmed" in gone.text
        assert rows(airport, "select count(*) from following_articles") == [(1,)]

    def test_the_help_desk_prints_again_and_settles_nothing(self, look, made):
        look().post(f"/console/declarations/{made['id']}/articles", FOLLOW | {"seq": "0"})
        desk = look(Role.HELP_DESK)
        assert "Books" in desk.page(f"/console/declarations/{made['id']}/articles/1")
        assert desk.get(f"/console/declarations/{made['id']}/goods").status_code == 403
        assert desk.post(f"/console/declarations/{made['id']}/goods", DUTY).status_code == 403

    def test_another_site_finds_nothing(self, look, made, client, airport):
        done = settle(look(), f"/console/declarations/{made['id']}/goods", **DUTY)
        kernel = airport.kernel
        with kernel.database.transaction() as session:
            session.execute(sa.text("update officer set site = 'HND'"))
        elsewhere = look(login="b")
        with kernel.database.transaction() as session:
            session.execute(sa.text("update officer set site = 'HND'"))
        for path in (done.headers["location"], f"/console/declarations/{made['id']}/goods"):
            assert elsewhere.get(path).status_code == 404


def test_receipts_are_numbered_by_site_and_day(look, airport, client, clock):
    sector = airport.sector(101, landed_ago(20))
    people = [guest("LINDQVIST", "ASTRID"), guest("HERRERA", "OLGA")]
    for one in people:
        airport.declare(one, sector, ("over_allowance",))
    first, second = (row[0] for row in rows(airport, "select id from declaration order by id"))
    somebody = look()
    done = settle(somebody, f"/console/declarations/{first}/goods", **DUTY)
    assert "NRT-20260310-0001" in somebody.page(done.headers["location"])
    clock.advance(days=1)
    later = look(login="late")
    done = settle(later, f"/console/declarations/{second}/goods", **DUTY)
    assert "NRT-20260311-0001" in later.page(done.headers["location"])


def test_the_travellers_page_shows_the_copies_in_the_language_of_the_page(look, airport, client):
    body = submission(yes=("unaccompanied",), goods=[WATCH, UNACCOMPANIED])
    made = client.post("/api/v1/declarations", json=body).json()
    look().post(f"/console/declarations/{made['id']}/articles", FOLLOW | {"seq": "0"})
    cookie = {"Cookie": f"declaration-{made['id']}={made['secret']}", "Accept": "text/html"}
    client.cookies.clear()
    for language, words in WORDS.items():
        assert set(words) == set(WORDS["en"])
        url = f"/declare/{language}/code/{made['id']}"
        assert f'href="{url}/articles"' in client.get(url, headers=cookie).text
        client.cookies.clear()
        page = client.get(f"{url}/articles", headers=cookie)
        for said in (words["title"], words["confirmed"], "Books", "JPY 90,000", "<svg"):
            assert said in page.text, (language, said)
        [kept] = page.headers.get_list("set-cookie")
        assert int(re.search(r"Max-Age=(\d+)", kept)[1]) > 180 * 86400
        client.cookies.clear()
    nobody = client.get(f"/declare/en/code/{made['id']}/articles", headers={"Accept": "text/html"})
    assert nobody.status_code == 404
