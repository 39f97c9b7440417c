"""The pages read: what is wrong with them, and the declaration that they make. Pure.

Every page is read by the models of the API; what they complain of becomes a problem at a field of the page.
What only a page can know is checked here besides: names that a passport can print, states that exist.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from app.declarations import form
from app.declarations.schemas import (
    CompanionIn,
    ContactIn,
    GoodsIn,
    JourneyIn,
    Strict,
    TravellerIn,
    parse,
)
from app.formats import codes
from app.formats.credential import Goods
from app.formats.questionnaire import FilledForm, Questionnaire, validate
from app.kernel.errors import InvalidError
from app.web.traveller import typed
from app.web.traveller.draft import Draft, Typed
from app.web.traveller.rules import rules
from app.web.traveller.steps import (
    BAGS,
    DATE,
    GOODS_LINE,
    NIGHTS,
    Page,
    Step,
    all_pages,
    answer_to,
    fields_of,
    pages,
    rows_of,
    steps_of,
    yes_to,
)

Piece = dict[str, Any]

OLDEST = 130
"""Years: a date of birth before that is a slip."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the pages are about: the questionnaire, the airport, and the date there."""

    questionnaire: Questionnaire
    site: str
    today: date


@dataclass(frozen=True, slots=True)
class Problem:
    """``field`` is the id of a field of the page, ``key`` the words; ``about`` a question's id."""

    field: str
    key: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A page that was read: its part of the declaration, and what is wrong with it."""

    piece: Piece
    problems: tuple[Problem, ...] = ()


def first_open(draft: Draft, setting: Setting) -> Page | None:
    """The first page that has not been filled in rightly; None when the summary can be shown."""
    for page in pages(draft, setting.questionnaire):
        if page.step is Step.CHECK:
            return None
        if page.step not in draft.typed or read_page(page, draft, setting):
            return page
    return None


def next_page(page: Page, draft: Draft, setting: Setting) -> Page:
    """Where to go after a page that is right: on, or back to the summary once it has been seen."""
    if draft.checked:
        return first_open(draft, setting) or Page(Step.CHECK)
    order = all_pages(setting.questionnaire)
    seen = pages(draft, setting.questionnaire)
    return next(one for one in order[order.index(page) + 1 :] if one in seen)


def read_page(page: Page, draft: Draft, setting: Setting) -> tuple[Problem, ...]:
    """What is wrong with a page, as far as it was typed."""
    problems = read(page.step, draft, setting).problems
    if page.question is None:
        return problems
    return tuple(one for one in problems if one.about == page.question.id)


def read(step: Step, draft: Draft, setting: Setting) -> Read:
    """A page as far as it was typed."""
    fields = {name: typed.tidy(value) for name, value in draft.of(step).items()}
    found = _READERS[step](fields, draft, setting)
    places = [name.removesuffix("-day") for name in fields_of(step, setting.questionnaire)]
    return replace(
        found, problems=tuple(sorted(found.problems, key=lambda one: _place(one, places)))
    )


def _place(problem: Problem, places: Sequence[str]) -> int:
    """Where a problem's field stands on the page."""
    return places.index(problem.field) if problem.field in places else len(places)


def submission(draft: Draft, setting: Setting, language: str) -> bytes:
    """The declaration as JSON in the API's shape, certified; every page must be right."""
    steps = steps_of(draft, setting.questionnaire)
    part = {step: read(step, draft, setting).piece for step in steps}
    sent = {
        "questionnaire": setting.questionnaire.key,
        "language": language,
        "traveller": part[Step.PASSPORT],
        **part[Step.JOURNEY],
        **part[Step.STAY],
        "companions": part[Step.COMPANIONS]["companions"],
        "answers": part[Step.QUESTIONS]["answers"],
        "goods": part[Step.GOODS]["goods"] if Step.GOODS in part else [],
        "certified": True,
    }
    return json.dumps(sent, ensure_ascii=False, sort_keys=True).encode()


