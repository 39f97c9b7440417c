"""The goods counter: what was declared, filled in; what becomes of it; the receipt; articles that follow.

A page for a referral and one for a declaration that was found at the counter: where a goods referral waits for the
declaration's traveller, the second leads to the first, so that settling it lets them go.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.declarations import articles, service
from app.declarations.article_models import FollowingArticles
from app.declarations.articles import ArticlesIn
from app.declarations.models import Declaration, DeclarationStatus
from app.declarations.refusals import CredentialRefusedError
from app.formats.barcode import draw_svg
from app.gate import holds, settling
from app.gate.goods_routes import at_site, verified
from app.identity import sight
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.errors import ConflictError, InvalidError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.kernel.idempotency import KeyReusedError
from app.referrals import goods
from app.referrals.goods import Settlement
from app.referrals.goods_models import CounterWork
from app.referrals.lines import beside_lines, is_here, undisposed_of
from app.referrals.models import Referral
from app.referrals.outcome import OutcomeInvalidError
from app.web.console import words
from app.web.console.article_form import ROWS, in_words, read_articles
from app.web.console.counter import begin_form
from app.web.console.counter_rows import at_rows, carried, rows_of
from app.web.console.declared import inspected_since, read_declared, versions_of
from app.web.console.dossier import officer_names
from app.web.console.outcomes import MOST_ROWS, Problem, TypedWrongError, read_disposals, whole
from app.web.console.outcomes import in_words as outcome_in_words
from app.web.console.prefilled import declared_of, known_of
from app.web.console.veiled import veil_declared
from app.web.console.view import show
from app.web.forms import Fields, FormDep
from app.web.money import money
from app.web.translation import gettext

router = APIRouter()

CounterDep = Annotated[SignedIn, Depends(require(Permission.ENTER_DECLARATION))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
_SECTION = {"section": "declarations"}
Extra = dict[str, Any]


@router.get("/referrals/{referral_id}/goods")
def referral_page(referral_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """The counter for a referral: declaration and goods filled in. The look is recorded."""
    with kernel.database.transaction() as session:
        return _page_of_referral(session, kernel, who, referral_id, {})


@router.post("/referrals/{referral_id}/goods")
def settle_referral(
    referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep
) -> Response:
    """Settle, and show the receipt; new facts that are being assessed at this moment are waited for."""

    def run() -> UUID:
        with kernel.database.transaction() as session:
            return _once(session, who, form, str(referral_id), lambda: settling.settle_referral(
                session, who.actor, referral_id, _number(form.text("version")), _settlement(form),
                kernel.clock(),
            ))  # fmt: skip

    try:
        return _receipt(holds.once_screened(run))
    except (TypedWrongError, OutcomeInvalidError, ConflictError, KeyReusedError) as error:
        with kernel.database.transaction() as session:
            extra, status = _refused(error, form)
            return _page_of_referral(session, kernel, who, referral_id, extra, status)


@router.get("/declarations/{identifier}/goods")
def declaration_page(identifier: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """The counter for a declaration; to its referral, where one waits."""
    with kernel.database.transaction() as session:
        waiting = settling.open_referral(session, at_site(session, identifier, who.site))
        if waiting is None:
            return _page(session, kernel, who, identifier, None, {})
    return RedirectResponse(f"/console/referrals/{waiting}/goods", 303)


@router.post("/declarations/{identifier}/goods")
def settle_declaration(
    identifier: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep
) -> Response:
    """Settle goods that nobody was referred for, and show the receipt."""
    try:
        with kernel.database.transaction() as session:
            return _receipt(_once(session, who, form, str(identifier), lambda: goods.record_work(
                session, who.actor, identifier, _settlement(form), site=who.site,
                now=kernel.clock(),
            )))  # fmt: skip
    except (TypedWrongError, OutcomeInvalidError, ConflictError, KeyReusedError) as error:
        with kernel.database.transaction() as session:
            extra, status = _refused(error, form)
            return _page(session, kernel, who, identifier, None, extra, status)


@router.get("/counter/works/{work_id}")
def work_page(work_id: UUID, who: CounterDep, kernel: KernelDep) -> Response:
    """The receipt, to print."""
    with kernel.database.transaction() as session:
        found = goods.read_work(session, work_id, who.site)
        audit.record(session, who.actor, "counter.viewed", "counter_work", work_id, kernel.clock())
        declaration = session.get_one(Declaration, found.work.declaration_id)
        version = next(
            one for one in versions_of(session, declaration.id) if one.seq == found.work.seq
        )
        context = {
            "found": found, "work": found.work, "back": goods.taken_back(session, found.work), "declared": read_declared([version]),
            "content": version.content, "money": money,
            "reference": service.reference_of(declaration),
        }  # fmt: skip
        return show("counter-receipt.html", kernel, who, _SECTION | context)


# --- articles that follow -------------------------------------------------------------------------


@router.post("/declarations/{identifier}/articles")
def confirm_articles(
    identifier: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep
) -> Response:
    """Confirm what follows, and show the copy to print."""
    extra: Extra
    try:
        sent = read_articles(form)
        with kernel.database.transaction() as session:
            part = _confirm(session, kernel, who, identifier, sent)
        return RedirectResponse(f"/console/declarations/{identifier}/articles/{part}", 303)
    except TypedWrongError as error:
        extra, status = {"article_problems": list(error.problems)}, 422
    except InvalidError as error:
        extra, status = {"article_problems": in_words(error)}, 422
    except ConflictError as error:
        extra, status = {"taken": gettext(error.title)}, 409
    with kernel.database.transaction() as session:
        extra["articles_typed"] = form
        return _page(session, kernel, who, identifier, None, extra, status)


def _confirm(
    session: Session, kernel: Kernel, who: SignedIn, identifier: UUID, sent: ArticlesIn
) -> int:
    declaration = at_site(session, identifier, who.site)
    answers = service.current_version(session, declaration).content["answers"]
    return articles.confirm_articles(
        session, who.actor, kernel.vault, identifier, sent,
        site=who.site, answers=answers, now=kernel.clock(),
    ).part  # fmt: skip


@router.get("/declarations/{identifier}/articles/{part}")
def copy_page(identifier: UUID, part: int, who: CounterDep, kernel: KernelDep) -> Response:
    """A confirmed copy as it was signed, with its code. The look is recorded."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        declaration = at_site(session, identifier, who.site)
        every = articles.copies_of(session, identifier)
        found = next((one for one in every if one.part == part), None)
        if found is None:
            raise NotFoundError
        audit.record(
            session, who.actor, "articles.viewed", "declaration", identifier, now, part=part
        )
        return _copy(session, kernel, who, found, declaration)


