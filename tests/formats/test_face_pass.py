"""A sealed face opens at one lane, for one registration, for an hour."""

from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from app.formats.credential.keys import CURVE, key_id
from app.formats.face_pass import LIFE, SEALED_LENGTH, FacePass, FacePassError, seal, unseal

NOW = 1_800_000_000
LANE, OTHER = (ec.derive_private_key(number, CURVE) for number in (7, 8))
KEYS = {key_id(LANE.public_key()): LANE}
MINE, THEIRS = UUID(int=1), UUID(int=2)
FACE = FacePass(bytes(range(256)), b"m" * 32, NOW + LIFE)


def test_the_lane_opens_what_was_sealed_to_it() -> None:
    sealed = seal(FACE, LANE.public_key(), MINE)
    assert len(sealed) == SEALED_LENGTH
    assert FACE.numbers not in sealed
    assert unseal(sealed, KEYS, MINE, NOW) == FACE


def refused(sealed: bytes, registration: UUID = MINE, now: int = NOW) -> str:
    with pytest.raises(FacePassError) as caught:
        unseal(sealed, KEYS, registration, now)
    return caught.value.code


def test_another_lane_does_not() -> None:
    assert refused(seal(FACE, OTHER.public_key(), MINE)) == "key_unknown"


def test_it_cannot_be_laid_beside_another_registration() -> None:
    assert refused(seal(FACE, LANE.public_key(), THEIRS)) == "decrypt_failed"


@pytest.mark.parametrize("expires", [NOW - 1, NOW, NOW + LIFE + 61])
def test_it_is_good_for_an_hour_and_no_more(expires: int) -> None:
    sealed = seal(replace(FACE, expires=expires), LANE.public_key(), MINE)
    assert refused(sealed) == "expired"


@pytest.mark.parametrize("changed", [{"numbers": b"x"}, {"model": b""}])
def test_nothing_of_another_shape_is_sealed(changed: dict[str, bytes]) -> None:
    with pytest.raises(FacePassError, match="invalid"):
        seal(replace(FACE, **changed), LANE.public_key(), MINE)


def test_nothing_of_another_shape_is_opened() -> None:
    from app.formats.credential import hpke

    assert refused(hpke.seal(b"short", LANE.public_key(), b"EGF1" + MINE.bytes)) == "invalid"


@given(st.integers(0, SEALED_LENGTH - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, by: int) -> None:
    sealed = bytearray(seal(FACE, LANE.public_key(), MINE))
    sealed[at] ^= by
    with pytest.raises(FacePassError):
        unseal(bytes(sealed), KEYS, MINE, NOW)
