"""Articles that follow their traveller (sent separately): declared, confirmed by an officer, signed.

Japan's form C-5360 wants two copies: customs keeps one, the other must be shown when the articles are imported,
within six months. Here the second copy is a signed text (:mod:`app.formats.credential.copy`) with the list beside
it; its owner fetches it again with the declaration's secret, an officer by the passport. It is exact to the version
that was confirmed, whatever is corrected later.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.declarations import keys
from app.declarations.article_models import FollowingArticles
from app.declarations.models import AuthorityKey, Declaration, DeclarationStatus, KeyUse
from app.declarations.refusals import refusal
from app.declarations.schemas import Currency, Strict
from app.formats.credential import public_key
from app.formats.credential.copy import Copy, digest_of, open_copy, seal_copy
from app.kernel.crypto import Vault
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.ids import uuid7
from app.kernel.texts import N_

PACKAGES = "unaccompanied_packages"
"""The category of the goods list that counts them."""
MAX_ARTICLES = 30
MONTHS = 6
"""Within which the articles must be imported, counted from the day of arrival."""
_LARGEST = 10**15


class ArticleIn(Strict):
    """One line; ``value`` counts minor units of ``currency``."""

    description: str = Field(min_length=1, max_length=200)
    quantity: int = Field(ge=1, le=10**6)
    value: int | None = Field(default=None, ge=0, le=_LARGEST)
    currency: Currency | None = None


class ArticlesIn(Strict):
    """What follows: so many packages, sent from where, with what in them. ``seq``: the version it belongs to."""

    seq: int = Field(ge=0)
    packages: int = Field(ge=1, le=999)
    sent_from: str = Field(min_length=1, max_length=100)
    articles: list[ArticleIn] = Field(min_length=1, max_length=MAX_ARTICLES)


class ArticlesChangedError(ConflictError):
    """The declaration was corrected since the officer looked at it."""

    code, status, title = (
        "declaration-changed",
        409,
        N_("The declaration has changed, please look again"),
    )


class NothingFollowsError(InvalidError):
    """The traveller answered that nothing follows: that answer is corrected first."""

    code, status, title = "nothing-follows", 422, N_("The declaration says that nothing follows")


class CopyState(StrEnum):
    """What a copy is worth now."""

    CONFIRMED = "confirmed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Verified:
    """A copy whose signature stands and that is the one that was given out."""

    articles: FollowingArticles
    state: CopyState


@dataclass(frozen=True, slots=True)
class Shown:
    """A copy as it is given out again, with what it is worth now."""

    number: str
    seq: int
    packages: int
    confirmed_at: datetime
    import_until: date
    state: CopyState
    text: str
    articles: dict[str, Any]


FOLLOWS = "unaccompanied"
"""The question that asks for them."""


def confirm_articles(
    session: Session,
    actor: Actor,
    vault: Vault,
    declaration_id: UUID,
    sent: ArticlesIn,
    *,
    site: str,
    answers: dict[str, bool],
    now: datetime,
) -> FollowingArticles:
    """Store what follows as the traveller and the officer confirmed it, and sign the copy.

    ``answers``: those of the version that counts. The same again gives the copy that there is. Raises
    NotFoundError, withdrawn, :class:`ArticlesChangedError`, :class:`NothingFollowsError` and InvalidError.
    """
    assert actor.id
    declaration = _locked(session, declaration_id, site)
    if declaration.seq != sent.seq:
        raise ArticlesChangedError
    if not answers.get(FOLLOWS):
        raise NothingFollowsError
    _check_money(sent)
    content = sent.model_dump(exclude={"seq"})
    digest = digest_of(canonical(content))
    earlier = copies_of(session, declaration_id)
    if earlier and (earlier[-1].seq, earlier[-1].digest) == (sent.seq, digest):
        return earlier[-1]
    made = FollowingArticles(
        id=uuid7(), site=site, declaration_id=declaration_id, seq=sent.seq,
        part=len(earlier) + 1, packages=sent.packages, content=content, digest=digest,
        confirmed_by=actor.id, confirmed_at=now, copy="",
        import_until=months_later(declaration.arrival_on, MONTHS),
    )  # fmt: skip
    made.copy = seal_copy(_signed(made, declaration), keys.signing_key(session, vault, now))
    session.add(made)
    session.flush()
    audit.record(
        session, actor, "articles.confirmed", "declaration", declaration_id, now,
        seq=sent.seq, part=made.part, packages=sent.packages,
    )  # fmt: skip
    return made


def copies_of(session: Session, declaration_id: UUID) -> list[FollowingArticles]:
    """Every copy that was given out for a declaration, oldest first; the last one counts."""
    query = sa.select(FollowingArticles).where(FollowingArticles.declaration_id == declaration_id)
    return list(session.scalars(query.order_by(FollowingArticles.part)))


def verify_copy(session: Session, text: str, now: datetime) -> Verified:
    """What a copy is worth: signed by one of the authority's keys, and the one that is stored under its id.

    A key that was succeeded meanwhile still counts, for a copy is good for half a year; a key that leaked makes
    no copy, because each is held against what was stored. Raises CredentialError, NotFoundError.
    """
    rows = session.scalars(sa.select(AuthorityKey).where(AuthorityKey.use == KeyUse.SIGN))
    opened = open_copy(text, {row.kid: public_key(row.public_point) for row in rows}).copy
    found = session.get(FollowingArticles, UUID(bytes=opened.id))
    if found is None:
        raise NotFoundError
    declaration = session.get_one(Declaration, found.declaration_id)
    if _signed(found, declaration) != opened:
        raise NotFoundError
    return Verified(found, _state(session, found, declaration, now))


def shown_copy(session: Session, one: FollowingArticles, now: datetime) -> Shown:
    """A stored copy, exactly as it was confirmed."""
    declaration = session.get_one(Declaration, one.declaration_id)
    return Shown(
        copy_number(one, declaration), one.seq, one.packages, one.confirmed_at, one.import_until,
        _state(session, one, declaration, now), one.copy, one.content,
    )  # fmt: skip


def is_exact(articles: FollowingArticles) -> bool:
    """Whether a stored list is still the one that was signed."""
    return digest_of(canonical(articles.content)) == articles.digest


def copy_number(articles: FollowingArticles, declaration: Declaration) -> str:
    """What stands on both copies: the site, the declaration's version and the copy's own number."""
    return f"{articles.site}-{declaration.cti[:4].hex().upper()}-{articles.seq}.{articles.part}"


def canonical(content: dict[str, Any]) -> bytes:
    """The bytes that are signed: keys in order, nothing between them."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the last of a month that is shorter."""
    first = date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _locked(session: Session, declaration_id: UUID, site: str) -> Declaration:
    found = session.get(
        Declaration, declaration_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None or found.site != site or not found.document_key:
        raise NotFoundError
    if found.status is DeclarationStatus.WITHDRAWN:
        raise refusal("withdrawn")
    return found


def _check_money(sent: ArticlesIn) -> None:
    wrong = [
        FieldProblem(f"/articles/{index}/currency", "with-value-only")
        for index, one in enumerate(sent.articles)
        if (one.value is None) != (one.currency is None)
    ]
    if wrong:
        raise InvalidError(fields=wrong)


def _signed(articles: FollowingArticles, declaration: Declaration) -> Copy:
    end = datetime.combine(articles.import_until + timedelta(days=1), time(), UTC)
    return Copy(
        id=articles.id.bytes, cti=declaration.cti, seq=articles.seq,
        number=copy_number(articles, declaration), packages=articles.packages,
        digest=articles.digest, confirmed_at=int(articles.confirmed_at.timestamp()),
        expires_at=int(end.timestamp()),
    )  # fmt: skip


def _state(
    session: Session, found: FollowingArticles, declaration: Declaration, now: datetime
) -> CopyState:
    if declaration.status is DeclarationStatus.WITHDRAWN:
        return CopyState.WITHDRAWN
    if now.date() > found.import_until:
        return CopyState.OVER
    later: Sequence[FollowingArticles] = copies_of(session, found.declaration_id)
    return CopyState.CONFIRMED if later[-1].id == found.id else CopyState.REPLACED


class ArticlesConfirmedError(ConflictError):
    """Customs has confirmed articles that follow: the declaration is kept as the law has it."""

    code, status, title = (
        "articles-confirmed",
        409,
        N_("Customs has confirmed articles of this declaration"),
    )


def check_unconfirmed(session: Session, declaration: Declaration) -> None:
    """What customs has signed a copy of is neither withdrawn nor erased by its owner."""
    query = sa.select(FollowingArticles.id).where(
        FollowingArticles.declaration_id == declaration.id
    )
    if session.execute(query.limit(1)).first():
        raise ArticlesConfirmedError
