"""Claim, release, inspect, give back, outcome, review: plain forms that answer with a page."""

import re

import pytest
import sqlalchemy as sa

from app.identity.permissions import Role
from tests.support import WHY_TYPED
from tests.web.conftest import Hall, Looker, field

FINISHED = {
    "step": ["documents", "questions"], "found-0-kind": "nothing", "done-0-kind": "release",
}  # fmt: skip


@pytest.fixture
def referral(hall: Hall) -> str:
    return hall.refer("astrid")


def state_of(hall: Hall, referral: str) -> tuple[str, str | None]:
    with hall.airport.kernel.database.read() as session:
        query = sa.text("select state, decision from referral where id = :id")
        return tuple(session.execute(query, {"id": referral}).one())


def act(who: Looker, referral: str, verb: str, **more):
    """Press a button on the referral's page as it is now."""
    version = field(who.page(f"/console/referrals/{referral}"), "version")
    return who.post(f"/console/referrals/{referral}/{verb}", {"version": version, **more})


def test_claiming_leads_back_to_the_referral(look, hall, referral):
    somebody = look()
    answer = act(somebody, referral, "claim")
    assert (answer.status_code, answer.headers["location"]) == (
        303, f"/console/referrals/{referral}",
    )  # fmt: skip
    assert "You have claimed this" in somebody.page(answer.headers["location"])
    assert state_of(hall, referral)[0] == "claimed"


