"""A traveller's record in words, for paper: names of things, states, airports, days and codes as its reader knows them.

What has no words stays as it was sent. The record's file keeps names and codes as they are: it is for machines.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final, Self

from babel import Locale
from babel.dates import format_date, format_datetime

from app.declarations.registry import all_versions
from app.formats import codes
from app.formats.questionnaire import Questionnaire, text
from app.retention.marks import MARK
from app.web.console.words.codes import plain
from app.web.console.words.documents import CHANNELS
from app.web.console.words.outcomes import AUTHORITIES, DISPOSITIONS, FINDINGS, METHODS, STEPS
from app.web.console.words.record_names import RECORD_NAMES
from app.web.console.words.rights import RECORDS
from app.web.console.words.travel import PAYMENTS, SOURCES, TRAVEL
from app.web.translation import LANGUAGES, NP_, SOURCE, Words, gettext, language, pgettext
from app.web.traveller import states

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
PARTS: Final = ("trips", "declarations", "disclosed_to")
SEXES: Final[Words[str]] = Words(
    {"F": NP_("record", "Female"), "M": NP_("record", "Male"), "X": NP_("record", "Unspecified")}
)
PAPERS: Final[Words[str]] = Words(
    {
        "P": NP_("record", "Passport"),
        "I": NP_("record", "Identity card"),
        "V": NP_("record", "Visa"),
    }
)
AGES: Final[Words[str]] = Words(
    {"ADT": NP_("record", "Adult"), "CHD": NP_("record", "Child"), "INF": NP_("record", "Infant")}
)
OPENERS: Final[Words[str]] = Words(
    {"two-officers": NP_("record", "Two officers: one gives a reason, a legal approver agrees")}
)
STANDINGS: Final[Words[str]] = Words(
    {"active": NP_("record", "In force"), "withdrawn": NP_("record", "Withdrawn")}
)
_STATES: Final = {"nationality", "residence", "issuer", "country", "document_issuer"}
_AIRPORTS: Final = {
    "from", "to", "board", "off", "journey_start", "journey_end", "clearance_airport", "origin",
    "destination",
}  # fmt: skip
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "sex": SEXES, "type": PAPERS, "travel_status": TRAVEL, "steps": STEPS, "method": METHODS,
    "authority": AUTHORITIES, "channel": CHANNELS, "status": STANDINGS, "source": SOURCES,
    "opened_by": OPENERS,
}  # fmt: skip
_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "findings": FINDINGS, "dispositions": DISPOSITIONS, "settled": DISPOSITIONS,
    "disclosed_to": RECORDS, "payments": PAYMENTS, "documents": PAPERS, "travellers": AGES, "said": AGES,
}  # fmt: skip
"""What a kind means depends on what it is of."""


def language_of(asked: str) -> str:
    """The language in which a record is told to whoever asked in this one: one of the console's, else English."""
    return asked if asked in LANGUAGES else SOURCE


@dataclass(frozen=True, slots=True)
class Paper:
    """The record as it is printed: all of it in one language, whatever the page around it speaks."""

    language: str
    title: str
    reference: str
    nothing: str
    withheld: str
    masked: str
    """Who opens what is masked; '' where nothing is."""
    colon: str
    parts: Mapping[str, tuple[str, Any]]
    """Heading and content of each part."""

    @classmethod
    def of(cls, record: Mapping[str, Any], zone: tzinfo) -> Self:
        """In the language in force."""
        said = told(record, zone)
        return cls(
            language(), gettext("What is recorded about you"), pgettext("of a file", "Reference"),
            gettext("Nothing is recorded."),
            gettext("Not in it: data of other people, and anything about the assessment of risks, of which the law does not let us say whether there is any. Every record has this sentence."),
            _masked(record), gettext(": "), {part: (RECORDS[part], said.get(part, ())) for part in PARTS},
        )  # fmt: skip


def _masked(record: Mapping[str, Any]) -> str:
    """What stands behind what is masked, and who opens it; '' where nothing is masked."""
    if MARK not in record.get("withheld", ()):
        return ""
    return gettext(
        "Where a journey or a reading says that something is masked, the law has it that nobody sees it any more. The originals are sealed, and deleted after the day that stands there, or later where an authority orders it. To open them an officer gives a reason and a legal approver agrees; each look is recorded, and a third officer reviews it."
    )


def told(record: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """The parts of :func:`app.rights.record.wire`, each in words of the language in force; ``zone``: of whose clock."""
    return {part: _said(part, value, part, zone) for part, value in record.items()}


def name_of(field: str) -> str:
    """What a field is called."""
    return RECORDS.get(field) or RECORD_NAMES.get(field) or plain(field)


def _said(field: str, value: Any, within: str, zone: tzinfo) -> Any:
    if isinstance(value, Mapping):
        if field == "sources":
            return {name_of(one): SOURCES.get(said, said) for one, said in value.items()}
        return _part(value, field, zone)
    if isinstance(value, list):
        return [_said(field, one, within, zone) for one in value]
    return _value(field, value, within, zone)


def _part(part: Mapping[str, Any], within: str, zone: tzinfo) -> dict[str, Any]:
    form = all_versions().get(str(part.get("questionnaire")))
    found = {}
    for field, value in part.items():
        if field == "content" and form and isinstance(value, Mapping):
            found[name_of(field)] = _content(value, form, zone)
        else:
            found[name_of(field)] = _said(field, value, within, zone)
    return found


def _content(content: Mapping[str, Any], form: Questionnaire, zone: tzinfo) -> dict[str, Any]:
    """What was declared, with the questions as they were asked."""
    asked = {one.id: text(form, one.text, language()) for one in form.questions}
    found = {}
    for field, value in content.items():
        if field == "answers" and isinstance(value, Mapping):
            found[name_of(field)] = {asked.get(one, one): _yes_or_no(said) for one, said in value.items()}  # fmt: skip
        else:
            found[name_of(field)] = _said(field, value, field, zone)
    return found


def _value(field: str, value: Any, within: str, zone: tzinfo) -> Any:
    if isinstance(value, bool):
        return _yes_or_no(value)
    if not isinstance(value, str):
        return value
    return _coded(field, value, within) or _placed(field, value) or _moment(value, zone)


def _coded(field: str, code: str, within: str) -> str:
    """The words of a code; '' where it has none."""
    if field == "kind" and within == "held":
        return plain(code)
    if field == "facts" and within == MARK:
        return name_of(code)
    if field == "language":
        return str(Locale.parse(language()).languages.get(code, ""))
    table = _KINDS.get(within, {}) if field == "kind" else _CODES.get(field, {})
    return table.get(code, "")


def _placed(field: str, code: str) -> str:
    """A state or an airport by name, with its code; '' for all else."""
    name = ""
    if field in _STATES:
        name = states.name(code, language())
    elif field in _AIRPORTS and (place := codes.airport(code)):
        name = place.name
    return f"{name} ({code})" if name else ""


def _moment(text: str, zone: tzinfo) -> str:
    """A day or a time as the language writes it; a time without a zone is local where it was."""
    try:
        if _DAY.fullmatch(text):
            return str(format_date(date.fromisoformat(text), "long", locale=language()))
        if _MOMENT.fullmatch(text):
            at = datetime.fromisoformat(text)
            at = at.astimezone(zone) if at.tzinfo else at
            said = str(format_datetime(at, "medium", locale=language(), tzinfo=at.tzinfo))
            return f"{said} {at:%Z}".strip()
    except ValueError:
        pass
    return text


def _yes_or_no(value: Any) -> str:
    return pgettext("record", "Yes") if value else pgettext("record", "No")
