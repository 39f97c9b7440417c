"""Curves that a certificate spells out, and chips that answer a challenge."""

import hashlib

import pytest
from asn1crypto import keys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

from app.formats.passport import UntrustedError, active, tlv
from app.formats.passport.curves import _BRAINPOOL, PlainKey, explicit_key
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
    dg15 = made.chip.groups[15]
    assert active.answers(dg15, CHALLENGE, made.answer(CHALLENGE))
    assert not active.answers(dg15, b"another!", made.answer(CHALLENGE)), (
        "an answer that was recorded"
    )
    assert not active.answers(dg15, CHALLENGE, chip().answer(CHALLENGE)), "another chip's key"
    assert not active.answers(dg15, CHALLENGE, b"")
    for odd in (b"", dg15[:-3], tlv.write(0x6F, b"\x30\x00")):
        with pytest.raises(UntrustedError):
            active.answers(odd, CHALLENGE, made.answer(CHALLENGE))


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
