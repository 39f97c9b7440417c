"""Photos and films of an inspection: by content, within limits, sealed, on a clock, seen by few and on record."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from app.identity.permissions import Role
from app.keeping.engine import Work
from app.keeping.job import run_all
from app.kernel.http import Kernel
from app.referrals import attachments
from app.referrals.kinds import Media
from app.retention.profile import load
from tests.formats.test_media import FILM, photo
from tests.referrals.desk import DONE, Desk, refused


@pytest.fixture
def case(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    assert desk.post(mori, referral, "inspect").status_code == 200
    return mori, referral


def url(referral) -> str:
    return f"/api/v1/referrals/{referral}/attachments"


def add(desk: Desk, who, referral, data: bytes | None = None, **query):
    return desk.client.post(url(referral), content=data or photo(), headers=who, params=query)


def test_a_photo_is_kept_without_what_the_camera_said_and_sealed(desk: Desk, case, kernel: Kernel):
    mori, referral = case
    exif = Image.Exif()
    exif[0x010F] = "MakerOfPhones"
    made = add(desk, mori, referral, photo(exif=exif), caption="Open bag", finding=1)
    assert made.status_code == 201, made.text
    [one] = made.json()["attachments"]
    assert (one["kind"], one["media_type"], one["caption"], one["finding_number"]) == (
        "photo", "image/jpeg", "Open bag", 1,
    )  # fmt: skip
    [(sealed,)] = desk.rows("select sealed from referral_attachment")
    assert not bytes(sealed).startswith(b"\xff\xd8")
    assert b"JFIF" not in bytes(sealed)
    shown = desk.client.get(f"{url(referral)}/{one['id']}", headers=mori)
    assert Image.open(io.BytesIO(shown.content)).size == (64, 48)
    assert b"MakerOfPhones" not in shown.content
    assert desk.steps(referral)[-1] == "photo-added"


def test_it_is_served_as_what_it_is_and_nothing_in_it_can_run(desk: Desk, case):
    mori, referral = case
    made = add(desk, mori, referral, FILM).json()["attachments"][0]
    shown = desk.client.get(f"{url(referral)}/{made['id']}", headers=mori)
    assert shown.headers["content-type"] == "video/mp4"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["content-security-policy"] == (
        "default-src 'none'; sandbox; frame-ancestors 'none'"
    )


def test_a_film_is_served_in_the_parts_that_are_asked_for(desk: Desk, case):
    mori, referral = case
    made = add(desk, mori, referral, FILM).json()["attachments"][0]
    address, size = f"{url(referral)}/{made['id']}", made["size"]
    whole = desk.client.get(address, headers=mori).content
    for asked, first, last in (
        ("bytes=0-9", 0, 9), ("bytes=10-", 10, size - 1), ("bytes=-5", size - 5, size - 1),
        (f"bytes=3-{size * 2}", 3, size - 1),
    ):  # fmt: skip
        part = desk.client.get(address, headers={**mori, "Range": asked})
        assert (part.status_code, part.content) == (206, whole[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    over = desk.client.get(address, headers={**mori, "Range": f"bytes={size}-"})
    assert (over.status_code, over.headers["content-range"]) == (416, f"bytes */{size}")
    odd = desk.client.get(address, headers={**mori, "Range": "lines=1-2"})
    assert (odd.status_code, odd.content) == (200, whole)


def test_what_is_no_photo_and_no_film_is_refused_whatever_it_says_it_is(desk: Desk, case):
    mori, referral = case
    html = add(desk, {**mori, "Content-Type": "image/jpeg"}, referral, b"<html>")
    assert refused(html) == (422, "media-refused")
    pixels = add(desk, mori, referral, photo((9000, 9000), "PNG", "L"))
    assert refused(pixels) == (413, "media-too-large")
    assert desk.rows("select count(*) from referral_attachment") == [(0,)]


def test_the_same_photo_again_is_one_and_a_full_case_takes_no_more(desk: Desk, case, monkeypatch):
    mori, referral = case
    for _ in range(2):
        assert add(desk, mori, referral).status_code == 201
    assert desk.rows("select count(*) from referral_attachment") == [(1,)]
    monkeypatch.setitem(attachments.MOST, Media.PHOTO, 1)
    assert refused(add(desk, mori, referral, photo((10, 10)))) == (409, "attachments-full")
    assert add(desk, mori, referral, FILM).status_code == 201


def test_only_whoever_inspects_adds_and_only_the_site_sees(desk: Desk, case):
    mori, referral = case
    made = add(desk, mori, referral).json()["attachments"][0]
    abe, ito = desk.officer("Abe"), desk.officer("Ito", site="HND")
    assert refused(add(desk, abe, referral)) == (409, "referral-taken")
    assert add(desk, ito, referral).status_code == 404
    assert add(desk, desk.officer("Kim", Role.TARGETER), referral).status_code == 403
    address = f"{url(referral)}/{made['id']}"
    assert desk.client.get(address, headers=abe).status_code == 200
    for who, code in (
        (ito, 404), (desk.officer("Lee", Role.AUDITOR), 403),
        (desk.officer("Oba", Role.HELP_DESK), 403), (desk.officer("Sol", Role.REMOTE_SENIOR), 403),
    ):  # fmt: skip
        assert desk.client.get(address, headers=who).status_code == code
        assert desk.client.get(url(referral), headers=who).status_code == code
    other = desk.put()
    assert desk.client.get(f"{url(other)}/{made['id']}", headers=mori).status_code == 404


def test_before_an_inspection_nothing_is_added_and_after_it_whoever_amends_may(desk: Desk, case):
    mori, referral = case
    waiting = desk.put()
    assert refused(add(desk, mori, waiting)) == (409, "referral-changed")
    desk.post(mori, referral, "outcome", DONE)
    assert add(desk, desk.officer("Abe"), referral).status_code == 201


def test_every_look_is_on_record(desk: Desk, case):
    mori, referral = case
    made = add(desk, mori, referral).json()["attachments"][0]
    abe = desk.officer("Abe")
    desk.client.get(f"{url(referral)}/{made['id']}", headers=abe)
    rows = desk.rows(
        "select actor_id, detail ->> 'attachment' from audit_entry"
        " where action = 'referral.attachment' and subject_id = :id", id=referral,
    )  # fmt: skip
    assert rows == [(desk.actor("Abe").id, made["id"])]


def test_the_clock_deletes_them_a_year_after_the_case_is_closed(desk: Desk, case, kernel, clock):
    mori, referral = case
    add(desk, mori, referral)
    desk.post(mori, referral, "outcome", DONE)

    def forgotten() -> int:
        work = Work(load("eu-pnr"), clock(), kernel.vault)
        return run_all(desk.database, work).counts.get("referral_attachment.deleted", 0)

    clock.advance(days=364)
    assert forgotten() == 0
    clock.advance(days=2)
    assert forgotten() == 1
    assert desk.rows("select count(*) from referral_attachment") == [(0,)]
    assert "photo-added" in desk.steps(referral)


def test_sealed_bytes_open_under_their_own_id_alone(desk: Desk, case, kernel: Kernel):
    mori, referral = case
    add(desk, mori, referral)
    add(desk, mori, referral, photo((10, 10)))
    with desk.database.transaction() as session:
        session.execute(sa.text(
            "update referral_attachment a set sealed = (select b.sealed from referral_attachment b"
            " where b.id <> a.id)"
        ))  # fmt: skip
    [one, _] = desk.client.get(url(referral), headers=mori).json()["attachments"]
    assert desk.client.get(f"{url(referral)}/{one['id']}", headers=mori).status_code == 500
