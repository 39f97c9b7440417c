"""What was certified: its code, change, withdrawal; and who may see it."""

import re
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import TRAVELLER
from app.declarations.counter import take_declaration
from app.declarations.models import Channel, CredentialUse, Declaration, DeclarationVersion
from app.declarations.schemas import Submission
from app.declarations.service import Taken
from app.formats.barcode import read_code
from app.kernel.clock import SettableClock
from app.kernel.db import Database
from app.kernel.ids import uuid7
from tests.declarations.forms import NOW
from tests.web.traveller.walk import ELSA, NILS, PASSPORT, STAY, WATCH, Traveller


@pytest.fixture
def me(client: TestClient) -> Traveller:
    traveller = Traveller(client)
    traveller.fill("over_allowance", companions=ELSA, goods=WATCH)
    traveller.certify()
    assert "/code/" in traveller.at
    return traveller


def press(me: Traveller, action: str) -> Any:
    code = me.at.partition("/code/")[2].partition("/")[0]
    return me.press(f"code/{code}/{action}", {})


def press_at(me: Traveller, there: str, action: str) -> Any:
    return me.press(f"code/{there.rpartition('/')[2]}/{action}", {})


def correct(database: Database, *yes: str) -> None:
    """A counter records that these answers are yes."""
    with database.transaction() as session:
        content = session.scalars(sa.select(DeclarationVersion.content)).one()
        said = content | {"answers": content["answers"] | dict.fromkeys(yes, True)}
        sent = Submission.model_validate(said | {"language": "en", "certified": True}, strict=False)
        taken = Taken(Channel.PAPER, uuid7())
        take_declaration(session, TRAVELLER, sent, taken, site="NRT", now=NOW)


def use(database: Database, declaration: str) -> None:
    """Somebody passes the gate with it."""
    with database.transaction() as session:
        session.add(
            CredentialUse(
                id=uuid7(), declaration_id=UUID(declaration), person=0, passage_id=uuid7()
            )
        )


def test_the_code_is_in_the_page_and_in_the_picture(me: Traveller, client: TestClient) -> None:
    assert me.text.count("<svg") == 1
    assert 'role="img"' in me.text
    answer = client.get(f"{me.at}/image")
    assert answer.headers["content-type"] == "image/png"
    assert "attachment" in answer.headers["content-disposition"]
    assert read_code(answer.content).startswith("EGR1:")


def test_each_companion_has_a_picture(client: TestClient) -> None:
    """Of a receipt of one's own where a passport number is named, else of the family's."""
    me = Traveller(client)
    me.fill(companions=ELSA | NILS)
    me.certify()
    links = re.findall(
        r'<a href="([^"]+/image[^"]*)" download><bdi dir="ltr">([^<]+)</bdi>', me.text
    )
    assert [name for _, name in links] == ["LINDQVIST ASTRID MAJ", "BERGMAN ELSA", "LINDQVIST NILS"]
    answers = [client.get(link) for link, _ in links]
    first, elsa, nils = (read_code(answer.content) for answer in answers)
    assert elsa == first
    assert nils.startswith("EGR1:")
    assert nils != first
    names = [answer.headers["content-disposition"] for answer in answers]
    assert len(set(names)) == 3
    for nobody in ("3", "-1", "x"):
        assert client.get(f"{me.at}/image/{nobody}").status_code in (404, 422)


