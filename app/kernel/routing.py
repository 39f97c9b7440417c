"""Routers that are not tried for addresses that cannot be theirs.

FastAPI compares an address with every route of an included router, one by one, and again for each level when it is handled:
some 450 comparisons for the queue's fragment, two thirds of what an answer from what is kept cost (docs/benchmarks.md).
"""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class PrefixRouter(APIRouter):
    """A router whose routes all begin with its ``prefix``; it is included at the root of the program."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As the router's own, where the address begins like its routes."""
        if not scope["path"].startswith(self.prefix):
            return Match.NONE, {}
        return super().matches(scope)
