"""Showing in clear what is masked for an officer's roles: one person, for a while, in one session, with a reason.

This is apart from the unmasking by two of what retention has masked (:mod:`app.keeping.unmasking`): there the clock has run out,
here the role does not need it. The trail has ids and codes, the reason is sealed in its row; how often somebody does
it is among what the auditor is told (:mod:`app.reports.looking`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.log import record
from app.identity.models import Disclosure, DisclosureOf
from app.identity.officers import SignedIn
from app.identity.permissions import FieldGroup, Permission
from app.kernel.errors import ConflictError, FieldProblem, InvalidError
from app.kernel.texts import N_, said_of

LASTS: Final = timedelta(minutes=15)
LEAST, MOST = 10, 500
"""Of a reason, a sentence: so much it says at least (:func:`app.kernel.texts.said_of`), so many characters at most."""


class DisclosureReasonError(InvalidError):
    """No reason, or none in a sentence: 10 letters at least, of more than one word where words are parted by blanks."""

    code, status, title = "disclosure-reason", 422, N_("Say in a sentence why you need to see this")


class NothingMaskedError(ConflictError):
    """Nothing of this person is masked for whoever asks, or by retention, or it is deleted."""

    code, status, title = "nothing-masked", 409, N_("Nothing is masked here")


def disclose(
    session: Session, who: SignedIn, of: DisclosureOf, subject_id: UUID, groups: Iterable[FieldGroup],
    reason: str, now: datetime,
) -> Disclosure:  # fmt: skip
    """Show an officer in clear what is masked of one person, until :data:`LASTS` from now, in this session.

    Where nothing is, nothing is counted. Raises ForbiddenError, :class:`OwnWayError`, :class:`NothingMaskedError` and
    :class:`DisclosureReasonError`.
    """
    who.expect(Permission.UNMASK_FIELDS)
    masked = sorted(groups)
    if not masked:
        raise NothingMaskedError
    said = " ".join(reason.split())
    if said_of(said) < LEAST or len(said) > MOST or (said.isascii() and " " not in said):
        code = "too_long" if len(said) > MOST else "missing" if not said else "too_short"
        raise DisclosureReasonError(fields=[FieldProblem("/reason", code)])
    made = Disclosure(
        session_id=who.session_id, officer_id=who.officer_id, site=who.site, subject_kind=of, subject_id=subject_id,
        fields=masked, reason=said, shown_at=now, until=now + LASTS,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(
        session, who.actor, "fields.unmasked", str(of), subject_id, now,
        fields=made.fields, disclosure=str(made.id), seconds=int(LASTS.total_seconds()),
    )  # fmt: skip
    return made
