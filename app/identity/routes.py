"""POST /token: a device's signed assertion against a short access token (RFC 7523, RFC 6749)."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from app.identity.devices import TOKEN_LIFE, grant_token
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
    return TokenAnswer(access_token=granted, expires_in=int(TOKEN_LIFE.total_seconds()))
