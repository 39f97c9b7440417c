"""What a token of another system is good for: no more than its work needs."""

from enum import StrEnum


class Scope(StrEnum):
    """One thing that a sender's token can be made for."""

    MESSAGES_WRITE = "messages:write"
    MESSAGES_READ = "messages:read"
    QUALITY_READ = "quality:read"
    FLIGHTS_READ = "flights:read"
    FLIGHTS_WRITE = "flights:write"
    EVENTS_READ = "events:read"
    STATISTICS_READ = "statistics:read"


MEANINGS: dict[Scope, str] = {
    Scope.MESSAGES_WRITE: "send transmissions and say which answers have arrived",
    Scope.MESSAGES_READ: "read what became of one's own transmissions, answers and certification",
    Scope.QUALITY_READ: "read the figures of one's own data quality, also on the carriers' page",
    Scope.FLIGHTS_READ: "read the site's flights with counts, nobody's name",
    Scope.FLIGHTS_WRITE: "say where flights are (an airport's system, `egate sender --flights`)",
    Scope.EVENTS_READ: "hear which flights, halls and lanes of the site have changed: ids alone",
    Scope.STATISTICS_READ: "read figures of days and of effectiveness, rounded where few people are counted",
}

CARRIER = frozenset({Scope.MESSAGES_WRITE, Scope.MESSAGES_READ, Scope.QUALITY_READ})
AIRPORT = frozenset({Scope.FLIGHTS_READ, Scope.FLIGHTS_WRITE, Scope.EVENTS_READ})
