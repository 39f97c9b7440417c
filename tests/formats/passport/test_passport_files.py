"""Objects and files of a chip: what is written is read; what is odd is an error and never another one."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.passport import TlvError, files, issue, read_portrait, read_zone, tlv
from tests.formats.passport.world import PICTURE, ZONE, chip

TAGS = st.sampled_from([0x02, 0x5C, 0x61, 0x5F1F, 0x7F61, 0x7F60, 0x5F2E, 0x5F8101])


@given(
    st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=5),
    st.sampled_from([b"", b"\0\0", b"\xff"]),
)
def test_what_is_written_is_read_whatever_is_padded_behind(objects: list, padding: bytes) -> None:
    data = b"".join(tlv.write(tag, value) for tag, value in objects)
    assert list(tlv.walk(data + padding)) == objects


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (files.read_com, read_zone, read_portrait):
        try:
            read(data)
        except TlvError:
            continue


def test_a_file_that_is_cut_anywhere_is_refused() -> None:
    made = chip().chip
    for file, read in (
        (made.com, files.read_com),
        (made.groups[1], read_zone),
        (made.groups[2], read_portrait),
    ):
        assert file is not None
        read(file)
        for at in range(len(file)):
            with pytest.raises(TlvError):
                read(file[:at])


def test_lengths_beyond_four_bytes_and_endless_ones_are_refused() -> None:
    for data in (b"\x61\x80\x01\x00", b"\x61\x85\x00\x00\x00\x00\x01a", b"\x7f\xff\xff\x01\x00"):
        with pytest.raises(TlvError):
            list(tlv.walk(data))


def test_zone_and_groups_come_back() -> None:
    made = chip().chip
    assert read_zone(made.groups[1]) == ZONE.replace("\n", "")
    assert made.com is not None
    assert files.read_com(made.com) == files.Com("0107", "040000", frozenset({1, 2, 14, 15}))


def test_the_portrait_of_both_standards_is_found_by_what_it_is() -> None:
    assert read_portrait(issue.write_portrait(PICTURE)).data == PICTURE
    assert read_portrait(issue.write_portrait(PICTURE)).kind == "jpeg"
    j2k = b"\x00\x00\x00\x0cjP  \r\n\x87\n of two thousand"
    # a header may lie about the kind: the picture says what it is
    assert read_portrait(issue.write_portrait(j2k)).kind == "jpeg2000"
    record = tlv.write(
        0x7F2E, tlv.write(0xA1, tlv.write(0x80, b"\x03"), tlv.write(0xA1, tlv.write(0x81, PICTURE)))
    )
    newer = tlv.write(0x75, tlv.write(0x7F61, tlv.write(0x02, b"\x01"), tlv.write(0x7F60, record)))
    assert read_portrait(newer).data == PICTURE


def test_feature_points_before_the_picture_are_stepped_over() -> None:
    whole = issue.write_portrait(PICTURE)
    at = whole.index(b"FAC\x00")
    record = bytearray(whole[at:])
    points = bytes(16)
    record[34:34] = points
    record[14:20] = struct.pack(">IH", len(record) - 14, 2)
    record[8:12] = struct.pack(">I", len(record))
    data = tlv.write(0x75, tlv.write(0x7F61, tlv.write(0x7F60, tlv.write(0x5F2E, bytes(record)))))
    assert read_portrait(data).data == PICTURE


def test_objects_nested_without_end_are_refused() -> None:
    data = b""
    for _ in range(40):
        data = tlv.write(0xA1, data)
    with pytest.raises(TlvError):
        read_portrait(tlv.write(0x75, data))
