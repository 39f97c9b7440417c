"""Made-up calls by every kind of caller: no 5xx, and every answer is one that the description tells of."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.security.contract import Callers, Contract, asked, calls, send

REFUSED = ("POST /api/v1/token", "POST /api/v1/devices/enrol")
"""No made-up assertion or code is good."""


def faults(
    contract: Contract,
    client: TestClient,
    callers: Callers,
    known: Mapping[str, Any],
    count: int,
    *,
    by_all: bool = False,
) -> Iterator[str]:
    """Of ``count`` calls of each operation; whoever may not is asked once. The service went as far as it could in most."""
    ordered = sorted(contract.operations, key=lambda one: (one.endswith("/disable"), one))
    for place, name in enumerate(ordered):  # a device that is shut out first would ask nothing more
        made = calls(contract, name, count, known)
        let_in = False
        for who in callers if by_all else asked(contract, name, place, callers):
            for call in made:
                answer = send(client, call, callers[who])
                yield from (f"{name} as {who}: {one}" for one in contract.faults(name, answer))
                if answer.status_code in (401, 403):
                    break
                let_in = True
        if by_all and not let_in and name not in REFUSED:
            yield f"{name}: nobody may"


def test_no_made_up_call_is_answered_otherwise_than_described(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any]
) -> None:
    found = sorted(set(faults(contract, client, callers, known, 1)))
    assert not found, json.dumps(found, indent=1)


@pytest.mark.slow
def test_many_made_up_calls_by_everybody(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any]
) -> None:
    found = sorted(set(faults(contract, client, callers, known, 6, by_all=True)))
    assert not found, json.dumps(found, indent=1)
