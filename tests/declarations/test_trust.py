"""The authority's keys under the offline root, and the list that kiosks fetch."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.audit.log import SYSTEM
from app.audit.models import AuditEntry
from app.declarations import keys, trust
from app.declarations.keys import CertificateRefusedError, KeyState
from app.declarations.models import AuthorityKey, KeyUse
from app.formats.credential import encrypt_declaration, key_id, open_credential, public_key
from app.formats.credential.trust_list import TrustList, Use, certify, open_trust_list
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import NotFoundError
from app.kernel.http import Kernel
from app.work.chores import renew_keys
from tests.declarations.forms import NOW, OTHER_DEVICE, SOLO, WATCH, sealed, submission
from tests.declarations.test_phones import proof
from tests.declarations.test_routes import own, post, where

ROOT = ec.derive_private_key(0x1234_5678_9ABC, ec.SECP256R1())
STRANGER = ec.derive_private_key(0xAAAA_BBBB_CCCC, ec.SECP256R1())
USES = {KeyUse.SIGN: Use.RECEIPTS, KeyUse.LIST: Use.LISTS}
HALF_A_YEAR = timedelta(days=180)


def certificate(
    key: AuthorityKey,
    *,
    root: ec.EllipticCurvePrivateKey = ROOT,
    use: Use | None = None,
    life: timedelta = HALF_A_YEAR,
) -> bytes:
    """What the operator brings back from the machine that has the root key."""
    start = int(NOW.timestamp())
    end = int((key.not_before + life).timestamp())
    return certify(use or USES[key.use], public_key(key.public_point), root, iat=start, exp=end)


def publish(session: Session, key: AuthorityKey, now=NOW, **changes) -> AuthorityKey:
    return keys.publish_key(session, SYSTEM, certificate(key), ROOT.public_key(), now, **changes)


def of_use(session: Session, use: KeyUse) -> list[AuthorityKey]:
    query = sa.select(AuthorityKey).where(AuthorityKey.use == use)
    return list(session.scalars(query.order_by(AuthorityKey.not_before)))


def publish_first(database: Database, vault: Vault) -> None:
    """A new site: keys are there, the root has certified them."""
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
        for use in USES:
            [key] = of_use(session, use)
            publish(session, key)


def fetched(client: TestClient, clock: SettableClock) -> TrustList:
    answer = client.get("/api/v1/trust", headers={"Accept": "application/cose"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/cose")
    return open_trust_list(answer.content, ROOT.public_key(), now=int(clock().timestamp()))


class TestPublishing:
    def test_the_first_certified_key_is_used_as_it_was(
        self, database: Database, vault: Vault
    ) -> None:
        with database.transaction() as session:
            before = keys.signing_key(session, vault, NOW)
            [key] = of_use(session, KeyUse.SIGN)
            assert publish(session, key).not_before == NOW
            assert (
                keys.signing_key(session, vault, NOW).private_numbers() == before.private_numbers()
            )

    def test_a_later_key_waits_a_week_for_kiosks_to_fetch_it(
        self, database: Database, vault: Vault
    ) -> None:
        publish_first(database, vault)
        late = NOW + keys.LIFE + timedelta(days=3)  # nobody made it in time
        with database.transaction() as session:
            keys.ensure_keys(session, vault, late)
            first, second = of_use(session, KeyUse.SIGN)
            publish(session, second, late + timedelta(days=5))
            assert second.not_before == late + timedelta(days=12)
            for moment, used in ((11, first), (12, second)):
                signing = keys.signing_key(session, vault, late + timedelta(days=moment))
                assert key_id(signing.public_key()) == used.kid

    def test_what_cannot_wait_is_used_at_once(self, database: Database, vault: Vault) -> None:
        publish_first(database, vault)
        with database.transaction() as session:
            made = keys.make_key(session, vault, KeyUse.SIGN, NOW, not_before=NOW)
            publish(session, made, at_once=True)
            assert key_id(keys.signing_key(session, vault, NOW).public_key()) == made.kid

    def test_a_key_without_certificate_takes_no_certified_ones_place(
        self, database: Database, vault: Vault
    ) -> None:
        publish_first(database, vault)
        with database.transaction() as session:
            for days in range(80, 400, 20):
                keys.ensure_keys(session, vault, NOW + timedelta(days=days))
            end = NOW + timedelta(days=400)
            [first, *_] = of_use(session, KeyUse.SIGN)
            assert first.retired_at is None
            assert key_id(keys.signing_key(session, vault, end).public_key()) == first.kid
            states = {key.kid: state for key, state in keys.all_keys(session, end)}
            assert states[first.kid] is KeyState.IN_USE
            assert KeyState.WAITING in states.values()

    def test_the_worker_says_hourly_what_waits_for_the_root(
        self, database: Database, vault: Vault, kernel: Kernel, clock: SettableClock
    ) -> None:
        publish_first(database, vault)
        for days, waits in ((0, []), (83, ["list", "sign"])):
            clock.now = NOW + timedelta(days=days)
            with capture_logs() as said:
                renew_keys(kernel)
            told = [one["use"] for one in said if one["event"] == "keys.waiting-for-root"]
            assert sorted(told) == waits

    def test_a_site_without_a_root_waits_for_none(self, database: Database, vault: Vault) -> None:
        with database.transaction() as session:
            keys.ensure_keys(session, vault, NOW)
            assert keys.waiting_for_root(session, NOW) == []

    def test_the_old_key_is_believed_until_its_last_receipt_has_ended(
        self, database: Database, vault: Vault, clock: SettableClock, client: TestClient
    ) -> None:
        publish_first(database, vault)
        change = NOW + keys.LIFE
        with database.transaction() as session:
            keys.ensure_keys(session, vault, change - keys.PUBLISHED_AHEAD)
            for use in USES:
                first, second = of_use(session, use)
                publish(session, second, change - keys.PUBLISHED_AHEAD)
        for moment, count in ((-1, 2), (0, 2), (29, 2), (30, 1)):
            clock.now = change + timedelta(days=moment)
            with database.transaction() as session:
                keys.ensure_keys(session, vault, clock())
            listed = fetched(client, clock).trust(int(clock().timestamp()))
            assert len(listed) == count, moment
        assert first.kid not in listed

    @pytest.mark.parametrize(
        ("use", "change", "said"),
        [
            (KeyUse.SIGN, {"root": STRANGER}, "key_unknown"),
            (KeyUse.SIGN, {"use": Use.LISTS}, "another use"),
            (KeyUse.LIST, {"use": Use.RECEIPTS}, "another use"),
            (KeyUse.DECRYPT, {"use": Use.RECEIPTS}, "another use"),
            (KeyUse.SIGN, {"life": timedelta(days=119)}, "before the key's last receipt"),
        ],
    )
    def test_certificates_that_are_refused(
        self, database: Database, vault: Vault, use: KeyUse, change, said: str
    ) -> None:
        with database.transaction() as session:
            keys.ensure_keys(session, vault, NOW)
            [key] = of_use(session, use)
            with pytest.raises(CertificateRefusedError) as caught:
                keys.publish_key(
                    session, SYSTEM, certificate(key, **change), ROOT.public_key(), NOW
                )
            assert said in caught.value.detail
            assert key.certificate is None

    def test_a_retired_key_and_a_strangers_are_not_published(
        self, database: Database, vault: Vault
    ) -> None:
        with database.transaction() as session:
            keys.ensure_keys(session, vault, NOW)
            [key] = of_use(session, KeyUse.SIGN)
            keys.retire_key(session, SYSTEM, key, NOW)
            with pytest.raises(CertificateRefusedError):
                publish(session, key)
            theirs = certify(
                Use.RECEIPTS, STRANGER.public_key(), ROOT, iat=0, exp=int(NOW.timestamp()) * 2
            )
            with pytest.raises(NotFoundError):
                keys.publish_key(session, SYSTEM, theirs, ROOT.public_key(), NOW)

    def test_every_act_on_a_key_is_on_record(self, database: Database, vault: Vault) -> None:
        publish_first(database, vault)
        with database.transaction() as session:
            [key] = of_use(session, KeyUse.SIGN)
            keys.retire_key(session, SYSTEM, key, NOW)
            acts = session.execute(
                sa.select(AuditEntry.action, AuditEntry.detail).where(
                    AuditEntry.subject_id == key.id
                ).order_by(AuditEntry.id)
            ).all()  # fmt: skip
        assert [action for action, _ in acts] == ["key.made", "key.published", "key.retired"]
        assert all(detail["use"] == "sign" for _, detail in acts)


class TestTheList:
    def test_a_site_without_a_root_has_none(self, client: TestClient) -> None:
        answer = client.get("/api/v1/trust")
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (
            404, "trust-not-published",
        )  # fmt: skip

    def test_a_receipt_is_believed_by_the_list_alone(
        self, client: TestClient, database: Database, vault: Vault, clock: SettableClock
    ) -> None:
        publish_first(database, vault)
        text = post(client).json()["credential"]["text"]
        found, now = fetched(client, clock), int(clock().timestamp())
        opened = open_credential(text, now=now, trust=found.trust(now))
        assert opened.receipt is not None
        assert found.refusal(opened.cti, opened.seq) is None
        assert found.next_update - found.iat == 24 * 3600

    def test_amended_and_withdrawn_declarations_are_on_it(
        self, client: TestClient, database: Database, vault: Vault, clock: SettableClock
    ) -> None:
        publish_first(database, vault)
        amended, withdrawn, sound = (post(client).json() for _ in range(3))
        before = fetched(client, clock)
        assert before.denied == {}
        client.put(where(amended), json=submission(goods=[WATCH]), headers=own(amended))
        client.delete(where(withdrawn), headers=own(withdrawn))
        clock.now += trust.REMAKE
        found, now = fetched(client, clock), int(clock().timestamp())
        said = {}
        for name, one in (("amended", amended), ("withdrawn", withdrawn), ("sound", sound)):
            opened = open_credential(one["credential"]["text"], now=now, trust=found.trust(now))
            said[name] = found.refusal(opened.cti, opened.seq)
        assert said == {"amended": "superseded", "withdrawn": "withdrawn", "sound": None}
        assert all(len(prefix) == 8 for prefix in found.denied)

    def test_a_stranger_who_read_the_number_cannot_put_it_on_the_list(
        self, client: TestClient, database: Database, vault: Vault, clock: SettableClock
    ) -> None:
        """The number of a declaration stands in clear in its receipt."""
        publish_first(database, vault)
        victim = post(client).json()["credential"]["text"]
        now = int(clock().timestamp())
        opened = open_credential(victim, now=now, trust=fetched(client, clock).trust(now))
        other = replace(SOLO, identity=replace(SOLO.identity, document_number="ZZ9999999"), seq=7)
        strange = sealed(other, cti=opened.cti, now=clock(), key=OTHER_DEVICE)
        [key] = [
            one for one in client.get("/api/v1/keys").json()["keys"] if one["use"] == "decrypt"
        ]
        text = encrypt_declaration(strange, public_key(bytes.fromhex(key["point"])))
        body = {"text": text, "language": "en", "proof": proof(text, OTHER_DEVICE)}
        brought = client.post("/api/v1/declarations/phone", json=body)
        assert brought.status_code == 200
        clock.now += trust.REMAKE
        assert fetched(client, clock).denied == {}
        client.delete(where(brought.json()), headers=own(brought.json()))
        clock.now += trust.REMAKE
        assert fetched(client, clock).denied == {}

    def test_what_is_over_is_not_on_it(
        self, client: TestClient, database: Database, vault: Vault, clock: SettableClock
    ) -> None:
        publish_first(database, vault)
        made = post(client).json()
        client.delete(where(made), headers=own(made))
        assert len(fetched(client, clock).denied) == 1
        clock.now += timedelta(days=6)
        assert fetched(client, clock).denied == {}

    def test_a_retired_key_is_off_it_at_the_next_making(
        self, client: TestClient, database: Database, vault: Vault, clock: SettableClock
    ) -> None:
        publish_first(database, vault)
        assert len(fetched(client, clock).certificates) == 1
        with database.transaction() as session:
            keys.retire_key(session, SYSTEM, of_use(session, KeyUse.SIGN)[0], NOW)
        clock.now += trust.REMAKE
        assert fetched(client, clock).certificates == ()

    def test_people_see_json_and_caches_may_keep_it_for_half_a_minute(
        self, client: TestClient, database: Database, vault: Vault, clock: SettableClock
    ) -> None:
        publish_first(database, vault)
        answer = client.get("/api/v1/trust")
        assert answer.headers["cache-control"] == "public, max-age=30"
        text = answer.json()["list"]
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert data == client.get("/api/v1/trust", headers={"Accept": "application/cose"}).content
        assert set(answer.json()) == {"issued", "next_update", "list"}


def test_keys_name_the_one_to_seal_to(
    client: TestClient, database: Database, vault: Vault, clock: SettableClock
) -> None:
    first = client.get("/api/v1/keys").json()["encryption"]
    clock.now += keys.LIFE - keys.PUBLISHED_AHEAD
    with database.transaction() as session:
        keys.ensure_keys(session, vault, clock())
    listed = client.get("/api/v1/keys")
    assert listed.headers["cache-control"] == "public, max-age=300"
    answer = listed.json()
    assert answer["encryption"] == first
    assert sum(key["use"] == "decrypt" for key in answer["keys"]) == 2
    clock.now += keys.PUBLISHED_AHEAD
    assert client.get("/api/v1/keys").json()["encryption"] != first


def test_there_is_always_one_to_seal_to(
    client: TestClient, database: Database, vault: Vault, clock: SettableClock
) -> None:
    """The one in use has leaked while its successor still waits."""
    leaked = client.get("/api/v1/keys").json()["encryption"]
    clock.now += keys.LIFE - keys.PUBLISHED_AHEAD
    with database.transaction() as session:
        keys.ensure_keys(session, vault, clock())
        keys.retire_key(session, SYSTEM, keys.key_by_id(session, bytes.fromhex(leaked["kid"])), NOW)
    answer = client.get("/api/v1/keys")
    assert answer.status_code == 200
    assert answer.json()["encryption"]["kid"] != leaked["kid"]
