"""What a traveller answers: whether a form is filled rightly, the lane that follows, the mask of a credential."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.formats.credential import Declaration, Goods
from app.formats.questionnaire.values import Lane, Question, Questionnaire, QuestionnaireError

_MOST_PIECES = 1_000_000
_MOST_VALUE = 10**15


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What a traveller filled in, before anybody believed it: `answers` by question id."""

    answers: Mapping[str, object]
    purpose: int
    goods: Sequence[Goods]


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of a filled form: a JSON pointer into it and a stable code, never a value."""

    pointer: str
    code: str


def lane(questionnaire: Questionnaire, answers: Mapping[str, object]) -> Lane:
    """Return the strictest lane of the answers. A question that was not answered leads to an officer."""
    return max(_lane_of(question, answers) for question in questionnaire.questions)


def party_lane(lanes: Iterable[int]) -> Lane:
    """Return the lane of a party: its strictest member's. Nobody is no party: ValueError."""
    return Lane(max(lanes))


def answer_mask(questionnaire: Questionnaire, answers: Mapping[str, object]) -> int:
    """Pack answers as a credential does: bit i is set when question i is answered yes."""
    return sum(
        1 << question.number for question in questionnaire.questions if answers.get(question.id)
    )


def answers_from_mask(questionnaire: Questionnaire, mask: int) -> dict[str, bool]:
    """Unpack a credential's answers. Raises QuestionnaireError for a bit without a question."""
    if not 0 <= mask < 1 << len(questionnaire.questions):
        raise QuestionnaireError("/answers", "no such question")
    return {question.id: bool(mask >> question.number & 1) for question in questionnaire.questions}


def validate(questionnaire: Questionnaire, form: FilledForm) -> list[Problem]:
    """Find everything that is wrong with a filled form; an empty list is a valid one.

    Codes: missing, unknown, not_boolean, goods_required, packages_required, description_required,
    out_of_range.
    """
    return [
        *_answer_problems(questionnaire, form.answers),
        *_purpose_problems(questionnaire, form.purpose),
        *_demand_problems(questionnaire, form),
        *_goods_problems(questionnaire, form.goods),
    ]


def validate_declaration(questionnaire: Questionnaire, declaration: Declaration) -> list[Problem]:
    """Find what is wrong with a declaration that came as a credential. Codes as in `validate`."""
    try:
        answers = answers_from_mask(questionnaire, declaration.answers)
    except QuestionnaireError:
        return [Problem("/answers", "unknown")]
    form = FilledForm(answers, declaration.journey.purpose, declaration.goods)
    return validate(questionnaire, form)


def _lane_of(question: Question, answers: Mapping[str, object]) -> Lane:
    answer = answers.get(question.id)
    if answer is None:
        return Lane.OFFICER
    return Lane.GREEN if answer is False else question.lane


def _answer_problems(
    questionnaire: Questionnaire, answers: Mapping[str, object]
) -> Iterator[Problem]:
    for question in questionnaire.questions:
        if answers.get(question.id) is None:
            yield Problem(f"/answers/{question.id}", "missing")
        elif type(answers[question.id]) is not bool:
            yield Problem(f"/answers/{question.id}", "not_boolean")
    if answers.keys() - {question.id for question in questionnaire.questions}:
        yield Problem("/answers", "unknown")


def _purpose_problems(questionnaire: Questionnaire, purpose: int) -> Iterator[Problem]:
    if purpose not in {choice.number for choice in questionnaire.purposes}:
        yield Problem("/purpose", "unknown")


def _demand_problems(questionnaire: Questionnaire, form: FilledForm) -> Iterator[Problem]:
    demanded = {
        demand
        for question in questionnaire.questions
        if form.answers.get(question.id) is True
        for demand in question.demands
    }
    kinds = {category.number: category.answers for category in questionnaire.categories}
    met = {kinds.get(line.category) for line in form.goods}
    for demand in sorted(demanded - met):
        yield Problem("/goods", f"{demand}_required")


def _goods_problems(questionnaire: Questionnaire, goods: Sequence[Goods]) -> Iterator[Problem]:
    categories = {category.number: category for category in questionnaire.categories}
    for index, line in enumerate(goods):
        category = categories.get(line.category)
        if category is None:
            yield Problem(f"/goods/{index}/category", "unknown")
        elif category.described and not (line.description or "").strip():
            yield Problem(f"/goods/{index}/description", "description_required")
        if not 1 <= line.quantity <= _MOST_PIECES:
            yield Problem(f"/goods/{index}/quantity", "out_of_range")
        if not 0 <= line.value <= _MOST_VALUE:
            yield Problem(f"/goods/{index}/value", "out_of_range")
