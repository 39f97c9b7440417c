"""Settling what a goods referral is about: the counter's work, the end of the referral, the way out, in one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.declarations.facts import declaration_of
from app.declarations.models import Companion, Declaration, DeclarationVersion
from app.gate import holds
from app.gate.models import Presentation
from app.kernel.errors import NotFoundError
from app.referrals import goods
from app.referrals import service as referrals
from app.referrals.goods import Settlement
from app.referrals.goods_models import CounterWork
from app.referrals.kinds import ReferralKind, ReferralState
from app.referrals.models import Inspection, Referral


class VersionKind(StrEnum):
    """How a version of a declaration stands to the examination of its people."""

    ORIGINAL = "original"
    VOLUNTARY = "voluntary-disclosure"
    AFTER_EXAMINATION = "after-examination"


def settle_referral(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    settlement: Settlement,
    now: datetime,
) -> CounterWork:
    """Settle the goods of a referral's traveller and close it; a clearance where the traveller may go.

    Raises the errors of :mod:`app.referrals.service`, of :func:`app.referrals.goods.record_work` and
    :class:`app.gate.holds.ScreeningLateError`.
    """
    referral = referrals.close_settled(session, actor, referral_id, version, now)
    declaration_id = declaration_of_referral(session, referral)
    if declaration_id is None:
        raise NotFoundError
    work = goods.record_work(
        session, actor, declaration_id, settlement, site=referral.site, now=now,
        referral_id=referral.id,
    )  # fmt: skip
    if settlement.lets_go:
        holds.clear_for(session, actor, referral, now)
    return work


def declaration_of_referral(session: Session, referral: Referral) -> UUID | None:
    """The declaration that a referral's traveller is on, else the one whose code was shown; None for neither."""
    facts = declaration_of(session, referral.passenger_id) if referral.passenger_id else None
    if facts:
        return facts.declaration_id
    if referral.presentation_id is None:
        return None
    shown = sa.select(Presentation.declaration_id).where(
        Presentation.id == referral.presentation_id
    )
    return session.scalar(shown)


def open_referral(session: Session, declaration: Declaration) -> UUID | None:
    """The oldest goods referral that waits for whoever made a declaration: settling it lets them go."""
    shown = sa.select(Presentation.id).where(Presentation.declaration_id == declaration.id)
    theirs: sa.ColumnElement[bool] = Referral.presentation_id.in_(shown)
    if declaration.passenger_id:
        theirs |= Referral.passenger_id == declaration.passenger_id
    query = sa.select(Referral.id).where(
        theirs,
        Referral.site == declaration.site,
        Referral.kind == ReferralKind.GOODS,
        Referral.state.in_([ReferralState.RAISED, ReferralState.CLAIMED]),
    )
    return session.scalar(query.order_by(Referral.id).limit(1))


def examined_since(session: Session, declaration_id: UUID) -> datetime | None:
    """When officers began to examine somebody of a declaration; None as long as nobody has.

    A correction before it is a voluntary disclosure, one after it is not: they are told apart by the moment alone,
    whichever way the correction came. Whoever is on no list is found by the code that was shown.
    """
    people = sa.union_all(
        sa.select(Declaration.passenger_id).where(Declaration.id == declaration_id),
        sa.select(Companion.passenger_id).where(Companion.declaration_id == declaration_id),
    )
    shown = sa.select(Presentation.id).where(Presentation.declaration_id == declaration_id)
    found: datetime | None = session.scalar(
        sa.select(sa.func.min(Inspection.started_at))
        .join(Referral, Referral.id == Inspection.referral_id)
        .where(Referral.passenger_id.in_(people) | Referral.presentation_id.in_(shown))
    )
    return found


def kind_of(version: DeclarationVersion, examined: datetime | None) -> VersionKind:
    """A correction of the traveller's free will, or one made after an officer had begun to look."""
    if examined is not None and version.certified_at > examined:
        return VersionKind.AFTER_EXAMINATION
    return VersionKind.VOLUNTARY if version.seq else VersionKind.ORIGINAL
