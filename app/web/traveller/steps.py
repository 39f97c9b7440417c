"""The pages of the form: which fields each has, in which order they come, and how lists of lines grow. Pure.

A page asks for one thing: every question of the questionnaire has a page of its own, named
``question-<id>``; all their answers are kept together as the step ``questions``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.formats.credential.claims import MAX_COMPANIONS, MAX_GOODS
from app.formats.questionnaire import Question, Questionnaire
from app.kernel.errors import FieldProblem
from app.web import money
from app.web.traveller.draft import LONGEST, Draft, Typed


class Step(StrEnum):
    """The steps in their order; all but the questions are one page."""

    PASSPORT = "passport"
    JOURNEY = "journey"
    STAY = "stay"
    COMPANIONS = "companions"
    QUESTIONS = "questions"
    GOODS = "goods"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Page:
    """One page; ``question`` is there where it asks a question of the questionnaire."""

    step: Step
    question: Question | None = None

    def __str__(self) -> str:
        """Its name, the last part of its address."""
        return f"question-{self.question.id}" if self.question else str(self.step)


PERSON = ("surname", "given_names", "document_number")
DATE = ("birth_date-day", "birth_date-month", "birth_date-year")
BAGS, NIGHTS = "bags", "stay_nights"
GOODS_LINE = ("category", "description", "quantity", "value", "currency")


_FIELDS: Mapping[Step, tuple[str, ...]] = {
    Step.PASSPORT: (*PERSON, "nationality", "issuer", *DATE),
    Step.JOURNEY: ("flight", "from", "to", "arrival_date", "purpose", BAGS),
    Step.STAY: ("address", "phone", NIGHTS),
}


def fields_of(step: Step, questionnaire: Questionnaire) -> tuple[str, ...]:
    """The names of all fields that a step may have."""
    match step:
        case Step.COMPANIONS:
            return tuple(_rows("companion", (*PERSON, *DATE), MAX_COMPANIONS))
        case Step.QUESTIONS:
            return tuple(answer_to(question) for question in questionnaire.questions)
        case Step.GOODS:
            return tuple(_rows("goods", GOODS_LINE, MAX_GOODS))
        case _:
            return _FIELDS.get(step, ())


def _rows(prefix: str, names: Iterable[str], most: int) -> Iterator[str]:
    for row in range(most):
        for name in names:
            yield f"{prefix}-{row}-{name}"


def take(page: Page, sent: Mapping[str, str], questionnaire: Questionnaire) -> dict[str, str]:
    """What was sent of a page's own fields, nothing else; overlong values are cut."""
    own = (answer_to(page.question),) if page.question else fields_of(page.step, questionnaire)
    return {name: sent[name][:LONGEST] for name in own if name in sent}


def answer_to(question: Question) -> str:
    """The field that answers a question."""
    return f"answer-{question.id}"


def rows_of(prefix: str, fields: Typed) -> list[int]:
    """The numbers of the lines of a list that were typed."""
    found = {int(m[1]) for name in fields if (m := re.match(rf"{prefix}-(\d+)-", name))}
    return sorted(found)


def yes_to(draft: Draft, questionnaire: Questionnaire) -> list[Question]:
    """The questions answered yes."""
    answers = draft.of(Step.QUESTIONS)
    return [one for one in questionnaire.questions if answers.get(answer_to(one)) == "yes"]


def all_pages(questionnaire: Questionnaire) -> list[Page]:
    """Every page that there is, in order."""
    found: list[Page] = []
    for step in Step:
        if step is Step.QUESTIONS:
            found += [Page(step, question) for question in questionnaire.questions]
        else:
            found.append(Page(step))
    return found


def pages(draft: Draft, questionnaire: Questionnaire) -> list[Page]:
    """The pages that this traveller sees: goods are asked for only when a yes demands them."""
    wanted = any(question.demands for question in yes_to(draft, questionnaire))
    return [page for page in all_pages(questionnaire) if page.step is not Step.GOODS or wanted]


def steps_of(draft: Draft, questionnaire: Questionnaire) -> list[Step]:
    """The steps of those pages, each once."""
    return list(dict.fromkeys(page.step for page in pages(draft, questionnaire)))


def page_named(name: str, questionnaire: Questionnaire) -> Page | None:
    """The page of an address."""
    return next((page for page in all_pages(questionnaire) if str(page) == name), None)


