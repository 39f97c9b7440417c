"""What must hold for any bytes. Each target takes a transmission and raises AssertionError where it does not."""

import json
from collections.abc import Callable, Iterator

from app.formats import edifact, messages, paxlst, pnrgov
from app.formats.edifact import EdifactError, Interchange, RawMessage
from app.formats.pnrgov.privacy import DROPPED, mask_cards
from app.messages.contents import contents
from app.messages.scrub import scrub
from tests.fuzz.seeds import READERS

# Calls of functions for each byte: a hundred times what good messages take is still linear.
CALLS_PER_BYTE, CALLS_AT_LEAST = 60, 60_000
_REMARKS = frozenset({"FOP", "FTX", "IFT", "LTS", "SSR"})
Target = Callable[[bytes], None]


def tokenize(data: bytes) -> None:
    """Nothing but the limits raises; what is found lies in order inside the file."""
    last = 0
    for found in _all(data):
        assert last <= found.start < found.end, "interchanges overlap"
        last = found.end
        for message in found.messages:
            numbers = [segment.number for segment in message.segments]
            assert numbers == list(range(1, len(numbers) + 1)), "segments are misnumbered"
            assert message.segments[0].tag == "UNH", "a message without UNH"


def read_lists(data: bytes) -> None:
    """The reader of lists takes any message, and keeps everybody who has a role."""
    for message in _messages(data):
        found = paxlst.read(message)
        named = sum(_is_person(segment) for segment in message.segments)
        assert len(found.persons) >= named, "a person was lost"


def _is_person(segment: edifact.Segment) -> bool:
    return segment.tag == "NAD" and segment.value(1).upper() in set(paxlst.Role)


def read_pushes(data: bytes) -> None:
    for message in _messages(data):
        found = pnrgov.read(message)
        begun = sum(segment.tag == "SRC" for segment in message.segments)
        assert len(found.records) >= begun, "a booking was lost"


def read_answers(data: bytes) -> None:
    for message in _messages(data):
        for reader in READERS:
            reader(message)


def inspect(data: bytes) -> None:
    """`egate parse` prints at least one line, and no reader has failed behind it."""
    found = messages.inspect(data, "x")
    assert found, "nothing is printed"
    for summary in found:
        line = summary.line()
        assert json.loads(line)["file"] == "x", "a line is no JSON"
        assert "reader_failed" not in line, "a reader has raised"


def take_apart(data: bytes) -> None:
    found, faults = contents(data)
    assert found or faults, "nothing is said of a transmission"


def scrub_once(data: bytes) -> None:
    """Scrubbed twice is scrubbed once; nothing denied and no card is left in what can be read."""
    once = scrub(data)
    assert scrub(once) == once, "scrubbing again changes something"
    for found in _all(once):
        for message in found.messages:
            if message.type in ("PAXLST", "PNRGOV"):
                _check_scrubbed(message)


def _check_scrubbed(message: RawMessage) -> None:
    for segment in message.segments:
        if segment.tag in _REMARKS:
            text = "+".join(segment.text())
            assert mask_cards(text) == text, "a card number is left"
    places = sum(DROPPED in "".join(segment.texts) for segment in message.segments)
    if message.type == "PNRGOV":
        dropped = sum(record.dropped for record in pnrgov.read(message).records)
    else:
        dropped = sum(person.remarks_dropped for person in paxlst.read(message).persons)
    assert dropped <= places, "a denied remark is left"


def _all(data: bytes) -> Iterator[Interchange]:
    try:
        yield from edifact.interchanges(data)
    except EdifactError as error:
        if error.code not in _LIMITS:
            raise


def _messages(data: bytes) -> Iterator[RawMessage]:
    for found in _all(data):
        yield from found.messages


_LIMITS = frozenset(
    {"too_many_interchanges", "interchange_too_long", "too_many_segments", "segment_too_long"}
)
TARGETS: tuple[Target, ...] = (
    tokenize, read_lists, read_pushes, read_answers, inspect, take_apart, scrub_once,
)  # fmt: skip
