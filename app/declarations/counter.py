"""Declarations that are taken for a traveller: by a kiosk on its own screen, or by an officer from a paper form
or spoken answers.

The passport finds what its holder has declared before. What is taken then is a correction: the traveller's own,
made before anybody looked, and so a voluntary disclosure. It replaces what was said; it is no fact of any rule.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.declarations.accept import TRAVELLER, find_by_document
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
    session: Session, actor: Actor, sent: Submission, taken: Taken, *, site: str, now: datetime
) -> Declaration:
    """Store what was taken: a new declaration, or the next version of the one that its traveller has.

    The same again changes nothing. One that somebody has passed a gate with stays as it is, and another
    begins. Raises InvalidError with pointers into ``sent``.
    """
    known = _standing(session, sent, site, now)
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


def _standing(session: Session, sent: Submission, site: str, now: datetime) -> Declaration | None:
    """The traveller's own declaration that still counts and that nobody has used, locked."""
    found = find_by_document(session, document_of(sent), site=site, now=now)
    if found is None or found.person != TRAVELLER:
        return None
    used = sa.select(CredentialUse.id).where(CredentialUse.declaration_id == found.declaration.id)
    if session.execute(used.limit(1)).first():
        return None
    return lock_declaration(session, found.declaration.id)


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
