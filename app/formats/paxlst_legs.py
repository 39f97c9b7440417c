"""Flight legs out of the TDT groups of PAXLST (route with several sectors)."""

from datetime import datetime
from itertools import pairwise

from app.formats.codes import FlightNumber
from app.formats.edifact import Segment
from app.formats.paxlst_model import Leg, StopKind

# DTM 2005 at a stop; scheduled times (189, 232) win over estimated and actual ones.
DEPARTURES = frozenset({"189", "136", "133", "186"})
ARRIVALS = frozenset({"232", "132", "178"})
TIMES = DEPARTURES | ARRIVALS
_SCHEDULED = frozenset({"189", "232"})


class StopDraft:
    def __init__(self, kind: StopKind, airport: str) -> None:
        self.kind = kind
        self.airport = airport
        self.departure: datetime | None = None
        self.arrival: datetime | None = None

    def set_time(self, qualifier: str, moment: datetime) -> None:
        scheduled = qualifier in _SCHEDULED
        if qualifier in DEPARTURES and (scheduled or self.departure is None):
            self.departure = moment
        elif qualifier in ARRIVALS and (scheduled or self.arrival is None):
            self.arrival = moment


class StageDraft:
    """One TDT group: flight and stops."""

    def __init__(self, segment: Segment) -> None:
        self.stage = segment.value(1)
        self.text = segment.value(2)
        self.carrier = segment.value(5)
        self.stops: list[StopDraft] = []
        self.own = StopDraft(StopKind.OTHER, "")  # DTM of SG2, before any stop: of the whole route

    def legs(self) -> list[Leg]:
        """Stops in order: a departure followed by an arrival makes a leg (2.5 of the notes).

        A stop in the middle may carry both times, or stand once without any; what has no partner
        makes a half-open leg only when nothing else is known of the stage.
        """
        self._set_ends()
        legs = []
        pending: StopDraft | None = None
        for before, stop in zip([None, *self.stops], self.stops, strict=False):
            start = before if pending is None and _only_arrives(stop) else pending
            if start is None:
                pending = stop
                continue
            legs.append(self._leg(start, stop))
            pending = stop if _departs_again(stop) else None
        if legs:
            return legs
        if pending is None or _is_departure(pending):
            return [self._leg(pending, None)]
        return [self._leg(None, pending)]

    def _set_ends(self) -> None:
        """The route from its start to its end, each with its time, wherever its times were written."""
        if len(self.stops) == 2:
            _in_order(self.stops)
        for before, stop in pairwise(self.stops):
            _give_back(before, stop)
        if self.stops:
            first, last = self.stops[0], self.stops[-1]
            if not any(stop.departure for stop in self.stops):
                first.departure = self.own.departure
            if not any(stop.arrival for stop in self.stops):
                last.arrival = self.own.arrival

    def _leg(self, start: StopDraft | None, end: StopDraft | None) -> Leg:
        return Leg(
            flight=FlightNumber.parse(self.text, self.carrier),
            flight_text=self.text,
            carrier=self.carrier,
            stage=self.stage,
            departure_airport=start.airport if start else "",
            arrival_airport=end.airport if end else "",
            departure=start.departure if start else None,
            arrival=end.arrival if end else None,
            crosses_border=_crosses(start, end),
        )


def _in_order(ends: list[StopDraft]) -> None:
    """Of two stops 125 and 87 make the same leg in either order; both times may stand at one of them."""
    start, end = ends
    if (start.kind, end.kind) == (StopKind.ARRIVAL_AT_BORDER, StopKind.DEPARTURE_BEFORE_BORDER):
        ends.reverse()
        start, end = end, start
    if not _crosses(start, end):
        return
    if end.arrival is None:
        start.arrival, end.arrival = None, start.arrival
    if start.departure is None:
        start.departure, end.departure = end.departure, None


def _give_back(before: StopDraft, stop: StopDraft) -> None:
    """Both times of a leg at its end: nobody leaves a place before arriving there, by the same clock."""
    left, landed = stop.departure, stop.arrival
    if before.departure is None and left and landed and left < landed:
        before.departure, stop.departure = left, None


def _only_arrives(stop: StopDraft) -> bool:
    if stop.departure or stop.arrival:
        return stop.departure is None
    return stop.kind in (StopKind.ARRIVAL_AT_BORDER, StopKind.FINAL_DESTINATION)


def _departs_again(stop: StopDraft) -> bool:
    return stop.departure is not None or stop.kind is StopKind.DEPARTURE_BEFORE_BORDER


def _is_departure(stop: StopDraft) -> bool:
    if stop.departure or stop.arrival:
        return stop.departure is not None
    return stop.kind not in (StopKind.ARRIVAL_AT_BORDER, StopKind.FINAL_DESTINATION)


def _crosses(start: StopDraft | None, end: StopDraft | None) -> bool:
    leaves = start is None or start.kind is StopKind.DEPARTURE_BEFORE_BORDER
    arrives = end is None or end.kind is StopKind.ARRIVAL_AT_BORDER
    return leaves and arrives and (start is not None or end is not None)
