"""A proposal that another change of its list has overtaken says so, and by which version."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

OVERTAKEN = """
with moved as (
    select p.id, min(v.version) as version
    from watchlist_proposal p
    join watchlist_version v on v.watchlist_id = p.watchlist_id and v.version > p.base_version
    where p.status = 'proposed' and (p.settings is not null or exists (
        select from watchlist_proposal_entry s
        join watchlist_entry e on e.watchlist_id = p.watchlist_id and e.key = s.key
        where s.proposal_id = p.id and v.version in (e.version, e.removed_version)))
    group by p.id
)
update watchlist_proposal p
set status = 'overtaken', overtaken_version = moved.version, decided_at = v.made_at
from moved, watchlist_version v
where moved.id = p.id and v.watchlist_id = p.watchlist_id and v.version = moved.version
"""
FORGET = """
delete from watchlist_proposal_entry s using watchlist_proposal p
where p.id = s.proposal_id and p.status = 'overtaken'
"""


def upgrade() -> None:
    op.add_column(
        "watchlist_proposal", sa.Column("overtaken_version", sa.BigInteger(), nullable=True)
    )
    op.execute(OVERTAKEN)
    op.execute(FORGET)
    op.create_check_constraint(
        op.f("ck_watchlist_proposal_overtaken"),
        "watchlist_proposal",
        "(status = 'overtaken') = (overtaken_version is not null)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_watchlist_proposal_overtaken"), "watchlist_proposal")
    op.execute("update watchlist_proposal set status = 'rejected' where status = 'overtaken'")
    op.drop_column("watchlist_proposal", "overtaken_version")
