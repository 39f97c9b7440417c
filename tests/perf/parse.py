"""How long a passenger list and a bookings push take to read, against cutting them at separators alone.

``doubling`` reads files of 0.5 to 8 MB and gives the time of each against the one of half its size. A file holds
interchanges of 2 MB at most, as many as it takes: 8 MB of a passenger list are 570,000 segments, and an interchange
may have 200,000. ``pydifact`` cuts the same text by the open library of that name, in turns with ours: both make all
segments with all their elements and components as lists, neither understands them.
"""

import contextlib
import re
import statistics
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from pydifact.parser import Parser

from app.formats import paxlst, pnrgov
from app.formats.edifact import EdifactError, RawMessage, interchanges
from app.formats.stretches import stretches
from app.messages.scrub import scrub
from tests.perf import texts
from tests.perf.measure import Figures, Size, against, cpu_ms, without_collector

TIMES = (1, 2, 4, 8)
DOUBLINGS = (1, 2, 4, 8, 16)  # times half a megabyte
LARGEST = 4  # of one interchange, in the same unit
HOSTILE = (
    "'", "'UNZ", "?", "UNB+UNOA:4+", "UNA:+.? '", "x UNB+UNOA:4'UNZ+0'x",
    "IFT+4:28+" + "1 " * 200 + "'", "LTS+" + "FP CC" * 80 + "'", "ADD++7:::::::" + "(" * 400 + "'",
    "SSR+DOCS:HK:1:ZZ:::::" + "-1A" * 150 + "'", "SSR+CTCM:HK:1:ZZ:::::" + "-1A" * 150 + "'",
)  # fmt: skip
HOSTILE_XML = ("<", "a<", "<a ", "<PNRs>", "<!", "<!--", "<?xml ", "<![CDATA[", "</PNR", '<a b="')
_PLAIN = re.compile(rb"['+:]")


def figures(size: Size) -> Figures:
    """Targets of the design: 10 ms and 40 ms CPU, and linear."""
    rounds = size.pick(3, 11, 31)
    return {
        "paxlst_300": _message(texts.passenger_list, texts.PASSENGERS, rounds, 10),
        "pnrgov_127": _message(texts.booking_push, texts.BOOKINGS, rounds, 40),
        "scrub_127": _scrub(rounds),
        "pydifact": {
            "paxlst_300": _pydifact(texts.passenger_list(), rounds),
            "pnrgov_127": _pydifact(texts.booking_push(), rounds),
        },
        "doubling": _doubling(size.pick(2, 3, 7)),
        "hostile": _hostile(),
    }


