"""The traveller's pages for everybody: keyboard, every language, twice the size, no scripts; and their weight."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from app.kernel.http import Kernel
from app.web.traveller import summary, typed
from app.web.traveller.phone import edition_of, weights
from app.web.traveller.words import LANGUAGES, catalogue, plural_form
from tests.e2e.declare.conftest import Opener, PhoneMaker, stored
from tests.support.rates import rates
from tests.web.traveller.walk import ELSA, JOURNEY, PASSPORT, STAY, WATCH, answers

COUNTS = [0, 1, 2, 3, 10, 11, 12, 99, 100, 101, 102, 103, 111, 200, 1000]


def test_with_the_keyboard_alone(phone: PhoneMaker, opened: Opener) -> None:
    me = phone()
    keys = me.page.keyboard
    me.open("/declare/en")

    def tab(times: int = 1) -> None:
        for _ in range(times):
            keys.press("Tab")

    def type_in(*values: str) -> None:
        for value in values:
            tab()
            keys.type(value)

    tab()
    expect(me.page.get_by_role("link", name="Skip to content")).to_be_focused()
    keys.press("Enter")
    tab()
    expect(me.page.get_by_role("link", name="Start")).to_be_focused()
    keys.press("Enter")
    me.at("passport")
    expect(me.page.get_by_role("heading", name="Your passport")).to_be_focused()
    type_in("LINDQVIST", "ASTRID MAJ", "SX4471209", "SWE", "SWE", "8", "6", "1991")
    keys.press("Enter")
    me.at("journey")
    type_in("XX 983", "CPH", "")
    keys.press("Control+A")
    keys.type("NRT")
    tab()
    keys.type("Tue")
    tab()
    keys.press("ArrowDown")
    keys.press("Enter")
    me.at("stay")
    me.page.locator(".skip").focus()
    keys.press("Enter")
    expect(me.page.locator("#main")).to_be_focused()
    me.at("stay")
    tab()  # back
    type_in("Hotel Example")
    keys.press("Enter")
    me.at("companions")
    tab(2)
    expect(me.page.get_by_role("button", name="Continue without family")).to_be_focused()
    keys.press("Enter")
    for name in answers():
        me.at(name.replace("answer-", "question-"))
        tab(2)  # past what counts
        keys.press("ArrowRight")
        keys.press("ArrowRight") if not me.page.locator(f"#{name}-no").is_checked() else None
        keys.press("Enter")
    me.at("check")
    me.page.get_by_role("heading", name="Check your answers").focus()
    keys.press("Shift+Tab")
    expect(me.section.get_by_role("button", name="Back")).to_be_focused()
    me.section.locator("button.primary").focus()
    keys.press("Enter")
    me.at("certify")
    tab()
    keys.press("Space")
    keys.press("Enter")
    me.at("code")
    receipt = opened(me.ticket).receipt
    assert receipt is not None
    assert receipt.lane == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_for_everybody(
    phone: PhoneMaker, language: str, opened: Opener, kernel: Kernel
) -> None:
    """At 320 px, in every language, in light and dark: axe, nothing sticks out, no word is missing."""
    me = phone(width=320, height=640, locale=language, color_scheme="dark")
    me.open("/declare/")
    expect(me.page.locator("html")).to_have_attribute("lang", language)
    expect(me.page.locator("html")).to_have_attribute("dir", catalogue()[language]["direction"])
    me.ready()
    me.check(f"{language}-start")
    me.page.locator("#begin a").click()
    me.onward()
    me.check(f"{language}-errors")
    me.seed(
        PASSPORT | JOURNEY | STAY | ELSA | answers("over_allowance") | WATCH | {"flight": "xx٩٨٣"}
    )
    pages = me.page.locator("main > [data-page]").evaluate_all(
        "all => all.map(e => e.dataset.page)"
    )
    assert len(pages) == 19
    for name in pages:
        if name not in ("start", "code"):
            me.go(name)
            me.check(f"{language}-{name}", look=language in ("en", "ja", "ar"))
    me.go("certify")
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text(catalogue()[language]["state_accepted"])
    me.check(f"{language}-code")
    receipt = opened(me.ticket).receipt
    assert receipt is not None
    assert (receipt.flight, receipt.party_size) == ("XX983", 2)
    assert stored(kernel)[0][0].language == language
    me.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    me.check(f"{language}-code-light")
    me.go("mine")
    me.check(f"{language}-mine-one")


def test_at_twice_the_size_nothing_is_cut_off(phone: PhoneMaker) -> None:
    """Nor names of 39 letters, which passports have no longer ones than."""
    me = phone(width=320, height=640)
    me.begin()
    me.page.evaluate("document.documentElement.style.fontSize = '200%'")
    me.onward()
    me.check("twice-errors")
    long = {"surname": "ABCDEFGHIJKLM" * 3, "given_names": "NOPQRSTUVWXYZ" * 3}
    me.fill(
        passport=long, companions=ELSA | {f"companion-0-{key}": name for key, name in long.items()}
    )
    me.check("twice-check")
    me.certify()
    me.at("code")
    me.page.get_by_label(long["surname"]).last.check()
    me.check("twice-code")
    me.go("mine")
    me.check("twice-mine")
    for target in me.page.locator("button:visible, a:visible, summary:visible").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 24


def test_the_phone_reads_what_is_typed_as_the_server_does(phone: PhoneMaker) -> None:
    me = phone()
    me.open("/declare/en")
    module = me.page.locator("script[type=module]").get_attribute("src") or ""
    ask = (
        "async ([module, name, args]) => { const found = await import(module);"
        " return args.map(one => found[name](...one)) }"
    )

    def said(file: str, name: str, samples: list[Any]) -> Any:
        return me.page.evaluate(ask, [module.replace("app.js", file), name, samples])

    texts = ["  Ａ　b ", "٣٠٠٬٠٠٠", "१२३", "ﾔﾏﾀﾞ", "x\u00a0y", ""]  # noqa: RUF001
    assert said("typed.js", "tidy", [[t] for t in texts]) == [typed.tidy(t) for t in texts]
    money = [
        (text, currency)
        for text in ("12,000", "12.000", "12000", "12.5", "1'200.50", "1 200", "0.5", "a lot", "1,2", "1.234.567", "0")
        for currency in ("JPY", "EUR", "KWD", "IDR")
    ]  # fmt: skip
    assert said("typed.js", "amount", [list(pair) for pair in money]) == [
        typed.amount(*pair) for pair in money
    ]
    numbers = [[n] for n in COUNTS]
    for language in LANGUAGES:
        rules = f"n => new Intl.PluralRules('{language}').select(n)"
        found = me.page.evaluate(f"all => all.map(([n]) => ({rules})(n))", numbers)
        assert found == [plural_form(language, n) for [n] in numbers]
    pattern = me.page.locator("#surname").get_attribute("pattern")
    names = ["LINDQVIST", "Åsa-Marie", "O'Neill", "山田", "ИВАНОВ", "Nguyễn", "M1", ""]
    matches = "([p, all]) => all.map(one => new RegExp(`^(?:${p})$`, 'u').test(one))"
    assert me.page.evaluate(matches, [pattern, names]) == [typed.is_latin_name(n) for n in names]


_PLACES = """sums => sums.map(sum => {
  const place = document.querySelector('#estimate strong'), text = place.firstChild;
  const range = document.createRange(), from = text.data.indexOf(sum);
  range.setStart(text, from);
  range.setEnd(text, from + sum.length);
  const boxes = [...range.getClientRects()];
  return boxes.length === 1 ? boxes[0].left : null;
})"""
_WRITING = """() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (...said) {
    window.written.push(this.direction);
    return write.apply(this, said);
  };
}"""


def test_sums_and_pictures_run_from_right_to_left_in_arabic(phone: PhoneMaker) -> None:
    me = phone()
    me.begin("ar")
    me.fill("over_allowance", "means_of_payment")
    me.type({"goods-0-category": "alcohol", "goods-0-quantity": "8", "goods-0-value": "200", "goods-0-currency": "EUR"})  # fmt: skip
    said = me.page.locator("#estimate strong").inner_text()
    sums = re.findall(r"\u2068([^\u2069]+)\u2069", said)
    assert len(sums) == 2
    least, most = me.page.evaluate(_PLACES, sums)  # each in one piece, the lesser one to the right
    assert least > most
    me.onward()
    # what a yes leads to is said where no list of goods asks for it
    expect(me.section.locator(".follows")).to_have_count(1)
    expect(me.section.locator(".follows")).to_contain_text("المكتب")
    me.check("ar-follows")
    me.page.evaluate(_WRITING)
    me.certify()
    with me.page.expect_download():
        me.page.locator("#code-save").click()
    assert set(me.page.evaluate("window.written")) == {"rtl"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_phone_writes_dates_moments_and_money_as_the_server_does(
    phone: PhoneMaker, language: str
) -> None:
    me, words = phone(locale="en-US"), catalogue()[language]
    me.open(f"/declare/{language}")
    module = me.page.locator("script[type=module]").get_attribute("src") or ""
    days = [date(2026, 1, 1) + timedelta(days=31 * n) for n in range(12)]
    sums = [(0, "JPY"), (300_000, "JPY"), (1_234_567, "EUR"), (5, "KWD"), (99_999_999_999, "USD")]
    moments = [
        (datetime(2026, month, 10, 23, 5, tzinfo=UTC), zone, port)
        for month in (1, 7)
        for zone, port in [("Asia/Tokyo", "NRT"), ("Europe/London", "LHR"), ("America/St_Johns", "YYT")]
    ]  # fmt: skip
    said = me.page.evaluate(
        """async ([module, days, sums, moments, counts]) => {
          const w = await import(module);
          return [days.map(one => w.day(one)), days.map(one => w.day(one, true)), sums.map(one => w.money(...one)),
            moments.map(one => w.moment(...one)), counts.map(one => w.count("unit_piece", one))];
        }""",
        [
            module.replace("app.js", "words.js"),
            [day.isoformat() for day in days],
            [list(one) for one in sums],
            [[at.timestamp() * 1000, zone] for at, zone, _ in moments],
            COUNTS,
        ],
    )
    assert said == [
        [words.day(day, "plain_date") for day in days],
        [words.day(day) for day in days],
        [words.money(*one) for one in sums],
        [summary.moment(at, port, "NRT", words) for at, _, port in moments],
        [words.count("unit_piece", one) for one in COUNTS],
    ]


def test_the_whole_app_weighs_no_more_than_100_kb(kernel: Kernel, tmp_path: Path) -> None:
    """With exchange rates for every currency that can be chosen."""
    with rates(tmp_path, date(2026, 3, 8), **dict.fromkeys(summary.CURRENCIES, "123.456789")):
        found = weights(edition_of(kernel))
    assert {
        "shell.html",
        "en.json",
        "ar.json",
        "js/credential.js",
        "vendor/uqr/index.mjs",
    } <= found.keys()
    assert sum(found.values()) <= 100_000, found


def test_without_javascript(phone: PhoneMaker, opened: Opener) -> None:
    me = phone(java_script_enabled=False)
    me.open("/declare/en")
    me.page.get_by_role("link", name="Start").click()
    me.onward()
    expect(me.page.locator(".error-summary")).to_contain_text("Enter the surname")
    me.fill("over_allowance")
    me.type(WATCH)
    me.onward()
    me.page.get_by_role("link", name=re.compile("Change.*Where you stay")).click()
    me.type({"address": "Hotel Example"})
    me.onward()
    me.certify()
    receipt = opened(me.ticket).receipt
    assert receipt is not None
    assert (receipt.lane, receipt.goods_count) == (1, 1)
    me.page.get_by_role("button", name="Change the declaration").click()
    expect(me.page.get_by_text("Hotel Example")).to_be_visible()


def test_pages_of_the_server_are_for_everybody_too(phone: PhoneMaker) -> None:
    me = phone(width=320, height=640, color_scheme="dark")
    me.open("/declare/ar/help")
    me.check("plain-ar-help")
    me.open("/declare/en/passport")
    me.onward()
    expect(me.page.locator(".error-summary")).to_be_focused()
    me.check("plain-errors")
    me.type(PASSPORT)
    me.page.get_by_label("Surname").press("Enter")
    me.type(JOURNEY)
    me.onward()
    me.type(STAY)
    me.onward()
    me.page.locator("#add-companion").click()
    me.type(ELSA)
    me.check("plain-companions")
    me.onward()
    me.check("plain-question")
    me.answer("gold")
    me.check("plain-goods")
    me.type(WATCH)
    me.onward()
    me.check("plain-check")
    me.certify()
    me.check("plain-code")
    there = me.page.url
    me.open("/declare/en/passport")
    me.type(PASSPORT)
    me.onward()
    me.page.goto(there)
    me.page.locator("form[action$='/change'] button").click()
    expect(me.page.locator("h1")).to_have_text("You have begun a declaration on this device.")
    me.check("plain-begun")
