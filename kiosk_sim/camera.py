"""What a camera makes of a phone held in front of it: turned, out of focus, noisy, pale."""

import io
import random

from PIL import Image, ImageEnhance, ImageFilter


def photograph(code: bytes, chance: random.Random) -> bytes:
    """A bad but readable JPEG picture of a drawn code."""
    drawn = Image.open(io.BytesIO(code)).convert("L").resize((460, 460))
    scene = Image.new("L", (760, 760), chance.randrange(70, 130))
    scene.paste(drawn, (chance.randrange(130, 170), chance.randrange(130, 170)))
    scene = scene.rotate(chance.uniform(8, 20), resample=Image.Resampling.BICUBIC, fillcolor=100)
    scene = ImageEnhance.Contrast(scene).enhance(0.6).filter(ImageFilter.GaussianBlur(1.1))
    noise = Image.effect_noise(scene.size, 36)
    out = io.BytesIO()
    Image.blend(scene, noise, 0.25).save(out, "JPEG", quality=60)
    return out.getvalue()