def _passport(fields: Typed, _: Draft, setting: Setting) -> Read:
    piece = {
        **_person(fields, ""),
        "document": {
            "number": fields.get("document_number", "").upper(),
            "issuer": _state(fields, "issuer"),
        },
        "nationality": _state(fields, "nationality"),
    }
    piece.pop("document_number")
    found = _problems(TravellerIn, piece, _at(""))
    return Read(piece, _once([*found, *_person_problems(piece, "", setting.today)]))


def _journey(fields: Typed, _: Draft, setting: Setting) -> Read:
    journey = {
        "flight": fields.get("flight", "").upper().replace("-", " "),
        "from": fields.get("from", "").upper(),
        "to": fields.get("to", "").upper(),
        "arrival_date": fields.get("arrival_date", ""),
        "purpose": fields.get("purpose", ""),
    }
    bags, wrong = _count(fields, BAGS)
    found = [*_problems(JourneyIn, journey, _at("")), *_journey_problems(journey, setting), *wrong]
    return Read({"journey": journey} | bags, _once(found))


def _stay(fields: Typed, _: Draft, __: Setting) -> Read:
    contact = {"address": fields.get("address", ""), "phone": fields.get("phone", "")}
    nights, wrong = _count(fields, NIGHTS)
    found = [*_problems(ContactIn, contact, _at("")), *wrong]
    return Read({"contact": contact} | nights, _once(found))


def _count(fields: Typed, name: str) -> tuple[Piece, list[Problem]]:
    """A number that may be left out; what is not said is unknown, and none."""
    said = fields.get(name, "")
    if not said:
        return {}, []
    if not re.fullmatch(rules()[name].pattern, said):
        return {}, [Problem(name, "error_count")]
    return {name: int(said)}, []


def _companions(fields: Typed, _: Draft, setting: Setting) -> Read:
    people, found = [], []
    for index, row in enumerate(rows_of("companion", fields)):
        start = f"companion-{row}-"
        piece = _person(fields, start)
        piece["document_number"] = piece["document_number"] or None
        found += _problems(CompanionIn, piece, _at(f"companion-{index}-"))
        found += _person_problems(piece, f"companion-{index}-", setting.today)
        people.append(piece)
    return Read({"companions": people}, _once(found))


def _questions(fields: Typed, _: Draft, setting: Setting) -> Read:
    answers = {
        question.id: fields.get(answer_to(question)) == "yes"
        for question in setting.questionnaire.questions
    }
    found = [
        Problem(f"answer-{name}", "error_answer", name)
        for name in answers
        if fields.get(f"answer-{name}") not in ("yes", "no")
    ]
    return Read({"answers": answers}, tuple(found))


def _goods(fields: Typed, draft: Draft, setting: Setting) -> Read:
    lines = [(row, _goods_line(fields, row)) for row in rows_of("goods", fields)]
    filled = [(row, line) for row, line in lines if _is_filled(line)]
    found = [
        problem
        for row, line in filled
        for problem in _problems(GoodsIn, line, _at(f"goods-{row}-"))
    ]
    found += _list_problems(draft, setting, filled)
    at_lines = [problem for problem in found if problem.key not in _DEMANDED]
    return Read({"goods": [line for _, line in filled]}, _once(at_lines or found))


_READERS: Mapping[Step, Callable[[Typed, Draft, Setting], Read]] = {
    Step.PASSPORT: _passport,
    Step.JOURNEY: _journey,
    Step.STAY: _stay,
    Step.COMPANIONS: _companions,
    Step.QUESTIONS: _questions,
    Step.GOODS: _goods,
    Step.CHECK: lambda *_: Read({}),
}


def _person(fields: Typed, start: str) -> Piece:
    birth = [fields.get(f"{start}{name}", "") for name in reversed(DATE)]
    return {
        "surname": fields.get(f"{start}surname", ""),
        "given_names": fields.get(f"{start}given_names", ""),
        "document_number": fields.get(f"{start}document_number", "").upper(),
        "birth_date": typed.passport_date(*birth) or "",
    }


