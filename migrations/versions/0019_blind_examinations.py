"""Who should be inspected and with what probability; full examinations whose origin nobody sees before the end."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NO = sa.text("false")

# "control" said in every place that somebody was drawn by lot. From now on one column of its own says it.
RENAMED = """
update {table} set {column} = (
    select jsonb_agg(case one when 'control' then 'full-examination'
        when 'party-control' then 'party-full-examination'
        when 'with-officer-control' then 'with-officer-full-examination' else one end)
    from jsonb_array_elements_text({column}) one)
where {column} ?| array['control', 'party-control', 'with-officer-control']
"""

KIND = "update {table} set kind = 'full-examination' where kind = 'control'"


def upgrade() -> None:
    op.add_column("assessment", sa.Column("control_rate", sa.Double(), nullable=True))
    for name in ("mixed", "rules_alone"):
        op.add_column(
            "assessment", sa.Column(name, sa.Boolean(), server_default=NO, nullable=False)
        )
    for name in ("selected", "drawn"):
        op.add_column(
            "presentation", sa.Column(name, sa.Boolean(), server_default=NO, nullable=False)
        )
    op.add_column("presentation", sa.Column("inspection_probability", sa.Double(), nullable=True))
    op.add_column("referral", sa.Column("origin", sa.Text(), nullable=True))
    op.add_column("referral", sa.Column("why_not", sa.Text(), nullable=True))
    op.execute("update presentation set drawn = true where reasons ? 'control'")
    op.execute("update referral set origin = 'lot' where reasons ? 'control'")
    for table in ("referral", "presentation"):
        op.execute(RENAMED.format(table=table, column="reasons"))
        op.execute(KIND.format(table=table))
    op.execute(RENAMED.format(table="clearance", column="covers"))
    op.create_index("ix_referral_closed_at", "referral", ["closed_at"])
    op.create_index("ix_presentation_site_decided_at", "presentation", ["site", "decided_at"])


def downgrade() -> None:
    op.drop_index("ix_presentation_site_decided_at", "presentation")
    op.drop_index("ix_referral_closed_at", "referral")
    op.drop_column("referral", "why_not")
    op.drop_column("referral", "origin")
    for name in ("inspection_probability", "drawn", "selected"):
        op.drop_column("presentation", name)
    for name in ("rules_alone", "mixed", "control_rate"):
        op.drop_column("assessment", name)
