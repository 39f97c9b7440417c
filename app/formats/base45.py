"""Base45 (RFC 9285): bytes as the characters that a QR code stores most densely."""

import struct

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE = 45
_FOREIGN = 255
_VALUES = bytes(
    ALPHABET.index(chr(code)) if chr(code) in ALPHABET else _FOREIGN for code in range(256)
)


class Base45Error(ValueError):
    """The text is not Base45; never says which text."""

    code = "base45_invalid"

    def __init__(self) -> None:
        super().__init__(self.code)


def encode(data: bytes) -> str:
    """Write bytes as Base45 (RFC 9285 section 4): three characters for two bytes, two for a last one."""
    text: list[str] = []
    for position in range(0, len(data) - 1, 2):
        high, low = divmod(data[position] << 8 | data[position + 1], _BASE)
        text += ALPHABET[low], ALPHABET[high % _BASE], ALPHABET[high // _BASE]
    if len(data) % 2:
        high, low = divmod(data[-1], _BASE)
        text += ALPHABET[low], ALPHABET[high]
    return "".join(text)


def decode(text: str) -> bytes:
    """Read Base45 text.

    Raises Base45Error for a foreign character, a length that no byte string has, and a group
    whose value is above 65535 (or above 255 in the last pair): one text for each byte string.
    """
    try:
        digits = text.encode("ascii").translate(_VALUES)
        if _FOREIGN in digits:
            raise Base45Error
        whole = len(digits) - len(digits) % 3
        groups = zip(digits[:whole:3], digits[1:whole:3], digits[2:whole:3], strict=True)
        pairs = [low + _BASE * (middle + _BASE * high) for low, middle, high in groups]
        return struct.pack(f">{len(pairs)}H", *pairs) + _tail(digits[whole:])
    except (UnicodeEncodeError, OverflowError, struct.error):
        raise Base45Error from None


def _tail(digits: bytes) -> bytes:
    if not digits:
        return b""
    if len(digits) == 1:
        raise Base45Error  # one character alone cannot carry a byte
    return (digits[0] + _BASE * digits[1]).to_bytes(1, "big")
