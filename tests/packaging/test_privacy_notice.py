"""The template of the privacy notice says what the profiles do."""

import re
from pathlib import Path

import pytest

from app.retention.clocks import Clock
from app.retention.profile import Period, load

NOTICE = (Path(__file__).parents[2] / "docs" / "privacy-notice.md").read_text()
OF_STAFF = {Clock.STAFF, Clock.MASTER_CREW, Clock.COMMITMENT}
"""Clocks of officers, crews and of what was searched: no traveller is told of them."""


def written(period: Period) -> str:
    if period.delete.days < 1:
        return f"{period.delete.seconds // 3600} hour"
    return " / ".join(str(one.days) for one in (period.mask, period.delete) if one)


@pytest.mark.parametrize("clock", sorted(set(Clock) - OF_STAFF))
def test_periods_are_those_of_the_profiles(clock: Clock) -> None:
    [row] = re.findall(rf"^\| .*\(`{clock}`\) \| (.*) \| (.*) \| (.*) \|$", NOTICE, re.MULTILINE)
    profiles = [load(name) for name in ("eu-pnr", "eu-pnr-cjeu", "japan")]
    assert list(row) == [written(profile.periods[clock]) for profile in profiles]
