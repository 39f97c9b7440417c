"""Photographs of a code as a bad camera takes them: seeded, so that every run sees the same pictures.

A code of `side` pixels (quiet zone included) lies in a grey frame of 900 x 900 pixels and suffers one kind of
damage at a severity from 0 (slight) to 3 (severe). Only Pillow and numpy; greys are arrays of float in 0..255.
"""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

FRAME = 900
Grey = NDArray[np.float64]
Rng = np.random.Generator


def photograph(code: Image.Image, kind: str, severity: int, *, side: int, seed: int) -> Image.Image:
    """Take one picture of a drawn code. Same arguments, same pixels."""
    rng = np.random.default_rng([seed, severity, *kind.encode()])
    sheet = code.convert("L").resize((side, side), Image.Resampling.BOX)
    return KINDS[kind](sheet, (severity + 1) / 4, rng)


def place(sheet: Image.Image, rng: Rng, *, angle: float = 0.0, skew: float = 0.0) -> Image.Image:
    """Lay the sheet into the frame, turned by `angle` degrees, its corners pushed by `skew` of its side."""
    side = sheet.width
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2
    target = corners @ rotation + rng.uniform(-skew, skew, (4, 2)) * side
    target += FRAME / 2 + rng.uniform(-15, 15, 2)
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], float)
    coefficients = _projection(target, source)
    warp = {"method": Image.Transform.PERSPECTIVE, "data": coefficients}
    size, bilinear = (FRAME, FRAME), Image.Resampling.BILINEAR
    picture = sheet.transform(size, resample=bilinear, **warp)
    mask = Image.new("L", sheet.size, 255).transform(size, resample=bilinear, **warp)
    table = Image.new("L", size, int(rng.uniform(60, 140)))
    return Image.composite(picture, table, mask)


def _projection(points: Grey, images: Grey) -> list[float]:
    """The eight numbers of the projective map that takes four points to four others."""
    rows, right = [], []
    for (x, y), (u, v) in zip(points, images, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return [float(number) for number in np.linalg.solve(np.array(rows), np.array(right))]


def _almost_flat(sheet: Image.Image, rng: Rng) -> Image.Image:
    return place(sheet, rng, angle=rng.uniform(-6, 6), skew=0.01)


def _array(image: Image.Image) -> Grey:
    return np.asarray(image, dtype=np.float64)


def _image(grey: Grey) -> Image.Image:
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def _noisy(image: Image.Image, sigma: float, rng: Rng) -> Image.Image:
    return _image(_array(image) + rng.normal(0, sigma, (FRAME, FRAME)))


def _flattened(image: Image.Image, contrast: float, middle: float) -> Image.Image:
    return _image((_array(image) - 128) * contrast + middle)


def _recompressed(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


def _screened(image: Image.Image, strength: float, rng: Rng) -> Image.Image:
    """The moire of a screen's pixel grid seen through a sensor's."""
    y, x = np.mgrid[0:FRAME, 0:FRAME]
    angle, fine, coarse = rng.uniform(0, np.pi), rng.uniform(2.1, 3.4), rng.uniform(5, 11)

    def wave(direction: float, period: float) -> Grey:
        return np.sin(2 * np.pi * (x * np.cos(direction) + y * np.sin(direction)) / period)

    grid = wave(angle, fine) * wave(angle + 0.1, fine * 1.07) + wave(np.pi / 2, coarse) / 2
    return _image(_array(image) + strength * grid)


def clean(sheet: Image.Image, _amount: float, rng: Rng) -> Image.Image:
    return place(sheet, rng)


def rotate(sheet: Image.Image, _amount: float, rng: Rng) -> Image.Image:
    return place(sheet, rng, angle=rng.uniform(10, 45) * rng.choice([-1, 1]))


def perspective(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    return place(sheet, rng, angle=rng.uniform(-8, 8), skew=0.03 + 0.07 * amount)


def blur(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    return _almost_flat(sheet, rng).filter(ImageFilter.GaussianBlur(0.6 + 1.4 * amount))


def motion(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    """The mean of the picture along a straight path of 3 to 9 pixels."""
    image = _array(_almost_flat(sheet, rng))
    angle = rng.uniform(0, np.pi)
    path = np.linspace(-0.5, 0.5, 9) * (1 + 8 * amount)
    steps = np.rint(np.outer(path, [np.sin(angle), np.cos(angle)])).astype(int)
    return _image(np.mean([np.roll(image, tuple(step), (0, 1)) for step in steps], axis=0))


def noise(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    return _noisy(_almost_flat(sheet, rng), 15 + 45 * amount, rng)


def low_contrast(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    image = _flattened(_almost_flat(sheet, rng), 0.42 - 0.32 * amount, rng.uniform(90, 160))
    return _noisy(image, 3, rng)


def glare(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    """A lamp's reflection that whitens 1 to 7 percent of the code."""
    image = _array(_almost_flat(sheet, rng))
    radius = sheet.width * np.sqrt((0.01 + 0.06 * amount) / np.pi)
    centre_x, centre_y = FRAME / 2 + rng.uniform(-0.3, 0.3, 2) * sheet.width
    y, x = np.mgrid[0:FRAME, 0:FRAME]
    distance = np.hypot(x - centre_x, (y - centre_y) * 1.3) / radius
    return _image(image + 255 * np.clip(1.6 - distance, 0, 1))


def shade(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    depth = 0.3 + 0.55 * amount
    light = np.linspace(1 - depth, 1 + depth * 0.3, FRAME)
    image = _array(_almost_flat(sheet, rng))
    return _image(image * (light[None, :] if rng.random() < 0.5 else light[:, None]))


def jpeg(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    return _recompressed(_almost_flat(sheet, rng), int(45 - 37 * amount))


def moire(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    return _noisy(_screened(_almost_flat(sheet, rng), 15 + 45 * amount, rng), 4, rng)


def combo(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    """A little of everything, as in life."""
    image = place(sheet, rng, angle=rng.uniform(-25, 25), skew=0.02 + 0.04 * amount)
    image = image.filter(ImageFilter.GaussianBlur(0.4 + 0.7 * amount))
    image = _flattened(image, 0.8 - 0.35 * amount, rng.uniform(110, 140))
    image = _noisy(_screened(image, 5 + 10 * amount, rng), 5 + 10 * amount, rng)
    return _recompressed(image, int(75 - 35 * amount))


def inverted(sheet: Image.Image, amount: float, rng: Rng) -> Image.Image:
    """A dark screen: white modules on black, slightly out of focus."""
    negative = _image(255 - _array(sheet))
    return _almost_flat(negative, rng).filter(ImageFilter.GaussianBlur(amount))


KINDS: dict[str, Callable[[Image.Image, float, Rng], Image.Image]] = {
    "clean": clean,
    "rotate": rotate,
    "perspective": perspective,
    "blur": blur,
    "motion": motion,
    "noise": noise,
    "low_contrast": low_contrast,
    "glare": glare,
    "shade": shade,
    "jpeg": jpeg,
    "moire": moire,
    "combo": combo,
    "inverted": inverted,
}
OPTICAL = tuple(kind for kind in KINDS if kind != "inverted")
"""The twelve kinds that published reading rates are quoted on."""
