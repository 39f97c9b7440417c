"""ACKRES: a state's acknowledgement of a PNRGOV push, only where it was agreed (IATA PADIS).

MSG+:23 with the response type (4343), ERC with the reasons, nothing else.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.formats.edifact import Fault, Header, RawMessage, Segment, Writer
from app.formats.paxlst_person import kind_of

FUNCTION = "23"


class Response(StrEnum):
    """4343: what became of the push."""

    PROCESSED = "3"
    REJECTED = "7"


class Reason(StrEnum):
    """ERC 9321, those that we give."""

    CARRIER = "107"
    FLIGHT = "114"
    NOT_PROCESSED = "118"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One ACKRES message; `common_access_reference` repeats that of the push."""

    header: Header
    response: str = Response.PROCESSED
    reasons: tuple[str, ...] = ()
    function: str = FUNCTION
    reference: str = "1"
    version: str = "11.1"
    agency: str = "IA"
    common_access_reference: str = ""
    unknown: tuple[tuple[str, int], ...] = ()
    faults: tuple[Fault, ...] = ()


def read(message: RawMessage) -> Acknowledgement:
    """What the message says; faults of the EDIFACT layer come first in its faults. Never raises."""
    reader = _Reader(message)
    for segment in message.segments:
        _HANDLERS.get(segment.tag, _Reader.note_unknown)(reader, segment)
    return reader.finish()


class _Reader:
    def __init__(self, message: RawMessage) -> None:
        self.message = message
        self.function = ""
        self.response = ""
        self.reasons: list[str] = []
        self.unknown: Counter[str] = Counter()
        self.faults = list(message.faults)

    def finish(self) -> Acknowledgement:
        if not self.response:
            text = "no MSG says what became of the push"
            self.faults.append(Fault("response_missing", text, severity="warning"))
        message = self.message
        return Acknowledgement(
            message.interchange, self.response, tuple(self.reasons), self.function,
            message.reference, f"{message.version}.{message.release}", message.agency,
            message.common_access_reference, tuple(self.unknown.items()), tuple(self.faults),
        )  # fmt: skip

    def note_unknown(self, segment: Segment) -> None:
        self.unknown[kind_of(segment)] += 1


def _msg(reader: _Reader, segment: Segment) -> None:
    reader.function, reader.response = segment.value(1, 2), segment.value(2)
    if reader.response and reader.response not in set(Response):
        where = reader.message.position(segment, 2)
        text = "unknown type of response"
        reader.faults.append(Fault("response_code", text, where, "warning"))


def _erc(reader: _Reader, segment: Segment) -> None:
    if code := segment.value(1):
        reader.reasons.append(code)


def _ignore(_reader: _Reader, _segment: Segment) -> None:
    """UNH and UNT are the EDIFACT layer's."""


_HANDLERS: dict[str, Callable[[_Reader, Segment], None]] = {
    "UNH": _ignore,
    "UNT": _ignore,
    "MSG": _msg,
    "ERC": _erc,
}


def write(*acknowledgements: Acknowledgement) -> str:
    """One interchange with a message for each; the header of the first is the interchange's.

    Raises ValueError without any or when the header has no time of preparation.
    """
    if not acknowledgements:
        raise ValueError("an interchange needs an acknowledgement")
    out = Writer.of(acknowledgements[0].header, syntax_version="1")
    for one in acknowledgements:
        version, _, release = one.version.partition(".")
        out.begin(
            one.reference, ("ACKRES", version, release, one.agency), one.common_access_reference
        )
        out.segment("MSG", ("", one.function), one.response)
        for reason in one.reasons:
            out.segment("ERC", reason)
        out.end()
    return out.close()
