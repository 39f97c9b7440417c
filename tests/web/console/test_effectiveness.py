"""The page of effectiveness with a year of figures: said in words, large numbers readable, ages in their order."""

import re
from collections.abc import Callable

import pytest

from app.identity.permissions import Role
from tests.reports.year import Year, store
from tests.support.airport import Airport
from tests.web.conftest import Looker

YEAR = "/console/effectiveness?from=2026-01&to=2026-12"


def test_a_year_of_figures_reads_well(
    airport: Airport, look: Callable[..., Looker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.reports.year.PEOPLE", 24_000)
    with airport.kernel.database.transaction() as session:
        store(session, Year(7), "NRT", airport.kernel.clock())
    page = look(Role.TARGETER).page(YEAR)
    text = re.sub(r"\s*<[^>]+>\s*", "|", page)
    assert "Travellers||24,000|" in text
    assert re.search(r"\(\d{3} of 24,000\)", text)
    assert "|hidden|" in text.split("By nationality")[1].split("By sex")[0]
    ages = re.findall(r"\|(0-14|\d\d-\d\d|65\+)\|", text.split("By age")[1])
    assert ages == ["0-14", "15-24", "25-34", "35-44", "45-54", "55-64", "65+"]
    assert re.search(r"\|0\.\d\d times \(0\.\d\d to 0\.\d\d times\)", text)
    assert re.search(r"not enough outcomes: \d finds? of \d+", text)


def test_a_period_without_figures_says_so(airport: Airport, look: Callable[..., Looker]) -> None:
    assert "No figures for these months" in look(Role.TARGETER).page(YEAR)
