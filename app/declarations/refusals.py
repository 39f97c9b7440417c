"""Why a credential is refused: the codes of the credential page as problems.

Status: too large 413; what another presentation or a later version decides 409; all others 422.
"""

from types import MappingProxyType
from typing import ClassVar

from app.formats.credential import CODES
from app.kernel.errors import EgateError
from app.kernel.texts import N_


class CredentialRefusedError(EgateError):
    """A code was read but does not stand. ``code`` says which check failed first."""

    code: ClassVar[str] = "unreadable"
    status: ClassVar[int] = 422
    title: ClassVar[str] = N_("This code cannot be accepted")


_TITLES = {
    "too_large": N_("This is too large for a declaration code"),
    "prefix_unknown": N_("This is not a declaration code"),
    "expired": N_("This code has expired"),
    "wrong_arrival": N_("This code is for another day of arrival"),
    "unreadable": N_("No declaration code was found in this picture"),
    "withdrawn": N_("This declaration was withdrawn"),
    "declaration_unknown": N_("This declaration is not known here"),
    "superseded": N_("There is a newer code for this declaration"),
    "replayed": N_("This code repeats another declaration's number"),
    "already_used": N_("This code has been used"),
    "document_mismatch": N_("This code belongs to another passport"),
}
_CONFLICTS = frozenset({"replayed", "superseded", "already_used", "document_mismatch"})
_HERE = ("unreadable", "withdrawn", "declaration_unknown", *sorted(_CONFLICTS))


def _kind(code: str) -> type[CredentialRefusedError]:
    status = 413 if code == "too_large" else 409 if code in _CONFLICTS else 422
    title = _TITLES.get(code, CredentialRefusedError.title)
    name = "".join(word.title() for word in code.split("_")) + "Error"
    return type(name, (CredentialRefusedError,), {"code": code, "status": status, "title": title})


REFUSALS = MappingProxyType({code: _kind(code) for code in (*CODES, *_HERE)})


def refusal(code: str, detail: str | None = None) -> CredentialRefusedError:
    """The error to raise for a code of the credential page."""
    return REFUSALS[code](detail)
