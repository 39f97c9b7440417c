"""HTTP routes of the goods counter, for officers: what was declared, what becomes of it, articles that follow.

Their owner fetches copies by :mod:`app.declarations.article_routes`.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.declarations import articles, service
from app.declarations.article_models import FollowingArticles
from app.declarations.articles import ArticlesIn, CopyState
from app.declarations.estimates import estimate_of
from app.declarations.models import Channel, Declaration, DeclarationStatus, DeclarationVersion
from app.declarations.refusals import refusal
from app.declarations.registry import all_versions
from app.formats.credential import CredentialError, pasted
from app.formats.duty import Estimate
from app.gate import holds, settling
from app.identity import sight
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.errors import NotFoundError
from app.kernel.http import IdempotencyKey, KernelDep
from app.kernel.schemas import In, Out
from app.referrals import goods
from app.referrals.goods import Settled, Settlement
from app.referrals.goods_models import CounterWork
from app.referrals.schemas import CounterDispositionBody, CounterDispositionOut
from app.travel.veiled import DECLARED_KEYS

router = APIRouter(prefix="/counter", tags=["goods counter"])

CounterDep = Annotated[SignedIn, Depends(require(Permission.ENTER_DECLARATION))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]


class VersionOut(Out):
    """A version of the declaration. ``kind``: the first one, a correction of the traveller's free will, or one that
    came after an examination had begun.
    """

    seq: int
    channel: Channel
    certified_at: datetime
    kind: str


class EstimateOut(Out):
    """What the goods are estimated to cost, in minor units; ``open``: something is in no figure."""

    currency: str
    least: int
    most: int
    open: bool


class WorkOut(Out):
    """What was settled at the counter, under its receipt number."""

    id: UUID
    receipt: str
    declaration_id: UUID
    seq: int
    referral_id: UUID | None
    officer: str
    done_at: datetime
    lets_go: bool
    remark: str
    dispositions: list[CounterDispositionOut]


class CopyOut(Out):
    """A confirmed list of articles that follow, as it was signed."""

    number: str
    seq: int
    packages: int
    confirmed_at: datetime
    import_until: date
    state: CopyState
    text: str
    articles: dict[str, Any]


class CounterOut(Out):
    """A declaration as it lies on the counter."""

    id: UUID
    reference: str
    seq: int
    lane: int
    status: DeclarationStatus
    declared: dict[str, Any]
    versions: list[VersionOut]
    estimate: EstimateOut | None
    referral_id: UUID | None
    works: list[WorkOut]
    copies: list[CopyOut]


class SettleIn(In):
    """What becomes of the goods; ``seq``: the version of the declaration that was seen. Each line that was declared and
    has not been settled before is disposed of; packages that follow are not.
    """

    seq: int
    dispositions: list[CounterDispositionBody] = Field(max_length=50)
    remark: str = Field(default="", max_length=goods.MAX_REMARK)
    lets_go: bool = True

    def value(self) -> Settlement:
        disposals = tuple(one.value() for one in self.dispositions)
        return Settlement(self.seq, disposals, self.remark, self.lets_go)


class SettleReferralIn(SettleIn):
    """The same for a referral; ``version`` as it was seen."""

    version: int


class CopyIn(In):
    """The text of a copy, as its code holds it."""

    text: str = Field(max_length=2000)


@router.get("/declarations/{identifier}")
def get_declaration(identifier: UUID, who: CounterDep, kernel: KernelDep) -> CounterOut:
    """A declaration with its goods, estimate, corrections, receipts and copies; the look is recorded."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        declaration = at_site(session, identifier, who.site)
        audit.record(session, who.actor, "declaration.viewed", "declaration", identifier, now)
        return _shown(session, declaration, now)


@router.post("/declarations/{identifier}/work", status_code=201)
def settle_declaration(
    identifier: UUID, body: SettleIn, who: DeciderDep, kernel: KernelDep, key: IdempotencyKey = None
) -> WorkOut:
    """Settle goods of a declaration that was found at the counter; the answer has the receipt number."""
    now = kernel.clock()

    def act(session: Session) -> CounterWork:
        return goods.record_work(
            session, who.actor, identifier, body.value(), site=who.site, now=now
        )

    with kernel.database.transaction() as session:
        return _once(session, who, key, f"{identifier} {body.model_dump_json()}", act)


@router.post("/referrals/{referral_id}/work", status_code=201)
def settle_referral(
    referral_id: UUID,
    body: SettleReferralIn,
    who: DeciderDep,
    kernel: KernelDep,
    key: IdempotencyKey = None,
) -> WorkOut:
    """Settle the goods of a referral's traveller and close it."""

    def act(session: Session) -> CounterWork:
        return settling.settle_referral(
            session, who.actor, referral_id, body.version, body.value(), kernel.clock()
        )

    def run() -> WorkOut:
        with kernel.database.transaction() as session:
            return _once(session, who, key, f"{referral_id} {body.model_dump_json()}", act)

    return holds.once_screened(run)


