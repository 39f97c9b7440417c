"""Notices on a phone: told at the first look, kept for where there is no network, in the language of the page."""

from datetime import timedelta

import sqlalchemy as sa
from playwright.sync_api import expect

from app.audit.log import Actor, ActorKind
from app.formats.languages import LANGUAGES
from app.identity import officers
from app.identity.permissions import Role
from app.kernel.http import Kernel
from app.notices import service
from app.notices.models import Audience, Notice, NoticeKind
from app.notices.service import Draft, Text
from tests.e2e.declare.conftest import PhoneMaker


def publish(kernel: Kernel) -> None:
    """A health notice in every language, over in an hour."""
    now = kernel.clock()
    texts = {one: Text(f"Fever? ({one})", "Tell the staff.\nThey help.") for one in LANGUAGES}
    draft = Draft(
        NoticeKind.HEALTH, frozenset({Audience.TRAVELLERS}), texts, now, now + timedelta(hours=1)
    )
    with kernel.database.transaction() as session:
        made = officers.create_officer(session, "ad", "Ad", [Role.ADMINISTRATOR], kernel.site, now)
        service.publish(session, Actor(ActorKind.OFFICER, made.id), kernel.site, draft, now)


def test_a_notice_is_read_in_flight_and_goes_when_it_is_withdrawn(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    publish(kernel)
    me = phone(locale="ar")
    me.open("/declare/ar")
    me.ready()
    bar = me.page.locator("#notices")
    expect(bar.locator("summary")).to_have_text("Fever? (ar)")
    me.page.context.set_offline(True)
    me.page.reload()
    me.wait()
    expect(bar.locator("summary")).to_have_text("Fever? (ar)")
    bar.locator("summary").press("Enter")
    expect(bar.get_by_text("Tell the staff.")).to_be_visible()
    me.check("notices")
    me.page.context.set_offline(False)
    with kernel.database.transaction() as session:
        [made] = session.scalars(sa.select(Notice)).all()
        actor = Actor(ActorKind.OFFICER, made.published_by)
        service.withdraw(session, actor, kernel.site, made.id, made.version, kernel.clock())
    me.page.reload()
    me.wait()
    expect(bar).to_be_hidden()


def test_a_notice_that_is_over_is_not_shown_without_network(
    phone: PhoneMaker, kernel: Kernel
) -> None:
    publish(kernel)
    me = phone(locale="en")
    me.open("/declare/en")
    me.ready()
    expect(me.page.locator("#notices summary")).to_have_text("Fever? (en)")
    me.page.context.set_offline(True)
    me.page.context.clock.set_fixed_time(kernel.clock() + timedelta(hours=2))
    me.page.reload()
    me.wait()
    expect(me.page.locator("#notices")).to_be_hidden()
