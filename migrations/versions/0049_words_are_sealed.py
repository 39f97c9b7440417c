"""What officers write of people in inspections, second looks and urgent lookouts is sealed in its column.

The migration has no key: words that are there already get a mark in front (0x00) and are read as they are, until
``egate keys reencrypt`` seals them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0050"
branch_labels = None
depends_on = None

COLUMNS = (
    ("referral", "note", True),
    ("inspection", "remark", True),
    ("inspection", "search_ground", False),
    ("inspection_amendment", "reason", False),
    ("inspection_amendment", "remark", False),
    ("inspection_amendment", "search_ground", False),
    ("second_look", "question", False),
    ("second_look_instruction", "text", False),
    ("second_look_instruction", "reason", True),
    ("urgent_lookout", "reason", False),
    ("urgent_lookout", "verdict_note", False),
)
"""Table, column, whether its default is no words."""


def upgrade() -> None:
    for table, column, has_default in COLUMNS:
        if has_default:
            op.alter_column(table, column, server_default=None)
        op.alter_column(
            table, column, type_=sa.LargeBinary(), existing_type=sa.Text(),
            postgresql_using=f"case when {column} = '' then ''::bytea"
            f" else '\\x00'::bytea || convert_to({column}, 'UTF8') end",
        )  # fmt: skip
        if has_default:
            op.alter_column(table, column, server_default="")


def downgrade() -> None:
    """Words that are sealed cannot be read here: they are lost."""
    for table, column, has_default in COLUMNS:
        if has_default:
            op.alter_column(table, column, server_default=None)
        op.alter_column(
            table, column, type_=sa.Text(), existing_type=sa.LargeBinary(),
            postgresql_using=f"case when {column} is null then null"
            f" when get_byte({column} || '\\x01'::bytea, 0) = 0"
            f" then convert_from(substring({column} from 2), 'UTF8') else '' end",
        )  # fmt: skip
        if has_default:
            op.alter_column(table, column, server_default="")
