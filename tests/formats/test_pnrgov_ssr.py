from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.pnrgov import ssr
from app.formats.pnrgov.record import Document, Identification, Visa

TRAVEL = date(2026, 3, 10)


def test_docs_in_full() -> None:
    text = "/P/GBR/512-731 999/GBR/20SEP12/FI/25OCT27/LARKSPUR/IDA OLIVE/ROSE/H"
    assert ssr.docs(text, TRAVEL) == Document(
        kind="P",
        issuer="GBR",
        number="512731999",
        nationality="GBR",
        birth=date(2012, 9, 20),
        sex="F",
        infant=True,
        expiry=date(2027, 10, 25),
        surname="LARKSPUR",
        given="IDA OLIVE ROSE",
        primary=True,
    )


@pytest.mark.parametrize(
    "text",
    [
        "/P/GB/A123/GBR/20SEP82/F/25OCT27/LARKSPUR/IDA",
        "P/GBR/A123/GBR/20SEP82/F/25OCT27/LARKSPUR/IDA",
        "//P/GBR/A123/GBR/20SEP82/F/25OCT27/LARKSPUR/IDA",
        "/P/GBR/A123/GBR/20SEP82/F/25OCT27/LARKSPUR/IDA/",
        "/P/GBR/A123/GBR/20SEP82/F/25OCT27/LARKSPUR/IDAMRS",
        "/P/GBR/A123/GBR/20SEP82/F/25OCT27/LARKSPUR/IDA-1LARKSPUR/IDAMRS",
        "/P/GBR/A123/GBR/20SEP82/F/25OCT27/LARKSPUR/IDA 1.1",
        " /p/gbr/a123/gbr/20sep82/f/25oct27/larkspur/ida ",
    ],
)
def test_docs_whatever_the_slashes_and_tails(text: str) -> None:
    found = ssr.docs(text, TRAVEL)
    assert found is not None
    assert (found.kind, found.issuer, found.number, found.nationality) == (
        "P",
        "GBR",
        "A123",
        "GBR",
    )
    assert (found.birth, found.sex, found.expiry) == (date(1982, 9, 20), "F", date(2027, 10, 25))
    assert (found.surname, found.given, found.primary) == ("LARKSPUR", "IDA", False)


@pytest.mark.parametrize("start", ["", "/", "//"])
def test_docs_without_birth_and_sex_have_an_expiry_and_no_birthday(start: str) -> None:
    found = ssr.docs(f"{start}P/GBR/A123/GBR///25OCT27/LARKSPUR/IDA", TRAVEL)
    assert found == Document(
        kind="P", issuer="GBR", number="A123", nationality="GBR", expiry=date(2027, 10, 25),
        surname="LARKSPUR", given="IDA",
    )  # fmt: skip


@pytest.mark.parametrize("born", ["1982-09-20", "20-SEP-1982", "20-sep-82", "19820920", "820920"])
@pytest.mark.parametrize("start", ["/", ""])
def test_docs_dates_in_other_forms(start: str, born: str) -> None:
    found = ssr.docs(f"{start}P/GBR/A-2027-10-25/GBR/{born}/F/2027-10-25/LARKSPUR/IDA", TRAVEL)
    assert found
    assert (found.birth, found.expiry) == (date(1982, 9, 20), date(2027, 10, 25))
    assert (found.number, found.sex, found.surname) == ("A20271025", "F", "LARKSPUR")


@pytest.mark.parametrize(
    ("born", "expires", "unread"),
    [
        ("140580", "25OCT27", True),  # the order is in doubt
        ("14/05", "25OCT27", True),
        ("20SEP82", "2027-13-25", True),
        ("20SEP82", "", False),
        ("", "-", False),
        ("20SEP82", "25OCT27", False),
    ],
)
def test_a_date_of_docs_that_cannot_be_read_is_known(born: str, expires: str, unread: bool) -> None:
    text = f"/P/GBR/A123/GBR/{born}/F/{expires}/LARKSPUR/IDA"
    found = ssr.docs(text, TRAVEL)
    assert found
    assert ssr.has_unread_date(found, text) is unread


