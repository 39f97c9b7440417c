"""Phrase cards: every sentence in every language, recorded; the language that the traveller declared in first."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.formats.languages import LANGUAGES
from app.identity.permissions import Role
from app.travel.models import Passenger
from app.web.assets import STATIC
from app.web.console.languages import language_for
from app.web.console.phrases import ANSWERS, PHRASES
from tests.support.airport import guest

VOICE = Path(STATIC) / "voice"


def test_every_sentence_is_said_in_every_language_and_recorded() -> None:
    for key, said in PHRASES.items():
        assert set(said) == set(LANGUAGES)
        for language in LANGUAGES:
            sound = (VOICE / language / f"{key}.opus").read_bytes()
            assert sound.startswith(b"OggS"), (language, key)
            assert len(sound) > 1000, (language, key)
    recorded = {path.stem for path in VOICE.rglob("*.opus")}
    assert recorded == set(PHRASES), "and nothing else is"
    assert all(set(said) == set(LANGUAGES) for said in ANSWERS.values())


@pytest.mark.parametrize(
    ("declared", "nationality", "expected"),
    [("ko", "JPN", "ko"), ("", "JPN", "ja"), ("", "EGY", "ar"), ("", "TWN", "zh-Hant"),
     ("", "BRA", "en"), ("fr", "CHN", "zh-Hans"), ("", "", "en")],
)  # fmt: skip
def test_the_language_declared_in_comes_before_a_likely_one(declared, nationality, expected):
    assert language_for(declared, nationality) == expected


def test_cards_are_read_and_heard_without_a_script(look) -> None:
    officer = look(Role.GATE_OFFICER)
    assert 'lang="ar" dir="rtl" href="/console/phrases/ar"' in officer.page("/console/phrases")
    page = officer.page("/console/phrases/ja")
    for said in PHRASES.values():
        assert said["ja"] in page
    [sound, *_] = re.findall(r'<audio controls preload="none" src="([^"]+)"', page)
    answer = officer.get(sound)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/ogg"
    card = officer.page("/console/phrases/ar/open-bag")
    assert PHRASES["open-bag"]["ar"] in card
    assert ANSWERS["yes"]["ar"] in card


@pytest.mark.parametrize("path", ["fr", "ja/rude", "../console"])
def test_there_are_no_other_languages_or_cards(look, path) -> None:
    assert look(Role.GATE_OFFICER).get(f"/console/phrases/{path}").status_code == 404


def test_the_dossier_leads_to_the_cards_in_the_travellers_language(look, airport) -> None:
    sector = airport.sector(1, timedelta(minutes=-20))
    who = guest("HAN", "JIYOO", state="KOR")
    airport.announce(sector, [who])
    airport.settle()
    with airport.kernel.database.read() as session:
        [passenger] = session.scalars(sa.select(Passenger.id)).all()
    page = look(Role.SENIOR).page(f"/console/passengers/{passenger}")
    assert 'href="/console/phrases/ko"' in page