def test_claiming_by_key_gives_the_queue_back(look, hall, referral):
    somebody = look()
    page = somebody.page("/console")
    form = {"version": field(page, "version"), "since": field(page, "since")}
    answer = somebody.post(f"/console/referrals/{referral}/claim", form, **{"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Claimed" in answer.text
    assert answer.text.lstrip().startswith('<section id="queue"')


def test_who_comes_second_is_told_who_was_first(look, hall, referral):
    first, second = look(login="a", name="A. First"), look(login="b", name="B. Second")
    page = second.page("/console")
    form = {"version": field(page, "version"), "since": field(page, "since")}
    act(first, referral, "claim")
    by_key = second.post(f"/console/referrals/{referral}/claim", form, **{"HX-Request": "true"})
    assert "A colleague is on this: A. First" in by_key.text
    by_form = second.post(f"/console/referrals/{referral}/claim", form)
    assert by_form.status_code == 409
    assert "A. First" in by_form.text
    assert "Nothing of yours was stored" in by_form.text


def test_a_decision_on_what_was_not_seen_is_refused(look, hall, referral):
    somebody = look()
    answer = somebody.post(f"/console/referrals/{referral}/release", {"version": "1", **WHY_TYPED})
    assert answer.status_code == 409
    assert state_of(hall, referral) == ("raised", None)


@pytest.mark.parametrize("version", ["", "x", "-2", "²", "9" * 30])
def test_a_version_that_is_none_decides_nothing(look, hall, referral, version):
    answer = look().post(
        f"/console/referrals/{referral}/release", {"version": version, **WHY_TYPED}
    )
    assert answer.status_code == 409
    assert state_of(hall, referral) == ("raised", None)


def test_what_is_decided_says_by_whom_and_when(look, hall, referral):
    first, second = look(login="a", name="A. First"), look(login="b", name="B. Second")
    version = field(second.page(f"/console/referrals/{referral}"), "version")
    act(first, referral, "release", **WHY_TYPED)
    late = second.post(f"/console/referrals/{referral}/inspect", {"version": version})
    assert late.status_code == 409
    assert re.search(r"Released by A\. First at <time[^>]*>12:00 JST", late.text)


def test_a_release_opens_the_gate_to_whoever_is_held(look, hall: Hall):
    referral, somebody = hall.hold("olga"), look()
    act(somebody, referral, "release", **WHY_TYPED)
    assert state_of(hall, referral) == ("closed", "released")
    with hall.airport.kernel.database.read() as session:
        answer = session.execute(sa.text("select answer from presentation")).scalar_one()
    assert answer == "cleared"


def test_giving_back_leads_home(look, hall, referral):
    somebody = look()
    act(somebody, referral, "claim")
    answer = act(somebody, referral, "return")
    assert answer.headers["location"] == "/console"
    assert state_of(hall, referral)[0] == "raised"


def test_the_lease_is_renewed_by_its_owner_only(look, hall, referral):
    first, second = look(login="a"), look(login="b")
    act(first, referral, "claim")
    assert first.post(f"/console/referrals/{referral}/lease", {"version": "2"}).status_code == 204
    assert second.post(f"/console/referrals/{referral}/lease", {"version": "2"}).status_code == 409


def test_a_colleagues_referral_has_no_buttons(look, hall, referral):
    first, second = look(login="a", name="A. First"), look(login="b")
    act(first, referral, "claim")
    page = second.page(f"/console/referrals/{referral}")
    assert "A. First is on this" in page
    assert "/release" not in page


# --- outcome --------------------------------------------------------------------------------------


@pytest.fixture
def inspecting(look, hall, referral) -> Looker:
    somebody = look()
    assert act(somebody, referral, "inspect").status_code == 303
    return somebody


def test_an_outcome_closes_and_is_shown(inspecting, hall, referral):
    form = FINISHED | {
        "found-0-kind": "dutiable", "found-0-quantity": "1.5", "found-0-unit": "l",
        "found-0-description": "Spirits", "done-0-kind": "duty", "done-0-amount": "1,200",
        "done-0-currency": "jpy", "done-0-ref": "R-17", "done-0-method": "cash",
        "remark": "Paid at once", "minutes": "12",
    }  # fmt: skip
    answer = inspecting.post(f"/console/referrals/{referral}/outcome", form)
    assert answer.status_code == 303
    assert state_of(hall, referral) == ("closed", "inspect")
    page = inspecting.page(f"/console/referrals/{referral}")
    for said in (
        "Dutiable goods, 1.5 l: Spirits",
        "Duty paid, JPY 1,200, cash, reference R-17",
        "12 min, as the officer says",
        "Paid at once",
    ):
        assert said in page
    assert 'id="outcome"' not in page


def test_an_incomplete_outcome_keeps_what_was_typed(inspecting, hall, referral):
    form = {"step": "questions", "found-0-kind": "currency", "done-0-kind": "hand-over",
            "remark": "See <file>"}  # fmt: skip
    answer = inspecting.post(f"/console/referrals/{referral}/outcome", form)
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert (
        '<a href="#done-0-ref">Enter the number of receipt, entry, seizure or case</a>'
        in answer.text
    )
    assert 'id="done-0-ref-error"' in answer.text
    assert re.search(r'id="step-questions"[^>]* checked', answer.text)
    assert "See &lt;file&gt;" in answer.text
    assert state_of(hall, referral)[0] == "inspecting"


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"found-0-quantity": "many"}, "found-0-quantity"),
        ({"found-0-kind": "treasure"}, "found-0-kind"),
        (
            {"done-0-kind": "duty", "done-0-amount": "12.505", "done-0-currency": "EUR"},
            "done-0-amount",
        ),
        (
            {"done-0-kind": "duty", "done-0-amount": "5", "done-0-currency": "EURO"},
            "done-0-currency",
        ),
        ({"search-authorised": "me"}, "search-authorised"),
        ({"step": ["documents", "personal-search"]}, "search-ground"),
        ({"step": ["documents", "personal-search"], "search-kind": "mood"}, "search-kind"),
        ({"step": []}, "step-documents"),
        ({"step": ["documents", "dancing"]}, "step-documents"),
        ({"found-1-kind": "dutiable"}, "found-0-kind"),
    ],
)
def test_each_mistake_is_named_at_its_field(inspecting, referral, wrong, at):
    answer = inspecting.post(f"/console/referrals/{referral}/outcome", FINISHED | wrong)
    assert answer.status_code == 422
    assert f'<li><a href="#{at}">' in answer.text
    assert f'id="{at}"' in answer.text


