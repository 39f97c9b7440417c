"""The airport of the pages' tests, for whoever attacks it."""

from tests.web.conftest import airport, hall, look

__all__ = ["airport", "hall", "look"]
