"""What the pages show of answers: the rows to check, choices, dates and times in the reader's language. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.formats import codes, mrz
from app.formats.questionnaire import Questionnaire, text
from app.web.traveller import states
from app.web.traveller.reading import Piece, Problem, Read
from app.web.traveller.steps import BAGS, NIGHTS, Page, Step
from app.web.traveller.words import Words

CURRENCIES = (
    "JPY", "USD", "EUR", "GBP", "CNY", "KRW", "TWD", "HKD", "THB", "SGD", "AUD", "CAD", "NZD", "CHF",
    "AED", "SAR", "KWD", "QAR", "BRL", "INR", "IDR", "MYR", "PHP", "VND", "MXN", "SEK", "NOK", "DKK",
    "PLN", "TRY",
)  # fmt: skip
"""What can be chosen; goods in other money are stated in one of these."""


@dataclass(frozen=True, slots=True)
class Row:
    """One answer; ``latin`` for what reads left to right in every language.

    ``page``: where this answer alone is changed; else the section's page changes it. ``follows``: what the answer
    leads to, where no list of goods asks for it.
    """

    label: str
    value: str
    latin: bool = False
    page: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One page's answers."""

    step: Step
    title: str
    rows: Sequence[Row]


def sections(
    parts: Mapping[Step, Read], questionnaire: Questionnaire, words: Words
) -> list[Section]:
    """All answers, page by page."""
    rows = {
        Step.PASSPORT: _passport,
        Step.JOURNEY: _journey,
        Step.STAY: _stay,
        Step.COMPANIONS: _companions,
        Step.QUESTIONS: _questions,
        Step.GOODS: _goods,
    }
    return [
        Section(step, words[f"{step}_title"], list(rows[step](part.piece, questionnaire, words)))
        for step, part in parts.items()
        if step in rows
    ]


def _passport(piece: Piece, _: Questionnaire, words: Words) -> Iterator[Row]:
    yield from _person(piece, words)
    number = piece["document"]["number"]
    yield Row(words["document_number"], number, latin=True)
    for name, code in (
        ("nationality", piece["nationality"]),
        ("issuer", piece["document"]["issuer"]),
    ):
        yield Row(words[name], _with_name(code, states.name(code, words.language)))


def _person(piece: Piece, words: Words) -> Iterator[Row]:
    yield Row(words["surname"], piece["surname"], latin=True)
    yield Row(words["given_names"], piece["given_names"], latin=True)
    if printed := printed_otherwise(piece["surname"], piece["given_names"]):
        yield Row(words["mrz"], printed, latin=True)
    yield Row(words["birth_date"], _passport_date(piece["birth_date"], words))


def printed_otherwise(surname: str, given: str) -> str:
    """The name as the machine-readable lines have it, where it differs from what was typed."""
    plain = mrz.transliterate(surname), mrz.transliterate(given)
    return "" if plain == (surname.upper(), given.upper()) else ", ".join(filter(None, plain))


def _journey(piece: Piece, questionnaire: Questionnaire, words: Words) -> Iterator[Row]:
    journey = piece["journey"]
    flight = codes.FlightNumber.parse(journey["flight"])
    yield Row(words["flight"], str(flight), latin=True)
    for name in ("from", "to"):
        place = codes.airport(journey[name])
        yield Row(words[name], _with_name(journey[name], place.name if place else ""), latin=True)
    arrival = date.fromisoformat(journey["arrival_date"])
    yield Row(words["arrival_date"], words.day(arrival))
    purpose = {one.id: one.text for one in questionnaire.purposes}[journey["purpose"]]
    yield Row(words["purpose"], text(questionnaire, purpose, words.language))
    yield _number(piece, BAGS, words)


def _stay(piece: Piece, _: Questionnaire, words: Words) -> Iterator[Row]:
    contact = piece["contact"]
    yield Row(words["address"], contact["address"])
    yield Row(words["phone"], contact["phone"] or words["unsaid"], latin=bool(contact["phone"]))
    yield _number(piece, NIGHTS, words)


def joined(parts: Iterable[str]) -> str:
    """What is said, part by part; isolated, so that no part is drawn into the direction of another (UAX 9)."""
    return " · ".join(f"\u2068{part}\u2069" for part in parts if part)


def _number(piece: Piece, name: str, words: Words) -> Row:
    """A number that may be left out."""
    said = str(piece.get(name, ""))
    return Row(words[name], said or words["unsaid"], latin=bool(said))


def _companions(piece: Piece, _: Questionnaire, words: Words) -> Iterator[Row]:
    if not piece["companions"]:
        yield Row(words["companions_title"], words["none"])
    for index, one in enumerate(piece["companions"]):
        said = [f"{one['surname']} {one['given_names']}".strip(), one["document_number"] or ""]
        said.append(_passport_date(one["birth_date"], words))
        label = words.say("companion", number=index + 1)
        yield Row(label, joined(said), latin=True)


def _questions(piece: Piece, questionnaire: Questionnaire, words: Words) -> Iterator[Row]:
    for question in questionnaire.questions:
        asked = text(questionnaire, question.text, words.language)
        is_yes = piece["answers"][question.id]
        follows = question.on_yes if is_yes and not question.demands else None
        yield Row(
            asked, words["yes" if is_yes else "no"], page=str(Page(Step.QUESTIONS, question)),
            follows=text(questionnaire, follows, words.language) if follows else "",
        )  # fmt: skip


def _goods(piece: Piece, questionnaire: Questionnaire, words: Words) -> Iterator[Row]:
    categories = {one.id: one for one in questionnaire.categories}
    for line in piece["goods"]:
        category = categories[line["category"]]
        said = [line["description"] or "", words.count(f"unit_{category.unit}", line["quantity"])]
        said.append(words.money(line["value"], line["currency"]))
        name = text(questionnaire, category.text, words.language)
        yield Row(name, joined(said))


def _passport_date(printed: str, words: Words) -> str:
    """A date as written out; with parts left open, as typed."""
    try:
        return words.day(date.fromisoformat(printed), "plain_date")
    except ValueError:
        return printed


def _with_name(code: str, name: str) -> str:
    return f"{code} ({name})" if name else code


def moment(at: datetime, port: str, site: str, words: Words) -> str:
    """A moment in the local time of the port, the zone named."""
    place = codes.airport(port) or codes.airport(site)
    local = at.astimezone(ZoneInfo(place.timezone) if place else UTC)
    return f"{words.day(local.date())} {local:%H:%M} {_zone(local)}"


def _zone(local: datetime) -> str:
    """As phones name a zone in every language: GMT+9, GMT-3:30."""
    minutes = round((local.utcoffset() or timedelta(0)).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    ahead = f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"
    return f"GMT{ahead if minutes else ''}"


def allowances(questionnaire: Questionnaire, words: Words) -> list[str]:
    """What is free of duty, in the questionnaire's words."""
    return [text(questionnaire, one.text, words.language) for one in questionnaire.allowances]


def said(problem: Problem, questionnaire: Questionnaire, words: Words) -> str:
    """The words of a problem, the same at the field and above the page."""
    if not problem.about:
        return words[problem.key]
    asked = {one.id: one.text for one in questionnaire.questions}[problem.about]
    return words.say(problem.key, question=text(questionnaire, asked, words.language))
