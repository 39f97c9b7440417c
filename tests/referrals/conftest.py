"""A desk for the tests of referrals."""

import pytest

from tests.referrals.desk import Desk


@pytest.fixture
def desk(client, database, clock) -> Desk:
    return Desk(client, database, clock)
