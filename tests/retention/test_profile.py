"""Profiles: what comes with the program, what a file of one's own may say, what may be erased for the asking."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.config import Settings
from app.retention.clocks import Clock
from app.retention.profile import Erasure, ProfileError, known, load, may_be_erased
from app.runtime import kept_days
from tests.support import NOW

EU = load("eu-pnr")


@pytest.mark.parametrize("key", known())
def test_a_profile_of_the_program_has_every_clock_and_masks_before_it_deletes(key: str) -> None:
    profile = load(key)
    assert profile.key == key
    assert set(profile.periods) == set(Clock)
    assert all(one.mask is None or one.mask < one.delete for one in profile.periods.values())


def test_the_directive_masks_after_six_months_and_deletes_after_five_years() -> None:
    assert (EU[Clock.FLIGHT].mask, EU[Clock.FLIGHT].delete) == (
        timedelta(days=183), timedelta(days=1825),
    )  # fmt: skip
    assert EU.unlinked is None
    assert load("eu-pnr-cjeu").unlinked == timedelta(days=183)


SAID = (Path(__file__).parents[2] / "app/retention/profiles/eu-pnr.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("title =", "name =", "name is not known"),
        ("mask_days = 30, delete_days = 1825", "mask_days = 30", "clocks.presentation.delete_days"),
        ("mask_days = 30", "mask_days = 9000", "clocks.presentation.mask_days must be below"),
        ("mask_days = 30", "mask_days = true", "clocks.presentation.mask_days must be days"),
        ("delete_days = 1827", "delete_days = 400", "clocks.audit.delete_days must be 1827"),
        (
            "commitment = { delete_days = 1825",
            "commitment = { delete_days = 1828",
            "clocks.commitment.delete_days must not be above clocks.audit",
        ),
        ("delete_days = 2555", "mask_days = 9, delete_days = 2555", "clocks.case is deleted"),
        ("unlinked_days = 0", "unlinked_days = 2000", "unlinked_days must not be above"),
        ("case =", "cases =", "clocks.cases is not known"),
        ("screening = { mask_days = 183,", "screening = {", "clocks.screening must be as"),
        ('"declaration", ', '"parcel", ', "on_request must be a list of clocks"),
        ("[clocks]", "[clocks", "no TOML"),
    ],
)
def test_a_fault_is_said_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = tmp_path / "own.toml"
    assert old in SAID
    path.write_text(SAID.replace(old, new))
    with pytest.raises(ProfileError, match=place):
        load(str(path))


def test_a_file_of_ones_own_is_the_custom_profile(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(SAID.replace("delete_days = 14", "delete_days = 9"))
    found = load(str(path))
    assert (found.key, found[Clock.RAW_MESSAGE].delete) == ("custom", timedelta(days=9))
    assert found.digest != EU.digest


def test_a_profile_that_is_not_there_is_refused() -> None:
    with pytest.raises(ProfileError, match="FileNotFoundError"):
        load("utopia")


def test_settings_shorten_the_profile_and_never_lengthen_it() -> None:
    assert kept_days(Settings()).raw == 14
    assert kept_days(Settings(raw_days=3)).raw == 3
    assert kept_days(Settings(raw_days=300)).raw == 14
    assert kept_days(Settings(retention="japan")).snapshot_mask == 365


@pytest.mark.parametrize(
    ("clock", "held", "in_case", "days", "said"),
    [
        (Clock.DECLARATION, False, False, 10, Erasure.ALLOWED),
        (Clock.DECLARATION, False, True, 10, Erasure.PART_OF_A_CASE),
        (Clock.DECLARATION, True, True, 10, Erasure.UNDER_HOLD),
        (Clock.FLIGHT, False, False, 10, Erasure.KEPT_BY_LAW),
        (Clock.FLIGHT, False, False, 1825, Erasure.ALLOWED),
        (Clock.FLIGHT, True, False, 1825, Erasure.UNDER_HOLD),
    ],
)
def test_what_may_be_erased_for_the_asking(clock, held, in_case, days, said) -> None:
    now = NOW + timedelta(days=days)
    answer = may_be_erased(EU, clock, NOW, now, held=held, in_case=in_case)
    assert answer.erasure is said
    assert (answer.until is None) == (said in {Erasure.ALLOWED, Erasure.UNDER_HOLD})
