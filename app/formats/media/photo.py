"""A photo made anew: decoded, turned upright, made smaller, and written as a JPEG that has nothing but pixels.

What a camera adds (place, time, owner, a thumbnail of what was cut off) does not survive, nor does anything that
only pretends to be a picture: what is kept was written here.
"""

import io
import warnings

from PIL import Image

from app.formats.barcode.picture import upright
from app.formats.media.errors import MediaError

MAX_PHOTO = 12 * 1024 * 1024
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 2048
QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")


def clean_photo(data: bytes) -> bytes:
    """A JPEG of at most 2048 pixels a side. The size is judged from the header, before a pixel is unpacked.

    Raises MediaError too_large, too_many_pixels, not_a_photo.
    """
    if len(data) > MAX_PHOTO:
        raise MediaError("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata: none of it is kept
            return _made_anew(data)
    except MediaError:
        raise
    except Image.DecompressionBombError:
        raise MediaError("too_many_pixels") from None
    except Exception:  # noqa: BLE001  # decoders raise half a dozen unrelated types on broken files
        raise MediaError("not_a_photo") from None


def _made_anew(data: bytes) -> bytes:
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise MediaError("too_many_pixels")
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    plain = upright(image)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    bare = Image.new("RGB", plain.size, "white")
    mask = plain.convert("RGBA") if plain.has_transparency_data else None
    bare.paste(mask or plain.convert("RGB"), mask=mask)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
