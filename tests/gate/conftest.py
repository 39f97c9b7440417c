"""Halls for the tests of the gate."""

import pytest

from app.gate.models import HallSteps
from tests.gate.world import World


@pytest.fixture
def two_step(client, database, enrolled) -> World:
    return World(client, database, enrolled, HallSteps.TWO)


@pytest.fixture
def one_step(client, database, enrolled) -> World:
    return World(client, database, enrolled, HallSteps.ONE)
