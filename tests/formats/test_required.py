"""Required elements of a person. All people are invented."""

from dataclasses import replace
from datetime import date

import pytest

from app.formats.paxlst_model import Address, Bags, Document, Person, Place, Role
from app.formats.required import DEFAULT, Element, missing

PAPER = Document("P", "L1234567", Place("AUS"), date(2031, 1, 2))
VISA = Document("V", "V7", Place("JPN"), date(2027, 1, 2))
ADA = Person(
    Role.PASSENGER, "LOVELY", "ADA", sex="F", birth_date=date(1980, 5, 14), nationality="AUS",
    residence="AUS", birth_place=Place("AUS"), address=Address("1 ROAD"), documents=(PAPER,),
    bags=Bags(0), references=(("AVF", "AB12CD"), ("ABO", "R1"), ("SEA", "12A")),
)  # fmt: skip


def test_who_sends_everything_lacks_nothing() -> None:
    assert missing(ADA) == ()
    assert missing(ADA, set(Element)) == ()


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"surname": ""}, Element.SURNAME),
        ({"given": ""}, Element.GIVEN_NAMES),
        ({"birth_date": None, "birth_date_text": "800599"}, Element.BIRTH_DATE),
        ({"sex": ""}, Element.SEX),
        ({"nationality": ""}, Element.NATIONALITY),
        ({"residence": ""}, Element.RESIDENCE),
        ({"birth_place": Place()}, Element.BIRTH_PLACE),
        ({"address": Address()}, Element.ADDRESS),
        ({"references": (("ABO", "R1"), ("SEA", "12A"))}, Element.LOCATOR),
        ({"references": (("AVF", "AB12CD"), ("SEA", "12A"))}, Element.REFERENCE),
        ({"references": (("AVF", "AB12CD"), ("ABO", "R1"), ("SEA", "XXX"))}, Element.SEAT),
        ({"bags": Bags()}, Element.BAGS),
        ({"documents": (replace(PAPER, type=""),)}, Element.DOCUMENT_TYPE),
        ({"documents": (replace(PAPER, number=""),)}, Element.DOCUMENT_NUMBER),
        ({"documents": (replace(PAPER, issuer=Place()),)}, Element.DOCUMENT_ISSUER),
        ({"documents": (replace(PAPER, expiry=None),)}, Element.DOCUMENT_EXPIRY),
    ],
)
def test_each_element_is_missed(change: dict, lacks: Element) -> None:
    assert missing(replace(ADA, **change), set(Element)) == (lacks,)
    assert missing(replace(ADA, **change)) == ((lacks,) if lacks in DEFAULT else ())


def test_one_name_is_a_name() -> None:
    assert missing(replace(ADA, given="")) == ()


def test_all_elements_of_a_document_stand_in_one_document() -> None:
    halves = (replace(PAPER, number=""), replace(PAPER, issuer=Place(), expiry=None))
    assert missing(replace(ADA, documents=halves)) == (Element.DOCUMENT_NUMBER,)
    assert missing(replace(ADA, documents=(VISA, PAPER))) == ()
    of_document = [one for one in Element if one.startswith("document")]
    assert list(missing(replace(ADA, documents=(VISA,)))) == of_document
    assert list(missing(replace(ADA, documents=()))) == of_document
