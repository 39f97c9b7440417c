"""Pictures of the console on a full day: 400 people on one aircraft, 60 referrals before officers; wide, dark, in the hand, in Japanese."""

from app.kernel.ids import uuid7
from app.screening.models import LinkKey
from tests.screenshots import DESK, HANDY, Studio, _look, _sign_in, take
from tests.support.busy import Busy, fill

LOOKS = (("light", DESK, ""), ("dark", DESK, "-dark"), ("light", HANDY, "-hand"))


def busy(studio: Studio) -> None:
    """The queue, the whole list, a dossier with its seat map, the search and the overview."""
    airport, now = studio.airport, studio.kernel.clock()
    with studio.kernel.database.transaction() as session:
        made = fill(session, airport.halls["Hall A"], now)
        for place in (3, 41, 90, 211):
            session.add(
                LinkKey(
                    id=uuid7(), passenger_id=made.people[place], kind="phone", key=b"p" * 32,
                    hit=False, flight_date=now.date(),
                )
            )  # fmt: skip
    with studio.context() as context:
        page = _sign_in(context, airport, "supervisor", "K. Aoyama")
        for scheme, size, suffix in LOOKS:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for name, path in _pages(made):
                page.goto(path)
                _look(page, f"busy-{name}{suffix}", full=name in ("overview", "dossier"))
                if name == "overview" and not suffix:
                    take(page, "console-overview", full=True)
                if name == "list" and not suffix:
                    take(page, "console-list")
            page.goto("/console/search")
            page.get_by_label("Name, document").fill("XX77 1A")
            page.get_by_role("button", name="Search", exact=True).click()
            _look(page, f"busy-search{suffix}")
        page.emulate_media(color_scheme="light")
        page.goto("/console/rover")
        take(page, "console-rover")
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.goto("/console")
        page.get_by_role("button", name="日本語").click()
        take(page, "console-queue-japanese")
        page.locator("#queue a.open").first.click()
        page.locator("main h1").wait_for()
        take(page, "console-dossier-japanese", full=True)


def _pages(made: Busy) -> tuple[tuple[str, str], ...]:
    return (
        ("queue", "/console"),
        ("list", f"/console/flights/{made.flight}/list"),
        ("flight", f"/console/flights/{made.flight}"),
        ("dossier", f"/console/passengers/{made.people[3]}"),
        ("flights", "/console/flights"),
        ("overview", "/console/overview"),
    )
