"""What goes wrong around the app: corrections elsewhere, answers that are no answers, clocks, storage, two tabs."""

import re
from uuid import uuid4

from playwright.sync_api import Route, expect

from app.audit.log import TRAVELLER
from app.declarations.counter import take_declaration
from app.declarations.models import Channel
from app.declarations.schemas import Submission
from app.declarations.service import Taken
from app.kernel.http import Kernel
from tests.e2e.declare.conftest import Opener, Phone, PhoneMaker, scan, stored


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
