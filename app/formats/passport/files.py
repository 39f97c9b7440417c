"""The files of a passport's chip (ICAO Doc 9303-10, logical data structure): which groups, the zone, the portrait."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.formats.passport import tlv
from app.formats.passport.tlv import TlvError

TAGS: dict[int, int] = {
    0x61: 1, 0x75: 2, 0x63: 3, 0x76: 4, 0x65: 5, 0x66: 6, 0x67: 7, 0x68: 8,
    0x69: 9, 0x6A: 10, 0x6B: 11, 0x6C: 12, 0x6D: 13, 0x6E: 14, 0x6F: 15, 0x70: 16,
}  # fmt: skip
"""Data group by the tag of its file."""

_COM, _LDS, _UNICODE, _TAG_LIST = 0x60, 0x5F01, 0x5F36, 0x5C
_DG1, _ZONE = 0x61, 0x5F1F
_DG2 = 0x75
_FACE_RECORD = b"FAC\x00"
_PICTURES: tuple[tuple[bytes, Literal["jpeg", "jpeg2000"]], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
)
_MAGICS = tuple(magic for magic, _ in _PICTURES)
_DEEPEST = 16
_RECORD_HEAD, _BLOCK_HEAD, _POINT = 14, 20, 8
_IMAGE_HEAD = 12


@dataclass(frozen=True, slots=True)
class Com:
    """EF.COM: versions as `0107` and `040000`, and the data groups that the chip says it has."""

    lds: str
    unicode: str
    groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture as it stands in the chip; its size is what the decoder finds, never what a header says."""

    kind: Literal["jpeg", "jpeg2000"]
    data: bytes


def read_com(data: bytes) -> Com:
    """EF.COM (9303-10 section 4.6.1). Raises TlvError, for a tag that is of no data group too."""
    content = tlv.value(data, _COM)
    tags = list(tlv.first(content, _TAG_LIST))
    if not set(tags) <= set(TAGS):
        raise TlvError("a tag of no data group")
    versions = (tlv.first(content, _LDS), tlv.first(content, _UNICODE))
    lds, unicode = (version.decode("ascii", "replace") for version in versions)
    return Com(lds, unicode, frozenset(TAGS[tag] for tag in tags))


def read_zone(data: bytes) -> str:
    """The machine-readable zone of EF.DG1 without line breaks. Raises TlvError."""
    text = tlv.value(tlv.value(data, _DG1), _ZONE)
    if not text.isascii():
        raise TlvError("not the letters of a zone")
    return text.decode("ascii")


def read_portrait(data: bytes) -> Portrait:
    """The first facial image of EF.DG2, in a record of ISO/IEC 19794-5 or of 39794-5. Raises TlvError.

    The picture is the first leaf that begins as one; within a record of 19794-5 its headers are stepped over.
    """
    for leaf in _leaves(tlv.value(data, _DG2), 0):
        found = _of_record(leaf) if leaf.startswith(_FACE_RECORD) else leaf
        for magic, kind in _PICTURES:
            if found.startswith(magic):
                return Portrait(kind, found)
    raise TlvError("no picture")


def _leaves(data: bytes, depth: int) -> Iterator[bytes]:
    if depth > _DEEPEST:
        raise TlvError("nested too deeply")
    for tag, content in tlv.walk(data):
        # a biometric data block (7F2E) is constructed by its tag, and holds a plain record in 19794-5
        if tlv.is_constructed(tag) and not content.startswith(_FACE_RECORD):
            yield from _leaves(content, depth + 1)
        else:
            yield content


def _of_record(record: bytes) -> bytes:
    """The first image of a facial record: head, block head, feature points, image head, image."""
    try:
        length, points = struct.unpack_from(">IH", record, _RECORD_HEAD)
    except struct.error:
        raise TlvError("cut off") from None
    begin = _RECORD_HEAD + _BLOCK_HEAD + _POINT * points + _IMAGE_HEAD
    found = record[begin : _RECORD_HEAD + length]
    if found.startswith(_MAGICS):
        return found
    # heads that lie about the points or the length: the picture begins where one begins
    places = [at for magic in _MAGICS if (at := record.find(magic, _RECORD_HEAD)) >= 0]
    return record[min(places) :] if places else found
