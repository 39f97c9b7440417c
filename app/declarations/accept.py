"""Codes that travellers show: opened, judged against what is known, and stored where they bring news.

A number (cti) stands for one declaration of one device key. Showing a code again changes nothing; a new
content needs the same key and a higher sequence number. Never key on the text or its hash: an ECDSA
signature (r, n - s) verifies as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.declarations import form, keys
from app.declarations.models import (
    Companion,
    Declaration,
    DeclarationStatus,
    DeclarationVersion,
)
from app.declarations.refusals import refusal
from app.declarations.registry import questionnaires_by_id
from app.declarations.service import (
    UNDETERMINED,
    Content,
    current_version,
    declared_value,
    store_amendment,
    store_declaration,
)
from app.formats import values
from app.formats.credential import (
    ARRIVES_WITHIN,
    MAX_TEXT,
    CredentialError,
    Kind,
    Opened,
    TravelDocument,
    check_arrival,
    matches_document,
    open_credential,
)
from app.formats.credential import Declaration as WireDeclaration
from app.kernel.crypto import Vault
from app.kernel.ids import uuid7

TRAVELLER = 0
"""The person of a declaration who made it; companions are 1..9."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site takes: ``plain`` declarations (EGD1) too, or only sealed ones and receipts; arrivals up
    to ``latest`` ahead.
    """

    plain: bool = False
    latest: timedelta = ARRIVES_WITHIN


@dataclass(frozen=True, slots=True)
class Accepted:
    """A code that stands, and the declaration behind it. ``person`` is whose code it is."""

    declaration: Declaration
    person: int = TRAVELLER


def accept_credential(
    session: Session,
    actor: Actor,
    text: str,
    *,
    site: str,
    vault: Vault,
    now: datetime,
    policy: Policy,
) -> Accepted:
    """Open a code and return its declaration, stored now if it is new here.

    Raises CredentialRefusedError with the code of the credential page.
    """
    opened = open_text(session, text, site=site, vault=vault, now=now, policy=policy)
    if opened.receipt is not None:
        return Accepted(_of_receipt(session, opened))
    return Accepted(accept_opened(session, actor, opened, site=site, now=now))


def open_text(
    session: Session, text: str, *, site: str, vault: Vault, now: datetime, policy: Policy
) -> Opened:
    """Check a code by itself: form, keys, signature, times. Raises CredentialRefusedError."""
    if len(text) <= MAX_TEXT and text.startswith(f"{Kind.DECLARATION}:") and not policy.plain:
        raise refusal("prefix_unknown", "This site takes sealed declarations and receipts only.")
    try:
        opened = open_credential(
            text,
            now=int(now.timestamp()),
            trust=keys.trust(session, now) if text.startswith(Kind.RECEIPT) else {},
            decryption_keys=(
                keys.decryption_keys(session, vault, now) if text.startswith(Kind.ENCRYPTED) else {}
            ),
            questionnaires=questionnaires_by_id().keys(),
        )
        if opened.declaration:
            port = opened.declaration.journey.destination
            check_arrival(opened, form.today_at(now, port, site), policy.latest)
    except CredentialError as error:
        raise refusal(error.code) from None
    return opened


def person_of(session: Session, declaration: Declaration, document: TravelDocument) -> int | None:
    """Who on the declaration the passport belongs to: 0 the traveller, 1..9 a companion, None nobody."""
    value = declared_value(current_version(session, declaration))
    return matches_document(_as_opened(declaration, value), document)


def find_by_document(
    session: Session, document: TravelDocument, *, site: str, now: datetime
) -> Accepted | None:
    """The newest declaration that names the holder of a passport, for whoever shows no code."""
    key = values.document_number(document.number)
    named = sa.exists().where(
        Companion.declaration_id == Declaration.id,
        Companion.seq == Declaration.seq,
        Companion.document_key == key,
    )
    candidates = session.scalars(
        sa.select(Declaration)
        .where(
            (Declaration.document_key == key) | named,
            Declaration.site == site,
            Declaration.status == DeclarationStatus.ACTIVE,
            Declaration.expires_at > now,
        )
        .order_by(Declaration.created_at.desc(), Declaration.id.desc())
        .limit(10)
    )
    for declaration in candidates.all():
        person = person_of(session, declaration, document)
        if person is not None:
            return Accepted(declaration, person)
    return None


def _of_receipt(session: Session, opened: Opened) -> Declaration:
    """The declaration that a receipt was given for, if it is still the newest."""
    declaration = _bound(session, opened)
    if declaration is None or opened.seq > declaration.seq:
        raise refusal("declaration_unknown")  # of another site, or newer than a restored database
    if declaration.status is DeclarationStatus.WITHDRAWN:
        raise refusal("withdrawn")
    if opened.seq < declaration.seq:
        raise refusal("superseded")
    return declaration


def _bound(session: Session, opened: Opened) -> Declaration | None:
    """A receipt names a number, not its device key; where two share one, the binding tells."""
    found = session.scalars(sa.select(Declaration).where(Declaration.cti == opened.cti)).all()
    if len(found) < 2:
        return found[0] if found else None
    assert opened.receipt is not None
    for declaration in found:
        version = session.scalar(
            sa.select(DeclarationVersion).where(
                DeclarationVersion.declaration_id == declaration.id,
                DeclarationVersion.seq == opened.seq,
            )
        )
        if version and opened.receipt.binding in _bindings(declared_value(version), opened):
            return declaration
    return None


def _bindings(value: WireDeclaration, opened: Opened) -> set[bytes]:
    """The bindings of all receipts that are given for a version."""
    own = form.receipt_of(value, opened.cti, TRAVELLER)
    others = form.companion_receipts(value, opened.cti, TRAVELLER)
    return {one.binding for one in (own, *others) if one}


def accept_opened(
    session: Session,
    actor: Actor,
    opened: Opened,
    *,
    site: str,
    now: datetime,
    language: str = UNDETERMINED,
) -> Declaration:
    """The declaration of a code that carries one and was opened; stored now if it is new here.

    ``language`` is the one it was certified in, where whoever sends it knows. Raises as accept_credential.
    """
    content = _content(opened, language)
    found = lock_number(session, opened.cti)
    known = next((one for one in found if one.device_key == opened.key), None)
    if known is not None:
        _show_again(session, actor, known, content, now)
        return known
    if any(one.document_key == form.document_key(content.value) for one in found):
        raise refusal("replayed")  # another device speaks for the same passport
    return store_declaration(
        session, actor, content, identifier=uuid7(), site=site, device_key=opened.key,
        cti=opened.cti, secret_hash=None, now=now,
    )  # fmt: skip


def lock_number(session: Session, cti: bytes) -> Sequence[Declaration]:
    """Every declaration of a number, locked: whoever shows it at the same time waits, whatever the key."""
    lock = int.from_bytes(cti[:8], signed=True)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    query = sa.select(Declaration).where(Declaration.cti == cti)
    query = query.order_by(Declaration.id).with_for_update(key_share=True)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def _show_again(
    session: Session, actor: Actor, known: Declaration, content: Content, now: datetime
) -> None:
    """A known number: the same content, an amendment, or a refusal."""
    if known.status is DeclarationStatus.WITHDRAWN:
        raise refusal("withdrawn")
    if content.value.seq < known.seq:
        raise refusal("superseded")
    if content.value.seq > known.seq:
        store_amendment(session, actor, known, content, now)
    elif current_version(session, known).payload_digest != content.digest:
        raise refusal("replayed")


def _content(opened: Opened, language: str) -> Content:
    value = opened.declaration
    assert value is not None
    questionnaire = questionnaires_by_id()[value.questionnaire]
    if not form.is_acceptable(value, questionnaire):
        raise refusal("claims_invalid")
    stored = form.to_content(value, questionnaire)
    signed_at = datetime.fromtimestamp(opened.iat, UTC)
    return Content(value, stored, questionnaire, opened.digest, language, signed_at=signed_at)


def _as_opened(declaration: Declaration, value: WireDeclaration) -> Opened:
    """A stored declaration in the form in which the format compares it with a passport."""
    return Opened(
        kind=Kind.DECLARATION, cti=declaration.cti, iat=0, exp=0, key=declaration.device_key,
        seq=declaration.seq, digest=b"", declaration=value, receipt=None, claims={},
    )  # fmt: skip
