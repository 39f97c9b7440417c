"""The traveller's app in a browser of a phone: online, offline, changed, withdrawn, for a family, for everybody."""

import io
import re
from datetime import date
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Route, expect

from app.formats.barcode import read_code
from app.formats.credential import Kind, binding
from app.kernel.clock import SettableClock
from app.kernel.http import Kernel
from app.web.traveller.phone import edition_of, kept
from app.web.traveller.words import catalogue
from tests.e2e.declare.conftest import Opener, Phone, PhoneMaker, scan, stored
from tests.support.rates import rates
from tests.web.traveller.walk import ELSA, JOURNEY, NILS, PASSPORT, STAY, WATCH

try:
    from pyzbar import pyzbar
except ImportError:
    pyzbar = None


_LAMP = """if (navigator.wakeLock) navigator.wakeLock.request = async (kind) => {
  document.documentElement.dataset.lit = kind;
  return { release: async () => { delete document.documentElement.dataset.lit; } };
};"""


def test_a_price_in_dollars_is_estimated_on_the_phone(phone: PhoneMaker, tmp_path: Path) -> None:
    """At the rates of the day of arrival, without network too; the page says at which."""
    with rates(tmp_path, date.fromisoformat(JOURNEY["arrival_date"]), USD="150"):
        me = phone(locale="en-GB")
        me.begin()
        me.page.context.set_offline(True)
        me.fill("over_allowance")
        me.type({"goods-0-category": "other_goods", "goods-0-description": "Shirts", "goods-0-quantity": "10",
                 "goods-0-value": "2500", "goods-0-currency": "USD"})  # fmt: skip
        expect(me.page.locator("#estimate")).to_contain_text("JPY 16,875")
        expect(me.page.locator("#estimate")).to_contain_text("exchange rates of customs")


def test_a_family_with_goods_declares_online(phone: PhoneMaker, opened: Opener) -> None:
    me = phone(locale="en-GB")
    me.page.add_init_script(_LAMP)
    me.open("/declare/")
    expect(me.page).to_have_url(me.address + "/declare/en")
    me.wait()
    me.page.get_by_role("link", name="Start").click()
    me.onward()  # nothing is filled in
    summary = me.page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(me.page).to_have_title(re.compile("^Error: Your passport"))
    for link in summary.get_by_role("link").all():
        field = (link.get_attribute("href") or "").removeprefix("#")
        assert me.page.locator(f"[id='{field}-error']").inner_text().endswith(link.inner_text())
        link.click()
        expect(me.page.locator(f"[id='{field}']")).to_be_focused()
    me.fill("over_allowance", "entrusted", companions=ELSA | NILS)
    me.onward()
    expect(me.page.locator(".error-summary a")).to_have_attribute("href", "#goods-0-category")
    me.type(WATCH)
    expect(me.page.locator("#estimate")).to_contain_text("An estimate, not an assessment")
    me.onward()
    expect(me.section).to_contain_text(
        "\u2068Wrist watch\u2069 · \u20681 piece\u2069 · \u2068JPY 300,000\u2069"
    )
    expect(me.section).to_contain_text("8 June 1991")
    me.page.get_by_role("link", name=re.compile("Change.*Where you stay")).click()
    me.type({"address": "Hotel Example"})
    me.onward()
    me.at("check")  # a change comes back
    me.onward()
    me.onward()
    expect(me.page.locator("#certified-error")).to_be_visible()
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Received by customs")
    found = opened(me.ticket)
    assert found.receipt is not None
    receipt = found.receipt
    assert (receipt.flight, receipt.party_size, receipt.goods_count) == ("XX983", 3, 1)
    assert receipt.lane == 1
    expect(me.page.locator("html")).to_have_attribute("data-lit", "screen")
    # a picture of the code for the companion who walks alone
    me.page.get_by_label("BERGMAN ELSA").check()
    expect(me.page.locator("#code-name")).to_have_text("BERGMAN ELSA")
    with me.page.expect_download() as download:
        me.page.get_by_role("button", name="Save the code as an image").click()
    assert download.value.suggested_filename.endswith("-2.png")
    assert opened(download.value.path().read_bytes()).cti == found.cti
    # and whoever has a passport number there has a receipt of their own
    me.page.get_by_label("LINDQVIST NILS").check()
    own = opened(me.ticket)
    assert own.receipt is not None
    assert own.cti == found.cti
    assert own.receipt.binding == binding(own.cti, "SX4471210", "SWE", 19890214)
    with me.page.expect_download() as download:
        me.page.get_by_role("button", name="Save the code as an image").click()
    assert opened(download.value.path().read_bytes()).receipt == own.receipt
    me.page.go_back()
    me.at("mine")  # not into what was certified
    expect(me.page.locator("html:not([data-lit])")).to_be_attached()


