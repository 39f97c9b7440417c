"""Names of the fields of forms, for a form that is shown again away from its page."""

from typing import Final

from app.web.console.words.codes import plain
from app.web.translation import N_, Words

_NAMES: Final[Words[str]] = Words(
    {
        "number": N_("Document number"), "issuer": N_("Issuing state"), "hold_reason": N_("Reason"),
        "given": N_("Given names"), "subject_id": N_("Id"), "team": N_("Hall and lane team"),
        "to": N_("To whom"), "until": N_("Until"), "given_names": N_("Given names"),
        "birth_date": N_("Date of birth"),
    }
)  # fmt: skip


def field(name: str) -> str:
    """A field by what stands before it on its page, else by its own name."""
    return _NAMES.get(name, plain(name))
