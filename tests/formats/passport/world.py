"""A state with its keys and an invented traveller's passport."""

from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from app.formats import mrz
from app.formats.mrz import Holder, Mrz
from app.formats.passport import issue
from app.formats.passport.curves import Curve
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


P256 = Curve(
    p=0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    a=0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    g=(
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    n=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
)


def point(key: ec.EllipticCurvePrivateKey) -> tuple[int, int]:
    """Of a key of the library, the point."""
    numbers = key.public_key().public_numbers()
    return numbers.x, numbers.y