@pytest.mark.parametrize("sent", ["05JAN26", " 05JAN26", "/05JAN2026", " 2026-01-05", "260105"])
def test_inft_reads_the_date_behind_the_name_or_written_on_to_it(sent: str) -> None:
    found = ssr.inft(f"LARKSPUR/NIALL{sent}", TRAVEL)
    assert found == ssr.NamedInfant("LARKSPUR", "NIALL", date(2026, 1, 5))


def test_docs_with_sex_before_birth_put_nothing_into_another_place() -> None:
    found = ssr.docs("/P/GBR/A123/UTO/F/20SEP82/25OCT27/LARKSPUR/IDA", TRAVEL)
    assert found
    assert (found.number, found.nationality, found.surname) == ("A123", "UTO", "LARKSPUR")


@pytest.mark.parametrize(
    "tail", ["-1D ANGELO/JO", "-1O/JO", "-12X Y/JO/ANN", "/H-1D ANGELO/JO", "/-1D ANGELO/JO"]
)
def test_what_follows_the_marker_is_no_given_name(tail: str) -> None:
    found = ssr.docs(f"/P/GBR/A123-1/GBR/20SEP82/F/25OCT27/D ANGELO/JO-ANN{tail}", TRAVEL)
    assert found
    assert (found.surname, found.given, found.number) == ("D ANGELO", "JO-ANN", "A1231")
    assert found.primary == tail.startswith("/H")


def test_a_marker_right_behind_the_surname_ends_it() -> None:
    found = ssr.docs("/P/GBR/A123/GBR/20SEP82/F/25OCT27/D ANGELO-1D ANGELO/JO", TRAVEL)
    assert found
    assert (found.surname, found.given) == ("D ANGELO", "")


def test_what_looks_like_the_tail_of_a_name_but_is_a_number_stays() -> None:
    found = ssr.docs("/P/GB/123-1A/GBR/20SEP82/F/25OCT27/LARKSPUR/IDA/H/-1LARKSPUR/IDAMRS", TRAVEL)
    assert found
    assert (found.number, found.birth) == ("1231A", date(1982, 9, 20))
    assert (found.surname, found.given, found.primary) == ("LARKSPUR", "IDA", True)
    address = ssr.doca("/R/USA/12-3B HIGH STREET/TOWN/NY/10001-1LARKSPUR/IDAMRS")
    assert address
    assert (address.street, address.postcode) == ("12-3B HIGH STREET", "10001")


def test_doco_without_a_date_has_its_state() -> None:
    found = ssr.doco("/K/A98765//USA", TRAVEL)
    assert found
    assert (found.kind, found.number, found.country) == ("K", "A98765", "USA")


def test_docs_of_birth_sex_and_name_only() -> None:
    found = ssr.docs("/////05FEB53/F//LARKSPUR/IDA", TRAVEL)
    assert found == Document(birth=date(1953, 2, 5), sex="F", surname="LARKSPUR", given="IDA")


def test_docs_with_a_nationality_in_front_of_nothing() -> None:
    found = ssr.docs("////GBR/12JUL64/M//LARKSPUR/REED", TRAVEL)
    assert found is not None
    assert (found.nationality, found.birth, found.sex) == ("GBR", date(1964, 7, 12), "M")


def test_docs_whose_number_looks_like_a_sex() -> None:
    found = ssr.docs("/P/UTO/F/UTO/20SEP82/M/25OCT27/LARKSPUR/REED", TRAVEL)
    assert found is not None
    assert (found.number, found.sex, found.surname) == ("F", "M", "LARKSPUR")


