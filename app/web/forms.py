"""Plain HTML forms: ``application/x-www-form-urlencoded``, small, read with the standard library."""

from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from app.kernel.errors import EgateError, FieldProblem, InvalidError, TooLongError, kept
from app.kernel.http import body_up_to
from app.kernel.texts import all_storable
from app.web.translation import gettext

MAX_BYTES = 64 * 1024
MAX_FIELDS = 400
MEDIA_TYPE = "application/x-www-form-urlencoded"


_body = body_up_to(MAX_BYTES)


class Fields(Mapping[str, str]):
    """What was sent, the last value of each name, without blanks around; ``all`` gives every value."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = [(name, value.strip()) for name, value in pairs]
        self._last = dict(self._pairs)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def text(self, name: str) -> str:
        """The value, '' when it was not sent."""
        return self._last.get(name, "")

    def within(self, name: str, most: int) -> str:
        """The value, whole. Raises TooLongError where it is longer than is kept: the page of
        :mod:`app.web.unsent` then shows it again.
        """
        return kept(self.text(name), most, f"/{name}")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Everything as it was sent."""
        return list(self._pairs)

    def without(self, *names: str) -> "Fields":
        """The same but for some names."""
        return Fields([(name, value) for name, value in self._pairs if name not in names])

    def all(self, name: str) -> list[str]:
        """Every value of a name, e.g. of check boxes."""
        return [value for sent, value in self._pairs if sent == name]


async def read_form(request: Request) -> Fields:
    """The form of a request. 415 for other content, 413 above :data:`MAX_BYTES`, 400 for nonsense, 422 for a NUL."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != MEDIA_TYPE:
        raise HTTPException(415)
    body = await _body(request)
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400) from None
    if not all_storable(pairs):
        raise InvalidError(fields=[FieldProblem("/body", "bad_character")])
    fields = Fields([(name, value.replace("\r\n", "\n")) for name, value in pairs])
    request.state.typed = fields  # what is refused can be shown again
    return fields


def said_of(error: EgateError) -> str:
    """What a page says of an error at its field: of what is too long, how much is kept."""
    if isinstance(error, TooLongError):
        return gettext("Shorten this to %(most)s characters", most=f"{error.most:,}")
    return gettext(error.title)


FormDep = Annotated[Fields, Depends(read_form)]


def id_of(text: str) -> UUID | None:
    """An id out of an address or a form; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
