"""The goods counter: what was declared is settled with its traveller, and a receipt says so.

No inspection is made of it: who declared, pays and goes has no mark in any history, and no figure of findings knows
of it. The service assesses nothing: amounts are those of the State's own system, under its number.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.declarations.models import Declaration
from app.declarations.service import all_versions_of
from app.formats import codes
from app.identity.models import Officer
from app.kernel.errors import ConflictError, NotFoundError, kept
from app.kernel.texts import N_
from app.referrals import recording
from app.referrals.cases import successor_of
from app.referrals.disposals import Disposal, OutcomeInvalidError, disposal_problems
from app.referrals.goods_models import CounterWork, ReceiptCounter
from app.referrals.lines import Line, Receipt, line_problems, same, settled_by
from app.referrals.models import Disposition, ReferralEvent

MAX_REMARK = 4000


class DeclarationChangedError(ConflictError):
    """The declaration was corrected since the officer looked at it."""

    code, status, title = (
        "declaration-changed",
        409,
        N_("The declaration has changed, please look again"),
    )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of declared goods; ``seq``: the version of the declaration that lay on the counter."""

    seq: int
    disposals: tuple[Disposal, ...]
    remark: str = field(default="", repr=False)
    lets_go: bool = True


@dataclass(frozen=True, slots=True)
class Settled:
    """The counter's work with what became of the goods, and who did it."""

    work: CounterWork
    dispositions: Sequence[Disposition]
    officer: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Why a receipt does not count any more; ``instead``: what was settled in its place."""

    officer: str
    at: datetime
    why: str = field(repr=False)
    instead: Settled | None


def record_work(
    session: Session,
    actor: Actor,
    declaration_id: UUID,
    settlement: Settlement,
    *,
    site: str,
    now: datetime,
    referral_id: UUID | None = None,
) -> CounterWork:
    """Write down what was settled and give it a receipt number. Each line that was declared is disposed of, now or by
    a receipt that counts.

    Raises NotFoundError (also for another site's), :class:`DeclarationChangedError` and
    :class:`app.referrals.disposals.OutcomeInvalidError`.
    """
    assert actor.id
    declaration = session.get(
        Declaration, declaration_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if declaration is None or declaration.site != site or not declaration.document_key:
        raise NotFoundError
    if declaration.seq != settlement.seq:
        raise DeclarationChangedError
    goods = all_versions_of(session, declaration_id)[-1].content["goods"]
    settled = settled_lines(session, declaration_id, goods)
    disposals = settlement.disposals
    if problems := [*disposal_problems(disposals), *line_problems(goods, disposals, settled)]:
        raise OutcomeInvalidError(fields=problems)
    work = CounterWork(
        site=site, receipt=_next_receipt(session, site, now), declaration_id=declaration_id,
        seq=settlement.seq, referral_id=referral_id, officer_id=actor.id, done_at=now,
        lets_go=settlement.lets_go, remark=kept(settlement.remark, MAX_REMARK, "/remark"),
    )  # fmt: skip
    session.add(work)
    session.flush()
    recording.add_disposals(session, disposals, work_id=work.id)
    session.flush()
    audit.record(
        session, actor, "counter.settled", "counter_work", work.id, now,
        declaration=str(declaration_id), seq=settlement.seq, receipt=work.receipt,
    )  # fmt: skip
    return work


def _next_receipt(session: Session, site: str, now: datetime) -> str:
    """``NRT-20261128-0007``: who takes a number holds its row until the commit, so there are no gaps."""
    place = codes.airport(site)
    day = now.astimezone(ZoneInfo(place.timezone if place else "UTC")).date()
    taken = insert(ReceiptCounter).values(site=site, day=day, last=1)
    number = session.execute(
        taken.on_conflict_do_update(
            index_elements=["site", "day"], set_={"last": ReceiptCounter.last + 1}
        ).returning(ReceiptCounter.last)
    ).scalar_one()
    return f"{site}-{day:%Y%m%d}-{number:04d}"


def read_work(session: Session, work_id: UUID, site: str) -> Settled:
    """One piece of the counter's work. Raises NotFoundError, also for another site's."""
    found = _settled(session, CounterWork.id == work_id, CounterWork.site == site)
    if not found:
        raise NotFoundError
    return found[0]


def works_of(session: Session, declaration_id: UUID) -> list[Settled]:
    """Everything that was settled of a declaration, oldest first."""
    return _settled(session, CounterWork.declaration_id == declaration_id)


def work_of_referral(session: Session, referral_id: UUID) -> Settled | None:
    """What settled a referral, if the counter did."""
    return next(iter(_settled(session, CounterWork.referral_id == referral_id)), None)


def taken_back(session: Session, work: CounterWork) -> TakenBack | None:
    """That the case which a receipt closed was reopened: by whom, when, why, and by what receipt it was closed then."""
    later = successor_of(session, work.referral_id) if work.referral_id else None
    if later is None:
        return None
    at, why, by = session.execute(
        sa.select(ReferralEvent.created_at, ReferralEvent.note, sa.func.coalesce(Officer.name, ""))
        .outerjoin(Officer, Officer.id == ReferralEvent.actor_id)
        .where(
            ReferralEvent.referral_id == later, ReferralEvent.kind.in_(("reopened", "undone"))
        )
    ).one()  # fmt: skip
    return TakenBack(by, at, why, work_of_referral(session, later))


def settled_lines(session: Session, declaration_id: UUID, goods: Sequence[Line]) -> dict[int, str]:
    """The numbers of those of a declaration's lines that receipts which count have settled, with the receipt's number."""
    works = [
        one for one in works_of(session, declaration_id) if taken_back(session, one.work) is None
    ]
    if not works:
        return {}
    versions = {one.seq: one.content["goods"] for one in all_versions_of(session, declaration_id)}
    receipts = [
        Receipt(
            one.work.receipt,
            Counter(
                same(versions[one.work.seq][line])
                for line in {done.line for done in one.dispositions if done.line is not None}
            ),
        )
        for one in works
    ]
    return settled_by(goods, receipts)


def _settled(session: Session, *which: sa.ColumnElement[bool]) -> list[Settled]:
    rows = session.execute(
        sa.select(CounterWork, Officer.name)
        .join(Officer, Officer.id == CounterWork.officer_id)
        .where(*which)
        .order_by(CounterWork.done_at, CounterWork.id)
    ).all()
    disposals = session.scalars(
        sa.select(Disposition)
        .where(Disposition.work_id.in_([work.id for work, _ in rows]))
        .order_by(Disposition.number)
    ).all()
    return [
        Settled(work, [one for one in disposals if one.work_id == work.id], officer)
        for work, officer in rows
    ]
