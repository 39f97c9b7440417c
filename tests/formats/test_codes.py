import zoneinfo
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import codes
from app.formats.codes import FlightNumber


@pytest.mark.parametrize(
    ("code", "alpha3", "alpha2"),
    [
        ("JPN", "JPN", "JP"),
        ("jp", "JPN", "JP"),
        ("D", "DEU", "DE"),
        ("D<<", "DEU", "DE"),
        ("GBN", "GBN", "GB"),
        ("RKS", "RKS", "XK"),
        ("XKX", "RKS", "XK"),
        ("XK", "RKS", "XK"),
        ("XXA", "XXA", ""),
        ("UNO", "UNO", "UN"),
        ("UN", "UNO", "UN"),
        ("EU", "EUE", "EU"),
        ("GB", "GBR", "GB"),
        ("UTO", "UTO", ""),
        ("ABC", "", ""),
        ("", "", ""),
    ],
)
def test_states(code: str, alpha3: str, alpha2: str) -> None:
    assert codes.alpha3(code) == alpha3
    assert codes.alpha2(code) == alpha2


ICAO_ONLY = (  # noqa: SIM905  # ICAO Doc 9303-3 section 5, parts B to D
    "EUE GBD GBN GBO GBP GBS RKS UNO UNA UNK XBA XIM XCC XCE XCO XDC XEC XES XMP XOM XPO XXA XXB XXC XXX UTO"
).split(" ")


@pytest.mark.parametrize("code", ICAO_ONLY)
def test_codes_that_only_travel_documents_have(code: str) -> None:
    known = codes.country(code)
    assert known is not None
    assert known.alpha3 == code
    assert known.name
    assert codes.alpha3(code.lower()) == code


def test_every_state_is_known_by_both_codes() -> None:
    for state in codes.countries():
        assert codes.alpha3(state.alpha3) == state.alpha3
        if state.alpha3 not in ICAO_ONLY:
            assert codes.alpha3(state.alpha2) == state.alpha3
            assert len(state.alpha2) == 2
    assert len(codes.countries()) == len({state.alpha3 for state in codes.countries()}) > 270


def test_country_has_a_name() -> None:
    known = codes.country("TWN")
    assert known is not None
    assert known.name == "Taiwan"
    assert codes.country("ZZZ") is None


@given(st.text(max_size=4))
def test_alpha3_is_its_own_alpha3(code: str) -> None:
    found = codes.alpha3(code)
    assert codes.alpha3(found) == found


def test_airport() -> None:
    narita = codes.airport("nrt")
    assert narita is not None
    assert (narita.icao, narita.country, narita.alpha3) == ("RJAA", "JP", "JPN")
    assert narita.timezone == "Asia/Tokyo"
    assert codes.airport("RJAA") == narita
    assert codes.airport("") is None
    assert codes.airport("QQQ") is None


def test_metropolitan_code() -> None:
    tokyo = codes.airport("TYO")
    assert tokyo is not None
    assert (tokyo.city, tokyo.country, tokyo.timezone) == ("Tokyo", "JP", "Asia/Tokyo")


def test_every_airport_has_a_time_zone_and_a_state() -> None:
    zones = zoneinfo.available_timezones()
    airports = codes._airports()
    assert len(airports) > 10_000
    assert {place.timezone for place in airports.values()} <= zones
    assert [code for code, place in airports.items() if not place.alpha3] == []


@pytest.mark.parametrize(
    ("local", "airport", "utc"),
    [
        (datetime(2026, 7, 1, 12), "NRT", datetime(2026, 7, 1, 3, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12), "CDG", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        (datetime(2026, 12, 1, 12), "CDG", datetime(2026, 12, 1, 11, tzinfo=UTC)),
        (datetime(2026, 10, 25, 2, 30), "CDG", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        # the hour that the clocks skip in spring, counted on from the offset before it
        (datetime(2026, 3, 29, 2, 30), "CDG", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 3, 30), "CDG", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 8, 2, 30), "JFK", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        # half an hour, Lord Howe Island; a quarter, Nepal; the far side of the date line
        (datetime(2026, 4, 5, 1, 45), "LDH", datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12), "KTM", datetime(2026, 7, 1, 6, 15, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12), "APW", datetime(2026, 6, 30, 23, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12), "QQQ", None),
        (datetime(1, 1, 1), "NRT", None),
    ],
)
def test_local_time_at_an_airport(local: datetime, airport: str, utc: datetime | None) -> None:
    assert codes.to_utc(local, airport) == utc


