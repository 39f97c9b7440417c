"""A hall for the tests of figures."""

import pytest

from app.gate.models import HallSteps
from tests.gate.world import World


@pytest.fixture
def hall(client, database, enrolled) -> World:
    return World(client, database, enrolled, HallSteps.TWO)
