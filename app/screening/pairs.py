"""Pairs known not to match: this traveller is not that entry, as both are now and until a day.

Pairs are suppressed, never people: every other entry still hits. A suppressed hit is computed, stored and shown as
"suppressed by", it only alerts nobody. It says nothing of an entry that reads otherwise, nor of a traveller of
whom any source tells another name or birth date; a passport that does so voids it for good.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.identity import scope
from app.kernel.crypto import Vault
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.keyring import KeyKind
from app.kernel.texts import N_
from app.screening.facts import Subject
from app.screening.gather import Known, gather
from app.screening.lifecycle import SameOfficerError
from app.screening.list_models import KnownNotMatch
from app.screening.lookouts import LookoutHit
from app.screening.models import Hit, HitSource, ReviewState, Severity, Watchlist, WatchlistEntry
from app.travel.identity import name_key
from app.travel.models import Flight, Passenger, Traveller
from app.travel.touch import touch
from app.travel.travellers import Keys, keys_of
from risk_rules.names import NORMALISER_VERSION

LONGEST = timedelta(days=365)
IN_THE_HALL = timedelta(hours=6)


class PairInvalidError(InvalidError):
    """A pair that cannot be cleared so; ``fields`` says where."""

    code, status, title = "pair-invalid", 422, N_("This pair cannot be cleared so")


class PairConflictError(ConflictError):
    """The hit, the entry or the pair is no longer what the officer looked at."""

    code, status, title = "pair-conflict", 409, N_("This has changed since: look again")


@dataclass(frozen=True, slots=True)
class Claims:
    """What every source says of one traveller, as keyed pseudonyms; ``shown``: passports that a device read."""

    told: Keys
    shown: tuple[Keys, ...]


@dataclass(frozen=True, slots=True)
class Clearing:
    """A pair in force for one passenger: which one, and until when."""

    pair_id: UUID
    until: date

    def wire(self) -> dict[str, str]:
        return {"pair": str(self.pair_id), "until": self.until.isoformat()}


Cleared = Mapping[tuple[str, int], Clearing]
"""By the subject of a hit and the version of its entry."""

NOTHING_CLEARED: Mapping[UUID, Cleared] = {}


def claims_of(vault: Vault, known: Known) -> Claims:
    """Documents of all sources, and name with birth date of each that tells who somebody is."""
    passenger = known.passenger
    papers = [(d.type, d.issuer, d.number) for d in known.documents]
    told = keys_of(vault, papers, passenger.name_key, _day(passenger.known_birth_date))
    shown = tuple(
        keys_of(
            vault, [("P", one.issuer, one.number)], name_key(one.surname, one.given_names),
            _day(one.known_birth_date),
        )
        for one in known.shown
    )  # fmt: skip
    for one in shown:
        told = told | one
    return Claims(told, shown)


def _day(birth: date | None) -> str | None:
    return birth.isoformat() if birth else None


# ---------------------------------------------------------------- in screening

_IN_FORCE = (
    sa.select(
        KnownNotMatch.id, KnownNotMatch.document_key, KnownNotMatch.person_keys,
        KnownNotMatch.expires_on, Watchlist.key, KnownNotMatch.entry_key, WatchlistEntry.version,
    )
    .join(Watchlist, Watchlist.id == KnownNotMatch.watchlist_id)
    .join(
        WatchlistEntry,
        sa.and_(
            WatchlistEntry.watchlist_id == KnownNotMatch.watchlist_id,
            WatchlistEntry.key == KnownNotMatch.entry_key,
            WatchlistEntry.digest == KnownNotMatch.entry_digest,
        ),
    )
    .where(KnownNotMatch.voided_at.is_(None))
    .where(sa.or_(~KnownNotMatch.needs_second, KnownNotMatch.approved_by.is_not(None)))
)  # fmt: skip


def cleared_for(
    session: Session, vault: Vault, subjects: Sequence[Subject], now: datetime
) -> Mapping[UUID, Cleared]:
    """The pairs in force for passengers; one statement. What a passport contradicts is voided."""
    claims = {subject.id: claims_of(vault, subject.known) for subject in subjects}
    documents = {key for one in claims.values() for key in one.told.documents}
    persons = {key for one in claims.values() for key in one.told.persons}
    if not documents and not persons:
        return {}
    mine = sa.or_(
        KnownNotMatch.document_key.in_(documents),
        sa.and_(KnownNotMatch.document_key.is_(None), KnownNotMatch.person_keys.overlap(list(persons))),
    )  # fmt: skip
    rows = session.execute(_IN_FORCE.where(mine)).all()
    found: dict[UUID, dict[tuple[str, int], Clearing]] = {}
    for row in rows:
        for subject in subjects:
            if _contradicted(vault, row, claims[subject.id]):
                _void(session, SYSTEM, [row.id], "other-person", now, but=claims.keys())
            elif _holds(vault, row, claims[subject.id], subject.day):
                cleared = found.setdefault(subject.id, {})
                cleared[f"{row.key}/{row.entry_key}", row.version] = Clearing(
                    row.id, row.expires_on
                )
    return found


def _holds(vault: Vault, row: Any, claims: Claims, day: date) -> bool:
    """The document (or else the person) is the pair's, and no source tells of another person."""
    is_theirs = row.document_key is None or bytes(row.document_key) in claims.told.documents
    mine = _comparable(vault, row, claims.told.persons)
    return is_theirs and day <= row.expires_on and bool(mine) and mine <= _persons(row)


