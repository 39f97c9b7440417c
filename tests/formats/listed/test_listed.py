"""Published lists: what a person says, what is told of the rest, and that a broken file is never half a list."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.listed import BrokenFileError, Fault, Found, Person, Skipped, read_ftm, read_sdn
from app.formats.listed.model import births, country_named, sex_named

SDN = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
  <publshInformation><Publish_Date>03/09/2026</Publish_Date><Record_Count>{count}</Record_Count></publshInformation>
  <sdnEntry><uid>1</uid><lastName>TESTAIR</lastName><sdnType>Entity</sdnType></sdnEntry>
  <sdnEntry><uid>2</uid><firstName>Boris</firstName><lastName>EXAMPLOV</lastName><title>Director</title>
    <sdnType>Individual</sdnType><programList><program>TEST1</program><program>TEST2</program></programList>
    <akaList><aka><uid>9</uid><type>a.k.a.</type><category>weak</category><lastName>BORYA</lastName></aka></akaList>
    <idList>
      <id><uid>5</uid><idType>Passport</idType><idNumber>XX123456</idNumber><idCountry>Russia</idCountry></id>
      <id><uid>6</uid><idType>Gender</idType><idNumber>Male</idNumber></id>
    </idList>
    <nationalityList><nationality><uid>7</uid><country>Korea, North</country></nationality></nationalityList>
    <dateOfBirthList>
      <dateOfBirthItem><uid>8</uid><dateOfBirth>10 Dec 1948</dateOfBirth></dateOfBirthItem>
      <dateOfBirthItem><uid>8</uid><dateOfBirth>circa 1950 to 1952</dateOfBirth></dateOfBirthItem>
      <dateOfBirthItem><uid>8</uid><dateOfBirth>long ago</dateOfBirth></dateOfBirthItem>
    </dateOfBirthList>
  </sdnEntry>
  <sdnEntry><firstName>No</firstName><lastName>KEY</lastName><sdnType>Individual</sdnType></sdnEntry>
</sdnList>
"""


def sdn(text: str, piece: int = 100_000) -> list[Found]:
    raw = text.encode()
    return list(read_sdn(raw[at : at + piece] for at in range(0, len(raw), piece)))


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_an_individual_is_read_whole_however_the_file_is_cut(piece: int) -> None:
    found = sdn(SDN.format(count=3), piece)
    assert found == [
        Skipped(4, "entity"),
        Person(
            5, "2", (("EXAMPLOV", "Boris"), ("BORYA", "")),
            ("1948-12-10", "1950", "1951", "1952"), "PRK", (("XX123456", "RUS"),), "TEST1, TEST2",
            "TEST1, TEST2; Director", "M",
        ),
        Fault(16, "bad_birth_date", "2", partial=True),
        Fault(19, "/key missing"),
    ]  # fmt: skip


def test_another_number_of_entries_than_announced_is_told() -> None:
    assert sdn(SDN.format(count=4))[-1] == Fault(0, "record_count")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SDN[: len(SDN) // 2], "xml_syntax"),
        ("<other/>", "not_sdn_xml"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><sdnList>&b;</sdnList>', "xml_entities"),
        ("<sdnList>" + "<a>" * 40, "xml_depth"),
    ],
)
def test_a_file_that_ends_early_or_is_none_is_refused(text: str, code: str) -> None:
    with pytest.raises(BrokenFileError) as caught:
        sdn(text)
    assert caught.value.code == code


LINES: list[object] = [
    {"id": "pp-1", "schema": "Passport", "properties": {"holder": ["Q1"], "number": ["AB1234567"], "country": ["ru"]}},
    {"id": "Q1", "schema": "Person", "properties": {
        "name": ["Boris Examplov"], "alias": ["B. Examplov"], "firstName": ["Boris"], "lastName": ["Examplov"],
        "birthDate": ["1948-12-10", "1948-12", "1948", "?"], "nationality": ["ru"], "topics": ["sanction"],
        "notes": ["invented"], "gender": ["male", "Male"]}},
    {"id": "C1", "schema": "Company", "properties": {"name": ["Testair"]}},
    [1, 2],
    {"schema": "Person", "properties": {}},
    {"id": "pp-2", "schema": "Passport", "properties": {"holder": ["Q1"], "number": ["CD1234567"], "country": []}},
]  # fmt: skip


def ftm(raw: bytes) -> list[Found]:
    return list(read_ftm(io.BytesIO(raw)))


def test_a_person_has_the_passports_that_name_it_wherever_they_stand() -> None:
    raw = b"\n".join(json.dumps(one).encode() for one in LINES) + b"\n\n{broken"
    found = ftm(raw)
    person = next(one for one in found if isinstance(one, Person))
    assert person.names[0] == ("Examplov", "Boris")
    assert ("Boris Examplov", "") in person.names
    assert person.births == ("1948-12-10", "1948")
    assert person.documents == (("AB1234567", "RUS"), ("CD1234567", ""))
    assert (person.nationality, person.category, person.reason) == ("RUS", "sanction", "invented")
    assert person.sex == "M"
    assert [one for one in found if isinstance(one, Fault)] == [
        Fault(2, "bad_birth_date", "Q1", partial=True),
        Fault(4, "not_json"),
        Fault(5, "/key missing"),
        Fault(8, "not_json"),
    ]
    assert [one.what for one in found if isinstance(one, Skipped)] == [
        "passport",
        "company",
        "passport",
    ]


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(BrokenFileError):
        ftm(b'{"id": "' + b"x" * (1 << 20) + b'"}')


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "schema", "properties", "name", "holder", "birthDate"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(_json | st.fixed_dictionaries({"id": _json, "schema": st.just("Person"), "properties": _json}), max_size=5), st.binary(max_size=40))  # fmt: skip
def test_every_line_is_given_told_or_skipped(entities: list[object], tail: bytes) -> None:
    raw = (
        b"\n".join(json.dumps(one).encode() for one in entities) + b"\n" + tail.replace(b"\n", b"")
    )
    lines = {one.line for one in ftm(raw)}
    filled = {n for n, line in enumerate(raw.split(b"\n"), 1) if line.strip()}
    assert lines == filled


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("10 Dec 1948", ("1948-12-10",)), ("Dec 1948", ("1948",)), ("circa 1948", ("1948",)),
        ("1961 to 1963", ("1961", "1962", "1963")), ("1900 to 1990", ()), ("1963 to 1961", ()),
        ("1948-12-10T00:00:00", ("1948-12-10",)), ("", ()), ("soon", ()),
    ],
)  # fmt: skip
def test_birth_dates_in_words(said: str, read: tuple[str, ...]) -> None:
    assert births(said) == read


def test_states_by_the_names_that_lists_use() -> None:
    assert [country_named(n) for n in ("Iran", "burma", "Germany", "Nowhere")] == [
        "IRN", "MMR", "DEU", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "sex"),
    [(["female"], "F"), (["Male", "m"], "M"), (["male", "female"], ""), (["other"], ""), ([], "")],
)
def test_a_sex_is_what_all_that_is_said_agrees_on(said: list[str], sex: str) -> None:
    assert sex_named(said) == sex


def test_the_gender_among_the_papers_is_the_sex() -> None:
    first = next(one for one in sdn(SDN.format(count=3)) if isinstance(one, Person))
    assert first.sex == "M"