def still_offline(me: Phone) -> None:
    """Chromium 150 does not tell a page that it was loaded offline: the network comes and goes once more."""
    for lost in (False, True):
        me.page.context.set_offline(lost)


def test_offline_from_the_first_question_to_a_code_that_the_service_takes(
    phone: PhoneMaker, opened: Opener, kernel: Kernel
) -> None:
    me = phone()
    me.open("/declare/en")
    me.ready()
    me.page.context.set_offline(True)
    me.page.goto(me.address + "/declare/")
    still_offline(me)
    me.wait()
    expect(me.page.locator("#offline")).to_be_visible()
    me.page.locator("#begin a").click()
    me.type(PASSPORT)
    me.page.locator(".languages summary").click()
    me.page.get_by_role("link", name="日本語").click()
    expect(me.page.locator("html")).to_have_attribute("lang", "ja")
    me.wait()
    me.at("passport")
    expect(me.page.get_by_label("姓", exact=True)).to_have_value("LINDQVIST")
    me.fill("gold", journey={"flight": "ｘｘ ０９８３"}, companions=ELSA)  # noqa: RUF001
    me.type({"goods-0-category": "gold"})
    me.page.reload()
    still_offline(me)
    me.wait()
    me.at("goods")
    expect(me.page.locator("#goods-0-category")).to_have_value("gold")
    me.type({"goods-0-quantity": "12", "goods-0-value": "1,234.50", "goods-0-currency": "USD"})
    me.onward()
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text(catalogue()["ja"]["state_made"])
    found = opened(me.ticket)
    assert found.kind is Kind.ENCRYPTED
    declared = found.declaration
    assert declared is not None
    assert (declared.identity.surname, declared.identity.birth_date) == ("LINDQVIST", 19910608)
    assert (declared.journey.flight, declared.journey.destination) == ("XX983", "NRT")
    assert [(one.given, one.birth_date) for one in declared.companions] == [("ELSA", 20150930)]
    assert [(g.category, g.quantity, g.value, g.currency) for g in declared.goods] == [
        (8, 12, 123_450, "USD")
    ]
    picture = Image.open(io.BytesIO(me.ticket))
    assert zxingcpp.read_barcodes(picture)[0].text == read_code(me.ticket)
    if pyzbar:
        assert pyzbar.decode(picture)[0].data.decode() == read_code(me.ticket)
    assert stored(kernel) == []
    assert scan(me, me.ticket)["lane"] == 1  # at a kiosk, before the phone is online again
    me.page.context.set_offline(False)
    expect(me.page.locator("#code-state")).to_contain_text(catalogue()["ja"]["state_accepted"])
    swapped = opened(me.ticket)
    assert (swapped.kind, swapped.cti) == (Kind.RECEIPT, found.cti)
    [(declaration, version)] = stored(kernel)
    assert (declaration.language, version.language) == ("ja", "ja")
    assert version.certified_text.startswith("この申告書")
    reference = me.page.locator("#code-reference").inner_text()
    assert scan(me, me.ticket)["reference"] == reference


def test_an_answer_that_was_lost_costs_nothing(phone: PhoneMaker, kernel: Kernel) -> None:
    me = phone()
    me.begin()
    me.fill()

    def lose(route: Route) -> None:
        route.fetch()  # the service has it, the phone does not hear of it
        route.abort()

    me.page.route("**/declarations/phone", lose)
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Not yet sent")
    assert len(stored(kernel)) == 1
    me.page.unroute("**/declarations/phone")
    me.page.reload()
    expect(me.page.locator("#code-state")).to_contain_text("Received by customs")
    assert len(stored(kernel)) == 1