def page_before(page: Page, draft: Draft, questionnaire: Questionnaire) -> Page | None:
    """The page before; None before the first."""
    order = all_pages(questionnaire)
    earlier = [one for one in order[: order.index(page)] if one in pages(draft, questionnaire)]
    return earlier[-1] if earlier else None


def with_row(prefix: str, fields: Typed, most: int, **initial: str) -> dict[str, str]:
    """The fields with one more line, as far as the list allows."""
    rows = renumbered(prefix, fields)
    count = len(rows_of(prefix, rows))
    if count >= most:
        return rows
    name = GOODS_LINE[0] if prefix == "goods" else PERSON[0]
    return rows | {f"{prefix}-{count}-{name}": ""} | {
        f"{prefix}-{count}-{key}": value for key, value in initial.items()
    }  # fmt: skip


def without_row(prefix: str, fields: Typed, row: str) -> dict[str, str]:
    """The fields without one line, by its number as the page named it; all of them where it is none."""
    kept = {name: v for name, v in fields.items() if not name.startswith(f"{prefix}-{row}-")}
    return renumbered(prefix, kept)


def renumbered(prefix: str, fields: Typed) -> dict[str, str]:
    """The lines of a list numbered from 0 without gaps."""
    found: dict[str, str] = {}
    for new, old in enumerate(rows_of(prefix, fields)):
        start = f"{prefix}-{old}-"
        found |= {
            f"{prefix}-{new}-{name.removeprefix(start)}": value
            for name, value in fields.items()
            if name.startswith(start)
        }
    return found


def typed_from(declared: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What would have to be typed to declare what was declared: the pages of a change."""
    who, journey, contact = declared["traveller"], declared["journey"], declared["contact"] or {}
    passport = {
        "surname": who["surname"], "given_names": who["given_names"],
        "document_number": who["document"]["number"], "issuer": who["document"]["issuer"],
        "nationality": who["nationality"], **_date_fields(who["birth_date"], ""),
    }  # fmt: skip
    companions: dict[str, str] = {}
    for row, one in enumerate(declared["companions"]):
        start = f"companion-{row}-"
        companions |= {f"{start}{name}": one[name] or "" for name in PERSON}
        companions |= _date_fields(one["birth_date"], start)
    goods: dict[str, str] = {}
    for row, line in enumerate(declared["goods"]):
        goods |= _goods_fields(line, f"goods-{row}-")
    answers = {f"answer-{q}": "yes" if yes else "no" for q, yes in declared["answers"].items()}
    return {
        Step.PASSPORT: passport,
        Step.JOURNEY: dict(journey) | _said_besides(declared, BAGS),
        Step.STAY: {name: contact.get(name, "") for name in ("address", "phone")}
        | _said_besides(declared, NIGHTS),
        Step.COMPANIONS: companions,
        Step.QUESTIONS: answers,
        Step.GOODS: goods,
    }


def _said_besides(declared: Mapping[str, Any], name: str) -> dict[str, str]:
    said = declared.get(name)
    return {} if said is None else {name: str(said)}


def _date_fields(printed: str, start: str) -> dict[str, str]:
    return dict(zip((f"{start}{name}" for name in reversed(DATE)), printed.split("-"), strict=True))


def _goods_fields(line: Mapping[str, Any], start: str) -> dict[str, str]:
    return {
        f"{start}category": line["category"],
        f"{start}description": line["description"] or "",
        f"{start}quantity": str(line["quantity"]),
        f"{start}value": money.plain(line["value"], line["currency"]),
        f"{start}currency": line["currency"],
    }


def places_of(problems: Iterable[FieldProblem]) -> Step:
    """The page to go back to when the whole declaration was refused."""
    pages_by_root = {
        "traveller": Step.PASSPORT, "journey": Step.JOURNEY, "contact": Step.STAY,
        "companions": Step.COMPANIONS, "answers": Step.QUESTIONS, "goods": Step.GOODS,
        BAGS: Step.JOURNEY, NIGHTS: Step.STAY,
    }  # fmt: skip
    roots = [problem.pointer.split("/")[1] for problem in problems if "/" in problem.pointer]
    found = [pages_by_root[root] for root in roots if root in pages_by_root]
    return min(found, key=list(Step).index) if found else Step.CHECK
