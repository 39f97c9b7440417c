"""Alembic's entry: one connection, one advisory lock, time-outs on locks and statements.

The URL comes from ``config.attributes["url"]`` (the program) or from EGATE_DATABASE_URL (the alembic
command line).
"""

import os

import sqlalchemy as sa
from alembic import context

from app.kernel.db import Base, CodeType, normalise_url
from app.tables import all_tables

LOCK = 0x65476174  # "eGat"

all_tables()


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """The event table and its day partitions are made by SQL of their own."""
    del parents
    return not (kind == "table" and name is not None and name.split("_")[0] == "event")


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Our enum columns are text to the database."""
    del autogen_context
    return "sa.Text()" if kind == "type" and isinstance(item, CodeType) else False


def run() -> None:
    """Apply the migrations in one transaction each, alone."""
    url = context.config.attributes.get("url") or normalise_url(os.environ["EGATE_DATABASE_URL"])
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"select pg_advisory_lock({LOCK})"))
        connection.execute(sa.text("set lock_timeout = '5s'"))
        connection.execute(sa.text("set statement_timeout = '10min'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            include_name=include_name,
            compare_server_default=False,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
