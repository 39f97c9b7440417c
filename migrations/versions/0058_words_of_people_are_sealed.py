"""What officers write of people in reviews, pairs, holds, unmaskings, indications, orders, links, snoozes and at the goods counter is sealed.

As in 0049 there is no key here: words that are there already get a mark in front (0x00) and are read as they are, until
``egate keys reencrypt`` seals them. A masked reason of a snooze was a hyphen, and is no words now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0059"
branch_labels = None
depends_on = None

COLUMNS = (
    ("hit_review", "reason"),
    ("known_not_match", "reason"),
    ("legal_hold", "authority"),
    ("legal_hold", "reference"),
    ("legal_hold", "reason"),
    ("unmasking", "reason"),
    ("retention_indication", "reason"),
    ("boarding_order", "reason"),
    ("identity_link", "proposed_because"),
    ("identity_link", "made_because"),
    ("identity_link", "undone_because"),
    ("rule_snooze", "reason"),
    ("counter_work", "remark"),
)
WITH_DEFAULT = ("counter_work",)
"""Tables whose column is empty by default."""
_SNOOZE = "ck_rule_snooze_reason"


def upgrade() -> None:
    op.drop_constraint(_SNOOZE, "rule_snooze")
    op.execute("update rule_snooze set reason = '' where reason = '-'")
    for table, column in COLUMNS:
        _change(
            table, column, sa.LargeBinary(), sa.Text(),
            f"case when {column} = '' then ''::bytea"
            f" else '\\x00'::bytea || convert_to({column}, 'UTF8') end",
        )  # fmt: skip


def downgrade() -> None:
    """Words that are sealed cannot be read here: they are lost."""
    for table, column in COLUMNS:
        _change(
            table, column, sa.Text(), sa.LargeBinary(),
            f"case when {column} is null then null"
            f" when get_byte({column} || '\\x01'::bytea, 0) = 0"
            f" then convert_from(substring({column} from 2), 'UTF8') else '' end",
        )  # fmt: skip
    op.execute("update rule_snooze set reason = '-' where reason = ''")
    op.create_check_constraint(_SNOOZE, "rule_snooze", "reason <> ''")


def _change(
    table: str, column: str, to: sa.types.TypeEngine[object], of: sa.types.TypeEngine[object], by: str
) -> None:  # fmt: skip
    if table in WITH_DEFAULT:
        op.alter_column(table, column, server_default=None)
    op.alter_column(table, column, type_=to, existing_type=of, postgresql_using=by)
    if table in WITH_DEFAULT:
        op.alter_column(table, column, server_default="")
