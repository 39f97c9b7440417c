"""What opening a code costs: CPU, for each kind, against the one signature check that it cannot do without."""

from dataclasses import replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.formats import base45
from app.formats.credential import Goods, cbor, cose, encrypt_declaration, open_credential
from app.formats.credential.claims import declaration_claims
from tests.formats.credentials import (
    DECRYPTION,
    DEVICE,
    ENCRYPTION,
    FAMILY,
    NOW,
    TRUST,
    claims,
    forge,
)
from tests.perf.measure import Figures, Size, against

CODES = 20
"""Opened in a round."""


def figures(size: Size) -> Figures:
    """Milliseconds a code; target of the design: 1."""
    family = forge(payload=claims(content=declaration_claims(FAMILY)))
    long = replace(
        FAMILY,
        companions=FAMILY.companions[:1] * 5,
        goods=(Goods(4, "x" * 21, 1, 1000, "SEK"),) * 10,
    )
    largest = forge(payload=claims(content=declaration_claims(long)))
    texts = {
        "EGD1 solo": forge(),
        "EGD1 family": family,
        "EGE1 family": encrypt_declaration(family, ENCRYPTION.public_key()),
        "EGE1 largest": encrypt_declaration(largest, ENCRYPTION.public_key()),
        "EGR1": forge("EGR1"),
    }
    report: Figures = {"unit": "CPU ms per code", "reference": "one ES256 verification"}
    for name, text in texts.items():
        found = against(lambda text=text: opened(text), verified, size.pick(3, 15, 60))
        per_code = {key: round(found[key] / CODES, 3) for key in ("min", "median", "reference_ms")}
        report[name] = {"characters": len(text), **per_code, "ratio": found["ratio"]}
    return report


def opened(text: str) -> None:
    for _ in range(CODES):
        open_credential(text, now=NOW, trust=TRUST, decryption_keys=DECRYPTION, questionnaires=(1,))


_PARTS = cbor.loads(base45.decode(forge()[5:]))
_DER = encode_dss_signature(
    *(int.from_bytes(half, "big") for half in (_PARTS[3][:32], _PARTS[3][32:]))
)
_SIGNED = cose.sig_structure("EGD1", _PARTS[0], _PARTS[2])


def verified() -> None:
    key = DEVICE.public_key()
    for _ in range(CODES):
        key.verify(_DER, _SIGNED, ec.ECDSA(hashes.SHA256()))
