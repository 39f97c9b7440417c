"""A site's file of exchange rates, for tests: gone when they end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from app.declarations import exchange


@contextmanager
def rates(folder: Path, day: date, **of: str) -> Iterator[None]:
    """The week that begins on a day; ``of``: currency and what one unit is in yen."""
    week = {"from": day.isoformat(), "until": (day + timedelta(days=6)).isoformat(), "rates": of}
    path = folder / "rates.json"
    path.write_text(json.dumps({"base": "JPY", "source": "A list of a test", "weeks": [week]}))
    exchange.use(path)
    yield
    exchange.use(None)
