"""The life of rules: states, scope and validity, signed events, shadow and snooze; profiles of rule sets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The state follows from the last step; what was in force is active. Authors of versions that nobody signed
# are the program's (uuid5 of urn:egate:starting-ruleset:author).
FILL = """
update rule_version v set
    author_id = coalesce(author_id, '6ea10f29-eef7-559e-8362-b5733ac1238b'),
    state = case when active then 'active' else coalesce((
        select case kind when 'activated' then 'suspended' else kind end from rule_event e
        where e.version_id = v.id order by e.id desc limit 1), 'draft') end;
alter table rule_event disable trigger rule_event_append_only;
update rule_event e set at = e.created_at, author_id = v.author_id, digest = v.digest, protected = v.protected
    from rule_version v where v.id = e.version_id;
alter table rule_event enable trigger rule_event_append_only;
update assessment set assessed_at = created_at;
update hit h set state = r.state from hit_review r
    where r.passenger_id = h.passenger_id and r.source = h.source and r.subject = h.subject
        and r.subject_version = h.subject_version and r.values_digest = h.values_digest;
"""

# The law of the services a second time: a text never changes, and what runs was approved last by another than
# its author (a check and a foreign key of rule_event see to that) or ends within a day.
LAW = """
create function rule_version_law() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and
        (old.rule_id, old.n, old.title, old.text, old.points, old.floor, old.purpose, old.handling,
         old.justification, old.protected, old.legal_basis, old.airports, old.carriers, old.routes,
         old.valid_from, old.valid_to, old.digest, old.author_id)
        is distinct from
        (new.rule_id, new.n, new.title, new.text, new.points, new.floor, new.purpose, new.handling,
         new.justification, new.protected, new.legal_basis, new.airports, new.carriers, new.routes,
         new.valid_from, new.valid_to, new.digest, new.author_id)
    then
        raise exception 'a version of a rule is never edited' using errcode = 'insufficient_privilege';
    end if;
    if new.state in ('shadow', 'active') and (new.ends_at is null or new.state = 'shadow')
        and (select kind from rule_event where version_id = new.id and kind in ('approved', 'rejected')
             order by id desc limit 1) is distinct from 'approved'
    then
        raise exception 'not approved' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger rule_version_law before insert or update on rule_version
    for each row execute function rule_version_law();
