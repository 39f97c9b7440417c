"""The exchange rates of the site: a file that customs' weekly rates are put into (EGATE_EXCHANGE_RATES).

It is read again when it changes, so that a new week needs no restart. A file that became none is told in the log,
and the rates are then unknown: a price in another currency is in no figure, as without the file.
"""

import json
from functools import lru_cache
from pathlib import Path

import structlog

from app.formats.exchange import Exchange, ExchangeError, load

log = structlog.get_logger(__name__)

_FILE: list[Path] = []


def use(path: Path | None) -> None:
    """Go by this file from now on, in this process; None: there are no rates here."""
    _FILE[:] = [path] if path else []


def current() -> Exchange | None:
    """The rates as the file has them now."""
    try:
        return _read(_FILE[0], _FILE[0].stat().st_mtime_ns) if _FILE else None
    except OSError:
        log.warning("exchange.unreadable")
        return None


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Exchange | None:
    del changed
    try:
        return load(json.loads(path.read_text("utf-8")))
    except (ValueError, RecursionError) as error:
        pointer = error.pointer if isinstance(error, ExchangeError) else ""
        log.warning("exchange.unreadable", pointer=pointer)
        return None
