"""The reading set: 12 kinds of damage x 4 severities x 4 texts at 480 pixels, read by the ladder; by seed."""

import pytest

from app.formats.barcode import read_image
from tests.formats import damage
from tests.perf import reading

SEVERITIES = (0, 1, 2, 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"), [("receipt v11-Q", 100.0), ("family v18-M", 94.0), ("sealed v19-M", 94.0)]
)
def test_the_ladder_reads_what_the_design_promises(name: str, least: float) -> None:
    taken = [one for seed in range(4) for one in reading.photographs(name, seed, SEVERITIES)]
    assert len(taken) == 4 * len(SEVERITIES) * len(damage.KINDS)
    found = reading.measure(read_image, taken, 1.0)
    assert found["wrong"] == 0
    assert found["percent"] >= least, found["missed"]
    assert found["inverted_percent"] == 100


def test_an_undamaged_code_takes_the_first_rung_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ladder costs the usual code nothing."""
    names = list(reading.reading.rungs())
    asked: list[str] = []

    def watched(name: str) -> reading.Reader:
        rung = reading.reading.rungs()[name]
        return lambda image: asked.append(name) or rung(image)

    rungs = {name: watched(name) for name in names}
    monkeypatch.setattr(reading.reading, "rungs", lambda: rungs)
    for name in reading.CODES:
        text, picture = reading.code(name, 0)
        assert read_image(picture.convert("L").resize((480, 480))) == [text]
    assert asked == names[:1] * len(reading.CODES)
