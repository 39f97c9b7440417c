"""A state with its keys and an invented traveller's passport."""

from datetime import UTC, date, datetime

from app.formats import mrz
from app.formats.mrz import Holder, Mrz
from app.formats.passport import issue
from app.formats.passport.issue import Keeper, SimulatedChip

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
PICTURE = b"\xff\xd8\xff\xe0 no real picture"
ZONE = "\n".join(
    mrz.build(
        Holder(
            surname="TESTER", given="ANNA MARIA", number="TR1234567", issuer="JPN", nationality="JPN",
            birth=date(1980, 5, 31), sex="F", expiry=date(2031, 1, 1),
        )
    )
)  # fmt: skip
AUTHORITY = issue.make_authority("JP", NOW)
SIGNER = issue.make_signer(AUTHORITY, NOW)


def printed() -> Mrz:
    return mrz.parse(ZONE, NOW.date())


def chip(signer: Keeper = SIGNER, zone: str = ZONE) -> SimulatedChip:
    return issue.make_chip(zone, PICTURE, signer, NOW)
