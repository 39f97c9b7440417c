"""Declarations over HTTP: made, read, amended, withdrawn; every refusal as a problem document."""

import base64
import io
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from pyzbar import pyzbar
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.config import Settings
from app.declarations import keys, service
from app.declarations.models import (
    CredentialUse,
    Declaration,
    DeclarationVersion,
)
from app.formats.barcode import read_code
from app.formats.credential import binding, open_credential
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.main import create_app
from app.runtime import make_kernel
from tests.declarations.forms import ELSA, NILS, NOW, QUESTIONS, WATCH, submission
from tests.support import problem_code

URL = "/api/v1/declarations"
Headers = dict[str, str]


def post(client: TestClient, body: Any = None, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(URL, json=body or submission(), headers=headers)


def made(client: TestClient, **changes: Any) -> dict[str, Any]:
    answer = post(client, submission(**changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def own(declaration: dict[str, Any]) -> Headers:
    return {"Authorization": f"Bearer {declaration['secret']}"}


def where(declaration: dict[str, Any]) -> str:
    return f"{URL}/{declaration['id']}"


def pointers(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {(e["pointer"], e["code"]) for e in answer.json().get("errors", [])}


# --- making ---------------------------------------------------------------------------------------


def test_a_declaration_answers_a_receipt_that_says_nothing_personal(
    client: TestClient, database: Database
) -> None:
    answer = post(client)
    assert answer.status_code == 201
    body = answer.json()
    assert body["seq"] == 0
    assert body["lane"] == 0
    assert body["status"] == "active"
    assert len(body["reference"]) == 9
    assert answer.headers["location"] == where(body)
    assert answer.headers["cache-control"] == "no-store"
    with database.transaction() as session:
        trust = keys.trust(session, NOW)
    opened = open_credential(body["credential"]["text"], now=int(NOW.timestamp()), trust=trust)
    assert opened.receipt is not None
    assert (opened.receipt.flight, opened.receipt.party_size) == ("XX983", 1)
    assert opened.receipt.binding == binding(opened.cti, "SX4471209", "SWE", 19910608)
    for personal in ("LINDQVIST", "SX4471209", "Hinoki", "1991-06", "19910608"):
        assert personal not in answer.text


def test_the_receipt_ends_72_hours_after_the_day_of_arrival_began(client: TestClient) -> None:
    assert made(client)["expires"] == "2026-03-12T15:00:00Z"


def test_the_drawings_hold_the_text(client: TestClient) -> None:
    credential = made(client)["credential"]
    png = base64.b64decode(credential["png"])
    assert read_code(png) == credential["text"]
    [found] = pyzbar.decode(Image.open(io.BytesIO(png)))
    assert found.data.decode() == credential["text"]
    svg = ET.fromstring(credential["svg"])
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    side = float(svg.attrib["viewBox"].split()[2])
    assert 61 + 8 <= side <= 81  # version 11 or a little more, at level Q


def test_the_drawing_is_negotiated(client: TestClient) -> None:
    declaration = made(client)
    address = where(declaration) + "/credential"
    answers = {
        kind: client.get(address, headers=own(declaration) | {"Accept": kind})
        for kind in ("image/png", "image/svg+xml", "text/plain", "*/*")
    }
    assert read_code(answers["image/png"].content).startswith("EGR1:")
    assert ET.fromstring(answers["image/svg+xml"].text).tag.endswith("svg")
    assert answers["text/plain"].text.startswith("EGR1:")
    assert answers["*/*"].headers["content-type"].startswith("text/plain")
    assert client.get(address).status_code == 401


def test_a_phone_draws_by_itself(client: TestClient) -> None:
    credential = client.post(URL + "?draw=false", json=submission()).json()["credential"]
    assert credential.pop("text").startswith("EGR1:")
    assert credential == {"companions": [], "png": None, "svg": None}


def test_what_was_certified_is_kept_with_its_language_and_version(
    client: TestClient, database: Database
) -> None:
    made(client, language="ja")
    with database.read() as session:
        version = session.scalars(sa.select(DeclarationVersion)).one()
    assert version.questionnaire == "jp-c5360-2024/2"
    assert version.language == "ja"
    assert version.certified_text.startswith("この申告書")
    assert version.certified_at == NOW


def test_the_lane_is_that_of_the_answers(client: TestClient) -> None:
    assert made(client, yes=("over_allowance",), goods=[WATCH])["lane"] == 1
    assert made(client, yes=("means_of_payment",))["lane"] == 2


def test_a_call_repeated_shows_the_same_declaration_and_its_secret_again(
    client: TestClient, database: Database
) -> None:
    first, again = post(client, key="k-1"), post(client, key="k-1")
    assert again.status_code == 201
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["secret"] == first.json()["secret"]
    assert client.get(where(first.json()), headers=own(again.json())).status_code == 200
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Declaration.id))) == 1


def test_the_keys_of_two_travellers_do_not_meet(client: TestClient) -> None:
    first = post(client, key="k-1")
    other = post(client, submission(language="ja"), key="k-1")
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["id"] != other.json()["id"]


def test_without_a_key_every_call_is_a_declaration(client: TestClient) -> None:
    assert made(client)["id"] != made(client)["id"]


def test_the_secret_is_not_stored(client: TestClient, database: Database) -> None:
    declaration = made(client)
    with database.read() as session:
        row = session.scalars(sa.select(Declaration)).one()
    assert row.secret_hash is not None
    assert declaration["secret"].encode() not in row.secret_hash
    assert len(declaration["secret"]) >= 22


# --- what is wrong --------------------------------------------------------------------------------


def test_problems_name_their_places_and_never_the_values(client: TestClient) -> None:
    body = submission(yes=("gold",), TR1234567=1, certified=False)
    answer = post(client, body)
    assert pointers(answer) == {("/*", "extra_forbidden"), ("/certified", "literal_error")}
    assert problem_code(answer.text) == "invalid"
    assert "TR1234567" not in answer.text
    answer = post(client, submission(yes=("gold",), language="tlh"))
    assert pointers(answer) == {("/goods", "goods_required"), ("/language", "unknown")}


def test_today_is_that_of_the_port_of_arrival(client: TestClient, clock: SettableClock) -> None:
    clock.now = NOW + timedelta(hours=12, minutes=30)  # the 11th in Japan, still the 10th in UTC
    journey = submission()["journey"] | {"arrival_date": "2026-03-25"}
    assert post(client, submission(journey=journey)).status_code == 201
    yesterday = submission()["journey"] | {"arrival_date": "2026-03-09"}
    assert post(client, submission(journey=yesterday)).status_code == 422


def test_bodies_that_are_no_declaration(client: TestClient) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"certified": NaN}', b"[" * 60_000):
        answer = client.post(URL, content=body)
        assert (answer.status_code, problem_code(answer.text)) == (422, "invalid")


