"""Transactions: what is acknowledged is committed, what fails is not."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict

from app.kernel.db import Database, check_url, libpq_url
from app.kernel.errors import UnavailableError
from app.kernel.events import Hint, emit
from app.kernel.http import Kernel, KernelDep, RequestContext, install_problem_handlers
from app.kernel.tables import Setting


def tiny_app(kernel: Kernel) -> FastAPI:
    app = FastAPI()
    app.state.kernel = kernel
    app.add_middleware(RequestContext, max_body=1000)
    install_problem_handlers(app)

    @app.post("/write")
    def write(kernel: KernelDep) -> dict[str, bool]:
        with kernel.database.transaction() as session:
            session.add(Setting(key="k", value="v"))
        return {"ok": True}

    return app


def test_a_failing_commit_is_a_5xx_and_nothing_is_written(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise sa.exc.OperationalError("commit", {}, Exception("gone"))

    client = TestClient(tiny_app(kernel), raise_server_exceptions=False)
    with monkeypatch.context() as patched:
        patched.setattr(sa.orm.Session, "commit", fail)
        answer = client.post("/write")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    with kernel.database.read() as session:
        assert session.get(Setting, "k") is None
    assert client.post("/write").status_code == 200


def test_an_unexpected_error_is_a_500_without_detail(kernel: Kernel) -> None:
    client = TestClient(tiny_app(kernel), raise_server_exceptions=False)
    assert client.post("/write").status_code == 200
    answer = client.post("/write")  # the same key again
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:egate:problem:internal"
    assert "setting" not in answer.text


def test_hints_go_out_after_the_commit_and_never_after_a_rollback(database: Database) -> None:
    seen: list[Hint] = []
    database.publish = seen.extend
    subject = uuid.uuid4()
    with pytest.raises(RuntimeError), database.transaction() as session:
        emit(session, "test.happened", subject)
        raise RuntimeError
    assert seen == []
    with database.transaction() as session:
        emit(session, "test.happened", subject, version=3)
        assert seen == []
    assert [(hint.kind, hint.subject, hint.version) for hint in seen] == [
        ("test.happened", subject, 3)
    ]


def test_a_read_session_cannot_write(database: Database) -> None:
    with (
        pytest.raises(sa.exc.DBAPIError, match="read-only"),
        database.read() as session,
    ):
        session.execute(sa.insert(Setting).values(key="x", value="y"))


def test_an_unreachable_database_is_unavailable() -> None:
    database = Database("postgresql+psycopg://nobody@/none?host=/nonexistent")
    with pytest.raises(UnavailableError), database.read() as session:
        session.execute(sa.text("select 1"))


def test_the_audit_trail_is_append_only(database: Database) -> None:
    for statement in ("update audit_entry set action = 'x'", "delete from audit_entry"):
        with pytest.raises(sa.exc.ProgrammingError), database.transaction() as session:
            session.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("asked", "host", "port"),
    [
        ("u@/d?host=a:1&host=b:2", "a,b", "1,2"),
        ("u@/d?host=a:1&host=b", "a,b", "1,"),
        ("u@/d?host=a,b&port=1,2", "a,b", "1,2"),
        ("u@/d?host=/run/a,/run/b&port=1,2", "/run/a,/run/b", "1,2"),
        ("u@[::1]:5/d", "::1", "5"),
        ("u@/d?host=/run/postgresql", "/run/postgresql", None),
    ],
)
def test_both_drivers_go_to_the_same_hosts(asked: str, host: str, port: str | None) -> None:
    url = f"postgresql+psycopg://{asked}"
    check_url(url)
    _, ours = sa.make_url(url).get_dialect()().create_connect_args(sa.make_url(url))
    libpq = conninfo_to_dict(libpq_url(url))
    assert (libpq["host"], libpq.get("port")) == (host, port)
    assert {name: str(value) for name, value in ours.items()} == libpq


@pytest.mark.parametrize(
    "asked",
    [
        "u@/d?host=a:1,b:2", "u@/d?host=[::1]:5&host=b:6", "u@a:1,b:2/d",
        "u@/d?host=a&host=b&port=5&port=6", "u@/d?host=a&sslmode=require&sslmode=disable",
    ],
)  # fmt: skip
def test_hosts_that_would_be_misread_are_refused(asked: str) -> None:
    with pytest.raises(ValueError, match="address") as refused:
        check_url(f"postgresql://{asked}")
    assert asked not in str(refused.value)
