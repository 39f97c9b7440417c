"""Codes of states, airports and flights.

States: ISO 3166 with the additions of ICAO Doc 9303-3 section 5. Airports: IATA and ICAO codes with
country and time zone, loaded once when first asked for (about 0.3 s). Flight numbers: normalised,
because API and PNR of the same flight are padded differently.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

import airportsdata
import iso3166

# --- states --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Country:
    """A state or other issuer; `alpha2` is '' where only ICAO Doc 9303 knows the code."""

    alpha3: str
    alpha2: str
    name: str


_ICAO_ONLY = (
    Country("EUE", "EU", "European Union"),
    Country("GBD", "GB", "British Overseas Territories Citizen"),
    Country("GBN", "GB", "British National (Overseas)"),
    Country("GBO", "GB", "British Overseas Citizen"),
    Country("GBP", "GB", "British Protected Person"),
    Country("GBS", "GB", "British Subject"),
    Country("RKS", "XK", "Kosovo"),
    Country("UNO", "UN", "United Nations"),
    Country("UNA", "UN", "United Nations specialized agency"),
    Country("UNK", "", "United Nations Interim Administration Mission in Kosovo"),
    Country("XBA", "", "African Development Bank"),
    Country("XIM", "", "African Export-Import Bank"),
    Country("XCC", "", "Caribbean Community"),
    Country("XCE", "", "Council of Europe"),
    Country("XCO", "", "Common Market for Eastern and Southern Africa"),
    Country("XDC", "", "Southern African Development Community"),
    Country("XEC", "", "Economic Community of West African States"),
    Country("XES", "", "Organisation of Eastern Caribbean States"),
    Country("XMP", "", "Parliamentary Assembly of the Mediterranean"),
    Country("XOM", "", "Sovereign Military Order of Malta"),
    Country("XPO", "", "Interpol"),
    Country("XXA", "", "Stateless person"),
    Country("XXB", "", "Refugee (1951 Convention)"),
    Country("XXC", "", "Refugee (other)"),
    Country("XXX", "", "Unspecified nationality"),
    Country("UTO", "", "Utopia (specimen)"),
)
_ALIASES = {"D": "DEU", "XKX": "RKS", "XK": "RKS", "KOS": "RKS", "UK": "GBR", "UN": "UNO"}


def _states() -> dict[str, Country]:
    found: dict[str, Country] = {}
    for state in iso3166.countries_by_alpha3.values():
        country = Country(state.alpha3, state.alpha2, state.apolitical_name)
        found[state.alpha3] = found[state.alpha2] = country
    for country in _ICAO_ONLY:
        found[country.alpha3] = country
    found["EU"] = found["EUE"]
    return found | {alias: found[code] for alias, code in _ALIASES.items()}


_COUNTRIES = _states()
_ALPHA3 = {code: state.alpha3 for code, state in _COUNTRIES.items()}


def country(code: str) -> Country | None:
    """The state behind an alpha-3, alpha-2 or ICAO Doc 9303 code (`D`, `RKS`, `XXA`...)."""
    return _COUNTRIES.get(code.strip(" <").upper())


def countries() -> list[Country]:
    """All states and other issuers, each once, by alpha-3 code."""
    return [_COUNTRIES[code] for code in sorted({state.alpha3 for state in _COUNTRIES.values()})]


def alpha3(code: str) -> str:
    """The alpha-3 code used in travel documents; '' when unknown. `DE`, `D` and `DEU` are `DEU`."""
    return _ALPHA3.get(code) or _ALPHA3.get(code.strip(" <").upper(), "")


def alpha2(code: str) -> str:
    """The alpha-2 code; '' when unknown or when there is none (stateless, refugees)."""
    known = country(code)
    return known.alpha2 if known else ""


def is_alpha3(code: str) -> bool:
    """Whether it is a code of a state as travel documents bear it."""
    return len(code) == 3 and _ALPHA3.get(code) == code


def is_alpha2(code: str) -> bool:
    """Whether it is the alpha-2 code of a state."""
    return len(code) == 2 and alpha2(code) == code


# --- airports ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Airport:
    """`country` is alpha-2, `timezone` a name of the IANA database, degrees in WGS 84."""

    iata: str
    icao: str
    name: str
    city: str
    country: str
    timezone: str
    latitude: float
    longitude: float

    @property
    def alpha3(self) -> str:
        return alpha3(self.country)


@cache
def _airports() -> dict[str, Airport]:
    found: dict[str, Airport] = {}
    for iata, row in airportsdata.load("IATA").items():
        airport = Airport(
            iata,
            row["icao"],
            row["name"],
            row["city"],
            row["country"],
            row["tz"],
            row["lat"],
            row["lon"],
        )
        found[iata] = airport
        if row["icao"]:
            found.setdefault(row["icao"], airport)
    return found | {code: port for code, port in _metropolitan(found).items() if code not in found}


def _metropolitan(airports: dict[str, Airport]) -> dict[str, Airport]:
    """City codes (TYO, LON): the place of their first airport; all of a city share its zone."""
    found = {}
    for code, city in airportsdata.load_iata_macs().items():
        first = airports[next(iter(city["airports"]))]
        found[code] = Airport(
            code,
            "",
            city["name"],
            city["name"],
            city["country"],
            first.timezone,
            first.latitude,
            first.longitude,
        )
    return found


def airport(code: str) -> Airport | None:
    """The airport of an IATA, ICAO or metropolitan code; None when unknown."""
    return _airports().get(code.strip(" ").upper())


def location(code: str) -> str:
    """The IATA code of a place that is known by another one (`RJAA` is `NRT`); what is not known, as it was sent."""
    place = airport(code)
    return place.iata if place else code.strip(" ").upper()


def is_location(code: str) -> bool:
    """Whether it is the IATA code of an airport or a city."""
    place = _airports().get(code)
    return place is not None and place.iata == code


@cache
def _cities() -> dict[str, frozenset[str]]:
    macs = airportsdata.load_iata_macs()
    return {code: frozenset(city["airports"]) for code, city in macs.items()}


def closer(one: str, other: str) -> str:
    """Of two codes of one place the more exact one (`LHR` of `LHR` and `LON`); '' where they are two places.

    Codes are those of :func:`location`.
    """
    if one == other or other in _cities().get(one, ()):
        return other
    return one if one in _cities().get(other, ()) else ""


def to_utc(local: datetime, airport_code: str) -> datetime | None:
    """Local wall-clock time at an airport as aware UTC; None when the airport is unknown.

    In the repeated hour of autumn the first occurrence is taken.
    """
    place = airport(airport_code)
    if place is None:
        return None
    try:
        return local.replace(tzinfo=ZoneInfo(place.timezone)).astimezone(UTC)
    except OverflowError:  # years 1 and 9999
        return None


# --- flight numbers ------------------------------------------------------------------------------

# ICAO designators of carriers that send them in place of the IATA ones.
_ICAO_CARRIERS = dict(
    pair.split(":")
    for pair in (  # noqa: SIM905  # a table is easier to read than a hundred quoted pairs
        "AAL:AA AAR:OZ ABL:BX ABY:G9 ACA:AC ACI:SB ADO:HD AEA:UX AFL:SU AFR:AF AIC:AI AIQ:FD "
        "ALK:UL AMU:NX AMX:AM ANA:NH ANG:PX ANZ:NZ APJ:MM ASA:AS AUA:OS AVA:AV AXM:AK BAW:BA "
        "BBC:BG CAL:CI CBJ:JD CCA:CA CDG:SC CEB:5J CES:MU CHH:HU CPA:CX CQH:9C CRK:HX CSC:3U "
        "CSH:FM CSN:CZ CSZ:ZH CXA:MF DAL:DL DKH:HO DLH:LH ELY:LY ESR:ZE ETD:EY ETH:ET EVA:BR "
        "EZY:U2 FDB:FZ FIN:AY FJI:FJ GFA:GF GIA:GA HAL:HA HKE:UO HVN:VN IBE:IB IGO:6E ITY:AZ "
        "JAL:JL JJA:7C JJP:GK JNA:LJ JSA:3K JST:JQ KAC:KU KAL:KE KLM:KL KQA:KQ KZR:KC LOT:LO "
        "MAS:MH MEA:ME MGL:OM MSR:MS OMA:WY PAL:PR PIA:PK QFA:QF QTR:QR RJA:RJ RNA:RA RYR:FR "
        "SAA:SA SAS:SK SBI:S7 SFJ:7G SIA:SQ SJO:IJ SJX:JX SKY:BC SNJ:6J SVA:SV SWR:LX TAM:LA "
        "TAP:TP TAX:XJ TGW:TR THA:TG THT:TN THY:TK TLM:SL TVJ:VZ TWB:TW TZP:ZG UAE:EK UAL:UA "
        "UZB:HY VIR:VS VJC:VJ WJA:WS XAX:D7"
    ).split(" ")
)
_CARRIERS = frozenset(_ICAO_CARRIERS.values())
FLIGHT = r"([A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3})([0-9]{1,4})([A-Z]?)"
"""Carrier, number and suffix without blanks, as Python and browsers read it."""

# Behind the number a date, or filler of one letter: `ZZ123/01JUN`, `ZZ123XXXXXX`; more zeros than it needs.
_DIGITS = r"0{0,8}([0-9]{1,4})(?:([A-Z])|(?P<filler>[A-Z])(?P=filler){2,})?(?:/[A-Z0-9]{0,12})?\Z"
_FLIGHT = re.compile(r"([A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3})[-/]?" + _DIGITS)
_CARRIER = re.compile(r"[A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3}\Z")
_NUMBER = re.compile(_DIGITS)


@dataclass(frozen=True, slots=True, order=True)
class FlightNumber:
    """Carrier (IATA where known), number without padding, operational suffix: ('JL', 1, '')."""

    carrier: str
    number: int
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.carrier}{self.number}{self.suffix}"

    @property
    def padded(self) -> str:
        return f"{self.carrier}{self.number:04d}{self.suffix}"

    @classmethod
    def parse(cls, text: str, carrier: str = "") -> Self | None:
        """From one field (`JL001`, `JL0001`, `JL 1A`, `JL-1`, `JAL001`), else from number and `carrier`.

        A carrier inside `text` wins: TDT 8028 names the flight, C040 only who operates it.
        """
        compact = "".join(text.upper().split(" "))
        found = _FLIGHT.match(compact)
        if found:
            return cls(_iata(found[1]), int(found[2]), found[3] or "")
        return cls.of(carrier, compact)

    @classmethod
    def of(cls, carrier: str, number: str) -> Self | None:
        """From the two fields of TVL (C306 and C308): ('JL', '0001A'); some repeat the carrier in the second."""
        carrier, number = _iata(carrier.strip(" ").upper()), number.strip(" ").upper()
        found = _NUMBER.match(number)
        if found and _CARRIER.fullmatch(carrier):
            return cls(carrier, int(found[1]), found[2] or "")
        whole = _FLIGHT.match(number)
        if whole and carrier in ("", _iata(whole[1])):
            return cls(_iata(whole[1]), int(whole[2]), whole[3] or "")
        return None


def carrier(text: str) -> str:
    """The IATA designator of a carrier (`JL`, `JAL`); '' for what is none, or an ICAO one not known here."""
    found = _iata(text.strip(" ").upper())
    return found if len(found) == 2 and _CARRIER.fullmatch(found) else ""


def is_known_carrier(code: str) -> bool:
    """Whether it is the IATA designator of a carrier that is known here by its ICAO one too; small ones are not."""
    return code in _CARRIERS


def _iata(carrier: str) -> str:
    return _ICAO_CARRIERS.get(carrier, carrier)
