"""Entries of watch lists as somebody hands them in: what they hold, whether they can match, their fingerprint. Pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from app.formats import codes
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.texts import N_, all_storable
from app.screening.models import EntryKind, Severity
from risk_rules.names import BirthDate, Document, Name, scripts
from risk_rules.names.match import MIN_NUMBER
from risk_rules.names.normalise import fold_number, name_words

COMPARED = ("kind", "content", "reason", "category", "severity", "valid_from", "valid_to")
"""The columns of an entry that somebody types; another value in one of them makes it another entry."""

UNREAD = "reading_unknown"
"""Of an entry that is taken, but is met by few: its names are in Chinese characters alone."""
LONGEST_KEY, LONGEST_REASON = 200, 8000
MOST_PARTS = 1000
"""Names, or documents, or birth dates of one entry."""
_PARTS = ("names", "documents", "birth_dates")
FIRST_YEAR, LAST_YEAR = 1850, 2100
"""Years of birth that an entry may tell: others are slips of the keyboard."""
FIRST_ZONE = timedelta(hours=14)
"""Ahead of UTC: where a day begins first."""


class EntryInvalidError(InvalidError):
    """An entry that could never match, or not be read; ``fields`` says where."""

    code, status, title = "entry-invalid", 422, N_("This entry cannot be used")

    def below(self, pointer: str) -> "EntryInvalidError":
        """The same for an entry that stands deeper in a body."""
        fields = [FieldProblem(pointer + field.pointer, field.code) for field in self.fields]
        return EntryInvalidError(self.detail, fields=fields)


SEXES = ("", "M", "F")


def state(code: str) -> str:
    """A state as passports name it (JP, JPN; D, DE, DEU; GBD, UNO); what nobody knows stays as it is, for
    :func:`check_draft` to refuse.
    """
    plain = code.strip().upper()
    return codes.alpha3(plain) or plain


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry as somebody hands it in; ``key`` is its name on the list for ever.

    ``category`` is what it is listed for, of a document "lost" or "stolen"; ``severity`` None is the list's;
    ``sex`` is M, F or not known. States are kept as passports name them, however they are handed in: a document of
    ``JP`` that no passport of ``JPN`` meets would be on the list for nothing.
    """

    key: str
    kind: EntryKind
    reason: str
    names: tuple[Name, ...] = ()
    birth_dates: tuple[BirthDate, ...] = ()
    nationality: str = ""
    documents: tuple[Document, ...] = ()
    valid_from: date = date.min
    valid_to: date | None = None
    category: str = ""
    severity: Severity | None = None
    sex: str = ""

    def __post_init__(self) -> None:
        papers = tuple(replace(one, issuer=state(one.issuer)) for one in self.documents)
        object.__setattr__(self, "documents", papers)
        object.__setattr__(self, "nationality", state(self.nationality))

    def content(self) -> dict[str, Any]:
        """What is compared with travellers, as JSON values."""
        return {
            "names": [{"surname": n.surname, "given": n.given} for n in self.names],
            "birth_dates": [str(day) for day in self.birth_dates],
            "nationality": self.nationality,
            "documents": [{"number": d.number, "issuer": d.issuer} for d in self.documents],
            "sex": self.sex,
        }

    def columns(self) -> dict[str, Any]:
        """The entry as values of its columns, with its fingerprint."""
        values = {
            "key": self.key, "kind": self.kind, "content": self.content(), "reason": self.reason,
            "category": self.category, "severity": self.severity, "valid_from": self.valid_from,
            "valid_to": self.valid_to,
        }  # fmt: skip
        return values | {"digest": fingerprint(values)}


