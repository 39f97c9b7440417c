"""An officer's work in the browser: by mouse, by keys, without scripts, with the line cut."""

import re
from datetime import timedelta

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect

from app.config import Settings
from app.identity.permissions import Role
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.runtime import make_kernel
from tests.e2e.conftest import Server
from tests.e2e.console.conftest import SignIn, choose_why, refer, say_why_by_key
from tests.support.airport import Airport, Guest, guest, landed_ago

People = dict[str, Guest]


def row(page: Page, name: str) -> object:
    return page.locator("#queue .row", has_text=name)


def test_a_referral_appears_is_claimed_and_released(
    console: SignIn, airport: Airport, people: People
):
    page = console()
    expect(page.locator("#queue")).to_contain_text("Nobody is waiting.")
    refer(airport, people["astrid"])
    new = page.locator("#queue .tray .row")
    expect(new).to_contain_text("LINDQVIST")
    expect(page).to_have_title("(1) Queue \N{EN DASH} e-Gate")
    expect(page.locator("#status")).to_have_text("One new referral")
    new.get_by_role("button", name="Claim").click()
    expect(new).to_contain_text("Claimed: you")
    expect(new.locator("a.open")).to_be_focused()  # the button went away, its row keeps the focus
    new.locator("a.open").click()
    expect(page.locator("#why")).to_contain_text("Customs lookouts")
    say_why_by_key(page)
    expect(page.locator("#decision")).to_contain_text("Released by M. Lindqvist")
    assert airport.present("lane", people["astrid"])["answer"] == "cleared"


def test_what_a_colleague_does_is_seen_in_place(console: SignIn, airport: Airport, people: People):
    refer(airport, people["astrid"])
    refer(airport, people["olga"])
    page = console()
    expect(page.locator("#queue .row")).to_have_count(2)
    link = row(page, "HERRERA").locator("a.open")
    link.focus()
    token = airport.cookie_for("other", "B. Other", Role.GATE_OFFICER)
    headers = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
    [first] = [
        one for one in airport.http.get("/api/v1/referrals", headers=headers).json()["referrals"]
        if one["surname"] == "LINDQVIST"
    ]  # fmt: skip
    answer = airport.http.post(
        f"/api/v1/referrals/{first['id']}/claim",
        json={"version": first["version"]},
        headers=headers,
    )
    assert answer.status_code == 200
    expect(row(page, "LINDQVIST")).to_contain_text("Claimed: B. Other")
    expect(link).to_be_focused()


def test_expected_passengers_are_pushed(console: SignIn, airport: Airport, people: People):
    page = console(Role.TARGETER)
    wanted = guest("VANTONGEREN", "JORIS", state="BEL")
    airport.look_out_for(wanted)
    airport.announce(airport.sector(205, timedelta(minutes=40)), [wanted])
    expect(page.locator("#expected .tray .row")).to_contain_text("VANTONGEREN")
    expect(page.locator("#expected .tray .row")).to_contain_text("in 3")


def test_a_region_that_was_out_of_the_page_when_its_fetch_ended_goes_on(
    console: SignIn, airport: Airport, people: People
):
    page = console()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/fragments/queue*", hold, times=1)
    with page.expect_request("**/fragments/queue*"):
        refer(airport, people["astrid"])
    page.evaluate(
        "window.taken = document.getElementById('queue'), taken.after('-'), taken.remove()"
    )
    ended = "new Promise((end) => document.addEventListener('htmx:finally:request', () => end(1)))"
    page.evaluate(f"window.ended = {ended}, 0")
    held[0].continue_()
    page.evaluate("window.ended.then(() => document.querySelector('main').append(taken))")
    refer(airport, people["olga"])
    expect(page.locator("#queue .row")).to_have_count(2)


def test_a_hit_is_dismissed_with_a_reason(console: SignIn, airport: Airport, people: People):
    page = console()
    page.locator("#expected a.open", has_text="LINDQVIST").click()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Say in a few words why this hit is dismissed").click()
    page.keyboard.type("Another place of birth")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#why")).to_contain_text("Dismissed by M. Lindqvist")
    expect(page.locator("#why")).to_contain_text("Another place of birth")
    airport.present("kiosk", people["astrid"])
    assert airport.present("lane", people["astrid"])["answer"] == "cleared"


def test_an_inspection_ends_with_an_outcome(console: SignIn, airport: Airport, people: People):
    airport.present("kiosk", people["nils"])
    page = console()
    row(page, "BERGSTROM").locator("a.open").click()
    page.get_by_role("button", name="Inspect").click()
    page.get_by_role("button", name="Record and close").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Tick each step that you took").click()
    expect(page.get_by_label("Documents examined")).to_be_focused()
    page.get_by_label("Documents examined").check()
    page.get_by_label("Baggage opened").check()
    page.locator("#found-0-kind").select_option(label="Dutiable goods")
    page.locator("#done-0-kind").select_option(label="Duty paid")
    page.locator("#done-0-amount").fill("1,200")
    page.locator("#done-0-currency").fill("JPY")
    page.locator("#done-0-method").select_option("card")
    page.locator("#done-0-ref").fill("R-17")
    page.get_by_role("button", name="Record and close").click()
    expect(page.locator("#decision")).to_contain_text("Duty paid, JPY 1,200")
    expect(page.locator("#decision")).to_contain_text("Closed")


