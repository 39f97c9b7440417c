"""A customs questionnaire as data: its questions, what a "yes" demands, and the lane that follows.

Another country or a newer form is another file; nothing here knows Japan. `load` reads one from JSON already
parsed; whoever owns the files does the reading. Texts are kept by language: {"en": ..., "ja": ...}.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any

from app.formats.credential import Declaration, Goods

Texts = Mapping[str, str]
_MOST_PIECES = 1_000_000
_MOST_VALUE = 10**15


class Lane(IntEnum):
    """Where the traveller's own answers lead; the greater is the stricter."""

    GREEN = 0
    GOODS = 1
    OFFICER = 2


class Demand(StrEnum):
    """What a "yes" asks for besides."""

    GOODS = "goods"
    PACKAGES = "packages"


class QuestionnaireError(ValueError):
    """A questionnaire's file is wrong at `pointer`, or a bit mask names questions that it has not."""

    code = "questionnaire_invalid"

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or '/'}: {reason}")
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Question:
    """`number` is its bit in a credential's mask; `lane` and `demands` follow from a "yes"."""

    number: int
    id: str
    form_item: str
    text: Texts
    on_yes: Texts | None
    lane: Lane
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A purpose of the journey."""

    number: int
    id: str
    text: Texts


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of goods. `unit` counts its quantity; `answers` is the demand that a line of it meets."""

    number: int
    id: str
    text: Texts
    unit: str
    answers: Demand | None
    described: bool


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is free of duty for each traveller: so many units of any one category, or a value in minor units."""

    id: str
    text: Texts
    limits: Mapping[int, int]
    value: int | None
    currency: str | None
    minimum_age: int
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """`id` is the number in credentials; `languages` are complete, the first is the fallback."""

    id: int
    key: str
    version: str
    country: str
    valid_from: date
    source: str
    languages: tuple[str, ...]
    title: Texts
    certify: Texts
    questions: tuple[Question, ...]
    purposes: tuple[Choice, ...]
    categories: tuple[Category, ...]
    allowances: tuple[Allowance, ...]


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


def text(questionnaire: Questionnaire, texts: Texts, language: str) -> str:
    """Return a text in `language`, else in the questionnaire's first."""
    return texts.get(language, texts[questionnaire.languages[0]])


def load(data: Mapping[str, Any]) -> Questionnaire:
    """Read a questionnaire from JSON (see app/declarations/questionnaires).

    Raises QuestionnaireError: a field missing or of another type, a text without one of the
    languages, question numbers that do not count from 0, numbers or ids doubled, unknown references.
    """
    root = _Node(data, "")
    languages = tuple(root.strings("languages"))
    if not languages:
        raise QuestionnaireError("/languages", "empty")
    questionnaire = Questionnaire(
        id=root.integer("id"),
        key=root.string("key"),
        version=root.string("version"),
        country=root.string("country"),
        valid_from=_date(root.string("valid_from"), "/valid_from"),
        source=root.string("source"),
        languages=languages,
        title=root.texts("title", languages),
        certify=root.texts("certify", languages),
        questions=tuple(_question(node, languages) for node in root.nodes("questions")),
        purposes=tuple(_choice(node, languages) for node in root.nodes("purposes")),
        categories=tuple(_category(node, languages) for node in root.nodes("categories")),
        allowances=tuple(_allowance(node, languages) for node in root.nodes("allowances")),
    )
    _check(questionnaire)
    return questionnaire


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


