"""How long a passenger list and a bookings push take to read, against cutting them at separators alone."""

import re
from collections.abc import Callable

from app.formats import paxlst, pnrgov
from app.formats.edifact import RawMessage, interchanges
from tests.perf import texts
from tests.perf.measure import Figures, Size, against, cpu_ms

TIMES = (1, 2, 4, 8)
_PLAIN = re.compile(rb"['+:]")


def figures(size: Size) -> Figures:
    """Targets of the design: 10 ms and 40 ms CPU, and linear."""
    rounds = size.pick(3, 11, 31)
    return {
        "paxlst_300": _message(texts.passenger_list, texts.PASSENGERS, rounds, 10),
        "pnrgov_127": _message(texts.booking_push, texts.BOOKINGS, rounds, 40),
    }


def _message(write: Callable[[int], bytes], count: int, rounds: int, target: int) -> Figures:
    data = write(count)
    pieces = len(_PLAIN.findall(data))
    return {
        "bytes": len(data),
        "separators": pieces,
        "faults": _faults(data),
        "read": against(lambda: read(data), lambda: split(data), rounds),
        "reference": "bytes.split of segments, elements and components",
        "target_ms": target,
        "linear": _growth(write, count, max(2, rounds // 4)),
    }


def _growth(write: Callable[[int], bytes], count: int, rounds: int) -> Figures:
    """Milliseconds per person or booking at once, twice, ... the size, the first as 1."""
    each = {}
    for times in TIMES:
        data = write(times * count)
        each[f"x{times}"] = cpu_ms(lambda data=data: read(data), rounds)["min"] / times
    first = each["x1"]
    return {"unit": "ratio per item", **{k: round(v / first, 2) for k, v in each.items()}}


def read(data: bytes) -> list[object]:
    """From bytes to values, all messages."""
    return [_READERS[m.type](m) for found in interchanges(data) for m in found.messages]


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
