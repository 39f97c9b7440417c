"""A device's signed assertion against a short access token (RFC 7523, RFC 6749); settings of senders."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import select

from app.formats.required import Element
from app.identity import senders
from app.identity.devices import TOKEN_LIFE, grant_token
from app.identity.http import require
from app.identity.models import AnswerMode, Sender
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.kernel.schemas import In, Out

router = APIRouter(tags=["identity"])


class TokenRequest(In):
    """A JWT signed by the device's Ed25519 key."""

    grant_type: Literal["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assertion: str = Field(max_length=2000)


class TokenAnswer(Out):
    """A bearer token and its life in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # RFC 6749
    expires_in: int


@router.post("/token")
def token(body: TokenRequest, kernel: KernelDep) -> TokenAnswer:
    """Exchange an assertion for an access token."""
    with kernel.database.transaction() as session:
        granted = grant_token(session, body.assertion, kernel.clock())
    kernel.admission.learn(granted.token, "device", granted.device_id)
    return TokenAnswer(access_token=granted.token, expires_in=int(TOKEN_LIFE.total_seconds()))


# --- senders --------------------------------------------------------------------------------------

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_SENDERS))]
ManagerDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_SENDERS))]
AuthorityDep = Annotated[SignedIn, Depends(require(Permission.NAME_AUTHORITY))]


class SenderOut(Out):
    """A sender and how it is answered. ``required`` None: the default elements."""

    id: UUID
    name: str
    carriers: list[str]
    site: str
    answers: AnswerMode
    contrl: bool
    ackres: bool
    boarding_authority: bool
    sandbox_only: bool
    interchange_id: str | None
    required: list[str] | None


class SendersOut(Out):
    """The senders of a site that are not disabled."""

    senders: list[SenderOut]


class SenderIn(In):
    """Settings to change; what is absent stays."""

    answers: AnswerMode | None = None
    contrl: bool | None = None
    ackres: bool | None = None
    sandbox_only: bool | None = None
    interchange_id: str | None = Field(default=None, max_length=35)
    required: tuple[Element, ...] | None = None


class AuthorityIn(In):
    """Whether the State has named this service to decide who boards."""

    named: bool


@router.get("/senders")
def get_senders(kernel: KernelDep, officer: ViewerDep) -> SendersOut:
    """The senders of messages to the officer's site."""
    own = select(Sender).where(Sender.site == officer.site, Sender.disabled_at.is_(None))
    with kernel.database.read() as session:
        found = session.scalars(own.order_by(Sender.name)).all()
        return SendersOut(senders=[SenderOut.model_validate(one) for one in found])


@router.patch("/senders/{sender_id}")
def patch_sender(
    kernel: KernelDep, officer: ManagerDep, sender_id: UUID, body: SenderIn
) -> SenderOut:
    """Change how a sender is answered, or let it out of the sandbox."""
    change = senders.SenderChange(**dict(body))
    with kernel.database.transaction() as session:
        senders.sender_at(session, sender_id, officer.site)
        changed = senders.change_sender(session, officer.actor, sender_id, change, kernel.clock())
        return SenderOut.model_validate(changed)


@router.put("/senders/{sender_id}/boarding-authority")
def put_authority(
    kernel: KernelDep, officer: AuthorityDep, sender_id: UUID, body: AuthorityIn
) -> SenderOut:
    """Note that the State has named this service the boarding authority for a sender, or takes it back."""
    with kernel.database.transaction() as session:
        senders.sender_at(session, sender_id, officer.site)
        changed = senders.name_boarding_authority(
            session, officer.actor, sender_id, kernel.clock(), named=body.named
        )
        return SenderOut.model_validate(changed)
