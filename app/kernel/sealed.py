"""A column type for words of the highest class: sealed in the database, text in the program.

The database, its dumps and its replicas hold ``0x01, key id, nonce, AES-256-GCM``; such a column can be asked for
nothing but whether it is there, or is empty: no words are no bytes. The context that is bound in is table and column, so that a sealed text opens in
no other column (but where two of them share a place, because rows are copied from one to the other). (Moved to another row of the same column it opens: the row's id is not known when a value is bound.)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from app.kernel.crypto import Vault

PLAIN_MARK = b"\x00"
"""In front of words that were there before their column was sealed, until `egate keys reencrypt` has been by."""

_in_use: list[Vault] = []


def use_vault(vault: Vault) -> None:
    """The vault of this program: sealed columns cannot be read or written before."""
    _in_use[:] = [vault]


@contextmanager
def using_vault(vault: Vault) -> Iterator[None]:
    """Another vault for a while."""
    before = list(_in_use)
    use_vault(vault)
    try:
        yield
    finally:
        _in_use[:] = before


class SealedText(TypeDecorator[str]):
    """Text that is sealed where it is stored; ``place`` is ``table.column``, or what columns share that rows are copied between."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        del dialect
        return None if value is None else self.sealed(value) if value else b""

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> str | None:
        del dialect
        return None if value is None else self.opened(_vault(), bytes(value)).decode()

    def sealed(self, words: str) -> bytes:
        """As it is stored, for statements that are written by hand."""
        return _vault().seal(words.encode(), self.context)

    def opened(self, vault: Vault, stored: bytes) -> bytes:
        """The words of a value as it is stored; no bytes are no words. Raises SealError."""
        if not stored or stored.startswith(PLAIN_MARK):
            return stored[len(PLAIN_MARK) :]
        return vault.open(stored, self.context)

    @property
    def context(self) -> bytes:
        """What binds a value to its column."""
        return b"column/" + self.place.encode()


def _vault() -> Vault:
    if not _in_use:
        raise RuntimeError("no vault is in use: app.kernel.sealed.use_vault")
    return _in_use[0]