class _Node:
    """A JSON object of the file and where it stands, so that every complaint names its place."""

    def __init__(self, value: Any, pointer: str) -> None:
        if not isinstance(value, Mapping):
            raise QuestionnaireError(pointer, "not an object")
        self._value = value
        self.pointer = pointer

    def get(self, key: str, kind: type, default: Any = ...) -> Any:
        value = self._value.get(key, default)
        if value is default and default is not ...:
            return value
        if type(value) is not kind:
            raise QuestionnaireError(f"{self.pointer}/{key}", f"not {kind.__name__}")
        return value

    def string(self, key: str) -> str:
        return str(self.get(key, str))

    def integer(self, key: str, default: Any = ...) -> int:
        value = self.get(key, int, default)
        if value < 0:
            raise QuestionnaireError(f"{self.pointer}/{key}", "negative")
        return int(value)

    def strings(self, key: str) -> list[str]:
        values = self.get(key, list)
        if not all(type(value) is str for value in values):
            raise QuestionnaireError(f"{self.pointer}/{key}", "not strings")
        return list(values)

    def nodes(self, key: str, default: Any = ...) -> Iterator["_Node"]:
        for index, value in enumerate(self.get(key, list, default)):
            yield _Node(value, f"{self.pointer}/{key}/{index}")

    def texts(self, key: str, languages: tuple[str, ...]) -> Texts:
        texts = self.get(key, dict)
        for language in languages:
            if not texts.get(language):
                raise QuestionnaireError(f"{self.pointer}/{key}/{language}", "no text")
        if not all(type(value) is str for value in texts.values()):
            raise QuestionnaireError(f"{self.pointer}/{key}", "not strings")
        return dict(texts)

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None


def _question(node: _Node, languages: tuple[str, ...]) -> Question:
    strictness = node.integer("lane")
    if strictness not in (Lane.GOODS, Lane.OFFICER):
        raise QuestionnaireError(f"{node.pointer}/lane", "not 1 or 2")
    return Question(
        number=node.integer("number"),
        id=node.string("id"),
        form_item=node.string("form_item"),
        text=node.texts("text", languages),
        on_yes=node.texts("on_yes", languages) if node.has("on_yes") else None,
        lane=Lane(strictness),
        demands=tuple(
            _demand(value, f"{node.pointer}/demands") for value in node.strings("demands")
        ),
    )


def _choice(node: _Node, languages: tuple[str, ...]) -> Choice:
    return Choice(node.integer("number"), node.string("id"), node.texts("text", languages))


def _category(node: _Node, languages: tuple[str, ...]) -> Category:
    answers = node.string("answers") if node.has("answers") else None
    return Category(
        number=node.integer("number"),
        id=node.string("id"),
        text=node.texts("text", languages),
        unit=node.string("unit"),
        answers=None if answers is None else _demand(answers, f"{node.pointer}/answers"),
        described=node.get("described", bool, default=False),
    )


def _allowance(node: _Node, languages: tuple[str, ...]) -> Allowance:
    limits = {
        limit.integer("category"): limit.integer("quantity") for limit in node.nodes("limits", [])
    }
    value = node.integer("value") if node.has("value") else None
    if bool(limits) == (value is not None):
        raise QuestionnaireError(node.pointer, "either limits or a value")
    return Allowance(
        id=node.string("id"),
        text=node.texts("text", languages),
        limits=limits,
        value=value,
        currency=node.string("currency") if value is not None else None,
        minimum_age=node.integer("minimum_age", 0),
        source=node.string("source"),
        as_of=node.string("as_of"),
    )


def _demand(value: str, pointer: str) -> Demand:
    try:
        return Demand(value)
    except ValueError:
        raise QuestionnaireError(pointer, "no such demand") from None


def _date(value: str, pointer: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise QuestionnaireError(pointer, "not a date") from None


def _check(questionnaire: Questionnaire) -> None:
    numbers = [question.number for question in questionnaire.questions]
    if not numbers or numbers != list(range(len(numbers))):
        raise QuestionnaireError("/questions", "numbers do not count from 0")
    groups: dict[str, Sequence[Question | Choice | Category]] = {
        "questions": questionnaire.questions,
        "purposes": questionnaire.purposes,
        "categories": questionnaire.categories,
    }
    for name, entries in groups.items():
        for values in ([entry.id for entry in entries], [entry.number for entry in entries]):
            if len(set(values)) < len(values):
                raise QuestionnaireError(f"/{name}", "doubled")
    known = {category.number for category in questionnaire.categories}
    for index, allowance in enumerate(questionnaire.allowances):
        if not allowance.limits.keys() <= known:
            raise QuestionnaireError(f"/allowances/{index}/limits", "no such category")
