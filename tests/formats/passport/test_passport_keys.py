"""Curves that a certificate spells out, and chips that answer a challenge."""

import hashlib
from dataclasses import replace

import pytest
from asn1crypto import keys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

from app.formats.passport import UntrustedError, active, issue, tlv
from app.formats.passport.curves import _BRAINPOOL, PlainKey, explicit_key
from app.formats.passport.issue import SimulatedChip
from tests.formats.passport.world import P256, chip, point

HOW = ec.ECDSA(hashes.SHA256())
CHALLENGE = b"8 bytes!"


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256(), hashes.SHA512()])
def test_a_signature_of_the_library_holds_here_and_an_altered_one_does_not(
    digest: hashes.HashAlgorithm,
) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key, how = PlainKey(P256, point(private)), ec.ECDSA(digest)
    for message in (b"", b"passport"):
        signature = private.sign(message, how)
        key.verify(signature, message, how)
        r, s = utils.decode_dss_signature(signature)
        for forged in ((r, s + 1), (0, s), (r, 0), (r + P256.n, s), (r, P256.n)):
            with pytest.raises(InvalidSignature):
                key.verify(utils.encode_dss_signature(*forged), message, how)
        with pytest.raises(InvalidSignature):
            key.verify(signature, message + b".", how)
        with pytest.raises(InvalidSignature):
            key.verify(b"\x30\x00", message, how)


def spelt_out(numbers: tuple[int, ...], base: bytes, public: bytes) -> keys.PublicKeyInfo:
    p, a, b, n = numbers
    size = (p.bit_length() + 7) // 8
    domain = keys.ECDomainParameters(
        "specified",
        keys.SpecifiedECDomain(
            {
                "version": 1,
                "field_id": {"field_type": "prime_field", "parameters": p},
                "curve": {"a": a.to_bytes(size, "big"), "b": b.to_bytes(size, "big")},
                "base": base, "order": n,
            }
        ),
    )  # fmt: skip
    algorithm = {"algorithm": "ec", "parameters": domain}
    return keys.PublicKeyInfo({"algorithm": algorithm, "public_key": keys.ECPointBitString(public)})