def _message(write: Callable[[int], bytes], count: int, rounds: int, target: int) -> Figures:
    data = write(count)
    pieces = len(_PLAIN.findall(data))
    return {
        "bytes": len(data),
        "separators": pieces,
        "faults": _faults(data),
        "read": (found := against(lambda: read(data), lambda: split(data), rounds)),
        "us_per_item": round(1000 * found["min"] / count, 1),
        "reference": "bytes.split of segments, elements and components",
        "target_ms": target,
        "linear": _growth(write, count, max(2, rounds // 4)),
    }


def _scrub(rounds: int) -> Figures:
    """What receiving the push costs before it is sealed: its card numbers become tokens."""
    data = texts.booking_push().replace(b"XXXXXXXXXXXX1111", b"4111111111111111")
    work = partial(scrub, data, fingerprint=lambda card: card.rjust(32, "0"))
    return {
        "bytes": len(data),
        "scrub": against(work, lambda: split(data), rounds),
        "reference": "bytes.split of segments, elements and components",
    }


def _growth(write: Callable[[int], bytes], count: int, rounds: int) -> Figures:
    """Milliseconds per person or booking at once, twice, ... the size, the first as 1."""
    each = {}
    for times in TIMES:
        data = write(times * count)
        each[f"x{times}"] = cpu_ms(lambda data=data: read(data), rounds)["min"] / times
    first = each["x1"]
    return {"unit": "ratio per item", **{k: round(v / first, 2) for k, v in each.items()}}


def _doubling(rounds: int) -> Figures:
    """The time of a file against the time of half of it, measured in turns; 2 is linear."""
    lists = _files(texts.passenger_list, texts.PASSENGERS)
    pushes = _files(texts.booking_push, texts.BOOKINGS)
    return {
        "unit": "times, for each file against half of it",
        "bytes": {"paxlst": [len(one) for one in lists], "pnrgov": [len(one) for one in pushes]},
        "tokenize_paxlst": _ratios(tokenize, lists, rounds),
        "tokenize_pnrgov": _ratios(tokenize, pushes, rounds),
        "read_paxlst": _ratios(read_each, lists, rounds),
        "read_pnrgov": _ratios(read_each, pushes, rounds),
    }


def _files(write: Callable[[int], bytes], count: int) -> list[bytes]:
    """About 0.5, 1, 2, 4 and 8 MB."""
    half = count * 500_000 // len(write(count))
    return [write(min(n, LARGEST) * half) * max(1, n // LARGEST) for n in DOUBLINGS]


def _ratios(work: Callable[[bytes], object], files: list[bytes], rounds: int) -> Figures:
    """Small files are measured more often: all steps take about the same time. The collector looks
    through all of the process once in so many values, not at all within the smallest file: one such
    look is a third of reading half a megabyte, so `reading_alone` leaves the collector out.
    """
    found = []
    for small, large in pairwise(files):
        work(large)
        times = max(rounds, min(5 * rounds, rounds * len(files[-1]) // (2 * len(large))))
        found.append(
            [
                (*without_collector(partial(work, small)), *without_collector(partial(work, large)))
                for _ in range(times)
            ]
        )
    return {
        "cpu_ms": [
            round(ms, 1) for ms in (_median(found[0], 0), *(_median(one, 2) for one in found))
        ],
        "ratios": [_growths(one, 0, 2) for one in found],
        "reading_alone": [_growths(one, 1, 3) for one in found],
    }


Times = Sequence[tuple[float, float, float, float]]
"""Of a file and of the one twice as large: milliseconds with and without the collector."""


def _median(rows: Times, place: int) -> float:
    return statistics.median(row[place] for row in rows)


def _growths(rows: Times, small: int, large: int) -> float:
    return round(statistics.median(row[large] / row[small] for row in rows), 2)


def _pydifact(data: bytes, rounds: int) -> Figures:
    """How many times as long the library takes."""
    text = data.decode()

    def theirs() -> int:
        return sum(len(segment.elements) for segment in Parser().parse(text))

    with warnings.catch_warnings():  # it misses its own tables of these directories
        warnings.simplefilter("ignore")
        found = against(theirs, lambda: tokenize(data), rounds)
    return {
        "pydifact_ms": found["median"],
        "ours_ms": found["reference_ms"],
        "ratio": found["ratio"],
        "target_ratio": 8,
    }


def _hostile() -> Figures:
    """Text made to be costly: how much longer ten times as much of it takes; 10 is linear."""
    head = "UNB+UNOA:4+A+B+260101:1200+1'UNH+1+PNRGOV:11:1:IA'SRC'"
    growth = {unit[:24]: _tenfold(_try, unit, head) for unit in HOSTILE}
    growth |= {f"XML {unit}": _tenfold(_receive, unit) for unit in HOSTILE_XML}
    return {"unit": "times, for 400 kB against 40 kB", "worst": max(growth.values()), **growth}


def _tenfold(work: Callable[[bytes], object], unit: str, head: str = "") -> float:
    """How much longer 400 kB of it take than 40."""
    small, large = (
        cpu_ms(partial(work, (head + unit * (size // len(unit))).encode()), 3)["min"]
        for size in (40_000, 400_000)
    )
    return round(large / max(small, 1.0), 1)


def _try(data: bytes) -> None:
    with contextlib.suppress(EdifactError):
        read(data)


def _receive(data: bytes) -> None:
    """What is done with any body that is posted, before it is stored."""
    stretches(data)
    scrub(data)


def read(data: bytes) -> list[object]:
    """From bytes to values, all messages."""
    return [_READERS[m.type](m) for found in interchanges(data) for m in found.messages]


def read_each(data: bytes) -> int:
    """As the service does: one message after the other, none kept."""
    return sum(
        bool(_READERS[message.type](message))
        for found in interchanges(data)
        for message in found.messages
    )


def tokenize(data: bytes) -> int:
    """From bytes to the elements and components of every segment, one segment after the other."""
    return sum(
        len(segment.composites())
        for found in interchanges(data)
        for message in found.messages
        for segment in message.segments
    )


_READERS = {"PAXLST": paxlst.read, "PNRGOV": pnrgov.read}


def split(data: bytes) -> list[list[list[bytes]]]:
    """The least that a reader can do: cut at the separators, understand nothing."""
    return [
        [element.split(b":") for element in segment.split(b"+")] for segment in data.split(b"'")
    ]


def _faults(data: bytes) -> int:
    """The texts are as they should be: a reader that stumbles would measure something else."""
    return sum(_faults_of(m) for found in interchanges(data) for m in found.messages)


def _faults_of(message: RawMessage) -> int:
    if message.type == "PAXLST":
        listing = paxlst.read(message)
        return len(listing.faults) + sum(len(person.faults) for person in listing.persons)
    push = pnrgov.read(message)
    return len(push.faults) + sum(len(record.faults) for record in push.records)
