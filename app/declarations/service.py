"""Declarations made online: submit, amend, withdraw, read one's own; and the receipt for any of them.

Whoever makes a declaration gets a secret: the bearer token to read, amend and withdraw it. It is derived
from the declaration's id, so that a repeated call (same Idempotency-Key, answer lost on the way) shows it
again; stored is only its hash.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.declarations import form, keys
from app.declarations.article_models import FollowingArticles
from app.declarations.articles import check_unconfirmed
from app.declarations.matching import forget_matches, match_declaration, touch_matched
from app.declarations.models import (
    Channel,
    Companion,
    CredentialUse,
    Declaration,
    DeclarationStatus,
    DeclarationVersion,
)
from app.declarations.refusals import refusal
from app.declarations.registry import all_versions, questionnaires
from app.declarations.schemas import Submission
from app.formats import credential, values
from app.formats.questionnaire import Questionnaire, text
from app.kernel import events
from app.kernel.crypto import Vault, token_hash
from app.kernel.errors import FieldProblem, InvalidError, NotFoundError
from app.kernel.ids import uuid7

ONLINE = b""
"""The device key of a declaration that was made online."""

UNDETERMINED = "und"  # BCP 47: a code does not say in which language its form was read


@dataclass(frozen=True, slots=True)
class Taken:
    """How a version came, and which device or officer took it."""

    channel: Channel
    by: UUID | None = None

    @property
    def goods_follow(self) -> bool:
        """A kiosk takes no list for an answer: a "yes" leads to a counter, where it can be made."""
        return self.channel is Channel.KIOSK


@dataclass(frozen=True, slots=True)
class Content:
    """One version of a declaration to store: the value, its JSON and what tells it from another."""

    value: credential.Declaration
    stored: form.Content
    questionnaire: Questionnaire
    digest: bytes
    language: str = UNDETERMINED
    taken: Taken = Taken(Channel.CODE)
    signed_at: datetime | None = None
    """When a phone says that it was certified; a phone's clock is its own."""


ONLINE_TAKEN = Taken(Channel.ONLINE)


@dataclass(frozen=True, slots=True)
class Own:
    """A declaration and the version that counts, as its owner may see it."""

    declaration: Declaration
    version: DeclarationVersion


def submit_declaration(
    session: Session,
    actor: Actor,
    sent: Submission,
    *,
    site: str,
    vault: Vault,
    cti: bytes,
    now: datetime,
) -> Declaration:
    """Store a declaration made online. ``cti`` are 16 fresh random bytes.

    Raises InvalidError with pointers into ``sent``.
    """
    content = read_content(sent, site, now)
    identifier = uuid7()
    return store_declaration(
        session, actor, content, identifier=identifier, site=site, device_key=ONLINE, cti=cti,
        secret_hash=token_hash(declaration_secret(vault, identifier)), now=now,
    )  # fmt: skip


def amend_declaration(
    session: Session, actor: Actor, identifier: UUID, sent: Submission, *, site: str, now: datetime
) -> Declaration:
    """Replace what is declared by a new version, with a new sequence number.

    The same content again changes nothing. Raises InvalidError, NotFoundError, and the refusals
    withdrawn and already_used.
    """
    declaration = lock_declaration(session, identifier)
    content = read_content(sent, site, now, seq=declaration.seq + 1)
    if current_version(session, declaration).payload_digest != content.digest:
        store_amendment(session, actor, declaration, content, now)
    return declaration


def withdraw_declaration(
    session: Session, actor: Actor, identifier: UUID, *, now: datetime
) -> Declaration:
    """End a declaration; its codes are refused from now on. Raises NotFoundError, already_used, and
    :class:`app.declarations.articles.ArticlesConfirmedError`.
    """
    declaration = _locked(session, identifier)
    if declaration.status is DeclarationStatus.WITHDRAWN:
        return declaration
    _check_unused(session, declaration)
    check_unconfirmed(session, declaration)
    declaration.status = DeclarationStatus.WITHDRAWN
    declaration.withdrawn_at = now
    _changed(session, actor, "declaration.withdrawn", declaration, now)
    touch_matched(session, declaration)
    return declaration


def erase_declaration(session: Session, actor: Actor, identifier: UUID, *, now: datetime) -> None:
    """End a declaration and delete everything personal in it, at its owner's wish.

    What stays is that its number is withdrawn, so that a code of it still in somebody's hand is refused.
    Raises NotFoundError, and already_used: what somebody has passed a gate with is kept as the law has it.
    """
    declaration = withdraw_declaration(session, actor, identifier, now=now)
    touch_matched(session, declaration)
    _erase(session, actor, declaration, now)


def erase_for_subject(session: Session, actor: Actor, identifier: UUID, now: datetime) -> None:
    """The same at the decision of an officer on the request of whoever declared; whether it may be, the caller has
    asked: a gate that has been passed with it does not stand against it.
    """
    declaration = session.get_one(Declaration, identifier, with_for_update=True)
    declaration.status = DeclarationStatus.WITHDRAWN
    declaration.withdrawn_at = declaration.withdrawn_at or now
    touch_matched(session, declaration)
    _erase(session, actor, declaration, now)


