"""BER-TLV of chip files: tags of one to three bytes, definite lengths (ISO/IEC 7816-4 section 6, ICAO Doc 9303-10)."""

from collections.abc import Iterator

MOST_LENGTH_BYTES = 4
_LONG_TAG, _MORE = 0x1F, 0x80
_CONSTRUCTED = 0x20


class TlvError(ValueError):
    """Not the structure that is looked for; the message holds no content."""


def walk(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, value) of each object; what is padded behind with 00 or FF is not read.

    Raises :class:`TlvError`.
    """
    at = 0
    while at < len(data) and data[at] not in (0x00, 0xFF):
        tag, at = _tag(data, at)
        size, at = _length(data, at)
        if at + size > len(data):
            raise TlvError("cut off")
        yield tag, data[at : at + size]
        at += size


def _tag(data: bytes, at: int) -> tuple[int, int]:
    tag, at = data[at], at + 1
    if tag & _LONG_TAG != _LONG_TAG:
        return tag, at
    for _ in range(2):
        if at == len(data):
            raise TlvError("cut off")
        tag, at = tag << 8 | data[at], at + 1
        if not data[at - 1] & _MORE:
            return tag, at
    raise TlvError("tag too long")


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at == len(data):
        raise TlvError("cut off")
    size, at = data[at], at + 1
    if size < _MORE:
        return size, at
    count = size & 0x7F
    if not 0 < count <= MOST_LENGTH_BYTES or at + count > len(data):
        raise TlvError("length")
    return int.from_bytes(data[at : at + count], "big"), at + count


def value(data: bytes, tag: int) -> bytes:
    """The value of the one object that a file begins with. Raises :class:`TlvError` where it has another tag."""
    for found, content in walk(data):
        if found == tag:
            return content
        break
    raise TlvError(f"no object {tag:X}")


def first(data: bytes, *tags: int) -> bytes:
    """The value of the first object with one of the tags. Raises :class:`TlvError` where there is none."""
    for found, content in walk(data):
        if found in tags:
            return content
    raise TlvError(f"no object {tags[0]:X}")


def is_constructed(tag: int) -> bool:
    """Whether the value is made of objects."""
    while tag > 0xFF:
        tag >>= 8
    return bool(tag & _CONSTRUCTED)


def write(tag: int, *values: bytes) -> bytes:
    """An object; its value is the values behind one another."""
    content = b"".join(values)
    size = len(content)
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < _MORE else bytes([_MORE | len(raw)]) + raw
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + content
