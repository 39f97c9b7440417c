"""Moments, words, comparison and outcome form without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.declarations.articles import CopyState
from app.gate.passages import PassageRefusedError
from app.referrals.kinds import (
    Authority,
    DispositionKind,
    FindingKind,
    Method,
    ReferralDecision,
    ReferralKind,
    SearchGround,
)
from app.referrals.outcome import STEPS
from app.screening.models import Handling, HitSource, Level, ReviewState
from app.screening.views import HitView
from app.screening.words import BIRTH_RELATIONS
from app.web.console import words
from app.web.console.compare import compare
from app.web.console.hits import list_matches
from app.web.console.moments import Moments, duration
from app.web.console.outcomes import TypedWrongError, read_outcome
from app.web.forms import Fields
from app.web.money import money
from risk_rules.names import BirthDate, Entry, Matcher, Name, Person, Relation

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
AT = Moments(NOW, "NRT")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 00 min"),
     (7500, "2 h 05 min"), (86400, "1 d 0 h"), (273600, "3 d 4 h")],
)  # fmt: skip
def test_durations(seconds, said):
    assert duration(timedelta(seconds=seconds)) == said


def test_times_are_local_with_the_zone_named():
    assert AT.clock(NOW) == "12:00 JST"
    assert AT.clock(NOW + timedelta(hours=13)) == "11 Mar 01:00 JST"
    assert AT.clock(NOW, "LHR") == "03:00 GMT"
    assert Moments(NOW, "???").clock(NOW) == "03:00 UTC"
    assert AT.relative(NOW + timedelta(minutes=12)) == "in 12 min"
    assert AT.relative(NOW - timedelta(minutes=12)) == "12 min ago"
    assert AT.age(NOW + timedelta(minutes=1)) == "0 s"


def test_every_code_has_words():
    assert set(words.KINDS) == set(words.KIND_BANDS) == set(ReferralKind)
    assert list(words.STEPS) == list(STEPS)
    assert set(words.FINDINGS) == set(FindingKind)
    assert set(words.DISPOSITIONS) == set(DispositionKind)
    assert set(words.METHODS) == set(Method)
    assert set(words.SEARCH_GROUNDS) == set(SearchGround)
    assert set(words.AUTHORITIES) == set(Authority)
    assert set(words.COPIES) == set(CopyState)
    assert set(words.DECISIONS) == set(ReferralDecision)
    assert set(words.LEVELS) == set(words.BANDS) == set(Level)


def test_reasons_in_words():
    assert words.reason("credential-signature_invalid").startswith("Code is forged")
    assert words.reason("credential-something_new") == "Code refused: Something new"
    assert words.reason("party-risk") == "A fellow traveller is held: risk"
    assert words.reason("never-heard-of") == "Never heard of"
    assert words.reason("party-full-examination").endswith("full examination")


@pytest.mark.parametrize(
    ("field", "one", "other", "differs"),
    [
        ("surname", "Brandmüller", "BRANDMUELLER", False),
        ("surname", "O'NEIL", "ONEIL", False),
        ("surname", "LIND", "LUND", True),
        ("given_names", "ANNA", "ANNA MARIA", False),
        ("given_names", "ANNAMARIA", "ANNA MARIA", False),
        ("given_names", "ANNA", "MARIA", True),
        ("birth_date", "1988-04-00", "1988-04-12", False),
        ("birth_date", "1988-04-12", "1988-12-04", True),
    ],
)
def test_what_counts_as_a_disagreement(field, one, other, differs):
    found = compare({"api": {field: one}, "pnr": {field: other}})
    assert [line.differs for line in found.lines] == [differs]
    assert found.differences == int(differs)


def test_what_one_source_leaves_out_is_no_disagreement():
    found = compare({"api": {"sex": "F"}, "pnr": {}})
    assert [(line.said, line.differs) for line in found.lines] == [(("F", ""), False)]


def test_one_document_in_common_is_enough():
    api = {"documents": [{"number": "K-123 4", "issuer": "SWE"}]}
    pnr = {"documents": [{"number": "X99"}, {"number": "K1234"}]}
    assert compare({"api": api, "pnr": pnr}).differences == 0
    assert compare({"api": api, "pnr": {"documents": [{"number": "X99"}]}}).differences == 1


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (30000, "JPY", "JPY 30,000"),
        (1250, "EUR", "EUR 12.50"),
        (1250, "KWD", "KWD 1.250"),
        (5000, "XOF", "XOF 5,000"),
        (5000, "UGX", "UGX 5,000"),
        (5000, "PYG", "PYG 5,000"),
        (5000, "IQD", "IQD 5.000"),
        (5000, "HUF", "HUF 50.00"),
    ],
)
def test_money(minor, currency, said):
    assert money(minor, currency) == said


@given(st.dictionaries(st.sampled_from(
    ["step", "found-0-kind", "found-0-quantity", "done-0-kind", "done-0-amount",
     "done-0-currency", "search-authorised", "remark"]), st.text(max_size=30)))  # fmt: skip
def test_whatever_is_typed_is_an_outcome_or_a_problem_at_a_field(typed):
    problems = problems_of(typed)
    assert problems is None or (problems and {one.field for one in problems} <= set(typed))


def problems_of(typed):
    try:
        read_outcome(Fields(list(typed.items())))
    except TypedWrongError as error:
        return error.problems
    return None


@pytest.mark.parametrize(
    ("name", "most"),
    [("remark", 4000), ("search-ground", 1000), ("found-0-description", 1000), ("found-0-unit", 20),
     ("done-0-ref", 100), ("done-0-to", 100), ("done-0-goods", 300)],
)  # fmt: skip
def test_what_is_longer_than_is_kept_is_refused_and_never_cut(name, most):
    typed = {"found-0-kind": "other", "done-0-kind": "release", name: "x" * most}
    assert problems_of(typed) is None
    [problem] = problems_of(typed | {name: "x" * most + "y"})
    assert problem.field == name
    assert f"{most:,}" in problem.said


@given(st.decimals(0, 10**9, places=2))
def test_amounts_are_read_as_they_were_typed(amount: Decimal):
    form = Fields([("done-0-kind", "duty"), ("done-0-amount", f"{amount:,}"),
                   ("done-0-currency", "eur")])  # fmt: skip
    [done] = read_outcome(form).dispositions
    assert Decimal(done.amount) / 100 == amount
    assert done.currency == "EUR"


@pytest.mark.parametrize("refused", PassageRefusedError.__subclasses__())
def test_every_refused_passage_has_words(refused):
    assert f"passage-{refused.code}" in words.REASONS


def listed_hit(match: dict[str, Any]) -> HitView:
    return HitView(
        id=UUID(int=1), source=HitSource.WATCHLIST, subject="wanted/P-1", version=1, title="Wanted",
        purpose="serious_crime", handling=Handling.STOP, points=0, alert=True, conditions=[],
        explanation={"matches": [match]}, state=ReviewState.UNREVIEWED, reviewed_by=None,
        reviewed_at=None, review_reason=None,
    )  # fmt: skip


def test_every_relation_of_birth_dates_has_words():
    assert set(BIRTH_RELATIONS) == set(Relation)


@pytest.mark.parametrize(
    ("kind", "label"), [("name", "Name match"), ("document", "Document match"), ("", "Match")]
)
def test_a_score_says_of_what_it_is(kind, label):
    [match] = list_matches(listed_hit({"kind": kind, "score": 1.0, "alert": True}))
    assert match.label == label


@pytest.mark.parametrize(
    ("traveller", "listed", "said"),
    [("1980-05-31", "1982-12-31", "years of birth up to 2 apart (up to 3 where only a year is known)"),
     ("1980-05-31", "1983", "years of birth up to 2 apart (up to 3 where only a year is known)"),
     ("1980-05-31", "1983-05-31", "another date of birth"),
     ("1980-05-31", "1984", "another date of birth"),
     ("1980-05-31", "1981-05-31", "years of birth the same or 1 apart"),
     ("1980-05-31", "1980-05-31", "same date of birth")],
)  # fmt: skip
def test_dates_of_birth_are_compared_in_words_that_are_true(traveller, listed, said):
    person = Person((Name("TESTER", "ANNA"),), BirthDate.parse(traveller))
    entry = Entry("1", (Name("TESTER", "ANNA"),), (BirthDate.parse(listed),))
    [found] = Matcher([entry]).match(person)
    stored = {"kind": found.kind, "score": found.score, "alert": found.alert, **found.evidence}
    [match] = list_matches(listed_hit(stored))
    [birth] = [part for part in match.parts if part.label == "Date of birth"]
    assert birth.said == f"{said} (traveller {traveller}, list {listed})"
    assert match.label == "Name match"
