"""Urgent lookouts: what they meet, for how long, and that somebody else looks at them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.audit.log import Actor, ActorKind
from app.audit.models import AuditEntry
from app.identity import officers
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import NotFoundError
from app.screening import rules, urgent
from app.screening.gather import gather
from app.screening.lifecycle import SameOfficerError
from app.screening.list_models import LookoutKind, UrgentLookout, Verdict
from app.screening.models import Handling
from app.screening.people import people_of
from app.screening.tester import person_of
from app.screening.urgent import (
    LookedBeforeError,
    LookoutDraft,
    LookoutEndedError,
    LookoutInvalidError,
    LookoutReviewedError,
)
from app.screening.urgent_match import fold_seat, fold_tag, screen_urgent

from .world import DAY, NOW, add_booking, add_flight, add_passenger

VAULT = Vault(bytes(32))


SEAT = LookoutDraft(
    LookoutKind.SEAT, "Seat", "drugs", Handling.DISCREET, "tip", flight="ZZ 0001", day=DAY,
    seat="12A",
)  # fmt: skip
TAG = LookoutDraft(LookoutKind.BAG_TAG, "Bag", "drugs", Handling.STOP, "x-ray", tag="0131 123456")
PERSON = LookoutDraft(
    LookoutKind.PERSON, "Child", "serious_crime", Handling.STOP, "taken", surname="Tester",
    given="Anna", birth_date="1980-05-31",
)  # fmt: skip
PAPER = LookoutDraft(
    LookoutKind.DOCUMENT, "Stolen", "serious_crime", Handling.STOP, "stolen today",
    number="TR1234567", issuer="uto",
)  # fmt: skip


@pytest.fixture
def people(database: Database, starting_rules: None) -> tuple[Actor, Actor]:
    """Anna and Bert, who have signed in."""
    with database.transaction() as session:
        made = [
            officers.create_officer(session, name, name, ["senior"], "NRT", NOW).id
            for name in ("anna", "bert")
        ]
    anna, bert = (Actor(ActorKind.OFFICER, one) for one in made)
    return anna, bert


@pytest.mark.parametrize("draft", [SEAT, TAG, PERSON, PAPER])
def test_each_kind_meets_whom_it_means_and_nobody_else(
    database: Database, people: tuple[Actor, Actor], draft: LookoutDraft
) -> None:
    with database.transaction() as session:
        flight = add_flight(session)
        meant = add_passenger(session, flight, number="TR1234567", seat="012A")
        other = add_passenger(session, flight, "PLAIN", "BO", number="TR7654321", seat="12B")
        bags = {"count": 1, "weight_g": 20000, "tags": ["0131123456"]}
        add_booking(session, flight, [meant], bags=bags)
        made = urgent.raise_lookout(session, people[0], "NRT", draft, NOW)
        asked = urgent.urgent_of(session, rules.current_ruleset(session), NOW)
        met = {}
        for known in gather(session, VAULT, [meant.id, other.id], NOW):
            met[known.passenger.id] = screen_urgent(asked, known, people_of(known))
    [hit] = met[meant.id]
    assert (hit.subject, hit.alert, hit.handling) == (f"urgent/{made.id}", True, draft.handling)
    assert draft.reason not in str(hit.explanation())
    assert met[other.id] == []


def test_another_site_does_not_see_it(database: Database, people: tuple[Actor, Actor]) -> None:
    with database.transaction() as session:
        passenger = add_passenger(session, add_flight(session), seat="12A")
        made = urgent.raise_lookout(session, people[0], "HND", SEAT, NOW)
        asked = urgent.urgent_of(session, rules.current_ruleset(session), NOW)
        [known] = gather(session, VAULT, [passenger.id], NOW)
        assert screen_urgent(asked, known, people_of(known)) == []
        with pytest.raises(NotFoundError):
            urgent.end_lookout(session, people[0], made.id, "NRT", NOW)


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        (replace(SEAT, seat="A12"), {"/seat"}),
        (replace(SEAT, flight="", day=None), {"/flight", "/day"}),
        (replace(SEAT, hours=24.5), {"/hours"}),
        (replace(SEAT, hours=0, title=" ", reason="", purpose="x"), {"/hours", "/title", "/reason", "/purpose"}),
        (replace(TAG, tag="12"), {"/tag"}),
        (replace(PERSON, surname="", given=""), {"/surname"}),
        (replace(PERSON, birth_date="31.5.80"), {"/birth_date"}),
        (replace(PERSON, given="", birth_date=""), {"/birth_date"}),
        (replace(PERSON, given="", birth_date="1980"), {"/birth_date"}),
        (replace(PERSON, surname="山田", given="太郎"), {"/surname"}),
        (replace(PERSON, surname="山田", given="タロウ"), {"/surname"}),
        (replace(PAPER, number="0000"), {"/number"}),
    ],
)  # fmt: skip
def test_what_could_meet_nobody_or_says_too_little_is_refused(
    draft: LookoutDraft, wrong: set[str]
) -> None:
    with pytest.raises(LookoutInvalidError) as caught:
        urgent.checked(draft)
    assert {field.pointer for field in caught.value.fields} == wrong


def test_one_word_with_a_whole_birth_date_or_a_document_is_taken() -> None:
    for more in ({"birth_date": "1980-05-31"}, {"birth_date": "", "number": "XQ1234567"}):
        assert urgent.checked(replace(PERSON, given="", **more))["names"]


@pytest.mark.parametrize("birth", ["2026-03-11", "2027", "2070-05-31"])
def test_nobody_is_looked_out_for_who_is_not_born_yet(
    database: Database, people: tuple[Actor, Actor], birth: str
) -> None:
    with database.transaction() as session, pytest.raises(LookoutInvalidError) as caught:
        urgent.raise_lookout(session, people[0], "NRT", replace(PERSON, birth_date=birth), NOW)
    assert [(one.pointer, one.code) for one in caught.value.fields] == [("/birth_date", "out_of_range")]  # fmt: skip


def test_other_scripts_and_chinese_characters_with_a_document_are_taken() -> None:
    for more in (
        {"surname": "ヤマダ", "given": "タロウ"},
        {"surname": "山田", "number": "XQ1234567"},
    ):
        assert urgent.checked(replace(PERSON, **more))["names"]


def test_somebody_else_reviews_it_once(database: Database, people: tuple[Actor, Actor]) -> None:
    anna, bert = people
    with database.transaction() as session:
        made = urgent.raise_lookout(session, anna, "NRT", SEAT, NOW)
        assert [one.id for one in urgent.read_lookouts(session, "NRT", NOW)] == [made.id]
        said = (made.id, "NRT", Verdict.NOT_JUSTIFIED)
        with pytest.raises(SameOfficerError):
            urgent.review_lookout(session, anna, *said, "no", NOW)
        with pytest.raises(LookoutInvalidError):
            urgent.review_lookout(session, bert, *said, " ", NOW)
        urgent.review_lookout(session, bert, *said, "no ground", NOW)
        assert made.ended_at == NOW
        assert rules.current_ruleset(session).lookouts == []
        with pytest.raises(LookoutReviewedError):
            urgent.review_lookout(session, bert, *said, "again", NOW)
        with pytest.raises(LookoutEndedError):
            urgent.end_lookout(session, anna, made.id, "NRT", NOW)
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
        ago = NOW + timedelta(days=31)
        assert list(urgent.read_lookouts(session, "NRT", ago)) == []
    assert actions[-2:] == ["lookout.raised", "lookout.reviewed"]


def test_one_that_nobody_has_reviewed_is_shown_for_ever(
    database: Database, people: tuple[Actor, Actor]
) -> None:
    with database.transaction() as session:
        made = urgent.raise_lookout(session, people[0], "NRT", SEAT, NOW)
        urgent.expire_lookouts(session, NOW + timedelta(days=2))
        [shown] = urgent.read_lookouts(session, "NRT", NOW + timedelta(days=400))
        assert (shown.id, shown.ended_at) == (made.id, made.expires_at)


def test_the_database_lets_none_last_longer_or_be_reviewed_by_its_author(
    database: Database, people: tuple[Actor, Actor]
) -> None:
    anna, _ = people
    for change in ({"expires_at": NOW + timedelta(hours=25)}, {"reviewed_by": anna.id}):
        with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
            made = urgent.raise_lookout(session, anna, "NRT", SEAT, NOW)
            session.execute(
                sa.update(UrgentLookout).where(UrgentLookout.id == made.id).values(**change)
            )


def test_seats_and_tags_are_compared_however_they_are_written() -> None:
    assert [fold_seat(t) for t in ("012a", " 1K", "12", "A1", "1234A")] == ["12A", "1K", "", "", ""]
    assert fold_tag("0131 123 456") == fold_tag("131123456") == "131123456"
    assert fold_tag("zz-123456") == "ZZ123456"


def test_the_same_officer_looks_out_again_only_once_somebody_found_it_justified(
    database: Database, people: tuple[Actor, Actor]
) -> None:
    anna, bert = people
    with database.transaction() as session:
        for draft in (PERSON, SEAT, TAG, PAPER):
            first = urgent.raise_lookout(session, anna, "NRT", draft, NOW)
            urgent.expire_lookouts(session, NOW + timedelta(days=2))
            with pytest.raises(LookedBeforeError):
                urgent.raise_lookout(session, anna, "NRT", replace(draft, reason="new words"), NOW)
            second = urgent.raise_lookout(session, bert, "NRT", draft, NOW)
            urgent.review_lookout(session, anna, second.id, "NRT", Verdict.NOT_JUSTIFIED, "no", NOW)
            with pytest.raises(LookedBeforeError):
                urgent.raise_lookout(session, bert, "NRT", draft, NOW)
            urgent.review_lookout(session, bert, first.id, "NRT", Verdict.JUSTIFIED, "", NOW)
            urgent.raise_lookout(session, anna, "NRT", draft, NOW)


@pytest.mark.parametrize(("told", "kept"), [("JP", "JPN"), ("JPN", "JPN"), ("D", "DEU")])
def test_a_lookout_for_a_document_names_its_state_as_passports_do(told: str, kept: str) -> None:
    content = urgent.checked(replace(PAPER, issuer=told))
    assert content["documents"] == [{"number": "TR1234567", "issuer": kept}]


def test_a_lookout_for_a_document_of_an_unknown_state_is_refused() -> None:
    with pytest.raises(LookoutInvalidError) as caught:
        urgent.checked(replace(PAPER, issuer="QQ"))
    assert [(f.pointer, f.code) for f in caught.value.fields] == [("/issuer", "unknown_state")]


def test_the_tester_reads_states_as_the_gate_does() -> None:
    person = person_of("DOE", "", "", "", "D<<", "C01X00T47", "d")
    assert (person.nationality, person.documents[0].issuer) == ("DEU", "DEU")


@pytest.mark.parametrize(
    "again",
    [
        {"surname": "tester"}, {"surname": "TÉSTER"}, {"surname": "TES-TER"}, {"given": "Anna Maria"},
        {"surname": "ANNA", "given": "TESTER"}, {"birth_date": ""},
    ],
    ids=str,
)  # fmt: skip
def test_another_way_to_write_a_name_is_no_other_lookout(
    database: Database, people: tuple[Actor, Actor], again: dict[str, str]
) -> None:
    with database.transaction() as session:
        urgent.raise_lookout(session, people[0], "NRT", PERSON, NOW)
        with pytest.raises(LookedBeforeError):
            urgent.raise_lookout(session, people[0], "NRT", replace(PERSON, **again), NOW)
        other = replace(PERSON, surname="Somebody", given="Else")
        assert urgent.raise_lookout(session, people[0], "NRT", other, NOW)


def test_an_officer_has_few_lookouts_that_nobody_else_has_looked_at(
    database: Database, people: tuple[Actor, Actor]
) -> None:
    anna, bert = people
    with database.transaction() as session:
        made = [
            urgent.raise_lookout(session, anna, "NRT", replace(SEAT, seat=f"{row}A"), NOW)
            for row in range(1, urgent.MOST_UNREVIEWED + 1)
        ]
        with pytest.raises(urgent.TooManyUnreviewedError):
            urgent.raise_lookout(session, anna, "NRT", TAG, NOW)
        urgent.raise_lookout(session, bert, "NRT", TAG, NOW)
        urgent.review_lookout(session, bert, made[0].id, "NRT", Verdict.JUSTIFIED, "", NOW)
        urgent.raise_lookout(session, anna, "NRT", TAG, NOW)


def test_a_seat_of_long_ago_is_refused(database: Database, people: tuple[Actor, Actor]) -> None:
    with database.transaction() as session, pytest.raises(LookoutInvalidError) as caught:
        urgent.raise_lookout(session, people[0], "NRT", replace(SEAT, day=date(1900, 1, 1)), NOW)
    assert [field.pointer for field in caught.value.fields] == ["/day"]
