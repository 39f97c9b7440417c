"""HTTP routes of declarations, for travellers without an account.

A declaration's secret is its bearer token. Answers hold no personal data but what the secret's owner sent.
"""

import base64
import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from app.audit.log import TRAVELLER
from app.declarations import keys, service, trust
from app.declarations.accept import Policy, accept_credential
from app.declarations.models import Declaration, KeyUse
from app.declarations.phones import FromPhone, take_from_phone
from app.declarations.refusals import refusal
from app.declarations.registry import (
    all_data,
    all_versions,
    questionnaire_data,
    questionnaire_for,
)
from app.declarations.schemas import (
    BroughtOut,
    CredentialOut,
    DeclarationOut,
    KeyOut,
    KeysOut,
    OwnDeclarationOut,
    QuestionnaireOut,
    QuestionnairesOut,
    Strict,
    Submission,
    TrustOut,
    parse,
)
from app.formats.barcode import PictureError, Reader, draw_png, draw_svg
from app.formats.credential import pasted
from app.formats.questionnaire import SCHEMA
from app.identity.http import bearer
from app.kernel import idempotency
from app.kernel.errors import NotFoundError, TooLargeError
from app.kernel.http import IdempotencyKey, Kernel, KernelDep, body_up_to

MAX_JSON = 64 * 1024
MAX_TEXT = 4 * 1024
MAX_PICTURE = 2 * 1024 * 1024
COSE = "application/cose"

_PUBLIC = "public, max-age=300"


@asynccontextmanager
async def reading(app: FastAPI) -> AsyncIterator[None]:
    """The reader of pictures lives as long as the program; its worker starts with the first picture."""
    with Reader() as reader:
        app.state.declaration_reader = reader
        yield


router = APIRouter(tags=["declarations"], lifespan=reading)


@dataclass(frozen=True, slots=True)
class State:
    """A declaration as read in a transaction, to be drawn outside of it."""

    declaration: Declaration
    receipts: service.Receipts | None


JsonBody = Annotated[bytes, Depends(body_up_to(MAX_JSON, TooLargeError))]
CodeBody = Annotated[bytes, Depends(body_up_to(MAX_PICTURE, lambda: refusal("too_large")))]


def own_secret(request: Request) -> str:
    """The bearer token of the request."""
    return bearer(request)


Secret = Annotated[str, Depends(own_secret)]
Version = Annotated[str | None, Query(max_length=20)]
Draw = Annotated[bool, Query(description="false leaves PNG and SVG out: a phone draws by itself")]


def _json_body(name: str, model: type[Strict]) -> dict[str, Any]:
    schema = {"$id": f"urn:egate:{name}", **model.model_json_schema()}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_SUBMISSION = _json_body("declaration", Submission)
_FROM_PHONE = _json_body("from-phone", FromPhone)
_CODE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {"schema": {"type": "string", "maxLength": 1134}},
            "image/*": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post("/declarations", status_code=201, openapi_extra=_SUBMISSION)
def submit(
    body: JsonBody,
    kernel: KernelDep,
    response: Response,
    key: IdempotencyKey = None,
    *,
    draw: Draw = True,
) -> DeclarationOut:
    """Make a declaration online; the answer holds its receipt as text, PNG and SVG, and its secret."""
    sent, now = parse(Submission, body), kernel.clock()
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, _anybody(body), key, body)
        if claimed.result:
            declaration = _found(session, claimed.result)
        else:
            declaration = service.submit_declaration(
                session, TRAVELLER, sent,
                site=kernel.site, vault=kernel.vault, cti=os.urandom(16), now=now,
            )  # fmt: skip
            idempotency.settle(session, claimed, declaration.id)
        state = _state(session, kernel, declaration, now)
    response.headers["Location"] = f"/api/v1/declarations/{declaration.id}"
    return _out(state, service.declaration_secret(kernel.vault, declaration.id), draw=draw)


@router.post("/declarations/qr", openapi_extra=_CODE)
def scan(
    request: Request,
    body: CodeBody,
    kernel: KernelDep,
    key: IdempotencyKey = None,
    *,
    draw: Draw = True,
) -> DeclarationOut:
    """Take a declaration as a code, as text or in a picture; the answer holds the receipt to swap for it."""
    text, now = _text_of(request, body), kernel.clock()
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, _anybody(body), key, body)
        if claimed.result:
            declaration = _found(session, claimed.result)
        else:
            declaration = accept_credential(
                session, TRAVELLER, text,
                site=kernel.site, vault=kernel.vault, now=now,
                policy=Policy(plain=kernel.plain_declarations),
            ).declaration  # fmt: skip
            idempotency.settle(session, claimed, declaration.id)
        state = _state(session, kernel, declaration, now)
    return _out(state, draw=draw)


