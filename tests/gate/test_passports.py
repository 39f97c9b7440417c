"""The passport that is really shown: asked of the watch lists, and held against who was announced."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.audit.log import SYSTEM
from app.screening import watchlists
from app.screening.assess import assess_due
from app.screening.controls import set_control_rate
from app.screening.models import EntryKind, Handling
from app.screening.watchlists import EntryDraft
from risk_rules.names import BirthDate, Document, Name
from tests.declarations.forms import WATCH, submission
from tests.gate.world import ASTRID, NOW, Person, World
from tests.support import WHY
from tests.support.lists import put_entries

RENEWED = replace(ASTRID, number="SX9900001")


def listed(world: World, **what: Any) -> None:
    with world.database.transaction() as session:
        set_control_rate(
            session, SYSTEM, 0, NOW
        )  # nobody is examined by chance, nor mixed with those
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
        draft = EntryDraft(key="E-1", reason="sought", **what)
        put_entries(session, SYSTEM, "wanted", [draft], NOW)


def screen(world: World, vault: Any) -> None:
    while assess_due(world.database, vault, NOW):
        pass


def reasons(world: World, presentation: dict[str, Any]) -> list[str]:
    query = "select reasons from presentation where id = :id"
    ((found,),) = world.rows(query, id=presentation["id"])
    return list(found)


def test_a_listed_passport_is_found_though_another_one_was_announced(one_step: World, vault):
    listed(one_step, kind=EntryKind.DOCUMENT, documents=(Document(RENEWED.number, "SWE"),))
    one_step.add()
    one_step.code()
    screen(one_step, vault)
    first = one_step.answer(one_step.kiosk, RENEWED.mrz)
    assert (first["answer"], reasons(one_step, first)) == ("refer", ["screening-late"])
    screen(one_step, vault)
    again = one_step.answer(one_step.kiosk, RENEWED.mrz)
    assert (again["answer"], reasons(one_step, again)) == ("hold", ["risk-unreviewed"])


def test_a_listed_declared_passport_is_found_too(one_step: World, vault):
    listed(one_step, kind=EntryKind.DOCUMENT, documents=(Document(RENEWED.number, "SWE"),))
    one_step.add()
    one_step.code(RENEWED)
    with one_step.database.transaction() as session:
        session.connection().exec_driver_sql(
            "update declaration set passenger_id = (select id from passenger)"
        )
    screen(one_step, vault)
    assert one_step.rows("select action from assessment where is_current") == [("stop",)]


def test_a_listed_name_in_the_passport_is_found_and_is_not_who_was_announced(
    one_step: World, vault
):
    name = {"names": (Name("ZZYZX", "ASTRID MAJ"),), "birth_dates": (BirthDate(1991, 6, 8),)}
    listed(one_step, kind=EntryKind.PERSON, **name)
    bearer = replace(ASTRID, surname="ZZYZX")
    one_step.add()
    code = one_step.code()
    screen(one_step, vault)
    one_step.answer(one_step.kiosk, bearer.mrz, code)
    screen(one_step, vault)
    again = one_step.answer(one_step.kiosk, bearer.mrz, code)
    assert again["answer"] == "refer"
    assert reasons(one_step, again) == ["passport-differs", "risk-unreviewed"]


def test_a_renewed_passport_of_a_clean_traveller_opens_once_screened(one_step: World, vault):
    listed(one_step, kind=EntryKind.DOCUMENT, documents=(Document("XX0000001", "SWE"),))
    one_step.add()
    code = one_step.code(RENEWED)
    screen(one_step, vault)
    one_step.answer(one_step.kiosk, RENEWED.mrz, code)
    screen(one_step, vault)
    assert one_step.answer(one_step.kiosk, RENEWED.mrz, code)["answer"] == "cleared"
    assert one_step.rows("select number from shown_passport") == [("SX9900001",)]


@pytest.mark.parametrize(
    "bearer",
    [
        replace(ASTRID, given="NILS"),
        replace(ASTRID, surname="HERRERA"),
        replace(ASTRID, birth=date(1990, 5, 4)),
    ],
)
@pytest.mark.parametrize("with_code", [True, False])
def test_a_passport_of_somebody_else_opens_nothing(
    one_step: World, vault, bearer: Person, with_code: bool
):
    listed(one_step, kind=EntryKind.DOCUMENT, documents=(Document("XX0000001", "SWE"),))
    one_step.add()
    code = one_step.code() if with_code else None
    if code is None:
        one_step.code()
    for _ in range(2):
        screen(one_step, vault)
        found = one_step.answer(one_step.kiosk, bearer.mrz, code)
        assert found["answer"] not in ("cleared", "hold")
    assert one_step.rows("select count(*) from clearance") == [(0,)]


def test_the_lane_remembers_the_passport_of_the_kiosk(two_step: World, vault):
    listed(two_step, kind=EntryKind.DOCUMENT, documents=(Document("XX0000001", "SWE"),))
    two_step.add()
    code = two_step.code()
    screen(two_step, vault)
    found = two_step.answer(two_step.kiosk, replace(ASTRID, given="NILS").mrz)
    assert (found["answer"], reasons(two_step, found)[0]) == ("counter", "passport-differs")
    screen(two_step, vault)
    for shown in (ASTRID.mrz, None):
        at_lane = two_step.answer(two_step.lane, shown, code)
        assert (at_lane["answer"], at_lane["counter"]) == ("refer", "A")


def test_an_officer_who_has_looked_lets_the_passport_through(one_step: World, vault, officer):
    listed(one_step, kind=EntryKind.DOCUMENT, documents=(Document("XX0000001", "SWE"),))
    one_step.add()
    code, bearer = one_step.code(), replace(ASTRID, surname="LINDKVIST-BERG")
    screen(one_step, vault)
    one_step.answer(one_step.kiosk, bearer.mrz, code)
    screen(one_step, vault)
    one_step.answer(one_step.kiosk, bearer.mrz, code)
    senior = officer()
    (referral,) = one_step.queue(senior)
    assert referral["reasons"] == ["passport-differs"]
    url = f"/api/v1/referrals/{referral['id']}/release"
    body = {"version": referral["version"], **WHY}
    assert one_step.client.post(url, json=body, headers=senior).status_code == 200
    again = one_step.answer(one_step.kiosk, bearer.mrz, code)
    assert again["answer"] == "cleared"
    assert one_step.pass_through(one_step.kiosk, again["id"]).status_code == 201


def test_of_two_declarations_of_one_journey_the_stricter_counts_whichever_is_shown(
    one_step: World,
):
    one_step.add()
    clean = one_step.code()
    answers = {**submission()["answers"], "over_allowance": True}
    goods = one_step.code(goods=[WATCH], answers=answers)
    one_step.assess(one_step.id_of())
    for code in (clean, goods, None):
        found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
        assert (found["answer"], found["counter"]) == ("counter", "B")
