"""Notes as the published example of C2SP has them, and ours."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.formats.merkle import EMPTY, leaf_hash
from app.formats.signed_note import Checkpoint, NoteError, Signer, Verifier, open_note

# the example of golang.org/x/mod/sumdb/note, by which C2SP's format came to be
EXAMPLE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
EXAMPLE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

SIGNER = Signer("egate-audit-01", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
TRUSTED = SIGNER.verifier()
STATE = Checkpoint(
    "egate-audit-01", 300, leaf_hash(b"x"), datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC), EMPTY
)


def test_the_published_example_opens() -> None:
    assert open_note(EXAMPLE, Verifier.read(EXAMPLE_KEY)).startswith("If you think")
    assert Verifier.read(EXAMPLE_KEY).line() == EXAMPLE_KEY


def test_a_checkpoint_comes_back() -> None:
    note = SIGNER.sign(STATE.text())
    assert Checkpoint.read(open_note(note, TRUSTED)) == STATE
    assert Checkpoint.read(open_note(note, Verifier.read(EXAMPLE_KEY), TRUSTED)) == STATE


@given(st.data())
def test_whatever_is_altered_is_refused(data: st.DataObject) -> None:
    note = SIGNER.sign(STATE.text())
    place = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.sampled_from("a0A=+/ \n—").filter(lambda one: one != note[place]))
    changed = note[:place] + letter + note[place + 1 :]
    try:
        text = open_note(changed, TRUSTED)
    except NoteError:
        return
    assert text == STATE.text()  # a line of a signature that nobody trusts may say what it likes


def test_another_signer_is_not_believed() -> None:
    other = Signer("egate-audit-01", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(NoteError, match="none of the signatures"):
        open_note(other.sign(STATE.text()), TRUSTED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x\n",
        STATE.text().replace("300", "0300"),
        STATE.text().replace("time ", ""),
        STATE.text() + "more\n",
        replace(STATE, root=b"short").text(),
        STATE.text().replace("2026-05-04", "2026-13-04"),
    ],
    ids=["empty", "short", "zero", "time", "more", "root", "month"],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.read(text)


@pytest.mark.parametrize(
    "line",
    ["", "x", "x+00000000+AA==", EXAMPLE_KEY.replace("c74f", "c74e")],
    ids=["empty", "name", "length", "hash"],
)
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(NoteError):
        Verifier.read(line)