"""


def upgrade() -> None:
    _rule_versions()
    _rule_events()
    empty = sa.text("'{}'")
    op.add_column(
        "ruleset", sa.Column("profile", postgresql.JSONB(), server_default=empty, nullable=False)
    )
    op.add_column(
        "ruleset", sa.Column("values", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("hit", sa.Column("state", sa.Text(), server_default="unreviewed", nullable=False))
    for name in ("snoozed", "reviewed_first"):
        op.add_column(
            "hit", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    moment = sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("assessment", moment)
    op.execute(FILL)
    op.alter_column("assessment", "assessed_at", nullable=False)
    _settle()
    _shadow_and_snooze()
    op.execute(LAW)


def _rule_versions() -> None:
    texts = sa.ARRAY(sa.Text())
    for column in (
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("protected", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("legal_basis", sa.Text(), server_default="", nullable=False),
        sa.Column("airports", texts, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("carriers", texts, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("routes", texts, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("rule_version", column)


def _rule_events() -> None:
    for column in (
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=True),
        sa.Column("legal", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("backtest_id", sa.Uuid(), nullable=True),
    ):
        op.add_column("rule_event", column)


def _settle() -> None:
    op.drop_index("uq_rule_version_active", "rule_version")
    op.drop_column("rule_version", "active")
    op.alter_column("rule_version", "author_id", nullable=False)
    for name in ("at", "author_id", "digest", "protected"):
        op.alter_column("rule_event", name, nullable=False)
    for state in ("active", "shadow"):
        op.create_index(
            f"uq_rule_version_{state}", "rule_version", ["rule_id"], unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_rule_version_legal_basis"), "rule_version", "not protected or legal_basis <> ''"
    )
    op.create_check_constraint(
        op.f("ck_rule_version_validity"), "rule_version",
        "valid_from is null or valid_to is null or valid_from <= valid_to",
    )  # fmt: skip
    signed = ["id", "author_id", "digest", "protected"]
    op.create_unique_constraint("uq_rule_version_signed", "rule_version", signed)
    op.create_foreign_key(
        "fk_rule_event_signed", "rule_event", "rule_version", ["version_id", *signed[1:]], signed
    )
    op.create_check_constraint(
        op.f("ck_rule_event_four_eyes"), "rule_event",
        "kind <> 'approved' or (actor_id is not null and actor_id <> author_id and (legal or not protected))",
    )  # fmt: skip
    for table, names in (
        ("rule_version", ("state", "protected", "legal_basis", "airports", "carriers", "routes")),
        ("rule_event", ("legal",)),
        ("ruleset", ("profile", "values")),
        ("hit", ("state", "snoozed", "reviewed_first")),
    ):
        for name in names:
            op.alter_column(table, name, server_default=None)


def _keys() -> list[sa.Column[object]]:
    made = sa.text("clock_timestamp()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=made, nullable=False),
    ]


def _shadow_and_snooze() -> None:
    op.create_table(
        "shadow_hit",
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("decided", sa.Boolean(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(), nullable=True),
        *_keys(),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_shadow_hit_assessment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["passenger_id"], ["passenger.id"], name=op.f("fk_shadow_hit_passenger_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rule_version.id"], name=op.f("fk_shadow_hit_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_hit")),
        sa.UniqueConstraint(
            "assessment_id", "version_id", name=op.f("uq_shadow_hit_assessment_id_version_id")
        ),
    )  # fmt: skip
    for name in ("passenger_id", "version_id"):
        op.create_index(op.f(f"ix_shadow_hit_{name}"), "shadow_hit", [name])
    op.create_table(
        "rule_snooze",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("traveller_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        *_keys(),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_rule_snooze_reason")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rule_version.id"], name=op.f("fk_rule_snooze_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["traveller_id"], ["traveller.id"], name=op.f("fk_rule_snooze_traveller_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_rule_snooze_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["officer.id"], name=op.f("fk_rule_snooze_lifted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_snooze")),
    )  # fmt: skip
    op.create_index(
        "uq_rule_snooze_open", "rule_snooze", ["traveller_id", "version_id"], unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    )  # fmt: skip


def downgrade() -> None:
    op.execute("drop trigger rule_version_law on rule_version; drop function rule_version_law()")
    op.drop_table("rule_snooze")
    op.drop_table("shadow_hit")
    op.drop_constraint(op.f("ck_rule_event_four_eyes"), "rule_event")
    op.drop_constraint("fk_rule_event_signed", "rule_event")
    op.drop_constraint("uq_rule_version_signed", "rule_version")
    op.add_column(
        "rule_version",
        sa.Column("active", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute("update rule_version set active = true where state = 'active'")
    for name in ("active", "shadow"):
        op.drop_index(f"uq_rule_version_{name}", "rule_version")
    op.create_index(
        "uq_rule_version_active", "rule_version", ["rule_id"], unique=True,
        postgresql_where=sa.text("active"),
    )  # fmt: skip
    for table, names in (
        ("rule_version", ("state", "protected", "legal_basis", "airports", "carriers", "routes",
                          "valid_from", "valid_to", "ends_at")),
        ("assessment", ("assessed_at",)),
        ("rule_event", ("at", "author_id", "digest", "protected", "legal", "backtest_id")),
        ("ruleset", ("profile", "values")),
        ("hit", ("state", "snoozed", "reviewed_first")),
    ):  # fmt: skip
        for name in names:
            op.drop_column(table, name)
    op.alter_column("rule_version", "active", server_default=None)
    op.alter_column("rule_version", "author_id", nullable=True)
