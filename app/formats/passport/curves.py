"""ECDSA of keys whose certificate spells its curve out (BSI TR-03110, ICAO Doc 9303-12 section 4.4).

Such a curve is safe only where the key's certificate is pinned or signed by one that is: a certificate must
never bring its own curve and be trusted for it. Curves that the library knows are given to it; others are
computed here, with public values only, so that time tells nobody anything.
"""

from dataclasses import dataclass

from asn1crypto import keys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

MOST_BITS = 640
Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ax + b over the integers modulo the prime p; a base point g of the order n."""

    p: int
    a: int
    b: int
    g: Point
    n: int

    def __post_init__(self) -> None:
        bits = self.p.bit_length()
        if not 160 <= bits <= MOST_BITS or abs(self.n.bit_length() - bits) > 1:
            raise ValueError("not a curve of a passport")
        if (
            not self.p & 1
            or (4 * self.a**3 + 27 * self.b**2) % self.p == 0
            or not self.holds(self.g)
        ):
            raise ValueError("not a curve")

    def holds(self, point: Point) -> bool:
        """Whether a point lies on it."""
        x, y = point
        inside = 0 <= x < self.p and 0 <= y < self.p
        return inside and (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0

    def _add(self, one: Point | None, other: Point | None) -> Point | None:
        if one is None or other is None:
            return one or other
        p = self.p
        if one[0] == other[0]:
            if (one[1] + other[1]) % p == 0:
                return None
            slope = (3 * one[0] * one[0] + self.a) * pow(2 * one[1], -1, p) % p
        else:
            slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, p) % p
        x = (slope * slope - one[0] - other[0]) % p
        return x, (slope * (one[0] - x) - one[1]) % p

    def combined(self, u: int, v: int, point: Point) -> Point | None:
        """u·g + v·point, both in one pass (Straus); None at infinity."""
        sums = (None, self.g, point, self._add(self.g, point))
        found: Point | None = None
        for bit in range(max(u.bit_length(), v.bit_length()) - 1, -1, -1):
            found = self._add(found, found)
            found = self._add(found, sums[(u >> bit & 1) | (v >> bit & 1) << 1])
        return found


@dataclass(frozen=True, slots=True)
class PlainKey:
    """A public key on a curve that the library does not know."""

    curve: Curve
    point: Point

    def verify(self, signature: bytes, data: bytes, how: ec.ECDSA) -> None:
        """FIPS 186-5 section 6.4.2. Raises InvalidSignature."""
        algorithm = how.algorithm
        assert isinstance(algorithm, hashes.HashAlgorithm)
        n = self.curve.n
        try:
            r, s = utils.decode_dss_signature(signature)
        except ValueError:
            raise InvalidSignature from None
        if not (0 < r < n and 0 < s < n):
            raise InvalidSignature
        digest = hashes.Hash(algorithm)
        digest.update(data)
        number = int.from_bytes(digest.finalize(), "big")
        number >>= max(0, 8 * algorithm.digest_size - n.bit_length())
        inverse = pow(s, -1, n)
        found = self.curve.combined(number * inverse % n, r * inverse % n, self.point)
        if found is None or found[0] % n != r:
            raise InvalidSignature


def is_computed(info: keys.PublicKeyInfo) -> bool:
    """Whether a key's curve is spelt out, or one that is known here by its name."""
    told = info["algorithm"]["parameters"]
    return told.name == "specified" or (told.name == "named" and told.chosen.dotted in _NAMED)


def explicit_key(info: keys.PublicKeyInfo) -> PlainKey | ec.EllipticCurvePublicKey:
    """The key of a certificate whose curve is spelt out, or named and known here alone. Raises ValueError for
    anything that is none.
    """
    parameters = info["algorithm"]["parameters"]
    if parameters.name == "named":
        return _plain_key(_NAMED[parameters.chosen.dotted], bytes(info["public_key"]))
    told = parameters.chosen
    field = told["field_id"]
    if field["field_type"].native != "prime_field":
        raise ValueError("a field that is not read")
    p, n = field["parameters"].native, told["order"].native
    a, b = (int.from_bytes(told["curve"][name].native, "big") for name in ("a", "b"))
    g = point_of(told["base"].native, p, a, b)
    written = bytes(info["public_key"])
    if (known := _KNOWN.get((p, a, b, g[0], n))) is not None:
        return ec.EllipticCurvePublicKey.from_encoded_point(known, written)
    return _plain_key(Curve(p, a, b, g, n), written)


