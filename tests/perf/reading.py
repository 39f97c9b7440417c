"""How many damaged codes each rung of the reading ladder reads, and how fast; prints JSON.

    python tests/perf/reading.py [--seeds N]

Each row: one code at 480 pixels in the frame, 12 kinds of damage x 4 severities x N seeds; inverted codes apart.
The texts are random, of the length of a family's declaration (v18-M) and of a receipt (v11-Q).
"""

import argparse
import io
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script

from app.formats import base45
from app.formats.barcode import draw_png, reading
from tests.formats import damage

SIDE = 480
CODES = {"family v18-M": ("EGD1:", 763, 18), "receipt v11-Q": ("EGR1:", 235, 11)}


def code(name: str, seed: int) -> tuple[str, Image.Image]:
    prefix, length, version = CODES[name]
    letters = np.random.default_rng([seed, length]).choice(list(base45.ALPHABET), length - 5)
    text = prefix + "".join(letters)
    image = Image.open(io.BytesIO(draw_png(text, scale=1)))
    assert image.width == 17 + 4 * version + 8, "not the version that the row is named after"
    return text, image


def measure(name: str, read: Callable[[Image.Image], list[str]], seeds: int) -> dict[str, object]:
    hits: Counter[str] = Counter()
    wrong, times = 0, []
    for seed in range(seeds):
        text, drawn = code(name, seed)
        for kind in damage.KINDS:
            for severity in range(4):
                picture = damage.photograph(drawn, kind, severity, side=SIDE, seed=seed)
                started = time.perf_counter()
                found = read(picture)
                times.append(time.perf_counter() - started)
                hits[kind] += found == [text]
                wrong += bool(found) and found != [text]
    optical = sum(hits[kind] for kind in damage.OPTICAL)
    return {
        "percent": round(100 * optical / (4 * seeds * len(damage.OPTICAL)), 1),
        "inverted_percent": round(100 * hits["inverted"] / (4 * seeds), 1),
        "wrong": wrong,
        "median_ms": round(1000 * statistics.median(times), 1),
        "worst_ms": round(1000 * max(times), 1),
        "missed": {kind: 4 * seeds - n for kind in damage.KINDS if (n := hits[kind]) < 4 * seeds},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1, help="repetitions with other texts")
    seeds = parser.parse_args().seeds
    rungs = reading.rungs() | {"ladder": reading.read_image}
    report = {
        name: {rung: measure(name, read, seeds) for rung, read in rungs.items()} for name in CODES
    }
    print(json.dumps({"side": SIDE, "pictures": 48 * seeds, "codes": report}, indent=1))


if __name__ == "__main__":
    main()
