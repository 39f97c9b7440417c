"""Files that are two things at once, that unpack to what nobody can hold, or that say they are something else.

What is a photo and what a film is tested in tests/formats/test_media.py; here it is every way in by which a file comes.
"""

import io
import struct
import zlib
from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from PIL import Image

from app.identity.permissions import Role
from app.referrals.models import Referral
from tests.formats.test_media import FILM, photo
from tests.security.contract import Callers
from tests.web.conftest import Hall, look

__all__ = ["look"]

SCRIPT = b"<script>alert(document.domain)</script>"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width: int, height: int, *more: bytes) -> bytes:
    """A PNG of a few kilobytes whatever its size: all of it is one colour."""
    row = b"\0" + b"\0" * ((width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")  # fmt: skip


def text_bomb() -> bytes:
    """A PNG of one pixel with 60 MB of comment in 60 KB."""
    return flat_png(8, 8, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 60_000_000, 9)))


REFUSED: Mapping[str, bytes] = {
    "drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "page": b"<!doctype html>" + SCRIPT,
    "document": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>",
    "archive": b"PK\x03\x04" + b"\0" * 200,
    "program": b"\x7fELF" + b"\0" * 200,
    "programme of Windows": b"MZ" + b"\0" * 200,
    "GIF that is a script": b"GIF89a/*" + SCRIPT + b"*/=1;",
    "pixels that nobody can hold": flat_png(20_000, 20_000),
    "sizes beyond numbers": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)),
    "photo that breaks off": photo()[:-200],
    "film in a page": SCRIPT + FILM,
    "page behind a film": FILM + SCRIPT,
    "TIFF": b"II*\0\x08\0\0\0" + b"\0" * 64,
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
}  # fmt: skip
TAKEN: Mapping[str, bytes] = {
    "photo with a page behind": photo() + SCRIPT,
    "photo with an archive behind": photo() + b"PK\x03\x04evil.jsp",
    "photo with a script as comment": photo(comment=SCRIPT),
    "picture with a script in its text": flat_png(8, 8, chunk(b"tEXt", b"Comment\0" + SCRIPT)),
}


@pytest.fixture
def attachments(hall: Hall, callers: Callers) -> str:
    """The address of an inspection's attachments, and somebody who inspects."""
    referral = hall.refer("astrid")
    client, officer = hall.airport.http, callers[Role.SENIOR]
    path = f"/api/v1/referrals/{referral}"
    with hall.airport.kernel.database.read() as session:
        version = session.scalars(sa.select(Referral.version)).one()
    answer = client.post(f"{path}/inspect", json={"version": version}, headers=officer)
    assert answer.status_code == 200, answer.text
    return f"{path}/attachments"


def test_what_is_no_photo_or_film_is_refused_by_page_and_api(
    hall: Hall, callers: Callers, attachments: str
) -> None:
    """ASVS 5.0, 5.2.2 and 5.2.6: by content, whatever name and type came with it."""
    client, officer = hall.airport.http, callers[Role.SENIOR]
    for kind, data in REFUSED.items():
        headers = {**officer, "Content-Type": "image/jpeg"}
        answer = client.post(attachments, content=data, headers=headers)
        assert answer.status_code in (413, 422), (kind, answer.status_code)
        files = {"file": ("photo.jpg", data, "image/jpeg")}
        page = attachments.replace("/api/v1", "/console")
        answer = client.post(page, files=files, headers={**officer, "Accept": "text/html"}, follow_redirects=False)  # fmt: skip
        assert answer.status_code in (413, 422), (kind, answer.status_code)
    assert client.get(attachments, headers=officer).json()["attachments"] == []


def test_of_what_is_two_things_at_once_only_the_photo_is_kept(
    hall: Hall, callers: Callers, attachments: str
) -> None:
    client, officer = hall.airport.http, callers[Role.SENIOR]
    for kind, data in TAKEN.items():
        answer = client.post(attachments, content=data, headers=officer)
        assert answer.status_code == 201, (kind, answer.text)
    for one in client.get(attachments, headers=officer).json()["attachments"]:
        shown = client.get(f"{attachments}/{one['id']}", headers=officer)
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert "script-src" not in shown.headers["content-security-policy"]
        assert "sandbox" in shown.headers["content-security-policy"]
        for rest in (b"script", b"PK\x03\x04"):
            assert rest not in shown.content


NAMES = (
    "../../../../tmp/egate-planted.jpg", "/tmp/egate-planted.jpg", "a\r\nX-Planted: 1.jpg", "a\0.jpg", "x" * 5000,
    "photo.jpg.exe",
)  # fmt: skip


def test_a_files_name_is_never_used(hall: Hall, callers: Callers, attachments: str) -> None:
    """ASVS 5.0, 5.3.2 and 5.4.1."""
    client, officer = hall.airport.http, {**callers[Role.SENIOR], "Accept": "text/html"}
    page = attachments.replace("/api/v1", "/console")
    for name in NAMES:
        files = {"file": (name, photo(), "text/html")}
        answer = client.post(page, files=files, headers=officer, follow_redirects=False)
        assert answer.status_code in (303, 400), (name[:20], answer.status_code)
    kept = client.get(attachments, headers=officer).json()["attachments"]
    assert kept
    for one in kept:
        assert not [name for name in NAMES if name in str(one)]
        shown = client.get(f"{attachments}/{one['id']}", headers=officer)
        assert shown.headers["content-disposition"] == "inline"
        assert "x-planted" not in shown.headers


def test_a_picture_of_a_code_that_unpacks_without_end_is_refused(hall: Hall) -> None:
    client = hall.airport.http
    for kind, data in {
        **REFUSED,
        "comment without end": text_bomb(),
        "empty picture": flat_png(8, 8),
    }.items():
        answer = client.post("/api/v1/declarations/qr", content=data, headers={"Content-Type": "image/png"})  # fmt: skip
        assert answer.status_code in (413, 422), (kind, answer.status_code)


NAMED = b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
ODD = (
    b"", b"--", b"--x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--",
    NAMED + b"X: y\r\n" * 5000 + b"\r\n1\r\n--x--", NAMED.replace(b'"a"', b'"' + b"a" * 100_000 + b'"') + b"\r\n1\r\n--x--",
    b"".join(NAMED + b"\r\n%d\r\n" % n for n in range(100)) + b"--x--",
)  # fmt: skip


def test_odd_forms_with_files_are_refused(hall: Hall, callers: Callers, attachments: str) -> None:
    client, page = hall.airport.http, attachments.replace("/api/v1", "/console")
    for boundary in ("; boundary=x", "", "; boundary=" + "y" * 5000):
        kind = "multipart/form-data" + boundary
        headers = {**callers[Role.SENIOR], "Accept": "text/html", "Content-Type": kind}
        for parts in ODD:
            answer = client.post(page, content=parts, headers=headers, follow_redirects=False)
            assert answer.status_code in (400, 413, 422), (kind[:40], parts[:40])


def test_the_bombs_are_bombs() -> None:
    """What is refused above would have cost what it says."""
    assert len(flat_png(20_000, 20_000)) < 200_000
    assert len(text_bomb()) < 200_000
    assert Image.open(io.BytesIO(flat_png(8, 8))).size == (8, 8)