def fingerprint(values: Mapping[str, Any]) -> bytes:
    """SHA-256 over what somebody typed (:data:`COMPARED`); a part of the content that is empty is as one
    that is not there, so that a new part makes no old entry another one.
    """
    content = {name: value for name, value in values["content"].items() if value}
    said = [str(values["kind"]), content, values["reason"], values["category"],
            values["severity"] and str(values["severity"]), str(values["valid_from"]),
            values["valid_to"] and str(values["valid_to"])]  # fmt: skip
    packed = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(packed.encode()).digest()


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Which fields of an entry differ, in the order of :data:`COMPARED`; those of the content by name."""
    found: list[str] = []
    for name in COMPARED:
        old, new = before[name], after[name]
        if name == "content":
            found += [part for part in sorted({*old, *new}) if (old.get(part) or None) != (new.get(part) or None)]  # fmt: skip
        elif old != new:
            found.append(name)
    return found


def is_possible(born: BirthDate) -> bool:
    """Whether somebody can have been born then."""
    return FIRST_YEAR <= born.year <= LAST_YEAR


def is_unread(names: Iterable[Name]) -> bool:
    """Whether all names are in Chinese characters: passports say 山田/太郎 as YAMADA/TARO, and only Mandarin is read."""
    said = [one.surname + one.given for one in names]
    return bool(said) and all(map(scripts.is_unread, said))


def is_future(born: BirthDate, now: datetime) -> bool:
    """Whether that day or year has begun nowhere on earth yet."""
    day = (now + FIRST_ZONE).date()
    return (born.year, born.month, born.day) > (day.year, day.month, day.day)


def check_births(draft: EntryDraft, now: datetime) -> None:
    """Refuse birth dates to come. Raises :class:`EntryInvalidError`."""
    if problems := _to_come(draft, now):
        raise EntryInvalidError(fields=problems)


def without_births_to_come(
    draft: EntryDraft, now: datetime
) -> tuple[EntryDraft, list[FieldProblem]]:
    """The entry without birth dates to come, and which they are: one slip costs nobody the rest."""
    problems = _to_come(draft, now)
    if not problems:
        return draft, []
    births = tuple(born for born in draft.birth_dates if not is_future(born, now))
    return replace(draft, birth_dates=births), problems


def _to_come(draft: EntryDraft, now: datetime) -> list[FieldProblem]:
    return [
        FieldProblem(f"/birth_dates/{index}", "out_of_range")
        for index, born in enumerate(draft.birth_dates)
        if is_future(born, now)
    ]


def check_draft(draft: EntryDraft) -> None:
    """Refuse what could never match. Raises :class:`EntryInvalidError`; values are not repeated."""
    problems = [FieldProblem(pointer, code) for pointer, code in _faults(draft)]
    if problems:
        raise EntryInvalidError(fields=problems)


def _faults(draft: EntryDraft) -> Iterator[tuple[str, str]]:
    yield from _frame_faults(draft)
    for part in _PARTS:
        if len(getattr(draft, part)) > MOST_PARTS:
            yield f"/{part}", "too_many"
            return
    for index, name in enumerate(draft.names):
        if not name_words(name.surname, name.given):
            yield f"/names/{index}", "no_letters"
    for index, document in enumerate(draft.documents):
        yield from _document_faults(document, f"/documents/{index}")
    for index, born in enumerate(draft.birth_dates):
        if not is_possible(born):
            yield f"/birth_dates/{index}", "out_of_range"
    if draft.nationality and not codes.alpha3(draft.nationality):
        yield "/nationality", "unknown_state"


def _document_faults(document: Document, pointer: str) -> Iterator[tuple[str, str]]:
    folded = fold_number(document.number)
    if len(folded) < MIN_NUMBER or len(set(folded)) == 1:
        yield pointer, "too_short"
    if document.issuer and not codes.alpha3(document.issuer):
        yield f"{pointer}/issuer", "unknown_state"


def usable(draft: EntryDraft) -> tuple[EntryDraft, list[FieldProblem]]:
    """The entry without single parts that could meet nobody, and what is wrong with each of these: one bad date or
    document costs nobody the rest. The same entry and nothing where it is whole, or where nothing would be left.
    """
    found = [FieldProblem(pointer, code) for pointer, code in _faults(draft)]
    bad = {tuple(one.pointer.split("/")[1:3]) for one in found}
    kept: dict[str, Any] = {
        part: tuple(
            one for at, one in enumerate(getattr(draft, part)) if (part, str(at)) not in bad
        )
        for part in _PARTS
    }
    kept["nationality"] = "" if ("nationality",) in bad else draft.nationality
    rest = replace(draft, **kept)
    if not found or any(_faults(rest)):
        return draft, []
    return rest, found


def _frame_faults(draft: EntryDraft) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry but for its single parts."""
    needed = "names" if draft.kind is EntryKind.PERSON else "documents"
    for is_wrong, pointer, code in (
        (not draft.key.strip(), "/key", "missing"),
        (draft.sex not in SEXES, "/sex", "unknown"),
        (len(draft.key) > LONGEST_KEY, "/key", "too_long"),
        (len(draft.reason) > LONGEST_REASON, "/reason", "too_long"),
        (not _storable(draft), "", "bad_character"),
        (not getattr(draft, needed), f"/{needed}", "missing"),
        (draft.valid_to is not None and draft.valid_to < draft.valid_from, "/valid_to",
         "before_valid_from"),
    ):  # fmt: skip
        if is_wrong:
            yield pointer, code


def _storable(draft: EntryDraft) -> bool:
    """Whether the database can hold the texts."""
    said = [draft.key, draft.reason, draft.category, draft.nationality]
    said += [text for name in draft.names for text in (name.surname, name.given)]
    said += [text for paper in draft.documents for text in (paper.number, paper.issuer)]
    return all_storable(said)