def _contradicted(vault: Vault, row: Any, claims: Claims) -> bool:
    """A passport of that number was read and shows another name or birth date."""
    return row.document_key is not None and any(
        bytes(row.document_key) in one.documents
        and not _comparable(vault, row, one.persons) <= _persons(row)
        for one in claims.shown
    )


def _persons(row: Any) -> frozenset[bytes]:
    return frozenset(bytes(key) for key in row.person_keys)


def _comparable(vault: Vault, row: Any, persons: Collection[bytes]) -> frozenset[bytes]:
    """A pair made before the key of pseudonyms was changed says nothing of those under the new one."""
    return vault.comparable(KeyKind.PEOPLE, persons, _persons(row))


def suppress(listed: Iterable[LookoutHit], cleared: Cleared) -> list[LookoutHit]:
    """The hits, those of a cleared pair marked as such."""
    if not cleared:
        return list(listed)
    found = []
    for hit in listed:
        clearing = cleared.get((hit.subject, hit.listed.version))
        found.append(replace(hit, suppressed_by=clearing.wire()) if clearing else hit)
    return found


def note_uses(
    session: Session, assessed: Iterable[tuple[UUID, Mapping[str, Any]]], now: datetime
) -> None:
    """Write down each suppressed alert of (passenger, explanation of a hit)."""
    for passenger_id, explanation in assessed:
        told = explanation.get("suppressed_by")
        if told:
            audit.record(
                session, SYSTEM, "known-not-match.used", "known_not_match", UUID(told["pair"]), now,
                passenger=str(passenger_id),
            )  # fmt: skip


# ---------------------------------------------------------------- cleared by officers


def clear_pair(
    session: Session,
    vault: Vault,
    actor: Actor,
    hit_id: UUID,
    reason: str,
    until: date,
    now: datetime,
) -> KnownNotMatch:
    """Say that the traveller of a hit is not its entry. On a severe list it acts once another has approved it.

    Raises NotFoundError, :class:`PairInvalidError` (no reason, a day too far, a traveller who cannot be told
    apart) and :class:`PairConflictError` (the entry reads otherwise by now, the hit is confirmed, or the pair is
    cleared already: taking back one of two would leave the other).
    """
    if actor.id is None:
        raise SameOfficerError
    _check(reason, until, now)
    hit, watchlist, entry = _hit(session, hit_id)
    [known] = gather(session, vault, [hit.passenger_id], now)
    identified = (hit.source, hit.subject, hit.subject_version, bytes(hit.values_digest))
    if known.reviews.get(identified) is ReviewState.CONFIRMED:
        raise PairConflictError
    keys = claims_of(vault, known).told
    if not keys.persons:
        raise PairInvalidError(fields=[FieldProblem("/passenger", "no_whole_name_or_birth_date")])
    papers = sorted(known.documents, key=lambda d: (not d.type.startswith("P"), d.id))
    own = [keys_of(vault, [(d.type, d.issuer, d.number)], "", None).documents for d in papers]
    if _is_cleared(session, vault, watchlist, entry, hit.passenger_id, keys, now):
        raise PairConflictError
    made = KnownNotMatch(
        watchlist_id=watchlist.id, entry_key=entry.key, entry_digest=entry.digest,
        document_key=next(
            (key for found in own for key in vault.current_first(KeyKind.PEOPLE, found)), None
        ),
        person_keys=sorted(keys.persons), passenger_id=hit.passenger_id, reason=reason.strip(),
        expires_on=until, normaliser=str(NORMALISER_VERSION), officer_id=actor.id, cleared_at=now,
        needs_second=(entry.severity or watchlist.severity) is Severity.SEVERE,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, actor, "known-not-match.cleared", "known_not_match", made.id, now,
        passenger=str(hit.passenger_id), watchlist=str(watchlist.id), until=until.isoformat(),
        second=made.needs_second,
    )  # fmt: skip
    _touch(session, [made], now)
    return made


