"""Entry point for files of airline messages: which messages are in them, and what do they say?

`inspect` reads any bytes and never raises: one bad message, or a file that is none, gives a summary
with errors and leaves the others alone. Summaries hold counts, codes and positions, no personal data.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.formats import edifact, paxlst
from app.formats.edifact import EdifactError, Fault, Interchange, RawMessage
from app.formats.stretches import Kind, Stretch, around, enveloped, refused, stretches

if TYPE_CHECKING:
    from app.formats.pnrgov import PnrPush

MAX_FILE_BYTES = 64 * 1024 * 1024  # of `egate parse`; a transmission over HTTP may have half of it


@dataclass(slots=True)
class Summary:
    """One message of a file; `type` is None when the file, or the interchange, has no message."""

    file: str
    type: str | None = None
    version: str = ""
    flight: str = ""  # like JL1
    people: int = 0  # persons of PAXLST, travellers of PNRGOV, people that CUSRES speaks of
    pnrs: int = 0
    warnings: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, faults: Iterable[Fault]) -> None:
        """Sort faults into warnings and errors, as {position, code, text}."""
        for fault in faults:
            where = self.errors if fault.severity == "error" else self.warnings
            where.append(_fault(fault))

    def line(self) -> str:
        """The summary as one line of JSON."""
        return json.dumps(asdict(self))


def inspect(data: bytes, name: str) -> list[Summary]:
    """A summary for each message in `data`; at least one, with type None when there is none."""
    parts = stretches(data)
    found: list[Summary] = []
    for part in parts:
        if part.kind is Kind.EDIFACT:
            found += _edifact(part, name, is_alone=len(parts) == 1)
        elif fault := refused(part):
            found.append(_told(name, fault))
        elif part.kind is Kind.ENVELOPE:
            found.append(_told(name, enveloped(part)))
            found += (one for text in part.texts for one in inspect(text, name))
        else:
            found += _xml(part, name)
    return found or [_refused(name, "no_message", "no EDIFACT interchange and no PNRGOV XML")]


def _edifact(part: Stretch, name: str, *, is_alone: bool) -> list[Summary]:
    found: list[Summary] = []
    spans = []
    try:
        for interchange in edifact.interchanges(part.data):
            found.extend(_interchange(interchange, name))
            spans.append((interchange.start, interchange.end))
        told = edifact.unread_text(part.data, spans) if spans or not is_alone else []
        if not (spans or told or is_alone or part.is_padding):
            told = [around(part)]
        found.extend(_told(name, fault) for fault in told)
    except EdifactError as error:
        found.append(_refused(name, error.code, str(error)))
    return found


def main_lines(paths: Iterable[str]) -> Iterator[str]:
    """One line of JSON per message of the files; an unreadable file gives a line with an error."""
    for path in paths:
        for summary in _inspect_file(path):
            yield summary.line()


def _inspect_file(path: str) -> list[Summary]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return [_refused(path, "unreadable", "the file cannot be read")]
    if len(data) > MAX_FILE_BYTES:
        return [_refused(path, "file_too_long", "the file is longer than 64 MiB")]
    return inspect(data, path)


def _refused(name: str, code: str, text: str) -> Summary:
    return _told(name, Fault(code, text))


def _told(name: str, fault: Fault) -> Summary:
    summary = Summary(name)
    summary.add([fault])
    return summary


def _fault(fault: Fault) -> dict[str, Any]:
    where = fault.position
    position = where and {
        "message": where.message,
        "segment": where.segment,
        "element": where.element,
        "component": where.component,
    }
    return {"position": position, "code": fault.code, "text": fault.text}


def _interchange(interchange: Interchange, name: str) -> Iterator[Summary]:
    """Faults of the interchange itself stand with its first message."""
    faults = interchange.faults
    if not interchange.messages:
        faults = [*faults, Fault("no_message", "interchange without a message")]
        summary = Summary(name)
        summary.add(faults)
        yield summary
        return
    for message in interchange.messages:
        summary = Summary(name, message.type or None, _version(message))
        summary.add(faults)
        faults = []
        _read(message, summary)
        yield summary


def _read(message: RawMessage, summary: Summary) -> None:
    """A defect in one reader must cost neither the other messages nor the file."""
    try:
        _READERS.get(message.type, _unknown)(message, summary)
    except Exception:  # noqa: BLE001  # the last resort; the tests see to it that none comes here
        summary.add([Fault("reader_failed", "this message could not be read")])


def _version(message: RawMessage) -> str:
    return ".".join(part for part in (message.version, message.release) if part)


# --- one reader per message type -----------------------------------------------------------------


def _paxlst(message: RawMessage, summary: Summary) -> None:
    listing = paxlst.read(message)
    summary.flight = str(listing.flight or "")
    summary.people = len(listing.persons)
    summary.add(listing.faults)
    for person in listing.persons:
        summary.add(person.faults)


def _pnrgov(message: RawMessage, summary: Summary) -> None:
    from app.formats import pnrgov  # noqa: PLC0415  # only what the message at hand needs

    _push(pnrgov.read(message), summary)


def _push(push: "PnrPush", summary: Summary) -> None:
    summary.flight = str(push.flight or "")
    summary.pnrs = len(push.records)
    summary.people = sum(len(record.travellers) for record in push.records)
    summary.add(push.faults)
    for record in push.records:
        summary.add(record.faults)


def _cusres(message: RawMessage, summary: Summary) -> None:
    from app.formats import cusres  # noqa: PLC0415  # only what the message at hand needs

    response = cusres.read(message)
    summary.flight = str(response.flight or "")
    summary.people = len(response.people)
    summary.add(response.faults)


def _ackres(message: RawMessage, summary: Summary) -> None:
    from app.formats import ackres  # noqa: PLC0415  # likewise

    summary.add(ackres.read(message).faults)


def _contrl(message: RawMessage, summary: Summary) -> None:
    from app.formats import contrl  # noqa: PLC0415  # likewise

    summary.add(contrl.read(message).faults)


def _unknown(message: RawMessage, summary: Summary) -> None:
    summary.add(message.faults)
    where = message.position(message.segments[0], 2, 1)
    text = "message of a type that is not read here"
    summary.add([Fault("message_type", text, where, "warning")])


_READERS: dict[str, Callable[[RawMessage, Summary], None]] = {
    "PAXLST": _paxlst,
    "PNRGOV": _pnrgov,
    "CUSRES": _cusres,
    "ACKRES": _ackres,
    "CONTRL": _contrl,
}

# --- XML -----------------------------------------------------------------------------------------


def _xml(part: Stretch, name: str) -> list[Summary]:
    """A summary for each flight of the document."""
    from app.formats.pnrgov import xml_reader  # noqa: PLC0415  # only what the message at hand needs

    found = []
    for push in xml_reader.read_xml(part.data, part.lines):
        summary = Summary(name, "PNRGOV-XML")
        _push(push, summary)
        found.append(summary)
    return found
