"""Error rates of a comparison, from counts of scores: false match and false non-match at every threshold.

Scores are counted in bins of 0.0005 and never kept, so a million pictures need no more memory than their vectors.
Pure; only numpy. Terms of ISO/IEC 19795-1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kiosk_sim.face.geometry import Numbers

BINS: Final = 4000
WIDTH: Final = 2 / BINS
BLOCK: Final = 1024
Z95: Final = 1.959964
Counts = NDArray[np.int64]
Persons = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rate:
    """``events`` of ``trials``, with the interval that holds the true rate in 95 of 100 cases (Wilson); with no
    event its upper end is what the rule of three (3 / trials) stands for.
    """

    events: int
    trials: int

    @property
    def value(self) -> float:
        return self.events / self.trials if self.trials else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        if not self.trials:
            return 0.0, 1.0
        if not self.events:
            return 0.0, 1 - 0.05 ** (1 / self.trials)
        share, square = self.value, Z95**2 / self.trials
        middle = (share + square / 2) / (1 + square)
        half = Z95 * np.sqrt(share * (1 - share) / self.trials + square / (4 * self.trials))
        return max(0.0, middle - half / (1 + square)), min(1.0, middle + half / (1 + square))

    def told(self) -> dict[str, Any]:
        low, high = self.interval
        share = self.value if self.trials else None
        return {
            "rate": share,
            "events": self.events,
            "trials": self.trials,
            "low": low,
            "high": high,
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """How often each score came about between pictures of one person, and of two."""

    genuine: Counts
    impostor: Counts

    def false_match(self, threshold: float) -> Rate:
        """Pictures of two people taken for one."""
        return Rate(int(self.impostor[_bin(threshold) :].sum()), int(self.impostor.sum()))

    def false_non_match(self, threshold: float) -> Rate:
        """Pictures of one person taken for two."""
        return Rate(int(self.genuine[: _bin(threshold)].sum()), int(self.genuine.sum()))

    def threshold_at(self, rate: float) -> float | None:
        """The lowest threshold with no more false matches than that; None where there are too few comparisons to say."""
        total = int(self.impostor.sum())
        if total * rate < 1:
            return None
        above = np.cumsum(self.impostor[::-1])[::-1]
        fitting = np.flatnonzero(above <= rate * total)
        return float(fitting[0] * WIDTH - 1) if len(fitting) else None

    def equal_error(self) -> tuple[float, float] | None:
        """(threshold, rate) where both errors are as near to equal as counts allow; None without comparisons."""
        genuine, impostor = int(self.genuine.sum()), int(self.impostor.sum())
        if not genuine or not impostor:
            return None
        match = np.cumsum(self.impostor[::-1])[::-1] / impostor
        non_match = (np.cumsum(self.genuine) - self.genuine) / genuine
        at = int(np.argmin(np.abs(match - non_match)))
        return at * WIDTH - 1, float((match[at] + non_match[at]) / 2)

    def curve(self) -> Iterator[tuple[float, float]]:
        """(FMR, FNMR) at each threshold at which one of them changes and neither is zero."""
        genuine, impostor = max(int(self.genuine.sum()), 1), max(int(self.impostor.sum()), 1)
        match = np.cumsum(self.impostor[::-1])[::-1] / impostor
        non_match = (np.cumsum(self.genuine) - self.genuine) / genuine
        before = None
        for point in zip(match.tolist(), non_match.tolist(), strict=True):
            if point != before and min(point) > 0:
                yield point
            before = point


def between(vectors: Numbers, persons: Persons) -> Scores:
    """All pairs of different pictures. ``vectors``: n x 128 of length one; ``persons``: whose each is."""
    genuine, impostor = _none(), _none()
    for start in range(0, len(vectors), BLOCK):
        rows, owners = vectors[start : start + BLOCK], persons[start : start + BLOCK]
        for other in range(start, len(vectors), BLOCK):
            columns, others = vectors[other : other + BLOCK], persons[other : other + BLOCK]
            scores, same = rows @ columns.T, owners[:, None] == others[None, :]
            counts = np.ones_like(same)
            if other == start:
                counts = np.triu(counts, 1)
            genuine += _count(scores[same & counts])
            impostor += _count(scores[~same & counts])
    return Scores(genuine, impostor)


def across(ones: Numbers, others: Numbers) -> Scores:
    """Every picture of one group with every one of another: nobody is in both."""
    impostor = _none()
    for start in range(0, len(ones), BLOCK):
        impostor += _count((ones[start : start + BLOCK] @ others.T).ravel())
    return Scores(_none(), impostor)


def _none() -> Counts:
    return np.zeros(BINS + 1, np.int64)


def _count(scores: Sequence[float] | NDArray[np.float32]) -> Counts:
    found = np.asarray(scores, np.float64).ravel()
    places = np.clip(np.floor((found + 1) / WIDTH + 1e-6), 0, BINS).astype(np.int64)
    return np.bincount(places, minlength=BINS + 1)


def _bin(threshold: float) -> int:
    return round((threshold + 1) / WIDTH)
