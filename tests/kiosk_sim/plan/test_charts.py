"""Charts: well-formed, to scale, and saying what they show."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.plan import charts
from kiosk_sim.plan.figures import figures, over_seeds
from kiosk_sim.plan.model import Staffing, Steps, simulate
from kiosk_sim.plan.people import Way
from tests.kiosk_sim.plan.halls import memoryless, party

SVG = "{http://www.w3.org/2000/svg}"


def _texts(drawn: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(drawn).iter(f"{SVG}text")]


@given(st.floats(0, 1e6))
def test_a_scale_ends_on_a_round_number_not_far_above(value: float) -> None:
    top = charts.nice(value)
    assert value <= top * (1 + 1e-9)
    assert top <= max(1.0, 1.7 * value)
    marks = charts.ticks(top)
    assert marks[0] == 0
    assert marks[-1] <= top * (1 + 1e-9)
    assert 2 <= len(marks) <= 8


def test_queues_are_drawn_before_every_place() -> None:
    days = [simulate(memoryless(200, 0.1, 45.0, 12.0, seed), Staffing(4, 2, 1)) for seed in (1, 2)]
    drawn = charts.queues(days, "4 flights & more")
    texts = _texts(drawn)
    assert "4 flights & more" in texts
    for words in ("4 kiosks", "2 lanes", "1 officer"):
        assert f"Queue before {words}, people" in texts
    root = ET.fromstring(drawn)
    assert len(list(root.iter(f"{SVG}polyline"))) == len(list(root.iter(f"{SVG}polygon"))) == 3


def test_a_short_peak_is_not_missed() -> None:
    """A queue of five for a second in a day of hours."""
    crowd = [party(n, 100.0, kiosk=0.2) for n in range(6)]
    day = simulate([*crowd, party(9, 50_000.0)], Staffing(1, 1, 1))
    root = ET.fromstring(charts.queues([day], "peak"))
    line = next(root.iter(f"{SVG}polyline")).attrib["points"]
    heights = [float(point.split(",")[1]) for point in line.split()]
    assert max(heights) - min(heights) == pytest.approx(110.0)  # from 0 to the top of its scale, 5


def test_waits_have_a_bar_for_each_percentile_and_the_target() -> None:
    people = [party(0, 0.0, way=Way.GOODS, officer=30.0), party(1, 1.0, way=Way.GOODS, officer=9.0)]
    hall = Staffing(1, 0, 1, Steps.ONE)
    report = over_seeds([figures(simulate(people, hall))])
    drawn = charts.waits(report, hall, "hall", 120.0)
    texts = _texts(drawn)
    assert "target 120 s for p95" in texts
    assert any(text.startswith("Before 1 gate,") for text in texts)
    assert texts.count("p95") == 2
    assert "target" not in charts.waits(report, hall, "hall", None)


def test_an_empty_queue_is_a_flat_line() -> None:
    day = simulate([party(0, 0.0)], Staffing(1, 1, 1))
    ET.fromstring(charts.queues([day], "empty"))
