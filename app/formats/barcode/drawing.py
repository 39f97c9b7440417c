"""QR codes drawn: always black on white with a quiet zone of four modules (zbar reads nothing else).

Error level M for declarations, Q for receipts: measured best for their sizes; H never pays.
"""

import io
from collections.abc import Iterator, Sequence
from itertools import groupby

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import QRData

from app.formats.base45 import ALPHABET
from app.formats.credential import MAX_TEXT, CredentialError, Kind

QUIET_ZONE = 4


def draw_png(text: str, *, scale: int = 8) -> bytes:
    """Draw a credential as a black and white PNG, `scale` pixels a module.

    Raises CredentialError too_large above MAX_TEXT characters; ValueError for characters
    outside the QR alphanumeric set (zbar garbles binary codes).
    """
    rows = _modules(text)
    image = Image.new("1", (len(rows), len(rows)))
    image.putdata([0 if dark else 255 for row in rows for dark in row])
    side = len(rows) * scale
    out = io.BytesIO()
    image.resize((side, side), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()


def draw_svg(text: str) -> str:
    """Draw a credential as an <svg> element to put inline: no style, script, id or reference.

    One unit of the view box is one module. Raises as draw_png.
    """
    rows = _modules(text)
    side = len(rows)
    path = "".join(step for y, row in enumerate(rows) for step in _dark_runs(row, y))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _dark_runs(row: Sequence[bool], y: int) -> Iterator[str]:
    x = 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            yield f"M{x} {y}h{width}v1h-{width}z"
        x += width


def _modules(text: str) -> list[list[bool]]:
    """The matrix of the code, quiet zone included; True is dark."""
    if len(text) > MAX_TEXT:
        raise CredentialError("too_large")
    if not set(text) <= set(ALPHABET):
        raise ValueError("only the alphanumeric set can be drawn")
    level = ERROR_CORRECT_Q if text.startswith(f"{Kind.RECEIPT}:") else ERROR_CORRECT_M
    code = qrcode.QRCode(error_correction=level, border=QUIET_ZONE)
    code.add_data(QRData(text.encode("ascii")), optimize=0)  # one alphanumeric segment
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    return matrix
