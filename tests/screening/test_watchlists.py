"""Watch lists: versions, replacement, CSV, and what a list said at an older version."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM
from app.kernel.db import Database
from app.kernel.errors import NotFoundError
from app.screening import lookouts, proposals, rules, watchlists
from app.screening.lists_csv import LineFault, rows_of_csv
from app.screening.lookouts import LookoutHit
from app.screening.models import EntryKind, Handling, Ruleset, WatchlistEntry
from app.screening.watchlists import EntryDraft, EntryInvalidError, ListExistsError
from risk_rules.names import BirthDate, Document, Name, Person
from tests.support.lists import put_entries, remove_entries

from .world import DAY, NOW

ANNA = EntryDraft(
    key="P-1", kind=EntryKind.PERSON, reason="first", names=(Name("MÜLLER", "ANNA"),),
    birth_dates=(BirthDate(1980, 5, 31),),
)  # fmt: skip
PAPER = EntryDraft(
    key="D-1", kind=EntryKind.DOCUMENT, reason="stolen", documents=(Document("TR1234567", "UTO"),)
)
SEEN = Person(names=(Name("MUELLER", "ANNA"),), birth_date=BirthDate(1980, 5, 31))


def make_list(database: Database, *entries: EntryDraft, key: str = "wanted") -> None:
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, key, key, "drugs", Handling.STOP, NOW)
        put_entries(session, SYSTEM, key, entries, NOW)


def subjects(database: Database, person: Person = SEEN, day: date = DAY) -> list[str]:
    with database.read() as session:
        hits = ask(session, rules.current_ruleset(session), person, day)
    return [hit.subject for hit in hits]


def ask(session: Session, ruleset: Ruleset, person: Person, day: date) -> list[LookoutHit]:
    return lookouts.screen(lookouts.lookouts(session, ruleset), [person], day)


def read_csv(lines: Iterable[str]) -> tuple[list[EntryDraft], list[LineFault]]:
    """The entries that can be used and the faults."""
    rows = [row for _, row in rows_of_csv(lines)]
    drafts = [row for row in rows if isinstance(row, EntryDraft)]
    return drafts, [row for row in rows if isinstance(row, LineFault)]


def test_a_listed_person_is_found_in_any_spelling(database: Database) -> None:
    make_list(database, ANNA, PAPER)
    assert subjects(database) == ["wanted/P-1"]
    assert subjects(database, Person(documents=(Document("TRI234567"),))) == ["wanted/D-1"]


def test_every_change_is_one_version_and_one_ruleset(database: Database) -> None:
    make_list(database, ANNA, PAPER)
    with database.transaction() as session:
        again = put_entries(session, SYSTEM, "wanted", [ANNA, PAPER], NOW)
    assert (again.version, again.unchanged, again.touched) == (2, 2, False)
    with database.read() as session:
        sets = session.scalars(sa.select(Ruleset).order_by(Ruleset.n)).all()
    assert [one.watchlists for one in sets] == [{"wanted": 1}, {"wanted": 2}]


def test_an_entry_is_replaced_never_edited(database: Database) -> None:
    make_list(database, ANNA)
    changed = EntryDraft(**{**_fields(ANNA), "reason": "second"})
    with database.transaction() as session:
        change = put_entries(session, SYSTEM, "wanted", [changed], NOW)
    assert (change.version, change.replaced, change.added) == (3, 1, 0)
    with database.read() as session:
        rows = session.scalars(sa.select(WatchlistEntry).order_by(WatchlistEntry.version)).all()
    assert [(r.version, r.removed_version, r.reason) for r in rows] == [
        (2, 3, "first"),
        (3, None, "second"),
    ]


def test_a_removed_entry_no_longer_hits_but_an_older_ruleset_still_knows_it(
    database: Database,
) -> None:
    make_list(database, ANNA)
    with database.read() as session:
        before = rules.current_ruleset(session)
    with database.transaction() as session:
        remove_entries(session, SYSTEM, "wanted", ["P-1"], NOW)
    assert subjects(database) == []
    with database.read() as session:
        assert [hit.subject for hit in ask(session, before, SEEN, DAY)] == ["wanted/P-1"]


@pytest.mark.parametrize(("offset", "found"), [(-1, 0), (0, 1), (5, 1), (6, 0)])
def test_validity_is_judged_on_the_day_of_the_flight(
    database: Database, offset: int, found: int
) -> None:
    limited = {**_fields(ANNA), "valid_from": DAY, "valid_to": DAY + timedelta(days=5)}
    make_list(database, EntryDraft(**limited))
    assert len(subjects(database, day=DAY + timedelta(days=offset))) == found


def test_the_digest_holds_only_what_matched(database: Database) -> None:
    make_list(database, ANNA)
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "other", "O", "drugs", Handling.STOP, NOW)
        now = rules.current_ruleset(session)
        [one] = ask(session, now, SEEN, DAY)
        with_papers = Person(SEEN.names, SEEN.birth_date, "", (Document("XX0000001"),))
        [same] = ask(session, now, with_papers, DAY)
        [other] = ask(session, now, Person(SEEN.names, BirthDate(1980)), DAY)
        [spelt] = ask(session, now, Person((Name("MULLER", "ANNA"),), SEEN.birth_date), DAY)
    assert one.values_digest() == same.values_digest()
    assert len({hit.values_digest() for hit in (one, other, spelt)}) == 3


def test_what_cannot_match_is_refused_without_repeating_it(database: Database) -> None:
    make_list(database)
    bad = EntryDraft(
        key="X", kind=EntryKind.DOCUMENT, reason="", documents=(Document("00000000"),),
        names=(Name("123", ""),), valid_from=DAY, valid_to=DAY - timedelta(days=1),
    )  # fmt: skip
    with database.transaction() as session, pytest.raises(EntryInvalidError) as caught:
        put_entries(session, SYSTEM, "wanted", [bad], NOW)
    places = {field.pointer for field in caught.value.fields}
    assert {"/documents/0", "/valid_to"} <= places


@pytest.mark.parametrize("key", ["", "große", "名簿", "A", "a.b", "a b", "x" * 41, "match", "a\n"])
def test_a_key_is_an_address_of_its_own(database: Database, key: str) -> None:
    with database.transaction() as session:
        with pytest.raises(watchlists.SettingsInvalidError) as caught:
            watchlists.create_list(session, SYSTEM, key, "T", "drugs", Handling.STOP, NOW)
        assert [field.pointer for field in caught.value.fields] == ["/key"]
        assert watchlists.list_watchlists(session) == []


def test_lists_are_made_once_and_must_exist(database: Database) -> None:
    make_list(database)
    with database.transaction() as session:
        with pytest.raises(ListExistsError):
            watchlists.create_list(session, SYSTEM, "wanted", "", "", Handling.STOP, NOW)
        with pytest.raises(NotFoundError):
            put_entries(session, SYSTEM, "nowhere", [ANNA], NOW)


CSV = """key,reason,names,birth_dates,documents,valid_to
P-1,test,MÜLLER/ANNA;MILLER/ANNE,1980-05-31;1981,,
D-1,stolen,,,TR1234567/UTO,2030-01-01
P-2,no such day,DOE/JOHN,1980-13-31,,
P-3,no name,,,,
P-4,too,many,,,,,,
"""


def test_csv_bad_lines_are_named_and_the_rest_is_taken(database: Database) -> None:
    make_list(database)
    with database.transaction() as session:
        done = proposals.submit_rows(
            session, SYSTEM, "wanted", rows_of_csv(CSV.splitlines()), NOW, whole=False, origin="csv"
        )
    assert done.change is not None
    assert (done.change.added, done.change.version) == (3, 2)
    assert done.proposal.faults == [
        {"line": 4, "code": "/birth_dates/0 not_a_date", "partial": True},
        {"line": 5, "code": "/names missing", "partial": False},
        {"line": 6, "code": "too_many_fields", "partial": False},
    ]
    assert subjects(database) == ["wanted/P-1"]


STATES = [
    ("JP", "JPN"), ("jp", "JPN"), ("JPN", "JPN"), ("D", "DEU"), ("D<<", "DEU"), ("DE", "DEU"),
    ("GBD", "GBD"), ("UNO", "UNO"), ("XXA", "XXA"), ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("told", "kept"), STATES)
def test_states_are_kept_as_passports_name_them_however_they_are_handed_in(
    told: str, kept: str
) -> None:
    line = f"P-1,r,DOE/JOHN,{told},ZX7654321/{told}"
    [draft], faults = read_csv(["key,reason,names,nationality,documents", line])
    assert (draft.nationality, draft.documents[0].issuer, faults) == (kept, kept, [])


def test_csv_loses_what_cannot_be_used_and_nothing_else() -> None:
    rows = [
        "key,reason,names,birth_dates,documents,nationality,valid_to",
        "P-1,r,SMITH/JOHN,1971-01-02;1971-02-30;0000;2970,,,",
        "P-2,r,SMYTH/JOHN;--,1971-01-02,A;ZX7654321/JP;ZX1111112/TOOLONGISSUER;ZX1111113/USA/X,,",
        "P-3,r,SMYTH/JOHN,,,ZZZZ,",
        "D-1,r,,,ZX7654321/QQQ,,",
        "P-4,r,SMYTH/JOHN,,,,soon",
    ]
    drafts, faults = read_csv(rows)
    assert [one.key for one in drafts] == ["P-1", "P-2", "P-3"]
    assert [str(day) for day in drafts[0].birth_dates] == ["1971-01-02"]
    assert drafts[1].documents == (Document("ZX7654321", "JPN"),)
    assert drafts[2].nationality == ""
    assert [(one.line, one.code, one.partial) for one in faults] == [
        (2, "/birth_dates/1 not_a_date", True),
        (2, "/birth_dates/2 out_of_range", True),
        (2, "/birth_dates/3 out_of_range", True),
        (3, "/names/1 no_letters", True),
        (3, "/documents/0 too_short", True),
        (3, "/documents/2/issuer unknown_state", True),
        (3, "/documents/3/issuer unknown_state", True),
        (4, "/nationality unknown_state", True),
        (5, "/documents/0/issuer unknown_state", False),
        (6, "/valid_to bad_value", False),
    ]


def test_names_behind_another_separator_are_told_and_are_not_one_name() -> None:
    rows = [
        "key,reason,names,documents", "P-1,r,YAMADA/HANAKO|SUZUKI/HANA,ZX7654321",
        "P-2,r,DOE/ANNA/BERTA;DOE/ANNA,", "P-3,r,DOE|ROE,", "P-4,r,DOE/ANNA;ROE/ANNA,",
    ]  # fmt: skip
    drafts, faults = read_csv(rows)
    assert [one.key for one in drafts] == ["P-2", "P-4"]
    assert drafts[0].names == (Name("DOE", "ANNA"),)
    told = [(one.line, one.code, one.partial) for one in faults]
    assert told == [
        (2, "/names/0 bad_value", False), (2, "/names missing", False), (3, "/names/0 bad_value", True),
        (4, "/names/0 bad_value", False), (4, "/names missing", False),
    ]  # fmt: skip


def test_a_typed_entry_of_an_unknown_state_is_refused_with_its_place() -> None:
    with pytest.raises(EntryInvalidError) as caught:
        watchlists.check_draft(
            EntryDraft("P-1", EntryKind.PERSON, "r", (Name("DOE", ""),), nationality="ZZZ",
                       documents=(Document("ZX7654321", "QQ"),))
        )  # fmt: skip
    assert [one.pointer for one in caught.value.fields] == ["/documents/0/issuer", "/nationality"]


def test_csv_needs_its_header() -> None:
    assert read_csv(["name;birth", "DOE;1980"]) == ([], [LineFault(1, "bad_header")])
    assert read_csv([]) == ([], [LineFault(1, "bad_header")])


@given(st.text(max_size=300), st.booleans())
def test_csv_never_dies(text: str, headed: bool) -> None:
    lines = text.splitlines()
    drafts, faults = read_csv(
        ["key,reason,names,birth_dates,documents", *lines] if headed else lines
    )
    assert all(fault.line >= 0 for fault in faults)
    assert all(draft.key for draft in drafts)


def _fields(draft: EntryDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in draft.__slots__}


@pytest.mark.parametrize("purpose", ["nonsense", "", "Drugs"])
def test_a_list_has_a_purpose_that_there_is(database: Database, purpose: str) -> None:
    settings = watchlists.Settings("T", purpose, Handling.STOP)
    with (
        database.transaction() as session,
        pytest.raises(watchlists.SettingsInvalidError) as caught,
    ):
        watchlists.make_list(session, SYSTEM, "some", settings, NOW)
    assert [one.pointer for one in caught.value.fields] == ["/purpose"]