def _person_problems(piece: Piece, start: str, today: date) -> Iterator[Problem]:
    for name in ("surname", "given_names"):
        if not typed.is_latin_name(piece[name]):
            yield Problem(f"{start}{name}", f"error_{name}")
    year = piece["birth_date"][:4]
    if not year:
        return
    if piece["birth_date"] > today.isoformat():
        yield Problem(f"{start}birth_date", "error_birth_date_future")
    elif int(year) < today.year - OLDEST:
        yield Problem(f"{start}birth_date", "error_birth_date")


def _journey_problems(journey: Piece, setting: Setting) -> Iterator[Problem]:
    if codes.FlightNumber.parse(journey["flight"]) is None:
        yield Problem("flight", "error_flight")
    if journey["purpose"] not in {one.id for one in setting.questionnaire.purposes}:
        yield Problem("purpose", "error_purpose")
    if journey["arrival_date"] not in {day.isoformat() for day in arrival_days(setting.today)}:
        yield Problem("arrival_date", "error_arrival_date")


def arrival_days(today: date) -> list[date]:
    """The days that can be chosen."""
    count = (form.LATEST - form.EARLIEST).days + 1
    return [date.fromordinal(today.toordinal() + form.EARLIEST.days + n) for n in range(count)]


def _goods_line(fields: Typed, row: int) -> Piece:
    line = {name: fields.get(f"goods-{row}-{name}", "") for name in GOODS_LINE}
    return {
        "category": line["category"],
        "description": line["description"] or None,
        "quantity": typed.whole(line["quantity"]) if line["quantity"] else "",
        "value": typed.amount(line["value"], line["currency"]) if line["value"] else "",
        "currency": line["currency"],
    }


def _is_filled(line: Piece) -> bool:
    """A line in which only the currency stands was not filled in."""
    return any(line[name] not in ("", None) for name in ("category", "description")) or any(
        line[name] != "" for name in ("quantity", "value")
    )


def _list_problems(
    draft: Draft, setting: Setting, filled: Sequence[tuple[int, Piece]]
) -> Iterator[Problem]:
    """What the questionnaire itself says of the list: demands of a yes, descriptions, limits."""
    questionnaire = setting.questionnaire
    numbers = {one.id: one.number for one in questionnaire.categories}
    goods = [
        Goods(
            numbers.get(line["category"], -1), line["description"],
            _int(line["quantity"], 1), _int(line["value"], 0), line["currency"],
        )
        for _, line in filled
    ]  # fmt: skip
    said_yes = yes_to(draft, questionnaire)
    answers = {question.id: question in said_yes for question in questionnaire.questions}
    form_ = FilledForm(answers, questionnaire.purposes[0].number, goods)
    for problem in validate(questionnaire, form_):
        _, root, *place = problem.pointer.split("/")
        if root == "goods" and place:
            yield Problem(f"goods-{filled[int(place[0])][0]}-{place[1]}", f"error_{place[1]}")
        elif root == "goods":
            yield Problem(_missing_line(filled, problem.code), f"error_{problem.code}")


_DEMANDED = ("error_goods_required", "error_packages_required")


def _missing_line(filled: Sequence[tuple[int, Piece]], code: str) -> str:
    """Where to go for goods that are missing: the first line; for packages the button for one more."""
    return "add-goods" if filled and code == "packages_required" else "goods-0-category"


def _int(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _state(fields: Typed, name: str) -> str:
    return typed.state(fields.get(name, ""))


# --- complaints of the API's models as problems of fields -------------------------------------------

_Model = TypeVar("_Model", bound=Strict)
_PLACES = {"document/number": "document_number", "document/issuer": "issuer"}


def _at(start: str) -> Callable[[str], str]:
    return lambda place: start + _PLACES.get(place, place)


def _problems(model: type[_Model], piece: Piece, field_of: Callable[[str], str]) -> list[Problem]:
    try:
        parse(model, json.dumps(piece).encode())
    except InvalidError as error:
        places = [problem.pointer.removeprefix("/") for problem in error.fields]
        return [Problem(field_of(at), f"error_{_PLACES.get(at, at)}") for at in places]
    return []


def _once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The first complaint about each field."""
    found: dict[str, Problem] = {}
    for problem in problems:
        found.setdefault(problem.field, problem)
    return tuple(found.values())
