"""Damaged messages, the same ones in every run; `python -m tests.fuzz` makes others for as long as one likes."""

import random

import pytest

from app.formats import messages
from app.formats.edifact import interchanges
from app.messages.scrub import scrub
from tests.formats.profiles import PROFILES
from tests.fuzz.mutate import MUTATIONS, mutate
from tests.fuzz.run import Report, run, try_all
from tests.fuzz.seeds import CARD, REMARKS, seeds
from tests.fuzz.targets import inspect, scrub_once, tokenize


def test_undamaged_messages_hold_what_must_hold() -> None:
    report = Report()
    for data in seeds():
        try_all(report, data)
    assert report.findings == {}
    assert report.executions == 7 * len(seeds())


def test_seeds_are_read_as_messages_of_every_kind() -> None:
    found = {one.type for data in seeds() for one in messages.inspect(data, "x")}
    assert {"PAXLST", "PNRGOV", "CUSRES", "ACKRES", "CONTRL"} <= found


def test_damaged_messages_hold_what_must_hold() -> None:
    report = run(20_261_121, inputs=60)
    assert report.findings == {}
    assert report.counted > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_many_damaged_messages_hold_what_must_hold(seed: int) -> None:
    assert run(seed, seconds=60).findings == {}


def test_the_same_seed_makes_the_same_damage() -> None:
    one, two, other = (
        [mutate(random.Random(seed), seeds()) for _ in range(20)] for seed in (1, 1, 2)
    )
    assert one == two != other


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
def test_every_kind_of_damage_damages(mutation: object) -> None:
    chance, known = random.Random(5), seeds()
    assert any(mutation(chance, known[0], known) != known[0] for _ in range(20))  # type: ignore[operator]


def test_what_does_not_hold_is_found_once_with_its_bytes() -> None:
    report = Report()

    def never(data: bytes) -> None:
        raise KeyError(len(data))

    for data in (b"first", b"second"):
        try_all(report, data, [never])
    assert list(report.findings.values()) == [b"first"]
    assert "KeyError" in next(iter(report.findings))


# --- what the fuzzer has found -------------------------------------------------------------------


def test_a_file_encoded_twice_is_scrubbed_as_one_encoded_once() -> None:
    data = PROFILES["US"].encode("utf-16-be").decode("latin-1").encode("utf-16")
    scrub_once(data)
    tokenize(data)
    inspect(data)
    assert len(list(interchanges(data))) == 1


def test_a_release_character_hides_no_card_number() -> None:
    scrub_once(REMARKS.replace(CARD, f"{CARD[:9]}?{CARD[9:]}").encode())
    scrub_once(REMARKS.replace(CARD, "?".join(CARD)).encode())


def test_a_terminator_that_is_padding_stays_at_the_end_of_its_segment() -> None:
    scrub_once(REMARKS.replace("'", "\x01").encode())


def test_private_use_characters_hide_no_tag() -> None:
    for tag in ("S\ue000SR", "\ue004SSR", "SSR\ue001"):
        scrub_once(
            f"UNB+IATA:1+A+B+260309:1200+1'UNH+1+PNRGOV:11:1:IA'SRC'{tag}+WCHR:HK:1:ZZ'UNT+4+1'UNZ+1+1'".encode()
        )


@pytest.mark.parametrize("sign", ["'", "+", ":"], ids=["terminator", "element", "component"])
def test_a_separator_that_is_the_mark_of_what_was_dropped_changes_nothing_twice(sign: str) -> None:
    text = "UNB+UNOA:4+A+B+260101:1200+1'UNH+1+PNRGOV:11:1:IA'SRC'SSR+AVML:HK:1'SSR+'FTX+AAI+++AVML'UNT+5+1'UNZ+1+1'"
    data = text.replace(sign, "~").encode()
    once = scrub(data)
    assert b"AVML" not in once
    assert once.count(b"SSR") == 2
    assert scrub(once) == once


def test_a_request_glued_to_ssr_behind_the_word_ssr_is_dropped() -> None:
    data = REMARKS.replace("FTX+SSR+++SSR WCHR ZZ HK1", "FTX+SSR+++SSRWCHR ZZ HK1").encode()
    scrub_once(data)
    assert b"WCHR" not in scrub(data)
