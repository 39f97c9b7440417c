"""The authority's keys: made once, published ahead, changed with an overlap, sealed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM
from app.declarations import keys
from app.declarations.models import AuthorityKey, KeyUse
from app.formats.credential import key_id, public_key
from app.kernel.crypto import SealError, Vault
from app.kernel.db import Database
from tests.declarations.forms import NOW


def kid(private: ec.EllipticCurvePrivateKey) -> bytes:
    return key_id(private.public_key())


def rows(session: Session) -> list[AuthorityKey]:
    return list(session.scalars(sa.select(AuthorityKey).order_by(AuthorityKey.not_before)))


def test_the_first_call_makes_one_of_each(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        for _ in range(2):
            keys.ensure_keys(session, vault, NOW)
        assert sorted(key.use for key in rows(session)) == ["decrypt", "list", "sign"]
        signing = keys.signing_key(session, vault, NOW)
        assert keys.trust(session, NOW)[kid(signing)] == signing.public_key()
        assert list(keys.trust(session, NOW)) == [kid(signing)]
        assert kid(signing) not in keys.decryption_keys(session, vault, NOW)


def test_several_processes_make_them_once(database: Database, vault: Vault) -> None:
    def start(_: int) -> None:
        with database.transaction() as session:
            keys.ensure_keys(session, vault, NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    with database.read() as session:
        assert len(rows(session)) == 3


def test_a_new_installation_signs_at_once(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        signing = keys.signing_key(session, vault, NOW)
    with database.transaction() as session:
        assert kid(keys.signing_key(session, vault, NOW)) == kid(signing)


def test_private_parts_open_with_the_master_secret_only(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
        for key in rows(session):
            assert key_id(public_key(key.public_point)) == key.kid
        other = Vault(b"another secret of thirty-two bytes")
        with pytest.raises(SealError):
            keys.signing_key(session, other, NOW)
        first, second = (one for one in rows(session) if one.use in keys.PUBLISHED)
        first.private_sealed = second.private_sealed  # sealed for another key id
        session.flush()
        read = keys.signing_key if first.use is KeyUse.SIGN else keys.decryption_keys
        with pytest.raises(SealError):
            read(session, vault, NOW)


def live(session: Session, vault: Vault, now: datetime) -> tuple[bytes, set[bytes]]:
    keys.ensure_keys(session, vault, now)
    return kid(keys.signing_key(session, vault, now)), set(keys.trust(session, now))


def test_a_change_of_keys_overlaps(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        first, _ = live(session, vault, NOW)
        ahead = NOW + keys.LIFE - keys.PUBLISHED_AHEAD
        assert live(session, vault, ahead - timedelta(hours=1)) == (first, {first})
        signing, trusted = live(session, vault, ahead)
        assert signing == first
        [second] = trusted - {first}
        change = NOW + keys.LIFE
        assert live(session, vault, change - timedelta(hours=1)) == (first, {first, second})
        assert live(session, vault, change) == (second, {first, second})
        end = change + keys.TRUSTED_AFTER
        assert live(session, vault, end - timedelta(hours=1)) == (second, {first, second})
        assert live(session, vault, end) == (second, {second})
        assert len(keys.decryption_keys(session, vault, end)) == 1


def test_a_late_change_is_published_ahead_all_the_same(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        first, _ = live(session, vault, NOW)
        late = NOW + timedelta(days=400)  # nobody called for a year
        signing, trusted = live(session, vault, late)
        assert (signing, len(trusted)) == (first, 2)
        assert live(session, vault, late + keys.PUBLISHED_AHEAD)[0] != first


def test_a_leaked_key_is_out_at_once(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        first, _ = live(session, vault, NOW)
        [key] = [one for one in rows(session) if one.kid == first]
        keys.retire_key(session, SYSTEM, key, NOW)
        signing, trusted = live(session, vault, NOW)
        assert first not in trusted
        assert trusted == {signing}


def test_a_key_that_leaks_while_its_successor_waits_is_replaced(
    database: Database, vault: Vault
) -> None:
    with database.transaction() as session:
        first, _ = live(session, vault, NOW)
        ahead = NOW + keys.LIFE - keys.PUBLISHED_AHEAD
        _, trusted = live(session, vault, ahead)
        [key] = [one for one in rows(session) if one.kid == first]
        keys.retire_key(session, SYSTEM, key, ahead)
        signing = kid(keys.signing_key(session, vault, ahead))
        assert signing not in trusted


def test_what_is_published(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        keys.ensure_keys(session, vault, NOW)
        published = keys.published_keys(session, NOW)
    assert {key.use for key in published} == {KeyUse.SIGN, KeyUse.DECRYPT}
    assert all(key_id(public_key(key.point)) == key.kid for key in published)
