"""Photos are made anew, films are told by their content; whatever else it is, is refused."""

import io
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.formats.media import JPEG, MAX_PHOTO, MAX_VIDEO, MP4, WEBM, MediaError, clean


def photo(size=(64, 48), kind="JPEG", mode="RGB", **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, (200, 10, 10, 0)[: len(mode)]).save(out, kind, **more)
    return out.getvalue()


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


PLACE = box(b"udta", box(b"\xa9xyz", b"+35.7720+140.3929/"))
FILM = (
    box(b"ftyp", b"isom\0\0\0\0isom")
    + box(b"moov", box(b"mvhd", b"\0" * 100) + box(b"trak", PLACE) + PLACE)
    + box(b"mdat", b"samples")
)
HEAD = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"
WEB_FILM = HEAD + b"\x18\x53\x80\x67\x84rest"


def test_nothing_of_a_photo_but_its_pixels_is_kept():
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "MakerOfPhones", "LINDQVIST"
    exif.get_ifd(0x8825)[2] = (35.0, 46.0, 19.0)
    kind, kept = clean(photo(exif=exif, comment=b"at gate 7"))
    assert kind == JPEG
    for told in (b"Exif", b"MakerOfPhones", b"LINDQVIST", b"gate 7"):
        assert told not in kept
    again = Image.open(io.BytesIO(kept))
    assert (again.format, again.size, dict(again.getexif())) == ("JPEG", (64, 48), {})


def test_it_stands_upright_and_is_no_larger_than_needed():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    _, kept = clean(photo(exif=exif))
    assert Image.open(io.BytesIO(kept)).size == (48, 64)
    _, small = clean(photo((5000, 2500)))
    assert Image.open(io.BytesIO(small)).size == (2048, 1024)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "L"), ("WEBP", "RGBA"), ("JPEG", "CMYK")],
    ids=["png-clear", "png-grey", "webp-clear", "jpeg-cmyk"],
)
def test_every_taken_kind_becomes_a_jpeg(kind, mode):
    found, kept = clean(photo(kind=kind, mode=mode))
    assert (found, kept[:3]) == (JPEG, b"\xff\xd8\xff")


def test_what_rides_along_behind_a_photo_is_left_behind():
    _, kept = clean(photo() + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in kept
    assert b"PK" not in kept


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_photo"),
        (b"%PDF-1.7", "not_a_photo"),
        (photo(kind="GIF"), "not_a_photo"),
        (photo()[:-200], "not_a_photo"),
        (photo() + b"\0" * MAX_PHOTO, "too_large"),
        (box(b"ftyp", b"isom") + b"\0" * MAX_VIDEO, "too_large"),
        (photo((9000, 9000), "PNG", "L"), "too_many_pixels"),
    ],
    ids=["empty", "svg", "pdf", "gif", "cut", "heavy", "heavy-film", "pixels"],
)
def test_what_is_none_is_refused(data, code):
    with pytest.raises(MediaError) as refused:
        clean(data)
    assert refused.value.code == code


def test_where_a_film_was_taken_is_overwritten_in_place():
    kind, kept = clean(FILM)
    assert (kind, len(kept)) == (MP4, len(FILM))
    assert b"+35.77" not in kept
    assert b"udta" not in kept
    assert kept[kept.index(b"mdat") :] == FILM[FILM.index(b"mdat") :]


def test_a_film_is_one_from_the_first_byte_to_the_last():
    assert clean(WEB_FILM) == (WEBM, WEB_FILM)
    wrong = {
        "brand": FILM.replace(b"isom", b"evil"),
        "rest": FILM + b"<html>",
        "no-samples": FILM[: FILM.index(b"mdat") - 4],
        "other-box": FILM + box(b"html", b"<script>"),
        "too-long": FILM[:-1],
        "matroska": WEB_FILM.replace(b"webm", b"mkv\0"),
        "webm-rest": WEB_FILM + b"<html>",
        "webm-head": HEAD,
    }
    for name, data in wrong.items():
        with pytest.raises(MediaError) as refused:
            clean(data)
        assert (name, refused.value.code) == (name, "not_a_film")


@pytest.mark.parametrize(("name", "code"), [("a.webm", "VP80"), ("a.mp4", "mp4v")])
def test_films_of_real_encoders_play_as_before(tmp_path, name, code):
    path = tmp_path / name
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 5, (64, 48))
    for shade in range(5):
        writer.write(np.full((48, 64, 3), shade * 40, np.uint8))
    writer.release()
    data = path.read_bytes()
    _, kept = clean(data)
    path.write_bytes(kept)
    film = cv2.VideoCapture(str(path))
    assert sum(1 for _ in iter(lambda: film.read()[0], False)) == 5
    assert b"Lavf" not in kept or name.endswith("webm")


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", FILM[:40], HEAD, b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]),
)
def test_whatever_comes_is_kept_or_refused_and_never_anything_else(data, start):
    try:
        kind, _ = clean(start + data)
    except MediaError:
        return
    assert kind in (JPEG, MP4, WEBM)