@pytest.mark.parametrize("number", range(3))
def test_a_known_curve_that_is_spelt_out_is_the_librarys(number: int) -> None:
    curve, p, a, b, x, n = _BRAINPOOL[number]
    private = ec.generate_private_key(curve)
    public = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    numbers = tuple(int(one, 16) for one in (p, a, b, n))
    base = b"\x04" + bytes.fromhex(x) + base_y(numbers[:3], int(x, 16), len(x) // 2)
    found = explicit_key(spelt_out(numbers, base, public))
    assert isinstance(found, ec.EllipticCurvePublicKey)
    found.verify(private.sign(b"passport", HOW), b"passport", HOW)


def base_y(numbers: tuple[int, ...], x: int, size: int) -> bytes:
    p, a, b = numbers
    square = (x**3 + a * x + b) % p
    return pow(square, (p + 1) // 4, p).to_bytes(size, "big")


def test_another_base_point_makes_another_curve() -> None:
    """CVE-2020-0601: a key must not be taken for one on the known curve when its base point is not."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    found = explicit_key(spelt_out((P256.p, P256.a, P256.b, P256.n), public, public))
    assert isinstance(found, PlainKey)
    assert found.curve.g == point(private)


def test_points_that_are_not_on_the_curve_are_refused() -> None:
    numbers = (P256.p, P256.a, P256.b, P256.n)
    good = b"\x04" + b"".join(one.to_bytes(32, "big") for one in P256.g)
    for bad in (good[:-1] + b"\x00", good[:-1], b"\x05" + good[1:], b""):
        with pytest.raises(ValueError, match=r"point|curve"):
            explicit_key(
                spelt_out(numbers, good, bad) if bad else spelt_out(numbers, b"\x00", good)
            )


def test_a_chip_answers_and_a_copy_of_its_files_does_not() -> None:
    made = chip()
    dg14, dg15 = made.chip.groups[14], made.chip.groups[15]
    assert active.answers(dg15, CHALLENGE, made.answer(CHALLENGE), dg14)
    recorded, another = made.answer(CHALLENGE), chip().answer(CHALLENGE)
    assert not active.answers(dg15, b"another!", recorded, dg14), "an answer that was recorded"
    assert not active.answers(dg15, CHALLENGE, another, dg14), "another chip's key"
    assert not active.answers(dg15, CHALLENGE, b"", dg14)
    assert not active.answers(dg15, CHALLENGE, b""), "no answer, whatever the algorithm"
    for odd in (b"", dg15[:-3], tlv.write(0x6F, b"\x30\x00")):
        with pytest.raises(UntrustedError):
            active.answers(odd, CHALLENGE, made.answer(CHALLENGE))


def by_hash(digest: str) -> SimulatedChip:
    """A chip that answers by this hash, and says so in its DG14."""
    made = chip()
    groups = {**made.chip.groups, 14: issue.write_security_infos(digest)}
    return replace(made, chip=replace(made.chip, groups=groups))


@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_a_curves_answer_is_checked_by_the_hash_that_dg14_names(digest: str) -> None:
    made = by_hash(digest)
    dg14, dg15, answer = made.chip.groups[14], made.chip.groups[15], made.answer(CHALLENGE)
    assert active.named_digest(dg14) == digest
    assert active.answers(dg15, CHALLENGE, answer, dg14)
    assert active.answers(dg15, CHALLENGE, answer), "nothing is named: it has the key by any"
    other = issue.write_security_infos("sha1" if digest == "sha256" else "sha256")
    assert not active.answers(dg15, CHALLENGE, answer, other)


def test_a_hash_that_nobody_can_tell_makes_no_copy_of_a_chip() -> None:
    made = chip()
    dg15, answer = made.chip.groups[15], made.answer(CHALLENGE)
    ripemd = made.chip.groups[14].replace(b"\x01\x04\x01\x03", b"\x01\x04\x01\x06")
    assert ripemd != made.chip.groups[14]
    for dg14 in (ripemd, b"", b"\x6e\x02\x31\x05", made.chip.groups[14][:-2]):
        with pytest.raises(UntrustedError, match="algorithm"):
            active.answers(dg15, CHALLENGE, answer, dg14)
    unnamed = tlv.write(0x6E, b"\x31\x00")
    assert active.answers(dg15, CHALLENGE, answer, unnamed)
    for dg14 in (None, unnamed):
        with pytest.raises(UntrustedError, match="algorithm"):
            active.answers(dg15, CHALLENGE, chip().answer(CHALLENGE), dg14)


def test_a_key_on_a_curve_that_is_not_known_makes_no_copy_of_a_chip() -> None:
    made = chip()
    known, unknown = (b"\x2a\x86\x48\xce\x3d\x03\x01" + last for last in (b"\x07", b"\x02"))
    assert made.chip.groups[15].count(known) == 1
    dg15 = made.chip.groups[15].replace(known, unknown)
    with pytest.raises(UntrustedError, match="algorithm"):
        active.answers(dg15, CHALLENGE, made.answer(CHALLENGE), made.chip.groups[14])


@pytest.mark.parametrize(
    ("digest", "trailer"), [("sha1", b"\xbc"), ("sha256", b"\x34\xcc"), ("sha512", b"\x35\xcc")]
)
def test_a_chip_that_answers_by_rsa(digest: str, trailer: bytes) -> None:
    key = rsa.generate_private_key(65537, 1536)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    dg15 = tlv.write(0x6F, public)
    signature = message_recovery(key, CHALLENGE, digest, trailer)
    assert active.answers(dg15, CHALLENGE, signature)
    assert not active.answers(dg15, b"another!", signature)
    assert not active.answers(dg15, CHALLENGE, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not active.answers(dg15, CHALLENGE, bytes(len(signature)))
    ripemd = message_recovery(key, CHALLENGE, "sha1", b"\x31\xcc")
    with pytest.raises(UntrustedError, match="algorithm"):
        active.answers(dg15, CHALLENGE, ripemd)


def message_recovery(
    key: rsa.RSAPrivateKey, challenge: bytes, digest: str, trailer: bytes
) -> bytes:
    """ISO/IEC 9796-2 scheme 1, as a chip computes it."""
    numbers = key.private_numbers()
    size = key.key_size // 8
    width = hashlib.new(digest).digest_size
    recovered = bytes(range(1, 255))[: size - width - 1 - len(trailer)]
    told = hashlib.new(digest, recovered + challenge).digest()
    whole = int.from_bytes(b"\x6a" + recovered + told + trailer, "big")
    return pow(whole, numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