def _plain_key(curve: Curve, written: bytes) -> PlainKey:
    found = point_of(written, curve.p, curve.a, curve.b)
    if not curve.holds(found):
        raise ValueError("not a point of the curve")
    return PlainKey(curve, found)


def point_of(text: bytes, p: int, a: int, b: int) -> Point:
    """A point as SEC 1 section 2.3.4 writes it, whole or compressed. Raises ValueError for another writing."""
    size = (p.bit_length() + 7) // 8
    x = int.from_bytes(text[1 : 1 + size], "big")
    if text[:1] == b"\x04" and len(text) == 1 + 2 * size:
        return x, int.from_bytes(text[1 + size :], "big")
    if text[:1] in (b"\x02", b"\x03") and len(text) == 1 + size and p % 4 == 3:
        y = pow((x**3 + a * x + b) % p, (p + 1) // 4, p)
        return x, y if y & 1 == text[0] & 1 else p - y
    raise ValueError("not a point")


_BRAINPOOL: tuple[tuple[ec.EllipticCurve, str, str, str, str, str], ...] = (
    (
        ec.BrainpoolP256R1(),
        "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
        "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
        "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
        "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
    ),
    (
        ec.BrainpoolP384R1(),
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
        "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
        "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
        "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
    ),
    (
        ec.BrainpoolP512R1(),
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
        "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
        "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
        "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
    ),
)
"""p, a, b, x of g and n of RFC 5639 section 3."""
_KNOWN = {tuple(int(number, 16) for number in numbers): curve for curve, *numbers in _BRAINPOOL}

_NAMED = {
    "1.3.36.3.3.2.8.1.1.3": Curve(
        p=0xC302F41D932A36CDA7A3463093D18DB78FCE476DE1A86297,
        a=0x6A91174076B1E0E19C39C031FE8685C1CAE040E5C69A28EF,
        b=0x469A28EF7C28CCA3DC721D044F4496BCCA7EF4146FBF25C9,
        g=(
            0xC0A0647EAAB6A48753B033C56CB0F0900A2F5C4853375FD6,
            0x14B690866ABD5BB88B5F4828C1490002E6773FA2FA299B8F,
        ),
        n=0xC302F41D932A36CDA7A3462F9E9E916B5BE8F1029AC4ACC1,
    ),
    "1.3.36.3.3.2.8.1.1.5": Curve(
        p=0xD7C134AA264366862A18302575D1D787B09F075797DA89F57EC8C0FF,
        a=0x68A5E62CA9CE6C1C299803A6C1530B514E182AD8B0042A59CAD29F43,
        b=0x2580F63CCFE44138870713B1A92369E33E2135D266DBB372386C400B,
        g=(
            0x0D9029AD2C7E5CF4340823B2A87DC68C9E4CE3174C1E6EFDEE12C07D,
            0x58AA56F772C0726F24C6B89E4ECDAC24354B9E99CAA3F6D3761402CD,
        ),
        n=0xD7C134AA264366862A18302575D0FB98D116BC4B6DDEBCA3A5A7939F,
    ),
    "1.3.36.3.3.2.8.1.1.9": Curve(
        p=0xD35E472036BC4FB7E13C785ED201E065F98FCFA6F6F40DEF4F92B9EC7893EC28FCD412B1F1B32E27,
        a=0x3EE30B568FBAB0F883CCEBD46D3F3BB8A2A73513F5EB79DA66190EB085FFA9F492F375A97D860EB4,
        b=0x520883949DFDBC42D3AD198640688A6FE13F41349554B49ACC31DCCD884539816F5EB4AC8FB1F1A6,
        g=(
            0x43BD7E9AFB53D8B85289BCC48EE5BFE6F20137D10A087EB6E7871E2A10A599C710AF8D0D39E20611,
            0x14FDD05545EC1CC8AB4093247F77275E0743FFED117182EAA9C77877AAAC6AC7D35245D1692E8EE1,
        ),
        n=0xD35E472036BC4FB7E13C785ED201E065F98FCFA5B68F12A32D482EC7EE8658E98691555B44C59311,
    ),
}
"""Brainpool P192r1, P224r1 and P320r1 by their names (RFC 5639 section 3): the library has them no more."""
