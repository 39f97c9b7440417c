"""PNRGOV messages to values: `read`."""

from collections.abc import Callable, Iterator
from typing import Literal

from app.formats.edifact import Fault, Position, RawMessage, Segment
from app.formats.pnrgov import elements, linking
from app.formats.pnrgov.booking import TAGS, BookingReader
from app.formats.pnrgov.damage import holds_glued, mended
from app.formats.pnrgov.drafts import Context, Damaged
from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.formats.pnrgov.record import Pnr, PnrPush

_OF_BOOKINGS = frozenset({"RCI", "TIF", "SSR"})
Severity = Literal["error", "warning"]


def read(
    message: RawMessage,
    *,
    deny: frozenset[str] = SENSITIVE_SSR,
    fingerprint: Callable[[str], str] | None = None,
) -> PnrPush:
    """One PNRGOV message. Never raises: what cannot be read becomes a fault at its segment, of the
    booking it stands in or else of the push (whose faults begin with those of the EDIFACT layer). Without a flight (`no_flight`) the push is unusable.

    `deny` holds the service codes to drop and count; `fingerprint` is applied to card numbers at
    once (a keyed hash is meant), the numbers themselves are in nothing that comes out.
    """
    watching = Context(message, deny, fingerprint, watch=True)
    try:
        if not holds_glued(message):
            return _read(watching)
    except Damaged:
        pass
    return _read(Context(mended(message), deny, fingerprint))


def _read(context: Context) -> PnrPush:
    """Reads; where the context watches, raises Damaged where something may begin somebody else."""
    message = context.message
    reader, segments = _Reader(message, context), iter(message.segments.numbered())
    source = reader.head(segments)
    while source is not None:
        booking = BookingReader(context, len(reader.records), source)
        source = booking.take(segments)
        # made final at once: a push has hundreds, and what lives long is looked at again and again
        # by the garbage collector (6 % of the time against 2 %)
        reader.records.append(linking.finish(booking.finish(), context))
    return reader.finish()


class _Reader:
    def __init__(self, message: RawMessage, context: Context) -> None:
        self.message = message
        self.context = context
        self.faults = list(message.faults)
        self.records: list[Pnr] = []
        self.sender = self.sender_city = self.function = ""
        self.expected: int | None = None
        prepared = message.interchange.prepared
        self.prepared = prepared.date() if prepared else None
        self.context.travel = self.context.today = self.prepared

    def head(self, segments: Iterator[tuple[int, str]]) -> int | None:
        """What stands before the first SRC, whose number it gives; None when there is none."""
        for number, text in segments:
            segment = Segment(text, number, self.context.separators)
            if segment.tag == "SRC":
                return number
            self._take(segment)
        return None

    def _take(self, segment: Segment) -> None:
        match segment.tag:
            case "MSG":
                self.function = segment.value(1, 2) or segment.value(1)
            case "ORG":
                self.sender = elements.code(segment.value(1))
                self.sender_city = elements.code(segment.value(1, 2))
            case "TVL" if self.context.flight is None:
                self._flight(segment)
            case "EQN":
                self.expected = elements.number(segment.value(1))
            case "UNH" | "UNT" | "TVL":
                pass
            case tag if self.context.watch and tag not in TAGS:
                raise Damaged
            case tag if tag in _OF_BOOKINGS:
                text = "segment of a booking that no SRC begins"
                self._fault("booking_unread", text, segment, "error")
            case _:
                self._fault(
                    "unknown_segment", "segment not known before the first booking", segment
                )

    def _flight(self, segment: Segment) -> None:
        day, credible = elements.header_day(segment.value(1), self.prepared)
        if not credible:
            self._fault("flight_date", "date of the flight is far from the message's", segment)
        year_first = elements.is_year_first(segment.components(1), day)
        self.context.year_first = year_first
        leg = elements.flight(segment, day, year_first=year_first).leg
        if leg.marketing is None or leg.departure_local is None:
            self._fault("flight", "flight number or date cannot be read", segment, "error")
        self.context.flight = leg
        self.context.travel = day or self.prepared

    def _fault(
        self, code: str, text: str, segment: Segment | None, severity: Severity = "warning"
    ) -> None:
        where: Position | None = self.message.position(segment) if segment else None
        self.faults.append(Fault(code, text, where, severity))

    def finish(self) -> PnrPush:
        if self.context.flight is None:
            self._fault("no_flight", "no flight before the first booking", None, "error")
        part = self.message.sequence is not None and self.message.part != ""
        if not part and self.expected not in (None, len(self.records)):
            self._fault("booking_count", "EQN counts other bookings", None)
        return PnrPush(
            sender=self.sender or self.message.interchange.sender,
            sender_city=self.sender_city,
            function=self.function,
            flight=self.context.flight,
            expected=self.expected,
            reference=self.message.reference,
            sequence=self.message.sequence,
            part=self.message.part,
            records=tuple(self.records),
            faults=tuple(self.faults),
            prepared=self.message.interchange.prepared,
        )
