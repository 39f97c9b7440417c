"""What goes wrong around the app: corrections elsewhere, answers that are no answers, clocks, storage, two tabs."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect

from app.audit.log import SYSTEM, TRAVELLER
from app.declarations.counter import take_declaration
from app.declarations.keys import retire_key
from app.declarations.models import AuthorityKey, Channel, KeyUse
from app.declarations.schemas import Submission
from app.declarations.service import Taken
from app.kernel.clock import SettableClock
from app.kernel.http import Kernel
from tests.e2e.declare.conftest import Opener, Phone, PhoneMaker, scan, stored
from tests.web.traveller.walk import JOURNEY


def correct(kernel: Kernel, *yes: str) -> None:
    """A counter records that these answers are yes."""
    content = stored(kernel)[-1][1].content
    changed = content | {"answers": content["answers"] | dict.fromkeys(yes, True)}
    sent = Submission.model_validate(
        changed | {"language": "en", "certified": True}, strict=False
    )  # fmt: skip
    with kernel.database.transaction() as session:
        taken = Taken(Channel.PAPER, uuid4())
        take_declaration(session, TRAVELLER, sent, taken, site=kernel.site, now=kernel.clock())


def declared(me: Phone, *yes: str, **other: dict[str, str]) -> None:
    """At the code of a declaration that customs has received."""
    me.begin()
    me.fill(*yes, **other)
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Received by customs")


def change_phone_number(me: Phone) -> None:
    me.page.locator("#code-change").click()
    me.at("check")
    me.page.get_by_role("link", name=re.compile("Change.*Where you stay")).click()
    me.type({"phone": "+81399999999"})
    me.onward()
    me.certify()


def test_a_correction_made_at_a_counter_comes_to_the_phone(
    phone: PhoneMaker, opened: Opener, kernel: Kernel
) -> None:
    me = phone()
    declared(me)
    correct(kernel, "means_of_payment")
    me.page.reload()
    state = me.page.locator("#code-state")
    expect(state).to_contain_text("Changed at a counter or kiosk")
    assert scan(me, me.ticket)["seq"] == 1
    expect(me.page.locator("#code-lane")).to_contain_text("Please see an officer")
    change_phone_number(me)  # goes on from what was recorded there
    expect(state).to_have_text("Received by customs")
    assert [(d.lane, v.seq) for d, v in stored(kernel)] == [(2, 0), (2, 1), (2, 2)]
    assert stored(kernel)[-1][1].content["answers"]["means_of_payment"]
    assert opened(me.ticket).seq == 2


def test_a_change_made_meanwhile_does_not_replace_a_correction(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    for changes in (1, 2):
        me = phone()
        declared(me, passport={"document_number": f"SX{changes}"})
        me.page.context.set_offline(True)
        for _ in range(changes):
            change_phone_number(me)
        correct(kernel, "means_of_payment")
        me.page.context.set_offline(False)
        state = me.page.locator("#code-state")
        expect(state).to_contain_text("a change made on this phone at the same time was not taken")
        assert scan(me, me.ticket)["lane"] == 2
        declaration, version = stored(kernel)[-1]
        assert (declaration.seq, version.content["contact"]["phone"]) == (1, "+81312345678")


def test_an_answer_that_was_lost_and_a_correction_since_end_with_the_counters_code(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    for changes in (0, 2):
        me = phone()
        me.begin()
        me.fill(passport={"document_number": f"SX{changes}"})

        def lose(route: Route) -> None:
            route.fetch()  # the service has it, the phone does not hear of it
            route.abort()

        me.page.route("**/declarations/phone", lose)
        me.certify()
        state = me.page.locator("#code-state")
        expect(state).to_contain_text("Not yet sent")
        correct(kernel, "means_of_payment")
        me.page.context.set_offline(True)
        for _ in range(changes):
            change_phone_number(me)
        me.page.unroute("**/declarations/phone")
        me.page.context.set_offline(False)
        me.page.reload()
        expect(state).to_contain_text("Received by customs")
        expect(state).to_contain_text("Changed at a counter or kiosk")
        answer = scan(me, me.ticket)
        assert (answer["seq"], answer["lane"]) == (1, 2)
        declaration, version = stored(kernel)[-1]
        assert (declaration.seq, version.content["contact"]["phone"]) == (1, "+81312345678")


def test_a_receipt_of_a_retired_key_is_swapped_for_one_of_its_successor(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    me = phone()
    declared(me)
    old = me.ticket
    number = scan(me, old)["id"]
    with kernel.database.transaction() as session:
        key = session.scalars(
            sa.select(AuthorityKey).where(
                AuthorityKey.use == KeyUse.SIGN, AuthorityKey.retired_at.is_(None)
            )
        ).one()
        retire_key(session, SYSTEM, key, kernel.clock())
    assert scan(me, old)["code"] == "key_unknown"
    me.page.reload()
    expect(me.page.locator("#code-state")).to_have_text("Received by customs")
    for _ in range(80):
        answer = scan(me, me.ticket)
        if not answer["code"]:
            break
        me.page.wait_for_timeout(250)
    assert (answer.get("id"), answer.get("seq")) == (number, 0)


def test_only_customs_itself_ends_a_code(phone: PhoneMaker, kernel: Kernel) -> None:
    me = phone()
    state = me.page.locator("#code-state")
    me.begin()
    me.fill()

    def portal(route: Route) -> None:
        route.fulfill(status=404, body='{"type": "urn:else:expired"}')

    me.page.route("**/api/v1/declarations/**", portal)
    me.certify()
    expect(state).to_contain_text("Not yet sent")
    me.page.unroute("**/api/v1/declarations/**")
    me.page.reload()
    expect(state).to_contain_text("Received by customs")
    me.page.route("**/api/v1/declarations/**", portal)
    me.page.locator("#code-withdraw").click()
    me.page.locator("#withdraw-yes").click()
    expect(state).to_contain_text("sent as soon as this phone is online")
    assert stored(kernel)[0][0].status == "active"
    me.page.unroute("**/api/v1/declarations/**")
    me.page.reload()
    expect(state).to_have_text("Withdrawn")
    assert stored(kernel)[0][0].status == "withdrawn"


def test_a_wrong_clock_is_named_and_takes_no_key_away(phone: PhoneMaker, kernel: Kernel) -> None:
    me = phone()
    now = me.page.evaluate("Date.now()")

    def dated(route: Route) -> None:
        answer = route.fetch()
        moment = format_datetime(datetime.fromtimestamp(now / 1000, UTC), usegmt=True)
        route.fulfill(response=answer, headers=answer.headers | {"Date": moment})

    me.page.route("**/api/v1/keys", dated)
    me.begin()
    expect(me.page.locator("#clock")).to_be_hidden()
    me.page.context.clock.set_fixed_time(kernel.clock() - timedelta(days=2))
    me.open("/declare/en")
    me.ready()  # the key to seal to is there, although by this clock its time has not come
    expect(me.page.locator("#clock")).to_contain_text("The clock of this phone is wrong")


@pytest.mark.parametrize("days", [-400, 30])
def test_under_a_wrong_clock_the_right_day_can_be_chosen_and_the_code_counts(
    phone: PhoneMaker, kernel: Kernel, opened: Opener, days: int
) -> None:
    me = phone()
    now = me.page.evaluate("Date.now()")

    def dated(route: Route) -> None:
        answer = route.fetch()
        moment = format_datetime(datetime.fromtimestamp(now / 1000, UTC), usegmt=True)
        route.fulfill(response=answer, headers=answer.headers | {"Date": moment})

    me.page.route("**/api/v1/**", dated)
    me.page.context.clock.set_fixed_time(kernel.clock() + timedelta(days=days))
    me.begin()
    me.page.unroute("**/api/v1/**")
    me.page.context.set_offline(True)
    me.page.reload()  # the clock is as wrong as before, and nobody to ask
    me.wait()
    expect(me.page.locator("#clock")).to_be_visible()
    me.fill()
    me.certify()
    shown = opened(me.ticket)
    assert abs(shown.iat - now / 1000) < 86_400
    assert scan(me, me.ticket)["lane"] == 0
    me.go("mine")
    expect(me.page.locator("#own li")).to_contain_text("Not yet sent")  # kept, and not expired
    me.page.context.clock.set_fixed_time(kernel.clock())  # set right, still without network
    me.page.reload()
    me.wait()
    days_offered = me.page.locator("#arrival_date option").evaluate_all(
        "all => all.map(one => one.value)"
    )
    assert JOURNEY["arrival_date"] in days_offered


def test_a_draft_whose_day_is_over_says_so_and_so_does_one_that_is_gone(
    phone: PhoneMaker, clock: SettableClock
) -> None:
    me = phone()
    me.begin()
    me.fill()
    expect(me.page.locator("#day-over")).to_be_hidden()
    for days, place, said in (
        (9, "#day-over", "The day that you chose, 10 March 2026, can no longer be declared"),
        (31, "#draft-over", "A declaration that you had begun was deleted"),
    ):
        clock.advance(days=days)
        me.page.context.clock.set_fixed_time(clock())
        me.open("/declare/en#check")
        me.page.reload()
        me.wait()
        if place == "#day-over":
            me.at("journey")
        else:
            me.open("/declare/en")
            me.page.reload()
            me.wait()
        expect(me.page.locator(place)).to_contain_text(said)
        me.check(place[1:])
    me.go("start")


_SLOW_KEYS = """const generate = crypto.subtle.generateKey;
crypto.subtle.generateKey = async function (...given) {
  await new Promise((done) => setTimeout(done, 400));
  return generate.apply(this, given);
};"""
_KEY = """async (module) => {
  const { deviceKey } = await import(module);
  window.made = deviceKey().then(({ publicKey }) => crypto.subtle.exportKey("raw", publicKey));
}"""


def test_two_tabs_make_one_key(phone: PhoneMaker) -> None:
    me = phone()
    me.page.context.add_init_script(_SLOW_KEYS)
    me.begin()
    other = Phone(me.page.context.new_page(), me.address, me.problems, scripted=True)
    other.open("/declare/en")
    module = me.page.locator("script[type=module]").get_attribute("src") or ""
    for tab in (me, other):  # neither waits for the other's
        tab.page.evaluate(_KEY, module.replace("app.js", "declarations.js"))
    points = [
        tab.page.evaluate("window.made.then((raw) => [...new Uint8Array(raw)])")
        for tab in (me, other)
    ]
    assert points[0] == points[1]


_FULL = """const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...args) {
  if (window.isFull) throw new DOMException('full', 'QuotaExceededError');
  return put.apply(this, args);
};"""


def test_a_full_phone_is_told_and_goes_on_to_the_code(phone: PhoneMaker, kernel: Kernel) -> None:
    me = phone()
    me.page.add_init_script(_FULL)
    me.begin()
    me.page.evaluate("window.isFull = true")
    me.fill()
    expect(me.page.locator("#unkept")).to_contain_text("no room to keep your answers")
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Received by customs")
    assert scan(me, me.ticket)["lane"] == 0
    assert len(stored(kernel)) == 1


_DENIED = """IDBFactory.prototype.open = () => {
  const asked = {error: new DOMException('denied', 'InvalidStateError')};
  setTimeout(() => asked.onerror());
  return asked;
};"""


def test_where_nothing_may_be_kept_the_form_leads_on(phone: PhoneMaker) -> None:
    me = phone()
    me.page.add_init_script(_DENIED)
    me.page.goto(me.address + "/declare/en")
    me.page.locator("#begin a").click()
    expect(me.page).to_have_url(me.address + "/declare/en/passport")


def test_a_link_to_a_code_that_is_gone_says_so(phone: PhoneMaker) -> None:
    me = phone()
    me.open("/declare/en#code/00112233445566778899aabbccddeeff")
    me.at("mine")
    expect(me.page.locator("main > section:visible")).to_have_count(1)
    expect(me.page.locator("#gone")).to_contain_text("This declaration is not on this device")


def test_two_tabs_fill_one_draft_and_certify_it_once(phone: PhoneMaker, kernel: Kernel) -> None:
    me = phone()
    me.begin()
    other = Phone(me.page.context.new_page(), me.address, me.problems, scripted=True)
    other.open("/declare/en#passport")
    me.type({"surname": "LINDQVIST"})
    expect(other.page.locator("#surname")).to_have_value("LINDQVIST")
    other.type({"given_names": "ASTRID MAJ"})
    expect(me.page.locator("#given_names")).to_have_value("ASTRID MAJ")
    me.page.bring_to_front()  # what is behind is slowed down
    me.fill()
    me.onward()
    other.page.reload()
    other.wait()
    other.go("certify")
    me.certify()
    expect(me.page.locator("#code-state")).to_contain_text("Received by customs")
    other.certify()
    other.at("mine")
    assert len(stored(kernel)) == 1


def test_who_withdraws_may_have_it_erased_and_reads_how_long_customs_keeps_it(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    me = phone()
    declared(me)
    me.page.locator("#code-withdraw").click()
    me.page.locator("#withdraw-erase").check()
    me.page.locator("#withdraw-yes").click()
    expect(me.page.locator("#code-state")).to_have_text("Withdrawn")
    assert stored(kernel) == []  # no version of it is left
    me.go("help")
    expect(me.section).to_contain_text(f"{kernel.declaration_days} days after arrival")


def test_who_deletes_everything_may_have_it_erased_at_customs_too(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    me = phone()
    declared(me)
    me.go("help")
    box, told = me.page.locator("#delete-erase"), me.page.locator("#deleted")
    me.page.context.set_offline(True)
    box.check()
    me.page.locator("#delete-all").click()
    expect(told).to_contain_text("as soon as this phone is online. Nothing has been deleted yet")
    assert stored(kernel)[0][0].status == "active"
    me.go("mine")
    expect(me.page.locator("#own li")).to_contain_text("Withdrawn")
    me.page.context.set_offline(False)
    me.page.reload()
    for _ in range(80):
        if not stored(kernel):
            break
        me.page.wait_for_timeout(100)
    assert stored(kernel) == []  # no version of it is left
    me.go("help")
    me.page.locator("#delete-all").click()
    expect(told).to_have_text("Everything has been deleted from this phone.")
    expect(box).to_be_hidden()  # there is nothing at customs
    declared(me, passport={"document_number": "SX2"})
    me.go("help")
    box.check()
    me.check("help-erase")
    me.page.locator("#delete-all").click()
    expect(told).to_have_text("Everything has been deleted from this phone.")
    assert stored(kernel) == []
    me.go("mine")
    expect(me.page.locator("#own li")).to_have_count(0)
