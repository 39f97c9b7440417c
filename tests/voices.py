"""Speak the kiosk's sentences into ``kiosk_sim/screen/voice``, and those of the console's phrase cards into
``app/web/static/voice``: ``python -m tests.voices kiosk|phrases [LANGUAGE ...]``.

Needs the programs ``espeak-ng`` and ``opusenc`` (Debian: espeak-ng, opus-tools) and, by language, the packages
pyopenjtalk-plus (ja), pypinyin (zh) and mishkal (ar): tools that speak, and no part of the program. Japanese is
spoken by the voice "Mei" of the MMDAgent project (CC BY 3.0), everything else by eSpeak NG.
"""

import io
import re
import subprocess
import sys
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.web.console.phrases import PHRASES
from kiosk_sim.face.words import WORDS as FACE_WORDS
from kiosk_sim.spoken import COUNTERS, NAMED, SPOKEN
from kiosk_sim.words import LANGUAGES, WORDS

ROOT = Path(__file__).parents[1]
ESPEAK = {
    "en": "en-gb",
    "ko": "ko",
    "ar": "ar",
    "zh-Hans": "cmn-latn-pinyin",
    "zh-Hant": "cmn-latn-pinyin",
}
WORDS_A_MINUTE = 140
KILOBITS = 12
LOUD = -20.0
"""How loud speech is: the root of the mean square, in decibels below full scale."""
PEAK = -2.0

FloatArray = npt.NDArray[np.float64]


def phrases(language: str) -> dict[str, str]:
    """What officers say, by the name of its file."""
    return {key: said[language] for key, said in PHRASES.items()}


def sentences(language: str) -> dict[str, str]:
    """What a kiosk says, by the name of its file."""
    words = WORDS[language] | FACE_WORDS[language]
    found = {key: _first(words[key]) if "{" in words[key] else words[key] for key in SPOKEN}
    for key in NAMED:
        for counter in COUNTERS:
            found[f"{key}-{counter}"] = words[key].format(counter=f" {counter} ")
    return found


def _first(text: str) -> str:
    """The sentence before the one with a number, which the screen shows."""
    return re.split("[.。]", text)[0]


def spoken(language: str, text: str) -> bytes:
    """A sentence as WAV."""
    if language == "ja":
        return _japanese(text)
    if language.startswith("zh"):
        text = _pinyin(text)
    elif language == "ar":
        text = _vocalised(text)
    words = ["espeak-ng", "-v", ESPEAK[language], "-s", str(WORDS_A_MINUTE), "--stdout", text]
    said = subprocess.run(words, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(said)) as sound:
        rate, frames = sound.getframerate(), sound.readframes(sound.getnframes())
    return _wav(np.frombuffer(frames, "<i2").astype(float), rate)


def _japanese(text: str) -> bytes:
    import pyopenjtalk  # a tool for those who speak anew

    samples, rate = pyopenjtalk.tts(text)
    return _wav(samples, rate)


def _wav(samples: FloatArray, rate: int) -> bytes:
    """Samples (full scale 32,768) as WAV, as loud as all others: while somebody speaks, and never clipped."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes((samples * _gain(samples, rate)).astype("<i2").tobytes())
    return out.getvalue()


def _gain(samples: FloatArray, rate: int) -> float:
    """The factor that brings speech to :data:`LOUD`, less where a peak would pass :data:`PEAK`."""
    piece = rate // 20
    pieces = samples[: len(samples) // piece * piece].reshape(-1, piece)
    power = (pieces**2).mean(axis=1)
    speech = float(np.sqrt(power[power > power.max() / 1000].mean()))  # pauses are no speech
    return min(
        32768 * 10 ** (LOUD / 20) / speech, 32768 * 10 ** (PEAK / 20) / float(abs(samples).max())
    )


def _pinyin(text: str) -> str:
    from pypinyin import Style, lazy_pinyin  # likewise

    return " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True))


def _vocalised(text: str) -> str:
    from mishkal.tashkeel import TashkeelClass  # likewise

    vocaliser: Any = TashkeelClass()
    return str(vocaliser.tashkeel(text))


SETS: Mapping[str, tuple[Path, Callable[[str], dict[str, str]]]] = {
    "kiosk": (ROOT / "kiosk_sim" / "screen" / "voice", sentences),
    "phrases": (ROOT / "app" / "web" / "static" / "voice", phrases),
}


def main(name: str, languages: list[str]) -> None:
    voice, texts = SETS[name]
    for language in languages or list(LANGUAGES):
        folder = voice / language
        folder.mkdir(parents=True, exist_ok=True)
        for key, text in texts(language).items():
            command = ["opusenc", "--quiet", "--bitrate", str(KILOBITS), "--downmix-mono", "--discard-comments",
                       "-", str(folder / f"{key}.opus")]  # fmt: skip
            subprocess.run(command, input=spoken(language, text), check=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
