"""The pictures of people that there are for the simulated camera: none is made up, none is committed."""

import io
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

ASTRONAUT = "astronaut"
"""A portrait by NASA, in the public domain, that the package scikit-image brings along as a file."""


def find(name: str) -> bytes | None:
    """The picture of that name (PNG or JPEG); None where it is not installed."""
    spec = find_spec("skimage") if name == ASTRONAUT else None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "data" / "astronaut.png"
        if path.is_file():
            return path.read_bytes()
    return None


def portrait_of(picture: bytes, width: int = 413) -> bytes:
    """Head and shoulders of the astronaut as passports hold them: JPEG, ``width`` pixels wide."""
    seen = Image.open(io.BytesIO(picture)).convert("RGB")
    head = seen.crop((128, 0, 328, 257)).resize(
        (width, width * 257 // 200), Image.Resampling.LANCZOS
    )
    out = io.BytesIO()
    head.save(out, "JPEG", quality=85)
    return out.getvalue()
