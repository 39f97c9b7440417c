"""Senders of messages: a connection with a bearer token and the carriers it may speak for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind, record
from app.formats.required import DEFAULT, Element
from app.identity.models import AnswerMode, Sender
from app.identity.scopes import AIRPORT, CARRIER
from app.identity.sender_tokens import Bearer, find_bearer, make_token
from app.kernel.errors import FieldProblem, InvalidError, NotFoundError, UnauthenticatedError
from app.kernel.texts import N_


class UnknownSenderError(NotFoundError):
    """No such sender, or it is disabled."""

    code, title = "unknown-sender", N_("There is no such sender")


@dataclass(frozen=True, slots=True)
class KnownSender:
    """A sender whose token was right."""

    id: UUID
    carriers: tuple[str, ...]
    site: str
    sets_flights: bool = False
    scopes: frozenset[str] = frozenset()
    """What the token that it came with is good for."""

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.SENDER, self.id)


def create_sender(
    session: Session,
    name: str,
    carriers: Sequence[str],
    site: str,
    now: datetime,
    *,
    sets_flights: bool = False,
) -> tuple[Sender, str]:
    """Add a sender, with a token for what senders of its kind do; the token is shown this once."""
    sender = Sender(name=name, carriers=sorted(set(carriers)), site=site, sets_flights=sets_flights)
    session.add(sender)
    session.flush()
    record(session, SYSTEM, "sender.create", "sender", sender.id, now, carriers=sender.carriers)
    scopes = CARRIER | AIRPORT if sets_flights else CARRIER
    return sender, make_token(session, SYSTEM, sender.id, scopes, now)[1]


def find_sender(session: Session, token: str, now: datetime) -> KnownSender:
    """Who is behind a sender's token. Raises :class:`UnauthenticatedError`."""
    bearer = find_bearer(session, token, now)
    if bearer is None:
        raise UnauthenticatedError
    return known(bearer)


def known(bearer: Bearer) -> KnownSender:
    """The sender of a live token."""
    sender = bearer.sender
    return KnownSender(
        sender.id, tuple(sender.carriers), sender.site, sender.sets_flights,
        frozenset(bearer.token.scopes),
    )  # fmt: skip


# --- settings -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answering:
    """What a sender wants to hear, and what is asked of it."""

    mode: AnswerMode = AnswerMode.NONE
    contrl: bool = False
    ackres: bool = False
    boarding_authority: bool = False
    sandbox_only: bool = False
    interchange_id: str = ""
    required: frozenset[Element] = DEFAULT


@dataclass(frozen=True, slots=True)
class SenderChange:
    """Settings to change; None leaves one as it is. An empty ``required`` brings the default back."""

    answers: AnswerMode | None = None
    contrl: bool | None = None
    ackres: bool | None = None
    sandbox_only: bool | None = None
    interchange_id: str | None = None
    required: tuple[Element, ...] | None = None
    sets_flights: bool | None = None


def answering_of(sender: Sender) -> Answering:
    """The settings of a sender; a required element that is known no more is not asked for."""
    known = set(Element)
    required = frozenset(Element(one) for one in sender.required or () if one in known)
    return Answering(
        sender.answers, sender.contrl, sender.ackres, sender.boarding_authority,
        sender.sandbox_only, sender.interchange_id or "", required or DEFAULT,
    )  # fmt: skip


def sender_by_name(session: Session, name: str) -> Sender | None:
    """A sender that is not disabled."""
    return session.scalar(select(Sender).where(Sender.name == name, Sender.disabled_at.is_(None)))


def sender_at(session: Session, sender_id: UUID, site: str) -> Sender:
    """A sender of a site. Raises UnknownSenderError, also for another site's."""
    sender = session.get(Sender, sender_id)
    if sender is None or sender.site != site:
        raise UnknownSenderError
    return sender


def change_sender(
    session: Session, actor: Actor, sender_id: UUID, change: SenderChange, now: datetime
) -> Sender:
    """Change settings, audited. Raises UnknownSenderError and InvalidError for a bad name in UNB."""
    sender = _locked(session, sender_id)
    given = {name: value for name, value in asdict(change).items() if value is not None}
    if "interchange_id" in given:
        given["interchange_id"] = _interchange_id(given["interchange_id"])
    if "required" in given:
        given["required"] = sorted(set(given["required"])) or None
    for name, value in given.items():
        setattr(sender, name, value)
    session.flush()
    record(session, actor, "sender.change", "sender", sender.id, now, **given)
    return sender


def _interchange_id(text: str) -> str | None:
    """0004 is an35; an empty text takes the setting back."""
    if len(text) > 35 or not (text.isascii() and text.isprintable()):
        raise InvalidError(fields=[FieldProblem("/body/interchange_id", "interchange_id")])
    return text.strip() or None


def name_boarding_authority(
    session: Session, actor: Actor, sender_id: UUID, now: datetime, *, named: bool
) -> Sender:
    """Note that the State has named this service to decide who boards (or has taken it back)."""
    sender = _locked(session, sender_id)
    sender.boarding_authority = named
    session.flush()
    record(session, actor, "sender.boarding-authority", "sender", sender.id, now, named=named)
    return sender


def _locked(session: Session, sender_id: UUID) -> Sender:
    sender = session.scalar(select(Sender).where(Sender.id == sender_id).with_for_update())
    if sender is None:
        raise UnknownSenderError
    return sender
