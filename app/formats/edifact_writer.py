"""Writes UN/EDIFACT interchanges; `edifact` reads them."""

from datetime import datetime
from typing import Self

from app.formats.edifact_model import LEVEL_A, Header, Syntax

# CR and LF are never data, NUL is stored nowhere, the reader uses five private-use characters.
NOT_TRANSMITTED = dict.fromkeys((0x00, 0x0A, 0x0D, *range(0xE000, 0xE005)))


def write_segment(
    tag: str, *elements: str | list[str] | tuple[str, ...], syntax: Syntax = LEVEL_A
) -> str:
    """One segment as text with its terminator; separators in values are escaped.

    Trailing empty elements and components are left out. CR, LF and NUL cannot be transmitted and
    are dropped; without a release character separators in values become blanks.
    """
    parts = [tag]
    for element in elements:
        components = [element] if isinstance(element, str) else element
        escaped = [_escape(component, syntax) for component in components]
        parts.append(_join(escaped, syntax.component))
    return _join(parts, syntax.element) + syntax.terminator


def _join(parts: list[str], separator: str) -> str:
    end = len(parts)
    while end and not parts[end - 1]:
        end -= 1
    return separator.join(parts[:end])


def _escape(value: str, syntax: Syntax) -> str:
    value = value.translate(NOT_TRANSMITTED)
    release = syntax.release
    for special in (release, syntax.terminator, syntax.element, syntax.component):
        if special and special in value:
            value = value.replace(special, release + special if release else " ")
    return value


class Writer:
    """Builds one interchange: `Writer(...)`, then per message `begin`, `segment`..., `end`; `close`.

    Counts segments and messages, repeats references in the trailers. Pure: date, references and
    all else are arguments.
    """

    def __init__(  # the fields of UNB
        self,
        sender: str,
        recipient: str,
        prepared: datetime,
        control_reference: str,
        *,
        application_reference: str = "",
        sender_qualifier: str = "",
        recipient_qualifier: str = "",
        syntax_identifier: str = "UNOA",
        syntax_version: str = "4",
        test: bool = False,
        syntax: Syntax = LEVEL_A,
        una: bool = True,
    ) -> None:
        self._syntax = syntax
        self._control_reference = control_reference
        self._messages = 0
        self._segments = 0
        self._reference = ""
        self._out = [syntax.una()] if una else []
        self._put(
            "UNB",
            (syntax_identifier, syntax_version),
            (sender, sender_qualifier),
            (recipient, recipient_qualifier),
            (f"{prepared:%y%m%d}", f"{prepared:%H%M}"),
            control_reference,
            "",
            application_reference,
            "",
            "",
            "",
            "1" if test else "",
        )

    @classmethod
    def of(
        cls,
        header: Header,
        *,
        syntax_version: str = "4",
        syntax: Syntax = LEVEL_A,
        una: bool = True,
    ) -> Self:
        """An interchange with that UNB. Raises ValueError when it has no time of preparation."""
        if header.prepared is None:
            raise ValueError("an interchange needs a time of preparation")
        return cls(
            header.sender,
            header.recipient,
            header.prepared,
            header.control_reference,
            application_reference=header.application_reference,
            sender_qualifier=header.sender_qualifier,
            recipient_qualifier=header.recipient_qualifier,
            syntax_identifier=header.syntax_identifier,
            syntax_version=syntax_version,
            test=header.test,
            syntax=syntax,
            una=una,
        )

    def begin(
        self,
        reference: str,
        identifier: tuple[str, ...],
        common_access_reference: str = "",
        sequence: int | None = None,
        part: str = "",
    ) -> None:
        """UNH; `identifier` is S009, for example ("PAXLST", "D", "05B", "UN", "IATA")."""
        self._messages += 1
        self._segments = 0
        self._reference = reference
        status = ("" if sequence is None else f"{sequence:02d}", part)
        self.segment("UNH", reference, identifier, common_access_reference, status)

    def segment(self, tag: str, *elements: str | list[str] | tuple[str, ...]) -> None:
        self._segments += 1
        self._put(tag, *elements)

    def end(self) -> None:
        self.segment("UNT", str(self._segments + 1), self._reference)

    def close(self) -> str:
        self._put("UNZ", str(self._messages), self._control_reference)
        return "".join(self._out)

    def _put(self, tag: str, *elements: str | list[str] | tuple[str, ...]) -> None:
        self._out.append(write_segment(tag, *elements, syntax=self._syntax))