@router.get("/copies")
def verify_page(who: CounterDep, kernel: KernelDep) -> Response:
    """Where a copy is verified: its code is read by a scanner that types."""
    return show("article-verify.html", kernel, who, _SECTION | {"problems": []})


@router.post("/copies")
def verify(form: FormDep, who: CounterDep, kernel: KernelDep) -> Response:
    """What a copy is worth, with the list as it was confirmed."""
    try:
        with kernel.database.transaction() as session:
            found = verified(session, form.text("text"), who, kernel.clock())
            declaration = session.get_one(Declaration, found.declaration_id)
            return _copy(session, kernel, who, found, declaration, verified=True)
    except CredentialRefusedError:
        said = gettext("This is no copy that customs gave out: its signature or its list is wrong")
        context = _SECTION | {"problems": [Problem("text", said)]}
        return show("article-verify.html", kernel, who, context, status=422)


def _copy(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    found: FollowingArticles,
    declaration: Declaration,
    *,
    verified: bool = False,
) -> Response:
    shown = articles.shown_copy(session, found, kernel.clock())
    context = {
        "copy": shown, "verified": verified, "money": money, "exact": articles.is_exact(found),
        "reference": service.reference_of(declaration), "declaration": declaration,
        "names": officer_names(session), "found": found,
        "svg": Markup(draw_svg(shown.text)),  # noqa: S704  # drawn by us, from our alphabet
    }  # fmt: skip
    return show("article-copy.html", kernel, who, _SECTION | context)


# --- the page -------------------------------------------------------------------------------------


def _page_of_referral(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    referral_id: UUID,
    extra: Extra,
    status: int = 200,
) -> Response:
    referral = session.get(Referral, referral_id, populate_existing=True)
    if referral is None or referral.site != who.site:
        raise NotFoundError
    identifier = settling.declaration_of_referral(session, referral)
    if identifier is None:
        return _taken_first(session, kernel, who, referral)
    return _page(session, kernel, who, identifier, referral, extra, status)


def _taken_first(session: Session, kernel: Kernel, who: SignedIn, referral: Referral) -> Response:
    """Nothing was declared for this journey: to what the passport's holder has declared, else to the form of it, with
    all that is known filled in; the goods come next.
    """
    known = known_of(session, referral)
    found = declared_of(session, known, who.site, kernel.clock())
    audit.record(
        session, who.actor, "declaration.sought", "declaration", found.id if found else None,
        kernel.clock(), referral=str(referral.id),
    )  # fmt: skip
    if found is not None:
        return RedirectResponse(f"/console/declarations/{found.id}", 303)
    return begin_form(kernel, who, {**known, "then": "goods"})


