"""What is marked is shown in the language of the request, by templates and by tables of words."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.extract import extract
from jinja2.compiler import CodeGenerator

from app.declarations.keys import KeyState
from app.declarations.registry import all_versions
from app.identity.models import DeviceKind
from app.kernel.keyring import KeyState as RingState
from app.notices.service import MOST_STANDING, TooManyNoticesError
from app.screening.list_models import ProposalStatus, Verdict
from app.screening.models import EntryKind, Severity
from app.screening.tester import PURPOSES
from app.travel.models import PassengerKind
from app.web import extracting, localized, translation
from app.web.console import declared, hits, moments, outcomes, queue, words
from app.web.console.words.codes import MARKED
from app.web.forms import Fields
from app.web.pages import environment
from app.web.translation import gettext, ngettext

JAPANESE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Claim"
msgstr "担当する"

msgid "%(flight)s from %(origin)s"
msgstr "%(origin)s発 %(flight)s 100%%"

msgid "%(n)s passenger"
msgid_plural "%(n)s passengers"
msgstr[0] "旅客%(n)s名"

msgid "Risk"
msgstr "リスク"

msgid "A fellow traveller is held: %(kind)s"
msgstr "同行者が留置中 %(kind)s"

msgid "%(n)s min"
msgstr "%(n)s分"

msgid "%(span)s ago"
msgstr "%(span)s前"

msgid "Very heavy bag for two nights or less"
msgstr "二泊以下で非常に重い手荷物"

msgid "Form of payment"
msgstr "支払方法"

msgid "Choose what was found"
msgstr "発見した物を選んでください"
"""
DRAWN = (
    '{% macro told(who, why="") %}[{{ _("In %(place)s", place=who) }}{{ why }}]{% endmacro %}'
    '{% set all = _("All of 100%%") %}{{ all }}{{ told("<b>", _("why")) }}{{ _("Claim") if true else _("Go") }}'
    '{% for n in (1, 2) %}{% trans n=n, to=told("q") %}{{ n }} for {{ to }}, 5%{% endtrans %}'
    " {% trans n=n %}{{ n }} passenger{% pluralize %}{{ n }} passengers{% endtrans %}{% endfor %}"
    '<a title="{{ _("A & B") }}">{{ _("%(flight)s from %(origin)s", flight="<x>", origin=3) }}</a>'
)


@pytest.fixture
def japanese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of a few messages, and a request that is to be answered from it."""
    file = tmp_path / "ja" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(JAPANESE)
    monkeypatch.setattr(translation, "LOCALE", tmp_path)
    kept = (translation.catalogue, localized.localized)
    for one in kept:
        one.cache_clear()
    token = translation._current.set("ja")
    yield
    translation._current.reset(token)
    for one in kept:
        one.cache_clear()


def drawn(text: str = DRAWN) -> str:
    spoken = localized.localized(environment, translation.language())
    return spoken.from_string(text).render()


def test_messages_are_shown_as_they_are_written_where_nobody_translates_them():
    assert drawn() == (
        "All of 100%[In &lt;b&gt;why]Claim1 for [In q], 5% 1 passenger2 for [In q], 5% 2 passengers"
        '<a title="A & B">&lt;x&gt; from 3</a>'
    )


def test_a_template_shows_the_language_of_the_request(japanese):
    page = drawn()
    assert "why]担当する1 for" in page
    assert "旅客1名" in page
    assert "旅客2名" in page
    assert "3発 &lt;x&gt; 100%</a>" in page


@pytest.mark.parametrize("tag", ["en", "ja"])
def test_setting_messages_in_while_compiling_changes_nothing(tag, japanese):
    translation._current.set(tag)
    plainly = localized.localized(environment, tag).overlay()
    plainly.code_generator_class = CodeGenerator
    assert plainly.from_string(DRAWN).render() == drawn()


def test_words_reasons_times_and_faults_speak_it_too(japanese):
    assert words.KINDS["risk"] == "リスク"
    assert words.KINDS.get("never heard of") is None
    assert "goods" in words.KINDS
    assert words.reason("party-risk") == "同行者が留置中 リスク"
    now = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
    assert moments.Moments(now, "NRT").relative(now - timedelta(minutes=12)) == "12分前"
    assert moments.Moments(now, "NRT").clock(now + timedelta(hours=13)) == "3月11日 01:00 JST"
    assert ngettext("%(n)s passenger", "%(n)s passengers", 3) == "旅客3名"
    with pytest.raises(outcomes.TypedWrongError) as wrong:
        outcomes.read_outcome(Fields([("found-0-kind", "magic")]))
    assert wrong.value.problems[0].said == "発見した物を選んでください"


def test_titles_of_rules_and_names_of_facts_speak_it(japanese):
    title = "Very heavy bag for two nights or less"
    assert queue.in_words(["risk-unreviewed"], [title]) == ("二泊以下で非常に重い手荷物",)
    assert queue.in_words(["risk-unreviewed"], ["Of our own"]) == ("Of our own",)
    assert hits.fact("booking.payment") == "支払方法"


def test_nothing_is_not_the_catalogues_header(japanese):
    assert gettext("") == ""
    assert words.plain("") == ""


def test_titles_and_names_of_facts_are_gathered():
    rules = b'[[rules]]\nkey = "a.b"\ntitle = "A rule"\n[[rules]]\nkey = "c.d"\ntitle = "Told"\ntexts = {}\n'
    lists = b'[domains]\ntype = "str"\ntitle = "A list"\nvalues = []\n'
    told = extract("app.web.extracting:titles", io.BytesIO(rules + lists))
    assert [one[1] for one in told] == ["A rule", "A list"]
    found = [one[2] for one in extracting.facts(io.BytesIO(), (), (), {})]
    assert "Form of payment" in found


def test_profiles_and_sources_of_rates_are_gathered():
    profile = b'key = "x"\ntitle = "A state"\nnote = "Its law."\n'
    told = extract("app.web.extracting:profiles", io.BytesIO(profile))
    assert [one[1] for one in told] == ["A state", "Its law."]
    for form, said in ((b'{"duty": {"source": "A list"}}', ["A list"]), (b"{}", [])):
        told = extract("app.web.extracting:rates", io.BytesIO(form))
        assert [one[1] for one in told] == said


def test_codes_that_become_words_are_marked():
    kinds = [kind for kind in PassengerKind if kind is not PassengerKind.PASSENGER]
    voided = ("other-person", "withdrawn", "entry-changed")
    enums = (Severity, EntryKind, Verdict, ProposalStatus, DeviceKind)
    said = (
        *PURPOSES,
        *kinds,
        *voided,
        *KeyState,
        *RingState,
        "live",
        *(one for enum in enums for one in enum),
    )
    assert {words.plain(code) for code in said} <= set(MARKED)


def test_a_title_with_a_figure_is_a_message_and_true():
    assert f" {MOST_STANDING} " in TooManyNoticesError.title


def test_units_of_goods_are_counted_in_words():
    units = {one.unit for form in all_versions().values() for one in form.categories if one.unit}
    assert units <= set(declared._UNITS)
    assert declared._count(1, "bottle") == "1 bottle"
    assert declared._count(5, "bottle") == "5 bottles"
    assert declared._count(5, "") == "5"
