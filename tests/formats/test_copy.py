"""The signed copy of articles that follow: it stands, or it does not; and a receipt is none."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.barcode import draw_svg
from app.formats.credential import CredentialError, key_id, open_to_json, point
from app.formats.credential.copy import MAX_COPY, Copy, digest_of, open_copy, seal_copy

KEY = ec.derive_private_key(0xC0FFEE_C0FFEE, ec.SECP256R1())
STRANGER = ec.derive_private_key(0xABCDEF_ABCDEF, ec.SECP256R1())
KID = key_id(KEY.public_key())
TRUST = {KID: KEY.public_key()}
KEYS = {"authority": {KID.hex(): point(KEY.public_key()).hex()}}
COPY = Copy(
    id=bytes(range(16)), cti=bytes(range(16, 32)), seq=2, number="NRT-10111213-2.1", packages=3,
    digest=digest_of(b"the list"), confirmed_at=1_773_111_600, expires_at=1_773_111_600 + 184 * 86400,
)  # fmt: skip


def refused(text: str, trust=TRUST) -> str:
    with pytest.raises(CredentialError) as found:
        open_copy(text, trust)
    return found.value.code


def test_what_was_sealed_is_opened_and_fits_a_code():
    text = seal_copy(COPY, KEY)
    assert open_copy(text, TRUST).copy == COPY
    assert seal_copy(COPY, KEY) == text
    assert len(text) < MAX_COPY
    assert draw_svg(text).startswith("<svg")


def test_every_altered_character_is_noticed():
    text = seal_copy(COPY, KEY)
    for place in range(5, len(text), 7):
        other = "0" if text[place] != "0" else "1"
        assert refused(text[:place] + other + text[place + 1 :])


def test_only_the_authority_makes_copies():
    assert refused(seal_copy(COPY, STRANGER)) == "key_unknown"
    forged = {KID: STRANGER.public_key()}
    assert refused(seal_copy(COPY, KEY), forged) == "signature_invalid"


def test_another_kind_of_credential_is_no_copy():
    text = seal_copy(COPY, KEY)
    assert refused("EGR1" + text[4:]) == "prefix_unknown"
    assert refused("EGU1:" + "A" * MAX_COPY) == "too_large"
    assert refused("EGU1:a") == "base45_invalid"


@pytest.mark.parametrize(
    "wrong",
    [{"id": b"x"}, {"packages": 0}, {"digest": b"short"}, {"expires_at": 1}, {"seq": -1},
     {"number": "N" * 41}],
    ids=["id", "packages", "digest", "span", "seq", "number"],
)  # fmt: skip
def test_a_copy_of_another_shape_is_not_even_sealed(wrong):
    with pytest.raises(CredentialError, match="claims_invalid"):
        seal_copy(replace(COPY, **wrong), KEY)


def test_the_command_line_reads_it_with_the_published_keys_until_its_time_is_over():
    text = seal_copy(COPY, KEY)
    claims = open_to_json(text, KEYS, COPY.confirmed_at)
    assert claims["-65539"]["3"] == "NRT-10111213-2.1"
    assert claims["-65539"]["5"] == COPY.digest.hex()
    with pytest.raises(CredentialError, match="expired"):
        open_to_json(text, KEYS, COPY.expires_at)
