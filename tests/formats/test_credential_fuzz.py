"""Texts that nobody signed: whatever is done to a code, it is refused by a code of the page, and nothing crashes."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import cbor2
import pytest

from app.formats import base45
from app.formats.credential import (
    CODES,
    CredentialError,
    Kind,
    cbor,
    encrypt_declaration,
    open_credential,
)
from app.formats.credential.claims import declaration_claims
from tests.formats.credentials import (
    DECRYPTION,
    ENCRYPTION,
    FAMILY,
    NOW,
    TRUST,
    claims,
    forge,
    rewrite,
    text_of,
)

Chance = random.Random
PARTS = ("protected", "unprotected", "payload", "signature")
BYTES = bytes(range(256))


@cache
def sound() -> tuple[str, ...]:
    """Codes that stand: solo, family, receipt, and both declarations sealed."""
    plain = [forge(), forge(payload=claims(content=declaration_claims(FAMILY)))]
    return (
        *plain,
        forge("EGR1"),
        *(encrypt_declaration(t, ENCRYPTION.public_key()) for t in plain),
    )


def fuzzed(chance: Chance) -> str:
    """A text that no key holder has made: a sound one damaged, or nothing like one."""
    text = chance.choice(sound())
    while (made := chance.choice(WAYS)(chance, text)) in sound():
        pass
    return made


def characters(chance: Chance, text: str) -> str:
    """Some characters replaced, dropped, put in or swapped."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        put = chance.choice((base45.ALPHABET, base45.ALPHABET, "aé\0\ud800\U0001f600\n"))
        text = (
            text[:at]
            + chance.choice(put) * chance.randint(0, 2)
            + text[at + chance.randint(0, 2) :]
        )
    return text


def other_kind(chance: Chance, text: str) -> str:
    return chance.choice([*Kind, "EGD2", "HC1", ""]) + text[4:]


def cut(chance: Chance, text: str) -> str:
    start, end = sorted(chance.choices(range(len(text)), k=2))
    return chance.choice((text[:end], text[start:], text[:5] + text[start:end]))


def two_in_one(chance: Chance, text: str) -> str:
    other = chance.choice(sound())
    return text[: chance.randrange(len(text))] + other[chance.randrange(len(other)) :]


