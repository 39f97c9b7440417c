"""The reading ladder: pyzbar, then a slight blur and pyzbar again, then zxing-cpp.

Measured on damaged family codes (480 pixels): see tests/perf/reading.py. The blur gives back what noise
takes from pyzbar, zxing-cpp reads strong perspective and inverted codes; each rung works alone.
pyzbar needs the system library libzbar0 and may be absent.
"""

from collections.abc import Callable, Iterable

import zxingcpp
from PIL import Image, ImageFilter

from app.formats.barcode.errors import PictureError
from app.formats.barcode.picture import load
from app.formats.credential import Kind

try:
    from pyzbar import pyzbar
except ImportError:  # no libzbar0 on this machine: zxing-cpp reads alone
    pyzbar = None

Rung = Callable[[Image.Image], list[str]]
_PREFIXES = tuple(f"{kind}:" for kind in Kind)


def readers() -> tuple[str, ...]:
    """The rungs of the ladder that work on this machine, in order; /health shows them."""
    return tuple(rungs())


def read_image(image: Image.Image) -> list[str]:
    """Read the QR codes of a grey picture, each text once; an empty list when there is none.

    The first rung that finds a credential ends the search; what else was found comes after it.
    """
    found: dict[str, None] = {}
    for read in rungs().values():
        texts = read(image)
        if credentials := _credentials(texts):
            return list(dict.fromkeys((*credentials, *texts, *found)))
        found |= dict.fromkeys(texts)
    return list(found)


def read_picture(data: bytes) -> list[str]:
    """Read all QR codes of a JPEG, PNG or WebP picture, credentials first.

    Raises PictureError too_large, not_a_picture, or unreadable when there is no code.
    """
    texts = read_image(load(data))
    if not texts:
        raise PictureError("unreadable")
    return texts


def read_code(data: bytes) -> str:
    """Read the one code of a picture; a credential wins over other codes in view.

    Raises PictureError as read_picture, and ambiguous for two different credentials.
    """
    texts = read_picture(data)
    if len(_credentials(texts)) > 1:
        raise PictureError("ambiguous")
    return texts[0]


def by_pyzbar(image: Image.Image) -> list[str]:
    """Read with zbar alone."""
    assert pyzbar is not None
    found = pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [code.data.decode("utf-8", "replace") for code in found]


def by_blurred_pyzbar(image: Image.Image) -> list[str]:
    """Read with zbar after a Gaussian blur of one pixel, which takes away sensor noise."""
    return by_pyzbar(image.filter(ImageFilter.GaussianBlur(1)))


def by_zxing(image: Image.Image) -> list[str]:
    """Read with zxing-cpp alone; knows inverted codes too."""
    wanted = zxingcpp.BarcodeFormats(
        zxingcpp.BarcodeFormat.QRCode
    )  # kept by the module, its end would be loud
    found = zxingcpp.read_barcodes(image, formats=wanted, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found]


def rungs() -> dict[str, Rung]:
    """The working rungs by name, in the order of the ladder."""
    if pyzbar is None:
        return {"zxing-cpp": by_zxing}
    return {"pyzbar": by_pyzbar, "blur+pyzbar": by_blurred_pyzbar, "zxing-cpp": by_zxing}


def _credentials(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text.startswith(_PREFIXES)))