def test_docs_without_sex_or_with_a_zero_for_a_state() -> None:
    found = ssr.docs("/P/0/A1/0/20SEP82//25OCT27/LARKSPUR/IDA", TRAVEL)
    assert found is not None
    assert (found.issuer, found.nationality, found.sex, found.surname) == ("", "", "", "LARKSPUR")


@pytest.mark.parametrize(
    ("sent", "sex", "infant"),
    [("M", "M", False), ("MI", "M", True), ("X", "X", False), ("U", "U", False)],
)
def test_sexes(sent: str, sex: str, infant: bool) -> None:
    found = ssr.docs(f"/P/UTO/A1/UTO/20SEP82/{sent}/25OCT27/LARKSPUR/IDA", TRAVEL)
    assert found is not None
    assert (found.sex, found.infant) == (sex, infant)


@pytest.mark.parametrize("text", ["", "/", "////////", "/P/UTO"])
def test_docs_that_say_nothing(text: str) -> None:
    assert ssr.docs(text, TRAVEL) is None


def test_birth_is_before_the_flight() -> None:
    found = ssr.docs("/P/UTO/A1/UTO/11MAR26/M/25OCT27/LARKSPUR/IDA", TRAVEL)
    assert found is not None
    assert found.birth == date(1926, 3, 11)


def test_doco() -> None:
    assert ssr.doco("/OSTMARSH VA/V/867 5309/OTHER PLACE/22DEC16/LI/I", TRAVEL) == Visa(
        "V", "8675309", "OSTMARSH VA", "OTHER PLACE", date(2016, 12, 22), "LIE", True
    )
    assert ssr.doco("//", TRAVEL) is None


@pytest.mark.parametrize(
    ("text", "kind", "number", "place"),
    [
        ("/OSTMARSH/V/8675309/TOWN/22DEC16/LIE", "V", "8675309", "OSTMARSH"),
        ("OSTMARSH/V/8675309/TOWN/22DEC16/LIE", "V", "8675309", "OSTMARSH"),
        ("//OSTMARSH/V/8675309/TOWN/22DEC16/LIE", "V", "8675309", "OSTMARSH"),
        ("//K/TT11223344///USA", "K", "TT11223344", ""),
        ("/R/1234567///USA", "R", "1234567", ""),
    ],
)
def test_doco_whatever_the_slashes_and_kinds(text: str, kind: str, number: str, place: str) -> None:
    found = ssr.doco(text, TRAVEL)
    assert found is not None
    assert (found.kind, found.number, found.birth_place) == (kind, number, place)


def test_doca() -> None:
    found = ssr.doca("/D/USA/1 MAIN STREET/TOWN/ST/12345")
    assert found is not None
    assert (found.kind, found.country, found.city, found.postcode) == ("D", "USA", "TOWN", "12345")
    assert ssr.doca("/D") is None
    assert ssr.doca("//D/USA/1 MAIN STREET/TOWN/ST/12345") == found
    assert ssr.doca("D/USA/1 MAIN STREET/TOWN/ST/12345") == found


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("PPUTO1234567", "PP", "UTO1234567"),
        ("NI 770101 12345-1LARKSPUR/IDA", "NI", "77010112345"),
        ("/FFZZ1234567890", "FF", "ZZ1234567890"),
        ("CCVI4111111111111111", "CC", "1111"),
        ("CC4111111111111111", "CC", "1111"),
    ],
)
def test_foid(text: str, kind: str, number: str) -> None:
    assert ssr.foid(text) == Identification(kind, number)


def test_foid_of_nothing_umnr_and_grps() -> None:
    assert ssr.foid("") is None
    assert ssr.foid("CC") is None
    assert (ssr.umnr("UM8"), ssr.umnr("UMNR UM 11 PLS MEET"), ssr.umnr("")) == (8, 11, None)
    assert (ssr.grps("TCP 15 HERON TOURS"), ssr.grps("TCP24"), ssr.grps("HERON")) == (15, 24, None)