def test_a_huge_body_is_refused(client: TestClient, database: Database) -> None:
    answer = client.post(URL, content=b" " * (64 * 1024 + 1))
    assert (answer.status_code, problem_code(answer.text)) == (413, "too-large")
    huge = client.post(URL, content=b"x" * (20 * 1024 * 1024))
    assert (huge.status_code, problem_code(huge.text)) == (413, "too-large")
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Declaration.id))) == 0


def test_a_number_typed_with_blanks_binds_like_the_printed_one(
    client: TestClient, database: Database
) -> None:
    traveller = submission()["traveller"] | {"document": {"number": "sx 447-1209", "issuer": "SWE"}}
    text = made(client, traveller=traveller)["credential"]["text"]
    with database.transaction() as session:
        opened = open_credential(text, now=int(NOW.timestamp()), trust=keys.trust(session, NOW))
    assert opened.receipt is not None
    assert opened.receipt.binding == binding(opened.cti, "SX4471209", "SWE", 19910608)


def test_passports_with_open_birth_dates_are_served(client: TestClient) -> None:
    for open_date in ("1948-00-00", "1948-05-00"):
        made(client, traveller=submission()["traveller"] | {"birth_date": open_date})


# --- one's own ------------------------------------------------------------------------------------


def test_the_owner_reads_what_was_declared(client: TestClient) -> None:
    declaration = made(client, companions=[NILS, ELSA], yes=("over_allowance",), goods=[WATCH])
    answer = client.get(where(declaration), headers=own(declaration)).json()
    sent = submission(companions=[NILS, ELSA | {"document_number": None}], goods=[WATCH],
                      yes=("over_allowance",))  # fmt: skip
    del sent["certified"], sent["language"]
    assert answer["declared"] == sent
    assert answer["secret"] is None
    assert answer["credential"]["text"].startswith("EGR1:")


def test_nobody_else_does(client: TestClient) -> None:
    declaration, other = made(client), made(client)
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"Authorization": "Bearer wrong"}, 404),
        (own(other), 404),
    ):
        for call in (client.get, client.delete):
            answer = call(where(declaration), headers=headers)
            assert answer.status_code == status
        put = client.put(where(declaration), json=submission(), headers=headers)
        assert put.status_code == status
    assert client.get(f"{URL}/{uuid7()}", headers=own(declaration)).status_code == 404
    assert client.get(f"{URL}/no-uuid", headers=own(declaration)).status_code == 422
    assert client.get(where(declaration), headers=own(declaration)).json()["status"] == "active"


