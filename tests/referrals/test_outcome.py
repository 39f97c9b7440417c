"""What an outcome must say to be complete."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.referrals.disposals import NEEDS
from app.referrals.kinds import Authority, DispositionKind, FindingKind, Method, SearchGround
from app.referrals.outcome import (
    STEPS,
    Disposal,
    FoundThing,
    Outcome,
    OutcomeInvalidError,
    check,
)

ME, OTHER = UUID(int=1), UUID(int=2)
WHOLE = Outcome(
    steps=("documents", "questions", "baggage-opened"),
    findings=(FoundThing(FindingKind.NOTHING),),
    dispositions=(Disposal(DispositionKind.RELEASE),),
)
SEARCHED = replace(
    WHOLE,
    steps=(*WHOLE.steps, "personal-search"),
    search_ground_kind=SearchGround.SEEN,
    search_ground="An object under the clothes",
    search_authorised_by=OTHER,
)


def problems(outcome: Outcome, *, in_full: bool = False) -> list[tuple[str, str]]:
    try:
        check(outcome, ME, in_full=in_full)
    except OutcomeInvalidError as error:
        return [(problem.pointer, problem.code) for problem in error.fields]
    return []


@pytest.mark.parametrize("in_full", [False, True])
@pytest.mark.parametrize("outcome", [WHOLE, SEARCHED, replace(WHOLE, steps=STEPS[:-1])])
def test_a_whole_outcome(outcome, in_full):
    assert problems(outcome, in_full=in_full) == []


def test_everything_missing_is_said_at_once():
    empty = Outcome((), (), ())
    assert problems(empty) == [
        ("/steps", "missing"), ("/findings", "missing"), ("/dispositions", "missing"),
    ]  # fmt: skip


def test_what_is_seized_was_found():
    seized = Disposal(DispositionKind.SEIZE, external_ref="S1")
    both = replace(WHOLE, dispositions=(Disposal(DispositionKind.RELEASE), seized))
    assert problems(both) == [("/findings", "seized"), ("/dispositions/1/kind", "nothing-found")]
    assert problems(replace(both, findings=(FoundThing(FindingKind.PROHIBITED),))) == []


def test_a_step_that_nobody_knows():
    assert problems(replace(WHOLE, steps=("documents", "tarot"))) == [("/steps/1", "unknown")]


@pytest.mark.parametrize("left_out", ["documents", "questions", "baggage-opened"])
def test_a_full_examination_has_a_least_protocol(left_out):
    steps = tuple(step for step in WHOLE.steps if step != left_out)
    short = replace(WHOLE, steps=steps)
    assert problems(short, in_full=True) == [("/steps", "protocol-incomplete")]
    assert problems(short) == []


def test_the_ground_of_a_search_is_chosen():
    assert problems(replace(SEARCHED, search_ground_kind=None)) == [
        ("/search/ground_kind", "missing")
    ]


@pytest.mark.parametrize("ground", [None, "", "  \n"])
def test_a_search_has_a_ground(ground):
    assert problems(replace(SEARCHED, search_ground=ground)) == [("/search/ground", "missing")]


@pytest.mark.parametrize("ground", ["x", "no reason", "-" * 40])
def test_a_ground_says_something(ground):
    assert problems(replace(SEARCHED, search_ground=ground)) == [("/search/ground", "too-short")]


@pytest.mark.parametrize("ground", ["A bulge under the coat", "衣服の下の膨らみ"])
def test_a_few_words_are_a_ground(ground):
    assert problems(replace(SEARCHED, search_ground=ground)) == []


@pytest.mark.parametrize(
    ("disposal", "wrong"),
    [
        *(
            (Disposal(DispositionKind.DUTY, 5, code, "R-1", Method.CASH), ("currency", "unknown"))
            for code in ("XXQ", "DEM", "XAU", "XXX")  # never, no more, no money, none
        ),
        (
            Disposal(DispositionKind.DUTY, 0, "JPY", "R-1", Method.CASH),
            ("amount", "nothing-is-exempt"),
        ),
    ],
)
def test_money_is_of_a_currency_that_exists_and_nothing_is_exempt(disposal, wrong):
    found = problems(replace(WHOLE, dispositions=(disposal,)))
    assert found == [(f"/dispositions/0/{wrong[0]}", wrong[1])]


@pytest.mark.parametrize("by", [None, ME])
def test_a_search_is_authorised_by_somebody_else(by):
    found = problems(replace(SEARCHED, search_authorised_by=by))
    assert found == [("/search/authorised_by", "another-officer")]


@pytest.mark.parametrize(
    "half",
    [
        {"search_ground_kind": SearchGround.DOG},
        {"search_ground": "Suspicion"},
        {"search_authorised_by": OTHER},
    ],
    ids=str,
)
def test_a_search_that_is_no_step_is_a_contradiction(half):
    assert problems(replace(WHOLE, **half)) == [("/steps", "search-not-ticked")]


def test_nothing_stands_alone():
    both = (FoundThing(FindingKind.NOTHING), FoundThing(FindingKind.DUTIABLE))
    assert problems(replace(WHOLE, findings=both)) == [("/findings", "contradiction")]


@pytest.mark.parametrize("kind", [DispositionKind.DUTY, DispositionKind.DEPOSIT])
def test_money_has_an_amount(kind):
    found = problems(replace(WHOLE, dispositions=(Disposal(kind),)))
    assert found == [
        ("/dispositions/0/amount", "missing"),
        ("/dispositions/0/external_ref", "missing"),
        ("/dispositions/0/method", "missing"),
    ]


@pytest.mark.parametrize(
    "disposal",
    [
        Disposal(DispositionKind.DUTY, 0, method=Method.EXEMPT),
        Disposal(DispositionKind.RELEASE, currency="JPY"),
    ],
)
def test_amount_and_currency_come_together(disposal):
    found = problems(replace(WHOLE, dispositions=(disposal,)))
    assert found == [("/dispositions/0/currency", "with-amount-only")]


def test_a_hand_over_names_authority_person_and_case():
    found = problems(replace(WHOLE, dispositions=(Disposal(DispositionKind.HAND_OVER),)))
    assert found == [
        ("/dispositions/0/authority", "missing"),
        ("/dispositions/0/external_ref", "missing"),
        ("/dispositions/0/received_by", "missing"),
    ]


@pytest.mark.parametrize("kind", list(DispositionKind), ids=str)
def test_every_kind_says_what_it_needs_and_no_more(kind):
    whole = Disposal(
        kind, external_ref="R-1",
        **({"amount": 5, "currency": "JPY", "method": Method.CARD} if "amount" in NEEDS[kind] else {}),
        **({"authority": Authority.QUARANTINE, "received_by": "Officer Sato"}
           if "authority" in NEEDS[kind] else {}),
    )  # fmt: skip
    found = replace(WHOLE, findings=(FoundThing(FindingKind.DUTIABLE),))
    assert problems(replace(found, dispositions=(whole,))) == []
    for name in NEEDS[kind]:
        short = replace(whole, **{name: None if name in ("amount", "method", "authority") else " "})
        named = problems(replace(found, dispositions=(short,)))
        assert (f"/dispositions/0/{name}", "missing") in named


def test_what_is_exempt_costs_nothing_and_has_no_receipt_elsewhere():
    exempt = Disposal(DispositionKind.DUTY, 0, "JPY", method=Method.EXEMPT)
    assert problems(replace(WHOLE, dispositions=(exempt,))) == []
    paid = replace(exempt, amount=100)
    found = problems(replace(WHOLE, dispositions=(paid,)))
    assert found == [("/dispositions/0/amount", "exempt-is-nothing")]


def test_only_what_is_handed_over_has_another_authority():
    odd = Disposal(DispositionKind.RELEASE, authority=Authority.POLICE)
    found = problems(replace(WHOLE, dispositions=(odd,)))
    assert found == [("/dispositions/0/authority", "with-hand-over-only")]


@pytest.mark.parametrize("minutes", [0, -5, 24 * 60 + 1])
def test_the_time_that_is_stated_is_a_day_at_most(minutes):
    assert problems(replace(WHOLE, minutes=minutes)) == [("/minutes", "out-of-range")]
    assert problems(replace(WHOLE, minutes=25)) == []


def test_the_place_of_each_problem_is_named():
    wrong = (
        Disposal(DispositionKind.RELEASE),
        Disposal(
            DispositionKind.HAND_OVER, 5, "JPY", " ",
            authority=Authority.POLICE, received_by="Officer Sato",
        ),
    )  # fmt: skip
    found = problems(replace(WHOLE, dispositions=wrong))
    assert found == [("/dispositions/1/external_ref", "missing")]


def test_the_text_of_an_outcome_stays_out_of_its_representation():
    secret = replace(
        SEARCHED, remark="LINDQVIST said so",
        findings=(FoundThing(FindingKind.OTHER, "diary of LINDQVIST"),),
        dispositions=(Disposal(DispositionKind.HAND_OVER, external_ref="LINDQVIST-1"),),
    )  # fmt: skip
    assert "LINDQVIST" not in repr(secret)
    assert "under the clothes" not in repr(secret)
