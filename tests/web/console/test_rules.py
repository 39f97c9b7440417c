"""Pages of rules: what analysts see, write and sign, without scripts; who may do which step."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.identity.permissions import Role
from app.kernel.db import Database
from app.screening import editing
from app.screening.controls import set_jurisdiction
from app.screening.models import Hit, RuleState, RuleVersion
from app.web.translation import gettext, speaking
from risk_rules.jurisdiction import shipped
from tests.support.airport import Airport
from tests.web.conftest import Hall, Looker

FORM = {
    "key": "test.cash", "title": "Cash", "owner": "analysts", "points": "40",
    "purpose": "serious_crime", "handling": "stop", "justification": "A test.",
    "text": "booking.payment = 'cash'",
}  # fmt: skip


def state_of(airport: Airport, key: str) -> RuleState:
    with airport.kernel.database.read() as session:
        query = sa.text(
            "select state from rule_version v join rule r on r.id = v.rule_id where r.key = :key"
            " order by n desc limit 1"
        )
        return RuleState(session.execute(query, {"key": key}).scalar_one())


def saved(look, **changes: str) -> str:
    answer = look(Role.TARGETER).post("/console/rules/draft", {**FORM, **changes, "act": "save"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def step(looker, path: str, act: str, **more: str):
    return looker.post(f"{path}/steps", {"version": "1", "act": act, **more})


def test_the_list_shows_every_rule_with_its_state(look, airport):
    page = look(Role.TARGETER).page("/console/rules")
    assert "booking.cash-late-one-way" in page
    assert "In force" in page
    assert "Profile in force: Neutral" in page
    japanese = in_japanese(look(Role.TARGETER), "/console/rules")
    assert "中立" in japanese
    assert "No limit of law" not in japanese
    assert 'href="/console/rules/new"' not in look(Role.AUDITOR).page("/console/rules")


def in_japanese(looker, path: str) -> str:
    answer = looker.get(path, Cookie=f"egate={looker.token}; language=ja")
    assert answer.status_code == 200
    return str(answer.text)


def test_a_rule_is_written_in_two_languages_and_read_in_that_of_the_request(look, airport):
    half = look(Role.TARGETER).post(
        "/console/rules/draft", {**FORM, "title_ja": "現金払い", "act": "save"}
    )
    assert (half.status_code, "Write title and reason both" in half.text) == (422, True)
    path = saved(look, title_ja="現金払い", justification_ja="試験用の規則です。")
    assert "現金払い" in look(Role.TARGETER).page(f"{path}/edit")
    assert "試験用の規則です。" not in look(Role.TARGETER).page(path)
    for told in (
        in_japanese(look(Role.TARGETER), path),
        in_japanese(look(Role.TARGETER), "/console/rules"),
    ):
        assert "現金払い" in told
    assert "試験用の規則です。" in in_japanese(look(Role.TARGETER), path)
    saved(look, title_ja="現金での支払い", justification_ja="試験用の規則です。")
    assert "title (ja) 現金での支払い" in look(Role.TARGETER).page(path)


def test_hits_of_shipped_rules_are_read_in_japanese_and_those_of_others_as_written(
    look, hall: Hall
):
    hall.hold("olga")
    olga, title = hall.passenger("olga"), "直前に現金払い、復路なし"
    flight = re.search(r"/console/flights/[0-9a-f-]{36}", look().page("/console/flights"))
    assert flight
    for path in (
        "/console",
        f"/console/passengers/{olga}",
        flight.group(),
        f"{flight.group()}/list",
    ):
        assert title in in_japanese(look(), path), path
        assert title not in look().page(path), path
    assert "Customs lookouts" in in_japanese(look(), flight.group())


@pytest.mark.parametrize("path", ["", "/catalogue", "/new", "/of/booking.cash-late-one-way"])
def test_pages_of_rules_are_for_those_who_may(look, airport, path):
    assert look(Role.GATE_OFFICER).get(f"/console/rules{path}").status_code == 403
    allowed = 403 if path == "/new" else 200
    assert look(Role.AUDITOR).get(f"/console/rules{path}").status_code == allowed
    assert look(Role.TARGETER).get(f"/console/rules{path}").status_code == 200


def test_the_catalogue_is_searched_and_says_how_often_a_fact_is_missing(look, hall):
    page = look(Role.TARGETER).page("/console/rules/catalogue?q=payment+form")
    assert "booking.payment" in page
    assert "flight.carrier" not in page
    assert "bookings" in page
    assert " %</td>" in page
    assert "protected" in look(Role.TARGETER).page("/console/rules/catalogue?q=nationality")


def test_an_error_is_marked_at_its_place_with_a_suggestion(look, airport):
    wrong = {**FORM, "text": "bag.count > 1 and booking.paymnt = 'cash'", "act": "check"}
    page = look(Role.TARGETER).post("/console/rules/draft", wrong).text
    assert "did you mean &#39;booking.payment&#39;?" in page
    assert "bag.count &gt; 1 and <mark>booking.paymnt</mark> = &#39;cash&#39;" in page
    fragment = look(Role.TARGETER).post("/console/rules/check", wrong).text
    assert "<mark>booking.paymnt</mark>" in fragment
    assert "<html" not in fragment


def test_a_rule_that_fits_is_read_aloud(look, airport):
    page = look(Role.TARGETER).post("/console/rules/draft", {**FORM, "act": "check"}).text
    assert "It is a hit when form of payment is &#39;cash&#39;." in page
    assert "Reads bookings." in page


def test_the_builder_adds_a_condition(look, airport):
    built = {**FORM, "act": "add", "fact": "bag.count", "operator": ">=", "value": "2"}
    page = look(Role.TARGETER).post("/console/rules/draft", built).text
    assert "booking.payment = &#39;cash&#39;\nand bag.count &gt;= 2</textarea>" in page
    assert "number" not in page or "Can be used" in page


BOOL = "itinerary.one_way"


@pytest.mark.parametrize(
    ("fact", "value", "made"),
    [
        (BOOL, "はい", f"{BOOL} = true"), (BOOL, "いいえ", f"{BOOL} = false"),
        (BOOL, "TRUE", f"{BOOL} = true"), (BOOL, "no", f"{BOOL} = false"),
        ("bag.count", "2", "bag.count = 2"), ("booking.payment", "o'x", "booking.payment = 'o''x'"),
        ("flight.date", "2026-01-31", "flight.date = '2026-01-31'"),
        (BOOL, "maybe", "value"), (BOOL, "", "value"), ("bag.count", "", "value"),
        ("bag.count", "many", "value"), ("booking.payment", " ", "value"),
        ("flight.date", "31.1.2026", "value"), ("", "2", "fact"), ("no.fact", "2", "fact"),
    ],
)  # fmt: skip
def test_the_builder_takes_what_it_can_read_and_guesses_nothing(fact: str, value: str, made: str):
    with speaking("ja"):
        try:
            found = editing.condition_of(fact, "=", value, gettext)
        except editing.ConditionError as error:
            found = error.field
    assert found == made


def test_what_the_builder_cannot_read_is_said_at_its_field_and_stays_typed(look, airport):
    looker = look(Role.TARGETER)
    built = {**FORM, "act": "add", "fact": BOOL, "operator": "=", "value": "maybe"}
    answer = looker.post("/console/rules/draft", built)
    assert answer.status_code == 422
    assert 'id="value-error">This fact is true or not: write yes or no' in answer.text
    assert (BOOL + " = " in answer.text, 'value="maybe"' in answer.text) == (False, True)
    cookie = f"egate={looker.token}; language=ja"
    page = looker.post("/console/rules/draft", {**built, "value": "はい"}, Cookie=cookie).text
    assert (f"and {BOOL} = true</textarea>" in page, '<option value="いいえ">' in page) == (
        True,
        True,
    )


def test_the_preview_counts_todays_travellers_and_explains_samples(look, airport, hall):
    page = look(Role.TARGETER).post("/console/rules/draft", {**FORM, "act": "preview"}).text
    assert "1 of 5 travellers would be hit" in page
    assert "Form of payment: cash" in page  # in words, as the dossier says it
    assert "[{" not in page
    with airport.kernel.database.read() as session:
        noted = sa.text("select detail from audit_entry where action = 'rule.previewed'")
        assert session.execute(noted).scalar_one() == {"people": 5, "hits": 1}
    nobody = {**FORM, "act": "preview", "airports": "HND"}
    assert "0 of 5 travellers" in look(Role.TARGETER).post("/console/rules/draft", nobody).text


PNR_FOR_REVENUE = (
    "comes from bookings, which may not serve the purpose revenue (European Union: serious crime)"
)


def test_check_and_preview_ask_for_the_rules_own_purpose_under_the_profile_in_force(
    look, airport, hall
):
    with airport.kernel.database.transaction() as session:
        set_jurisdiction(session, SYSTEM, shipped("eu"), airport.kernel.clock())
    looker, revenue = look(Role.TARGETER), {**FORM, "purpose": "revenue"}
    for act in ("preview", "check"):
        assert (
            "travellers would be hit"
            not in looker.post("/console/rules/draft", {**revenue, "act": act}).text
        )
        page = looker.post("/console/rules/draft", {**revenue, "act": act}).text
        assert PNR_FOR_REVENUE in page
    assert PNR_FOR_REVENUE in looker.post("/console/rules/check", revenue).text
    page = looker.post("/console/rules/draft", {**FORM, "act": "preview"}).text
    assert "1 of 5 travellers would be hit" in page


def test_a_text_that_lacks_its_purpose_alone_is_read_aloud_and_says_so_in_the_language_asked_for(
    look, airport
):
    looker, form = look(Role.TARGETER), {**FORM, "purpose": ""}
    page = looker.post("/console/rules/check", form).text
    assert "Purpose missing" in page
    assert "It is a hit when form of payment is &#39;cash&#39;." in page
    assert "Choose what the rule is for: what it may read depends on that" in page
    for wrong in ("Cannot be used", "Can be used"):
        assert wrong not in page
    cookie = f"egate={looker.token}; language=ja"
    japanese = looker.post("/console/rules/check", form, Cookie=cookie).text
    assert "目的が未選択" in japanese
    assert "Choose" not in japanese
    mixed = {**form, "text": "bag.weight_g > itinerary.stay_nights"}
    assert "Cannot be used" in looker.post("/console/rules/check", mixed).text


def test_what_is_doubtful_is_shown_in_the_editor_and_to_who_signs(look, airport):
    doubtful = {"text": "bag.count < 0 or booking.payment = 'cash'", "airports": "QQQ"}
    looker = look(Role.TARGETER)
    page = looker.post("/console/rules/draft", {**FORM, **doubtful, "act": "check"}).text
    path = saved(look, **doubtful)
    for told in (page, look(Role.RULE_APPROVER, "approver").page(path)):
        assert "It can be used. Look again at this:" in told
        assert "bag.count &lt; 0</bdi>: No traveller can fulfil this" in told
        assert "QQQ</bdi>: No airport that we know has this code" in told
    assert "この条件を満たす旅客はいません" in in_japanese(looker, path)


def test_a_half_translation_is_said_once(look, airport):
    half = {**FORM, "title_ja": "現金払い", "act": "save"}
    page = look(Role.TARGETER).post("/console/rules/draft", half).text
    summary = page.split("</h1>")[0]
    assert summary.count("Write title and reason both") == 1


@pytest.mark.parametrize("purpose", ["", "everything"])
def test_without_a_purpose_nothing_is_checked_as_usable_and_nobody_previewed(
    look, airport, hall, purpose
):
    form = {**FORM, "purpose": purpose}
    looker, said = look(Role.TARGETER), "Choose what the rule is for"
    checked = looker.post("/console/rules/check", form).text
    assert (said in checked, "Can be used" in checked) == (True, False)
    wrong = looker.post("/console/rules/check", {**form, "text": "booking.paymnt = 'cash'"}).text
    assert "<mark>booking.paymnt</mark>" in wrong
    answer = looker.post("/console/rules/draft", {**form, "act": "preview"})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert "travellers would be hit" not in answer.text
    assert (
        "selected"
        not in looker.page("/console/rules/new").split('id="purpose"')[1].split("</select>")[0]
    )


def test_what_is_wrong_with_a_form_is_said_by_field(look, airport):
    empty = look(Role.TARGETER).post("/console/rules/draft", {"act": "save", "routes": "NRT"})
    assert empty.status_code == 422
    for said in (
        "Give the rule a title",
        "Routes are written SIN-NRT",
        "Points are a whole number",
    ):
        assert said in empty.text


def test_a_rule_goes_from_draft_to_force_by_two_people(look, airport):
    path = saved(look)
    author, approver = look(Role.TARGETER), look(Role.RULE_APPROVER)
    assert state_of(airport, "test.cash") is RuleState.DRAFT
    assert step(author, path, "submit").status_code == 303
    assert step(author, path, "approve").status_code == 403
    page = approver.page(path)
    assert "Approve this text" in page
    assert "Submitted without a backtest" in page
    assert step(approver, path, "approve").status_code == 303
    assert "Submitted without a backtest" not in approver.page(path)
    assert step(approver, path, "shadow").status_code == 303
    assert state_of(airport, "test.cash") is RuleState.SHADOW
    assert step(approver, path, "activate").status_code == 303
    assert step(author, path, "suspend", note="too many").status_code == 303
    page = author.page(path)
    for said in (
        "drafted",
        "handed in",
        "approved",
        "put in shadow",
        "put in force",
        "suspended",
        "too many",
    ):
        assert said in page


def test_what_waits_for_a_signature_stands_on_top_whatever_was_drafted_since(look, airport):
    path, author, approver = saved(look), look(Role.TARGETER), look(Role.RULE_APPROVER)
    assert "Waiting for a signature" not in approver.page("/console/rules")
    step(author, path, "submit")
    saved(look, title="Newer draft")
    urgent = {**FORM, "key": "test.urgent", "act": "urgent", "note": "a warning"}
    assert (
        author.post("/console/rules/draft", {**urgent, "text": "bag.count > 9"}).status_code == 303
    )
    _, waits, rest = approver.page("/console/rules").split('<section class="panel"')
    assert "Waiting for a signature" in waits
    assert re.findall(r"/of/([a-z.]+#v\d)", waits) == ["test.cash#v1", "test.urgent#v1"]
    assert ("Newer draft" in waits, "Newer draft" in rest) == (False, True)
    assert step(approver, path, "reject", note="no").status_code == 303
    assert step(approver, "/console/rules/of/test.urgent", "approve", note="yes").status_code == 303
    assert "Waiting for a signature" not in approver.page("/console/rules")


def test_what_differs_between_versions_is_shown(look, airport):
    path = saved(look)
    saved(look, points="45")
    page = look(Role.TARGETER).page(path)
    assert "<del>- points 40</del>" in page
    assert "<ins>+ points 45</ins>" in page


def test_what_is_in_force_is_said_first_and_each_version_reads_itself(look, airport):
    path = saved(look)
    author, approver = look(Role.TARGETER), look(Role.RULE_APPROVER)
    assert "No version of it is in force." in author.page(path)
    step(author, path, "submit")
    for act in ("approve", "shadow", "activate"):
        assert step(approver, path, act).status_code == 303
    saved(look, title="Fewer bags than none", text="bag.count < 0")
    top, second, first = approver.page(path).split('<section class="panel"')
    cash, doubt = "form of payment is &#39;cash&#39;", "No traveller can fulfil this"
    assert "In force is version 1." in top
    assert (cash in top, cash in first, cash in second) == (True, True, False)
    assert (doubt in top, doubt in first, doubt in second) == (False, False, True)
    assert ("Fewer bags" in top, "Fewer bags" in second) == (False, True)


def test_protected_facts_are_for_the_legal_approver(look, airport):
    refused = {**FORM, "text": "traveller.nationality = 'UTO'", "act": "save"}
    assert look(Role.TARGETER).post("/console/rules/draft", refused).status_code == 422
    path = saved(look, text=refused["text"], legal_basis="Decree 7/2026")
    step(look(Role.TARGETER), path, "submit")
    approver = look(Role.RULE_APPROVER)
    assert "Approve this text" not in approver.page(path)
    assert step(approver, path, "approve").status_code == 403
    assert step(look(Role.LEGAL_APPROVER), path, "approve").status_code == 303


def test_an_urgent_rule_acts_at_once_and_asks_for_its_review(look, airport):
    urgent = {**FORM, "act": "urgent"}
    assert look(Role.TARGETER).post("/console/rules/draft", urgent).status_code == 422
    answer = look(Role.TARGETER).post("/console/rules/draft", {**urgent, "note": "a warning"})
    assert answer.status_code == 303
    assert state_of(airport, "test.cash") is RuleState.ACTIVE
    page = look(Role.RULE_APPROVER).page(answer.headers["location"])
    assert "Acted on one signature" in page


def test_unknown_rules_and_steps_are_refused(look, airport):
    assert look(Role.TARGETER).get("/console/rules/of/nothing").status_code == 404
    path = saved(look)
    assert step(look(Role.TARGETER), path, "dance").status_code == 403
    with airport.kernel.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RuleVersion)) > 1


def test_a_rule_rests_for_one_traveller_from_the_dossier_and_counts_again(
    hall: Hall, look: Callable[..., Looker], database: Database
) -> None:
    senior, path = look(Role.SENIOR), f"/console/passengers/{hall.passenger('olga')}"
    assert "Let this rule rest for this traveller" in senior.page(path)
    until = str(hall.airport.kernel.clock().date() + timedelta(days=90))

    def hit() -> UUID:
        with database.read() as session:
            of_rule = sa.select(Hit.id).where(Hit.source == "rule").order_by(Hit.id.desc())
            return session.scalars(of_rule).first()

    for wrong in ({"reason": "", "until": until}, {"reason": "cash always", "until": "2020-01-01"}):
        assert senior.post(f"/console/hits/{hit()}/snooze", wrong).status_code == 422
    assert senior.post(f"/console/hits/{hit()}/wake").status_code == 404
    form = {"reason": "pays in cash always", "until": until}
    assert senior.post(f"/console/hits/{hit()}/snooze", form).status_code == 303
    hall.airport.settle()
    page = senior.page(path)
    assert "Rests for this traveller" in page
    assert senior.post(f"/console/hits/{hit()}/snooze", form).status_code == 409
    assert senior.post(f"/console/hits/{hit()}/wake").status_code == 303
    hall.airport.settle()
    assert "Rests for this traveller" not in senior.page(path)
    assert look(Role.GATE_OFFICER).post(f"/console/hits/{hit()}/snooze", form).status_code == 403
