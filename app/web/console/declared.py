"""What was declared, as an officer reads it: answers, goods with what they are estimated to cost, the evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.declarations.estimates import estimate_of
from app.declarations.form import from_content
from app.declarations.models import Channel, DeclarationVersion
from app.declarations.registry import all_versions
from app.declarations.service import all_versions_of
from app.formats.duty import Estimate, Line
from app.formats.exchange import Used
from app.formats.questionnaire import Questionnaire, Texts, text
from app.gate.settling import VersionKind, examined_since, kind_of
from app.web.console import words
from app.web.money import money
from app.web.translation import gettext, language, ngettext, pgettext
from app.web.traveller.words import catalogue


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of the list; ``free``, ``over`` and ``duty`` are the estimate's, in words."""

    what: str
    count: str
    worth: str
    free: str = ""
    over: str = ""
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Estimated:
    """The figure for the whole list; ``open`` says what is not in it."""

    duty: str
    says: str
    source: str
    as_of: str
    exceeded: tuple[str, ...]
    open: tuple[str, ...]
    exchange: str = ""
    """At which exchange rates prices in other money were converted, if any were to be."""


@dataclass(frozen=True, slots=True)
class Certified:
    """One version as evidence: which text was certified, in which language, when and how."""

    seq: int
    at: datetime
    how: str
    language: str
    lang: str
    text: str
    questionnaire: str
    by: UUID | None
    signed: datetime | None = None
    """When a phone says that it was certified, perhaps in flight."""
    late: bool = False
    """A correction made after an inspection had begun is none of the traveller's free will."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration as it counts now; later versions are the traveller's own corrections."""

    purpose: str
    address: str
    phone: str
    bags: int | None
    stay_nights: int | None
    yes: tuple[str, ...]
    goods: tuple[Goods, ...]
    estimated: Estimated | None
    versions: tuple[Certified, ...]

    @property
    def corrections(self) -> str:
        """How often the traveller corrected it, and whether before anybody looked; '' for never."""
        later = self.versions[1:]
        if not later:
            return ""
        late = sum(one.late for one in later)
        if not late:
            return ngettext(
                "corrected by the traveller once: voluntary disclosure",
                "corrected by the traveller %(n)s times: voluntary disclosure",
                len(later),
            )
        return ngettext(
            "corrected by the traveller once, %(late)s after an inspection had begun",
            "corrected by the traveller %(n)s times, %(late)s after an inspection had begun",
            len(later), late=late,
        )  # fmt: skip


_UNITS: Mapping[str, Callable[[int], str]] = {
    "bottle": lambda n: ngettext("%(n)s bottle", "%(n)s bottles", n),
    "cigar": lambda n: ngettext("%(n)s cigar", "%(n)s cigars", n),
    "cigarette": lambda n: ngettext("%(n)s cigarette", "%(n)s cigarettes", n),
    "gram": lambda n: ngettext("%(n)s gram", "%(n)s grams", n),
    "ounce": lambda n: ngettext("%(n)s ounce", "%(n)s ounces", n),
    "pack": lambda n: ngettext("%(n)s pack", "%(n)s packs", n),
    "package": lambda n: ngettext("%(n)s package", "%(n)s packages", n),
    "piece": lambda n: ngettext("%(n)s piece", "%(n)s pieces", n),
}
"""What the questionnaires count in; a test holds them against it."""


def versions_of(session: Session, declaration_id: UUID) -> tuple[DeclarationVersion, ...]:
    """All versions of a declaration, the one that counts last; none once it was erased."""
    return tuple(all_versions_of(session, declaration_id))


def inspected_since(session: Session, declaration: DeclarationVersion) -> datetime | None:
    """When officers began to inspect somebody who is on a declaration; None as long as nobody has."""
    return examined_since(session, declaration.declaration_id)


