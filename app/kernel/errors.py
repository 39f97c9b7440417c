"""The errors of the service and their rendering as RFC 9457 problem documents.

Feature modules subclass :class:`EgateError` beside the code that raises it. Whatever is not mapped is a
500 without detail. No problem document ever repeats input: it may be a passport number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.kernel.texts import N_

PROBLEM_TYPE = "urn:egate:problem:"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that is wrong: a JSON pointer (RFC 6901) and a code, never the value."""

    pointer: str
    code: str


class EgateError(Exception):
    """An error with a stable ``code``, an HTTP ``status`` and a fixed ``title``.

    ``detail`` is written by us and may name kinds and limits, never values that came in.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = N_("Something went wrong")

    def __init__(self, detail: str | None = None, *, fields: Sequence[FieldProblem] = ()) -> None:
        super().__init__(self.code)
        self.detail = detail
        self.fields = tuple(fields)

    def problem(self, instance: str) -> dict[str, Any]:
        """The problem document (RFC 9457 section 3); ``instance`` is the correlation id."""
        return problem_document(
            self.code, self.status, self.title, instance, self.detail, self.fields
        )


def problem_document(  # the members of RFC 9457, no more
    code: str,
    status: int,
    title: str,
    instance: str,
    detail: str | None = None,
    fields: Sequence[FieldProblem] = (),
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": PROBLEM_TYPE + code,
        "title": title,
        "status": status,
        "instance": "urn:egate:request:" + instance,
    }
    if detail:
        document["detail"] = detail
    if fields:
        document["errors"] = [{"pointer": f.pointer, "code": f.code} for f in fields]
    return document


class SetupError(RuntimeError):
    """A command cannot run as things are; the text says what to look at."""


class NotFoundError(EgateError):
    """The thing does not exist, or the caller may not know that it does."""

    code, status, title = "not-found", 404, N_("There is nothing here")


class ConflictError(EgateError):
    """The thing has changed since the caller looked."""

    code, status, title = "conflict", 409, N_("Somebody else was faster")


class InvalidError(EgateError):
    """The payload is well formed but wrong; ``fields`` says where."""

    code, status, title = "invalid", 422, N_("Some of this cannot be accepted")


class TooLongError(InvalidError):
    """More words than are kept. Refused, never cut: what officers wrote stands whole, or they are told."""

    code, status, title = "too-long", 422, N_("This is too long to be kept. Shorten it")

    def __init__(self, most: int, pointer: str = "") -> None:
        fields = [FieldProblem(pointer, "too-long")] if pointer else ()
        super().__init__(f"At most {most:,} characters are kept", fields=fields)
        self.most = most


def kept(text: str, most: int, pointer: str) -> str:
    """A text as it is kept: without blanks around it, and whole. Raises :class:`TooLongError`."""
    text = text.strip()
    if len(text) > most:
        raise TooLongError(most, pointer)
    return text


class UnauthenticatedError(EgateError):
    """No credentials, or credentials that are not valid (any more)."""

    code, status, title = "unauthenticated", 401, N_("Please sign in")


class ForbiddenError(EgateError):
    """Known caller, not allowed."""

    code, status, title = "forbidden", 403, N_("You may not do this")


class SecondOfficerError(ForbiddenError):
    """Whoever asked or decided cannot be the second officer, whatever changes meanwhile."""

    code, status, title = "second-officer-needed", 403, N_("Another officer has to agree to this")


class TooLargeError(EgateError):
    """The body is larger than this address takes."""

    code, status, title = "too-large", 413, N_("This is too large")


class UnavailableError(EgateError):
    """The database or another needed part cannot be reached; try again."""

    code, status, title = "unavailable", 503, N_("Out of service")
