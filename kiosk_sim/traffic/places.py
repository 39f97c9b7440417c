"""Where flights come from and who flies them: real airports, invented carriers with their ways of sending.

Airports, countries, positions and zones are those of ``app.formats.codes``; who lives there, how large the
stations are and which carrier serves them is made up.
"""

import math
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from app.formats import codes

_STATIONS = (
    "ICN KOR 9|PUS KOR 4|PVG CHN 7|PEK CHN 6|CAN CHN 5|TPE TWN 8|HKG HKG 8|MNL PHL 6|BKK THA 7|"
    "HAN VNM 4|SGN VNM 4|SIN SGP 7|KUL MYS 5|CGK IDN 4|DEL IND 4|BOM IND 3|KTM NPL 2|CMB LKA 2|"
    "DXB ARE 5|DOH QAT 4|RUH SAU 2|CAI EGY 2|IST TUR 4|LHR GBR 6|MAN GBR 2|CDG FRA 5|AMS NLD 4|"
    "FRA DEU 5|MUC DEU 3|ZRH CHE 2|VIE AUT 2|CPH DNK 2|ARN SWE 2|HEL FIN 3|OSL NOR 1|MAD ESP 3|"
    "LIS PRT 2|FCO ITA 3|ALA KAZ 2|SOF BGR 1|LAX USA 6|SFO USA 5|JFK USA 5|ORD USA 3|HNL USA 4|"
    "YVR CAN 4|YYZ CAN 3|MEX MEX 2|GRU BRA 2|EZE ARG 1|SCL CHL 1|SYD AUS 5|MEL AUS 4|AKL NZL 3|"
    "JNB ZAF 2|NBO KEN 2|LOS NGA 1|ADD ETH 2|NRT JPN 8|KIX JPN 6|DUB IRL 2|BRU BEL 2"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Station:
    """An airport with a share of the traffic; ``people`` is the state whose citizens mostly live there."""

    port: str
    people: str
    weight: int

    @property
    def country(self) -> str:
        """Alpha-2."""
        place = codes.airport(self.port)
        return place.country if place else ""


@cache
def stations() -> tuple[Station, ...]:
    """All stations, in a fixed order."""
    rows = (row.split(" ") for row in _STATIONS.split("|"))
    return tuple(Station(port, people, int(weight)) for port, people, weight in rows)


def abroad(site: str) -> tuple[Station, ...]:
    """The stations in other countries than the site's."""
    home = codes.airport(site)
    return tuple(one for one in stations() if home is None or one.country != home.country)


@cache
def flying_time(one: str, other: str) -> timedelta:
    """Gate to gate, to five minutes: 40 minutes, and a minute for 14 kilometres of the great circle."""
    a, b = codes.airport(one), codes.airport(other)
    if a is None or b is None:
        return timedelta(hours=6)
    la, lb = math.radians(a.latitude), math.radians(b.latitude)
    turn = math.radians(b.longitude - a.longitude)
    cosine = math.sin(la) * math.sin(lb) + math.cos(la) * math.cos(lb) * math.cos(turn)
    minutes = 40 + 6371 * math.acos(max(-1.0, min(1.0, cosine))) / 14
    return timedelta(minutes=5 * round(minutes / 5))


# --- carriers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApiWay:
    """How a carrier's system writes PAXLST and when.

    ``padding``: digits of the flight number. ``size``: persons in a part, 0 = all in one. ``wrap``: columns
    of the telegram, 0 = none. ``una``: the six characters, '' = no UNA; `B` = level B. ``closing``: how the
    carrier says who is on board (CLOB, CLNB), that no more come (CL), or by a second list (DC). ``each``: a
    message for every passenger who checks in.
    """

    version: str = "D.05B"
    padding: int = 4
    size: int = 0
    wrap: int = 0
    una: str = ":+.? '"
    closing: str = "CLOB"
    each: bool = False
    qualifier: str = ""
    application: str = "APIS"
    association: str = "IATA"
    references: bool = True
    bags: bool = True
    together: bool = False  # passenger and crew list as two interchanges in one transmission
    agency: str = (
        "111"  # of the codes in DOC: IATA, 109 in the United Kingdom, ZZZ agreed between two
    )
    master: bool = False  # sends master crew lists
    grouped: bool = False  # messages in a group, UNG to UNE


@dataclass(frozen=True, slots=True)
class Carrier:
    """``api_sender`` and ``pnr_sender`` name the connections that its messages come by.

    ``history``: how bookings tell what was done to them, ABI (GR.10 to 12), LTS or not at all. ``xml``: pushes
    are PNRGOV in XML.
    """

    code: str
    api_sender: str
    pnr_sender: str
    api: ApiWay = field(default_factory=ApiWay)
    pnr_una: str = ":+.?*'"
    history: str = "ABI"
    xml: bool = False


CARRIERS = (
    Carrier("XX", "xx-direct", "xx-direct"),
    Carrier("ZZ", "zz-direct", "gds-pnr", ApiWay("D.02B", 3, closing="CLNB", qualifier="ZZ",
            agency="ZZZ"), ":+.\\*'", "LTS"),
    Carrier("QQ", "host-north", "gds-pnr",
            ApiWay("D.12B", 4, size=50, wrap=69, una="", closing="CL", association="", bags=False)),
    Carrier("YY", "host-north", "host-north",
            ApiWay("D.15B", 3, una=":*.? $", closing="CLOB", together=True), ":*.? #"),
    Carrier("X0", "x0-interactive", "gds-pnr", ApiWay("D.05B", 0, closing="CLOB", each=True,
            application="IAPI", agency="ZZZ"), history=""),
    Carrier("Q0", "host-south", "host-south",
            ApiWay("D.05B", 4, closing="DC", application="UKBAOP", qualifier="ZZ",
            agency="109"), xml=True),
    Carrier("Z0", "host-south", "host-south",
            ApiWay("D.02B", 4, size=50, wrap=63, una="", closing="CL", association="CBP",
            master=True, grouped=True), ":-.? *", "LTS"),
    Carrier("0Q", "0q-direct", "0q-direct", ApiWay("D.10A", 3, una="B", closing="CLNB")),
)  # fmt: skip
"""Invented airlines: each with its own habits, some behind a host that sends for several."""


def carrier(code: str) -> Carrier:
    """The carrier of a code. Raises KeyError."""
    return _BY_CODE[code]


_BY_CODE = {one.code: one for one in CARRIERS}


def senders(among: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """The carriers that each connection speaks for; ``among`` limits them to these carriers."""
    found: dict[str, set[str]] = {}
    for one in CARRIERS:
        if not among or one.code in among:
            found.setdefault(one.api_sender, set()).add(one.code)
            found.setdefault(one.pnr_sender, set()).add(one.code)
    return {name: sorted(codes_) for name, codes_ in sorted(found.items())}


# Numbers that card networks keep for tests; no account stands behind them.
TEST_CARDS = (
    ("VI", "4111111111111111"), ("VI", "4012888888881881"), ("CA", "5555555555554444"),
    ("CA", "5105105105105100"), ("AX", "378282246310005"), ("DC", "30569309025904"),
    ("JC", "3530111333300000"),
)  # fmt: skip
