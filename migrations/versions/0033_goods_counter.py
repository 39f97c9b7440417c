"""The goods counter and its receipts, articles that follow, amended outcomes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0037"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)
_NOUGHT = sa.text("0")
_EMPTY = sa.text("''")


def _row(table: str) -> list[sa.schema.SchemaItem]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _UTC, server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    _articles()
    _counter()
    _amendments()
    _dispositions()


def _articles() -> None:
    table = "following_articles"
    op.create_table(
        table,
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("declaration_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("packages", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("copy", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", _UTC, nullable=False),
        sa.Column("import_until", sa.Date(), nullable=False),
        _refers(table, "declaration_id", "declaration"),
        _refers(table, "confirmed_by", "officer"),
        sa.UniqueConstraint("declaration_id", "part", name=op.f(f"uq_{table}_declaration_id_part")),
        *_row(table),
    )


def _counter() -> None:
    table = "counter_work"
    op.create_table(
        table,
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("declaration_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("done_at", _UTC, nullable=False),
        sa.Column("lets_go", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), server_default=_EMPTY, nullable=False),
        _refers(table, "declaration_id", "declaration"),
        _refers(table, "referral_id", "referral"),
        _refers(table, "officer_id", "officer"),
        sa.UniqueConstraint("receipt", name=op.f(f"uq_{table}_receipt")),
        sa.UniqueConstraint("referral_id", name=op.f(f"uq_{table}_referral_id")),
        *_row(table),
    )
    op.create_index(op.f(f"ix_{table}_declaration_id"), table, ["declaration_id"])
    op.create_table(
        "receipt_counter",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", "day", name=op.f("pk_receipt_counter")),
    )


def _amendments() -> None:
    table = "inspection_amendment"
    op.add_column("inspection", sa.Column("minutes", sa.Integer(), nullable=True))
    op.add_column(
        "inspection", sa.Column("revision", sa.Integer(), server_default=_NOUGHT, nullable=False)
    )
    op.add_column("inspection", sa.Column("amended_at", _UTC, nullable=True))
    for name in ("revision", "number"):
        op.add_column(
            "finding", sa.Column(name, sa.Integer(), server_default=_NOUGHT, nullable=False)
        )
    op.create_table(
        table,
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("amended_at", _UTC, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("search_ground", sa.Text(), nullable=True),
        sa.Column("search_authorised_by", sa.Uuid(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        _refers(table, "inspection_id", "inspection"),
        _refers(table, "officer_id", "officer"),
        _refers(table, "search_authorised_by", "officer"),
        sa.UniqueConstraint(
            "inspection_id", "revision", name=op.f(f"uq_{table}_inspection_id_revision")
        ),
        *_row(table),
    )


def _dispositions() -> None:
    table = "disposition"
    op.alter_column(table, "inspection_id", nullable=True)
    op.add_column(table, sa.Column("work_id", sa.Uuid(), nullable=True))
    for name in ("revision", "number"):
        op.add_column(table, sa.Column(name, sa.Integer(), server_default=_NOUGHT, nullable=False))
    for name in ("method", "authority"):
        op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
    for name in ("received_by", "goods"):
        op.add_column(table, sa.Column(name, sa.Text(), server_default=_EMPTY, nullable=False))
    op.create_foreign_key(
        op.f(f"fk_{table}_work_id_counter_work"), table, "counter_work", ["work_id"], ["id"]
    )
    op.create_index(op.f(f"ix_{table}_work_id"), table, ["work_id"])
    op.create_check_constraint("one_parent", table, "(inspection_id is null) <> (work_id is null)")


def downgrade() -> None:
    op.execute("delete from disposition where inspection_id is null")
    op.drop_constraint(op.f("ck_disposition_one_parent"), "disposition", type_="check")
    for name in ("work_id", "revision", "number", "method", "authority", "received_by", "goods"):
        op.drop_column("disposition", name)
    op.alter_column("disposition", "inspection_id", nullable=False)
    op.drop_table("inspection_amendment")
    for name in ("revision", "number"):
        op.drop_column("finding", name)
    for name in ("minutes", "revision", "amended_at"):
        op.drop_column("inspection", name)
    op.drop_table("receipt_counter")
    op.drop_table("counter_work")
    op.drop_table("following_articles")
