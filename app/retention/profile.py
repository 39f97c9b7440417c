"""How long what is kept: profiles of jurisdictions, as data.

A profile is a TOML file: ``title``; ``[clocks]`` with ``mask_days`` (optional) and ``delete_days`` for each clock;
``unlinked_days``: so long after arrival whoever nothing links to a case is deleted (0: as everybody else);
``on_request``: clocks whose records a traveller may have erased before their time.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.kernel.errors import SetupError
from app.kernel.http import Kernel
from app.retention.clocks import FACE_LIFE, Clock

FOLDER = Path(__file__).parent / "profiles"
DEFAULT = "eu-pnr"
LONGEST = 100 * 366
AUDIT_FLOOR = timedelta(days=1827)
"""The trail is kept five years at least (Directive (EU) 2016/681, article 13(6)); the database refuses less."""
_KEYS = {"title", "unlinked_days", "on_request", "clocks"}


class ProfileError(SetupError):
    """A profile that cannot be used; the text names the place."""


@dataclass(frozen=True, slots=True)
class Period:
    """Mask after, delete after; counted from what :data:`app.retention.clocks.STARTS` names."""

    mask: timedelta | None
    delete: timedelta


@dataclass(frozen=True, slots=True)
class Profile:
    """What one jurisdiction wants. ``unlinked`` as the module says; ``digest`` tells one content from another."""

    key: str
    title: str
    periods: Mapping[Clock, Period]
    unlinked: timedelta | None
    on_request: frozenset[Clock]
    digest: str

    def __getitem__(self, clock: Clock) -> Period:
        return self.periods[clock]


class Erasure(StrEnum):
    """What becomes of a wish to be erased before the clock has run out."""

    ALLOWED = "allowed"
    KEPT_BY_LAW = "kept-by-law"
    UNDER_HOLD = "under-hold"
    PART_OF_A_CASE = "part-of-a-case"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a record may be erased; if not, why, and the day on which its clock runs out."""

    erasure: Erasure
    until: date | None = None

    @property
    def is_allowed(self) -> bool:
        return self.erasure is Erasure.ALLOWED


def may_be_erased(
    profile: Profile, clock: Clock, started: datetime, now: datetime, *, held: bool, in_case: bool
) -> Answer:
    """May this record be erased for the asking? ``held``: a legal hold covers it; ``in_case``: a case needs it."""
    until = (started + profile[clock].delete).date()
    if held:
        return Answer(Erasure.UNDER_HOLD)
    if in_case:
        return Answer(Erasure.PART_OF_A_CASE, until)
    if clock in profile.on_request or started + profile[clock].delete <= now:
        return Answer(Erasure.ALLOWED)
    return Answer(Erasure.KEPT_BY_LAW, until)


def load(name: str) -> Profile:
    """A profile by its key, or by the path of a file of one's own. Raises ProfileError."""
    path = FOLDER / f"{name}.toml" if name in known() else Path(name)
    try:
        content = path.read_bytes()
        said = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise ProfileError(f"retention profile {name}: {type(error).__name__}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"retention profile {name} is no TOML: {error}") from None
    return _read(name if name in known() else "custom", said, sha256(content).hexdigest()[:16])


def profile_of(kernel: Kernel) -> Profile:
    """The profile in force in this program."""
    found = kernel.remembered.setdefault(Profile, load(DEFAULT))
    assert isinstance(found, Profile)
    return found


def known() -> list[str]:
    """The keys of the profiles that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def _read(key: str, said: Mapping[str, Any], digest: str) -> Profile:
    if unknown := set(said) - _KEYS:
        raise ProfileError(f"retention profile: {min(unknown)} is not known")
    clocks = said.get("clocks")
    if not isinstance(said.get("title"), str) or not isinstance(clocks, Mapping):
        raise ProfileError("retention profile: title and [clocks] are wanted")
    wanted = set(Clock) - {Clock.FACE}
    if unknown := set(clocks) - {str(one) for one in wanted}:
        raise ProfileError(f"retention profile: clocks.{min(unknown)} is not known")
    periods = {clock: _period(clock, clocks.get(str(clock))) for clock in sorted(wanted)}
    if periods[Clock.AUDIT].delete < AUDIT_FLOOR:
        raise ProfileError(
            f"retention profile: clocks.audit.delete_days must be {AUDIT_FLOOR.days} or more"
        )
    if periods[Clock.COMMITMENT].delete > periods[Clock.AUDIT].delete:
        raise ProfileError(
            "retention profile: clocks.commitment.delete_days must not be above clocks.audit"
        )
    for clock in (Clock.SCREENING, Clock.TRAVELLER):
        if periods[clock] != periods[Clock.FLIGHT]:
            raise ProfileError(f"retention profile: clocks.{clock} must be as clocks.flight")
    unlinked = _days("unlinked_days", said.get("unlinked_days", 0), least=0)
    if unlinked and unlinked > periods[Clock.FLIGHT].delete:
        raise ProfileError("retention profile: unlinked_days must not be above flight.delete_days")
    periods[Clock.FACE] = Period(None, FACE_LIFE)
    return Profile(
        key, said["title"], periods, unlinked or None, _clocks(said.get("on_request", [])), digest
    )


def _period(clock: Clock, said: Any) -> Period:
    place = f"clocks.{clock}"
    if not isinstance(said, Mapping) or set(said) - {"mask_days", "delete_days"}:
        raise ProfileError(f"retention profile: {place} wants delete_days and may have mask_days")
    delete = _days(f"{place}.delete_days", said.get("delete_days"))
    if "mask_days" not in said:
        return Period(None, delete)
    mask = _days(f"{place}.mask_days", said["mask_days"])
    if clock not in MASKABLE:
        raise ProfileError(f"retention profile: {place} is deleted, not masked: no mask_days")
    if mask >= delete:
        raise ProfileError(f"retention profile: {place}.mask_days must be below delete_days")
    return Period(mask, delete)


MASKABLE = frozenset({Clock.FLIGHT, Clock.TRAVELLER, Clock.SCREENING, Clock.PRESENTATION})


def _days(place: str, said: Any, least: int = 1) -> timedelta:
    if type(said) is not int or not least <= said <= LONGEST:
        raise ProfileError(f"retention profile: {place} must be days, {least} to {LONGEST}")
    return timedelta(days=said)


def _clocks(said: Any) -> frozenset[Clock]:
    if not isinstance(said, list) or any(one not in set(Clock) for one in said):
        raise ProfileError("retention profile: on_request must be a list of clocks")
    return frozenset(Clock(one) for one in said)