def test_what_is_typed_survives_what_comes_in(console: SignIn, airport: Airport, people: People):
    airport.present("kiosk", people["nils"])
    page = console()
    row(page, "BERGSTROM").locator("a.open").click()
    page.get_by_role("button", name="Inspect").click()
    page.get_by_label("Remark").fill("half a sentence")
    with page.expect_response(re.compile("/decision$")):
        airport.present("kiosk", people["nils"])  # the traveller tries again
    expect(page.get_by_label("Remark")).to_have_value("half a sentence")


def test_by_keys_alone(console: SignIn, airport: Airport, people: People):
    refer(airport, people["astrid"])
    refer(airport, people["olga"])
    page = console()
    expect(page.locator("#queue .row")).to_have_count(2)
    for _ in range(60):  # past the menu, the filters and the notices
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#queue a.open')"):
            break
    expect(row(page, "LINDQVIST").locator("a.open")).to_be_focused()
    page.keyboard.press("j")
    expect(row(page, "HERRERA").locator("a.open")).to_be_focused()
    page.keyboard.press("c")
    expect(row(page, "HERRERA")).to_contain_text("Claimed: you")
    page.keyboard.press("k")
    expect(row(page, "LINDQVIST").locator("a.open")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_be_focused()
    say_why_by_key(page)
    expect(page.locator("#decision")).to_contain_text("Released by M. Lindqvist")


def test_the_list_says_why_a_key_does_nothing(console: SignIn, airport: Airport, people: People):
    refer(airport, people["astrid"])
    with airport.kernel.database.transaction() as session:
        session.execute(
            sa.text(
                "update referral set kind = 'full-examination', origin = 'lot',"
                " reasons = '[\"full-examination\"]'"
            )
        )
    page = console(Role.GATE_OFFICER)
    queue = page.url
    row(page, "LINDQVIST").locator("a.open").press("r")
    why = row(page, "LINDQVIST").get_by_text("Only a supervisor can leave out a full examination.")
    expect(why).to_be_focused()
    assert (why.bounding_box() or {"height": 0})["height"] > 10  # no more hidden from the eye
    assert page.url == queue
    page.keyboard.press("c")  # and the keys go on
    expect(row(page, "LINDQVIST")).to_contain_text("Claimed: you")


def test_letters_do_nothing_outside_the_lists_and_in_fields(
    console: SignIn, airport: Airport, people: People
):
    refer(airport, people["astrid"])
    page = console()
    page.locator("body").press("c")
    expect(row(page, "LINDQVIST")).not_to_contain_text("Claimed")
    row(page, "LINDQVIST").locator("a.open").click()
    page.locator("#why textarea").first.fill("")
    page.locator("#why textarea").first.press_sequentially("circa 1 rib")
    expect(page.locator("#why textarea").first).to_have_value("circa 1 rib")
    expect(page.locator("#decision")).to_contain_text("Waiting")


def test_from_a_fresh_page_keys_lead_into_the_lists(
    console: SignIn, airport: Airport, people: People
):
    refer(airport, people["astrid"])
    refer(airport, people["olga"])
    page = console()
    expect(page.locator("#queue .row")).to_have_count(2)
    expect(page.locator("body")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("j")
    expect(row(page, "LINDQVIST").locator("a.open")).to_be_focused()
    page.keyboard.press("j")
    expect(row(page, "HERRERA").locator("a.open")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("k")
    expect(row(page, "LINDQVIST").locator("a.open")).to_be_focused()
    page.keyboard.press("r")
    choose_why(page)
    expect(page.locator("#decision")).to_contain_text("Released by M. Lindqvist")


def test_a_key_right_behind_the_closing_of_the_help_counts(
    console: SignIn, airport: Airport, people: People
):
    """Until the next drawing of the page the closed dialog's button still has the focus."""
    refer(airport, people["astrid"])
    page = console()
    expect(page.locator("#queue .row")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    focused = page.evaluate(
        """() => {
            const dialog = document.getElementById("help");
            const button = dialog.querySelector("button");
            dialog.close();
            button.dispatchEvent(new KeyboardEvent("keydown", {key: "j", bubbles: true}));
            return document.activeElement.matches("#queue a.open");
        }"""
    )
    assert focused


def test_keys_enter_the_other_list_while_nobody_waits(
    console: SignIn, airport: Airport, people: People
):
    page = console()
    expect(page.locator("#queue")).to_contain_text("Nobody is waiting.")
    page.keyboard.press("j")
    expect(page.locator("#expected a.open").first).to_be_focused()
    page.keyboard.press("c")  # nothing to claim here
    expect(page.locator("#expected a.open").first).to_be_focused()


def test_keys_can_be_switched_off_for_good(console: SignIn, airport: Airport, people: People):
    refer(airport, people["astrid"])
    page = console()
    hint = page.locator(".keys", has_text="next, previous row")
    expect(hint.locator("span").first).to_be_visible()
    page.keyboard.press("?")
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    expect(hint.locator("span").first).to_be_hidden()
    link = row(page, "LINDQVIST").locator("a.open")
    link.focus()
    for key in ("?", "c", "j", "r"):
        page.keyboard.press(key)
    expect(page.locator("#help")).to_be_hidden()
    expect(link).to_be_focused()
    expect(row(page, "LINDQVIST")).not_to_contain_text("Claimed")
    page.get_by_role("button", name="All keys").click()
    page.get_by_label("Single keys are on").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(link).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_whoever_signs_in_can_type_at_once(browser_page: Page, server: Server, problems: list[str]):
    browser_page.goto(server.address + "/console/sign-in")
    expect(browser_page.get_by_label("One-time code")).to_be_focused()
    browser_page.keyboard.type("no such code")
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator(".error-summary")).to_be_focused()
    assert all("401" in one for one in problems), problems
    problems.clear()


def test_everything_works_without_scripts(
    chromium: Browser, server: Server, airport: Airport, people: People
):
    refer(airport, people["astrid"])
    with chromium.new_context(java_script_enabled=False, base_url=server.address) as context:
        page = context.new_page()
        page.goto("/console")
        page.get_by_label("One-time code").fill(airport.code_for("plain", "P. Lain", Role.SENIOR))
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".keys span").first).to_be_hidden()  # there are none
        row(page, "LINDQVIST").get_by_role("button", name="Claim").click()
        expect(page.locator("#decision")).to_contain_text("You have claimed this")
        page.get_by_role("button", name="Confirm").click()
        expect(page.locator("#why")).to_contain_text("Confirmed by P. Lain")
        page.get_by_role("button", name="Inspect").click()
        page.get_by_label("Questions asked").check()
        page.locator("#found-0-kind").select_option(label="Nothing found")
        page.get_by_label("Note for everybody").press_sequentially(
            "Belt 4\nno, 5"
        )  # closes nothing
        page.get_by_role("button", name="Add note").click()
        expect(page.locator("#decision .notes")).to_contain_text("Belt 4")
        expect(page.get_by_label("Questions asked")).to_be_checked()  # the outcome came along
        page.locator("#done-0-kind").select_option(label="Released")
        page.get_by_role("button", name="Record and close").click()
        expect(page.locator("#decision")).to_contain_text("Nothing found")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_cut_line_is_shown_and_caught_up_with(
    console: SignIn, server: Server, airport: Airport, people: People, problems: list[str],
    database: Database, vault: Vault, clock: SettableClock,
):  # fmt: skip
    page = console()
    expect(page.locator("#connection")).to_be_hidden()
    server.stop()
    bar = page.locator("#connection")
    expect(bar).to_be_visible(timeout=25_000)
    expect(bar).to_contain_text(re.compile(r"Not connected\. What you see is from \d\d:\d\d"))
    again = Server(make_kernel(Settings(), database, vault, clock), server.port)
    again.start()
    try:
        refer(airport, people["astrid"])
        expect(bar).to_be_hidden(timeout=15_000)
        expect(row(page, "LINDQVIST")).to_be_visible()
    finally:
        page.close()
        again.stop()
    assert all("net::ERR" in one for one in problems), problems
    problems.clear()  # the browser reports each failed request; that is what was tried


def test_who_is_signed_out_is_told(
    console: SignIn, airport: Airport, problems: list[str], monkeypatch
):
    monkeypatch.setattr("app.kernel.stream.CHECK_SECONDS", 0.2)
    page = console()
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Sign out").click()
    bar = page.locator("#connection")
    expect(bar).to_contain_text("You are signed out.", timeout=15_000)
    bar.get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("One-time code")).to_be_visible()
    assert all("401" in one for one in problems), problems
    problems.clear()


def test_a_page_that_is_out_of_date_says_so(console: SignIn, airport: Airport, people: People):
    page = console()
    page.locator("#expected a.open", has_text="LINDQVIST").click()
    expect(page.locator("html[data-connection=up]")).to_be_attached()
    expect(page.locator("#changed")).to_be_hidden()
    airport.present("kiosk", people["astrid"])
    airport.declare(people["astrid"], airport.sector(101, landed_ago(20)))
    expect(page.locator("#changed")).to_be_visible()
    page.get_by_role("link", name="Show it as it is now").click()
    expect(page.locator("#changed")).to_be_hidden()
