"""Officers for the administrator: who they are, what they may do and where. No passenger is on these pages."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.gate.places import PlaceUnknownError, find_place, places_of
from app.identity import grants, people, sessions
from app.identity.grants import ClashError, Grant, GrantedAlreadyError, PlaceRefusedError
from app.identity.http import require
from app.identity.officers import CODE_LIFE, SignedIn, codes_made
from app.identity.permissions import GRANTS, POWERFUL, WITHOUT_PASSENGERS, Clash, Permission, Role
from app.kernel.errors import EgateError, FieldProblem, InvalidError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.kernel.texts import N_
from app.screening.tester import PURPOSES
from app.web.console.dossier import officer_names
from app.web.console.view import show
from app.web.console.words import people as said
from app.web.forms import Fields, FormDep
from app.web.translation import gettext

router = APIRouter()
AdminDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_PEOPLE))]

CLASHES: Mapping[Clash, str] = {
    Clash.RULES: N_("Whoever writes rules does not approve them."),
    Clash.MACHINES: N_("Whoever manages officers or devices sees no passengers."),
    Clash.AUDIT: N_("An auditor changes nothing that is audited."),
}

FAULTS: Mapping[tuple[str, str], str] = {
    ("/login", "missing"): N_("Give a login"),
    ("/login", "too_long"): N_("Use a shorter login: at most 80 characters"),
    ("/login", "bad_character"): N_("Use letters a to z, digits and . _ @ + - only"),
    ("/name", "missing"): N_("Give the name"),
    ("/name", "too_long"): N_("Use a shorter name: at most 80 characters"),
    ("/role", "missing"): N_("Choose a role"),
}

FIELDS: Mapping[type[EgateError], str] = {
    people.LoginTakenError: "login",
    ClashError: "role",
    GrantedAlreadyError: "role",
    PlaceRefusedError: "place",
    PlaceUnknownError: "place",
}
"""At which field an error that names none is said."""


@router.get("/people")
def page(who: AdminDep, kernel: KernelDep) -> Response:
    """The officers of the site."""
    return _page(kernel, who, {})


@router.post("/people")
def add(form: FormDep, who: AdminDep, kernel: KernelDep) -> Response:
    """An officer without any role; roles and a code are given on his page."""
    try:
        with kernel.database.transaction() as session:
            made = people.add_person(
                session, who.actor, who.site, form.text("login"), form.text("name"), kernel.clock()
            )
    except (people.LoginTakenError, people.PersonInvalidError) as error:
        return _page(kernel, who, {"problems": _faults(error), "typed": form}, error.status)
    return RedirectResponse(f"/console/people/{made}", 303)


@router.get("/people/roles")
def roles(who: AdminDep, kernel: KernelDep) -> Response:
    """What each role may do: the permission table."""
    context = {
        "section": "people", "roles": list(Role), "permissions": list(Permission), "table": GRANTS,
        "powerful": POWERFUL, "without": WITHOUT_PASSENGERS, "said": said, "clashes": CLASHES,
    }  # fmt: skip
    return show("roles.html", kernel, who, context)


@router.get("/people/{officer_id}")
def person(officer_id: UUID, who: AdminDep, kernel: KernelDep) -> Response:
    """One officer with his roles."""
    return _person(kernel, who, officer_id, {})


@router.post("/people/{officer_id}/code")
def code(officer_id: UUID, who: AdminDep, kernel: KernelDep) -> Response:
    """A one-time code for signing in. It stands on the answer and nowhere else."""
    _expect_fresh(kernel, who, officer_id)
    try:
        with kernel.database.transaction() as session:
            made = people.issue_code(session, who.actor, who.site, officer_id, kernel.clock())
    except people.CodeRefusedError as error:
        return _refused(kernel, who, officer_id, error)
    return _person(kernel, who, officer_id, {"code": made})


@router.post("/people/{officer_id}/grants")
def give(officer_id: UUID, form: FormDep, who: AdminDep, kernel: KernelDep) -> Response:
    """Give a role in a place, or propose a powerful one."""
    _expect_fresh(kernel, who, officer_id)
    try:
        with kernel.database.transaction() as session:
            people.read_person(session, who.site, officer_id)
            place = find_place(session, who.site, form.text("place"))
            wanted = Grant(_role(form), place, _purposes(form))
            grants.give(session, who.actor, officer_id, wanted, kernel.clock())
    except EgateError as error:
        return _refused(kernel, who, officer_id, error, form)
    return RedirectResponse(f"/console/people/{officer_id}", 303)


@router.post("/people/{officer_id}/grants/{grant_id}/sign")
def sign(
    officer_id: UUID, grant_id: UUID, form: FormDep, who: AdminDep, kernel: KernelDep
) -> Response:
    """Sign a proposed role as the second administrator, with the ways of signing in that the page showed."""
    act = partial(people.sign_grant, ways=form.text("ways"))
    return _changed(kernel, who, officer_id, grant_id, act)


@router.post("/people/{officer_id}/grants/{grant_id}/end")
def take_away(officer_id: UUID, grant_id: UUID, who: AdminDep, kernel: KernelDep) -> Response:
    """Take a role away."""
    return _changed(kernel, who, officer_id, grant_id, grants.end)


def _changed(
    kernel: Kernel, who: SignedIn, officer_id: UUID, grant_id: UUID, act: Callable[..., object]
) -> Response:
    _expect_fresh(kernel, who, officer_id)
    try:
        with kernel.database.transaction() as session:
            people.read_person(session, who.site, officer_id)
            if grants.live_grant(session, grant_id).officer_id != officer_id:
                raise NotFoundError
            act(session, who.actor, grant_id, kernel.clock())
    except EgateError as error:
        return _refused(kernel, who, officer_id, error)
    return RedirectResponse(f"/console/people/{officer_id}", 303)


@router.post("/people/{officer_id}/{act}")
def switch(officer_id: UUID, act: str, who: AdminDep, kernel: KernelDep) -> Response:
    """Shut somebody out, let him in again, or end his sessions; all at once."""
    acts = {"disable": people.disable, "enable": people.enable, "end-sessions": people.end_sessions}
    if act not in acts:
        raise NotFoundError
    _expect_fresh(kernel, who, officer_id)
    try:
        with kernel.database.transaction() as session:
            acts[act](session, who.actor, who.site, officer_id, kernel.clock())
    except EgateError as error:
        return _refused(kernel, who, officer_id, error)
    return RedirectResponse(f"/console/people/{officer_id}", 303)


def _role(form: Fields) -> Role:
    if form.text("role") not in set(Role):
        raise InvalidError(fields=[FieldProblem("/role", "missing")])
    return Role(form.text("role"))


def _purposes(form: Fields) -> frozenset[str] | None:
    """None where no box is ticked: all."""
    return frozenset(one for one in PURPOSES if form.text(f"purpose-{one}")) or None


def _expect_fresh(kernel: Kernel, who: SignedIn, officer_id: UUID) -> None:
    """Who can sign in, and as what, is not changed from an open desk."""
    sessions.expect_fresh(who, kernel.clock(), f"/console/people/{officer_id}")


def _faults(error: EgateError, login: str = "") -> list[tuple[str, str]]:
    """What is wrong, by fields; '' where it is of none. ``login``: whose page it is."""
    if error.fields:
        return [
            (one.pointer.removeprefix("/"), gettext(FAULTS.get((one.pointer, one.code), error.title)))
            for one in error.fields
        ]  # fmt: skip
    said = gettext(error.title)
    if isinstance(error, ClashError):
        said = f"{said}. {gettext(CLASHES[error.why])}"
    if isinstance(error, people.CodeRefusedError):
        said = f"{said}: egate user {login}"
    return [(FIELDS.get(type(error), ""), said)]


def _refused(
    kernel: Kernel,
    who: SignedIn,
    officer_id: UUID,
    error: EgateError,
    typed: Mapping[str, str] | None = None,
) -> Response:
    if isinstance(error, NotFoundError):
        raise error
    with kernel.database.read() as session:
        login = people.read_person(session, who.site, officer_id).login
    extra = {"problems": _faults(error, login), "typed": typed or {}}
    return _person(kernel, who, officer_id, extra, error.status)


def _page(kernel: Kernel, who: SignedIn, extra: dict[str, Any], status: int = 200) -> Response:
    with kernel.database.read() as session:
        found = people.read_people(session, who.site)
    context = {
        "section": "people", "people": found, "problems": [], "typed": {}, "said": said, "most": people.MOST,
    }  # fmt: skip
    return show("people.html", kernel, who, context | extra, status=status)


def _person(
    kernel: Kernel, who: SignedIn, officer_id: UUID, extra: dict[str, Any], status: int = 200
) -> Response:
    with kernel.database.read() as session:
        found = people.read_person(session, who.site, officer_id)
        places = places_of(session, who.site)
        held = grants.grants_of(session, officer_id)
        ways = people.ways_in(session, officer_id)
        codes = codes_made(session, officer_id)
        names = officer_names(session)
    written = {(one.place.kind, one.place.key): one.written for one in places}
    context = {
        "section": "people", "person": found, "held": held, "places": places, "written": written,
        "ways": ways, "seen": people.seen(ways), "codes": codes, "names": names,
        "roles": [(one, said.role(one)) for one in Role], "purposes": PURPOSES, "said": said,
        "code": "", "minutes": int(CODE_LIFE.total_seconds() // 60), "problems": [], "typed": {},
        "is_own": officer_id == who.officer_id, "fresh": sessions.is_fresh(who, kernel.clock()),
    }  # fmt: skip
    return show("person.html", kernel, who, context | extra, status=status)