@router.get("/works/{work_id}")
def get_work(work_id: UUID, who: CounterDep, kernel: KernelDep) -> WorkOut:
    """What a receipt number stands for."""
    with kernel.database.transaction() as session:
        found = goods.read_work(session, work_id, who.site)
        audit.record(session, who.actor, "counter.viewed", "counter_work", work_id, kernel.clock())
        return shown_work(found)


@router.post("/declarations/{identifier}/articles", status_code=201)
def confirm_articles(
    identifier: UUID, body: ArticlesIn, who: DeciderDep, kernel: KernelDep
) -> CopyOut:
    """Confirm what follows; the same list again is the same copy."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        declaration = at_site(session, identifier, who.site)
        answers = service.current_version(session, declaration).content["answers"]
        made = articles.confirm_articles(
            session, who.actor, kernel.vault, identifier, body,
            site=who.site, answers=answers, now=now,
        )  # fmt: skip
        return CopyOut.model_validate(articles.shown_copy(session, made, now))


@router.post("/articles/verify")
def verify_copy(body: CopyIn, who: CounterDep, kernel: KernelDep) -> CopyOut:
    """What a copy is worth, with the list as it was confirmed. Refused (422) where it was never given out so."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        found = verified(session, body.text, who, now)
        return CopyOut.model_validate(articles.shown_copy(session, found, now))


def verified(session: Session, text: str, who: SignedIn, now: datetime) -> FollowingArticles:
    """The articles that a copy stands for; that it was looked at is recorded. Raises CredentialRefusedError."""
    try:
        found = articles.verify_copy(session, pasted(text), now).articles
    except CredentialError as error:
        raise refusal(error.code) from None
    except NotFoundError:
        raise refusal("declaration_unknown") from None
    audit.record(
        session, who.actor, "articles.verified", "declaration", found.declaration_id, now,
        part=found.part,
    )  # fmt: skip
    return found


def at_site(session: Session, identifier: UUID, site: str) -> Declaration:
    """Raises NotFoundError, also for another site's, and for one whose owner had it erased."""
    found = session.get(Declaration, identifier)
    if found is None or found.site != site or not found.document_key:
        raise NotFoundError
    return found


def _once(
    session: Session,
    who: SignedIn,
    key: str | None,
    call: str,
    act: Callable[[Session], CounterWork],
) -> WorkOut:
    claimed = idempotency.claim(session, who.actor.key, key, f"settle {call}".encode())
    if claimed.result is None:
        made = act(session).id
        idempotency.settle(session, claimed, made)
    else:
        made = claimed.result
    return shown_work(goods.read_work(session, made, who.site))


def shown_work(one: Settled) -> WorkOut:
    """The counter's work as JSON."""
    work = one.work
    return WorkOut(
        id=work.id, receipt=work.receipt, declaration_id=work.declaration_id, seq=work.seq,
        referral_id=work.referral_id, officer=one.officer, done_at=work.done_at,
        lets_go=work.lets_go, remark=work.remark,
        dispositions=[CounterDispositionOut.model_validate(done) for done in one.dispositions],
    )  # fmt: skip


def _shown(session: Session, declaration: Declaration, now: datetime) -> CounterOut:
    version = service.current_version(session, declaration)
    seen = sight.current().at(declaration.id, declaration.passenger_id)
    return CounterOut(
        id=declaration.id, reference=service.reference_of(declaration), seq=declaration.seq,
        lane=declaration.lane, status=declaration.status, declared=seen.record(version.content, DECLARED_KEYS),
        versions=_versions(session, declaration.id),
        estimate=_estimate(version),
        referral_id=settling.open_referral(session, declaration),
        works=[shown_work(one) for one in goods.works_of(session, declaration.id)],
        copies=[
            CopyOut.model_validate(articles.shown_copy(session, one, now))
            for one in articles.copies_of(session, declaration.id)
        ],
    )  # fmt: skip


def _versions(session: Session, declaration_id: UUID) -> list[VersionOut]:
    examined = settling.examined_since(session, declaration_id)
    rows = service.all_versions_of(session, declaration_id)
    return [
        VersionOut(
            seq=one.seq, channel=one.channel, certified_at=one.certified_at,
            kind=str(settling.kind_of(one, examined)),
        )
        for one in rows
    ]  # fmt: skip


def _estimate(version: DeclarationVersion) -> EstimateOut | None:
    form = all_versions().get(version.questionnaire)
    if form is None or form.duty is None:
        return None
    found: Estimate | None = estimate_of(form, service.declared_value(version))
    if found is None:
        return None
    return EstimateOut(
        currency=form.duty.currency, least=found.least, most=found.most, open=bool(found.open)
    )
