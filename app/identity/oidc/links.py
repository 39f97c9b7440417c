"""Which officer an account at a provider is: linked by an administrator, or at its first sign-in by the login it brings."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.log import Actor, ActorKind, record
from app.identity.models import Officer
from app.identity.officers import SignInError
from app.identity.oidc.tokens import Account
from app.identity.sign_in_models import OfficerLink, OfficerPassword
from app.kernel.errors import ConflictError, NotFoundError
from app.kernel.texts import N_


class LinkTakenError(ConflictError):
    """The account is another officer's, or the officer has another account at this provider."""

    code, status, title = "link-taken", 409, N_("This account or officer is linked already")


def officer_of(session: Session, provider: str, account: Account, now: datetime) -> UUID:
    """Whose account this is; one that brings the login of an officer without account becomes his.

    Raises :class:`SignInError`: nobody's.
    """
    linked = officer_by_subject(session, provider, account.subject)
    if linked is not None:
        return linked
    named = session.scalar(select(Officer.id).where(Officer.login == account.login))
    if not account.login or named is None:
        raise SignInError
    try:
        link(session, Actor(ActorKind.OFFICER, named), named, provider, account.subject, now)
    except LinkTakenError as error:  # the login was given to somebody else over there
        raise SignInError(named) from error
    return named


def link(
    session: Session, actor: Actor, officer_id: UUID, provider: str, subject: str, now: datetime
) -> None:
    """An account becomes an officer's; a password ends with it. Raises :class:`LinkTakenError`."""
    made = insert(OfficerLink).values(officer_id=officer_id, provider=provider, subject=subject)
    if session.scalar(made.on_conflict_do_nothing().returning(OfficerLink.id)) is None:
        raise LinkTakenError
    session.execute(delete(OfficerPassword).where(OfficerPassword.officer_id == officer_id))
    record(session, actor, "officer.link", "officer", officer_id, now, provider=provider)


def unlink(session: Session, actor: Actor, officer_id: UUID, provider: str, now: datetime) -> None:
    """An officer's account at a provider opens nothing any more. Raises :class:`NotFoundError`."""
    mine = (OfficerLink.officer_id == officer_id, OfficerLink.provider == provider)
    gone = session.scalar(delete(OfficerLink).where(*mine).returning(OfficerLink.id))
    if gone is None:
        raise NotFoundError
    record(session, actor, "officer.unlink", "officer", officer_id, now, provider=provider)


def linked_providers(session: Session, officer_id: UUID) -> Sequence[str]:
    """At which providers an officer has an account that opens his sessions."""
    mine = select(OfficerLink.provider).where(OfficerLink.officer_id == officer_id)
    return session.scalars(mine.order_by(OfficerLink.provider)).all()


def officer_by_subject(session: Session, provider: str, subject: str) -> UUID | None:
    """Whose account a subject is, if anybody's."""
    return session.scalar(
        select(OfficerLink.officer_id).where(
            OfficerLink.provider == provider, OfficerLink.subject == subject
        )
    )
