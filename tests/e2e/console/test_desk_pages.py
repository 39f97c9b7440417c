"""The desk in a browser: a shift, an alarm, a hand-over by key, a release taken back, a recall; pages for everybody."""

from uuid import UUID

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.audit.log import Actor, ActorKind
from app.identity.models import Officer
from app.kernel.clock import SettableClock
from app.referrals.models import Referral
from app.referrals.service import give_back
from app.referrals.shifts import Receiver, add_note, reassign, return_idle_claims
from tests.e2e.access import check
from tests.e2e.console.conftest import DECISION, SignIn, refer, say_why_by_key
from tests.support.airport import Airport, Guest

SWAPS_CROSS = """document.addEventListener("htmx:before:swap", (event) => {
  const ctx = { response: { headers: new Headers({ "content-type": "text/html" }) } };
  if (event.target.id !== "decision" || event.detail.cross) return;
  const between = () => document.getElementById("why-note") ? setTimeout(between) :
    document.dispatchEvent(new CustomEvent("htmx:before:swap", { detail: { ctx, cross: true } }));
  new MutationObserver((_, me) => { me.disconnect(); between(); })
    .observe(document.getElementById("decision"), { subtree: true, childList: true });
})"""
"""Another region's swap begins when the form is gone and its own swap has not ended yet."""


def actor(airport: Airport, name: str) -> Actor:
    """An officer as the services know him."""
    with airport.kernel.database.read() as session:
        found = session.scalars(sa.select(Officer.id).where(Officer.name == name)).one()
    return Actor(ActorKind.OFFICER, found)


def start_of_shift(page: Page, address: str) -> None:
    """A team is made, the officer signs on to it, and wants to hear."""
    page.goto(address + "/here")
    page.get_by_label("Name of the new team").fill("Lanes 1-3")
    page.get_by_role("button", name="Add team").click()
    page.get_by_label("Hall and lane team").select_option(label="Hall A, Lanes 1-3")
    page.get_by_label("Sound and notifications").check()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("link", name="My team")).to_be_visible()
    page.goto(address + "/here")
    expect(page.get_by_label("Sound and notifications")).to_be_checked()
    check(page, "shift")


def test_from_hand_to_hand_and_back(
    console: SignIn,
    airport: Airport,
    people: dict[str, Guest],
    clock: SettableClock,
):
    page = console()
    address = page.url
    start_of_shift(page, address)
    page.goto(address)
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    airport.code_for("other", "B. Other")  # a colleague
    refer(airport, people["astrid"])
    expect(page.locator("#alarm")).to_contain_text("1 risk alert waits")
    expect(page.locator("html")).to_have_attribute("data-rings", "1")
    check(page, "queue with an alarm")

    page.locator("#queue a.open").first.click()
    page.locator(DECISION).press("c")
    expect(page.locator("#decision")).to_contain_text("You have claimed this")
    expect(page.locator("#alarm")).to_have_text("")
    clock.advance(seconds=121)  # nobody moved a hand; the worker or this test gives it back
    with airport.kernel.database.transaction() as session:
        return_idle_claims(session, clock())
    expect(page.get_by_role("alert")).to_contain_text("You do not have this any more")
    page.locator(DECISION).press("c")
    expect(page.locator("#decision")).to_contain_text("You have claimed this")

    page.get_by_label("In a few words").fill("asked, and half of it is writ")
    page.evaluate(SWAPS_CROSS)
    referral, other = (
        UUID(page.url.rpartition("/")[2].partition("?")[0].partition("#")[0]),
        actor(airport, "B. Other"),
    )
    with airport.kernel.database.transaction() as session:
        version = session.get_one(Referral, referral).version
        reassign(session, other, referral, version, Receiver(other.id), "I know them", clock())
    expect(page.locator("#decision")).to_contain_text("B. Other is on this")
    expect(page.locator("#typed li")).to_have_text("asked, and half of it is writ")
    check(page, "taken away while something was typed")
    with airport.kernel.database.transaction() as session:
        give_back(session, other, referral, clock())
    page.reload()
    page.locator(DECISION).press("c")
    expect(page.locator("#decision")).to_contain_text("You have claimed this")

    page.locator(DECISION).press("h")
    expect(page.get_by_label("To whom")).to_be_focused()
    page.get_by_label("To whom").select_option(label="B. Other")
    page.get_by_label("What they must know").fill("two bags at belt 4")
    page.get_by_role("button", name="Hand over").last.click()
    expect(page.locator("#decision")).to_contain_text("Handed to B. Other")
    check(page, "handed over")

    say_why_by_key(page)
    expect(page.locator("#decision")).to_contain_text("Released by M. Lindqvist")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    check(page, "released, to be undone")
    page.locator(DECISION).press("u")
    expect(page.locator("#decision")).to_contain_text("Goes on with a closed case")
    assert airport.present("lane", people["astrid"])["answer"] == "refer"
    expect(page.locator("#decision input[name=version]").first).to_have_value("2")  # it was seen
    say_why_by_key(page)
    expect(page.locator("#decision")).to_contain_text("Released by M. Lindqvist")
    clock.advance(seconds=11)
    page.reload()  # the server's clock decides, not the page's
    expect(page.locator("#decision")).to_contain_text("Released by M. Lindqvist")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.locator(DECISION).press("t")
    expect(page.get_by_label("Why it is taken back")).to_be_focused()
    page.keyboard.press("Enter")  # without a reason
    expect(page.get_by_role("alert").first).to_contain_text("Say in a sentence")
    check(page, "what is missing")
    page.locator(".error-summary").press("t")
    page.keyboard.type("the wrong passport, not hers")  # letters of a sentence are no keys
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_contain_text("Goes on with a closed case")
    assert airport.present("lane", people["astrid"])["answer"] == "refer"
    page.locator(DECISION).press("x")  # stands in another panel
    expect(page.get_by_label("Why this traveller is stopped")).to_be_focused()


