"""The traveller's own declarations: the secret of each is kept by the browser.

The API hands the secret to whoever made a declaration. The page keeps it in a cookie of ``/declare``, one a
declaration, that no script can read and that ends with the declaration. It is never in a URL and never in
a page; the address of a code holds the declaration's id, which opens nothing.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.audit.log import TRAVELLER
from app.declarations import service
from app.declarations.articles import copies_of
from app.declarations.models import Channel, Declaration, DeclarationStatus
from app.declarations.refusals import refusal
from app.declarations.schemas import Submission, parse
from app.kernel import idempotency
from app.kernel.errors import NotFoundError
from app.kernel.http import Kernel, path_cookie
from app.web.traveller.draft import set_cookie

_PREFIX = "declaration-"
_MOST = 10
"""Declarations that one browser keeps; the oldest goes first."""
_AFTERWARDS = timedelta(days=1)
"""How long a code that is over can still be looked at."""


@dataclass(frozen=True, slots=True)
class OwnCode:
    """What the page shows of one's own declaration; ``receipts`` is None once withdrawn or over."""

    id: UUID
    reference: str
    lane: int
    seq: int
    withdrawn: bool
    expires_at: datetime
    receipts: service.Receipts | None
    declared: Mapping[str, Any]
    has_copies: bool = False
    """Whether customs has confirmed articles that follow."""

    @property
    def persons(self) -> int:
        """The traveller and all companions."""
        return 1 + len(self.declared["companions"])

    @property
    def names(self) -> list[str]:
        """Of everybody, whoever declared first."""
        people = [self.declared["traveller"], *self.declared["companions"]]
        return [f"{one['surname']} {one['given_names']}".strip() for one in people]

    def code_of(self, person: int) -> str | None:
        """The text to show for a person of the party: a receipt of one's own, or the traveller's."""
        if self.receipts is None or not 0 <= person < self.persons:
            return None
        return (self.receipts.text, *self.receipts.companions)[person] or self.receipts.text


@dataclass(frozen=True, slots=True)
class Amends:
    """One's own declaration that is changed, going on from version ``seq`` of it."""

    id: UUID
    secret: str
    seq: int | None


def certify(kernel: Kernel, body: bytes, key: str, amends: Amends | None) -> Declaration:
    """Send a declaration, or replace one's own by it; the same ``key`` again changes nothing more.

    Raises InvalidError with pointers into ``body`` (a :class:`Submission` as JSON), NotFoundError for a
    secret that is not the declaration's, and the refusals withdrawn, already_used, and superseded where a
    counter or kiosk has recorded something since the change was begun: that stands.
    """
    sent, now = parse(Submission, body), kernel.clock()
    with kernel.database.transaction() as session:
        if amends is not None:
            _check_unchanged(session, amends)
            return service.amend_declaration(
                session, TRAVELLER, amends.id, sent, site=kernel.site, now=now
            )
        claimed = idempotency.claim(session, TRAVELLER.key, _once(key, body), body)
        if claimed.result:
            return _found(session, claimed.result)
        declaration = service.submit_declaration(
            session, TRAVELLER, sent,
            site=kernel.site, vault=kernel.vault, cti=os.urandom(16), now=now,
        )  # fmt: skip
        idempotency.settle(session, claimed, declaration.id)
        return declaration


def _check_unchanged(session: Session, amends: Amends) -> None:
    service.authenticate_owner(session, amends.id, amends.secret)
    declaration = service.lock_declaration(session, amends.id)
    heard = declaration.seq if amends.seq is None else amends.seq
    taken = service.current_version(session, declaration).channel
    if declaration.seq > heard and taken in (Channel.KIOSK, Channel.PAPER, Channel.SPOKEN):
        raise refusal("superseded")


def _once(key: str, body: bytes) -> str:
    """A draft sent twice is one declaration; changed in between it is another."""
    return f"page-{key}-{hashlib.sha256(body).hexdigest()[:32]}"


def withdraw(kernel: Kernel, identifier: UUID, secret: str, *, erase: bool) -> None:
    """End one's own declaration; ``erase``: what it says goes as well, and its secret ends.

    Raises NotFoundError, already_used.
    """
    end = service.erase_declaration if erase else service.withdraw_declaration
    with kernel.database.transaction() as session:
        service.authenticate_owner(session, identifier, secret)
        end(session, TRAVELLER, identifier, now=kernel.clock())


def look(kernel: Kernel, identifier: UUID, secret: str) -> OwnCode:
    """One's own declaration as it counts now. Raises NotFoundError."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        own = service.authenticate_owner(session, identifier, secret)
        return OwnCode(
            id=own.declaration.id,
            reference=service.reference_of(own.declaration),
            lane=own.declaration.lane,
            seq=own.declaration.seq,
            withdrawn=own.declaration.status is DeclarationStatus.WITHDRAWN,
            expires_at=own.declaration.expires_at,
            receipts=service.issue_receipts(session, kernel.vault, own.declaration, now),
            declared=own.version.content,
            has_copies=bool(copies_of(session, identifier)),
        )


def all_of(request: Request, kernel: Kernel) -> list[OwnCode]:
    """The declarations whose secrets this browser keeps and that still have a code; newest first."""
    found = []
    for identifier in sorted(_kept(request, kernel), reverse=True)[:_MOST]:
        try:
            found.append(look(kernel, identifier, secret_of(request, kernel, identifier)))
        except NotFoundError:
            continue
    return [own for own in found if own.receipts]


def secret_of(request: Request, kernel: Kernel, identifier: UUID) -> str:
    """The secret that this browser keeps; '' for none, which opens nothing."""
    return request.cookies.get(_name(kernel, identifier), "")


def keep(request: Request, response: Response, kernel: Kernel, declaration: Declaration) -> None:
    """Let the browser keep the secret until the declaration is over."""
    for old in sorted(_kept(request, kernel) - {declaration.id}, reverse=True)[_MOST - 1 :]:
        drop(response, kernel, old)
    secret = service.declaration_secret(kernel.vault, declaration.id)
    life = declaration.expires_at - kernel.clock() + _AFTERWARDS
    set_cookie(response, kernel, _name(kernel, declaration.id), secret, life)


def keep_until(response: Response, kernel: Kernel, declaration: Declaration, day: date) -> None:
    """Let the browser keep the secret for longer: until that day is over."""
    secret = service.declaration_secret(kernel.vault, declaration.id)
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    life = max(end, declaration.expires_at + _AFTERWARDS) - kernel.clock()
    if life > timedelta(0):
        set_cookie(response, kernel, _name(kernel, declaration.id), secret, life)


def drop(response: Response, kernel: Kernel, identifier: UUID) -> None:
    """Let the browser forget the secret."""
    set_cookie(response, kernel, _name(kernel, identifier), "", timedelta(0))


def _kept(request: Request, kernel: Kernel) -> set[UUID]:
    prefix = path_cookie(kernel, _PREFIX)
    found = set()
    for name in request.cookies:
        if name.startswith(prefix):
            try:
                found.add(UUID(name.removeprefix(prefix)))
            except ValueError:
                continue
    return found


def _name(kernel: Kernel, identifier: UUID) -> str:
    return path_cookie(kernel, f"{_PREFIX}{identifier}")


def _found(session: Session, identifier: UUID) -> Declaration:
    declaration = session.get(Declaration, identifier)
    if declaration is None:
        raise NotFoundError
    return declaration
