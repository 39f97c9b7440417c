"""The outcome form: from what an officer typed to an :class:`Outcome`, and back to words. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from app.kernel.errors import FieldProblem
from app.referrals.inspected import Revision
from app.referrals.kinds import Authority, DispositionKind, FindingKind, Method, SearchGround
from app.referrals.outcome import Disposal, FoundThing, Outcome
from app.web.forms import Fields
from app.web.money import plain, to_minor
from app.web.translation import N_, gettext

ROWS = 3
"""Findings and dispositions that the plain form has room for; further ones are added by a new row."""
MOST_ROWS = 42
"""Of the goods counter: one for each declared line (20 at most), and as many for something else."""
MOST_SAID = 1000
"""Characters of a reason, a ground or a description."""

_MOST = Decimal(10) ** 12
_OF_THE_PAGE = ("answer", "face", "file", "key", "version")
"""Fields that come with the outcome without being typed."""


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
    disposals = _disposals(form, ROWS, problems)
    minutes = _minutes(form.text("minutes"), problems)
    authoriser = _officer(form.text("search-authorised"), problems)
    remark = within(form, "remark", 4000, problems)
    ground = within(form, "search-ground", MOST_SAID, problems)
    if problems:
        raise TypedWrongError(problems)
    return Outcome(
        steps=tuple(form.all("step")[:20]),
        findings=tuple(filter(None, findings)),
        dispositions=disposals,
        remark=remark,
        search_ground_kind=_choice(SearchGround, form.text("search-kind")),
        search_ground=ground or None,
        search_authorised_by=authoriser,
        minutes=minutes,
    )


def typed_again(form: Fields) -> dict[str, Any]:
    """What was typed, for a page with the form of the outcome."""
    return {"typed": form, "steps_typed": form.all("step")}


def begun(form: Fields, *sent: str) -> dict[str, Any]:
    """What a form beside the outcome brought along, to be shown again: all but the fields that were ``sent`` for
    good, and those of the page. Empty where nothing was typed.
    """
    rest = form.without(*sent, *_OF_THE_PAGE)
    return typed_again(rest) if any(rest.values()) else {}


def read_disposals(form: Fields, rows: int) -> tuple[Disposal, ...]:
    """What becomes of goods, as typed in so many rows, with the declared line that a row is of.

    Raises :class:`TypedWrongError`.
    """
    problems: list[Problem] = []
    disposals = _disposals(form, rows, problems)
    if problems:
        raise TypedWrongError(problems)
    return tuple(
        replace(one, line=whole(form.text(f"done-{row}-line")))
        for one, row in zip(disposals, filled_rows(form), strict=True)
    )


def typed_of(one: Revision) -> dict[str, str]:
    """An outcome as it would be typed, to be amended. What has no row of its own is refused, not lost."""
    typed = {"remark": one.remark, "search-ground": one.search_ground or ""}
    typed["search-kind"] = one.search_ground_kind or ""
    typed["search-authorised"] = str(one.search_authorised_by or "")
    typed["minutes"] = str(one.minutes) if one.minutes_stated else ""
    for row, found in enumerate(one.findings):
        typed |= {
            f"found-{row}-kind": found.kind, f"found-{row}-description": found.description,
            f"found-{row}-quantity": "" if found.quantity is None else f"{found.quantity:f}",
            f"found-{row}-unit": found.unit,
        }  # fmt: skip
    for row, done in enumerate(one.dispositions):
        typed |= {
            f"done-{row}-kind": done.kind, f"done-{row}-currency": done.currency,
            f"done-{row}-amount": "" if done.amount is None else plain(done.amount, done.currency),
            f"done-{row}-ref": done.external_ref, f"done-{row}-method": done.method or "",
            f"done-{row}-authority": done.authority or "", f"done-{row}-to": done.received_by,
            f"done-{row}-goods": done.goods,
        }  # fmt: skip
    return {name: value for name, value in typed.items() if value}


def _disposals(form: Fields, rows: int, problems: list[Problem]) -> tuple[Disposal, ...]:
    found = (_disposal(form, row, problems) for row in range(rows))
    return tuple(one for one in found if one is not None)


def within(form: Fields, name: str, most: int, problems: list[Problem]) -> str:
    """What was typed; longer than is kept is a problem, so that nothing is cut off unsaid."""
    text = form.text(name)
    if len(text) > most:
        problems.append(
            Problem(name, gettext("Shorten this to %(most)s characters", most=f"{most:,}"))
        )
    return text


def _minutes(text: str, problems: list[Problem]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        problems.append(Problem("minutes", gettext("Enter the minutes as a whole number, like 25")))
        return None
    return int(text)


def _finding(form: Fields, row: int, problems: list[Problem]) -> FoundThing | None:
    name = f"found-{row}"
    kind = form.text(f"{name}-kind")
    if not kind:
        return None
    if kind not in set(FindingKind):
        problems.append(Problem(f"{name}-kind", gettext("Choose what was found")))
        return None
    quantity = _number(form.text(f"{name}-quantity"))
    if quantity is _WRONG:
        problems.append(
            Problem(f"{name}-quantity", gettext("Enter the quantity as a number, like 3 or 0.5"))
        )
        quantity = None
    return FoundThing(
        FindingKind(kind), within(form, f"{name}-description", MOST_SAID, problems), quantity,
        within(form, f"{name}-unit", 20, problems),
    )  # fmt: skip


def _disposal(form: Fields, row: int, problems: list[Problem]) -> Disposal | None:
    name = f"done-{row}"
    kind = form.text(f"{name}-kind")
    if not kind:
        return None
    if kind not in set(DispositionKind):
        problems.append(Problem(f"{name}-kind", gettext("Choose what became of it")))
        return None
    currency = form.text(f"{name}-currency").upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        problems.append(
            Problem(f"{name}-currency", gettext("Enter the currency as three letters, like JPY"))
        )
    amount = _amount(form.text(f"{name}-amount"), currency, f"{name}-amount", problems)
    return Disposal(
        DispositionKind(kind), amount, currency if amount is not None else "",
        within(form, f"{name}-ref", 100, problems),
        method=_choice(Method, form.text(f"{name}-method")),
        authority=_choice(Authority, form.text(f"{name}-authority")),
        received_by=within(form, f"{name}-to", 100, problems),
        goods=within(form, f"{name}-goods", 300, problems),
    )  # fmt: skip


def whole(text: str) -> int | None:
    """A small number that the page itself has written; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


