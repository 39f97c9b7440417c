"""Base45 (RFC 9285): bytes as the characters that a QR code stores most densely."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DIGITS = {character: value for value, character in enumerate(ALPHABET)}
_BASE = 45


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
        digits = [_DIGITS[character] for character in text]
        data = bytearray()
        whole = len(digits) - len(digits) % 3
        for position in range(0, whole, 3):
            low, middle, high = digits[position : position + 3]
            data += (low + _BASE * middle + _BASE * _BASE * high).to_bytes(2, "big")
        return bytes(data) + _tail(digits[whole:])
    except (KeyError, OverflowError):
        raise Base45Error from None


def _tail(digits: list[int]) -> bytes:
    if not digits:
        return b""
    if len(digits) == 1:
        raise OverflowError  # one character alone cannot carry a byte
    return (digits[0] + _BASE * digits[1]).to_bytes(1, "big")
