"""What officers write is kept whole or refused: no text is cut, and every text of the machine API has its limit."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from annotated_types import MaxLen
from pydantic.fields import FieldInfo

import app.main
from app.kernel.schemas import In

APP = Path(app.main.__file__).parent


def cuts(source: str) -> list[int]:
    """Lines in which what somebody wrote is cut: ``form.text(...)[:n]``, ``(...).strip()[:n]``, ``note[:MAX_NOTE]``."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
        and node.slice.lower is None and _is_written(node)
    ]  # fmt: skip


def _is_written(node: ast.Subscript) -> bool:
    called = node.value.func if isinstance(node.value, ast.Call) else None
    if isinstance(called, ast.Attribute) and called.attr in ("text", "strip"):
        return _key_of(node.value) not in SYSTEM
    assert isinstance(node.slice, ast.Slice)
    limit = node.slice.upper
    return isinstance(limit, ast.Name) and limit.id.startswith(("MAX_", "LONGEST"))


SYSTEM = {"key"}
"""Not written by anybody: a form's key against sending it twice."""
OTHERWISE = {
    "web/traveller/steps.py": "a traveller's pages: each field has maxlength, and is read again by its rule",
    "web/console/search.py": "a search: nothing of it is kept",
    "screening/bookings.py": "what carriers send",
}


def _key_of(call: Any) -> str:
    return str(getattr(call.args[0], "value", "")) if call.args else ""


def test_the_cuts_are_found():
    assert cuts("a = form.text('note')[:500]") == [1]
    assert cuts("a = reason.strip()[:MAX_REASON]\nb = remark[:MAX_REMARK]") == [1, 2]
    assert cuts("a = form.text('key')[:64]\nb = rows[:20]\nc = name[1:MAX_NAME]") == []


def test_nothing_that_somebody_writes_is_cut():
    found = {
        str(path.relative_to(APP)): lines
        for path in sorted(APP.rglob("*.py"))
        if path.relative_to(APP).parts[0] not in ("formats", "messages")  # what carriers send
        and str(path.relative_to(APP)) not in OTHERWISE
        and (lines := cuts(path.read_text()))
    }
    assert found == {}


# --- the machine API ------------------------------------------------------------------------------

BY_THE_FEATURE = {
    ("MappingIn", "reason"), ("ReasonIn", "reason"), ("ReplayIn", "code"),  # app.messages.quarantine
    ("OutcomeIn", "steps"), ("AmendmentIn", "steps"),  # of a list of words
    ("EntriesIn", "remove"), ("EntryIn", "birth_dates"),  # keys and dates, read by their rule
    ("FlightIn", "number"),
}  # fmt: skip
"""Fields whose values the feature itself measures, compares or reads."""


def endless(of: Any, about: list[Any]) -> Iterator[Any]:
    """Every text in a type that may be as long as anybody likes."""
    if of is str:
        if not any(_limits(one) for one in about):
            yield of
        return
    inside = get_args(of)
    if get_origin(of) is Annotated:
        yield from endless(inside[0], [*about, *inside[1:]])
        return
    of_many = get_origin(of) in (list, tuple, set, frozenset)
    for part in inside[1:] if get_origin(of) is dict else inside:
        yield from endless(part, [] if of_many else about)


def _limits(one: Any) -> bool:
    if isinstance(one, FieldInfo):
        return any(_limits(part) for part in one.metadata)
    return isinstance(one, MaxLen) or bool(getattr(one, "pattern", None))


def bodies(of: type[In] = In) -> Iterator[type[In]]:
    for one in of.__subclasses__():
        yield one
        yield from bodies(one)


def test_every_text_of_a_body_has_a_limit():
    found = {
        (body.__name__, name)
        for body in bodies()
        if body.__module__.startswith("app.")
        for name, field in body.model_fields.items()
        if list(endless(field.annotation, field.metadata))
    }
    assert found - BY_THE_FEATURE == set()


# --- the console ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "field", "most", "more"),
    [
        ("/console/lookouts", "reason", 2000, {"title": "A seat"}),
        ("/console/lookouts", "title", 200, {"reason": "on a seat"}),
        ("/console/here/teams", "name", 40, {"hall": "{hall}"}),
        ("/console/hits/{referral}/snooze", "reason", 2000, {"until": "2026-04-01"}),
    ],
)
def test_a_form_with_a_text_that_is_too_long_comes_back_with_all_of_it(
    look, hall, address, field, most, more
):
    referral, somebody = hall.refer("astrid"), look()
    places = {"referral": referral, "hall": str(hall.airport.halls["Hall A"])}
    long = "two words " * (most // 10 + 1)
    form = {name: value.format(**places) for name, value in more.items()} | {field: long}
    answer = somebody.post(address.format(**places), form)
    assert answer.status_code == 422, answer.text
    assert f"Shorten this to {most:,} characters" in answer.text
    assert long.strip() in answer.text
    for value in more.values():
        assert value.format(**places) in answer.text


def test_what_was_typed_when_the_session_was_over_is_found_after_signing_in(look, hall, clock):
    referral, somebody = hall.refer("astrid"), look(login="a", name="A. First")
    home = f"/console/referrals/{referral}"
    note = "two bags at belt 4, and a dog that barked <at> them"
    clock.advance(minutes=31)
    host = {"Referer": f"http://testserver{home}", "Host": "testserver"}
    answer = somebody.post(
        f"{home}/note",
        {"note": note, "version": "7", "surname": "LINDQVIST", "to": f"officer:{referral}"},
        **host,
    )
    assert answer.status_code == 303
    assert (
        answer.headers["location"] == f"/console/sign-in?next=%2Fconsole%2Freferrals%2F{referral}"
    )
    kept = [one.partition(";")[0] for one in answer.headers.get_list("set-cookie")]
    sealed = "; ".join(one for one in kept if not one.endswith('=""'))
    assert sealed.startswith("unsent-0=")
    assert "belt" not in sealed
    assert all("httponly" in one.lower() and "path=/console" in one.lower()
               for one in answer.headers.get_list("set-cookie"))  # fmt: skip

    def after(login: str) -> Any:
        other = look(login=login, name="A. First")
        return other.get("/console/unsent", Cookie=f"egate={other.token}; {sealed}")

    assert after("b").status_code == 303  # somebody else's
    page = after("a")
    assert "This was not sent" in page.text
    assert "two bags at belt 4, and a dog that barked &lt;at&gt; them</textarea>" in page.text
    assert f'action="{home}/note"' in page.text
    assert '<input type="hidden" name="version" value="7">' in page.text
    assert f'href="{home}"' in page.text
    assert "<dt>Surname</dt><dd>LINDQVIST</dd></dl>" in page.text  # short, and typed all the same
    assert all("unsent" not in one or "max-age=0" in one.lower()
               for one in page.headers.get_list("set-cookie"))  # fmt: skip
    assert "belt 4" not in look(login="a").page(home)  # nothing was submitted by itself
    clock.advance(minutes=16)
    assert after("a").status_code == 303  # too old
