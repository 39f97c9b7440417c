"""Declarations that are taken for a traveller: by a kiosk on its own screen, or by an officer from a paper form
or spoken answers.

The passport finds what its holder has declared before. What is taken then is a correction: the traveller's own,
made before anybody looked, and so a voluntary disclosure. It replaces what was said; it is no fact of any rule.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.declarations.accept import TRAVELLER, find_by_document
from app.declarations.form import known_date
from app.declarations.models import (
    Companion,
    CredentialUse,
    Declaration,
    DeclarationStatus,
    DeclarationVersion,
)
from app.declarations.schemas import Submission
from app.declarations.service import (
    ONLINE,
    Taken,
    current_version,
    lock_declaration,
    read_content,
    store_amendment,
    store_declaration,
)
from app.formats import values
from app.formats.credential import TravelDocument
from app.kernel.ids import uuid7


def take_declaration(
    session: Session,
    actor: Actor,
    sent: Submission,
    taken: Taken,
    *,
    site: str,
    now: datetime,
    corrects: UUID | None = None,
) -> Declaration:
    """Store what was taken: a new declaration, or the next version of the one that its traveller has.

    ``corrects`` is the declaration that an officer had open: it may be the passport's number that was wrong in
    it. The same again changes nothing. One that somebody has passed a gate with stays as it is, and another
    begins. Raises InvalidError with pointers into ``sent``.
    """
    known = _standing(session, sent, corrects, site, now)
    if known is None:
        content = read_content(sent, site, now, taken=taken)
        return store_declaration(
            session, actor, content, identifier=uuid7(), site=site, device_key=ONLINE,
            cti=os.urandom(16), secret_hash=None, now=now,
        )  # fmt: skip
    content = read_content(sent, site, now, seq=known.seq + 1, taken=taken)
    if current_version(session, known).payload_digest != content.digest:
        store_amendment(session, actor, known, content, now)
    return known


def document_of(sent: Submission) -> TravelDocument:
    """The passport that a declaration names, as a reader would read it."""
    who = sent.traveller
    return TravelDocument(
        number=values.document_number(who.document.number),
        issuer=who.document.issuer,
        surname=who.surname,
        given=who.given_names,
        birth_date=int(who.birth_date.replace("-", "")),
    )


def _standing(
    session: Session, sent: Submission, corrects: UUID | None, site: str, now: datetime
) -> Declaration | None:
    """The declaration that is corrected, or the traveller's own, that still counts and that nobody has used,
    locked.
    """
    identifier = _counting(session, corrects, sent, site, now) or _own(session, sent, site, now)
    if identifier is None:
        return None
    used = sa.select(CredentialUse.id).where(CredentialUse.declaration_id == identifier)
    if session.execute(used.limit(1)).first():
        return None
    return lock_declaration(session, identifier)


def _counting(
    session: Session, identifier: UUID | None, sent: Submission, site: str, now: datetime
) -> UUID | None:
    """A declaration of this site, if it counts and number or date of birth say that it is the same person's."""
    found = session.get(Declaration, identifier) if identifier else None
    if found is None or found.site != site or found.expires_at <= now:
        return None
    who = document_of(sent)
    is_theirs = found.document_key == who.number or (
        found.birth_date is not None and found.birth_date == known_date(who.birth_date)
    )
    return found.id if is_theirs and found.status is DeclarationStatus.ACTIVE else None


def _own(session: Session, sent: Submission, site: str, now: datetime) -> UUID | None:
    """The newest declaration of the passport's holder."""
    found = find_by_document(session, document_of(sent), site=site, now=now)
    return found.declaration.id if found and found.person == TRAVELLER else None


def find_at_counter(
    session: Session, number: str, birth_date: str, *, site: str, now: datetime
) -> Declaration | None:
    """The newest declaration that names the holder of a passport, for an officer who holds it: by its number
    and the date of birth as printed (``yyyy-mm-dd``, 00 for what it leaves open), the traveller's or a
    companion's. Nobody can leaf through them: both must be right.
    """
    key = values.document_number(number)
    named = sa.exists().where(
        Companion.declaration_id == Declaration.id,
        Companion.seq == Declaration.seq,
        Companion.document_key == key,
    )
    candidates = session.execute(
        sa.select(Declaration, DeclarationVersion.content)
        .join(
            DeclarationVersion,
            (DeclarationVersion.declaration_id == Declaration.id)
            & (DeclarationVersion.seq == Declaration.seq),
        )
        .where(
            Declaration.site == site,
            Declaration.status == DeclarationStatus.ACTIVE,
            Declaration.expires_at > now,
            (Declaration.document_key == key) | named,
        )
        .order_by(Declaration.created_at.desc(), Declaration.id.desc())
        .limit(10)
    ).all()
    holder = (key, birth_date)
    return next((one for one, content in candidates if holder in _holders(content)), None)


def _holders(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Document number and date of birth of everybody whom a stored declaration names."""
    traveller = content["traveller"]
    yield values.document_number(traveller["document"]["number"]), traveller["birth_date"]
    for one in content["companions"]:
        yield values.document_number(one["document_number"] or ""), one["birth_date"]
