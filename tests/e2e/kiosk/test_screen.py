"""The kiosk's screen in all its states, as a traveller and as the staff see it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.formats.barcode import draw_png
from kiosk_sim.session import SECONDS, State
from kiosk_sim.words import LANGUAGES, WORDS, say
from tests.e2e.kiosk.conftest import LANDSCAPE, PORTRAIT, Hall, check
from tests.kiosk_sim.fakes import FakeService, code, form_in, lost, passport, refused

Screen = Callable[..., Page]


def said(page: Page, key: str, counter: str | None = None, language: str = "en") -> None:
    expect(page.locator("#sentence")).to_have_text(say(language, key, counter))


def sign(page: Page) -> str | None:
    """The one picture that is shown."""
    shown = [g for g in page.locator("#sign g").all() if g.is_visible()]
    return shown[0].get_attribute("data-sign") if len(shown) == 1 else None


def place(page: Page, item: str, language: str = "en") -> None:
    row = page.locator("#tray li", has_text=item)
    row.get_by_role("button", name=WORDS[language]["passport"], exact=True).click()


def show(page: Page, language: str = "en") -> None:
    """Once the kiosk asks for it: what is shown while it still reads the passport, it does not see."""
    said(page, "code", language=language)
    row = page.locator("#tray li", has_text="June Penrose")
    row.get_by_role("button", name=WORDS[language]["phone"], exact=True).click()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two notices stand when the hall opens, one of them long."""
    title, body = "A drill at noon", "Gates stay open for ten minutes.\nPlease wait where you are."
    long = {"title": "Donaudampfschifffahrtsgesellschaft " * 2, "body": "word " * 60}
    both = [
        {"kind": "security", "texts": {one: {"title": title, "body": body} for one in LANGUAGES}},
        {"kind": "health", "texts": {one: dict(long) for one in LANGUAGES}},
    ]
    monkeypatch.setattr(FakeService, "standing", both)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("shape", ["portrait", "landscape"])
def test_notices_stand_on_the_welcome_screen_until_somebody_begins(
    hall: Hall, screen: Screen, shape: str
) -> None:
    page = screen(viewport=PORTRAIT if shape == "portrait" else LANDSCAPE)
    said(page, "welcome")
    expect(page.locator("#notices")).to_contain_text("A drill at noon")
    check(page, f"notices-{shape}")
    page.emulate_media(color_scheme="dark")
    check(page, f"notices-{shape}-dark")
    low = page.evaluate("document.documentElement.scrollHeight")
    assert low <= page.evaluate("innerHeight")  # nothing of the kiosk is below the glass
    place(page, "June Penrose")
    expect(page.locator("#notices")).to_be_hidden()


def test_from_welcome_to_registered(hall: Hall, screen: Screen) -> None:
    page = screen()
    said(page, "welcome")
    assert sign(page) == "passport"
    check(page, "welcome")
    place(page, "June Penrose")
    said(page, "code")
    check(page, "code")
    hall.kiosk.go_on.clear()
    show(page)
    said(page, "deciding")
    expect(page.locator("#reset")).to_be_hidden()
    check(page, "deciding")
    hall.kiosk.go_on.set()
    said(page, "registered")
    check(page, "registered")
    expect(page.locator("#reset")).to_be_hidden()
    expect(page.locator("#sentence")).to_have_text(say("en", "welcome"), timeout=20_000)
    [presented] = hall.kiosk.presented
    assert presented["credential"] == code()
    assert presented["readings"] == {
        "chip": "not-read", "face": "not-checked", "tries": 1,
    }  # fmt: skip


