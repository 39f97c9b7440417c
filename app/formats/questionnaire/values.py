"""What a questionnaire consists of: values, as its file states them. Texts are kept by language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

Texts = Mapping[str, str]


class Lane(IntEnum):
    """Where the traveller's own answers lead; the greater is the stricter."""

    GREEN = 0
    GOODS = 1
    OFFICER = 2


class Demand(StrEnum):
    """What a "yes" asks for besides."""

    GOODS = "goods"
    PACKAGES = "packages"


class Open(StrEnum):
    """Why an estimate leaves something open; what is open is said and in no figure."""

    AGE = "age"
    CURRENCY = "currency"
    ITEM = "item"
    OWN_USE = "own_use"
    RATE = "rate"
    WHOSE = "whose"


class QuestionnaireError(ValueError):
    """A questionnaire's file is wrong at `pointer`, or a bit mask names questions that it has not."""

    code = "questionnaire_invalid"

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or '/'}: {reason}")
        self.pointer = pointer
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Question:
    """`number` is its bit in a credential's mask; `lane` and `demands` follow from a "yes".

    `details` say what counts.
    """

    number: int
    id: str
    form_item: str
    text: Texts
    details: Texts | None
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
    dutiable: bool


@dataclass(frozen=True, slots=True)
class Reduced:
    """A smaller value for whoever is younger than `below`."""

    below: int
    value: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is free of duty for each traveller.

    `limits` are so many units of any one category, each a share of the whole where kinds are mixed; or a
    `value` in minor units for goods of `categories`. `minimum_age` is who has a share; who is younger than
    `own_use_below` has none but what they use themselves. `pooled`: a family's shares serve it together,
    though a single item is never free beyond one person's `value`. Of a kind worth no more than
    `ignored_up_to` in all nothing counts.
    """

    id: str
    text: Texts
    limits: Mapping[int, int]
    value: int | None
    currency: str | None
    categories: frozenset[int]
    ignored_up_to: int
    reduced: Reduced | None
    minimum_age: int
    own_use_below: int
    pooled: bool
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What a unit beyond the allowance costs: between `least` and `most` minor units, or, where
    `per_mille` is set, that part of its dutiable value; none where one item's exceeds `most_item`.
    """

    category: int
    least: int
    most: int
    per_mille: int | None
    most_item: int | None


@dataclass(frozen=True, slots=True)
class Duty:
    """How an estimate is made. `taxable_per_mille` of a price abroad is the dutiable value.

    `text` says that it is an estimate; `open` says why something is in no figure.
    """

    currency: str
    taxable_per_mille: int
    rates: Mapping[int, Rate]
    text: Texts
    open: Mapping[Open, Texts]
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
    duty: Duty | None

    @property
    def name(self) -> str:
        """Key and version, as a stored declaration names what it answered."""
        return f"{self.key}/{self.version}"


def text(questionnaire: Questionnaire, texts: Texts, language: str) -> str:
    """Return a text in `language`, else in the questionnaire's first."""
    return texts.get(language, texts[questionnaire.languages[0]])
