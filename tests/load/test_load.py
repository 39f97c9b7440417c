"""The load generator: a look at all of it with small numbers, and its parts that need no service."""

import xml.etree.ElementTree as ET

import pytest

from tests.load.__main__ import drawn, main
from tests.load.charts import Series, lines


def test_a_chart_is_drawn_to_scale():
    text = lines("Two & more", "s", "ms", [Series("a", [(0, 0), (10, 5)]), Series("b", [(0, 10)])])
    drawing = ET.fromstring(text)
    polylines = drawing.findall("{http://www.w3.org/2000/svg}polyline")
    assert [one.get("points") for one in polylines] == [
        "56.0,200.0 628.0,124.5",
        "56.0,49.1",
    ]
    assert "Two &amp; more" in text


@pytest.mark.slow
def test_a_look_at_decisions(capsys: pytest.CaptureFixture[str]):
    report = main(["--quick", "--only", "decisions", "--seconds", "1"])
    assert capsys.readouterr().out.startswith("{")
    (rate,) = report["decisions"]["rates"]
    assert (rate["asked"], rate["lost"]) == (20, 0)
    assert sum(rate["answers"].values()) == 20  # a child alone is referred
    assert set(drawn(report)) == {"decisions-20", "memory-20"}


@pytest.mark.slow
def test_a_look_at_chain_and_growth(capsys: pytest.CaptureFixture[str]):
    report = main(["--quick", "--only", "chain", "--only", "growth"])
    assert capsys.readouterr().out.startswith("{")
    told = report["chain"]["answers"]
    assert told["kiosk: registered"] == told["lane: cleared"] == told["door: 201"]
    assert set(drawn(report)) == {
        "memory-chain", "growth-people", "growth-halls", "growth-officers",
    }  # fmt: skip