def body(chance: Chance, text: str) -> str:
    """Some bytes below the Base45 replaced, dropped, doubled or flipped."""
    data = bytearray(base45.decode(text[5:]))
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data))
        if chance.random() < 0.5:
            data[at] ^= 1 << chance.randrange(8)
        else:
            data[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    return text_of(text[:4], bytes(data))


def parts(chance: Chance, text: str) -> str:
    """A part of the signed message replaced; the frame stays well formed."""
    if text.startswith(Kind.ENCRYPTED):
        return body(chance, text)
    name = chance.choice(PARTS)
    values: dict[str, Callable[[], Any]] = {
        "protected": lambda: cbor2.dumps(anything(chance, 2)),
        "unprotected": lambda: anything(chance, 2),
        "payload": lambda: cbor2.dumps(anything(chance, 4), canonical=True),
        "signature": lambda: chance.randbytes(64),
    }
    return written(text, name, values[name]())


def written(text: str, name: str, value: Any) -> str:
    message = dict(zip(PARTS, cbor.loads(base45.decode(text[5:])), strict=True)) | {name: value}
    return text_of(text[:4], cbor2.dumps([message[part] for part in PARTS]))


def claim(chance: Chance, text: str) -> str:
    """One claim of a sound code replaced, signature kept: what a forger would try."""
    if text.startswith(Kind.ENCRYPTED):
        return body(chance, text)
    payload = cbor.loads(cbor.loads(base45.decode(text[5:]))[2])
    payload[chance.choice(list(payload))] = anything(chance, 3)
    return rewrite(text, payload=cbor2.dumps(payload, canonical=True))


def nonsense(chance: Chance, text: str) -> str:
    size = chance.choice((0, 3, 40, 400, 745))
    return text_of(text[:4], chance.randbytes(size))


def cbor_nonsense(chance: Chance, text: str) -> str:
    return text_of(text[:4], cbor2.dumps(anything(chance, 6)))


def characters_of_nothing(chance: Chance, _: str) -> str:
    letters = [
        chr(chance.choice((chance.randrange(128), chance.randrange(0x11000)))) for _ in range(60)
    ]
    return chance.choice(("", "EGD1:", "EGR1:", "EGE1:")) + "".join(letters) * chance.randint(0, 20)


WAYS = (
    characters, characters, other_kind, cut, two_in_one, body, body, parts, parts, claim, nonsense,
    cbor_nonsense, characters_of_nothing,
)  # fmt: skip


def anything(chance: Chance, depth: int) -> Any:
    """A value of CBOR, inside the profile or not."""
    simple: tuple[Any, ...] = (
        None, True, False, 0, -7, 2**63, -(2**64), 2**64, 1.5, float("nan"), "", "x" * 40, b"", BYTES[:33], cbor2.undefined,
        cbor2.CBORTag(18, 0), cbor2.CBORSimpleValue(99),
    )  # fmt: skip
    if depth == 0 or chance.random() < 0.5:
        return chance.choice(simple)
    items = [anything(chance, depth - 1) for _ in range(chance.randrange(5))]
    if chance.random() < 0.5:
        return items
    keys = (1, 4, 6, 7, -65537, -65538, 2**64 - 1, "4", chance.randrange(-9, 9))
    return {chance.choice(keys): item for item in items}


def verdicts(seed: int, count: int) -> Iterator[str]:
    """The codes with which ``count`` texts are refused."""
    chance = random.Random(seed)
    for _ in range(count):
        text = fuzzed(chance)
        try:
            open_credential(
                text, now=NOW, trust=TRUST, decryption_keys=DECRYPTION, questionnaires=(1,)
            )
        except CredentialError as error:
            yield error.code
        else:
            pytest.fail(f"accepted: {text!a}")


def test_nothing_unsigned_is_accepted() -> None:
    found = Counter(verdicts(20_261_127, 3_000))
    assert found.keys() <= set(CODES)
    deep = {"cbor_invalid", "cose_invalid", "alg_forbidden", "key_invalid", "key_unknown",
            "signature_invalid", "decrypt_failed", "base45_invalid", "prefix_unknown", "too_large"}  # fmt: skip
    assert found.keys() >= deep, "the fuzzer does not come as far as it should"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_nothing_of_very_much_is_accepted(seed: int) -> None:
    """100,000 texts in all."""
    found = Counter(verdicts(seed, 25_000))
    assert found.total() == 25_000
    assert found.keys() <= set(CODES)


def signed(chance: Chance) -> str:
    """What a device may really sign, or the authority by mistake: sound claims with something odd in them."""
    kind = chance.choice((Kind.DECLARATION, Kind.RECEIPT))
    content = claims(kind)
    if chance.random() < 0.3:
        content[chance.choice(list(content))] = anything(chance, 4)
    else:
        subject = content[-65537 if kind is Kind.DECLARATION else -65538]
        where = chance.choice(list(subject)) if isinstance(subject, dict) else chance.randrange(7)
        subject[where] = anything(chance, 3)
    return forge(kind, cbor2.dumps(content, canonical=True))


def test_whatever_is_signed_is_read_or_refused_by_code() -> None:
    chance = random.Random(20_261_127)
    found: Counter[str] = Counter()
    for _ in range(1_500):
        text = signed(chance)
        try:
            opened = open_credential(text, now=NOW, trust=TRUST, questionnaires=(1,))
        except CredentialError as error:
            found[error.code] += 1
        else:
            found["ok"] += 1
            assert opened.declaration or opened.receipt
    assert found["claims_invalid"] > 100
    assert found.keys() <= {"ok", *CODES}