def read_declared(
    versions: Sequence[DeclarationVersion], inspected: datetime | None = None
) -> Declared:
    """What the newest of the versions says, read with the questionnaire that it answered; ``inspected``: when
    somebody of it began to be inspected.
    """
    newest = versions[-1]
    content = newest.content
    form = all_versions().get(newest.questionnaire)
    contact = content.get("contact") or {}
    value = from_content(content, form, newest.seq) if form else None
    found = estimate_of(form, value) if form and value else None
    return Declared(
        purpose=_choice(form, content["journey"]["purpose"]),
        address=contact.get("address", ""),
        phone=contact.get("phone", ""),
        bags=content.get("bags"),
        stay_nights=content.get("stay_nights"),
        yes=tuple(_yes(form, content["answers"])),
        goods=tuple(_goods(form, content["goods"], found)),
        estimated=_estimated(form, found) if form and found and value and value.goods else None,
        versions=tuple(_certified(one, inspected) for one in versions),
    )


def _certified(version: DeclarationVersion, inspected: datetime | None) -> Certified:
    spoken = catalogue().get(version.language)
    return Certified(
        seq=version.seq,
        at=version.certified_at,
        signed=version.signed_at,
        how=words.CHANNELS[version.channel],
        language=spoken["name"] if spoken else gettext("not said by a code"),
        lang=version.language if spoken else language(),
        text=version.certified_text,
        questionnaire=version.questionnaire,
        by=version.taken_by if version.channel is not Channel.KIOSK else None,
        late=kind_of(version, inspected) is VersionKind.AFTER_EXAMINATION,
    )


def _said(form: Questionnaire, texts: Texts) -> str:
    """In the console's language, else in the questionnaire's first."""
    return text(form, texts, language())


def _choice(form: Questionnaire | None, key: str) -> str:
    named = {one.id: _said(form, one.text) for one in form.purposes} if form else {}
    return named.get(key, words.plain(key))


def _yes(form: Questionnaire | None, answers: Mapping[str, bool]) -> Iterator[str]:
    named = {one.id: _said(form, one.text) for one in form.questions} if form else {}
    for question, answered in answers.items():
        if answered:
            yield named.get(question, words.plain(question))


def _goods(
    form: Questionnaire | None, lines: Iterable[Mapping[str, Any]], found: Estimate | None
) -> Iterator[Goods]:
    """Values are minor units of their currency."""
    named = {one.id: one for one in form.categories} if form else {}
    for index, line in enumerate(lines):
        known = named.get(line["category"])
        what = _said(form, known.text) if form and known else words.plain(line["category"])
        if line.get("description"):
            what = f"{what}: {line['description']}"
        count = _count(line["quantity"], known.unit if known else "")
        worth = money(line["value"], line["currency"])
        if form is None or form.duty is None or found is None:
            yield Goods(what, count, worth)
        else:
            said = found.lines[index]
            yield Goods(
                what, count, worth, _number(said.free), _number(said.over), _duty(form, said)
            )


def _count(quantity: int, unit: str) -> str:
    """``5 bottles``."""
    if unit not in _UNITS:
        return f"{quantity} {unit}".strip()
    return _UNITS[unit](quantity)


def _number(count: int | None) -> str:
    return pgettext("count", "open") if count is None else str(count)


def _duty(form: Questionnaire, line: Line) -> str:
    duty = form.duty
    assert duty is not None
    if line.unknown:
        return _said(form, duty.open[line.unknown])
    return _range(line.least or 0, line.most or 0, duty.currency)


def _range(least: int, most: int, currency: str) -> str:
    low, high = money(least, currency), money(most, currency)
    return low if least == most else gettext("%(low)s to %(high)s", low=low, high=high)


def _estimated(form: Questionnaire, found: Estimate) -> Estimated:
    duty = form.duty
    assert duty is not None
    return Estimated(
        duty=_range(found.least, found.most, duty.currency) if found.most or not found.open else "",
        says=_said(form, duty.text),
        source=gettext(duty.source),
        as_of=duty.as_of,
        exceeded=tuple(_said(form, one.text) for one in found.over),
        open=tuple(_said(form, duty.open[reason]) for line, reason in found.open if line is None),
        exchange=_exchange(found.used) if found.used else "",
    )


def _exchange(used: Used) -> str:
    """In the traveller's words, with the source."""
    spoken = catalogue()[language()]
    week = {"from": used.week.first, "until": used.week.last}
    days = {name: spoken.day(day, "plain_date") for name, day in week.items()}
    return f"{spoken.say(f'exchange_{used.state}', **days)} {used.source}"
