"""Forms of travellers' requests as they were typed: a new request, and what an officer decides."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from app.formats import codes
from app.formats.languages import LANGUAGES
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import FieldProblem
from app.rights import checks
from app.rights.models import Channel, Ground, IdentityCheck, Outcome, RequestKind, RightsRequest
from app.rights.service import Asked, Decision, RequestInvalidError
from app.travel.shown import Zone
from app.web.console.words.rights import WRONG_FIELDS, WRONG_VALUES
from app.web.forms import Fields, id_of
from app.web.translation import gettext

Problems = list[tuple[str, str]]
"""Fields, '' for none, with what is wrong there."""

_IN_ORDER: Final = (
    "kind", "channel", "identity_check", "received_on", "language", "corrected", "surname", "given_names",
    "birth_date", "sex", "nationality", "number", "issuer", "expires_on", "replaces", "wish",
    "hit", "until", "ground", "reason", "outcome", "why",
)  # fmt: skip
"""The fields of both forms from top to bottom."""

_OUTCOMES: Final = {"granted": Outcome.GRANTED, "refused": Outcome.REFUSED}


def asked_of(form: Fields) -> Asked:
    """The request. Raises RequestInvalidError for what is no choice and no day, with all else that is missing."""
    days = {name: _day(form.text(name)) for name in ("birth_date", "received_on")}
    choices: dict[str, type[RequestKind | Channel | IdentityCheck]] = {
        "kind": RequestKind, "channel": Channel, "identity_check": IdentityCheck,
    }  # fmt: skip
    wrong = [name for name, day in days.items() if day is None]
    wrong += [name for name, kind in choices.items() if form.text(name) not in set(kind)]
    if form.text("language") not in LANGUAGES:
        wrong.append("language")
    born, received = days["birth_date"], days["received_on"]
    if wrong or born is None or received is None:
        missing = [FieldProblem(f"/{name}", "missing") for name in wrong]
        raise RequestInvalidError(fields=[*missing, *checks.text_problems(form.text)])
    return Asked(
        RequestKind(form.text("kind")), Channel(form.text("channel")),
        IdentityCheck(form.text("identity_check")), form.text("surname"), form.text("given_names"),
        born, form.text("issuer").upper(), form.text("number"), form.text("wish"), received,
        form.text("language"),
    )  # fmt: skip


def decision_of(form: Fields, asked: RightsRequest, who: SignedIn) -> Decision:
    """What was chosen: nothing is granted that was not. Who names a hit has to be one who may clear pairs.

    Raises RequestInvalidError, ForbiddenError.
    """
    outcome = _OUTCOMES.get(form.text("outcome"))
    if outcome is None:
        raise RequestInvalidError(fields=[FieldProblem("/outcome", "missing")])
    hit = id_of(form.text("hit"))
    if form.text("hit") and hit is None:
        raise RequestInvalidError(fields=[FieldProblem("/hit", "unknown")])
    if hit is not None:
        who.expect(Permission.CLEAR_PAIR)
    ground = form.text("ground")
    puts_right = outcome is Outcome.GRANTED and asked.kind is RequestKind.RECTIFICATION
    return Decision(
        outcome,
        Ground(ground) if ground in set(Ground) else None,
        form.text("reason"),
        _corrected(form) if puts_right else None,
        hit,
        _day(form.text("until")),
        form.text("replaces") == "yes",
    )


def problems_of(fields: Iterable[FieldProblem]) -> Problems:
    """What is wrong in words, once for each field, from the top of the form to its end."""
    said: dict[str, str] = {}
    for one in fields:
        name = one.pointer.strip("/").split("/")[0]
        words = WRONG_VALUES.get(f"{name} {one.code}") or WRONG_FIELDS.get(name)
        said.setdefault(name, words or gettext("This cannot be used"))
    known = [name for name in _IN_ORDER if name in said]
    return [(name, said[name]) for name in (*known, *(said.keys() - set(known)))]


def _corrected(form: Fields) -> Zone:
    """The passport as it reads; whether it can be, the service says. An empty sex is an unspecified one."""
    expires = _day(form.text("expires_on"))
    if form.text("expires_on") and expires is None:
        raise RequestInvalidError(fields=[FieldProblem("/expires_on", "no_day")])
    return Zone(
        surname=form.text("surname").upper(), given_names=form.text("given_names").upper(),
        birth_date=_day(form.text("birth_date")), sex=form.text("sex").upper() or "X",
        nationality=_state(form.text("nationality")), issuer=_state(form.text("issuer")),
        number=checks.passport_number(form.text("number").upper()), expires_on=expires,
    )  # fmt: skip


def _state(typed: str) -> str:
    """As alpha-3; as typed where no state has that code."""
    return codes.alpha3(typed) or typed.upper()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
