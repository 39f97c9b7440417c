"""The fixed scenarios of ``egate demo --headless``: what must come out, and the walk that shows it."""

import time
from dataclasses import replace
from datetime import timedelta

from app.formats.barcode import draw_png
from kiosk_sim.camera import photograph
from kiosk_sim.chip import Document
from kiosk_sim.offline import authority_key, declare_offline
from kiosk_sim.stage import (
    CLEARED,
    DIVERTED,
    HOLD,
    LATE,
    OF_THE_DAY,
    REFER,
    Fellow,
    Scenario,
    Stage,
    Traveller,
    list_person,
    send_flight,
)
from kiosk_sim.walk import Walk
from kiosk_sim.world import NOTHING

REGISTERED, COUNTER = "registered", "counter"


def two_steps(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Kiosk, then lane."""
    stage.at("kiosk-1", walk, who)
    stage.at("lane-1", walk, who)


def kiosk_only(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The kiosk already points to a counter."""
    stage.at("kiosk-1", walk, who)


def alerted_then_lane(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The officer hears of it while the traveller still waits for the bags."""
    stage.at("kiosk-1", walk, who)
    assert stage.referral_of(walk)["kind"] == "risk"
    stage.at("lane-1", walk, who)


def held_and_released(stage: Stage, who: Traveller, walk: Walk) -> None:
    """One step: the officer looks and releases."""

    def release() -> None:
        stage.officers["gate"].release(stage.referral_of(walk))

    stage.at("gate-1", walk, who, while_held=release)


def held_in_silence(stage: Stage, who: Traveller, walk: Walk) -> None:
    """One step: nobody answers in time."""
    stage.at("gate-1", walk, who)


def dismissed_before_landing(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The senior officer dismisses the hit; the traveller notices nothing."""
    hit = stage.hit_of(who)
    stage.officers["senior"].review(hit["id"], "dismissed", "other person: place of birth differs")
    two_steps(stage, who, walk)


def rule_seen(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The officer sees the rule, its version and the values that matched."""
    hit = stage.hit_of(who)
    assert hit["source"] == "rule"
    assert hit["version"] >= 1
    assert hit["explanation"]
    two_steps(stage, who, walk)


def shown_twice(stage: Stage, who: Traveller, walk: Walk) -> None:
    """After the passage the same code is shown again."""
    two_steps(stage, who, walk)
    assert walk.door == "opened"
    walk.door = "shut"
    stage.at("kiosk-1", walk, who)


def someone_elses(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The code belongs to another traveller."""
    stage.at("kiosk-1", walk, who, stage.travellers["nothing-to-declare"].picture)


def forged(stage: Stage, who: Traveller, walk: Walk) -> None:
    """One character of the signature is changed."""
    last = "0" if who.code[-2] != "0" else "1"
    stage.at("kiosk-1", walk, who, draw_png(who.code[:-2] + last + who.code[-1]))


def expired(stage: Stage, who: Traveller, walk: Walk) -> None:
    """A self-made code whose time is over."""
    issued = int(time.time()) - 5 * 86400
    text = _made_offline(stage, who, issued, life=86400)
    stage.at("kiosk-1", walk, who, draw_png(text))


def offline(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Made on board without network: the server sees the declaration for the first time."""
    who.picture = draw_png(_made_offline(stage, who, int(time.time()) - 3600))
    two_steps(stage, who, walk)


def _made_offline(stage: Stage, who: Traveller, issued: int, life: int = 72 * 3600) -> str:
    return declare_offline(
        who.passport, stage.sectors[OF_THE_DAY], stage.today, authority=authority_key(stage.server),
        issued=issued, life=life,
    )  # fmt: skip


def damaged(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The phone is held badly."""
    who.picture = photograph(who.picture, stage.chance)
    two_steps(stage, who, walk)


def altered(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Somebody printed a later day of expiry on the page; the chip has the day that the state wrote."""
    other = replace(who.passport, expires_on=who.passport.expires_on + timedelta(days=1826))
    who.document = Document(other.mrz, who.document.chip)
    stage.at("kiosk-1", walk, who)


def cloned(stage: Stage, who: Traveller, walk: Walk) -> None:
    """A copy of a genuine chip's files: the copy cannot answer for the key that stayed in the chip."""
    genuine = who.document.chip
    assert genuine is not None
    who.document = Document(who.document.mrz, replace(genuine, key=None))
    stage.at("kiosk-1", walk, who)


def without_chip(stage: Stage, who: Traveller, walk: Walk) -> None:
    """An older passport: an officer looks, for seconds, and the lane opens."""
    who.document = Document(who.document.mrz)
    stage.at("kiosk-1", walk, who)
    stage.officers["gate"].release(stage.referral_of(walk))
    stage.at("lane-1", walk, who)


def family(stage: Stage, who: Traveller, walk: Walk) -> None:
    """One code for all of them, each with a passport; the grown-up goes first, the child right behind."""
    for device in ("kiosk-1", "lane-1"):
        for one in who.party:
            stage.at(device, walk, one)


def family_held(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Nobody of a family walks on alone, and nobody learns whose cause it was."""
    for one in who.party:
        stage.at("kiosk-1", walk, one)
    assert stage.referral_of(walk)["kind"] == "risk"
    stage.at("lane-1", walk, who)


def list_comes_late(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The traveller stands at the kiosk before the airline has sent anything; by the lane it is there."""
    stage.at("kiosk-1", walk, who)
    send_flight(stage, LATE)
    stage.at("lane-1", walk, who)


def listed_while_waiting(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The hit comes between kiosk and lane."""
    stage.at("kiosk-1", walk, who)
    list_person(stage, who)
    assert stage.hit_of(who)["source"] == "watchlist"
    stage.at("lane-1", walk, who)


def on_the_screen(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The kiosk asks what a phone would have asked; the passport finds the answers."""
    service = stage.devices["kiosk-1"]
    asked = service.form("en")
    journey = stage.sectors[who.scenario.flight].journey
    service.declare(
        {"questionnaire": asked["questionnaire"], "language": "en", "mrz": who.passport.mrz,
         "flight": journey["flight"], "purpose": journey["purpose"], "answers": NOTHING,
         "certified": True}
    )  # fmt: skip
    two_steps(stage, who, walk)


def at_the_goods_counter(stage: Stage, who: Traveller, walk: Walk) -> None:
    """The officer records what the State's own system took, the traveller gets a receipt and may go."""
    stage.at("kiosk-1", walk, who)
    work = stage.officers["gate"].settle(stage.referral_of(walk), PAID)
    assert work["receipt"]
    stage.at("lane-1", walk, who)


def recalled(stage: Stage, who: Traveller, walk: Walk) -> None:
    """Released, gone through, and the officer thinks again: exits and rovers are alerted."""
    stage.at("kiosk-1", walk, who)
    referral = stage.referral_of(walk)
    stage.officers["gate"].release(referral)
    stage.at("lane-1", walk, who)
    assert walk.door == "opened"
    taken = stage.officers["gate"].take_back(referral, "the picture was another person's")
    assert taken["recalled"]
    kinds = {one["id"]: one["kind"] for one in stage.officers["gate"].referrals()}
    assert kinds[taken["referral_id"]] == "recall"


WINE = {"category": "alcohol", "description": None, "quantity": 6, "value": 9000, "currency": "JPY"}
PAID = {
    "seq": 0,
    "dispositions": [{"kind": "duty", "amount": 1200, "currency": "JPY", "method": "card",
                      "external_ref": "T-2026-001", "line": 0}],
}  # fmt: skip
CASH = {"payment": "CA", "booked_days_before": 1, "stay_nights": None}

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("nothing-to-declare", "Nothing to declare and nothing known: the door opens",
             (REGISTERED, CLEARED), "opened", two_steps),
    Scenario("goods-declared", "Goods over the allowance: the goods counter",
             (COUNTER,), "shut", kiosk_only, ("declared-goods",),
             answers={"over_allowance": True}, goods=(WINE,)),
    Scenario("watch-listed-two-step", "On a watch list: registered like anybody, referred at the lane",
             (REGISTERED, REFER), "shut", alerted_then_lane, ("risk-unreviewed",), listed=True),
    Scenario("watch-listed-one-step", "On a watch list at a one-step gate: held, then released",
             (HOLD, CLEARED), "opened", held_and_released, ("risk-unreviewed",), listed=True),
    Scenario("watch-listed-silence", "Held at a one-step gate and nobody answers: referred",
             (HOLD, REFER), "shut", held_in_silence, ("risk-unreviewed",), listed=True),
    Scenario("hit-dismissed", "The hit was dismissed before landing: the door opens",
             (REGISTERED, CLEARED), "opened", dismissed_before_landing, listed=True),
    Scenario("rule-hit", "A rule fires: the officer sees rule, version and values",
             (REGISTERED, REFER), "shut", rule_seen, ("risk-unreviewed",), trip=CASH),
    Scenario("code-used-twice", "A code that has been used is refused",
             (REGISTERED, CLEARED, COUNTER), "shut", shown_twice, ("credential-already_used",)),
    Scenario("code-of-somebody-else", "Somebody else's code: please show your own",
             ("show-other-code",), "shut", someone_elses, ("code-for-this-passport",)),
    Scenario("forged-signature", "A forged code is refused",
             (COUNTER,), "shut", forged, ("credential-signature_invalid",)),
    Scenario("expired-code", "An expired code is refused",
             (COUNTER,), "shut", expired, ("credential-expired",), declares=False),
    Scenario("no-api-record", "Not on the closed passenger list: an officer looks at the identity",
             (COUNTER,), "shut", kiosk_only, ("not-on-manifest",), on_flight=False),
    Scenario("damaged-code", "A bad picture of a code is still read",
             (REGISTERED, CLEARED), "opened", damaged),
    Scenario("offline-code", "A code made without network",
             (REGISTERED, CLEARED), "opened", offline, declares=False),
    Scenario("page-altered", "The page says something else than its chip: an officer looks",
             (COUNTER,), "shut", altered, ("chip-failed",)),
    Scenario("chip-copied", "A copied chip cannot answer: an officer looks",
             (COUNTER,), "shut", cloned, ("chip-failed",)),
    Scenario("no-chip", "A passport without a chip: an officer's look of seconds, then the lane",
             (COUNTER, CLEARED), "opened", without_chip, ("chip-not-read",)),
    Scenario("parent-with-infant", "A parent with an infant: one code, two passports, the door opens for both",
             (REGISTERED, REGISTERED, CLEARED, CLEARED), "opened", family, fellows=(Fellow(days=240),)),
    Scenario("family-member-flagged", "One of a family is on a watch list: none of them walks on alone",
             (REGISTERED, REGISTERED, REFER), "shut", family_held, ("risk-unreviewed", "party-risk"),
             fellows=(Fellow(listed=True),)),
    Scenario("late-manifest", "The passenger list comes between kiosk and lane: the door opens",
             (REGISTERED, CLEARED), "opened", list_comes_late, flight=LATE),
    Scenario("second-passport", "Another passport than the airline saw, and that one is on a list: referred",
             (REGISTERED, REFER), "shut", alerted_then_lane, ("risk-unreviewed",), has_second=True),
    Scenario("crew", "Crew: a counter of their own",
             (COUNTER,), "shut", kiosk_only, ("channel-crew",), is_crew=True),
    Scenario("diplomat", "A diplomatic passport: as any other, drawn by no lot",
             (REGISTERED, CLEARED), "opened", two_steps, document="PD"),
    Scenario("diverted-flight", "A flight that was to land elsewhere: its travellers are served",
             (REGISTERED, CLEARED), "opened", two_steps, flight=DIVERTED),
    Scenario("code-share", "Declared under the number on the ticket, listed under the airline's that flies",
             (REGISTERED, CLEARED), "opened", two_steps, sold_as="YY7101"),
    Scenario("late-hit", "The hit comes between kiosk and lane: referred at the lane",
             (REGISTERED, REFER), "shut", listed_while_waiting, ("risk-unreviewed",)),
    Scenario("no-phone", "No phone: declared on the kiosk's screen, found by the passport",
             (REGISTERED, CLEARED), "opened", on_the_screen, declares=False),
    Scenario("goods-counter", "Duty paid at the goods counter: a receipt number, then the door opens",
             (COUNTER, CLEARED), "opened", at_the_goods_counter, ("declared-goods",),
             answers={"over_allowance": True}, goods=(WINE,)),
    Scenario("recall", "Released, gone through, taken back: exits and rovers are alerted",
             (REGISTERED, CLEARED), "opened", recalled, ("risk-unreviewed",), listed=True),
)  # fmt: skip