def test_an_amendment_is_a_new_version_with_a_new_code(
    client: TestClient, database: Database
) -> None:
    declaration = made(client)
    body = submission(yes=("over_allowance",), goods=[WATCH])
    answer = client.put(where(declaration), json=body, headers=own(declaration)).json()
    assert (answer["id"], answer["reference"]) == (declaration["id"], declaration["reference"])
    assert (answer["seq"], answer["lane"], answer["secret"]) == (1, 1, None)
    old = client.post(URL + "/qr", content=declaration["credential"]["text"], headers=TEXT)
    assert (old.status_code, problem_code(old.text)) == (409, "superseded")
    new = client.post(URL + "/qr", content=answer["credential"]["text"], headers=TEXT)
    assert (new.status_code, new.json()["seq"]) == (200, 1)
    with database.read() as session:
        versions = session.scalars(sa.select(DeclarationVersion)).all()
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.at)).all()
    assert {(v.seq, len(v.content["goods"])) for v in versions} == {(0, 0), (1, 1)}
    assert "declaration.amended" in actions


def test_the_same_content_again_is_no_amendment(client: TestClient) -> None:
    declaration = made(client)
    answer = client.put(where(declaration), json=submission(), headers=own(declaration))
    assert answer.json()["seq"] == 0


def test_an_amendment_repeated_with_its_key_is_one(client: TestClient) -> None:
    declaration = made(client)
    headers = own(declaration) | {"Idempotency-Key": "amend-1"}
    for body in (submission(goods=[WATCH]), submission(goods=[WATCH])):
        assert client.put(where(declaration), json=body, headers=headers).json()["seq"] == 1
    client.put(where(declaration), json=submission(), headers=own(declaration))
    late = client.put(where(declaration), json=submission(goods=[WATCH]), headers=headers)
    assert late.json()["seq"] == 2  # a replay shows the current state and changes nothing


def test_a_withdrawn_declaration_is_over(client: TestClient) -> None:
    declaration = made(client)
    gone = client.delete(where(declaration), headers=own(declaration))
    assert (gone.status_code, gone.json()["status"]) == (200, "withdrawn")
    assert gone.json()["credential"] is None
    assert client.delete(where(declaration), headers=own(declaration)).status_code == 200
    code = client.post(URL + "/qr", content=declaration["credential"]["text"], headers=TEXT)
    assert (code.status_code, problem_code(code.text)) == (422, "withdrawn")
    put = client.put(where(declaration), json=submission(goods=[WATCH]), headers=own(declaration))
    assert (put.status_code, problem_code(put.text)) == (422, "withdrawn")
    drawn = client.get(where(declaration) + "/credential", headers=own(declaration))
    assert drawn.status_code == 404
    assert client.get(where(declaration), headers=own(declaration)).status_code == 200


def test_what_somebody_passed_with_stays_as_it_is(client: TestClient, database: Database) -> None:
    declaration = made(client)
    with database.transaction() as session:
        row = session.scalars(sa.select(Declaration)).one()
        session.add(CredentialUse(declaration_id=row.id, person=0, passage_id=uuid7()))
    put = client.put(where(declaration), json=submission(goods=[WATCH]), headers=own(declaration))
    assert (put.status_code, problem_code(put.text)) == (409, "already_used")
    gone = client.delete(where(declaration), headers=own(declaration))
    assert (gone.status_code, problem_code(gone.text)) == (409, "already_used")


@pytest.mark.parametrize("around", ["{}\n", "  {} ", "\r\n{}\t"])
def test_white_space_around_a_pasted_code_is_nothing(client: TestClient, around: str) -> None:
    declaration = made(client)
    text = around.format(declaration["credential"]["text"])
    code = client.post(URL + "/qr", content=text, headers=TEXT)
    assert (code.status_code, code.json()["id"]) == (200, declaration["id"])


def test_a_receipt_that_is_over_is_drawn_no_more(client: TestClient, clock: SettableClock) -> None:
    declaration = made(client)
    clock.advance(days=3)
    answer = client.get(where(declaration), headers=own(declaration))
    assert (answer.status_code, answer.json()["credential"]) == (200, None)
    code = client.post(URL + "/qr", content=declaration["credential"]["text"], headers=TEXT)
    assert (code.status_code, problem_code(code.text)) == (422, "expired")


# --- what everybody may read ----------------------------------------------------------------------

TEXT = {"Content-Type": "text/plain"}


def test_the_questionnaire_is_published(client: TestClient) -> None:
    data = client.get("/api/v1/questionnaires/jp-c5360-2024").json()
    assert tuple(q["id"] for q in data["questions"]) == QUESTIONS
    assert client.get("/api/v1/questionnaires/nowhere").status_code == 404