def test_what_cannot_be_read_is_asked_for_again(hall: Hall, screen: Screen) -> None:
    page = screen()
    place(page, "Worn passport")
    said(page, "passport-try-again")
    check(page, "passport-try-again")
    place(page, "June Penrose")
    page.locator("#picture").set_input_files(
        {"name": "lunch.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    )
    said(page, "code-try-again")
    check(page, "code-try-again")
    page.get_by_role("button", name="Start over").click()
    said(page, "welcome")
    assert hall.kiosk.presented == []


def test_a_picture_of_a_code_is_read(hall: Hall, screen: Screen, tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    picture.write_bytes(draw_png(code()))
    page = screen()
    place(page, "June Penrose")
    page.get_by_label("Picture of a code").set_input_files(picture)
    said(page, "registered")
    assert hall.kiosk.presented[0]["credential"] == code()


def test_without_a_code_the_passport_is_enough(hall: Hall, screen: Screen) -> None:
    hall.kiosk.answer = {"answer": "counter", "counter": "B"}
    page = screen()
    place(page, "June Penrose")
    page.get_by_role("button", name="I have no code").click()
    said(page, "counter", "B")
    assert sign(page) == "counter"
    check(page, "counter")
    assert hall.kiosk.presented[0]["credential"] is None


@pytest.mark.parametrize("answer", ["refer", "show-other-code"])
def test_other_answers(hall: Hall, screen: Screen, answer: str) -> None:
    hall.kiosk.answer = {"answer": answer, "counter": "A"}
    page = screen()
    place(page, "June Penrose")
    show(page)
    said(page, answer, "A")
    check(page, answer)


@pytest.mark.parametrize("language", ["en", "ja", "ar"])
def test_a_fellow_travellers_code_is_called_by_its_name(
    hall: Hall, screen: Screen, language: str
) -> None:
    hall.kiosk.answer = {"answer": "show-other-code", "whose": "ELSA <b>"}
    page = screen()
    page.get_by_role("button", name=LANGUAGES[language], exact=True).click()
    place(page, "June Penrose", language)
    show(page, language)
    words = WORDS[language]["show-other-code-of"].replace("{name}", "ELSA <b>")
    expect(page.locator("#sentence")).to_have_text(words)
    check(page, f"show-other-code-of-{language}")


def test_a_hold_waits_for_the_officer_and_the_door_follows(hall: Hall, screen: Screen) -> None:
    page = screen("gate-1")
    expect(page.locator("#door")).to_have_attribute("data-door", "shut")
    hall.gate.answer = {"answer": "hold"}
    place(page, "June Penrose")
    hall.gate.go_on.clear()
    show(page)
    said(page, "deciding")
    hall.gate.go_on.set()
    said(page, "cleared")
    expect(page.locator("#door")).to_have_attribute("data-door", "open")
    check(page, "cleared")
    expect(page.locator("#door")).to_have_attribute("data-door", "shut")
    assert hall.gate.passed == ["p1"]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_after_a_refused_passage_no_counter_is_made_up(
    hall: Hall, screen: Screen, language: str
) -> None:
    hall.lane.answer = {"answer": "cleared"}
    hall.lane.passage = refused(409, "clearance-revoked")
    page = screen("lane-1", LANDSCAPE)
    page.get_by_role("button", name=LANGUAGES[language], exact=True).click()
    show(page, language)
    expect(page.locator("#sentence")).to_have_text(WORDS[language]["refer-unnamed"])
    assert sign(page) == "counter"
    check(page, f"refer-unnamed-{language}")


@pytest.mark.parametrize("answer", ["counter", "refer"])
def test_a_hall_without_named_counters_points_to_the_staffed_one(
    hall: Hall, screen: Screen, answer: str
) -> None:
    hall.kiosk.answer = {"answer": answer, "counter": ""}
    page = screen()
    place(page, "June Penrose")
    show(page)
    expect(page.locator("#sentence")).to_have_text(WORDS["en"][f"{answer}-unnamed"])


def test_a_lane_takes_the_code_at_once(hall: Hall, screen: Screen) -> None:
    hall.lane.answer = {"answer": "cleared"}
    page = screen("lane-1", LANDSCAPE)
    said(page, "code")
    check(page, "lane")
    show(page)
    said(page, "cleared")
    check(page, "lane-cleared")


def test_when_the_service_is_lost_it_says_so_and_comes_back(hall: Hall, screen: Screen) -> None:
    hall.kiosk.answer = lost()
    page = screen()
    place(page, "June Penrose")
    hall.kiosk.trouble = lost()
    show(page)
    said(page, "out-of-service")
    expect(page.locator("#fault")).to_have_text(WORDS["en"]["no-service"])
    link = page.get_by_role("link", name=WORDS["en"]["to-counter"])
    expect(link).to_have_attribute("href", "counter/")
    expect(page.locator("#actions button:visible")).to_have_count(0)
    check(page, "out-of-service")
    hall.kiosk.trouble = None
    expect(page.locator("#sentence")).to_have_text(say("en", "welcome"), timeout=20_000)
    expect(page.locator("#fault")).to_be_hidden()
    expect(link).to_be_hidden()


def test_a_waiting_kiosk_notices_that_the_service_is_gone(hall: Hall, screen: Screen) -> None:
    page = screen()
    said(page, "welcome")
    hall.kiosk.trouble = lost()
    said(page, "out-of-service")
    assert hall.kiosk.presented == []


def test_a_key_that_is_not_accepted_is_named_to_the_staff(hall: Hall, screen: Screen) -> None:
    hall.kiosk.trouble = refused(401, "assertion-invalid")
    page = screen()
    said(page, "out-of-service")
    expect(page.locator("#fault")).to_have_text(WORDS["en"]["key-refused"])
    check(page, "key-refused")


def test_without_the_simulator_the_page_is_out_of_service(
    hall: Hall, screen: Screen, problems: list[str]
) -> None:
    page = screen()
    hall.stop()
    said(page, "out-of-service")
    expect(page.locator("body")).to_have_attribute("data-state", "out-of-service")
    page.close()
    assert problems
    problems.clear()  # of the calls that nobody answers any more


def test_arabic_runs_from_right_to_left_until_the_traveller_has_gone(
    hall: Hall, screen: Screen
) -> None:
    hall.kiosk.answer = {"answer": "counter", "counter": "B"}
    page = screen()
    page.get_by_role("button", name="العربية").click()
    said(page, "welcome", language="ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    check(page, "ar-welcome")
    place(page, "June Penrose", "ar")
    show(page, "ar")
    said(page, "counter", "B", "ar")
    check(page, "ar-counter")
    mirrored = "e => getComputedStyle(e).transform !== 'none'"
    assert page.locator("g[data-sign=counter]").evaluate(mirrored)
    assert not page.locator("body").evaluate(mirrored)
    page.get_by_role("button", name=WORDS["ar"]["start-over"]).click()
    said(page, "welcome")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_longest_sentence_fits_in_every_language(
    hall: Hall, screen: Screen, language: str
) -> None:
    page = screen(viewport=LANDSCAPE, color_scheme="dark")
    page.get_by_role("button", name=LANGUAGES[language], exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    place(page, "June Penrose", language)
    show(page, language)
    said(page, "registered", language=language)
    check(page, f"landscape-{language}")
    box = page.locator("#sentence").bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= LANDSCAPE["height"]


def alone(page: Page) -> None:
    """Neither bags nor nights are said, and nobody declares together."""
    page.locator("#form form .choices button").click()
    page.locator("#form .choices button").nth(1).click()


def test_a_declaration_is_made_on_the_screen(hall: Hall, screen: Screen) -> None:
    page = screen()
    place(page, "June Penrose")
    page.locator("#declare-here").click()
    sentence = page.locator("#sentence")
    expect(sentence).to_have_text(WORDS["en"]["which-flight"])
    check(page, "declare-flight")
    page.get_by_role("button", name="XX983").click()
    expect(sentence).to_have_text(WORDS["en"]["which-purpose"])
    page.get_by_role("button", name="Sightseeing").click()
    asked = form_in("en")
    alone(page)
    for number, one in enumerate(asked["questions"], start=1):
        expect(sentence).to_have_text(one["text"])
        expect(page.locator("#form .progress")).to_have_text(f"Question {number} of 8")
        if number == 4:
            check(page, "declare-question")
            page.get_by_text("What counts?").click()
            expect(page.get_by_text(one["details"])).to_be_visible()
            check(page, "declare-what-counts")
        answer = "Yes" if one["id"] == "over_allowance" else "No"
        page.locator("#form .answers").get_by_role("button", name=answer, exact=True).click()
    expect(sentence).to_have_text(asked["words"]["goods_title"])
    page.get_by_role("button", name=WORDS["en"]["at-counter"]).click()
    expect(page.locator("#form li")).to_have_text([asked["questions"][3]["text"]])
    expect(page.get_by_text(asked["certify"])).to_be_visible()
    check(page, "declare-certify")
    page.get_by_role("button", name=WORDS["en"]["certify"]).click()
    said(page, "registered")
    [sent] = hall.kiosk.declared
    assert sent["mrz"] == passport().mrz
    assert (sent["flight"], sent["purpose"], sent["language"]) == ("XX983", "tourism", "en")
    assert [name for name, yes in sent["answers"].items() if yes] == ["over_allowance"]
    [presented] = hall.kiosk.presented
    assert (presented["credential"], presented["mrz"]) == (None, passport().mrz)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_language_changes_in_the_midst_and_answers_stay(
    hall: Hall, screen: Screen, scheme: str
) -> None:
    page = screen(color_scheme=scheme)
    place(page, "June Penrose")
    page.locator("#declare-here").click()
    page.get_by_role("button", name="ZZ7").click()
    page.get_by_role("button", name="Business").click()
    alone(page)
    page.locator("#languages").get_by_role("button", name=LANGUAGES["ar"]).click()
    asked = form_in("ar")
    expect(page.locator("#sentence")).to_have_text(asked["questions"][0]["text"])
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    check(page, f"declare-question-ar-{scheme}")
    for _ in asked["questions"]:
        page.locator("#form .answers button").nth(1).click()
    expect(page.get_by_text(WORDS["ar"]["nothing"])).to_be_visible()
    check(page, f"declare-certify-ar-{scheme}")
    page.get_by_role("button", name=WORDS["ar"]["back"], exact=True).click()
    expect(page.locator("#sentence")).to_have_text(asked["questions"][-1]["text"])
    page.locator("#form .answers button").nth(1).click()
    page.get_by_role("button", name=WORDS["ar"]["certify"]).click()
    said(page, "registered", language="ar")
    assert hall.kiosk.declared[0]["language"] == "ar"
    assert (hall.kiosk.declared[0]["flight"], hall.kiosk.declared[0]["purpose"]) == (
        "ZZ7",
        "business",
    )


def test_whose_flight_is_not_offered_is_sent_where_the_service_says(
    hall: Hall, screen: Screen
) -> None:
    page = screen()
    hall.kiosk.answer = {"answer": "refer", "counter": "B"}
    place(page, "June Penrose")
    page.locator("#declare-here").click()
    page.get_by_role("button", name=WORDS["en"]["not-here"]).click()
    said(page, "refer", "B")
    assert hall.kiosk.declared == []
    assert [one["credential"] for one in hall.kiosk.presented] == [None]


def test_nothing_of_a_form_outlives_its_traveller(hall: Hall, screen: Screen) -> None:
    page = screen()
    place(page, "June Penrose")
    page.locator("#declare-here").click()
    page.get_by_role("button", name="XX983").click()
    page.get_by_role("button", name="Start over").click()
    said(page, "welcome")
    expect(page.locator("#form")).to_be_empty()
    place(page, "June Penrose")
    page.locator("#declare-here").click()
    expect(page.get_by_role("button", name="XX983")).to_have_attribute("aria-pressed", "false")


def test_a_lane_takes_no_declaration(hall: Hall, screen: Screen) -> None:
    page = screen("lane-1")
    expect(page.locator("#declare-here")).to_be_hidden()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_form_fits_the_screen_in_every_language(
    hall: Hall, screen: Screen, language: str
) -> None:
    page = screen(viewport=LANDSCAPE)
    page.locator("#languages").get_by_role("button", name=LANGUAGES[language], exact=True).click()
    place(page, "June Penrose", language)
    page.locator("#declare-here").click()
    page.locator("#form .choices button").first.click()
    page.locator("#form .choices button").nth(1).click()
    check(page, f"declare-stay-{language}-landscape")
    page.locator("#form form .choices button").click()
    check(page, f"declare-family-{language}-landscape")
    page.get_by_role("button", name=WORDS[language]["party-type-in"]).click()
    page.locator("#form form .choices button").click()
    expect(page.locator("#typed-surname")).to_be_focused()
    check(page, f"declare-person-{language}-landscape")
    page.locator("#form .back button").click()
    page.get_by_role("button", name=form_in(language)["words"]["companion_none"]).click()
    expect(page.locator("#sentence")).to_have_text(form_in(language)["questions"][0]["text"])
    check(page, f"declare-question-{language}-landscape")


def type_on_keys(page: Page, name: str, text: str) -> None:
    page.locator(f"#typed-{name}").click()
    for one in text:
        key = page.locator(".keys").get_by_role(
            "button", name="Space" if one == " " else one, exact=True
        )
        key.click()


def test_a_family_declares_with_goods_bags_and_nights(hall: Hall, screen: Screen) -> None:
    """By scanning and by typing on the screen's own keys; the estimate counts everybody of the family."""
    page = screen()
    words = form_in("en")["words"]
    place(page, "June Penrose")
    page.locator("#declare-here").click()
    page.get_by_role("button", name="XX983").click()
    page.get_by_role("button", name="Sightseeing").click()
    type_on_keys(page, "bags", "23")
    page.get_by_role("button", name="Delete", exact=True).click()
    type_on_keys(page, "stay_nights", "14")
    check(page, "declare-stay")
    page.get_by_role("button", name="Continue", exact=True).click()
    place(page, "Noel Penrose")
    expect(page.locator("#form .lines li")).to_have_count(1)
    place(page, "Noel Penrose")
    expect(page.get_by_role("status")).to_have_text(WORDS["en"]["party-again"])
    page.get_by_role("button", name=WORDS["en"]["party-type-in"]).click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#error-surname")).to_have_text(words["error_surname"])
    check(page, "declare-person-errors")
    for name, text in {
        "surname": "VAN DER O'SEA",
        "given_names": "IDA",
        "year": "2020",
        "month": "2",
        "day": "29",
    }.items():
        type_on_keys(page, name, text)
    check(page, "declare-person")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#form .lines bdi")).to_have_text([hall_name(8), "IDA VAN DER O'SEA"])
    check(page, "declare-family")
    page.get_by_role("button", name="Continue", exact=True).click()
    for one in form_in("en")["questions"]:
        answer = "Yes" if one["id"] == "over_allowance" else "No"
        page.locator("#form .answers").get_by_role("button", name=answer, exact=True).click()
    page.get_by_role("button", name="Add", exact=True).click()
    check(page, "declare-kinds")
    page.get_by_role("button", name="Alcoholic drinks").click()
    type_on_keys(page, "quantity", "8")
    type_on_keys(page, "value", "24000")
    check(page, "declare-goods-line")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#form .lines li")).to_contain_text("8 bottles")
    expect(page.locator("#estimate")).to_contain_text("Above the allowance")
    check(page, "declare-goods")
    page.get_by_role("button", name="Continue", exact=True).click()
    check(page, "declare-certify-family")
    page.get_by_role("button", name=WORDS["en"]["certify"]).click()
    said(page, "registered")
    [sent] = hall.kiosk.declared
    assert (sent["bags"], sent["stay_nights"]) == (2, 14)
    assert [(one["given_names"], one["document_number"]) for one in sent["companions"]][1:] == [
        ("IDA", None)
    ]
    assert sent["companions"][0]["document_number"] == passport(8).number
    assert sent["companions"][1]["birth_date"] == "2020-02-29"
    whisky = {
        "category": "alcohol",
        "description": None,
        "quantity": 8,
        "value": 24000,
        "currency": "JPY",
    }
    assert sent["goods"] == [whisky]
    assert len(hall.kiosk.baskets[-1]["born"]) == 3


def hall_name(seed: int) -> str:
    someone = passport(seed)
    return f"{someone.given_names} {someone.surname}"


def test_the_whole_form_works_by_keyboard(hall: Hall, screen: Screen) -> None:
    """By Tab, Enter and typing: after each page the focus is at its question."""
    page = screen(viewport=LANDSCAPE)
    place(page, "June Penrose")
    said(page, "code")
    page.locator("#declare-here").press("Enter")
    expect(page.locator("#sentence")).to_have_text(WORDS["en"]["which-flight"])
    for _ in range(2):
        expect(page.locator("#sentence")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("#sentence")).to_have_text(form_in("en")["words"]["companions_title"])
    expect(page.locator("#sentence")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("penrose")
    for text in ("", "", "2020", "1", "1"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("#form .lines bdi")).to_have_text(["PENROSE"])


def test_an_untouched_form_asks_before_it_is_cleared(
    hall: Hall, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SECONDS, State.DECLARE, 1.5)
    monkeypatch.setitem(SECONDS, State.STILL_THERE, 4)
    page = screen()
    place(page, "June Penrose")
    page.locator("#declare-here").click()
    said(page, "still-there")
    expect(page.locator("#still p")).to_contain_text("In 4 seconds")
    check(page, "still-there")
    page.get_by_role("button", name=WORDS["en"]["still-here"]).click()
    expect(page.get_by_role("button", name="XX983")).to_be_visible()
    place(page, "Noel Penrose")
    expect(page.locator("#form .lines bdi")).to_have_text([hall_name(8)])
    said(page, "still-there")
    said(page, "welcome")
    expect(page.locator("#form")).to_be_empty()
    expect(page.locator("#still")).to_be_empty()
    assert hall_name(8) not in page.locator("main").inner_html()
    assert hall.kiosk.declared == []
