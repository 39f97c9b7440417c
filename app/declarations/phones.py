"""Declarations that a phone made without network, when the phone itself brings them.

Whoever shows a code owns nothing: it may be a picture. The phone proves that it holds the key that signed, and
gets the secret with which a declaration is read, amended and withdrawn, as whoever declares online does. It says in
which language the form was certified, and may bring a declaration as early as one may be made online.
Bringing the same again changes nothing. An answer may be lost, and a counter may correct the declaration before the
phone hears of it: then what was recorded there stands, and the phone is told so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from app.audit.log import TRAVELLER
from app.declarations import form
from app.declarations.accept import Policy, accept_opened, lock_number, open_text
from app.declarations.models import Channel, Declaration, DeclarationStatus
from app.declarations.refusals import refusal
from app.declarations.registry import questionnaires_by_id
from app.declarations.schemas import Bags, Language, Nights, Strict
from app.declarations.service import (
    UNDETERMINED,
    add_besides,
    certify_in,
    current_version,
    declaration_secret,
)
from app.formats.credential import MAX_TEXT, Opened, public_key
from app.kernel.crypto import Vault, token_hash
from app.kernel.errors import FieldProblem, InvalidError

_HALF = 32


class FromPhone(Strict):
    """``text``: EGD1 or EGE1. ``proof``: ES256 (r and s in hex) by the key of the phone over ``egate-owner:``
    and the text; it cannot be taken for the signature of a declaration, which begins with a byte 0x84.
    ``known``: the sequence number that the phone heard of last; None before the first answer. ``bags`` and
    ``stay_nights``: what the form says besides, for which a code has no room.
    """

    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    language: Language
    proof: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
    known: int | None = Field(default=None, ge=0)
    bags: Bags = None
    stay_nights: Nights = None


@dataclass(frozen=True, slots=True)
class Brought:
    """The declaration as it stands; ``counts``: what was brought is the version that counts."""

    declaration: Declaration
    counts: bool


def take_from_phone(
    session: Session,
    sent: FromPhone,
    *,
    site: str,
    vault: Vault,
    now: datetime,
    plain: bool,
) -> Brought:
    """The declaration of a code that its phone brings, stored or amended now if that is news.

    ``plain``: whether the site takes what is not sealed. The day is judged as it is online. What is older than
    the version that counts, or was made without knowing what a kiosk or counter recorded since, changes nothing.

    Raises the refusals of the credential page: prefix_unknown for a receipt, signature_invalid for a proof
    that is another key's; InvalidError for a language that its questionnaire does not speak.
    """
    policy = Policy(plain=plain, latest=form.LATEST)
    opened = open_text(session, sent.text, site=site, vault=vault, now=now, policy=policy)
    if opened.declaration is None:
        raise refusal("prefix_unknown")
    if not _is_proved(opened.key, sent):
        raise refusal("signature_invalid")
    if sent.language not in questionnaires_by_id()[opened.declaration.questionnaire].languages:
        raise InvalidError(fields=[FieldProblem("/language", "unknown")])
    standing = _standing(session, opened, sent.known)
    declaration = standing or accept_opened(
        session, TRAVELLER, opened, site=site, now=now, language=sent.language
    )
    if declaration.secret_hash is None:
        declaration.secret_hash = token_hash(declaration_secret(vault, declaration.id))
    version = current_version(session, declaration)
    if standing is None and version.language == UNDETERMINED:  # a kiosk saw the code first
        certify_in(declaration, version, sent.language)
    if standing is None:
        add_besides(session, declaration, form.said_besides(sent))
    session.flush()
    return Brought(declaration, counts=standing is None)


def _standing(session: Session, opened: Opened, known: int | None) -> Declaration | None:
    """The declaration of this phone and number where what it brings does not replace what was recorded."""
    found = (one for one in lock_number(session, opened.cti) if one.device_key == opened.key)
    declaration = next(found, None)
    if declaration is None or declaration.status is DeclarationStatus.WITHDRAWN:
        return None
    if opened.seq < declaration.seq:
        return declaration
    heard = -1 if known is None else known
    is_own = current_version(session, declaration).channel is Channel.CODE
    return None if is_own or declaration.seq <= heard else declaration


def _is_proved(key: bytes, sent: FromPhone) -> bool:
    r, s = (int(half, 16) for half in (sent.proof[: 2 * _HALF], sent.proof[2 * _HALF :]))
    said = b"egate-owner:" + sent.text.encode()
    try:
        public_key(key).verify(encode_dss_signature(r, s), said, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
