"""Codes over HTTP: accepted once however often they are shown, refused with the page's codes."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from starlette.testclient import TestClient

from app.audit.log import TRAVELLER
from app.config import Settings
from app.declarations import keys
from app.declarations.accept import Policy, accept_credential, find_by_document, person_of
from app.declarations.models import Companion, CredentialUse, Declaration, DeclarationVersion
from app.declarations.refusals import REFUSALS, CredentialRefusedError, refusal
from app.formats import base45
from app.formats.barcode import draw_png
from app.formats.credential import (
    CODES,
    Goods,
    Journey,
    Receipt,
    TravelDocument,
    cbor,
    encrypt_declaration,
    open_credential,
    point,
    seal_receipt,
)
from app.formats.credential.claims import declaration_claims
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.kernel.ids import uuid7
from app.main import create_app
from app.runtime import make_kernel
from tests.declarations.forms import (
    CTI,
    DEVICE,
    FAMILY,
    NOW,
    OTHER_DEVICE,
    SOLO,
    STRANGER,
    TODAY,
    amended,
    sealed,
    submission,
)
from tests.formats.credentials import forge, rewrite, text_of
from tests.support import problem_code

URL = "/api/v1/declarations/qr"
TEXT = {"Content-Type": "text/plain"}
EPOCH = int(NOW.timestamp())
PLAIN = Policy(plain=True)


def scan(client: TestClient, text: str | bytes, **headers: str) -> Any:
    return client.post(URL, content=text, headers=TEXT | headers)


def taken(client: TestClient, text: str | bytes) -> dict[str, Any]:
    answer = scan(client, text)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, problem_code(answer.text)


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count(Declaration.id))) or 0


@pytest.fixture
def kernel(database: Database, vault: Vault, clock: SettableClock) -> Kernel:
    """A site that takes plain declarations too, so that they can be looked at more closely."""
    return make_kernel(Settings(plain_declarations=True), database, vault, clock)


@pytest.fixture
def authority(database: Database, vault: Vault) -> ec.EllipticCurvePrivateKey:
    with database.transaction() as session:
        return keys.signing_key(session, vault, NOW)


@pytest.fixture
def encrypted(database: Database, vault: Vault) -> Callable[[str], str]:
    """Seals an EGD1 text to the authority, with a fresh HPKE key each time."""
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
        [key] = keys.decryption_keys(session, vault, NOW).values()
    return lambda text: encrypt_declaration(text, key.public_key())


# --- accepted -------------------------------------------------------------------------------------


def test_an_offline_made_code_is_swapped_for_a_receipt(
    client: TestClient, database: Database
) -> None:
    body = taken(client, sealed(FAMILY))
    assert (body["seq"], body["lane"], body["secret"]) == (0, 1, None)
    with database.transaction() as session:
        trust = keys.trust(session, NOW)
        row = session.scalars(sa.select(Declaration)).one()
        version = session.scalars(sa.select(DeclarationVersion)).one()
        companions = session.scalars(sa.select(Companion).order_by(Companion.number)).all()
    receipt = open_credential(body["credential"]["text"], now=EPOCH, trust=trust)
    assert receipt.cti == CTI
    assert receipt.receipt is not None
    assert receipt.receipt.party_size == 3
    assert row.device_key == point(DEVICE.public_key())
    assert version.language == "und"
    assert version.content["answers"]["over_allowance"] is True
    assert [one.document_key for one in companions] == ["SX4471210", None]


def test_a_code_shown_again_changes_nothing(client: TestClient, database: Database) -> None:
    first, again = taken(client, sealed()), taken(client, sealed())
    assert again["id"] == first["id"]
    with_line_end = taken(client, sealed() + "\r\n")
    assert with_line_end["id"] == first["id"]
    receipt = taken(client, first["credential"]["text"])
    assert receipt["id"] == first["id"]
    assert count(database) == 1


def test_a_sealed_code_is_the_same_declaration(
    client: TestClient, database: Database, encrypted: Callable[[str], str]
) -> None:
    first, again = taken(client, encrypted(sealed())), taken(client, encrypted(sealed()))
    assert first["id"] == again["id"]
    assert taken(client, sealed())["id"] == first["id"]
    assert count(database) == 1


def test_the_other_signature_of_the_same_content_is_the_same_declaration(
    client: TestClient, database: Database
) -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    text = sealed()
    signature = cbor.loads(base45.decode(text.removeprefix("EGD1:")))[3]
    twin = signature[:32] + (order - int.from_bytes(signature[32:])).to_bytes(32)
    other = rewrite(text, signature=twin)
    assert other != text
    assert taken(client, text)["id"] == taken(client, other)["id"]
    assert count(database) == 1


def test_an_amendment_has_the_same_key_and_a_higher_number(client: TestClient) -> None:
    first = taken(client, sealed())
    goods = (Goods(4, "Wrist watch", 1, 30_000_000, "JPY"),)
    second = taken(client, sealed(amended(seq=2, goods=goods)))
    assert (second["id"], second["seq"], second["lane"]) == (first["id"], 2, 1)
    assert refused(scan(client, sealed())) == (409, "superseded")
    assert refused(scan(client, sealed(amended(seq=1)))) == (409, "superseded")
    assert refused(scan(client, first["credential"]["text"])) == (409, "superseded")
    assert taken(client, second["credential"]["text"])["seq"] == 2


def test_the_same_number_with_other_content_is_a_replay(client: TestClient) -> None:
    taken(client, sealed())
    other = replace(SOLO, answers=0b100_0000)
    assert refused(scan(client, sealed(other))) == (409, "replayed")


def test_another_device_cannot_speak_for_the_same_passport(
    client: TestClient, database: Database
) -> None:
    taken(client, sealed())
    stolen = sealed(amended(seq=9, answers=0b100_0000), key=OTHER_DEVICE)
    assert refused(scan(client, stolen)) == (409, "replayed")
    assert count(database) == 1


def test_nobody_can_occupy_a_number(client: TestClient, database: Database) -> None:
    squatter = replace(SOLO, identity=replace(SOLO.identity, document_number="ZZ0000001"))
    occupied = taken(client, sealed(squatter, key=OTHER_DEVICE))
    mine = taken(client, sealed())
    assert mine["id"] != occupied["id"]
    assert count(database) == 2
    for one in (mine, occupied):  # each receipt finds its own, though the number is the same
        assert taken(client, one["credential"]["text"])["id"] == one["id"]


def test_what_somebody_passed_with_is_not_amended(client: TestClient, database: Database) -> None:
    taken(client, sealed())
    with database.transaction() as session:
        row = session.scalars(sa.select(Declaration)).one()
        session.add(CredentialUse(declaration_id=row.id, person=0, passage_id=uuid7()))
    assert refused(scan(client, sealed(amended(answers=0b100_0000)))) == (409, "already_used")
    assert taken(client, sealed())["seq"] == 0


def test_the_same_number_at_the_same_time_is_one_declaration(
    client: TestClient, database: Database
) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: scan(client, sealed()), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count(database) == 1


def test_two_contents_of_one_number_at_the_same_time(
    client: TestClient, database: Database
) -> None:
    rivals = [sealed(), sealed(replace(SOLO, answers=0b100_0000))]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda text: scan(client, text), rivals))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert count(database) == 1


def test_two_devices_of_one_number_at_the_same_time(client: TestClient, database: Database) -> None:
    rivals = [sealed(), sealed(key=OTHER_DEVICE)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda text: scan(client, text), rivals))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert count(database) == 1


def test_an_idempotency_key_shows_the_current_state(client: TestClient) -> None:
    first = scan(client, sealed(), **{"Idempotency-Key": "scan-1"})
    taken(client, sealed(amended(answers=0b100_0000)))
    again = scan(client, sealed(), **{"Idempotency-Key": "scan-1"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert again.json()["seq"] == 1
    other = scan(client, sealed(FAMILY), **{"Idempotency-Key": "scan-1"})
    assert refused(other) == (409, "superseded")  # another code: the key is not in its way


# --- refused --------------------------------------------------------------------------------------

CLAIMS = {4: EPOCH + 86400, 6: EPOCH - 60, 7: CTI, -65537: declaration_claims(SOLO)}


def signed(**changes: Any) -> str:
    return forge(payload=CLAIMS | {int(k[1:]): v for k, v in changes.items()}, key=DEVICE)


MANGLED = {
    "too_large": "EGD1:" + "0" * 1134,
    "prefix_unknown": "LUNCH: SOUP 4.50, FISH 12.00",
    "base45_invalid": "EGD1:soup",
    "cbor_invalid": text_of("EGD1", b"\xff\xff"),
    "cose_invalid": text_of("EGD1", cbor.dumps([1, 2, 3])),
    "alg_forbidden": rewrite(
        sealed(), protected=cbor.dumps({1: -8, 4: point(DEVICE.public_key())})
    ),
    "key_invalid": rewrite(sealed(), protected=cbor.dumps({1: -7, 4: b"\x02" + b"\xff" * 32})),
    "signature_invalid": rewrite(sealed(), payload=cbor.dumps(CLAIMS)),
    "claims_invalid": forge(payload=CLAIMS | {9: 1}, key=DEVICE),
    "expired": sealed(now=NOW - timedelta(days=6)),
    "questionnaire_unknown": sealed(replace(SOLO, questionnaire=77)),
    "wrong_arrival": sealed(
        replace(SOLO, journey=Journey("XX983", "CPH", "NRT", TODAY + timedelta(days=4), 1))
    ),
    "key_unknown": forge("EGR1", key=STRANGER),
}


def test_mangled_codes_are_refused_with_the_pages_codes(
    client: TestClient, database: Database
) -> None:
    for code, text in MANGLED.items():
        status = 413 if code == "too_large" else 422
        answer = scan(client, text)
        assert refused(answer) == (status, code)
        assert "SX4471209" not in answer.text
    assert count(database) == 0


def test_sealed_codes_that_do_not_open(client: TestClient, encrypted: Callable[[str], str]) -> None:
    body = bytearray(base45.decode(encrypted(sealed()).removeprefix("EGE1:")))
    body[-1] ^= 1
    assert refused(scan(client, text_of("EGE1", bytes(body)))) == (422, "decrypt_failed")
    stranger = encrypt_declaration(sealed(), STRANGER.public_key())
    assert refused(scan(client, stranger)) == (422, "key_unknown")


def test_receipts_that_are_not_for_now(
    client: TestClient, clock: SettableClock, authority: ec.EllipticCurvePrivateKey
) -> None:
    receipt = Receipt(0, b"b" * 16, "XX983", TODAY, 0, 1, 0)
    early = seal_receipt(receipt, cti=CTI, iat=EPOCH + 400, exp=EPOCH + 9000, key=authority)
    assert refused(scan(client, early)) == (422, "not_yet_valid")
    late = seal_receipt(receipt, cti=CTI, iat=EPOCH, exp=EPOCH + 60, key=authority)
    assert refused(scan(client, late)) == (422, "declaration_unknown")
    clock.advance(minutes=1)
    assert refused(scan(client, late)) == (422, "expired")


def test_codes_that_speak_of_unknown_questions_or_goods(client: TestClient) -> None:
    for strange in (
        replace(SOLO, answers=1 << 8),
        replace(SOLO, goods=(Goods(99, None, 1, 1, "JPY"),)),
        replace(SOLO, journey=replace(SOLO.journey, purpose=50)),
    ):
        assert refused(scan(client, sealed(strange))) == (422, "claims_invalid")


def test_a_receipt_of_a_newer_version_than_is_known_here(
    client: TestClient, authority: ec.EllipticCurvePrivateKey
) -> None:
    taken(client, sealed())
    receipt = Receipt(3, b"b" * 16, "XX983", TODAY, 0, 1, 0)
    newer = seal_receipt(receipt, cti=CTI, iat=EPOCH, exp=EPOCH + 900, key=authority)
    assert refused(scan(client, newer)) == (422, "declaration_unknown")


def test_a_withdrawn_declaration_stays_so_whatever_is_scanned(
    client: TestClient, database: Database
) -> None:
    made = client.post("/api/v1/declarations", json=submission()).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    client.delete(f"/api/v1/declarations/{made['id']}", headers=headers)
    assert refused(scan(client, made["credential"]["text"])) == (422, "withdrawn")
    taken(client, sealed())
    with database.transaction() as session:
        session.execute(sa.update(Declaration).values(status="withdrawn"))
    assert refused(scan(client, sealed())) == (422, "withdrawn")
    assert refused(scan(client, sealed(amended()))) == (422, "withdrawn")


def test_every_code_of_the_page_is_a_problem_with_its_status() -> None:
    assert set(CODES) < set(REFUSALS)
    statuses = {code: refusal(code).status for code in REFUSALS}
    assert {c for c, s in statuses.items() if s == 409} == {
        "replayed", "superseded", "already_used", "document_mismatch",
    }  # fmt: skip
    assert {c for c, s in statuses.items() if s == 413} == {"too_large"}
    assert set(statuses.values()) == {409, 413, 422}
    assert all(kind.code == code for code, kind in REFUSALS.items())


# --- bodies ---------------------------------------------------------------------------------------


def picture(client: TestClient, data: bytes, kind: str = "image/png") -> Any:
    return client.post(URL, content=data, headers={"Content-Type": kind})


def as_bytes(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def test_pictures_of_codes(client: TestClient, database: Database) -> None:
    png = draw_png(sealed(FAMILY))
    jpeg = as_bytes(Image.open(io.BytesIO(png)).convert("L").rotate(7, fillcolor=255), "JPEG")
    ids = {picture(client, png).json()["id"], picture(client, jpeg, "image/jpeg").json()["id"]}
    assert len(ids) == 1
    assert count(database) == 1


def test_pictures_of_something_else(client: TestClient) -> None:
    blank = as_bytes(Image.new("L", (200, 200), 255), "PNG")
    assert refused(picture(client, blank)) == (422, "unreadable")
    lunch = picture(client, draw_png("HTTPS://LUNCH.EXAMPLE/SOUP"))
    assert refused(lunch) == (422, "prefix_unknown")
    assert "SOUP" not in lunch.text
    for junk in (b"", b"no picture at all", b"\x89PNG\r\n\x1a\n" + b"\x00" * 500):
        answer = picture(client, junk)
        assert refused(answer) == (422, "unreadable")
        assert answer.json()["detail"] == "This is no JPEG, PNG or WebP picture."
    huge = picture(client, b"\x89PNG" + b"x" * (2 * 1024 * 1024))
    assert refused(huge) == (413, "too_large")


def test_two_codes_in_one_picture_are_doubtful(client: TestClient) -> None:
    one, other = (
        Image.open(io.BytesIO(draw_png(text, scale=3)))
        for text in (sealed(), sealed(cti=b"o" * 16))
    )
    both = Image.new("L", (one.width + other.width, max(one.height, other.height)), 255)
    both.paste(one, (0, 0))
    both.paste(other, (one.width, 0))
    assert refused(picture(client, as_bytes(both, "PNG"))) == (422, "unreadable")


def test_texts_that_are_no_code(client: TestClient) -> None:
    assert refused(scan(client, b"")) == (422, "prefix_unknown")
    assert refused(scan(client, b"\xff\xfe\x00EGD1:")) == (422, "prefix_unknown")
    assert refused(scan(client, b"EGD1:" + b"\xff" * 9)) == (422, "base45_invalid")
    assert refused(scan(client, "E" * 5000)) == (413, "too_large")
    assert refused(scan(client, b"E" * (3 * 1024 * 1024))) == (413, "too_large")


def test_other_content_types_are_not_taken(client: TestClient) -> None:
    for kind in ("application/json", "text/html", ""):
        answer = client.post(URL, content=sealed(), headers={"Content-Type": kind})
        assert refused(answer) == (415, "unsupported-media-type")


# --- what the gate asks ---------------------------------------------------------------------------


def document(number: str, given: str = "", birth: int = 0, surname: str = "") -> TravelDocument:
    return TravelDocument(number, "SWE", surname, given, birth)


ASTRID = document("SX4471209", "ASTRID MAJ", 19910608, "LINDQVIST")
NILS = document("SX4471210", "NILS", 19890214, "LINDQVIST")
ELSA = document("SX9999999", "ELSA", 20150930, "BERGMAN")


def accept(database: Database, vault: Vault, text: str, policy: Policy = PLAIN) -> Declaration:
    with database.transaction() as session:
        return accept_credential(
            session, TRAVELLER, text, site="NRT", vault=vault, now=NOW, policy=policy
        ).declaration


def test_a_site_may_take_sealed_codes_only(
    database: Database, vault: Vault, encrypted: Callable[[str], str]
) -> None:
    with pytest.raises(CredentialRefusedError) as caught:
        accept(database, vault, sealed(), Policy())
    assert caught.value.code == "prefix_unknown"
    accept(database, vault, encrypted(sealed()), Policy())


def test_plain_declarations_are_not_taken_without_a_word(
    database: Database, vault: Vault, clock: SettableClock, encrypted: Callable[[str], str]
) -> None:
    with TestClient(create_app(make_kernel(Settings(), database, vault, clock))) as client:
        assert refused(scan(client, sealed())) == (422, "prefix_unknown")
        assert refused(scan(client, sealed() + "0" * 1134)) == (413, "too_large")
        assert count(database) == 0
        assert taken(client, encrypted(sealed()))["seq"] == 0


def test_everybody_on_the_form_is_known_by_passport(database: Database, vault: Vault) -> None:
    declaration = accept(database, vault, sealed(FAMILY))
    with database.read() as session:
        found = [person_of(session, declaration, one) for one in (ASTRID, NILS, ELSA)]
        assert found == [0, 1, 2]
        assert person_of(session, declaration, document("AA0000001", "EVE", 19910608)) is None


def test_a_declaration_is_found_by_passport_alone(database: Database, vault: Vault) -> None:
    accept(database, vault, sealed(FAMILY))
    newer = accept(database, vault, sealed(cti=b"n" * 16))
    with database.read() as session:
        found = [
            find_by_document(session, one, site="NRT", now=now)
            for one, now in (
                (ASTRID, NOW), (NILS, NOW), (ELSA, NOW), (ASTRID, NOW + timedelta(days=4)),
            )
        ]  # fmt: skip
    assert found[0] is not None
    assert (found[0].declaration.id, found[0].person) == (newer.id, 0)
    assert found[1] is not None
    assert found[1].person == 1
    assert found[2:] == [None, None]  # a companion without a number; a declaration that is over