@router.post("/declarations/phone", openapi_extra=_FROM_PHONE)
def bring(body: JsonBody, kernel: KernelDep, *, draw: Draw = False) -> BroughtOut:
    """Take a declaration that a phone made without network, from that phone; the answer holds its secret."""
    sent, now = parse(FromPhone, body), kernel.clock()
    with kernel.database.transaction() as session:
        brought = take_from_phone(
            session, sent,
            site=kernel.site, vault=kernel.vault, now=now, plain=kernel.plain_declarations,
        )  # fmt: skip
        state = _state(session, kernel, brought.declaration, now)
    secret = service.declaration_secret(kernel.vault, brought.declaration.id)
    return BroughtOut(**_out(state, secret, draw=draw).model_dump(), counts=brought.counts)


@router.get("/declarations/{identifier}")
def read(identifier: UUID, secret: Secret, kernel: KernelDep) -> OwnDeclarationOut:
    """One's own declaration as it counts now; its receipt as text (drawn: see /credential)."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        own = service.authenticate_owner(session, identifier, secret)
        state = _state(session, kernel, own.declaration, now)
    return OwnDeclarationOut(
        **_out(state, draw=False).model_dump(),
        channel=own.version.channel,
        certified_at=own.version.certified_at,
        declared=own.version.content,
    )


@router.put("/declarations/{identifier}", openapi_extra=_SUBMISSION)
def amend(
    identifier: UUID,
    body: JsonBody,
    secret: Secret,
    kernel: KernelDep,
    key: IdempotencyKey = None,
    *,
    draw: Draw = True,
) -> DeclarationOut:
    """Replace one's own declaration; earlier codes are superseded."""
    sent, now = parse(Submission, body), kernel.clock()
    with kernel.database.transaction() as session:
        service.authenticate_owner(session, identifier, secret)
        claimed = idempotency.claim(session, _actor(identifier), key, body)
        if claimed.result:
            declaration = _found(session, claimed.result)
        else:
            declaration = service.amend_declaration(
                session, TRAVELLER, identifier, sent, site=kernel.site, now=now
            )
            idempotency.settle(session, claimed, declaration.id)
        state = _state(session, kernel, declaration, now)
    return _out(state, draw=draw)


@router.delete("/declarations/{identifier}")
def withdraw(
    identifier: UUID,
    secret: Secret,
    kernel: KernelDep,
    key: IdempotencyKey = None,
    *,
    erase: Annotated[
        bool, Query(description="delete what it said as well; its secret ends")
    ] = False,
) -> DeclarationOut:
    """Withdraw one's own declaration; its codes are refused from now on."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        service.authenticate_owner(session, identifier, secret)
        claimed = idempotency.claim(session, _actor(identifier), key, b"DELETE")
        declaration = service.withdraw_declaration(session, TRAVELLER, identifier, now=now)
        if erase:
            service.erase_declaration(session, TRAVELLER, identifier, now=now)
        idempotency.settle(session, claimed, declaration.id)
        state = _state(session, kernel, declaration, now)
    return _out(state)


@router.get("/declarations/{identifier}/credential", response_class=Response)
def show_code(identifier: UUID, request: Request, secret: Secret, kernel: KernelDep) -> Response:
    """One's own receipt as text/plain, image/png or image/svg+xml, as the Accept header asks."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        own = service.authenticate_owner(session, identifier, secret)
        text = service.issue_receipt(session, kernel.vault, own.declaration, now)
    if text is None:
        raise NotFoundError
    wanted = request.headers.get("accept", "")
    if "image/png" in wanted:
        return Response(draw_png(text), media_type="image/png")
    if "image/svg+xml" in wanted:
        return Response(draw_svg(text), media_type="image/svg+xml")
    return Response(text, media_type="text/plain")


@router.get("/questionnaires")
def list_questionnaires(kernel: KernelDep, response: Response) -> QuestionnairesOut:
    """Which questionnaire is answered at this site, and all that are known."""
    here = questionnaire_for(kernel.site, kernel.questionnaire)
    response.headers["Cache-Control"] = _PUBLIC
    return QuestionnairesOut(
        site=kernel.site,
        current=here.key,
        known=[
            QuestionnaireOut(
                id=one.id, key=one.key, version=one.version, country=one.country,
                valid_from=one.valid_from, languages=list(one.languages),
            )
            for one in all_versions().values()
        ],
    )  # fmt: skip


@router.get("/questionnaires/schema.json")
def questionnaire_schema() -> JSONResponse:
    """The JSON Schema of questionnaires' files."""
    headers = {"Cache-Control": _PUBLIC}
    return JSONResponse(SCHEMA, headers=headers, media_type="application/schema+json")