E = TypeVar("E", bound=StrEnum)


def _choice(kind: type[E], text: str) -> E | None:
    """A choice of a list; what is none of it counts as not chosen."""
    return kind(text) if text in set(kind) else None


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
        said = gettext("Enter the amount as a number, like 1200 or 12.50")
        if number is not _WRONG and to_minor(Decimal(1), currency) == 1:
            said = gettext(
                "Enter the amount as a whole number, like 1200: %(currency)s has no smaller unit",
                currency=currency,
            )
        problems.append(Problem(field, said))
    return minor


def _officer(text: str, problems: list[Problem]) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        problems.append(Problem("search-authorised", gettext("Choose an officer of the list")))
        return None


_SAID: Mapping[tuple[str, str], tuple[str, str]] = {
    ("/steps", "missing"): ("step-documents", N_("Tick each step that you took")),
    ("/steps", "protocol-incomplete"): (
        "step-documents",
        N_("A full examination needs documents, questions and opened baggage"),
    ),
    ("/steps", "search-not-ticked"): (
        "step-personal-search",
        N_("Tick “Personal search”, or leave its ground and officer empty"),
    ),
    ("/findings", "missing"): ("found-0-kind", N_("Say what was found, or that nothing was")),
    ("/findings", "contradiction"): (
        "found-0-kind",
        N_("“Nothing found” cannot stand beside another finding"),
    ),
    ("/findings", "seized"): (
        "found-0-kind",
        N_("Something was seized: say what was found instead of “Nothing found”"),
    ),
    ("/dispositions", "missing"): ("done-0-kind", N_("Say what became of it")),
    ("/search/ground", "too-short"): (
        "search-ground",
        N_("State the ground of the personal search in a few words"),
    ),
    ("/search/ground_kind", "missing"): (
        "search-kind",
        N_("Choose the ground of the personal search"),
    ),
    ("/search/authorised_by", "no-supervisor"): (
        "search-authorised",
        N_("Choose the supervisor who authorised the personal search"),
    ),
    ("/search/ground", "missing"): ("search-ground", N_("State the ground of the personal search")),
    ("/search/authorised_by", "another-officer"): (
        "search-authorised",
        N_("Choose the other officer who authorised the personal search"),
    ),
    ("/minutes", "out-of-range"): ("minutes", N_("Enter the minutes that it took, a day at most")),
    ("/reason", "missing"): ("reason", N_("Say why the outcome is amended")),
    ("/search/authorised_by", "unknown"): (
        "search-authorised",
        N_("Choose an officer of the list"),
    ),
}
_DONE: Mapping[tuple[str, str], str] = {
    ("kind", "nothing-found"): N_("Where nothing was found, nothing is seized"),
    ("amount", "missing"): N_("Enter the amount that the State's own system says"),
    ("amount", "exempt-is-nothing"): N_("What is exempt costs nothing: enter 0, or another method"),
    ("amount", "nothing-is-exempt"): N_(
        "Where nothing is paid, choose exempt as the method; else enter the amount"
    ),
    ("currency", "unknown"): N_("Enter the currency as three letters, like JPY"),
    ("currency", "with-amount-only"): N_("Enter amount and currency together"),
    ("method", "missing"): N_("Choose how it is paid or secured"),
    ("method", "with-amount-only"): N_("Enter what was paid, or leave the method empty"),
    ("external_ref", "missing"): N_("Enter the number of receipt, entry, seizure or case"),
    ("authority", "missing"): N_("Choose to whom it is handed over"),
    ("authority", "with-hand-over-only"): N_("Only what is handed over has another authority"),
    ("received_by", "missing"): N_("Enter who took it over"),
    ("line", "unknown"): N_("This line is not in the declaration"),
}
_FIELDS: Mapping[str, str] = {"external_ref": "ref", "received_by": "to", "line": "kind"}


def in_words(problems: Sequence[FieldProblem], form: Fields | None = None) -> list[Problem]:
    """The feature's problems as words at fields of the form; ``form``: to find the rows that were filled."""
    return list(_in_words(problems, filled_rows(form) if form is not None else None))


def filled_rows(form: Fields) -> list[int]:
    """The rows of the form in which something becomes of goods: an outcome has no empty ones."""
    return [row for row in range(MOST_ROWS) if form.text(f"done-{row}-kind")]


def _in_words(problems: Sequence[FieldProblem], rows: list[int] | None) -> Iterator[Problem]:
    for problem in problems:
        if found := _SAID.get((problem.pointer, problem.code)):
            field, said = found
            yield Problem(field, gettext(said))
            continue
        parts = problem.pointer.split("/")
        if parts[1] == "dispositions" and len(parts) == 4:
            field, index = _FIELDS.get(parts[3], parts[3]), int(parts[2])
            row = rows[index] if rows else index
            yield Problem(f"done-{row}-{field}", gettext(_DONE[parts[3], problem.code]))
        else:
            yield Problem("step-documents", gettext("Tick only steps of the list"))
