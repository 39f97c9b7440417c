"""The traveller's page on a phone: from the first question to a code that a reader reads."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from app.declarations.keys import published_keys
from app.declarations.models import KeyUse
from app.formats.barcode import read_code
from app.formats.credential import Opened, open_credential, public_key
from app.kernel.http import Kernel
from tests.e2e.declare.conftest import Phone
from tests.web.traveller.walk import ELSA, JOURNEY, PASSPORT, WATCH, answers

PhoneMaker = Callable[..., Phone]


@pytest.fixture
def opened(kernel: Kernel) -> Callable[[bytes], Opened]:
    """Read the code in a picture and open it with the authority's published keys."""

    def read(picture: bytes) -> Opened:
        text = read_code(picture)
        with kernel.database.read() as session:
            keys = published_keys(session, kernel.clock())
        trust = {key.kid: public_key(key.point) for key in keys if key.use is KeyUse.SIGN}
        return open_credential(text, now=int(kernel.clock().timestamp()), trust=trust)

    return read


def test_a_family_with_goods_declares(phone: PhoneMaker, opened: Callable[[bytes], Opened]) -> None:
    me = phone(locale="en-GB")
    me.open("/declare/")
    expect(me.page).to_have_url(me.address + "/declare/en")
    me.check("start")
    me.page.get_by_role("link", name="Start").click()
    me.check("passport")
    me.type(PASSPORT)
    me.onward()
    me.check("journey")
    me.type(JOURNEY)
    me.onward()
    me.check("companions-none")
    me.page.get_by_role("button", name="Add a person").click()
    expect(me.page.get_by_label("Surname")).to_have_value("LINDQVIST")
    me.type(ELSA)
    me.check("companions")
    me.onward()
    me.check("questions")
    me.type(answers("over_allowance", "entrusted"))
    me.onward()
    me.type(WATCH)
    me.check("goods")
    me.onward()
    me.check("summary")
    me.certify()
    expect(me.page.get_by_role("heading", name="Your code")).to_be_visible()
    me.check("code")
    found = opened(me.page.screenshot())
    assert found.receipt is not None
    assert found.receipt.flight == "XX983"
    assert (found.receipt.party_size, found.receipt.goods_count, found.receipt.lane) == (2, 1, 1)
    assert opened(me.page.locator(".ticket").screenshot()).cti == found.cti


def test_without_javascript(phone: PhoneMaker, opened: Callable[[bytes], Opened]) -> None:
    me = phone(java_script_enabled=False)
    me.open("/declare/en/passport")
    me.onward()
    expect(me.page.locator(".error-summary")).to_contain_text("Enter the surname")
    me.fill()
    me.certify()
    expect(me.page.locator(".ticket svg")).to_be_visible()
    found = opened(me.page.locator(".ticket").screenshot())
    assert found.receipt is not None
    assert found.receipt.lane == 0


def test_an_error_is_said_above_and_at_the_field_and_nothing_typed_is_lost(
    phone: PhoneMaker,
) -> None:
    me = phone(width=320, height=640)
    me.open("/declare/en/passport")
    me.type(PASSPORT | {"surname": "", "birth_date-month": "13", "nationality": "QQQ"})
    me.onward()
    summary = me.page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(me.page).to_have_title(re.compile("Error: Your passport"))
    me.check("passport-errors")
    for link in summary.get_by_role("link").all():
        field = (link.get_attribute("href") or "").removeprefix("#")
        assert me.page.locator(f"[id='{field}-error']").inner_text().endswith(link.inner_text())
        link.click()
        expect(me.page.locator(f"[id='{field}']")).to_be_focused()
    expect(me.page.get_by_label("Given names")).to_have_value("ASTRID MAJ")
    expect(me.page.get_by_label("Month")).to_have_value("13")


