"""The form by which an officer sets a password: the key of his numbers travels in it, sealed, until it is kept."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.identity import passwords
from app.identity.officers import SignedIn
from app.identity.ways import ways_of
from app.kernel.crypto import SealError
from app.kernel.http import Kernel

_GROUP = 4


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """``offered``: passwords are taken here and this officer has nothing better; ``there``: he has one."""

    offered: bool
    there: bool
    key: str
    sealed: str
    address: str

    @property
    def typed(self) -> str:
        """The key as a person types it."""
        return " ".join(self.key[i : i + _GROUP] for i in range(0, len(self.key), _GROUP))


def password_form(
    session: Session, kernel: Kernel, who: SignedIn, sealed: str = ""
) -> PasswordForm:
    """What the page shows; ``sealed`` is the key of a form that came back."""
    there = passwords.has_password(session, who.officer_id)
    better = passwords.has_better_way(session, who.officer_id)
    key = opened(kernel, who, sealed) or passwords.new_key()
    return PasswordForm(
        ways_of(kernel).passwords and not better, there, key,
        kernel.vault.seal(key.encode(), _context(who)).hex(), passwords.address_of(key, who.login),
    )  # fmt: skip


def opened(kernel: Kernel, who: SignedIn, sealed: str) -> str | None:
    """The key in a form of this officer's; None for any other text."""
    try:
        return kernel.vault.open(bytes.fromhex(sealed), _context(who)).decode()
    except (SealError, ValueError):
        return None


def _context(who: SignedIn) -> bytes:
    return b"sign-in/totp/" + who.officer_id.bytes
