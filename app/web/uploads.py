"""Forms that carry files: ``multipart/form-data``, read in memory alone, so that no photo lies open on a disk."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from app.web.forms import Fields

MAX_BYTES = 32 * 1024 * 1024
MAX_FILES = 6
MAX_FIELDS = 100
"""An outcome that was begun travels along with a photo: some fifty fields."""


class _InMemory(MultiPartParser):
    spool_max_size = MAX_BYTES + 1


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: the fields, and the bytes of each file; names and types that came with them are not kept."""

    fields: Fields
    files: tuple[bytes, ...]


async def read_upload(request: Request) -> Upload:
    """The form of a request. 415 for other content, 413 above :data:`MAX_BYTES`, 400 for nonsense."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise HTTPException(415)
    parser = _InMemory(
        request.headers, _up_to(request, MAX_BYTES), max_files=MAX_FILES, max_fields=MAX_FIELDS,
        max_part_size=16 * 1024,
    )  # fmt: skip
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise HTTPException(400) from None
    pairs: list[tuple[str, str]] = []
    files: list[bytes] = []
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            pairs.append((name, value.replace("\r\n", "\n")))
        elif value.size:
            files.append(await value.read())
    await form.close()
    return Upload(Fields(pairs), tuple(files))


UploadDep = Annotated[Upload, Depends(read_upload)]


async def _up_to(request: Request, limit: int) -> AsyncGenerator[bytes]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise HTTPException(413)
        yield chunk
