"""Which of the languages spoken here a traveller is likely to understand. A suggestion: the officer asks. Pure."""

from collections.abc import Mapping
from typing import Final

from app.formats.languages import LANGUAGES

_SPOKEN_IN: Final[Mapping[str, str]] = {
    "JPN": "ja", "CHN": "zh-Hans", "SGP": "zh-Hans", "TWN": "zh-Hant", "HKG": "zh-Hant", "MAC": "zh-Hant",
    "KOR": "ko", "PRK": "ko", "ARE": "ar", "BHR": "ar", "DZA": "ar", "EGY": "ar", "IRQ": "ar", "JOR": "ar",
    "KWT": "ar", "LBN": "ar", "LBY": "ar", "MAR": "ar", "OMN": "ar", "QAT": "ar", "SAU": "ar", "SDN": "ar",
    "SYR": "ar", "TUN": "ar", "YEM": "ar",
}  # fmt: skip
"""What is likely understood by whom: a suggestion, no more; the officer asks."""


def language_for(declared: str | None, nationality: str) -> str:
    """The language of the declaration, else one that is likely for the nationality (alpha-3), else English."""
    if declared in LANGUAGES:
        return str(declared)
    return _SPOKEN_IN.get(nationality, LANGUAGES[0])
