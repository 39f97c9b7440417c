"""A phone without network: it signs the declaration itself with a key of its own, and seals it to the authority
(EGE1) under the key that it fetched when there was a network.
"""

import secrets
from datetime import date

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential import (
    Declaration,
    Identity,
    Journey,
    encrypt_declaration,
    public_key,
    seal_declaration,
    wire_date,
)
from kiosk_sim.airline import Sector
from kiosk_sim.passport import Passport

QUESTIONNAIRE = 1


def authority_key(server: str) -> bytes:
    """The point to seal to, as the app caches it at its first load."""
    answer = httpx2.get(f"{server}/api/v1/keys")
    answer.raise_for_status()
    return bytes.fromhex(answer.json()["encryption"]["point"])


def declare_offline(
    passport: Passport,
    sector: Sector,
    arrival: date,
    *,
    authority: bytes,
    issued: int,
    life: int = 72 * 3600,
) -> str:
    """The text of a self-contained code with nothing to declare; ``issued`` in seconds since 1970."""
    declaration = Declaration(
        identity=Identity(
            surname=passport.surname,
            given=passport.given_names,
            document_number=passport.number,
            issuer=passport.issued_by,
            nationality=passport.nationality,
            birth_date=wire_date(passport.birth_date),
        ),
        journey=Journey(
            flight=str(sector.number),
            origin=sector.origin,
            destination=sector.destination,
            arrival=arrival,
            purpose=1,
        ),
        contact=None,
        companions=(),
        questionnaire=QUESTIONNAIRE,
        answers=0,
        goods=(),
        seq=0,
    )
    key = ec.generate_private_key(ec.SECP256R1())
    plain = seal_declaration(
        declaration, cti=secrets.token_bytes(16), iat=issued, exp=issued + life, key=key
    )
    return encrypt_declaration(plain, public_key(authority))