@pytest.mark.parametrize(
    ("text", "name", "birth"),
    [
        ("LARKSPUR/IDA 20SEP25", ("LARKSPUR", "IDA"), date(2025, 9, 20)),
        ("LARKSPUR/IDA/20SEP25", ("LARKSPUR", "IDA"), date(2025, 9, 20)),
        ("/LARKSPUR/IDA MISS 20SEP2025", ("LARKSPUR", "IDA"), date(2025, 9, 20)),
        ("LARKSPUR/IDA", ("LARKSPUR", "IDA"), None),
        ("LARKSPUR", ("LARKSPUR", ""), None),
    ],
)
def test_inft(text: str, name: tuple[str, str], birth: date | None) -> None:
    found = ssr.inft(text, TRAVEL)
    assert found is not None
    assert ((found.surname, found.given), found.birth) == (name, birth)


def test_inft_and_chld_of_nothing() -> None:
    assert ssr.inft("", TRAVEL) is None
    assert ssr.chld("", TRAVEL) is None
    assert ssr.chld("04JUL19", TRAVEL) == date(2019, 7, 4)


@pytest.mark.parametrize(
    ("code", "text", "kind", "value"),
    [
        ("CTCE", "NAME..ONE//POST./X.EXAMPLE", "mail", "name_one@post-x.example"),
        ("CTCE", "/NAME@POST.EXAMPLE-1LARKSPUR/IDAMRS", "mail", "name@post.example"),
        ("CTCM", "+61 412 345 678", "phone", "+61412345678"),
        ("CTCF", "0291234567", "fax", "0291234567"),
        ("CTCR", "", "refused", ""),
        ("CTCR", "00115555555555", "phone", "00115555555555"),
    ],
)
def test_ctc(code: str, text: str, kind: str, value: str) -> None:
    found = ssr.ctc(code, text)
    assert found is not None
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(("code", "text"), [("CTCE", "NOBODY"), ("CTCM", "SYD"), ("CTCH", "123")])
def test_ctc_of_nothing(code: str, text: str) -> None:
    assert ssr.ctc(code, text) is None


def test_phones_are_found_each_and_cards_are_not_phones() -> None:
    assert ssr.phones("H5555 555555 W 1 555 555 5555") == ["5555555555", "15555555555"]
    assert ssr.phones("4111111111111111") == []


def test_fqt_tkne_and_seats() -> None:
    flyer = ssr.fqt("ZZ", "/YY1234567890-1LARKSPUR/IDA")
    assert flyer is not None
    assert (flyer.carrier, flyer.number) == ("YY", "1234567890")
    assert ssr.fqt("ZZ", "NOTHING") is None
    assert ssr.tkne(".1393207166000C1") == ("1393207166000", "1", False)
    assert ssr.tkne("INF1393207166000C2") == ("1393207166000", "2", True)
    assert ssr.tkne("1393207166000") == ("1393207166000", "", False)
    assert ssr.tkne("TKT NBR 0.29") is None
    assert ssr.seats(".03BN03AN") == ["3B", "3A"]


FIELD = st.sampled_from(
    ["", "P", "M", "FI", "20SEP82", "UTO", "-1A", "99FEB99", " ", "1.1", "é", "²"]
)


@given(st.lists(FIELD, max_size=20).map("/".join) | st.text(max_size=60))
def test_every_grammar_is_total(text: str) -> None:
    for read in (ssr.docs, ssr.doco, ssr.inft, ssr.chld):
        read(text, TRAVEL)
    for code in ("CTCE", "CTCM", "CTCR"):
        ssr.ctc(code, text)
    ssr.doca(text)
    ssr.fqt("ZZ", text)
    ssr.tkne(text)
    ssr.foid(text)
    ssr.umnr(text)
    ssr.grps(text)
    ssr.seats(text)
    ssr.ctc_in_remark(text, "OSI", None)
