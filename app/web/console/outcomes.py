"""The outcome form: from what an officer typed to an :class:`Outcome`, and back to words. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from uuid import UUID

from app.kernel.errors import FieldProblem
from app.referrals.kinds import DispositionKind, FindingKind
from app.referrals.outcome import Disposal, FoundThing, Outcome
from app.web.forms import Fields
from app.web.money import to_minor

ROWS = 3
"""Findings and dispositions that the plain form has room for; further ones are added by a new row."""

_MOST = Decimal(10) ** 12


class Problem(NamedTuple):
    """What is wrong: the id of a field of the form, and the words at both places."""

    field: str
    said: str


class TypedWrongError(ValueError):
    """Something typed is no number or no choice; ``problems`` says where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("typed wrong")
        self.problems = tuple(problems)


def read_outcome(form: Fields) -> Outcome:
    """What was typed. Raises :class:`TypedWrongError`; whether it is complete, the feature says."""
    problems: list[Problem] = []
    findings = [_finding(form, row, problems) for row in range(ROWS)]
    disposals = [_disposal(form, row, problems) for row in range(ROWS)]
    authoriser = _officer(form.text("search-authorised"), problems)
    if problems:
        raise TypedWrongError(problems)
    return Outcome(
        steps=tuple(form.all("step")[:20]),
        findings=tuple(filter(None, findings)),
        dispositions=tuple(filter(None, disposals)),
        remark=form.text("remark")[:4000],
        search_ground=form.text("search-ground")[:1000] or None,
        search_authorised_by=authoriser,
    )


def _finding(form: Fields, row: int, problems: list[Problem]) -> FoundThing | None:
    name = f"found-{row}"
    kind = form.text(f"{name}-kind")
    if not kind:
        return None
    if kind not in set(FindingKind):
        problems.append(Problem(f"{name}-kind", "Choose what was found"))
        return None
    quantity = _number(form.text(f"{name}-quantity"))
    if quantity is _WRONG:
        problems.append(
            Problem(f"{name}-quantity", "Enter the quantity as a number, like 3 or 0.5")
        )
        quantity = None
    return FoundThing(
        FindingKind(kind), form.text(f"{name}-description")[:1000], quantity,
        form.text(f"{name}-unit")[:20],
    )  # fmt: skip


def _disposal(form: Fields, row: int, problems: list[Problem]) -> Disposal | None:
    name = f"done-{row}"
    kind = form.text(f"{name}-kind")
    if not kind:
        return None
    if kind not in set(DispositionKind):
        problems.append(Problem(f"{name}-kind", "Choose what became of it"))
        return None
    currency = form.text(f"{name}-currency").upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        problems.append(
            Problem(f"{name}-currency", "Enter the currency as three letters, like JPY")
        )
    amount = _amount(form.text(f"{name}-amount"), currency, f"{name}-amount", problems)
    return Disposal(
        DispositionKind(kind), amount, currency if amount is not None else "",
        form.text(f"{name}-ref")[:100],
    )  # fmt: skip


_WRONG = Decimal(-1)


def _number(text: str) -> Decimal | None:
    """None when nothing was typed, :data:`_WRONG` for what is no number."""
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return _WRONG
    fine = number.is_finite() and 0 <= number < _MOST and number == round(number, 3)
    return number if fine else _WRONG


def _amount(text: str, currency: str, field: str, problems: list[Problem]) -> int | None:
    """Money in minor units: 12.50 EUR is 1250."""
    number = _number(text)
    if number is None:
        return None
    minor = to_minor(number, currency) if number is not _WRONG else None
    if minor is None:
        problems.append(Problem(field, "Enter the amount as a number, like 1200 or 12.50"))
    return minor


def _officer(text: str, problems: list[Problem]) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        problems.append(Problem("search-authorised", "Choose an officer of the list"))
        return None


_SAID: Mapping[tuple[str, str], tuple[str, str]] = {
    ("/steps", "missing"): ("step-documents", "Tick each step that you took"),
    ("/steps", "protocol-incomplete"): (
        "step-documents",
        "A full examination needs documents, questions and opened baggage",
    ),
    ("/steps", "search-not-ticked"): (
        "step-personal-search",
        "Tick “Personal search”, or leave its ground and officer empty",
    ),
    ("/findings", "missing"): ("found-0-kind", "Say what was found, or that nothing was"),
    ("/findings", "contradiction"): (
        "found-0-kind",
        "“Nothing found” cannot stand beside another finding",
    ),
    ("/dispositions", "missing"): ("done-0-kind", "Say what became of it"),
    ("/search/ground", "missing"): ("search-ground", "State the ground of the personal search"),
    ("/search/authorised_by", "another-officer"): (
        "search-authorised",
        "Choose the other officer who authorised the personal search",
    ),
    ("/search/authorised_by", "unknown"): ("search-authorised", "Choose an officer of the list"),
}
_MONEY: Mapping[str, str] = {
    "amount": "Enter the amount",
    "currency": "Enter amount and currency together",
    "external_ref": "Enter the reference of the case",
}
_FIELDS: Mapping[str, str] = {"amount": "amount", "currency": "currency", "external_ref": "ref"}


def in_words(problems: Sequence[FieldProblem]) -> list[Problem]:
    """The feature's problems as words at fields of the form."""
    return list(_in_words(problems))


def _in_words(problems: Sequence[FieldProblem]) -> Iterator[Problem]:
    for problem in problems:
        if found := _SAID.get((problem.pointer, problem.code)):
            yield Problem(*found)
            continue
        parts = problem.pointer.split("/")
        if parts[1] == "dispositions" and len(parts) == 4:
            yield Problem(f"done-{parts[2]}-{_FIELDS[parts[3]]}", _MONEY[parts[3]])
        else:
            yield Problem("step-documents", "Tick only steps of the list")
