"""The committed vectors: every implementation must judge them as they say."""

import json
from datetime import date
from typing import Any

import pytest

from app.formats.credential import (
    CODES,
    CredentialError,
    check_arrival,
    open_credential,
    read_key_ring,
)
from tests.formats.vectors import FILE, document, sealed, vectors

FIXTURE: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
VECTORS = {one["name"]: one for one in FIXTURE["vectors"]}


def judged(text: str) -> str:
    ring = read_key_ring(FIXTURE["keys"])
    try:
        opened = open_credential(
            text, now=FIXTURE["now"], trust=ring.trust, decryption_keys=ring.decryption,
            questionnaires=FIXTURE["questionnaires"],
        )  # fmt: skip
        check_arrival(opened, date.fromisoformat(FIXTURE["today"]))
    except CredentialError as error:
        return error.code
    return "ok"


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_is_judged_as_it_says(name: str) -> None:
    assert judged(VECTORS[name]["text"]) == VECTORS[name]["expect"]


def test_every_code_has_a_vector() -> None:
    assert {one["expect"] for one in VECTORS.values()} == {"ok", *CODES}


def test_the_file_is_what_its_maker_makes() -> None:
    """The same texts from the same keys, byte for byte; the sealed ones by name."""
    made = document(list(vectors()))
    names = [name for name, _, _ in sealed()]
    assert len(VECTORS) == len(FIXTURE["vectors"]) == len(made["vectors"]) + len(names)
    assert FIXTURE["vectors"][: len(made["vectors"])] == made["vectors"]
    assert [one["name"] for one in FIXTURE["vectors"][len(made["vectors"]) :]] == names
    assert {k: v for k, v in FIXTURE.items() if k != "vectors"} == {
        k: v for k, v in made.items() if k != "vectors"
    }
