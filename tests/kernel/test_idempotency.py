"""The same call twice has one effect."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from app.kernel.db import Database
from app.kernel.idempotency import KeyInvalidError, KeyReusedError, claim, settle


def run(database: Database, key: str | None, body: bytes = b"{}") -> tuple[bool, UUID]:
    """One call: (whether it did the work, the result)."""
    with database.transaction() as session:
        claimed = claim(session, "device:1", key, body)
        if claimed.result:
            return False, claimed.result
        result = uuid4()
        settle(session, claimed, result)
    return True, result


def test_a_repeated_key_leads_to_the_first_result(database: Database) -> None:
    worked, first = run(database, "k1")
    again, second = run(database, "k1")
    assert (worked, again) == (True, False)
    assert first == second


def test_without_a_key_every_call_works(database: Database) -> None:
    assert run(database, None)[0]
    assert run(database, None)[0]


def test_another_body_under_the_same_key_is_refused(database: Database) -> None:
    run(database, "k1", b"a")
    with pytest.raises(KeyReusedError):
        run(database, "k1", b"b")


@pytest.mark.parametrize("key", ["", "x" * 201, "naïve", "a\nb"])
def test_odd_keys_are_refused(database: Database, key: str) -> None:
    with pytest.raises(KeyInvalidError):
        run(database, key)


def test_a_failed_call_leaves_the_key_free(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        claim(session, "device:1", "k1", b"{}")
        raise RuntimeError
    assert run(database, "k1")[0]


def test_thirty_at_once_work_once(database: Database) -> None:
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda _: run(database, "k1"), range(30)))
    assert sum(worked for worked, _ in outcomes) == 1
    assert len({result for _, result in outcomes}) == 1
