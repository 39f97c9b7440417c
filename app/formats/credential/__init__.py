"""The declaration's QR credential: wire format EGD1, EGR1 and EGE1 (docs: the credential page).

COSE_Sign1 over integer-keyed CBOR, in Base45 behind a prefix. A phone signs its own declaration (EGD1),
may seal it to the authority (EGE1), and gets a receipt without personal data from the server (EGR1).
"""

from app.formats.credential.claims import (
    Companion,
    Contact,
    Declaration,
    Goods,
    Identity,
    Journey,
    Receipt,
    wire_date,
)
from app.formats.credential.envelope import (
    ARRIVES_WITHIN,
    MAX_TEXT,
    Kind,
    Opened,
    check_arrival,
    encrypt_declaration,
    open_credential,
    seal_declaration,
    seal_receipt,
)
from app.formats.credential.errors import CODES, CredentialError
from app.formats.credential.holder import (
    TravelDocument,
    binding,
    bound_elsewhere,
    document_of,
    matches_document,
)
from app.formats.credential.keys import (
    KeyRing,
    KeyRingError,
    key_id,
    point,
    public_key,
    read_key_ring,
)
from app.formats.credential.text import open_to_json, pasted

__all__ = [
    "ARRIVES_WITHIN",
    "CODES",
    "MAX_TEXT",
    "Companion",
    "Contact",
    "CredentialError",
    "Declaration",
    "Goods",
    "Identity",
    "Journey",
    "KeyRing",
    "KeyRingError",
    "Kind",
    "Opened",
    "Receipt",
    "TravelDocument",
    "binding",
    "bound_elsewhere",
    "check_arrival",
    "document_of",
    "encrypt_declaration",
    "key_id",
    "matches_document",
    "open_credential",
    "open_to_json",
    "pasted",
    "point",
    "public_key",
    "read_key_ring",
    "seal_declaration",
    "seal_receipt",
    "wire_date",
]
