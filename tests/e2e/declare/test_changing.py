"""Changing what was certified: other drafts, news that comes meanwhile, a network that does not answer."""

import re
import time

from playwright.sync_api import expect

from app.kernel.http import Kernel
from tests.e2e.declare.conftest import Opener, PhoneMaker, scan, stored
from tests.e2e.declare.test_trouble import correct, declared
from tests.web.traveller.walk import ELSA, NILS, STAY

STATE, CHANGE = "#code-state", "#code-change"
_NEWS = "document.dispatchEvent(new Event('visibilitychange'))"


def test_a_change_that_was_open_does_not_replace_what_a_counter_recorded_since(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    me = phone()
    declared(me)
    me.page.locator(CHANGE).click()
    me.at("check")
    correct(kernel, "means_of_payment")
    with me.page.expect_response(re.compile("/declarations/[0-9a-f-]{36}$")):
        me.page.evaluate(_NEWS)  # it comes to the phone while the change is being filled in
    me.page.get_by_role("link", name=re.compile("Change.*Where you stay")).click()
    me.type(STAY | {"address": "Hotel Example"})
    me.onward()
    me.certify()
    expect(me.page.locator(STATE)).to_contain_text("a change made on this phone at the same time")
    assert scan(me, me.ticket)["lane"] == 2
    assert [(d.lane, v.seq) for d, v in stored(kernel)] == [(2, 0), (2, 1)]
    me.page.locator(CHANGE).click()
    me.at("check")
    expect(me.section).not_to_contain_text("Hotel Example")
    me.certify()  # goes on from there
    expect(me.page.locator(STATE)).to_have_text("Received by customs")


def test_a_form_that_was_begun_goes_on_after_a_change_of_another(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    me = phone()
    declared(me)
    me.go("passport")
    me.type({"surname": "BERGMAN"})
    me.go("mine")
    me.page.locator("#own a").click()
    me.page.locator(CHANGE).click()
    me.at("check")
    expect(me.section).to_contain_text("LINDQVIST")
    me.onward()
    me.page.locator("#certified").check()
    press = me.section.locator("button.primary")
    press.dblclick()  # the second press certifies nothing else
    me.at("code")
    expect(me.page.locator(STATE)).to_have_text("Received by customs")
    assert len(stored(kernel)) == 2
    me.go("passport")
    expect(me.page.locator("#surname")).to_have_value("BERGMAN")
    me.page.reload()
    me.wait()
    expect(me.page.locator("#surname")).to_have_value("BERGMAN")
    me.go("start")
    me.page.get_by_role("button", name="Delete my answers").click()
    me.page.reload()
    me.wait()
    expect(me.page.locator("#begun")).to_be_hidden()


def test_a_change_of_what_is_withdrawn_by_now_is_a_new_declaration(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    me = phone()
    declared(me)
    code = me.page.url
    me.page.locator(CHANGE).click()
    me.at("check")
    me.page.goto(code)
    me.wait()
    me.page.locator("#code-withdraw").click()
    me.page.locator("#withdraw-yes").click()
    expect(me.page.locator(STATE)).to_have_text("Withdrawn")
    me.go("check")
    me.certify()
    expect(me.page.locator(STATE)).to_have_text("Received by customs")
    assert scan(me, me.ticket)["status"] == "active"
    assert [d.status for d, _ in stored(kernel)] == ["withdrawn", "active"]


def test_nobody_waits_for_a_network_that_does_not_answer(phone: PhoneMaker) -> None:
    me = phone()
    me.begin()
    me.fill()
    me.page.context.route("**/api/v1/**", lambda route: None)
    began = time.monotonic()
    me.certify()
    expect(me.page.locator(STATE)).to_contain_text("Not yet sent")
    me.page.locator("#code-withdraw").click()
    me.page.locator("#withdraw-yes").click()
    expect(me.page.locator(STATE)).to_contain_text("Withdrawn")
    assert time.monotonic() - began < 10
    me.page.context.unroute_all()


def test_whose_code_is_shown_does_not_change_when_the_receipts_come(
    phone: PhoneMaker, opened: Opener
) -> None:
    me = phone()
    me.begin()
    me.page.context.set_offline(True)
    me.fill(companions=ELSA | NILS)
    me.certify()
    expect(me.page.locator(STATE)).to_contain_text("Not yet sent")
    me.page.get_by_label("LINDQVIST NILS").check()
    me.page.context.set_offline(False)
    expect(me.page.locator(STATE)).to_have_text("Received by customs")
    expect(me.page.locator("#code-name")).to_have_text("LINDQVIST NILS")
    expect(me.page.get_by_label("LINDQVIST NILS")).to_be_checked()
    own = opened(me.ticket).receipt
    me.page.get_by_label("LINDQVIST ASTRID MAJ").check()
    assert own != opened(me.ticket).receipt
