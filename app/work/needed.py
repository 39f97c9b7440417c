"""Which declarations are kept for longer than their time."""

from datetime import date

import sqlalchemy as sa

from app.declarations.article_models import FollowingArticles
from app.declarations.models import Companion, Declaration
from app.gate.models import Presentation
from app.referrals.goods_models import CounterWork
from app.referrals.models import Referral


def needed_by_a_case(today: date) -> sa.ColumnElement[bool]:
    """Whether a referral is of somebody on the declaration, or came of its being shown; whether the counter settled
    it, or articles may still follow.
    """
    follow = sa.exists().where(
        FollowingArticles.declaration_id == Declaration.id, FollowingArticles.import_until >= today
    )
    settled = sa.exists().where(CounterWork.declaration_id == Declaration.id)
    # Said outright: two levels down the statement's own declaration is not meant by itself, but any.
    fellows = (
        sa.select(Companion.passenger_id)
        .where(Companion.declaration_id == Declaration.id)
        .correlate(Declaration)
    )
    shown = (
        sa.select(Presentation.id)
        .where(Presentation.declaration_id == Declaration.id)
        .correlate(Declaration)
    )
    of_referral = sa.exists().where(
        sa.or_(
            Referral.passenger_id == Declaration.passenger_id,
            Referral.passenger_id.in_(fellows),
            Referral.presentation_id.in_(shown),
        )
    )
    return of_referral | settled | follow
