"""As whom the watch lists are asked about a passenger: every name, birth date and document that was told. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from itertools import chain
from typing import Any, TypeVar

from app.formats.mrz import fills_zone
from app.screening.gather import Known
from app.travel.models import Document, Passenger
from risk_rules import names


def people_of(known: Known, but: Collection[str] = ()) -> tuple[names.Person, ...]:
    """Every name and document that any source gave, as one person; and once more each source by itself that
    tells of another birth date or nationality: a listed person's own passport must not be outvoted.

    ``but``: sources (api, pnr) of which everything that they alone say is left out.
    """
    passenger = known.passenger
    records = records_of(passenger, but)
    papers = [d for d in known.documents if d.source not in but and not d.is_masked]
    listed = tuple(names.Document(d.number, d.issuer) for d in papers)
    others = tuple(_claimed(known))
    kind = _kind_of(papers)
    merged = [_named(passenger.surname, passenger.given_names, kind)]
    birth, nationality, sex = _marks(passenger, but)
    everything = names.Person(
        names=_once(
            merged if all(not _said(passenger, one) for one in but) else (),
            _names(records, kind),
            *(one.names for one in others),
        ),
        birth_date=names.BirthDate.of(birth) if birth else None,
        nationality=nationality or "",
        documents=_once(listed, *(one.documents for one in others)),
        sex=sex or "",
    )
    found = (everything, *(one for one in others if not _same_marks(one, everything)))
    return tuple(one for one in found if one.names or one.documents)


def _kind_of(papers: Iterable[Document]) -> str:
    """The type of document where all are of one, else empty."""
    kinds = {document.type[:1] for document in papers}
    return kinds.pop() if len(kinds) == 1 else ""


def _named(surname: str, given: str, kind: str = "") -> names.Name:
    """A name that may come from a machine-readable zone, and have been cut where that ended."""
    return names.Name(surname, given, fills_zone(surname, given, kind))


def _said(passenger: Passenger, source: str) -> bool:
    return bool(passenger.api_data if source == "api" else passenger.pnr_data)


def records_of(passenger: Passenger, but: Collection[str] = ()) -> list[Mapping[str, Any]]:
    """What bookings and the passenger list say of the passenger, without the sources ``but``."""
    booked = () if "pnr" in but else (passenger.pnr_data or {}).values()
    listed = () if "api" in but else (passenger.api_data,)
    return [record for record in (*booked, *listed) if isinstance(record, Mapping)]


def is_from(passenger: Passenger, name: str, sources: Collection[str]) -> bool:
    """Whether a merged field comes from one of the sources; the passenger list where nothing else is noted."""
    return bool(sources) and passenger.provenance.get(name, "api") in sources


def _marks(
    passenger: Passenger, but: Collection[str]
) -> tuple[date | None, str | None, str | None]:
    """Birth date, nationality and sex as merged, or without those of some sources."""
    birth = None if is_from(passenger, "birth_date", but) else passenger.known_birth_date
    nationality = None if is_from(passenger, "nationality", but) else passenger.nationality
    return birth, nationality, None if is_from(passenger, "sex", but) else passenger.sex


def _claimed(known: Known) -> Iterable[names.Person]:
    """The passports that were shown, and who the declaration says it is of."""
    for one in known.shown:
        name = names.Name(one.surname, one.given_names, one.names_cut)
        yield _person(
            name, one.known_birth_date, one.nationality, [(one.number, one.issuer)], one.sex
        )
    declared = known.declared.identity if known.declared else None
    if declared:
        papers = [(declared.document_number or "", declared.issuer or "")]
        name = _named(declared.surname, declared.given_names)
        yield _person(name, declared.birth_date, "", papers)


def _person(
    name: names.Name,
    birth: date | None,
    nationality: str,
    documents: Iterable[tuple[str, str]],
    sex: str = "",
) -> names.Person:
    return names.Person(
        names=(name,),
        birth_date=names.BirthDate.of(birth) if birth else None,
        nationality=nationality,
        documents=tuple(names.Document(number, issuer) for number, issuer in documents if number),
        sex=sex,
    )


def _same_marks(one: names.Person, other: names.Person) -> bool:
    births = one.birth_date in (None, other.birth_date)
    return births and one.nationality in ("", other.nationality)


T = TypeVar("T")


def _once(*parts: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


def _names(records: Iterable[Mapping[str, Any]], kind: str) -> Iterable[names.Name]:
    for record in records:
        pairs = [(record.get("surname"), record.get("given_names")), record.get("booked_name")]
        for pair in pairs:
            match pair:
                case (str(surname), str(given)) | [str(surname), str(given)]:
                    yield _named(surname, given, kind)
                case (str(surname), None):
                    yield names.Name(surname)
                case _:
                    continue
