"""QR codes of credentials: read from pictures (a ladder of readers, in a worker process) and drawn."""

from app.formats.barcode.drawing import draw_png, draw_svg
from app.formats.barcode.errors import PictureError, PictureErrorCode
from app.formats.barcode.reading import read_code, read_image, read_picture, readers
from app.formats.barcode.worker import Reader

__all__ = [
    "PictureError",
    "PictureErrorCode",
    "Reader",
    "draw_png",
    "draw_svg",
    "read_code",
    "read_image",
    "read_picture",
    "readers",
]
