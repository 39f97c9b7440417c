"""The simulated states that issue passports: each with an authority and a document signer of its own."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.codes import alpha2
from app.formats.passport import trust
from app.formats.passport.issue import Keeper, make_authority, make_chip, make_signer
from kiosk_sim.chip import Document
from kiosk_sim.passport import Passport
from kiosk_sim.traffic.names import STATES

AUTHORITIES = "authorities.pem"


class States:
    """The document signers of a folder, by the two letters of their state."""

    def __init__(self, signers: dict[str, Keeper]) -> None:
        self._signers = signers

    @classmethod
    def made(cls, folder: Path, states: Iterable[str] = STATES) -> Self:
        """Make authorities and signers where the folder holds none; kiosks trust its ``authorities.pem``."""
        if not (folder / AUTHORITIES).is_file():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            now, anchors = datetime.now(UTC), b""
            for country in sorted({alpha2(state) for state in states} - {""}):
                authority = make_authority(country, now)
                anchors += authority.pem()
                _keep(folder / f"{country}.pem", make_signer(authority, now))
            (folder / AUTHORITIES).write_bytes(anchors)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What :meth:`made` has made. Raises OSError and ValueError."""
        return cls({path.stem: _kept(path) for path in folder.glob("[A-Z][A-Z].pem")})

    def document(self, passport: Passport, picture: bytes | None = None) -> Document:
        """The passport with its chip, ``picture`` in it; without a chip where the state issues none here."""
        signer = self._signers.get(alpha2(passport.issued_by) or "")
        if signer is None:
            return Document(passport.mrz)
        return Document(passport.mrz, make_chip(passport.mrz, picture, signer, datetime.now(UTC)))


def _keep(path: Path, keeper: Keeper) -> None:
    key = keeper.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(keeper.pem() + key)


def _kept(path: Path) -> Keeper:
    certificate, _, key = path.read_bytes().partition(b"-----BEGIN PRIVATE KEY")
    private = serialization.load_pem_private_key(b"-----BEGIN PRIVATE KEY" + key, None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no key of a curve")
    return Keeper(trust.read_certificates(certificate)[0], private)
