"""The administrator's page of notices, and the bar that officers see."""

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.formats.languages import LANGUAGES
from app.identity.permissions import Role
from app.notices.models import Notice
from tests.support import NOW


def form(**more: Any) -> dict[str, Any]:
    texts = {f"title-{one}": f"Drill ({one})" for one in LANGUAGES}
    return {"kind": "security", "audience": ["officers", "travellers"]} | texts | more


def test_what_is_published_stands_on_every_page_of_officers(look) -> None:
    administrator = look(Role.ADMINISTRATOR)
    assert administrator.post("/console/notices", form()).status_code == 303
    page = administrator.page("/console/notices")
    assert "Drill (en)" in page
    assert ">Shown<" in page
    senior = look(Role.SENIOR)
    for path in ("/console", "/console/flights", "/console/halls", "/console/fragments/notices"):
        assert "Drill (en)" in senior.page(path), path
    assert 'id="notices" class="posted"' in senior.page("/console/fragments/notices")


def test_times_are_those_of_the_clock_on_the_wall(look, kernel, database) -> None:
    administrator = look(Role.ADMINISTRATOR)
    ends = {"ends_at-day": f"{NOW + timedelta(days=1):%Y-%m-%d}", "ends_at-time": "09:30"}
    administrator.post("/console/notices", form(**ends))
    with database.read() as session:
        [found] = session.scalars(sa.select(Notice)).all()
    assert f"{found.ends_at:%H:%M}" == "00:30", "NRT is nine hours ahead"
    again = administrator.page(f"/console/notices/{found.id}")
    assert 'value="09:30"' in again
    assert re.search(r'name="version" value="1"', again)


def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(look) -> None:
    administrator = look(Role.ADMINISTRATOR)
    answer = administrator.post(
        "/console/notices",
        form(kind="", **{"ends_at-day": "2026-99-01", "body-ja": "そのまま"}),
    )
    assert answer.status_code == 422
    for said in ("Choose what it is about", "Write when it ends", "そのまま", "Drill (ko)"):
        assert said in answer.text
    answer = administrator.post("/console/notices", form(**{"title-ar": ""}))
    assert 'href="#title-ar"' in answer.text
    assert 'id="title-ar-error"' in answer.text


def test_a_notice_is_corrected_and_withdrawn_by_forms(look, database) -> None:
    administrator = look(Role.ADMINISTRATOR)
    administrator.post("/console/notices", form())
    with database.read() as session:
        [found] = session.scalars(sa.select(Notice.id)).all()
    better = form(notice=str(found), version="1", **{"title-en": "Drill at noon"})
    assert administrator.post("/console/notices", better).status_code == 303
    assert "Drill at noon" in administrator.page("/console/notices")
    late = administrator.post("/console/notices", better)
    assert late.status_code == 409
    assert "Somebody else was faster" in late.text
    assert (
        administrator.post(f"/console/notices/{found}/withdraw", {"version": "1"}).status_code
        == 409
    )
    assert (
        administrator.post(f"/console/notices/{found}/withdraw", {"version": "2"}).status_code
        == 303
    )
    assert ">Withdrawn<" in administrator.page("/console/notices")
    assert "Drill" not in look(Role.SENIOR).page("/console")


def test_others_have_no_such_page(look) -> None:
    for role in (Role.SENIOR, Role.GATE_OFFICER, Role.TARGETER):
        assert look(role).get("/console/notices").status_code == 403
        assert look(role).post("/console/notices", form()).status_code == 403
