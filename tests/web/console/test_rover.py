"""The desk on a phone: whose alerts, where somebody was seen, decided with one thumb and taken back. No scripts."""

import re

import pytest

from app.identity.permissions import Role
from app.web.console import rover
from tests.support import WHY_TYPED
from tests.web.conftest import Hall, Looker, field
from tests.web.console.test_look import DOUBTFUL

HERE = "/console/rover"


@pytest.fixture
def referral(hall: Hall) -> str:
    return hall.refer("astrid")


def team_of(who: Looker, hall: Hall, name: str) -> str:
    place = hall.airport.halls["Hall A"]
    who.post("/console/here/teams", {"hall": place, "name": name})
    found = re.search(
        f'value="{place}/([0-9a-f-]+)"[^>]*>Hall A, {name}<', who.page("/console/here")
    )
    assert found
    return found.group(1)


def works_in(who: Looker, hall: Hall, team: str = "", where: str = "Hall A") -> None:
    place = str(hall.airport.halls[where])
    who.post("/console/here", {"place": f"{place}/{team}" if team else place})


def press(who: Looker, referral: str, verb: str, **more: str):
    """A button of the phone's page as it is now."""
    version = field(who.page(f"{HERE}/{referral}"), "version")
    form = {"face": "rover", "version": version, **more}
    return who.post(f"/console/referrals/{referral}/{verb}", form)


def pass_the_lane(hall: Hall, name: str) -> None:
    airport, one = hall.airport, hall.people[name]
    airport.present("kiosk", one)
    cleared = airport.present("lane", one)
    headers = {"Authorization": f"Bearer {airport.tokens['lane']}"}
    passed = airport.http.post("/api/v1/passages", json={"presentation": cleared["id"]}, headers=headers)  # fmt: skip
    assert passed.status_code == 201, passed.text


def test_an_alert_says_who_where_how_long_ago_and_why_in_one_line(look, hall, referral, clock):
    clock.advance(seconds=120)
    page = look().page(HERE)
    card = page[page.index(f'data-row="{referral}"') :].partition("</li>")[0]
    assert "LINDQVIST" in card
    assert '<span class="place">lane</span>' in card
    assert "2 min ago" in card
    assert re.search(r'<span class="why">[^<]+</span>', card)


def test_a_team_sees_its_own_and_every_recall_and_what_was_handed_to_its_officer(
    look, hall, referral
):
    lead, mine = look(login="lead"), look(Role.GATE_OFFICER, "mine")
    works_in(mine, hall, team_of(lead, hall, "Lanes 1-3"))
    assert "LINDQVIST" not in mine.page(HERE)
    seen = {"team": team_of(lead, hall, "Lanes 1-3"), "seen": "0"}
    lead.post(f"/console/passengers/{hall.passenger('astrid')}/team", seen)
    assert "LINDQVIST" in mine.page(HERE)

    other = look(Role.GATE_OFFICER, "other")
    works_in(other, hall, team_of(lead, hall, "Lanes 4-6"))
    assert "LINDQVIST" not in other.page(HERE)
    pass_the_lane(hall, "quiet")
    recalled = lead.post(
        f"/console/passengers/{hall.passenger('quiet')}/recall", {"recall-reason": "a dog"}
    )
    assert recalled.status_code == 303
    page = other.page(HERE)
    assert "QUILLFEATHER" in page
    assert page.count("Stop at the exit") == 2  # the card and the bar under the thumb
    assert "passed lane" in page


def test_without_a_team_it_is_the_hall_and_without_a_shift_the_site(look, hall, referral):
    somebody = look(Role.GATE_OFFICER)
    assert "All of NRT" in somebody.page(HERE)
    assert 'href="/console/sign-in?next=/console/rover" hidden' in somebody.page(HERE)
    assert "LINDQVIST" in somebody.page(HERE)
    works_in(somebody, hall)
    page = somebody.page(HERE)
    assert "My hall" in page
    assert "LINDQVIST" in page


