"""A short film: MP4 (ISO/IEC 14496-12) or WebM (RFC 8794, RFC 9559), told by its boxes or elements.

It is not decoded: it is played by the browser alone, in its own sandbox. What is checked is that it is a film from
its first byte to its last, so that nothing else rides along under that name; and where an MP4 says in what place and
by which owner it was taken (``udta``, ``meta``, ``uuid``), that is overwritten in place, which moves no sample.
"""

from collections.abc import Iterator

from app.formats.media.errors import MediaError

MAX_VIDEO = 24 * 1024 * 1024
MP4, WEBM = "video/mp4", "video/webm"

_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"MSNV"}
)  # fmt: skip
_TOLD = frozenset({b"udta", b"meta", b"uuid"})
_INSIDE = frozenset({b"moov", b"trak", b"moof", b"traf"})
_TOP = frozenset(
    {b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"sidx", b"styp", b"pdin", b"uuid",
     b"meta", b"udta", b"emsg", b"prft"}
)  # fmt: skip
_EBML, _SEGMENT, _DOCTYPE = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x42\x82"
_DEEPEST = 4


def clean_video(data: bytes) -> tuple[str, bytes] | None:
    """Media type and bytes of a film; None for what does not begin like one.

    Raises MediaError too_large, and not_a_film for what begins like one and is not.
    """
    if data[4:8] == b"ftyp":
        _check_size(data)
        return MP4, _mp4(data)
    if data.startswith(_EBML):
        _check_size(data)
        _check_webm(data)
        return WEBM, data
    return None


def _check_size(data: bytes) -> None:
    if len(data) > MAX_VIDEO:
        raise MediaError("too_large")


def _mp4(data: bytes) -> bytes:
    if data[8:12] not in _BRANDS:
        raise MediaError("not_a_film")
    kinds = {data[at : at + 4] for at, _, _ in _boxes(data, 0, len(data))}
    if not kinds <= _TOP or b"moov" not in kinds or not {b"mdat", b"moof"} & kinds:
        raise MediaError("not_a_film")
    kept = bytearray(data)
    _forget(kept, 0, len(kept), 0)
    return bytes(kept)


def _boxes(data: bytes | bytearray, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Where the kind stands, where the content begins and ends, of each box; they fill their parent to the last byte."""
    while start < end:
        if end - start < 8:
            raise MediaError("not_a_film")
        size, head = int.from_bytes(data[start : start + 4]), 8
        if size == 1 and end - start >= 16:
            size, head = int.from_bytes(data[start + 8 : start + 16]), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            raise MediaError("not_a_film")
        yield start + 4, start + head, start + size
        start += size


def _forget(kept: bytearray, start: int, end: int, depth: int) -> None:
    """Turn what tells of place and owner into free space."""
    for at, inside, after in list(_boxes(kept, start, end)):
        kind = bytes(kept[at : at + 4])
        if kind in _TOLD:
            kept[at : at + 4] = b"free"
            kept[inside:after] = bytes(after - inside)
        elif kind in _INSIDE and depth < _DEEPEST:
            _forget(kept, inside, after, depth + 1)


def _check_webm(data: bytes) -> None:
    """The head says that it is WebM, and one segment is the rest."""
    size, at = _length(data, len(_EBML))
    head, rest = data[at : at + size], at + size
    if size > 1024 or _doctype(head) != b"webm" or data[rest : rest + 4] != _SEGMENT:
        raise MediaError("not_a_film")
    long, at = _length(data, rest + 4)
    if long >= 0 and at + long != len(data):
        raise MediaError("not_a_film")


def _doctype(head: bytes) -> bytes:
    at = 0
    while at < len(head):
        width = _width(head, at, 4)
        name, at = head[at : at + width], at + width
        size, at = _length(head, at)
        if size < 0:
            break
        if name == _DOCTYPE:
            return head[at : at + size].rstrip(b"\0")
        at += size
    return b""


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A size and where its content begins; -1 for one that is not known beforehand."""
    width = _width(data, at, 8)
    raw = int.from_bytes(data[at : at + width])
    value = raw & ((1 << (7 * width)) - 1)
    return (-1 if value == (1 << (7 * width)) - 1 else value), at + width


def _width(data: bytes, at: int, most: int) -> int:
    """How many bytes a number of variable length has, by its first one."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if not 0 < width <= most or at + width > len(data):
        raise MediaError("not_a_film")
    return width
