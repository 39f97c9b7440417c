from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import values

FLIGHT = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "code", "read"),
    [
        ("800514", "", date(1980, 5, 14)),
        ("800514", "101", date(1980, 5, 14)),
        ("19800514", "102", date(1980, 5, 14)),
        ("19800514", "", date(1980, 5, 14)),
        ("140580", "2", date(1980, 5, 14)),
        ("14051980", "4", date(1980, 5, 14)),
        ("14051980", "", None),  # the year 1405
        ("8005141200", "201", date(1980, 5, 14)),
        ("198005141200", "203", date(1980, 5, 14)),
        ("19800514", "101", date(1980, 5, 14)),  # the length decides where the code is wrong
        ("800514", "102", date(1980, 5, 14)),
        ("14MAY80", "", date(1980, 5, 14)),
        ("14may1980", "", date(1980, 5, 14)),
        (" 800514 ", "", date(1980, 5, 14)),
        ("261121", "", date(2026, 11, 21)),  # born on the day of the flight
        ("261122", "", date(1926, 11, 22)),  # the day after: a hundred years earlier
        ("000229", "", date(2000, 2, 29)),
        ("990229", "", None),
        ("800000", "", None),
        ("801301", "", None),
        ("20271121", "102", None),  # after the flight
        ("18501121", "102", None),
        ("1980", "", None),
        ("", "", None),
        ("8005I4", "", None),
        ("14MAI80", "", None),
        ("\u0661\u0661\u0661\u0661\u0661\u0661", "", None),
    ],
)
def test_birth_date(text: str, code: str, read: date | None) -> None:
    assert values.birth_date(text, FLIGHT, code) == read


def test_day_first_is_the_order_of_pnr() -> None:
    assert values.birth_date("140580", FLIGHT, day_first=True) == date(1980, 5, 14)
    assert values.document_date("14052030", FLIGHT, day_first=True) == date(2030, 5, 14)
    assert values.message_date("211126", day_first=True) == FLIGHT


def test_without_a_reference_only_full_years_are_read() -> None:
    assert values.birth_date("800514", None) is None
    assert values.birth_date("19800514", None) == date(1980, 5, 14)
    assert values.document_date("300514", None) is None
    assert values.document_date("20300514", None) == date(2030, 5, 14)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("310514", date(2031, 5, 14)),
        ("760514", date(2076, 5, 14)),
        ("770514", None),
        ("960514", date(1996, 5, 14)),
        ("950514", None),
        ("14MAY31", date(2031, 5, 14)),
        ("99991231", date(9999, 12, 31)),
    ],
)
def test_document_dates_lie_around_the_flight(text: str, read: date | None) -> None:
    assert values.document_date(text, FLIGHT) == read


@given(st.dates(FLIGHT - timedelta(days=36_000), FLIGHT))
def test_birth_dates_of_a_century_round_trip(day: date) -> None:
    assert values.birth_date(f"{day:%y%m%d}", FLIGHT) == day
    assert values.birth_date(f"{day:%d%b%y}", FLIGHT) == day


@given(st.dates(date(1996, 1, 1), date(2076, 12, 31)))
def test_document_dates_round_trip(day: date) -> None:
    assert values.document_date(f"{day:%y%m%d}", FLIGHT) == day


@pytest.mark.parametrize(
    ("text", "code", "read"),
    [
        ("2611211405", "201", datetime(2026, 11, 21, 14, 5)),
        (" 2611211405", "201", datetime(2026, 11, 21, 14, 5)),
        ("202611211405", "203", datetime(2026, 11, 21, 14, 5)),
        ("202611211405", "201", datetime(2026, 11, 21, 14, 5)),
        ("261121140559", "202", datetime(2026, 11, 21, 14, 5)),
        ("20261121140559", "204", datetime(2026, 11, 21, 14, 5)),
        ("202611211405Z0900", "205", datetime(2026, 11, 21, 14, 5)),
        ("261121", "101", datetime(2026, 11, 21)),
        ("20261121", "102", datetime(2026, 11, 21)),
        ("2611212400", "201", datetime(2026, 11, 22)),  # the end of a day
        ("999912312400", "203", datetime(9999, 12, 31)),  # which has no next one
        ("2611212501", "201", None),
        ("2611211460", "201", None),
        ("2613211405", "201", None),
        ("26112114", "201", None),
        ("", "201", None),
        ("Z", "", None),
    ],
)
def test_message_time(text: str, code: str, read: datetime | None) -> None:
    assert values.message_time(text, code) == read


def test_clock_time() -> None:
    assert values.clock_time("0905") == time(9, 5)
    assert values.clock_time("090559") == time(9, 5)
    assert values.clock_time("2400") == time(0, 0)
    assert values.clock_time("905") is None
    assert values.clock_time("090560") is None
    assert values.clock_time("AB05") is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("211126", FLIGHT),
        ("261121", FLIGHT),
        ("200220", date(2020, 2, 20)),
        ("999999", None),
        ("", None),
    ],
)
def test_six_digits_in_doubt_take_the_reading_nearest_to_the_interchange(
    text: str, read: date | None
) -> None:
    assert values.nearest_date(text, FLIGHT) == read