def _is_cleared(
    session: Session,
    vault: Vault,
    watchlist: Watchlist,
    entry: WatchlistEntry,
    passenger_id: UUID,
    keys: Keys,
    now: datetime,
) -> bool:
    same = sa.or_(
        KnownNotMatch.passenger_id == passenger_id,
        KnownNotMatch.person_keys.overlap(sorted(keys.persons)),
    )
    rows = session.execute(
        sa.select(KnownNotMatch.passenger_id, KnownNotMatch.person_keys).where(
            KnownNotMatch.watchlist_id == watchlist.id, KnownNotMatch.entry_key == entry.key,
            KnownNotMatch.voided_at.is_(None), KnownNotMatch.expires_on >= now.date(), same,
        )
    )  # fmt: skip
    return any(
        row.passenger_id == passenger_id or _comparable(vault, row, keys.persons) == _persons(row)
        for row in rows
    )


def approve_pair(session: Session, actor: Actor, pair_id: UUID, now: datetime) -> KnownNotMatch:
    """The second signature. Raises NotFoundError, SameOfficerError and :class:`PairConflictError`."""
    found = _live(session, pair_id)
    if actor.id is None or actor.id == found.officer_id:
        raise SameOfficerError
    if not found.needs_second or found.approved_by is not None:
        raise PairConflictError
    found.approved_by, found.approved_at = actor.id, now
    session.flush()
    audit.record(session, actor, "known-not-match.approved", "known_not_match", pair_id, now)
    _touch(session, [found], now)
    return found


def withdraw_pair(session: Session, actor: Actor, pair_id: UUID, now: datetime) -> None:
    """Take a pair back. Raises NotFoundError and :class:`PairConflictError`."""
    _void(session, actor, [_live(session, pair_id).id], "withdrawn", now)


def void_changed(session: Session, watchlist_id: UUID, now: datetime) -> None:
    """Void the pairs of entries that are gone or read otherwise now."""
    as_cleared = sa.exists().where(
        WatchlistEntry.watchlist_id == KnownNotMatch.watchlist_id,
        WatchlistEntry.key == KnownNotMatch.entry_key, WatchlistEntry.removed_version.is_(None),
        WatchlistEntry.digest == KnownNotMatch.entry_digest,
    )  # fmt: skip
    changed = session.scalars(
        sa.select(KnownNotMatch.id)
        .where(KnownNotMatch.watchlist_id == watchlist_id, KnownNotMatch.voided_at.is_(None))
        .where(~as_cleared)
    ).all()
    _void(session, SYSTEM, changed, "entry-changed", now)


