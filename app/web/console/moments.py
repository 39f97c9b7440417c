"""Times as officers read them: local to the airport with the zone named, relative beside absolute; in the language of the
request, with the hours of a day by 24.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from app.formats import codes
from app.web.translation import gettext, language

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Moments:
    """Says times for one reader: ``now`` (aware UTC) and the ``port`` whose clock hangs on the wall."""

    now: datetime
    port: str

    @property
    def zone(self) -> tzinfo:
        place = codes.airport(self.port)
        return ZoneInfo(place.timezone) if place else UTC

    def local(self, moment: datetime, port: str = "") -> datetime:
        """The wall-clock time at ``port`` (default: the reader's)."""
        place = codes.airport(port) if port else None
        return moment.astimezone(ZoneInfo(place.timezone) if place else self.zone)

    def clock(self, moment: datetime, port: str = "") -> str:
        """``14:05 JST``; with the day where it is not today's: ``11 Mar 14:05 JST``."""
        there, here = self.local(moment, port), self.local(self.now, port)
        time = f"{there:%H:%M} {there:%Z}"
        return time if there.date() == here.date() else f"{self.day(there.date())} {time}"

    def stamp(self, moment: datetime) -> str:
        """To the second, for timelines: ``14:05:09``."""
        there = self.local(moment)
        time = f"{there:%H:%M:%S}"
        today = self.local(self.now).date()
        return time if there.date() == today else f"{self.day(there.date())} {time}"

    def day(self, day: date) -> str:
        """``11 Mar``, with the year where it is another one."""
        is_other = day.year != self.local(self.now).year
        if language() != "en":
            said: str = format_skeleton("yMMMd" if is_other else "MMMd", day, locale=language())
            return said
        return f"{day.day} {day:%b}" + (f" {day.year}" if is_other else "")

    def relative(self, moment: datetime) -> str:
        """``in 12 min`` or ``12 min ago``."""
        seconds = (moment - self.now).total_seconds()
        if abs(seconds) < 1:
            return gettext("now")
        said = duration(timedelta(seconds=abs(seconds)))
        return (
            gettext("in %(span)s", span=said) if seconds > 0 else gettext("%(span)s ago", span=said)
        )

    def left(self, moment: datetime) -> str:
        """How long something lasts yet; what has ended lasts 0 s."""
        return duration(max(moment - self.now, timedelta()))

    def age(self, moment: datetime) -> str:
        """How long something has been waiting; what lies ahead is 0 s old."""
        return duration(max(self.now - moment, timedelta()))


def duration(span: timedelta) -> str:
    """``40 s``, ``12 min``, ``2 h 05 min``, ``3 d 4 h``."""
    seconds = int(span.total_seconds())
    if seconds < MINUTE:
        return gettext("%(n)s s", n=seconds)
    if seconds < HOUR:
        return gettext("%(n)s min", n=seconds // MINUTE)
    if seconds < DAY:
        hours, minutes = seconds // HOUR, f"{seconds % HOUR // MINUTE:02d}"
        return gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    return gettext("%(days)s d %(hours)s h", days=seconds // DAY, hours=seconds % DAY // HOUR)
