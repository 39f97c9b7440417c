"""The list that a kiosk believes: down from the root, and nothing beside it."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from app.formats.credential import CredentialError, cbor, cose, key_id, open_credential, point
from app.formats.credential.trust_list import (
    MAX_LIST,
    NEVER_AGAIN,
    TrustList,
    Use,
    certify,
    is_newer,
    open_trust_list,
    read_certificate,
    seal_trust_list,
)
from tests.formats.credentials import AUTHORITY, CTI, IAT, NOW, OUTSIDE_THE_PROFILE, STRANGER, forge

ROOT = ec.derive_private_key(0x1234_5678_9ABC, ec.SECP256R1())
LISTS = ec.derive_private_key(0xCBA9_8765_4321, ec.SECP256R1())
DAY = 86400
LATER = NOW + 180 * DAY


def certificate(
    key: ec.EllipticCurvePrivateKey = AUTHORITY,
    use: Use = Use.RECEIPTS,
    root: ec.EllipticCurvePrivateKey = ROOT,
    exp: int = LATER,
) -> bytes:
    return certify(use, key.public_key(), root, iat=IAT, exp=exp)


def sealed(**changes: Any) -> bytes:
    given_ = {
        "key": LISTS, "certificate": certificate(LISTS, Use.LISTS), "certificates": [certificate()],
        "denied": [(CTI, 3)], "iat": NOW, "next_update": NOW + DAY,
    }  # fmt: skip
    return seal_trust_list(**given_ | changes)


def opened(data: bytes, now: int = NOW) -> TrustList:
    return open_trust_list(data, ROOT.public_key(), now=now)


def code_of(data: bytes, now: int = NOW) -> str:
    with pytest.raises(CredentialError) as caught:
        opened(data, now)
    return caught.value.code


def test_receipts_are_believed_by_the_list() -> None:
    found = opened(sealed())
    assert (found.iat, found.next_update) == (NOW, NOW + DAY)
    trust = found.trust(NOW)
    assert open_credential(forge("EGR1"), now=NOW, trust=trust).receipt
    with pytest.raises(CredentialError, match="key_unknown"):
        open_credential(forge("EGR1", key=STRANGER), now=NOW, trust=trust)


def test_two_signing_keys_are_believed_at_once() -> None:
    trust = opened(sealed(certificates=[certificate(), certificate(STRANGER)])).trust(NOW)
    assert set(trust) == {key_id(key.public_key()) for key in (AUTHORITY, STRANGER)}


def test_a_list_key_signs_no_receipts_and_a_receipt_key_no_lists() -> None:
    both = [certificate(), certificate(LISTS, Use.LISTS)]
    assert list(opened(sealed(certificates=both)).trust(NOW)) == [key_id(AUTHORITY.public_key())]
    assert code_of(sealed(key=AUTHORITY, certificate=certificate())) == "key_unknown"


def test_a_key_ends_with_its_certificate() -> None:
    found = opened(sealed(certificates=[certificate(exp=NOW + 60)]))
    assert len(found.trust(NOW + 59)) == 1
    assert found.trust(NOW + 60) == {}


def test_what_the_list_says_of_declarations() -> None:
    found = opened(sealed(denied=[(CTI, 3), (b"w" * 16, NEVER_AGAIN)]))
    assert [found.refusal(CTI, seq) for seq in (0, 2, 3, 4)] == ["superseded"] * 2 + [None] * 2
    assert found.refusal(b"w" * 16, 9) == "withdrawn"
    assert found.refusal(b"w" * 8 + b"x" * 8, 0) == "withdrawn", "eight bytes are compared"
    assert found.refusal(b"y" * 16, 0) is None


def test_two_numbers_with_the_same_beginning_share_the_stricter_word() -> None:
    found = opened(sealed(denied=[(b"a" * 16, 5), (b"a" * 8 + b"b" * 8, 2)]))
    assert found.refusal(b"a" * 16, 4) == "superseded"


@pytest.mark.parametrize(
    ("now", "fresh"),
    [(NOW - 301, False), (NOW - 300, True), (NOW, True), (NOW + DAY - 1, True), (NOW + DAY, False)],
)
def test_a_list_is_fresh_for_a_day(now: int, fresh: bool) -> None:
    assert opened(sealed()).is_fresh(now) is fresh
    if fresh:
        opened(sealed(), now)
    else:
        assert code_of(sealed(), now) == ("not_yet_valid" if now < NOW else "expired")


def test_the_list_ends_with_its_signers_certificate() -> None:
    data = sealed(certificate=certificate(LISTS, Use.LISTS, exp=NOW + 60))
    assert opened(data).next_update == NOW + 60
    assert code_of(data, NOW + 60) == "expired"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"certificate": certificate(LISTS, Use.LISTS, STRANGER)}, "key_unknown"),
        ({"certificates": [certificate(root=STRANGER)]}, "key_unknown"),
        ({"key": STRANGER}, "key_unknown"),
        ({"certificates": [b""]}, "cbor_invalid"),
        ({"denied": [(b"short", 1)]}, "claims_invalid"),
        ({"denied": [(CTI, -1)]}, "claims_invalid"),
        ({"next_update": NOW}, "claims_invalid"),
        ({"iat": -1}, "claims_invalid"),
    ],
)
def test_what_is_not_from_the_root_or_not_a_list(changes: dict[str, Any], code: str) -> None:
    if changes.get("denied") == [(CTI, -1)]:
        payload = {4: NOW + DAY, 6: NOW, -65540: [], -65541: [[CTI[:8], -1]]}
        signed = cose.sign("EGT1", cbor.dumps(payload), LISTS, key_id(LISTS.public_key()))
        data = cbor.dumps([certificate(LISTS, Use.LISTS), signed])
    else:
        data = sealed(**changes)
    assert code_of(data) == code


def test_another_roots_whole_world_is_nothing() -> None:
    theirs = certificate(LISTS, Use.LISTS, STRANGER)
    assert (
        code_of(sealed(certificate=theirs, certificates=[certificate(root=STRANGER)]))
        == "key_unknown"
    )


def test_a_root_of_the_same_name_signs_nothing() -> None:
    """A certificate that names the root but was signed by somebody else."""
    payload = cbor.dumps({4: LATER, 6: IAT, -65539: [2, point(LISTS.public_key())]})
    forged = cose.sign("EGK1", payload, STRANGER, key_id(ROOT.public_key()))
    assert code_of(sealed(certificate=forged)) == "signature_invalid"


def test_a_signature_of_one_kind_is_none_of_another() -> None:
    payload = cbor.dumps({4: LATER, 6: IAT, -65539: [2, point(LISTS.public_key())]})
    as_list = cose.sign("EGT1", payload, ROOT, key_id(ROOT.public_key()))
    assert code_of(sealed(certificate=as_list)) == "signature_invalid"


@pytest.mark.parametrize(
    "claim", [[3, b"\2" * 33], [True, b"\2" * 33], [1], [1, "x"], [1, b"\2" + b"\xff" * 32]]
)
def test_certificates_of_something_else(claim: list[Any]) -> None:
    payload = cbor.dumps({4: LATER, 6: IAT, -65539: claim})
    data = cose.sign("EGK1", payload, ROOT, key_id(ROOT.public_key()))
    with pytest.raises(CredentialError, match=r"claims_invalid|key_invalid"):
        read_certificate(data, ROOT.public_key())


@pytest.mark.parametrize("data", OUTSIDE_THE_PROFILE)
def test_bytes_outside_the_profile(data: bytes) -> None:
    assert code_of(data) == "cbor_invalid"


def test_a_huge_list_is_not_looked_at() -> None:
    assert code_of(bytes(MAX_LIST + 1)) == "too_large"


@given(st.integers(0), st.integers(0, 255))
def test_no_byte_of_it_can_be_changed(place: int, put: int) -> None:
    data = bytearray(sealed())
    place %= len(data)
    if data[place] == put:
        put ^= 1
    data[place] = put
    assert code_of(bytes(data))


def test_nobody_is_led_back_to_an_older_list() -> None:
    old, new = opened(sealed()), opened(sealed(iat=NOW + 60))
    assert is_newer(new, old)
    assert is_newer(old, None)
    assert is_newer(old, old)
    assert not is_newer(old, new)
