"""From foreign bytes to a small grey picture, without trusting them."""

import io
import warnings

from PIL import Image, ImageOps

from app.formats.barcode.errors import PictureError

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1600
"""Pixels: a 12-megapixel photo is read 8 times faster at this size, and no worse."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_DEEP = 1 / 256


def load(data: bytes) -> Image.Image:
    """Decode a JPEG, PNG or WebP picture to 8-bit grey, upright, on white, at most 1600 pixels long.

    The size is judged from the header, before any pixel is unpacked.
    Raises PictureError too_large or not_a_picture.
    """
    if len(data) > MAX_BYTES:
        raise PictureError("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # about odd metadata and sizes: judged here, not printed
            return _grey(_open(data))
    except PictureError:
        raise
    except Image.DecompressionBombError:  # Pillow's own limit comes first for the very largest
        raise PictureError("too_large") from None
    except Exception:  # noqa: BLE001  # decoders raise half a dozen unrelated types on broken files
        raise PictureError("not_a_picture") from None


def _open(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise PictureError("too_large")
    image.draft("L", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked no larger than needed
    return image


def _grey(image: Image.Image) -> Image.Image:
    plain = _plain(upright(image))
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    if plain.mode == "RGBA":
        white = Image.new("RGBA", plain.size, "white")
        plain = Image.alpha_composite(white, plain).convert("L")
    return plain


def upright(image: Image.Image) -> Image.Image:
    """Turned as its metadata say, without them."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  # broken metadata costs nothing: codes are read at any angle
        return image


def _plain(image: Image.Image) -> Image.Image:
    """Reduce the many modes to grey, or to RGBA where something is transparent."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith("I"):  # 16 bits a pixel: convert alone would clip, not scale
        return image.convert("I").point(lambda level: level * _DEEP).convert("L")
    return image.convert("L")
