"""Whole names written as one word: found wherever their words were glued together or parted.

Reservations glue what passports part (DELACRUZ/JUANCARLOSMR), and states part what others glue (BIN LADEN, BINLADIN; MC DONALD,
MACDONALD; ABD AL-RAHMAN, ABDURRAHMAN; VAN DER BERG, VANDENBERG). Every name of a list has a key: the consonant classes of all its
words in one, in which none of that shows. A traveller's name of the same key is read with the borders of the listed one, and that
reading is scored word by word as any other: the key proposes, it decides nothing.
"""

import itertools
import re
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

LEAST_CLASSES = 4
"""Keys of fewer consonants say little: the letters themselves are the key of such a name."""
MOST_TURNS = 6
"""Words of a name that may stand first: the fields are swapped, or the list has them in another order."""

_MANNERS = re.compile(r"(?<=ABD)[AEIOU]*L|(?<=VAN)DE[NR]?|[AEU]L(?=D[IE])")
_CLASSES = str.maketrans("BCDGQVWZ", "PKTKKFFS")
_UNHEARD = str.maketrans("", "", "AEIOUYH")
_TWICE = re.compile(r"(.)\1+")


def keys_of(joined: Sequence[str]) -> list[int]:
    """32 bits of the key of each name of A-Z, its words in one; they are rewritten as one text."""
    if not joined:
        return []
    lines = _MANNERS.sub("", "\n".join(joined)).replace("PH", "F").translate(_CLASSES)
    once = _TWICE.sub(r"\1", lines)  # before the vowels go: ANNA has an N more than AN
    found = zip(once.translate(_UNHEARD).split("\n"), joined, strict=True)
    return [
        zlib.crc32((classes if len(classes) >= LEAST_CLASSES else f"={name}").encode())
        for classes, name in found
    ]


def arrays_of(joined: Sequence[str], order: npt.NDArray[np.intp]) -> dict[str, npt.NDArray[Any]]:
    """Rows by the key of their names, for :class:`JoinedNames`; ``order`` of the rows as they are numbered."""
    keys = np.array(keys_of(joined), np.uint32)[order]
    by_key = np.argsort(keys, kind="stable").astype(np.int32)
    return {"joined_keys": keys[by_key], "joined_rows": by_key}


def turned(form: Sequence[str]) -> list[str]:
    """A name in one word, with each of its first words in front once: what follows stays in order."""
    return ["".join((*form[at:], *form[:at])) for at in range(min(len(form), MOST_TURNS))]


def read_as(joined: str, theirs: Sequence[str]) -> tuple[str, ...]:
    """A name written as one word, parted where the listed one is: letters that both have stay together."""
    listed = "".join(theirs)
    ends = np.cumsum([len(word) for word in theirs]).tolist()
    cuts, at = [0], 0
    for step in Levenshtein.opcodes(listed, joined):
        while at < len(ends) - 1 and ends[at] <= step.src_end:
            into = min(ends[at] - step.src_start, step.dest_end - step.dest_start)
            cuts.append(step.dest_start + into)
            at += 1
    cuts.append(len(joined))
    pieces = [joined[first:last] for first, last in itertools.pairwise(cuts)]
    return tuple(piece for piece in pieces if piece)


class JoinedNames:
    """The rows of a list by the keys of their names. Read only."""

    def __init__(self, keys: npt.NDArray[np.uint32], rows: npt.NDArray[np.int32]) -> None:
        self._keys, self._rows = keys, rows

    def get(self, joined: Sequence[str]) -> list[list[int]]:
        """For each name the rows whose name has its key."""
        wanted = np.array(keys_of(joined), np.uint32)
        places = self._keys.searchsorted(wanted)
        there = self._keys.take(places, mode="clip") == wanted if len(self._keys) else wanted < 0
        return [
            self._of_key(place) if one else []
            for place, one in zip(places.tolist(), there.tolist(), strict=True)
        ]

    def _of_key(self, first: int) -> list[int]:
        last = int(self._keys.searchsorted(self._keys[first], side="right"))
        found: list[int] = self._rows[first:last].tolist()
        return found
