"""States by the name that readers of each language know."""

import pytest

from app.formats import codes
from app.web.traveller import states
from app.web.traveller.words import LANGUAGES


def test_states_are_named_in_the_readers_language() -> None:
    told = {language: states.name("SWE", language) for language in LANGUAGES}
    assert told == {
        "en": "Sweden", "ja": "スウェーデン", "zh-Hans": "瑞典", "zh-Hant": "瑞典", "ko": "스웨덴",
        "ar": "السويد",
    }  # fmt: skip
    assert states.name("D", "zh-Hant") == "德國"
    assert states.name("D", "zh-Hans") == "德国"


def test_issuers_that_are_no_states_keep_their_english_name_and_codes_of_nobody_have_none() -> None:
    assert states.name("XXB", "ja") == codes.country("XXB").name
    assert states.name("ZZZ", "ja") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_issuer_can_be_chosen_by_a_name(language: str) -> None:
    found = dict(states.choices(language))
    assert len(found) == len(codes.countries())
    assert "D" in found
    assert all(found.values())
    named = sum(found[code] != dict(states.choices("en"))[code] for code in found)
    assert named > 240 or language == "en"