def test_changed_offline_and_withdrawn(phone: PhoneMaker, opened: Opener, kernel: Kernel) -> None:
    me = phone()
    me.begin()
    me.fill()
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Received")
    first, before = opened(me.ticket), me.ticket
    me.page.context.set_offline(True)
    me.page.get_by_role("button", name="Change the declaration").click()
    me.at("check")
    me.page.get_by_role("link", name=re.compile("Change.*gold bullion")).click()
    me.type({"answer-gold": "yes"})
    me.onward()
    me.at("goods")  # what the yes demands is asked before the summary
    me.type({"goods-0-category": "gold", "goods-0-quantity": "1", "goods-0-value": "9000"})
    me.type({"goods-0-currency": "JPY"})
    me.onward()
    me.certify()
    second = opened(me.ticket)
    assert second.kind is Kind.ENCRYPTED
    assert (second.cti, second.seq) == (first.cti, first.seq + 1)
    me.page.context.set_offline(False)
    expect(me.page.locator("#code-state")).to_contain_text("Received")
    expect(me.page.get_by_text("This is your new code")).to_be_visible()
    assert scan(me, before)["code"] == "superseded"
    assert scan(me, me.ticket)["lane"] == 1
    assert [version.seq for _, version in stored(kernel)] == [0, 1]
    after = me.ticket
    me.page.context.set_offline(True)
    me.page.locator("#code-withdraw").click()
    me.page.locator("#withdraw-yes").click()
    expect(me.page.locator("#code-state")).to_contain_text("sent as soon as this phone is online")
    assert scan(me, after)["lane"] == 1
    me.page.context.set_offline(False)
    expect(me.page.locator("#code-state")).to_have_text("Withdrawn")
    assert scan(me, after)["code"] == "withdrawn"
    me.page.get_by_role("button", name="Remove from this device").click()
    me.at("mine")
    expect(me.page.get_by_text("There is no declaration on this phone")).to_be_visible()


def _painting(row: int) -> dict[str, str]:
    line = WATCH | {"goods-0-description": f"A painting in oil, framed {row}"}
    return {name.replace("-0-", f"-{row}-"): value for name, value in line.items()}


def test_what_is_too_long_for_a_code_is_told_before(phone: PhoneMaker, opened: Opener) -> None:
    me = phone()
    me.begin()
    me.fill("over_allowance")
    told = me.section.locator("[data-capacity]")
    before = ""
    for row in range(20):
        me.type(_painting(row))
        if "Too long" in told.inner_text():
            break
        before = told.inner_text()
        me.page.locator("#add-goods").click()
    assert re.match(r"Almost full: 1\d\d\d of the 1134 characters", before)  # while it still fits
    expect(told).to_contain_text(re.compile(r"would take 11\d\d of 1134 characters"))
    me.check("capacity")
    me.page.context.set_offline(True)
    me.onward()
    expect(me.section.locator("[data-capacity]")).to_be_visible()
    me.certify()
    expect(me.page.locator(".error-summary")).to_contain_text("You are offline")
    me.page.context.set_offline(False)
    me.onward()
    expect(me.page.locator("#code-state")).to_contain_text("Received")
    receipt = opened(me.ticket).receipt
    assert receipt is not None
    assert receipt.goods_count == row + 1
    me.page.get_by_role("button", name="Change the declaration").click()
    me.page.get_by_role("link", name=re.compile("Change.*Where you stay")).click()
    me.type({"address": "Hotel Example"})
    me.onward()
    me.certify()
    expect(me.page.get_by_text("This is your new code")).to_be_visible()
    expect(me.page.locator("#code-state")).to_contain_text("Received")
    assert opened(me.ticket).seq == 1


def test_ten_people_are_kept_and_used_again(phone: PhoneMaker, opened: Opener) -> None:
    me = phone()
    me.begin()
    me.type(PASSPORT)
    me.onward()
    me.type(JOURNEY)
    me.onward()
    me.type(STAY)
    me.onward()
    for row in range(9):
        me.page.locator("#add-companion").click()
        me.type({name.replace("-0-", f"-{row}-"): value for name, value in ELSA.items()})
        me.type({f"companion-{row}-given_names": f"ELSA {'ABCDEFGHI'[row]}"})
    expect(me.page.locator("#add-companion")).to_be_hidden()
    me.page.get_by_role("button", name=re.compile("Remove.*Person 9")).click()
    me.page.locator("#add-companion").click()
    me.type({name.replace("-0-", "-8-"): value for name, value in ELSA.items()})
    me.onward()
    me.answer()
    me.onward()
    me.page.locator("#save-people").check()
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Received")
    receipt = opened(me.ticket).receipt
    assert receipt is not None
    assert receipt.party_size == 10
    expect(me.page.locator("#code-persons")).to_have_text("10 people")
    me.go("passport")
    me.page.get_by_role("button", name=re.compile("Fill in.*LINDQVIST ASTRID MAJ")).click()
    expect(me.page.locator("#document_number")).to_have_value("SX4471209")
    me.page.get_by_role("button", name=re.compile("Delete.*LINDQVIST ASTRID MAJ")).click()
    expect(me.page.get_by_role("button", name=re.compile("Fill in.*LINDQVIST"))).to_have_count(0)


