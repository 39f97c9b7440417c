"""The ring of keys: kinds apart, each change bridged, files that only their owner may read."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kernel.crypto import SealError, Vault
from app.kernel.errors import SetupError
from app.kernel.keyring import KeyKind, KeyState, Ring, read_ring, read_secret_file, write_ring
from tests.conftest import SECRET

MADE = datetime(2026, 11, 28, tzinfo=UTC)
NEW = b"n" * 32


def changed(vault: Vault, kind: KeyKind, secret: bytes = NEW) -> Vault:
    """The vault after one change of a key."""
    return Vault(SECRET, vault.ring.with_key(kind, secret, MADE).using(kind))


def test_what_is_sealed_names_its_key_and_opens_under_every_key_of_the_ring() -> None:
    old = Vault(SECRET)
    new = changed(old, KeyKind.SEAL)
    before, after = old.seal(b"words", b"here"), new.seal(b"words", b"here")
    assert new.open(before, b"here") == new.open(after, b"here") == b"words"
    assert new.sealed_under(before) != new.sealed_under(after)
    assert after.startswith(new.seal_mark)
    with pytest.raises(SealError):
        old.open(after, b"here")  # it does not know the key
    with pytest.raises(SealError):
        new.open(before, b"there")


def test_what_was_sealed_before_keys_had_ids_opens_also_under_a_new_ring() -> None:
    old = Vault(SECRET)
    nonce = b"\x01" + bytes(11)
    sealed = nonce + AESGCM(old.derive("seal")).encrypt(nonce, b"words", b"here")
    assert old.sealed_under(sealed) is None
    assert changed(old, KeyKind.SEAL).open(sealed, b"here") == b"words"


def test_a_nonce_that_begins_like_a_key_still_opens() -> None:
    old = Vault(SECRET)
    nonce = old.seal_mark + bytes(7)
    sealed = nonce + AESGCM(old.derive("seal")).encrypt(nonce, b"words", b"here")
    assert old.open(sealed, b"here") == b"words"


def test_a_waiting_key_reads_and_does_not_write() -> None:
    old = Vault(SECRET)
    waiting = Vault(SECRET, old.ring.with_key(KeyKind.SEAL, NEW, MADE))
    assert waiting.sealed_under(waiting.seal(b"", b"")) == old.ring.of(KeyKind.SEAL)[0].id
    assert waiting.open(changed(old, KeyKind.SEAL).seal(b"words", b""), b"") == b"words"
    assert waiting.pseudonym("person", "x") == old.pseudonym("person", "x")


@pytest.mark.parametrize(
    ("kind", "asked"), [(KeyKind.PEOPLE, "document"), (KeyKind.PEOPLE, "person"),
                        (KeyKind.CARD, "card"), (KeyKind.LINK, "link/phone")],
)  # fmt: skip
def test_kinds_change_apart_and_pseudonyms_are_bridged(kind: KeyKind, asked: str) -> None:
    old = Vault(SECRET)
    new = changed(old, kind)
    mine = {"document", "person"} if kind is KeyKind.PEOPLE else {asked}
    for other in ("document", "person", "card", "link/phone", "declaration-secret"):
        changes = new.pseudonym(other, "x") != old.pseudonym(other, "x")
        assert changes is (other in mine)
    assert new.pseudonyms(asked, "x") == {old.pseudonym(asked, "x"), new.pseudonym(asked, "x")}
    assert new.epoch(kind, new.pseudonym(asked, "x")) == new.ring.of(kind)[0].id
    assert new.epoch(kind, old.pseudonym(asked, "x")) is None
    assert len(new.pseudonym(asked, "x")) == 16
    assert new.current_first(kind, new.pseudonyms(asked, "x"))[0] == new.pseudonym(asked, "x")


def test_card_and_people_are_apart_under_one_secret_too() -> None:
    vault = Vault(SECRET)
    ids = {vault.ring.of(kind)[0].id for kind in KeyKind}
    assert len(ids) == len(KeyKind)
    assert vault.pseudonym("card", "1") != vault.pseudonym("document", "1")


def test_only_pseudonyms_of_one_key_are_compared() -> None:
    old = Vault(SECRET)
    new = changed(old, KeyKind.PEOPLE)
    mine = new.pseudonyms("person", "anna") | new.pseudonyms("person", "berta")
    stored = old.pseudonyms("person", "anna")
    assert new.comparable(KeyKind.PEOPLE, mine, stored) == old.pseudonyms(
        "person", "anna"
    ) | old.pseudonyms("person", "berta")


def test_the_ring_outlives_the_master_secret(tmp_path: Path) -> None:
    old, path = Vault(SECRET), tmp_path / "ring"
    sealed = old.seal(b"words", b"")
    write_ring(path, changed(old, KeyKind.SEAL).ring)
    other = Vault(b"another secret of thirty-two bytes", read_ring(path))
    assert other.open(sealed, b"") == b"words"
    assert other.pseudonym("person", "x") == old.pseudonym("person", "x")


def test_a_ring_reads_as_it_was_written_and_says_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    ring = changed(Vault(SECRET), KeyKind.CARD).ring
    write_ring(path, ring)
    assert read_ring(path).keys == ring.keys
    assert path.stat().st_mode & 0o777 == 0o600
    assert "nnnn" not in repr(ring.keys)
    assert "secret" not in repr(ring.keys[-1])


def test_a_file_that_anybody_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0o640)
    assert read_secret_file(path) == "x"
    path.chmod(0o644)
    with pytest.raises(SetupError, match="anybody may read it"):
        read_secret_file(path)


@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{"kind": "seal"}]}', '{"keys": [1]}'])
def test_what_is_no_ring_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "ring"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SetupError, match="is no ring of keys"):
        read_ring(path)


def test_a_ring_has_one_current_key_of_a_kind() -> None:
    ring = Vault(SECRET).ring
    with pytest.raises(ValueError, match="not one current"):
        Ring([replace(ring.of(KeyKind.SEAL)[0], state=KeyState.FORMER)])
    with pytest.raises(SetupError, match="waits already"):
        ring.with_key(KeyKind.SEAL, NEW, MADE).with_key(KeyKind.SEAL, b"m" * 32, MADE)
    with pytest.raises(SetupError, match="no key of the kind seal waits"):
        ring.using(KeyKind.SEAL)
    with pytest.raises(SetupError, match="needed"):
        ring.without(KeyKind.SEAL, ring.of(KeyKind.SEAL)[0].id)
