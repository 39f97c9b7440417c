"""One rendering for many officers: never older than a hint, never across roles, sites or persons."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.identity import kept as kept_sessions
from app.identity.permissions import GRANTS, Role
from app.kernel.events import Hint
from app.web.console import fragments
from app.web.console.edges import Edges
from app.web.console.fragments import Fragments, Made, Viewer
from app.web.console.queue import Mark
from tests.support import NOW
from tests.support.airport import Airport, guest
from tests.support.busy import fill
from tests.web.conftest import Looker

ADA, BEN = UUID(int=1), UUID(int=2)


class Line:
    """Stands for the line of hints."""

    def __init__(self) -> None:
        self.connected = True

    def add(self, listener: Callable[..., None]) -> None:
        self.listener = listener

    def tell(self, kind: str = "referral.changed", site: str = "NRT") -> None:
        self.listener([Hint(kind, uuid4(), 1, site, 1)], None)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def kept(line: Line) -> Fragments:
    return Fragments(line)  # type: ignore[arg-type]


def viewer(officer: UUID = ADA, role: Role = Role.SENIOR, site: str = "NRT") -> Viewer:
    return Viewer(site, officer, GRANTS[role])


class Maker:
    """Makes a fragment that says how often it was made."""

    def __init__(self, *ids: UUID) -> None:
        self.made, self.ids = 0, frozenset(ids)

    def __call__(self) -> Made:
        self.made += 1
        return Made(str(self.made).encode(), self.ids)


def test_what_is_made_once_serves_everybody_with_the_same_rights(kept: Fragments):
    make = Maker()
    assert {kept.fragment(viewer(one), "queue", make) for one in (ADA, BEN)} == {b"1"}


@pytest.mark.parametrize(
    ("kind", "site", "made"),
    [
        ("referral.changed", "NRT", 2), ("kind.never-heard-of", "NRT", 2), ("ruleset.changed", "", 2),
        ("referral.changed", "KIX", 1), ("presentation.changed", "NRT", 1),
    ],
    ids=["a referral", "an unknown kind", "every site", "another site", "a reading"],
)  # fmt: skip
def test_a_hint_ends_what_it_may_have_changed(
    kept: Fragments, line: Line, kind: str, site: str, made: int
):
    make = Maker()
    kept.fragment(viewer(), "queue", make)
    line.tell(kind, site)
    assert kept.fragment(viewer(), "queue", make) == str(made).encode()


def test_what_was_read_before_a_hint_is_not_given_out_after_it(kept: Fragments, line: Line):
    def slow() -> Made:
        line.tell()  # the commit comes while the old state is being read
        return Made(b"old", frozenset())

    assert kept.fragment(viewer(), "queue", slow) == b"old"
    assert kept.fragment(viewer(), "queue", Maker()) == b"1"


@pytest.mark.parametrize(
    "other",
    [viewer(role=Role.GATE_OFFICER), viewer(site="KIX")],
    ids=["another role", "another site"],
)
def test_nothing_crosses_roles_or_sites(kept: Fragments, other: Viewer):
    make = Maker()
    assert kept.fragment(viewer(), "queue", make) == b"1"
    assert kept.fragment(other, "queue", make) == b"2"
    assert kept.fragment(viewer(), "queue", make) == b"1"


def test_each_language_has_its_own(kept: Fragments, monkeypatch: pytest.MonkeyPatch):
    make = Maker()
    assert kept.fragment(viewer(), "queue", make) == b"1"
    monkeypatch.setattr(fragments, "language", lambda: "ja")
    assert kept.fragment(viewer(), "queue", make) == b"2"
    assert kept.fragment(viewer(), "queue", make) == b"2"


def test_whoever_is_named_in_it_has_one_of_his_own(kept: Fragments):
    make = Maker(ADA)
    assert kept.fragment(viewer(BEN), "queue", make) == b"1"
    assert kept.fragment(viewer(ADA), "queue", make) == b"2"
    assert kept.fragment(viewer(BEN), "queue", make) == b"1"
    assert kept.fragment(viewer(ADA), "queue", make) == b"2"


def test_without_the_line_nothing_is_kept(kept: Fragments, line: Line):
    line.connected = False
    make = Maker()
    assert [kept.fragment(viewer(), "queue", make) for _ in range(2)] == [b"1", b"2"]


def test_nothing_is_older_than_the_poll_that_finds_lost_hints(
    kept: Fragments, monkeypatch: pytest.MonkeyPatch
):
    make = Maker()
    kept.fragment(viewer(), "queue", make)
    monkeypatch.setattr(fragments, "SECONDS", 0.0)
    assert kept.fragment(viewer(), "queue", make) == b"2"


def test_a_hundred_who_ask_at_once_cost_one_rendering(kept: Fragments):
    make = Maker()
    together = threading.Barrier(20)
    got: list[bytes] = []

    def ask(n: int) -> None:
        together.wait()
        got.append(kept.fragment(viewer(UUID(int=n + 10)), "queue", make))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (set(got), make.made) == ({b"1"}, 1)


def test_memory_is_bounded(kept: Fragments):
    for n in range(3 * fragments.MOST):
        kept.fragment(viewer(), n, Maker())
    assert len(kept._kept) == fragments.MOST


# --- marks ----------------------------------------------------------------------------------------


def mark(stored: int, decided: int) -> Mark:
    return Mark(NOW + timedelta(seconds=stored), NOW + timedelta(seconds=decided))


def test_marks_share_a_place_unless_something_was_raised_or_closed_between():
    edges = Edges((NOW, NOW + timedelta(seconds=10)), (NOW + timedelta(seconds=5),))
    assert edges.place(mark(1, 1)) == edges.place(mark(9, 4))
    assert edges.place(mark(1, 1)) != edges.place(mark(11, 1))
    assert edges.place(mark(1, 1)) != edges.place(mark(1, 6))
    assert edges.place(mark(0, 5)) == edges.place(
        mark(0, 1)
    )  # as the queue: raised > mark, closed >= mark


# --- the queue ------------------------------------------------------------------------------------


@pytest.fixture
def told(airport: Airport, monkeypatch: pytest.MonkeyPatch) -> Iterator[Airport]:
    """Hints come; what is kept is kept for as long as a slow machine takes."""
    monkeypatch.setattr(fragments, "SECONDS", 600.0)
    monkeypatch.setattr(kept_sessions, "SECONDS", 600.0)
    airport.kernel.live.connected = True
    return airport


def address(page: str) -> str:
    return page.split('hx-get="/console/fragments/queue')[1].split('"', maxsplit=1)[0]


def test_a_fetched_queue_costs_the_session_alone(
    told: Airport, look: Callable[..., Looker], statements: list[str]
):
    with told.kernel.database.transaction() as session:
        fill(session, told.halls["Hall A"], told.kernel.clock(), people=80)
    first, second = look(Role.SENIOR, "a"), look(Role.SENIOR, "b")
    one = address(first.page("/console"))
    told.kernel.live.ask("kind.never-heard-of", uuid4(), "NRT")
    two = address(second.page("/console"))
    assert one != two
    body = first.page(f"/console/fragments/queue{one}")
    statements.clear()
    other = second.page(f"/console/fragments/queue{two}")
    assert len(statements) == 1
    again = f"/console/fragments/queue{two}"
    second.get(again, **{"HX-Request": "true"})
    statements.clear()
    assert second.get(again, **{"HX-Request": "true"}).text == other
    assert statements == []  # a page's own refresh looks the session up once a second
    assert other == body.replace(one.removeprefix("?since="), two.removeprefix("?since="))
    assert other.count("data-row=") == 60


def test_a_claim_is_seen_by_both_at_once_and_as_ones_own_by_its_owner_alone(
    told: Airport, look: Callable[..., Looker]
):
    with told.kernel.database.transaction() as session:
        made = fill(
            session, told.halls["Hall A"], told.kernel.clock(), people=10, referrals=3, out=0
        )
    first, second = look(Role.SENIOR, "a", "Ada"), look(Role.SENIOR, "b", "Ben")
    where = address(first.page("/console"))
    assert ">you<" not in "".join(first.page(f"/console/fragments/queue{where}").split())
    first.post(f"/console/referrals/{made.referrals[0]}/claim", {"version": "1"})
    mine, theirs = (
        " ".join(looker.page(f"/console/fragments/queue{where}").split()) for looker in (first, second)
    )  # fmt: skip
    assert "owner mine" in mine
    assert "owner mine" not in theirs
    assert "Ada" in theirs


def test_a_page_opened_between_two_hints_costs_the_session_and_the_word_that_it_was_looked_at(
    told: Airport, look: Callable[..., Looker], statements: list[str]
):
    with told.kernel.database.transaction() as session:
        fill(session, told.halls["Hall A"], told.kernel.clock(), people=80)
    first, second = look(Role.SENIOR, "a"), look(Role.SENIOR, "b")
    page = first.page("/console")
    statements.clear()
    other = second.page("/console")
    assert [one.split()[0].lower() for one in statements] == ["select", "insert"]
    assert page.count("data-row=") == other.count("data-row=") == 60
    assert address(page) == address(other)
    with told.kernel.database.read() as session:
        told_of = "select detail from audit_entry where action = 'queue.viewed' order by id desc"
        assert session.execute(sa.text(told_of)).scalars().first()["referrals"] == 60


def test_who_is_found_after_a_page_was_opened_stands_in_its_tray_whoever_asks(
    told: Airport, look: Callable[..., Looker]
):
    first, second = look(Role.SENIOR, "a"), look(Role.SENIOR, "b")
    before = expected(first.page("/console"))
    one = guest("KESSELRING", "ANKE", "23D", "DEU")
    told.look_out_for(one)
    told.announce(told.sector(303, timedelta(hours=2)), [one])
    told.settle()
    after = expected(second.page("/console"))
    seen = first.page(f"/console/fragments/expected{before}")
    assert "New since you opened this page" in seen
    assert "KESSELRING" in seen
    later = second.page(f"/console/fragments/expected{after}")
    assert "KESSELRING" in later
    assert "New since you opened this page" not in later


def test_who_comes_to_a_kiosk_is_expected_no_more(told: Airport, look: Callable[..., Looker]):
    sector = told.sector(303, timedelta(minutes=-20))
    one = guest("KESSELRING", "ANKE", "23D", "DEU")
    told.look_out_for(one)
    told.declare(one, sector)
    told.announce(sector, [one])
    told.settle()
    somebody = look(Role.SENIOR)
    assert "KESSELRING" in somebody.page("/console").partition('id="expected"')[2]
    told.present("kiosk", one)
    told.kernel.live.ask("kind.never-heard-of", uuid4(), "NRT")
    assert "KESSELRING" not in somebody.page("/console").partition('id="expected"')[2]


def expected(page: str) -> str:
    return page.split('hx-get="/console/fragments/expected')[1].split('"', maxsplit=1)[0]


def test_whoever_signs_out_is_shown_nothing_more_by_his_other_tabs(
    told: Airport, look: Callable[..., Looker]
):
    who = look(Role.SENIOR, "a")
    where = f"/console/fragments/queue{address(who.page('/console'))}"
    assert who.get(where, **{"HX-Request": "true"}).status_code == 200
    who.post("/console/sign-out")
    assert who.get(where, **{"HX-Request": "true"}).status_code == 401