def test_arabic_runs_from_right_to_left(
    phone: PhoneMaker, opened: Callable[[bytes], Opened]
) -> None:
    me = phone(width=360, height=780, locale="ar-EG")
    me.open("/declare/")
    expect(me.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(me.page.locator("html")).to_have_attribute("lang", "ar")
    me.check("ar-start")
    me.page.locator("a.primary").click()
    me.check("ar-passport")
    me.onward()
    me.check("ar-errors")
    me.fill("unaccompanied", journey={"flight": "xx٩٨٣", "address": "فندق المثال، طوكيو"})
    me.check("ar-goods")
    me.type(
        {
            "goods-0-category": "unaccompanied_packages", "goods-0-quantity": "٢",
            "goods-0-value": "٥٠٬٠٠٠", "goods-0-currency": "JPY",  # noqa: RUF001
        }
    )  # fmt: skip
    me.page.locator("#add").click()
    me.type(
        {
            "goods-1-category": "other_goods", "goods-1-description": "سجاد", "goods-1-quantity": "1",
            "goods-1-value": "90000", "goods-1-currency": "JPY",
        }
    )  # fmt: skip
    me.onward()
    me.check("ar-summary")
    me.certify()
    me.check("ar-code")
    receipt = opened(me.page.screenshot()).receipt
    assert receipt is not None
    assert (receipt.flight, receipt.goods_count, receipt.lane) == ("XX983", 2, 2)


def test_in_the_dark_the_code_stays_black_on_white(
    phone: PhoneMaker, opened: Callable[[bytes], Opened]
) -> None:
    me = phone(width=430, height=932, color_scheme="dark")
    me.open("/declare/en/passport")
    me.check("dark-passport")
    me.onward()
    me.check("dark-errors")
    me.fill()
    me.check("dark-summary")
    me.certify()
    me.check("dark-code")
    assert opened(me.page.screenshot()).receipt is not None
    with me.page.expect_download() as download:
        me.page.get_by_role("link", name="Save the code as an image").click()
    assert opened(download.value.path().read_bytes()).receipt is not None


@pytest.mark.parametrize("language", ["ja", "zh-Hans", "zh-Hant", "ko"])
def test_every_page_stands_in_every_language(phone: PhoneMaker, language: str) -> None:
    me = phone(width=320, height=640, locale=language)
    me.open("/declare/")
    assert urlsplit(me.page.url).path == f"/declare/{language}"
    me.check(f"{language}-start")
    me.open(f"/declare/{language}/passport")
    me.onward()
    me.check(f"{language}-errors")
    me.fill("gold")
    me.check(f"{language}-goods")
    me.type(WATCH)
    me.onward()
    me.check(f"{language}-summary")
    me.certify()
    me.check(f"{language}-code")


def test_enter_goes_on_and_the_language_can_change_half_way(phone: PhoneMaker) -> None:
    me = phone()
    me.open("/declare/en/passport")
    me.type(PASSPORT)
    me.page.get_by_label("Surname").press("Enter")
    expect(me.page).to_have_url(me.address + "/declare/en/journey")
    me.page.get_by_label("Flight number").fill("XX 983")
    me.page.locator(".languages summary").click()
    me.check("languages", full=False)
    me.page.get_by_role("button", name="日本語").click()
    expect(me.page).to_have_url(me.address + "/declare/ja/journey")
    expect(me.page.get_by_label("便名")).to_have_value("XX 983")
    me.page.go_back()
    expect(me.page.get_by_label("Flight number")).to_have_value("XX 983")


def test_change_then_withdraw_then_forget(
    phone: PhoneMaker, opened: Callable[[bytes], Opened]
) -> None:
    me = phone()
    me.open("/declare/en/passport")
    me.fill()
    me.certify()
    first = opened(me.page.screenshot())
    me.page.get_by_role("button", name="Change the declaration").click()
    expect(me.page.get_by_role("heading", name="Check your answers")).to_be_visible()
    me.page.get_by_role("link", name=re.compile("Change.*Your journey")).click()
    me.type({"address": "Hotel Example, Nagoya"})
    me.onward()
    expect(me.page.get_by_text("Hotel Example, Nagoya")).to_be_visible()
    me.certify()
    expect(me.page.get_by_text("This is your new code")).to_be_visible()
    second = opened(me.page.screenshot())
    assert (second.cti, second.seq) == (first.cti, first.seq + 1)
    me.page.get_by_role("link", name="Withdraw the declaration").click()
    me.check("withdraw")
    me.page.get_by_role("button", name="Withdraw the declaration").click()
    expect(me.page.get_by_role("heading", name="This declaration is withdrawn")).to_be_visible()
    me.check("withdrawn")
    me.page.get_by_role("button", name="Remove from this device").click()
    expect(me.page).to_have_url(me.address + "/declare/en")
    assert me.page.context.cookies() == []


def test_with_the_keyboard_alone(phone: PhoneMaker) -> None:
    me = phone()
    keys = me.page.keyboard

    def type_into(*values: str) -> None:
        for value in values:
            keys.press("Tab")
            keys.type(value)

    me.open("/declare/en/passport")
    me.page.get_by_role("button", name="Back").focus()
    type_into("LINDQVIST", "ASTRID MAJ", "SX4471209", "SWE", "SWE", "8", "6", "1991")
    keys.press("Enter")
    expect(me.page).to_have_url(me.address + "/declare/en/journey")
    me.page.get_by_role("button", name="Back").focus()
    type_into("XX 983", "CPH", "NRT", "Tue 10", "", "Hotel Example", "")
    me.page.get_by_label("Sightseeing").focus()
    keys.press("Space")
    me.page.get_by_label("Telephone").focus()
    keys.press("Enter")
    expect(me.page).to_have_url(me.address + "/declare/en/companions")
    keys.press("Tab")
    expect(me.page.get_by_role("link", name="Skip to content")).to_be_focused()
    keys.press("Enter")
    for _ in range(3):
        keys.press("Tab")
    expect(me.page.get_by_role("button", name="Continue without family")).to_be_focused()
    keys.press("Enter")
    me.page.get_by_role("button", name="Back").focus()
    keys.press("Tab")  # what is free of duty
    for _ in range(8):
        keys.press("Tab")
        keys.press("ArrowRight")  # from yes to no
    keys.press("Enter")
    me.page.locator("#certified").focus()
    keys.press("Space")
    keys.press("Enter")
    expect(me.page.get_by_role("heading", name="Nothing to declare")).to_be_visible()