def _page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    identifier: UUID,
    referral: Referral | None,
    extra: Extra,
    status: int = 200,
) -> Response:
    declaration = at_site(session, identifier, who.site)
    now = kernel.clock()
    versions = versions_of(session, identifier)
    examined = inspected_since(session, versions[-1])
    seen = sight.current().at(identifier, declaration.passenger_id)
    declared = veil_declared(read_declared(versions, examined), seen)
    content = versions[-1].content
    audit.record(session, who.actor, "declaration.viewed", "declaration", identifier, now)
    settled = goods.settled_lines(session, identifier, content["goods"])
    new: set[int] = set()
    if (seq := _outdated(extra, declaration)) is not None:
        before = next((one.content["goods"] for one in versions if one.seq == seq), ())
        typed, new = carried(extra["typed"], before, content["goods"])
        extra = {"typed": typed, "taken": gettext(goods.DeclarationChangedError.title)}
        status = goods.DeclarationChangedError.status
    rows = rows_of(declared.goods, content["goods"], settled, extra.get("typed", {}), new)
    problems = at_rows(rows, extra.pop("problems", ()), extra.pop("undone", ()))
    context = {
        "declaration": declaration, "declaration_id": identifier, "referral": referral,
        "reference": service.reference_of(declaration), "content": content,
        "declared": declared, "examined": examined, "names": officer_names(session),
        "standing": words.LANES[declaration.lane], "on_counter": True, "money": money,
        "rows": rows, "problems": problems, "is_outdated": seq is not None, "works": [(one, goods.taken_back(session, one.work))
                  for one in goods.works_of(session, identifier)],
        "copies": [articles.shown_copy(session, one, now)
                   for one in articles.copies_of(session, identifier)],
        "follows": bool(content["answers"].get(articles.FOLLOWS)),
        "packages": sum(
            one["quantity"] for one in content["goods"] if not is_here(one)
        ),
        "is_open": declaration.status is DeclarationStatus.ACTIVE,
        "key": secrets.token_urlsafe(16), "typed": {}, "taken": "",
        "article_problems": [], "articles_typed": {}, "article_rows": range(ROWS), **extra,
    }  # fmt: skip
    return show("goods.html", kernel, who, _SECTION | context, status=status)


def _outdated(extra: Extra, declaration: Declaration) -> int | None:
    """The version for which something was typed, where it is not the newest any more."""
    if not (typed := extra.get("typed")):
        return None
    seq = _number(typed.get("seq", ""))
    return None if seq == declaration.seq else seq


def _settlement(form: Fields) -> Settlement:
    return Settlement(
        seq=_number(form.text("seq")),
        disposals=read_disposals(form, MOST_ROWS),
        remark=form.text("remark"),
        lets_go=form.text("lets-go") == "yes",
    )


def _once(session: Session, who: SignedIn, form: Fields, what: str, act: Any) -> UUID:
    """The work of a form; sent twice, it is the same work."""
    sent = f"counter {what} {sorted((name, form.all(name)) for name in form)}"
    key = form.text("key")[:64] or None
    claimed = idempotency.claim(session, who.actor.key, key, sent.encode())
    if claimed.result is not None:
        return claimed.result
    made: CounterWork = act()
    idempotency.settle(session, claimed, made.id)
    return made.id


def _receipt(work_id: UUID) -> Response:
    return RedirectResponse(f"/console/counter/works/{work_id}", 303)


def _refused(error: Exception, form: Fields) -> tuple[Extra, int]:
    """What the page says of what could not be settled; what was typed stays, under a key of its own."""
    if isinstance(error, KeyReusedError):
        said = gettext(
            "This form has already led to a receipt, with other contents: see “Settled already”"
        )
        return {"taken": said, "typed": form}, error.status
    if isinstance(error, ConflictError):
        return {"taken": gettext(error.title), "typed": form}, 409
    problems: Sequence[Problem] = ()
    undone: list[int] = []
    if isinstance(error, TypedWrongError):
        problems = error.problems
    elif isinstance(error, OutcomeInvalidError):
        undone = undisposed_of(error.fields)
        problems = outcome_in_words(beside_lines(error.fields), form)
    return {"problems": problems, "undone": undone, "typed": form}, 422


def _number(text: str) -> int:
    """A version out of a form; -1, which nothing has, for anything else."""
    number = whole(text)
    return -1 if number is None else number
