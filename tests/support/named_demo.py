"""``egate demo --headless --json``, which before its database goes writes down who was in it, and what the database itself logged.

python -m tests.support.named_demo FILE
"""

import json
import sys
from pathlib import Path
from typing import Any

import psycopg

from app import demo
from app.kernel import postgres

_stop = postgres.stop


def who_is_there(home: Path) -> dict[str, Any]:
    """Names and numbers of documents of all tables that hold them, and the server's own log."""
    cluster = postgres._describe(home)
    with postgres._connect(cluster, postgres.DATABASE) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'public'"
            " and column_name in ('surname', 'given_names', 'name_key') and data_type = 'text'"
        ).fetchall()
        names = {
            str(value)
            for table, column in columns
            for (value,) in connection.execute(
                psycopg.sql.SQL("select distinct {} from {} where {} is not null").format(
                    psycopg.sql.Identifier(column),
                    psycopg.sql.Identifier(table),
                    psycopg.sql.Identifier(column),
                )
            )
        }
        names |= {row[0] for row in connection.execute("select name from officer")}
        numbers = {row[0] for row in connection.execute("select number from document")}
    return {
        "names": sorted(names), "numbers": sorted(numbers), "log": (home / "server.log").read_text(),
    }  # fmt: skip


def main(file: Path) -> int:
    def stop(home: Path, **how: Any) -> None:
        file.write_text(json.dumps(who_is_there(home)))
        _stop(home, **how)

    demo.postgres.stop = stop  # type: ignore[assignment]
    return demo.headless(as_json=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