@router.get("/questionnaires/{name}")
def questionnaire(name: str, version: Version = None) -> JSONResponse:
    """A questionnaire as data: questions, texts, what a "yes" demands, lanes, allowances, duty.

    The newest, or the ``version`` that a declaration answered.
    """
    known = (
        questionnaire_data().get(name) if version is None else all_data().get(f"{name}/{version}")
    )
    if known is None:
        raise NotFoundError
    return JSONResponse(dict(known), headers={"Cache-Control": _PUBLIC})


@router.get("/keys")
def list_keys(kernel: KernelDep, response: Response) -> KeysOut:
    """The authority's public keys: to seal declarations to, and to check receipts with."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        published = keys.published_keys(session, now)
        if {key.use for key in published if key.not_before <= now} != set(keys.PUBLISHED):
            keys.ensure_keys(session, kernel.vault, now)
            published = keys.published_keys(session, now)
    response.headers["Cache-Control"] = _PUBLIC
    return KeysOut(
        keys=[_key(one) for one in published],
        authority={k.kid.hex(): k.point.hex() for k in published if k.use is KeyUse.SIGN},
        encryption=_encryption(published, now),
    )


def _encryption(published: Sequence[keys.PublicKey], now: datetime) -> KeyOut:
    """The key to seal to: the newest whose time has come."""
    usable = [k for k in published if k.use is KeyUse.DECRYPT and k.not_before <= now]
    return _key(usable[-1])


def _key(key: keys.PublicKey) -> KeyOut:
    return KeyOut(kid=key.kid.hex(), use=key.use, point=key.point.hex(), not_before=key.not_before)


@router.get("/trust", responses={200: {"content": {COSE: {}}}}, response_model=TrustOut)
def trust_list(request: Request, kernel: KernelDep, response: Response) -> Any:
    """The list that kiosks go by without network, signed under the offline root; JSON or application/cose."""
    now, state = kernel.clock(), request.app.state
    made: trust.Made | None = getattr(state, "trust_list", None)
    if made is None or not made.may_serve(now):
        with kernel.database.read() as session:
            made = state.trust_list = trust.make_list(session, kernel.vault, now)
    seconds = int(trust.REMAKE.total_seconds())
    headers = {"Cache-Control": f"public, max-age={seconds}", "Vary": "Accept"}
    if COSE in request.headers.get("accept", ""):
        return Response(made.data, media_type=COSE, headers=headers)
    response.headers.update(headers)
    listed = base64.urlsafe_b64encode(made.data).decode().rstrip("=")
    return TrustOut(issued=made.at, next_update=made.at + trust.NEXT_UPDATE, list=listed)


def _text_of(request: Request, body: bytes) -> str:
    """The code of the body, by its content type."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("image/"):
        return _read_picture(request.app.state.declaration_reader, body)
    if kind != "text/plain":
        raise HTTPException(415)
    if len(body) > MAX_TEXT:
        raise refusal("too_large")
    return pasted(body.decode("utf-8", "replace"))


_PICTURES = {
    "not_a_picture": "This is no JPEG, PNG or WebP picture.",
    "ambiguous": "There are two declaration codes in this picture.",
}


def _read_picture(reader: Reader, picture: bytes) -> str:
    try:
        return reader.read(picture)
    except PictureError as error:
        if error.code == "too_large":
            raise refusal("too_large") from None
        raise refusal("unreadable", _PICTURES.get(error.code)) from None


def _found(session: Session, identifier: UUID) -> Declaration:
    declaration = session.get(Declaration, identifier)
    if declaration is None:
        raise NotFoundError
    return declaration


def _state(session: Session, kernel: Kernel, declaration: Declaration, now: datetime) -> State:
    return State(declaration, service.issue_receipts(session, kernel.vault, declaration, now))


def _out(state: State, secret: str | None = None, *, draw: bool = True) -> DeclarationOut:
    """The answer; drawing takes tens of milliseconds and no transaction is open."""
    declaration = state.declaration
    return DeclarationOut(
        id=declaration.id,
        reference=service.reference_of(declaration),
        status=declaration.status,
        seq=declaration.seq,
        lane=declaration.lane,
        expires=declaration.expires_at,
        secret=secret,
        credential=_credential(state.receipts, draw=draw) if state.receipts else None,
    )


def _credential(receipts: service.Receipts, *, draw: bool) -> CredentialOut:
    text, companions = receipts.text, list(receipts.companions)
    if not draw:
        return CredentialOut(text=text, companions=companions)
    png = base64.b64encode(draw_png(text)).decode()
    return CredentialOut(text=text, companions=companions, png=png, svg=draw_svg(text))


def _anybody(body: bytes) -> str:
    """Whoever sends the same again: nobody is named here, and one's keys must not be in another's way."""
    return f"{TRAVELLER.key}:{hashlib.sha256(body).hexdigest()[:32]}"


def _actor(identifier: UUID) -> str:
    return f"{TRAVELLER.key}:{identifier}"
