"""Pages of lists, lookouts and cleared pairs: without scripts, bound to rights, looked at on record."""

import re
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.identity.permissions import Role
from app.kernel.db import Database
from app.screening.list_models import WatchlistProposal
from app.screening.models import Hit, Watchlist
from tests.support.airport import LIST
from tests.web.conftest import Hall, Looker, field

LISTS = "/console/watchlists"
CSV = "key,reason,names,birth_dates\nP-9,test,EXAMPLE/NINA,1991-02-03\n"


def actions(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_an_analyst_reads_a_list_and_an_entry_and_both_are_recorded(
    hall: Hall, look: Callable[..., Looker], database: Database
) -> None:
    targeter = look(Role.LIST_CUSTODIAN)
    assert "Customs lookouts" in targeter.page(LISTS)
    shown = targeter.page(f"{LISTS}/{LIST}")
    assert "LINDQVIST, ASTRID MAJ" in shown
    entry = re.search(rf"{LISTS}/{LIST}/entries/[0-9a-f-]+", shown)
    assert entry
    assert "As it reads now" in targeter.page(entry.group())
    assert actions(database)[-2:] == ["watchlist.viewed", "watchlist.entry-viewed"]


def test_a_search_is_posted_and_finds_by_name(hall: Hall, look: Callable[..., Looker]) -> None:
    targeter = look(Role.LIST_CUSTODIAN)
    found = targeter.post(f"{LISTS}/{LIST}", {"text": "lindqvist maj"})
    assert (found.status_code, "LINDQVIST" in found.text) == (200, True)
    assert "LINDQVIST" not in targeter.post(f"{LISTS}/{LIST}", {"text": "nobody"}).text


def test_a_change_is_shown_before_it_acts_and_a_large_one_needs_two(
    hall: Hall, look: Callable[..., Looker], database: Database
) -> None:
    targeter = look(Role.LIST_CUSTODIAN)
    tried = targeter.post(f"{LISTS}/{LIST}/csv", {"csv": CSV, "act": "preview"})
    assert "EXAMPLE, NINA" in tried.text
    assert "EXAMPLE" not in targeter.page(f"{LISTS}/{LIST}")
    many = CSV + "".join(f"Q-{n},test,EXAMPLE{chr(65 + n)}/NINA,1991\n" for n in range(24))
    sent = targeter.post(f"{LISTS}/{LIST}/csv", {"csv": many, "act": "submit"})
    assert sent.status_code == 303
    path = sent.headers["location"]
    mine = targeter.page(path)
    assert "Somebody else must approve" in mine
    form = {"act": "approve", "digest": field(mine, "digest")}
    assert targeter.post(path, form).status_code == 409
    other = look(Role.SENIOR, "senior")
    assert path in other.page(LISTS)
    assert "Approve exactly this" in other.page(path)
    assert other.post(path, form | {"digest": "00"}).status_code == 409
    assert other.post(path, form).status_code == 303
    assert other.post(path, form).status_code == 409
    with database.read() as session:
        assert session.scalars(sa.select(Watchlist.version)).one() == 3
    assert "EXAMPLE, NINA" in look(Role.LIST_CUSTODIAN).page(f"{LISTS}/{LIST}")


WHOLE = (
    "key,kind,reason,names,birth_dates,documents,nationality,sex,category,severity,valid_from,valid_to\n"
    "P-9,person,test,EXAMPLE/NINA,1991-02-03,UTO:P1234567,UTO,M,smuggling,severe,2099-01-01,2099-05-01\n"
)


def told(page: str) -> str:
    return re.sub(r"\s*<[^>]+>\s*", "|", page).replace("\u2013", "-")


def test_who_signs_reads_every_field_of_an_entry_that_comes_or_goes(
    hall: Hall, look: Callable[..., Looker], database: Database
) -> None:
    custodian, senior = look(Role.LIST_CUSTODIAN), look(Role.SENIOR, "senior")
    with database.transaction() as session:
        session.execute(sa.update(Watchlist).values(bulk_limit=1))
    many = f"{WHOLE}P-8,person,test,EXAMPLE/NILS,,,,,,,,\n"
    path = custodian.post(f"{LISTS}/{LIST}/csv", {"csv": many, "act": "submit"}).headers["location"]
    shown = told(senior.page(path))
    for said in (
        "Kind||-||Person", "Nationality||-||UTO", "Sex||-||Male", "Category||-||smuggling",
        "Severity||-||Severe", "Valid from||-||2099-01-01", "Valid to||-||2099-05-01",
    ):  # fmt: skip
        assert said in shown, said
    japanese = senior.get(path, Cookie=f"egate={senior.token}; language=ja").text
    for said in (
        "重大度||-||極めて重大",
        "性別||-||男性",
        "有効期間の初日||-||2099-01-01",
        "生年月日",
    ):
        assert said in told(japanese), said
    assert not re.search(r"Born|Valid|severe|超えています\.", japanese)
    signed = {"act": "approve", "digest": field(senior.page(path), "digest")}
    assert senior.post(path, signed).status_code == 303
    assert "2099-01-01 to 2099-05-01" in custodian.page(f"{LISTS}/{LIST}")
    gone = custodian.post(
        f"{LISTS}/{LIST}/csv", {"csv": "key,reason,act\nP-9,,remove\n", "act": "preview"}
    )
    assert "Severity||Severe||-" in told(gone.text)
    assert "Valid from||2099-01-01||-" in told(gone.text)


def test_csv_that_is_none_says_where(hall: Hall, look: Callable[..., Looker]) -> None:
    answer = look(Role.LIST_CUSTODIAN).post(
        f"{LISTS}/{LIST}/csv", {"csv": "a,b\n1,2", "act": "submit"}
    )
    assert (answer.status_code, "Line 1: The header is missing" in answer.text) == (422, True)


def test_what_is_wrong_with_a_row_is_said_in_words(hall: Hall, look: Callable[..., Looker]) -> None:
    wrong = (
        CSV
        + "P-8,test,EXAMPLE/NINA,1591-02-03\nP-7,test,123,\n,test,EXAMPLE/NINA,\nP-6,test,山田/太郎,\n"
    )
    tried = look(Role.LIST_CUSTODIAN).post(f"{LISTS}/{LIST}/csv", {"csv": wrong, "act": "preview"})
    for said in (
        "Line 3: date of birth 1 is not possible (the entry was taken without it)",
        "Line 4: name 1 has no letters", "Line 5: key is missing",
        "Line 6: name is in Chinese characters alone, read as Mandarin: give it in Latin letters too (the entry was taken as it is)",
    ):  # fmt: skip
        assert said in tried.text, said


def test_a_change_that_acts_names_the_rows_it_left_out(
    hall: Hall, look: Callable[..., Looker]
) -> None:
    custodian = look(Role.LIST_CUSTODIAN)
    rows = "key,reason,names,act\nP-9,test,EXAMPLE/NINA,\nP-404,,,remove\n"
    sent = custodian.post(f"{LISTS}/{LIST}/csv", {"csv": rows, "act": "submit"})
    assert sent.status_code == 303
    shown = custodian.page(sent.headers["location"])
    assert "Line 3: No entry of the list has this key" in shown
    assert "EXAMPLE, NINA" in custodian.page(f"{LISTS}/{LIST}")


def test_rows_of_which_none_can_be_taken_are_an_error_and_stay_typed(
    hall: Hall, look: Callable[..., Looker], database: Database
) -> None:
    custodian = look(Role.LIST_CUSTODIAN)
    rows = "key,reason,act\nP-404,,remove\n"
    kept = sa.select(WatchlistProposal.id)
    with database.read() as session:
        before = session.scalars(kept).all()
    sent = custodian.post(f"{LISTS}/{LIST}/csv", {"csv": rows, "act": "submit"})
    assert (sent.status_code, "P-404,,remove" in sent.text) == (422, True)
    assert "Line 2: No entry of the list has this key" in sent.text
    with database.read() as session:
        assert session.scalars(kept).all() == before


def test_keys_and_days_that_are_none_are_told(hall: Hall, look: Callable[..., Looker]) -> None:
    custodian = look(Role.LIST_CUSTODIAN)
    form = {
        "title": "T", "purpose": "revenue", "handling": "stop", "severity": "ordinary", "bulk_limit": "20",
    }  # fmt: skip
    for key in ("match", "große", "", "x" * 41):
        made = custodian.post(LISTS, {**form, "key": key})
        assert (made.status_code, "Small letters, digits and dashes" in made.text) == (422, True)
    tried = custodian.post(f"{LISTS}/match", {"surname": "LINDQVIST", "day": "31.12.2026"})
    assert (tried.status_code, "Give the day" in tried.text) == (422, True)
    assert "LINDQVIST, ASTRID" not in tried.text
    tried = custodian.post(f"{LISTS}/match", {"surname": "LINDQVIST", "sex": "Q"})
    assert (tried.status_code, "Give F, M or X" in tried.text) == (422, True)


def test_whoever_may_sign_reads_the_list_that_is_changed_and_changes_nothing(
    hall: Hall, look: Callable[..., Looker]
) -> None:
    senior = look(Role.SENIOR, "senior")
    assert f"{LISTS}/{LIST}" in senior.page(LISTS)
    shown = senior.page(f"{LISTS}/{LIST}")
    assert "LINDQVIST, ASTRID MAJ" in shown
    assert "Change entries" not in shown
    entry = re.search(rf"{LISTS}/{LIST}/entries/[0-9a-f-]+", shown)
    assert entry
    assert "As it reads now" in senior.page(entry.group())
    found = senior.post(f"{LISTS}/{LIST}", {"text": "nobody"})
    assert (found.status_code, "LINDQVIST" in found.text) == (200, False)
    assert senior.get(f"/api/v1/watchlists/{LIST}/entries").status_code == 200
    for path in ("csv", "settings"):
        assert senior.post(f"{LISTS}/{LIST}/{path}", {"csv": CSV}).status_code == 403, path


def test_settings_are_proposed_with_what_is_wrong_at_its_field_and_signed_by_another(
    hall: Hall, look: Callable[..., Looker]
) -> None:
    targeter = look(Role.LIST_CUSTODIAN)
    page = targeter.page(f"{LISTS}/{LIST}")
    form = {
        "seen": field(page, "seen"), "title": "Customs lookouts", "purpose": "revenue",
        "handling": "stop", "severity": "severe", "restricted": "yes", "bulk_limit": "5",
        "least-exact": "0.4", "title_ja": "税関注意人物リスト",
    }  # fmt: skip
    path = f"{LISTS}/{LIST}/settings"
    wrong = targeter.post(path, form)
    assert (wrong.status_code, "Scores are numbers" in wrong.text) == (422, True)
    right = form | {"least-exact": "0.7", "least-year": "never", "note": "asked for by the desk"}
    sent = targeter.post(path, right)
    assert sent.status_code == 303
    assert 'value="never"' not in targeter.page(f"{LISTS}/{LIST}")
    change = sent.headers["location"]
    mine = targeter.page(change)
    assert "Somebody else must approve" in mine
    signed = {"act": "approve", "digest": field(mine, "digest")}
    assert targeter.post(change, signed).status_code == 409
    other = look(Role.SENIOR, "senior")
    assert "How a list is set is signed by two" in other.page(LISTS)
    shown = told(other.page(change))
    for said in (
        "Who may see the reason||Whoever sees the hit||Officers with that right only",
        "Severity||Ordinary||Severe", "Title in Japanese||nothing||税関注意人物リスト", "asked for by the desk",
        "Entries that one officer may change within a day||20||5",
        "Least score, same date of birth||the usual one: 0.66||0.70",
        "Least score, same year||the usual one: 0.76||never an alert",
    ):  # fmt: skip
        assert said in shown, said
    assert other.post(change, signed).status_code == 303
    shown = targeter.page(f"{LISTS}/{LIST}")
    assert 'value="never"' in shown
    assert "for few eyes" in shown
    assert targeter.post(path, form | {"least-exact": ""}).status_code == 409


def test_settings_of_a_list_that_has_moved_cannot_be_signed_any_more(
    hall: Hall, look: Callable[..., Looker]
) -> None:
    targeter, other = look(Role.LIST_CUSTODIAN), look(Role.SENIOR, "senior")
    form = {
        "seen": field(targeter.page(f"{LISTS}/{LIST}"), "seen"), "title": "Customs lookouts",
        "purpose": "revenue", "handling": "inform", "severity": "ordinary", "bulk_limit": "20",
    }  # fmt: skip
    change = targeter.post(f"{LISTS}/{LIST}/settings", form).headers["location"]
    signed = {"act": "approve", "digest": field(other.page(change), "digest")}
    targeter.post(f"{LISTS}/{LIST}/csv", {"csv": CSV, "act": "submit"})
    over = other.page(change)
    assert ("can no longer be approved" in over, "Approve exactly this" in over) == (True, False)
    listed = other.page(LISTS)
    assert "Changes that wait for a second officer" not in listed
    assert re.search(r"overtaken by version 3 of \S", listed)
    assert other.post(change, signed).status_code == 409
    assert other.post(change, {"act": "reject"}).status_code == 409


def test_the_reason_of_a_restricted_list_is_not_told_to_everybody(
    hall: Hall, look: Callable[..., Looker], client: TestClient, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(sa.update(Watchlist).values(reason_restricted=True))
    hall.refer("astrid")
    path = f"/console/passengers/{hall.passenger('astrid')}"
    for role, told in ((Role.GATE_OFFICER, False), (Role.SENIOR, True)):
        looker = look(role)
        dossier, queue = looker.page(path), looker.page("/console")
        for page in (dossier, queue):
            assert ("Customs lookouts" in page) is told
            assert ("Restricted list" in page) is not told
        assert "Stop" in dossier
        assert ("same date of birth" in dossier) is told
        with database.read() as session:
            flight = session.scalars(sa.text("select flight_id from passenger limit 1")).one()
        for api in (f"/api/v1/flights/{flight}/risk", "/api/v1/expected"):
            body = client.get(api, headers=looker.headers).text
            assert ("customs-lookouts" in body) is told
            assert "LINDQVIST" in body


def test_the_tester_says_word_by_word_what_would_be_met(
    hall: Hall, look: Callable[..., Looker], database: Database
) -> None:
    targeter = look(Role.LIST_CUSTODIAN)
    assert "Whom would this traveller meet?" in targeter.page(f"{LISTS}/match")
    born = hall.people["astrid"].passport.birth_date
    form = {"surname": "LINDKVIST", "given": "ASTRID", "birth_date": str(born)}
    found = targeter.post(f"{LISTS}/match", form)
    for said in ("Would alert", "alerts from 66 of 100", "LINDKVIST / LINDQVIST"):
        assert said in found.text, said
    assert "No list says anything" in targeter.post(f"{LISTS}/match", {"surname": "QUILL"}).text
    assert targeter.post(f"{LISTS}/match", {"given": "", "birth_date": "x"}).status_code == 422
    assert actions(database)[-1] == "watchlist.tried"


def test_a_lookout_is_raised_reviewed_by_another_and_ended(
    hall: Hall, look: Callable[..., Looker]
) -> None:
    senior = look(Role.SENIOR)
    form = {
        "kind": "bag-tag", "title": "Bag of the tip", "purpose": "drugs", "handling": "stop",
        "hours": "4", "reason": "a tip", "tag": "0131123456",
    }  # fmt: skip
    wrong = senior.post("/console/lookouts", form | {"tag": "", "hours": "30"})
    assert wrong.status_code == 422
    assert "ten digits" in wrong.text
    assert senior.post("/console/lookouts", form).status_code == 303
    board = senior.page("/console/lookouts")
    assert "In force" in board
    assert "Not reviewed" in board
    assert "/review" not in board
    other = look(Role.TARGETER, "other")
    review = re.search(r"/console/lookouts/[0-9a-f-]+/review", other.page("/console/lookouts"))
    assert review
    assert other.post(review.group(), {"verdict": "not-justified"}).status_code == 422
    assert other.post(review.group(), {"verdict": "not-justified", "note": "no"}).status_code == 303
    assert other.post(review.group(), {"verdict": "justified"}).status_code == 409
    assert "Ended" in other.page("/console/lookouts")
    assert look(Role.GATE_OFFICER).get("/console/lookouts").status_code == 403


def test_a_pair_is_cleared_from_the_dossier_and_taken_back(
    hall: Hall, look: Callable[..., Looker], database: Database
) -> None:
    senior = look(Role.SENIOR)
    path = f"/console/passengers/{hall.passenger('astrid')}"
    assert "This traveller is not that entry" in senior.page(path)
    with database.read() as session:
        hit = session.scalars(sa.select(Hit.id).where(Hit.source == "watchlist")).first()
    today = hall.airport.kernel.clock().date()
    form = {"reason": "her brother knows", "until": str(today + timedelta(days=90))}
    assert senior.post(f"/console/hits/{hit}/clear", {"reason": "", "until": ""}).status_code == 422
    assert senior.post(f"/console/hits/{hit}/clear", form).status_code == 303
    hall.airport.settle()
    dossier = senior.page(path)
    assert "Known not to match" in dossier
    pair = re.search(r"/console/pairs/[0-9a-f-]+", senior.page("/console/pairs"))
    assert pair
    assert senior.post(pair.group(), {"act": "withdraw"}).status_code == 303
    assert senior.post(pair.group(), {"act": "withdraw"}).status_code == 409
    hall.airport.settle()
    assert "Known not to match" not in senior.page(path)


def test_who_has_no_right_sees_none_of_it(hall: Hall, look: Callable[..., Looker]) -> None:
    gate = look(Role.GATE_OFFICER)
    for path in (LISTS, f"{LISTS}/{LIST}", f"{LISTS}/match", "/console/pairs"):
        assert gate.get(path).status_code == 403, path
    assert gate.post(f"{LISTS}/{LIST}/csv", {"csv": CSV}).status_code == 403
    assert "Lists" not in gate.page("/console")