@pytest.mark.parametrize(
    ("given_name", "read"),
    [
        ("JOHNMR", ("JOHN", "MR")),
        ("ISABELLE MRS", ("ISABELLE", "MRS")),
        ("LISALMS", ("LISAL", "MS")),
        ("TIM MSTR", ("TIM", "MSTR")),
        ("TIMMSTR", ("TIM", "MSTR")),
        ("ANNAMISS", ("ANNA", "MISS")),
        ("ANNA DR.", ("ANNA", "DR")),
        ("JOHN PAULMR", ("JOHN PAUL", "MR")),
        ("MR", ("", "MR")),
        ("ALEXANDR", ("ALEXANDR", "")),
        ("WILLIAMS", ("WILLIAMS", "")),
        ("AMR", ("AMR", "")),
        ("AMR MR", ("AMR", "MR")),
        ("JOHN", ("JOHN", "")),
        ("", ("", "")),
    ],
)
def test_titles_glued_to_given_names(given_name: str, read: tuple[str, str]) -> None:
    assert values.strip_title(given_name) == read


@pytest.mark.parametrize(
    "name", ["FNU", "L N U", "Unknown", "TBA", "", " ", "NO FIRST NAME", "X-X-X"]
)
def test_placeholders(name: str) -> None:
    assert values.is_placeholder(name)


@pytest.mark.parametrize("name", ["TABAN", "YY", "O", "李"])
def test_short_names_are_names(name: str) -> None:
    assert not values.is_placeholder(name)


@pytest.mark.parametrize(
    ("surname", "read"),
    [("YY", "Y"), ("Y", "Y"), ("OO", "O"), ("LI", "LI"), ("YYY", "YYY"), ("", ""), ("李李", "李")],
)
def test_surnames_of_one_letter_are_sent_doubled(surname: str, read: str) -> None:
    assert values.undoubled(surname) == read


@pytest.mark.parametrize(
    ("code", "sex"),
    [("M", "M"), ("F", "F"), ("X", "X"), ("U", "U"), ("MI", "M"), ("FI", "F"), ("XI", "X"),
     ("UI", "U"), ("I", ""), ("", ""), ("W", ""), ("m", "")],
)  # fmt: skip
def test_codes_of_sex_and_those_of_infants(code: str, sex: str) -> None:
    assert values.sex(code) == sex


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("011D", "11D"),
        ("11d", "11D"),
        ("1A", "1A"),
        ("03BN", "3B"),
        ("12-C", "12C"),
        ("XXX", ""),
        ("GATE", ""),
        ("INF", ""),
        ("000A", ""),
        ("", ""),
    ],
)
def test_seat(text: str, read: str) -> None:
    assert values.seat(text) == read


def test_document_number_is_compared_without_filler() -> None:
    assert values.document_number(" tk-0012 34<<") == "TK001234"
    assert values.document_number("Ж1") == "1"


@pytest.mark.parametrize(
    ("first", "count", "tags"),
    [
        ("ZZ012345", 3, ["ZZ012345", "ZZ012346", "ZZ012347"]),
        ("0131099999", 2, ["0131099999", "0131100000"]),
        ("ZZ012345", 1, ["ZZ012345"]),
        ("FDERWEG", 3, ["FDERWEG"]),
        ("7A09", 2, ["7A09", "7A10"]),
        ("0131999999", 2, ["0131999999", "0131000000"]),
        ("ZZ999999", 2, ["ZZ999999", "ZZ000000"]),
        ("013100000", 2, ["013100000", "013100001"]),
    ],
)
def test_runs_of_bag_tags(first: str, count: int, tags: list[str]) -> None:
    assert list(values.bag_tags(first, count)) == tags


def test_a_run_of_bag_tags_is_bounded() -> None:
    assert len(list(values.bag_tags("ZZ1", 999_999))) == 99


@given(st.text(max_size=20), st.sampled_from(["", "101", "102", "201", "202", "2", "4"]))
def test_never_dies(text: str, code: str) -> None:
    values.birth_date(text, FLIGHT, code)
    values.document_date(text, FLIGHT, code)
    values.message_time(text, code)
    values.nearest_date(text, FLIGHT)
    values.clock_time(text)
    values.seat(text)
    list(values.bag_tags(text, 3))
    name, title = values.strip_title(text)
    assert text.strip(" ").startswith(name)
    assert title in text.upper()


@given(
    st.one_of(
        st.from_regex(r"[0-9W]{5,8}", fullmatch=True),
        st.text(max_size=10),
        st.sampled_from(["31010227", "26W011"]),
    ),
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
)
def test_six_digits_are_read_by_their_centuries_as_by_the_whole_rule(
    text: str, flight: date
) -> None:
    centuries = values.Centuries.by(flight)
    six = len(text) == 6 and text.isascii() and text.isdigit()
    assert centuries.birth(text) == (values.birth_date(text, flight) if six else None)
    assert centuries.document(text) == (values.document_date(text, flight) if six else None)