def test_nothing_found_and_seized_is_refused_at_both(inspecting, hall, referral):
    seized = {"done-0-kind": "", "done-2-kind": "seize", "done-2-ref": "S1"}
    answer = inspecting.post(f"/console/referrals/{referral}/outcome", FINISHED | seized)
    assert answer.status_code == 422
    assert '<a href="#found-0-kind">Something was seized' in answer.text
    assert '<a href="#done-2-kind">Where nothing was found' in answer.text
    assert state_of(hall, referral)[0] == "inspecting"


def test_an_outcome_without_inspection_is_refused(look, hall, referral):
    answer = look().post(f"/console/referrals/{referral}/outcome", FINISHED)
    assert answer.status_code == 409
    assert state_of(hall, referral)[0] == "raised"


# --- reviews --------------------------------------------------------------------------------------


def hit_of(page: str) -> str:
    return re.search(r'action="/console/hits/([0-9a-f-]{36})/review"', page).group(1)


def test_a_hit_is_dismissed_with_a_reason(look, hall: Hall):
    somebody, person = look(), hall.passenger("astrid")
    address = f"/console/passengers/{person}"
    hit = hit_of(somebody.page(address))
    form = {"seen": "unreviewed", "state": "dismissed", "reason": "Other place of birth"}
    answer = somebody.post(f"/console/hits/{hit}/review", form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}#why")
    page = somebody.page(address)
    assert "Dismissed by Officer senior" in page
    assert "Other place of birth" in page
    assert "LINDQVIST" not in somebody.page("/console")


def test_dismissing_asks_for_the_reason(look, hall: Hall):
    somebody, person = look(), hall.passenger("astrid")
    hit = hit_of(somebody.page(f"/console/passengers/{person}"))
    form = {"seen": "unreviewed", "state": "dismissed", "reason": "  "}
    answer = somebody.post(f"/console/hits/{hit}/review", form)
    assert answer.status_code == 422
    assert (
        f'<a href="#reason-{hit}">Say in a few words why this hit is dismissed</a>' in answer.text
    )
    assert "Dismissed by" not in somebody.page(f"/console/passengers/{person}")


def test_a_review_of_what_has_been_reviewed_is_refused(look, hall: Hall):
    first, second = look(login="a", name="A. First"), look(login="b")
    person = hall.passenger("astrid")
    hit = hit_of(second.page(f"/console/passengers/{person}"))
    first.post(f"/console/hits/{hit}/review", {"seen": "unreviewed", "state": "confirmed"})
    form = {"seen": "unreviewed", "state": "dismissed", "reason": "Somebody else"}
    late = second.post(f"/console/hits/{hit}/review", form)
    assert late.status_code in (404, 409)
    assert "Dismissed by" not in first.page(f"/console/passengers/{person}")


def test_a_review_from_a_referral_comes_back_to_it(look, hall: Hall, referral):
    somebody = look()
    hit = hit_of(somebody.page(f"/console/referrals/{referral}"))
    form = {"seen": "unreviewed", "state": "confirmed", "reason": "", "referral": referral}
    answer = somebody.post(f"/console/hits/{hit}/review", form)
    assert answer.headers["location"] == f"/console/referrals/{referral}#why"


def test_a_gate_officer_may_not_review(look, hall: Hall):
    hit = hit_of(look().page(f"/console/passengers/{hall.passenger('astrid')}"))
    form = {"seen": "unreviewed", "state": "confirmed"}
    assert look(Role.GATE_OFFICER).post(f"/console/hits/{hit}/review", form).status_code == 403


# --- forms ----------------------------------------------------------------------------------------


def test_a_body_that_is_no_form_is_refused(client, look, referral):
    headers = look().headers
    address = f"/console/referrals/{referral}/claim"
    as_json = client.post(address, json={"version": 2}, headers=headers)
    assert as_json.status_code == 415
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    assert (
        client.post(address, content=b"version=2&x=" + b"a" * 70_000, headers=form).status_code
        == 413
    )
    assert client.post(address, content=b"version=\xff\xfe", headers=form).status_code == 400
    assert client.post(address, content=b"a=%ff", headers=form).status_code == 400