def ask_second(session: Session, watchlist_id: UUID, now: datetime) -> None:
    """On a list that is severe now, one signature is not enough any more: its pairs wait for a second one, and their
    travellers are screened again.
    """
    own = sa.exists().where(
        WatchlistEntry.watchlist_id == KnownNotMatch.watchlist_id,
        WatchlistEntry.key == KnownNotMatch.entry_key, WatchlistEntry.removed_version.is_(None),
        WatchlistEntry.severity.is_not(None), WatchlistEntry.severity != Severity.SEVERE,
    )  # fmt: skip
    waiting = session.scalars(
        sa.update(KnownNotMatch)
        .where(KnownNotMatch.watchlist_id == watchlist_id, KnownNotMatch.voided_at.is_(None))
        .where(~KnownNotMatch.needs_second, ~own)
        .values(needs_second=True)
        .returning(KnownNotMatch)
    ).all()
    for one in waiting:
        audit.record(session, SYSTEM, "known-not-match.asked", "known_not_match", one.id, now)
    _touch(session, waiting, now)


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as officers see it."""

    pair: KnownNotMatch
    list_key: str
    list_title: str


def read_pairs(session: Session, limit: int = 200) -> list[PairRow]:
    """Those that wait for a second signature, those in force, then voided ones; the newest first."""
    rows = session.execute(
        sa.select(KnownNotMatch, Watchlist.key, Watchlist.title)
        .join(Watchlist, Watchlist.id == KnownNotMatch.watchlist_id)
        .where(scope.of_purposes(Watchlist.purpose))
        .order_by(
            KnownNotMatch.voided_at.is_not(None),
            sa.or_(~KnownNotMatch.needs_second, KnownNotMatch.approved_by.is_not(None)),
            KnownNotMatch.id.desc(),
        )
        .limit(limit)
    )
    return [PairRow(pair, key, title) for pair, key, title in rows]


def _check(reason: str, until: date, now: datetime) -> None:
    problems = [] if reason.strip() else [FieldProblem("/reason", "missing")]
    if not now.date() <= until <= (now + LONGEST).date():
        problems.append(FieldProblem("/until", "out_of_range"))
    if problems:
        raise PairInvalidError(fields=problems)


def _hit(session: Session, hit_id: UUID) -> tuple[Hit, Watchlist, WatchlistEntry]:
    """The hit with its entry as it reads now."""
    hit = session.get(Hit, hit_id)
    if hit is None or hit.source is not HitSource.WATCHLIST:
        raise NotFoundError
    list_key, _, entry_key = hit.subject.partition("/")
    row = session.execute(
        sa.select(Watchlist, WatchlistEntry)
        .join(WatchlistEntry, WatchlistEntry.watchlist_id == Watchlist.id)
        .where(Watchlist.key == list_key, WatchlistEntry.key == entry_key)
        .where(WatchlistEntry.removed_version.is_(None))
        .where(WatchlistEntry.version == hit.subject_version)
    ).one_or_none()
    if row is None:
        raise PairConflictError
    return hit, row[0], row[1]


def _live(session: Session, pair_id: UUID) -> KnownNotMatch:
    found = session.get(KnownNotMatch, pair_id, with_for_update=True)
    if found is None:
        raise NotFoundError
    if found.voided_at is not None:
        raise PairConflictError
    return found


def _void(
    session: Session,
    actor: Actor,
    ids: Sequence[UUID],
    because: str,
    now: datetime,
    but: Collection[UUID] = (),
) -> None:
    """Void pairs and screen their travellers again, ``but`` for those who are being screened already."""
    if not ids:
        return
    voided = session.scalars(
        sa.update(KnownNotMatch)
        .where(KnownNotMatch.id.in_(ids), KnownNotMatch.voided_at.is_(None))
        .values(voided_at=now, voided_because=because)
        .returning(KnownNotMatch)
    ).all()
    for one in voided:
        audit.record(
            session,
            actor,
            "known-not-match.voided",
            "known_not_match",
            one.id,
            now,
            because=because,
        )
    _touch(session, voided, now, but)


def _touch(
    session: Session, pairs: Sequence[KnownNotMatch], now: datetime, but: Collection[UUID] = ()
) -> None:
    """Screen the travellers of pairs again, on every flight still to come."""
    documents = [pair.document_key for pair in pairs if pair.document_key is not None]
    persons = [key for pair in pairs for key in pair.person_keys]
    to_come = sa.or_(
        Flight.arrives_at > now - IN_THE_HALL,
        sa.and_(Flight.arrives_at.is_(None), Flight.flight_date >= (now - IN_THE_HALL).date()),
    )
    theirs = sa.or_(
        Passenger.id.in_([pair.passenger_id for pair in pairs]),
        Traveller.document_keys.overlap(documents), Traveller.person_keys.overlap(persons),
    )  # fmt: skip
    ids = session.scalars(
        sa.select(Passenger.id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .outerjoin(Traveller, Traveller.id == Passenger.traveller_id)
        .where(to_come, theirs)
    ).all()
    touch(session, set(ids) - set(but))
