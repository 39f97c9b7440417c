"""Passkeys, accounts at OIDC providers, passwords for bootstrapping; when and how a session's officer proved himself."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0048"
branch_labels = None
depends_on = None

OFFICER = "officer_id"


def _row(name: str, *columns: sa.Column[object] | sa.UniqueConstraint) -> None:
    op.create_table(
        name,
        *columns,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )  # fmt: skip


def _officer(table: str, *, nullable: bool = False) -> tuple[sa.Column[object], ...]:
    key = sa.ForeignKey("officer.id", name=op.f(f"fk_{table}_officer_id"))
    return (sa.Column(OFFICER, sa.Uuid(), key, nullable=nullable),)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _bytes(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    session = "officer_session"
    op.add_column(session, sa.Column("way", sa.Text(), nullable=False, server_default="code"))
    op.add_column(session, _time("proved_at", nullable=True))
    op.execute("update officer_session set proved_at = created_at")  # by the code that opened it
    op.alter_column(session, "proved_at", nullable=False)
    idle = sa.Column("idle", sa.Interval(), nullable=False, server_default="00:30:00")
    op.add_column(session, idle)
    op.add_column(session, sa.Column("browser", sa.Text(), nullable=False, server_default=""))
    op.add_column(session, _text("provider", nullable=True))
    op.add_column(session, _text("provider_session", nullable=True))
    _row(
        "passkey", *_officer("passkey"), _bytes("credential_id"), _bytes("public_key"),
        sa.Column("sign_count", sa.BigInteger(), nullable=False), _text("name"),
        sa.Column("backed_up", sa.Boolean(), nullable=False), _time("used_at", nullable=True),
        _unique("passkey", "credential_id"),
    )  # fmt: skip
    op.create_index(op.f("ix_passkey_officer_id"), "passkey", [OFFICER])
    _row(
        "passkey_challenge", _bytes("browser_hash"), _bytes("challenge"), _text("purpose"),
        *_officer("passkey_challenge", nullable=True), _time("expires_at"),
        _unique("passkey_challenge", "browser_hash"),
    )  # fmt: skip
    op.create_index(op.f("ix_passkey_challenge_expires_at"), "passkey_challenge", ["expires_at"])
    _row(
        "officer_link", *_officer("officer_link"), _text("provider"), _text("subject"),
        _unique("officer_link", "provider", "subject"),
        _unique("officer_link", OFFICER, "provider"),
    )  # fmt: skip
    _row(
        "officer_password", *_officer("officer_password"), _text("password_hash"),
        _bytes("totp_key"), sa.Column("last_step", sa.BigInteger(), nullable=False),
        _unique("officer_password", OFFICER),
    )  # fmt: skip
    _row("sign_in_slowing", _bytes("key"), _time("free_at"), _unique("sign_in_slowing", "key"))
    op.create_index(op.f("ix_sign_in_slowing_free_at"), "sign_in_slowing", ["free_at"])


def downgrade() -> None:
    for table in ("sign_in_slowing", "officer_password", "officer_link", "passkey_challenge", "passkey"):  # fmt: skip
        op.drop_table(table)
    for column in ("provider_session", "provider", "browser", "idle", "proved_at", "way"):
        op.drop_column("officer_session", column)
