"""Damage to messages, seeded: of bytes, of characters of the syntax, of segments. Same seed, same damage."""

import random
import re
from collections.abc import Callable, Sequence

_SEPARATORS = b"'+:?*"
_TOKENS = (
    b"'", b"+", b":", b"?", b"??", b"?'", b"\r\n", b" ", b"\x00", b"\x1c", b"\x1d", b"\x1f", b"'UNZ+1+1'",
    b"UNH+2+PAXLST:D:05B'", b"UNA:+.? '", b"UNB+UNOA:4+", b"SRC'", b"TVL+", b"NAD+FL+++", b"\xff\xfe", b"\xc3",
    "\u00e9".encode(), "\ue000".encode(), b"99999999999999999999", b"-1", b"0" * 40, b"SSR+WCHR:HK:1:ZZ'",
    b"4111111111111111", b"<", b"</", b"&#0;", b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
)  # fmt: skip
_SEGMENT = re.compile(rb"(?<!\?)'")
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-8", "cp037")
_LONGEST = 60_000  # bytes of a damaged message

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutate(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds with one to six kinds of damage, most of them few."""
    data = chance.choice(seeds)
    for _ in range(min(chance.randint(1, 6), chance.randint(1, 6))):
        data = chance.choice(MUTATIONS)(chance, data, seeds)
    return data[:_LONGEST]


def _at(chance: random.Random, data: bytes) -> int:
    return chance.randint(0, len(data))


def flip_bits(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    raw = bytearray(data)
    for _ in range(chance.randint(1, 4) if raw else 0):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return bytes(raw)


def put_token(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _at(chance, data)
    return data[:at] + chance.choice(_TOKENS) * chance.choice((1, 1, 1, 2, 50)) + data[at:]


def cut_out(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _at(chance, data)
    return data[:at] + data[at + chance.choice((1, 2, 5, 40, 400)) :]


def truncate(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _at(chance, data)
    return data[:at] if chance.random() < 0.7 else data[at:]


def splice(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return data[: _at(chance, data)] + other[_at(chance, other) :]


def wrap(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    width = chance.randint(1, 90)
    end = chance.choice((b"\r\n", b"\n", b"\r"))
    return end.join(data[at : at + width] for at in range(0, len(data), width))


def reencode(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    return data.decode("latin-1").encode(chance.choice(_ENCODINGS), "replace")


def other_separator(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    """One separator replaced by any byte, everywhere."""
    return data.replace(bytes([chance.choice(_SEPARATORS)]), bytes([chance.randrange(256)]))


def of_segments(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Segments dropped, doubled, swapped, repeated or taken from another message."""
    segments = _SEGMENT.split(data)
    at, other = chance.randrange(len(segments)), chance.randrange(len(segments))
    match chance.randrange(5):
        case 0:
            del segments[at]
        case 1:
            segments.insert(other, segments[at])
        case 2:
            segments[at], segments[other] = segments[other], segments[at]
        case 3:
            segments[at:at] = [segments[at]] * chance.randint(2, 60)
        case _:
            segments.insert(at, chance.choice(_SEGMENT.split(chance.choice(seeds))))
    return b"'".join(segments)


def of_elements(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    """Elements or components of one segment dropped, doubled or swapped."""
    segments = _SEGMENT.split(data)
    at = chance.randrange(len(segments))
    separator = chance.choice((b"+", b":"))
    parts = segments[at].split(separator)
    one, two = chance.randrange(len(parts)), chance.randrange(len(parts))
    match chance.randrange(4):
        case 0:
            del parts[one]
        case 1:
            parts.insert(two, parts[one])
        case 2:
            parts[one], parts[two] = parts[two], parts[one]
        case _:
            parts[one:one] = [b""] * chance.randint(1, 9)
    segments[at] = separator.join(parts)
    return b"'".join(segments)


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, put_token, put_token, cut_out, truncate, splice, wrap, reencode, other_separator,
    of_segments, of_segments, of_elements, of_elements, of_elements,
)  # fmt: skip
