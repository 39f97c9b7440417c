"""What the sources say of one person, side by side, with disagreements marked. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from app.formats import mrz, values
from app.identity.permissions import FieldGroup
from app.travel.models import ShownPassport
from app.web.translation import N_, NP_, gettext

Json = Mapping[str, Any]
Fold = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what is compared, what each source says ('' = nothing), whether they disagree. ``group``: with what it
    is masked.
    """

    label: str
    said: tuple[str, ...]
    differs: bool = False
    is_code: bool = False
    group: FieldGroup | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``sources`` are keys of :data:`words.SOURCES`; each line has a cell for each."""

    sources: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def differences(self) -> int:
        return sum(line.differs for line in self.lines)


@dataclass(frozen=True, slots=True)
class Field:
    """A field with where each source keeps it and how it is folded before it is compared."""

    label: str
    read: Callable[[Json], str]
    fold: Fold = str.casefold
    agree: Callable[[Sequence[str]], bool] = lambda known: len(set(known)) <= 1
    is_code: bool = False
    group: FieldGroup | None = None


def compare(records: Mapping[str, Json]) -> Comparison:
    """Compare records by source: API and traveller records of :mod:`app.travel.records`, a declared person
    as :func:`declared_record` makes it, a passport as :func:`passport_record` does. Empty lines are left out.
    """
    sources = tuple(records)
    lines = (_line(field, [field.read(records[source]) for source in sources]) for field in FIELDS)
    return Comparison(sources, tuple(line for line in lines if any(line.said)))


def _line(field: Field, said: Sequence[str]) -> Line:
    folded = [field.fold(one) for one in said if one]
    differs = not field.agree([one for one in folded if one])
    return Line(gettext(field.label), tuple(said), differs, field.is_code, field.group)


def _pairwise(agree: Callable[[str, str], bool]) -> Callable[[Sequence[str]], bool]:
    return lambda known: all(agree(one, other) for one, other in combinations(known, 2))


def _text(name: str) -> Callable[[Json], str]:
    return lambda record: str(record.get(name) or "")


def _documents(record: Json) -> str:
    found = [_document(one) for one in record.get("documents", ()) if one.get("type") != "V"]
    return ", ".join(dict.fromkeys(found))


def _document(one: Json) -> str:
    number = one.get("number", "").replace(" ", "")
    return " ".join(part for part in (one.get("issuer", ""), number) if part)


def _numbers(text: str) -> str:
    """Only the numbers: the issuer is left out by some sources."""
    return ",".join(values.document_number(one.rpartition(" ")[2]) for one in text.split(", "))


def _expiries(record: Json) -> str:
    dates = (one.get("expires_on", "") for one in record.get("documents", ()))
    return ", ".join(dict.fromkeys(day for day in dates if day))


def _share(one: str, other: str) -> bool:
    """Several documents: one in common is enough."""
    return bool(set(one.split(",")) & set(other.split(",")))


def _shortened(one: str, other: str) -> bool:
    """Given names are often cut: ANNA agrees with ANNA MARIA and ANNAMARIA."""
    first, second = one.replace(" ", ""), other.replace(" ", "")
    return first.startswith(second) or second.startswith(first)


def _open_parts(one: str, other: str) -> bool:
    """Dates of birth; passports of some states leave the day, or month and day, open: 00."""
    if one == other:
        return True
    pairs = zip(one.split("-"), other.split("-"), strict=False)
    return all(a == b or "00" in (a, b) for a, b in pairs)


def _on_the_way(known: Sequence[str]) -> bool:
    """Where somebody set out: a port of the journey is as true as the last one."""
    longest = max((one.split(" ") for one in known), key=len, default=[])
    return all(set(one.split(" ")) <= set(longest) for one in known)


FIELDS: tuple[Field, ...] = (
    Field(
        N_("Surname"),
        _text("surname"),
        lambda t: mrz.transliterate(t).replace(" ", ""),
        group=FieldGroup.NAME,
    ),
    Field(
        N_("Given names"),
        _text("given_names"),
        mrz.transliterate,
        _pairwise(_shortened),
        group=FieldGroup.NAME,
    ),
    Field(
        N_("Date of birth"),
        _text("birth_date"),
        agree=_pairwise(_open_parts),
        group=FieldGroup.BIRTH,
    ),
    Field(N_("Sex"), _text("sex")),
    Field(N_("Nationality"), _text("nationality"), is_code=True),
    Field(N_("Residence"), _text("residence"), is_code=True),
    Field(
        N_("Document"),
        _documents,
        _numbers,
        _pairwise(_share),
        is_code=True,
        group=FieldGroup.DOCUMENT,
    ),
    Field(N_("Expires"), _expiries, lambda text: text.replace(" ", ""), _pairwise(_share)),
    Field(N_("Locator"), _text("locator"), is_code=True),
    Field(N_("Flight"), _text("flight"), is_code=True),
    Field(NP_("place", "From"), _text("origin"), agree=_on_the_way, is_code=True),
    Field(N_("Arrival"), _text("arrival_date")),
    Field(N_("Seat"), _text("seat"), is_code=True),
)


def declared_record(content: Json, person: int) -> dict[str, Any]:
    """Who person ``person`` (0 = who declared) of a stored declaration says to be, and on which journey."""
    journey = content["journey"]
    travel = {
        "flight": journey["flight"],
        "origin": journey["from"],
        "arrival_date": journey["arrival_date"],
    }
    if person == 0:
        who = content["traveller"]
        return {**who, **travel, "documents": [who["document"]]}
    if not 0 < person <= len(content["companions"]):
        return travel
    who = content["companions"][person - 1]
    return {**who, **travel, "documents": _numbered(who.get("document_number"))}


def passport_record(
    number: str, issuer: str, birth: str, shown: ShownPassport | None = None
) -> dict[str, Any]:
    """What a kiosk read of a passport; names are kept only where they say something new (``shown``)."""
    read = {"birth_date": birth, "documents": [{"number": number, "issuer": issuer}]}
    if shown is None:
        return read
    expiry = shown.expires_on.isoformat() if shown.expires_on else ""
    document = {"number": shown.number, "issuer": shown.issuer, "expires_on": expiry}
    return {
        "surname": shown.surname, "given_names": shown.given_names, "sex": shown.sex,
        "birth_date": shown.birth_date.isoformat() if shown.birth_date else "",
        "nationality": shown.nationality, "documents": [document],
    }  # fmt: skip


def _numbered(number: str | None) -> Iterable[Json]:
    return [{"number": number}] if number else []
