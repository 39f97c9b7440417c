"""The reading ladder, pictures that are none, the worker process, and what is drawn."""

import asyncio
import io
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable, Iterator

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from app.formats.barcode import (
    PictureError,
    Reader,
    draw_png,
    draw_svg,
    read_code,
    read_image,
    read_picture,
    readers,
    reading,
)
from app.formats.barcode.picture import LONGEST_SIDE, MAX_BYTES, MAX_PIXELS, load
from app.formats.credential import CredentialError, seal_declaration, seal_receipt
from tests.formats import damage
from tests.formats.credentials import AUTHORITY, CTI, DEVICE, EXP, FAMILY, IAT, RECEIPT
from tests.formats.fragile import misbehave
from tests.support.loop import run as run_to_end

FAMILY_TEXT = seal_declaration(FAMILY, cti=CTI, iat=IAT, exp=EXP, key=DEVICE)
RECEIPT_TEXT = seal_receipt(RECEIPT, cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY)


def drawn(text: str = RECEIPT_TEXT, scale: int = 6) -> Image.Image:
    return Image.open(io.BytesIO(draw_png(text, scale=scale))).convert("L")


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def foreign(text: str = "WIFI:S:somebody's lunch;;") -> Image.Image:
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    pixels = memoryview(zxingcpp.write_barcode_to_image(barcode, scale=4))
    height, width = pixels.shape[:2]
    picture = Image.frombytes("L", (width, height), pixels.tobytes())
    return ImageOps.expand(picture, 40, 255)


def side_by_side(*images: Image.Image) -> Image.Image:
    sheet = Image.new("L", (sum(i.width for i in images), max(i.height for i in images)), 255)
    x = 0
    for image in images:
        sheet.paste(image, (x, 0))
        x += image.width
    return sheet


def code_of(data: bytes, read: Callable[[bytes], object] = read_code) -> str:
    with pytest.raises(PictureError) as caught:
        read(data)
    assert str(caught.value) == caught.value.code
    return caught.value.code


@pytest.fixture
def without_pyzbar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "pyzbar", None)


RUNGS = [reading.by_pyzbar, reading.by_blurred_pyzbar, reading.by_zxing]