MRZ = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def test_the_two_lines_of_a_passport_fill_the_page_and_their_check_digits_find_slips(
    phone: PhoneMaker,
) -> None:
    me = phone()
    me.begin()
    me.page.get_by_text("Type the two lines").click()
    first, second = me.page.locator("#mrz-first"), me.page.locator("#mrz-second")
    said = me.page.locator("#mrz-said")
    first.fill(MRZ[0].lower())
    for at in (3, 15, 23, 30, 43):  # number, birth, expiry, optional data, all of them
        slip = MRZ[1][:at] + ("1" if MRZ[1][at] != "1" else "2") + MRZ[1][at + 1 :]
        second.fill(slip)
        me.page.locator("#mrz-fill").click()
        expect(said).to_contain_text("a check digit does not agree")
        expect(me.page.get_by_label("Surname")).to_have_value("")
    second.fill(MRZ[1])
    me.page.locator("#mrz-fill").click()
    expect(said).to_contain_text("Filled in")
    assert me.page.evaluate(
        "['surname', 'given_names', 'document_number', 'issuer', 'nationality', 'birth_date',"
        " 'birth_date-month', 'birth_date-year'].map(id => document.getElementById(id).value)"
    ) == ["ERIKSSON", "ANNA MARIA", "L898902C3", "UTO", "UTO", "12", "08", "1974"]


def test_what_is_kept_goes_by_itself_and_at_once_when_asked(
    phone: PhoneMaker, clock: SettableClock
) -> None:
    me = phone()
    me.begin()
    me.fill()
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Received")
    clock.advance(days=7)
    me.page.context.clock.set_fixed_time(clock())
    me.open("/declare/en")
    me.go("mine")
    expect(me.page.locator("#own li")).to_contain_text("Expired")
    clock.advance(days=2)
    me.page.context.clock.set_fixed_time(clock())
    me.page.reload()
    me.wait()
    expect(me.page.locator("#own li")).to_have_count(0)
    me.go("passport")
    me.type(PASSPORT)
    me.go("help")
    expect(me.section).to_contain_text("until 7 days after arrival")
    me.page.get_by_role("button", name=re.compile("Delete everything")).click()
    expect(me.page.locator("#deleted")).to_be_visible()
    kept = me.page.evaluate(
        "async () => { const at = (await indexedDB.databases())[0]; const d = await new Promise(r => {"
        "const q = indexedDB.open(at.name); q.onsuccess = () => r(q.result) });"
        "const found = {}; for (const s of d.objectStoreNames) found[s] = await new Promise(r => {"
        "const q = d.transaction(s).objectStore(s).getAllKeys(); q.onsuccess = () => r(q.result) });"
        "return found }"
    )
    assert kept["people"] == kept["declarations"] == []
    assert "device" not in kept["state"]
    assert "draft" not in kept["state"]


def test_a_plain_code_only_where_the_site_takes_them_and_veiled_until_it_is_tapped(
    phone: PhoneMaker, opened: Opener, kernel: Kernel
) -> None:
    for allowed in (False, True):
        kernel.plain_declarations = allowed
        me = phone()
        me.page.route("**/api/v1/keys", lambda route: route.abort())
        me.open("/declare/en")
        me.page.locator("#begin a").click()
        me.fill()
        me.page.context.set_offline(True)
        me.certify()
        if not allowed:
            expect(me.page.locator(".error-summary")).to_contain_text("the key of customs")
            continue
        expect(me.page.locator("#code-state")).to_contain_text("whoever reads the code can read")
        expect(me.page.locator("#ticket")).to_have_class(re.compile("veiled"))
        me.page.get_by_role("button", name="Tap to show the code").click()
        assert opened(me.ticket).kind is Kind.DECLARATION


def test_a_new_edition_takes_over_and_what_was_typed_stays(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    me = phone()
    me.begin()
    me.type({"surname": "LINDQVIST"})
    old = kept(edition_of(kernel)).version
    assert me.page.evaluate("caches.keys()") == [f"declare-{old}"]
    kernel.plain_declarations = True  # another edition
    new = kept(edition_of(kernel)).version
    assert new != old
    me.page.reload()
    me.wait()
    for _ in range(100):
        if me.page.evaluate("caches.keys()") == [f"declare-{new}"]:
            break
        me.page.wait_for_timeout(200)
    me.page.context.set_offline(True)
    me.page.reload()
    me.wait()
    me.at("passport")
    expect(me.page.locator("#surname")).to_have_value("LINDQVIST")
    assert me.page.evaluate("JSON.parse(document.getElementById('main').dataset.settings).plain")
