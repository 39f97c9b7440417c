"""The loops that take the time, compiled by numba; each has its equal in numpy, and a test holds them to it.

Compiling waits until a list is large enough to need it. What it makes is kept where numba finds a place to write (beside the
source, else the user's cache) and made anew by each process where there is none. Without numba, or with one
that does not work, numpy does the work: the log says so once.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

ENOUGH = 20_000
"""Rows of a list, or words, from which compiled loops are worth their start (a second, once for each process)."""


class Loops(NamedTuple):
    """`found` of :mod:`scoring`, `near`, `heard` and `put` of :mod:`gathering`."""

    found: Callable[..., int]
    near: Callable[..., int]
    heard: Callable[..., int]
    put: Callable[..., int]


@cache
def loops() -> Loops | None:
    """The compiled loops; None where numba cannot be used."""
    try:
        from risk_rules.names import kernels  # noqa: PLC0415  # 0.7 s, 120 MB: small lists do not pay

        made = Loops(kernels.found, kernels.near, kernels.heard, kernels.put)
        _try(made)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it, numpy does the same
        log.warning("names: numba cannot be used (%s); numpy does the work", type(error).__name__)
        return None
    return made


def loops_for(size: int) -> Loops | None:
    """The same for so many rows, None for few."""
    return loops() if size >= ENOUGH else None


def _try(made: Loops) -> None:
    """Compile for the types that are used, on one row of one word; raises what numba raises."""
    ids, floats = np.zeros(1, np.int32), np.ones(2, np.float32)
    places, ranges = np.zeros(2, np.int64), np.array([[0, 1]], np.int64)
    words = np.zeros((1, 1), np.int32)
    for array in (ids, floats, places, words):
        array.flags.writeable = False  # as those of a snapshot are
    mark, buffer, scores = np.zeros(1, np.int32), np.zeros(2, np.int32), np.zeros(2, np.float32)
    made.found(
        np.zeros(1, np.int32), np.ones(1, np.float32), np.ones(1, np.int64), np.zeros(1, np.int64),
        np.ones(1, np.float32), 1.0, np.ones(1), np.ones(1, np.bool_), ranges, np.ones(1, np.int64),
        places, ids, words, words, floats, np.zeros(2, np.int32),
        np.zeros(1, np.uint64), mark, 0, buffer, scores,
    )  # fmt: skip
    letters: npt.NDArray[Any] = np.zeros(1, np.uint8)
    signs: npt.NDArray[Any] = np.zeros(2, np.uint64)
    keys: npt.NDArray[Any] = np.zeros(1, np.uint32)
    for unwritten in (letters, signs, keys):
        unwritten.flags.writeable = False
    word, best, held = np.zeros(1, np.uint8), np.zeros(1, np.float64), np.zeros(1, np.int64)
    made.near(
        np.zeros((1, 4), np.int64), keys, places, ids, signs, ids[:0], signs, np.zeros(256, np.uint8), word,
        signs, letters, places, 1.0, best, held, 1, buffer, 0,
    )  # fmt: skip
    made.heard(ids, word, signs, signs, letters, places, 0.5, 0.5, best, held, 1, buffer, 0)
    made.put(buffer, best, best, held, 1, buffer, 0)
