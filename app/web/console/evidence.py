"""Photos and films on the page of a referral: shown, added, served."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.identity.http import OfficerDep, require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError
from app.kernel.http import Kernel, KernelDep
from app.referrals import attachments, service, views
from app.referrals.attachments import Evidence, MediaRefusedError, MediaTooLargeError
from app.referrals.evidence_routes import shown_bytes
from app.web.console.evidence_view import evidence_context
from app.web.console.outcomes import Problem, begun, typed_again
from app.web.console.pages import referral_page
from app.web.console.view import show
from app.web.forms import Fields
from app.web.translation import N_, gettext
from app.web.uploads import Upload, UploadDep

router = APIRouter()

DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]

NO_FILE = N_("Choose a photo or a film")
NO_MEDIA = N_("This is no JPEG, PNG or WebP photo and no MP4 or WebM film")
TOO_LARGE = N_("A photo may have 12 MB and 60 million pixels, a film 24 MB")


@router.get("/referrals/{referral_id}/attachments/{attachment_id}")
def shown(
    referral_id: UUID, attachment_id: UUID, request: Request, who: OfficerDep, kernel: KernelDep
) -> Response:
    """A photo or film, for whoever may see the case; that it was looked at is recorded."""
    return shown_bytes(kernel, who, referral_id, attachment_id, request)


@router.get("/fragments/referrals/{referral_id}/evidence")
def fragment(referral_id: UUID, who: PersonDep, kernel: KernelDep) -> Response:
    """What there is, alone."""
    with kernel.database.read() as session:
        detail = views.read_referral(session, referral_id, who.site)
        context = evidence_context(session, who, detail) | {"referral": detail}
    return show("evidence-fragment.html", kernel, who, context)


@router.post("/referrals/{referral_id}/attachments")
def add(referral_id: UUID, sent: UploadDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Add photos and films; all that were chosen, or none. An outcome that was begun on the same page comes back."""
    with kernel.database.read() as session:
        service.expect_at(session, referral_id, who.site)
    if not sent.files:
        return _again(kernel, who, referral_id, sent, [Problem("file", gettext(NO_FILE))], 422)
    try:
        found = [_examined(one, sent.fields) for one in sent.files]
        with kernel.database.transaction() as session:
            for one in found:
                attachments.add(session, who.actor, kernel.vault, referral_id, one, kernel.clock())
    except MediaRefusedError as error:
        said = TOO_LARGE if isinstance(error, MediaTooLargeError) else NO_MEDIA
        problems = [Problem("file", gettext(said))]
        return _again(kernel, who, referral_id, sent, problems, error.status)
    except ConflictError as error:
        problems = [Problem("file", gettext(error.title))]
        return _again(kernel, who, referral_id, sent, problems, 409)
    if kept := begun(sent.fields, "caption", "finding"):
        with kernel.database.transaction() as session:
            return referral_page(session, kernel, who, referral_id, kept | {"act": "evidence"})
    return RedirectResponse(f"/console/referrals/{referral_id}#evidence", 303)


def _examined(data: bytes, fields: Fields) -> Evidence:
    number = fields.text("finding")
    is_number = number.isdecimal() and len(number) < 3 and 0 < int(number) <= 50
    return attachments.examine(data, fields.text("caption"), int(number) if is_number else None)


def _again(
    kernel: Kernel, who: SignedIn, referral_id: UUID, sent: Upload, problems: list[Problem],
    status: int,
) -> Response:  # fmt: skip
    extra = {"evidence_problems": problems, **typed_again(sent.fields)}
    with kernel.database.transaction() as session:
        return referral_page(session, kernel, who, referral_id, extra, status=status)
