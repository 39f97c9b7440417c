"""Keys, people and forgeries for the credential tests: all invented, all reproducible."""

from datetime import date
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import strategies as st

from app.formats import base45
from app.formats.credential import (
    Companion,
    Contact,
    Declaration,
    Goods,
    Identity,
    Journey,
    Receipt,
    binding,
    cbor,
    cose,
    key_id,
    point,
    wire_date,
)
from app.formats.credential.claims import MAX_SEQ, declaration_claims, receipt_claims

NOW = 1_790_000_000
IAT = NOW - 3600
EXP = NOW + 5 * 86400
CTI = bytes(range(0xA0, 0xB0))
ARRIVAL = date(2026, 9, 22)

DEVICE = ec.derive_private_key(0x1111_2222_3333, ec.SECP256R1())
OTHER_DEVICE = ec.derive_private_key(0x4444_5555_6666, ec.SECP256R1())
AUTHORITY = ec.derive_private_key(0x7777_8888_9999, ec.SECP256R1())
STRANGER = ec.derive_private_key(0xAAAA_BBBB_CCCC, ec.SECP256R1())
ENCRYPTION = ec.derive_private_key(0xDDDD_EEEE_FFFF, ec.SECP256R1())
TRUST = {key_id(AUTHORITY.public_key()): AUTHORITY.public_key()}
DECRYPTION = {key_id(ENCRYPTION.public_key()): ENCRYPTION}

IDENTITY = Identity("LINDQVIST", "ASTRID MAJ", "SX4471209", "SWE", "SWE", 19910608)
SOLO = Declaration(
    identity=IDENTITY,
    journey=Journey("SK983", "CPH", "HND", ARRIVAL, 1),
    contact=Contact("4-5-6 Hinoki, Example-ku, Tokyo", "+81312345678"),
    companions=(),
    questionnaire=1,
    answers=0,
    goods=(),
)
FAMILY = Declaration(
    identity=IDENTITY,
    journey=SOLO.journey,
    contact=None,
    companions=(
        Companion("LINDQVIST", "NILS", "SX4471210", 19890214),
        Companion("BERGMAN", "ELSA", None, 20150930),
        Companion("LINDQVIST", "OLLE", None, 20180101),
    ),
    questionnaire=1,
    answers=0b1000,
    goods=(
        Goods(1, "Aquavit", 5, 250_000, "SEK"),
        Goods(4, None, 1, 90_000, "SEK"),
        Goods(4, "腕時計", 1, 30_000_000, "JPY"),
    ),
    seq=2,
)
RECEIPT = Receipt(
    seq=2,
    binding=binding(CTI, "SX4471209", "SWE", 19910608),
    flight="SK983",
    arrival=ARRIVAL,
    lane=1,
    party_size=4,
    goods_count=3,
)


def text_of(kind: str, body: bytes) -> str:
    return f"{kind}:{base45.encode(body)}"


def claims(kind: str = "EGD1", **changes: Any) -> dict[int, Any]:
    """The claims of SOLO or RECEIPT; exp, iat, cti and content may be replaced, extra added."""
    key, content = (
        (-65538, receipt_claims(RECEIPT)) if kind == "EGR1" else (-65537, declaration_claims(SOLO))
    )
    return {
        4: changes.get("exp", EXP),
        6: changes.get("iat", IAT),
        7: changes.get("cti", CTI),
        key: changes.get("content", content),
        **changes.get("extra", {}),
    }


def forge(
    kind: str = "EGD1",
    payload: Any = None,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    kid: bytes | None = None,
    signed_as: str | None = None,
) -> str:
    """A correctly signed text around any payload (a map, or bytes as they are)."""
    key = key or (AUTHORITY if kind == "EGR1" else DEVICE)
    if kid is None:
        kid = key_id(key.public_key()) if kind == "EGR1" else point(key.public_key())
    payload = claims(kind) if payload is None else payload
    data = payload if isinstance(payload, bytes) else cbor.dumps(payload)
    return text_of(kind, cose.sign(signed_as or kind, data, key, kid))


def rewrite(text: str, **parts: Any) -> str:
    """Replace protected, unprotected, payload or signature of a signed text without signing anew."""
    kind, _, body = text.partition(":")
    names = ("protected", "unprotected", "payload", "signature")
    message = dict(zip(names, cbor.loads(base45.decode(body)), strict=True)) | parts
    return text_of(kind, cbor.dumps([message[name] for name in names]))


OUTSIDE_THE_PROFILE = [
    b"",
    b"\x84",
    b"\x9f\xff",  # indefinite
    b"\xd2\x84\x40\xa0\x40\x40",  # tag 18
    b"\x18\x01",  # long-form integer
    b"\xa2\x02\x00\x01\x00",  # unsorted
    b"\xa2\x01\x00\x01\x00",  # doubled key
    b"\xa1\x61a\x00",  # text key
    b"\xa1\xf5\x00",  # true is no integer key
    b"\x00\x00",  # trailing byte
    b"\xf9\x00\x00",  # float
    b"\xf7",  # undefined
    b"\xe0",  # simple value
    b"\xc2\x41\x01",  # bignum
    b"\x1b" + b"\xff" * 8,  # above int64
    b"\x3b" + b"\xff" * 8,
    b"\xa1\x1b" + b"\xff" * 8 + b"\x00",  # a key above int64
    b"\x62\xff\xff",  # no UTF-8
    b"\xd8\x1c\x81\xd8\x1d\x00",  # cyclic
    b"\xc4\x82\x01\x01",  # decimal
    b"\xd8\x23\x61(",  # pattern
    b"\x81" * 6 + b"\x00",  # too deep
    b"\x81" * 500,
    b"\x9b" + b"\x7f" * 8,
    b"\xd9\xd9\xf7\x00",  # self-described
    b"\xda\x12\x34\x56\x78\x00",  # unknown tag
]
"""Byte strings that are no CBOR of the credential's profile."""

NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0x10FF), min_size=1, max_size=39
)
STATES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
NUMBERS = st.text("ABCXYZ0123456789", min_size=1, max_size=20)
UINTS = st.integers(0, 2**63 - 1)
DATES = st.dates(min_value=ARRIVAL.replace(year=1000))
BIRTHS = DATES.map(wire_date)
DECLARATIONS = st.builds(
    Declaration,
    identity=st.builds(Identity, NAMES, NAMES, NUMBERS, STATES, STATES, BIRTHS),
    journey=st.builds(Journey, NUMBERS.map(lambda text: text[:8]), STATES, STATES, DATES, UINTS),
    contact=st.none(),
    companions=st.lists(
        st.builds(Companion, NAMES, NAMES, st.none() | NUMBERS, BIRTHS), max_size=2
    ).map(tuple),
    questionnaire=UINTS,
    answers=UINTS,
    goods=st.lists(
        st.builds(Goods, UINTS, st.none() | NAMES, UINTS, UINTS, st.sampled_from(["JPY", "SEK"])),
        max_size=3,
    ).map(tuple),
    seq=st.integers(0, MAX_SEQ),
)
RECEIPTS = st.builds(
    Receipt,
    seq=UINTS,
    binding=st.binary(min_size=16, max_size=16),
    flight=st.text("AB129", min_size=1, max_size=8),
    arrival=DATES,
    lane=st.integers(0, 2),
    party_size=UINTS,
    goods_count=UINTS,
)
CBOR_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(max_size=5)
    | st.binary(max_size=5) | st.just(cbor2.undefined) | st.builds(cbor2.CBORTag, st.integers(50, 99), st.just(0)),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.integers(-3, 9) | st.just(-65537), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