class TestLadder:
    def test_libzbar_is_here(self) -> None:
        """make test installs libzbar0; without it three quarters of this file would prove nothing."""
        assert readers() == ("pyzbar", "blur+pyzbar", "zxing-cpp")

    @pytest.mark.parametrize("text", [RECEIPT_TEXT, FAMILY_TEXT])
    @pytest.mark.parametrize("rung", RUNGS)
    def test_each_rung_alone(self, rung: reading.Rung, text: str) -> None:
        assert rung(drawn(text)) == [text]

    @pytest.mark.parametrize("rung", RUNGS)
    def test_no_code(self, rung: reading.Rung) -> None:
        assert rung(Image.new("L", (300, 200), 200)) == []
        assert rung(Image.new("L", (1, 1))) == []

    @pytest.mark.parametrize("rung", RUNGS)
    def test_only_qr_codes(self, rung: reading.Rung) -> None:
        barcode = zxingcpp.create_barcode("EGD1:00", zxingcpp.BarcodeFormat.Code128)
        pixels = memoryview(zxingcpp.write_barcode_to_image(barcode, scale=4))
        picture = Image.frombytes("L", pixels.shape[1::-1], pixels.tobytes())
        found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.Code128)
        assert [code.text for code in found] == ["EGD1:00"]
        assert rung(picture) == []

    @pytest.mark.usefixtures("without_pyzbar")
    def test_zxing_alone(self) -> None:
        assert readers() == ("zxing-cpp",)
        assert read_code(draw_png(RECEIPT_TEXT)) == RECEIPT_TEXT

    def test_imports_without_libzbar(self) -> None:
        script = (
            "import sys; sys.modules['pyzbar'] = None\n"
            "from app.formats.barcode import read_code, readers\n"
            "print(*readers(), read_code(sys.stdin.buffer.read()))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=draw_png(RECEIPT_TEXT),
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert done.stdout.decode().strip() == f"zxing-cpp {RECEIPT_TEXT}"

    def test_stops_at_the_first_rung_that_finds_a_credential(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "by_zxing", lambda _: pytest.fail("asked"))
        monkeypatch.setattr(reading, "by_blurred_pyzbar", lambda _: [RECEIPT_TEXT])
        monkeypatch.setattr(reading, "by_pyzbar", lambda _: ["WIFI:"])
        assert read_image(drawn()) == [RECEIPT_TEXT, "WIFI:"]

    @pytest.mark.parametrize("text", [RECEIPT_TEXT, FAMILY_TEXT])
    @pytest.mark.parametrize("kind", damage.KINDS)
    def test_slight_and_middling_damage(self, kind: str, text: str) -> None:
        for severity in (0, 1):
            picture = damage.photograph(drawn(text, scale=1), kind, severity, side=480, seed=11)
            assert read_image(picture) == [text], severity

    @pytest.mark.usefixtures("without_pyzbar")
    @pytest.mark.parametrize("kind", damage.KINDS)
    def test_damage_without_libzbar(self, kind: str) -> None:
        picture = damage.photograph(drawn(scale=1), kind, 1, side=480, seed=12)
        assert read_image(picture) == [RECEIPT_TEXT]

    def test_why_there_are_three_rungs(self) -> None:
        """Noise is what the blur is for, a dark screen what zxing-cpp is for."""
        noisy = [
            damage.photograph(drawn(scale=1), "noise", 3, side=480, seed=seed) for seed in range(4)
        ]
        plain, blurred = (
            sum(rung(picture) == [RECEIPT_TEXT] for picture in noisy) for rung in RUNGS[:2]
        )
        assert plain < blurred
        dark = damage.photograph(drawn(scale=1), "inverted", 0, side=480, seed=1)
        assert [rung(dark) for rung in RUNGS] == [[], [], [RECEIPT_TEXT]]


class TestCodes:
    def test_a_credential_wins_over_lunch(self) -> None:
        picture = encoded(side_by_side(foreign(), drawn()))
        assert read_code(picture) == RECEIPT_TEXT
        assert read_picture(picture) == [RECEIPT_TEXT, "WIFI:S:somebody's lunch;;"]

    def test_lunch_alone_is_handed_on(self) -> None:
        """It is for the credential's opener to say prefix_unknown."""
        assert read_code(encoded(foreign())) == "WIFI:S:somebody's lunch;;"

    def test_two_different_credentials_are_ambiguous(self) -> None:
        picture = encoded(side_by_side(drawn(), drawn(FAMILY_TEXT)))
        assert code_of(picture) == "ambiguous"
        assert set(read_picture(picture)) == {RECEIPT_TEXT, FAMILY_TEXT}

    def test_the_same_credential_twice_is_one(self) -> None:
        assert read_picture(encoded(side_by_side(drawn(), drawn()))) == [RECEIPT_TEXT]

    def test_no_code_is_unreadable(self) -> None:
        assert code_of(encoded(Image.new("RGB", (400, 300), "teal"))) == "unreadable"
        assert code_of(encoded(Image.new("L", (1, 1)))) == "unreadable"


def _transparent(image: Image.Image) -> Image.Image:
    """Black modules on nothing."""
    clear = Image.new("RGBA", image.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=ImageOps.invert(image))
    return clear


def _sixteen_bits(image: Image.Image) -> Image.Image:
    wide = image.convert("I").point(lambda level: level * 100 + 20000)
    return wide.convert("I;16")


class TestPictures:
    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
    def test_modes(self, mode: str) -> None:
        assert read_code(encoded(drawn().convert(mode))) == RECEIPT_TEXT

    def test_transparent_background(self) -> None:
        assert read_code(encoded(_transparent(drawn()))) == RECEIPT_TEXT
        palette = _transparent(drawn()).quantize(4)
        assert read_code(encoded(palette)) == RECEIPT_TEXT

    def test_sixteen_bits(self) -> None:
        assert read_code(encoded(_sixteen_bits(drawn()))) == RECEIPT_TEXT

    @pytest.mark.parametrize(("form", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "RGB")])
    def test_formats(self, form: str, mode: str) -> None:
        assert read_code(encoded(drawn().convert(mode), form)) == RECEIPT_TEXT

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_orientation_is_applied(self, orientation: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        wide = ImageOps.expand(drawn(), (200, 0, 0, 0), 255)
        picture = encoded(wide, "JPEG", exif=exif)
        assert (load(picture).width < load(picture).height) == (orientation >= 5)
        assert read_code(picture) == RECEIPT_TEXT

    def test_broken_metadata_is_ignored(self) -> None:
        picture = encoded(drawn(), "JPEG", exif=b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\xff\xff")
        assert read_code(picture) == RECEIPT_TEXT

    @pytest.mark.parametrize("form", ["JPEG", "PNG"])
    def test_a_large_photo_is_shrunk(self, form: str) -> None:
        photo = Image.new("L", (4000, 3000), 120)
        photo.paste(drawn(scale=18), (900, 500))
        picture = encoded(photo, form)
        assert max(load(picture).size) == LONGEST_SIDE
        assert read_code(picture) == RECEIPT_TEXT

    def test_too_many_bytes(self) -> None:
        assert code_of(b"x" * (MAX_BYTES + 1)) == "too_large"

    def test_too_many_pixels(self, monkeypatch: pytest.MonkeyPatch) -> None:
        side = 6400
        assert side * side > MAX_PIXELS
        bomb = encoded(Image.new("1", (side, side)))
        assert len(bomb) < MAX_BYTES
        monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("unpacked"))
        assert code_of(bomb) == "too_large"

    def test_far_too_many_pixels(self) -> None:
        """A header alone says 60000 x 60000."""
        png = bytearray(draw_png(RECEIPT_TEXT))
        png[16:24] = (60000).to_bytes(4, "big") * 2
        png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
        assert code_of(bytes(png)) == "too_large"

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"not a picture",
            b"\xff\xd8\xff\xe0" + b"\x00" * 40,
            draw_png(RECEIPT_TEXT)[:-300],
            encoded(drawn(), "JPEG")[:400],
            encoded(drawn(), "GIF"),
            encoded(drawn(), "BMP"),
            encoded(drawn(), "TIFF"),
            b"%PDF-1.7",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        ],
    )
    def test_not_a_picture(self, data: bytes) -> None:
        assert code_of(data) == "not_a_picture"

    def test_a_bomb_in_a_text_chunk(self) -> None:
        png = draw_png(RECEIPT_TEXT)
        body = b"zTXt" + b"k\x00\x00" + zlib.compress(b"0" * 200_000_000)
        chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        assert code_of(png[:33] + chunk + png[33:]) == "not_a_picture"

    @given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]))
    def test_any_bytes_are_refused_by_code(self, data: bytes, magic: bytes) -> None:
        assert code_of(magic + data) == "not_a_picture"

    SMALL = tuple(encoded(drawn(scale=2), form) for form in ("PNG", "JPEG", "WEBP"))

    @given(st.sampled_from(SMALL), st.floats(0, 1), st.binary(min_size=1, max_size=4))
    def test_mutants_never_give_another_text(self, data: bytes, at: float, bits: bytes) -> None:
        position = int(at * len(data))
        mutant = data[:position] + bits + data[position + len(bits) :]
        try:
            assert read_code(mutant) == RECEIPT_TEXT
        except PictureError as error:
            assert error.code != "ambiguous"  # noqa: PT017  # both outcomes are right


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Reader(timeout=20) as opened:
        yield opened