@pytest.mark.parametrize(
    ("text", "carrier", "flight"),
    [
        ("JL001", "", FlightNumber("JL", 1)),
        ("JL0001", "", FlightNumber("JL", 1)),
        ("JL1", "", FlightNumber("JL", 1)),
        ("jl 1a", "", FlightNumber("JL", 1, "A")),
        ("JAL001", "", FlightNumber("JL", 1)),
        ("UAE1D", "", FlightNumber("EK", 1, "D")),
        ("ZZZ12", "", FlightNumber("ZZZ", 12)),  # an ICAO designator nobody knows stays
        ("JL 0001 A", "", FlightNumber("JL", 1, "A")),
        ("0001", "JAL", FlightNumber("JL", 1)),
        ("9W5", "", FlightNumber("9W", 5)),
        ("99123", "", None),  # no carrier is of digits alone
        (" ZZ827", "", FlightNumber("ZZ", 827)),
        ("7C1101", "", FlightNumber("7C", 1101)),
        ("3K123", "", FlightNumber("3K", 123)),
        ("U21234", "", FlightNumber("U2", 1234)),
        ("ZX877", "XZ", FlightNumber("ZX", 877)),
        ("0877", "XZ", FlightNumber("XZ", 877)),
        ("877B", "JAL", FlightNumber("JL", 877, "B")),
        ("ZZ00123", "", FlightNumber("ZZ", 123)),
        ("ZZ-123", "", FlightNumber("ZZ", 123)),
        ("ZZ/123A", "", FlightNumber("ZZ", 123, "A")),
        ("ZZ123/01JUN", "", FlightNumber("ZZ", 123)),
        ("ZZ 123 / 01JUN26", "", FlightNumber("ZZ", 123)),
        ("OK688XXXXXXXXXXXX", "", FlightNumber("OK", 688)),  # filler of one sender
        ("00123/01JUN", "JL", FlightNumber("JL", 123)),
        ("JL12AB", "", None),
        ("ZZ--123", "", None),
        ("123", "", None),
        ("XX01MCL", "", None),
        ("JL12345", "", None),
        ("12345", "JL", None),
        ("JLX", "JL", None),
        ("1", "12", None),
        ("1", "JALX", None),
        ("", "JL", None),
        ("JL\u0661", "", None),
    ],
)
def test_flight_number(text: str, carrier: str, flight: FlightNumber | None) -> None:
    assert FlightNumber.parse(text, carrier) == flight


def test_flight_number_in_two_fields() -> None:
    assert FlightNumber.of("JL", "0001A") == FlightNumber("JL", 1, "A")
    assert FlightNumber.of("", "0001") is None
    assert FlightNumber.of("JAL", "JL412") == FlightNumber("JL", 412)
    assert FlightNumber.of("", "JL412") == FlightNumber("JL", 412)
    assert FlightNumber.of("YY", "JL412") is None  # two carriers: nobody knows which


def test_flight_number_as_text() -> None:
    assert str(FlightNumber("JL", 1, "A")) == "JL1A"
    assert FlightNumber("JL", 1).padded == "JL0001"


@given(st.from_regex(r"([A-Z][A-Z0-9]|[0-9][A-Z])", fullmatch=True), st.integers(0, 9999))
def test_padding_does_not_matter(carrier: str, number: int) -> None:
    flight = FlightNumber(carrier, number)
    for form in (str(flight), flight.padded, f"{carrier} {number:03d}"):
        assert FlightNumber.parse(form) == flight


@given(st.text(max_size=10), st.text(max_size=4))
def test_never_dies(text: str, carrier: str) -> None:
    FlightNumber.parse(text, carrier)
    FlightNumber.of(carrier, text)
    codes.airport(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("jl", "JL"), (" JAL ", "JL"), ("7G", "7G"), ("XYZ", ""), ("77", ""), ("", ""), ("J-", "")],
)
def test_carrier(text: str, found: str) -> None:
    assert codes.carrier(text) == found
