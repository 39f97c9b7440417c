"""Which sentences of a kiosk can be heard: recorded ahead, so that every kiosk speaks alike and without network."""

from typing import Final

from kiosk_sim.face.words import WORDS as FACE_WORDS

SPOKEN: Final = (
    "welcome", "place-passport", "passport-try-again", "reading", "consent", "face", "code", "code-try-again", "still-there",
    "deciding", "hold", "registered", "cleared", "counter-unnamed", "refer-unnamed", "show-other-code",
    "show-passport", "next-passport", "out-of-service", "help", *FACE_WORDS["en"],
)  # fmt: skip
NAMED: Final = ("counter", "refer")
"""Sentences that name a counter; without a recording of that name, ``-unnamed`` is heard and the screen read."""
COUNTERS: Final = ("A", "B", "C", "D", "E", "F", "G", "H", "K")