@pytest.fixture
def fragile() -> Iterator[Reader]:
    with Reader(timeout=0.5, read=misbehave) as opened:
        yield opened


class TestReader:
    def test_reads_elsewhere(self, reader: Reader) -> None:
        assert reader.read(draw_png(RECEIPT_TEXT)) == RECEIPT_TEXT
        assert code_of(b"x" * (MAX_BYTES + 1), reader.read) == "too_large"
        assert code_of(b"x", reader.read) == "not_a_picture"
        assert code_of(encoded(Image.new("L", (9, 9))), reader.read) == "unreadable"
        both = encoded(side_by_side(drawn(), drawn(FAMILY_TEXT)))
        assert code_of(both, reader.read) == "ambiguous"

    def test_async(self, reader: Reader) -> None:
        async def read() -> list[str]:
            pictures = (draw_png(RECEIPT_TEXT), draw_png(FAMILY_TEXT))
            return await asyncio.gather(*map(reader.read_async, pictures))

        assert run_to_end(read()) == [RECEIPT_TEXT, FAMILY_TEXT]

    def test_one_worker_serves_many(self, fragile: Reader) -> None:
        first = fragile.read(b"1")
        assert first == fragile.read(b"2")
        assert int(first) != os.getpid()

    @pytest.mark.parametrize("poison", [b"crash", b"stall"])
    def test_a_picture_that_kills_costs_only_its_sender(
        self, fragile: Reader, poison: bytes
    ) -> None:
        first = fragile.read(b"1")
        assert code_of(poison, fragile.read) == "unreadable"
        second = fragile.read(b"2")
        assert second != first
        with pytest.raises(ProcessLookupError):
            os.kill(int(first), 0)

    def test_others_in_the_queue_are_served(self, fragile: Reader) -> None:
        async def read() -> list[object]:
            pictures = (b"1", b"crash", b"2", b"3")
            return await asyncio.gather(*map(fragile.read_async, pictures), return_exceptions=True)

        first, crashed, second, third = run_to_end(read())
        assert isinstance(crashed, PictureError)
        assert isinstance(first, str)
        assert second == third

    def test_a_worker_that_died_between_pictures(self, fragile: Reader) -> None:
        os.kill(int(fragile.read(b"1")), 9)
        time.sleep(0.1)
        assert fragile.read(b"2")

    def test_a_fault_in_a_parser_is_unreadable(self, fragile: Reader) -> None:
        first = fragile.read(b"1")
        assert code_of(b"fault", fragile.read) == "unreadable"
        assert fragile.read(b"2") == first

    def test_the_worker_writes_no_files(
        self, fragile: Reader, tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert code_of(b"write", fragile.read) == "unreadable"

    def test_close_ends_the_worker(self) -> None:
        reader = Reader(read=misbehave)
        worker = int(reader.read(b"1"))
        reader.close()
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
        with pytest.raises(RuntimeError):
            reader.read(b"2")
        reader.close()


class TestDrawing:
    @pytest.mark.parametrize(
        ("text", "version"),
        [(RECEIPT_TEXT, 11), (FAMILY_TEXT, 14), ("EGD1:" + "0123456" * 161 + "AB", 22)],
    )
    def test_versions(self, text: str, version: int) -> None:
        picture = Image.open(io.BytesIO(draw_png(text, scale=1)))
        assert picture.size == (17 + 4 * version + 8,) * 2
        assert picture.mode == "1"

    @pytest.mark.parametrize(
        ("text", "level"),
        [(RECEIPT_TEXT, "Q"), (FAMILY_TEXT, "M"), ("EGE1" + FAMILY_TEXT[4:], "M")],
    )
    def test_error_levels(self, text: str, level: str) -> None:
        found = zxingcpp.read_barcodes(drawn(text))
        assert [code.ec_level for code in found] == [level]

    def test_black_on_white_with_a_quiet_zone(self) -> None:
        picture = drawn(scale=1)
        assert ImageOps.invert(picture).getbbox() == (4, 4, picture.width - 4, picture.width - 4)
        assert {picture.getpixel((x, 4)) for x in range(4, 11)} == {0}

    def test_svg_is_plain(self) -> None:
        root = ET.fromstring(draw_svg(FAMILY_TEXT))
        tags = [element.tag.partition("}")[2] for element in root.iter()]
        assert tags == ["svg", "rect", "path"]
        assert root.attrib == {"viewBox": "0 0 81 81", "shape-rendering": "crispEdges"}
        names = {name for element in root.iter() for name in element.attrib}
        assert names == {"viewBox", "shape-rendering", "width", "height", "fill", "d"}

    def test_svg_is_the_same_picture(self) -> None:
        path = ET.fromstring(draw_svg(RECEIPT_TEXT))[1].attrib["d"]
        picture = Image.new("L", drawn(scale=1).size, 255)
        for run in path.split("z")[:-1]:
            x, y, width = (int(n) for n in run[1:].split("v")[0].replace("h", " ").split())
            assert run == f"M{x} {y}h{width}v1h-{width}"
            picture.paste(0, (x, y, x + width, y + 1))
        assert picture.tobytes() == drawn(scale=1).tobytes()

    @pytest.mark.parametrize("draw", [draw_png, draw_svg])
    def test_what_is_not_drawn(self, draw: Callable[[str], object]) -> None:
        with pytest.raises(CredentialError, match="too_large"):
            draw("EGD1:" + "0" * 1130)
        with pytest.raises(ValueError, match="alphanumeric"):
            draw("egd1:00")


def test_damage_is_reproducible() -> None:
    for kind in ("noise", "glare", "combo"):
        one, two, other = (
            damage.photograph(drawn(scale=1), kind, 2, side=480, seed=seed) for seed in (1, 1, 2)
        )
        assert one.tobytes() == two.tobytes()
        assert one.tobytes() != other.tobytes()