def test_a_case_is_claimed_released_and_taken_back_without_leaving_the_phone(look, hall, referral):
    somebody = look()
    claimed = press(somebody, referral, "claim")
    assert claimed.headers["location"] == f"{HERE}/{referral}"
    assert f'data-lease="/console/referrals/{referral}/lease"' in somebody.page(
        f"{HERE}/{referral}"
    )
    released = press(somebody, referral, "release", **WHY_TYPED)
    assert released.headers["location"] == f"{HERE}/{referral}"
    page = somebody.page(f"{HERE}/{referral}")
    assert "Released</strong>" in page
    reason = re.search(r'name="back-reason"[^>]*value="([^"]+)"', page)
    assert reason  # one touch is enough
    again = press(somebody, referral, "take-back", **{"back-reason": reason.group(1)})
    assert again.headers["location"].startswith(f"{HERE}/")
    assert again.headers["location"] != f"{HERE}/{referral}"


def test_what_is_missing_and_what_came_too_late_is_said_on_the_phone(look, hall, referral):
    first, second = look(login="a", name="A. First"), look(login="b", name="B. Second")
    stale = field(second.page(f"{HERE}/{referral}"), "version")
    press(first, referral, "claim")
    late = second.post(
        f"/console/referrals/{referral}/inspect", {"face": "rover", "version": stale}
    )
    assert late.status_code == 409
    notice = late.text.partition('<section id="decision"')[0]
    assert 'class="notice" role="alert"' in notice  # what refreshes does not take it away
    assert 'class="console rover"' in late.text
    assert "A. First is on this" in late.text
    missing = press(first, referral, "hand-over")
    assert missing.status_code == 422
    assert 'class="console rover"' in missing.text
    assert '<details id="more" open>' in missing.text
    assert press(first, referral, "return").headers["location"] == HERE


def test_a_recall_ends_with_a_place_that_is_chosen(look, hall):
    somebody = look()
    pass_the_lane(hall, "quiet")
    made = somebody.post(
        f"/console/passengers/{hall.passenger('quiet')}/recall",
        {"recall-reason": "a dog", "face": "rover"},
    )
    referral = made.headers["location"].rpartition("/")[2]
    assert made.headers["location"] == f"{HERE}/{referral}"
    assert press(somebody, referral, "recall-end", found="yes").status_code == 422
    ended = press(somebody, referral, "recall-end", **{"found": "yes", "end-note": rover.PLACES[0]})
    assert ended.status_code == 303
    assert ended.headers["location"].startswith(HERE)


def test_the_picture_and_the_live_one_are_there_while_an_identity_look_is_open(look, hall):
    hall.airport.present("kiosk", hall.people["quiet"], **DOUBTFUL)
    referral = hall.newest()
    somebody = look()
    assert f'data-watch="{referral}"' in somebody.page(f"{HERE}/{referral}")
    press(somebody, referral, "release", **WHY_TYPED)
    assert "data-watch" not in somebody.page(f"{HERE}/{referral}")


def test_new_alerts_stand_below_and_those_decided_meanwhile_stay(look, hall, referral):
    somebody = look()
    page = somebody.page(HERE)
    where = re.search(r'hx-get="(/console/fragments/rover\?since=[^"]+)"', page)
    assert where
    press(somebody, referral, "release", **WHY_TYPED)
    hall.refer("olga")
    later = somebody.page(where.group(1))
    assert later.index("LINDQVIST") < later.index("New since you opened this page")
    assert later.index("New since you opened this page") < later.index("HERRERA")
    assert 'class="alert done"' in later


def test_whoever_sees_no_queue_has_no_alerts(look):
    nobody = look(Role.ADMINISTRATOR)
    assert nobody.get(HERE).status_code == 403
    assert nobody.get("/console/fragments/rover").status_code == 403


def test_the_menu_leads_there(look):
    assert f'href="{HERE}"' in look(Role.GATE_OFFICER).page("/console")
