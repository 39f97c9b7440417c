"""How many damaged codes the reading ladder and its rungs read, and how fast.

Each row: one code at 480 pixels in the frame, 12 kinds of damage x severities x texts; inverted codes apart.
The texts are random, of the length of a family's declaration (v18-M), the same sealed (v19-M), a receipt (v11-Q).
"""

import io
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.formats import base45
from app.formats.barcode import draw_png, reading
from tests.formats import damage
from tests.perf.measure import Figures, Size

SIDE = 480
Reader = Callable[[Image.Image], list[str]]
CODES = {
    "family v18-M": ("EGD1:", 763, 18),
    "sealed v19-M": ("EGE1:", 896, 19),
    "receipt v11-Q": ("EGR1:", 235, 11),
}


def code(name: str, seed: int) -> tuple[str, Image.Image]:
    prefix, length, version = CODES[name]
    letters = np.random.default_rng([seed, length]).choice(list(base45.ALPHABET), length - 5)
    text = prefix + "".join(letters)
    image = Image.open(io.BytesIO(draw_png(text, scale=1)))
    assert image.width == 17 + 4 * version + 8, "not the version that the row is named after"
    return text, image


def figures(size: Size) -> Figures:
    """Targets of the design: 94 % of the family's codes, all receipts. ``--full``: more texts."""
    seeds = range(size.pick(1, 1, 4))
    severities = (1, 3) if size.quick else (0, 1, 2, 3)
    readers = {**reading.rungs(), "ladder": reading.read_image}
    report: Figures = {"side": SIDE, "reference": "the first rung on an undamaged picture"}
    for name in CODES:
        taken = [picture for seed in seeds for picture in photographs(name, seed, severities)]
        clean = [code(name, seed)[1].resize((SIDE, SIDE)) for seed in seeds]
        report[name] = {
            "pictures": len(taken),
            "undamaged_ms": (undamaged := round(_median_ms(_first_rung(), clean * 5), 1)),
            **{rung: measure(read, taken, undamaged) for rung, read in readers.items()},
        }
    return report


@dataclass(frozen=True)
class Photograph:
    """A damaged code and what should be read of it."""

    text: str
    kind: str
    picture: Image.Image


def photographs(name: str, seed: int, severities: tuple[int, ...]) -> list[Photograph]:
    text, drawn = code(name, seed)
    return [
        Photograph(text, kind, damage.photograph(drawn, kind, severity, side=SIDE, seed=seed))
        for kind in damage.KINDS
        for severity in severities
    ]


def measure(read: Reader, taken: list[Photograph], undamaged: float) -> Figures:
    hits: Counter[str] = Counter()
    shown = Counter(photograph.kind for photograph in taken)
    wrong, times = 0, []
    for photograph in taken:
        started = time.process_time()
        found = read(photograph.picture)
        times.append(1000 * (time.process_time() - started))
        hits[photograph.kind] += found == [photograph.text]
        wrong += bool(found) and found != [photograph.text]
    optical = sum(hits[kind] for kind in damage.OPTICAL)
    return {
        "percent": round(100 * optical / sum(shown[kind] for kind in damage.OPTICAL), 1),
        "inverted_percent": round(100 * hits["inverted"] / shown["inverted"], 1),
        "wrong": wrong,
        "missed": {kind: n - hits[kind] for kind, n in shown.items() if hits[kind] < n},
        "unit": "CPU ms per picture",
        "median": round(statistics.median(times), 1),
        "max": round(max(times), 1),
        "ratio": round(statistics.median(times) / undamaged, 2),
    }


def _first_rung() -> Reader:
    return next(iter(reading.rungs().values()))


def _median_ms(read: Reader, pictures: list[Image.Image]) -> float:
    times = []
    for picture in pictures:
        started = time.process_time()
        assert read(picture), "an undamaged code was not read"
        times.append(1000 * (time.process_time() - started))
    return statistics.median(times)
