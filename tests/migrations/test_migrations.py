"""Models and migrations say the same; the roles have the rights they need and no more."""

import pytest
import sqlalchemy as sa
from alembic import command

from app.kernel import postgres
from app.kernel.db import Database
from app.kernel.migrate import configuration, upgrade


def test_models_and_migrations_agree(cluster: postgres.Cluster, template: str) -> None:
    command.check(configuration(cluster.url(postgres.OWNER, template)))


def test_upgrading_twice_changes_nothing(cluster: postgres.Cluster, template: str) -> None:
    upgrade(cluster.url(postgres.OWNER, template))


@pytest.mark.parametrize("table", ["audit_entry", "referral_event", "rule_event"])
@pytest.mark.parametrize(
    "verb", ["delete from {}", "update {} set created_at = now()", "truncate {}"]
)
def test_append_only_tables_refuse_change(database: Database, table: str, verb: str) -> None:
    statement = verb.format(table).replace(
        "set created_at", "set at" if table == "audit_entry" else "set created_at"
    )
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(sa.text(statement))


def test_the_program_cannot_change_the_schema(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(sa.text("create table mine (n int)"))
