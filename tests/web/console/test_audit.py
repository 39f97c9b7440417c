"""The auditor's pages: filters, a file, proofs; who looked at too many people."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.audit import reading
from app.audit.log import Actor, ActorKind, record
from app.audit.models import AuditEntry, AuditSalt
from app.audit.proofs import Proof
from app.audit.sealing import seal
from app.formats.signed_note import Verifier
from app.identity import officers
from app.identity.permissions import Role
from app.kernel.crypto import Vault
from app.reports.looking import AGAIN, MANY, SEARCHES, read_looking
from tests.support.airport import Airport
from tests.web.conftest import Looker

Look = Callable[..., Looker]
PATH = "/console/audit"


def officer(airport: Airport, login: str) -> Actor:
    with airport.kernel.database.transaction() as session:
        found = officers.find_officer(session, login) or officers.create_officer(
            session, login, login.title(), [Role.GATE_OFFICER], "NRT", airport.kernel.clock()
        )
        return Actor(ActorKind.OFFICER, found.id)


def write(airport: Airport, actor: Actor, action: str, *subjects: UUID | None) -> None:
    with airport.kernel.database.transaction() as session:
        for subject in subjects:
            record(session, actor, action, "passenger", subject, airport.kernel.clock())


def entries(airport: Airport, action: str) -> list[AuditEntry]:
    with airport.kernel.database.read() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list(session.scalars(query))


@pytest.mark.parametrize("role", [Role.SENIOR, Role.ADMINISTRATOR, Role.TARGETER], ids=str)
def test_only_auditors_read_the_trail(look: Look, role: Role) -> None:
    browser = look(role)
    for path in (
        "",
        "/trail.csv",
        "/looking",
        "/searched",
        "/checkpoints.txt",
        "/key.txt",
        f"/{uuid4()}/proof.json",
    ):
        assert browser.get(PATH + path).status_code == 403


def test_the_newest_entries_come_first_and_older_ones_on_further_pages(
    airport: Airport, look: Look
) -> None:
    actor = officer(airport, "mori")
    for number in range(3):
        write(airport, actor, f"trial.{number}", *(uuid4() for _ in range(50)))
    browser = look(Role.AUDITOR)
    page = browser.page(f"{PATH}?action=trial.")
    assert page.count("trial.2</span>") == 50
    assert "trial.0</span>" not in page
    older = page.split('href="/console/audit?action=trial.&amp;before=')[1].split('"')[0]
    assert browser.page(f"{PATH}?action=trial.&before={older}").count("trial.0</span>") == 50


def test_filters_narrow_by_day_actor_action_and_subject(airport: Airport, look: Look) -> None:
    mori, kato, subject = officer(airport, "mori"), officer(airport, "kato"), uuid4()
    write(airport, mori, "trial.one", subject)
    write(airport, kato, "trial.one", subject, uuid4())
    browser = look(Role.AUDITOR)
    day = airport.kernel.clock().date()

    def number(query: str) -> int:
        return browser.page(f"{PATH}?action=trial.one&{query}").count("trial.one</span>")

    assert number("") == 3
    assert number(f"actor={kato.id}") == 2
    assert number(f"subject={subject}") == 2
    assert number(f"actor={kato.id}&subject={subject}") == 1
    assert number("actor_kind=device") == 0
    assert number(f"from={day - timedelta(days=2)}&to={day + timedelta(days=2)}") == 3
    assert number(f"to={day - timedelta(days=2)}") == 0
    assert (
        browser.page(f"{PATH}?action=trial").count("trial.one</span>") == 0
    )  # a whole name, or a beginning with its dot


def test_what_cannot_be_read_is_said_beside_its_field(look: Look) -> None:
    answer = look(Role.AUDITOR).get(f"{PATH}?from=tomorrow&subject=Tester")
    assert answer.status_code == 422
    assert "Give a day as YYYY-MM-DD" in answer.text
    assert "Give an id as it stands in the list" in answer.text
    assert look(Role.AUDITOR).get(
        f"{PATH}/trail.csv?from=0001-01-01&to=9999-12-31"
    ).status_code in (200, 422)


def test_reading_and_exporting_stand_in_the_trail(airport: Airport, look: Look) -> None:
    browser, subject = look(Role.AUDITOR), uuid4()
    write(airport, officer(airport, "mori"), "trial.one", subject)
    browser.page(f"{PATH}?subject={subject}")
    file = browser.get(f"{PATH}/trail.csv?subject={subject}")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.splitlines()[0].startswith("at,actor_kind,actor_id,action")
    assert len(file.text.splitlines()) == 2
    assert entries(airport, "audit.viewed")[-1].detail == {"entries": 1, "by": ["subject_id"]}
    assert entries(airport, "audit.exported")[-1].detail == {"entries": 1, "by": ["subject_id"]}


def test_a_file_that_would_be_cut_is_refused(
    airport: Airport, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(airport, officer(airport, "mori"), "trial.one", uuid4(), uuid4(), uuid4())
    monkeypatch.setattr(reading, "EXPORTED", 2)
    answer = look(Role.AUDITOR).get(f"{PATH}/trail.csv?action=trial.one")
    assert answer.status_code == 422
    assert "More than 2 entries" in answer.text


def test_the_page_stands_with_a_seal_of_another_secret(airport: Airport, look: Look) -> None:
    write(airport, officer(airport, "mori"), "trial.one", uuid4())
    with airport.kernel.database.transaction() as session:
        seal(session, Vault(bytes(32)), airport.kernel.clock())
    assert "entries sealed" in look(Role.AUDITOR).page(PATH)


def test_an_entry_is_proven_to_whoever_has_the_key(airport: Airport, look: Look) -> None:
    browser, subject = look(Role.AUDITOR), uuid4()
    write(airport, officer(airport, "mori"), "trial.one", subject)
    (entry,) = entries(airport, "trial.one")
    assert "Not sealed yet" in browser.page(f"{PATH}?subject={subject}")
    assert browser.get(f"{PATH}/{entry.id}/proof.json").status_code == 409
    with airport.kernel.database.transaction() as session:
        seal(session, airport.kernel.vault, airport.kernel.clock())
    assert f"/{entry.id}/proof.json" in browser.page(f"{PATH}?subject={subject}")
    proof = Proof.read(json.loads(browser.get(f"{PATH}/{entry.id}/proof.json").text))
    key = Verifier.read(browser.get(f"{PATH}/key.txt").text)
    assert proof.check([key]).size > proof.position
    assert str(subject) in proof.entry
    assert browser.get(f"{PATH}/checkpoints.txt").text.count(f"\n— {key.name} ") == 1


def unusual(airport: Airport) -> list[tuple[UUID, int, int, int]]:
    with airport.kernel.database.read() as session:
        found = read_looking(session, "Asia/Tokyo", airport.kernel.clock())
    return [(one.officer_id, one.alone, one.again, one.searches) for one in found]


@pytest.mark.parametrize("seen", ["passenger.viewed", "declaration.viewed"])
def test_many_people_without_a_case_stand_out(airport: Airport, look: Look, seen: str) -> None:
    busy = officer(airport, "busy")
    write(airport, busy, seen, *(uuid4() for _ in range(MANY)))
    for colleague in ("one", "two", "three"):
        write(airport, officer(airport, colleague), "passenger.viewed", uuid4(), uuid4())
    assert unusual(airport) == [(busy.id, MANY, 1, 0)]
    page = look(Role.AUDITOR).page(f"{PATH}/looking")
    assert "Busy" in page
    assert "One" not in page


def test_what_all_do_does_not_stand_out(airport: Airport) -> None:
    for colleague in ("one", "two", "three"):
        actor = officer(airport, colleague)
        write(airport, actor, "passenger.viewed", *(uuid4() for _ in range(MANY)))
    assert unusual(airport) == []


def test_people_with_a_case_do_not_count(airport: Airport) -> None:
    actor, sought = officer(airport, "mori"), uuid4()
    write(airport, actor, "passenger.viewed", *[sought] * AGAIN)
    assert [one[0] for one in unusual(airport)] == [actor.id]
    write(airport, actor, "passenger.assign", sought)
    assert unusual(airport) == []


def test_one_person_again_and_again_or_very_many_searches_stand_out(airport: Airport) -> None:
    again, seeker = officer(airport, "again"), officer(airport, "seeker")
    write(airport, again, "passenger.viewed", *[uuid4()] * AGAIN)
    write(airport, seeker, "passenger.searched", *[None] * SEARCHES)
    assert {one[0]: one[1:] for one in unusual(airport)} == {
        again.id: (1, AGAIN, 0),
        seeker.id: (0, 0, SEARCHES),
    }


def test_an_auditor_is_told_who_searched_for_a_name_and_the_trail_does_not_hold_it(
    airport: Airport, look: Look
) -> None:
    senior = look(Role.SENIOR)
    senior.post("/console/search", {"text": "Lindqvist Astrid"})
    senior.post("/console/counter/find", {"number": "K7654321"})
    browser = look(Role.AUDITOR)
    told = browser.post(f"{PATH}/searched", {"text": "astrid LINDQVIST"})
    assert "The same words" in told.text
    assert "passenger.searched" in told.text
    assert "Some of these words" not in told.text
    assert "None of them was for this" in browser.post(f"{PATH}/searched", {"text": "Nobody"}).text
    assert browser.post(f"{PATH}/searched", {"text": " , "}).status_code == 422
    assert "lindqvist" not in browser.page(PATH).lower()
    with airport.kernel.database.read() as session:
        stored = session.scalars(sa.text("select audit_entry::text from audit_entry")).all()
    assert "LINDQVIST" not in "".join(stored).upper()


def test_an_auditor_is_told_that_a_salt_was_taken_away(airport: Airport, look: Look) -> None:
    look(Role.SENIOR).post("/console/search", {"text": "Lindqvist Astrid"})
    with airport.kernel.database.transaction() as session:
        session.execute(sa.delete(AuditSalt))
    told = look(Role.AUDITOR).post(f"{PATH}/searched", {"text": "Lindqvist"}).text
    assert "1 salt is gone before its time" in told
    assert "its salt is deleted" not in told