def test_the_api_knows_the_same_declaration(me: Traveller, client: TestClient) -> None:
    secret = next(c.value for c in client.cookies.jar if c.name == f"declaration-{me.page}")
    answer = client.get(
        f"/api/v1/declarations/{me.page}", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 200
    assert answer.json()["reference"] in me.text


def test_the_secret_is_in_no_page_and_no_address(me: Traveller, client: TestClient) -> None:
    secret = next(c.value for c in client.cookies.jar if c.name.startswith("declaration-"))
    assert secret
    assert secret not in me.text
    assert secret not in me.at


def test_another_browser_sees_nothing(me: Traveller, client: TestClient) -> None:
    there = me.at
    client.cookies.clear()
    me.look(there.removeprefix("/declare/en"))
    assert me.status == 404
    assert "not on this device" in me.text
    assert "<svg" not in me.text
    for action in ("change", "withdraw", "image"):
        assert client.get(f"{there}/{action}").status_code in (404, 405)
    for action in ("change", "withdraw"):
        assert client.post(f"{there}/{action}", data={"go": ""}).status_code == 404


def test_a_wrong_secret_opens_nothing(me: Traveller, client: TestClient) -> None:
    there = me.at
    client.cookies.clear()
    answer = client.get(there, headers={"Cookie": f"declaration-{me.page}=guess"})
    assert answer.status_code == 404


def test_the_start_page_leads_to_it(me: Traveller) -> None:
    there = me.at
    assert f'href="{there}"' in me.look("")


def test_a_change_supersedes_the_code(me: Traveller, client: TestClient) -> None:
    there, before = me.at, client.get(f"{me.at}/image").content
    press(me, "change")
    assert me.page == "check"
    assert "Wrist watch" in me.text
    assert "BERGMAN ELSA" in me.text
    me.press("stay", STAY | {"address": "Hotel Example"})
    me.answer()
    assert me.page == "check"
    me.certify()
    assert me.at == there
    assert "This is your new code" in me.text
    assert "Nothing to declare" in me.text
    assert client.get(f"{there}/image").content != before


def test_a_form_that_was_begun_goes_for_a_change_only_when_that_is_wished(me: Traveller) -> None:
    there = me.at
    me.press("passport", PASSPORT | {"surname": "BERGMAN"})
    press_at(me, there, "change")
    assert "You have begun a declaration on this device." in me.text
    assert 'value="BERGMAN"' in me.look("/passport")
    me.press(f"code/{there.rpartition('/')[2]}/change", {"instead": "yes"})
    assert (me.page, "LINDQVIST" in me.text, "BERGMAN, " in me.text) == ("check", True, False)
    press_at(me, there, "change")  # a change that was begun is begun anew
    assert me.page == "check"


def test_a_change_of_nothing_changes_nothing(me: Traveller) -> None:
    press(me, "change")
    me.certify()
    assert "/code/" in me.at
    assert "This is your new code" not in me.text


def test_a_change_does_not_replace_what_a_counter_recorded_since_it_was_begun(
    me: Traveller, client: TestClient, database: Database
) -> None:
    there = me.at
    press(me, "change")
    correct(database, "means_of_payment")
    me.press("stay", STAY | {"address": "Hotel Example"})
    me.certify()
    assert me.status == 409
    assert "Changed at a counter or kiosk" in me.text
    assert f'href="{there}"' in me.text
    press_at(me, there, "change")  # goes on from what was recorded there
    assert "Hotel Example" not in me.text
    me.press("stay", STAY | {"address": "Hotel Example"})
    for _ in range(2):  # pressed twice
        me.certify()
    assert (me.status, "Please see an officer" in me.text) == (200, True)


def test_withdrawing_is_asked_once_more_and_ends_the_code(
    me: Traveller, client: TestClient
) -> None:
    there = me.at
    me.look(there.removeprefix("/declare/en") + "/withdraw")
    assert "Withdraw this declaration?" in me.text
    assert client.get(f"{there}/image").status_code == 200
    press(me, "withdraw")
    assert "This declaration is withdrawn" in me.text
    assert client.get(f"{there}/image").status_code == 404
    press(me, "withdraw")
    assert "This declaration is withdrawn" in me.text


def test_withdrawing_may_erase_what_was_said_and_this_browser_forgets_it(
    me: Traveller, client: TestClient, database: Database
) -> None:
    there, identifier = me.at, UUID(me.page)
    me.look(there.removeprefix("/declare/en") + "/withdraw")
    assert 'name="erase"' in me.text
    me.press(f"code/{identifier}/withdraw", {"erase": "yes"})
    assert (me.status, dict(client.cookies)) == (200, {})
    assert "This declaration is withdrawn" in me.text
    with database.read() as session:
        left = session.get_one(Declaration, identifier)
        assert (left.status, left.document_key, left.secret_hash) == ("withdrawn", "", None)
        versions = sa.select(DeclarationVersion.id).where(
            DeclarationVersion.declaration_id == identifier
        )
        assert session.execute(versions).all() == []


def test_what_was_used_at_the_gate_is_not_erased_either(me: Traveller, database: Database) -> None:
    identifier = me.page
    use(database, identifier)
    me.press(f"code/{identifier}/withdraw", {"erase": "yes"})
    assert me.status == 409
    assert "This declaration has been used" in me.text


def test_a_withdrawn_declaration_is_not_changed(me: Traveller) -> None:
    press(me, "change")
    draft_at_check = me.at
    me.press(f"code/{_own(me)}/withdraw", {})
    me.look(draft_at_check.removeprefix("/declare/en"))
    me.certify()
    assert me.status == 422
    assert "This declaration is withdrawn" in me.text


def _own(me: Traveller) -> str:
    return next(
        c.name.removeprefix("declaration-")
        for c in me.client.cookies.jar
        if c.name.startswith("declaration-")
    )


def test_forgetting_leaves_the_declaration(me: Traveller, client: TestClient) -> None:
    there = me.at
    press(me, "forget")
    assert me.at == "/declare/en"
    assert not client.cookies
    assert client.get(there).status_code == 404


def test_an_expired_declaration_says_so(me: Traveller, clock: SettableClock) -> None:
    there = me.at
    clock.advance(days=4)
    me.look(there.removeprefix("/declare/en"))
    assert "This declaration has expired" in me.text
    assert "<svg" not in me.text
    assert there not in me.look("")


def test_what_was_used_at_the_gate_stays_as_it_is(me: Traveller, database: Database) -> None:
    identifier = me.page
    use(database, identifier)
    me.press(f"code/{identifier}/withdraw", {})
    assert me.status == 409
    assert "This declaration has been used" in me.text
    me.press(f"code/{identifier}/change", {})
    me.press("stay", STAY | {"address": "Hotel Example"})
    me.certify()
    assert me.status == 409
    assert "This declaration has been used" in me.text
    assert 'id="draft-title"' not in me.look("")


def test_a_browser_keeps_ten_declarations_and_lets_the_oldest_go(
    me: Traveller, client: TestClient
) -> None:
    first = me.page
    for _ in range(10):
        me.fill()
        me.certify()
    kept = [c.name for c in client.cookies.jar if c.name.startswith("declaration-")]
    assert len(kept) == 10
    assert f"declaration-{first}" not in kept
    client.cookies.set("declaration-nonsense", "x", path="/declare", domain="testserver.local")
    assert me.look("").count('class="button primary big" href="/declare/en/code/') == 10
