"""The trial that a submission and an approval of a rule rest on is one that there is."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_foreign_key(
        op.f("fk_rule_event_backtest_id"), "rule_event", "backtest", ["backtest_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_rule_event_backtest_id"), "rule_event")