def _erase(session: Session, actor: Actor, declaration: Declaration, now: datetime) -> None:
    for table in (Companion, DeclarationVersion, FollowingArticles):
        session.execute(sa.delete(table).where(table.declaration_id == declaration.id))
    declaration.document_key = declaration.issuer = ""
    declaration.birth_date = declaration.secret_hash = declaration.passenger_id = None
    _changed(session, actor, "declaration.erased", declaration, now)


def erase_over(
    session: Session,
    now: datetime,
    kept: timedelta,
    needed: sa.ColumnElement[bool],
    limit: int = 50,
) -> int:
    """Delete what is personal in declarations so long after the day of arrival, at most `limit` of them; how
    many that were. `needed` tells which a case still needs: they stay with it.
    """
    found = session.scalars(
        sa.select(Declaration)
        .where(
            Declaration.arrival_on < (now - kept).date(), Declaration.document_key != "", ~needed
        )
        .order_by(Declaration.arrival_on).limit(limit).with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    for declaration in found:
        declaration.status = DeclarationStatus.WITHDRAWN
        declaration.withdrawn_at = declaration.withdrawn_at or now
        _erase(session, SYSTEM, declaration, now)
    return len(found)


def authenticate_owner(session: Session, identifier: UUID, secret: str) -> Own:
    """The declaration whose secret this is. Raises NotFoundError for a wrong secret as for a wrong id."""
    declaration = session.get(Declaration, identifier)
    known = declaration.secret_hash if declaration else None
    if declaration is None or known is None:
        raise NotFoundError
    if not hmac.compare_digest(known, token_hash(secret)):
        raise NotFoundError
    return Own(declaration, current_version(session, declaration))


def declaration_secret(vault: Vault, identifier: UUID) -> str:
    """The owner's secret: 128 bits, underivable without the master secret."""
    keyed = vault.pseudonym("declaration-secret", str(identifier))
    return base64.urlsafe_b64encode(keyed).decode().rstrip("=")


def reference_of(declaration: Declaration) -> str:
    """What a traveller reads out at a counter: eight letters and digits of the credential's number."""
    letters = base64.b32encode(declaration.cti[:5]).decode()
    return f"{letters[:4]}-{letters[4:]}"


@dataclass(frozen=True, slots=True)
class Receipts:
    """Texts EGR1: the one of whoever declared, and each companion's own (None where no passport is named)."""

    text: str
    companions: tuple[str | None, ...] = ()


def issue_receipts(
    session: Session, vault: Vault, declaration: Declaration, now: datetime
) -> Receipts | None:
    """The receipts for the newest version; None once withdrawn or over."""
    if declaration.status is DeclarationStatus.WITHDRAWN or declaration.expires_at <= now:
        return None
    value = declared_value(current_version(session, declaration))
    key = keys.signing_key(session, vault, now)

    def sealed(receipt: credential.Receipt) -> str:
        return credential.seal_receipt(
            receipt,
            cti=declaration.cti,
            iat=int(now.timestamp()),
            exp=int(declaration.expires_at.timestamp()),
            key=key,
        )

    others = form.companion_receipts(value, declaration.cti, declaration.lane)
    return Receipts(
        sealed(form.receipt_of(value, declaration.cti, declaration.lane)),
        tuple(sealed(one) if one else None for one in others),
    )


def issue_receipt(
    session: Session, vault: Vault, declaration: Declaration, now: datetime
) -> str | None:
    """The text of the receipt of whoever declared; None once withdrawn or over."""
    found = issue_receipts(session, vault, declaration, now)
    return found.text if found else None


# --- shared with the acceptance of codes -----------------------------------------------------------


def read_content(
    sent: Submission, site: str, now: datetime, *, seq: int = 0, taken: Taken = ONLINE_TAKEN
) -> Content:
    """What was sent as a version to store. Raises InvalidError."""
    questionnaire = questionnaires().get(sent.questionnaire)
    if questionnaire is None:
        raise InvalidError(fields=[FieldProblem("/questionnaire", "questionnaire_unknown")])
    today = form.today_at(now, sent.journey.destination, site)
    value = form.read_submission(
        sent, questionnaire, today, seq=seq, without_goods=taken.goods_follow
    )
    stored = form.to_content(value, questionnaire) | form.said_besides(sent)
    digest = form.content_digest(stored)
    return Content(value, stored, questionnaire, digest, sent.language, taken)


def store_declaration(
    session: Session,
    actor: Actor,
    content: Content,
    *,
    identifier: UUID,
    site: str,
    device_key: bytes,
    cti: bytes,
    secret_hash: bytes | None,
    now: datetime,
) -> Declaration:
    """Insert a declaration with its first version, and match it to the passenger list."""
    declaration = Declaration(
        id=identifier,
        site=site,
        device_key=device_key,
        cti=cti,
        status=DeclarationStatus.ACTIVE,
        secret_hash=secret_hash,
        version=0,
        created_at=now,
        **_columns(content, site),
    )
    session.add(declaration)
    session.flush()
    _append_version(session, declaration, content, now)
    _changed(session, actor, "declaration.submitted", declaration, now)
    match_declaration(session, declaration, now)
    return declaration


def store_amendment(
    session: Session, actor: Actor, declaration: Declaration, content: Content, now: datetime
) -> None:
    """Append a version to a locked declaration and match it anew. Raises already_used."""
    _check_unused(session, declaration)
    left = forget_matches(session, declaration)
    for name, value in _columns(content, declaration.site).items():
        setattr(declaration, name, value)
    _append_version(session, declaration, content, now)
    _changed(session, actor, "declaration.amended", declaration, now)
    match_declaration(session, declaration, now, also_touch=left)


def lock_declaration(session: Session, identifier: UUID) -> Declaration:
    """The declaration, locked for a change. Raises NotFoundError, withdrawn."""
    declaration = _locked(session, identifier)
    if declaration.status is DeclarationStatus.WITHDRAWN:
        raise refusal("withdrawn")
    return declaration


def _locked(session: Session, identifier: UUID) -> Declaration:
    lock = {"key_share": True}  # leaves the gate free to note a use, which refers to this row
    declaration = session.get(Declaration, identifier, with_for_update=lock, populate_existing=True)
    if declaration is None:
        raise NotFoundError
    return declaration


def current_version(session: Session, declaration: Declaration) -> DeclarationVersion:
    """The version that counts."""
    return session.execute(
        sa.select(DeclarationVersion).where(
            DeclarationVersion.declaration_id == declaration.id,
            DeclarationVersion.seq == declaration.seq,
        )
    ).scalar_one()


def all_versions_of(session: Session, declaration_id: UUID) -> list[DeclarationVersion]:
    """All versions of a declaration, the one that counts last; none once it was erased."""
    query = (
        sa.select(DeclarationVersion)
        .where(DeclarationVersion.declaration_id == declaration_id)
        .order_by(DeclarationVersion.seq)
    )
    return list(session.scalars(query))


def certify_in(declaration: Declaration, version: DeclarationVersion, language: str) -> None:
    """Say in which language a version was certified that came as a code, which does not tell."""
    questionnaire = all_versions()[version.questionnaire]
    declaration.language = version.language = language
    version.certified_text = text(questionnaire, questionnaire.certify, language)


def add_besides(session: Session, declaration: Declaration, said: form.Content) -> None:
    """Add to the newest version what its form says and its code does not, once."""
    version = current_version(session, declaration)
    news = {name: value for name, value in said.items() if name not in version.content}
    if news:
        version.content = version.content | news
        touch_matched(session, declaration)


def declared_value(version: DeclarationVersion) -> credential.Declaration:
    """What a stored version declares."""
    return form.from_content(version.content, all_versions()[version.questionnaire], version.seq)


def _columns(content: Content, site: str) -> dict[str, object]:
    """What the row of a declaration repeats of its newest version."""
    value, journey = content.value, content.value.journey
    return {
        "seq": value.seq,
        "lane": int(form.lane_of(value, content.questionnaire)),
        "language": content.language,
        "document_key": form.document_key(value),
        "issuer": value.identity.issuer,
        "birth_date": form.known_date(value.identity.birth_date),
        "arrival_on": journey.arrival,
        "flight": journey.flight,
        "expires_at": form.valid_until(journey.arrival, journey.destination, site),
    }


def _append_version(
    session: Session, declaration: Declaration, content: Content, now: datetime
) -> None:
    session.add(
        DeclarationVersion(
            declaration_id=declaration.id,
            seq=declaration.seq,
            questionnaire=content.questionnaire.name,
            content=content.stored,
            payload_digest=content.digest,
            language=content.language,
            certified_text=text(
                content.questionnaire, content.questionnaire.certify, content.language
            ),
            certified_at=now,
            signed_at=content.signed_at,
            channel=content.taken.channel,
            taken_by=content.taken.by,
        )
    )
    for number, one in enumerate(content.value.companions, start=1):
        session.add(
            Companion(
                declaration_id=declaration.id,
                seq=declaration.seq,
                number=number,
                document_key=values.document_number(one.document_number or "") or None,
            )
        )
    session.flush()


def _check_unused(session: Session, declaration: Declaration) -> None:
    """What somebody has passed the gate with stays as it is."""
    used = sa.select(CredentialUse.id).where(CredentialUse.declaration_id == declaration.id)
    if session.execute(used.limit(1)).first():
        raise refusal("already_used")


def _changed(
    session: Session, actor: Actor, action: str, declaration: Declaration, now: datetime
) -> None:
    declaration.version += 1
    session.flush()
    events.emit(
        session, "declaration.changed", declaration.id,
        version=declaration.version, site=declaration.site,
    )  # fmt: skip
    audit.record(
        session, actor, action, "declaration", declaration.id, now,
        seq=declaration.seq, lane=declaration.lane,
    )  # fmt: skip