def test_the_keys_are_published_without_their_private_parts(client: TestClient) -> None:
    answer = client.get("/api/v1/keys").json()
    assert {key["use"] for key in answer["keys"]} == {"sign", "decrypt"}
    assert set(answer["keys"][0]) == {"kid", "use", "point", "not_before"}
    assert list(answer["authority"]) == [k["kid"] for k in answer["keys"] if k["use"] == "sign"]
    assert client.get("/api/v1/keys").json() == answer


def test_the_service_speaks_openapi_of_declarations(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    body = paths[URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {"traveller", "journey", "answers", "certified"} <= set(body["required"])


def test_a_dead_database_is_a_503(vault: Vault, clock: SettableClock) -> None:
    dead = Database("postgresql+psycopg://nobody@/none?host=/nonexistent")
    client = TestClient(create_app(make_kernel(Settings(), dead, vault, clock)))
    answer = post(client)
    assert (answer.status_code, problem_code(answer.text)) == (503, "unavailable")
    dead.dispose()


def test_secrets_differ_by_installation(vault: Vault) -> None:
    identifier = uuid7()
    secret = service.declaration_secret(vault, identifier)
    assert secret == service.declaration_secret(vault, identifier)
    assert secret != service.declaration_secret(vault, uuid7())
    assert secret != service.declaration_secret(
        Vault(b"another secret of 32 bytes......"), identifier
    )


class TestErasing:
    """What a traveller may have deleted, and what stays so that a code in a drawer is still refused."""

    def test_nothing_personal_is_left(self, client: TestClient, database: Database) -> None:
        declaration = made(client, companions=[NILS], yes=("over_allowance",), goods=[WATCH])
        post_code = client.get(where(declaration) + "/credential", headers=own(declaration)).text
        gone = client.delete(where(declaration) + "?erase=true", headers=own(declaration))
        assert gone.status_code == 200, gone.text
        with database.read() as session:
            row = session.query(Declaration).one()
            assert (row.document_key, row.issuer, row.birth_date) == ("", "", None)
            assert (row.secret_hash, row.passenger_id) == (None, None)
            for table in ("declaration_version", "companion"):
                assert session.execute(sa.text(f"select count(*) from {table}")).scalar() == 0
            text = "".join(
                str(session.execute(sa.text(f"select * from {table}")).all())
                for table in ("declaration", "event", "audit_entry")
            )
        assert "LINDQVIST" not in text
        assert "SX4471209" not in text
        again = client.post(URL + "/qr", content=post_code, headers={"Content-Type": "text/plain"})
        assert problem_code(again.text) == "withdrawn"
        assert client.get(where(declaration), headers=own(declaration)).status_code == 404

    def test_one_that_was_withdrawn_before_can_be_deleted(self, client: TestClient) -> None:
        declaration = made(client)
        client.delete(where(declaration), headers=own(declaration))
        gone = client.delete(where(declaration) + "?erase=true", headers=own(declaration))
        assert gone.status_code == 200, gone.text

    def test_what_was_used_at_a_gate_is_kept(self, client: TestClient, database: Database) -> None:
        declaration = made(client)
        with database.transaction() as session:
            session.add(
                CredentialUse(declaration_id=declaration["id"], person=0, passage_id=uuid7())
            )
        refused = client.delete(where(declaration) + "?erase=true", headers=own(declaration))
        assert problem_code(refused.text) == "already_used"
        assert client.get(where(declaration), headers=own(declaration)).status_code == 200

    def test_only_its_owner_may(self, client: TestClient) -> None:
        declaration, other = made(client), made(client, companions=[ELSA])
        answer = client.delete(where(declaration) + "?erase=true", headers=own(other))
        assert answer.status_code == 404


def test_what_only_some_forms_ask_is_kept_and_shown_to_its_owner(client: TestClient) -> None:
    declaration = made(client, bags=2, stay_nights=9)
    shown = client.get(where(declaration), headers=own(declaration)).json()["declared"]
    assert (shown["bags"], shown["stay_nights"]) == (2, 9)
    changed = client.put(where(declaration), json=submission(bags=3), headers=own(declaration))
    assert changed.json()["seq"] == 1
    shown = client.get(where(declaration), headers=own(declaration)).json()["declared"]
    assert (shown["bags"], shown.get("stay_nights")) == (3, None)
    assert post(client, submission(bags=-1)).status_code == 422


def test_an_earlier_version_of_the_form_is_read_with_what_it_was(
    client: TestClient, database: Database
) -> None:
    """A declaration keeps the version it answered, and what it meant."""
    declaration = made(client, yes=("over_allowance",), goods=[WATCH])
    with database.transaction() as session:
        session.execute(sa.text("update declaration_version set questionnaire = 'jp-c5360-2024/1'"))
    own_code = client.get(where(declaration) + "/credential", headers=own(declaration))
    assert own_code.status_code == 200, own_code.text
    with database.read() as session:
        version = session.query(DeclarationVersion).one()
        assert service.declared_value(version).answers == 0b1000
