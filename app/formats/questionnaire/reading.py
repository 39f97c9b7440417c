"""A questionnaire's file, as parsed JSON, to a value: checked by its schema, then for what a schema cannot say."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.formats.json_schema import faults, pointer
from app.formats.questionnaire.schema import SCHEMA
from app.formats.questionnaire.values import (
    Allowance,
    Category,
    Choice,
    Demand,
    Duty,
    Lane,
    Open,
    Question,
    Questionnaire,
    QuestionnaireError,
    Rate,
    Reduced,
)

_TEXTS = frozenset({"title", "certify", "text", "details", "on_yes"})
_Json = Mapping[str, Any]


def load(data: Any) -> Questionnaire:
    """Read a questionnaire (app/declarations/questionnaires holds them).

    Raises QuestionnaireError, whose `pointer` names the place: what the schema refuses, a text without one
    of the languages, question numbers that do not count from 0, numbers or ids doubled, references to
    categories that there are not, duty in another currency than the allowances.
    """
    for problem in (*faults(data, SCHEMA),):
        raise QuestionnaireError(*problem)
    for problem in _beyond_schema(data):
        raise QuestionnaireError(*problem)
    return Questionnaire(
        id=data["id"],
        key=data["key"],
        version=data["version"],
        country=data["country"],
        valid_from=date.fromisoformat(data["valid_from"]),
        source=data["source"],
        languages=tuple(data["languages"]),
        title=data["title"],
        certify=data["certify"],
        questions=tuple(_question(one) for one in data["questions"]),
        purposes=tuple(Choice(one["number"], one["id"], one["text"]) for one in data["purposes"]),
        categories=tuple(_category(one) for one in data["categories"]),
        allowances=tuple(_allowance(one) for one in data["allowances"]),
        duty=_duty(data["duty"]) if "duty" in data else None,
    )


def _question(one: _Json) -> Question:
    return Question(
        number=one["number"],
        id=one["id"],
        form_item=one["form_item"],
        text=one["text"],
        details=one.get("details"),
        on_yes=one.get("on_yes"),
        lane=Lane(one["lane"]),
        demands=tuple(Demand(demand) for demand in one["demands"]),
    )


def _category(one: _Json) -> Category:
    return Category(
        number=one["number"],
        id=one["id"],
        text=one["text"],
        unit=one["unit"],
        answers=Demand(one["answers"]) if "answers" in one else None,
        described=one.get("described", False),
        dutiable=one.get("dutiable", True),
    )


def _allowance(one: _Json) -> Allowance:
    reduced = one.get("reduced")
    return Allowance(
        id=one["id"],
        text=one["text"],
        limits={limit["category"]: limit["quantity"] for limit in one.get("limits", ())},
        value=one.get("value"),
        currency=one.get("currency"),
        categories=frozenset(one.get("categories", ())),
        ignored_up_to=one.get("ignored_up_to", 0),
        reduced=Reduced(reduced["below"], reduced["value"]) if reduced else None,
        minimum_age=one.get("minimum_age", 0),
        own_use_below=one.get("own_use_below", 0),
        pooled=one.get("pooled", True),
        source=one["source"],
        as_of=one["as_of"],
    )


def _duty(one: _Json) -> Duty:
    return Duty(
        currency=one["currency"],
        taxable_per_mille=one["taxable_per_mille"],
        rates={rate["category"]: _rate(rate) for rate in one["rates"]},
        text=one["text"],
        open={Open(reason): texts for reason, texts in one["open"].items()},
        source=one["source"],
        as_of=one["as_of"],
    )


def _rate(one: _Json) -> Rate:
    return Rate(
        category=one["category"],
        least=one.get("least", 0),
        most=one.get("most", 0),
        per_mille=one.get("per_mille"),
        most_item=one.get("most_item"),
    )


# --- what a schema cannot say -----------------------------------------------------------------------

_Fault = tuple[str, str]


def _beyond_schema(data: _Json) -> Iterator[_Fault]:
    yield from _missing_texts(data, data["languages"], "")
    if [one["number"] for one in data["questions"]] != list(range(len(data["questions"]))):
        yield "/questions", "numbers do not count from 0"
    for name in ("questions", "purposes", "categories"):
        yield from _doubled(f"/{name}", data[name], "id", "number")
    yield from _doubled("/allowances", data["allowances"], "id")
    known = {one["number"] for one in data["categories"]}
    for index, one in enumerate(data["allowances"]):
        yield from _allowance_faults(one, known, f"/allowances/{index}")
    yield from _twice_allowed(data["allowances"])
    if "duty" in data:
        yield from _duty_faults(data, known)


def _missing_texts(value: Any, languages: Sequence[str], at: str) -> Iterator[_Fault]:
    """Texts without one of the languages, wherever they stand; the members of `open` are texts too."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _missing_texts(one, languages, pointer(at, index))
    elif isinstance(value, dict):
        for key, one in value.items():
            here = pointer(at, key)
            if key in _TEXTS or at == "/duty/open":
                yield from (
                    (pointer(here, name), "no text") for name in languages if name not in one
                )
            else:
                yield from _missing_texts(one, languages, here)


def _doubled(at: str, entries: Sequence[_Json], *keys: str) -> Iterator[_Fault]:
    for key in keys:
        if len({one[key] for one in entries}) < len(entries):
            yield at, f"{key} doubled"


def _allowance_faults(one: _Json, known: set[int], at: str) -> Iterator[_Fault]:
    if not {limit["category"] for limit in one.get("limits", ())} <= known:
        yield f"{at}/limits", "no such category"
    if not set(one.get("categories", ())) <= known:
        yield f"{at}/categories", "no such category"


def _twice_allowed(allowances: Sequence[_Json]) -> Iterator[_Fault]:
    """A kind of goods has one allowance, or nobody could say what of it is free."""
    covered: set[int] = set()
    for index, one in enumerate(allowances):
        mine = {limit["category"] for limit in one.get("limits", ())} | set(
            one.get("categories", ())
        )
        if covered & mine or len(mine) < len(one.get("limits", ())):
            yield f"/allowances/{index}", "a category has an allowance already"
        covered |= mine


def _duty_faults(data: _Json, known: set[int]) -> Iterator[_Fault]:
    duty = data["duty"]
    yield from _doubled("/duty/rates", duty["rates"], "category")
    for index, one in enumerate(duty["rates"]):
        if one["category"] not in known:
            yield f"/duty/rates/{index}/category", "no such category"
        if one.get("least", 0) > one.get("most", 0):
            yield f"/duty/rates/{index}/least", "greater than most"
    for index, one in enumerate(data["allowances"]):
        if one.get("currency", duty["currency"]) != duty["currency"]:
            yield f"/allowances/{index}/currency", "not the currency of the duty"
