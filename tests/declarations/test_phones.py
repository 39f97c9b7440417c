"""A phone brings what it made without network, and becomes its owner."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.declarations.counter import take_declaration
from app.declarations.facts import declaration_of
from app.declarations.keys import published_keys
from app.declarations.models import Channel, Declaration, DeclarationVersion
from app.declarations.schemas import Submission
from app.declarations.service import Taken
from app.formats.credential import (
    Journey,
    binding,
    encrypt_declaration,
    open_credential,
    public_key,
)
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.kernel.ids import uuid7
from tests.declarations.forms import (
    DEVICE,
    FAMILY,
    OTHER_DEVICE,
    SOLO,
    TODAY,
    add_flight,
    add_passenger,
    amended,
    sealed,
)
from tests.support import problem_code

URL = "/api/v1/declarations/phone"
SCAN = "/api/v1/declarations/qr"


def text_of(client: TestClient, declaration: Any = SOLO) -> str:
    """Signed by the phone and sealed to the authority."""
    found = client.get("/api/v1/keys").json()["keys"]
    [key] = [one for one in found if one["use"] == "decrypt"]
    return encrypt_declaration(sealed(declaration), public_key(bytes.fromhex(key["point"])))


def proof(text: str, key: ec.EllipticCurvePrivateKey = DEVICE) -> str:
    r, s = decode_dss_signature(
        key.sign(b"egate-owner:" + text.encode(), ec.ECDSA(hashes.SHA256()))
    )
    return (r.to_bytes(32) + s.to_bytes(32)).hex()


def bring(client: TestClient, text: str, **changes: Any) -> Any:
    return client.post(URL, json={"text": text, "language": "ja", "proof": proof(text)} | changes)


def code_of(answer: Any) -> str:
    return problem_code(answer.text)


def stored(database: Database) -> list[tuple[Declaration, DeclarationVersion]]:
    with database.read() as session:
        query = sa.select(Declaration, DeclarationVersion).join(
            DeclarationVersion, DeclarationVersion.declaration_id == Declaration.id
        )
        return [(a, b) for a, b in session.execute(query.order_by(DeclarationVersion.seq))]


def test_it_gets_the_receipt_and_the_secret_however_often_it_comes(
    client: TestClient, database: Database
) -> None:
    text = text_of(client, FAMILY)
    first = bring(client, text)
    assert first.status_code == 200
    assert first.json()["credential"]["text"].startswith("EGR1:")
    again = bring(client, text).json()
    assert (again["id"], again["secret"]) == (first.json()["id"], first.json()["secret"])
    [(declaration, version)] = stored(database)
    assert (declaration.language, version.language) == ("ja", "ja")
    assert version.certified_text.startswith("この申告書")
    headers = {"Authorization": f"Bearer {again['secret']}"}
    own = client.get(f"/api/v1/declarations/{again['id']}", headers=headers).json()
    assert own["declared"]["traveller"]["surname"] == FAMILY.identity.surname
    gone = client.delete(f"/api/v1/declarations/{again['id']}", headers=headers)
    assert gone.json()["status"] == "withdrawn"
    assert code_of(bring(client, text)) == "withdrawn"


def test_everybody_with_a_passport_number_gets_a_receipt_of_their_own(
    client: TestClient, kernel: Kernel
) -> None:
    credential = bring(client, text_of(client, FAMILY)).json()["credential"]
    nils, elsa = credential["companions"]
    assert elsa is None, "without a number nothing can be bound"
    with kernel.database.read() as session:
        points = {key.kid: public_key(key.point) for key in published_keys(session, kernel.clock())}
    first, own = (
        open_credential(one, now=int(kernel.clock().timestamp()), trust=points)
        for one in (credential["text"], nils)
    )
    born = FAMILY.companions[0].birth_date
    assert own.cti == first.cti
    assert own.receipt
    assert own.receipt.binding == binding(own.cti, "SX4471210", "SWE", born)
    assert first.receipt == replace(own.receipt, binding=first.receipt.binding)
    scanned = client.post(SCAN, content=nils, headers={"Content-Type": "text/plain"})
    assert scanned.status_code == 200, "it shows the same declaration"


def test_what_no_code_has_room_for_comes_along_and_reaches_the_facts(
    client: TestClient, database: Database
) -> None:
    with database.transaction() as session:
        astrid = add_passenger(session, add_flight(session))
    text = text_of(client)
    client.post(SCAN, content=text, headers={"Content-Type": "text/plain"})
    assert bags_and_nights(database, astrid) == (None, None)
    assert bring(client, text, bags=0, stay_nights=9).status_code == 200
    assert bags_and_nights(database, astrid) == (0, 9)
    assert bring(client, text, bags=5).status_code == 200
    assert bags_and_nights(database, astrid) == (0, 9), "said once, for each version"
    assert bring(client, text_of(client, amended()), bags=5, known=0).status_code == 200
    assert bags_and_nights(database, astrid) == (5, None)


@pytest.mark.parametrize("wrong", [{"bags": -1}, {"bags": 100}, {"stay_nights": "3"}])
def test_besides_a_code_only_numbers_of_a_form(client: TestClient, wrong: dict[str, Any]) -> None:
    assert bring(client, text_of(client), **wrong).status_code == 422


def bags_and_nights(database: Database, passenger: UUID) -> tuple[int | None, int | None]:
    with database.read() as session:
        found = declaration_of(session, passenger)
    assert found
    return found.bags, found.stay_nights


def test_a_picture_of_the_code_makes_nobody_its_owner(
    client: TestClient, database: Database
) -> None:
    text = text_of(client)
    for wrong in (proof(text, OTHER_DEVICE), proof(text + " "), "00" * 64, "ff" * 64):
        answer = bring(client, text, proof=wrong)
        assert (answer.status_code, code_of(answer)) == (422, "signature_invalid")
    assert stored(database) == []


def test_a_kiosk_may_have_seen_it_first(client: TestClient, database: Database) -> None:
    text = text_of(client)
    scanned = client.post(SCAN, content=text, headers={"Content-Type": "text/plain"}).json()
    assert stored(database)[0][1].language == "und"
    assert bring(client, text).json()["id"] == scanned["id"]
    assert stored(database)[0][1].language == "ja"
    assert bring(client, text, language="ko").status_code == 200
    assert stored(database)[0][1].language == "ja"  # said once


def test_a_change_made_offline_is_the_next_version(client: TestClient, database: Database) -> None:
    first, second = text_of(client), text_of(client, amended())
    assert bring(client, second).json()["seq"] == 1
    late = bring(client, first).json()
    assert (late["seq"], late["counts"]) == (1, False)
    assert [version.seq for _, version in stored(database)] == [1]


def correct(database: Database, kernel: Kernel) -> None:
    """A counter records that gold was declared."""
    content = stored(database)[-1][1].content
    changed = content | {"answers": content["answers"] | {"gold": True}, "goods": []}
    sent = Submission.model_validate(changed | {"language": "en", "certified": True}, strict=False)
    with database.transaction() as session:
        taken = Taken(Channel.KIOSK, uuid7())
        take_declaration(session, SYSTEM, sent, taken, site=kernel.site, now=kernel.clock())


def test_a_correction_stands_where_the_phone_had_not_heard_of_it(
    client: TestClient, database: Database, kernel: Kernel
) -> None:
    """The first answer was lost, a counter corrected the declaration, and the phone may have changed it too."""
    text = text_of(client)
    first = bring(client, text).json()
    assert first["counts"]
    correct(database, kernel)
    for seq in (0, 1, 2):
        answer = bring(client, text_of(client, amended(seq=seq)), known=None).json()
        assert (answer["id"], answer["secret"]) == (first["id"], first["secret"])
        assert (answer["seq"], answer["lane"], answer["counts"]) == (1, 1, False)
    assert bring(client, text_of(client, amended(seq=2)), known=0).json()["counts"] is False
    after = bring(client, text_of(client, amended(seq=2)), known=1).json()
    assert (after["seq"], after["counts"]) == (2, True)
    assert [version.seq for _, version in stored(database)] == [0, 1, 2]


@pytest.mark.parametrize(("days", "status"), [(-1, 200), (14, 200), (15, 422), (-2, 422)])
def test_it_may_come_as_early_as_a_declaration_made_online(
    client: TestClient, days: int, status: int
) -> None:
    journey = Journey("XX983", "CPH", "NRT", TODAY + timedelta(days=days), 1)
    text = text_of(client, amended(SOLO, seq=0, journey=journey))
    answer = bring(client, text)
    assert answer.status_code == status
    if status != 200:
        assert code_of(answer) == "wrong_arrival"
    if days > 3:  # where codes are shown nothing is different
        shown = client.post(SCAN, content=text, headers={"Content-Type": "text/plain"})
        assert code_of(shown) == "wrong_arrival"


def test_only_declarations_that_are_sealed_in_a_language_of_the_form(client: TestClient) -> None:
    receipt = bring(client, text_of(client)).json()["credential"]["text"]
    assert code_of(bring(client, receipt)) == "prefix_unknown"
    assert code_of(bring(client, sealed(SOLO))) == "prefix_unknown"
    wrong = bring(client, text_of(client), language="fr").json()
    assert wrong["errors"] == [{"pointer": "/language", "code": "unknown"}]