def test_a_recall_stands_first_and_ends_at_390_px(
    console: SignIn, airport: Airport, people: dict[str, Guest]
):
    refer(airport, people["astrid"])
    page = console()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#queue a.open", has_text="LINDQVIST").click()
    say_why_by_key(page)
    expect(page.locator("#decision")).to_contain_text("Released")
    cleared = airport.present("lane", people["astrid"])
    headers = {"Authorization": f"Bearer {airport.tokens['lane']}"}
    passed = airport.http.post(
        "/api/v1/passages", json={"presentation": cleared["id"]}, headers=headers
    )
    assert passed.status_code == 201, passed.text
    page.reload()
    page.get_by_label("Why it is taken back").fill("a dog at the exit")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#decision")).to_contain_text("Last seen at lane")
    check(page, "recall")
    page.goto(page.url.partition("/referrals")[0])
    expect(page.locator("#queue h3").first).to_contain_text("Recall")
    page.locator("#queue a.open").first.click()
    page.get_by_label("Where and how").fill("at the taxis")
    page.get_by_role("button", name="Found", exact=False).first.click()
    expect(page.locator("#decision")).to_contain_text("Found after a recall")
    check(page, "found")


def test_what_a_refused_release_came_back_with_stays(
    console: SignIn, airport: Airport, people: dict[str, Guest]
) -> None:
    page = console()
    refer(airport, people["astrid"])
    page.locator("#queue a.open").first.click()
    page.locator(DECISION).press("c")
    expect(page.locator("#decision")).to_contain_text("You have claimed this")
    page.get_by_label("Explained itself").check()
    page.get_by_label("In a few words").fill("ok")
    page.get_by_role("button", name="Release").click()

    expect(page.locator("#why-note-error")).to_be_visible()
    page.locator(".error-summary").press("n")
    expect(page.get_by_label("Note for everybody")).to_be_focused()
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    with page.expect_response("**/decision"):  # a colleague's note: the region is fetched anew
        referral = UUID(page.url.partition("/referrals/")[2].partition("/")[0].partition("?")[0])
        with airport.kernel.database.transaction() as session:
            add_note(
                session, actor(airport, "M. Lindqvist"), referral, "belt 4", airport.kernel.clock()
            )
    expect(page.locator("#decision")).to_contain_text("belt 4")
    expect(page.get_by_label("Explained itself")).to_be_checked()
    expect(page.get_by_label("In a few words")).to_have_value("ok")
    expect(page.locator(".error-summary")).to_contain_text("Say more")
    airport.code_for("other", "B. Other")
    other, now = actor(airport, "B. Other"), airport.kernel.clock()
    with airport.kernel.database.transaction() as session:  # a supervisor gives it to a colleague
        version = session.get_one(Referral, referral).version
        reassign(session, other, referral, version, Receiver(other.id), "I know them", now)
    expect(page.locator("#decision")).to_contain_text("B. Other is on this")
    expect(page.locator(".error-summary")).to_have_count(0)  # of a form that is not there any more


def test_an_outcome_that_came_back_leaves_its_words_when_the_case_is_taken_away(
    console: SignIn, airport: Airport, people: dict[str, Guest]
) -> None:
    page = console()
    refer(airport, people["astrid"])
    page.locator("#queue a.open").first.click()
    page.get_by_role("button", name="Inspect").click()
    page.get_by_label("Remark").fill("half a sentence")
    page.locator(DECISION).press("n")
    page.keyboard.type("belt 4")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#decision .notes")).to_contain_text("belt 4")
    expect(page.get_by_label("Remark")).to_have_value("half a sentence")
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    airport.code_for("other", "B. Other")
    other, now = actor(airport, "B. Other"), airport.kernel.clock()
    referral = UUID(page.url.partition("/referrals/")[2].partition("/")[0])
    with airport.kernel.database.transaction() as session:
        version = session.get_one(Referral, referral).version
        reassign(session, other, referral, version, Receiver(other.id), "I know them", now)
    expect(page.locator("#decision")).to_contain_text("B. Other is on this")
    expect(page.locator("#typed li")).to_have_text("half a sentence")
    expect(page.get_by_role("button", name="Ask for a second look")).to_have_count(0)
    expect(page.get_by_role("button", name="Add", exact=True)).to_have_count(0)


def test_a_row_stays_within_its_list_whatever_is_said_of_its_hands(
    console: SignIn, airport: Airport, people: dict[str, Guest]
) -> None:
    page = console()
    refer(airport, people["astrid"])
    refer(airport, people["olga"])
    page.locator("#queue a.open", has_text="LINDQVIST").click()
    page.get_by_role("button", name="Inspect").click()
    with airport.kernel.database.transaction() as session:
        called = "update referral set called_at = now() where state = 'inspecting'"
        session.execute(sa.text(called))
    for width in (1440, 1280, 1024, 768, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(page.url.partition("/console")[0] + "/console")
        expect(page.locator("#queue")).to_contain_text("left alone, a supervisor is called")
        panel = page.locator("#queue").bounding_box()
        assert panel
        edges = page.locator("#queue .act > *").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().right)"
        )
        assert max(edges) <= panel["x"] + panel["width"], width
